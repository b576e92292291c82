//! The picture of an image fit: above, the MUSE image, the HST image made like it, and their
//! difference; below, the amplitudes of the Fourier transforms of the three.

use std::path::Path;

use plotters::style::text_anchor::HPos;

use super::chart::{chart, page, write, Axis, Frame, HEADING};
use super::Format;
use crate::error::{Error, Result};
use fits::atomic_file::AtomicFile;
use picture::{Grey, Picture};

/// Where the frames are, in points.
const PAGE: (f64, f64) = (720.0, 522.0);
const LEFT: f64 = 60.0;
const TOP: f64 = 62.0;
const SIDE: f64 = 186.0;
const STEP: (f64, f64) = (228.0, 230.0);
/// From a frame up to the top of its heading's capitals.
const HEADING_ABOVE: f64 = 16.0;
/// Ticks are not closer, unless there would be one only; numbers above each other have room then.
const TICK_STEP: f64 = 34.0;

/// Images are shown from this many standard deviations below their mean to that many above it, as
/// in imphot.
const IMAGE_RANGE: (f64, f64) = (2.0, 5.0);
/// The same for the amplitudes of transforms.
const TRANSFORM_RANGE: (f64, f64) = (0.75, 4.0);
/// Pixels without a value: the grey that imphot's frames have behind their images.
const NO_VALUE: u8 = 0xcc;

/// An image or the amplitudes of a transform.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Row after row, the lowest first; NaN where there is no value.
    pub values: &'a [f64],
    /// Pixels in a row.
    pub width: usize,
    /// How many rows.
    pub height: usize,
}

/// What the picture of an image fit shows.
#[derive(Debug, Clone, Copy)]
pub struct ImageFitPlot<'a> {
    /// At the upper left; "" for none. Line ends begin new lines.
    pub title: &'a str,
    /// The MUSE image as it was fitted.
    pub muse: Plane<'a>,
    /// The HST image convolved, scaled and moved by the fit, of the same size.
    pub hst: Plane<'a>,
    /// The amplitudes of the transform of the MUSE image, frequency zero in the middle.
    pub muse_fft: Plane<'a>,
    /// The same of the HST image.
    pub hst_fft: Plane<'a>,
    /// The amplitudes of the difference of the two transforms.
    pub residual_fft: Plane<'a>,
}

/// Draws the picture of an image fit as `output`, which appears when it is committed.
///
/// # Errors
/// When the planes are empty or do not have the pixels that they should have, or the file cannot
/// be written.
pub fn plot_image_fit(
    plot: &ImageFitPlot<'_>,
    format: Format,
    output: &Path,
) -> Result<AtomicFile> {
    super::file(&draw(plot)?, format, output)
}

pub fn draw(plot: &ImageFitPlot<'_>) -> Result<Picture> {
    let planes = [
        plot.muse,
        plot.hst,
        plot.muse_fft,
        plot.hst_fft,
        plot.residual_fft,
    ];
    planes.iter().try_for_each(Plane::check)?;
    if (plot.muse.width, plot.muse.height) != (plot.hst.width, plot.hst.height) {
        return Err(Error::message(
            "The images to be drawn differ in their numbers of pixels",
        ));
    }
    let pairs = plot.muse.values.iter().zip(plot.hst.values);
    let difference = memory::collect(pairs.map(|(muse, hst)| muse - hst))?;
    let difference = Plane {
        values: &difference,
        ..plot.muse
    };
    // The three of a row are shown in the range of the first: what is left is seen as it is.
    let image_range = Levels::of(plot.muse.values, IMAGE_RANGE);
    let transform_range = Levels::of(plot.muse_fft.values, TRANSFORM_RANGE);
    let rows = [
        [
            ("MUSE image", plot.muse),
            ("HST image", plot.hst),
            ("(MUSE \u{2212} HST) image", difference),
        ],
        [
            ("MUSE FFT", plot.muse_fft),
            ("HST FFT", plot.hst_fft),
            ("FFT of (MUSE \u{2212} HST) image", plot.residual_fft),
        ],
    ];
    page(plot.title, PAGE, LEFT, |area| {
        for (row, (panels, levels)) in rows
            .iter()
            .zip([&image_range, &transform_range])
            .enumerate()
        {
            for (column, (heading, plane)) in panels.iter().enumerate() {
                let cell = Frame {
                    left: LEFT + STEP.0 * column as f64,
                    top: TOP + STEP.1 * row as f64,
                    width: SIDE,
                    height: SIDE,
                };
                let frame = plane.frame_in(cell);
                let middle = cell.left + SIDE / 2.0;
                let above = frame.top - HEADING_ABOVE;
                write(area, heading, HEADING, (middle, above), HPos::Center)?;
                let label = |shown: bool| if shown { "Pixels" } else { "" };
                let (wide, high) = (plane.width as f64, plane.height as f64);
                let axis = |length: f64, on_page: f64, least: usize, shown: bool| Axis {
                    range: 0.0..length,
                    label: label(shown).into(),
                    ticks: ((on_page / TICK_STEP) as usize).max(least),
                };
                let axes = (
                    axis(wide, frame.width, 1, row == 1),
                    axis(high, frame.height, 2, column == 0),
                );
                let grey = plane.grey(levels)?;
                chart(area, frame, axes, |chart| {
                    let image = grey.between([(0.0, 0.0), (wide, high)]);
                    chart.draw_series([image]).map_err(super::chart::failed)?;
                    Ok(())
                })?;
            }
        }
        Ok(())
    })
}

impl Plane<'_> {
    fn check(&self) -> Result<()> {
        let pixels = self.width.checked_mul(self.height);
        match pixels {
            Some(pixels) if pixels > 0 && pixels == self.values.len() => Ok(()),
            _ => Err(Error::message(format!(
                "{} pixels are no image of {} x {} to be drawn",
                self.values.len(),
                self.width,
                self.height
            ))),
        }
    }

    /// The largest frame of this shape in the middle of a cell. Images a hundred times longer than
    /// wide are shown a little wider than they are.
    fn frame_in(&self, cell: Frame) -> Frame {
        let (wide, high) = (self.width as f64, self.height as f64);
        let scale = (cell.width / wide).min(cell.height / high);
        let width = (wide * scale).max(2.0);
        let height = (high * scale).max(2.0);
        Frame {
            left: cell.left + (cell.width - width) / 2.0,
            top: cell.top + (cell.height - height) / 2.0,
            width,
            height,
        }
    }

    /// The pixels as grey levels, the uppermost row first.
    fn grey(&self, levels: &Levels) -> Result<Grey> {
        let rows = self.values.chunks_exact(self.width).rev();
        let mut bytes = memory::room(self.values.len())?;
        for row in rows {
            bytes.extend(row.iter().map(|&value| levels.level(value)));
        }
        Ok(Grey {
            columns: self.width,
            rows: self.height,
            levels: bytes.into(),
        })
    }
}

/// The values that are black and white, divided by the largest of the image: squares and ranges of
/// large values stay numbers.
struct Levels {
    black: f64,
    white: f64,
    largest: f64,
}

impl Levels {
    /// From so many standard deviations below the mean to so many above it.
    fn of(values: &[f64], (below, above): (f64, f64)) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let largest = finite().fold(0.0, |most: f64, value| most.max(value.abs()));
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let count = finite().count().max(1) as f64;
        let mean = finite().map(|value| value / largest).sum::<f64>() / count;
        let squares = finite().map(|value| (value / largest - mean).powi(2));
        // In a constant image rounding is no structure to be shown.
        let deviation = (squares.sum::<f64>() / count).sqrt().max(1e-9);
        Levels {
            black: mean - below * deviation,
            white: mean + above * deviation,
            largest,
        }
    }

    fn level(&self, value: f64) -> u8 {
        if value.is_nan() {
            return NO_VALUE;
        }
        let part = (value / self.largest - self.black) / (self.white - self.black);
        // `as` keeps to 0..=255.
        (part * 256.0) as u8
    }
}
