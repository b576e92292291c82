//! mDiff and mDiffExec.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::task::difference::{diff, diff_exec, Diff, DiffExec, DiffExecOutcome, DiffOutcome};

/// What mDiff returns; release it with free().
#[repr(C)]
pub struct mDiffReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
    /// Smallest pixel value times area in either input.
    pub min_pixel: c_double,
    /// Largest pixel value times area in either input.
    pub max_pixel: c_double,
    /// Smallest absolute difference.
    pub min_diff: c_double,
    /// Largest absolute difference.
    pub max_diff: c_double,
}

/// What mDiffExec returns; release it with free().
#[repr(C)]
pub struct mDiffExecReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Number of differences in the table.
    pub count: c_int,
    /// Number of differences that failed.
    pub failed: c_int,
    /// Always 0, as in Montage.
    pub warning: c_int,
}

impl_return!(
    mDiffReturn,
    DiffOutcome {
        time,
        min_pixel,
        max_pixel,
        min_diff,
        max_diff
    }
);
impl_return!(mDiffExecReturn, DiffExecOutcome { count, failed });

/// Subtracts input_file2, multiplied by factor (0 means 1), from input_file1 and writes the
/// difference to output_file and its area image beside it. Both must lie on the pixel grid of
/// the header template. Pixels are weighted by their area images unless noAreas, and kept where
/// both images cover them well.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// free().
#[no_mangle]
pub unsafe extern "C" fn mDiff(
    input_file1: *const c_char,
    input_file2: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    noAreas: c_int,
    factor: c_double,
    debug: c_int,
) -> *mut mDiffReturn {
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let params = Diff {
            first: &arg::path(input_file1, "input_file1")?,
            second: &arg::path(input_file2, "input_file2")?,
            output: &arg::path(output_file, "output_file")?,
            template: &arg::path(template_file, "template_file")?,
            no_areas: noAreas != 0,
            factor,
            debug,
        };
        diff(&params, run)
    })
}

/// Makes the difference images of all pairs of tblfile (written by mOverlaps) in diffdir. path is
/// the folder of the images (NULL: the working directory). A pair that fails is counted.
///
/// # Safety
/// As for mDiff.
#[no_mangle]
pub unsafe extern "C" fn mDiffExec(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    diffdir: *const c_char,
    noAreas: c_int,
    debug: c_int,
) -> *mut mDiffExecReturn {
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let params = DiffExec {
            images: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            template: &arg::path(template_file, "template_file")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            no_areas: noAreas != 0,
            debug,
        };
        diff_exec(&params, run)
    })
}
