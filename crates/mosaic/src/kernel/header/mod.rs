//! The rectangle on the sky that holds a set of positions, from which a header template is made,
//! and the polynomials by which one projection stands for another.
//!
//! The rectangle: the positions' convex hull on the sphere, and then the smallest rectangle along one of its
//! sides ([`smallest_box`]) or the one along the meridian ([`upright_box`]), as Montage 6.0 finds
//! them. The steps and their order are kept to the last bit where they decide between boxes of
//! equal area and so the digits of a template; where they end in no number (a pole in the middle,
//! a side that runs exactly north) the same box is found by another way.

mod boxes;
mod hull;
mod orientation;
mod polynomial;
mod tiny;

pub use boxes::{smallest_box, upright_box, SkyBox};
pub use polynomial::Polynomial;

use sky::direction::{dot, Direction};

/// One degree in radians, as Montage writes it: atan(1)/45.
const DEGREE: f64 = std::f64::consts::FRAC_PI_4 / 45.0;

/// Two directions closer than this (0.001 arcsec, as a sine) are the same.
const SAME: f64 = 4.848137e-10;

/// A position and its direction.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    lon: f64,
    lat: f64,
    v: Direction,
}

impl Point {
    /// From longitude and latitude in degrees.
    fn new((lon, lat): (f64, f64)) -> Self {
        let (a, d) = (lon * DEGREE, lat * DEGREE);
        Point {
            lon,
            lat,
            v: [a.cos() * d.cos(), a.sin() * d.cos(), d.sin()],
        }
    }

    /// From a unit vector; the longitude is in 0 to 360.
    fn of_vector(v: Direction) -> Self {
        let mut lon = v[1].atan2(v[0]) / DEGREE;
        if lon < 0.0 {
            lon += 360.0;
        }
        // Rounding may carry a unit vector beyond the pole.
        let lat = v[2].clamp(-1.0, 1.0).asin() / DEGREE;
        Point { lon, lat, v }
    }
}

fn add(a: Direction, b: Direction) -> Direction {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn length(v: Direction) -> f64 {
    dot(v, v).sqrt()
}

/// The unit vector; zero stays zero.
fn unit(v: Direction) -> Direction {
    let length = length(v);
    if length > 0.0 {
        v.map(|x| x / length)
    } else {
        v
    }
}

/// Whether positions spread over so much of the sky that no tangent plane shows them: more than
/// the radius of the sphere along one axis of space.
pub fn is_very_large(points: &[(f64, f64)]) -> bool {
    let mut least = [1.0f64; 3];
    let mut most = [-1.0f64; 3];
    for &point in points {
        let v = Point::new(point).v;
        for i in 0..3 {
            least[i] = least[i].min(v[i]);
            most[i] = most[i].max(v[i]);
        }
    }
    (0..3).any(|i| most[i] - least[i] > 1.0)
}

#[cfg(test)]
mod tests;
