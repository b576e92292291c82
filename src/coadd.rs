//! mAdd for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::task::coadd::{add, AddOutcome, AddParams, Coadd};

/// What mAdd returns.
#[repr(C)]
pub struct mAddReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}
impl_return!(mAddReturn, AddOutcome { time });

/// Coadds the images of the table `tblfile` (columns cntr, fname, ctype1, ctype2, naxis1, naxis2,
/// crval1, crval2, crpix1, crpix2, cdelt1, cdelt2; images in `path`, NULL: the working directory),
/// which lie on the pixel grid of `template_file`, into the mosaic `output_file` and its
/// `_area.fits`. `shrink`: cut the mosaic to the images; `haveAreas`: weigh by their `_area`
/// images; `coadd`: 0 mean, 1 median, 2 count, 3 sum.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        add(
            &AddParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                output: &arg::path(output_file, "output_file")?,
                shrink: shrink != 0,
                no_areas: haveAreas == 0,
                coadd: Coadd::from_number(coadd)?,
                debug,
            },
            run,
        )
    })
}
