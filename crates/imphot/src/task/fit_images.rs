//! The fit of many images of MUSE that show one field, with one image of HST.

use std::path::{Path, PathBuf};

use super::batch::{self, Take};
use super::fit_both::star_options;
use super::fit_image::{fit_one, FitImageOptions, Reference};
use super::fit_star::{fit_star_of, FitStarOutcome, HstStar};
use super::report::FittedPhotometry;
use super::Field;
use crate::error::Result;
use crate::numerics::rows::Rows;
use mosaic::run::Run;
use mosaic::task::outcome::{counted, Fields, Outcome};

/// What [`fit_images`] takes.
#[derive(Debug, Clone)]
pub struct FitImagesParams<'a> {
    /// The image of HST, on the pixels and in the unit of those of MUSE.
    pub hst: &'a Path,
    /// The images of MUSE.
    pub muse: &'a [PathBuf],
    /// How they are fitted, all of them alike.
    pub options: FitImageOptions<'a>,
    /// Whether the star of the options is fitted too, as
    /// [`super::fit_both::fit_image_and_star`] does.
    pub stars: bool,
}

/// What was found of one image.
#[derive(Debug, Clone)]
pub struct FittedImage {
    /// By the fit of the image.
    pub image: FittedPhotometry,
    /// By the fit of the star, where it was asked for.
    pub star: Option<FitStarOutcome>,
}

/// What the fits found.
#[derive(Debug, Outcome)]
pub struct FitImagesOutcome {
    /// How many images there were.
    pub count: i32,
    /// How many of them could not be fitted.
    pub failed: i32,
    /// What was found of each, in the order in which they were given.
    #[value(none)]
    pub results: Vec<Result<FittedImage>>,
}

/// Fits every image of MUSE with that of HST, which is read and masked once. An image that cannot
/// be fitted is counted, and the others go on.
///
/// # Errors
/// When the image of HST, the regions or an option cannot be used, there is no image of MUSE, two of
/// them would write the same files, or the caller wants no more.
pub fn fit_images(params: &FitImagesParams, run: &Run) -> Result<FitImagesOutcome> {
    fit_images_each(params, run, &mut |_, _| Ok(()))
}

/// As [`fit_images`]; `take` is given the result of each image as soon as it and those before it are
/// there.
///
/// # Errors
/// As for [`fit_images`], and the first error of `take`.
pub fn fit_images_each(
    params: &FitImagesParams,
    run: &Run,
    take: &mut Take<FittedImage>,
) -> Result<FitImagesOutcome> {
    let count = batch::count(params.muse)?;
    let options = &params.options;
    options.check()?;
    if options.apply || options.save || options.hardcopy.is_some() {
        batch::refuse_same_outputs(params.muse, options.output_dir)?;
    }
    let reference = Reference::new(params.hst, options, run.warnings())?;
    let of_star = params.stars.then(|| star_options(options)).transpose()?;
    let hst_star = HstStar::default();
    let warnings = run.warnings();
    let work = |muse: &Path| {
        let muse = Field::open_without_variances(muse, "MUSE image", warnings)?;
        let fit_star = |of_star| fit_star_of(&reference.field, &muse, of_star, &hst_star);
        let (star, drawing) = of_star.as_ref().map(fit_star).transpose()?.unzip();
        let drawing = drawing.flatten();
        let image = fit_one(&reference, muse, options, drawing, Rows::ALONE)?;
        // Not the images of the fit: those of many would fill the memory.
        Ok(FittedImage {
            image: image.photometry,
            star,
        })
    };
    let results = batch::each_in_order(params.muse, run, work, take)?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    Ok(FitImagesOutcome {
        count,
        failed: counted(failed),
        results,
    })
}
