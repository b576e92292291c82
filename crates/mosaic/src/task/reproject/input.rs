//! The file of the image that is reprojected, and that of its weights.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::io::header_template::HeaderTemplate;
use crate::run::Run;
use crate::stream::reproject::{Input, Selection};
use crate::stream::Unpacked;
use crate::task::header_check::{image_wcs, need_header, Kind};
use fits::{Header, Image};

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
pub struct InputFile {
    /// Its pixels.
    pub pixels: Input<Unpacked>,
    header: Header,
    path: PathBuf,
}

impl InputFile {
    /// Opens the image, and its weights if there are any. What is packed is unpacked beside
    /// `output`; what is odd about its coordinates is a warning of the run.
    ///
    /// # Errors
    /// When a file is missing, is no image or has another size than the image, its sky is not
    /// understood, or a number makes no sense.
    pub fn open(params: &InputParams, output: &Path, run: &Run) -> Result<Self> {
        let selection = Selection::new(
            params.border,
            params.flux_scale,
            params.fixed_weight,
            params.threshold,
        )?;
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
        let unpack = |image: Image| {
            // A header may claim so many pixels that looking at their places alone takes hours.
            image.source().check_length()?;
            Unpacked::new(image, output)
        };
        Ok(InputFile {
            header: image.header().clone(),
            path: image.path().to_owned(),
            pixels: Input {
                image: unpack(image)?,
                weights: weights.map(unpack).transpose()?,
                selection,
                wcs,
            },
        })
    }

    /// Its header as a template.
    pub fn template(&self) -> HeaderTemplate {
        let lines = self.header.cards().iter();
        let text: Vec<u8> = lines
            .flat_map(|card| card.0.into_iter().chain([b'\n']))
            .collect();
        HeaderTemplate::parse(&text, &self.path)
    }
}

/// Opens HDU `hdu`; 0 means the first image of the file, which of a packed one is another HDU.
fn open_image(path: &Path, hdu: usize, what: &'static str) -> Result<Image> {
    match hdu {
        0 => Ok(Image::open(path, what)?),
        hdu => Ok(Image::open_hdu(path, hdu, what)?),
    }
}
