//! Output files that appear whole or not at all: written beside the target under a temporary
//! name, then renamed. A failed call leaves an earlier output as it was. (`tempfile` removes the
//! temporary file on every other way out.)

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result, CANNOT_OPEN_OUTPUT};

/// A file being written that will replace `target` when it is complete.
pub struct AtomicFile {
    place: Place,
    target: PathBuf,
}

enum Place {
    /// A new file in the folder of the target.
    Beside(NamedTempFile),
    /// The target itself, where it is no regular file: a terminal, `/dev/stdout`, a pipe. There
    /// is nothing to keep, and renaming a file over a device would take the device away.
    Device(File),
}

impl AtomicFile {
    /// Begins a file that will be `target`. Where that is a symbolic link to a file, the file
    /// that it leads to is meant, as when a program just opens it.
    ///
    /// # Errors
    /// When the folder of `target` does not exist or takes no file, or `target` is a folder.
    pub fn create(target: &Path) -> Result<Self> {
        let refuse = |source| Error::io(CANNOT_OPEN_OUTPUT, target, source);
        let there = match std::fs::metadata(target) {
            Ok(there) => Some(there),
            // A name too long for the file system must fail now, not at the rename.
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(refuse(e)),
            Err(_) => None,
        };
        if there.as_ref().is_some_and(|m| m.is_dir()) {
            return Err(refuse(ErrorKind::IsADirectory.into()));
        }
        if there.as_ref().is_some_and(|m| !m.is_file()) {
            let device = File::options().write(true).open(target).map_err(refuse)?;
            return Ok(AtomicFile {
                place: Place::Device(device),
                target: target.to_owned(),
            });
        }
        let target = match there {
            Some(_) => std::fs::canonicalize(target).map_err(refuse)?,
            None => target.to_owned(),
        };
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // tempfile makes private files; an output is as readable as the umask allows.
        let temporary = tempfile::Builder::new()
            .prefix(".montage-")
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(refuse)?;
        Ok(AtomicFile {
            place: Place::Beside(temporary),
            target,
        })
    }

    /// The file to write into.
    pub fn file(&mut self) -> &mut File {
        match &mut self.place {
            Place::Beside(temporary) => temporary.as_file_mut(),
            Place::Device(file) => file,
        }
    }

    /// The same, for writing at known places from several threads.
    pub fn shared_file(&self) -> &File {
        match &self.place {
            Place::Beside(temporary) => temporary.as_file(),
            Place::Device(file) => file,
        }
    }

    /// Gives the file its name, replacing an earlier one.
    ///
    /// # Errors
    /// When the rename fails; the temporary file is gone then.
    pub fn commit(self) -> Result<()> {
        let AtomicFile { place, target } = self;
        match place {
            Place::Device(_) => Ok(()),
            Place::Beside(temporary) => temporary
                .persist(&target)
                .map(drop)
                .map_err(|e| Error::io("Cannot write output file", &target, e.error)),
        }
    }

    /// The error of a write to this file.
    pub fn failed(&self, source: std::io::Error) -> Error {
        Error::io("Cannot write output file", &self.target, source)
    }

    /// Writes text into it and gives it its name: `fill` receives a buffered writer.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub fn write_text(
        mut self,
        fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<()> {
        let mut writer = BufWriter::with_capacity(1 << 16, self.file());
        let written = fill(&mut writer).and_then(|()| writer.flush());
        // What a failed write left in the buffer must not be tried again.
        drop(writer.into_parts());
        written.map_err(|e| self.failed(e))?;
        self.commit()
    }
}

/// Writes a text file whole: `fill` receives a buffered writer.
///
/// # Errors
/// When the file cannot be created, written or renamed.
pub fn write_text(
    target: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<()> {
    AtomicFile::create(target)?.write_text(fill)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_earlier_file_and_no_litter() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.tbl");
        write_text(&target, |w| w.write_all(b"first")).unwrap();
        let failure = write_text(&target, |w| {
            w.write_all(b"second")?;
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        });
        let message = failure.unwrap_err().to_string();
        assert!(message.starts_with("Cannot write output file") && message.contains("out.tbl"));
        assert_eq!(std::fs::read(&target).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_no_output_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(AtomicFile::create(dir.path()).is_err());
        assert!(AtomicFile::create(&dir.path().join("no/such/x")).is_err());
        assert!(AtomicFile::create(&dir.path().join("x".repeat(5000))).is_err());
    }

    #[test]
    fn a_device_stays_a_device() {
        // A failure here would take /dev/null from the machine, so it is not tried with it: a
        // pipe is no regular file either.
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).unwrap()
        });
        write_text(&pipe, |w| w.write_all(b"through")).unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(!std::fs::metadata(&pipe).unwrap().is_file());
    }

    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "first").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_text(&link, |w| w.write_all(b"second")).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"second");
        assert!(link.is_symlink());
    }
}
