//! The fit of an image and that of a star on it, together (imphot's
//! `fit_image_and_star_photometry`).

use std::path::{Path, PathBuf};

use super::fit_image::{fit_field, fit_one, FitImageOptions, FitImageOutcome, Reference};
use super::fit_star::{fit_star_of, FitStarOptions, FitStarOutcome};
use super::report::FittedPhotometry;
use super::Field;
use crate::error::{Error, Result};
use crate::kernel::photometry::rows::Rows;
use crate::run::Run;
use crate::task::outcome::{Fields, Outcome};

/// What [`fit_image_and_star`] takes.
#[derive(Debug, Clone)]
pub struct FitImageAndStarParams<'a> {
    /// The image of HST, on the pixels and in the unit of that of MUSE.
    pub hst: &'a Path,
    /// The image of MUSE.
    pub muse: &'a Path,
    /// How they are fitted. A star must be given; `fix_fwhm` and `fix_beta` hold for both fits;
    /// what `apply` writes is corrected by the fit of the image.
    pub options: FitImageOptions<'a>,
}

/// What was found of an image and of a star on it.
pub struct FitImageAndStarOutcome {
    /// The fit of the image.
    pub image: FitImageOutcome,
    /// The fit of the star.
    pub star: FitStarOutcome,
}

/// Fits the image of MUSE with that of HST, and a star on both.
///
/// # Errors
/// As for [`super::fit_image::fit_image`] and [`super::fit_star::fit_star`], and when no star is
/// given.
pub fn fit_image_and_star(
    params: &FitImageAndStarParams,
    run: &Run,
) -> Result<FitImageAndStarOutcome> {
    let options = &params.options;
    let of_star = star_options(options)?;
    let numbers = options.numbers()?;
    let reference = Reference::new(params.hst, options)?;
    let muse = Field::open(params.muse, "MUSE image")?;
    let star = fit_star_of(&reference.field, &muse, &of_star)?;
    let image = fit_field(&reference, muse, options, &numbers, run)?;
    Ok(FitImageAndStarOutcome { image, star })
}

/// What [`fit_images_and_star`] takes.
#[derive(Debug, Clone)]
pub struct FitImagesAndStarParams<'a> {
    /// The image of HST, on the pixels and in the unit of those of MUSE.
    pub hst: &'a Path,
    /// The images of MUSE.
    pub muse: &'a [PathBuf],
    /// How they are fitted, all of them alike; see [`FitImageAndStarParams::options`].
    pub options: FitImageOptions<'a>,
}

/// What was found of one of many images.
#[derive(Debug, Clone)]
pub struct FittedBoth {
    /// By the fit of the image.
    pub image: FittedPhotometry,
    /// By the fit of the star.
    pub star: FitStarOutcome,
}

/// What the fits found.
#[derive(Debug)]
pub struct FitImagesAndStarOutcome {
    /// How many images there were.
    pub count: i32,
    /// How many of them could not be fitted.
    pub failed: i32,
    /// What was found of each, in the order in which they were given.
    pub results: Vec<Result<FittedBoth>>,
}

impl Outcome for FitImagesAndStarOutcome {
    fn fields(&self) -> Fields {
        Fields::new()
            .with("count", self.count)
            .with("failed", self.failed)
    }
}

/// Fits every image of MUSE, and the star on it, with that of HST, which is read once. An image
/// that cannot be fitted is counted, and the others go on.
///
/// # Errors
/// When the image of HST, the regions or an option cannot be used, there is no image of MUSE, or
/// the caller wants no more.
pub fn fit_images_and_star(
    params: &FitImagesAndStarParams,
    run: &Run,
) -> Result<FitImagesAndStarOutcome> {
    if params.muse.is_empty() {
        return Err(Error::argument("muse", "names no image"));
    }
    let count = i32::try_from(params.muse.len())
        .map_err(|_| Error::argument("muse", "names too many images"))?;
    let options = &params.options;
    let of_star = star_options(options)?;
    let numbers = options.numbers()?;
    let reference = Reference::new(params.hst, options)?;
    let results = run.for_each(params.muse.len(), |i| {
        let muse = Field::open(&params.muse[i], "MUSE image")?;
        let star = fit_star_of(&reference.field, &muse, &of_star)?;
        let image = fit_one(&reference, muse, options, &numbers, Rows::ALONE)?;
        // Not the images of the fit: those of many would fill the memory.
        Ok(FittedBoth {
            image: image.photometry,
            star,
        })
    })?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    Ok(FitImagesAndStarOutcome {
        count,
        failed: i32::try_from(failed).unwrap_or(count),
        results,
    })
}

/// What the fit of the star takes of the options.
fn star_options(options: &FitImageOptions) -> Result<FitStarOptions> {
    let Some(star) = options.star else {
        let why = "is missing: right ascension, declination, radius";
        return Err(Error::argument("star", why));
    };
    let options = FitStarOptions {
        fix_fwhm: options.fix_fwhm,
        fix_beta: options.fix_beta,
        ..FitStarOptions::new(star)
    };
    options.check()?;
    Ok(options)
}
