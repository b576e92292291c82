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
/// pixels of `canvas`; what lies beyond the canvas is cut off, however far it extends. Exact for a
/// quadrilateral that does not cross itself, to 1e-15 of a pixel.
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
    let region = &canvas.region;
    let (first_x, first_y) = (region.x as f64, region.y as f64);
    let (end_x, end_y) = (
        (region.x + region.width) as f64,
        (region.y + region.height) as f64,
    );
    let meets = x0 < end_x && x1 > first_x && y0 < end_y && y1 > first_y;
    if !meets {
        return;
    }
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
    // The first pixel of the canvas that is looked at, and the ends of what is: a pixel far larger
    // than the canvas costs no more than the canvas has pixels.
    let is_small = x1 - x0 <= 2.0 && y1 - y0 <= 2.0;
    let (left, bottom) = match is_small {
        true => (floor(x0), floor(y0)),
        false => (floor(max(x0, first_x)), floor(max(y0, first_y))),
    };
    let (x, y) = (left as i64, bottom as i64);
    if x1 <= left + 1.0 && y1 <= bottom + 1.0 && is_small {
        let weighed = weight * whole;
        canvas.add(x, y, value * weighed, weighed);
    } else if x1 <= left + 2.0 && y1 <= bottom + 2.0 && is_small {
        let [lower, on_left, corner] = cut(quad, left + 1.0, bottom + 1.0);
        let (lower, on_left, corner) = (sign * lower, sign * on_left, sign * corner);
        let overlaps = [
            [corner, lower - corner],
            [on_left - corner, whole - lower - on_left + corner],
        ];
        let weights = overlaps.map(|row| row.map(|overlap| weighed(weight, overlap)));
        canvas.add_four((x, y), value, weights);
    } else {
        let (from_x, from_y) = (max(left, first_x), max(bottom, first_y));
        let columns = (x1.min(end_x) - from_x).ceil() as usize;
        let rows = (y1.min(end_y) - from_y).ceil() as usize;
        let (x, y) = (from_x as i64, from_y as i64);
        // Along a row the differences of all its columns add up, and with them their rounding.
        let nothing = NOTHING.max(columns as f64 * f64::EPSILON);
        let mut put = |dx: i64, dy: i64, overlap: f64| {
            if overlap > nothing {
                let weighed = weight * overlap;
                canvas.add(x + dx, y + dy, value * weighed, weighed);
            }
        };
        rasterize(
            quad,
            (from_x, from_y),
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

/// `x`, or the whole number that is no farther than `rounding` from it: a side that lies on a line of
/// the grid but for the rounding of positions is taken to lie on it, so that the pixel beyond gets
/// nothing. Neighbours share corners and keep sharing them.
#[inline(always)]
pub fn on_line(x: f64, rounding: f64) -> f64 {
    let below = floor(x + 0.5);
    if (x - below).abs() <= rounding {
        below
    } else {
        x
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
/// its height to all that lie right of them in the row. Of a side below, above or right of these pixels
/// nothing is added; one left of them adds its height to all.
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
    let width = (stride - 2) as f64;
    // Saturating casts: a side may begin or end far beyond.
    let first = low.1 as usize;
    let last = (high.1.ceil() as usize).min(rows);
    let mut from = match low.1 < 0.0 {
        true => (low.0 - low.1 * slope, 0.0),
        false => low,
    };
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
        let mut rise = to.1 - from.1;
        let (mut a, mut b) = if from.0 < to.0 {
            (from.0, to.0)
        } else {
            (to.0, from.0)
        };
        if a < 0.0 || b > width {
            // Parts left of the first column, and right of the last.
            let part = |length: f64| rise * (length / (b - a)).clamp(0.0, 1.0);
            let (before, after) = match b > a {
                true => (part(-a), part(b - width)),
                false if a < 0.0 => (rise, 0.0),
                false => (0.0, rise),
            };
            cells[0] += up * before;
            rise -= before + after;
            (a, b) = (a.clamp(0.0, width), b.clamp(0.0, width));
        }
        if rise > 0.0 && a < width {
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
    use super::*;
    use sky::Window;

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

    const PAGE: Window = Window {
        x: 2,
        y: 3,
        width: 40,
        height: 30,
    };

    fn compare(quad: &Quad) {
        compare_to(quad, 2e-14);
    }

    fn compare_to(quad: &Quad, tolerance: f64) {
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
                    (weight - 0.5 * exact).abs() < tolerance
                        && (flux - 3.5 * exact).abs() < 7.0 * tolerance,
                    "{quad:?} at {column}, {row}: {weight}, exactly {}",
                    0.5 * exact
                );
            }
        }
    }

    #[test]
    fn overlaps_are_those_of_clipping_whatever_size_and_turn() {
        let mut random = simulate::Random(12345);
        let mut next = || random.uniform();
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
    fn what_lies_beyond_the_canvas_is_cut_off() {
        let mut random = simulate::Random(4);
        let mut next = || random.uniform();
        for case in 0..600 {
            let size = [3.0, 12.0, 60.0, 300.0][case % 4];
            // Around the canvas, whose middle is (22, 18), with its middle on it or beyond.
            let (x, y) = (
                22.0 + 1.2 * size * (next() - 0.5) + 30.0 * (next() - 0.5),
                18.0 + 1.2 * size * (next() - 0.5) + 30.0 * (next() - 0.5),
            );
            let turn = match case % 3 {
                0 => 0.0,
                _ => next() * std::f64::consts::TAU,
            };
            let (sin, cos) = turn.sin_cos();
            let square = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
            let quad = square.map(|(u, v): (f64, f64)| {
                let (u, v) = (size * u, size * v);
                (x + u * cos - v * sin, y + u * sin + v * cos)
            });
            // Corners are hundreds of pixels away: so are the numbers that are rounded.
            compare_to(&quad, 1e-12);
        }
        // Far larger than the canvas: no more work than the canvas has pixels.
        for side in [1e6, 1e15, 1e200] {
            let quad = [(-side, -side), (side, -side), (side, side), (-side, side)];
            let mut canvas = Canvas::new(PAGE).unwrap();
            let scratch = &mut Scratch::default();
            add(&mut canvas, &quad, (7.0, 1.0), Flux::Density, scratch);
            assert!(canvas.sums.iter().all(|sum| *sum == [7.0, 1.0]), "{side}");
            let beside = quad.map(|(x, y)| (x + 3.0 * side, y));
            add(&mut canvas, &beside, (7.0, 1.0), Flux::Density, scratch);
            assert!(canvas.sums.iter().all(|sum| *sum == [7.0, 1.0]), "{side}");
        }
    }

    #[test]
    fn a_side_on_a_line_but_for_rounding_is_on_it() {
        for (x, expected) in [
            (7.0 + 4e-10, 7.0),
            (7.0 - 4e-10, 7.0),
            (-3.0 + 4e-10, -3.0),
            (0.0, 0.0),
            (7.5, 7.5),
            (7.0 + 2e-9, 7.0 + 2e-9),
            (6.999, 6.999),
        ] {
            assert_eq!(on_line(x, 1e-9), expected);
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
