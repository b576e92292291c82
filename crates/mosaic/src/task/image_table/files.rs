//! Which files a table lists.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{shown, About, Error, Result};
use crate::io::ipac_table::Table;
use fits::names::FitsName;

use super::ImageTableParams;

/// A file to look into.
pub(super) struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in the table.
    pub name: Vec<u8>,
}

/// The files of a folder that were ignored for their name or kind.
#[derive(Default)]
pub(super) struct PassedOver {
    /// Files that are not called as FITS files are.
    others: Few,
    /// `_area` images.
    areas: Few,
    /// Packed files that the caller did not want.
    packed: Few,
    /// Names of the image list that are no files.
    missing: Few,
    /// Folders within the folder that were not looked into.
    folders: Few,
    /// What cannot be read.
    unreadable: Few,
}

/// How many there are, and the least name of them.
#[derive(Default)]
struct Few {
    count: usize,
    least: PathBuf,
}

impl Few {
    fn add(&mut self, path: &Path) {
        if self.count == 0 || path < self.least {
            path.clone_into(&mut self.least);
        }
        self.count += 1;
    }
}

impl PassedOver {
    /// A line for each reason, with the number of files and the name of one.
    pub fn reasons(&self) -> Vec<String> {
        let lines = [
            (&self.others, "not called .fits, .fit, .fts (upper case too), or such a name with .fz, .gz or .bz2"),
            (&self.areas, "images of areas (_area), which are listed on demand only"),
            (&self.packed, "packed, which were to be left out"),
            (&self.missing, "named in the image list, not found"),
            (&self.folders, "folders, which are looked into on demand only"),
            (&self.unreadable, "cannot be read"),
        ];
        let lines = lines.iter().filter(|(few, _)| few.count > 0);
        lines
            .map(|(few, why)| {
                let name = shown(&few.least);
                match few.count {
                    1 => format!("{name}: {why}"),
                    n => format!("{name} and {} more: {why}", n - 1),
                }
            })
            .collect()
    }

    fn add(&mut self, verdict: Verdict, path: &Path) {
        match verdict {
            Verdict::Listed => {}
            Verdict::Area => self.areas.add(path),
            Verdict::Packed => self.packed.add(path),
            Verdict::Other => self.others.add(path),
        }
    }
}

/// The files of the folder, or those of the image list that are there, and what was passed over.
pub(super) fn find(params: &ImageTableParams) -> Result<(Vec<Found>, PassedOver)> {
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
            let mut walk = Walk {
                top: &folder,
                params,
                above: vec![(metadata.dev(), metadata.ino())],
                found: Vec::new(),
                passed_over: PassedOver::default(),
            };
            walk.folder(&folder)?;
            Ok((walk.found, walk.passed_over))
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

/// Whether a folder is not there any more, or not for us.
fn is_out_of_reach(why: &std::io::Error) -> bool {
    matches!(
        why.kind(),
        ErrorKind::NotFound | ErrorKind::PermissionDenied
    )
}

/// A walk through a folder.
struct Walk<'a> {
    /// Where it begins.
    top: &'a Path,
    params: &'a ImageTableParams,
    /// The folders that lead to where it is, so that a link back to one of them does not lead
    /// around for ever.
    above: Vec<(u64, u64)>,
    found: Vec<Found>,
    passed_over: PassedOver,
}

impl Walk<'_> {
    /// Adds the images of `folder`.
    ///
    /// # Errors
    /// When the system cannot list it (too many open files, a broken disk): a table without its images
    /// would look like that of an empty folder.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let failed = |why| Error::io("Cannot list the folder", folder, why);
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            // A folder that may not be read has no images, as in the original.
            Err(why) if is_out_of_reach(&why) => {
                self.passed_over.unreadable.add(folder);
                return Ok(());
            }
            Err(why) => return Err(failed(why)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = joined(folder, &entry.file_name());
            // Follows links; what cannot be reached is left out.
            let Ok(metadata) = std::fs::metadata(&path) else {
                self.passed_over.unreadable.add(&path);
                continue;
            };
            if metadata.is_dir() {
                let here = (metadata.dev(), metadata.ino());
                if !self.params.recursive {
                    self.passed_over.folders.add(&path);
                } else if !self.above.contains(&here) && self.above.len() < DEEPEST {
                    self.above.push(here);
                    self.folder(&path)?;
                    self.above.pop();
                }
                continue;
            }
            match verdict(&path, self.params) {
                Verdict::Listed => {
                    let name = table_name(&path, self.top);
                    memory::push(&mut self.found, Found { path, name }).about(folder)?;
                }
                other => self.passed_over.add(other, &path),
            }
        }
        Ok(())
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

fn from_list(
    list: &Path,
    folder: &Path,
    params: &ImageTableParams,
) -> Result<(Vec<Found>, PassedOver)> {
    let table = Table::open(list, "Cannot open image list file")?;
    let column = table
        .column("fname")
        .or_else(|| table.column("file"))
        .ok_or_else(|| Error::table("Image table needs column fname/file", list))?;
    let mut found = Vec::new();
    let mut passed_over = PassedOver::default();
    for row in table.rows() {
        let name = row.bytes(column);
        let path = if name.starts_with(b"/") {
            PathBuf::from(OsStr::from_bytes(name))
        } else {
            joined(folder, OsStr::from_bytes(name))
        };
        // Files that are gone are left out, as in the original.
        if !std::fs::metadata(&path).is_ok_and(|m| !m.is_dir()) {
            passed_over.missing.add(&path);
            continue;
        }
        match verdict(&path, params) {
            Verdict::Listed => {
                let name = name.to_vec();
                memory::push(&mut found, Found { path, name }).about(list)?;
            }
            other => passed_over.add(other, &path),
        }
    }
    Ok((found, passed_over))
}

/// Whether a file belongs into the table, by its name.
#[derive(Debug, PartialEq)]
enum Verdict {
    Listed,
    Area,
    Packed,
    Other,
}

/// What a file's name says.
fn verdict(path: &Path, params: &ImageTableParams) -> Verdict {
    let name = path.as_os_str().as_bytes();
    // A line end in a name would end the row of the table.
    if name.iter().any(u8::is_ascii_control) {
        return Verdict::Other;
    }
    let Some(name) = FitsName::of(name) else {
        return Verdict::Other;
    };
    if params.no_gzip && name.is_packed() {
        return Verdict::Packed;
    }
    match params.area_files || !name.stem.ends_with(b"_area") {
        true => Verdict::Listed,
        false => Verdict::Area,
    }
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
            let params = ImageTableParams {
                no_gzip,
                area_files,
                ..Default::default()
            };
            verdict(Path::new(name), &params) == Verdict::Listed
        };
        for name in [
            "x/a.fits",
            "a.FIT",
            "a.fits.gz",
            "a.fit.gz",
            "a_area_b.fits",
            "a.fz",
            "a.fits.fz",
            "a.FIT.fz.gz",
            "a.fts",
            "a.FTS.bz2",
            "a.fits.bz2",
        ] {
            assert!(with(name, false, false), "{name}");
        }
        for name in [
            "a.Fits",
            "a.fits.GZ",
            "a.hdr",
            "a_area.fits",
            "a_area.FIT.gz",
            "a_area.fits.fz",
            "a.Fts",
            "a.bz2",
            "a.fits.gz.bz2",
            "fits",
            ".gz",
            "a\nb.fits",
        ] {
            assert!(!with(name, false, false), "{name}");
        }
        assert!(with("a_area.fits", false, true));
        assert!(!with("a.fits.gz", true, false));
        assert!(!with("a.fits.bz2", true, false));
        assert!(with("a.fits.fz", true, false));
    }
}
