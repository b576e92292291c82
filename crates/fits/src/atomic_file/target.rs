//! What file an output's name means.

use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

use crate::os::duplicate;
use crate::temporary::folder_of;

/// More links than this lead nowhere (Linux's own limit).
const MOST_LINKS: usize = 40;

/// What a name leads to.
pub enum Target {
    /// A name that is no symbolic link, there or not.
    Named(PathBuf),
    /// A file that this process has open already: `/dev/stdout`, `/dev/fd/3`.
    Open(File),
}

impl Target {
    /// Follows the symbolic links of `name`.
    ///
    /// # Errors
    /// When they lead round in a circle, or to a descriptor that is not open.
    pub fn of(name: &Path) -> Result<Self> {
        let mut path = name.to_owned();
        for _ in 0..MOST_LINKS {
            let is_link = std::fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink());
            if !is_link {
                return Ok(Target::Named(path));
            }
            if let Some(number) = own_descriptor(&path) {
                return Ok(Target::Open(duplicate(number)?));
            }
            // An absolute link replaces the folder.
            path = folder_of(&path).join(std::fs::read_link(&path)?);
        }
        Err(Error::from_raw_os_error(libc::ELOOP))
    }
}

/// The descriptor of this process that a link in /proc stands for. What it stands for may be a file of
/// any name or none, and it is written from where it is.
fn own_descriptor(link: &Path) -> Option<RawFd> {
    let number = link.file_name()?.to_str()?.parse().ok()?;
    let folder = std::fs::canonicalize(folder_of(link)).ok()?;
    let own = std::fs::canonicalize("/proc/self").ok()?;
    let inside = folder.strip_prefix(own).ok()?;
    let of_thread = || inside.starts_with("task") && inside.ends_with("fd");
    (inside == Path::new("fd") || of_thread()).then_some(number)
}
