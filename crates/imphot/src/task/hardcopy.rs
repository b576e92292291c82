//! The drawing of a fit beside its image (imphot's `hardcopy` and `title`).

use std::path::{Path, PathBuf};

use super::field::beside;
use crate::error::Result;
use crate::plot::{format_named, Format};

/// That a fit is to be drawn, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hardcopy<'a> {
    /// The kind of file.
    pub format: Format,
    /// What stands above it: nothing if it is empty, the name of the image where there is none.
    pub title: Option<&'a str>,
}

impl<'a> Hardcopy<'a> {
    /// What the arguments `hardcopy` and `title` ask for: no drawing for "" and "none", and the
    /// image's name as its title for "none".
    ///
    /// # Errors
    /// When `hardcopy` is no format.
    pub fn of(hardcopy: &str, title: Option<&'a str>) -> Result<Option<Self>> {
        let title = title.filter(|&title| title != "none");
        Ok(format_named(hardcopy)?.map(|format| Hardcopy { format, title }))
    }

    /// The title of the drawing for an image of this name.
    pub(super) fn title_of(&self, name: &str) -> String {
        match self.title {
            Some(title) => title.to_owned(),
            None => format!("MUSE image: {name}"),
        }
    }
}

/// The file of a picture: `prefix` (the path of the MUSE image without `.fits`), `_image_fit` or
/// `_star_fit`, and the suffix of its format.
pub fn plot_path(prefix: &Path, which: &str, format: Format) -> PathBuf {
    beside(prefix, &format!("{which}.{}", format.suffix()))
}
