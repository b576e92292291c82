//! What tests and benchmarks share: where the real data and the original programs are. What is skipped
//! without them is printed on standard error.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::io::Write;
use std::path::{Path, PathBuf};

/// Says on standard error what a test does without. Not with `eprintln!`, which the test harness
/// keeps to itself when a test passes.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// The folder of this project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of shared real data beside this project, or `None` (said on standard error).
pub fn shared_data(sub: &str) -> Option<PathBuf> {
    let base = project().join("../shared/data").join(sub);
    if base.exists() {
        return Some(base);
    }
    skipped(&format!(
        "the shared test data ({sub}) are not beside this project"
    ));
    None
}

/// The installed program `name` of the original Montage (never our own of the same name), or
/// `None` (said on standard error).
pub fn original(name: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/bin").join(name);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("Montage's own {name} is not installed"));
    None
}
