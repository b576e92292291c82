//! The signals of the programs. The library itself installs no handler.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use super::guard::empty;

/// Signals that ask a program to end.
const ENDING: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// For the main thread of a program, before it starts others. SIGXFSZ becomes an error of the
/// write. On SIGINT, SIGTERM or SIGHUP (unless whoever started the program has them ignored, as
/// nohup does) `clean` is called on a thread of its own, then the program ends with 128 + the
/// signal's number. Where no thread can be started these signals end it as ever.
pub fn end_on_signals(clean: impl Fn() + Send + 'static) {
    // SAFETY: no handler is installed, the signal is ignored.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let mut waited_for = empty();
    for signal in ENDING.into_iter().filter(|&signal| !is_ignored(signal)) {
        // SAFETY: an initialised set and a signal's number.
        unsafe { libc::sigaddset(&mut waited_for, signal) };
    }
    let mask = |how| {
        // SAFETY: an initialised set; the old mask is not wanted.
        unsafe { libc::pthread_sigmask(how, &waited_for, ptr::null_mut()) };
    };
    mask(libc::SIG_BLOCK);
    let wait = move || loop {
        let mut signal = 0;
        // SAFETY: an initialised set and a place for the number.
        if unsafe { libc::sigwait(&waited_for, &mut signal) } == 0 {
            clean();
            // SAFETY: ends the process without running what its other threads could meet.
            unsafe { libc::_exit(128 + signal) };
        }
    };
    let thread = std::thread::Builder::new().stack_size(128 << 10);
    if thread.spawn(wait).is_err() {
        mask(libc::SIG_UNBLOCK);
    }
}

/// Has a program that this process starts begin without blocked signals; ours are for our
/// threads.
pub fn unblock_signals(command: &mut Command) {
    let unblock = || {
        let none = empty();
        // SAFETY: an initialised set; the old mask is not wanted.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &none, ptr::null_mut()) };
        Ok(())
    };
    // SAFETY: what the child does before it becomes the program may be done after a fork.
    unsafe { command.pre_exec(unblock) };
}

fn is_ignored(signal: c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks for the action only; zeroes are a valid one where the call fails.
    let action = unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
        action.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}
