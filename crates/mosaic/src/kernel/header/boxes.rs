//! Rectangles around a hull, on the tangent plane of their centre.

use super::hull::{hull, safe_hull};
use super::orientation::near_north;
use super::tiny::TinyPlane;
use super::{add, length, unit, Point, DEGREE, SAME};
use crate::error::Result;
use sky::direction::{cross, dot, Direction};

/// A rectangle on the tangent plane of its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkyBox {
    /// Longitude and latitude of the centre in degrees.
    pub center: (f64, f64),
    /// Width and height in degrees on the plane.
    pub size: [f64; 2],
    /// From north to the sides that go up, through west, in degrees: CROTA2. Of the smallest box
    /// up to 45, or 315 to 360 (which is north, as Montage writes it); of the upright one 0.
    pub angle: f64,
}

impl SkyBox {
    /// Whether all positions are in it, but for rounding.
    fn holds(&self, points: &[(f64, f64)]) -> bool {
        let plane = Plane::new(&Point::new(self.center), self.angle);
        let half = self.size.map(|size| 0.5 * size * (1.0 + 1e-9) + 1e-9);
        points.iter().all(|&point| {
            let (x, y) = plane.project(&Point::new(point));
            x.abs() <= half[0] && y.abs() <= half[1]
        })
    }
}

/// The rectangle with the smallest area of those that lie along one side of the hull of `points`
/// (longitude and latitude in degrees); `None` for points on one line, or fewer than three.
///
/// # Errors
/// When memory is out.
pub fn smallest_box(points: &[(f64, f64)]) -> Result<Option<SkyBox>> {
    if let Some(plane) = TinyPlane::of(points)? {
        return plane.smallest();
    }
    // The original's angle is no number where a side runs exactly north, or at a pole: those
    // sides count only where no other one does.
    let around = |corners: &[Point]| {
        smallest_of(corners, unsigned_angle).or_else(|| smallest_of(corners, signed_angle))
    };
    holding(points, around)
}

/// The box around the hull of all points; of the hull that loses no corner where the other did.
fn holding(
    points: &[(f64, f64)],
    around: impl Fn(&[Point]) -> Option<SkyBox>,
) -> Result<Option<SkyBox>> {
    let Some(corners) = hull(points)? else {
        return Ok(None);
    };
    match around(&corners) {
        Some(found) if found.holds(points) => Ok(Some(found)),
        _ => Ok(safe_hull(points)?.and_then(|corners| around(&corners))),
    }
}

fn smallest_of(corners: &[Point], angle: impl Fn(&Point, Direction) -> f64) -> Option<SkyBox> {
    let mut best: Option<(f64, SkyBox)> = None;
    for i in 0..corners.len() {
        let next = corners[(i + 1) % corners.len()];
        let Some((center, up)) = middle_along(corners, corners[i].v, next.v) else {
            continue;
        };
        let angle = angle(&center, up);
        if !angle.is_finite() {
            continue;
        }
        let size = Plane::new(&center, angle).extent(corners);
        let area = size[0] * size[1];
        // NaN is not smaller.
        if area < best.map_or(1e99, |(area, _)| area) {
            let (angle, size) = near_north(angle, size);
            let center = (center.lon, center.lat);
            let found = SkyBox {
                center,
                size,
                angle,
            };
            best = Some((area, found));
        }
    }
    best.map(|(_, found)| found)
}

/// The centre of the rectangle along the side from `a` to `b`, and the pole of the great circle
/// that goes through it at right angles to the side.
fn middle_along(corners: &[Point], a: Direction, b: Direction) -> Option<(Point, Direction)> {
    let side = unit(cross(a, b));
    // The two corners furthest apart along the side.
    let (mut least, mut most) = ((999.0, side), (-999.0, side));
    for corner in corners {
        let across = unit(cross(corner.v, side));
        let along = length(cross(across, a)).atan2(dot(across, a));
        if along < least.0 {
            least = (along, across);
        }
        if along > most.0 {
            most = (along, across);
        }
    }
    let foot = |across: Direction| unit(cross(side, across));
    let on_side = unit(add(foot(least.1), foot(most.1)));
    // The corner furthest from the side, seen from its middle.
    let along_side = unit(cross(on_side, side));
    let mut opposite = (999.0, side);
    for corner in corners {
        let parallel = unit(cross(along_side, corner.v));
        let cosine = dot(side, parallel);
        if cosine < opposite.0 {
            opposite = (cosine, parallel);
        }
    }
    let far = unit(cross(opposite.1, along_side));
    let center = Point::of_vector(unit(add(on_side, far)));
    let pole = cross(far, on_side);
    // Of corners on one line, rounding alone would tell the direction.
    let up = if length(pole) > SAME {
        unit(pole)
    } else {
        along_side
    };
    (dot(up, up) > 0.0).then_some((center, up))
}

/// The angle between north and `up` at `center` in degrees, without its sign: Montage's, by the
/// cosine rule. Where the sign is negative the box that comes of it is too large, and another
/// side of the hull gives a smaller one.
fn unsigned_angle(center: &Point, up: Direction) -> f64 {
    let north = [0.0, 0.0, 1.0];
    let a = dot(up, north).acos();
    let b = dot(center.v, north).acos();
    let c = dot(center.v, up).acos();
    // Two seconds of arc from a pole an arc cosine has no digits left.
    if b.sin() < 1e-5 {
        return signed_angle(center, up);
    }
    let cosine = (a.cos() - b.cos() * c.cos()) / (b.sin() * c.sin());
    cosine.acos() / DEGREE
}

/// The same with its sign, good everywhere; at a pole the meridian is that of `center.lon`.
fn signed_angle(center: &Point, up: Direction) -> f64 {
    let (a, d) = (center.lon * DEGREE, center.lat * DEGREE);
    let east = [-a.sin(), a.cos(), 0.0];
    let north = [-d.sin() * a.cos(), -d.sin() * a.sin(), d.cos()];
    (-dot(up, east)).atan2(dot(up, north)) / DEGREE
}

/// The rectangle around `points` (longitude and latitude in degrees) whose sides go up along the
/// meridian of its centre; `None` for points on one line, or fewer than three.
///
/// # Errors
/// When memory is out.
pub fn upright_box(points: &[(f64, f64)]) -> Result<Option<SkyBox>> {
    if let Some(plane) = TinyPlane::of(points)? {
        return Ok(plane.upright());
    }
    let about = |corners: &[Point], center: Point| SkyBox {
        center: (center.lon, center.lat),
        size: Plane::new(&center, 0.0).extent(corners),
        angle: 0.0,
    };
    let around = |corners: &[Point]| Some(about(corners, upright_center(corners)?));
    holding(points, around)
}

/// The centre of the four great circles that bound the corners: two that cross the meridian of
/// the corner nearest to the equator at right angles, and two along it.
fn upright_center(corners: &[Point]) -> Option<Point> {
    let mut lowest = *corners.first()?;
    let mut highest = lowest;
    for corner in corners {
        if corner.v[2] > highest.v[2] {
            highest = *corner;
        }
        if corner.v[2] < lowest.v[2] {
            lowest = *corner;
        }
    }
    let base = if highest.v[2] > 0.0 { lowest } else { highest };
    let east = unit(cross([0.0, 0.0, 1.0], base.v));
    let across = |corner: &Point| unit(cross(corner.v, east));
    let first = across(&base);
    let mut opposite = (999.0, base);
    let (mut rightmost, mut leftmost) = ((-999.0, base), (999.0, base));
    for corner in corners {
        let cosine = dot(across(corner), first);
        if cosine < opposite.0 {
            opposite = (cosine, *corner);
        }
        let eastwards = dot(corner.v, east);
        if eastwards > rightmost.0 {
            rightmost = (eastwards, *corner);
        }
        if eastwards < leftmost.0 {
            leftmost = (eastwards, *corner);
        }
    }
    let second = across(&opposite.1);
    let along = |corner: &Point| unit(cross(cross(corner.v, east), corner.v));
    let (right, left) = (along(&rightmost.1), along(&leftmost.1));
    let meet = |a: Direction, b: Direction, near: Direction| {
        let v = unit(cross(a, b));
        if dot(v, near) < 0.0 {
            v.map(|x| -x)
        } else {
            v
        }
    };
    let box_corners = [
        meet(first, right, rightmost.1.v),
        meet(second, right, rightmost.1.v),
        meet(second, left, leftmost.1.v),
        meet(first, left, leftmost.1.v),
    ];
    let diagonals = [
        cross(box_corners[0], box_corners[2]),
        cross(box_corners[1], box_corners[3]),
    ];
    let v = meet(diagonals[0], diagonals[1], box_corners[0]);
    (dot(v, v) > 0.0).then(|| Point::of_vector(v))
}

/// The tangent plane at a point, turned.
struct Plane {
    rows: [Direction; 3],
}

impl Plane {
    fn new(center: &Point, angle: f64) -> Self {
        let (sinr, cosr) = ((angle * DEGREE).sin(), (angle * DEGREE).cos());
        let (sina, cosa) = ((center.lon * DEGREE).sin(), (center.lon * DEGREE).cos());
        let (sind, cosd) = ((center.lat * DEGREE).sin(), (center.lat * DEGREE).cos());
        Plane {
            rows: [
                [cosd * cosa, cosd * sina, sind],
                [
                    -cosr * sina - sinr * sind * cosa,
                    cosr * cosa - sinr * sind * sina,
                    sinr * cosd,
                ],
                [
                    sinr * sina - cosr * sind * cosa,
                    -sinr * cosa - cosr * sind * sina,
                    cosr * cosd,
                ],
            ],
        }
    }

    /// Where a direction lies on the plane, in degrees.
    fn project(&self, point: &Point) -> (f64, f64) {
        let p = unit(self.rows.map(|row| dot(row, point.v)));
        let radius = p[0].clamp(-1.0, 1.0).acos().tan();
        // Towards the right of the way from the centre: the bearing without an angle.
        let right = unit([0.0, -p[2], p[1]]);
        (radius * right[2] / DEGREE, -radius * right[1] / DEGREE)
    }

    /// Width and height of the rectangle about the centre that holds all corners.
    fn extent(&self, corners: &[Point]) -> [f64; 2] {
        let (mut x, mut y) = ((1e20f64, -1e20f64), (1e20f64, -1e20f64));
        for corner in corners {
            let (a, b) = self.project(corner);
            // Comparisons, not min and max: NaN is passed over.
            if a < x.0 {
                x.0 = a;
            }
            if a > x.1 {
                x.1 = a;
            }
            if b < y.0 {
                y.0 = b;
            }
            if b > y.1 {
                y.1 = b;
            }
        }
        [x, y].map(|(least, most)| 2.0 * least.abs().max(most.abs()))
    }
}
