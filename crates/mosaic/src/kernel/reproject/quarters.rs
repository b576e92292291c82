//! Overlaps of pixels of about the output's size, by the quickest way there is.
//!
//! Such a pixel nearly always lies around one corner of the output's grid, and the two lines through
//! that corner cut it into four quadrilaterals. Where they cut its sides has to be found once for
//! every side, which two pixels share; the areas then are a few products. What does not look like
//! that is left to [`super::flat`].
//!
//! Pixels are taken in blocks along a row, coordinate by coordinate in arrays of one length and with
//! choices in place of branches, so that the processor works on several at a time.

use super::canvas::Canvas;
use super::flat::{self, floor, max, min, Flux, Quad, Scratch};

/// Pixels of a block.
pub const BLOCK: usize = 64;

/// Where sides cross lines of the output's grid.
#[derive(Debug, Clone)]
struct Crossings<const N: usize> {
    /// The line, the last one before the farther end of the side.
    line: [f64; N],
    /// Where on it; no number or beyond the ends where the side does not cross it.
    at: [f64; N],
}

impl<const N: usize> Crossings<N> {
    const NONE: Self = Crossings {
        line: [0.0; N],
        at: [0.0; N],
    };

    /// Sets the first `count` to those of the sides from `p` to `q`, which `ends` gives; the first
    /// coordinate is that which is constant on a line.
    #[inline(always)]
    fn set(&mut self, count: usize, ends: impl Fn(usize) -> [(f64, f64); 2]) {
        let crossings = self.line[..count].iter_mut().zip(&mut self.at[..count]);
        for (i, (line, at)) in crossings.enumerate() {
            let [p, q] = ends(i);
            *line = floor(max(p.0, q.0));
            *at = p.1 + (*line - p.0) * ((q.1 - p.1) / (q.0 - p.0));
        }
    }
}

/// The corners of a block of pixels along one row of corners, on the output's pixels.
#[derive(Debug, Clone)]
pub struct Corners {
    x: [f64; BLOCK + 1],
    y: [f64; BLOCK + 1],
    /// Where the sides from a corner to the next one cross lines between columns.
    sides: Crossings<BLOCK>,
}

impl Default for Corners {
    fn default() -> Self {
        Corners {
            x: [0.0; BLOCK + 1],
            y: [0.0; BLOCK + 1],
            sides: Crossings::NONE,
        }
    }
}

impl Corners {
    /// Sets the corners of `places.len() - 1` pixels, at most [`BLOCK`], to where `at` puts `places`.
    #[inline(always)]
    pub fn set(&mut self, places: &[f64], at: impl Fn(f64) -> (f64, f64)) {
        let Corners { x, y, sides } = self;
        let (x, y) = (&mut x[..places.len()], &mut y[..places.len()]);
        for ((x, y), place) in x.iter_mut().zip(y.iter_mut()).zip(places) {
            (*x, *y) = at(*place);
        }
        let count = places.len() - 1;
        let (from, to) = ((&x[..count], &y[..count]), (&x[1..], &y[1..]));
        sides.set(count, |i| [(from.0[i], from.1[i]), (to.0[i], to.1[i])]);
    }

    fn get(&self, i: usize) -> (f64, f64) {
        (self.x[i], self.y[i])
    }

    /// Whether columns of the input run to lower ones of the output.
    fn runs_back(&self) -> bool {
        self.x[1] < self.x[0]
    }

    fn part(&self, first: usize, count: usize) -> (&[f64], &[f64]) {
        (&self.x[first..][..count], &self.y[first..][..count])
    }
}

/// What output pixels receive from a block of pixels.
#[derive(Debug, Clone)]
pub struct Shares {
    /// Where the sides from one row of corners to the other cross lines between rows.
    upright: Crossings<{ BLOCK + 1 }>,
    /// Where on the canvas the lower left one of four output pixels is, or [`BESIDE`] or
    /// [`OTHERWISE`].
    at: [f64; BLOCK],
    /// The value that the four receive.
    values: [f64; BLOCK],
    /// Their weights, in the order of rows.
    weights: [[f64; BLOCK]; 4],
}

/// Not all four are on the canvas. No such number is next to one that is on it.
const BESIDE: f64 = -2.0;
/// The pixel does not lie around a corner of the grid.
const OTHERWISE: f64 = -4.0;

impl Default for Shares {
    fn default() -> Self {
        Shares {
            upright: Crossings::NONE,
            at: [OTHERWISE; BLOCK],
            values: [0.0; BLOCK],
            weights: [[0.0; BLOCK]; 4],
        }
    }
}

impl Shares {
    /// Shares out a block of pixels between two rows of corners, as many as they have values and
    /// weights, as [`flat::add`] does. Those of no weight are left out.
    #[inline]
    pub fn add(
        &mut self,
        canvas: &mut Canvas,
        [low, high]: [&Corners; 2],
        (values, weights): (&[f64], &[f64]),
        flux: Flux,
        scratch: &mut Scratch,
    ) {
        self.find(canvas, [low, high], (values, weights), flux);
        let quad = |i| -> Quad { [low.get(i), low.get(i + 1), high.get(i + 1), high.get(i)] };
        let back = low.runs_back();
        let count = values.len().min(BLOCK);
        let mut i = 0;
        while i < count {
            let first = i;
            i += 1;
            if weights[first] == 0.0 {
                continue;
            }
            let at = self.at[first];
            if at >= 0.0 {
                let step = if back { -1.0 } else { 1.0 };
                while i < count && self.at[i] == self.at[i - 1] + step && weights[i] != 0.0 {
                    i += 1;
                }
                let weights = self.weights.each_ref().map(|weights| &weights[first..i]);
                canvas.add_run(at as i64 as usize, back, &self.values[first..i], weights);
            } else if at == BESIDE {
                let (x, y) = (low.sides.line[first], self.upright.line[first]);
                if !canvas.is_near(x, y) {
                    continue;
                }
                let at = (x as i64 - 1, y as i64 - 1);
                let [a, b, c, d] = self.weights.each_ref().map(|weights| weights[first]);
                canvas.add_four(at, self.values[first], [[a, b], [c, d]]);
            } else {
                let pixel = (values[first], weights[first]);
                flat::add(canvas, &quad(first), pixel, flux, scratch);
            }
        }
    }

    /// Finds the shares of a block.
    #[inline(never)]
    fn find(
        &mut self,
        canvas: &Canvas,
        [low, high]: [&Corners; 2],
        (values, weights): (&[f64], &[f64]),
        flux: Flux,
    ) {
        let count = values.len().min(BLOCK);
        let (values, weights) = (&values[..count], &weights[..count]);
        let upright = &mut self.upright;
        upright.set(count + 1, |i| {
            [(low.y[i], low.x[i]), (high.y[i], high.x[i])]
        });
        // The corners of a pixel by where they lie around that of the grid, whichever way the input
        // runs there: a below and left, b below and right, c above and right, d above and left.
        let (west, east) = match low.runs_back() {
            true => (1, 0),
            false => (0, 1),
        };
        let (south, north) = match high.y[0] < low.y[0] {
            true => (high, low),
            false => (low, high),
        };
        let (a, b) = (south.part(west, count), south.part(east, count));
        let (d, c) = (north.part(west, count), north.part(east, count));
        let (left, right) = (&upright.at[west..][..count], &upright.at[east..][..count]);
        let (row, other_row) = (
            &upright.line[west..][..count],
            &upright.line[east..][..count],
        );

        let region = &canvas.region;
        let (x0, y0) = (region.x as f64 + 1.0, region.y as f64 + 1.0);
        let (width, columns) = (region.width as f64, region.width as f64 - 2.0);
        let rows = region.height as f64 - 2.0;
        for i in 0..count {
            let (x, y) = (south.sides.line[i], row[i]);
            // How far the corners reach from the lines, and where the sides cross those.
            let (a, b) = ((x - a.0[i], y - a.1[i]), (b.0[i] - x, y - b.1[i]));
            let (d, c) = ((x - d.0[i], d.1[i] - y), (c.0[i] - x, c.1[i] - y));
            let (low, high) = (y - south.sides.at[i], north.sides.at[i] - y);
            let (left, right) = (x - left[i], right[i] - x);
            // Both lines pass through opposite sides, the corner of the grid is inside or on a side (of
            // pixels on the output's own grid it is one of theirs), and every corner of the pixel is in a
            // quarter of its own, within a pixel.
            let least = min(
                min(min(a.0, a.1), min(b.0, b.1)),
                min(min(c.0, c.1), min(d.0, d.1)),
            );
            let most = max(
                max(max(a.0, a.1), max(b.0, b.1)),
                max(max(c.0, c.1), max(d.0, d.1)),
            );
            let crossed = (north.sides.line[i] == x) & (other_row[i] == y);
            let inside = (low >= 0.0) & (high >= 0.0) & (left >= 0.0) & (right >= 0.0);
            let quarters = crossed & inside & (least >= 0.0) & (most <= 1.0);
            // Half the cross products around each quarter, of which two corners lie on the lines
            // and one is the origin.
            let overlaps = [
                0.5 * (a.0 * low + left * a.1),
                0.5 * (b.0 * low + right * b.1),
                0.5 * (d.0 * high + left * d.1),
                0.5 * (c.0 * high + right * c.1),
            ];
            self.values[i] = overlaps[0] + overlaps[1] + overlaps[2] + overlaps[3];
            self.weights[0][i] = flat::weighed(weights[i], overlaps[0]);
            self.weights[1][i] = flat::weighed(weights[i], overlaps[1]);
            self.weights[2][i] = flat::weighed(weights[i], overlaps[2]);
            self.weights[3][i] = flat::weighed(weights[i], overlaps[3]);
            let (column, line) = (x - x0, y - y0);
            let on = (min(column, line) >= 0.0) & (column <= columns) & (line <= rows);
            let at = if on { line * width + column } else { BESIDE };
            self.at[i] = if quarters { at } else { OTHERWISE };
        }
        // So far these are what the four cover in all.
        let given = self.values[..count].iter_mut().zip(values);
        match flux {
            Flux::Density => given.for_each(|(given, value)| *given = *value),
            Flux::Energy => given.for_each(|(given, value)| *given = value / *given),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky::Window;

    const PAGE: Window = Window {
        x: 0,
        y: 0,
        width: 12,
        height: 12,
    };

    /// A pixel that is one of the output's is all of that one and nothing of the others, to the bit, by the
    /// quick way, whichever way rows and columns run.
    #[test]
    fn pixels_on_the_grid_are_whole_pixels() {
        for (back, down) in [(false, false), (true, false), (false, true), (true, true)] {
            let x = |i: f64| if back { 9.0 - i } else { 2.0 + i };
            let row = |y: f64| {
                let mut corners = Corners::default();
                corners.set(&[0.0, 1.0, 2.0, 3.0, 4.0], |i| (x(i), y));
                corners
            };
            let [low, high] = if down { [6.0, 5.0] } else { [5.0, 6.0] }.map(row);
            for (flux, scale) in [(Flux::Density, 0.5), (Flux::Energy, 0.5)] {
                let mut canvas = Canvas::new(PAGE).unwrap();
                let mut shares = Shares::default();
                let values = [1.1, 2.2, 3.3, 4.4];
                let pixels: (&[f64], &[f64]) = (&values, &[0.5; 4]);
                let scratch = &mut Scratch::default();
                shares.add(&mut canvas, [&low, &high], pixels, flux, scratch);
                assert!(shares.at[..4].iter().all(|at| *at >= 0.0));
                for (i, sum) in canvas.sums.iter().enumerate() {
                    let (column, line) = (i % 12, i / 12);
                    let place = if back {
                        8 - column as i64
                    } else {
                        column as i64 - 2
                    };
                    let expected = match usize::try_from(place) {
                        Ok(at) if at < 4 && line == 5 => [values[at] * scale, 0.5],
                        _ => [0.0; 2],
                    };
                    assert_eq!(*sum, expected, "{column} {line}");
                }
            }
        }
    }

    #[test]
    fn pixels_come_out_as_the_long_way_takes_them() {
        let mut random = simulate::Random(99);
        let mut next = || random.uniform();
        let mut quick = 0;
        for case in 0..20_000 {
            let size = [0.5, 0.9, 1.0, 1.1, 2.5][case % 5];
            let (x, y) = (3.0 + next() * 5.0, 3.0 + next() * 5.0);
            let turn = [0.01, 0.5, 1.57, 3.0, 4.5][case / 5 % 5] + 0.01 * next();
            let (sin, cos) = turn.sin_cos();
            let flip = if case % 7 == 0 { -1.0 } else { 1.0 };
            let square = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
            let quad = square.map(|(u, v): (f64, f64)| {
                let (u, v) = (u + 0.05 * (next() - 0.5), v + 0.05 * (next() - 0.5));
                let (u, v) = (size * u * flip, size * v);
                (x + u * cos - v * sin, y + u * sin + v * cos)
            });
            let [low, high] = [[0, 1], [3, 2]].map(|pair| {
                let mut corners = Corners::default();
                corners.set(&[0.0, 1.0], |k| quad[pair[k as usize]]);
                corners
            });
            for flux in [Flux::Density, Flux::Energy] {
                let mut ours = Canvas::new(PAGE).unwrap();
                let mut plain = ours.clone();
                let mut scratch = Scratch::default();
                let mut shares = Shares::default();
                let pixel: (&[f64], &[f64]) = (&[7.0], &[0.5]);
                shares.add(&mut ours, [&low, &high], pixel, flux, &mut scratch);
                quick += usize::from(shares.at[0] != OTHERWISE);
                flat::add(&mut plain, &quad, (7.0, 0.5), flux, &mut scratch);
                for (a, b) in ours.sums.iter().zip(&plain.sums) {
                    let near = (a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-13;
                    assert!(near, "{quad:?}: {a:?} {b:?}");
                }
            }
        }
        assert!(quick > 6000, "{quick}");
    }
}
