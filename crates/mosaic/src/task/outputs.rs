//! Outputs that belong together: an image and its areas, the images of a table.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{About, Result};
use fits::atomic_file::{commit_all, AtomicFile};

/// The outputs of a table's rows. Where rows share a name the last one's stays, as
/// when they are made one after the other, whichever thread is first.
#[derive(Default)]
pub struct Kept(Mutex<HashMap<PathBuf, usize>>);

impl Kept {
    /// Lets the outputs `name` of row `row` appear, unless a later row's are there.
    ///
    /// # Errors
    /// When a rename fails or memory is out.
    pub fn commit(
        &self,
        row: usize,
        name: &Path,
        outputs: impl IntoIterator<Item = AtomicFile>,
    ) -> Result<()> {
        self.commit_with(row, name, || Ok(commit_all(outputs)?))
    }

    /// The same for outputs that `commit` lets appear.
    ///
    /// # Errors
    /// Those of `commit`, and when memory is out.
    pub fn commit_with(
        &self,
        row: usize,
        name: &Path,
        commit: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        // A thread that panicked here has left a map that is right all the same.
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.get(name).is_some_and(|&later| later > row) {
            return Ok(());
        }
        memory::reserve_entry(&mut rows).about(name)?;
        rows.insert(name.to_owned(), row);
        commit()
    }
}
