//! Removing what killed processes have left in a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::owner::{up_since, Machine, Owner, PREFIX};
use super::remove;

/// When a folder may be looked through again.
static NEXT: Mutex<BTreeMap<PathBuf, Instant>> = Mutex::new(BTreeMap::new());

/// A folder is looked through again after so many times as long as it took.
const SHARE: u32 = 200;

/// More folders than this are not remembered.
const REMEMBERED: usize = 1000;

/// Looks through `folder` unless that was done just now: a long list of files costs at most a
/// two-hundredth of the time.
pub fn now_and_then(folder: &Path) {
    {
        let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if next.get(folder).is_some_and(|&next| now < next) {
            return;
        }
        if next.len() >= REMEMBERED {
            next.clear();
        }
        // Others need not look at the same time.
        next.insert(folder.to_owned(), now + Duration::from_secs(1));
    }
    let start = Instant::now();
    sweep(folder);
    let (took, now) = (start.elapsed(), Instant::now());
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    next.insert(folder.to_owned(), now + took * SHARE);
}

/// Removes the leftovers in `folder`. What cannot be read or removed stays.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut this = None;
    for entry in entries.map_while(Result::ok) {
        let name = entry.file_name();
        if !name.as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let Some(owner) = Owner::of_name(name.as_bytes()) else {
            continue;
        };
        let this = this.get_or_insert_with(Machine::this);
        remove_if_left(&folder.join(name), &owner, this);
    }
}

/// Removes the file of `owner` if that is gone for certain.
pub(super) fn remove_if_left(path: &Path, owner: &Owner, this: &Machine) {
    let machine = &owner.machine;
    let same_boot = machine.boot == this.boot && this.boot != 0;
    let same_numbers = same_boot && machine.namespace == this.namespace && this.namespace != 0;
    let gone = if same_numbers {
        !owner.process.is_alive()
    } else if same_boot {
        // A container on this machine: only its lock tells.
        owner.locked
    } else {
        // This machine before it was started anew.
        machine.host == this.host && this.host != 0 && is_older_than_this_start(path)
    };
    if !gone {
        return;
    }
    if !owner.locked {
        remove(path);
        return;
    }
    // Open for writing, which a lock needs on NFS, where its mode allows it.
    let file = File::options().read(true).write(true).open(path);
    let Ok(file) = file.or_else(|_| File::open(path)) else {
        return;
    };
    if file.try_lock().is_err() {
        return;
    }
    // Locked, and still the file of this name: its owner has not just given it another.
    let same =
        |a: &std::fs::Metadata, b: &std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    let (Ok(locked), Ok(named)) = (file.metadata(), std::fs::symlink_metadata(path)) else {
        return;
    };
    if named.is_file() && same(&locked, &named) {
        remove(path);
    }
}

fn is_older_than_this_start(path: &Path) -> bool {
    let changed = std::fs::symlink_metadata(path).map(|there| there.ctime());
    match (changed, up_since()) {
        (Ok(changed), Some(start)) => u64::try_from(changed).is_ok_and(|changed| changed < start),
        _ => false,
    }
}
