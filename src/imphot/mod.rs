//! imphot, the photometry of MUSE images against HST images, for C: `include/imphot.h`.
//!
//! The structs that several functions share are in `results`; the functions are in the file of their
//! subject.

use std::ffi::c_char;
use std::path::PathBuf;

use crate::arg;
use imphot::error::{Error, Result};
use imphot::task::region_mask::RegionSource;

pub mod batch;
pub mod fit;
pub mod images;
pub mod options;
pub mod regions;
pub mod results;

/// The source of ds9 regions: a file, or lines in memory.
enum GivenRegions {
    File(PathBuf),
    Lines(String),
}

impl GivenRegions {
    fn source(&self) -> RegionSource<'_> {
        match self {
            GivenRegions::File(path) => RegionSource::File(path),
            GivenRegions::Lines(text) => RegionSource::Lines(text),
        }
    }
}

/// The regions of a file or of lines in memory, at most one of which is given; NULL and "" are none.
///
/// # Safety
/// As for [`arg::bytes`].
unsafe fn given_regions(
    regions: *const c_char,
    region_lines: *const c_char,
) -> Result<Option<GivenRegions>> {
    // SAFETY: passed on.
    let (file, lines) = unsafe {
        (
            arg::optional_path(regions),
            arg::optional_text(region_lines),
        )
    };
    match (file, lines.is_empty()) {
        (None, true) => Ok(None),
        (Some(path), true) => Ok(Some(GivenRegions::File(path))),
        (None, false) => Ok(Some(GivenRegions::Lines(lines))),
        (Some(_), false) => Err(Error::argument(
            "region_lines",
            "is given, and so is regions",
        )),
    }
}
