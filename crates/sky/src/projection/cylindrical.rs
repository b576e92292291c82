//! Cylindrical projections (meridians are parallel lines) and pseudocylindrical ones (parallels
//! are, meridians bend).

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use super::solve::increasing;
use super::{depth, is_latitude, latitude, longitude, sine, vector, Complaint, EDGE};

/// x = lambda phi, y a function of theta (Paper II, section 5.2).
///
/// The plane is taken as periodic in x: a pixel more than 180 degrees of longitude from the
/// reference point is on the sky again, as in Montage (WCSLIB with its bounds checked, and so
/// astropy, has no sky there). The way back always leads within 180 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cylindrical {
    /// Plate carree.
    Car,
    /// Mercator.
    Mer,
    /// Equal area, with lambda.
    Cea(f64),
    /// Perspective.
    Cyp {
        /// Distance of the point of view from the centre, in radii of the sphere.
        mu: f64,
        /// Radius of the cylinder.
        lambda: f64,
    },
}

impl Cylindrical {
    /// CEA with PVi_1 = lambda.
    pub fn cea(lambda: f64, bad: Complaint) -> Result<Self, String> {
        if !(lambda > 0.0 && lambda <= 1.0) {
            return Err(bad(1, "must be over 0 and at most 1"));
        }
        Ok(Cylindrical::Cea(lambda))
    }

    /// CYP with PVi_1 = mu and PVi_2 = lambda.
    pub fn cyp(mu: f64, lambda: f64, bad: Complaint) -> Result<Self, String> {
        if lambda == 0.0 {
            return Err(bad(2, "must not be zero"));
        }
        if mu + lambda == 0.0 {
            return Err(bad(1, "must not be minus the radius of the cylinder"));
        }
        Ok(Cylindrical::Cyp { mu, lambda })
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let (phi, theta) = match self {
            Cylindrical::Car => (x, y),
            Cylindrical::Mer => (x, 2.0 * y.exp().atan() - FRAC_PI_2),
            Cylindrical::Cea(lambda) => (x, sine(lambda * y)?.asin()),
            Cylindrical::Cyp { mu, lambda } => {
                let eta = y / (mu + lambda);
                (
                    x / lambda,
                    eta.atan() + sine(eta * mu / eta.hypot(1.0))?.asin(),
                )
            }
        };
        if !(is_latitude(theta) && phi.is_finite()) {
            return None;
        }
        Some(vector(phi, theta.clamp(-FRAC_PI_2, FRAC_PI_2)))
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let phi = longitude(v);
        match self {
            Cylindrical::Car => Some((phi, latitude(v))),
            Cylindrical::Mer => {
                let cos = v[0].hypot(v[1]);
                (cos > 0.0).then(|| (phi, (v[2] / cos).asinh()))
            }
            Cylindrical::Cea(lambda) => Some((phi, v[2] / lambda)),
            Cylindrical::Cyp { mu, lambda } => {
                let to_eye = mu + v[0].hypot(v[1]);
                (to_eye != 0.0).then(|| (lambda * phi, (mu + lambda) / to_eye * v[2]))
            }
        }
    }
}

/// Paper II, section 5.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pseudocylindrical {
    /// Sanson-Flamsteed, also the old GLS.
    Sfl,
    /// Parabolic.
    Par,
    /// Mollweide.
    Mol,
    /// Hammer-Aitoff.
    Ait,
}

impl Pseudocylindrical {
    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        match self {
            Pseudocylindrical::Sfl => {
                if !is_latitude(y) {
                    return None;
                }
                let theta = y.clamp(-FRAC_PI_2, FRAC_PI_2);
                Some(vector(along_parallel(x, theta.cos())?, theta))
            }
            Pseudocylindrical::Par => {
                let s = sine(y / PI)?;
                let theta = 3.0 * s.asin();
                if !is_latitude(theta) {
                    return None;
                }
                Some(vector(along_parallel(x, 1.0 - 4.0 * s * s)?, theta))
            }
            Pseudocylindrical::Mol => {
                // u = 180 degrees - 2 gamma, small towards the poles.
                let u = 2.0 * sine(y.abs() / SQRT_2)?.acos();
                let phi = along_parallel(x, 2.0 * SQRT_2 / PI * (0.5 * u).sin())?;
                let from_pole = 2.0 * (0.5 / PI * beyond_sine(u).0).sqrt().asin();
                Some(vector(phi, (FRAC_PI_2 - from_pole).copysign(y)))
            }
            Pseudocylindrical::Ait => {
                let z2 = 1.0 - x * x / 16.0 - y * y / 4.0;
                if z2.is_nan() || z2 < 0.5 - EDGE {
                    return None;
                }
                let z = z2.sqrt();
                let phi = 2.0 * (0.5 * z * x).atan2(2.0 * z2 - 1.0);
                let theta = sine(y * z)?.asin();
                Some(vector(phi, theta))
            }
        }
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let phi = longitude(v);
        let cos = v[0].hypot(v[1]);
        Some(match self {
            Pseudocylindrical::Sfl => (phi * cos, latitude(v)),
            Pseudocylindrical::Par => {
                let third = latitude(v) / 3.0;
                (phi * (2.0 * (2.0 * third).cos() - 1.0), PI * third.sin())
            }
            Pseudocylindrical::Mol => {
                let target = PI * depth([v[0], v[1], v[2].abs()]);
                let u = increasing(target, 0.0, PI, (6.0 * target).cbrt(), beyond_sine);
                (
                    2.0 * SQRT_2 / PI * phi * (0.5 * u).sin(),
                    (SQRT_2 * (0.5 * u).cos()).copysign(v[2]),
                )
            }
            Pseudocylindrical::Ait => {
                let (sin_half, cos_half) = (0.5 * phi).sin_cos();
                let alpha = (2.0 / (1.0 + cos * cos_half)).sqrt();
                (2.0 * alpha * cos * sin_half, alpha * v[2])
            }
        })
    }
}

/// The longitude at `x` on a parallel that is `scale` per radian; `None` past the map's edge.
fn along_parallel(x: f64, scale: f64) -> Option<f64> {
    // At the poles the parallel is a point.
    if scale <= EDGE {
        return (x.abs() <= EDGE.sqrt()).then_some(0.0);
    }
    let phi = x / scale;
    (phi.abs() <= PI + EDGE / scale).then(|| phi.clamp(-PI, PI))
}

/// u - sin u and its slope, without loss for small u: Mollweide's equation seen from the pole,
/// u - sin u = pi (1 - |sin theta|).
fn beyond_sine(u: f64) -> (f64, f64) {
    let half_sin = (0.5 * u).sin();
    let slope = 2.0 * half_sin * half_sin;
    if u.abs() > 0.5 {
        return (u - u.sin(), slope);
    }
    let u2 = u * u;
    let series = 1.0
        - u2 / 20.0
            * (1.0 - u2 / 42.0 * (1.0 - u2 / 72.0 * (1.0 - u2 / 110.0 * (1.0 - u2 / 156.0))));
    (u * u2 / 6.0 * series, slope)
}
