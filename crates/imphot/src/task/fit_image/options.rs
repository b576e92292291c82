//! What may be chosen of a fit of a whole image.

use std::path::Path;

use crate::error::{Error, Result};
use crate::kernel::image_fit::FitOptions;
use crate::task::hardcopy::Hardcopy;
use crate::task::region_mask::RegionSource;
use crate::task::star::Star;

/// What may be chosen of an image fit; [`Default`] is imphot's own choice.
#[derive(Debug, Clone, Default)]
pub struct FitImageOptions<'a> {
    /// What is to be left out of the fit.
    pub regions: Regions<'a>,
    /// A circle on the sky for [`Regions::Star`] and [`Regions::NotStar`].
    pub star: Option<Star>,
    /// The numbers of the fit: what is held, where it begins, HST's point-spread function.
    pub fit: FitOptions,
    /// Whether to ignore what shows nothing of significance in the image of HST.
    pub segment: bool,
    /// Pixels that are masked besides.
    pub extramask: ExtraMask<'a>,
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

impl FitImageOptions<'_> {
    /// Refuses what cannot be used.
    ///
    /// # Errors
    /// Names the first argument that cannot be used.
    pub(in crate::task) fn check(&self) -> Result<()> {
        self.fit.check()?;
        if self.apply && self.fit.fix_scale == Some(0.0) {
            let why = "is 0, which corrects no image (apply)";
            return Err(Error::argument("fix_scale", why));
        }
        match &self.star {
            Some(star) => star.check(),
            None => Ok(()),
        }
    }
}

/// What part of the sky is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Regions<'a> {
    /// All that the images show.
    #[default]
    None,
    /// The circle of the option `star`, where it is given.
    Star,
    /// All but the circle of the option `star`, where it is given.
    NotStar,
    /// What ds9 regions include and do not exclude.
    Of(RegionSource<'a>),
}

/// Pixels that are masked besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExtraMask<'a> {
    /// None.
    #[default]
    None,
    /// An image on the pixels of that of MUSE, not 0 where a pixel is masked.
    File(&'a Path),
    /// One of each pixel, the first axis running fastest; `true` where it is masked.
    Pixels(&'a [bool]),
}
