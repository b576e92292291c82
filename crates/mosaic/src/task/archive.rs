//! Version 7's mDiffFitExec can take its images from an S3 bucket, one pair at a time, through
//! the `aws` program of the caller's.

use std::borrow::Cow;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::io::paths;
use crate::run::Host;
use crate::task::tile::Tile;
use fits::temporary::Scratch;

/// A bucket (and prefix) to fetch images from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    bucket: String,
}

/// Two tiles and the folder that they were fetched into; it goes with this value.
pub struct Fetched {
    /// The first and the second tile.
    pub tiles: [Tile; 2],
    _folder: Scratch,
}

impl Archive {
    /// `None` for an empty name: the images are on disk.
    pub fn named(bucket: &str) -> Option<Self> {
        let bucket = bucket.trim_end_matches('/');
        (!bucket.is_empty()).then(|| Archive {
            bucket: bucket.to_owned(),
        })
    }

    /// Fetches two images, and their area images unless `no_areas`, into a new folder in `folder`, which
    /// is removed with the returned value.
    ///
    /// # Errors
    /// When the `aws` program is missing or fails, or a file is no image.
    pub fn fetch_pair(
        &self,
        names: [Cow<str>; 2],
        folder: &Path,
        no_areas: bool,
        host: Host,
    ) -> Result<Fetched> {
        let folder = Scratch::folder_in(folder)
            .map_err(|e| Error::output("Cannot write into", folder, e))?;
        // Images of one name may come from two places of the bucket.
        let fetch = |place: &str, name: &str| {
            let place = folder.path().join(place);
            std::fs::create_dir(&place)
                .map_err(|e| Error::output("Cannot write into", &place, e))?;
            let pair = paths::image_pair(Path::new(paths::base_name(name)));
            let remote = paths::image_pair(Path::new(name));
            self.copy(&remote.image, &place.join(&pair.image), host)?;
            if !no_areas {
                self.copy(&remote.area, &place.join(&pair.area), host)?;
            }
            Tile::open(&place.join(&pair.image), no_areas)
        };
        let [first, second] = names;
        let tiles = [fetch("plus", &first)?, fetch("minus", &second)?];
        Ok(Fetched {
            tiles,
            _folder: folder,
        })
    }

    fn copy(&self, name: &Path, target: &Path, host: Host) -> Result<()> {
        let address = format!("s3://{}/{}", self.bucket, name.display());
        // No shell sees the name, which comes from a table.
        let mut command = Command::new("aws");
        (host.before_program)(&mut command);
        let status = command
            .args(["s3", "cp", &address])
            .arg(target)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|e| Error::io("Cannot run", Path::new("aws"), e))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::message(format!(
            "Cannot fetch {address} (aws: {status})"
        )))
    }
}
