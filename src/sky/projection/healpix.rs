//! HPX (Calabretta & Roukema 2007): equal area, cylindrical between two parallels and in
//! triangles towards the poles.

use std::f64::consts::{FRAC_PI_2, PI};

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
