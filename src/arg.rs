//! Converts C arguments to Rust values. A NULL or empty argument is an error that names it.

use std::ffi::{c_char, c_double, CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use mosaic::error::{Error, Result};

/// The bytes of a C string, or `None` for NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated and valid for the call.
pub unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and NUL-terminated and valid by this function's contract.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A path that must be given.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn path(text: *const c_char, name: &'static str) -> Result<PathBuf> {
    // SAFETY: passed on.
    match unsafe { bytes(text) } {
        None => Err(Error::argument(name, "is NULL")),
        Some([]) => Err(Error::argument(name, "is empty")),
        Some(bytes) => Ok(PathBuf::from(OsStr::from_bytes(bytes))),
    }
}

/// A path that may be left out: NULL and "" are `None`.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_path(text: *const c_char) -> Option<PathBuf> {
    // SAFETY: passed on.
    match unsafe { bytes(text) } {
        None | Some([]) => None,
        Some(bytes) => Some(PathBuf::from(OsStr::from_bytes(bytes))),
    }
}

/// A directory whose NULL (or empty string) means the working directory, as in the original.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn dir_or_here(text: *const c_char) -> PathBuf {
    // SAFETY: passed on.
    unsafe { optional_path(text) }.unwrap_or_else(|| PathBuf::from("."))
}

/// A text that must be given; bytes that are not UTF-8 are replaced.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn text(text: *const c_char, name: &'static str) -> Result<String> {
    // SAFETY: passed on.
    match unsafe { bytes(text) } {
        None => Err(Error::argument(name, "is NULL")),
        Some([]) => Err(Error::argument(name, "is empty")),
        Some(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// A text that may be left out: NULL is "".
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_text(text: *const c_char) -> String {
    // SAFETY: passed on.
    let bytes = unsafe { bytes(text) }.unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// A name that may be left out: NULL and "" are `None`.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_name(text: *const c_char) -> Option<String> {
    // SAFETY: passed on.
    Some(unsafe { optional_text(text) }).filter(|name| !name.is_empty())
}

/// The `count` numbers that `values` points to; none where `count` is 0.
///
/// # Safety
/// `values` is NULL or points to at least `count` doubles that are valid for the call.
pub unsafe fn reals(
    values: *const c_double,
    count: i32,
    (name, count_name): (&'static str, &'static str),
) -> Result<Vec<f64>> {
    let count = not_negative(count, count_name)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if values.is_null() {
        return Err(Error::argument(name, "is NULL"));
    }
    // SAFETY: not NULL, and that many doubles by this function's contract.
    Ok(memory::copy(unsafe {
        std::slice::from_raw_parts(values, count)
    })?)
}

/// The paths of a list of `count` C strings, each of which must be given.
///
/// # Safety
/// `texts` is NULL or points to `count` pointers, each as for [`bytes`].
pub unsafe fn paths(
    texts: *const *const c_char,
    count: i32,
    (name, count_name): (&'static str, &'static str),
) -> Result<Vec<PathBuf>> {
    let count = not_negative(count, count_name)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if texts.is_null() {
        return Err(Error::argument(name, "is NULL"));
    }
    // SAFETY: not NULL, and that many pointers by this function's contract.
    let texts = unsafe { std::slice::from_raw_parts(texts, count) };
    // SAFETY: passed on.
    memory::try_collect(texts.iter().map(|&text| unsafe { path(text, name) }))
}

/// A number for which NaN stands for "not given".
pub fn optional_real(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

/// A non-negative count; `name` is what the header calls it.
pub fn not_negative(value: i32, name: &'static str) -> Result<usize> {
    usize::try_from(value)
        .map_err(|_| Error::argument(name, format!("must not be negative (it is {value})")))
}

/// A finite number; `name` is what the header calls it.
pub fn finite(value: f64, name: &'static str) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::argument(
        name,
        format!("must be a finite number (it is {value})"),
    ))
}
