//! Whether outputs are synced to the disk before a call returns. A setting of the process, kept here because
//! every file that is written reads it.

use std::sync::atomic::{AtomicU8, Ordering};

/// 0: by the environment variable, 1: off, 2: on.
static CHOICE: AtomicU8 = AtomicU8::new(0);

/// Turns syncing on or off for all later files; `None` follows the environment variable `MONTAGE_DURABLE`.
pub fn set(choice: Option<bool>) {
    let choice = choice.map_or(0, |on| 1 + u8::from(on));
    CHOICE.store(choice, Ordering::Relaxed);
}

/// Whether files and folders are to be synced.
pub fn wanted() -> bool {
    match CHOICE.load(Ordering::Relaxed) {
        0 => {
            let value = std::env::var_os("MONTAGE_DURABLE");
            value.is_some_and(|value| !value.is_empty() && value != "0")
        }
        choice => choice == 2,
    }
}
