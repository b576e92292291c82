//! Committing outputs: all files of a call get their names, or none does.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Error as IoError, ErrorKind, Result as IoResult, Seek};
use std::path::{Path, PathBuf};

use super::{failed, AtomicFile, Place};
use crate::durable;
use crate::error::{Error, Result};
use crate::os::{close, exchange, reserve};
use crate::temporary::{folder_of, hold, Name};

/// Commits several files together: all appear, or none does and the earlier files of their names are restored.
///
/// # Errors
/// If one cannot be completed or renamed.
///
/// ```
/// use fits::atomic_file::{commit_all, AtomicFile};
///
/// # let folder = tempfile::tempdir()?;
/// # let (image, area) = (folder.path().join("m17.fits"), folder.path().join("m17_area.fits"));
/// let files = [AtomicFile::create(&image)?, AtomicFile::create(&area)?];
/// commit_all(files)?;
/// assert!(image.exists() && area.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn commit_all(files: impl IntoIterator<Item = AtomicFile>) -> Result<()> {
    commit_and_remove(files, &[])
}

/// As [`commit_all`]; also removes files of earlier calls that do not belong to the new ones, if they exist.
///
/// # Errors
/// As for [`commit_all`], and if a file cannot be removed.
pub fn commit_and_remove(
    files: impl IntoIterator<Item = AtomicFile>,
    stale: &[&Path],
) -> Result<()> {
    let durable = durable::wanted();
    let files: Vec<AtomicFile> = files.into_iter().collect();
    for file in &files {
        file.complete(durable).map_err(|e| file.failed(e))?;
    }
    // What is copied into a file that is there cannot be taken back: it comes last.
    let (renamed, copied): (Vec<_>, Vec<_>) =
        (files.into_iter()).partition(|file| matches!(file.place, Place::Beside { .. }));
    let mut done = Done::default();
    let appeared = done.appear(renamed, stale, durable).and_then(|()| {
        copied.into_iter().try_for_each(|file| {
            let AtomicFile { place, target } = file;
            let copied = match place {
                Place::Elsewhere {
                    mut new,
                    into,
                    is_file,
                } => copy(&mut new, into, is_file, durable),
                Place::Beside { .. } => Ok(()),
            };
            copied.map_err(|e| failed(&target, e))
        })
    });
    if appeared.is_err() {
        done.take_back();
    }
    appeared
}

impl AtomicFile {
    /// Has the system write what it still keeps in memory as far as it must: on the disk where
    /// that is wanted, and at the server where the file is on one.
    fn complete(&self, durable: bool) -> IoResult<()> {
        let Place::Beside { new, .. } = &self.place else {
            return Ok(());
        };
        if durable {
            new.file.sync_all()?;
        }
        // Every close writes back, but the lock lasts until the last. Where no descriptor is left
        // that one alone has to do.
        match new.file.try_clone() {
            Ok(second) => close(second),
            Err(_) => Ok(()),
        }
    }
}

/// What has been done so far, to be taken back.
#[derive(Default)]
struct Done(Vec<Step>);

struct Step {
    target: PathBuf,
    earlier: Earlier,
}

/// What was there before under the name of an output.
enum Earlier {
    Nothing,
    /// A file that now has this name.
    Kept(Name),
    /// A file that could be given no other name.
    Lost,
}

impl Done {
    fn appear(&mut self, files: Vec<AtomicFile>, stale: &[&Path], durable: bool) -> Result<()> {
        let _hold = hold();
        let mut open = Vec::new();
        let mut folders = BTreeSet::new();
        for file in files {
            let AtomicFile {
                place,
                target: named,
            } = file;
            if let Place::Beside { new, target } = place {
                folders.insert(folder_of(&target).to_owned());
                let mut file = new.file;
                let earlier = put(new.name, &mut file, &target, durable);
                let earlier = earlier.map_err(|e| failed(&named, e))?;
                self.0
                    .extend(earlier.map(|earlier| Step { target, earlier }));
                open.push((file, named));
            }
        }
        for &path in stale {
            let earlier = match Name::instead_of(path) {
                Ok(name) => Earlier::Kept(name),
                Err(why) if why.kind() == ErrorKind::NotFound => continue,
                Err(why) => return Err(Error::output("Cannot remove", path, why)),
            };
            let target = path.to_owned();
            folders.insert(folder_of(&target).to_owned());
            self.0.push(Step { target, earlier });
        }
        for (file, named) in open {
            close(file).map_err(|e| failed(&named, e))?;
        }
        for folder in folders.iter().filter(|_| durable) {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|e| failed(folder, e))?;
        }
        Ok(())
    }

    /// Puts back what was there. What cannot be put back is lost.
    fn take_back(self) {
        let _hold = hold();
        for Step { target, earlier } in self.0.into_iter().rev() {
            let _ = match earlier {
                Earlier::Nothing => std::fs::remove_file(&target),
                Earlier::Kept(name) => name.rename_to(&target),
                Earlier::Lost => Ok(()),
            };
        }
    }
}

/// Gives the file `name` the name `target`, and what was there another; `None` where its contents
/// were copied.
fn put(name: Name, file: &mut File, target: &Path, durable: bool) -> IoResult<Option<Earlier>> {
    let is_there = std::fs::symlink_metadata(target).is_ok_and(|there| there.is_file());
    if is_there {
        match exchange(name.path(), target) {
            Ok(()) => return Ok(Some(Earlier::Kept(name))),
            // File systems that cannot exchange names, as NFS, and files that stay where they are.
            Err(why) if cannot_be_replaced(&why) || is_unknown(&why) => (),
            Err(why) => return Err(why),
        }
    }
    let backup = match is_there.then(|| Name::link_to(target)).transpose() {
        Err(why) if cannot_be_replaced(&why) || is_unknown(&why) => None,
        backup => backup?,
    };
    match name.rename_to(target) {
        Ok(()) => Ok(Some(match backup {
            Some(backup) => Earlier::Kept(backup),
            None if is_there => Earlier::Lost,
            None => Earlier::Nothing,
        })),
        Err(why) if is_there && cannot_be_replaced(&why) => {
            let into = File::options().write(true).open(target);
            copy(file, into.map_err(|_| why)?, true, durable)?;
            Ok(None)
        }
        Err(why) => Err(why),
    }
}

/// Whether a file system does not have what was asked for.
fn is_unknown(why: &IoError) -> bool {
    matches!(
        why.raw_os_error(),
        Some(libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP | libc::EMLINK)
    )
}

/// Whether a file that may be open to writing could not be replaced: it is mounted upon another, or
/// another user's in a folder like /tmp.
fn cannot_be_replaced(why: &IoError) -> bool {
    matches!(
        why.raw_os_error(),
        Some(libc::EBUSY | libc::EXDEV | libc::EPERM | libc::EACCES | libc::ETXTBSY)
    )
}

/// Copies a whole file into another that is open, and closes that.
fn copy(new: &mut File, mut into: File, is_file: bool, durable: bool) -> IoResult<()> {
    let length = new.metadata()?.len();
    if is_file {
        // A full disk is known before anything is lost.
        reserve(&into, length)?;
    }
    new.rewind()?;
    std::io::copy(new, &mut into)?;
    if is_file {
        into.set_len(length)?;
        if durable {
            into.sync_all()?;
        }
    }
    close(into)
}
