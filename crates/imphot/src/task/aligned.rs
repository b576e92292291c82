//! What a fitted shift is on the sky, and the image of MUSE without the errors that were found.

use std::path::Path;

use super::corrections::{correct, Corrections, Which};
use super::field::{beside, Field};
use super::report::{Fitted, FittedPhotometry};
use crate::error::Result;
use crate::muse::{MuseImage, SaveMask};
use fits::atomic_file::AtomicFile;

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
pub fn aligned_image(
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
