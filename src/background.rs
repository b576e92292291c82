//! mBackground and mBgExec for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::kernel::plane::Plane;
use mosaic::task::background::{
    background, bg_exec, BackgroundOutcome, BackgroundParams, BgExecOutcome, BgExecParams,
};

/// What mBackground returns.
#[repr(C)]
pub struct mBackgroundReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}
impl_return!(mBackgroundReturn, BackgroundOutcome { time });

/// What mBgExec returns.
#[repr(C)]
pub struct mBgExecReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Images in the table.
    pub count: c_int,
    /// Images without a correction, which are copied.
    pub nocorrection: c_int,
    /// Images that could not be corrected.
    pub failed: c_int,
}
impl_return!(
    mBgExecReturn,
    BgExecOutcome {
        count,
        nocorrection,
        failed,
    }
);

/// Subtracts the plane A x + B y + C from an image, where x and y are pixels (from 0) minus
/// CRPIX1 and CRPIX2. A pixel that is not finite, or whose area is not positive, becomes blank.
/// With `noAreas` there are no `_area` images, neither to read nor to write.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        background(
            &BackgroundParams {
                input: &arg::path(input_file, "input_file")?,
                output: &arg::path(output_file, "output_file")?,
                plane: Plane { a: A, b: B, c: C },
                no_areas: noAreas != 0,
                debug,
            },
            run,
        )
    })
}

/// Corrects every image of the table `tblfile` (columns cntr, fname; images in `path`, NULL: the
/// working directory) by its plane in `fitfile` (columns id, a, b, c; mBgModel writes it), into
/// the existing folder `corrdir`. An image that fails is counted, the others go on.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mBgExec(
    path: *const c_char,
    tblfile: *const c_char,
    fitfile: *const c_char,
    corrdir: *const c_char,
    noAreas: c_int,
    debug: c_int,
) -> *mut mBgExecReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        bg_exec(
            &BgExecParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                corrections: &arg::path(fitfile, "fitfile")?,
                output: &arg::path(corrdir, "corrdir")?,
                no_areas: noAreas != 0,
                debug,
            },
            run,
        )
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
