//! What a reprojection leaves: files to be committed, or nothing.

use std::path::{Path, PathBuf};

use crate::error::{shown, Error, Result};
use crate::io::paths::projected_pair;
use crate::run::say;
use crate::stream::WithAreas;
use fits::atomic_file::{commit_and_remove, AtomicFile};
use sky::Window;

/// What came of a reprojection.
pub enum Reprojected {
    /// Images to be committed.
    Images {
        /// The image, and its areas where they are wanted.
        files: WithAreas<AtomicFile>,
        /// Areas of an earlier image of this name, which are removed: they are not those of this image.
        stale: Option<PathBuf>,
    },
    /// Nothing of the image falls on the template: what to say.
    Nothing(String),
}

impl Reprojected {
    /// The image `name`, with or without areas.
    pub fn images(files: WithAreas<AtomicFile>, name: &Path) -> Self {
        let stale = files.areas.is_none().then(|| projected_pair(name).area);
        Reprojected::Images { files, stale }
    }

    /// Nothing, for the image does not touch the template.
    pub fn off(image: &Path, template: &Path) -> Self {
        Reprojected::Nothing(format!(
            "No overlap of {} with {}",
            shown(image),
            shown(template)
        ))
    }

    /// Nothing, for no pixel of the template has received anything.
    pub fn blank(image: &Path, template: &Path) -> Self {
        Reprojected::Nothing(format!(
            "All pixels are blank. Check for overlap of output template with image file. ({} with {})",
            shown(template),
            shown(image)
        ))
    }

    /// Lets the images appear.
    ///
    /// # Errors
    /// When there are none, or a rename fails.
    pub fn commit(self) -> Result<()> {
        match self {
            Reprojected::Images { files, stale } => {
                let stale: Vec<&Path> = stale.iter().map(PathBuf::as_path).collect();
                Ok(commit_and_remove(files, &stale)?)
            }
            Reprojected::Nothing(why) => Err(Error::message(why)),
        }
    }
}

/// Says which pixels of the template are written, where `debug` is above 0.
pub fn tell_part(debug: i32, part: &Window) {
    if debug > 0 {
        let Window {
            x,
            y,
            width,
            height,
        } = part;
        say(format_args!(
            "Output: {width} x {height} pixels from ({x}, {y}) of the template on"
        ));
    }
}
