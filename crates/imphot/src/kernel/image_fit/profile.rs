//! The transform of the Moffat profile and of its derivatives by width and exponent, sampled at the
//! pixels: all real and even along both axes, so that one quarter of them says all.

use crate::kernel::moffat::{Moffat, Row};
use crate::numerics::cosine::Cosine;
use crate::numerics::fourier::{Lines, Plan, C64, COLUMNS};
use crate::numerics::rows::Rows;
use crate::numerics::vectors::widest;
use memory::Result;

/// The three planes: value, derivative by the width, by the exponent.
pub(super) const PLANES: usize = 3;

/// A column's frequencies are a multiple of this: the most that are worked on side by side, in a
/// vector register.
pub(super) const LANES: usize = 8;

/// The profile of one width and exponent: its rows transformed, not yet its columns.
pub(super) struct Profile {
    /// Radii squared along the two axes, arcsec².
    x2: Vec<f64>,
    y2: Vec<f64>,
    across: Cosine,
    along: Cosine,
    /// From one plane of a row to the next.
    stride: usize,
    rows: Vec<f64>,
    /// Whether the derivative by the exponent is wanted, which a fit with a fixed one is not: a
    /// third of the work. Without, its plane is zero.
    by_beta: bool,
    /// Of which profile they are.
    of: Option<Moffat>,
    /// The sums of the pixels of the three planes: their transforms at frequency 0.
    whole: [f64; PLANES],
}

/// Some neighbouring columns of the transform, divided by the sum of the profile: the profile is
/// then one of sum 1, the derivatives are those of that. Frequencies are from 0 to height / 2, and as
/// many zeros as fill a vector.
pub(super) struct ProfileColumns {
    planes: [Vec<f64>; PLANES],
    lines: Lines,
    firsts: [C64; LINES],
}

/// Value and derivative of each column are one line; the other derivatives of two columns another.
const LINES: usize = COLUMNS + COLUMNS / 2;

/// How many numbers a column of `height` frequencies takes.
pub(super) fn column_stride(height: usize) -> usize {
    (height / 2 + 1).next_multiple_of(LANES)
}

/// One row of the profile, [`COLUMNS`] frequencies of it.
type Part = [f64; COLUMNS];

fn part(row: &[f64], at: usize) -> Part {
    std::array::from_fn(|i| row[at..at + COLUMNS][i])
}

impl Profile {
    /// For images of pixels of the size `step`, arcsec; not of any profile yet. `by_beta`: with the
    /// derivative by the exponent.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(plan: &Plan, step: (f64, f64), by_beta: bool) -> Result<Self> {
        let radii = |count: usize, step: f64| {
            memory::collect((0..=count / 2).map(|i| (i as f64 * step).powi(2)))
        };
        let stride = plan.columns().next_multiple_of(COLUMNS);
        Ok(Profile {
            x2: radii(plan.width, step.0)?,
            y2: radii(plan.height, step.1)?,
            across: Cosine::new(plan.width)?,
            along: Cosine::new(plan.height)?,
            stride,
            rows: memory::zeros(memory::product(plan.height / 2 + 1, PLANES * stride)?)?,
            by_beta,
            of: None,
            whole: [0.0; PLANES],
        })
    }

    /// Room for some columns.
    ///
    /// # Errors
    /// When memory is out.
    pub fn room(&self) -> Result<ProfileColumns> {
        let half = self.along.half();
        let plane = || memory::zeros(COLUMNS * column_stride(2 * half));
        Ok(ProfileColumns {
            planes: [plane()?, plane()?, plane()?],
            lines: Lines::new(LINES, half, self.along.scratch())?,
            firsts: [C64::default(); LINES],
        })
    }

    /// Transforms the rows of the profile `moffat` and of its derivatives. Even rows have real
    /// transforms, so that one complex transform does two.
    ///
    /// # Errors
    /// When memory is out.
    pub fn set(&mut self, moffat: &Moffat, team: Rows) -> Result<()> {
        if self.of == Some(*moffat) {
            return Ok(());
        }
        self.of = None;
        let (x2, y2, across, stride) = (&self.x2, &self.y2, &self.across, self.stride);
        let with_beta = self.by_beta;
        let make = || {
            Ok((
                [Row::new(x2.len())?, Row::new(x2.len())?],
                memory::filled(across.half(), C64::default())?,
                memory::filled(across.scratch(), C64::default())?,
                memory::zeros(stride)?,
            ))
        };
        let pair = 2 * PLANES * stride;
        team.each(&mut self.rows, pair, make, |own, piece, out| {
            let ([a, b], line, scratch, same) = own;
            let y = 2 * piece;
            moffat.row(x2, y2[y], a);
            // The last piece is a single row.
            moffat.row(x2, y2[(y + 1).min(y2.len() - 1)], b);
            let (first, second) = out.split_at_mut(PLANES * stride);
            let mut transform = |re: &[f64], im: &[f64], out: [&mut [f64]; 2]| {
                let one = across.fold_line(re, im, line);
                across.finish(line, one, scratch, out);
            };
            let (own_a, beta_a) = first.split_at_mut(2 * stride);
            let (value, by_fwhm) = own_a.split_at_mut(stride);
            transform(&a.value, &a.by_fwhm, [value, by_fwhm]);
            if second.is_empty() {
                if with_beta {
                    // What is written twice is the same: both are of row a.
                    transform(&a.by_beta, &a.by_beta, [beta_a, same]);
                }
                return;
            }
            let (own_b, beta_b) = second.split_at_mut(2 * stride);
            let (value, by_fwhm) = own_b.split_at_mut(stride);
            transform(&b.value, &b.by_fwhm, [value, by_fwhm]);
            if with_beta {
                transform(&a.by_beta, &b.by_beta, [beta_a, beta_b]);
            }
        })?;
        self.whole = [0.0; PLANES];
        let last = self.along.half();
        for (y, row) in self.rows.chunks_exact(PLANES * stride).enumerate() {
            let times = if y == 0 || y == last { 1.0 } else { 2.0 };
            for (sum, plane) in self.whole.iter_mut().zip(row.chunks_exact(stride)) {
                *sum += times * plane[0];
            }
        }
        self.of = Some(*moffat);
        Ok(())
    }

    /// Transforms [`COLUMNS`] columns from `first` on; those that there are not are of no use.
    pub fn load(&self, first: usize, columns: &mut ProfileColumns) {
        widest(
            #[inline(always)]
            || {
                if self.by_beta {
                    self.fold::<PLANES, LINES>(first, columns);
                } else {
                    self.fold::<{ PLANES - 1 }, COLUMNS>(first, columns);
                }
            },
        );
        let stride = column_stride(2 * self.along.half());
        let [value, by_fwhm, by_beta] = &mut columns.planes;
        let own = value
            .chunks_exact_mut(stride)
            .zip(by_fwhm.chunks_exact_mut(stride));
        let own = own.map(|(value, by_fwhm)| [value, by_fwhm]);
        let two = by_beta.chunks_exact_mut(2 * stride);
        let shared = two.map(|two| two.split_at_mut(stride).into());
        let lines = self.lines();
        for ((i, out), first) in own
            .chain(shared)
            .take(lines)
            .enumerate()
            .zip(columns.firsts)
        {
            let (line, scratch) = columns.lines.line_and_scratch(i);
            self.along.finish(line, first, scratch, out);
        }
        let [whole, fwhm_whole, beta_whole] = self.whole;
        let per_whole = 1.0 / whole;
        widest(
            #[inline(always)]
            || {
                let derivatives = by_fwhm.iter_mut().zip(by_beta.iter_mut());
                for (value, (by_fwhm, by_beta)) in value.iter_mut().zip(derivatives) {
                    *value *= per_whole;
                    *by_fwhm = (*by_fwhm - *value * fwhm_whole) * per_whole;
                    *by_beta = (*by_beta - *value * beta_whole) * per_whole;
                }
            },
        );
    }

    /// How many of the [`LINES`] are wanted.
    fn lines(&self) -> usize {
        if self.by_beta {
            LINES
        } else {
            COLUMNS
        }
    }

    /// Makes the first `FILLED` lines of some columns, from the first `USED` planes, ready for their
    /// transform.
    #[inline(always)]
    fn fold<const USED: usize, const FILLED: usize>(
        &self,
        first: usize,
        columns: &mut ProfileColumns,
    ) {
        let half = self.along.half();
        let (length, lines) = (columns.lines.stride(), columns.lines.all());
        columns.firsts = [C64::default(); LINES];
        let row = |y: usize| -> [Part; PLANES] {
            let row = &self.rows[y * PLANES * self.stride..][..PLANES * self.stride];
            std::array::from_fn(|plane| match plane < USED {
                true => part(row, plane * self.stride + first),
                false => [0.0; COLUMNS],
            })
        };
        for j in 0..=half / 2 {
            let (near, far) = (row(j), row(half - j));
            let mut low = [[0.0; COLUMNS]; PLANES];
            let mut high = low;
            let mut ones = low;
            for plane in 0..USED {
                for x in 0..COLUMNS {
                    let folded = self.along.fold(j, near[plane][x], far[plane][x]);
                    low[plane][x] = folded.low;
                    high[plane][x] = folded.high;
                    ones[plane][x] = folded.first;
                }
            }
            let pair = |planes: &[Part; PLANES], line: usize| match line.checked_sub(COLUMNS) {
                None => C64::new(planes[0][line], planes[1][line]),
                Some(pair) => C64::new(planes[2][2 * pair], planes[2][2 * pair + 1]),
            };
            for line in 0..FILLED {
                lines[line * length + j] = pair(&low, line);
                // The place `half` is that of 0 again, which has both.
                if j > 0 {
                    lines[line * length + half - j] = pair(&high, line);
                }
                columns.firsts[line] += pair(&ones, line);
            }
        }
    }
}

impl ProfileColumns {
    /// The column `i` of those that were transformed last: value and derivatives.
    pub fn column(&self, i: usize) -> [&[f64]; PLANES] {
        let stride = self.planes[0].len() / COLUMNS;
        std::array::from_fn(|plane| &self.planes[plane][i * stride..][..stride])
    }
}
