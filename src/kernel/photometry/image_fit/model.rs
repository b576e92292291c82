//! The model of the transform of the MUSE image, with its derivatives.
//!
//! At every frequency (fx, fy) the model is b W + s K T, where W is the transform of the weights, b the
//! background, s the scale, K the transform of the Moffat profile (real, since the profile is
//! even), and T that of the HST image times exp(-2 pi i (dx fx + dy fy)). All derivatives but that
//! by b are real or imaginary multiples of T, so that most of the normal equations need |T|² = |H|²
//! only, and the shift is uncorrelated with scale, width and exponent by construction.

use std::f64::consts::TAU;

use super::prepare::Prepared;
use super::sums::{Column, Sum, Sums};
use crate::kernel::photometry::fourier::{Plan, C64, COLUMNS};
use crate::kernel::photometry::least_squares::{Model, Normal};
use crate::kernel::photometry::moffat::{Moffat, Row};
use crate::kernel::photometry::psf::resampling_window;
use crate::kernel::photometry::rows::Rows;

/// Real and imaginary parts of half a plane, apart, so that loops over them become vector code.
pub(super) struct Parts {
    pub re: Vec<f64>,
    pub im: Vec<f64>,
}

impl Parts {
    fn of(spectrum: &[C64]) -> Self {
        Parts {
            re: spectrum.iter().map(|z| z.re).collect(),
            im: spectrum.iter().map(|z| z.im).collect(),
        }
    }

    fn square(&self) -> f64 {
        let squares = |part: &[f64]| part.iter().map(|x| x * x).sum::<f64>();
        squares(&self.re) + squares(&self.im)
    }
}

/// A fit that is ready to be done.
pub(super) struct Problem<'a> {
    team: Rows<'a>,
    plan: &'a Plan,
    pub(super) muse: Parts,
    pub(super) hst: Parts,
    pub(super) weights: Parts,
    /// |H|².
    pub(super) power: Vec<f64>,
    /// What was subtracted from the MUSE image.
    background: f64,
    /// By how much the HST image was shifted, arcsec.
    shift: (f64, f64),
    /// Frequencies, cycles per arcsec.
    across: Vec<f64>,
    pub(super) along: Vec<f64>,
    /// Radii squared along the two axes, arcsec².
    x2: Vec<f64>,
    y2: Vec<f64>,
    weights_square: f64,
    /// The transforms of the rows of the profile and its derivatives.
    rows: Vec<f64>,
}

/// The three real planes of the profile: value, derivative by the width, by the exponent.
pub(super) const PLANES: usize = 3;

impl<'a> Problem<'a> {
    /// `psf` is the transform of HST's point-spread function, as [`super::psf::transform`] gives
    /// it: the image of MUSE is widened by it and by the filter that made the pixels of HST's.
    pub fn new(prepared: &'a Prepared, step: (f64, f64), psf: &[f64], team: Rows<'a>) -> Self {
        let plan = &prepared.plan;
        let (width, height) = (plan.width, plan.height);
        let mut muse = prepared.muse.clone();
        let folded = |k: usize| k.min(height - k);
        for (kx, column) in muse.chunks_mut(height).enumerate() {
            let psf = &psf[kx * (height / 2 + 1)..];
            for (ky, value) in column.iter_mut().enumerate() {
                *value *= psf[folded(ky)] * resampling_window(kx, folded(ky), width, height);
            }
        }
        let hst = Parts::of(&prepared.hst);
        let weights = Parts::of(&prepared.weights);
        let radii = |count: usize, step: f64| -> Vec<f64> {
            (0..=count / 2).map(|i| (i as f64 * step).powi(2)).collect()
        };
        Problem {
            team,
            plan,
            muse: Parts::of(&muse),
            power: (hst.re.iter().zip(&hst.im))
                .map(|(a, b)| a * a + b * b)
                .collect(),
            weights_square: weights.square(),
            hst,
            weights,
            background: prepared.background,
            shift: prepared.shift,
            across: plan.across_frequencies(step.0),
            along: plan.along_frequencies(step.1),
            x2: radii(width, step.0),
            y2: radii(height, step.1),
            rows: vec![0.0; (height / 2 + 1) * PLANES * plan.columns()],
        }
    }

    /// The ratio of the fluxes: the transforms at frequency 0 hold the sums. 1 where the image of
    /// HST sums up to nothing.
    pub fn scale_guess(&self) -> f64 {
        let guess = self.muse.re[0].hypot(self.muse.im[0]) / self.hst.re[0].hypot(self.hst.im[0]);
        if guess.is_finite() {
            guess
        } else {
            1.0
        }
    }

    /// The transforms of the MUSE image and of the model.
    pub fn spectra(&mut self, values: &[f64]) -> (Vec<C64>, Vec<C64>) {
        let height = self.plan.height;
        let mut model = vec![C64::default(); self.muse.re.len()];
        if let Some(point) = Point::new(self, values) {
            self.transform_rows(&point.moffat);
            let whole = self.whole();
            let this = &*self;
            let make = || Columns::new(this.plan);
            self.team
                .each(&mut model, COLUMNS * height, make, |own, piece, out| {
                    let first = piece * COLUMNS;
                    own.transform(this, first, out.len() / height);
                    for (i, out) in out.chunks_mut(height).enumerate() {
                        let turn = point.across(this, first + i);
                        let at = (first + i) * height;
                        for (y, out) in out.iter_mut().enumerate() {
                            let h = C64::new(this.hst.re[at + y], this.hst.im[at + y]);
                            let w = C64::new(this.weights.re[at + y], this.weights.im[at + y]);
                            let phase = turn * C64::new(point.along_re[y], point.along_im[y]);
                            let k = own.value[i * height + y] / whole[0];
                            *out = w * point.bg + h * phase * (point.scale * k);
                        }
                    }
                });
        }
        let muse = (self.muse.re.iter().zip(&self.muse.im)).map(|(&re, &im)| C64::new(re, im));
        (muse.collect(), model)
    }

    /// Transforms the profile and its derivatives along the rows; only those of one quarter of the
    /// image are needed, the others mirror it. Even rows have real transforms, so that one
    /// complex transform does two.
    fn transform_rows(&mut self, moffat: &Moffat) {
        let (width, columns) = (self.plan.width, self.plan.columns());
        let (x2, y2, across) = (&self.x2, &self.y2, &self.plan.across);
        let make = || {
            (
                [Row::new(columns), Row::new(columns)],
                vec![C64::default(); PLANES * width],
                vec![C64::default(); across.get_inplace_scratch_len()],
            )
        };
        let pair = 2 * PLANES * columns;
        self.team
            .each(&mut self.rows, pair, make, |own, piece, out| {
                let ([a, b], lines, scratch) = own;
                let y = 2 * piece;
                moffat.row(x2, y2[y], a);
                // The last piece may be a single row.
                moffat.row(x2, y2[(y + 1).min(y2.len() - 1)], b);
                let pairs = [
                    (&a.value, &a.by_fwhm),
                    (&b.value, &b.by_fwhm),
                    (&a.by_beta, &b.by_beta),
                ];
                for (line, (re, im)) in lines.chunks_mut(width).zip(pairs) {
                    even(line, re, im);
                }
                across.process_with_scratch(lines, scratch);
                for (row, out) in out.chunks_mut(PLANES * columns).enumerate() {
                    let (value, rest) = out.split_at_mut(columns);
                    let (by_fwhm, by_beta) = rest.split_at_mut(columns);
                    let own = &lines[row * width..];
                    let shared = &lines[2 * width..];
                    for x in 0..columns {
                        value[x] = own[x].re;
                        by_fwhm[x] = own[x].im;
                        by_beta[x] = if row == 0 { shared[x].re } else { shared[x].im };
                    }
                }
            });
    }

    /// The sums of the pixels of the three planes: their transforms at frequency 0.
    fn whole(&self) -> [f64; PLANES] {
        let (columns, last) = (self.plan.columns(), self.plan.height / 2);
        let mut whole = [0.0; PLANES];
        for (y, row) in self.rows.chunks(PLANES * columns).enumerate() {
            let times = if y == 0 || y == last { 1.0 } else { 2.0 };
            for (sum, plane) in whole.iter_mut().zip(row.chunks(columns)) {
                *sum += times * plane[0];
            }
        }
        whole
    }
}

/// Writes an even line whose real and imaginary parts are given from the middle to the far end.
fn even(line: &mut [C64], re: &[f64], im: &[f64]) {
    let n = line.len();
    for (i, (&re, &im)) in re.iter().zip(im).enumerate() {
        let value = C64::new(re, im);
        line[i] = value;
        if i > 0 {
            line[n - i] = value;
        }
    }
}

/// The parameters at one point of the fit, and what follows from them.
pub(super) struct Point {
    moffat: Moffat,
    /// The background less what was subtracted.
    pub bg: f64,
    pub scale: f64,
    shift_x: f64,
    /// The shift's factor of each row.
    pub along_re: Vec<f64>,
    pub along_im: Vec<f64>,
}

impl Point {
    fn new(problem: &Problem, values: &[f64]) -> Option<Self> {
        let &[dx, dy, bg, scale, fwhm, beta] = values else {
            return None;
        };
        let turn = |fy: &f64| -TAU * (dy - problem.shift.1) * fy;
        Some(Point {
            moffat: Moffat::new(fwhm, beta)?,
            bg: bg - problem.background,
            scale,
            shift_x: dx - problem.shift.0,
            along_re: problem.along.iter().map(|fy| turn(fy).cos()).collect(),
            along_im: problem.along.iter().map(|fy| turn(fy).sin()).collect(),
        })
    }

    /// The shift's factor of a column.
    fn across(&self, problem: &Problem, column: usize) -> C64 {
        C64::from_polar(1.0, -TAU * self.shift_x * problem.across[column])
    }
}

/// Unused numbers between lines that are filled side by side: lines whose length is a power of two
/// would all fall into the same few places of the cache.
const PADDING: usize = 8;

/// A few columns of the transform of the profile and its derivatives, not yet divided by the
/// profile's sum.
struct Columns {
    value: Vec<f64>,
    by_fwhm: Vec<f64>,
    by_beta: Vec<f64>,
    lines: Vec<C64>,
    scratch: Vec<C64>,
}

impl Columns {
    fn new(plan: &Plan) -> Self {
        let size = COLUMNS * plan.height;
        Columns {
            value: vec![0.0; size],
            by_fwhm: vec![0.0; size],
            by_beta: vec![0.0; size],
            // Value and derivative of each column; the other derivative of two columns together.
            lines: vec![C64::default(); (COLUMNS + COLUMNS / 2) * (plan.height + PADDING)],
            scratch: vec![C64::default(); plan.along.get_inplace_scratch_len()],
        }
    }

    /// The column `i` of those that were transformed last: value and derivatives.
    fn column(&self, i: usize, height: usize) -> [&[f64]; PLANES] {
        [&self.value, &self.by_fwhm, &self.by_beta].map(|plane| &plane[i * height..][..height])
    }

    /// Transforms `count` columns from `first` on.
    fn transform(&mut self, problem: &Problem, first: usize, count: usize) {
        let (height, columns) = (problem.plan.height, problem.plan.columns());
        let length = height + PADDING;
        let (own, shared) = self.lines.split_at_mut(COLUMNS * length);
        let shared_count = count.div_ceil(2);
        for (y, row) in problem.rows.chunks(PLANES * columns).enumerate() {
            let mirrored = (height - y) % height;
            let (value, by_fwhm) = (&row[first..], &row[columns + first..]);
            let by_beta = &row[2 * columns + first..];
            for x in 0..count {
                let both = C64::new(value[x], by_fwhm[x]);
                own[x * length + y] = both;
                own[x * length + mirrored] = both;
            }
            for pair in 0..shared_count {
                let second = if 2 * pair + 1 < count {
                    by_beta[2 * pair + 1]
                } else {
                    0.0
                };
                let both = C64::new(by_beta[2 * pair], second);
                shared[pair * length + y] = both;
                shared[pair * length + mirrored] = both;
            }
        }
        let along = &problem.plan.along;
        let out = (self.value.chunks_mut(height)).zip(self.by_fwhm.chunks_mut(height));
        for (line, (value, by_fwhm)) in own.chunks_mut(length).zip(out).take(count) {
            let line = &mut line[..height];
            along.process_with_scratch(line, &mut self.scratch);
            for ((z, value), by_fwhm) in line.iter().zip(value).zip(by_fwhm) {
                *value = z.re;
                *by_fwhm = z.im;
            }
        }
        let out = self.by_beta.chunks_mut(2 * height);
        for (line, out) in shared.chunks_mut(length).zip(out).take(shared_count) {
            let line = &mut line[..height];
            along.process_with_scratch(line, &mut self.scratch);
            let (even, odd) = out.split_at_mut(height);
            for ((z, even), odd) in line.iter().zip(even).zip(odd) {
                *even = z.re;
                *odd = z.im;
            }
        }
    }
}

impl Model for Problem<'_> {
    fn points(&self) -> usize {
        2 * self.muse.re.len()
    }

    fn spread(&self) -> f64 {
        let sum: f64 = self.muse.re.iter().sum::<f64>() + self.muse.im.iter().sum::<f64>();
        let mean = sum / self.points() as f64;
        let about = |part: &[f64]| part.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        about(&self.muse.re) + about(&self.muse.im)
    }

    fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> f64 {
        let Some(point) = Point::new(self, values) else {
            return f64::NAN;
        };
        self.transform_rows(&point.moffat);
        let whole = self.whole();
        let columns = self.plan.columns();
        let mut pieces = vec![Sums::default(); columns.div_ceil(COLUMNS)];
        let this = &*self;
        let make = || Columns::new(this.plan);
        self.team.each(&mut pieces, 1, make, |own, piece, out| {
            let first = piece * COLUMNS;
            let count = COLUMNS.min(columns - first);
            own.transform(this, first, count);
            for i in 0..count {
                let column = Column {
                    fx: this.across[first + i],
                    at: (first + i) * this.plan.height,
                    turn: point.across(this, first + i),
                };
                out[0].add(
                    this,
                    &point,
                    &column,
                    own.column(i, this.plan.height),
                    whole,
                );
            }
        });
        let mut sums = Sums::default();
        for piece in pieces {
            for (sum, part) in sums.0.iter_mut().zip(piece.0) {
                *sum += part;
            }
        }
        sums.fill(normal, point.scale, self.weights_square);
        sums.0[Sum::Chi as usize]
    }
}
