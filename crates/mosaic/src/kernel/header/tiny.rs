//! Rectangles around positions within seconds of arc, on a tangent plane of differences: as
//! directions on the sphere they would differ in their last digits only.

use super::orientation::near_north;
use super::{SkyBox, DEGREE};
use crate::error::{Error, Result};

/// Positions within this many degrees are taken on a plane: two seconds of arc.
const TINY: f64 = 2.0 / 3600.0;

/// Positions on the tangent plane of one of them, in degrees; x grows to the east.
pub(super) struct TinyPlane {
    origin: (f64, f64),
    points: Vec<[f64; 2]>,
}

impl TinyPlane {
    /// Three or more positions (longitude and latitude in degrees) that lie close together and
    /// not at a pole; `None` for others.
    ///
    /// # Errors
    /// When memory is out.
    pub fn of(positions: &[(f64, f64)]) -> Result<Option<Self>> {
        let Some(&origin) = positions.first() else {
            return Ok(None);
        };
        if positions.len() < 3 || origin.1.abs() > 89.0 {
            return Ok(None);
        }
        let near = |&(lon, lat): &(f64, f64)| {
            turn(lon - origin.0).abs() * (origin.1 * DEGREE).cos() < TINY
                && (lat - origin.1).abs() < TINY
        };
        if !positions.iter().all(near) {
            return Ok(None);
        }
        let points = memory::collect(positions.iter().map(|&p| project(origin, p)))?;
        Ok(Some(TinyPlane { origin, points }))
    }

    /// The smallest rectangle of those along a side of the hull; `None` for positions on one line.
    ///
    /// # Errors
    /// When memory is out.
    pub fn smallest(&self) -> Result<Option<SkyBox>> {
        let corners = hull(&self.points)?;
        let mut best: Option<(f64, SkyBox)> = None;
        for (i, a) in corners.iter().enumerate() {
            let b = corners[(i + 1) % corners.len()];
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let length = dx.hypot(dy);
            if length > 0.0 {
                let (area, found) = self.along([dx / length, dy / length]);
                // NaN is not smaller, nor is it larger than nothing.
                if area > 0.0 && best.as_ref().is_none_or(|(least, _)| area < *least) {
                    best = Some((area, found));
                }
            }
        }
        Ok(best.map(|(_, found)| found))
    }

    /// The rectangle with north up; `None` for positions on one line that runs along a side.
    pub fn upright(&self) -> Option<SkyBox> {
        let (area, found) = self.along([1.0, 0.0]);
        (area > 0.0).then_some(SkyBox {
            angle: 0.0,
            ..found
        })
    }

    /// The rectangle with a side in this direction, and its area.
    fn along(&self, [ux, uy]: [f64; 2]) -> (f64, SkyBox) {
        let (mut least, mut most) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for &[x, y] in &self.points {
            for (i, at) in [x * ux + y * uy, y * ux - x * uy].into_iter().enumerate() {
                least[i] = least[i].min(at);
                most[i] = most[i].max(at);
            }
        }
        let size = [most[0] - least[0], most[1] - least[1]];
        let middle = [0.5 * (least[0] + most[0]), 0.5 * (least[1] + most[1])];
        let place = [
            middle[0] * ux - middle[1] * uy,
            middle[0] * uy + middle[1] * ux,
        ];
        let (angle, turned) = near_north(uy.atan2(ux) / DEGREE, size);
        let found = SkyBox {
            center: self.sky(place),
            size: turned,
            angle,
        };
        (size[0] * size[1], found)
    }

    /// The position at a place of the plane.
    fn sky(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        let (x, y) = (x * DEGREE, y * DEGREE);
        let (sin, cos) = (self.origin.1 * DEGREE).sin_cos();
        let down = cos - y * sin;
        let lon = self.origin.0 + x.atan2(down) / DEGREE;
        // The change of latitude alone has all digits.
        let north = y * x.hypot(down).recip() - sin * x * x / (2.0 * down * down);
        let lat = self.origin.1 + (north * cos).atan2(1.0 + y * sin / cos) / DEGREE;
        (lon.rem_euclid(360.0), lat)
    }
}

/// A difference of longitudes as an angle from -180 to 180 degrees.
fn turn(difference: f64) -> f64 {
    (difference + 540.0).rem_euclid(360.0) - 180.0
}

/// The place of a position on the tangent plane of another, from their differences.
fn project(origin: (f64, f64), (lon, lat): (f64, f64)) -> [f64; 2] {
    // Without a turn the difference keeps its digits.
    let difference = lon - origin.0;
    let east = match difference.abs() < 180.0 {
        true => difference,
        false => turn(difference),
    } * DEGREE;
    let north = (lat - origin.1) * DEGREE;
    let ((sin, _), cos_lat) = ((origin.1 * DEGREE).sin_cos(), (lat * DEGREE).cos());
    let half = (0.5 * east).sin();
    let bend = 2.0 * cos_lat * half * half;
    let down = north.cos() - bend * (origin.1 * DEGREE).cos();
    [
        cos_lat * east.sin() / down / DEGREE,
        (north.sin() + bend * sin) / down / DEGREE,
    ]
}

/// The corners of the hull, counterclockwise (Andrew's monotone chain).
fn hull(points: &[[f64; 2]]) -> Result<Vec<[f64; 2]>> {
    let mut sorted = memory::copy(points)?;
    // What is equal is the same.
    sorted.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    sorted.dedup();
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..] {
                let turn = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
                if turn > 0.0 {
                    break;
                }
                chain.pop();
            }
            memory::push(&mut chain, point)?;
        }
        // The last one begins the other half.
        chain.pop();
        Ok::<_, Error>(chain)
    };
    let mut corners = half(&mut sorted.iter().copied())?;
    memory::extend(&mut corners, half(&mut sorted.iter().rev().copied())?)?;
    Ok(corners)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.1 milliseconds of arc in degrees.
    const MAS: f64 = 1e-4 / 3600.0;

    #[test]
    fn a_plane_of_differences_keeps_all_digits() {
        let origin = (150.123456789012, 62.234567890123);
        let plane = |positions: &[(f64, f64)]| TinyPlane::of(positions).unwrap().unwrap();
        let empty = plane(&[origin; 3]);
        for place in [
            [300.0 * MAS, 0.0],
            [0.0, 2e4 * MAS],
            [-1e4 * MAS, 8e3 * MAS],
        ] {
            let back = project(origin, empty.sky(place));
            for (a, b) in place.into_iter().zip(back) {
                assert!((a - b).abs() < 0.001 * MAS, "{place:?} {back:?}");
            }
        }
        // 40 x 60 pixels, turned by 30 degrees.
        let (sin, cos) = 30f64.to_radians().sin_cos();
        let corners = [(-20.0, -30.0), (20.0, -30.0), (20.0, 30.0), (-20.0, 30.0)];
        let sky = corners.map(|(x, y): (f64, f64)| {
            empty.sky([(x * cos - y * sin) * MAS, (x * sin + y * cos) * MAS])
        });
        let found = plane(&sky).smallest().unwrap().unwrap();
        assert!((found.size[0] / MAS - 40.0).abs() < 1e-3, "{found:?}");
        assert!((found.size[1] / MAS - 60.0).abs() < 1e-3, "{found:?}");
        assert!((found.angle - 30.0).abs() < 1e-3, "{found:?}");
        assert!((found.center.0 - origin.0).abs() < 1e-3 * MAS);
        assert!((found.center.1 - origin.1).abs() < 1e-3 * MAS);
        assert!(plane(&sky).upright().unwrap().size[1] > 60.0 * MAS);
    }

    #[test]
    fn others_are_left_to_the_sphere() {
        assert!(TinyPlane::of(&[(10.0, 0.0), (10.0, 0.001), (10.001, 0.0)])
            .unwrap()
            .is_none());
        assert!(
            TinyPlane::of(&[(10.0, 89.9999), (10.0, 89.9999), (11.0, 89.9999)])
                .unwrap()
                .is_none()
        );
        assert!(TinyPlane::of(&[(10.0, 0.0), (10.0, 0.0)])
            .unwrap()
            .is_none());
        let across = [(359.9999999, 0.0), (1e-7, 0.0), (1e-7, 1e-7)];
        let found = TinyPlane::of(&across).unwrap().unwrap().upright().unwrap();
        assert!((found.size[0] - 2e-7).abs() < 1e-12);
        let line = [(10.0, 0.0), (10.0, 1e-7), (10.0, 2e-7)];
        let plane = TinyPlane::of(&line).unwrap().unwrap();
        assert!(plane.smallest().unwrap().is_none());
    }
}
