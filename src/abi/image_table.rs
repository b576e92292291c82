//! mImgtbl.

use std::ffi::{c_char, c_int};

use crate::abi::arg;
use crate::abi::shim::export;
use crate::impl_return;
use crate::task::image_table::{image_table, ImageTable, ImageTableOutcome};

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
