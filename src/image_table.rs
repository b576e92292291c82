//! mBestImage, mCoverageCheck, mCoverageCheck_v7, mImgtbl and mSubset.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::{copy_text, export, ReturnStruct, JSON, MSG};
use mosaic::error::{Error, Result};
use mosaic::task::image_table::{
    best_image, coverage_check, image_table, subset, BestImage, BestImageOutcome, CoverageCheck,
    CoverageCheckOutcome, Edge, ImageTable, ImageTableOutcome, Shape, Subset, SubsetOutcome,
};

/// What mBestImage returns; release it with free().
#[repr(C)]
pub struct mBestImageReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the values below as text.
    pub msg: [c_char; 1024],
    /// The values below as JSON.
    pub json: [c_char; 4096],
    /// The name of the image in the table.
    pub file: [c_char; 1024],
    /// Its HDU; 0 where the table has none.
    pub hdu: c_int,
    /// Its URL; empty where the table has none.
    pub url: [c_char; 1024],
    /// Degrees from the position to the nearest edge of the image.
    pub edgedist: c_double,
}

// SAFETY: repr(C), and made of integers, doubles and character arrays only, valid as zero bytes.
unsafe impl ReturnStruct for mBestImageReturn {
    type Outcome = BestImageOutcome;
    fn fill(&mut self, outcome: &BestImageOutcome) {
        copy_text(&outcome.file, &mut self.file);
        self.hdu = outcome.hdu;
        copy_text(&outcome.url, &mut self.url);
        self.edgedist = outcome.edgedist;
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// What mCoverageCheck and mCoverageCheck_v7 return; release it with free().
#[repr(C)]
pub struct mCoverageCheckReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the count.
    pub msg: [c_char; 1024],
    /// The count as JSON.
    pub json: [c_char; 4096],
    /// Images that overlap the region.
    pub count: c_int,
}
impl_return!(mCoverageCheckReturn, CoverageCheckOutcome { count });

/// What mSubset returns; release it with free().
#[repr(C)]
pub struct mSubsetReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the counts below.
    pub msg: [c_char; 1024],
    /// The counts below as JSON.
    pub json: [c_char; 4096],
    /// Images in the table.
    pub count: c_int,
    /// Those that overlap the region.
    pub nmatches: c_int,
}
impl_return!(mSubsetReturn, SubsetOutcome { count, nmatches });

/// What mImgtbl returns.
#[repr(C)]
pub struct mImgtblReturn {
    /// 0: done; 1: an error, see msg.
    pub status: c_int,
    /// The counts below, or the error.
    pub msg: [c_char; 1024],
    /// The counts below as JSON.
    pub json: [c_char; 4096],
    /// Images listed (a file may have several).
    pub count: c_int,
    /// Files looked into.
    pub nfile: c_int,
    /// Their HDUs.
    pub nhdu: c_int,
    /// Files that are no FITS.
    pub badfits: c_int,
    /// HDUs left out for want of a usable geometry.
    pub badwcs: c_int,
}
impl_return!(
    mImgtblReturn,
    ImageTableOutcome {
        count,
        nfile,
        nhdu,
        badfits,
        badwcs
    }
);

/// Lists the images of a directory in a table, with the geometry of each.
///
/// pathname is the directory (NULL: the working directory), tblname the table to write.
/// recursiveMode: directories below, too. processAreaFiles: `_area` images, too. haveCubes:
/// columns for a third and fourth axis. noGZIP: leave `.gz` files out. showCorners: columns for
/// the four corners. showInfo: print a line for everything left out. showbad: a row of zeros for
/// it, too. imgListFile: a table whose column fname (or file) names the images instead of the
/// directory (NULL or "": none). fieldListFile: further keywords to list, name, type and width
/// on a line (NULL or "": none). Free the result with free().
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call.
#[no_mangle]
pub unsafe extern "C" fn mImgtbl(
    pathname: *const c_char,
    tblname: *const c_char,
    recursiveMode: c_int,
    processAreaFiles: c_int,
    haveCubes: c_int,
    noGZIP: c_int,
    showCorners: c_int,
    showInfo: c_int,
    showbad: c_int,
    imgListFile: *const c_char,
    fieldListFile: *const c_char,
    debug: c_int,
) -> *mut mImgtblReturn {
    export(|run| {
        // SAFETY: the strings are as this function's contract says.
        let params = unsafe {
            ImageTable {
                folder: arg::dir_or_here(pathname),
                table: arg::path(tblname, "tblname")?,
                recursive: recursiveMode != 0,
                area_files: processAreaFiles != 0,
                cubes: haveCubes != 0,
                no_gzip: noGZIP != 0,
                corners: showCorners != 0,
                show_info: showInfo != 0,
                show_bad: showbad != 0,
                image_list: arg::optional_path(imgListFile),
                field_list: arg::optional_path(fieldListFile),
                debug,
            }
        };
        image_table(run, &params)
    })
}

/// Finds the image of a table that covers a position best: whose nearest edge is furthest away.
///
/// `tblfile`: the table (fname or file, and corners ra1 ... dec4 or ctype, naxis, crval, crpix,
/// cdelt with crota2 or cd; hdu and URL if there). `ra`, `dec`: the position (degrees, J2000).
/// `debug`: above 0 prints the images that cover it.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mBestImage(
    tblfile: *const c_char,
    ra: c_double,
    dec: c_double,
    debug: c_int,
) -> *mut mBestImageReturn {
    export(|run| {
        let params = BestImage {
            // SAFETY: the string is as this function's contract says.
            table: unsafe { arg::path(tblfile, "tblfile") }?,
            ra,
            dec,
            debug,
        };
        best_image(&params, run)
    })
}

/// The arguments that both versions of mCoverageCheck share.
///
/// # Safety
/// Strings are NULL or NUL-terminated, `array` is NULL or has `narray` numbers, all valid for the
/// call.
#[allow(clippy::too_many_arguments)]
unsafe fn coverage_params(
    infile: *const c_char,
    outfile: *const c_char,
    mode: c_int,
    hdrfile: *const c_char,
    narray: c_int,
    array: *const c_double,
    path: *const c_char,
    edge: Edge,
    debug: c_int,
) -> Result<CoverageCheck> {
    let shape = Shape::from_number(mode)
        .ok_or_else(|| Error::argument("mode", format!("must be 0 to 5 (it is {mode})")))?;
    // SAFETY: passed on.
    unsafe {
        Ok(CoverageCheck {
            table: arg::path(infile, "infile")?,
            output: arg::path(outfile, "outfile")?,
            shape,
            template: arg::optional_path(hdrfile),
            numbers: match shape {
                Shape::Header => Vec::new(),
                _ => arg::reals(array, narray, ("array", "narray"))?,
            },
            images: arg::optional_path(path),
            edge,
            debug,
        })
    }
}

/// Writes the rows of a table whose images overlap a region of the sky (Montage 6.0).
///
/// `infile`: the table (corners ra1 ... dec4, or ctype, naxis, crval, crpix, cdelt with crota2 or
/// cd). `outfile`: the table to write. `mode` says what the `narray` numbers of `array` are, all
/// in degrees and J2000: 0, right ascension and declination of three or more points around a
/// convex region; 1, centre, width, height and angle of a box (height and angle may be left out);
/// 2, centre and radius of a circle; 3, a point; 4, nothing, the region is that of the header
/// template `hdrfile` (NULL in the other modes); 5, a box as for 1, and rows describe the part of
/// each image in it. `path`: folder of the images, which mode 5 reads where the table cannot
/// describe their projection (NULL: it does not). `debug`: above 0 prints the counts.
///
/// # Safety
/// Every string is NULL or NUL-terminated and valid for the call, `array` is NULL or has at least
/// `narray` numbers. Free the result with `free()`.
#[no_mangle]
pub unsafe extern "C" fn mCoverageCheck(
    infile: *const c_char,
    outfile: *const c_char,
    mode: c_int,
    hdrfile: *const c_char,
    narray: c_int,
    array: *const c_double,
    path: *const c_char,
    debug: c_int,
) -> *mut mCoverageCheckReturn {
    export(|run| {
        let edge = Edge::Version6;
        // SAFETY: the arguments are as this function's contract says.
        let params = unsafe {
            coverage_params(
                infile, outfile, mode, hdrfile, narray, array, path, edge, debug,
            )
        };
        coverage_check(&params?, run)
    })
}

/// mCoverageCheck of Montage 7, to which images, boxes and headers begin at pixel 0.5 (to Montage
/// 6 at -0.5). `xoff` and `yoff` are without effect, as there. Otherwise as mCoverageCheck.
///
/// # Safety
/// As for mCoverageCheck.
#[no_mangle]
pub unsafe extern "C" fn mCoverageCheck_v7(
    infile: *const c_char,
    outfile: *const c_char,
    mode: c_int,
    hdrfile: *const c_char,
    narray: c_int,
    array: *const c_double,
    path: *const c_char,
    xoff: c_double,
    yoff: c_double,
    debug: c_int,
) -> *mut mCoverageCheckReturn {
    let _ = (xoff, yoff);
    export(|run| {
        let edge = Edge::Version7;
        // SAFETY: the arguments are as this function's contract says.
        let params = unsafe {
            coverage_params(
                infile, outfile, mode, hdrfile, narray, array, path, edge, debug,
            )
        };
        coverage_check(&params?, run)
    })
}

/// Writes the rows of a table whose images overlap the region of a header template.
///
/// `tblfile`: the table (ctype, naxis, crval, crpix, and cd or cdelt with crota2; equinox if
/// there). `template_file`: the header template. `subtbl`: the table to write. `fastmode`: compare
/// outlines by corners (ra1 ... dec4, where the table has them) instead of pixels along the
/// edges. `debug`: above 0 prints the counts.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mSubset(
    tblfile: *const c_char,
    template_file: *const c_char,
    subtbl: *const c_char,
    fastmode: c_int,
    debug: c_int,
) -> *mut mSubsetReturn {
    export(|run| {
        // SAFETY: the strings are as this function's contract says.
        let params = unsafe {
            Subset {
                table: arg::path(tblfile, "tblfile")?,
                template: arg::path(template_file, "template_file")?,
                output: arg::path(subtbl, "subtbl")?,
                fast: fastmode != 0,
                debug,
            }
        };
        subset(&params, run)
    })
}
