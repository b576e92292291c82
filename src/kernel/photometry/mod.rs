//! The numbers of the MUSE/HST photometry.
pub mod region_mask;
