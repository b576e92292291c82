//! The table of programs; each stem has its file.

mod background;

use crate::program::Program;

/// Every program, by name.
pub const ALL: &[&Program] = &[&background::M_BACKGROUND, &background::M_BG_EXEC];
