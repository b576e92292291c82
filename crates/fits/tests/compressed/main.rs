//! Tile-compressed and packed images: every number is the one that CFITSIO reads, and what is damaged
//! is an error.

mod damage;
mod oracle;
mod pixels;
mod seeds;

use std::path::PathBuf;

/// The folder of small files of every compression.
fn seeds() -> PathBuf {
    testing::project().join("fuzz/seeds")
}
