//! mOverlaps for C.

use std::ffi::{c_char, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::task::overlap::{overlaps, Overlaps, OverlapsOutcome};

/// What mOverlaps returns. Release it with `free()`.
#[repr(C)]
pub struct mOverlapsReturn {
    /// 0: done, 1: error (see `msg`).
    pub status: c_int,
    /// On error what is wrong; else the counts as text.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of overlapping pairs.
    pub count: c_int,
}

/// Finds the images of the table `tblfile` that overlap on the sky and writes the pairs, with
/// the name that each pair's difference image will have, to the table `difftbl`. With
/// `quickmode` images are compared as areas between four great circles, which is right for all
/// but strongly curved edges; with 0 the edge pixels are walked one by one. A table that gives
/// the corners (columns `ra1` to `dec4`) is always compared quickly.
///
/// With `debug` above 0 it says on standard output what it read.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mOverlaps(
    tblfile: *const c_char,
    difftbl: *const c_char,
    quickmode: c_int,
    debug: c_int,
) -> *mut mOverlapsReturn {
    export(|run| {
        let params = Overlaps {
            // SAFETY: by this function's contract.
            table: unsafe { arg::path(tblfile, "tblfile") }?,
            // SAFETY: by this function's contract.
            output: unsafe { arg::path(difftbl, "difftbl") }?,
            exact: quickmode == 0,
            debug,
        };
        overlaps(&params, run)
    })
}

impl_return!(mOverlapsReturn, OverlapsOutcome { count });

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::{CStr, CString};
    use std::ptr;

    /// status, count, msg and json; frees the struct as a C caller does.
    fn call(table: *const c_char, output: *const c_char) -> (i32, i32, String, String) {
        // SAFETY: NULL or NUL-terminated, as the tests below make them.
        let raw = unsafe { mOverlaps(table, output, 1, 0) };
        // SAFETY: a struct of the library, whole and not freed yet.
        let answer = unsafe { &*raw };
        let text = |field: &[c_char]| {
            // SAFETY: fields are NUL-terminated.
            let text = unsafe { CStr::from_ptr(field.as_ptr()) };
            text.to_str().unwrap().to_owned()
        };
        let result = (
            answer.status,
            answer.count,
            text(&answer.msg),
            text(&answer.json),
        );
        // SAFETY: from calloc, and not used after.
        unsafe { libc::free(raw.cast()) };
        result
    }

    #[test]
    fn the_struct_says_what_montages_says() {
        let dir = tempfile::tempdir().unwrap();
        let name = |name: &str| CString::new(dir.path().join(name).to_str().unwrap()).unwrap();
        let (table, output) = (name("images.tbl"), name("diffs.tbl"));
        let head =
            "cntr ctype1   ctype2   nl ns crval1 crval2 crpix1 crpix2 cdelt1 cdelt2 crota2 fname  ";
        let line =
            "   1 RA---TAN DEC--TAN 10 10    1.0    2.0    5.5    5.5  -0.01   0.01      0 a.fits ";
        let head: String = head.split_inclusive(' ').fold(String::new(), |all, word| {
            let blanks = if word.trim().is_empty() { ' ' } else { '|' };
            all + &format!("{blanks}{}", word.strip_suffix(' ').unwrap_or(word))
        });
        let text = format!("{head}|\n {line}\n {line}\n");
        std::fs::write(dir.path().join("images.tbl"), text).unwrap();
        let (status, count, msg, json) = call(table.as_ptr(), output.as_ptr());
        assert_eq!(
            (status, count, msg.as_str(), json.as_str()),
            (0, 1, "count=1", "{\"count\":1}")
        );
        let long = CString::new("z".repeat(6000)).unwrap();
        let bad: [(*const c_char, *const c_char, &str); 6] = [
            (ptr::null(), output.as_ptr(), "tblfile"),
            (c"".as_ptr(), output.as_ptr(), "tblfile"),
            (
                long.as_ptr(),
                output.as_ptr(),
                "Invalid image metadata file",
            ),
            (table.as_ptr(), ptr::null(), "difftbl"),
            (table.as_ptr(), c"".as_ptr(), "difftbl"),
            (table.as_ptr(), long.as_ptr(), "Failed to open output"),
        ];
        for (table, output, expected) in bad {
            let (status, count, msg, json) = call(table, output);
            assert_eq!((status, count), (1, 0));
            assert!(msg.contains(expected), "{msg}");
            assert!(json.starts_with("{\"error\":"), "{json}");
        }
    }
}
