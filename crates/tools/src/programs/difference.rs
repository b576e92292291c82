//! mDiff and mDiffExec.

use mosaic::task::difference::{diff, diff_exec, DiffExecParams, DiffParams};

use crate::program::{fields, Program};

/// mDiff: one difference.
pub const M_DIFF: Program = Program {
    name: "mDiff",
    options: "nd:z:",
    usage: "[-d level] [-n(o-areas)] [-z factor] [-s statusfile] in1.fits in2.fits out.fits hdr.template",
    min_args: 4,
    run: |call, run| {
        let params = DiffParams {
            first: &call.path(0),
            second: &call.path(1),
            output: &call.path(2),
            template: &call.path(3),
            no_areas: call.has('n'),
            factor: call.real('z', 1.0),
            debug: call.debug_level()?,
        };
        fields(diff(&params, run))
    },
};

/// mDiffExec: all differences of a table.
pub const M_DIFF_EXEC: Program = Program {
    name: "mDiffExec",
    options: "np:d",
    usage: "[-p projdir] [-d] [-n(o-areas)] [-s statusfile] diffs.tbl template.hdr diffdir",
    min_args: 3,
    run: |call, run| {
        let params = DiffExecParams {
            images: &call.path_or('p', "."),
            table: &call.path(0),
            template: &call.path(1),
            diff_dir: &call.path(2),
            no_areas: call.has('n'),
            debug: call.debug(),
        };
        fields(diff_exec(&params, run))
    },
};
