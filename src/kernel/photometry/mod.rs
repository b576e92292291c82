//! Numbers of the MUSE/HST photometry: images resampled, filtered and corrected.

pub mod align;
pub mod lowpass;
pub mod rows;
pub mod spline;
