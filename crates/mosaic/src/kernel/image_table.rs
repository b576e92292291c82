//! Which images of a table cover a point or a region of the sky: images and regions as convex
//! spherical polygons.

use sky::direction::{cross, dot, Direction};

/// Gaps below this (radians, 2 microarcseconds) are none.
const TOUCHING: f64 = 1e-11;

/// The cosine of the widest angle (80 degrees) between the middle of a polygon and its vertices:
/// great circles between points further apart say nothing about an image.
const WIDEST: f64 = 0.17364817766693033;

/// The direction of `v`, unless it is too short to have one.
fn unit(v: Direction) -> Option<Direction> {
    let length = dot(v, v).sqrt();
    (length > 1e-300).then(|| v.map(|x| x / length))
}

/// The angle between two directions in radians.
fn angle(a: Direction, b: Direction) -> f64 {
    let c = cross(a, b);
    dot(c, c).sqrt().atan2(dot(a, b))
}

/// Longitude (0 to 360) and latitude of a direction in degrees.
pub fn position(v: Direction) -> (f64, f64) {
    let lon = v[1].atan2(v[0]).to_degrees();
    let lat = v[2].atan2(v[0].hypot(v[1])).to_degrees();
    (if lon < 0.0 { lon + 360.0 } else { lon }, lat)
}

/// The convex hull of some directions.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    centre: Direction,
    /// Counter-clockwise as seen from outside the sphere.
    vertices: Vec<Direction>,
    /// Unit normals of the sides from each vertex to the next, towards the inside.
    sides: Vec<Direction>,
}

impl Polygon {
    /// The hull of `points` in any order; `None` where they span no area, or a part of the sky so
    /// wide that great circles between them mean nothing.
    pub fn hull(points: &[Direction]) -> Option<Self> {
        let sum = points.iter().fold([0.0; 3], |s: Direction, p| {
            [s[0] + p[0], s[1] + p[1], s[2] + p[2]]
        });
        let centre = unit(sum)?;
        if !points.iter().all(|&p| dot(p, centre) >= WIDEST) {
            return None;
        }
        // On the plane that touches the sphere at the centre great circles are straight lines.
        let least = (0..3).min_by(|&i, &j| centre[i].abs().total_cmp(&centre[j].abs()))?;
        let mut axis = [0.0; 3];
        axis[least] = 1.0;
        let east = unit(cross(axis, centre))?;
        let north = cross(centre, east);
        let mut flat: Vec<(f64, f64, Direction)> = points
            .iter()
            .map(|&p| {
                let depth = dot(p, centre);
                (dot(p, east) / depth, dot(p, north) / depth, p)
            })
            .collect();
        flat.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        flat.dedup_by(|a, b| (a.0 - b.0).hypot(a.1 - b.1) < TOUCHING);
        // Andrew's monotone chain (1979, Inf. Proc. Lett. 9, 216): lower side, then upper side.
        let mut hull: Vec<(f64, f64, Direction)> = Vec::with_capacity(flat.len() + 1);
        let mut add = |chain: &mut dyn Iterator<Item = &(f64, f64, Direction)>| {
            let start = hull.len();
            for &next in chain {
                while hull.len() >= start + 2 {
                    let [a, b] = [hull[hull.len() - 2], hull[hull.len() - 1]];
                    let turn = (b.0 - a.0) * (next.1 - a.1) - (b.1 - a.1) * (next.0 - a.0);
                    if turn > 0.0 {
                        break;
                    }
                    hull.pop();
                }
                hull.push(next);
            }
            hull.pop();
        };
        add(&mut flat.iter());
        add(&mut flat.iter().rev());
        let vertices: Vec<Direction> = hull.into_iter().map(|(_, _, p)| p).collect();
        if vertices.len() < 3 {
            return None;
        }
        let following = vertices.iter().cycle().skip(1);
        let sides = vertices.iter().zip(following).map(|(&a, &b)| {
            // a x b = a x (b - a), without the loss of digits of the former when they are close.
            unit(cross(a, [b[0] - a[0], b[1] - a[1], b[2] - a[2]]))
        });
        Some(Polygon {
            sides: sides.collect::<Option<Vec<_>>>()?,
            centre,
            vertices,
        })
    }

    /// Its corners.
    pub fn vertices(&self) -> &[Direction] {
        &self.vertices
    }

    /// Its middle.
    pub fn centre(&self) -> Direction {
        self.centre
    }

    /// Whether a direction lies in it or on its edge.
    pub fn contains(&self, point: Direction) -> bool {
        dot(self.centre, point) > 0.0 && self.sides.iter().all(|&s| dot(s, point) >= -TOUCHING)
    }

    /// Whether the two are so far apart that images with these corners do not overlap, although
    /// their sides may bulge.
    pub fn is_far_from(&self, other: &Polygon) -> bool {
        let radius = |p: &Polygon| {
            let to_corner = p.vertices.iter().map(|&v| angle(p.centre, v));
            to_corner.fold(0.0, f64::max)
        };
        let (a, b) = (radius(self), radius(other));
        a.max(b) < 0.2 && angle(self.centre, other.centre) > 1.5 * (a + b)
    }

    /// Whether the two overlap or touch.
    pub fn meets(&self, other: &Polygon) -> bool {
        // Two convex polygons are apart if, and only if, a side of one of them has all of the
        // other behind it.
        let parts = |a: &Polygon, b: &Polygon| {
            let behind = |&s: &Direction| b.vertices.iter().all(|&v| dot(s, v) < -TOUCHING);
            a.sides.iter().any(behind)
        };
        !parts(self, other) && !parts(other, self)
    }

    /// Whether the circle of `radius` radians around `centre` overlaps or touches it.
    pub fn meets_circle(&self, centre: Direction, radius: f64) -> bool {
        self.contains(centre) || self.distance(centre) <= radius + TOUCHING
    }

    /// The corners of what it has in common with `other`: those of each in the other, and where
    /// their sides cross.
    pub fn common(&self, other: &Polygon) -> Vec<Direction> {
        let mut found: Vec<Direction> = Vec::new();
        found.extend(self.vertices.iter().filter(|&&v| other.contains(v)));
        found.extend(other.vertices.iter().filter(|&&v| self.contains(v)));
        for (a, b, side) in self.arcs() {
            for (c, d, other_side) in other.arcs() {
                let Some(point) = unit(cross(side, other_side)) else {
                    continue;
                };
                for point in [point, point.map(|x| -x)] {
                    if is_between(point, a, b, side) && is_between(point, c, d, other_side) {
                        found.push(point);
                    }
                }
            }
        }
        found
    }

    /// How far a direction inside is from the nearest side, in degrees.
    pub fn depth(&self, point: Direction) -> f64 {
        let to_side = |&side: &Direction| dot(side, point).clamp(-1.0, 1.0).asin();
        let nearest = self.sides.iter().map(to_side).fold(f64::INFINITY, f64::min);
        nearest.to_degrees()
    }

    /// Radians from a direction to the nearest point of the edge.
    fn distance(&self, point: Direction) -> f64 {
        let to_arc = |(a, b, side): (Direction, Direction, Direction)| {
            if is_between(point, a, b, side) {
                dot(side, point).clamp(-1.0, 1.0).asin().abs()
            } else {
                angle(point, a).min(angle(point, b))
            }
        };
        self.arcs().map(to_arc).fold(f64::INFINITY, f64::min)
    }

    /// Each side: its ends and its normal.
    fn arcs(&self) -> impl Iterator<Item = (Direction, Direction, Direction)> + '_ {
        let following = self.vertices.iter().cycle().skip(1);
        let pairs = self.vertices.iter().zip(following);
        pairs.zip(&self.sides).map(|((&a, &b), &side)| (a, b, side))
    }
}

/// Whether a direction lies between the ends of an arc from `a` to `b`, on it or beside it.
fn is_between(point: Direction, a: Direction, b: Direction, side: Direction) -> bool {
    dot(cross(side, a), point) >= -TOUCHING && dot(cross(b, side), point) >= -TOUCHING
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky::direction::direction;

    fn polygon(points: &[(f64, f64)]) -> Polygon {
        let points: Vec<Direction> = points.iter().map(|&(x, y)| direction(x, y)).collect();
        Polygon::hull(&points).unwrap()
    }

    #[test]
    fn the_order_of_points_makes_no_difference() {
        let orders = [
            [(9.0, -1.0), (11.0, -1.0), (11.0, 1.0), (9.0, 1.0)],
            [(9.0, 1.0), (11.0, 1.0), (11.0, -1.0), (9.0, -1.0)],
            [(11.0, 1.0), (9.0, -1.0), (9.0, 1.0), (11.0, -1.0)],
        ];
        for order in orders {
            let polygon = polygon(&order);
            assert_eq!(polygon.vertices().len(), 4);
            assert!(polygon.contains(direction(10.0, 0.0)));
            assert!(polygon.contains(direction(11.0, 1.0)));
            assert!(!polygon.contains(direction(11.1, 0.0)));
            assert!(!polygon.contains(direction(190.0, 0.0)));
            assert!((polygon.depth(direction(10.5, 0.0)) - 0.5).abs() < 1e-9);
        }
        // Points inside, twice, or on one line are no corners.
        let more = [
            (9.0, -1.0),
            (10.0, 0.1),
            (11.0, -1.0),
            (11.0, -1.0),
            (11.0, 1.0),
            (9.0, 1.0),
        ];
        assert_eq!(polygon(&more).vertices().len(), 4);
        let line: Vec<Direction> = (0..5).map(|i| direction(f64::from(i), 0.0)).collect();
        assert_eq!(Polygon::hull(&line), None);
        let wide = [(0.0, 0.0), (100.0, 0.0), (200.0, 10.0)].map(|(x, y)| direction(x, y));
        assert_eq!(Polygon::hull(&wide), None);
        assert_eq!(Polygon::hull(&[[f64::NAN; 3]; 3]), None);
        assert_eq!(Polygon::hull(&[]), None);
    }

    #[test]
    fn polygons_and_circles_meet() {
        let one = polygon(&[(359.0, -1.0), (1.0, -1.0), (1.0, 1.0), (359.0, 1.0)]);
        let near = polygon(&[(0.5, 0.5), (2.0, 0.5), (2.0, 2.0), (0.5, 2.0)]);
        let far = polygon(&[(1.5, 0.5), (2.0, 0.5), (2.0, 2.0), (1.5, 2.0)]);
        let across = polygon(&[(358.0, -0.1), (2.0, -0.1), (2.0, 0.1), (358.0, 0.1)]);
        assert!(one.meets(&near) && near.meets(&one));
        assert!(!one.meets(&far));
        assert!(one.meets(&across));
        assert_eq!(one.common(&near).len(), 4);
        assert_eq!(one.common(&across).len(), 4);
        assert!(one.common(&far).is_empty());
        // A circle beside a corner: further than from the great circles of both sides.
        let beside = direction(1.3, 1.3);
        let apart = angle(beside, direction(1.0, 1.0));
        assert!(one.meets_circle(beside, apart + 1e-6));
        assert!(!one.meets_circle(beside, apart - 1e-6));
        assert!(one.meets_circle(direction(2.0, 0.0), 1.0001f64.to_radians()));
        assert!(one.meets_circle(direction(0.0, 0.0), 1e-6));
        let (lon, lat) = position(direction(359.5, -30.0));
        assert!((lon - 359.5).abs() < 1e-12 && (lat + 30.0).abs() < 1e-12);
    }
}
