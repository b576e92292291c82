//! What the tests of the C interface share: the public header taken apart, the libraries found, C
//! programs compiled and run, small fields of sky.
#![allow(dead_code)] // every test uses its own part

pub mod bad_calls;
pub mod bad_files;
pub mod calls;
pub mod field;
pub mod header;
pub mod magnify;
pub mod programs;
