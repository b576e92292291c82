//! Runs a task for C and fills the struct that C receives from its result.

use std::ffi::{c_char, c_double, c_int};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use crate::host::Guard;
use crate::settings::with_run;
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

/// Size of `msg` in every return struct of the header.
pub const MSG: usize = 1024;
/// Size of `json` in every return struct of the header.
pub const JSON: usize = 4096;

/// An error that C receives.
pub trait CallError: std::fmt::Display + From<mosaic::Error> {
    /// The text of `msg`; json has the whole text.
    fn msg(&self) -> String;
}

impl CallError for mosaic::Error {
    fn msg(&self) -> String {
        mosaic::Error::msg(self)
    }
}

impl CallError for imphot::Error {
    fn msg(&self) -> String {
        imphot::Error::msg(self)
    }
}

/// A `repr(C)` struct of the public header that begins with status, msg and json. Derive it.
///
/// # Safety
/// The implementor is `repr(C)` and valid when all its bytes are zero.
pub unsafe trait ReturnStruct {
    /// The result of the task.
    type Outcome: Outcome;
    /// Copies the values of `outcome` into the members after json.
    fn fill(&mut self, outcome: &Self::Outcome);
    /// status, msg and json.
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]);
    /// Sets one member.
    fn put<M: Member<T>, T: ?Sized>(member: &mut M, value: &T) {
        member.set(value);
    }
}
pub use derive::ReturnStruct;

/// The type of a member of a return struct, filled from a `T` of the outcome.
///
/// # Safety
/// The implementor is valid when all its bytes are zero.
pub unsafe trait Member<T: ?Sized> {
    /// Sets the member.
    fn set(&mut self, value: &T);
}

// SAFETY: an integer.
unsafe impl Member<i32> for c_int {
    fn set(&mut self, value: &i32) {
        *self = *value;
    }
}

// SAFETY: an integer.
unsafe impl Member<bool> for c_int {
    fn set(&mut self, value: &bool) {
        *self = (*value).into();
    }
}

// SAFETY: a floating-point number.
unsafe impl Member<f64> for c_double {
    fn set(&mut self, value: &f64) {
        *self = *value;
    }
}

// SAFETY: an array of integers.
unsafe impl<T: AsRef<str> + ?Sized, const N: usize> Member<T> for [c_char; N] {
    fn set(&mut self, value: &T) {
        copy_text(value.as_ref(), self);
    }
}

/// A return struct that points to a list of items behind it in the same memory, so that one `free()`
/// releases both.
///
/// # Safety
/// The items are `repr(C)` and valid when all their bytes are zero.
pub unsafe trait WithList: ReturnStruct {
    /// The type of the items.
    type Item;
    /// Fills `items` from `outcome` and points to them.
    fn fill_list(&mut self, items: &mut [Self::Item], outcome: &Self::Outcome);
}

/// Runs `work` under a [`Guard`], which keeps the caller's process as it was. Every exported function that
/// does more than return or set a value calls this; [`export`] does.
#[inline(never)]
pub fn guarded<T>(work: impl FnOnce() -> T) -> T {
    let _guard = Guard::enter();
    work()
}

/// Runs `task` and returns its result as a struct allocated with calloc, which the caller frees with
/// `free()`. A panic becomes an error. NULL only if there is no memory for the struct.
pub fn export<R: ReturnStruct, E: CallError>(
    task: impl FnOnce(&Run) -> Result<R::Outcome, E>,
) -> *mut R {
    export_sized(size_of::<R>(), task, |raw, _| raw)
}

/// As [`export`], with room for a list of `count` items.
pub fn export_with_list<R: WithList, E: CallError>(
    count: usize,
    task: impl FnOnce(&Run) -> Result<R::Outcome, E>,
) -> *mut R {
    let start = size_of::<R>().next_multiple_of(align_of::<R::Item>());
    let Some(size) = count
        .checked_mul(size_of::<R::Item>())
        .and_then(|list| list.checked_add(start))
    else {
        return std::ptr::null_mut();
    };
    export_sized(size, task, |raw: *mut R, outcome| {
        // SAFETY: the memory at `raw` has `size` bytes, of which those of `count` items from `start`
        // on are zeroed and nobody else's.
        unsafe { fill_list_behind(raw, count, outcome) };
        raw
    })
}

/// As [`export`], with a list of `count(outcome)` items.
pub fn export_with_found_list<R: WithList, E: CallError>(
    task: impl FnOnce(&Run) -> Result<R::Outcome, E>,
    count: impl FnOnce(&R::Outcome) -> usize,
) -> *mut R {
    export_sized(size_of::<R>(), task, |raw: *mut R, outcome| {
        let count = count(outcome);
        let start = size_of::<R>().next_multiple_of(align_of::<R::Item>());
        let size = count
            .checked_mul(size_of::<R::Item>())
            .and_then(|list| list.checked_add(start));
        let larger = match size {
            // SAFETY: `raw` is calloc's, and nobody else has it yet.
            Some(size) => unsafe { libc::realloc(raw.cast(), size) }.cast::<R>(),
            None => std::ptr::null_mut(),
        };
        if larger.is_null() {
            // SAFETY: realloc has left it as it was: a valid struct that is ours alone.
            let (status, msg, json) = unsafe { &mut *raw }.head();
            *status = 1;
            copy_text("Out of memory for the list of results", msg);
            copy_text("{}", json);
            return raw;
        }
        let end = size.unwrap_or(start);
        // SAFETY: there are `end` bytes now, of which the first are the struct as it was.
        unsafe {
            let first = larger.cast::<u8>();
            first
                .add(size_of::<R>())
                .write_bytes(0, end - size_of::<R>());
            fill_list_behind(larger, count, outcome);
        }
        larger
    })
}

/// Fills the list behind a struct.
///
/// # Safety
/// `raw` points to a valid struct, behind which, from the next multiple of an item's alignment on, the
/// bytes of `count` items are zeroed and nobody else's.
unsafe fn fill_list_behind<R: WithList>(raw: *mut R, count: usize, outcome: &R::Outcome) {
    let start = size_of::<R>().next_multiple_of(align_of::<R::Item>());
    // SAFETY: by this function's own contract; items are valid as zero bytes.
    let (out, items) = unsafe {
        let list = raw.cast::<u8>().add(start).cast::<R::Item>();
        (&mut *raw, std::slice::from_raw_parts_mut(list, count))
    };
    out.fill_list(items, outcome);
}

/// [`export`] in `size` bytes, at least those of the struct; `finish` comes after the members of a
/// result are filled, and may move the struct.
fn export_sized<R: ReturnStruct, E: CallError>(
    size: usize,
    task: impl FnOnce(&Run) -> Result<R::Outcome, E>,
    finish: impl FnOnce(*mut R, &R::Outcome) -> *mut R,
) -> *mut R {
    guarded(|| run_and_fill(size, task, finish))
}

fn run_and_fill<R: ReturnStruct, E: CallError>(
    size: usize,
    task: impl FnOnce(&Run) -> Result<R::Outcome, E>,
    finish: impl FnOnce(*mut R, &R::Outcome) -> *mut R,
) -> *mut R {
    // SAFETY: calloc of a non-zero size; NULL is handled below.
    let raw = unsafe { libc::calloc(1, size) }.cast::<R>();
    if raw.is_null() {
        return raw;
    }
    let work = |run: &Run| (task(run), Arc::clone(run.shared()));
    let (result, shared) = catch_unwind(AssertUnwindSafe(|| with_run(work)))
        .unwrap_or_else(|panic| (Err(mosaic::Error::defect(&*panic).into()), Arc::default()));
    // SAFETY: calloc's memory is aligned for any C type and zeroed, which is a valid R by the
    // contract of ReturnStruct; nobody else has the pointer yet.
    let out = unsafe { &mut *raw };
    let (msg, json) = match &result {
        Ok(outcome) => {
            out.fill(outcome);
            let fields = outcome.fields();
            (
                fields.message(),
                fields.json_with(shared.warnings(), JSON - 1),
            )
        }
        Err(error) => {
            let json = Fields::error_json(&error.to_string(), shared.warnings(), JSON - 1);
            (error.msg(), json)
        }
    };
    let (status, msg_out, json_out) = out.head();
    *status = c_int::from(result.is_err());
    copy_text(&msg, msg_out);
    // JSON is never handed out cut.
    copy_text(if json.len() < JSON { &json } else { "{}" }, json_out);
    match &result {
        Ok(outcome) => finish(raw, outcome),
        Err(_) => raw,
    }
}

/// Copies `text` into a C array: NUL-terminated, cut on a character boundary, no NUL inside.
pub fn copy_text(text: &str, out: &mut [c_char]) {
    let room = out.len() - 1;
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    for (to, &from) in out.iter_mut().zip(&text.as_bytes()[..end]) {
        *to = if from == 0 {
            b'?' as c_char
        } else {
            from as c_char
        };
    }
    out[end] = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_on_a_character_boundary() {
        let mut out = [1 as c_char; 4];
        copy_text("ab\u{e9}d", &mut out);
        assert_eq!(out[..3], [b'a' as c_char, b'b' as c_char, 0]);
        copy_text("a\0b", &mut out);
        assert_eq!(out, [b'a' as c_char, b'?' as c_char, b'b' as c_char, 0]);
    }
}
