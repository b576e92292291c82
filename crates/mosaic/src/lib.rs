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

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod io;
pub mod kernel;
pub mod run;
pub mod stream;
pub mod task;

pub use error::{Error, Result};
