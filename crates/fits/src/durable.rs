//! Whether outputs are written to the disk before a call returns. A switch of the process like the
//! number of threads, but asked for by every file that is written: it is kept here.

use std::sync::atomic::{AtomicU8, Ordering};

/// 0: as the environment says, 1: off, 2: on.
static CHOICE: AtomicU8 = AtomicU8::new(0);

/// Turns it on or off for all later files; `None` leaves it to the environment variable
/// `MONTAGE_DURABLE`.
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
