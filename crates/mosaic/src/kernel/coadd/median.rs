//! Medians of a block, row by row: between the edges of the images the images that cover a row
//! are the same, so that each stretch has a short list of them.

use super::{Block, Layer};
use crate::error::Result;

/// One layer's row, or a part of it.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    values: &'a [f64],
    areas: &'a [f64],
    least_area: f64,
}

/// Fills a begun `block` with the medians of `layers`; only values of an area above that layer's
/// `least_area` count. The area of the output is the sum of theirs, in the order of
/// the layers.
///
/// # Errors
/// When memory is out.
pub fn median(block: &mut Block, layers: &[Layer]) -> Result<()> {
    let width = block.width.max(1);
    let rows = block
        .values
        .chunks_exact_mut(width)
        .zip(block.areas.chunks_exact_mut(width));
    let ones = &block.ones;
    let mut edges = Vec::new();
    let mut stack = memory::room(layers.len())?;
    for (y, (values, areas)) in rows.enumerate() {
        let lines = layers.iter().filter_map(|layer| line(layer, y, ones));
        let lines: Vec<Line> = memory::collect(lines)?;
        edges.clear();
        memory::grow(&mut edges, 2 + 2 * lines.len())?;
        edges.extend([0, width]);
        edges.extend(
            lines
                .iter()
                .flat_map(|l| [l.start, l.start + l.values.len()]),
        );
        edges.sort_unstable();
        edges.dedup();
        for ends in edges.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            let here = lines
                .iter()
                .filter(|l| l.start <= from && l.start + l.values.len() >= to)
                .map(|l| l.part(from, to));
            let here: Vec<Line> = memory::collect(here)?;
            let (values, areas) = (&mut values[from..to], &mut areas[from..to]);
            match here.as_slice() {
                [] => values.fill(f64::NAN),
                [only] => one(only, values, areas),
                [first, second] => two(first, second, values, areas),
                lines => many(lines, &mut stack, values, areas),
            }
        }
    }
    Ok(())
}

/// The row of `layer` that lies on row `y` of the block.
fn line<'a>(layer: &Layer<'a>, y: usize, ones: &'a [f64]) -> Option<Line<'a>> {
    let first = y.checked_sub(layer.y)?.checked_mul(layer.width)?;
    let row = first..first.checked_add(layer.width)?;
    let values = layer.values.get(row.clone())?;
    let areas = match layer.areas {
        Some(areas) => areas.get(row)?,
        None => ones.get(..layer.width)?,
    };
    (!values.is_empty()).then_some(Line {
        start: layer.x,
        values,
        areas,
        least_area: layer.least_area,
    })
}

impl<'a> Line<'a> {
    fn part(&self, from: usize, to: usize) -> Line<'a> {
        let part = from - self.start..to - self.start;
        Line {
            start: from,
            values: &self.values[part.clone()],
            areas: &self.areas[part],
            ..*self
        }
    }

    fn pixels(&self) -> impl Iterator<Item = (f64, f64)> + 'a {
        let (values, areas) = (self.values, self.areas);
        values.iter().copied().zip(areas.iter().copied())
    }
}

/// Most of a mosaic is covered once or twice: without branches, so that several pixels are done
/// at a time.
fn one(line: &Line, values: &mut [f64], areas: &mut [f64]) {
    let to = values.iter_mut().zip(areas);
    for ((to, to_area), (value, area)) in to.zip(line.pixels()) {
        let counts = !value.is_nan() & (area > line.least_area);
        *to = if counts { value } else { f64::NAN };
        *to_area = if counts { area } else { 0.0 };
    }
}

/// Of two values the lower.
fn two(a: &Line, b: &Line, values: &mut [f64], areas: &mut [f64]) {
    let (a_least, b_least) = (a.least_area, b.least_area);
    let to = values.iter_mut().zip(areas);
    for ((to, to_area), ((a, a_area), (b, b_area))) in to.zip(a.pixels().zip(b.pixels())) {
        // What does not count is beyond any value.
        let a_counts = !a.is_nan() & (a_area > a_least);
        let b_counts = !b.is_nan() & (b_area > b_least);
        let a = if a_counts { a } else { f64::INFINITY };
        let b = if b_counts { b } else { f64::INFINITY };
        let lower = if b < a { b } else { a };
        *to = if a_counts | b_counts { lower } else { f64::NAN };
        let sum = if a_counts { a_area } else { 0.0 };
        *to_area = sum + if b_counts { b_area } else { 0.0 };
    }
}

fn many(lines: &[Line], stack: &mut Vec<f64>, values: &mut [f64], areas: &mut [f64]) {
    for (i, (to, to_area)) in values.iter_mut().zip(areas).enumerate() {
        stack.clear();
        let mut area_sum = 0.0;
        for line in lines {
            let (value, area) = (line.values[i], line.areas[i]);
            if !value.is_nan() && area > line.least_area {
                stack.push(value);
                area_sum += area;
            }
        }
        *to_area = area_sum;
        *to = middle(stack);
    }
}

/// The median of `stack`, NaN where it is empty; of two values the lower.
fn middle(stack: &mut [f64]) -> f64 {
    match *stack {
        [] => f64::NAN,
        [only] => only,
        [a, b] => a.min(b),
        _ => {
            let (half, odd) = (stack.len() / 2, stack.len() % 2 == 1);
            let (below, &mut upper, _) = stack.select_nth_unstable_by(half, f64::total_cmp);
            if odd {
                return upper;
            }
            let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (upper + lower) / 2.0
        }
    }
}
