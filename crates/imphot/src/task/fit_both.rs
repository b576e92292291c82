//! The fit of an image and that of a star on it, together (imphot's
//! `fit_image_and_star_photometry`).

use std::path::Path;

use super::fit_image::{fit_field, FitImageOptions, FitImageOutcome, Reference};
use super::fit_star::{fit_star_of, FitStarOptions, FitStarOutcome, HstStar};
use super::Field;
use crate::error::{Error, Result};
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

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

impl Outcome for FitImageAndStarOutcome {
    fn fields(&self) -> Fields {
        self.image.fields()
    }
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
    options.check()?;
    let reference = Reference::new(params.hst, options, run.warnings())?;
    let muse = Field::open_without_variances(params.muse, "MUSE image", run.warnings())?;
    let (star, drawing) = fit_star_of(&reference.field, &muse, &of_star, &HstStar::default())?;
    let image = fit_field(&reference, muse, options, drawing, run)?;
    Ok(FitImageAndStarOutcome { image, star })
}

/// What the fit of the star takes of the options.
pub(super) fn star_options<'a>(options: &FitImageOptions<'a>) -> Result<FitStarOptions<'a>> {
    let Some(star) = options.star else {
        let why = "is missing: right ascension, declination, radius";
        return Err(Error::argument("star", why));
    };
    let options = FitStarOptions {
        fix_fwhm: options.fit.fix_fwhm,
        fix_beta: options.fit.fix_beta,
        output_dir: options.output_dir,
        hardcopy: options.hardcopy,
        ..FitStarOptions::new(star)
    };
    options.check()?;
    Ok(options)
}
