//! The fit of one star in many images of MUSE, with one image of HST (imphot's
//! `FitStarPhotometryMP`).

use std::path::{Path, PathBuf};

use super::batch::{self, Take};
use super::fit_star::{fit_and_apply, FitStarOptions, FitStarOutcome, HstStar};
use super::Field;
use crate::error::Result;
use mosaic::run::Run;
use mosaic::task::outcome::{counted, Fields, Outcome};

/// What [`fit_stars`] takes.
#[derive(Debug, Clone, Copy)]
pub struct FitStarsParams<'a> {
    /// The image of HST, on the pixels and in the unit of those of MUSE.
    pub hst: &'a Path,
    /// The images of MUSE.
    pub muse: &'a [PathBuf],
    /// How the star is fitted, in all of them alike.
    pub options: FitStarOptions<'a>,
}

/// What the fits found.
#[derive(Debug, Outcome)]
pub struct FitStarsOutcome {
    /// How many images there were.
    pub count: i32,
    /// How many of them could not be fitted.
    pub failed: i32,
    /// What was found in each, in the order in which they were given.
    #[value(none)]
    pub results: Vec<Result<FitStarOutcome>>,
}

/// Fits the star in every image of MUSE as [`super::fit_star::fit_star`] does. The image of HST is read
/// once, and its star fitted once for all images that have it on the same place of the pixel grid. An
/// image that cannot be fitted is counted, and the others go on.
///
/// # Errors
/// When the image of HST or an option cannot be used, there is no image of MUSE, two of them would
/// write the same files, or the caller wants no more.
pub fn fit_stars(params: &FitStarsParams, run: &Run) -> Result<FitStarsOutcome> {
    fit_stars_each(params, run, &mut |_, _| Ok(()))
}

/// As [`fit_stars`]; `take` is given the result of each image as soon as it and those before it are
/// there.
///
/// # Errors
/// As for [`fit_stars`], and the first error of `take`.
pub fn fit_stars_each(
    params: &FitStarsParams,
    run: &Run,
    take: &mut Take<FitStarOutcome>,
) -> Result<FitStarsOutcome> {
    let count = batch::count(params.muse)?;
    let options = &params.options;
    options.check()?;
    if options.apply || options.hardcopy.is_some() {
        batch::refuse_same_outputs(params.muse, options.output_dir)?;
    }
    let hst = Field::open_without_variances(params.hst, "HST image", run.warnings())?;
    let hst_star = HstStar::default();
    let warnings = run.warnings();
    let work = |muse: &Path| fit_and_apply(&hst, muse, options, &hst_star, warnings);
    let results = batch::each_in_order(params.muse, run, work, take)?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    Ok(FitStarsOutcome {
        count,
        failed: counted(failed),
        results,
    })
}
