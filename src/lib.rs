//! libmontage: a drop-in replacement of the Montage C library.
//!
//! This crate is the C interface and nothing else: `extern "C"` functions and `repr(C)` structs with the
//! names of Montage's header. Each function is a few lines over a safe one of the crates `mosaic` and
//! `imphot`; what they have in common is in [`shim`], [`arg`] and [`settings`]. [`host`] keeps the
//! caller's process as it was.
//!
//! `include/montage.h` is generated from this file and its modules, `include/imphot.h` from [`imphot`].
//!
//! # The contract of the interface
//!
//! The text at the top of the headers states it for C programmers. For every exported function that is
//! `unsafe`, the caller guarantees:
//!
//! - A string is NULL or NUL-terminated, and valid for the call.
//! - An array is NULL or has as many elements as the count beside it says, valid for the call.
//! - A struct of options is NULL or has been filled by its Init function.
//!
//! The `SAFETY` comments call this "the contract of the interface". A function that needs more says so
//! itself. Documentation of exported functions and structs is what C programmers read in the headers:
//! no section of it is for Rust.
#![warn(missing_docs)]
#![allow(clippy::missing_safety_doc)]
// The names are those of Montage's public header.
#![allow(non_snake_case, non_camel_case_types)]

pub mod arg;
pub mod background;
pub mod background_model;
pub mod coadd;
pub mod difference;
pub mod header;
pub mod helpers;
/// cbindgen:ignore
pub mod host;
pub mod image_table;
/// cbindgen:ignore
pub mod imphot;
pub mod overlap;
pub mod pixels;
pub mod plane_fit;
pub mod reproject;
pub mod settings;
pub mod shim;
pub mod world_coor;

/// The name that programs linked with the shared library look for at run time.
pub const SONAME: &str = env!("MONTAGE_SONAME");

/// What the library is, in a line.
pub const DESCRIPTION: &str = env!("CARGO_PKG_DESCRIPTION");
