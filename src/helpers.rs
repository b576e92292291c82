//! The helpers of Montage's header: checks of files and headers, and file names.
//!
//! The original keeps texts in static buffers that the next call, from whatever thread, writes
//! over. Here each thread has its own: a returned text is valid until the same thread's next
//! call of the same function, or until the thread ends. It is the library's: do not free it.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;
use std::ptr;
use std::thread::LocalKey;

use crate::arg;
use crate::shim::guarded;
use mosaic::error::{Error, Result};
use mosaic::task::header_check::{check_file, check_header, debug_level, Checked, Found, Kind};

type Slot = LocalKey<RefCell<CString>>;

thread_local! {
    /// The message of the last montage_checkHdr or montage_parseHdr.
    static MESSAGE: RefCell<CString> = RefCell::default();
    /// The header that it read.
    static HEADER: RefCell<CString> = RefCell::default();
    /// The result of the last montage_filePath.
    static PATH: RefCell<CString> = RefCell::default();
}

/// Stores a text in a slot of this thread and returns it; NULL at the very end of a thread, when its
/// slots are destroyed. The old text is dropped last: an argument may point to it.
fn keep(slot: &'static Slot, mut text: Vec<u8>) -> *mut c_char {
    text.retain(|&b| b != 0);
    let text = CString::new(text).unwrap_or_default();
    let place = |slot: &RefCell<CString>| {
        let old = slot.replace(text);
        drop(old);
        slot.borrow().as_ptr().cast_mut()
    };
    slot.try_with(place).unwrap_or(ptr::null_mut())
}

/// Checks whether a file or a folder exists.
///
/// Arguments:
/// - filename: its name.
///
/// Result: 0: a file; 1: nothing, or filename is NULL or ""; 2: a folder.
///
/// Example:
///
/// ```c
///     if (montage_checkFile("region.hdr") != 0)
///         fprintf(stderr, "There is no file region.hdr\n");
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_checkFile(filename: *const c_char) -> c_int {
    guarded(|| {
        // SAFETY: the contract of the interface.
        let path = unsafe { arg::path(filename, "filename") };
        match path.map_or(Found::Nothing, |path| check_file(&path)) {
            Found::File => 0,
            Found::Nothing => 1,
            Found::Folder => 2,
        }
    })
}

/// Checks that a file has the header of an image on the sky.
///
/// Arguments:
/// - infile: a FITS file or a header template.
/// - hdrflag: what infile must be: 0: a FITS file; 1: a header template; 2: either.
/// - hdu: HDU of a FITS file, from 0; below 0: 0.
///
/// Result: NULL if the header is good, else a message that says what is wrong; also if infile is
/// NULL or "". Do not free the message: it is valid until the next call of montage_checkHdr or
/// montage_parseHdr in the same thread. montage_getHdr returns the header.
///
/// Example:
///
/// ```c
///     const char *wrong = montage_checkHdr("region.hdr", 1, 0);
///     if (wrong)
///         fprintf(stderr, "%s\n", wrong);
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_checkHdr(
    infile: *const c_char,
    hdrflag: c_int,
    hdu: c_int,
) -> *mut c_char {
    guarded(|| {
        // SAFETY: the contract of the interface.
        let path = unsafe { arg::path(infile, "infile") };
        let work = AssertUnwindSafe(|| check(path, hdrflag, hdu));
        let checked = catch_unwind(work).unwrap_or_else(|_| Checked {
            text: Vec::new(),
            verdict: Err(Error::message("Internal error (please report it)")),
        });
        keep(&HEADER, checked.text);
        match checked.verdict {
            Ok(()) => ptr::null_mut(),
            Err(error) => keep(&MESSAGE, error.to_string().into_bytes()),
        }
    })
}

fn check(path: Result<PathBuf>, hdrflag: c_int, hdu: c_int) -> Checked {
    match path {
        Ok(path) => {
            let hdu = usize::try_from(hdu).unwrap_or(0);
            check_header(&path, Kind::from_flag(hdrflag), hdu)
        }
        Err(error) => Checked {
            text: Vec::new(),
            verdict: Err(error),
        },
    }
}

/// Checks a header: the same as montage_checkHdr, which calls it in Montage.
///
/// Arguments:
/// - infile, hdrflag, hdu: as for montage_checkHdr.
///
/// Result: as for montage_checkHdr.
#[no_mangle]
pub unsafe extern "C" fn montage_parseHdr(
    infile: *const c_char,
    hdrflag: c_int,
    hdu: c_int,
) -> *mut c_char {
    // SAFETY: passed on.
    unsafe { montage_checkHdr(infile, hdrflag, hdu) }
}

/// Returns the header that the last montage_checkHdr or montage_parseHdr of this thread read.
///
/// Result: lines of 80 characters without separators; "" before the first check, and for a file that
/// could not be read. Do not free it: it is valid until the next check in the same thread.
///
/// Example:
///
/// ```c
///     if (montage_checkHdr("m31.fits", 0, 0) == NULL)
///         for (const char *card = montage_getHdr(); *card; card += 80)
///             printf("%.80s\n", card);
/// ```
#[no_mangle]
pub extern "C" fn montage_getHdr() -> *mut c_char {
    let place = |slot: &RefCell<CString>| slot.borrow().as_ptr().cast_mut();
    HEADER.try_with(place).unwrap_or(ptr::null_mut())
}

/// Reads a debug level.
///
/// Arguments:
/// - debugStr: a number from 0 on in the notation of C; "" means 0.
///
/// Result: the level; -1 if debugStr is NULL or not such a number.
///
/// Example:
///
/// ```c
///     int debug = montage_debugCheck(argv[1]);
///     if (debug < 0)
///         fprintf(stderr, "Invalid debug level\n");
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_debugCheck(debugStr: *const c_char) -> c_int {
    // SAFETY: the contract of the interface.
    guarded(|| {
        unsafe { arg::bytes(debugStr) }
            .and_then(debug_level)
            .unwrap_or(-1)
    })
}

/// Joins a folder and a file name.
///
/// Arguments:
/// - path: the folder; NULL or "": the working directory.
/// - fname: the file name. If it begins with "/" it is returned as it is; a leading "./" is dropped.
///
/// Result: the path, of any length ("projected/a.fits" in the example); NULL if fname is NULL. Do not
/// free it: it is valid until the next montage_filePath in the same thread, and no longer than fname
/// if it is fname.
///
/// Example:
///
/// ```c
///     printf("%s\n", montage_filePath("projected", "./a.fits"));
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_filePath(
    path: *const c_char,
    fname: *const c_char,
) -> *mut c_char {
    guarded(|| {
        // SAFETY: the contract of the interface.
        let (folder, name) = unsafe { (arg::bytes(path), arg::bytes(fname)) };
        match name {
            None => ptr::null_mut(),
            Some([b'/', ..]) => fname.cast_mut(),
            Some(name) => {
                let mut whole = folder.unwrap_or_default().to_vec();
                if !matches!(whole.last(), None | Some(b'/')) {
                    whole.push(b'/');
                }
                whole.extend(name.strip_prefix(b"./").unwrap_or(name));
                keep(&PATH, whole)
            }
        }
    })
}

/// Finds the part of a path after its last "/".
///
/// Arguments:
/// - fname: the path.
///
/// Result: a pointer into fname ("a.fits" in the example); NULL if fname is NULL.
///
/// Example:
///
/// ```c
///     printf("%s\n", montage_fileName("projected/a.fits"));
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_fileName(fname: *const c_char) -> *mut c_char {
    // SAFETY: the contract of the interface.
    let Some(bytes) = (unsafe { arg::bytes(fname) }) else {
        return ptr::null_mut();
    };
    let start = bytes.iter().rposition(|&b| b == b'/').map_or(0, |n| n + 1);
    // SAFETY: `start` is at most the length of the string, so this points into it or at its NUL.
    unsafe { fname.add(start) }.cast_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn c(text: impl Into<Vec<u8>>) -> CString {
        CString::new(text).unwrap()
    }

    fn text(pointer: *const c_char) -> String {
        assert!(!pointer.is_null());
        // SAFETY: not NULL; the helpers return NUL-terminated strings.
        let text = unsafe { CStr::from_ptr(pointer) };
        text.to_str().unwrap().to_owned()
    }

    fn file_path(path: &str, name: &str) -> String {
        let (path, name) = (c(path), c(name));
        // SAFETY: both are NUL-terminated and outlive the call.
        text(unsafe { montage_filePath(path.as_ptr(), name.as_ptr()) })
    }

    #[test]
    fn paths_are_joined_as_in_montage() {
        assert_eq!(file_path("a/b", "c.fits"), "a/b/c.fits");
        assert_eq!(file_path("a/b/", "./c.fits"), "a/b/c.fits");
        assert_eq!(file_path("", "./c.fits"), "c.fits");
        assert_eq!(file_path("a", "/c.fits"), "/c.fits");
        assert_eq!(file_path("a", ""), "a/");
        assert_eq!(file_path(".", "../c"), "./../c");
        let long = "x".repeat(6000);
        assert_eq!(file_path(&long, &long), format!("{long}/{long}"));
        let name = c("n");
        // SAFETY: NULL or NUL-terminated; the inner result is only used by the outer call.
        unsafe {
            assert!(montage_filePath(name.as_ptr(), ptr::null()).is_null());
            assert_eq!(text(montage_filePath(ptr::null(), name.as_ptr())), "n");
            let inner = montage_filePath(name.as_ptr(), name.as_ptr());
            assert_eq!(text(montage_filePath(inner, name.as_ptr())), "n/n/n");
            let inner = montage_filePath(name.as_ptr(), name.as_ptr());
            assert_eq!(text(montage_filePath(inner, inner)), "n/n/n/n");
        }
    }

    #[test]
    fn file_names_point_into_their_argument() {
        for (path, name) in [("a/b/c", "c"), ("c", "c"), ("a/", ""), ("", ""), ("/", "")] {
            let path = c(path);
            // SAFETY: NUL-terminated and outlives the pointer.
            let found = unsafe { montage_fileName(path.as_ptr()) };
            assert_eq!(text(found), name);
            assert!(path
                .to_bytes_with_nul()
                .as_ptr_range()
                .contains(&found.cast_const().cast()));
        }
        // SAFETY: NULL is allowed.
        assert!(unsafe { montage_fileName(ptr::null()) }.is_null());
    }

    #[test]
    fn files_and_debug_levels_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        std::fs::write(&file, "x").unwrap();
        let check = |path: &str| {
            let path = c(path);
            // SAFETY: NUL-terminated and outlives the call.
            unsafe { montage_checkFile(path.as_ptr()) }
        };
        assert_eq!(check(file.to_str().unwrap()), 0);
        assert_eq!(check(dir.path().join("none").to_str().unwrap()), 1);
        assert_eq!(check(dir.path().to_str().unwrap()), 2);
        assert_eq!(check(""), 1);
        assert_eq!(check(&"x".repeat(6000)), 1);
        let (two, bad) = (c("2"), c("2x"));
        // SAFETY: NULL or NUL-terminated, and outlive the call.
        unsafe {
            assert_eq!(montage_checkFile(ptr::null()), 1);
            assert_eq!(montage_debugCheck(two.as_ptr()), 2);
            assert_eq!(montage_debugCheck(bad.as_ptr()), -1);
            assert_eq!(montage_debugCheck(ptr::null()), -1);
        }
    }

    #[test]
    fn headers_and_messages_are_each_threads_own() {
        let dir = tempfile::tempdir().unwrap();
        let good = "BITPIX = 8\nNAXIS = 2\nNAXIS1 = 2\nNAXIS2 = 2\nPLTRAH = 1\n";
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = dir.path().join(format!("{thread}.hdr"));
                scope.spawn(move || {
                    assert_eq!(text(montage_getHdr()), "");
                    std::fs::write(&path, format!("{good}THREAD = {thread}\n")).unwrap();
                    let name = c(path.to_str().unwrap());
                    let missing = c(format!("missing{thread}"));
                    for _ in 0..50 {
                        // SAFETY: NUL-terminated strings that outlive the calls.
                        unsafe {
                            let message = montage_parseHdr(missing.as_ptr(), 2, 0);
                            assert!(montage_checkHdr(name.as_ptr(), 1, -1).is_null());
                            let header = text(montage_getHdr());
                            assert_eq!(header.len(), 6 * 80);
                            assert!(header.contains(&format!("THREAD = {thread} ")));
                            assert_eq!(text(message), format!("File missing{thread} not found."));
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn bad_arguments_are_messages() {
        let cases = [
            (ptr::null(), "Argument infile: is NULL"),
            (c"".as_ptr(), "Argument infile: is empty"),
        ];
        for (infile, expected) in cases {
            // SAFETY: NULL or NUL-terminated.
            let message = unsafe { montage_checkHdr(infile, 0, 0) };
            assert_eq!(text(message), expected);
            assert_eq!(text(montage_getHdr()), "");
        }
        let long = c("y".repeat(6000));
        // SAFETY: NUL-terminated and outlives the call.
        let message = text(unsafe { montage_checkHdr(long.as_ptr(), 2, i32::MAX) });
        assert!(
            message.len() < 1024 && message.ends_with("not found."),
            "{message}"
        );
    }
}
