//! HST images in the unit of a MUSE image.

use std::path::Path;

use super::field::PixelsOnSky;
use super::filter::HstFilter;
use crate::error::{Error, Result};
use crate::muse::{MuseImage, SaveMask, Unit};
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

/// What [`rescale_hst`] needs.
#[derive(Debug, Clone, Copy)]
pub struct RescaleHstParams<'a> {
    /// An HST image in electrons per second.
    pub hst: &'a Path,
    /// A MUSE image or cube, whose unit is wanted.
    pub muse: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// The name of the filter, where the header does not say it or is wrong.
    pub filter: Option<&'a str>,
}

/// What [`rescale_hst`] did.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct RescaleHstOutcome {
    /// The filter.
    pub filter: String,
    /// What the pixels were multiplied by.
    pub factor: f64,
}

/// Writes an HST image in the unit of a MUSE image (imphot's `rescale_hst_like_muse`).
///
/// # Errors
/// When a file cannot be read or written, the filter is not known, or the MUSE image's unit is no
/// flux density per wavelength.
pub fn rescale_hst(params: &RescaleHstParams, run: &Run) -> Result<RescaleHstOutcome> {
    let unit = PixelsOnSky::open(params.muse, "MUSE image", run.warnings())?.unit;
    let mut image = MuseImage::read_any(params.hst, "HST image")?;
    let filter = HstFilter::of_image(&image, params.filter)?;
    let factor = rescale_like(&mut image, &filter, unit.as_deref(), params.muse)?;
    image.write(params.output, SaveMask::Dq)?;
    Ok(RescaleHstOutcome {
        filter: filter.name.to_owned(),
        factor,
    })
}

/// Multiplies an image in electrons per second, taken through `filter`, so that it is in `unit`,
/// that of the MUSE image `muse`. Answers the factor.
///
/// # Errors
/// When `unit` is missing or no flux density per wavelength.
pub fn rescale_like(
    image: &mut MuseImage,
    filter: &HstFilter,
    unit: Option<&str>,
    muse: &Path,
) -> Result<f64> {
    let refuse = |why: String| Error::fits("MUSE image", muse, why);
    let text = unit.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| refuse("has no BUNIT to convert HST fluxes to".into()))?;
    let factor = Unit::parse(text)
        .and_then(|unit| Unit::erg_per_second_cm2_angstrom().factor_to(&unit))
        .map_err(|why| refuse(format!("BUNIT '{text}': {why}")))?;
    let factor = filter.photflam * factor;
    image.data.iter_mut().for_each(|value| *value *= factor);
    if let Some(variance) = &mut image.variance {
        variance
            .iter_mut()
            .for_each(|value| *value *= factor * factor);
    }
    image.unit = Some(text.to_owned());
    // A factor of the old unit's.
    image.data_header.remove("FSCALE");
    Ok(factor)
}
