//! Moffat's profile (Moffat 1969, A&A 3, 455): (1 + r²/a²)^-beta, where a² follows from the full
//! width at half maximum.

use std::f64::consts::LN_2;

use crate::numerics::elementary::{exp, ln_1p};
use crate::numerics::vectors::widest;
use memory::Result;

/// A profile, 1 in the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moffat {
    /// Full width at half maximum.
    pub fwhm: f64,
    /// The exponent.
    pub beta: f64,
    /// a², in the unit of `fwhm` squared.
    pub core2: f64,
}

/// The values of a profile at some radii, and their derivatives.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// The profile.
    pub value: Vec<f64>,
    /// Its derivative by the full width at half maximum.
    pub by_fwhm: Vec<f64>,
    /// Its derivative by the exponent, the width being kept.
    pub by_beta: Vec<f64>,
}

impl Row {
    /// Room for `count` pixels.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(count: usize) -> Result<Self> {
        Ok(Row {
            value: memory::zeros(count)?,
            by_fwhm: memory::zeros(count)?,
            by_beta: memory::zeros(count)?,
        })
    }
}

impl Moffat {
    /// The profile of a full width at half maximum and an exponent; `None` where they make none:
    /// not greater than zero, or so small or great that a² is no number greater than zero.
    pub fn new(fwhm: f64, beta: f64) -> Option<Self> {
        let core2 = fwhm * fwhm / 4.0 / (LN_2 / beta).exp_m1();
        let usable = |x: f64| x > 0.0 && x.is_finite();
        (usable(fwhm) && usable(beta) && usable(core2) && usable(1.0 / core2)).then_some(Moffat {
            fwhm,
            beta,
            core2,
        })
    }

    /// The profile at the radii squared `x2` + `y2`, in the unit of the width squared, and its
    /// derivatives.
    pub fn row(&self, x2: &[f64], y2: f64, row: &mut Row) {
        let beta = self.beta;
        let (per_core, per_fwhm) = (1.0 / self.core2, 2.0 * beta / self.fwhm);
        // The derivative of ln a² by beta, times beta.
        let core_by_beta = LN_2 / (beta * -(-LN_2 / beta).exp_m1());
        widest(
            #[inline(always)]
            || {
                let out = (row.value.iter_mut())
                    .zip(&mut row.by_fwhm)
                    .zip(&mut row.by_beta);
                for (((value, by_fwhm), by_beta), x2) in out.zip(x2) {
                    let t = (x2 + y2) * per_core;
                    let ln = ln_1p(t);
                    let profile = exp(-beta * ln);
                    let part = t / (1.0 + t);
                    *value = profile;
                    *by_fwhm = per_fwhm * part * profile;
                    *by_beta = (core_by_beta * part - ln) * profile;
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_in_the_middle_and_half_at_half_the_width() {
        for beta in [0.1, 1.6, 2.8, 14.5, 1e6] {
            let moffat = Moffat::new(0.7, beta).unwrap();
            let mut row = Row::new(3).unwrap();
            moffat.row(&[0.0, 0.06, 0.16], 0.0625, &mut row);
            assert!(
                (row.value[1] - 0.5).abs() < 1e-12,
                "{beta}: {:?}",
                row.value
            );
            // Where the profile is one half, the exponent does not change it.
            assert!(row.by_beta[1].abs() < 1e-12, "{:?}", row.by_beta);
            moffat.row(&[0.0], 0.0, &mut row);
            assert_eq!(
                (row.value[0], row.by_fwhm[0], row.by_beta[0]),
                (1.0, 0.0, 0.0)
            );
        }
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        let at = |fwhm: f64, beta: f64| {
            let mut row = Row::new(4).unwrap();
            let moffat = Moffat::new(fwhm, beta).unwrap();
            moffat.row(&[0.01, 0.3, 2.0, 100.0], 0.02, &mut row);
            row
        };
        for (fwhm, beta) in [(0.7, 2.8), (0.5, 0.3), (1.1, 40.0)] {
            let row = at(fwhm, beta);
            let h = 1e-5;
            let (more, less) = (at(fwhm + h, beta), at(fwhm - h, beta));
            let (up, down) = (at(fwhm, beta + h), at(fwhm, beta - h));
            for i in 0..4 {
                let by_fwhm = (more.value[i] - less.value[i]) / (2.0 * h);
                let by_beta = (up.value[i] - down.value[i]) / (2.0 * h);
                assert!((row.by_fwhm[i] - by_fwhm).abs() < 1e-8, "{fwhm} {beta} {i}");
                assert!((row.by_beta[i] - by_beta).abs() < 1e-8, "{fwhm} {beta} {i}");
            }
        }
    }

    #[test]
    fn what_makes_no_profile_is_refused() {
        let nan = f64::NAN;
        for (fwhm, beta) in [
            (0.0, 2.0),
            (-1.0, 2.0),
            (nan, 2.0),
            (f64::INFINITY, 2.0),
            (1e-200, 2.0),
            (1e200, 2.0),
            (1.0, 0.0),
            (1.0, -2.0),
            (1.0, nan),
            (1.0, f64::INFINITY),
            (1.0, 1e-4),
        ] {
            assert_eq!(Moffat::new(fwhm, beta), None, "{fwhm} {beta}");
        }
    }
}
