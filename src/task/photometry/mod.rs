//! The photometry of MUSE images against HST images of the same field: imphot's functions.
pub mod report;
