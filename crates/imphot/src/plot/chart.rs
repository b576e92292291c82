//! What both pictures are made of: a page with a title, and frames with ticks and labels.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::PathElement;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, IntoFont, ShapeStyle, TextStyle, BLACK};

use crate::error::{Error, Result};
use picture::{Canvas, Picture};

/// Sizes of letters in points.
pub const TITLE: f64 = 15.0;
pub const HEADING: f64 = 12.5;
pub const LABEL: f64 = 11.0;
const TICK_LABEL: f64 = 10.5;
const LINE_WIDTH: f64 = 0.8;
const TICK_LENGTH: f64 = 3.5;
/// Between a title and the edge of the page.
const MARGIN: f64 = 16.0;
/// Between the numbers at an axis and its label.
const LABEL_GAP: f64 = 5.0;
/// What the axes' labels and numbers take to the left of and below a frame.
const LEFT_OF_FRAME: f64 = 62.0;
const BELOW_FRAME: f64 = 36.0;

/// The part of a page within which plotters draws.
pub type Area<'a> = DrawingArea<Canvas<'a>, Shift>;
/// A frame whose coordinates are those of its axes.
pub type Chart<'a, 'p> = ChartContext<'a, Canvas<'p>, Cartesian2d<Ruler, Ruler>>;

/// A rectangle in points from the upper left corner of the page.
#[derive(Clone, Copy)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// What runs along one side of a frame.
pub struct Axis {
    pub range: Range<f64>,
    pub label: String,
    /// How many ticks are too many.
    pub ticks: usize,
}

/// What plotters says when it cannot draw.
pub fn failed(why: impl std::fmt::Display) -> Error {
    Error::message(format!("The picture cannot be drawn: {why}"))
}

/// A length in points as plotters counts it.
pub fn steps(points: f64) -> i32 {
    Canvas::steps(points)
}

pub fn line(color: impl Color, width: f64) -> ShapeStyle {
    let width = steps(width).unsigned_abs();
    ShapeStyle::from(&color).stroke_width(width)
}

pub fn letters(size: f64) -> TextStyle<'static> {
    let size = size * Canvas::STEPS;
    TextStyle::from(("sans-serif", size).into_font()).color(&BLACK)
}

/// Draws upon a new page of a size in points, with a title at the upper left, `left` points from
/// its edge.
pub fn page(
    title: &str,
    (width, height): (f64, f64),
    left: f64,
    draw: impl FnOnce(&Area<'_>) -> Result<()>,
) -> Result<Picture> {
    let mut picture = Picture::new(title, width, height);
    let area = Canvas::on(&mut picture)?.into_drawing_area();
    let lines: Vec<&str> = title.lines().collect();
    // Two lines have room above the frames, more become smaller.
    let size = TITLE.min(1.9 * TITLE / lines.len().max(1) as f64);
    for (index, text) in lines.iter().enumerate() {
        let fitting = fit(&area, text, size, width - left - MARGIN)?;
        let top = 10.0 + 1.2 * size * index as f64;
        write(&area, text, fitting, (left, top), HPos::Left)?;
    }
    draw(&area)?;
    drop(area);
    Ok(picture)
}

/// The size of letters, `size` at most, with which a text is no longer than `width`.
pub fn fit(area: &Area<'_>, text: &str, size: f64, width: f64) -> Result<f64> {
    Ok(size * (width / length(area, text, size)?.max(1.0)).min(1.0))
}

/// How long a text is in points.
pub fn length(area: &Area<'_>, text: &str, size: f64) -> Result<f64> {
    let (steps, _) = area
        .estimate_text_size(text, &letters(size))
        .map_err(failed)?;
    Ok(f64::from(steps) / Canvas::STEPS)
}

/// Writes a line of text whose capitals reach up to `top`.
pub fn write(
    area: &Area<'_>,
    text: &str,
    size: f64,
    (x, top): (f64, f64),
    across: HPos,
) -> Result<()> {
    let style = letters(size).pos(Pos::new(across, VPos::Top));
    area.draw_text(text, &style, (steps(x), steps(top)))
        .map_err(failed)
}

/// A linear axis with ticks at round numbers.
pub struct Ruler {
    range: Range<f64>,
    ticks: Vec<f64>,
    /// Of the ticks' labels.
    decimals: usize,
}

impl Ruler {
    /// With fewer than `most` steps from tick to tick.
    fn new(range: Range<f64>, most: usize) -> Self {
        let length = range.end - range.start;
        let rough = length / most.max(1) as f64;
        let ten = 10f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter();
        let step = round
            .map(|m| m * ten)
            .find(|&step| step >= rough * 0.999_999);
        let Some(step) = step.filter(|step| step.is_finite() && *step > 0.0) else {
            return Ruler {
                range,
                ticks: Vec::new(),
                decimals: 0,
            };
        };
        let first = (range.start / step - 1e-6).ceil();
        let at = |index: usize| (first + index as f64) * step;
        let ticks = (0..=most).map(at);
        let ticks = ticks.take_while(|tick| *tick <= range.end + 1e-6 * step);
        // As many decimals as the step has: 2.5 has one more than 2.
        let has = |decimals: usize| {
            let shifted = step * 10f64.powi(decimals as i32);
            (shifted - shifted.round()).abs() < 1e-6 * shifted
        };
        Ruler {
            ticks: ticks.collect(),
            decimals: (0..15).find(|&decimals| has(decimals)).unwrap_or(15),
            range,
        }
    }
}

impl Ranged for Ruler {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value - self.range.start) / (self.range.end - self.range.start);
        // `as` keeps what is far outside the page within 32 bits.
        (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.clone(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Ruler {
    fn format_ext(&self, value: &f64) -> String {
        tick_label(*value, self.decimals)
    }
}

fn tick_label(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        // A zero that rounding has made negative.
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.into(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

/// Draws a frame with its axes; `inside` draws what it shows, below the lines of the frame.
pub fn chart<'p>(
    area: &Area<'p>,
    frame: Frame,
    (x, y): (Axis, Axis),
    inside: impl FnOnce(&mut Chart<'_, 'p>) -> Result<()>,
) -> Result<()> {
    let (left, below) = (steps(LEFT_OF_FRAME), steps(BELOW_FRAME));
    let corner = (steps(frame.left), steps(frame.top));
    let size = (steps(frame.width), steps(frame.height));
    let outer = area
        .clone()
        .shrink((corner.0 - left, corner.1), (size.0 + left, size.1 + below));
    let y_ruler = Ruler::new(y.range, y.ticks);
    let y_numbers = y_ruler.ticks.iter().map(|tick| y_ruler.format_ext(tick));
    let y_numbers: Vec<String> = y_numbers.collect();
    let mut chart = ChartBuilder::on(&outer)
        .x_label_area_size(below)
        .y_label_area_size(left)
        .build_cartesian_2d(Ruler::new(x.range, x.ticks), y_ruler)
        .map_err(failed)?;
    inside(&mut chart)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(line(BLACK, LINE_WIDTH))
        .set_all_tick_mark_size(steps(TICK_LENGTH))
        .label_style(letters(TICK_LABEL))
        .axis_desc_style(letters(LABEL))
        .x_desc(x.label)
        .draw()
        .map_err(failed)?;
    // The mesh has drawn the left and the lower side.
    let opposite = (corner.0 + size.0, corner.1 + size.1);
    let others = [corner, (opposite.0, corner.1), opposite];
    area.draw(&PathElement::new(others, line(BLACK, LINE_WIDTH)))
        .map_err(failed)?;
    // plotters would put it at the edge of its area, far from short numbers.
    let mut numbers: f64 = 0.0;
    for text in &y_numbers {
        numbers = numbers.max(length(area, text, TICK_LABEL)?);
    }
    let beside = frame.left - 2.0 * TICK_LENGTH - numbers - LABEL_GAP;
    let middle = frame.top + frame.height / 2.0;
    let fitting = fit(area, &y.label, LABEL, frame.height)?;
    let style = letters(fitting)
        .transform(FontTransform::Rotate270)
        .pos(Pos::new(HPos::Center, VPos::Bottom));
    area.draw_text(&y.label, &style, (steps(beside), steps(middle)))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        for (range, most, expected, decimals) in [
            (0.0..99.0, 5, vec![0.0, 20.0, 40.0, 60.0, 80.0], 0),
            (0.0..128.0, 3, vec![0.0, 50.0, 100.0], 0),
            (0.0..13.5, 6, vec![0.0, 2.5, 5.0, 7.5, 10.0, 12.5], 1),
            (-0.76..0.42, 6, vec![-0.6, -0.4, -0.2, 0.0, 0.2, 0.4], 1),
            (0.0..1.0, 2, vec![0.0, 0.5, 1.0], 1),
            (5.0..5.002, 2, vec![5.0, 5.001, 5.002], 3),
        ] {
            let ruler = Ruler::new(range.clone(), most);
            let (found, digits) = (ruler.ticks, ruler.decimals);
            assert_eq!(found.len(), expected.len(), "{range:?}: {found:?}");
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-9, "{range:?}: {found}");
            }
            assert_eq!(digits, decimals, "{range:?}");
        }
        assert_eq!(tick_label(-0.000_01, 2), "0.00");
        assert_eq!(tick_label(-0.6, 1), "\u{2212}0.6");
        assert!(Ruler::new(1.0..1.0, 4).ticks.is_empty());
        assert!(Ruler::new(f64::NAN..1.0, 4).ticks.is_empty());
    }
}
