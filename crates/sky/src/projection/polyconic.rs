//! Bonne's projection and the polyconic one (Paper II, section 5.5).

use std::f64::consts::{FRAC_PI_2, PI};

use super::solve::increasing;
use super::{is_latitude, latitude, longitude, vector, Complaint, EDGE};

/// BON and PCO; angles in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Polyconic {
    /// Bonne's equal area projection with standard parallel theta1; `y0` = theta1 + cot theta1.
    Bon {
        /// Where the parallels' common centre lies on the y axis.
        y0: f64,
    },
    /// Every parallel is standard.
    Pco,
}

impl Polyconic {
    /// BON with PVi_1 = `theta1` (degrees), which must not be 0: that is SFL.
    pub fn bon(theta1: f64, bad: Complaint) -> Result<Self, String> {
        if !(-90.0..=90.0).contains(&theta1) {
            return Err(bad(1, "must be within -90 and 90"));
        }
        let (sin, cos) = crate::matrix::sin_cos_degrees(theta1);
        let y0 = cos / sin + theta1.to_radians();
        if !y0.is_finite() {
            return Err(bad(1, "is too close to 0"));
        }
        Ok(Polyconic::Bon { y0 })
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let (phi, theta) = match self {
            Polyconic::Bon { y0 } => {
                let dy = y0 - y;
                let r = x.hypot(dy).copysign(y0);
                let theta = y0 - r;
                let turned = if r == 0.0 { 0.0 } else { (x / r).atan2(dy / r) };
                let cos = theta.cos();
                // At the poles the parallel is a point.
                let phi = if cos.abs() <= EDGE {
                    0.0
                } else {
                    turned * r / cos
                };
                (phi, theta)
            }
            Polyconic::Pco => {
                let theta = polyconic_latitude(x, y)?;
                (polyconic_longitude(x, y - theta, theta), theta)
            }
        };
        // A map's edge is as blurred as 1e-12 radian of the plane is in longitude.
        let blur = EDGE / theta.cos().abs().max(EDGE);
        if !is_latitude(theta) || phi.is_nan() || phi.abs() > PI + blur {
            return None;
        }
        Some(vector(
            phi.clamp(-PI, PI),
            theta.clamp(-FRAC_PI_2, FRAC_PI_2),
        ))
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let (phi, theta) = (longitude(v), latitude(v));
        match self {
            Polyconic::Bon { y0 } => {
                let r = y0 - theta;
                if r == 0.0 {
                    return Some((0.0, y0));
                }
                let (sin, cos) = (phi * theta.cos() / r).sin_cos();
                Some((r * sin, y0 - r * cos))
            }
            Polyconic::Pco => {
                if theta == 0.0 {
                    return Some((phi, 0.0));
                }
                let turned = phi * theta.sin();
                let half = (0.5 * turned).sin();
                let cot = 1.0 / theta.tan();
                Some((cot * turned.sin(), theta + 2.0 * cot * half * half))
            }
        }
    }
}

/// The parallel through (x, y): x^2 + d^2 = 2 d cot theta, d = y - theta.
fn polyconic_latitude(x: f64, y: f64) -> Option<f64> {
    if !(x.is_finite() && y.is_finite()) || x.abs() > PI + EDGE || y.abs() > PI {
        return None;
    }
    let height = y.abs();
    // Times sin theta it grows from the equator to the pole.
    let equation = |theta: f64| {
        let d = height - theta;
        let square = x * x + d * d;
        let (sin, cos) = theta.sin_cos();
        (square * sin - 2.0 * d * cos, (square + 2.0) * cos)
    };
    let high = height.min(FRAC_PI_2);
    let theta = increasing(0.0, 0.0, high, 2.0 * height / (2.0 + x * x), equation);
    Some(theta.copysign(y))
}

fn polyconic_longitude(x: f64, d: f64, theta: f64) -> f64 {
    if theta == 0.0 {
        return x;
    }
    let tan = theta.tan();
    let (across, down) = (x * tan, 1.0 - d * tan);
    if across == 0.0 && down == 0.0 {
        0.0
    } else {
        across.atan2(down) / theta.sin()
    }
}
