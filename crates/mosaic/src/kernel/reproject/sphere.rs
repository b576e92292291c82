//! Overlaps on the sphere: input and output pixels as polygons of great circles.

use std::collections::{HashSet, VecDeque};

use crate::error::Result;
use sky::direction::{cross, dot, Direction};
use sky::{Map, PixelMap, Window};

fn unit(a: Direction) -> Option<Direction> {
    let length = dot(a, a).sqrt();
    (length > 0.0).then(|| a.map(|x| x / length))
}

/// A plane that touches the sphere, on which great circles are straight lines.
#[derive(Debug, Clone, Copy)]
pub struct Tangent {
    centre: Direction,
    east: Direction,
    north: Direction,
}

/// A point of a tangent plane.
pub type Point = (f64, f64);

/// Corners nearer to the horizon of a tangent plane than this (about 84 degrees from its centre)
/// are taken as beyond it.
const HORIZON: f64 = 0.1;

impl Tangent {
    /// The plane at the mean of four directions; `None` where they cancel.
    pub fn at(corners: &[Direction; 4]) -> Option<Self> {
        let sum = |i: usize| corners.iter().map(|c| c[i]).sum::<f64>();
        let centre = unit([sum(0), sum(1), sum(2)])?;
        // Any axis that is not the centre itself.
        let axis = if centre[2].abs() < 0.9 {
            [0.0, 0.0, 1.0]
        } else {
            [1.0, 0.0, 0.0]
        };
        let east = unit(cross(axis, centre))?;
        Some(Tangent {
            centre,
            east,
            north: cross(centre, east),
        })
    }

    /// Where a direction meets the plane; `None` near its horizon and beyond.
    pub fn project(&self, v: Direction) -> Option<Point> {
        let depth = dot(self.centre, v);
        (depth > HORIZON).then(|| (dot(self.east, v) / depth, dot(self.north, v) / depth))
    }

    /// A pixel's corners on the plane, counter-clockwise.
    pub fn project_pixel(&self, corners: &[Direction; 4]) -> Option<[Point; 4]> {
        let mut pixel = [(0.0, 0.0); 4];
        for (point, &corner) in pixel.iter_mut().zip(corners) {
            *point = self.project(corner)?;
        }
        let [a, b, c, d] = pixel;
        if (c.0 - a.0) * (d.1 - b.1) < (d.0 - b.0) * (c.1 - a.1) {
            pixel.reverse();
        }
        Some(pixel)
    }
}

/// A side this short, beside the diagonal, is two corners in one: at a pole they differ by
/// rounding only, and the line through them could have any direction.
const POINT: f64 = 1e-9;

/// A convex polygon of a few corners, without an allocation: a clip by four lines adds at most
/// four corners to four.
#[derive(Debug, Clone, Copy)]
struct Polygon {
    corners: [Point; 12],
    count: usize,
}

impl Polygon {
    fn push(&mut self, point: Point) {
        if let Some(place) = self.corners.get_mut(self.count) {
            *place = point;
            self.count += 1;
        }
    }

    fn points(&self) -> &[Point] {
        &self.corners[..self.count]
    }
}

/// The solid angle (steradians) that two pixels on one tangent plane share, both counter-clockwise
/// and convex.
pub fn overlap(first: &[Point; 4], second: &[Point; 4]) -> f64 {
    let mut shape = Polygon {
        corners: [(0.0, 0.0); 12],
        count: 0,
    };
    first.iter().for_each(|&p| shape.push(p));
    for k in 0..4 {
        let (a, b) = (second[k], second[(k + 1) % 4]);
        let along = (b.0 - a.0, b.1 - a.1);
        let across = (second[(k + 2) % 4].0 - a.0, second[(k + 2) % 4].1 - a.1);
        if along.0.hypot(along.1) <= POINT * across.0.hypot(across.1) {
            continue;
        }
        let depth = |p: Point| along.0 * (p.1 - a.1) - along.1 * (p.0 - a.0);
        let mut next = Polygon { count: 0, ..shape };
        let Some(&last) = shape.points().last() else {
            return 0.0;
        };
        let (mut p, mut inside_p) = (last, depth(last));
        for &q in shape.points() {
            let inside_q = depth(q);
            if (inside_p < 0.0) != (inside_q < 0.0) {
                let t = inside_p / (inside_p - inside_q);
                next.push((p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1)));
            }
            if inside_q >= 0.0 {
                next.push(q);
            }
            (p, inside_p) = (q, inside_q);
        }
        shape = next;
    }
    solid_angle(shape.points())
}

/// The solid angle (steradians) of a polygon on a tangent plane, counter-clockwise: triangles
/// by the formula of van Oosterom & Strackee (1983, IEEE Trans. Biomed. Eng. 30, 125), whose
/// triple product is a difference of positions here, good to the last digits however small.
pub fn solid_angle(points: &[Point]) -> f64 {
    let Some((&a, rest)) = points.split_first() else {
        return 0.0;
    };
    let dot = |p: Point, q: Point| p.0 * q.0 + p.1 * q.1 + 1.0;
    let length_a = dot(a, a).sqrt();
    let mut sum = 0.0;
    for pair in rest.windows(2) {
        let (b, c) = (pair[0], pair[1]);
        let triple = (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1);
        let (length_b, length_c) = (dot(b, b).sqrt(), dot(c, c).sqrt());
        let base = length_a * length_b * length_c
            + dot(a, b) * length_c
            + dot(b, c) * length_a
            + dot(c, a) * length_b;
        sum += 2.0 * triple.atan2(base);
    }
    sum.max(0.0)
}

/// The longer diagonal of a pixel on a plane.
fn diagonal([a, b, c, d]: &[Point; 4]) -> f64 {
    let distance = |p: &Point, q: &Point| (p.0 - q.0).hypot(p.1 - q.1);
    distance(a, c).max(distance(b, d))
}

/// Opposite corners of a pixel are about as far from its middle as each other, however narrow it is;
/// where one is this many times farther, the seam of a map runs between them.
const TORN: f64 = 8.0;

/// Whether the quadrilateral of a pixel's corners on a plane, in either order, is the pixel: `middle`,
/// where the pixel's own goes, is inside, and no seam, pole or edge of a map lies between them.
pub fn surrounds(corners: &[Point; 4], middle: Point) -> bool {
    let distance = |p: Point, q: Point| (p.0 - q.0).hypot(p.1 - q.1);
    let size = diagonal(corners);
    let [a, b, c, d] = *corners;
    let is_clockwise = (c.0 - a.0) * (d.1 - b.1) < (d.0 - b.0) * (c.1 - a.1);
    let turn = if is_clockwise { -1.0 } else { 1.0 };
    let depth = |k: usize| {
        let (a, b) = (corners[k], corners[(k + 1) % 4]);
        turn * ((b.0 - a.0) * (middle.1 - a.1) - (b.1 - a.1) * (middle.0 - a.0))
    };
    let inside = (0..4).all(|k| depth(k) >= -POINT * size * size);
    let away = corners.map(|corner| distance(corner, middle));
    let torn = [(away[0], away[2]), (away[1], away[3])]
        .iter()
        .any(|&(p, q)| p.max(q) > TORN * p.min(q));
    inside && !torn
}

/// A pixel of the output on the sphere.
#[derive(Debug, Clone, Copy)]
struct Cell {
    at: (i64, i64),
    /// Its corners and solid angle, where it has them.
    shape: Option<([Direction; 4], f64)>,
}

/// A corner of an input pixel.
#[derive(Debug, Clone, Copy)]
pub struct Corner {
    /// Where it lies on the sky.
    pub direction: Direction,
    /// Where it lies on the output, from the outer edge of the first pixel on.
    pub place: Option<(f64, f64)>,
}

impl Corner {
    /// The one at a position of the input; `None` where that has no sky.
    pub fn at(map: &PixelMap, x: f64, y: f64) -> Option<Self> {
        let (direction, place) = map.direction_and_place(x, y)?;
        Some(Corner {
            direction,
            place: place.map(|(u, v)| (u - 0.5, v - 0.5)),
        })
    }
}

/// An input pixel.
#[derive(Debug, Clone, Copy)]
pub struct Pixel {
    /// Its position in the input.
    pub at: (f64, f64),
    /// Half its side.
    pub half: f64,
    /// Its corners, in order around it.
    pub corners: [Corner; 4],
}

/// Where the outline of the output lies in the input: an input pixel that has none of its corners on the
/// output overlaps it only if the outline passes through it.
#[derive(Debug, Default)]
pub struct Outline {
    /// The nearest whole row of the input, position along it, row, and the output pixel.
    points: Vec<(i64, f64, f64, (i64, i64))>,
}

/// How far from an input pixel (in its pixels) a point of the outline is still taken to be on it: great
/// circles between its corners leave the square of the pixel by less.
const UNSURE: f64 = 0.5;

impl Outline {
    /// The outline of `whole`, of which the part inside `near` is looked at.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(map: &PixelMap, whole: &Window, near: &Window) -> Result<Self> {
        let back = map.back();
        let mut points = Vec::new();
        let mut add = |x: usize, y: usize| -> Result<()> {
            for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
                let (u, v) = (x as f64 + dx + 0.5, y as f64 + dy + 0.5);
                if let Some((s, t)) = back.at(u, v) {
                    // A saturating cast.
                    let point = (t.round() as i64, s, t, (x as i64, y as i64));
                    memory::push(&mut points, point)?;
                }
            }
            Ok(())
        };
        let (right, top) = (whole.x + whole.width - 1, whole.y + whole.height - 1);
        let (columns, rows) = (near.x..near.x + near.width, near.y..near.y + near.height);
        for y in [whole.y, top] {
            if rows.contains(&y) {
                columns.clone().try_for_each(|x| add(x, y))?;
            }
        }
        for x in [whole.x, right] {
            if columns.contains(&x) {
                rows.clone().try_for_each(|y| add(x, y))?;
            }
        }
        points.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
        Ok(Outline { points })
    }

    /// Visits the output pixels at the outline that touch an input pixel.
    fn visit(&self, pixel: &Pixel, mut found: impl FnMut((i64, i64))) {
        if self.points.is_empty() {
            return;
        }
        let ((x, y), half) = (pixel.at, pixel.half + UNSURE);
        let (first, last) = ((y - half).round() as i64, (y + half).round() as i64);
        let mut from = self
            .points
            .partition_point(|p| (p.0, p.1) < (first, x - half));
        while let Some(&(row, s, t, cell)) = self.points.get(from) {
            if row > last {
                break;
            }
            if s < x - half {
                let next = (row, x - half);
                from += self.points[from..].partition_point(|p| (p.0, p.1) < next);
            } else if s > x + half {
                let next = row.saturating_add(1);
                from += self.points[from..].partition_point(|p| p.0 < next);
            } else {
                if (t - y).abs() <= half {
                    found(cell);
                }
                from += 1;
            }
        }
    }
}

/// Output pixels that have been looked at for one input pixel.
#[derive(Debug, Default)]
struct Seen {
    few: HashSet<(i64, i64)>,
    /// One bit for every output pixel, where they are many.
    many: Vec<u64>,
}

impl Seen {
    /// More pixels than this are kept as bits.
    const FEW: usize = 1 << 15;

    fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Whether a pixel of `whole` is new.
    fn insert(&mut self, whole: &Window, at: (i64, i64)) -> bool {
        if self.many.is_empty() {
            let is_new = self.few.insert(at);
            if self.few.len() > Self::FEW {
                let words = whole.width.saturating_mul(whole.height).div_ceil(64);
                if self.many.try_reserve_exact(words).is_ok() {
                    self.many.resize(words, 0);
                    for at in std::mem::take(&mut self.few) {
                        Self::set(&mut self.many, whole, at);
                    }
                }
            }
            return is_new;
        }
        Self::set(&mut self.many, whole, at)
    }

    fn set(many: &mut [u64], whole: &Window, (column, row): (i64, i64)) -> bool {
        let (column, row) = (column as usize - whole.x, row as usize - whole.y);
        let at = row * whole.width + column;
        let bit = 1 << (at % 64);
        let Some(word) = many.get_mut(at / 64) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// Finds the output pixels that input pixels overlap, with a memory of those seen last.
pub struct Spreader {
    whole: Window,
    cells: Vec<Cell>,
    seen: Seen,
    waiting: VecDeque<(i64, i64)>,
}

/// Output pixels that are remembered; a power of two.
const REMEMBERED: usize = 1 << 12;

/// Overlaps smaller than this part of a pixel are rounding.
const NOTHING: f64 = 1e-12;

impl Spreader {
    /// For outputs that are `whole`.
    pub fn new(whole: Window) -> Self {
        Spreader {
            whole,
            cells: Vec::new(),
            seen: Seen::default(),
            waiting: VecDeque::new(),
        }
    }

    /// Makes room for what is remembered; to be called before [`Spreader::add`].
    ///
    /// # Errors
    /// When memory is out.
    pub fn begin(&mut self) -> Result<()> {
        let empty = Cell {
            at: (-1, -1),
            shape: None,
        };
        match self.cells.is_empty() {
            true => Ok(memory::resize(&mut self.cells, REMEMBERED, empty)?),
            false => Ok(()),
        }
    }

    /// Hands the overlaps of an input pixel to `put`: column and row of an output pixel, the part of
    /// that pixel that it covers, and the part of the input pixel that this is.
    ///
    /// From where its corners and sides fall, and from where the outline of the output passes
    /// through it, neighbours are looked at until they share nothing
    /// with it, so that a pixel across a pole, or across the seam of a map of the whole sky,
    /// reaches all its pixels.
    pub fn add(
        &mut self,
        map: &PixelMap,
        pixel: &Pixel,
        outline: &Outline,
        mut put: impl FnMut(i64, i64, f64, f64),
    ) {
        self.seen.clear();
        self.waiting.clear();
        let mut inside = 0;
        for place in pixel.corners.iter().filter_map(|corner| corner.place) {
            inside += usize::from(self.look_at(place));
        }
        if inside < 4 {
            outline.visit(pixel, |cell| {
                self.wait_for(cell);
            });
        }
        if self.waiting.is_empty() {
            return;
        }
        let Some(plane) = Tangent::at(&pixel.corners.map(|corner| corner.direction)) else {
            return;
        };
        let Some(shape) = plane.project_pixel(&pixel.corners.map(|corner| corner.direction)) else {
            return;
        };
        let area = solid_angle(&shape);
        if area <= 0.0 {
            return;
        }
        let ((x, y), half) = (pixel.at, pixel.half);
        let middles = [
            (0.0, 0.0),
            (-half, 0.0),
            (half, 0.0),
            (0.0, -half),
            (0.0, half),
        ];
        for (dx, dy) in middles {
            if let Some((u, v)) = map.at(x + dx, y + dy) {
                self.look_at((u - 0.5, v - 0.5));
            }
        }
        let rounding = PixelMap::rounding_of_directions();
        let size = diagonal(&shape);
        while let Some((column, row)) = self.waiting.pop_front() {
            let Some((corners, whole)) = self.cell(map, (column, row)) else {
                continue;
            };
            let Some(cell) = plane.project_pixel(&corners) else {
                continue;
            };
            let shared = overlap(&shape, &cell);
            let smaller = area.min(whole);
            // What a side that is out of place by the rounding of directions leaves or takes.
            let sliver = rounding * size.min(diagonal(&cell));
            if shared <= sliver.max(NOTHING * smaller) {
                continue;
            }
            let part_of = |all: f64| {
                if (shared - all).abs() <= sliver {
                    1.0
                } else {
                    shared / all
                }
            };
            put(column, row, part_of(whole), part_of(area));
            for dy in -1..=1 {
                for dx in -1..=1 {
                    self.wait_for((column + dx, row + dy));
                }
            }
        }
    }

    /// Looks at the output pixel at a place; whether there is one.
    fn look_at(&mut self, (u, v): (f64, f64)) -> bool {
        self.wait_for((u.floor() as i64, v.floor() as i64))
    }

    /// Whether there is such a pixel.
    fn wait_for(&mut self, (column, row): (i64, i64)) -> bool {
        let Window {
            x,
            y,
            width,
            height,
        } = self.whole;
        let on = (x as i64..(x + width) as i64).contains(&column)
            && (y as i64..(y + height) as i64).contains(&row);
        if on && self.seen.insert(&self.whole, (column, row)) {
            self.waiting.push_back((column, row));
        }
        on
    }

    fn cell(&mut self, map: &PixelMap, at: (i64, i64)) -> Option<([Direction; 4], f64)> {
        let place = (at.0 as usize).wrapping_add((at.1 as usize).wrapping_mul(61)) % REMEMBERED;
        if self.cells[place].at != at {
            self.cells[place] = Cell {
                at,
                shape: Self::shape(map, at),
            };
        }
        self.cells[place].shape
    }

    /// Corners and solid angle of an output pixel. `None` where one of its corners or its middle
    /// has no sky, or where the seam of a map goes through it.
    fn shape(map: &PixelMap, (column, row): (i64, i64)) -> Option<([Direction; 4], f64)> {
        let (x, y) = (column as f64 + 1.0, row as f64 + 1.0);
        let mut corners = [[0.0; 3]; 4];
        let square = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
        for (corner, (dx, dy)) in corners.iter_mut().zip(square) {
            *corner = map.direction_to(x + dx, y + dy)?;
        }
        let plane = Tangent::at(&corners)?;
        let middle = plane.project(map.direction_to(x, y)?)?;
        let flat = plane.project_pixel(&corners)?;
        let area = solid_angle(&flat);
        (surrounds(&flat, middle) && area > 0.0).then_some((corners, area))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky::direction::direction;
    use std::f64::consts::PI;

    fn pixel(lon: f64, lat: f64, size: f64) -> [Direction; 4] {
        let half = 0.5 * size;
        [(-half, -half), (half, -half), (half, half), (-half, half)]
            .map(|(x, y)| direction(lon + x, lat + y))
    }

    #[test]
    fn an_eighth_of_the_sphere_is_half_pi() {
        let corners = [
            direction(0.0, 0.0),
            direction(90.0, 0.0),
            direction(0.0, 90.0),
            direction(45.0, 90.0),
        ];
        let plane = Tangent::at(&corners).unwrap();
        let octant = plane.project_pixel(&corners).unwrap();
        assert!((solid_angle(&octant) - PI / 2.0).abs() < 1e-14);
        assert!((overlap(&octant, &octant) - PI / 2.0).abs() < 1e-14);
    }

    #[test]
    fn small_pixels_keep_their_digits() {
        // 0.01 arcsec: the solid angle is the product of the sides.
        let size = 0.01 / 3600.0;
        for lat in [0.0, 40.0, -75.0] {
            let whole = pixel(123.4, lat, size);
            let plane = Tangent::at(&whole).unwrap();
            let flat = plane.project_pixel(&whole).unwrap();
            let expected = size.to_radians().powi(2) * lat.to_radians().cos();
            let relative = solid_angle(&flat) / expected - 1.0;
            // A degree in a double leaves 1e-16 of a radian, of 5e-8.
            assert!(relative.abs() < 2e-8, "{relative}");
        }
    }

    #[test]
    fn the_pixels_of_a_grid_share_out_a_pixel_whole() {
        for (lon, lat, size) in [(0.0, 0.0, 1.0), (359.9, 70.0, 0.01), (10.0, 89.0, 0.9)] {
            let input = pixel(lon, lat, size);
            let plane = Tangent::at(&input).unwrap();
            let flat = plane.project_pixel(&input).unwrap();
            let whole = solid_angle(&flat);
            let step = 0.3 * size;
            let mut sum = 0.0;
            for j in -4..=4 {
                for i in -4..=4 {
                    let (x, y) = (lon + f64::from(i) * step, lat + f64::from(j) * step);
                    let Some(other) = plane.project_pixel(&pixel(x, y, step)) else {
                        continue;
                    };
                    sum += overlap(&flat, &other);
                }
            }
            assert!(
                (sum / whole - 1.0).abs() < 1e-10,
                "{lon} {lat}: {sum} {whole}"
            );
        }
    }

    #[test]
    fn pixels_apart_share_nothing() {
        let input = pixel(10.0, 20.0, 1.0);
        let plane = Tangent::at(&input).unwrap();
        let flat = plane.project_pixel(&input).unwrap();
        let other = plane.project_pixel(&pixel(12.0, 20.0, 1.0)).unwrap();
        assert_eq!(overlap(&flat, &other), 0.0);
        assert!(plane.project_pixel(&pixel(190.0, -20.0, 1.0)).is_none());
    }
}
