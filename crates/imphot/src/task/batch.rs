//! What the fits of many images of MUSE have in common: each image fails by itself, and results are
//! handed out in order while others are being worked on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::field::prefix_of;
use crate::error::{of_one, shown, Error, Result};
use mosaic::run::{guarded, Run};

/// Receives each result with its number, from 0, in order and on the calling thread. An error ends the
/// batch.
pub type Take<'a, T> = dyn FnMut(usize, &Result<T>) -> Result<()> + 'a;

/// The number of images.
///
/// # Errors
/// When there is none, or more than C can count.
pub(super) fn count(muse: &[PathBuf]) -> Result<i32> {
    if muse.is_empty() {
        return Err(Error::argument("muse_files", "names no image"));
    }
    i32::try_from(muse.len()).map_err(|_| Error::argument("muse_files", "names too many images"))
}

/// Refuses images whose outputs in `folder`, or else beside them, would have the same names.
///
/// # Errors
/// Names two of them.
pub(super) fn refuse_same_outputs(muse: &[PathBuf], folder: Option<&Path>) -> Result<()> {
    let mut prefixes = HashMap::with_capacity(muse.len());
    for path in muse {
        if let Some(other) = prefixes.insert(prefix_of(path, folder), path) {
            if other != path {
                let why = format!(
                    "has {} and {}, whose outputs would have the same names",
                    shown(other),
                    shown(path)
                );
                return Err(Error::argument("muse_files", why));
            }
        }
    }
    Ok(())
}

/// Calls `work` for every image, on the threads of the call, and hands each result to `take`; returns
/// all of them.
///
/// # Errors
/// The first of `take` or of an image's that ends the call, after which no image is begun, and
/// [`Error::Cancelled`].
pub(super) fn each_in_order<T: Send>(
    muse: &[PathBuf],
    run: &Run,
    work: impl Fn(&Path) -> Result<T> + Sync,
    take: &mut Take<T>,
) -> Result<Vec<Result<T>>> {
    let mut results = Vec::with_capacity(muse.len());
    run.for_each_in_order(
        muse.len(),
        || (),
        |(), i| guarded(|| work(&muse[i])),
        |result| {
            let result = of_one(result)?;
            take(results.len(), &result)?;
            results.push(result);
            Ok::<_, Error>(())
        },
    )?;
    Ok(results)
}
