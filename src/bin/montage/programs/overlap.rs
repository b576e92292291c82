//! mOverlaps.

use std::os::unix::ffi::OsStrExt;

use montage::run::Run;
use montage::task::header_check::debug_level;
use montage::task::overlap::{overlaps, Overlaps};

use crate::program::{fields, Answer, Call, Failure, Program};

/// Finds the images of a table that overlap on the sky.
pub const M_OVERLAPS: Program = Program {
    name: "mOverlaps",
    options: "ed:",
    usage: "[-e] [-d level] [-s statusfile] images.tbl diffs.tbl",
    min_args: 2,
    run,
};

fn run(call: &Call, run: &Run) -> Answer {
    let debug = match call.value('d') {
        None => Some(0),
        Some(level) => debug_level(level.as_bytes()),
    };
    let Some(debug) = debug else {
        return Err(Failure::Error("Invalid debug level.".to_owned()));
    };
    fields(overlaps(
        &Overlaps {
            table: call.path(0),
            output: call.path(1),
            exact: call.has('e'),
            debug,
        },
        run,
    ))
}
