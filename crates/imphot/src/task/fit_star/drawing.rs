//! The drawing of a fit of a star.

use std::path::Path;

use super::outcome::{FitStarOutcome, StarProfile};
use crate::error::Result;
use crate::plot::{plot_star_fit, StarFitPlot, StarPanel};
use crate::task::hardcopy::{plot_path, Hardcopy};
use fits::atomic_file::AtomicFile;

/// Draws the fit of a star as `<prefix>_star_fit.<format>`, which appears when it is
/// committed.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn draw(hardcopy: &Hardcopy, fit: &FitStarOutcome, prefix: &Path) -> Result<AtomicFile> {
    let muse = Profiled::new(fit, &fit.muse)?;
    let hst = Profiled::new(fit, &fit.hst)?;
    let plot = StarFitPlot {
        title: &hardcopy.title_of(&fit.photometry.name),
        unit: fit.unit.as_deref().unwrap_or_default(),
        radius: fit.star.radius,
        muse: muse.panel(fit, &fit.pixels.muse),
        hst: hst.panel(fit, &fit.pixels.hst),
    };
    let output = plot_path(prefix, "_star_fit", hardcopy.format);
    plot_star_fit(&plot, hardcopy.format, &output)
}

/// The fitted pixels by their distance from the middle of a profile.
struct Profiled<'a> {
    profile: &'a StarProfile,
    radii: Vec<f64>,
    model: Vec<f64>,
}

impl<'a> Profiled<'a> {
    fn new(fit: &FitStarOutcome, profile: &'a StarProfile) -> Result<Self> {
        let pixels = || fit.pixels.x.iter().zip(&fit.pixels.y);
        let numbers = profile.profile();
        let radius = |(x, y): (&f64, &f64)| (x - numbers.dx).hypot(y - numbers.dy);
        let value = |(&x, &y): (&f64, &f64)| numbers.value(x, y, fit.pixels.area);
        Ok(Profiled {
            profile,
            radii: memory::collect(pixels().map(radius))?,
            model: memory::collect(pixels().map(value))?,
        })
    }

    fn panel<'b>(&'b self, fit: &FitStarOutcome, values: &'b [f64]) -> StarPanel<'b> {
        StarPanel {
            radii: &self.radii,
            values,
            model: &self.model,
            flux: self.profile.flux.value,
            bg: self.profile.bg.value,
            fwhm: self.profile.fwhm.value,
            beta: self.profile.beta.value,
            pixel_area: fit.pixels.area,
        }
    }
}
