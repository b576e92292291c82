//! Output files that appear whole or not at all, all of one call together: written beside the target
//! under a temporary name, then renamed. A failed call leaves earlier outputs as they were.

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

/// A file being written that will be `target` when it is complete.
pub struct AtomicFile {
    place: Place,
    /// As the caller has named it.
    target: PathBuf,
}

enum Place {
    /// A new file in the folder of the target, and the target behind its links.
    Beside { new: Temporary, target: PathBuf },
    /// A file without a name elsewhere, to be copied in the end into a file that is open already.
    Elsewhere {
        new: File,
        into: File,
        is_file: bool,
    },
}

impl AtomicFile {
    /// Begins a file that will be `target`. Where that is a symbolic link, the file that it leads to
    /// is meant, there or not, as when a program just opens it. What is no regular file (a
    /// terminal, `/dev/stdout`, a pipe) is written to, and so is, as a last resort, a file in
    /// a folder that takes no other. A file that is there keeps its mode and, where the system
    /// allows it, its owner.
    ///
    /// # Errors
    /// When the folder of `target` does not exist or takes no file, or `target` is a folder.
    pub fn create(target: &Path) -> Result<Self> {
        let place = begin(target).map_err(|e| refused(target, e))?;
        Ok(AtomicFile {
            place,
            target: target.to_owned(),
        })
    }

    /// The file to write into.
    pub fn file(&mut self) -> &mut File {
        match &mut self.place {
            Place::Beside { new, .. } => &mut new.file,
            Place::Elsewhere { new, .. } => new,
        }
    }

    /// The same, for writing at known places from several threads.
    pub fn shared_file(&self) -> &File {
        match &self.place {
            Place::Beside { new, .. } => &new.file,
            Place::Elsewhere { new, .. } => new,
        }
    }

    /// Gives the file its name, replacing an earlier one.
    ///
    /// # Errors
    /// When what was written cannot be completed or renamed; the temporary file is gone then.
    pub fn commit(self) -> Result<()> {
        commit_all([self])
    }

    /// The error of a write to this file.
    pub fn failed(&self, source: IoError) -> Error {
        failed(&self.target, source)
    }

    /// Writes text into it: `fill` receives a buffered writer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn fill(&mut self, fill: impl FnOnce(&mut dyn Write) -> IoResult<()>) -> Result<()> {
        let mut writer = BufWriter::with_capacity(1 << 15, self.file());
        let written = fill(&mut writer).and_then(|()| writer.flush());
        // What a failed write left in the buffer must not be tried again.
        drop(writer.into_parts());
        written.map_err(|e| self.failed(e))
    }

    /// Writes text into it and gives it its name.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
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
