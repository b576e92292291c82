//! The image that is reprojected, and its weights.

use std::path::Path;

use crate::error::{Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::run::Run;
use crate::task::header_check::{image_wcs, need_header, Kind};
use crate::task::reproject::border::Border;
use fits::temporary::Scratch;
use fits::{Header, Image, Source};
use sky::{Wcs, Window};

/// What a caller says about the input of a reprojection.
#[derive(Debug, Clone, Copy)]
pub struct InputParams<'a> {
    /// The image.
    pub image: &'a Path,
    /// Which HDU of it (and of the weights), from 0.
    pub hdu: usize,
    /// An image of the same size with a weight for every pixel.
    pub weight_file: Option<&'a Path>,
    /// A weight for all pixels, which multiplies that of the file; 0 means 1.
    pub fixed_weight: f64,
    /// Pixels whose weight in the file is below this are left out.
    pub threshold: f64,
    /// The border string; see [`Border::parse`].
    pub border: &'a str,
    /// What pixel values are multiplied with; 0 means 1.
    pub flux_scale: f64,
}

/// An input image, ready to be read.
pub struct Input {
    image: Source,
    weights: Option<Source>,
    border: Border,
    flux_scale: f64,
    fixed_weight: f64,
    threshold: f64,
    header: Header,
    /// Its pixels and sky.
    pub wcs: Wcs,
    /// Unpacked copies, for as long as they are needed.
    _scratch: Vec<Scratch>,
}

/// Some rows of an input image: values as they are to be used, and weights (0 for what is not).
#[derive(Debug, Default)]
pub struct InputRows {
    /// Values times the flux scale; of no meaning where the weight is 0.
    pub values: Vec<f64>,
    /// Weights.
    pub weights: Vec<f64>,
}

impl Input {
    /// Opens the image, and its weights if there are any. What is packed is unpacked beside
    /// `output`; what is odd about its coordinates is a warning of the run.
    ///
    /// # Errors
    /// When a file is missing, is no image or has another size than the image, its sky is not
    /// understood, or a number makes no sense.
    pub fn open(params: &InputParams, output: &Path, run: &Run) -> Result<Self> {
        let border = Border::parse(params.border)?;
        let flux_scale = factor(params.flux_scale, "fluxScale")?;
        let fixed_weight = factor(params.fixed_weight, "fixedWeight")?;
        if fixed_weight < 0.0 {
            let why = format!("must not be negative (it is {fixed_weight})");
            return Err(Error::argument("fixedWeight", why));
        }
        if params.threshold.is_nan() {
            return Err(Error::argument("threshold", "must be a number (it is NaN)"));
        }
        let image = open_image(params.image, params.hdu, "Image file").map_err(|why| {
            // In Montage's words where it has any.
            let theirs = need_header(params.image, Kind::Fits, params.hdu);
            theirs.err().unwrap_or(why)
        })?;
        let wcs = image_wcs(&image, "Image file", run.warnings())?;
        let weights = match params.weight_file {
            None => None,
            Some(path) => {
                let weights = open_image(path, params.hdu, "Weight file")?;
                weights
                    .source()
                    .need_size_of_image("Weight file", (image.width(), image.height()))?;
                Some(weights)
            }
        };
        let mut scratch = Vec::new();
        let mut direct = |image: Image| -> Result<Source> {
            // A header may claim so many pixels that looking at their places alone takes hours.
            image.source().check_length()?;
            Ok(image.direct(output, &mut scratch)?)
        };
        Ok(Input {
            header: image.header().clone(),
            image: direct(image)?,
            weights: weights.map(&mut direct).transpose()?,
            border,
            flux_scale,
            fixed_weight,
            threshold: params.threshold,
            wcs,
            _scratch: scratch,
        })
    }

    /// The same with the border as mProjectQL takes it.
    #[must_use]
    pub fn for_quick_look(mut self) -> Self {
        self.border = self.border.of_quick_look();
        self
    }

    /// What every pixel weighs; `None` where a file says it for each.
    pub fn same_weight(&self) -> Option<f64> {
        self.weights.is_none().then_some(self.fixed_weight)
    }

    /// Its header as a template.
    pub fn template(&self) -> HeaderTemplate {
        let lines = self.header.cards().iter();
        let text: Vec<u8> = lines
            .flat_map(|card| card.0.into_iter().chain([b'\n']))
            .collect();
        HeaderTemplate::parse(&text, self.image.path())
    }

    /// NAXIS1.
    pub fn width(&self) -> usize {
        self.image.width()
    }

    /// NAXIS2.
    pub fn height(&self) -> usize {
        self.image.height()
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
                    let used = *weight > 0.0 && *weight >= self.threshold && weight.is_finite();
                    *weight = if used {
                        *weight * self.fixed_weight
                    } else {
                        0.0
                    };
                }
            }
            None => {
                rows.weights.clear();
                let count = rows.values.len();
                memory::resize(&mut rows.weights, count, self.fixed_weight)?;
            }
        }
        let pairs = rows.values.chunks_exact_mut(window.width);
        for (row, (values, weights)) in pairs
            .zip(rows.weights.chunks_exact_mut(window.width))
            .enumerate()
        {
            let used = self
                .border
                .columns(window.y + row, self.width(), self.height());
            let (from, to) = used.unwrap_or((0, 0));
            for (column, (value, weight)) in values.iter_mut().zip(weights).enumerate() {
                *value *= self.flux_scale;
                let inside = (from..to).contains(&(window.x + column));
                if !inside || !value.is_finite() {
                    *weight = 0.0;
                }
            }
        }
        Ok(())
    }
}

/// Opens HDU `hdu`; 0 means the first image of the file, which of a packed one is another HDU.
fn open_image(path: &Path, hdu: usize, what: &'static str) -> Result<Image> {
    match hdu {
        0 => Ok(Image::open(path, what)?),
        hdu => Ok(Image::open_hdu(path, hdu, what)?),
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
