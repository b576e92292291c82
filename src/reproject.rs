//! mProject and its relatives for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::error::{Error, Result};
use mosaic::kernel::reproject::interpolate::Interpolation;
use mosaic::task::reproject::{
    proj_exec, project, project_pp, quick_look, InputParams, Method, PlaneHeaders, ProjExecOutcome,
    ProjExecParams, ProjectOptions, ProjectOutcome, ProjectParams, QuickLookParams,
};

/// Result of mProject, mProjectPP and mProjectQL; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(ProjectOutcome)]
pub struct mProjectReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}

/// Result of mProjectPP: the members of struct mProjectReturn.
pub type mProjectPPReturn = mProjectReturn;

/// Result of mProjectQL: the members of struct mProjectReturn.
pub type mProjectQLReturn = mProjectReturn;

/// Result of mProjExec and mProjExec_v7; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(ProjExecOutcome)]
pub struct mProjExecReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images to reproject.
    pub count: c_int,
    /// Number of images that could not be reprojected.
    pub failed: c_int,
    /// Number of images that do not fall on the template.
    pub nooverlap: c_int,
}

/// Reprojects an image exactly: the flux of each input pixel goes to the output pixels by the solid
/// angles that they share on the sky.
///
/// Any projection can be reprojected to any other. The area image has the solid angles in
/// steradians, times the weights.
///
/// Arguments:
/// - input_file: the FITS image.
/// - output_file: the image to write; its area image is written beside it.
/// - template_file: header template of the output.
/// - hdu: HDU of the input (and of weight_file), from 0; 0: the first image of the file.
/// - weight_file: image of the same size with a weight for each pixel; NULL or "": none.
/// - fixedWeight: weight of all pixels, which multiplies those of weight_file; 0: 1.
/// - threshold: pixels whose weight in weight_file is below this are left out.
/// - borderstr: number of pixels along each side of the input that are left out, or a polygon
///   "x1,y1,x2,y2,..." of four points or more (pixels from 0) to which the input is cut; NULL or
///   "": none.
/// - drizzle: side of the central part of each input pixel that its flux comes from (pixels); 0: 1.
/// - fluxScale: pixel values are multiplied by this; 0: by 1.
/// - energyMode: 0: pixel values are flux densities; 1: they are total fluxes per pixel.
/// - expand: 1 enlarges the template to hold the whole input.
/// - fullRegion: 1 writes all of the template; 0 only the rectangle that the input covers.
/// - debug: above 0, logs to stdout.
///
/// Result: the run time.
///
/// Errors: an input or the template cannot be used; a number or borderstr is not valid; the input
/// does not fall on the template.
///
/// Example:
///
/// ```c
///     struct mProjectReturn *done =
///         mProject("raw.fits", "projected.fits", "region.hdr", 0, NULL, 0.0, 0.0, NULL, 0.0, 0.0,
///                  0, 0, 0, 0);
///     if (done && done->status != 0)
///         fprintf(stderr, "%s\n", done->msg);
///     free(done);
/// ```
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
    // SAFETY: the contract of the interface.
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
                options: ProjectOptions {
                    drizzle,
                    energy_mode: energyMode != 0,
                    expand: expand != 0,
                    full_region: fullRegion != 0,
                },
                debug,
            },
            run,
        )
    })
}

/// Reprojects an image from plane to plane, which is faster than mProject.
///
/// It takes the projections TAN, SIN, ZEA, STG and ARC, and for others distorted tangent planes
/// that come near to them (mTANHdr). The area image has areas on the plane of the output.
///
/// Arguments as for mProject, and:
/// - altin: header template to use instead of the header of input_file; NULL or "": none.
/// - altout: header template to use instead of template_file; NULL or "": none.
///
/// Result and errors as for mProject; a projection that is none of these is an error, too.
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
    // SAFETY: the contract of the interface.
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
                options: ProjectOptions {
                    drizzle,
                    energy_mode: energyMode != 0,
                    expand: expand != 0,
                    full_region: fullRegion != 0,
                },
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

/// Reprojects an image by interpolation, which is the fastest and does not conserve flux.
///
/// Each output pixel has the value of the input at its centre. The area image has the weight of the
/// input pixel there (1 without weights), NaN off the input.
///
/// Arguments as for mProject, and:
/// - interp: 0: the nearest pixel; 1: Lanczos interpolation over three pixels to each side.
/// - noAreas: 1 writes no area image, and removes one that is there; 0 writes it.
///
/// Result: the run time. The output is the rectangle around the outline of the input.
///
/// Errors: those of mProject; interp is not 0 or 1.
///
/// Example:
///
/// ```c
///     struct mProjectQLReturn *done =
///         mProjectQL("raw.fits", "preview.fits", "region.hdr", 0, 0, NULL, 0.0, 0.0, NULL, 0.0,
///                    0, 0, 1, 0);
///     if (done && done->status != 0)
///         fprintf(stderr, "%s\n", done->msg);
///     free(done);
/// ```
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
    // SAFETY: the contract of the interface.
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

/// Reprojects every image of a table to one header template.
///
/// Each image is reprojected as by mProjectPP if both projections are such that it can, or come
/// within 0.1 pixel of a distorted tangent plane (mTANHdr); otherwise as by mProject.
///
/// Arguments:
/// - path: folder of the images; NULL: the working directory.
/// - tblfile: table of the images; column fname, and hdu if there is one.
/// - template_file: header template of the outputs.
/// - projdir: folder for the outputs; must exist.
/// - quickMode: 1 reprojects as by mProjectQL.
/// - exact: 1 takes no distorted tangent planes in place of other projections.
/// - wholeImages: 1 enlarges the template to hold every image as a whole.
/// - energyMode: 0: pixel values are flux densities; 1: they are total fluxes per pixel.
/// - border: as borderstr of mProject; NULL or "": none.
/// - scaleCol: column of factors for the pixel values; NULL or "": none.
/// - weightCol: column of weights; NULL or "": none.
/// - restart: number of rows at the beginning of the table to leave out.
/// - stats: text file to write with the result and the run time of each image; NULL or "": none.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of images, and how many failed or do not fall on the template. An image that
/// fails is counted and the others go on.
///
/// Errors: the table, the template or projdir cannot be used; an output would replace its input;
/// the progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mProjExecReturn *done =
///         mProjExec("raw", "raw.tbl", "region.hdr", "projected", 0, 0, 0, 0, NULL, NULL, NULL, 0,
///                   NULL, 0);
///     if (done && done->status == 0)
///         printf("%d of %d images failed\n", done->failed, done->count);
///     free(done);
/// ```
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
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        proj_exec(
            &ProjExecParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                output_dir: &arg::path(projdir, "projdir")?,
                method: Method::of_version6(quickMode != 0, exact != 0),
                options: ProjectOptions {
                    energy_mode: energyMode != 0,
                    expand: wholeImages != 0,
                    ..ProjectOptions::default()
                },
                border: &arg::optional_text(border),
                scale_column: arg::optional_name(scaleCol).as_deref(),
                weight_column: arg::optional_name(weightCol).as_deref(),
                restart: arg::not_negative(restart, "restart")?,
                stats: arg::optional_path(stats).as_deref(),
                debug,
            },
            run,
        )
    })
}

/// mProjExec of Montage 7: drizzle is an argument, and exact means mProject for every image.
///
/// Arguments as for mProjExec, but:
/// - exact: 1 reprojects every image as by mProject.
/// - drizzle: as for mProject.
///
/// Result and errors as for mProjExec.
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
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        proj_exec(
            &ProjExecParams {
                path: &arg::dir_or_here(path),
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                output_dir: &arg::path(projdir, "projdir")?,
                method: Method::of_version7(quickMode != 0, exact != 0),
                options: ProjectOptions {
                    drizzle,
                    energy_mode: energyMode != 0,
                    expand: wholeImages != 0,
                    ..ProjectOptions::default()
                },
                border: &arg::optional_text(border),
                scale_column: arg::optional_name(scaleCol).as_deref(),
                weight_column: arg::optional_name(weightCol).as_deref(),
                restart: arg::not_negative(restart, "restart")?,
                stats: arg::optional_path(stats).as_deref(),
                debug,
            },
            run,
        )
    })
}
