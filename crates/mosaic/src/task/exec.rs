//! What the functions share that work on every row of a table.

use std::path::Path;

use crate::error::{Error, Result};
use crate::run::say;

/// An output folder must exist.
///
/// # Errors
/// In the original's words.
pub fn check_dir(dir: &Path) -> Result<()> {
    match std::fs::metadata(dir) {
        Err(e) => Err(Error::io("Cannot access", dir, e)),
        Ok(m) if !m.is_dir() => Err(Error::message(format!(
            "{} is not a directory",
            crate::error::shown(dir)
        ))),
        Ok(_) => Ok(()),
    }
}

/// A debug line of an Exec function.
pub fn print_pair<const N: usize>(step: &str, names: [&str; N], error: Option<&Error>) {
    let message = error.map_or_else(|| "OK".to_owned(), Error::to_string);
    say(format_args!("{step}({}) -> [{message}]", names.join(", ")));
}
