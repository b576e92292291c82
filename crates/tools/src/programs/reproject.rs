//! mProject, mProjectPP and mProjectQL.

use std::ffi::OsStr;
use std::path::PathBuf;

use mosaic::kernel::reproject::interpolate::Interpolation;
use mosaic::task::reproject::{
    proj_exec, project, project_pp, quick_look, InputParams, Method, PlaneHeaders, ProjExecParams,
    ProjectOptions, ProjectParams, QuickLookParams,
};

use crate::program::{fields, Answer, Call, Failure, Program};

/// Reprojects every image of a table.
pub const M_PROJ_EXEC: Program = Program {
    name: "mProjExec",
    options: "p:dqeb:r:W:x:Xf",
    usage: "[-q(uick-mode)][-p rawdir] [-d] [-e(xact)] [-X(whole image)] [-b border] [-r restartrec] [-s statusfile] [-W weightColumn] [-x scaleColumn] images.tbl template.hdr projdir stats.tbl",
    min_args: 4,
    run: |call, run| {
        let path = call.path_or('p', ".");
        if !path.is_dir() {
            let path = path.to_string_lossy();
            return Err(Failure::Error(format!("Path ({path}) is not a directory")));
        }
        let text = |letter| call.value(letter).map(|text| text.to_string_lossy());
        let stats = call.path(3);
        fields(proj_exec(
            &ProjExecParams {
                path: &path,
                table: &call.path(0),
                template: &call.path(1),
                output_dir: &call.path(2),
                method: Method::of_version6(call.has('q'), call.has('e')),
                options: ProjectOptions {
                    energy_mode: call.has('f'),
                    expand: call.has('X'),
                    ..ProjectOptions::default()
                },
                border: &text('b').unwrap_or_default(),
                scale_column: text('x').as_deref(),
                weight_column: text('W').as_deref(),
                restart: restart(call)?,
                stats: Some(&*stats).filter(|stats| !stats.as_os_str().is_empty()),
                debug: call.debug(),
            },
            run,
        ))
    },
};

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

/// Reprojects an image by interpolation.
pub const M_PROJECT_QL: Program = Program {
    name: "mProjectQL",
    options: "ab:d:Lh:w:W:t:x:Xf",
    usage: "[-d level][-s statusfile][-h hdu][-x scale][-w weightfile][-W fixed-weight][-t threshold][-X(expand)][-b border-string][-f(ull-region)] in.fits out.fits hdr.template",
    min_args: 3,
    run: |call, run| {
        with_input(call, |input| {
            fields(quick_look(
                &QuickLookParams {
                    input: *input,
                    output: &call.path(1),
                    template: &call.path(2),
                    interpolation: match call.has('L') {
                        true => Interpolation::Lanczos,
                        false => Interpolation::Nearest,
                    },
                    expand: call.has('X'),
                    full_region: call.has('f'),
                    no_areas: !call.has('a'),
                    debug: call.debug_level()?,
                },
                run,
            ))
        })
    },
};

/// What the options and arguments of mProject and mProjectPP say.
fn with_params(call: &Call, run: impl FnOnce(&ProjectParams) -> Answer) -> Answer {
    let drizzle = call.exact_real('z', "Drizzle factor string", 1.0)?;
    with_input(call, |input| {
        run(&ProjectParams {
            input: *input,
            output: &call.path(1),
            template: &call.path(2),
            options: ProjectOptions {
                drizzle,
                energy_mode: call.has('e'),
                expand: call.has('X'),
                full_region: call.has('f'),
            },
            debug: call.debug_level()?,
        })
    })
}

/// What the options and arguments of all three say about the input.
fn with_input(call: &Call, run: impl FnOnce(&InputParams) -> Answer) -> Answer {
    let weight_file = call.value('w').map(PathBuf::from);
    let border = call.value('b').unwrap_or(OsStr::new("")).to_string_lossy();
    run(&InputParams {
        image: &call.path(0),
        hdu: hdu(call)?,
        weight_file: weight_file.as_deref(),
        fixed_weight: call.exact_real('W', "Fixed weight value", 1.0)?,
        threshold: call.exact_real('t', "Weight threshold string", 0.0)?,
        border: &border,
        flux_scale: call.exact_real('x', "Flux scale string", 1.0)?,
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

/// The value of `-r`.
fn restart(call: &Call) -> Result<usize, Failure> {
    let Some(text) = call.value('r') else {
        return Ok(0);
    };
    let text = text.to_string_lossy();
    let index: i64 = text.parse().map_err(|_| {
        Failure::Error(format!(
            "Restart index value string ({text}) cannot be interpreted as an integer"
        ))
    })?;
    usize::try_from(index).map_err(|_| {
        Failure::Error(format!(
            "Restart index value ({index}) must be greater than or equal to zero"
        ))
    })
}
