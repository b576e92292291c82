//! Header templates for C: mGetHdr, mMakeHdr.

use std::ffi::{c_char, c_double, c_int};

use crate::abi::arg;
use crate::abi::shim::{copy_text, export};
use crate::impl_return;
use crate::task::header::{
    get_header, make_header, Form, GetHdr, GetHdrOutcome, MakeHdr, MakeHdrOutcome, Note,
};

impl From<Note> for [c_char; 1024] {
    fn from(note: Note) -> Self {
        let mut text = [0; 1024];
        copy_text(&note.0, &mut text);
        text
    }
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
        note,
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
