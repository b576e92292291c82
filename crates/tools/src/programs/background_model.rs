//! mBgModel.

use std::ffi::OsStr;

use fits::cformat::whole_integer;
use mosaic::run::Run;
use mosaic::task::background_model::{background_model, BackgroundModelParams, Method};

use crate::program::{fields, Answer, Call, Failure, Program};

/// The options of Montage 6.0: `-i niter`, `-l` levels only, `-a` keep all overlaps, `-d level`.
pub const M_BG_MODEL: Program = Program {
    name: "mBgModel",
    options: "ai:ld:",
    usage: "[-i niter] [-l(evel-only)] [-d level] [-a(ll-overlaps)] [-s statusfile] images.tbl fits.tbl corrections.tbl",
    min_args: 3,
    run,
};

fn run(call: &Call, run: &Run) -> Answer {
    let rounds = match call.value('i') {
        None => 10_000,
        Some(text) => rounds(text)?,
    };
    fields(background_model(
        &BackgroundModelParams {
            images: call.path(0),
            fits: call.path(1),
            corrections: call.path(2),
            method: Method::Version6 {
                level_only: call.has('l'),
            },
            use_all: call.has('a'),
            rounds,
            debug: call.debug_level()?,
        },
        run,
    ))
}

fn rounds(text: &OsStr) -> Result<i32, Failure> {
    let Some(rounds) = text.to_str().and_then(whole_integer) else {
        return Err(Failure::Error(format!(
            "Argument for -i ({}) cannot be interpreted as an integer",
            text.to_string_lossy()
        )));
    };
    if rounds < 1 {
        return Err(Failure::Error(format!(
            "Number of iterations too small ({rounds}). This parameter is normally around 5000."
        )));
    }
    Ok(rounds)
}
