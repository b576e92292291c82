//! What a call changes in the thread that makes it, and puts back.

use std::cell::Cell;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

use super::float::Environment;

/// Signals that a write raises besides failing.
const OF_WRITES: [c_int; 2] = [libc::SIGXFSZ, libc::SIGPIPE];

/// Signals that a thread raises by its own instructions, and the one of profilers: they stay
/// open in our threads.
const OWN: [c_int; 8] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGABRT,
    libc::SIGPROF,
];

/// PTHREAD_CANCEL_DISABLE of Linux.
const CANCEL_DISABLE: c_int = 1;

extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

/// The state of the calling thread at entry.
#[derive(Clone, Copy)]
struct State {
    mask: libc::sigset_t,
    /// The signals of [`OF_WRITES`] that were pending, which are not ours to take.
    pending: [bool; 2],
    cancel: c_int,
    float: Environment,
}

thread_local! {
    /// The state of the innermost call that runs on this thread.
    static INNERMOST: Cell<Option<State>> = const { Cell::new(None) };
}

/// The surroundings of a call from C. From [`Guard::enter`] until it is dropped, SIGXFSZ and
/// SIGPIPE are blocked in this thread (and in those that it starts), pthread_cancel waits, and
/// floating-point arithmetic is in its default state. Then all is put back; signals that our own
/// writes have raised are gone, those of others are pending or delivered.
pub struct Guard {
    state: State,
    outer: Option<State>,
    /// Belongs to the thread that has made it.
    _here: PhantomData<*const ()>,
}

impl Guard {
    /// Enters a call.
    pub fn enter() -> Self {
        let state = State::replace();
        let outer = INNERMOST.try_with(|innermost| innermost.replace(Some(state)));
        Guard {
            state,
            outer: outer.unwrap_or(None),
            _here: PhantomData,
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A callback may have changed it on purpose.
        let state = INNERMOST.try_with(|innermost| innermost.replace(self.outer));
        state.ok().flatten().unwrap_or(self.state).restore();
    }
}

/// Runs `callback`, which is the caller's code, in the state that its thread had before the call
/// (pthread_cancel still waits: it must not unwind the library), then takes ours again.
pub fn as_host<T>(callback: impl FnOnce() -> T) -> T {
    let Ok(Some(state)) = INNERMOST.try_with(Cell::get) else {
        return callback();
    };
    state.restore_but_cancel();
    let result = callback();
    let now = State::replace();
    // What the callback has changed on purpose is what the caller finds.
    let _ = INNERMOST.try_with(|innermost| {
        innermost.set(Some(State {
            cancel: state.cancel,
            ..now
        }));
    });
    result
}

/// Prepares a thread of our own: signals go to the host's threads, arithmetic is in its default
/// state.
pub fn enter_thread() {
    let mut all = empty();
    // SAFETY: an initialised set.
    unsafe { libc::sigfillset(&mut all) };
    for signal in OWN {
        // SAFETY: an initialised set and a signal's number.
        unsafe { libc::sigdelset(&mut all, signal) };
    }
    // SAFETY: an initialised set; the old mask is not wanted.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &all, ptr::null_mut()) };
    Environment::replace_by_default();
}

impl State {
    fn replace() -> Self {
        let mut cancel = 0;
        // SAFETY: a valid state and place for the old one.
        unsafe { pthread_setcancelstate(CANCEL_DISABLE, &mut cancel) };
        let mut pending = empty();
        // SAFETY: a place for the set.
        unsafe { libc::sigpending(&mut pending) };
        let pending = OF_WRITES.map(|signal| contains(&pending, signal));
        let mut blocked = empty();
        for signal in OF_WRITES {
            // SAFETY: an initialised set and a signal's number.
            unsafe { libc::sigaddset(&mut blocked, signal) };
        }
        let mut mask = empty();
        // SAFETY: an initialised set and a place for the old one.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &blocked, &mut mask) };
        State {
            mask,
            pending,
            cancel,
            float: Environment::replace_by_default(),
        }
    }

    fn restore(&self) {
        self.restore_but_cancel();
        // SAFETY: the state that this thread had; NULL for the old one is allowed on Linux.
        unsafe { pthread_setcancelstate(self.cancel, ptr::null_mut()) };
    }

    fn restore_but_cancel(&self) {
        for (signal, was_pending) in OF_WRITES.into_iter().zip(self.pending) {
            if !was_pending {
                take_own(signal);
            }
        }
        // SAFETY: the mask that this thread had.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.mask, ptr::null_mut()) };
        self.float.restore();
    }
}

/// Takes the pending signals `signal` that this process has raised; those of others are sent to
/// it again.
fn take_own(signal: c_int) {
    let mut only = empty();
    // SAFETY: an initialised set and a signal's number.
    unsafe { libc::sigaddset(&mut only, signal) };
    let now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut others = None;
    loop {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: an initialised set, a place for the information and a valid time.
        let taken = unsafe { libc::sigtimedwait(&only, info.as_mut_ptr(), &now) };
        if taken != signal {
            let interrupted = std::io::Error::last_os_error().kind();
            if taken < 0 && interrupted == std::io::ErrorKind::Interrupted {
                continue;
            }
            break;
        }
        // SAFETY: filled by sigtimedwait; a signal of a write or of kill() has a pid.
        let sender = unsafe { info.assume_init_ref().si_pid() };
        if sender != std::process::id() as libc::pid_t {
            others = Some(info);
        }
    }
    if let Some(mut info) = others {
        // SAFETY: the information as the kernel has given it; a process may send itself any.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigqueueinfo,
                libc::getpid(),
                signal,
                info.as_mut_ptr(),
            )
        };
    }
}

pub(super) fn empty() -> libc::sigset_t {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: a set is integers, which zeroes and then sigemptyset fill.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}

fn contains(set: &libc::sigset_t, signal: c_int) -> bool {
    // SAFETY: an initialised set and a signal's number.
    unsafe { libc::sigismember(set, signal) == 1 }
}
