//! The image that is reprojected, and its weights.

use sky::{Wcs, Window};

use crate::error::{Error, Result};
use crate::kernel::reproject::Border;

use super::super::PixelSource;

/// Which pixels of an input are used, and how.
#[derive(Debug, Clone)]
pub struct Selection {
    border: Border,
    flux_scale: f64,
    fixed_weight: f64,
    threshold: f64,
}

impl Selection {
    /// `border` is Montage's border string, see [`Border::parse`]; `flux_scale` multiplies the pixel values
    /// and `fixed_weight` the weights, 0 meaning 1; pixels whose weight in the weight image is below
    /// `threshold` are left out.
    ///
    /// # Errors
    /// When a number makes no sense, named as in Montage's C interface.
    pub fn new(border: &str, flux_scale: f64, fixed_weight: f64, threshold: f64) -> Result<Self> {
        let border = Border::parse(border)?;
        let flux_scale = factor(flux_scale, "fluxScale")?;
        let fixed_weight = factor(fixed_weight, "fixedWeight")?;
        if fixed_weight < 0.0 {
            let why = format!("must not be negative (it is {fixed_weight})");
            return Err(Error::argument("fixedWeight", why));
        }
        if threshold.is_nan() {
            return Err(Error::argument("threshold", "must be a number (it is NaN)"));
        }
        Ok(Selection {
            border,
            flux_scale,
            fixed_weight,
            threshold,
        })
    }

    /// The same with the border as mProjectQL takes it.
    #[must_use]
    pub fn for_quick_look(self) -> Self {
        Selection {
            border: self.border.of_quick_look(),
            ..self
        }
    }
}

/// A factor of which 0 means 1, as in Montage.
fn factor(value: f64, name: &'static str) -> Result<f64> {
    if !value.is_finite() {
        let why = format!("must be a finite number (it is {value})");
        return Err(Error::argument(name, why));
    }
    Ok(if value == 0.0 { 1.0 } else { value })
}

/// An image that is reprojected.
pub struct Input<S> {
    /// Its pixels.
    pub image: S,
    /// An image of the same size with a weight for every pixel.
    pub weights: Option<S>,
    /// Which pixels are used.
    pub selection: Selection,
    /// Its pixels and sky.
    pub wcs: Wcs,
}

/// Some rows of an input image: values as they are to be used, and weights (0 for what is not).
#[derive(Debug, Default)]
pub struct InputRows {
    /// Values times the flux scale; of no meaning where the weight is 0.
    pub values: Vec<f64>,
    /// Weights.
    pub weights: Vec<f64>,
}

impl<S: PixelSource> Input<S> {
    /// What every pixel weighs; `None` where a weight image says it for each.
    pub fn same_weight(&self) -> Option<f64> {
        let weight = self.selection.fixed_weight;
        self.weights.is_none().then_some(weight)
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        self.image.size()
    }

    /// Reads `window`. A pixel has weight 0 where it is blank, beyond the border, or its weight
    /// in the file is below the threshold, not above 0 or not a number.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self, window: Window, rows: &mut InputRows) -> Result<()> {
        self.image.read(window, &mut rows.values)?;
        match &self.weights {
            Some(weights) => {
                weights.read(window, &mut rows.weights)?;
                for weight in &mut rows.weights {
                    let used =
                        *weight > 0.0 && *weight >= self.selection.threshold && weight.is_finite();
                    *weight = if used {
                        *weight * self.selection.fixed_weight
                    } else {
                        0.0
                    };
                }
            }
            None => {
                rows.weights.clear();
                let count = rows.values.len();
                memory::resize(&mut rows.weights, count, self.selection.fixed_weight)?;
            }
        }
        let (width, height) = self.size();
        let pairs = rows.values.chunks_exact_mut(window.width);
        for (row, (values, weights)) in pairs
            .zip(rows.weights.chunks_exact_mut(window.width))
            .enumerate()
        {
            let used = (self.selection.border).columns(window.y + row, width, height);
            let (from, to) = used.unwrap_or((0, 0));
            for (column, (value, weight)) in values.iter_mut().zip(weights).enumerate() {
                *value *= self.selection.flux_scale;
                let inside = (from..to).contains(&(window.x + column));
                if !inside || !value.is_finite() {
                    *weight = 0.0;
                }
            }
        }
        Ok(())
    }
}
