//! The fit of many images of MUSE that show one field, with one image of HST.

use std::path::{Path, PathBuf};

use super::fit_image::{fit_one, FitImageOptions, Reference};
use super::report::FittedPhotometry;
use super::Field;
use crate::error::{Error, Result};
use crate::kernel::photometry::rows::Rows;
use crate::run::Run;

/// What [`fit_images`] takes.
#[derive(Debug, Clone)]
pub struct FitImagesParams<'a> {
    /// The image of HST, on the pixels and in the unit of those of MUSE.
    pub hst: &'a Path,
    /// The images of MUSE.
    pub muse: &'a [PathBuf],
    /// How they are fitted, all of them alike.
    pub options: FitImageOptions<'a>,
}

/// What the fits found.
#[derive(Debug)]
pub struct FitImagesOutcome {
    /// How many images there were.
    pub count: i32,
    /// How many of them could not be fitted.
    pub failed: i32,
    /// What was found of each, in the order in which they were given.
    pub results: Vec<Result<FittedPhotometry>>,
}

impl crate::task::outcome::Outcome for FitImagesOutcome {
    fn fields(&self) -> crate::task::outcome::Fields {
        crate::task::outcome::Fields::new()
            .with("count", self.count)
            .with("failed", self.failed)
    }
}

/// Fits every image of MUSE with that of HST, which is read and masked once. An image that cannot
/// be fitted is counted, and the others go on.
///
/// # Errors
/// When the image of HST, the regions or an option cannot be used, there is no image of MUSE, or
/// the caller wants no more.
pub fn fit_images(params: &FitImagesParams, run: &Run) -> Result<FitImagesOutcome> {
    if params.muse.is_empty() {
        return Err(Error::argument("muse", "names no image"));
    }
    let count = i32::try_from(params.muse.len())
        .map_err(|_| Error::argument("muse", "names too many images"))?;
    let options = &params.options;
    let numbers = options.numbers()?;
    let reference = Reference::new(params.hst, options)?;
    let results = run.for_each(params.muse.len(), |i| {
        let muse = Field::open(&params.muse[i], "MUSE image")?;
        let found = fit_one(&reference, muse, options, &numbers, Rows::ALONE)?;
        Ok(found.photometry)
    })?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    Ok(FitImagesOutcome {
        count,
        failed: i32::try_from(failed).unwrap_or(count),
        results,
    })
}
