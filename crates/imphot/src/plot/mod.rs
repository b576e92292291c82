//! The pictures of the fits (`hardcopy`): what was fitted, with what, and what is left. They show
//! what imphot's show, drawn once for all formats.

mod chart;
mod image_fit;
mod star_fit;
mod text;

use std::path::Path;

use fits::atomic_file::AtomicFile;
pub use picture::Format;
use picture::Picture;

pub use image_fit::{plot_image_fit, ImageFitPlot, Plane};
pub use star_fit::{plot_star_fit, StarFitPlot, StarPanel};

use crate::error::{Error, Result};

/// The format that the argument `hardcopy` names by a suffix; none for "" and `none`.
///
/// # Errors
/// When no picture can be written in it.
pub fn format_named(text: &str) -> Result<Option<Format>> {
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

/// Writes a picture to `output`, which appears when it is committed.
///
/// # Errors
/// When it cannot be written.
fn file(picture: &Picture, format: Format, output: &Path) -> Result<AtomicFile> {
    // Before the work: a folder that is missing is known at once.
    let mut file = AtomicFile::create(output)?;
    let bytes = picture.encode(format)?;
    file.fill(|writer| writer.write_all(&bytes))?;
    Ok(file)
}

#[cfg(test)]
mod tests;
