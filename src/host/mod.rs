//! The process that a call runs in: what is changed while it runs and put back, and the signals of the
//! programs.

mod float;
mod guard;
pub mod programs;

pub use guard::{as_host, enter_thread, Guard};

/// What a call does to its threads and to the programs that it starts.
pub const HOST: mosaic::run::Host = mosaic::run::Host {
    enter_thread,
    before_program: programs::unblock_signals,
};
