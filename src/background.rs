//! mBackground and mBgExec for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::kernel::plane::Plane;
use mosaic::task::background::{
    background, bg_exec, BackgroundOutcome, BackgroundParams, BgExecOutcome, BgExecParams,
};

/// Result of mBackground; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(BackgroundOutcome)]
pub struct mBackgroundReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}

/// Result of mBgExec; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(BgExecOutcome)]
pub struct mBgExecReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images in the table.
    pub count: c_int,
    /// Number of images without a correction, which are copied.
    pub nocorrection: c_int,
    /// Number of images that could not be corrected.
    pub failed: c_int,
}

/// Subtracts a plane from an image.
///
/// The plane is A x + B y + C, where x and y are pixels (from 0) minus CRPIX1 and CRPIX2. A pixel
/// that is not finite, or whose area is not above 0, becomes blank. The output has doubles
/// (BITPIX -64) and the header of the input.
///
/// Arguments:
/// - input_file: the image; its area image is read from beside it.
/// - output_file: the image to write; its area image is written beside it.
/// - A, B: slopes of the plane along x and y (pixel value per pixel).
/// - C: value of the plane at the reference pixel.
/// - noAreas: 1: there are no area images, neither to read nor to write.
/// - debug: above 0, logs to stdout.
///
/// Result: the run time.
///
/// Errors: A, B or C is not finite; an input cannot be read, is a cube or has no reference pixel;
/// the area image has another size than the image.
///
/// Example:
///
/// ```c
///     struct mBackgroundReturn *done = mBackground("a.fits", "a_flat.fits", 0.01, 0.0, -3.5, 0, 0);
///     if (done && done->status != 0)
///         fprintf(stderr, "%s\n", done->msg);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mBackground(
    input_file: *const c_char,
    output_file: *const c_char,
    A: c_double,
    B: c_double,
    C: c_double,
    noAreas: c_int,
    debug: c_int,
) -> *mut mBackgroundReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = BackgroundParams {
            input: &arg::path(input_file, "input_file")?,
            output: &arg::path(output_file, "output_file")?,
            plane: Plane { a: A, b: B, c: C },
            no_areas: noAreas != 0,
            debug,
        };
        background(&params, run)
    })
}

/// Subtracts the correction planes of a table from the images of another.
///
/// Arguments:
/// - path: folder of the images; NULL: the working directory.
/// - tblfile: table of the images; columns cntr and fname.
/// - fitfile: table of the planes, written by mBgModel; columns id, a, b and c.
/// - corrdir: folder for the corrected images; must exist.
/// - noAreas: 1: there are no area images, neither to read nor to write.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of images, and how many had no correction or failed. An image that fails is
/// counted and the others go on.
///
/// Errors: a table cannot be read, lacks a column or a number; corrdir is not a folder; the
/// progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mBgExecReturn *done =
///         mBgExec("projected", "images.tbl", "corrections.tbl", "corrected", 0, 0);
///     if (done && done->status == 0)
///         printf("%d of %d images failed\n", done->failed, done->count);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mBgExec(
    path: *const c_char,
    tblfile: *const c_char,
    fitfile: *const c_char,
    corrdir: *const c_char,
    noAreas: c_int,
    debug: c_int,
) -> *mut mBgExecReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = BgExecParams {
            path: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            corrections: &arg::path(fitfile, "fitfile")?,
            output: &arg::path(corrdir, "corrdir")?,
            no_areas: noAreas != 0,
            debug,
        };
        bg_exec(&params, run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::ptr::null;

    /// Status and message of a return struct, which is released.
    fn answer<R: crate::shim::ReturnStruct>(raw: *mut R) -> (c_int, String) {
        // SAFETY: `raw` comes from one of the functions above, whose answers are not NULL while
        // there is memory, are NUL-terminated in msg, and are freed with free() once.
        unsafe {
            let (status, msg, _) = (*raw).head();
            let text = CStr::from_ptr(msg.as_ptr()).to_string_lossy().into_owned();
            let status = *status;
            libc::free(raw.cast());
            (status, text)
        }
    }

    #[test]
    fn missing_arguments_are_named() {
        let text = c"no/such/file".as_ptr();
        // SAFETY: NULL or NUL-terminated texts that outlive the calls.
        let answers = unsafe {
            [
                (
                    answer(mBackground(null(), text, 0., 0., 0., 0, 0)),
                    "input_file",
                ),
                (
                    answer(mBackground(text, c"".as_ptr(), 0., 0., 0., 0, 0)),
                    "output_file",
                ),
                (answer(mBackground(text, text, 0., f64::NAN, 0., 0, 0)), "B"),
                (answer(mBgExec(null(), null(), text, text, 0, 0)), "tblfile"),
                (answer(mBgExec(null(), text, null(), text, 0, 0)), "fitfile"),
                (answer(mBgExec(null(), text, text, null(), 0, 0)), "corrdir"),
            ]
        };
        for ((status, message), name) in answers {
            assert_eq!(status, 1);
            assert!(
                message.starts_with(&format!("Argument {name}: ")),
                "{message}"
            );
        }
    }
}
