//! Montage's rules for file names: where a table's file lies, and which area image belongs to it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use fits::names::{from_bytes, unpacked, FitsName, ENDINGS};

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
/// `x.fits.gz` all mean the image `x.fits` (or its packed form, where it says so).
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
    // Montage knows ".fits" only; a packed name, or one in ".fts", is whole as well.
    let packed = FitsName::of(bytes).filter(|name| {
        let other = !name.packing.is_empty() || name.ending.eq_ignore_ascii_case(b".fts");
        other && !name.stem.is_empty() && !name.stem.ends_with(b"/")
    });
    let (stem, suffix) = match (split(".fits"), packed) {
        (Some(stem), _) => (stem, OsStr::new(".fits")),
        (None, Some(name)) => (
            OsStr::from_bytes(name.stem),
            OsStr::from_bytes(&bytes[name.stem.len()..]),
        ),
        (None, None) => (name.as_os_str(), OsStr::new(".fits")),
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
/// [`image_pair`], but never packed, so `x.fits.gz` and `x.fits.fz` become `x.fits`.
pub fn output_pair(name: &Path) -> ImagePair {
    match unpacked(name) {
        Some(plain) => image_pair(&plain),
        None => image_pair(name),
    }
}

/// The image and area files to read for `name`: as in [`image_pair`]; where that image is not
/// there, a file of the very name (`x.fit`) is taken.
pub fn input_pair(name: &Path) -> ImagePair {
    let pair = image_pair(name);
    if is_there(&pair.image) || !name.is_file() {
        return pair;
    }
    let Some(parts) = FitsName::of(name.as_os_str().as_bytes()) else {
        return pair;
    };
    let ending = [b"_area", parts.ending, parts.packing].concat();
    ImagePair {
        image: name.to_owned(),
        area: from_bytes(&[parts.stem, &ending].concat()),
    }
}

/// Whether an image is there, or under its name with ".gz", or unpacked.
pub fn is_there(image: &Path) -> bool {
    let mut zipped = image.as_os_str().to_owned();
    zipped.push(".gz");
    image.exists()
        || Path::new(&zipped).exists()
        || unpacked(image).is_some_and(|plain| plain.exists())
}

/// The file names of a reprojected image or a mosaic and its areas (mProject, mAdd): the endings of
/// a FITS file at the end of `name` are replaced by ".fits", packed ones too, since outputs are not
/// packed.
pub fn projected_pair(name: &Path) -> ImagePair {
    let plain = unpacked(name);
    let mut stem = plain.as_deref().unwrap_or(name).as_os_str().as_bytes();
    for suffix in ENDINGS {
        // More than the bare suffix, as in the original: ".fits" alone is a stem.
        if stem.len() > suffix.len() {
            stem = stem.strip_suffix(suffix).unwrap_or(stem);
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
            "d/m.fits.fz",
            "d/m.fz",
            "d/m.fit.fz.gz",
            "d/m.fts",
            "d/m.FTS.bz2",
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
        for (name, image, area) in [
            ("d/x.fits.fz", "d/x.fits.fz", "d/x_area.fits.fz"),
            ("d/x.fz", "d/x.fz", "d/x_area.fz"),
            ("d/x.fits.bz2", "d/x.fits.bz2", "d/x_area.fits.bz2"),
            ("d/x.fts", "d/x.fts", "d/x_area.fts"),
            ("d/.fz", "d/.fz.fits", "d/.fz_area.fits"),
            ("d/x.fit", "d/x.fit.fits", "d/x.fit_area.fits"),
        ] {
            let pair = image_pair(Path::new(name));
            assert_eq!(pair.image, Path::new(image));
            assert_eq!(pair.area, Path::new(area));
        }
        for name in ["x.fits.fz", "x.fz", "x.fits.fz.gz", "x.fits.bz2"] {
            assert_eq!(output_pair(Path::new(name)).image, Path::new("x.fits"));
        }
        assert_eq!(
            output_pair(Path::new("x.fts.bz2")).area,
            Path::new("x_area.fts")
        );
        assert_eq!(difference_name("diff.1.2.fit"), "diff.1.2.fits");
    }
}
