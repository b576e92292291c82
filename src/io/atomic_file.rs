//! Output files that appear whole or not at all: written beside the target under a temporary
//! name, then renamed. A failed call leaves an earlier output as it was. (`tempfile` removes the
//! temporary file on every other way out.)

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A file being written that will replace `target` when it is complete.
pub struct AtomicFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// Begins a file that will be `target`.
    ///
    /// # Errors
    /// When the folder of `target` does not exist or takes no file, or `target` is a folder.
    pub fn create(target: &Path) -> Result<Self> {
        let refuse = |source| Error::io("Cannot open output file", target, source);
        if target.is_dir() {
            return Err(refuse(std::io::Error::from(
                std::io::ErrorKind::IsADirectory,
            )));
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // A name too long for the file system must fail now, not at the rename.
        match std::fs::symlink_metadata(target) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(refuse(e)),
            _ => {}
        }
        // tempfile makes private files; an output is as readable as the umask allows.
        let temporary = tempfile::Builder::new()
            .prefix(".montage-")
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(refuse)?;
        Ok(AtomicFile {
            temporary,
            target: target.to_owned(),
        })
    }

    /// The file to write into.
    pub fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Gives the file its name, replacing an earlier one.
    ///
    /// # Errors
    /// When the rename fails; the temporary file is gone then.
    pub fn commit(self) -> Result<()> {
        let target = self.target;
        self.temporary
            .persist(&target)
            .map(drop)
            .map_err(|e| Error::io("Cannot write output file", &target, e.error))
    }

    /// The error of a write to this file.
    pub fn failed(&self, source: std::io::Error) -> Error {
        Error::io("Cannot write output file", &self.target, source)
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
    let mut output = AtomicFile::create(target)?;
    let mut writer = BufWriter::with_capacity(1 << 16, output.file());
    let written = fill(&mut writer).and_then(|()| writer.flush());
    drop(writer);
    written.map_err(|e| output.failed(e))?;
    output.commit()
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
}
