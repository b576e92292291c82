//! The settings that C callers make once for the process: threads and progress. The only state
//! that outlives a call; everything below receives it as a [`Run`].

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::RwLock;

use crate::host::{as_host, HOST};
use fits::durable;
use mosaic::run::{default_threads, Run};

/// What `montage_setProgress` takes: called with the number of items done and in all; a
/// non-zero answer cancels the call that it was called from.
pub type montage_progress =
    Option<unsafe extern "C" fn(done: i64, total: i64, user: *mut c_void) -> c_int>;

/// 0: not set, use the default.
static THREADS: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy)]
struct Progress {
    callback: montage_progress,
    user: *mut c_void,
}

// SAFETY: `user` is never dereferenced here, only handed back to the callback; that it may be
// called from any thread that calls the library is the caller's promise (montage_setProgress).
unsafe impl Send for Progress {}
// SAFETY: as above.
unsafe impl Sync for Progress {}

static PROGRESS: RwLock<Progress> = RwLock::new(Progress {
    callback: None,
    user: std::ptr::null_mut(),
});

/// Runs `work` with the settings in force now.
pub fn with_run<T>(work: impl FnOnce(&Run) -> T) -> T {
    let threads = match THREADS.load(Ordering::Relaxed) {
        0 => default_threads(),
        n => n,
    };
    let progress = *PROGRESS
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some(callback) = progress.callback else {
        return work(&Run::new(threads).on(HOST));
    };
    let report = move |done: u64, total: u64| {
        let whole = progress;
        // SAFETY: the callback and its user pointer are valid by the contract of
        // montage_setProgress; it is called on the thread that called the library.
        as_host(|| unsafe { callback(done as i64, total as i64, whole.user) != 0 })
    };
    work(&Run::with_progress(threads, &report).on(HOST))
}

/// Sets how many threads each later call may use; 0 or less goes back to the default (all
/// cores, or the environment variable `MONTAGE_THREADS`). Results do not depend on it. Calls
/// that are already running keep theirs.
#[no_mangle]
pub extern "C" fn montage_setThreads(threads: c_int) {
    THREADS.store(usize::try_from(threads).unwrap_or(0), Ordering::Relaxed);
}

/// Sets a function to be called with (done, total, user) by every Exec function and mBgModel
/// as they go, on the thread that called them; a non-zero answer cancels that call: it returns
/// status 1 and leaves no output half-written. NULL turns reporting off.
///
/// # Safety
/// `callback` is NULL or a function of this type that may be called, with `user`, from every
/// thread that calls the library, until it is replaced and the calls running then have ended.
/// It must return (no longjmp or C++ exception through it).
#[no_mangle]
pub unsafe extern "C" fn montage_setProgress(callback: montage_progress, user: *mut c_void) {
    *PROGRESS
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner()) = Progress { callback, user };
}

/// Makes outputs durable: with `durable` other than 0 every later call has its files, and the
/// folders that name them, written to the disk (fsync) before it returns, so that they are there
/// after a power failure. 0 goes back to the default: off, unless the environment variable
/// `MONTAGE_DURABLE` is set to something other than 0. It costs what the disk takes.
#[no_mangle]
pub extern "C" fn montage_setDurable(durable: c_int) {
    durable::set((durable != 0).then_some(true));
}

/// The version of this library, e.g. "0.1.0". The text is constant: do not free it.
#[no_mangle]
pub extern "C" fn montage_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
