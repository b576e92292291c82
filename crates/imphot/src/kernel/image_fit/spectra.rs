//! The transforms of the images that are fitted. Of each image only the rows are kept transformed:
//! the columns are, when they are wanted, a few at a time.

use std::sync::Arc;

use crate::numerics::fourier::{Lines, Plan, RowSpectra, C64};
use memory::Result;

/// The three images that a fit needs.
pub(super) struct Spectra {
    /// The transforms' size.
    pub plan: Plan,
    /// The image of MUSE, less its background, times the weights.
    pub muse: RowSpectra,
    /// The image of HST, times the weights.
    pub hst: RowSpectra,
    /// The weights.
    pub weights: RowSpectra,
    /// How the pixels of HST see a point ([`crate::kernel::psf::resampled`]): by this
    /// the image of MUSE is widened.
    pub psf: Arc<Vec<f64>>,
}

/// Some neighbouring columns of the three transforms.
pub(super) struct SpectraColumns {
    pub muse: Lines,
    pub hst: Lines,
    pub weights: Lines,
}

impl Spectra {
    /// Room for some columns.
    ///
    /// # Errors
    /// When memory is out.
    pub fn room(&self) -> Result<SpectraColumns> {
        Ok(SpectraColumns {
            muse: self.plan.lines()?,
            hst: self.plan.lines()?,
            weights: self.plan.lines()?,
        })
    }

    /// Transforms the columns from `first` on; those of MUSE are widened.
    pub fn load(&self, first: usize, columns: &mut SpectraColumns) {
        for (image, lines) in [
            (&self.muse, &mut columns.muse),
            (&self.hst, &mut columns.hst),
            (&self.weights, &mut columns.weights),
        ] {
            self.plan.transform_columns(image, first, lines);
        }
        let half = self.plan.height / 2;
        for (i, psf) in (self.psf.chunks_exact(half + 1).skip(first))
            .take(self.plan.columns_from(first))
            .enumerate()
        {
            let (low, high) = columns.muse.line_mut(i).split_at_mut(half);
            let widen = |(value, psf): (&mut C64, &f64)| *value *= *psf;
            low.iter_mut().zip(psf).for_each(widen);
            high.iter_mut().zip(psf[1..].iter().rev()).for_each(widen);
        }
    }
}
