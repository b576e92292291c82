//! The model of the transform of the MUSE image, and its chi-square with the normal equations.
//!
//! With W the transform of the weights and H that of the weighted HST image, the model is
//! b W + s K T, where K is the transform of the Moffat profile (real, since the profile is
//! even), and T that of the HST image times exp(-2 pi i (dx fx + dy fy)). All derivatives but that
//! by b are real or imaginary multiples of T, so that most of the normal equations need |T|² = |H|²
//! only, and the shift is uncorrelated with scale, width and exponent by construction.

use super::comparison::{Frequencies, Point};
use super::prepare::Prepared;
use super::profile::{column_stride, Profile};
use super::spectra::{Spectra, SpectraColumns};
use super::sums::{Column, Constants, Sums, PARTS};
use crate::numerics::fourier::{C64, COLUMNS};
use crate::numerics::least_squares::{Model, Normal};
use crate::numerics::rows::Rows;
use memory::Result;

/// A fit that is ready to be done.
pub(super) struct Problem<'a> {
    team: Rows<'a>,
    prepared: &'a Prepared,
    profile: Profile,
    fits_beta: bool,
    frequencies: Frequencies,
    /// The columns of the data: the parts that [`Sums`] reads.
    data: Vec<f64>,
    constants: Constants,
}

/// How far off chi-square may be, relative to the square of the data: in fits of 20 fields of 90 to
/// 320 pixels the worst was a quarter of this.
const ROUNDING: f64 = 128.0 * f64::EPSILON;

impl<'a> Problem<'a> {
    /// `step` is the size of a pixel, arcsec; `fits_beta`: the exponent is fitted.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(
        prepared: &'a Prepared,
        step: (f64, f64),
        fits_beta: bool,
        team: Rows<'a>,
    ) -> Result<Self> {
        let spectra = &prepared.spectra;
        let record = PARTS * column_stride(spectra.plan.height);
        let mut data = memory::zeros(memory::product(spectra.plan.columns(), record)?)?;
        let pieces = spectra.plan.columns().div_ceil(COLUMNS);
        let mut pieces = memory::filled(pieces, Constants::default())?;
        let make = || spectra.room();
        let all = (&mut data[..], COLUMNS * record);
        team.each_of_two(all, (&mut pieces, 1), make, |own, piece, out, sums| {
            spectra.load(piece * COLUMNS, own);
            for (i, out) in out.chunks_exact_mut(record).enumerate() {
                sums[0] += fold(own, i, out);
            }
        })?;
        let mut constants = Constants::default();
        for piece in pieces {
            constants += piece;
        }
        Ok(Problem {
            team,
            prepared,
            profile: Profile::new(&spectra.plan, step, fits_beta)?,
            fits_beta,
            frequencies: Frequencies::new(&spectra.plan, step)?,
            data,
            constants,
        })
    }

    fn spectra(&self) -> &'a Spectra {
        &self.prepared.spectra
    }

    /// The ratio of the fluxes: the transforms at frequency 0 hold the sums. 1 where the image of
    /// HST sums up to nothing.
    pub fn scale_guess(&self) -> f64 {
        let guess = self.spectra().muse.sum().abs() / self.spectra().hst.sum().abs();
        if guess.is_finite() {
            guess
        } else {
            1.0
        }
    }

    /// The point of the parameters `values`, with the profile being that of it. `None` where there
    /// is no such profile.
    ///
    /// # Errors
    /// When memory is out.
    pub fn at(&mut self, values: &[f64]) -> Result<Option<Point>> {
        let Prepared {
            background, shift, ..
        } = self.prepared;
        let Some(point) = Point::new(&self.frequencies, values, *background, *shift)? else {
            return Ok(None);
        };
        self.profile.set(&point.moffat, self.team)?;
        Ok(Some(point))
    }

    /// The transforms of the image of MUSE and of the model.
    #[cfg(test)]
    pub fn transforms(&mut self, values: &[f64]) -> Option<Vec<[C64; 2]>> {
        let point = self.at(values).unwrap()?;
        let comparison = super::comparison::Comparison {
            spectra: self.spectra(),
            profile: &self.profile,
            point: &point,
        };
        Some(comparison.transforms(self.team).unwrap())
    }

    /// What remains of use when the fit is done: the profile that was last asked for, and memory.
    pub fn into_parts(self) -> (Profile, Vec<f64>) {
        (self.profile, self.data)
    }
}

/// Folds the column `i` of those that were loaded into a record of [`Problem::data`]; hands out its
/// sums.
fn fold(columns: &SpectraColumns, i: usize, record: &mut [f64]) -> Constants {
    let (muse, hst) = (columns.muse.line(i), columns.hst.line(i));
    let weights = columns.weights.line(i);
    let (half, stride) = (muse.len() / 2, column_stride(muse.len()));
    let (images, power) = record.split_at_mut(8 * stride);
    for (planes, image) in images.chunks_exact_mut(4 * stride).zip([muse, weights]) {
        let [sum_re, sum_im, difference_re, difference_im] = planes_of(planes, stride);
        let mut put = |y: usize, here: C64, there: C64| {
            let (sum, difference) = (here + there, there - here);
            (sum_re[y], sum_im[y]) = (sum.re, sum.im);
            (difference_re[y], difference_im[y]) = (difference.re, difference.im);
        };
        let product = |y: usize| hst[y].conj() * image[y];
        // 0 and the highest frequency have no partner.
        put(0, product(0), C64::default());
        put(half, product(half), C64::default());
        for y in 1..half {
            put(y, product(y), product(2 * half - y));
        }
    }
    let [sum, difference] = planes_of(power, stride);
    let square = |y: usize| hst[y].norm_sqr();
    (sum[0], difference[0]) = (square(0), square(0));
    (sum[half], difference[half]) = (square(half), square(half));
    for y in 1..half {
        let (here, there) = (square(y), square(2 * half - y));
        (sum[y], difference[y]) = (here + there, here - there);
    }
    let mut sums = Constants::default();
    for (muse, weight) in muse.iter().zip(weights) {
        sums.mm += muse.norm_sqr();
        sums.ww += weight.norm_sqr();
        sums.wm += (weight.conj() * muse).re;
        sums.m += muse.re + muse.im;
    }
    sums
}

/// The first planes of `stride` numbers.
fn planes_of<const N: usize>(planes: &mut [f64], stride: usize) -> [&mut [f64]; N] {
    let mut planes = planes.chunks_exact_mut(stride);
    std::array::from_fn(|_| planes.next().unwrap_or_default())
}

impl Model for Problem<'_> {
    fn points(&self) -> usize {
        2 * self.spectra().plan.columns() * self.spectra().plan.height
    }

    fn spread(&self) -> f64 {
        self.constants.mm - self.constants.m * self.constants.m / self.points() as f64
    }

    fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> Result<f64> {
        let Some(point) = self.at(values)? else {
            return Ok(f64::NAN);
        };
        let columns = self.spectra().plan.columns();
        let record = self.data.len() / columns;
        let mut pieces = memory::filled(columns.div_ceil(COLUMNS), Sums::default())?;
        let this = &*self;
        let make = || this.profile.room();
        this.team.each(&mut pieces, 1, make, |own, piece, out| {
            let first = piece * COLUMNS;
            this.profile.load(first, own);
            let data = this.data.chunks_exact(record).skip(first);
            for (i, data) in data.take(COLUMNS).enumerate() {
                out[0].add(&Column {
                    fx: this.frequencies.across[first + i],
                    turn: point.across[first + i],
                    along: &this.frequencies.along,
                    turns: [&point.along[0], &point.along[1]],
                    profile: own.column(i),
                    by_beta: this.fits_beta,
                    parts: data,
                });
            }
        })?;
        let mut sums = Sums::default();
        for piece in pieces {
            sums += piece;
        }
        sums.fill(normal, &this.constants, point.bg, point.scale);
        Ok(sums.chi_square(&this.constants, point.bg, point.scale))
    }

    fn rounding(&self) -> f64 {
        ROUNDING * self.constants.mm
    }
}
