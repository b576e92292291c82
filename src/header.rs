//! Header templates and positions for C: mCoord, mGetHdr, mHdr, mMakeHdr, mPutHdr,
//! mTANHdr.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::error::{Error, Result};
use mosaic::task::header::{
    coordinates, get_header, header_of_region, make_header, put_header, tangent_header, Band,
    CoordOutcome, CoordParams, FitPoints, Form, GetHdrOutcome, GetHdrParams, HdrOutcome, HdrParams,
    MakeHdrOutcome, MakeHdrParams, Orientation, Pad, Place, PutHdrOutcome, PutHdrParams,
    TanHdrOutcome, TanHdrParams,
};

/// Result of mCoord; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(CoordOutcome)]
pub struct mCoordReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Right ascension of J2000 (degrees).
    pub ra: c_double,
    /// Declination of J2000 (degrees).
    pub dec: c_double,
    /// Pixel coordinate along the first axis, from 1.
    pub xpix: c_double,
    /// Pixel coordinate along the second axis, from 1.
    pub ypix: c_double,
}

/// Converts a position on the sky into a pixel of an image, or a pixel into a position.
///
/// Arguments:
/// - fitsfile: the FITS image.
/// - hdu: HDU of the image, from 0; 0: the first image of the file.
/// - plane3, plane4: plane of a cube; ignored, since the sky is the same for every plane.
/// - xlon, ylat: right ascension and declination (degrees, J2000), or with locinpix a pixel (from 1).
/// - locinpix: 0: xlon, ylat are a position; 1: they are a pixel.
/// - debug: above 0, logs to stdout.
///
/// Result: the position and the pixel, both.
///
/// Errors: the image cannot be read or has no usable coordinates; xlon or ylat is not finite; the
/// position is not on the image; the pixel is not on the sky.
///
/// Example:
///
/// ```c
///     struct mCoordReturn *at = mCoord("m31.fits", 0, 0, 0, 10.6847, 41.2690, 0, 0);
///     if (at && at->status == 0)
///         printf("pixel %.2f, %.2f\n", at->xpix, at->ypix);
///     free(at);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mCoord(
    fitsfile: *const c_char,
    hdu: c_int,
    plane3: c_int,
    plane4: c_int,
    xlon: c_double,
    ylat: c_double,
    locinpix: c_int,
    debug: c_int,
) -> *mut mCoordReturn {
    let _ = (plane3, plane4);
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        coordinates(
            &CoordParams {
                image: &arg::path(fitsfile, "fitsfile")?,
                hdu: arg::not_negative(hdu, "hdu")?,
                from: match locinpix {
                    0 => Place::Sky(xlon, ylat),
                    _ => Place::Pixel(xlon, ylat),
                },
                debug,
            },
            run,
        )
    })
}

/// Result of mGetHdr; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(GetHdrOutcome)]
pub struct mGetHdrReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of cards before END.
    pub ncard: c_int,
}

/// Writes the header of an HDU as text.
///
/// Arguments:
/// - infile: the FITS file.
/// - hdrfile: the text file to write.
/// - hdu: the HDU, from 0.
/// - htmlMode: 0: plain text with a card a line, which is a header template; 1: a web page; 2: the
///   cards of that page alone.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of cards.
///
/// Errors: there is no such file or HDU.
///
/// Example:
///
/// ```c
///     struct mGetHdrReturn *done = mGetHdr("m31.fits", "m31.hdr", 0, 0, 0);
///     if (done && done->status == 0)
///         printf("%d cards\n", done->ncard);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mGetHdr(
    infile: *const c_char,
    hdrfile: *const c_char,
    hdu: c_int,
    htmlMode: c_int,
    debug: c_int,
) -> *mut mGetHdrReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        get_header(
            &GetHdrParams {
                image: &arg::path(infile, "infile")?,
                header: &arg::path(hdrfile, "hdrfile")?,
                hdu: arg::not_negative(hdu, "hdu")?,
                form: Form::from_mode(htmlMode),
                debug,
            },
            run,
        )
    })
}

/// Result of mHdr; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(HdrOutcome)]
pub struct mHdrReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of lines of the template.
    pub count: c_int,
}

/// Writes the header template of a tangent plane around a position.
///
/// Montage asks a server for it; here it is computed. Names of objects cannot be looked up.
///
/// Arguments:
/// - locstr: position of the centre: "lon lat" in degrees or sexagesimal, followed by a coordinate
///   system and an equinox if these are not eq J2000.
/// - width: width of the template (degrees).
/// - height: height of the template (degrees); 0: as the width.
/// - outfile: the template to write.
/// - csys: coordinate system of the template: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or a usual short
///   form.
/// - equinox: its equinox (years); 0: 1950 for EQUB and ECLB, 2000 for the others.
/// - resolution: pixel size (arcseconds).
/// - rotation: CROTA2 (degrees).
/// - band2MASS: "j", "h" or "k" adds MAGZP, the magnitude zero point of that band of 2MASS; NULL or
///   "": none.
/// - debug: above 0, logs to stdout.
///
/// Result: the number of lines of the template.
///
/// Errors: an argument is not a usable number or name; a side would have no pixel or more than
/// 2^31-1.
///
/// Example:
///
/// ```c
///     struct mHdrReturn *region =
///         mHdr("10.6847 41.2690", 1.0, 1.0, "m31.hdr", "EQUJ", 2000.0, 1.0, 0.0, NULL, 0);
///     if (region && region->status != 0)
///         fprintf(stderr, "%s\n", region->msg);
///     free(region);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mHdr(
    locstr: *const c_char,
    width: c_double,
    height: c_double,
    outfile: *const c_char,
    csys: *const c_char,
    equinox: c_double,
    resolution: c_double,
    rotation: c_double,
    band2MASS: *const c_char,
    debug: c_int,
) -> *mut mHdrReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        header_of_region(
            &HdrParams {
                location: &arg::text(locstr, "locstr")?,
                width,
                height,
                output: &arg::path(outfile, "outfile")?,
                csys: &arg::text(csys, "csys")?,
                equinox,
                resolution,
                rotation,
                band: band(arg::bytes(band2MASS))?,
                debug,
            },
            run,
        )
    })
}

fn band(name: Option<&[u8]>) -> Result<Option<Band>> {
    let name = String::from_utf8_lossy(name.unwrap_or_default());
    if name.is_empty() {
        return Ok(None);
    }
    let band = Band::from_name(&name).ok_or_else(|| {
        Error::argument("band2MASS", "must be j, h or k, or NULL or empty for none")
    })?;
    Ok(Some(band))
}

/// Result of mMakeHdr; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(MakeHdrOutcome)]
pub struct mMakeHdrReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// A warning about axes beyond the second, or empty.
    pub note: [c_char; 1024],
    /// Number of rows of the tables.
    pub count: c_int,
    /// Number of rows with more than two axes.
    pub ncube: c_int,
    /// Width of the template in pixels.
    pub naxis1: c_int,
    /// Height of the template in pixels.
    pub naxis2: c_int,
    /// Longitude of the centre (degrees).
    pub clon: c_double,
    /// Latitude of the centre (degrees).
    pub clat: c_double,
    /// Width of the template (degrees).
    pub lonsize: c_double,
    /// Height of the template (degrees).
    pub latsize: c_double,
    /// CROTA2 of the template (degrees).
    pub posang: c_double,
    /// Longitude of the lower left corner (degrees).
    pub lon1: c_double,
    /// Latitude of the lower left corner (degrees).
    pub lat1: c_double,
    /// Longitude of the lower right corner (degrees).
    pub lon2: c_double,
    /// Latitude of the lower right corner (degrees).
    pub lat2: c_double,
    /// Longitude of the upper right corner (degrees).
    pub lon3: c_double,
    /// Latitude of the upper right corner (degrees).
    pub lat3: c_double,
    /// Longitude of the upper left corner (degrees).
    pub lon4: c_double,
    /// Latitude of the upper left corner (degrees).
    pub lat4: c_double,
}

/// Makes the header template of an image that covers everything in a table.
///
/// The template is a tangent plane, or an Aitoff map of the whole sky if the table is too extended
/// for that.
///
/// Arguments:
/// - tblfile: a table of images (columns ra1, dec1 to ra4, dec4; or lon1, lat1 to lon4, lat4; or
///   ctype1, ctype2, naxis1 or ns, naxis2 or nl, crval1, crval2, crpix1, crpix2, cdelt1, cdelt2,
///   crota2, and equinox if there is one), a table of positions (columns ra, dec; or lon, lat; or
///   crval1, crval2), or a table whose column table names such tables.
/// - template_file: the template to write.
/// - csys: its coordinate system: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or a usual short form.
/// - equinox: its equinox (years); 0: 1950 for EQUB and ECLB, 2000 for the others.
/// - pixelScale: pixel size (degrees); 0: the smallest of the table.
/// - northAligned: 1: north is up; 0: the rectangle is turned to be the smallest.
/// - pad: pixels to add on every side.
/// - isPercentage: 1: pad is in percent of the longer side.
/// - maxPixel: above 0, the pixel size is such that the longer side has this many pixels.
/// - debug: above 0, logs to stdout.
///
/// Result: size, centre and corners of the template.
///
/// Errors: an argument is not a usable number or name; a table cannot be read or has none of these
/// sets of columns; a row has no usable coordinates; there are fewer than three positions; a side
/// would have more than 2^31-1 pixels.
///
/// Example:
///
/// ```c
///     struct mMakeHdrReturn *region =
///         mMakeHdr("images.tbl", "region.hdr", "EQUJ", 2000.0, 0.0, 0, 0.0, 0, 0, 0);
///     if (region && region->status == 0)
///         printf("%d x %d pixels\n", region->naxis1, region->naxis2);
///     free(region);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mMakeHdr(
    tblfile: *const c_char,
    template_file: *const c_char,
    csys: *const c_char,
    equinox: c_double,
    pixelScale: c_double,
    northAligned: c_int,
    pad: c_double,
    isPercentage: c_int,
    maxPixel: c_int,
    debug: c_int,
) -> *mut mMakeHdrReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        make_header(
            &MakeHdrParams {
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                csys: &arg::text(csys, "csys")?,
                equinox,
                pixel_scale: pixelScale,
                orientation: match northAligned {
                    0 => Orientation::SmallestBox,
                    _ => Orientation::NorthUp,
                },
                pad: match isPercentage {
                    0 => Pad::Pixels(pad),
                    _ => Pad::Percent(pad),
                },
                max_pixel: maxPixel,
                debug,
            },
            run,
        )
    })
}

/// Result of mPutHdr; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(PutHdrOutcome)]
pub struct mPutHdrReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
}

/// Copies the pixels of an image, with another header.
///
/// Pixels are written as doubles (BITPIX -64). The image may have any number of axes.
///
/// Arguments:
/// - input_file: the FITS image.
/// - output_file: the image to write.
/// - template_file: header template of the output; its NAXIS and NAXISn must be those of the image.
/// - hdu: HDU of the input, from 0; 0: the first image of the file.
/// - debug: above 0, logs to stdout.
///
/// Result: no values.
///
/// Errors: the image or the template cannot be read, or their axes differ.
///
/// Example:
///
/// ```c
///     struct mPutHdrReturn *done = mPutHdr("raw.fits", "solved.fits", "solution.hdr", 0, 0);
///     if (done && done->status != 0)
///         fprintf(stderr, "%s\n", done->msg);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mPutHdr(
    input_file: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    hdu: c_int,
    debug: c_int,
) -> *mut mPutHdrReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        put_header(
            &PutHdrParams {
                input: &arg::path(input_file, "input_file")?,
                output: &arg::path(output_file, "output_file")?,
                template: &arg::path(template_file, "template_file")?,
                hdu: arg::not_negative(hdu, "hdu")?,
                debug,
            },
            run,
        )
    })
}

/// Result of mTANHdr; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(TanHdrOutcome)]
pub struct mTANHdrReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Largest error along x from the other projection to the distorted plane (pixels).
    pub fwdxerr: c_double,
    /// The same along y.
    pub fwdyerr: c_double,
    /// 1 if both forward errors are within the tolerance, else maxiter + 1.
    pub fwditer: c_int,
    /// Largest error along x from the distorted plane to the other projection (pixels).
    pub revxerr: c_double,
    /// The same along y.
    pub revyerr: c_double,
    /// 1 if both reverse errors are within the tolerance, else maxiter + 1.
    pub reviter: c_int,
}

/// Finds the tangent plane with distortion polynomials (SIP) that comes nearest to another projection.
///
/// mProjectPP and mProjExec use it in place of a projection that they cannot work with.
///
/// Arguments:
/// - origtmpl: header template of the other projection.
/// - newtmpl: the template to write.
/// - order: number of coefficients along an axis, at most 10; 0: 5.
/// - maxiter: fwditer and reviter are one more than this if the error exceeds tolerance; 0: 50.
/// - tolerance: the error that is small enough (pixels); 0: 0.01.
/// - useOffscl: 1 fits to points just outside the image, too.
/// - debug: above 0, logs to stdout.
///
/// Result: the largest errors of the new template.
///
/// Errors: the template cannot be used; order is above 10; no point has a place in both projections.
///
/// Example:
///
/// ```c
///     struct mTANHdrReturn *plane = mTANHdr("car.hdr", "tan.hdr", 0, 0, 0.0, 0, 0);
///     if (plane && plane->status == 0)
///         printf("within %g pixels\n", fmax(plane->fwdxerr, plane->fwdyerr));
///     free(plane);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mTANHdr(
    origtmpl: *const c_char,
    newtmpl: *const c_char,
    order: c_int,
    maxiter: c_int,
    tolerance: c_double,
    useOffscl: c_int,
    debug: c_int,
) -> *mut mTANHdrReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        tangent_header(
            &TanHdrParams {
                original: &arg::path(origtmpl, "origtmpl")?,
                tangent: &arg::path(newtmpl, "newtmpl")?,
                order,
                max_rounds: maxiter,
                tolerance,
                points: FitPoints::from_flag(useOffscl != 0),
                debug,
            },
            run,
        )
    })
}
