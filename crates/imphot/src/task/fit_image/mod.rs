//! The fit of a whole image (imphot's `fit_image_photometry`): files in, photometry out.

mod drawing;
mod inputs;
mod options;
mod outcome;
mod save;

use std::path::Path;

pub(super) use inputs::Reference;
pub use options::{ExtraMask, FitImageOptions, Regions};
pub use outcome::{FitImageOutcome, FittedImages};

use super::aligned::{aligned_image, sky_offsets};
use super::field::Field;
use super::report::{fit_report, Fitted, FittedPhotometry};
use crate::error::{About, Error, Result};
use crate::kernel::image_fit::{self, ImageFit, Pair, Picture};
use crate::kernel::{Error as Fault, Side};
use crate::numerics::rows::Rows;
use fits::atomic_file::{commit_all, AtomicFile};
use mosaic::run::Run;

/// What [`fit_image`] takes.
#[derive(Debug, Clone)]
pub struct FitImageParams<'a> {
    /// The image of HST, on the pixels and in the unit of that of MUSE.
    pub hst: &'a Path,
    /// The image of MUSE.
    pub muse: &'a Path,
    /// How it is fitted.
    pub options: FitImageOptions<'a>,
}

/// Fits the image of MUSE with that of HST.
///
/// # Errors
/// When a file cannot be read or written, the images are not on the same pixels, an option cannot
/// be used, nothing is left to fit, or the fit ends without a usable number: a value that is not
/// finite, or a fitted parameter without a standard error. The message names the file or the
/// argument.
pub fn fit_image(params: &FitImageParams, run: &Run) -> Result<FitImageOutcome> {
    let options = &params.options;
    options.check()?;
    let reference = Reference::new(params.hst, options, run.warnings())?;
    let muse = Field::open_without_variances(params.muse, "MUSE image", run.warnings())?;
    fit_field(&reference, muse, options, None, run)
}

/// [`fit_one`] of an image alone, on the threads that are worth it.
pub(super) fn fit_field(
    reference: &Reference,
    muse: Field,
    options: &FitImageOptions,
    outputs: Option<AtomicFile>,
    run: &Run,
) -> Result<FitImageOutcome> {
    // Fewer pixels are fitted before a second thread has begun.
    let shared = reference.common_pixels(&muse) >= WORTH_THREADS;
    let threads = if shared { run.threads() } else { 1 };
    run.in_pool(threads, |pool| {
        let rows = pool.map_or(Rows::ALONE, Rows::of);
        let fit = || fit_one(reference, muse, options, outputs, rows);
        match pool {
            // On one of the pool's threads: the work that it shares out need not wake it.
            Some(pool) => pool.install(fit),
            None => fit(),
        }
    })
}

/// Pixels that are worth more threads than one.
const WORTH_THREADS: usize = 150 * 150;

/// Fits one image of MUSE and writes what is to be written of it. That appears together with
/// `outputs`, what is to be written already.
pub(super) fn fit_one(
    reference: &Reference,
    muse: Field,
    options: &FitImageOptions,
    outputs: Option<AtomicFile>,
    rows: Rows,
) -> Result<FitImageOutcome> {
    let mask = reference.muse_mask(&muse)?;
    let hst = &reference.field.image;
    let pair = Pair {
        width: muse.image.width,
        height: muse.image.height,
        step: muse.step,
        muse: Picture {
            data: &muse.image.data,
            mask: &mask,
        },
        hst: Picture {
            data: &hst.data,
            mask: &reference.mask,
        },
    };
    // The kernel knows no files.
    let fit =
        image_fit::fit(&pair, &options.fit, &reference.psf, rows).map_err(|why| match why {
            Fault::Image(Side::Hst, why) => Error::fits("HST image", &hst.path, why),
            Fault::Image(Side::Muse, why) | Fault::Pixels(why) => {
                Error::fits("MUSE image", &muse.image.path, why)
            }
            other => Error::from(other).about(&muse.image.path),
        })?;
    let photometry = photometry(&muse, &fit);
    // A scale that is held at 0 leaves nothing that could determine the others: so be it.
    if options.fit.fix_scale != Some(0.0) {
        if let Some(why) = photometry.unusable() {
            return Err(Error::fits("MUSE image", &muse.image.path, why));
        }
    }
    let outcome = FitImageOutcome {
        photometry,
        chi_square: fit.solution.chi_square,
        crop: fit.crop,
        planes: fit.planes,
    };
    let prefix = muse.output_prefix(options.output_dir);
    let mut outputs: Vec<AtomicFile> = outputs.into_iter().collect();
    if options.apply {
        let resample = options.resample;
        outputs.push(aligned_image(
            &muse,
            &outcome.photometry,
            resample,
            &prefix,
        )?);
    }
    if let Some(hardcopy) = options.hardcopy {
        outputs.push(drawing::draw(&hardcopy, &outcome, &prefix)?);
    }
    if options.save {
        let saved = save::save(&muse, &reference.field, &outcome, &prefix);
        outputs.extend(saved.about(&muse.image.path)?);
    }
    commit_all(outputs)?;
    Ok(outcome)
}

fn photometry(muse: &Field, fit: &ImageFit) -> FittedPhotometry {
    let [dx, dy, bg, scale, fwhm, beta] =
        std::array::from_fn(|index| Fitted::of(&fit.solution, index));
    let (dra, ddec) = sky_offsets(muse, dx, dy);
    FittedPhotometry {
        name: muse.name(),
        method: "image",
        scale,
        bg,
        dx,
        dy,
        dra,
        ddec,
        fwhm,
        beta,
        rchi: fit.solution.reduced_chi_square(),
        rms_error: fit.rms_error,
        // The names that the original's functions have in lmfit's reports.
        report: fit_report(&fit.solution, "_xy_moffat_model_fn", "least_squares"),
    }
}
