//! The mosaic functions of Montage, in safe Rust.
//!
//! ```text
//!   task     one function per C function: parameters in, outcome out; opens and writes files
//!    |
//!    +------ io       tables, header templates, names of files
//!    +------ stream   pixels through a kernel: from a file, memory or the plane of a cube, and back
//!                |
//!             kernel  pure numbers: slices in, numbers out; no paths, no files
//! ```
//!
//! Arrows go down only. [`error`] and [`run`] (threads, progress, warnings of a call) serve every
//! floor; world coordinates come from the crate `sky`, pixels from `fits`.

//! # Example
//!
//! The overlaps of the images in a folder, as mImgtbl and mOverlaps find them:
//!
//! ```
//! use mosaic::run::Run;
//! use mosaic::task::image_table::{image_table, ImageTableParams};
//! use mosaic::task::overlap::{overlaps, Outline, OverlapsParams};
//!
//! let dir = tempfile::tempdir()?;
//! let run = Run::default();
//! // Four tiles of a simulated sky, each with a background of its own.
//! let field = simulate::Field { columns: 2, rows: 2, width: 60, height: 50, seed: 1 };
//! field.write(dir.path(), &run)?;
//!
//! let images = image_table(
//!     &ImageTableParams {
//!         folder: dir.path().join("projected"),
//!         table: dir.path().join("images.tbl"),
//!         ..ImageTableParams::default()
//!     },
//!     &run,
//! )?;
//! assert_eq!(images.count, 4);
//!
//! let pairs = overlaps(
//!     &OverlapsParams {
//!         table: dir.path().join("images.tbl"),
//!         output: dir.path().join("pairs.tbl"),
//!         outline: Outline::Corners,
//!         debug: 0,
//!     },
//!     &run,
//! )?;
//! assert_eq!(pairs.count, 6);
//!
//! // A file that is missing is an error that names it.
//! let missing = OverlapsParams {
//!     table: dir.path().join("missing.tbl"),
//!     output: dir.path().join("pairs.tbl"),
//!     outline: Outline::Corners,
//!     debug: 0,
//! };
//! let why = overlaps(&missing, &run).unwrap_err().to_string();
//! assert!(why.contains("missing.tbl"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod io;
pub mod kernel;
pub mod run;
pub mod stream;
pub mod task;

pub use error::{Error, Result};
