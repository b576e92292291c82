//! The transform of the point-spread function of HST at the frequencies of an image of MUSE.
//!
//! imphot samples a Moffat profile eight times finer than the pixels of the image, over the same
//! area, and keeps the lowest frequencies of its transform. Here the profile is written as a sum of
//! Gaussians, each of which is the product of a function of x and one of y: of the 64 times larger
//! image only its two edges are ever computed. From the integral of the gamma function,
//!
//! ```text
//! (1 + t)^-beta = 1 / Gamma(beta) * integral of exp(beta u - e^u) exp(-t e^u) du
//! ```
//!
//! which the trapezoidal rule gives to any accuracy with a few dozen points, since all of it is
//! analytic (Beylkin & Monzón 2010, doi:10.1016/j.acha.2009.08.011).

use std::f64::consts::PI;

use realfft::RealFftPlanner;

use super::moffat::Moffat;
use crate::numerics::elementary::{cos_of_half_turns, exp};
use crate::numerics::fourier::{expect_plan, Plan, C64, COLUMNS};
use crate::numerics::rows::Rows;
use crate::numerics::vectors::widest;
use memory::Result;

/// How much finer than the pixels the profile is sampled.
const FINER: usize = 8;

/// The natural logarithm of what an error may be, relative to the profile.
const LN_ERROR: f64 = -26.0;

/// Where a Gaussian is below e to minus this, a double cannot tell its sum from one without.
const NOTHING: f64 = 40.0;

/// One Gaussian of the sum: exp(-`rate` r² / a²) times `weight`.
struct Gaussian {
    rate: f64,
    weight: f64,
}

/// The transform of the profile at the frequencies 0 to width / 2 of the first axis, one column
/// after another, each with the frequencies 0 to height / 2 of the second; 1 at the origin.
/// `step` is the size of a pixel.
///
/// # Errors
/// When memory is out.
pub fn transform(moffat: &Moffat, plan: &Plan, step: (f64, f64), team: Rows) -> Result<Vec<f64>> {
    columns_of(moffat, plan, step, team, |_, _| ())
}

/// The same times [`resampling_window`]: how the pixels of HST see a point.
///
/// # Errors
/// When memory is out.
pub fn resampled(moffat: &Moffat, plan: &Plan, step: (f64, f64), team: Rows) -> Result<Vec<f64>> {
    let (width, height) = (plan.width, plan.height);
    columns_of(moffat, plan, step, team, |kx, column| {
        for (ky, value) in column.iter_mut().enumerate() {
            *value *= resampling_window(kx, ky, width, height);
        }
    })
}

/// The transform, each column of which `finish` is given with its number.
fn columns_of(
    moffat: &Moffat,
    plan: &Plan,
    step: (f64, f64),
    team: Rows,
    finish: impl Fn(usize, &mut [f64]) + Sync,
) -> Result<Vec<f64>> {
    let (columns, rows) = (plan.width / 2 + 1, plan.height / 2 + 1);
    let far2 = (plan.width as f64 * step.0).powi(2) + (plan.height as f64 * step.1).powi(2);
    let gaussians = gaussians(moffat.beta, 0.25 * far2 / moffat.core2);
    let across = low_frequencies(&gaussians, moffat, plan.width, step.0, team)?;
    let other;
    let along = if (plan.width, step.0) == (plan.height, step.1) {
        &across
    } else {
        other = low_frequencies(&gaussians, moffat, plan.height, step.1, team)?;
        &other
    };
    let whole: f64 = (gaussians.iter().enumerate())
        .map(|(q, gaussian)| gaussian.weight * across[q * columns] * along[q * rows])
        .sum();
    let mut plane = memory::zeros(memory::product(columns, rows)?)?;
    team.each(
        &mut plane,
        COLUMNS * rows,
        || Ok(()),
        |(), piece, out| {
            widest(
                #[inline(always)]
                || {
                    for (x, out) in out.chunks_mut(rows).enumerate() {
                        let x = piece * COLUMNS + x;
                        // Fresh memory that is read before it is written costs twice.
                        out.fill(0.0);
                        for (q, gaussian) in gaussians.iter().enumerate() {
                            let factor = gaussian.weight * across[q * columns + x] / whole;
                            for (out, value) in out.iter_mut().zip(&along[q * rows..]) {
                                *out += factor * value;
                            }
                        }
                        finish(x, out);
                    }
                },
            );
        },
    )?;
    Ok(plane)
}

/// The Gaussians whose sum is (1 + t)^-beta for 0 <= t <= `far`.
fn gaussians(beta: f64, far: f64) -> Vec<Gaussian> {
    // Where the profile is below e^-60 it does not matter how far below.
    let far = far.min((60.0 / beta).exp_m1());
    // The rule's error is |Gamma(beta + i w) / Gamma(beta)| with w = 2 pi / step, by Stirling.
    let ln_error =
        |w: f64| 0.5 * (beta - 0.5) * (w * w / (beta * beta)).ln_1p() - w * (w / beta).atan();
    let mut w = 1.0;
    while ln_error(w) > LN_ERROR {
        w *= 1.1;
    }
    let step = 2.0 * std::f64::consts::PI / w;
    // The integrand about its maximum: beta (v - e^v + 1), negligible where it is below LN_ERROR.
    let reach = |direction: f64| {
        let mut v = 0.0_f64;
        while beta * (v - v.exp_m1()) > LN_ERROR {
            v += direction * step;
        }
        v
    };
    // The maximum is at ln(beta / (1 + t)), furthest down for the largest t.
    let top = beta.ln();
    let from = top - far.ln_1p() + reach(-1.0);
    let to = top + reach(1.0);
    let count = ((to - from) / step).ceil() as usize;
    (0..=count)
        .map(|k| {
            let u = from + k as f64 * step;
            let v = u - top;
            Gaussian {
                rate: u.exp(),
                weight: (beta * (v - v.exp_m1())).exp(),
            }
        })
        .collect()
}

/// For each Gaussian the frequencies 0 to `count` / 2 of its transform along one axis of `count`
/// pixels of the size `step`.
fn low_frequencies(
    gaussians: &[Gaussian],
    moffat: &Moffat,
    count: usize,
    step: f64,
    team: Rows,
) -> Result<Vec<f64>> {
    let fine = count * FINER;
    expect_plan(fine)?;
    let plan = RealFftPlanner::new().plan_fft_forward(fine);
    let kept = count / 2 + 1;
    let pixel = step / FINER as f64;
    let x2 = memory::collect((0..=fine / 2).map(|i| (i as f64 * pixel).powi(2)))?;
    let per_pixel = 1.0 / (fine as f64 * pixel);
    let f2 = memory::collect((0..kept).map(|k| (k as f64 * per_pixel).powi(2)))?;
    let mut out = memory::zeros(memory::product(gaussians.len(), kept)?)?;
    let make = || {
        Ok((
            memory::zeros(plan.len())?,
            memory::filled(plan.complex_len(), C64::default())?,
            memory::filled(plan.get_scratch_len(), C64::default())?,
        ))
    };
    team.each(&mut out, kept, make, |own, q, out| {
        let rate = gaussians[q].rate / moffat.core2;
        // A Gaussian that is nothing at the edges, and whose transform is nothing from where the
        // frequencies that the pixels take for low ones begin, has a Gaussian for its transform.
        let foreign = 1.0 / pixel - f2[kept - 1].sqrt();
        let at_edge = rate * x2[fine / 2];
        let at_foreign = PI * PI * foreign * foreign / rate;
        if at_edge.min(at_foreign) > NOTHING {
            let factor = -PI * PI / rate;
            let whole = (PI / rate).sqrt() / pixel;
            widest(
                #[inline(always)]
                || {
                    for (out, f2) in out.iter_mut().zip(&f2) {
                        *out = whole * exp(factor * f2);
                    }
                },
            );
            return;
        }
        let (line, spectrum, scratch) = own;
        widest(
            #[inline(always)]
            || {
                for (value, x2) in line.iter_mut().zip(&x2) {
                    *value = exp(-rate * x2);
                }
            },
        );
        for i in 1..fine / 2 {
            line[fine - i] = line[i];
        }
        let done = plan.process_with_scratch(line, spectrum, scratch);
        debug_assert!(done.is_ok());
        for (out, value) in out.iter_mut().zip(&*spectrum) {
            *out = value.re;
        }
    })?;
    Ok(out)
}

/// The Blackman window by which the pixels of HST's image were resampled to those of MUSE: of the
/// radius of the frequency, in units of the highest that the pixels can show (MPDAF's
/// `Image.resample`). `kx` and `ky` count frequencies from 0, whatever their sign.
#[inline(always)]
pub fn resampling_window(kx: usize, ky: usize, width: usize, height: usize) -> f64 {
    let (fx, fy) = (
        2.0 * kx as f64 / width as f64,
        2.0 * ky as f64 / height as f64,
    );
    let f = (fx * fx + fy * fy).sqrt();
    let cos = cos_of_half_turns(f.min(1.0));
    // 0.42 + 0.5 cos(pi f) + 0.08 cos(2 pi f)
    if f <= 1.0 {
        0.42 + 0.5 * cos + 0.08 * (2.0 * cos * cos - 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_that_of_the_finely_sampled_profile() {
        // imphot's _convolve_hst_psf, of transforms of ones: (height, width), (dy, dx), fwhm,
        // beta, then row, column and value.
        let cases = [
            (
                (16, 32),
                (0.21, 0.2),
                0.085,
                1.6,
                (0, 1),
                0.9778420184196951,
            ),
            (
                (16, 32),
                (0.21, 0.2),
                0.085,
                1.6,
                (3, 5),
                0.7219929535711312,
            ),
            (
                (16, 32),
                (0.21, 0.2),
                0.085,
                1.6,
                (8, 2),
                0.4848541568415038,
            ),
            ((16, 16), (0.2, 0.2), 0.085, 1.6, (3, 5), 0.5903210904777568),
            ((16, 16), (0.2, 0.2), 0.085, 1.6, (2, 7), 0.5080784705236325),
            ((8, 16), (0.2, 0.2), 0.3, 0.4, (0, 1), 0.2902834271948758),
            ((8, 16), (0.2, 0.2), 0.3, 0.4, (2, 7), 0.010400873635608173),
            ((8, 16), (0.2, 0.2), 0.1, 50.0, (3, 5), 0.8034404661581925),
            ((8, 16), (0.2, 0.2), 0.1, 50.0, (4, 2), 0.7835646086511049),
        ];
        for ((height, width), (dy, dx), fwhm, beta, (y, x), expected) in cases {
            let moffat = Moffat::new(fwhm, beta).unwrap();
            let plan = Plan::new(width, height).unwrap();
            let plane = transform(&moffat, &plan, (dx, dy), Rows::default()).unwrap();
            let found = plane[x * (height / 2 + 1) + y];
            assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
        }
    }

    #[test]
    fn the_gaussians_sum_up_to_the_profile() {
        for beta in [0.1, 0.5, 1.6, 4.0, 30.0, 1e3, 1e6] {
            let gaussians = gaussians(beta, 1e7 / beta);
            assert!(gaussians.len() < 2000, "{beta}: {}", gaussians.len());
            let at = |t: f64| -> f64 {
                let terms = gaussians.iter().map(|g| g.weight * (-t * g.rate).exp());
                terms.sum()
            };
            let middle = at(0.0);
            for t in [1e-3, 0.3, 4.0, 200.0, 9e6].map(|t| t / beta) {
                let expected = (-beta * t.ln_1p()).exp();
                let error = (at(t) / middle - expected).abs();
                assert!(error < 1e-10 * expected + 1e-25, "{beta} {t}: {error}");
            }
        }
    }
}
