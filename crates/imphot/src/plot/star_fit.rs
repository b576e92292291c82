//! The picture of a star fit: the pixels of the star by their radius and the Moffat profile fitted
//! to them, what is left of the pixels below; MUSE at the left, HST at the right.

use std::path::Path;

use plotters::element::Circle;
use plotters::series::LineSeries;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::chart::{chart, failed, fit, length, line, page, steps, write};
use super::chart::{Area, Axis, Chart, Frame, LABEL};
use super::text::{number, Counted};
use super::Format;
use crate::error::{Error, Result};
use crate::kernel::star_fit::Profile;
use fits::atomic_file::AtomicFile;
use picture::Picture;

/// Where the frames are, in points.
const PAGE: (f64, f64) = (720.0, 542.0);
const LEFT: f64 = 64.0;
const STEP: f64 = 350.0;
const WIDTH: f64 = 288.0;
const PROFILE: (f64, f64) = (50.0, 232.0);
const RESIDUALS: (f64, f64) = (316.0, 180.0);
/// From the frame to text in it, and from line to line.
const GAP: f64 = 9.0;
const LINE_STEP: f64 = 15.5;
const DOT: f64 = 2.2;
const CURVE: f64 = 1.6;
/// Points along the curve: each less than 2 points of the page from the next.
const SAMPLES: u32 = 200;
/// The first two colours of matplotlib's cycle, which imphot's pictures have.
const PIXELS: RGBColor = RGBColor(0x1f, 0x77, 0xb4);
const MODEL: RGBColor = RGBColor(0xff, 0x7f, 0x0e);

/// What the picture of a star fit shows.
#[derive(Debug, Clone, Copy)]
pub struct StarFitPlot<'a> {
    /// At the upper left; "" for none. Line ends begin new lines.
    pub title: &'a str,
    /// The unit of the pixels of both images, as in BUNIT; "" for none.
    pub unit: &'a str,
    /// Of the circle within which pixels were fitted, in arcseconds.
    pub radius: f64,
    /// The star in the MUSE image.
    pub muse: StarPanel<'a>,
    /// The star in the HST image.
    pub hst: StarPanel<'a>,
}

/// The pixels of one image and the profile fitted to them.
#[derive(Debug, Clone, Copy)]
pub struct StarPanel<'a> {
    /// How far the pixels are from the fitted middle of the star, in arcseconds.
    pub radii: &'a [f64],
    /// Their values.
    pub values: &'a [f64],
    /// The fitted profile at `radii`.
    pub model: &'a [f64],
    /// All of the light of the star, in the unit of `values`.
    pub flux: f64,
    /// The background of a pixel.
    pub bg: f64,
    /// Full width at half maximum in arcseconds.
    pub fwhm: f64,
    /// Exponent of the Moffat profile.
    pub beta: f64,
    /// In square arcseconds.
    pub pixel_area: f64,
}

/// Draws the picture of a star fit as `output`, which appears when it is committed.
///
/// # Errors
/// When radii, values and model are not equally many, or the file cannot be written.
pub fn plot_star_fit(plot: &StarFitPlot<'_>, format: Format, output: &Path) -> Result<AtomicFile> {
    super::file(&draw(plot)?, format, output)
}

pub fn draw(plot: &StarFitPlot<'_>) -> Result<Picture> {
    let unit = Counted::of(plot.unit);
    let panels = [("MUSE", &plot.muse), ("HST", &plot.hst)];
    for (name, panel) in panels {
        let count = panel.radii.len();
        if panel.values.len() != count || panel.model.len() != count {
            return Err(Error::message(format!(
                "The {name} star to be drawn has {count} radii, {} values and {} of its model",
                panel.values.len(),
                panel.model.len()
            )));
        }
    }
    let radius = match plot.radius.is_normal() {
        true => plot.radius.abs(),
        false => 1.0,
    };
    page(plot.title, PAGE, LEFT, |area| {
        for (column, (name, panel)) in panels.into_iter().enumerate() {
            let frame = |(top, height)| Frame {
                left: LEFT + STEP * column as f64,
                top,
                width: WIDTH,
                height,
            };
            profile(area, frame(PROFILE), name, panel, radius, &unit)?;
            residuals(area, frame(RESIDUALS), name, panel, radius, &unit)?;
        }
        Ok(())
    })
}

impl StarPanel<'_> {
    /// The fitted profile at a radius; NaN where there is none.
    pub(super) fn profile(&self, radius: f64) -> f64 {
        let profile = Profile {
            dx: 0.0,
            dy: 0.0,
            bg: self.bg,
            flux: self.flux,
            fwhm: self.fwhm,
            beta: self.beta,
        };
        profile.value(radius, 0.0, self.pixel_area)
    }
}

fn profile(
    area: &Area<'_>,
    frame: Frame,
    name: &str,
    panel: &StarPanel<'_>,
    radius: f64,
    unit: &Counted,
) -> Result<()> {
    let values = panel.values.iter().copied();
    let (low, high) = extent(values.chain([panel.profile(0.0), 0.0]));
    let power = power_of(low, high);
    let scale = 10f64.powi(power);
    let (low, high) = widened(low * scale, high * scale, 0.02, 0.05);
    let axes = (
        radius_axis(radius, ""),
        Axis {
            range: low..high,
            label: unit.axis(power),
            ticks: 6,
        },
    );
    chart(area, frame, axes, |chart| {
        let points = panel.radii.iter().zip(panel.values);
        dots(chart, radius, points.map(|(r, value)| (*r, value * scale)))?;
        let sample = |step: u32| {
            let at = f64::from(step) / f64::from(SAMPLES) * 1.01 * radius;
            (at, panel.profile(at) * scale)
        };
        let curve = (0..=SAMPLES).map(sample);
        let curve = curve.filter(|(_, value)| (low..=high).contains(value));
        chart
            .draw_series(LineSeries::new(curve, line(MODEL, CURVE)))
            .map_err(failed)?;
        Ok(())
    })?;
    let lines = [
        format!("{name} pixels plotted over a"),
        "Moffat model of total flux:".into(),
        format!("   {}", unit.amount(panel.flux)),
        format!("   fwhm: {} arcsec", number(panel.fwhm, 3)),
        format!("   Moffat beta: {}", number(panel.beta, 3)),
    ];
    // The block of text ends at the right of the frame; units of any length stay in it.
    let room = frame.width - 2.0 * GAP;
    let mut size = LABEL;
    for text in &lines {
        size = size.min(fit(area, text, LABEL, room)?);
    }
    let mut longest: f64 = 0.0;
    for text in &lines {
        longest = longest.max(length(area, text, size)?);
    }
    let left = frame.left + frame.width - GAP - longest;
    for (index, text) in lines.iter().enumerate() {
        let top = frame.top + GAP + LINE_STEP * index as f64;
        write(area, text, size, (left, top), HPos::Left)?;
    }
    Ok(())
}

fn residuals(
    area: &Area<'_>,
    frame: Frame,
    name: &str,
    panel: &StarPanel<'_>,
    radius: f64,
    unit: &Counted,
) -> Result<()> {
    let pairs = panel.values.iter().zip(panel.model);
    let left = memory::collect(pairs.map(|(value, model)| value - model))?;
    let (low, high) = extent(left.iter().copied());
    // The scale of the pixels above, unless the numbers would be too small to be read.
    let values = panel.values.iter().copied();
    let (lowest, highest) = extent(values.chain([panel.profile(0.0), 0.0]));
    let of_pixels = power_of(lowest, highest);
    let power = match low.abs().max(high.abs()) * 10f64.powi(of_pixels) {
        small if small > 0.0 && small < 0.02 => power_of(low, high),
        _ => of_pixels,
    };
    let scale = 10f64.powi(power);
    let (low, high) = widened(low * scale, high * scale, 0.5, 0.5);
    let axes = (
        radius_axis(radius, "Radius (arcsec)"),
        Axis {
            range: low..high,
            label: unit.axis(power),
            ticks: 6,
        },
    );
    chart(area, frame, axes, |chart| {
        let points = panel.radii.iter().zip(&left);
        dots(chart, radius, points.map(|(r, value)| (*r, value * scale)))
    })?;
    let heading = format!("{name} residuals (pixels \u{2212} model)");
    let middle = frame.left + frame.width / 2.0;
    write(
        area,
        &heading,
        LABEL,
        (middle, frame.top + GAP),
        HPos::Center,
    )
}

/// From a little left of the star's middle, so that its dot is whole.
fn radius_axis(radius: f64, label: &str) -> Axis {
    let end = 1.01 * radius;
    Axis {
        range: -end / 100.0..end,
        label: label.into(),
        ticks: 6,
    }
}

/// One dot for each point within the axis that is a number.
fn dots(
    chart: &mut Chart<'_, '_>,
    radius: f64,
    points: impl Iterator<Item = (f64, f64)>,
) -> Result<()> {
    let shown = points.filter(|(r, value)| *r <= 1.01 * radius && value.is_finite());
    let style: ShapeStyle = PIXELS.filled();
    chart
        .draw_series(shown.map(|point| Circle::new(point, steps(DOT), style)))
        .map_err(failed)?;
    Ok(())
}

/// The smallest and the largest of the numbers among values; (0, 0) where there are none.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let widest = finite.fold(None, |widest: Option<(f64, f64)>, value| {
        let (low, high) = widest.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    widest.unwrap_or((0.0, 0.0))
}

/// The power of ten that gives the largest number two digits before the point. An axis without
/// positive numbers has the size of its negative ones.
fn power_of(low: f64, high: f64) -> i32 {
    let size = if high > 0.0 { high } else { low.abs() };
    match size.is_normal() {
        true => 1 - size.log10().floor() as i32,
        false => 0,
    }
}

/// The extent of an axis: some parts of its length more at both ends, never none.
fn widened(low: f64, high: f64, below: f64, above: f64) -> (f64, f64) {
    let length = high - low;
    if length > 1e-12 * low.abs().max(high.abs()) {
        return (low - below * length, high + above * length);
    }
    let about = low.abs().max(1.0);
    (low - about, high + about)
}
