//! The drawing of a fit beside its image (imphot's `hardcopy` and `title`).

use std::path::Path;

use super::fit_image::FitImageOutcome;
use super::fit_star::{FitStarOutcome, StarProfile};
use crate::error::Result;
use crate::plot::{
    format_named, plot_image_fit, plot_path, plot_star_fit, Format, ImageFitPlot, Plane,
    StarFitPlot, StarPanel,
};
use fits::atomic_file::AtomicFile;

/// That a fit is to be drawn, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hardcopy<'a> {
    /// The kind of file.
    pub format: Format,
    /// What stands above it: nothing if it is empty, the name of the image where there is none.
    pub title: Option<&'a str>,
}

impl<'a> Hardcopy<'a> {
    /// What the arguments `hardcopy` and `title` ask for: no drawing for "" and "none", and the
    /// image's name as its title for "none".
    ///
    /// # Errors
    /// When `hardcopy` is no format.
    pub fn of(hardcopy: &str, title: Option<&'a str>) -> Result<Option<Self>> {
        let title = title.filter(|&title| title != "none");
        Ok(format_named(hardcopy)?.map(|format| Hardcopy { format, title }))
    }

    fn title_of(&self, name: &str) -> String {
        match self.title {
            Some(title) => title.to_owned(),
            None => format!("MUSE image: {name}"),
        }
    }

    /// Draws the fit of an image as `<prefix>_image_fit.<format>`, which appears when it is
    /// committed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn of_image(&self, fit: &FitImageOutcome, prefix: &Path) -> Result<AtomicFile> {
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
            title: &self.title_of(&fit.photometry.name),
            muse: image(&images.muse_im),
            hst: image(&images.hst_im),
            muse_fft: transform(&images.muse_ft),
            hst_fft: transform(&images.hst_ft),
            residual_fft: transform(&images.residual_ft),
        };
        let output = plot_path(prefix, "_image_fit", self.format);
        plot_image_fit(&plot, self.format, &output)
    }

    /// Draws the fit of a star as `<prefix>_star_fit.<format>`, which appears when it is
    /// committed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn of_star(&self, fit: &FitStarOutcome, prefix: &Path) -> Result<AtomicFile> {
        let muse = Profiled::new(fit, &fit.muse)?;
        let hst = Profiled::new(fit, &fit.hst)?;
        let plot = StarFitPlot {
            title: &self.title_of(&fit.photometry.name),
            unit: fit.unit.as_deref().unwrap_or_default(),
            radius: fit.star.radius,
            muse: muse.panel(fit, &fit.pixels.muse),
            hst: hst.panel(fit, &fit.pixels.hst),
        };
        let output = plot_path(prefix, "_star_fit", self.format);
        plot_star_fit(&plot, self.format, &output)
    }
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
