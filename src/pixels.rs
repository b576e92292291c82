//! mShrink, mShrink_v7 and mSubimage.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::{copy_text, export, ReturnStruct, JSON, MSG};
use mosaic::error::{Error, Result};
use mosaic::task::pixels::{
    shrink, subimage, Mode, Shrink, ShrinkOutcome, Subimage, SubimageOutcome,
};

/// What mShrink and mShrink_v7 return; release it with free().
#[repr(C)]
pub struct mShrinkReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the time.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Seconds that it took.
    pub time: c_double,
}
impl_return!(mShrinkReturn, ShrinkOutcome { time });

/// What mSubimage returns; release it with free().
#[repr(C)]
pub struct mSubimageReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// What went wrong and with which file, or the content.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// "blank": no pixel has a value; "flat": all have the same; "normal": they differ.
    pub content: [c_char; 1024],
}

// SAFETY: repr(C), and made of integers and character arrays only, valid as zero bytes.
unsafe impl ReturnStruct for mSubimageReturn {
    type Outcome = SubimageOutcome;
    fn fill(&mut self, outcome: &SubimageOutcome) {
        copy_text(outcome.content, &mut self.content);
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// Writes an image with larger (or smaller) pixels, each the mean of those that it covers.
///
/// `input_file`: the image. `output_file`: the image to write, its pixels stored alike.
/// `shrinkFactor`: input pixels in the side of an output pixel, any positive number. `hdu`: the
/// HDU, from 0. `fixedSize`: shrinkFactor is the number of pixels of the output's longer side.
/// `debug`: above 0 prints the sizes.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mShrink(
    input_file: *const c_char,
    output_file: *const c_char,
    shrinkFactor: c_double,
    hdu: c_int,
    fixedSize: c_int,
    debug: c_int,
) -> *mut mShrinkReturn {
    // SAFETY: the arguments are this function's own.
    unsafe {
        mShrink_v7(
            input_file,
            output_file,
            shrinkFactor,
            0.0,
            hdu,
            fixedSize,
            debug,
        )
    }
}

/// mShrink of Montage 7: `cdelt`, where positive, is the size of CDELT1 and CDELT2 (degrees) that
/// is written instead of theirs times the factor, which may be rounded. Otherwise as mShrink.
///
/// # Safety
/// As for mShrink.
#[no_mangle]
pub unsafe extern "C" fn mShrink_v7(
    input_file: *const c_char,
    output_file: *const c_char,
    shrinkFactor: c_double,
    cdelt: c_double,
    hdu: c_int,
    fixedSize: c_int,
    debug: c_int,
) -> *mut mShrinkReturn {
    export(|run| {
        // SAFETY: the strings are as this function's contract says.
        let params = unsafe {
            Shrink {
                input: arg::path(input_file, "input_file")?,
                output: arg::path(output_file, "output_file")?,
                factor: shrinkFactor,
                fixed_size: fixedSize != 0,
                cdelt,
                hdu,
                debug,
            }
        };
        shrink(&params, run)
    })
}

/// Cuts a piece out of an image.
///
/// `infile`: the image. `outfile`: the piece to write, its pixels stored alike. `mode` says what
/// the four numbers are: 0, right ascension and declination (degrees, J2000) of the middle and
/// sizes in degrees along the image's axes; 1, the first column and row (from 1) and sizes in
/// pixels; 2, nothing, all of the HDU is wanted; 3, nothing, blank borders are cut off; 4 (Montage
/// 7), first column and row and last column and row, counted from CRPIX1, CRPIX2. `hdu`: the HDU,
/// from 0. `nowcs`: the image has no sky coordinates. `debug`: above 0 prints the range of
/// pixels.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mSubimage(
    infile: *const c_char,
    outfile: *const c_char,
    xref: c_double,
    yref: c_double,
    xsize: c_double,
    ysize: c_double,
    mode: c_int,
    hdu: c_int,
    nowcs: c_int,
    debug: c_int,
) -> *mut mSubimageReturn {
    export(|run| {
        // SAFETY: the strings are as this function's contract says.
        let params = unsafe {
            Subimage {
                input: arg::path(infile, "infile")?,
                output: arg::path(outfile, "outfile")?,
                x: xref,
                y: yref,
                x_size: xsize,
                y_size: ysize,
                mode: mode_of(mode)?,
                hdu,
                no_wcs: nowcs != 0,
                debug,
            }
        };
        subimage(&params, run)
    })
}

fn mode_of(mode: c_int) -> Result<Mode> {
    Mode::from_number(mode)
        .ok_or_else(|| Error::argument("mode", format!("must be 0 to 4 (it is {mode})")))
}
