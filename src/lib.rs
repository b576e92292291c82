//! libmontage: a drop-in replacement of the Montage C library, in safe Rust.
//!
//! ```text
//!   abi      extern "C" functions and repr(C) structs: the only floor that sees C
//!    |
//!   task     one safe function per C function: Params -> Result<Outcome, Error>; opens and writes files
//!    |
//!    +------ kernel   pure numbers: slices in, numbers out; no paths, no I/O
//!    +------ sky      (crates/sky) header -> Wcs, coordinate frames, pixel geometry
//!    +------ io       FITS, IPAC tables, header templates, whole-or-nothing files
//! ```
//!
//! Arrows go down only. `error`, `memory` (what may be refused), `run` (threads, progress, debug level)
//! and `host` (the process that a call runs in, and its system) serve every floor.
//! `simulate` writes a field of known truth, for tests, benchmarks and examples.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod abi;
pub mod error;
pub mod host;
pub mod io;
pub mod kernel;
pub mod memory;
pub mod run;
pub mod simulate;
pub use sky;
pub mod task;
pub mod testing;
