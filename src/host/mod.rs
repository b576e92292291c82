//! The process and the system that a call runs in: what is changed while it runs and put back, the
//! signals of the programs, and the few calls that Rust's library does not have. With `abi` the
//! only place with unsafe code; it serves every floor.
#![allow(unsafe_code)]

pub mod files;
mod float;
mod guard;
pub mod programs;

pub use guard::{as_host, enter_thread, Guard};
