//! Temporary files beside outputs, and removal of those that killed processes left.
//!
//! The name of a temporary file contains its process, and the file is locked (flock) while it is written.
//! Creating one in a folder first removes the temporary files there whose process has certainly ended. Files
//! of other machines, and those whose process is uncertain, are kept.

mod owner;
mod sweep;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use crate::os::close;
use owner::Owner;

/// Temporary files and folders of this process, to be removed by a program that is interrupted.
static PRESENT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Held while files are begun or given their names, and for good by a program that ends.
static CHANGES: RwLock<()> = RwLock::new(());

/// How long a program that was asked to end waits for outputs that are being given their names.
const PATIENCE: Duration = Duration::from_secs(5);

/// Delays [`remove_all`] while files are created or renamed: it waits until the guard is dropped.
pub fn hold() -> RwLockReadGuard<'static, ()> {
    CHANGES.read().unwrap_or_else(PoisonError::into_inner)
}

fn present() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PRESENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporary files of this process and blocks the creation and completion of others, for a program
/// that exits at once.
pub fn remove_all() {
    let start = Instant::now();
    loop {
        if let Ok(changes) = CHANGES.try_write() {
            std::mem::forget(changes);
            break;
        }
        if start.elapsed() > PATIENCE {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let all = std::mem::take(&mut *present());
    all.iter().for_each(|path| remove(path));
}

/// Removes a file, or a folder with what is in it.
fn remove(path: &Path) {
    let Err(why) = std::fs::remove_file(path) else {
        return;
    };
    let is_folder = || std::fs::symlink_metadata(path).is_ok_and(|there| there.is_dir());
    if why.kind() != ErrorKind::NotFound && is_folder() {
        let _ = std::fs::remove_dir_all(path);
    }
}

/// A unique name in a folder. The file or folder of that name is removed on drop.
#[derive(Debug)]
pub struct Name {
    path: PathBuf,
}

impl Name {
    /// Makes a name in `folder` that `make` can create something under.
    fn made<T>(
        folder: &Path,
        owner: &Owner,
        make: impl Fn(&Path) -> Result<T>,
    ) -> Result<(Self, T)> {
        loop {
            let path = folder.join(owner.new_name());
            match make(&path) {
                Ok(made) => {
                    present().insert(path.clone());
                    return Ok((Name { path }, made));
                }
                Err(why) if why.kind() == ErrorKind::AlreadyExists => continue,
                Err(why) => return Err(why),
            }
        }
    }

    /// Makes a temporary hard link to the file `path`, in its folder.
    ///
    /// # Errors
    /// If the file system has no hard links or the folder is not writable.
    pub fn link_to(path: &Path) -> Result<Self> {
        let make = |name: &Path| std::fs::hard_link(path, name);
        Ok(Name::made(folder_of(path), &Owner::of_unlocked(), make)?.0)
    }

    /// Renames the file `path` to a temporary name in its folder.
    ///
    /// # Errors
    /// If the file cannot be renamed.
    pub fn instead_of(path: &Path) -> Result<Self> {
        std::fs::symlink_metadata(path)?;
        // An empty file first: rename would replace what is there.
        let make = |name: &Path| OpenOptions::new().write(true).create_new(true).open(name);
        let (name, empty) = Name::made(folder_of(path), &Owner::of_unlocked(), make)?;
        close(empty)?;
        std::fs::rename(path, &name.path)?;
        Ok(name)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the file or folder to `path`.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn rename_to(&self, path: &Path) -> Result<()> {
        std::fs::rename(&self.path, path)?;
        present().remove(&self.path);
        Ok(())
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let is_there = present().remove(&self.path);
        if is_there {
            remove(&self.path);
        }
    }
}

/// A temporary file that is being written, locked.
#[derive(Debug)]
pub struct Temporary {
    /// The open file.
    pub file: File,
    /// Its path.
    pub name: Name,
}

impl Temporary {
    /// Removes leftovers in `folder` and makes an empty file there with the permissions `mode` less the umask.
    ///
    /// # Errors
    /// If the folder does not exist or is not writable.
    pub fn create_in(folder: &Path, mode: u32) -> Result<Self> {
        let folder = some_folder(folder);
        sweep::now_and_then(folder);
        let _hold = hold();
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create_new(true);
            options.mode(mode).open(path)
        };
        loop {
            let (name, file) = Name::made(folder, &Owner::of_locked(), open)?;
            match file.try_lock() {
                // Not if somebody took it for a leftover between the two calls.
                Ok(()) if file.metadata()?.nlink() > 0 => return Ok(Temporary { file, name }),
                Ok(()) | Err(TryLockError::WouldBlock) => continue,
                // No locks in this file system: a name that does not promise one.
                Err(TryLockError::Error(_)) => break,
            }
        }
        let (name, file) = Name::made(folder, &Owner::of_unlocked(), open)?;
        Ok(Temporary { file, name })
    }
}

/// A temporary file or folder without an open descriptor, so that many can exist. It is removed on drop.
#[derive(Debug)]
pub struct Scratch(Name);

impl Scratch {
    /// Makes an empty file in `folder`, or in the system's temporary folder if the former is not writable.
    ///
    /// # Errors
    /// If the folder does not exist, or neither is writable.
    pub fn file_in(folder: &Path) -> Result<(Self, File)> {
        let make = |path: &Path| {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create_new(true);
            options.mode(0o600).open(path)
        };
        match Self::made(folder, make) {
            Err(why) if takes_no_file(&why) => Self::made(&std::env::temp_dir(), make),
            made => made,
        }
    }

    /// Makes an empty folder in `folder`.
    ///
    /// # Errors
    /// If the folder does not exist or is not writable.
    pub fn folder_in(folder: &Path) -> Result<Self> {
        Ok(Self::made(folder, |path| std::fs::create_dir(path))?.0)
    }

    fn made<T>(folder: &Path, make: impl Fn(&Path) -> Result<T>) -> Result<(Self, T)> {
        let folder = some_folder(folder);
        sweep::now_and_then(folder);
        let _hold = hold();
        let (name, made) = Name::made(folder, &Owner::of_unlocked(), make)?;
        Ok((Scratch(name), made))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Whether an error means that a folder takes no new files, although files in it may be writable.
pub fn takes_no_file(why: &Error) -> bool {
    matches!(
        why.raw_os_error(),
        Some(libc::EACCES | libc::EPERM | libc::EROFS)
    )
}

/// The folder of a file, "." for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().map_or(Path::new("."), some_folder)
}

/// The working folder has an empty name.
fn some_folder(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

#[cfg(test)]
mod tests;
