//! HPX and XPH (Calabretta & Roukema 2007; Calabretta & Lowe 2013, PASA 30, e050): equal area,
//! cylindrical between two parallels and in triangles towards the poles.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, PI};

use super::{latitude, longitude, vector, Complaint, EDGE};

/// HPX with H facets around and K from pole to pole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Healpix {
    h: f64,
    k: f64,
    k_is_odd: bool,
}

impl Healpix {
    /// PVi_1 = `h` and PVi_2 = `k`: whole numbers.
    pub fn new(h: f64, k: f64, bad: Complaint) -> Result<Self, String> {
        for (term, value) in [(1, h), (2, k)] {
            if !(1.0..=1e6).contains(&value) || value.fract() != 0.0 {
                return Err(bad(term, "must be a positive whole number"));
            }
        }
        Ok(Healpix {
            h,
            k,
            k_is_odd: k % 2.0 == 1.0,
        })
    }

    /// |y| where the triangles begin.
    fn transition(self) -> f64 {
        FRAC_PI_2 * (self.k - 1.0) / self.h
    }

    /// The middle longitude of the triangle that holds longitude (or plane x) `x`.
    fn middle(self, x: f64, north: bool) -> f64 {
        let omega = if self.k_is_odd || north { 1.0 } else { 0.0 };
        let facet = ((x + PI) * self.h / (2.0 * PI) + 0.5 * (1.0 - omega)).floor();
        // x = 180 belongs to the last triangle.
        let last = self.h - omega;
        -PI + (2.0 * facet.min(last) + omega) * PI / self.h
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        if x.abs() > PI + EDGE {
            return None;
        }
        let x = x.clamp(-PI, PI);
        if y.abs() <= self.transition() {
            let sin = y * self.h / (FRAC_PI_2 * self.k);
            return Some(vector(x, sin.asin()));
        }
        let mut sigma = 0.5 * (self.k + 1.0) - (y * self.h / PI).abs();
        if sigma < -EDGE {
            return None;
        }
        sigma = sigma.max(0.0);
        let middle = self.middle(x, y > 0.0);
        let off = x - middle;
        if off.abs() > sigma * PI / self.h + EDGE {
            return None;
        }
        let phi = middle + if sigma > 0.0 { off / sigma } else { 0.0 };
        // 1 - sin theta = sigma^2 / K, by the half angle so that the poles keep their digits.
        let from_pole = 2.0 * (sigma / (2.0 * self.k).sqrt()).asin();
        Some(vector(phi, (FRAC_PI_2 - from_pole).copysign(y)))
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let phi = longitude(v);
        if v[2].abs() <= (self.k - 1.0) / self.k {
            return Some((phi, FRAC_PI_2 * self.k / self.h * v[2]));
        }
        let from_pole = FRAC_PI_2 - latitude(v).abs();
        let sigma = (2.0 * self.k).sqrt() * (0.5 * from_pole).sin();
        let middle = self.middle(phi, v[2] > 0.0);
        let y = PI / self.h * (0.5 * (self.k + 1.0) - sigma);
        Some((middle + (phi - middle) * sigma, y.copysign(v[2])))
    }
}

/// XPH: the twelve facets of HPX around a pole, as a butterfly whose four wings are a quarter of
/// the sphere each (Calabretta & Lowe 2013).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Butterfly;

impl Butterfly {
    /// The wing (0 to 3, from longitude -180 on) as plane directions: of growing longitude, and
    /// towards the pole at the centre.
    const WINGS: [((f64, f64), (f64, f64)); 4] = [
        ((-1.0, -1.0), (1.0, -1.0)),
        ((1.0, -1.0), (1.0, 1.0)),
        ((1.0, 1.0), (-1.0, 1.0)),
        ((-1.0, 1.0), (-1.0, -1.0)),
    ];

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let wing = if x <= 0.0 && y > 0.0 {
            0
        } else if x < 0.0 {
            1
        } else if y < 0.0 {
            2
        } else {
            3
        };
        let ((a, b), (c, d)) = Self::WINGS[wing];
        let xi = (a * x + b * y) * FRAC_1_SQRT_2;
        let eta = (c * x + d * y) * FRAC_1_SQRT_2 + FRAC_PI_2;
        let middle = -PI + FRAC_PI_2 * wing as f64 + FRAC_PI_4;
        if eta.abs() <= FRAC_PI_4 {
            if xi.abs() > FRAC_PI_4 + EDGE {
                return None;
            }
            return Some(vector(middle + xi, (eta / (0.375 * PI)).asin()));
        }
        let mut sigma = 2.0 - eta.abs() / FRAC_PI_4;
        // NaN is nowhere either.
        if sigma.is_nan() || sigma < -EDGE || xi.abs() > sigma.max(0.0) * FRAC_PI_4 + EDGE {
            return None;
        }
        sigma = sigma.max(0.0);
        let off = if sigma > 0.0 { xi / sigma } else { 0.0 };
        let from_pole = 2.0 * (sigma / 6f64.sqrt()).asin();
        Some(vector(middle + off, (FRAC_PI_2 - from_pole).copysign(eta)))
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let around = longitude(v) + PI;
        // Longitude 180 is the edge of the first wing, as in WCSLIB.
        let wing = (around / FRAC_PI_2).floor() as usize % 4;
        let off = around.rem_euclid(FRAC_PI_2) - FRAC_PI_4;
        let (xi, eta) = if v[2].abs() <= 2.0 / 3.0 {
            (off, 0.375 * PI * v[2])
        } else {
            let from_pole = FRAC_PI_2 - latitude(v).abs();
            let sigma = 6f64.sqrt() * (0.5 * from_pole).sin();
            (off * sigma, (FRAC_PI_4 * (2.0 - sigma)).copysign(v[2]))
        };
        let eta = eta - FRAC_PI_2;
        let ((a, b), (c, d)) = Self::WINGS[wing];
        Some((
            (a * xi + c * eta) * FRAC_1_SQRT_2,
            (b * xi + d * eta) * FRAC_1_SQRT_2,
        ))
    }
}
