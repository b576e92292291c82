//! The part of an output that the pixels of an input lie on.

use super::interpolate::Plane;
use crate::error::Result;
use sky::chebyshev::{cells, Cell, CellMap};
use sky::pixel_map::Map;
use sky::Window;

/// The part of an output that an image may lie on: more than it covers, never less.
#[derive(Debug)]
pub struct Extent {
    /// Output pixels that cells of the image may lie on.
    boxes: Vec<Window>,
    /// A rectangle around them.
    pub window: Window,
    /// Whether the image has no pole, seam or edge of the sky on it: then its outline is that of
    /// what it covers.
    pub is_plain: bool,
}

impl Extent {
    /// The extent of `width` x `height` pixels on the output `whole` through `map`; `None` where they
    /// miss it.
    pub fn find(map: &dyn Map, (width, height): (usize, usize), whole: &Window) -> Option<Self> {
        let found = cells(map, width, height, 0.0);
        let mut boxes = Vec::new();
        let mut is_plain = true;
        for cell in &found {
            let bounds = match &cell.map {
                CellMap::Smooth(polynomials) => Some(polynomials.bounds()),
                CellMap::Rough => {
                    let corners = Corners::new(map, cell);
                    is_plain &= corners.are_even();
                    corners.bounds()
                }
            };
            // From FITS positions to those of a region, and a pixel more for what the polynomials
            // leave.
            let widened = bounds.map(|b| b.map(|(low, high)| (low - 1.5, high + 0.5)));
            boxes.extend(widened.and_then(|bounds| whole.touched(bounds)));
        }
        let window = boxes.iter().copied().reduce(|a, b| a.union(&b))?;
        Some(Extent {
            boxes,
            window,
            is_plain,
        })
    }

    /// Whether the image may lie on some pixel of `part`.
    pub fn meets(&self, part: &Window) -> bool {
        self.boxes.iter().any(|b| b.meets(part))
    }
}

/// Where the corners of the pixels of a cell lie, row by row.
struct Corners {
    columns: usize,
    at: Vec<Place>,
}

/// Steps from corner to corner along a row or column may differ by this factor where a map is merely
/// uneven: conversions to and from FK4 have a kink at every line of their tables. At a seam or a pole
/// steps differ by far more.
const EVEN: f64 = 4.0;

impl Corners {
    fn new(map: &dyn Map, cell: &Cell) -> Self {
        let (first_x, first_y) = (cell.window.x as f64 + 0.5, cell.window.y as f64 + 0.5);
        let at = (0..=cell.window.height)
            .flat_map(|row| (0..=cell.window.width).map(move |column| (row, column)))
            .map(|(row, column)| map.at(first_x + column as f64, first_y + row as f64));
        Corners {
            columns: cell.window.width + 1,
            at: at.collect(),
        }
    }

    /// Whether all have a place, in steps that are alike.
    fn are_even(&self) -> bool {
        let rows = self.at.chunks_exact(self.columns);
        let along = rows.flat_map(|row| row.iter().zip(&row[1..]));
        let across = self.at.iter().zip(&self.at[self.columns..]);
        let Some(along) = spread(along) else {
            return false;
        };
        let Some(across) = spread(across) else {
            return false;
        };
        [along, across]
            .iter()
            .all(|(least, most)| *most <= EVEN * least)
    }

    /// A box around all places of the pixels: that of their corners, with its own size more on
    /// every side. What lies between corners (a pole, say) is no farther from them than they are
    /// from each other.
    fn bounds(&self) -> Option<[(f64, f64); 2]> {
        let mut bounds = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for (u, v) in self.at.iter().flatten() {
            for (bound, at) in bounds.iter_mut().zip([*u, *v]) {
                *bound = (bound.0.min(at), bound.1.max(at));
            }
        }
        let widened = bounds.map(|(low, high)| (2.0 * low - high, 2.0 * high - low));
        (bounds[0].0 <= bounds[0].1).then_some(widened)
    }
}

type Place = Option<(f64, f64)>;

/// The shortest and the longest distance of pairs of places; `None` where one has none.
fn spread<'a>(pairs: impl Iterator<Item = (&'a Place, &'a Place)>) -> Option<(f64, f64)> {
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for (a, b) in pairs {
        let ((a_x, a_y), (b_x, b_y)) = ((*a)?, (*b)?);
        let distance = (b_x - a_x).hypot(b_y - a_y);
        least = least.min(distance);
        most = most.max(distance);
    }
    Some((least, most))
}

/// A box of positions on an output.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    x: (f64, f64),
    y: (f64, f64),
}

/// The pixels of `whole` that Montage 6.0's mProjectQL writes: those within the box around the
/// outline of the input (of `size` pixels) on the output and the outline of the output on the
/// input. `None` where no outline meets the other image.
///
/// As there, outlines are followed in steps of a pixel that leave out the last corner, and what is
/// cut off are columns and rows whose centres lie before the box.
pub fn outline(
    forward: &dyn Map,
    back: &dyn Map,
    size: (usize, usize),
    whole: &Window,
    extent: &Extent,
) -> Option<Window> {
    let mut bounds = Bounds {
        x: (f64::INFINITY, f64::NEG_INFINITY),
        y: (f64::INFINITY, f64::NEG_INFINITY),
    };
    let end = |count: usize| count as f64 + 0.5;
    let mut add = |u: f64, v: f64| {
        bounds.x = (bounds.x.0.min(u), bounds.x.1.max(u));
        bounds.y = (bounds.y.0.min(v), bounds.y.1.max(v));
    };
    around(size, (0..size.0, 0..size.1), |x, y| {
        if let Some((u, v)) = forward.at(x, y) {
            if (0.5..=end(whole.width)).contains(&u) && (0.5..=end(whole.height)).contains(&v) {
                add(u, v);
            }
        }
    });
    let Window {
        x,
        y,
        width,
        height,
    } = extent.window;
    let near = (x..x + width, y..y + height);
    around((whole.width, whole.height), near, |x, y| {
        if let Some((u, v)) = back.at(x, y) {
            if (0.5..=size.0 as f64).contains(&u) && (0.5..=size.1 as f64).contains(&v) {
                add(x, y);
            }
        }
    });
    // Saturating casts cut off fractions; the box lies between 0.5 and NAXIS + 0.5.
    let Bounds { x, y } = bounds;
    let [left, right, bottom, top] = [x.0, x.1, y.0, y.1].map(|at| at as usize);
    (left < right && bottom < top && x.0.is_finite()).then(|| Window {
        x: left,
        y: bottom,
        width: right - left,
        height: top - bottom,
    })
}

/// Visits the outline of an image of `size` pixels in steps of a pixel; of its sides the `near`
/// columns and rows only, and only sides that are near.
fn around(
    (width, height): (usize, usize),
    (columns, rows): (std::ops::Range<usize>, std::ops::Range<usize>),
    mut visit: impl FnMut(f64, f64),
) {
    let sides = |near: &std::ops::Range<usize>, size: usize| {
        let first = (near.start == 0).then_some(0.5);
        let last = (near.end == size).then_some(size as f64 + 0.5);
        [first, last]
    };
    for x in sides(&columns, width).into_iter().flatten() {
        rows.clone().for_each(|row| visit(x, row as f64 + 0.5));
    }
    for y in sides(&rows, height).into_iter().flatten() {
        columns
            .clone()
            .for_each(|column| visit(column as f64 + 0.5, y));
    }
}

/// The smallest rectangle around the pixels (of the output, from 0) whose centres `at` puts on an
/// image of `size` pixels.
///
/// # Errors
/// When memory is out.
pub fn covered(
    part: &Window,
    size: (usize, usize),
    mut at: impl FnMut(usize, &mut [f64], &mut [f64]),
) -> Result<Option<Window>> {
    let (mut x, mut y) = (memory::zeros(part.width)?, memory::zeros(part.width)?);
    let mut found: Option<Window> = None;
    for row in part.y..part.y + part.height {
        x.fill(f64::NAN);
        y.fill(f64::NAN);
        at(row, &mut x, &mut y);
        let on = |k: &usize| Plane::pixel_at(size, x[*k], y[*k]).is_some();
        let first = (0..part.width).find(on);
        let last = (0..part.width).rev().find(on);
        if let (Some(first), Some(last)) = (first, last) {
            let here = Window {
                x: part.x + first,
                y: row,
                width: last - first + 1,
                height: 1,
            };
            found = Some(found.map_or(here, |found| found.union(&here)));
        }
    }
    Ok(found)
}
