//! mProject and its relatives for C.

use std::ffi::{c_char, c_double, c_int};

use crate::abi::arg;
use crate::abi::shim::export;
use crate::impl_return;
use crate::task::reproject::{
    project, project_pp, InputParams, PlaneHeaders, ProjectOutcome, ProjectParams,
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
