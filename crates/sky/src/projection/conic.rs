//! Conic projections (Paper II, section 5.4): x = R sin(C phi), y = Y0 - R cos(C phi).

use std::f64::consts::{FRAC_PI_2, PI};

use super::{is_latitude, latitude, longitude, sine, vector, Complaint, EDGE};

/// One conic projection; angles in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Conic {
    kind: Kind,
    theta_a: f64,
    theta_a_degrees: f64,
    c: f64,
    y0: f64,
}

/// How the radius depends on theta.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Perspective: cos(eta).
    Cop { cos_eta: f64 },
    /// Equal area.
    Coe { gamma: f64, constant: f64 },
    /// Equidistant: the radius is `sum` - theta.
    Cod { sum: f64 },
    /// Orthomorphic.
    Coo { psi: f64 },
}

impl Conic {
    /// `theta_a` (PVi_1) is the middle of the two standard parallels, `eta` (PVi_2) half their
    /// distance; in degrees.
    pub fn new(code: &str, theta_a: f64, eta: f64, bad: Complaint) -> Result<Self, String> {
        if !(-90.0..=90.0).contains(&theta_a) || theta_a == 0.0 {
            return Err(bad(1, "must be within -90 and 90 and not zero"));
        }
        if eta.is_nan() || eta.abs() >= 90.0 {
            return Err(bad(2, "must be within -90 and 90"));
        }
        // Kept as given: it is compared with CRVAL.
        let theta_a_degrees = theta_a;
        let (theta_a, eta) = (theta_a.to_radians(), eta.to_radians());
        let (theta1, theta2) = (theta_a - eta, theta_a + eta);
        let cot_a = 1.0 / theta_a.tan();
        let (kind, c, y0) = match code {
            "COP" => (
                Kind::Cop { cos_eta: eta.cos() },
                theta_a.sin(),
                eta.cos() * cot_a,
            ),
            "COE" => {
                let (s1, s2) = (theta1.sin(), theta2.sin());
                let gamma = s1 + s2;
                let constant = 1.0 + s1 * s2;
                let y0 = 2.0 / gamma * (constant - gamma * theta_a.sin()).sqrt();
                (Kind::Coe { gamma, constant }, 0.5 * gamma, y0)
            }
            "COD" => {
                let (c, y0) = if eta == 0.0 {
                    (theta_a.sin(), cot_a)
                } else {
                    (theta_a.sin() * eta.sin() / eta, eta / eta.tan() * cot_a)
                };
                (Kind::Cod { sum: theta_a + y0 }, c, y0)
            }
            _ => {
                let tan_half = |theta: f64| (0.5 * (FRAC_PI_2 - theta)).tan();
                let c = if eta == 0.0 {
                    theta_a.sin()
                } else {
                    (theta2.cos() / theta1.cos()).ln() / (tan_half(theta2) / tan_half(theta1)).ln()
                };
                let psi = theta1.cos() / (c * tan_half(theta1).powf(c));
                (Kind::Coo { psi }, c, psi * tan_half(theta_a).powf(c))
            }
        };
        if !(c.is_finite() && y0.is_finite() && c != 0.0) {
            return Err(bad(2, "makes no cone"));
        }
        Ok(Conic {
            kind,
            theta_a,
            theta_a_degrees,
            c,
            y0,
        })
    }

    /// The native latitude of the reference point, in degrees.
    pub fn reference_latitude(&self) -> f64 {
        self.theta_a_degrees
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let dy = self.y0 - y;
        let r = x.hypot(dy).copysign(self.theta_a);
        let turned = if r == 0.0 { 0.0 } else { (x / r).atan2(dy / r) };
        let phi = turned / self.c;
        if phi.abs() > PI + EDGE {
            return None;
        }
        let theta = match self.kind {
            Kind::Cop { cos_eta } => self.theta_a + (1.0 / self.theta_a.tan() - r / cos_eta).atan(),
            Kind::Coe { gamma, constant } => {
                let half = 0.5 * r * gamma;
                sine((constant - half * half) / gamma)?.asin()
            }
            Kind::Cod { sum } => sum - r,
            Kind::Coo { psi } => {
                if r == 0.0 {
                    FRAC_PI_2.copysign(self.c)
                } else {
                    FRAC_PI_2 - 2.0 * (r / psi).powf(1.0 / self.c).atan()
                }
            }
        };
        if !is_latitude(theta) {
            return None;
        }
        Some(vector(phi, theta.clamp(-FRAC_PI_2, FRAC_PI_2)))
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let r = match self.kind {
            Kind::Cop { cos_eta } => {
                let from_middle = latitude(v) - self.theta_a;
                if from_middle.abs() >= FRAC_PI_2 {
                    return None;
                }
                cos_eta * (1.0 / self.theta_a.tan() - from_middle.tan())
            }
            Kind::Coe { gamma, constant } => {
                2.0 / gamma * (constant - gamma * v[2]).max(0.0).sqrt()
            }
            Kind::Cod { sum } => sum - latitude(v),
            Kind::Coo { psi } => {
                let cos = v[0].hypot(v[1]);
                // tan(45 - theta/2), in the form that keeps its digits.
                let tan_half = if v[2] > 0.0 {
                    cos / (1.0 + v[2])
                } else {
                    (1.0 - v[2]) / cos
                };
                psi * tan_half.powf(self.c)
            }
        };
        if !r.is_finite() {
            return None;
        }
        let (sin, cos) = (self.c * longitude(v)).sin_cos();
        Some((r * sin, self.y0 - r * cos))
    }
}
