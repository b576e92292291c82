//! Which files a table lists.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::io::ipac_table::Table;

use super::ImageTable;

/// A file to look into.
pub(super) struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What the table calls it.
    pub name: Vec<u8>,
}

/// The files of the folder, or those of the image list that are there.
pub(super) fn find(params: &ImageTable) -> Result<Vec<Found>> {
    let folder = without_last_slashes(&params.folder);
    let metadata = std::fs::metadata(&folder)
        .map_err(|_| Error::message(format!("Cannot access {}", crate::error::shown(&folder))))?;
    if !metadata.is_dir() {
        let shown = crate::error::shown(&folder);
        return Err(Error::message(format!("{shown} is not a directory")));
    }
    match &params.image_list {
        Some(list) => from_list(list, &folder, params),
        None => {
            let mut found = Vec::new();
            let mut above = vec![(metadata.dev(), metadata.ino())];
            walk(&folder, &folder, params, &mut above, &mut found);
            Ok(found)
        }
    }
}

fn without_last_slashes(folder: &Path) -> PathBuf {
    let mut bytes = folder.as_os_str().as_bytes();
    while bytes.len() > 1 && bytes.ends_with(b"/") {
        bytes = &bytes[..bytes.len() - 1];
    }
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Folders within folders are followed to this depth: far beyond what people keep, and within
/// any thread's stack.
const DEEPEST: usize = 256;

/// Adds the images of `folder`; `above` are the folders that lead to it, so that a link back to
/// one of them does not lead around for ever.
fn walk(
    folder: &Path,
    top: &Path,
    params: &ImageTable,
    above: &mut Vec<(u64, u64)>,
    found: &mut Vec<Found>,
) {
    // A folder that may not be read has no images, as in the original.
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = joined(folder, &entry.file_name());
        // Follows links; what cannot be reached is left out.
        let Ok(metadata) = std::fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            let here = (metadata.dev(), metadata.ino());
            if params.recursive && !above.contains(&here) && above.len() < DEEPEST {
                above.push(here);
                walk(&path, top, params, above, found);
                above.pop();
            }
        } else if wanted(&path, params) {
            let name = table_name(&path, top);
            found.push(Found { path, name });
        }
    }
}

fn joined(folder: &Path, name: &OsStr) -> PathBuf {
    let mut bytes = folder.as_os_str().as_bytes().to_vec();
    if !bytes.ends_with(b"/") {
        bytes.push(b'/');
    }
    bytes.extend(name.as_bytes());
    PathBuf::from(OsString::from_vec(bytes))
}

/// What the table calls a file: the path below a relative folder, the whole path below an
/// absolute one; of a path that begins with "./" only that is taken away.
fn table_name(path: &Path, top: &Path) -> Vec<u8> {
    let (path, top) = (path.as_os_str().as_bytes(), top.as_os_str().as_bytes());
    let below = |prefix: &[u8]| {
        path.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix(b"/"))
    };
    let name = if top.starts_with(b"/") {
        None
    } else {
        below(b".").or_else(|| below(top))
    };
    name.unwrap_or(path).to_vec()
}

fn from_list(list: &Path, folder: &Path, params: &ImageTable) -> Result<Vec<Found>> {
    let table = Table::open(list, "Cannot open image list file")?;
    let column = table
        .column("fname")
        .or_else(|| table.column("file"))
        .ok_or_else(|| Error::table("Image table needs column fname/file", list))?;
    let mut found = Vec::new();
    for row in table.rows() {
        let name = row.bytes(column);
        let path = if name.starts_with(b"/") {
            PathBuf::from(OsStr::from_bytes(name))
        } else {
            joined(folder, OsStr::from_bytes(name))
        };
        // Files that are gone are left out, as in the original.
        if wanted(&path, params) && std::fs::metadata(&path).is_ok_and(|m| !m.is_dir()) {
            found.push(Found {
                path,
                name: name.to_vec(),
            });
        }
    }
    Ok(found)
}

/// The endings of FITS files: all lower or all upper case, and zipped.
const ENDINGS: [&[u8]; 4] = [b".fit", b".FIT", b".fits", b".FITS"];

/// Whether a file's name says that it belongs into the table.
fn wanted(path: &Path, params: &ImageTable) -> bool {
    let name = path.as_os_str().as_bytes();
    // A line end in a name would end the row of the table.
    if name.iter().any(u8::is_ascii_control) {
        return false;
    }
    let unzipped = name.strip_suffix(b".gz");
    if unzipped.is_some() && params.no_gzip {
        return false;
    }
    let name = unzipped.unwrap_or(name);
    let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending)) else {
        return false;
    };
    params.area_files || !stem.ends_with(b"_area")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_the_original_calls_them() {
        let name = |path: &str, top: &str| {
            String::from_utf8(table_name(Path::new(path), Path::new(top))).unwrap()
        };
        assert_eq!(name("raw/a.fits", "raw"), "a.fits");
        assert_eq!(name("./a.fits", "."), "a.fits");
        assert_eq!(name("./raw/a.fits", "./raw"), "raw/a.fits");
        assert_eq!(name("../raw/b/a.fits", "../raw"), "b/a.fits");
        assert_eq!(name("/raw/a.fits", "/raw"), "/raw/a.fits");
        assert_eq!(name("/a.fits", "/"), "/a.fits");
    }

    #[test]
    fn names_decide_what_is_listed() {
        let with = |name: &str, no_gzip, area_files| {
            wanted(
                Path::new(name),
                &ImageTable {
                    no_gzip,
                    area_files,
                    ..Default::default()
                },
            )
        };
        for name in [
            "x/a.fits",
            "a.FIT",
            "a.fits.gz",
            "a.fit.gz",
            "a_area_b.fits",
        ] {
            assert!(with(name, false, false), "{name}");
        }
        for name in [
            "a.Fits",
            "a.fits.GZ",
            "a.hdr",
            "a_area.fits",
            "a_area.FIT.gz",
            "fits",
            ".gz",
            "a\nb.fits",
        ] {
            assert!(!with(name, false, false), "{name}");
        }
        assert!(with("a_area.fits", false, true));
        assert!(!with("a.fits.gz", true, false));
    }
}
