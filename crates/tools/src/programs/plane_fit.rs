//! mFitplane, mFitExec, mDiffFit and mDiffFitExec.

use fits::cformat::whole_integer;
use mosaic::kernel::plane_fit::{FitOptions, Rounds};
use mosaic::task::archive::Archive;
use mosaic::task::plane_fit::{
    diff_fit, diff_fit_exec, fit_exec, fitplane, DiffFitExecParams, DiffFitParams, FitExecParams,
    FitplaneParams,
};

use crate::program::{fields, Call, Failure, Program};

fn options(call: &Call, rounds: Rounds) -> Result<FitOptions, Failure> {
    Ok(FitOptions {
        level_only: call.has('l'),
        border: border(call)?,
        rounds,
        no_fit: false,
    })
}

/// The value of `-b`, in the original's words where it is none.
fn border(call: &Call) -> Result<usize, Failure> {
    let Some(text) = call.value('b') else {
        return Ok(0);
    };
    let refuse = |why: &str| Failure::Error(format!("Argument to -b ({}) {why}", text.display()));
    let value = text
        .to_str()
        .and_then(whole_integer)
        .ok_or_else(|| refuse("cannot be interpreted as an integer"))?;
    usize::try_from(value).map_err(|_| refuse("must be a positive integer"))
}

/// mFitplane: one image.
pub const M_FITPLANE: Program = Program {
    name: "mFitplane",
    options: "b:d:l",
    usage: "[-b border] [-d level] [-s statusfile] [-l(evel-only)] in.fits",
    min_args: 1,
    run: |call, run| {
        let options = options(call, Rounds::Version6)?;
        let debug = call.debug_level()?;
        fields(fitplane(
            &FitplaneParams {
                input: &call.path(0),
                options,
                debug,
            },
            run,
        ))
    },
};

/// mFitExec: all differences of a table.
pub const M_FIT_EXEC: Program = Program {
    name: "mFitExec",
    options: "dl",
    usage: "[-d] [-l(evel-only)] [-s statusfile] diffs.tbl fits.tbl diffdir",
    min_args: 3,
    run: |call, run| {
        let params = FitExecParams {
            table: &call.path(0),
            output: &call.path(1),
            diff_dir: &call.path(2),
            level_only: call.has('l'),
            debug: call.debug(),
        };
        fields(fit_exec(&params, run))
    },
};

/// mDiffFit: one pair.
pub const M_DIFF_FIT: Program = Program {
    name: "mDiffFit",
    options: "dklnb:",
    usage: "[-d] [-n(o-areas)] [-k(eep-diff)] [-l(evel-only)] [-b border] [-s statusfile] in1.fits in2.fits out.fits hdr.template",
    min_args: 4,
    run: |call, run| {
        let params = DiffFitParams {
            first: &call.path(0),
            second: &call.path(1),
            output: &call.path(2),
            template: &call.path(3),
            // Montage 6.0's program has no -k: it leaves the difference.
            keep: true,
            no_areas: call.has('n'),
            options: options(call, Rounds::Version6)?,
            debug: call.debug(),
        };
        fields(diff_fit(&params, run))
    },
};

/// mDiffFitExec: all pairs of a table.
pub const M_DIFF_FIT_EXEC: Program = Program {
    name: "mDiffFitExec",
    options: "klnp:da:",
    usage: "[-d] [-l(evel-only)] [-n(o-areas)] [-p projdir] [-s statusfile] diffs.tbl template.hdr diffdir fits.tbl",
    min_args: 4,
    run: |call, run| {
        let bucket = call.value('a').unwrap_or_default().to_string_lossy().into_owned();
        let params = DiffFitExecParams {
            images: &call.path_or('p', "."),
            table: &call.path(0),
            template: &call.path(1),
            diff_dir: &call.path(2),
            output: &call.path(3),
            keep_all: call.has('k'),
            level_only: call.has('l'),
            no_areas: call.has('n'),
            rounds: Rounds::Version6,
            archive: Archive::named(&bucket),
            debug: call.debug(),
        };
        fields(diff_fit_exec(&params, run))
    },
};
