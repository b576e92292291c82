//! Names of FITS files: their endings, and how a name says that a file is packed.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The name of a FITS file taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitsName<'a> {
    /// What stands before the endings.
    pub stem: &'a [u8],
    /// ".fits" and the like; empty for a bare ".fz".
    pub ending: &'a [u8],
    /// ".fz" (tile-compressed), ".gz", ".bz2", ".fz.gz"...: how it is packed; mostly empty.
    pub packing: &'a [u8],
}

/// The endings of FITS files, all lower or all upper case.
pub const ENDINGS: [&[u8]; 6] = [b".fits", b".FITS", b".fit", b".FIT", b".fts", b".FTS"];

impl<'a> FitsName<'a> {
    /// Takes a name apart; `None` where it is not that of a FITS file: x.fits, x.fit, x.fts, each
    /// with .fz, .gz, .bz2, .fz.gz or .fz.bz2 behind it, and x.fz.
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

    /// Whether the file as a whole is packed (not only its pixels, as in .fz).
    pub fn is_packed(&self) -> bool {
        self.packing.ends_with(b".gz") || self.packing.ends_with(b".bz2")
    }
}

/// The name of a file that holds what the packed file `name` holds, unpacked: `x.fits` for
/// `x.fits.gz`, `x.fits.fz` and `x.fz`; `None` where `name` is not that of a packed FITS file.
pub fn unpacked(name: &Path) -> Option<PathBuf> {
    let parts = FitsName::of(name.as_os_str().as_bytes()).filter(|n| !n.packing.is_empty())?;
    let ending = match parts.ending {
        b"" => b".fits",
        ending => ending,
    };
    Some(from_bytes(&[parts.stem, ending].concat()))
}

/// A path from raw bytes of a table.
pub fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
