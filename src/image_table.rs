//! mBestImage, mCoverageCheck, mCoverageCheck_v7, mImgtbl and mSubset.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::error::{Error, Result};
use mosaic::task::image_table::{
    best_image, coverage_check, image_table, subset, BestImageOutcome, BestImageParams,
    CoverageCheckOutcome, CoverageCheckParams, Edge, ImageTableOutcome, ImageTableParams, Outline,
    Shape, SubsetOutcome, SubsetParams,
};

/// Result of mBestImage; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(BestImageOutcome)]
pub struct mBestImageReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Name of the image in the table.
    pub file: [c_char; 1024],
    /// HDU of the image; 0 if the table has no column hdu.
    pub hdu: c_int,
    /// URL of the image; empty if the table has no column URL.
    pub url: [c_char; 1024],
    /// Distance from the position to the nearest edge of the image (degrees).
    pub edgedist: c_double,
}

/// Result of mCoverageCheck and mCoverageCheck_v7; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(CoverageCheckOutcome)]
pub struct mCoverageCheckReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images that overlap the region.
    pub count: c_int,
}

/// Result of mSubset; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(SubsetOutcome)]
pub struct mSubsetReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images in the table.
    pub count: c_int,
    /// Number of images that overlap the region.
    pub nmatches: c_int,
}

/// Result of mImgtbl; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(ImageTableOutcome)]
pub struct mImgtblReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images listed; a file may have several.
    pub count: c_int,
    /// Number of files read.
    pub nfile: c_int,
    /// Number of HDUs in these files.
    pub nhdu: c_int,
    /// Number of files that are not FITS.
    pub badfits: c_int,
    /// Number of HDUs left out because they have no usable sky coordinates.
    pub badwcs: c_int,
}

/// Lists the images of a folder in a table, with the geometry of each.
///
/// Arguments:
/// - pathname: the folder; NULL: the working directory.
/// - tblname: the table to write.
/// - recursiveMode: 1 searches the folders below, too.
/// - processAreaFiles: 1 lists _area images, too.
/// - haveCubes: 1 adds columns for a third and a fourth axis.
/// - noGZIP: 1 leaves files out whose names end in .gz.
/// - showCorners: 1 adds columns for the four corners on the sky, ra1, dec1 to ra4, dec4.
/// - showInfo: 1 prints a line to stdout for everything that is left out.
/// - showbad: 1 lists an HDU without usable coordinates as a row of zeros.
/// - imgListFile: table whose column fname or file names the images, instead of all of the folder;
///   NULL or "": none.
/// - fieldListFile: text file with further keywords to list, a line each: name, type and width;
///   NULL or "": none.
/// - debug: above 0, logs to stdout.
///
/// Result: the numbers of images, files and HDUs.
///
/// Errors: the folder or a list cannot be read. A file that is not FITS, or has no sky coordinates,
/// is counted and left out.
///
/// Example:
///
/// ```c
///     struct mImgtblReturn *images =
///         mImgtbl("projected", "images.tbl", 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0);
///     if (images && images->status == 0)
///         printf("%d images in %d files\n", images->count, images->nfile);
///     free(images);
/// ```
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
        // SAFETY: the contract of the interface.
        let params = unsafe {
            ImageTableParams {
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
        image_table(&params, run)
    })
}

/// Finds the image of a table that covers a position with the widest margin.
///
/// Arguments:
/// - tblfile: table of the images; columns fname or file, and corners (ra1, dec1 to ra4, dec4) or
///   ctype, naxis, crval, crpix and cdelt with crota2 or cd; hdu and URL if there are any.
/// - ra, dec: the position (degrees, J2000).
/// - debug: above 0, logs the images that cover the position to stdout.
///
/// Result: the image and the distance from the position to its nearest edge. Of several equal ones
/// it is the first.
///
/// Errors: the table cannot be read or lacks columns; ra or dec is not a position; no image covers
/// it.
///
/// Example:
///
/// ```c
///     struct mBestImageReturn *best = mBestImage("images.tbl", 10.6847, 41.2690, 0);
///     if (best && best->status == 0)
///         printf("%s\n", best->file);
///     free(best);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mBestImage(
    tblfile: *const c_char,
    ra: c_double,
    dec: c_double,
    debug: c_int,
) -> *mut mBestImageReturn {
    export(|run| {
        let params = BestImageParams {
            // SAFETY: the contract of the interface.
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
/// The contract of the interface.
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
) -> Result<CoverageCheckParams> {
    let shape = Shape::from_number(mode)
        .ok_or_else(|| Error::argument("mode", format!("must be 0 to 5 (it is {mode})")))?;
    // SAFETY: passed on.
    unsafe {
        Ok(CoverageCheckParams {
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
/// Arguments:
/// - infile: table of the images; corners (ra1, dec1 to ra4, dec4) or ctype, naxis, crval, crpix and
///   cdelt with crota2 or cd.
/// - outfile: the table to write.
/// - mode: what describes the region; the numbers of array are in degrees, J2000:
///   0: right ascension and declination of three or more points, whose convex hull is the region;
///   1: centre, width, height (default: the width) and angle (default: 0) of a box;
///   2: centre and radius of a circle;
///   3: a point;
///   4: the header template hdrfile;
///   5: a box as for 1; the rows written describe the part of each image inside it.
/// - hdrfile: header template for mode 4; NULL for the others.
/// - narray: number of elements of array.
/// - array: the numbers that describe the region; NULL for mode 4.
/// - path: folder of the images, which mode 5 reads if the table does not describe their projection;
///   NULL: they are not read.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of images.
///
/// Errors: mode is not 0 to 5; the numbers are not a region; infile cannot be read or lacks columns.
///
/// Example:
///
/// ```c
///     double circle[3] = { 10.6847, 41.2690, 0.5 };
///     struct mCoverageCheckReturn *found =
///         mCoverageCheck("images.tbl", "near.tbl", 2, NULL, 3, circle, NULL, 0);
///     if (found && found->status == 0)
///         printf("%d images\n", found->count);
///     free(found);
/// ```
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
        // SAFETY: the contract of the interface.
        let params = unsafe {
            coverage_params(
                infile, outfile, mode, hdrfile, narray, array, path, edge, debug,
            )
        };
        coverage_check(&params?, run)
    })
}

/// mCoverageCheck of Montage 7: images, boxes and headers begin at pixel 0.5, in version 6 at -0.5.
///
/// Arguments as for mCoverageCheck, and:
/// - xoff, yoff: ignored, as in Montage.
///
/// Result and errors as for mCoverageCheck.
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
        // SAFETY: the contract of the interface.
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
/// Arguments:
/// - tblfile: table of the images; columns ctype, naxis, crval, crpix, and cd or cdelt with crota2;
///   equinox if there is one.
/// - template_file: the header template.
/// - subtbl: the table to write.
/// - fastmode: 1 compares outlines by their corners (ra1, dec1 to ra4, dec4 of the table, if it has
///   them); 0 compares the pixels along the edges.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of images in the table and in the region.
///
/// Errors: the table or the template cannot be read; the table lacks columns.
///
/// Example:
///
/// ```c
///     struct mSubsetReturn *found = mSubset("images.tbl", "region.hdr", "inside.tbl", 0, 0);
///     if (found && found->status == 0)
///         printf("%d of %d images\n", found->nmatches, found->count);
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mSubset(
    tblfile: *const c_char,
    template_file: *const c_char,
    subtbl: *const c_char,
    fastmode: c_int,
    debug: c_int,
) -> *mut mSubsetReturn {
    export(|run| {
        // SAFETY: the contract of the interface.
        let params = unsafe {
            SubsetParams {
                table: arg::path(tblfile, "tblfile")?,
                template: arg::path(template_file, "template_file")?,
                output: arg::path(subtbl, "subtbl")?,
                outline: Outline::from_quick(fastmode != 0),
                debug,
            }
        };
        subset(&params, run)
    })
}
