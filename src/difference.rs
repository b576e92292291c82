//! mDiff and mDiffExec.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::task::difference::{
    diff, diff_exec, DiffExecOutcome, DiffExecParams, DiffOutcome, DiffParams,
};

/// Result of mDiff; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(DiffOutcome)]
pub struct mDiffReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
    /// Smallest product of pixel value and area in either input.
    pub min_pixel: c_double,
    /// Largest product of pixel value and area in either input.
    pub max_pixel: c_double,
    /// Smallest absolute difference.
    pub min_diff: c_double,
    /// Largest absolute difference.
    pub max_diff: c_double,
}

/// Result of mDiffExec; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(DiffExecOutcome)]
pub struct mDiffExecReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of pairs in the table.
    pub count: c_int,
    /// Number of differences that failed.
    pub failed: c_int,
    /// Always 0, as in Montage.
    #[from(0)]
    pub warning: c_int,
}

/// Subtracts one image from another on their common pixel grid.
///
/// A pixel of the difference is 2 (v1 a1 - factor v2 a2) / (a1 + a2), from the values v and the areas a of
/// the inputs. It is blank unless both areas are above 0 and their sum is within 33.3 % of the average
/// sum.
///
/// Arguments:
/// - input_file1: the first image.
/// - input_file2: the image to subtract from it.
/// - output_file: the difference to write; its area image is written beside it.
/// - template_file: header template whose pixel grid both images are on.
/// - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
/// - factor: the second image is multiplied by this; 0: by 1.
/// - debug: above 0, logs to stdout.
///
/// Result: the ranges of the inputs and of the difference.
///
/// Errors: factor is not finite; an input cannot be read; the images do not overlap on the
/// template.
///
/// Example:
///
/// ```c
///     struct mDiffReturn *diff = mDiff("a.fits", "b.fits", "a-b.fits", "region.hdr", 0, 0.0, 0);
///     if (diff && diff->status == 0)
///         printf("largest difference %g\n", diff->max_diff);
///     free(diff);
/// ```
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
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = DiffParams {
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

/// Writes the difference image of every pair of a table.
///
/// Arguments:
/// - path: folder of the images; NULL: the working directory.
/// - tblfile: table of pairs, written by mOverlaps; columns plus, minus and diff.
/// - template_file: header template whose pixel grid the images are on.
/// - diffdir: folder for the difference images; must exist.
/// - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of pairs and how many failed. A pair that fails is counted and the others go
/// on.
///
/// Errors: the table, the template or diffdir cannot be used; the progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mDiffExecReturn *diffs =
///         mDiffExec("projected", "pairs.tbl", "region.hdr", "diffs", 0, 0);
///     if (diffs && diffs->status == 0)
///         printf("%d of %d differences failed\n", diffs->failed, diffs->count);
///     free(diffs);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mDiffExec(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    diffdir: *const c_char,
    noAreas: c_int,
    debug: c_int,
) -> *mut mDiffExecReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = DiffExecParams {
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
