//! Overlaps in the plane of the output pixels.

use super::canvas::Canvas;

/// The four corners of an input pixel on the output's pixels, in order around it.
pub type Quad = [(f64, f64); 4];

/// Overlaps smaller than this part of a pixel are the rounding of the sums that they come from.
const NOTHING: f64 = 1e-13;

/// Twice the area of a polygon, positive where it goes round counter-clockwise.
#[inline]
fn twice_area(quad: &Quad) -> f64 {
    let [a, b, c, d] = *quad;
    // The diagonals.
    (c.0 - a.0) * (d.1 - b.1) - (d.0 - b.0) * (c.1 - a.1)
}

/// How the flux of a pixel is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flux {
    /// Per area: a pixel adds value x overlap.
    Density,
    /// In all: a pixel adds the part of its value that its overlap is of its own area.
    Energy,
}

/// Buffers for pixels that span many output pixels.
#[derive(Debug, Default)]
pub struct Scratch {
    cells: Vec<f64>,
}

/// Shares out a pixel of value `value` and weight `weight` whose corners are `quad` among the
/// pixels of `canvas`. Exact for a quadrilateral that does not cross itself, to 1e-15 of a pixel.
pub fn add(
    canvas: &mut Canvas,
    quad: &Quad,
    (value, weight): (f64, f64),
    flux: Flux,
    scratch: &mut Scratch,
) {
    let [a, b, c, d] = *quad;
    let (x0, x1) = (
        min(min(a.0, b.0), min(c.0, d.0)),
        max(max(a.0, b.0), max(c.0, d.0)),
    );
    let (y0, y1) = (
        min(min(a.1, b.1), min(c.1, d.1)),
        max(max(a.1, b.1), max(c.1, d.1)),
    );
    let (left, bottom) = (floor(x0), floor(y0));
    let doubled = twice_area(quad);
    let whole = 0.5 * doubled.abs();
    if whole <= NOTHING {
        return;
    }
    let sign = if doubled < 0.0 { -1.0 } else { 1.0 };
    let value = match flux {
        Flux::Density => value,
        Flux::Energy => value / whole,
    };
    let (x, y) = (left as i64, bottom as i64);
    if x1 <= left + 1.0 && y1 <= bottom + 1.0 {
        let weighed = weight * whole;
        canvas.add(x, y, value * weighed, weighed);
    } else if x1 <= left + 2.0 && y1 <= bottom + 2.0 {
        let [lower, on_left, corner] = cut(quad, left + 1.0, bottom + 1.0);
        let (lower, on_left, corner) = (sign * lower, sign * on_left, sign * corner);
        let overlaps = [
            [corner, lower - corner],
            [on_left - corner, whole - lower - on_left + corner],
        ];
        let weights = overlaps.map(|row| row.map(|overlap| weighed(weight, overlap)));
        canvas.add_four((x, y), value, weights);
    } else {
        let columns = (x1 - left).ceil() as usize;
        let rows = (y1 - bottom).ceil() as usize;
        let mut put = |dx: i64, dy: i64, overlap: f64| {
            if overlap > NOTHING {
                let weighed = weight * overlap;
                canvas.add(x + dx, y + dy, value * weighed, weighed);
            }
        };
        rasterize(
            quad,
            (left, bottom),
            (columns, rows),
            sign,
            scratch,
            &mut put,
        );
    }
}

/// The lesser of two numbers, for several at a time: [`f64::min`] looks for what is no number, too.
#[inline(always)]
pub(super) fn min(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else {
        b
    }
}

/// The greater of two numbers.
#[inline(always)]
pub(super) fn max(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else {
        b
    }
}

/// The whole number at or below `x`, which must be below 1e15: without a call, which [`f64::floor`] is
/// on processors that are not asked for more than the least, and for several numbers at a time.
#[inline(always)]
pub(super) fn floor(x: f64) -> f64 {
    // So large that numbers next to it are whole: the sum is rounded to one.
    const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;
    let near = (x + WHOLE) - WHOLE;
    if near > x {
        near - 1.0
    } else {
        near
    }
}

/// The weight that an output pixel receives for an overlap.
#[inline]
pub(super) fn weighed(weight: f64, overlap: f64) -> f64 {
    if overlap > NOTHING {
        weight * overlap
    } else {
        0.0
    }
}

/// Signed areas of the parts of a quadrilateral below `y`, left of `x`, and both.
#[inline]
fn cut(quad: &Quad, x: f64, y: f64) -> [f64; 3] {
    let (mut below, mut left, mut both) = (0.0, 0.0, 0.0);
    // Positions from the crossing of the two lines: an area is the integral of x dy around it.
    let (mut px, mut py) = (quad[3].0 - x, quad[3].1 - y);
    for &(qx, qy) in quad {
        let (qx, qy) = (qx - x, qy - y);
        let on_left = (qy - py) * mean_below_zero(px, qx);
        left += on_left;
        if py <= 0.0 && qy <= 0.0 {
            below += (qy - py) * (0.5 * (px + qx));
            both += on_left;
        } else if py < 0.0 || qy < 0.0 {
            // The part of the side below y, to or from where it crosses.
            let cross = px + (qx - px) * (py / (py - qy));
            let (ax, bx, rise) = if py > 0.0 {
                (cross, qx, qy)
            } else {
                (px, cross, -py)
            };
            below += rise * (0.5 * (ax + bx));
            both += rise * mean_below_zero(ax, bx);
        }
        (px, py) = (qx, qy);
    }
    [below, left, both]
}

/// The mean of min(x, 0) while x goes from `a` to `b`.
#[inline]
fn mean_below_zero(a: f64, b: f64) -> f64 {
    if a <= 0.0 && b <= 0.0 {
        0.5 * (a + b)
    } else if a >= 0.0 && b >= 0.0 {
        0.0
    } else {
        let inside = if a < b { a } else { b };
        -0.5 * inside * inside / (a - b).abs()
    }
}

/// Overlaps of a quadrilateral with `columns` x `rows` pixels from (`left`, `bottom`) on: every
/// side adds to the pixels that it crosses the area between itself and their right edge, and
/// its height to all that lie right of them in the row.
fn rasterize(
    quad: &Quad,
    (left, bottom): (f64, f64),
    (columns, rows): (usize, usize),
    sign: f64,
    scratch: &mut Scratch,
    put: &mut impl FnMut(i64, i64, f64),
) {
    // A side may lie on the right edge of the last column, and adds to the one after its own.
    let stride = columns + 2;
    let Some(count) = stride.checked_mul(rows) else {
        return;
    };
    let cells = &mut scratch.cells;
    cells.clear();
    cells.resize(count, 0.0);
    let (mut px, mut py) = (quad[3].0 - left, quad[3].1 - bottom);
    for &(qx, qy) in quad {
        let (qx, qy) = (qx - left, qy - bottom);
        side(cells, stride, rows, (px, py), (qx, qy));
        (px, py) = (qx, qy);
    }
    for (row, cells) in cells.chunks_exact(stride).enumerate() {
        let mut sum = 0.0;
        for (column, cell) in cells[..columns].iter().enumerate() {
            sum += cell;
            // Going round counter-clockwise, right sides go up: they count what is right of them.
            put(column as i64, row as i64, -sign * sum);
        }
    }
}

/// One side's part of [`rasterize`]: differences along the rows of the area right of it.
fn side(cells: &mut [f64], stride: usize, rows: usize, p: (f64, f64), q: (f64, f64)) {
    let up = if q.1 > p.1 { 1.0 } else { -1.0 };
    let (low, high) = if q.1 > p.1 { (p, q) } else { (q, p) };
    let height = high.1 - low.1;
    if height <= 0.0 {
        return;
    }
    let slope = (high.0 - low.0) / height;
    let first = floor(low.1).max(0.0) as usize;
    let last = (high.1.ceil() as usize).min(rows);
    let mut from = low;
    for (row, cells) in cells
        .chunks_exact_mut(stride)
        .enumerate()
        .take(last)
        .skip(first)
    {
        let top = (row + 1) as f64;
        let to = if high.1 <= top {
            high
        } else {
            (low.0 + (top - low.1) * slope, top)
        };
        let rise = to.1 - from.1;
        if rise > 0.0 {
            let (a, b) = if from.0 < to.0 {
                (from.0, to.0)
            } else {
                (to.0, from.0)
            };
            let (first, last) = (floor(a), floor(b));
            if first == last {
                let right = up * rise * (first + 1.0 - 0.5 * (a + b));
                let cell = (first.max(0.0) as usize).min(stride - 2);
                cells[cell] += right;
                cells[cell + 1] += up * rise - right;
            } else {
                let steep = rise / (b - a);
                let mut x = a;
                while x < b {
                    let edge = (floor(x) + 1.0).min(b);
                    let part = (edge - x) * steep;
                    let right = up * part * (floor(x) + 1.0 - 0.5 * (x + edge));
                    let cell = (floor(x).max(0.0) as usize).min(stride - 2);
                    cells[cell] += right;
                    cells[cell + 1] += up * part - right;
                    x = edge;
                }
            }
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Region;
    use super::*;

    /// The overlap of a convex quadrilateral with a pixel, by clipping it (Sutherland & Hodgman
    /// 1974).
    fn clipped(quad: &Quad, x: f64, y: f64) -> f64 {
        let mut shape: Vec<(f64, f64)> = quad.to_vec();
        let edges: [(f64, f64, f64); 4] = [
            (1.0, 0.0, x),
            (-1.0, 0.0, -x - 1.0),
            (0.0, 1.0, y),
            (0.0, -1.0, -y - 1.0),
        ];
        for (nx, ny, least) in edges {
            let depth = |p: (f64, f64)| p.0 * nx + p.1 * ny - least;
            let mut next = Vec::new();
            for (i, &q) in shape.iter().enumerate() {
                let p = shape[(i + shape.len() - 1) % shape.len()];
                let (dp, dq) = (depth(p), depth(q));
                if (dp < 0.0) != (dq < 0.0) {
                    let t = dp / (dp - dq);
                    next.push((p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1)));
                }
                if dq >= 0.0 {
                    next.push(q);
                }
            }
            shape = next;
        }
        let twice: f64 = (0..shape.len())
            .map(|i| {
                let (p, q) = (shape[i], shape[(i + 1) % shape.len()]);
                (p.0 - x) * (q.1 - y) - (q.0 - x) * (p.1 - y)
            })
            .sum();
        0.5 * twice.abs()
    }

    const PAGE: Region = Region {
        x: 2,
        y: 3,
        width: 40,
        height: 30,
    };

    fn compare(quad: &Quad) {
        let mut canvas = Canvas::new(PAGE).unwrap();
        add(
            &mut canvas,
            quad,
            (7.0, 0.5),
            Flux::Density,
            &mut Scratch::default(),
        );
        for row in 0..PAGE.height {
            for column in 0..PAGE.width {
                let exact = clipped(quad, (column + PAGE.x) as f64, (row + PAGE.y) as f64);
                let at = row * PAGE.width + column;
                let [flux, weight] = canvas.sums[at];
                assert!(
                    (weight - 0.5 * exact).abs() < 2e-14 && (flux - 3.5 * exact).abs() < 1e-13,
                    "{quad:?} at {column}, {row}: {weight}, exactly {}",
                    0.5 * exact
                );
            }
        }
    }

    #[test]
    fn overlaps_are_those_of_clipping_whatever_size_and_turn() {
        let mut random = 12345_u64;
        let mut next = || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 40) as f64 / (1u64 << 24) as f64
        };
        for case in 0..3000 {
            let size = [0.2, 0.7, 1.0, 1.4, 3.0, 12.0][case % 6];
            let (x, y) = (next() * 50.0, next() * 40.0);
            let turn = next() * std::f64::consts::TAU;
            let (sin, cos) = turn.sin_cos();
            let flip = if case % 5 == 0 { -1.0 } else { 1.0 };
            let square = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
            let quad = square.map(|(u, v): (f64, f64)| {
                let (u, v) = (u + 0.1 * (next() - 0.5), v + 0.1 * (next() - 0.5));
                let (u, v) = (size * u * flip, size * v);
                (x + u * cos - v * sin, y + u * sin + v * cos)
            });
            compare(&quad);
        }
    }

    #[test]
    fn sides_on_the_grid_are_no_trouble() {
        for (x, y, width, height) in [
            (5.0, 5.0, 1.0, 1.0),
            (5.0, 5.0, 2.0, 2.0),
            (5.5, 5.0, 1.0, 3.0),
            (5.0, 5.25, 4.0, 1.0),
            (2.0, 3.0, 40.0, 30.0),
            (-8.0, -8.0, 400.0, 300.0),
        ] {
            compare(&[
                (x, y),
                (x + width, y),
                (x + width, y + height),
                (x, y + height),
            ]);
            compare(&[
                (x, y),
                (x, y + height),
                (x + width, y + height),
                (x + width, y),
            ]);
        }
        compare(&[(5.0, 5.0), (7.0, 7.0), (5.0, 9.0), (3.0, 7.0)]);
    }

    #[test]
    fn energy_is_shared_out_whole() {
        let quad = [(10.3, 10.1), (12.9, 10.4), (12.7, 12.0), (10.1, 11.9)];
        let mut canvas = Canvas::new(PAGE).unwrap();
        add(
            &mut canvas,
            &quad,
            (7.0, 1.0),
            Flux::Energy,
            &mut Scratch::default(),
        );
        let sum: f64 = canvas.sums.iter().map(|s| s[0]).sum();
        assert!((sum - 7.0).abs() < 1e-13, "{sum}");
    }

    #[test]
    fn nothing_comes_of_a_pixel_without_area() {
        let mut canvas = Canvas::new(PAGE).unwrap();
        let line = [(10.0, 10.0), (12.0, 12.0), (12.0, 12.0), (10.0, 10.0)];
        let value = (1.0, 1.0);
        add(
            &mut canvas,
            &line,
            value,
            Flux::Energy,
            &mut Scratch::default(),
        );
        assert!(canvas.sums.iter().all(|s| s[1] == 0.0));
    }
}
