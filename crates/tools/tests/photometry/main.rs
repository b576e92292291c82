//! The programs of the photometry, as a user runs them.

mod fits;
mod images;
#[path = "../../../imphot/tests/photometry/images/support.rs"]
mod support;
