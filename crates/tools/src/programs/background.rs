//! mBackground and mBgExec.

use mosaic::kernel::plane::Plane;
use mosaic::task::background::{
    background, bg_exec, correction_of, BackgroundParams, BgExecParams,
};

use crate::program::{fields, Call, Failure, Program};

/// Options come first here (`+`), as for the original: a coefficient may begin with a minus.
pub const M_BACKGROUND: Program = Program {
    name: "mBackground",
    options: "+tnd:",
    usage: "[-d level] [-n(o-areas)] [-s statusfile] in.fits out.fits A B C | mBackground [-t](able-mode) [-d level] [-n(o-areas)] [-s statusfile] in.fits out.fits images.tbl corrfile.tbl",
    min_args: 4,
    run: |call, run| {
        let table_mode = call.has('t');
        if call.args().len() != if table_mode { 4 } else { 5 } {
            return Err(Failure::Usage);
        }
        let plane = if table_mode {
            correction_of(&call.text(0), &call.path(2), &call.path(3))?
        } else {
            Plane {
                a: coefficient(call, 2, "A")?,
                b: coefficient(call, 3, "B")?,
                c: coefficient(call, 4, "C")?,
            }
        };
        fields(background(
            &BackgroundParams {
                input: &call.path(0),
                output: &call.path(1),
                plane,
                no_areas: call.has('n'),
                debug: debug_level(call)?,
            },
            run,
        ))
    },
};

/// Corrects every image of a table.
pub const M_BG_EXEC: Program = Program {
    name: "mBgExec",
    options: "np:d",
    usage: "[-p projdir] [-s statusfile] [-d] [-n(o-areas)] images.tbl corrections.tbl corrdir",
    min_args: 3,
    run: |call, run| {
        fields(bg_exec(
            &BgExecParams {
                path: &call.path_or('p', "."),
                table: &call.path(0),
                corrections: &call.path(1),
                output: &call.path(2),
                no_areas: call.has('n'),
                debug: call.debug(),
            },
            run,
        ))
    },
};

fn coefficient(call: &Call, argument: usize, name: &str) -> Result<f64, Failure> {
    call.text(argument)
        .trim()
        .parse()
        .map_err(|_| Failure::Error(format!("{name} coefficient string is not a number")))
}

fn debug_level(call: &Call) -> Result<i32, Failure> {
    let Some(text) = call.value('d').map(|v| v.to_string_lossy()) else {
        return Ok(0);
    };
    match text.trim().parse::<i32>() {
        Ok(level) if level >= 0 => Ok(level),
        Ok(_) => Err(Failure::Error(
            "Debug level value cannot be negative".into(),
        )),
        Err(_) => Err(Failure::Error(format!(
            "Debug level string is invalid: '{text}'"
        ))),
    }
}
