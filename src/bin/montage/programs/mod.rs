//! The table of programs; each stem has its file.

use crate::program::Program;

/// Every program, by name.
pub const ALL: &[&Program] = &[];
