//! Output files that appear whole or not at all, several of them together if wanted: they are written beside
//! the target under a temporary name, then renamed. On failure, earlier outputs stay as they were.

mod appear;
mod target;

use std::fs::File;
use std::io::{BufWriter, Error as IoError, ErrorKind, Result as IoResult, Write};
use std::os::unix::fs::{fchown, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, CANNOT_OPEN_OUTPUT};
use crate::temporary::{folder_of, takes_no_file, Temporary};

pub use appear::{commit_all, commit_and_remove};
use target::Target;

/// A file that is written under a temporary name and appears under its own when it is complete. Dropped
/// before [`AtomicFile::commit`], it leaves nothing behind.
///
/// ```
/// use std::io::Write;
///
/// use fits::atomic_file::AtomicFile;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("table.tbl");
/// let mut file = AtomicFile::create(&path)?;
/// file.fill(|out| writeln!(out, "|cntr|"))?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "|cntr|\n");
///
/// // What fails leaves the earlier file untouched.
/// let file = AtomicFile::create(&path)?;
/// let failed = file.write_text(|_| Err(std::io::ErrorKind::StorageFull.into()));
/// assert!(failed.is_err());
/// assert_eq!(std::fs::read_to_string(&path)?, "|cntr|\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AtomicFile {
    place: Place,
    /// The caller's path, for messages.
    target: PathBuf,
}

enum Place {
    /// A new file in the folder of the target, and the target with its links resolved.
    Beside { new: Temporary, target: PathBuf },
    /// An unnamed file elsewhere, which is copied at the end into a file that is open already.
    Elsewhere {
        new: File,
        into: File,
        is_file: bool,
    },
}

impl AtomicFile {
    /// Begins the file `target`. Symbolic links are followed, also to a file that does not exist, as when a
    /// program opens it. A target that is not a regular file (a terminal, `/dev/stdout`, a pipe) is written
    /// to at commit; so is an existing file in a folder that takes no new ones. A file that is replaced
    /// passes on its mode and, where the system allows it, its owner.
    ///
    /// # Errors
    /// If the folder of `target` does not exist or is not writable, or `target` is a folder.
    pub fn create(target: &Path) -> Result<Self> {
        let place = begin(target).map_err(|e| refused(target, e))?;
        Ok(AtomicFile {
            place,
            target: target.to_owned(),
        })
    }

    /// The open file, for writing.
    pub fn file(&mut self) -> &mut File {
        match &mut self.place {
            Place::Beside { new, .. } => &mut new.file,
            Place::Elsewhere { new, .. } => new,
        }
    }

    /// The open file, for writing at given offsets from several threads.
    pub fn shared_file(&self) -> &File {
        match &self.place {
            Place::Beside { new, .. } => &new.file,
            Place::Elsewhere { new, .. } => new,
        }
    }

    /// Gives the file its name, replacing an earlier one.
    ///
    /// # Errors
    /// If the file cannot be completed or renamed; the temporary file is removed then.
    pub fn commit(self) -> Result<()> {
        commit_all([self])
    }

    /// The error for a failed write to this file; it names the target.
    pub fn failed(&self, source: IoError) -> Error {
        failed(&self.target, source)
    }

    /// Writes what `fill` writes into a buffered writer.
    ///
    /// # Errors
    /// If `fill` fails or the file cannot be written.
    pub fn fill(&mut self, fill: impl FnOnce(&mut dyn Write) -> IoResult<()>) -> Result<()> {
        let mut writer = BufWriter::with_capacity(1 << 15, self.file());
        let written = fill(&mut writer).and_then(|()| writer.flush());
        // After a failed write the buffer must not be flushed again.
        drop(writer.into_parts());
        written.map_err(|e| self.failed(e))
    }

    /// Writes what `fill` writes and gives the file its name.
    ///
    /// # Errors
    /// If `fill` fails or the file cannot be written or renamed.
    pub fn write_text(mut self, fill: impl FnOnce(&mut dyn Write) -> IoResult<()>) -> Result<()> {
        self.fill(fill)?;
        self.commit()
    }
}

fn refused(target: &Path, source: IoError) -> Error {
    Error::output(CANNOT_OPEN_OUTPUT, target, source)
}

fn failed(target: &Path, source: IoError) -> Error {
    Error::output("Cannot write output file", target, source)
}

fn begin(named: &Path) -> IoResult<Place> {
    let target = match Target::of(named)? {
        Target::Open(into) => return elsewhere(into, false),
        Target::Named(target) => target,
    };
    let earlier = match std::fs::metadata(&target) {
        Ok(there) if there.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => {
            return elsewhere(File::options().write(true).open(&target)?, false);
        }
        Ok(there) => Some(there),
        Err(why) if why.kind() == ErrorKind::NotFound => None,
        // A name too long for the file system must fail now, not at the rename.
        Err(why) => return Err(why),
    };
    let mode = if earlier.is_some() { 0o600 } else { 0o666 };
    let new = match (Temporary::create_in(folder_of(&target), mode), &earlier) {
        (Ok(new), _) => new,
        (Err(why), Some(_)) if takes_no_file(&why) => {
            let into = File::options().write(true).open(&target);
            return elsewhere(into.map_err(|_| why)?, true);
        }
        (Err(why), _) => return Err(why),
    };
    if let Some(earlier) = earlier {
        take_over(&new.file, &earlier)?;
    }
    Ok(Place::Beside { new, target })
}

fn elsewhere(into: File, is_file: bool) -> IoResult<Place> {
    Ok(Place::Elsewhere {
        new: tempfile::tempfile()?,
        into,
        is_file,
    })
}

/// Gives a new file the owner, as far as the system allows it, and the mode of an earlier one.
fn take_over(new: &File, earlier: &std::fs::Metadata) -> IoResult<()> {
    let own = new.metadata()?;
    let (user, group) = (earlier.uid(), earlier.gid());
    let mut same_owner = (own.uid(), own.gid()) == (user, group);
    if !same_owner {
        same_owner = fchown(new, Some(user), Some(group)).is_ok();
        // The group alone, where this user is in it.
        if !same_owner && own.gid() != group {
            let _ = fchown(new, None, Some(group));
        }
    }
    // Nobody's program gets another user's rights.
    let kept = if same_owner { 0o7777 } else { 0o777 };
    let mode = earlier.permissions().mode() & kept;
    match new.set_permissions(PermissionsExt::from_mode(mode)) {
        // File systems without modes.
        Err(why) if why.raw_os_error() == Some(libc::EPERM) => Ok(()),
        done => done,
    }
}

/// Writes a text file whole: `fill` receives a buffered writer.
///
/// # Errors
/// When the file cannot be created, written or renamed.
pub fn write_text(target: &Path, fill: impl FnOnce(&mut dyn Write) -> IoResult<()>) -> Result<()> {
    AtomicFile::create(target)?.write_text(fill)
}

#[cfg(test)]
mod tests;
