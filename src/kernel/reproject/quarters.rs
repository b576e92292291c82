//! Overlaps of pixels of about the output's size, by the quickest way there is.
//!
//! Such a pixel nearly always lies around one corner of the output's grid, and the two lines through
//! that corner cut it into four quadrilaterals. Where they cut its sides has to be found once for
//! every side, which two pixels share; the areas then are a few products. What does not look like
//! that is left to [`super::flat`].

use super::canvas::Canvas;
use super::flat::{self, floor, Flux, Quad, Scratch};

/// Where a side crosses a line of the output's grid.
#[derive(Debug, Clone, Copy)]
pub struct Crossing {
    /// The line, the last one before the farther end of the side.
    line: f64,
    /// Where on it; no number or beyond the ends where the side does not cross it.
    at: f64,
}

impl Crossing {
    /// That of the side from `p` to `q` and the line between two columns.
    #[inline]
    pub fn of_columns(p: (f64, f64), q: (f64, f64)) -> Self {
        let line = floor(if p.0 > q.0 { p.0 } else { q.0 });
        let at = p.1 + (line - p.0) * ((q.1 - p.1) / (q.0 - p.0));
        Crossing { line, at }
    }

    /// The same for the line between two rows.
    #[inline]
    pub fn of_rows(p: (f64, f64), q: (f64, f64)) -> Self {
        Self::of_columns((p.1, p.0), (q.1, q.0))
    }
}

/// The crossings of a pixel's sides: those of the side from its first corner to its second and of
/// the opposite one with lines between columns, those of the other two with lines between rows.
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    /// First corner to second.
    pub low: Crossing,
    /// Second to third.
    pub right: Crossing,
    /// Fourth to third.
    pub high: Crossing,
    /// First to fourth.
    pub left: Crossing,
}

/// Shares out a pixel as [`flat::add`] does, whose sides cross the grid at `sides`.
#[inline]
pub fn add(
    canvas: &mut Canvas,
    quad: &Quad,
    sides: &Sides,
    pixel: (f64, f64),
    flux: Flux,
    scratch: &mut Scratch,
) {
    match quarters(quad, sides) {
        Some((x, y, overlaps)) => {
            let (value, weight) = pixel;
            let value = match flux {
                Flux::Density => value,
                Flux::Energy => value / overlaps.as_flattened().iter().sum::<f64>(),
            };
            let weights = overlaps.map(|row| row.map(|overlap| flat::weighed(weight, overlap)));
            canvas.add_four(x, y, value, weights);
        }
        None => flat::add(canvas, quad, pixel, flux, scratch),
    }
}

/// The pixel below and left of the corner that a pixel lies around, and the overlaps with that
/// one and its neighbours in the order of rows.
#[inline(always)]
fn quarters(quad: &Quad, sides: &Sides) -> Option<(i64, i64, [[f64; 2]; 2])> {
    let (x, y) = (sides.low.line, sides.left.line);
    let [a, b, c, d] = quad.map(|(u, v)| (u - x, v - y));
    let (low, high) = (sides.low.at - y, sides.high.at - y);
    let (left, right) = (sides.left.at - x, sides.right.at - x);
    // Both lines pass through opposite sides, the corner of the grid is inside, and every corner
    // of the pixel is in a quarter of its own, within a pixel.
    let crossed = (sides.high.line == x)
        & (sides.right.line == y)
        & (low * high < 0.0)
        & (left * right < 0.0);
    let apart = (a.0 * b.0 <= 0.0) & (d.0 * c.0 <= 0.0) & (a.1 * d.1 <= 0.0) & (b.1 * c.1 <= 0.0);
    let together =
        (a.0 * d.0 >= 0.0) & (b.0 * c.0 >= 0.0) & (a.1 * b.1 >= 0.0) & (d.1 * c.1 >= 0.0);
    let reach = |p: (f64, f64)| (p.0.abs() <= 1.0) & (p.1.abs() <= 1.0);
    if !(crossed & apart & together & reach(a) & reach(b) & reach(c) & reach(d)) {
        return None;
    }
    // Half the cross products around each quarter, of which two corners lie on the lines and one
    // is the origin.
    let at_a = 0.5 * (a.0 * low + left * a.1).abs();
    let at_b = 0.5 * (b.0 * low + right * b.1).abs();
    let at_c = 0.5 * (c.0 * high + right * c.1).abs();
    let at_d = 0.5 * (d.0 * high + left * d.1).abs();
    let mut overlaps = [[at_a, at_b], [at_d, at_c]];
    if left > 0.0 {
        overlaps = [[at_b, at_a], [at_c, at_d]];
    }
    if low > 0.0 {
        overlaps.reverse();
    }
    Some((x as i64 - 1, y as i64 - 1, overlaps))
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Region;
    use super::*;

    const PAGE: Region = Region {
        x: 0,
        y: 0,
        width: 12,
        height: 12,
    };

    #[test]
    fn pixels_come_out_as_the_long_way_takes_them() {
        let mut random = 99_u64;
        let mut next = || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 40) as f64 / (1u64 << 24) as f64
        };
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
            let sides = Sides {
                low: Crossing::of_columns(quad[0], quad[1]),
                right: Crossing::of_rows(quad[1], quad[2]),
                high: Crossing::of_columns(quad[3], quad[2]),
                left: Crossing::of_rows(quad[0], quad[3]),
            };
            quick += usize::from(quarters(&quad, &sides).is_some());
            for flux in [Flux::Density, Flux::Energy] {
                let mut ours = Canvas::new(PAGE).unwrap();
                let mut plain = ours.clone();
                let mut scratch = Scratch::default();
                add(&mut ours, &quad, &sides, (7.0, 0.5), flux, &mut scratch);
                flat::add(&mut plain, &quad, (7.0, 0.5), flux, &mut scratch);
                for (a, b) in ours.sums.iter().zip(&plain.sums) {
                    let near = (a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-13;
                    assert!(near, "{quad:?}: {a:?} {b:?}");
                }
            }
        }
        assert!(quick > 3000, "{quick}");
    }
}
