//! The transform of an image of MUSE fitted with that of an image of HST: the latter times a flux
//! scale, times the transform of a Moffat profile, shifted, plus a background. What imphot's
//! `fit_image_photometry` does, in its order (imphot 1.1, doc/whitepaper).

mod comparison;
mod model;
mod options;
mod prepare;
mod profile;
mod spectra;
mod sums;
#[cfg(test)]
mod tests;

pub use options::FitOptions;
pub use prepare::HstPsf;

use crate::kernel::{Error, Result};
use crate::numerics::least_squares::{self, Parameter, Solution};
use crate::numerics::rows::Rows;
use comparison::{Comparison, Point};
use model::Problem;
use prepare::Prepared;
use profile::Profile;
use sky::Window;
use spectra::Spectra;

/// An image: its pixels, the first axis running fastest, and which of them are masked. Masked
/// ones may have any value, NaN too.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The pixels.
    pub data: &'a [f64],
    /// `true` where a pixel is not to be looked at.
    pub mask: &'a [bool],
}

/// Two images on one grid.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// Pixels of the first axis.
    pub width: usize,
    /// Pixels of the second axis.
    pub height: usize,
    /// Width and height of a pixel, arcsec.
    pub step: (f64, f64),
    /// The image of MUSE.
    pub muse: Picture<'a>,
    /// The image of HST.
    pub hst: Picture<'a>,
}

/// The order of the parameters in [`ImageFit::solution`].
pub const NAMES: [&str; 6] = ["dx", "dy", "bg", "scale", "fwhm", "beta"];

/// What a fit found.
pub struct ImageFit {
    /// The parameters of [`NAMES`]: arcsec, arcsec, unit of MUSE, MUSE / HST, arcsec, 1.
    pub solution: Solution,
    /// Root of the mean square of the residual pixels that are not masked, in the unit of MUSE.
    pub rms_error: f64,
    /// The part of the images that was fitted.
    pub crop: Window,
    /// What its images are made of.
    pub planes: Planes,
}

/// What the images at the end of a fit are made of.
pub struct Planes {
    /// Width and height of the images that were transformed.
    pub padded: (usize, usize),
    /// Width and height of the images without their margin: those of the crop.
    size: (usize, usize),
    spectra: Spectra,
    profile: Profile,
    point: Point,
}

/// The images at the end of a fit, of the size of the crop.
pub struct Images {
    /// The image of MUSE: tapered, of its background freed, and as wide as HST's own pixels and
    /// point-spread function make it.
    pub muse: Vec<f64>,
    /// The image of HST made like it by the fit.
    pub hst: Vec<f64>,
}

/// The amplitudes of whole transforms, frequency 0 in the middle (at width / 2, height / 2, counted
/// from 0).
pub struct Amplitudes {
    /// Of the MUSE image.
    pub muse: Vec<f64>,
    /// Of the HST image that the fit made like it.
    pub hst: Vec<f64>,
    /// Of the difference of the two.
    pub residual: Vec<f64>,
}

impl Planes {
    fn comparison(&self) -> Comparison<'_> {
        Comparison {
            spectra: &self.spectra,
            profile: &self.profile,
            point: &self.point,
        }
    }

    /// The images.
    ///
    /// # Errors
    /// When memory is out.
    pub fn images(&self) -> Result<Images> {
        let [muse, hst] = self.comparison().images(self.size, Rows::ALONE)?;
        Ok(Images { muse, hst })
    }

    /// The amplitudes of the transforms of the images.
    ///
    /// # Errors
    /// When memory is out.
    pub fn amplitudes(&self) -> Result<Amplitudes> {
        let pairs = self.comparison().transforms(Rows::ALONE)?;
        Ok(Amplitudes {
            muse: self.whole_plane(|i| pairs[i][0].norm())?,
            hst: self.whole_plane(|i| pairs[i][1].norm())?,
            residual: self.whole_plane(|i| (pairs[i][0] - pairs[i][1]).norm())?,
        })
    }

    /// The amplitudes of half a plane, of which the other half is the mirror image.
    fn whole_plane(&self, amplitude: impl Fn(usize) -> f64) -> Result<Vec<f64>> {
        let (width, height) = self.padded;
        let mut plane = memory::room(memory::product(width, height)?)?;
        for y in 0..height {
            // Frequency v of row y is y - height / 2; the transform keeps it modulo the height.
            let (v, mirrored) = (
                (y + height / 2) % height,
                (height + height / 2 - y) % height,
            );
            for x in 0..width {
                plane.push(if x >= width / 2 {
                    amplitude((x - width / 2) * height + v)
                } else {
                    amplitude((width / 2 - x) * height + mirrored)
                });
            }
        }
        Ok(plane)
    }
}

/// How often a fit is done again with the shift that it found, so that the mask of HST lies where
/// the image of MUSE shows the same sky.
const MOST_REFITS: usize = 2;

/// Fits the image of MUSE with that of HST. `hst_psf` keeps what other fits with the same HST image
/// use again.
///
/// # Errors
/// When an option cannot be used, when too little of the images is left to fit after masking,
/// cropping and tapering, or when either image is constant there or has a pixel larger than
/// [`least_squares::LARGEST`]: the message names the argument (`muse`, `hst`, `margin`, ...).
pub fn fit(pair: &Pair, options: &FitOptions, hst_psf: &HstPsf, team: Rows) -> Result<ImageFit> {
    options.check()?;
    let start = |fixed: Option<f64>, first: Option<f64>| fixed.or(first).unwrap_or(0.0);
    let mut start = (
        start(options.fix_dx, options.init_dx),
        start(options.fix_dy, options.init_dy),
    );
    let mut refits = 0;
    loop {
        let prepared = Prepared::new(pair, options, start, hst_psf, team)?;
        let mut problem = Problem::new(&prepared, pair.step, options.fix_beta.is_none(), team)?;
        let parameters = parameters(options, &prepared, start, problem.scale_guess());
        let free = parameters.iter().filter(|p| p.vary).count();
        if least_squares::Model::points(&problem) <= free {
            let why = "is masked but for too few pixels to fit";
            return Err(Error::muse(why));
        }
        let minimum = least_squares::minimise(&mut problem, &parameters)?;
        let found = (minimum.values()[0], minimum.values()[1]);
        let moved = |found: f64, start: f64, step: f64| ((found - start) / step).abs() >= 1.0;
        let far = moved(found.0, start.0, pair.step.0) || moved(found.1, start.1, pair.step.1);
        if far && refits < MOST_REFITS {
            let (width, height) = (pair.width as f64, pair.height as f64);
            let within = |shift: f64, step: f64, size: f64| (shift / step).abs() + 1.0 < size;
            if !within(found.0, pair.step.0, width) || !within(found.1, pair.step.1, height) {
                let (dx, dy) = found;
                let why = format!("is shifted by the fit ({dx}, {dy} arcsec) out of that of hst");
                return Err(Error::muse(why));
            }
            refits += 1;
            start = found;
            drop(problem);
            drop(prepared);
            continue;
        }
        let point = problem.at(minimum.values())?.ok_or_else(|| {
            let [.., fwhm, beta] = NAMES;
            Error::pixels(format!("No profile has the fitted {fwhm} and {beta}"))
        })?;
        let (profile, used) = problem.into_parts();
        let Prepared { crop, spectra, .. } = prepared;
        let planes = Planes {
            padded: (spectra.plan.width, spectra.plan.height),
            size: (crop.width, crop.height),
            spectra,
            profile,
            point,
        };
        let (residual, chi_square) = planes.comparison().residual(planes.size, used, team)?;
        return Ok(ImageFit {
            rms_error: rms(&residual, &prepared.mask),
            crop,
            planes,
            solution: minimum.solution(chi_square),
        });
    }
}

fn parameters(
    options: &FitOptions,
    prepared: &Prepared,
    start: (f64, f64),
    scale_guess: f64,
) -> [Parameter; 6] {
    let free = |name, fixed: Option<f64>, start| match fixed {
        Some(value) => Parameter::fixed(name, value),
        None => Parameter::free(name, start),
    };
    let within = |name, fixed: Option<f64>, start, (min, max)| match fixed {
        Some(value) => Parameter::fixed(name, value),
        None => Parameter::within(name, start, min, max),
    };
    let above = (options.min_scale, f64::INFINITY);
    let [dx, dy, bg, scale, fwhm, beta] = NAMES;
    [
        free(dx, options.fix_dx, start.0),
        free(dy, options.fix_dy, start.1),
        free(bg, options.fix_bg, prepared.background),
        within(scale, options.fix_scale, scale_guess, above),
        within(fwhm, options.fix_fwhm, 0.5, (0.0, f64::INFINITY)),
        within(beta, options.fix_beta, 5.0, (0.1, 1e6)).by_reciprocal(),
    ]
}

/// The root of the mean square of the pixels that are not masked.
fn rms(residual: &[f64], mask: &[bool]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (residual, masked) in residual.iter().zip(mask) {
        if !masked {
            sum += residual * residual;
            count += 1.0;
        }
    }
    (sum / count).sqrt()
}
