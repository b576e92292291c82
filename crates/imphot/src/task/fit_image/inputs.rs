//! The image of HST with all that masks it, ready for any number of images of MUSE.

use std::path::Path;

use super::options::{ExtraMask, FitImageOptions, Regions};
use crate::error::{About, Error, Result};
use crate::kernel::image_fit::HstPsf;
use crate::kernel::segment::insignificant;
use crate::task::grids::{aligned, TOLERANCE};
use crate::task::region_mask::{mask_regions, RegionSource};
use crate::task::Field;
use mosaic::run::Warnings;

/// What begins the messages about the file of [`ExtraMask::File`]; the argument is in it.
const EXTRA_MASK: &str = "Image of extramask";

enum Extra<'a> {
    None,
    Image(Box<Field>),
    Pixels(&'a [bool]),
}

/// The image of HST, and what is masked for all images of MUSE that are fitted with it.
pub struct Reference<'a> {
    /// The image as it was read.
    pub field: Field,
    /// Its mask with that of the regions, and of what is of no significance.
    pub mask: Vec<bool>,
    /// What the fits of all images share.
    pub psf: HstPsf,
    extra: Extra<'a>,
}

impl<'a> Reference<'a> {
    /// Reads the image of HST and masks what the options say.
    pub fn new(hst: &Path, options: &FitImageOptions<'a>, warnings: &Warnings) -> Result<Self> {
        let field = Field::open_without_variances(hst, "HST image", warnings)?;
        let extra = match options.extramask {
            ExtraMask::None => Extra::None,
            ExtraMask::Pixels(pixels) => Extra::Pixels(pixels),
            ExtraMask::File(path) => {
                let field = Field::open_without_variances(path, EXTRA_MASK, warnings)?;
                Extra::Image(Box::new(field))
            }
        };
        let mut mask = memory::copy(&field.image.mask).about(hst)?;
        let lines;
        let regions = match (options.regions, &options.star) {
            (Regions::None, _) | (Regions::Star | Regions::NotStar, None) => None,
            (Regions::Star, Some(star)) => {
                lines = star.region("");
                Some(RegionSource::Lines(&lines))
            }
            (Regions::NotStar, Some(star)) => {
                lines = star.region("-");
                Some(RegionSource::Lines(&lines))
            }
            (Regions::Of(source), _) => Some(source),
        };
        if let Some(source) = regions {
            let regions = source.read()?;
            let masked = mask_regions(&field.wcs, field.image.width, &regions.list, &mut mask);
            masked.map_err(|why| match why {
                Error::Message(why) => Error::fits("HST image", hst, why),
                other => other.about(hst),
            })?;
        }
        if options.segment {
            let filled = field.image.data.iter().zip(&mask);
            let filled = filled.map(|(&value, &masked)| if masked { 0.0 } else { value });
            let filled = memory::collect(filled).about(hst)?;
            let low = insignificant(&filled, field.image.width).about(hst)?;
            for (masked, low) in mask.iter_mut().zip(low) {
                *masked |= low;
            }
        }
        Ok(Reference {
            field,
            mask,
            psf: HstPsf::default(),
            extra,
        })
    }

    /// How many pixels are masked in neither image.
    pub fn common_pixels(&self, muse: &Field) -> usize {
        let both = self.mask.iter().zip(&muse.image.mask);
        both.filter(|(hst, muse)| !**hst && !**muse).count()
    }

    /// The mask of an image of MUSE with the extra one.
    ///
    /// # Errors
    /// When the images, or the extra mask, are not on the same pixels.
    pub fn muse_mask(&self, muse: &Field) -> Result<Vec<bool>> {
        let muse_path = &muse.image.path;
        let refuse = |what: &'static str, which: &Path, other: &Path| {
            let why = format!("is not on the pixels of {}", crate::error::shown(other));
            Err(Error::fits(what, which, why))
        };
        let same = |other: &Field| {
            (other.image.width, other.image.height) == (muse.image.width, muse.image.height)
                && aligned(&other.wcs, &muse.wcs, TOLERANCE)
        };
        if !same(&self.field) {
            return refuse("MUSE image", muse_path, &self.field.image.path);
        }
        let mut mask = memory::copy(&muse.image.mask).about(&muse.image.path)?;
        match &self.extra {
            Extra::None => {}
            Extra::Image(extra) => {
                if !same(extra) {
                    return refuse(EXTRA_MASK, &extra.image.path, muse_path);
                }
                for (masked, &value) in mask.iter_mut().zip(&extra.image.data) {
                    *masked |= value != 0.0;
                }
            }
            Extra::Pixels(pixels) => {
                if pixels.len() != mask.len() {
                    let why = format!(
                        "has {} pixels, the images have {}",
                        pixels.len(),
                        mask.len()
                    );
                    return Err(Error::argument("extramask", why));
                }
                for (masked, &extra) in mask.iter_mut().zip(*pixels) {
                    *masked |= extra;
                }
            }
        }
        Ok(mask)
    }
}
