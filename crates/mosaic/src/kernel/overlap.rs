//! Which images touch on the sky: the outline of an image as a convex spherical polygon, a test
//! for two of them, and an index that finds the few images near one among many.
//!
//! Montage 6.0 compares every image with every other: first the circles around them, then each
//! corner with the four sides of the other image, then each pair of sides. The answer here is the
//! same wherever it does not hang on the last bit of a double; two images that only touch,
//! where it does, count as overlapping (see [`TOUCHING`]).

use std::f64::consts::PI;

use crate::error::Result;
use sky::direction::{cross, direction, dot, minus, Direction};

/// Gaps below this (radians, 2 microarcseconds) are none: the corners of two images that share
/// an edge differ by the rounding of their coordinates, about 1e-15, which the sides of an image
/// of one row of 10,000 pixels stretch 10,000-fold.
const TOUCHING: f64 = 1e-11;

/// Corners further than this from the centre (radians) draw no outline: great circles between
/// them say nothing about where the image lies.
const LARGEST: f64 = 80.0 * PI / 180.0;

/// The angle between two directions in radians, good to the last digits at all angles.
fn angle(a: Direction, b: Direction) -> f64 {
    2.0 * (0.5 * dot(minus(a, b), minus(a, b)).sqrt()).min(1.0).asin()
}

/// The straight line through the sphere that an angle spans.
fn chord(angle: f64) -> f64 {
    2.0 * (0.5 * angle.min(PI)).sin()
}

/// Unit normal of the great circle from `a` to `b`, `None` where they are the same point.
fn normal(a: Direction, b: Direction) -> Option<Direction> {
    // a x b = a x (b - a), without the loss of digits of the former when they are close.
    let d = minus(b, a);
    let n = cross(a, d);
    let length = dot(n, n).sqrt();
    (length > TOUCHING).then(|| n.map(|x| x / length))
}

/// Where an image lies on the sky.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    centre: Direction,
    /// Radians from the centre to the furthest corner.
    radius: f64,
    outline: Option<Outline>,
}

/// The convex spherical polygon around four corners.
#[derive(Debug, Clone, PartialEq)]
struct Outline {
    corners: [Direction; 4],
    /// Unit normals of its sides; no corner lies behind one.
    sides: Vec<Direction>,
}

impl Footprint {
    /// An image from the longitude and latitude (degrees) of its centre and four corners, in
    /// any order.
    pub fn new(centre: (f64, f64), corners: [(f64, f64); 4]) -> Self {
        let centre = direction(centre.0, centre.1);
        let corners = corners.map(|(lon, lat)| direction(lon, lat));
        let radius = corners
            .iter()
            .fold(0.0, |widest: f64, &c| widest.max(angle(centre, c)));
        let outline = (radius <= LARGEST).then(|| Outline {
            corners,
            sides: sides(&corners),
        });
        Footprint {
            centre,
            radius,
            outline,
        }
    }

    /// An image of which only the centre is known: it may lie anywhere.
    pub fn anywhere(centre: (f64, f64)) -> Self {
        Footprint {
            centre: direction(centre.0, centre.1),
            radius: PI,
            outline: None,
        }
    }

    /// Whether there is an outline to test: not for images of most of the sky.
    pub fn has_outline(&self) -> bool {
        self.outline.is_some()
    }

    /// Whether the circles around the two images meet.
    pub fn is_near(&self, other: &Footprint) -> bool {
        angle(self.centre, other.centre) <= self.radius + other.radius + TOUCHING
    }

    /// Whether the outlines overlap or touch, for two images that are near each other; `None`
    /// where one of them has no outline.
    pub fn overlaps(&self, other: &Footprint) -> Option<bool> {
        let (a, b) = (self.outline.as_ref()?, other.outline.as_ref()?);
        Some(!a.separates(b) && !b.separates(a))
    }
}

impl Outline {
    /// Whether one of the sides has all of `other` behind it. Two convex polygons are apart if,
    /// and only if, a side of one of them does that (they are seen from the centre of the
    /// sphere as two convex cones).
    fn separates(&self, other: &Outline) -> bool {
        self.sides
            .iter()
            .any(|&side| other.corners.iter().all(|&c| dot(side, c) < -TOUCHING))
    }
}

/// Normals of the sides of the convex hull of four directions: the great circles through two of
/// them that have the others on one side. Which corner is where, and which way around they
/// are listed, makes no difference.
fn sides(corners: &[Direction; 4]) -> Vec<Direction> {
    let mut sides = Vec::with_capacity(4);
    for (i, &a) in corners.iter().enumerate() {
        for &b in &corners[i + 1..] {
            let Some(n) = normal(a, b) else { continue };
            let distances = corners.map(|c| dot(n, c));
            if distances.iter().all(|&d| d >= -TOUCHING) {
                sides.push(n);
            }
            // Of four corners on one great circle both directions are sides.
            if distances.iter().all(|&d| d <= TOUCHING) {
                sides.push(n.map(|x| -x));
            }
        }
    }
    sides
}

/// Finds the images near one among many: a tree of boxes around the centres, halved again and
/// again, with the widest radius in each. Images of very different sizes may be mixed, and the
/// poles and longitude 0 are places like any other.
pub struct SkyIndex<'a> {
    footprints: &'a [Footprint],
    /// Image numbers, the ones of a node side by side.
    order: Vec<u32>,
    nodes: Vec<Node>,
}

struct Node {
    low: Direction,
    high: Direction,
    /// The widest radius in it.
    radius: f64,
    /// The last image number in it.
    last: u32,
    /// Its part of `order`.
    from: usize,
    to: usize,
    /// The second child; the first follows its parent. 0 for a leaf.
    second: usize,
}

/// Images in a leaf: testing a few is quicker than descending to one.
const LEAF: usize = 8;

impl<'a> SkyIndex<'a> {
    /// An index of `footprints`.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(footprints: &'a [Footprint]) -> Result<Self> {
        let mut index = SkyIndex {
            footprints,
            order: memory::collect((0..).take(footprints.len()))?,
            nodes: memory::room(footprints.len() / LEAF * 4 + 1)?,
        };
        if !footprints.is_empty() {
            index.grow(0, footprints.len());
        }
        Ok(index)
    }

    fn footprint(&self, image: u32) -> &'a Footprint {
        &self.footprints[image as usize]
    }

    fn grow(&mut self, from: usize, to: usize) {
        let mut node = Node {
            low: [f64::INFINITY; 3],
            high: [f64::NEG_INFINITY; 3],
            radius: 0.0,
            last: 0,
            from,
            to,
            second: 0,
        };
        for &image in &self.order[from..to] {
            let footprint = self.footprint(image);
            for (axis, &x) in footprint.centre.iter().enumerate() {
                node.low[axis] = node.low[axis].min(x);
                node.high[axis] = node.high[axis].max(x);
            }
            node.radius = node.radius.max(footprint.radius);
            node.last = node.last.max(image);
        }
        let widths = minus(node.high, node.low);
        let here = self.nodes.len();
        self.nodes.push(node);
        if to - from <= LEAF {
            return;
        }
        let axis = (0..3).fold(0, |best, i| if widths[i] > widths[best] { i } else { best });
        let middle = (to - from) / 2;
        let footprints = self.footprints;
        let place = |&image: &u32| footprints[image as usize].centre[axis];
        self.order[from..to]
            .select_nth_unstable_by(middle, |a, b| place(a).total_cmp(&place(b)).then(a.cmp(b)));
        self.grow(from, from + middle);
        self.nodes[here].second = self.nodes.len();
        self.grow(from + middle, to);
    }

    /// The images with a number above `image` that are near it (see [`Footprint::is_near`]), in
    /// order.
    ///
    /// # Errors
    /// When memory is out.
    pub fn later_neighbours(&self, image: u32) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        let footprint = self.footprint(image);
        let mut pending = vec![0];
        while let Some(here) = pending.pop() {
            let Some(node) = self.nodes.get(here) else {
                break;
            };
            // The slack covers the rounding of the distance to the box.
            let reach = chord(footprint.radius + node.radius + TOUCHING) + 1e-12;
            if node.last <= image || node.distance(footprint.centre) > reach {
                continue;
            }
            if node.second != 0 {
                pending.extend([node.second, here + 1]);
                continue;
            }
            let near = |&&other: &&u32| other > image && footprint.is_near(self.footprint(other));
            let images = self.order[node.from..node.to].iter();
            memory::extend(&mut found, images.filter(near).copied())?;
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Node {
    /// The distance from a point to the box.
    fn distance(&self, point: Direction) -> f64 {
        let outside = [0, 1, 2].map(|i| {
            (self.low[i] - point[i])
                .max(point[i] - self.high[i])
                .max(0.0)
        });
        dot(outside, outside).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of side `2 * half` degrees around a point, turned by `turn` degrees.
    fn square(lon: f64, lat: f64, half: f64, turn: f64) -> Footprint {
        let c = direction(lon, lat);
        let east = direction(lon + 90.0, 0.0);
        let north = direction(lon, lat + 90.0);
        let corners = [45.0f64, 135.0, 225.0, 315.0].map(|a| {
            let (sin, cos) = (a + turn).to_radians().sin_cos();
            let r = (half * 2f64.sqrt()).to_radians().tan();
            let v = [0, 1, 2].map(|i| c[i] + r * (cos * east[i] + sin * north[i]));
            let length = dot(v, v).sqrt();
            (
                v[1].atan2(v[0]).to_degrees(),
                (v[2] / length).asin().to_degrees(),
            )
        });
        Footprint::new((lon, lat), corners)
    }

    fn meet(a: &Footprint, b: &Footprint) -> bool {
        let answer = a.is_near(b) && a.overlaps(b).unwrap();
        assert_eq!(answer, b.is_near(a) && b.overlaps(a).unwrap());
        answer
    }

    #[test]
    fn squares_overlap_or_not_wherever_they_lie() {
        for (lon, lat) in [(10.0, 0.0), (0.0, -30.0), (123.0, 89.7), (200.0, -90.0)] {
            let a = square(lon, lat, 0.5, 0.0);
            assert!(meet(&a, &a), "an image overlaps itself");
            assert!(
                meet(&a, &square(lon, lat, 0.01, 20.0)),
                "one inside the other"
            );
            let north = |by| square(lon, lat + by, 0.5, 0.0);
            // Tangent-plane squares: the edges face each other at twice 0.5 degree.
            assert!(meet(&a, &north(0.9999)));
            assert!(!meet(&a, &north(1.0001)));
            // A cross: no corner of one is inside the other.
            let bar = |w: f64, h: f64| {
                let d = |x: f64, y: f64| (lon + x, (lat + y).clamp(-90.0, 90.0));
                Footprint::new((lon, lat), [d(-w, -h), d(w, -h), d(w, h), d(-w, h)])
            };
            if lat.abs() < 80.0 {
                assert!(meet(&bar(2.0, 0.1), &bar(0.1, 2.0)));
            }
        }
        // Across longitude 0.
        assert!(meet(
            &square(359.8, 5.0, 0.3, 0.0),
            &square(0.2, 5.0, 0.3, 0.0)
        ));
    }

    #[test]
    fn corners_count_in_any_order() {
        let c = [(10.0, 1.0), (11.0, 1.0), (11.0, 2.0), (10.0, 2.0)];
        let inside = square(10.5, 1.2, 0.1, 30.0);
        let outside = square(9.5, 1.5, 0.3, 0.0);
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 3, 0, 2]] {
            let image = Footprint::new((10.5, 1.5), order.map(|i: usize| c[i]));
            assert!(meet(&image, &inside));
            assert!(!meet(&image, &outside));
        }
    }

    #[test]
    fn touching_counts_as_overlapping_and_a_gap_does_not() {
        // Two tiles of one tangent plane that share a side, and the same with a gap of a
        // hundredth of a pixel of 1 arcsec.
        let tile = |x: f64| {
            let at = |x: f64, y: f64| {
                let (x, y) = (x.to_radians(), y.to_radians());
                (
                    10.0 + x.atan().to_degrees(),
                    (y / (1.0 + x * x + y * y).sqrt()).asin().to_degrees(),
                )
            };
            let w = 0.03;
            Footprint::new(
                at(x + w / 2.0, w / 2.0),
                [at(x, 0.0), at(x + w, 0.0), at(x + w, w), at(x, w)],
            )
        };
        assert!(meet(&tile(0.0), &tile(0.03)));
        assert!(meet(&tile(0.0), &tile(0.03 - 1e-8)));
        assert!(!meet(&tile(0.0), &tile(0.03 + 1e-8)));
    }

    #[test]
    fn degenerate_outlines_are_points_and_lines() {
        let point = Footprint::new((10.0, 20.0), [(10.0, 20.0); 4]);
        assert!(meet(&point, &point));
        assert!(meet(&point, &square(10.1, 20.0, 0.5, 0.0)));
        assert!(!meet(&point, &square(10.6, 20.0, 0.5, 0.0)));
        let ends = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.0, 0.0)];
        let line = Footprint::new((0.5, 0.0), ends);
        assert!(meet(&line, &square(0.5, 0.2, 0.5, 0.0)));
        assert!(!meet(&line, &square(0.5, 0.6, 0.5, 0.0)));
        let sky = Footprint::new(
            (0.0, 0.0),
            [
                (-170.0, -80.0),
                (170.0, -80.0),
                (170.0, 80.0),
                (-170.0, 80.0),
            ],
        );
        assert!(!sky.has_outline());
        assert_eq!(sky.overlaps(&point), None);
        assert!(Footprint::anywhere((0.0, 0.0)).is_near(&square(180.0, 0.0, 0.1, 0.0)));
    }

    #[test]
    fn the_index_finds_what_a_search_of_all_pairs_finds() {
        // Scattered by a fixed rule; sizes from 1 arcsec to half the sky.
        let mut generator = simulate::Random(1);
        let mut random = || generator.uniform();
        let mut footprints: Vec<Footprint> = (0..700)
            .map(|i| {
                let half = [0.0003, 0.05, 1.0, 3.0][i % 4];
                let lat = (2.0 * random() - 1.0).asin().to_degrees();
                square(360.0 * random(), lat, half, 90.0 * random())
            })
            .collect();
        footprints.push(Footprint::anywhere((12.0, -3.0)));
        footprints.extend(vec![square(5.0, 5.0, 0.1, 0.0); 40]);
        let index = SkyIndex::new(&footprints).unwrap();
        let mut count = 0;
        for (k, a) in footprints.iter().enumerate() {
            let expected: Vec<u32> = (k + 1..footprints.len())
                .filter(|&l| a.is_near(&footprints[l]))
                .map(|l| l as u32)
                .collect();
            count += expected.len();
            assert_eq!(index.later_neighbours(k as u32).unwrap(), expected);
        }
        assert!(count > 1500, "{count} neighbours");
        assert!(SkyIndex::new(&[]).unwrap().order.is_empty());
    }
}
