//! Montage's rules for file names: where a table's file lies, and which area image belongs to it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The file `name` of a table, in `dir` unless it is absolute; a leading "./" is dropped
/// (montage_filePath of Montage 6.0).
pub fn in_dir(dir: &Path, name: &str) -> PathBuf {
    if name.starts_with('/') {
        return PathBuf::from(name);
    }
    dir.join(name.strip_prefix("./").unwrap_or(name))
}

/// The name without its folders (montage_fileName of Montage 6.0).
pub fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// An image and the `_area` image beside it, with what it is called on disk: `x`, `x.fits` and
/// `x.fits.gz` all mean the image `x.fits` (or its gzip'd form, where it says so).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePair {
    /// The image itself.
    pub image: PathBuf,
    /// The relative pixel areas that weight it.
    pub area: PathBuf,
}

/// The image and area file names that Montage makes of `name`.
pub fn image_pair(name: &Path) -> ImagePair {
    let bytes = name.as_os_str().as_bytes();
    // More than the bare suffix, as in the original: ".fits" alone is a stem.
    let split = |suffix: &str| {
        bytes
            .strip_suffix(suffix.as_bytes())
            .filter(|stem| !stem.is_empty())
            .map(OsStr::from_bytes)
    };
    let (stem, suffix) = match (split(".fits"), split(".fits.gz")) {
        (Some(stem), _) => (stem, ".fits"),
        (None, Some(stem)) => (stem, ".fits.gz"),
        (None, None) => (name.as_os_str(), ".fits"),
    };
    let with = |ending: &str| {
        let mut whole: OsString = stem.to_owned();
        whole.push(ending);
        whole.push(suffix);
        PathBuf::from(whole)
    };
    ImagePair {
        image: with(""),
        area: with("_area"),
    }
}

/// The file names of an image and its areas that are to be written as `name`: as in
/// [`image_pair`], but never gzip'd, so `x.fits.gz` becomes `x.fits`.
pub fn output_pair(name: &Path) -> ImagePair {
    let bytes = name.as_os_str().as_bytes();
    match bytes.strip_suffix(b".gz") {
        Some(plain) if plain.ends_with(b".fits") => image_pair(Path::new(OsStr::from_bytes(plain))),
        _ => image_pair(name),
    }
}

/// The file names of a reprojected image or a mosaic and its areas (mProject, mAdd): ".fits",
/// ".FITS", ".fit" and ".FIT" at the end of `name` are replaced by ".fits", and so is ".fits.gz",
/// since outputs are not packed.
pub fn projected_pair(name: &Path) -> ImagePair {
    let mut stem = name.as_os_str().as_bytes();
    if stem.ends_with(b".fits.gz") {
        stem = &stem[..stem.len() - 3];
    }
    for suffix in [".fits", ".FITS", ".fit", ".FIT"] {
        // More than the bare suffix, as in the original: ".fits" alone is a stem.
        if stem.len() > suffix.len() {
            stem = stem.strip_suffix(suffix.as_bytes()).unwrap_or(stem);
        }
    }
    let with = |ending: &str| {
        let mut whole = OsStr::from_bytes(stem).to_owned();
        whole.push(ending);
        PathBuf::from(whole)
    };
    ImagePair {
        image: with(".fits"),
        area: with("_area.fits"),
    }
}

/// The name of a difference image in its table: the original appends an "s" where the table cut
/// ".fits" to ".fit" (mDiffFitExec).
pub fn difference_name(name: &str) -> String {
    if name.ends_with('s') {
        name.to_owned()
    } else {
        format!("{name}s")
    }
}

/// A path from raw bytes of a table.
pub fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_reprojected_images_are_those_of_the_original() {
        for name in [
            "d/m",
            "d/m.fits",
            "d/m.FITS",
            "d/m.fit",
            "d/m.FIT",
            "d/m.fits.gz",
        ] {
            let pair = projected_pair(Path::new(name));
            assert_eq!(pair.image, Path::new("d/m.fits"), "{name}");
            assert_eq!(pair.area, Path::new("d/m_area.fits"), "{name}");
        }
        assert_eq!(
            projected_pair(Path::new(".fits")).image,
            Path::new(".fits.fits")
        );
    }

    #[test]
    fn names_follow_the_original() {
        assert_eq!(
            in_dir(Path::new("a/b"), "./c.fits"),
            Path::new("a/b/c.fits")
        );
        assert_eq!(in_dir(Path::new("a"), "/c.fits"), Path::new("/c.fits"));
        assert_eq!(base_name("x/y/z.fits"), "z.fits");
        let pair = image_pair(Path::new("d/x"));
        assert_eq!(pair.image, Path::new("d/x.fits"));
        assert_eq!(pair.area, Path::new("d/x_area.fits"));
        assert_eq!(
            image_pair(Path::new("x.fits")).area,
            Path::new("x_area.fits")
        );
        assert_eq!(
            image_pair(Path::new("x.fits.gz")).area,
            Path::new("x_area.fits.gz")
        );
        let pair = output_pair(Path::new("d/x.fits.gz"));
        assert_eq!(pair.image, Path::new("d/x.fits"));
        assert_eq!(pair.area, Path::new("d/x_area.fits"));
        assert_eq!(output_pair(Path::new("x.gz")).image, Path::new("x.gz.fits"));
        assert_eq!(difference_name("diff.1.2.fit"), "diff.1.2.fits");
    }
}
