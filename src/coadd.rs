//! mAdd for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::task::coadd::{add, AddOutcome, AddParams, Coadd};

/// Result of mAdd; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(AddOutcome)]
pub struct mAddReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}

/// Coadds reprojected images into a mosaic and writes the sum of their areas beside it.
///
/// Images and mosaic need not fit into memory.
///
/// Arguments:
/// - path: folder of the images; NULL: the working directory.
/// - tblfile: table of the images, written by mImgtbl; columns cntr, fname, ctype1, ctype2, naxis1,
///   naxis2, crval1, crval2, crpix1, crpix2, cdelt1 and cdelt2.
/// - template_file: header template of the mosaic; the images are on its pixel grid.
/// - output_file: the mosaic to write; its area image is written beside it.
/// - shrink: 1 cuts the mosaic to the area that the images cover; 0 writes all of the template.
/// - haveAreas: 1 weights pixels by the area images beside the images; 0: every pixel weighs 1.
/// - coadd: 0: mean, weighted by the areas; 1: median of the values whose pixel is covered by half or
///   more; 2: number of images with a value above 0; 3: sum.
/// - debug: above 0, logs to stdout.
///
/// Result: the run time.
///
/// Errors: coadd is not 0 to 3; the table or the template cannot be used; an image is missing, has
/// another size than the table says, or is not on the grid of the template.
///
/// Example:
///
/// ```c
///     struct mAddReturn *mosaic =
///         mAdd("corrected", "corrected.tbl", "region.hdr", "mosaic.fits", 1, 1, 0, 0);
///     if (mosaic && mosaic->status != 0)
///         fprintf(stderr, "%s\n", mosaic->msg);
///     free(mosaic);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mAdd(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    output_file: *const c_char,
    shrink: c_int,
    haveAreas: c_int,
    coadd: c_int,
    debug: c_int,
) -> *mut mAddReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = AddParams {
            path: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            template: &arg::path(template_file, "template_file")?,
            output: &arg::path(output_file, "output_file")?,
            shrink: shrink != 0,
            no_areas: haveAreas == 0,
            coadd: Coadd::from_number(coadd)?,
            debug,
        };
        add(&params, run)
    })
}
