//! A map of pixels to pixels, taken from a few exact positions.
//!
//! Going through the sky for every corner of every pixel costs far more than the pixels
//! themselves, and over an image the way there is as smooth as a function can be. So the image
//! is cut into rectangles on each of which polynomials of degree 5 in x and y meet the exact map
//! to [`CLOSE`] pixels; where none do down to a few pixels (a pole, the seam of a map of the
//! whole sky, the edge of a projection), the exact map is used.

use super::pixel_map::Map;
use super::window::Window;

/// Coefficients per axis.
const TERMS: usize = 6;

/// How well the polynomials meet the exact map (pixels of the target). A tenth of a millionth of
/// what overlaps are wanted to, and a hundred times the rounding of a right ascension in double
/// precision in pixels of 0.1 arcsec.
pub const CLOSE: f64 = 2e-8;

/// Positions far off the target need not be that good: the same relative to their distance from
/// its first pixel, in units of this many pixels.
const NEAR: f64 = 3e4;

/// Rectangles are not cut smaller than this many pixels.
const SMALLEST: usize = 8;

/// Where the polynomials are compared with the map, in each axis (-1 to 1): the ends, and places
/// away from the nodes.
const CHECKS: [f64; 5] = [-1.0, -0.58, 0.07, 0.61, 1.0];

/// A rectangle of pixels and the map on it.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The rectangle.
    pub window: Window,
    /// The map there.
    pub map: CellMap,
}

/// What a map is like on a cell.
#[derive(Debug, Clone)]
pub enum CellMap {
    /// It is this, everywhere.
    Smooth(Box<Polynomials>),
    /// It has to be asked for every position.
    Rough,
}

/// Polynomials (of Chebyshev) in both coordinates.
#[derive(Debug, Clone)]
pub struct Polynomials {
    middle: (f64, f64),
    half: (f64, f64),
    /// Of both coordinates of the target, by degree in y, then in x.
    terms: [[[f64; TERMS]; TERMS]; 2],
}

/// A polynomial in the position along a row, of both coordinates of the target.
#[derive(Debug, Clone, Copy)]
pub struct RowPolynomials {
    middle: f64,
    scale: f64,
    powers: [[f64; TERMS]; 2],
}

/// Cuts `width` x `height` pixels into cells, each taken with a margin of `margin` pixels
/// around their outlines. Pieces where the map has no value at all are left out.
pub fn cells(map: &dyn Map, width: usize, height: usize, margin: f64) -> Vec<Cell> {
    cells_where(map, width, height, margin, &|_| true)
}

/// As [`cells`], without those for which `wanted` is false. It is called for rectangles around them,
/// too, so that what is not wanted costs little.
pub fn cells_where(
    map: &dyn Map,
    width: usize,
    height: usize,
    margin: f64,
    wanted: &dyn Fn(&Window) -> bool,
) -> Vec<Cell> {
    let mut found = Vec::new();
    let mut waiting = vec![Window::of_size(width, height)];
    let largest = map.smooth_over();
    while let Some(window) = waiting.pop() {
        if !wanted(&window) {
            continue;
        }
        let Window {
            x,
            y,
            width,
            height,
        } = window;
        let cell = |map| Cell { window, map };
        let middle = (
            x as f64 + 0.5 * (width as f64 + 1.0),
            y as f64 + 0.5 * (height as f64 + 1.0),
        );
        let half = (0.5 * width as f64 + margin, 0.5 * height as f64 + margin);
        let attempt = match width.max(height) as f64 > largest {
            // Between samples this far apart anything may be.
            true => Attempt::Misses,
            false => Polynomials::through(map, middle, half),
        };
        match attempt {
            Attempt::Meets(polynomials) => found.push(cell(CellMap::Smooth(polynomials))),
            Attempt::Nowhere if width.max(height) <= 2 * SMALLEST => {}
            _ if width.max(height) <= SMALLEST => found.push(cell(CellMap::Rough)),
            _ if width >= height => {
                let left = (width / 2).next_multiple_of(SMALLEST).min(width - 1);
                waiting.push(Window {
                    x: x + left,
                    width: width - left,
                    ..window
                });
                waiting.push(Window {
                    width: left,
                    ..window
                });
            }
            _ => {
                let low = (height / 2).next_multiple_of(SMALLEST).min(height - 1);
                waiting.push(Window {
                    y: y + low,
                    height: height - low,
                    ..window
                });
                waiting.push(Window {
                    height: low,
                    ..window
                });
            }
        }
    }
    found
}

enum Attempt {
    Meets(Box<Polynomials>),
    Misses,
    Nowhere,
}

impl Polynomials {
    /// Polynomials through the map at the Chebyshev nodes of a rectangle, if they meet it
    /// elsewhere too.
    fn through(map: &dyn Map, middle: (f64, f64), half: (f64, f64)) -> Attempt {
        let at = |s: f64, t: f64| map.at(middle.0 + s * half.0, middle.1 + t * half.1);
        let angle = |k: usize| std::f64::consts::PI * (k as f64 + 0.5) / TERMS as f64;
        let node = |k: usize| angle(k).cos();
        let mut values = [[[0.0; TERMS]; TERMS]; 2];
        let mut found = 0;
        for k in 0..TERMS * TERMS {
            let (j, i) = (k / TERMS, k % TERMS);
            if let Some((u, v)) = at(node(i), node(j)) {
                values[0][j][i] = u;
                values[1][j][i] = v;
                found += 1;
            }
        }
        let checks = CHECKS.map(|t| CHECKS.map(|s| (s, t, at(s, t))));
        let checks = checks.as_flattened();
        let seen = checks.iter().filter(|check| check.2.is_some()).count();
        if found == 0 && seen == 0 {
            return Attempt::Nowhere;
        }
        if found < TERMS * TERMS || seen < checks.len() {
            return Attempt::Misses;
        }
        // Discrete orthogonality of the Chebyshev polynomials at their nodes, axis by axis.
        let mut basis = [[0.0; TERMS]; TERMS];
        for (n, row) in basis.iter_mut().enumerate() {
            let norm = if n == 0 { 1.0 } else { 2.0 } / TERMS as f64;
            for (k, b) in row.iter_mut().enumerate() {
                *b = norm * (n as f64 * angle(k)).cos();
            }
        }
        let terms = values.map(|values| {
            let mut terms = [[0.0; TERMS]; TERMS];
            for (m, row) in terms.iter_mut().enumerate() {
                for (n, term) in row.iter_mut().enumerate() {
                    for (j, value_row) in values.iter().enumerate() {
                        let along: f64 = (0..TERMS).map(|i| basis[n][i] * value_row[i]).sum();
                        *term += basis[m][j] * along;
                    }
                }
            }
            terms
        });
        let polynomials = Polynomials {
            middle,
            half,
            terms,
        };
        let meets = checks.iter().all(|&(s, t, exact)| {
            let (u, v) = polynomials.row_at(t).at_unit(s);
            let (exact_u, exact_v) = exact.unwrap_or((f64::NAN, f64::NAN));
            let distance = exact_u.abs().max(exact_v.abs()).max(NEAR) / NEAR;
            // The last coefficients bound what comes after them, which is smaller still.
            (u - exact_u).abs().max((v - exact_v).abs()) <= CLOSE * distance
                && polynomials.last_terms() <= 100.0 * CLOSE * distance
        });
        if meets {
            Attempt::Meets(Box::new(polynomials))
        } else {
            Attempt::Misses
        }
    }

    /// The sum of the coefficients of the highest degree in either axis.
    fn last_terms(&self) -> f64 {
        let last = TERMS - 1;
        let of = |terms: &[[f64; TERMS]; TERMS]| {
            let sum: f64 = (0..TERMS)
                .map(|i| terms[last][i].abs() + terms[i][last].abs())
                .sum();
            sum
        };
        of(&self.terms[0]).max(of(&self.terms[1]))
    }

    /// A box around all positions that they give: least and greatest x, then y.
    pub fn bounds(&self) -> [(f64, f64); 2] {
        // No Chebyshev polynomial exceeds 1.
        self.terms.map(|terms| {
            let constant = terms[0][0];
            let rest: f64 = terms.as_flattened()[1..].iter().map(|c| c.abs()).sum();
            (constant - rest, constant + rest)
        })
    }

    /// A box that positions from x.0 - `margin` to x.1 + `margin`, and the same in y, do not
    /// leave. From the middle of each side by what the derivatives allow at most, found on the
    /// outline and the middle: tight enough to size a canvas with.
    pub fn over(&self, x: (f64, f64), y: (f64, f64), margin: f64) -> [(f64, f64); 2] {
        const STEPS: usize = 4;
        let along = |(low, high): (f64, f64), k: usize| {
            let (low, high) = (low - margin, high + margin);
            low + (high - low) * k as f64 / STEPS as f64
        };
        let mut bounds = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for j in 0..=STEPS {
            let row = self.row(along(y, j));
            for i in 0..=STEPS {
                let (u, v) = row.at(along(x, i));
                for (bound, at) in bounds.iter_mut().zip([u, v]) {
                    *bound = (bound.0.min(at), bound.1.max(at));
                }
            }
        }
        // Between the sampled positions a polynomial strays by less than an eighth of the second
        // derivative's share: the coefficients of degree 2 and more, times their second
        // derivatives' bound, over the squared number of steps.
        let part = |span: (f64, f64), half: f64| (span.1 - span.0 + 2.0 * margin) / (2.0 * half);
        let (px, py) = (part(x, self.half.0), part(y, self.half.1));
        for (bound, terms) in bounds.iter_mut().zip(&self.terms) {
            let mut stray = 0.0;
            for (m, row) in terms.iter().enumerate() {
                for (n, term) in row.iter().enumerate() {
                    // |T_n''| <= n^2 (n^2 - 1) / 3, |T_n'| <= n^2 on -1..1.
                    let second = |n: usize| (n * n * (n * n).saturating_sub(1)) as f64 / 3.0;
                    let first = |n: usize| (n * n) as f64;
                    let curve = second(n) * px * px
                        + 2.0 * first(n) * first(m) * px * py
                        + second(m) * py * py;
                    stray += term.abs() * curve * 4.0 / (8.0 * (STEPS * STEPS) as f64);
                }
            }
            *bound = (bound.0 - stray, bound.1 + stray);
        }
        bounds
    }

    /// Whether rows and columns run along those of the target, in either axis, to `far` pixels over the
    /// whole cell: sides of pixels may then lie on lines of the target's grid.
    pub fn runs_along(&self, far: f64) -> bool {
        self.terms.iter().any(|terms| {
            let sum = |on: fn(usize, usize) -> bool| -> f64 {
                let all = terms
                    .iter()
                    .enumerate()
                    .flat_map(|(m, row)| row.iter().enumerate().map(move |(n, term)| (m, n, term)));
                all.filter(|(m, n, _)| on(*m, *n))
                    .map(|(_, _, term)| term.abs())
                    .sum()
            };
            // The coordinate depends on the column only, or on the row only.
            sum(|m, _| m > 0) <= far || sum(|_, n| n > 0) <= far
        })
    }

    /// Makes them the polynomials of a map whose pixels are numbered from `x` and `y` pixels earlier.
    pub fn shift(&mut self, x: f64, y: f64) {
        self.middle.0 += x;
        self.middle.1 += y;
    }

    /// The polynomials along the row at `y`.
    pub fn row(&self, y: f64) -> RowPolynomials {
        self.row_at((y - self.middle.1) / self.half.1)
    }

    /// Where (x, y) goes.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        self.row(y).at(x)
    }

    fn row_at(&self, t: f64) -> RowPolynomials {
        let mut across = [1.0, t, 0.0, 0.0, 0.0, 0.0];
        for k in 2..TERMS {
            across[k] = 2.0 * t * across[k - 1] - across[k - 2];
        }
        let powers = [0, 1].map(|axis: usize| {
            let terms = &self.terms[axis];
            let mut c = [0.0; TERMS];
            for (n, c) in c.iter_mut().enumerate() {
                *c = (0..TERMS).map(|m| terms[m][n] * across[m]).sum();
            }
            // T0 to T5 in powers of their argument.
            [
                c[0] - c[2] + c[4],
                c[1] - 3.0 * c[3] + 5.0 * c[5],
                2.0 * c[2] - 8.0 * c[4],
                4.0 * c[3] - 20.0 * c[5],
                8.0 * c[4],
                16.0 * c[5],
            ]
        });
        RowPolynomials {
            middle: self.middle.0,
            scale: 1.0 / self.half.0,
            powers,
        }
    }
}

impl RowPolynomials {
    /// Where the position `x` of the row goes.
    #[inline]
    pub fn at(&self, x: f64) -> (f64, f64) {
        self.at_unit(self.unit(x))
    }

    /// Position `x` in the unit of the polynomials, which is the same in all rows.
    #[inline]
    pub fn unit(&self, x: f64) -> f64 {
        (x - self.middle) * self.scale
    }

    /// Where a position that [`RowPolynomials::unit`] gives goes.
    #[inline]
    pub fn at_unit(&self, s: f64) -> (f64, f64) {
        let value =
            |p: &[f64; TERMS]| p[0] + s * (p[1] + s * (p[2] + s * (p[3] + s * (p[4] + s * p[5]))));
        (value(&self.powers[0]), value(&self.powers[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_map_is_one_cell_whose_polynomials_meet_it_everywhere() {
        let map = |x: f64, y: f64| {
            let (u, v) = (x * 1e-4, y * 1e-4);
            Some((1e4 * (u + v * v).tan(), 1e4 * (v - u * v).sin()))
        };
        let found = cells(&map, 500, 300, 0.0);
        assert_eq!(found.len(), 1);
        let CellMap::Smooth(polynomials) = &found[0].map else {
            panic!("not smooth");
        };
        let [(x0, x1), (y0, y1)] = polynomials.bounds();
        for k in 0..2000 {
            let x = 0.5 + (k * 7919 % 5000) as f64 / 10.0;
            let y = 0.5 + (k * 104_729 % 3000) as f64 / 10.0;
            let (u, v) = polynomials.at(x, y);
            let (exact_u, exact_v) = map(x, y).unwrap();
            assert!((u - exact_u).abs() < CLOSE && (v - exact_v).abs() < CLOSE);
            assert!((x0..=x1).contains(&u) && (y0..=y1).contains(&v));
        }
    }

    #[test]
    fn the_box_of_a_part_holds_it() {
        let map = |x: f64, y: f64| {
            let (u, v) = (x * 2e-3, y * 2e-3);
            Some((500.0 * (u + 0.3 * v * v), 500.0 * (v - 0.2 * u * v)))
        };
        let found = cells(&map, 500, 300, 0.0);
        let CellMap::Smooth(polynomials) = &found[0].map else {
            panic!("not smooth");
        };
        for (x, y) in [((0.5, 500.5), (0.5, 300.5)), ((100.5, 200.5), (7.5, 9.5))] {
            let [bx, by] = polynomials.over(x, y, 0.0);
            let (mut seen_x, mut seen_y) = ((1e9, -1e9_f64), (1e9, -1e9_f64));
            for k in 0..=100_u8 {
                for l in 0..=100_u8 {
                    let at = |(a, b): (f64, f64), k: u8| a + (b - a) * f64::from(k) / 100.0;
                    let (u, v) = polynomials.at(at(x, k), at(y, l));
                    seen_x = (f64::min(seen_x.0, u), f64::max(seen_x.1, u));
                    seen_y = (f64::min(seen_y.0, v), f64::max(seen_y.1, v));
                }
            }
            for (bound, seen) in [(bx, seen_x), (by, seen_y)] {
                assert!(bound.0 <= seen.0 && bound.1 >= seen.1);
                assert!(
                    seen.0 - bound.0 < 40.0 && bound.1 - seen.1 < 40.0,
                    "{bound:?} {seen:?}"
                );
            }
        }
    }

    #[test]
    fn every_pixel_with_a_value_is_in_one_cell() {
        // A disc of sky with a seam through it.
        let map = |x: f64, y: f64| {
            let (u, v) = (x - 100.0, y - 80.0);
            (u.hypot(v) < 70.0).then_some((if u < 3.0 { 1.0 } else { 300.0 } + u, v))
        };
        let found = cells(&map, 200, 160, 0.0);
        for y in 0..160_usize {
            for x in 0..200_usize {
                let holds =
                    |p: &&Cell| p.window.columns().contains(&x) && p.window.rows().contains(&y);
                let cells: Vec<_> = found.iter().filter(holds).collect();
                let (at_x, at_y) = (x as f64 + 1.0, y as f64 + 1.0);
                match (map(at_x, at_y), cells.as_slice()) {
                    (Some(_), [_]) | (None, [] | [_]) => {}
                    (value, cells) => panic!("{x} {y}: {value:?} in {} cells", cells.len()),
                }
                if let Some(CellMap::Smooth(polynomials)) = cells.first().map(|p| &p.map) {
                    let (u, v) = polynomials.at(at_x, at_y);
                    let exact = map(at_x, at_y).unwrap();
                    assert!((u - exact.0).abs() < CLOSE && (v - exact.1).abs() < CLOSE);
                }
            }
        }
        assert!(found.iter().any(|p| matches!(p.map, CellMap::Rough)));
    }
}
