//! mProject and mProjectPP.

use std::ffi::OsStr;
use std::path::PathBuf;

use montage::task::reproject::{project, project_pp, InputParams, PlaneHeaders, ProjectParams};

use crate::program::{fields, Answer, Call, Failure, Program};

/// Reprojects an image exactly.
pub const M_PROJECT: Program = Program {
    name: "mProject",
    options: "ez:d:b:h:w:W:t:x:Xf",
    usage: "[-z factor][-d level][-s statusfile][-h hdu][-x scale][-w weightfile][W fixed-weight][-t threshold][-X(expand)][-b border-string][-e(nergy-mode)][-f(ull-region)] in.fits out.fits hdr.template",
    min_args: 3,
    run: |call, run| with_params(call, |params| fields(project(params, run))),
};

/// Reprojects an image from plane to plane.
pub const M_PROJECT_PP: Program = Program {
    name: "mProjectPP",
    options: "z:d:b:h:w:W:t:x:Xefi:o:",
    usage: "[-z factor][-d level][-b border][-s statusfile][-o altout.hdr][-i altin.hdr][-h hdu][-x scale][-w weightfile][-W fixed-weight][-t threshold][-X(expand)][-b border-string][-e(nergy-mode)][-f(ull-region)] in.fits out.fits template.hdr",
    min_args: 3,
    run: |call, run| {
        let header = |letter| call.value(letter).map(PathBuf::from);
        let (input, output) = (header('i'), header('o'));
        let planes = PlaneHeaders {
            input: input.as_deref(),
            output: output.as_deref(),
        };
        with_params(call, |params| fields(project_pp(params, &planes, run)))
    },
};

/// What the options and arguments of both programs say.
fn with_params(call: &Call, run: impl FnOnce(&ProjectParams) -> Answer) -> Answer {
    let drizzle = call.exact_real('z', "Drizzle factor string", 1.0)?;
    let weight_file = call.value('w').map(PathBuf::from);
    let border = call.value('b').unwrap_or(OsStr::new("")).to_string_lossy();
    run(&ProjectParams {
        input: InputParams {
            image: &call.path(0),
            hdu: hdu(call)?,
            weight_file: weight_file.as_deref(),
            fixed_weight: call.exact_real('W', "Fixed weight value", 1.0)?,
            threshold: call.exact_real('t', "Weight threshold string", 0.0)?,
            border: &border,
            flux_scale: call.exact_real('x', "Flux scale string", 1.0)?,
        },
        output: &call.path(1),
        template: &call.path(2),
        drizzle,
        energy_mode: call.has('e'),
        expand: call.has('X'),
        full_region: call.has('f'),
        debug: call.debug_level()?,
    })
}

/// The value of `-h`.
fn hdu(call: &Call) -> Result<usize, Failure> {
    let Some(text) = call.value('h') else {
        return Ok(0);
    };
    let text = text.to_string_lossy();
    text.parse()
        .map_err(|_| Failure::Error(format!("HDU value ({text}) must be a non-negative integer")))
}
