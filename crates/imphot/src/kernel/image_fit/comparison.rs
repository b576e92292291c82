//! The images of MUSE and of the model at one point of a fit: as transforms, as images, and how far
//! they are apart.

use std::f64::consts::TAU;

use super::profile::{column_stride, Profile, ProfileColumns};
use super::spectra::{Spectra, SpectraColumns};
use crate::kernel::moffat::Moffat;
use crate::numerics::fourier::{Lines, Plan, Strips, C64, COLUMNS};
use crate::numerics::rows::Rows;
use memory::Result;

/// The frequencies of the transforms, cycles per arcsec.
pub(super) struct Frequencies {
    /// Of the columns.
    pub across: Vec<f64>,
    /// Of the rows 0 to height / 2 (whose sign is minus), and zeros as in a column of the profile.
    pub along: Vec<f64>,
}

impl Frequencies {
    /// For pixels of the size `step`, arcsec.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(plan: &Plan, step: (f64, f64)) -> Result<Self> {
        let mut along = plan.along_frequencies(step.1)?;
        along.truncate(plan.height / 2 + 1);
        memory::resize(&mut along, column_stride(plan.height), 0.0)?;
        Ok(Frequencies {
            across: plan.across_frequencies(step.0)?,
            along,
        })
    }
}

/// The parameters at one point of the fit, and what follows from them.
pub(super) struct Point {
    pub moffat: Moffat,
    /// The background less what was subtracted.
    pub bg: f64,
    pub scale: f64,
    /// The shift's factor of each column.
    pub across: Vec<C64>,
    /// The shift's factor of each row from 0 to height / 2: real parts, imaginary parts.
    pub along: [Vec<f64>; 2],
}

impl Point {
    /// `values` are those of [`super::NAMES`], `background` what was subtracted from the image of
    /// MUSE, `shift` by how much that of HST was shifted, arcsec. `None` where there is no profile
    /// of such a width and exponent.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(
        frequencies: &Frequencies,
        values: &[f64],
        background: f64,
        shift: (f64, f64),
    ) -> Result<Option<Self>> {
        let &[dx, dy, bg, scale, fwhm, beta] = values else {
            return Ok(None);
        };
        let Some(moffat) = Moffat::new(fwhm, beta) else {
            return Ok(None);
        };
        let turn = |by: f64| move |f: &f64| C64::from_polar(1.0, -TAU * by * f);
        let along = || frequencies.along.iter().map(turn(dy - shift.1));
        Ok(Some(Point {
            moffat,
            bg: bg - background,
            scale,
            across: memory::collect(frequencies.across.iter().map(turn(dx - shift.0)))?,
            along: [
                memory::collect(along().map(|z| z.re))?,
                memory::collect(along().map(|z| z.im))?,
            ],
        }))
    }
}

/// The two images at one point of the fit.
pub(super) struct Comparison<'a> {
    pub spectra: &'a Spectra,
    /// Of the profile of the point.
    pub profile: &'a Profile,
    pub point: &'a Point,
}

/// Room for some columns of both.
struct Columns {
    spectra: SpectraColumns,
    profile: ProfileColumns,
}

impl Comparison<'_> {
    fn room(&self) -> Result<Columns> {
        Ok(Columns {
            spectra: self.spectra.room()?,
            profile: self.profile.room()?,
        })
    }

    /// Transforms the columns from `first` on: those of HST become those of the model.
    fn load(&self, first: usize, columns: &mut Columns) {
        self.spectra.load(first, &mut columns.spectra);
        self.profile.load(first, &mut columns.profile);
        let (height, point) = (self.spectra.plan.height, self.point);
        for i in 0..self.spectra.plan.columns_from(first) {
            let turn = point.across[first + i];
            let [profile, ..] = columns.profile.column(i);
            let weights = columns.spectra.weights.line(i);
            let model = columns.spectra.hst.line_mut(i);
            for (y, (value, weight)) in model.iter_mut().zip(weights).enumerate() {
                let folded = y.min(height - y);
                let along = C64::new(point.along[0][folded], point.along[1][folded]);
                let along = if y == folded { along } else { along.conj() };
                let factor = point.scale * profile[folded];
                *value = weight * point.bg + *value * (turn * along) * factor;
            }
        }
    }

    /// The transforms of the image of MUSE and of the model.
    ///
    /// # Errors
    /// When memory is out.
    pub fn transforms(&self, team: Rows) -> Result<Vec<[C64; 2]>> {
        let (height, columns) = (self.spectra.plan.height, self.spectra.plan.columns());
        let count = memory::product(height, columns)?;
        let mut pairs = memory::filled(count, [C64::default(); 2])?;
        let make = || self.room();
        team.each(&mut pairs, COLUMNS * height, make, |own, piece, out| {
            self.load(piece * COLUMNS, own);
            for (i, out) in out.chunks_exact_mut(height).enumerate() {
                let both = own.spectra.muse.line(i).iter().zip(own.spectra.hst.line(i));
                for (pair, (muse, model)) in out.iter_mut().zip(both) {
                    *pair = [*muse, *model];
                }
            }
        })?;
        Ok(pairs)
    }

    /// The first pixels, `size` of them along the axes, of the image of MUSE and of the model.
    ///
    /// # Errors
    /// When memory is out.
    pub fn images(&self, size: (usize, usize), team: Rows) -> Result<[Vec<f64>; 2]> {
        let lines: [fn(&mut Columns) -> &mut Lines; 2] =
            [|own| &mut own.spectra.muse, |own| &mut own.spectra.hst];
        Ok(self.back(size, Vec::new(), team, |_, _| 0.0, lines)?.0)
    }

    /// The same of what the model leaves of the image of MUSE, and the sum of the squares of what it
    /// leaves of the transform. The memory `used` is used again.
    ///
    /// # Errors
    /// When memory is out.
    pub fn residual(
        &self,
        size: (usize, usize),
        used: Vec<f64>,
        team: Rows,
    ) -> Result<(Vec<f64>, f64)> {
        let subtract = |own: &mut Columns, i: usize| {
            let muse = own.spectra.muse.line_mut(i);
            let model = own.spectra.hst.line(i);
            let left = muse.iter_mut().zip(model).map(|(muse, model)| {
                *muse -= model;
                muse.norm_sqr()
            });
            left.sum()
        };
        let lines: [fn(&mut Columns) -> &mut Lines; 1] = [|own| &mut own.spectra.muse];
        let ([image], sum) = self.back(size, used, team, subtract, lines)?;
        Ok((image, sum))
    }

    /// Transforms some of the columns back, after `each` has been given every column; hands out the
    /// sum of what it answered, too.
    fn back<const N: usize>(
        &self,
        (width, height): (usize, usize),
        used: Vec<f64>,
        team: Rows,
        each: impl Fn(&mut Columns, usize) -> f64 + Sync,
        lines: [fn(&mut Columns) -> &mut Lines; N],
    ) -> Result<([Vec<f64>; N], f64)> {
        let plan = &self.spectra.plan;
        let mut strips = Strips::new(plan, N, height, used)?;
        let piece = strips.piece();
        let mut sums = memory::zeros(plan.columns().div_ceil(COLUMNS))?;
        let make = || self.room();
        let (strip, sum) = ((&mut strips.values[..], piece), (&mut sums[..], 1));
        team.each_of_two(strip, sum, make, |own, number, out, sum| {
            let first = number * COLUMNS;
            self.load(first, own);
            let count = plan.columns_from(first);
            sum[0] = (0..count).map(|i| each(own, i)).sum();
            for (out, lines) in out.chunks_exact_mut(piece / N).zip(lines) {
                plan.columns_back(lines(own), count, out);
            }
        })?;
        let mut images = std::array::from_fn(|_| Vec::new());
        for (which, image) in images.iter_mut().enumerate() {
            *image = plan.image(&strips, which, width, team)?;
        }
        Ok((images, sums.iter().sum()))
    }
}
