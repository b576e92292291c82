//! The drawing of a fit of a whole image.

use std::path::Path;

use super::outcome::FitImageOutcome;
use crate::error::Result;
use crate::plot::{plot_image_fit, ImageFitPlot, Plane};
use crate::task::hardcopy::{plot_path, Hardcopy};
use fits::atomic_file::AtomicFile;

/// Draws the fit of an image as `<prefix>_image_fit.<format>`, which appears when it is
/// committed.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn draw(
    hardcopy: &Hardcopy,
    fit: &FitImageOutcome,
    prefix: &Path,
) -> Result<AtomicFile> {
    let images = fit.images()?;
    let image = |values| Plane {
        values,
        width: images.width,
        height: images.height,
    };
    let transform = |values| Plane {
        values,
        width: images.ft_width,
        height: images.ft_height,
    };
    let plot = ImageFitPlot {
        title: &hardcopy.title_of(&fit.photometry.name),
        muse: image(&images.muse_im),
        hst: image(&images.hst_im),
        muse_fft: transform(&images.muse_ft),
        hst_fft: transform(&images.hst_ft),
        residual_fft: transform(&images.residual_ft),
    };
    let output = plot_path(prefix, "_image_fit", hardcopy.format);
    plot_image_fit(&plot, hardcopy.format, &output)
}
