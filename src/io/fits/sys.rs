//! The one system call that the standard library does not have.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::AsRawFd;

/// Asks the disk for `length` bytes for `file` without changing how long it is. File systems that
/// cannot promise anything are taken at that.
///
/// # Errors
/// When the disk is full or no file can be that long.
pub fn reserve(file: &File, length: u64) -> std::io::Result<()> {
    let Ok(length) = libc::off64_t::try_from(length) else {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    };
    // SAFETY: a call on a file descriptor that is open as long as `file` is borrowed.
    let answer =
        unsafe { libc::fallocate64(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, length) };
    let refusal = std::io::Error::last_os_error();
    match refusal.raw_os_error() {
        Some(libc::ENOSPC | libc::EFBIG | libc::EDQUOT) if answer != 0 => Err(refusal),
        _ => Ok(()),
    }
}
