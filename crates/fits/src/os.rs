//! System calls on files and processes that Rust's standard library lacks.

use std::ffi::CString;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Closes a file and returns the error that dropping it would hide: network file systems may report a full
/// disk or quota only here.
///
/// # Errors
/// If buffered data could not be written.
pub fn close(file: File) -> Result<()> {
    // SAFETY: the descriptor is ours and not used after.
    let closed = unsafe { libc::close(file.into_raw_fd()) };
    let why = Error::last_os_error();
    // After EINTR the descriptor is closed, too (Linux).
    if closed == 0 || why.kind() == ErrorKind::Interrupted {
        return Ok(());
    }
    Err(why)
}

/// Exchanges the files of two names atomically (RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS).
///
/// # Errors
/// If one is missing or the file system does not support it.
pub fn exchange(first: &Path, second: &Path) -> Result<()> {
    let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(Error::from);
    let (first, second) = (name(first)?, name(second)?);
    #[cfg(target_os = "macos")]
    // SAFETY: two NUL-terminated names.
    let exchanged = unsafe { libc::renamex_np(first.as_ptr(), second.as_ptr(), libc::RENAME_SWAP) };
    #[cfg(not(target_os = "macos"))]
    // SAFETY: two NUL-terminated names.
    let exchanged = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            first.as_ptr(),
            libc::AT_FDCWD,
            second.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    match exchanged {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// Duplicates the open file descriptor `number`; both share one position.
///
/// # Errors
/// If no such descriptor is open.
pub fn duplicate(number: RawFd) -> Result<File> {
    // SAFETY: any number may be asked for; a new descriptor is nobody else's.
    unsafe {
        match libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) {
            -1 => Err(Error::last_os_error()),
            new => Ok(File::from_raw_fd(new)),
        }
    }
}

/// Reserves `length` bytes of disk space for `file` without changing its length. Does nothing on file systems
/// that cannot reserve space, nor on any system but Linux.
///
/// # Errors
/// If the disk is full or no file can be that long.
#[cfg(target_os = "linux")]
pub fn reserve(file: &File, length: u64) -> Result<()> {
    use std::os::fd::AsRawFd;

    let Ok(length) = libc::off64_t::try_from(length) else {
        return Err(ErrorKind::FileTooLarge.into());
    };
    // SAFETY: a call on a file descriptor that is open as long as `file` is borrowed.
    let answer =
        unsafe { libc::fallocate64(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, length) };
    let refusal = Error::last_os_error();
    match refusal.raw_os_error() {
        Some(libc::ENOSPC | libc::EFBIG | libc::EDQUOT) if answer != 0 => Err(refusal),
        _ => Ok(()),
    }
}

/// Does nothing on this system: a full disk is found when the pixels are written.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn reserve(_file: &File, _length: u64) -> Result<()> {
    Ok(())
}

/// Whether a process of this number exists, zombies included.
pub fn process_exists(number: u32) -> bool {
    let Ok(number) = libc::pid_t::try_from(number) else {
        return false;
    };
    // SAFETY: signal 0 is sent to nobody, it only asks.
    number > 0
        && (unsafe { libc::kill(number, 0) } == 0
            || Error::last_os_error().raw_os_error() == Some(libc::EPERM))
}
