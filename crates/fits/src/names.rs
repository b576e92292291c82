//! Names of FITS files: their endings, and those of packed files.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The parts of a FITS file's name.
///
/// ```
/// use fits::names::FitsName;
///
/// let name = FitsName::of(b"m17.fits.gz").unwrap();
/// assert_eq!((name.stem, name.ending, name.packing), (&b"m17"[..], &b".fits"[..], &b".gz"[..]));
/// assert!(FitsName::of(b"m17.hdr").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitsName<'a> {
    /// The name without its endings.
    pub stem: &'a [u8],
    /// One of [`ENDINGS`], for example ".fits"; empty if the name has ".fz" only.
    pub ending: &'a [u8],
    /// Ending of a packed file: ".fz" (tile-compressed), ".gz", ".bz2", ".fz.gz" or ".fz.bz2"; empty for
    /// others.
    pub packing: &'a [u8],
}

/// Endings of FITS files, in lower or upper case.
pub const ENDINGS: [&[u8]; 6] = [b".fits", b".FITS", b".fit", b".FIT", b".fts", b".FTS"];

impl<'a> FitsName<'a> {
    /// Splits a file name; `None` if it is not that of a FITS file. Names of FITS files are x.fits, x.fit and
    /// x.fts, each also followed by .fz, .gz, .bz2, .fz.gz or .fz.bz2, and x.fz.
    pub fn of(name: &'a [u8]) -> Option<Self> {
        let unzipped = [&b".gz"[..], b".bz2"]
            .iter()
            .find_map(|e| name.strip_suffix(*e));
        let unzipped = unzipped.unwrap_or(name);
        let plain = unzipped.strip_suffix(b".fz");
        let found = ENDINGS.iter().find_map(|ending| {
            let stem = plain.unwrap_or(unzipped).strip_suffix(*ending)?;
            Some((stem, ending.len()))
        });
        let (stem, ending) = found.or_else(|| Some((plain?, 0)))?;
        let packing = &name[stem.len() + ending..];
        Some(FitsName {
            stem,
            ending: &name[stem.len()..stem.len() + ending],
            packing,
        })
    }

    /// Whether the file is packed as a whole, not only its pixels as in .fz.
    pub fn is_packed(&self) -> bool {
        self.packing.ends_with(b".gz") || self.packing.ends_with(b".bz2")
    }
}

/// The name of the packed file `name` after unpacking: `x.fits` for `x.fits.gz`, `x.fits.fz` and `x.fz`;
/// `None` if `name` is not that of a packed FITS file.
pub fn unpacked(name: &Path) -> Option<PathBuf> {
    let parts = FitsName::of(name.as_os_str().as_bytes()).filter(|n| !n.packing.is_empty())?;
    let ending = match parts.ending {
        b"" => b".fits",
        ending => ending,
    };
    Some(from_bytes(&[parts.stem, ending].concat()))
}

/// Converts the bytes of a table's column to a path.
pub fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
