//! mFitplane, mFitExec, mDiffFit and mDiffFitExec.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::kernel::plane_fit::{FitOptions, Rounds};
use mosaic::task::archive::Archive;
use mosaic::task::plane_fit::{
    diff_fit, diff_fit_exec, fit_exec, fitplane, DiffFit, DiffFitExec, DiffFitExecOutcome, FitExec,
    FitExecOutcome, Fitplane, FitplaneOutcome,
};

/// What mFitplane returns; release it with free().
#[repr(C)]
pub struct mFitplaneReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Slope of the plane along x.
    pub a: c_double,
    /// Slope of the plane along y.
    pub b: c_double,
    /// Level of the plane at the reference pixel.
    pub c: c_double,
    /// CRPIX1 of the image.
    pub crpix1: c_double,
    /// CRPIX2 of the image.
    pub crpix2: c_double,
    /// Smallest x of the fitted pixels, from the reference pixel.
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
    /// Rms of their distances from the plane.
    pub rms: c_double,
    /// Centre of the smallest rectangle around the pixels, x.
    pub boxx: c_double,
    /// Centre of the smallest rectangle around the pixels, y.
    pub boxy: c_double,
    /// Its side at the angle boxang.
    pub boxwidth: c_double,
    /// Its other side.
    pub boxheight: c_double,
    /// Its angle (degrees).
    pub boxang: c_double,
}

/// What mDiffFit returns; release it with free().
#[repr(C)]
pub struct mDiffFitReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Slope of the plane along x.
    pub a: c_double,
    /// Slope of the plane along y.
    pub b: c_double,
    /// Level of the plane at the reference pixel.
    pub c: c_double,
    /// CRPIX1 of the image.
    pub crpix1: c_double,
    /// CRPIX2 of the image.
    pub crpix2: c_double,
    /// Smallest x of the fitted pixels, from the reference pixel.
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
    /// Rms of their distances from the plane.
    pub rms: c_double,
    /// Centre of the smallest rectangle around the pixels, x.
    pub boxx: c_double,
    /// Centre of the smallest rectangle around the pixels, y.
    pub boxy: c_double,
    /// Its side at the angle boxang.
    pub boxwidth: c_double,
    /// Its other side.
    pub boxheight: c_double,
    /// Its angle (degrees).
    pub boxang: c_double,
}

/// What mFitExec returns; release it with free().
#[repr(C)]
pub struct mFitExecReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Number of differences in the table.
    pub count: c_int,
    /// Number of fits that failed.
    pub failed: c_int,
    /// Always 0, as in Montage.
    pub warning: c_int,
    /// Number of difference images that are missing.
    pub missing: c_int,
}

/// What mDiffFitExec returns; release it with free().
#[repr(C)]
pub struct mDiffFitExecReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// Number of differences in the table.
    pub count: c_int,
    /// Number of differences that failed.
    pub diff_failed: c_int,
    /// Number of fits that failed; mDiffFitExec counts failed differences here too,
    /// mDiffFitExec_v7 does not.
    pub fit_failed: c_int,
    /// Always 0, as in Montage.
    pub warning: c_int,
}

impl_return!(
    mFitplaneReturn,
    FitplaneOutcome {
        a,
        b,
        c,
        crpix1,
        crpix2,
        xmin,
        xmax,
        ymin,
        ymax,
        xcenter,
        ycenter,
        npixel,
        rms,
        boxx,
        boxy,
        boxwidth,
        boxheight,
        boxang
    }
);
impl_return!(
    mDiffFitReturn,
    FitplaneOutcome {
        a,
        b,
        c,
        crpix1,
        crpix2,
        xmin,
        xmax,
        ymin,
        ymax,
        xcenter,
        ycenter,
        npixel,
        rms,
        boxx,
        boxy,
        boxwidth,
        boxheight,
        boxang
    }
);
impl_return!(
    mFitExecReturn,
    FitExecOutcome {
        count,
        failed,
        warning,
        missing
    }
);
impl_return!(
    mDiffFitExecReturn,
    DiffFitExecOutcome {
        count,
        diff_failed,
        fit_failed,
        warning
    }
);

/// Fits a plane to an image, leaving out what is farther than 2 rms for 20 rounds, and finds the
/// smallest rectangle around its pixels. levelOnly fits a level only; border pixels along every
/// side are left out of the fit.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// free().
#[no_mangle]
pub unsafe extern "C" fn mFitplane(
    input_file: *const c_char,
    levelOnly: c_int,
    border: c_int,
    debug: c_int,
) -> *mut mFitplaneReturn {
    // SAFETY: the string is valid by this function's contract.
    export(|run| unsafe {
        let input = arg::path(input_file, "input_file")?;
        let options = options(0, levelOnly, border, Rounds::Version6)?;
        fitplane(
            &Fitplane {
                input: &input,
                options,
                debug,
            },
            run,
        )
    })
}

/// mFitplane of Montage 7: with nofit only the region and the rectangle are found; the first
/// round of clipping is one earlier.
///
/// # Safety
/// As for mFitplane.
#[no_mangle]
pub unsafe extern "C" fn mFitplane_v7(
    input_file: *const c_char,
    nofit: c_int,
    levelOnly: c_int,
    border: c_int,
    debug: c_int,
) -> *mut mFitplaneReturn {
    // SAFETY: the string is valid by this function's contract.
    export(|run| unsafe {
        let input = arg::path(input_file, "input_file")?;
        let options = options(nofit, levelOnly, border, Rounds::Version7)?;
        fitplane(
            &Fitplane {
                input: &input,
                options,
                debug,
            },
            run,
        )
    })
}

fn options(
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

/// Fits the difference images of tblfile (written by mOverlaps) in diffdir and writes the fit
/// table fitfile. A fit that fails is counted.
///
/// # Safety
/// As for mFitplane.
#[no_mangle]
pub unsafe extern "C" fn mFitExec(
    tblfile: *const c_char,
    fitfile: *const c_char,
    diffdir: *const c_char,
    levelOnly: c_int,
    debug: c_int,
) -> *mut mFitExecReturn {
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let params = FitExec {
            table: &arg::path(tblfile, "tblfile")?,
            output: &arg::path(fitfile, "fitfile")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            level_only: levelOnly != 0,
            debug,
        };
        fit_exec(&params, run)
    })
}

/// Subtracts fname2 from fname1 and fits the difference, in one step (new in Montage 7). The
/// difference image diffname is written only when keep is set.
///
/// # Safety
/// As for mFitplane.
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
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let params = DiffFit {
            first: &arg::path(fname1, "fname1")?,
            second: &arg::path(fname2, "fname2")?,
            output: &arg::path(diffname, "diffname")?,
            template: &arg::path(template_file, "template_file")?,
            keep: keep != 0,
            no_areas: noAreas != 0,
            options: options(0, levelOnly, border, Rounds::Version7)?,
            debug,
        };
        diff_fit(&params, run)
    })
}

/// Subtracts and fits every pair of tblfile (written by mOverlaps) and writes the fit table
/// fitfile. path is the folder of the images (NULL: the working directory). Difference images
/// are written to diffdir only when keepAll is set. A pair that fails is counted.
///
/// # Safety
/// As for mFitplane.
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
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let params = DiffFitExec {
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

/// mDiffFitExec of Montage 7: where archive is not empty, the images are fetched from the S3
/// bucket of that name with the program `aws`, pair by pair; the fits have version 7's rounds.
///
/// # Safety
/// As for mFitplane.
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
    // SAFETY: the strings are valid by this function's contract.
    export(|run| unsafe {
        let bucket = String::from_utf8_lossy(arg::bytes(archive).unwrap_or_default());
        let params = DiffFitExec {
            images: &arg::dir_or_here(path),
            table: &arg::path(tblfile, "tblfile")?,
            template: &arg::path(template_file, "template_file")?,
            diff_dir: &arg::path(diffdir, "diffdir")?,
            output: &arg::path(fitfile, "fitfile")?,
            keep_all: keepAll != 0,
            level_only: levelOnly != 0,
            no_areas: noAreas != 0,
            rounds: Rounds::Version7,
            archive: Archive::named(&bucket),
            debug,
        };
        diff_fit_exec(&params, run)
    })
}
