//! The fit of a whole image (imphot's `fit_image_photometry`): files in, photometry out.

mod inputs;
mod save;

use std::path::Path;

pub use inputs::{ExtraMask, Regions, Star};

use super::corrections::{correct, Corrections, Which};
use super::field::{beside, Field};
use super::hardcopy::Hardcopy;
use super::report::{fit_report, Fitted, FittedPhotometry};
use crate::error::{About, Error, Result};
use crate::kernel::image_fit::{self, Crop, FitOptions, ImageFit, Pair, Picture};
use crate::kernel::rows::Rows;
use crate::kernel::{Error as Fault, Side};
use crate::muse::MuseImage;
use crate::muse::SaveMask;
use fits::atomic_file::{commit_all, AtomicFile};
pub(super) use inputs::Reference;
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

/// What may be chosen of an image fit; [`Default`] is imphot's own choice.
#[derive(Debug, Clone)]
pub struct FitImageOptions<'a> {
    /// What is to be left out of the fit.
    pub regions: Regions<'a>,
    /// A circle on the sky for [`Regions::Star`] and [`Regions::NotStar`].
    pub star: Option<Star>,
    /// Flux of MUSE / flux of HST, where it is not to be fitted; not negative.
    pub fix_scale: Option<f64>,
    /// Background of MUSE - background of HST, where it is not to be fitted.
    pub fix_bg: Option<f64>,
    /// Shift along the first axis, arcsec, where it is not to be fitted.
    pub fix_dx: Option<f64>,
    /// Shift along the second axis, arcsec, where it is not to be fitted.
    pub fix_dy: Option<f64>,
    /// Width of the Moffat profile, arcsec, where it is not to be fitted; greater than 0.
    pub fix_fwhm: Option<f64>,
    /// Exponent of the Moffat profile, where it is not to be fitted; greater than 0.
    pub fix_beta: Option<f64>,
    /// The least flux scale that may be fitted.
    pub min_scale: f64,
    /// Width of HST's point-spread function, arcsec, greater than 0.
    pub hst_fwhm: f64,
    /// Exponent of HST's point-spread function, 0.1 to 1e6.
    pub hst_beta: f64,
    /// Width of the margin of zeros about the images, arcsec.
    pub margin: f64,
    /// Whether to ignore what shows nothing of significance in the image of HST.
    pub segment: bool,
    /// Over how many pixels the image fades towards masked ones; less than 2: not at all.
    pub taper: i32,
    /// Pixels that are masked besides.
    pub extramask: ExtraMask<'a>,
    /// First guess of the shift along the first axis, arcsec; not looked at where it is fixed.
    pub init_dx: Option<f64>,
    /// First guess of the shift along the second axis, arcsec; not looked at where it is fixed.
    pub init_dy: Option<f64>,
    /// The folder of what is written, whose names begin with that of the MUSE image; else it is
    /// that of the MUSE image.
    pub output_dir: Option<&'a Path>,
    /// Whether to draw the fit, and how.
    pub hardcopy: Option<Hardcopy<'a>>,
    /// Whether to write the fitted images and their transforms: six files.
    pub save: bool,
    /// Whether to write the corrected image, `..._aligned.fits`.
    pub apply: bool,
    /// Whether the corrected image has its pixels shifted; otherwise its coordinates are.
    pub resample: bool,
}

impl Default for FitImageOptions<'_> {
    fn default() -> Self {
        let of = FitOptions::default();
        FitImageOptions {
            regions: Regions::None,
            star: None,
            fix_scale: of.fix_scale,
            fix_bg: of.fix_bg,
            fix_dx: of.fix_dx,
            fix_dy: of.fix_dy,
            fix_fwhm: of.fix_fwhm,
            fix_beta: of.fix_beta,
            min_scale: of.min_scale,
            hst_fwhm: of.hst_profile.fwhm,
            hst_beta: of.hst_profile.beta,
            margin: of.margin,
            segment: false,
            taper: of.taper,
            extramask: ExtraMask::None,
            init_dx: of.init_dx,
            init_dy: of.init_dy,
            output_dir: None,
            hardcopy: None,
            save: false,
            apply: false,
            resample: false,
        }
    }
}

impl FitImageOptions<'_> {
    /// The numbers among them, all of them usable.
    pub(super) fn numbers(&self) -> Result<FitOptions> {
        let numbers = FitOptions {
            fix_scale: self.fix_scale,
            fix_bg: self.fix_bg,
            fix_dx: self.fix_dx,
            fix_dy: self.fix_dy,
            fix_fwhm: self.fix_fwhm,
            fix_beta: self.fix_beta,
            min_scale: self.min_scale,
            hst_profile: FitOptions::hst_profile(self.hst_fwhm, self.hst_beta)?,
            margin: self.margin,
            taper: self.taper,
            init_dx: self.init_dx,
            init_dy: self.init_dy,
        };
        numbers.check()?;
        if self.apply && self.fix_scale == Some(0.0) {
            let why = "is 0, which corrects no image (apply)";
            return Err(Error::argument("fix_scale", why));
        }
        if let Some(star) = &self.star {
            star.check()?;
        }
        Ok(numbers)
    }
}

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

/// What a fit of an image found.
pub struct FitImageOutcome {
    /// The fitted parameters and the report.
    pub photometry: FittedPhotometry,
    /// The chi-square of the fit.
    pub chi_square: f64,
    /// The part of the image that was fitted, pixels counted from 0.
    pub crop: Crop,
    planes: image_fit::Planes,
}

/// The images at the end of a fit, and the amplitudes of their transforms with frequency 0 in the
/// middle (`ft_width` / 2, `ft_height` / 2, counted from 0).
pub struct FittedImages {
    /// Pixels of the first axis of the images.
    pub width: usize,
    /// Pixels of the second axis of the images.
    pub height: usize,
    /// The image of MUSE as it was fitted.
    pub muse_im: Vec<f64>,
    /// The image of HST with the fitted parameters.
    pub hst_im: Vec<f64>,
    /// Pixels of the first axis of the transforms.
    pub ft_width: usize,
    /// Pixels of the second axis of the transforms.
    pub ft_height: usize,
    /// Amplitudes of the transform of `muse_im`.
    pub muse_ft: Vec<f64>,
    /// Amplitudes of the transform of `hst_im`.
    pub hst_ft: Vec<f64>,
    /// Amplitudes of the difference of the two.
    pub residual_ft: Vec<f64>,
}

impl Outcome for FitImageOutcome {
    fn fields(&self) -> Fields {
        self.photometry.fields()
    }
}

impl FitImageOutcome {
    /// The images at the end of the fit, for plots and files.
    ///
    /// # Errors
    /// When memory is out.
    pub fn images(&self) -> Result<FittedImages> {
        let (ft_width, ft_height) = self.planes.padded;
        let (images, amplitudes) = (self.planes.images()?, self.planes.amplitudes()?);
        Ok(FittedImages {
            width: self.crop.width,
            height: self.crop.height,
            muse_im: images.muse,
            hst_im: images.hst,
            ft_width,
            ft_height,
            muse_ft: amplitudes.muse,
            hst_ft: amplitudes.hst,
            residual_ft: amplitudes.residual,
        })
    }
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
    let numbers = options.numbers()?;
    let reference = Reference::new(params.hst, options, run.warnings())?;
    let muse = Field::open_without_variances(params.muse, "MUSE image", run.warnings())?;
    fit_field(&reference, muse, options, &numbers, None, run)
}

/// [`fit_one`] of an image alone, on the threads that are worth it.
pub(super) fn fit_field(
    reference: &Reference,
    muse: Field,
    options: &FitImageOptions,
    numbers: &FitOptions,
    outputs: Option<AtomicFile>,
    run: &Run,
) -> Result<FitImageOutcome> {
    // Fewer pixels are fitted before a second thread has begun.
    let shared = reference.common_pixels(&muse) >= WORTH_THREADS;
    let threads = if shared { run.threads() } else { 1 };
    run.in_pool(threads, |pool| {
        let rows = pool.map_or(Rows::ALONE, Rows::of);
        let fit = || fit_one(reference, muse, options, numbers, outputs, rows);
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
    numbers: &FitOptions,
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
    let fit = image_fit::fit(&pair, numbers, &reference.psf, rows).map_err(|why| match why {
        Fault::Image(Side::Hst, why) => Error::fits("HST image", &hst.path, why),
        Fault::Image(Side::Muse, why) | Fault::Pixels(why) => {
            Error::fits("MUSE image", &muse.image.path, why)
        }
        other => Error::from(other).about(&muse.image.path),
    })?;
    let photometry = photometry(&muse, &fit);
    // A scale that is held at 0 leaves nothing that could determine the others: so be it.
    if options.fix_scale != Some(0.0) {
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
        outputs.push(apply(&muse, &outcome.photometry, resample, &prefix)?);
    }
    if let Some(hardcopy) = options.hardcopy {
        outputs.push(hardcopy.of_image(&outcome, &prefix)?);
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

/// The changes of right ascension and declination, arcsec, that a shift by (`dx`, `dy`), arcsec along
/// the axes, makes in the middle of an image, and those that their standard errors make.
pub fn sky_offsets(field: &Field, dx: Fitted, dy: Fitted) -> (Fitted, Fitted) {
    let (x, y) = (
        field.image.width as f64 / 2.0,
        field.image.height as f64 / 2.0,
    );
    let moved = |dx: f64, dy: f64| {
        let there = field.pixel_to_sky(x + dx / field.step.0, y + dy / field.step.1)?;
        let here = field.pixel_to_sky(x, y)?;
        let turn = there.0 - here.0;
        let turn = turn - 360.0 * (turn / 360.0).round();
        Some((3600.0 * turn, 3600.0 * (there.1 - here.1)))
    };
    let unknown = (f64::NAN, f64::NAN);
    let (dra, ddec) = moved(dx.value, dy.value).unwrap_or(unknown);
    let (sra, sdec) = moved(dx.stdev, dy.stdev).unwrap_or(unknown);
    let fixed = dx.fixed && dy.fixed;
    let fitted = |value, stdev| Fitted {
        value,
        stdev,
        fixed,
    };
    (fitted(dra, sra), fitted(ddec, sdec))
}

/// Writes the image of MUSE without the errors that were found, as `<prefix>_aligned.fits`, which
/// appears when it is committed.
pub fn apply(
    muse: &Field,
    found: &FittedPhotometry,
    resample: bool,
    prefix: &Path,
) -> Result<AtomicFile> {
    let target = beside(prefix, "_aligned.fits");
    let corrections = Corrections {
        dx: found.dx.value,
        dy: found.dy.value,
        scale: found.scale.value,
        bg: found.bg.value,
        which: Which::ALL,
        resample,
    };
    // With its variances, which the fit had no use for.
    let image = MuseImage::read(&muse.image.path, "MUSE image")?;
    let mut muse = Field::new(image, "MUSE image")?;
    correct(&mut muse, &corrections)?;
    muse.image.file(&target, SaveMask::Dq)
}
