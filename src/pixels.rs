//! mShrink, mShrink_v7 and mSubimage.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::error::{Error, Result};
use mosaic::task::pixels::{
    shrink, subimage, Mode, ShrinkOutcome, ShrinkParams, SubimageOutcome, SubimageParams,
};

/// Result of mShrink and mShrink_v7; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(ShrinkOutcome)]
pub struct mShrinkReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Run time (seconds).
    pub time: c_double,
}

/// Result of mSubimage; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(SubimageOutcome)]
pub struct mSubimageReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// "blank": no pixel has a value; "flat": all values are equal; "normal": they differ.
    pub content: [c_char; 1024],
}

/// Writes an image with larger (or smaller) pixels, each the mean of those that it covers.
///
/// Pixels are stored in the type of the input. Of a cube the first plane is taken.
///
/// Arguments:
/// - input_file: the FITS image.
/// - output_file: the image to write.
/// - shrinkFactor: width of an output pixel in input pixels, any positive number; with fixedSize the
///   number of pixels of the longer side of the output.
/// - hdu: HDU of the input, from 0; 0: the first image of the file.
/// - fixedSize: 0: shrinkFactor is a factor; 1: it is a size.
/// - debug: above 0, logs to stdout.
///
/// Result: the run time.
///
/// Errors: the image cannot be read; shrinkFactor is not a positive number; a side would have less
/// than one pixel or more than 2^31.
///
/// Example:
///
/// ```c
///     struct mShrinkReturn *done = mShrink("mosaic.fits", "preview.fits", 1000.0, 0, 1, 0);
///     if (done && done->status != 0)
///         fprintf(stderr, "%s\n", done->msg);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mShrink(
    input_file: *const c_char,
    output_file: *const c_char,
    shrinkFactor: c_double,
    hdu: c_int,
    fixedSize: c_int,
    debug: c_int,
) -> *mut mShrinkReturn {
    // SAFETY: the contract of the interface.
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

/// mShrink of Montage 7: the pixel size that the output states can be given.
///
/// Arguments as for mShrink, and:
/// - cdelt: above 0, the size of CDELT1 and CDELT2 (degrees) that is written instead of those of the
///   input times the factor, which may be rounded.
///
/// Result and errors as for mShrink.
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
        // SAFETY: the contract of the interface.
        let params = unsafe {
            ShrinkParams {
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

/// Cuts a rectangle out of an image.
///
/// Pixels are stored in the type of the input. Of a cube the first plane is taken.
///
/// Arguments:
/// - infile: the FITS image.
/// - outfile: the image to write.
/// - xref, yref, xsize, ysize: the rectangle, according to mode.
/// - mode: what the four numbers are:
///   0: right ascension and declination (degrees, J2000) of the centre, and the sizes along the axes
///   of the image (degrees);
///   1: the first column and row (from 1), and the sizes in pixels;
///   2: ignored: the whole HDU is copied;
///   3: ignored: blank borders are cut off;
///   4: the first column and row, and the last column and row, counted from CRPIX1 and CRPIX2
///   (Montage 7).
/// - hdu: HDU of the input, from 0; 0: the first image of the file.
/// - nowcs: 1: the image has no sky coordinates.
/// - debug: above 0, logs to stdout.
///
/// Result: whether the output is blank or flat.
///
/// Errors: mode is not 0 to 4; the image cannot be read or has no usable coordinates; the rectangle
/// has no pixel of the image.
///
/// Example:
///
/// ```c
///     struct mSubimageReturn *cut =
///         mSubimage("mosaic.fits", "m31.fits", 10.6847, 41.2690, 0.2, 0.2, 0, 0, 0, 0);
///     if (cut && cut->status == 0)
///         printf("%s\n", cut->content);
///     free(cut);
/// ```
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
        // SAFETY: the contract of the interface.
        let params = unsafe {
            SubimageParams {
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
