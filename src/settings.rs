//! The settings of the process: threads, progress, durable outputs. They are the only state that
//! outlives a call; a task receives them as a [`Run`].

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::RwLock;

use crate::host::{as_host, HOST};
use fits::durable;
use mosaic::run::{default_threads, Run};

/// The callback of montage_setProgress: called with the number of items done and in total; it returns
/// 0 to go on and any other number to cancel the call.
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

/// Runs `work` with the current settings.
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

/// Sets how many threads each later call may use.
///
/// Results do not depend on the number. Calls that are already running keep theirs.
///
/// Arguments:
/// - threads: the number; 0 or less: the default, which is the environment variable MONTAGE_THREADS
///   or else the number of cores.
///
/// Example:
///
/// ```c
///     montage_setThreads(4);
/// ```
#[no_mangle]
pub extern "C" fn montage_setThreads(threads: c_int) {
    THREADS.store(usize::try_from(threads).unwrap_or(0), Ordering::Relaxed);
}

/// Sets a function that is called as later calls proceed, and that can cancel them.
///
/// Every Exec function and mBgModel calls it, on the thread that called them. A cancelled call returns
/// status 1 and leaves no output half written.
///
/// Arguments:
/// - callback: called with the number of items done and in total, and with user; it returns 0 to go
///   on and any other number to cancel. NULL: none (the default).
/// - user: passed to callback.
///
/// callback and user must stay valid until they are replaced and the calls that were running then have
/// ended. callback can be called from every thread that calls the library. It must return: no longjmp()
/// and no C++ exception may leave it.
///
/// Example:
///
/// ```c
///     static int show(int64_t done, int64_t total, void *user)
///     {
///         fprintf(user, "%lld of %lld\n", (long long)done, (long long)total);
///         return 0;
///     }
///
///     montage_setProgress(show, stderr);
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_setProgress(callback: montage_progress, user: *mut c_void) {
    *PROGRESS
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner()) = Progress { callback, user };
}

/// Sets whether outputs survive a power failure.
///
/// Arguments:
/// - durable: 1: each later call waits until its files, and the folders that name them, are on the
///   disk (fsync); 0: the default, which is off, unless the environment variable MONTAGE_DURABLE is
///   set to something other than 0.
///
/// Example:
///
/// ```c
///     montage_setDurable(1);
/// ```
#[no_mangle]
pub extern "C" fn montage_setDurable(durable: c_int) {
    durable::set((durable != 0).then_some(true));
}

/// Returns the version of this library, such as "0.1.0".
///
/// Result: a constant string; do not free it.
///
/// Example:
///
/// ```c
///     printf("libmontage %s\n", montage_version());
/// ```
#[no_mangle]
pub extern "C" fn montage_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
