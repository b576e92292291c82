//! Whether two images have their pixels at the same places on the sky.

use std::path::Path;

use super::field::PixelsOnSky;
use crate::error::{Error, Result};
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};
use sky::Wcs;

/// The tolerance that imphot takes, arcsec.
pub const TOLERANCE: f64 = 0.01;

/// What [`grids_aligned`] needs.
#[derive(Debug, Clone, Copy)]
pub struct GridsAlignedParams<'a> {
    /// An image or cube.
    pub image1: &'a Path,
    /// Another.
    pub image2: &'a Path,
    /// How far apart the pixels may be, arcsec; imphot's default is [`TOLERANCE`].
    pub tolerance: f64,
}

/// What [`grids_aligned`] found.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct GridsAlignedOutcome {
    /// 1 where the grids are the same, 0 where not.
    pub aligned: i32,
}

/// Whether the pixels of two images are at the same places (imphot's `image_grids_aligned`).
///
/// # Errors
/// When a file cannot be read or has no coordinates, or the tolerance is negative or NaN.
pub fn grids_aligned(params: &GridsAlignedParams, run: &Run) -> Result<GridsAlignedOutcome> {
    if params.tolerance.is_nan() || params.tolerance < 0.0 {
        let why = format!("{} is no distance", params.tolerance);
        return Err(Error::argument("tolerance", why));
    }
    let first = PixelsOnSky::open(params.image1, "Image file", run.warnings())?;
    let second = PixelsOnSky::open(params.image2, "Image file", run.warnings())?;
    let aligned = aligned(&first.wcs, &second.wcs, params.tolerance);
    Ok(GridsAlignedOutcome {
        aligned: i32::from(aligned),
    })
}

/// Whether two images of these coordinates have the same size, matrices that differ by no more
/// than `tolerance` (arcsec) per pixel, and centres that are no farther apart than that in either
/// coordinate.
pub fn aligned(first: &Wcs, second: &Wcs, tolerance: f64) -> bool {
    let tolerance = tolerance / 3600.0;
    let near = |a: f64, b: f64| (a - b).abs() <= tolerance;
    if first.size() != second.size() {
        return false;
    }
    let (one, other) = (first.cd(), second.cd());
    let matrices = one.iter().flatten().zip(other.iter().flatten());
    if !matrices.into_iter().all(|(&a, &b)| near(a, b)) {
        return false;
    }
    let (width, height) = first.size();
    // The central pixel, counted from 1.
    let (x, y) = ((width / 2 + 1) as f64, (height / 2 + 1) as f64);
    match (first.pixel_to_sky(x, y), second.pixel_to_sky(x, y)) {
        (Some((ra, dec)), Some((other_ra, other_dec))) => {
            let turn = 360.0 * ((ra - other_ra) / 360.0).round();
            near(ra - turn, other_ra) && near(dec, other_dec)
        }
        _ => false,
    }
}
