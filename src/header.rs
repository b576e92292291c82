//! Header templates and positions for C: mCoord, mGetHdr, mHdr, mMakeHdr, mPutHdr,
//! mTANHdr.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::impl_return;
use crate::shim::export;
use mosaic::error::{Error, Result};
use mosaic::task::header::{
    coordinates, get_header, header_of_region, make_header, put_header, tangent_header, Band,
    Coord, CoordOutcome, Form, GetHdr, GetHdrOutcome, Hdr, HdrOutcome, MakeHdr, MakeHdrOutcome,
    Place, PutHdr, PutHdrOutcome, TanHdr, TanHdrOutcome,
};

/// What mCoord returns.
#[repr(C)]
pub struct mCoordReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
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
impl_return!(
    mCoordReturn,
    CoordOutcome {
        ra,
        dec,
        xpix,
        ypix
    }
);

/// Takes a position (right ascension `xlon` and declination `ylat` of J2000 in degrees) to a pixel
/// of HDU `hdu` (0: the first image) of the FITS file `fitsfile`, or with `locinpix` the pixel
/// (`xlon`, `ylat`) to its position. `plane3` and `plane4`, the plane of a cube, make no
/// difference. An error where the position is not on the image or the pixel has no sky.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        coordinates(
            &Coord {
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

/// What mGetHdr returns.
#[repr(C)]
pub struct mGetHdrReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Cards of the header.
    pub ncard: c_int,
}
impl_return!(mGetHdrReturn, GetHdrOutcome { ncard });

/// Writes the header of HDU `hdu` (from 0) of the FITS file `infile` to the text file `hdrfile`, a
/// card a line. `htmlMode`: 0 plain (a header template), 1 a web page, 2 the lines of that page
/// alone.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mGetHdr(
    infile: *const c_char,
    hdrfile: *const c_char,
    hdu: c_int,
    htmlMode: c_int,
    debug: c_int,
) -> *mut mGetHdrReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        get_header(
            &GetHdr {
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

/// What mHdr returns.
#[repr(C)]
pub struct mHdrReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Lines of the template.
    pub count: c_int,
}
impl_return!(mHdrReturn, HdrOutcome { count });

/// Writes to `outfile` the header template of a tangent plane around the position `locstr`
/// ("lon lat" in degrees, or sexagesimal, with a system and equinox behind it where these are not
/// eq J2000), `width` by `height` degrees (0: as the width), with pixels of `resolution` seconds
/// of arc, turned by `rotation` degrees (CROTA2). `csys` and `equinox`: as for mMakeHdr.
/// `band2MASS`: j, h or k for the magnitude zero point MAGZP of that survey; NULL or "" for none.
/// Names of objects cannot be looked up here.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        header_of_region(
            &Hdr {
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

/// What mMakeHdr returns.
#[repr(C)]
pub struct mMakeHdrReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// A caution, or empty.
    pub note: [c_char; 1024],
    /// Rows of the tables.
    pub count: c_int,
    /// Rows with more than two axes.
    pub ncube: c_int,
    /// Width of the template in pixels.
    pub naxis1: c_int,
    /// Height of the template in pixels.
    pub naxis2: c_int,
    /// Longitude of its centre (degrees).
    pub clon: c_double,
    /// Latitude of its centre (degrees).
    pub clat: c_double,
    /// Its width (degrees).
    pub lonsize: c_double,
    /// Its height (degrees).
    pub latsize: c_double,
    /// Its CROTA2 (degrees).
    pub posang: c_double,
    /// Lower left corner (degrees).
    pub lon1: c_double,
    /// Lower left corner (degrees).
    pub lat1: c_double,
    /// Lower right corner (degrees).
    pub lon2: c_double,
    /// Lower right corner (degrees).
    pub lat2: c_double,
    /// Upper right corner (degrees).
    pub lon3: c_double,
    /// Upper right corner (degrees).
    pub lat3: c_double,
    /// Upper left corner (degrees).
    pub lon4: c_double,
    /// Upper left corner (degrees).
    pub lat4: c_double,
}
impl_return!(
    mMakeHdrReturn,
    MakeHdrOutcome {
        count,
        ncube,
        naxis1,
        naxis2,
        clon,
        clat,
        lonsize,
        latsize,
        posang,
        lon1,
        lat1,
        lon2,
        lat2,
        lon3,
        lat3,
        lon4,
        lat4
    }
    text { note }
);

/// Makes the header template of an image that holds everything in `tblfile`: a table of images
/// (columns ra1, dec1 to ra4, dec4; or lon1, lat1 to lon4, lat4; or ctype1, ctype2, naxis1 (ns),
/// naxis2 (nl), crval1, crval2, crpix1, crpix2, cdelt1, cdelt2, crota2 and perhaps equinox) or of
/// positions (ra, dec; or lon, lat; or crval1, crval2), or a table whose column table names such
/// tables. It is a tangent plane, or an Aitoff map of the whole sky for what is too large.
///
/// `csys`: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or the usual short forms. `equinox`: in years,
/// 0 for 1950 or 2000. `pixelScale`: in degrees, 0 for the finest of the table.
/// `northAligned`: north up, instead of the smallest box. `pad`: pixels to add on every side,
/// with `isPercentage` percent of the longer side. `maxPixel`: above 0, the scale is such that
/// the longer side has this many pixels.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        make_header(
            &MakeHdr {
                table: &arg::path(tblfile, "tblfile")?,
                template: &arg::path(template_file, "template_file")?,
                csys: &arg::text(csys, "csys")?,
                equinox,
                pixel_scale: pixelScale,
                north_aligned: northAligned != 0,
                pad,
                pad_is_percentage: isPercentage != 0,
                max_pixel: maxPixel,
                debug,
            },
            run,
        )
    })
}

/// What mPutHdr returns.
#[repr(C)]
pub struct mPutHdrReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
}
impl_return!(mPutHdrReturn, PutHdrOutcome {});

/// Writes the pixels of HDU `hdu` (0: the first image) of the FITS file `input_file`, of any number
/// of axes, as doubles to `output_file`, with the header `template_file`, whose NAXIS and NAXISn must
/// be those of the image.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn mPutHdr(
    input_file: *const c_char,
    output_file: *const c_char,
    template_file: *const c_char,
    hdu: c_int,
    debug: c_int,
) -> *mut mPutHdrReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        put_header(
            &PutHdr {
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

/// What mTANHdr returns: largest errors in pixels.
#[repr(C)]
pub struct mTANHdrReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// From the other projection to the distorted plane, along x.
    pub fwdxerr: c_double,
    /// The same along y.
    pub fwdyerr: c_double,
    /// 1 where these are within the tolerance, else maxiter + 1.
    pub fwditer: c_int,
    /// From the distorted plane to the other projection, along x.
    pub revxerr: c_double,
    /// The same along y.
    pub revyerr: c_double,
    /// As fwditer.
    pub reviter: c_int,
}
impl_return!(
    mTANHdrReturn,
    TanHdrOutcome {
        fwdxerr,
        fwdyerr,
        fwditer,
        revxerr,
        revyerr,
        reviter
    }
);

/// Writes to `newtmpl` the header template of a tangent plane with distortion polynomials (SIP)
/// whose pixels lie where those of the template `origtmpl`, of another projection, do, for
/// mProjectPP. `order`: coefficients along an axis, to 10 (0: 5); `tolerance`: the error in pixels
/// that is good enough (0: 0.01), `maxiter`: what fwditer and reviter tell of errors above it
/// (0: 50); `useOffscl`: fit to points just off the image, too.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        tangent_header(
            &TanHdr {
                original: &arg::path(origtmpl, "origtmpl")?,
                tangent: &arg::path(newtmpl, "newtmpl")?,
                order,
                max_rounds: maxiter,
                tolerance,
                use_off_image: useOffscl != 0,
                debug,
            },
            run,
        )
    })
}
