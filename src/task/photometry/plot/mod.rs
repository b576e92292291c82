//! The pictures of the fits (`hardcopy`): what was fitted, with what, and what is left. They show
//! what imphot's show, drawn once for all formats.

mod chart;
mod image_fit;
mod star_fit;
mod text;

use std::path::{Path, PathBuf};

pub use crate::io::picture::Format;
pub use image_fit::{plot_image_fit, ImageFitPlot, Plane};
pub use star_fit::{plot_star_fit, StarFitPlot, StarPanel};

use super::field::beside;
use crate::error::{Error, Result};

impl Format {
    /// The format that the argument `hardcopy` asks for: the suffix of a file name, nothing for ""
    /// and `none`.
    ///
    /// # Errors
    /// When no picture can be written in it.
    pub fn of(text: &str) -> Result<Option<Self>> {
        if text.is_empty() || text == "none" {
            return Ok(None);
        }
        Format::of_suffix(text).map(Some).ok_or_else(|| {
            let known = Format::ALL.map(Format::suffix).join(", ");
            Error::argument(
                "hardcopy",
                format!("no picture can be written as '{text}' (known are {known}, none)"),
            )
        })
    }
}

/// The file of a picture: `prefix` (the path of the MUSE image without `.fits`), `_image_fit` or
/// `_star_fit`, and the suffix of its format.
pub fn plot_path(prefix: &Path, which: &str, format: Format) -> PathBuf {
    beside(prefix, &format!("{which}.{}", format.suffix()))
}

#[cfg(test)]
mod tests;
