//! mOverlaps for C.

use std::ffi::{c_char, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::task::overlap::{overlaps, Outline, OverlapsOutcome, OverlapsParams};

/// Result of mOverlaps; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(OverlapsOutcome)]
pub struct mOverlapsReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of overlapping pairs.
    pub count: c_int,
}

/// Finds the pairs of images of a table that overlap on the sky, and writes them to a table.
///
/// Arguments:
/// - tblfile: table of the images, written by mImgtbl.
/// - difftbl: the table to write: the pairs, with the name of the difference image of each.
/// - quickmode: 1 compares the areas between the four corners of each image, which is right for all
///   but strongly curved edges; 0 walks along the edge pixels. A table with corners (columns ra1,
///   dec1 to ra4, dec4) is always compared by these.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of pairs.
///
/// Errors: the table cannot be read, lacks columns, or a row has no usable coordinates; the progress
/// callback cancels.
///
/// Example:
///
/// ```c
///     struct mOverlapsReturn *pairs = mOverlaps("images.tbl", "diffs.tbl", 0, 0);
///     if (pairs && pairs->status == 0)
///         printf("%d pairs\n", pairs->count);
///     free(pairs);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mOverlaps(
    tblfile: *const c_char,
    difftbl: *const c_char,
    quickmode: c_int,
    debug: c_int,
) -> *mut mOverlapsReturn {
    export(|run| {
        let params = OverlapsParams {
            // SAFETY: the contract of the interface.
            table: unsafe { arg::path(tblfile, "tblfile") }?,
            // SAFETY: the contract of the interface.
            output: unsafe { arg::path(difftbl, "difftbl") }?,
            outline: Outline::from_quick(quickmode != 0),
            debug,
        };
        overlaps(&params, run)
    })
}

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
