//! What a fit of a whole image found.

use crate::error::Result;
use crate::kernel::image_fit::Planes;
use crate::task::report::FittedPhotometry;
use mosaic::task::outcome::{Fields, Outcome};
use sky::Window;

/// What a fit of an image found.
pub struct FitImageOutcome {
    /// The fitted parameters and the report.
    pub photometry: FittedPhotometry,
    /// The chi-square of the fit.
    pub chi_square: f64,
    /// The part of the image that was fitted, pixels counted from 0.
    pub crop: Window,
    pub(super) planes: Planes,
}

/// The images at the end of a fit, and the amplitudes of their transforms with frequency 0 in the
/// middle (`ft_width` / 2, `ft_height` / 2, counted from 0).
pub struct FittedImages {
    /// Pixels of the first axis of the images.
    pub width: usize,
    /// Pixels of the second axis of the images.
    pub height: usize,
    /// The image of MUSE as it was fitted.
    pub muse_im: Vec<f64>,
    /// The image of HST with the fitted parameters.
    pub hst_im: Vec<f64>,
    /// Pixels of the first axis of the transforms.
    pub ft_width: usize,
    /// Pixels of the second axis of the transforms.
    pub ft_height: usize,
    /// Amplitudes of the transform of `muse_im`.
    pub muse_ft: Vec<f64>,
    /// Amplitudes of the transform of `hst_im`.
    pub hst_ft: Vec<f64>,
    /// Amplitudes of the difference of the two.
    pub residual_ft: Vec<f64>,
}

impl Outcome for FitImageOutcome {
    fn fields(&self) -> Fields {
        self.photometry.fields()
    }
}

impl FitImageOutcome {
    /// The images at the end of the fit, for plots and files.
    ///
    /// # Errors
    /// When memory is out.
    pub fn images(&self) -> Result<FittedImages> {
        let (ft_width, ft_height) = self.planes.padded;
        let (images, amplitudes) = (self.planes.images()?, self.planes.amplitudes()?);
        Ok(FittedImages {
            width: self.crop.width,
            height: self.crop.height,
            muse_im: images.muse,
            hst_im: images.hst,
            ft_width,
            ft_height,
            muse_ft: amplitudes.muse,
            hst_ft: amplitudes.hst,
            residual_ft: amplitudes.residual,
        })
    }
}
