//! mFitplane, mFitExec, mDiffFit and mDiffFitExec.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::kernel::plane_fit::{FitOptions, Rounds};
use mosaic::task::archive::Archive;
use mosaic::task::plane_fit::{
    diff_fit, diff_fit_exec, fit_exec, fitplane, DiffFitExecOutcome, DiffFitExecParams,
    DiffFitParams, FitExecOutcome, FitExecParams, FitplaneOutcome, FitplaneParams,
};

/// Result of mFitplane, mFitplane_v7 and mDiffFit; release it with free(). Lengths are in pixels,
/// positions are counted from the reference pixel (CRPIX1, CRPIX2).
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitplaneOutcome)]
pub struct mFitplaneReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Slope of the plane along x (pixel value per pixel).
    pub a: c_double,
    /// Slope of the plane along y (pixel value per pixel).
    pub b: c_double,
    /// Value of the plane at the reference pixel.
    pub c: c_double,
    /// CRPIX1 of the image.
    pub crpix1: c_double,
    /// CRPIX2 of the image.
    pub crpix2: c_double,
    /// Smallest x of the fitted pixels.
    pub xmin: c_double,
    /// Largest x of the fitted pixels.
    pub xmax: c_double,
    /// Smallest y of the fitted pixels.
    pub ymin: c_double,
    /// Largest y of the fitted pixels.
    pub ymax: c_double,
    /// Mean x of the fitted pixels.
    pub xcenter: c_double,
    /// Mean y of the fitted pixels.
    pub ycenter: c_double,
    /// Number of fitted pixels.
    pub npixel: c_int,
    /// Root mean square of the residuals of the fitted pixels.
    pub rms: c_double,
    /// Centre of the smallest rectangle around the pixels, x.
    pub boxx: c_double,
    /// Centre of the smallest rectangle around the pixels, y.
    pub boxy: c_double,
    /// Side of the rectangle at the angle boxang.
    pub boxwidth: c_double,
    /// Other side of the rectangle.
    pub boxheight: c_double,
    /// Angle of the rectangle (degrees).
    pub boxang: c_double,
}

/// Result of mDiffFit: the members of struct mFitplaneReturn.
pub type mDiffFitReturn = mFitplaneReturn;

/// Result of mFitExec; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitExecOutcome)]
pub struct mFitExecReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of rows in the table.
    pub count: c_int,
    /// Number of fits that failed.
    pub failed: c_int,
    /// Always 0, as in Montage.
    pub warning: c_int,
    /// Number of difference images that do not exist.
    pub missing: c_int,
}

/// Result of mDiffFitExec and mDiffFitExec_v7; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(DiffFitExecOutcome)]
pub struct mDiffFitExecReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of pairs in the table.
    pub count: c_int,
    /// Number of differences that failed.
    pub diff_failed: c_int,
    /// Number of fits that failed. mDiffFitExec counts failed differences here too,
    /// mDiffFitExec_v7 does not.
    pub fit_failed: c_int,
    /// Always 0, as in Montage.
    pub warning: c_int,
}

/// Fits a plane to an image and finds the smallest rectangle around the fitted pixels.
///
/// Blank pixels are not fitted. Pixels farther than 2 rms from the plane are left out, in 20
/// rounds.
///
/// Arguments:
/// - input_file: the FITS image.
/// - levelOnly: 0 fits a plane, 1 a constant (a = b = 0).
/// - border: number of pixels along each side of the image that are left out of the fit.
/// - debug: above 0, logs to stdout.
///
/// Result: the plane a x + b y + c, the range of the fitted pixels and their rectangle.
///
/// Errors: the image cannot be read; border is negative; too few pixels are left to determine a
/// plane.
///
/// Example:
///
/// ```c
///     struct mFitplaneReturn *fit = mFitplane("diff.fits", 0, 0, 0);
///     if (fit && fit->status == 0)
///         printf("%g x + %g y + %g, rms %g\n", fit->a, fit->b, fit->c, fit->rms);
///     free(fit);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mFitplane(
    input_file: *const c_char,
    levelOnly: c_int,
    border: c_int,
    debug: c_int,
) -> *mut mFitplaneReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = FitplaneParams {
            input: &arg::path(input_file, "input_file")?,
            options: fit_options(0, levelOnly, border, Rounds::Version6)?,
            debug,
        };
        fitplane(&params, run)
    })
}

/// mFitplane of Montage 7: clipping begins one round earlier, and the fit can be left out.
///
/// Arguments as for mFitplane, and:
/// - nofit: 1 finds the range of the pixels and their rectangle only; the plane is 0.
///
/// Result and errors as for mFitplane.
#[no_mangle]
pub unsafe extern "C" fn mFitplane_v7(
    input_file: *const c_char,
    nofit: c_int,
    levelOnly: c_int,
    border: c_int,
    debug: c_int,
) -> *mut mFitplaneReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = FitplaneParams {
            input: &arg::path(input_file, "input_file")?,
            options: fit_options(nofit, levelOnly, border, Rounds::Version7)?,
            debug,
        };
        fitplane(&params, run)
    })
}

fn fit_options(
    nofit: c_int,
    level_only: c_int,
    border: c_int,
    rounds: Rounds,
) -> mosaic::error::Result<FitOptions> {
    Ok(FitOptions {
        level_only: level_only != 0,
        border: arg::not_negative(border, "border")?,
        rounds,
        no_fit: nofit != 0,
    })
}

/// Fits a plane to every difference image of a table and writes the table of fits that mBgModel
/// reads.
///
/// Arguments:
/// - tblfile: table of differences, written by mOverlaps; columns cntr1, cntr2 and diff.
/// - fitfile: table to write, a row for each fit.
/// - diffdir: folder of the difference images.
/// - levelOnly: 0 fits planes, 1 constants.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of rows and how many failed. A fit that fails is counted and has no row in
/// fitfile.
///
/// Errors: diffdir is not a folder; the table cannot be read or lacks a column; fitfile cannot be
/// written; the progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mFitExecReturn *fits = mFitExec("pairs.tbl", "fits.tbl", "diffs", 0, 0);
///     if (fits && fits->status == 0)
///         printf("%d of %d fits failed\n", fits->failed, fits->count);
///     free(fits);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mFitExec(
    tblfile: *const c_char,
    fitfile: *const c_char,
    diffdir: *const c_char,
    levelOnly: c_int,
    debug: c_int,
) -> *mut mFitExecReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = FitExecParams {
            table: &arg::path(tblfile, "tblfile")?,
            output: &arg::path(fitfile, "fitfile")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            level_only: levelOnly != 0,
            debug,
        };
        fit_exec(&params, run)
    })
}

/// Subtracts two images and fits a plane to the difference: mDiff and mFitplane_v7 in one step
/// (new in Montage 7).
///
/// Arguments:
/// - fname1: the first image.
/// - fname2: the image to subtract from it.
/// - diffname: the difference image; written only if keep is set.
/// - template_file: header template whose pixel grid both images are on.
/// - keep: 1 writes the difference image and its area image.
/// - levelOnly: 0 fits a plane, 1 a constant.
/// - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
/// - border: number of pixels along each side of the difference that are left out of the fit.
/// - debug: above 0, logs to stdout.
///
/// Result: the plane, as from mFitplane.
///
/// Errors: those of mDiff and mFitplane.
///
/// Example:
///
/// ```c
///     struct mDiffFitReturn *fit =
///         mDiffFit("a.fits", "b.fits", "a-b.fits", "region.hdr", 0, 0, 0, 0, 0);
///     if (fit && fit->status == 0)
///         printf("rms %g\n", fit->rms);
///     free(fit);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mDiffFit(
    fname1: *const c_char,
    fname2: *const c_char,
    diffname: *const c_char,
    template_file: *const c_char,
    keep: c_int,
    levelOnly: c_int,
    noAreas: c_int,
    border: c_int,
    debug: c_int,
) -> *mut mDiffFitReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = DiffFitParams {
            first: &arg::path(fname1, "fname1")?,
            second: &arg::path(fname2, "fname2")?,
            output: &arg::path(diffname, "diffname")?,
            template: &arg::path(template_file, "template_file")?,
            keep: keep != 0,
            no_areas: noAreas != 0,
            options: fit_options(0, levelOnly, border, Rounds::Version7)?,
            debug,
        };
        diff_fit(&params, run)
    })
}

/// Subtracts and fits every pair of a table and writes the table of fits that mBgModel reads.
///
/// Arguments:
/// - path: folder of the images; NULL: the working directory.
/// - tblfile: table of pairs, written by mOverlaps; columns cntr1, cntr2, plus, minus and diff.
/// - template_file: header template whose pixel grid the images are on.
/// - diffdir: folder for the difference images; must exist.
/// - fitfile: table to write, a row for each fit.
/// - keepAll: 1 writes the difference images and their area images.
/// - levelOnly: 0 fits planes, 1 constants.
/// - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of pairs and how many failed. A pair that fails is counted and has no row in
/// fitfile.
///
/// Errors: a table, the template or diffdir cannot be used; fitfile cannot be written; the
/// progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mDiffFitExecReturn *fits =
///         mDiffFitExec("projected", "diffs.tbl", "region.hdr", "diffs", "fits.tbl", 0, 0, 0, 0);
///     if (fits && fits->status == 0)
///         printf("%d pairs, %d not fitted\n", fits->count, fits->fit_failed);
///     free(fits);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mDiffFitExec(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    diffdir: *const c_char,
    fitfile: *const c_char,
    keepAll: c_int,
    levelOnly: c_int,
    noAreas: c_int,
    debug: c_int,
) -> *mut mDiffFitExecReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = DiffFitExecParams {
            images: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            template: &arg::path(template_file, "template_file")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            output: &arg::path(fitfile, "fitfile")?,
            keep_all: keepAll != 0,
            level_only: levelOnly != 0,
            no_areas: noAreas != 0,
            rounds: Rounds::Version6,
            archive: None,
            debug,
        };
        diff_fit_exec(&params, run)
    })
}

/// mDiffFitExec of Montage 7: the images can come from an archive, and fits are those of
/// mFitplane_v7.
///
/// Arguments as for mDiffFitExec, and:
/// - archive: name of an S3 bucket that the images are fetched from, pair by pair, with the
///   program aws; NULL or "": the images are in path.
///
/// Result and errors as for mDiffFitExec. A pair that cannot be fetched counts as failed.
#[no_mangle]
pub unsafe extern "C" fn mDiffFitExec_v7(
    path: *const c_char,
    tblfile: *const c_char,
    template_file: *const c_char,
    diffdir: *const c_char,
    fitfile: *const c_char,
    keepAll: c_int,
    levelOnly: c_int,
    noAreas: c_int,
    archive: *const c_char,
    debug: c_int,
) -> *mut mDiffFitExecReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let params = DiffFitExecParams {
            images: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            template: &arg::path(template_file, "template_file")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            output: &arg::path(fitfile, "fitfile")?,
            keep_all: keepAll != 0,
            level_only: levelOnly != 0,
            no_areas: noAreas != 0,
            rounds: Rounds::Version7,
            archive: Archive::named(&arg::optional_text(archive)),
            debug,
        };
        diff_fit_exec(&params, run)
    })
}
