//! mOverlaps.

use mosaic::run::Run;
use mosaic::task::overlap::{overlaps, Outline, OverlapsParams};

use crate::program::{fields, Answer, Call, Program};

/// Finds the images of a table that overlap on the sky.
pub const M_OVERLAPS: Program = Program {
    name: "mOverlaps",
    options: "ed:",
    usage: "[-e] [-d level] [-s statusfile] images.tbl diffs.tbl",
    min_args: 2,
    run,
};

fn run(call: &Call, run: &Run) -> Answer {
    fields(overlaps(
        &OverlapsParams {
            table: call.path(0),
            output: call.path(1),
            outline: Outline::from_quick(!call.has('e')),
            debug: call.debug_level()?,
        },
        run,
    ))
}
