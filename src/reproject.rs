//! mProject and its relatives for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::error::{Error, Result};
use mosaic::kernel::reproject::interpolate::Interpolation;
use mosaic::task::reproject::{
    proj_exec, project, project_pp, quick_look, InputParams, PlaneHeaders, ProjExecOutcome,
    ProjExecParams, ProjectOutcome, ProjectParams, QuickLookParams,
};

/// What mProject returns.
#[repr(C)]
pub struct mProjectReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}
impl_return!(mProjectReturn, ProjectOutcome { time });

/// What mProjectPP returns.
#[repr(C)]
pub struct mProjectPPReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}
impl_return!(mProjectPPReturn, ProjectOutcome { time });

/// What mProjectQL returns.
#[repr(C)]
pub struct mProjectQLReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}
impl_return!(mProjectQLReturn, ProjectOutcome { time });

/// Reprojects `input_file` (HDU `hdu`) to `template_file` by the exact overlaps of pixels on the
/// sky, and writes `output_file` and its `_area.fits`, cut to what the image covers.
/// `weight_file` (NULL or "": none) has a weight for every pixel, below `threshold` not used;
/// `fixedWeight` is one for all. `borderstr` (NULL or "": none) is a width in pixels to leave out
/// or a polygon "x1,y1,x2,y2,..." to keep. `drizzle` is the side of the part of a pixel that its
/// flux comes from, `fluxScale` multiplies the values (0 means 1 for these and fixedWeight).
/// `energyMode`: values are energies, not densities; `expand`: enlarge the template to hold the
/// whole image; `fullRegion`: write the whole template.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mProject(
    input_file: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    hdu: c_int,
    weight_file: *const c_char,
    fixedWeight: c_double,
    threshold: c_double,
    borderstr: *const c_char,
    drizzle: c_double,
    fluxScale: c_double,
    energyMode: c_int,
    expand: c_int,
    fullRegion: c_int,
    debug: c_int,
) -> *mut mProjectReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        project(
            &ProjectParams {
                input: InputParams {
                    image: &arg::path(input_file, "input_file")?,
                    hdu: arg::not_negative(hdu, "hdu")?,
                    weight_file: arg::optional_path(weight_file).as_deref(),
                    fixed_weight: fixedWeight,
                    threshold,
                    border: &arg::optional_text(borderstr),
                    flux_scale: fluxScale,
                },
                output: &arg::path(output_file, "output_file")?,
                template: &arg::path(template_file, "template_file")?,
                drizzle,
                energy_mode: energyMode != 0,
                expand: expand != 0,
                full_region: fullRegion != 0,
                debug,
            },
            run,
        )
    })
}

/// Reprojects as mProject does, but from plane to plane: for the projections TAN, SIN, ZEA, STG and
/// ARC, or headers `altin` and `altout` (NULL or "": none; see mTANHdr) in place of the image's and
/// the template's. The areas are those of the output's plane.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mProjectPP(
    input_file: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    hdu: c_int,
    weight_file: *const c_char,
    fixedWeight: c_double,
    threshold: c_double,
    borderstr: *const c_char,
    altin: *const c_char,
    altout: *const c_char,
    drizzle: c_double,
    fluxScale: c_double,
    energyMode: c_int,
    expand: c_int,
    fullRegion: c_int,
    debug: c_int,
) -> *mut mProjectPPReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        project_pp(
            &ProjectParams {
                input: InputParams {
                    image: &arg::path(input_file, "input_file")?,
                    hdu: arg::not_negative(hdu, "hdu")?,
                    weight_file: arg::optional_path(weight_file).as_deref(),
                    fixed_weight: fixedWeight,
                    threshold,
                    border: &arg::optional_text(borderstr),
                    flux_scale: fluxScale,
                },
                output: &arg::path(output_file, "output_file")?,
                template: &arg::path(template_file, "template_file")?,
                drizzle,
                energy_mode: energyMode != 0,
                expand: expand != 0,
                full_region: fullRegion != 0,
                debug,
            },
            &PlaneHeaders {
                input: arg::optional_path(altin).as_deref(),
                output: arg::optional_path(altout).as_deref(),
            },
            run,
        )
    })
}

/// Reprojects as mProject does, but by interpolation, quickly: every output pixel takes the value of
/// the input at its centre, by `interp` 0: that of the pixel there, 1: Lanczos' kernel over three
/// pixels to every side. Flux is not kept. `noAreas` not 0: no area image is written, and one of an
/// earlier image is removed; else its pixels are the weight (1 without weights) of the input pixel
/// there, NaN off the input. What is written is the rectangle around the outline of the input.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mProjectQL(
    input_file: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    hdu: c_int,
    interp: c_int,
    weight_file: *const c_char,
    fixedWeight: c_double,
    threshold: c_double,
    borderstr: *const c_char,
    fluxScale: c_double,
    expand: c_int,
    fullRegion: c_int,
    noAreas: c_int,
    debug: c_int,
) -> *mut mProjectQLReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        quick_look(
            &QuickLookParams {
                input: InputParams {
                    image: &arg::path(input_file, "input_file")?,
                    hdu: arg::not_negative(hdu, "hdu")?,
                    weight_file: arg::optional_path(weight_file).as_deref(),
                    fixed_weight: fixedWeight,
                    threshold,
                    border: &arg::optional_text(borderstr),
                    flux_scale: fluxScale,
                },
                output: &arg::path(output_file, "output_file")?,
                template: &arg::path(template_file, "template_file")?,
                interpolation: interpolation(interp)?,
                expand: expand != 0,
                full_region: fullRegion != 0,
                no_areas: noAreas != 0,
                debug,
            },
            run,
        )
    })
}

fn interpolation(interp: c_int) -> Result<Interpolation> {
    match interp {
        0 => Ok(Interpolation::Nearest),
        1 => Ok(Interpolation::Lanczos),
        other => Err(Error::argument(
            "interp",
            format!("must be 0 (nearest) or 1 (Lanczos), not {other}"),
        )),
    }
}

/// What mProjExec and mProjExec_v7 return.
#[repr(C)]
pub struct mProjExecReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Images that were to be reprojected.
    pub count: c_int,
    /// Images that could not be reprojected.
    pub failed: c_int,
    /// Images that do not fall on the template.
    pub nooverlap: c_int,
}
impl_return!(
    mProjExecReturn,
    ProjExecOutcome {
        count,
        failed,
        nooverlap
    }
);

/// Reprojects the images of the table `tblfile` (column fname, and hdu if there is one; images in
/// `path`, NULL: the working directory) to `template_file`, into the folder `projdir`.
/// `quickMode`: by interpolation (mProjectQL); otherwise from plane to plane (mProjectPP) where the
/// projections allow it, else exactly (mProject). `exact`: no distorted planes in place of other
/// projections. `wholeImages`: enlarge the template for every image to fit; `energyMode`, `border`:
/// as for mProject. `scaleCol`, `weightCol` (NULL or "": none): columns of factors for the values
/// and of weights. `restart`: rows to leave out. `stats` (NULL or "": none): where to tell about
/// each image.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mProjExec(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    projdir: *const c_char,
    quickMode: c_int,
    exact: c_int,
    wholeImages: c_int,
    energyMode: c_int,
    border: *const c_char,
    scaleCol: *const c_char,
    weightCol: *const c_char,
    restart: c_int,
    stats: *const c_char,
    debug: c_int,
) -> *mut mProjExecReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        proj_exec(
            &ProjExecParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                output_dir: &arg::path(projdir, "projdir")?,
                quick: quickMode != 0,
                exact: exact != 0,
                exact_is_exact: false,
                whole_images: wholeImages != 0,
                energy_mode: energyMode != 0,
                drizzle: 1.0,
                border: &arg::optional_text(border),
                scale_column: column(scaleCol).as_deref(),
                weight_column: column(weightCol).as_deref(),
                restart: arg::not_negative(restart, "restart")?,
                stats: arg::optional_path(stats).as_deref(),
                debug,
            },
            run,
        )
    })
}

/// mProjExec of Montage 7: `drizzle` is as for mProject, and `exact` means mProject for every image.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mProjExec_v7(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    projdir: *const c_char,
    quickMode: c_int,
    exact: c_int,
    wholeImages: c_int,
    energyMode: c_int,
    drizzle: c_double,
    border: *const c_char,
    scaleCol: *const c_char,
    weightCol: *const c_char,
    restart: c_int,
    stats: *const c_char,
    debug: c_int,
) -> *mut mProjExecReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        proj_exec(
            &ProjExecParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                output_dir: &arg::path(projdir, "projdir")?,
                quick: quickMode != 0,
                exact: exact != 0,
                exact_is_exact: true,
                whole_images: wholeImages != 0,
                energy_mode: energyMode != 0,
                drizzle,
                border: &arg::optional_text(border),
                scale_column: column(scaleCol).as_deref(),
                weight_column: column(weightCol).as_deref(),
                restart: arg::not_negative(restart, "restart")?,
                stats: arg::optional_path(stats).as_deref(),
                debug,
            },
            run,
        )
    })
}

/// The name of a column that may be left out.
///
/// # Safety
/// As for [`arg::bytes`].
unsafe fn column(name: *const c_char) -> Option<String> {
    // SAFETY: passed on.
    Some(unsafe { arg::optional_text(name) }).filter(|name| !name.is_empty())
}
