//! HST and MUSE images read, written, brought onto one grid and corrected, against what MPDAF 3.6
//! and imphot made of the same files.

mod bad_input;
mod files;
mod made_up;
mod real;
mod support;
