//! mCoord, mGetHdr, mHdr, mMakeHdr, mPutHdr, mTANHdr.

use std::path::{Path, PathBuf};

use fits::cformat::{atoi, number, whole_integer};
use mosaic::run::Run;
use mosaic::task::header::{
    coordinates, get_header, header_of_region, make_header, put_header, tangent_header, Band,
    CoordParams, FitPoints, Form, GetHdrParams, HdrParams, MakeHdrParams, Orientation, Pad, Place,
    PutHdrParams, TanHdrParams,
};

use crate::program::{fields, Answer, Call, Failure, Program};

/// mCoord: a position to a pixel and back (Montage 7).
pub const M_COORD: Program = Program {
    name: "mCoord",
    // Declinations may be negative.
    options: "+d",
    usage: "[-d][-s statusfile] image.fits ra dec (or X Y pixels; pixel coord have 'p' suffix)",
    min_args: 3,
    run: |call, run| {
        let (image, hdu) = hdu_of_name(&call.path(0));
        let (x, y) = (call.text(1), call.text(2));
        let value = |text: &str| {
            number(text).ok_or_else(|| Failure::Error(format!("{text} is not a coordinate")))
        };
        let place = (value(&x)?, value(&y)?);
        let params = CoordParams {
            image: &image,
            hdu,
            from: match x.contains('p') || y.contains('p') {
                true => Place::Pixel(place.0, place.1),
                false => Place::Sky(place.0, place.1),
            },
            debug: call.debug(),
        };
        fields(coordinates(&params, run))
    },
};

/// `image.fits[1][3]` is HDU 1 where there is no such file; the planes of a cube that follow make
/// no difference.
fn hdu_of_name(name: &Path) -> (PathBuf, usize) {
    let text = name.to_string_lossy();
    if name.exists() {
        return (name.to_owned(), 0);
    }
    let Some((file, rest)) = text.split_once('[') else {
        return (name.to_owned(), 0);
    };
    let hdu = rest.split(']').next().and_then(|hdu| hdu.parse().ok());
    match hdu {
        Some(hdu) => (PathBuf::from(file), hdu),
        None => (name.to_owned(), 0),
    }
}

/// mGetHdr: the header of an image as text.
pub const M_GET_HDR: Program = Program {
    name: "mGetHdr",
    options: "dHh:",
    usage: "[-d][-H][-h hdu][-s statusfile] img.fits img.hdr",
    min_args: 2,
    run: |call, run| {
        let params = GetHdrParams {
            image: &call.path(0),
            header: &call.path(1),
            hdu: hdu(call)?,
            form: if call.has('H') {
                Form::Page
            } else {
                Form::Text
            },
            debug: call.debug(),
        };
        fields(get_header(&params, run))
    },
};

/// The value of `-h hdu`.
fn hdu(call: &Call) -> Result<usize, Failure> {
    let Some(text) = call.value('h') else {
        return Ok(0);
    };
    let text = text.to_string_lossy();
    // strtol's notation in base 10: blanks and a sign before.
    text.trim_start()
        .parse()
        .map_err(|_| Failure::Error(format!("HDU value ({text}) must be a non-negative integer")))
}

/// mHdr: the header template of a region.
pub const M_HDR: Program = Program {
    name: "mHdr",
    options: "dc:e:h:p:r:t:",
    usage: "[-c system] [-e equinox] [-h height(deg)] [-p pixsize(arcsec)] [-r rotation] [-t 2mass-band] object|location width(deg) outfile (object/location must be a single argument string)",
    min_args: 3,
    run: |call, run| {
        let band = match call.value('t').map(|name| name.to_string_lossy()) {
            None => None,
            Some(name) => Some(Band::from_name(&name).ok_or_else(|| {
                Failure::Error("If 2MASS band is given, it must be 'J', 'H', or 'K'".into())
            })?),
        };
        let csys = call.value('c').map(|name| name.to_string_lossy());
        let params = HdrParams {
            location: &call.text(0),
            width: number(&call.text(1)).unwrap_or(0.0),
            height: call.real('h', 0.0),
            output: &call.path(2),
            csys: csys.as_deref().unwrap_or("eq"),
            equinox: call.real('e', 2000.0),
            resolution: call.real('p', 1.0),
            rotation: call.real('r', 0.0),
            band,
            debug: call.debug(),
        };
        fields(header_of_region(&params, run))
    },
};

/// mMakeHdr: the header template that holds everything in a table.
pub const M_MAKE_HDR: Program = Program {
    name: "mMakeHdr",
    options: "nd:e:P:p:",
    usage: "[-d level] [-s statusfile] [-p(ixel-scale) cdelt | -P maxpixel] [-e edgepixels] [-n] images.tbl template.hdr [system [equinox]] (where system = EQUJ|EQUB|ECLJ|ECLB|GAL|SGAL)",
    min_args: 2,
    run: make,
};

fn make(call: &Call, run: &Run) -> Answer {
    let text = |letter| call.value(letter).map(|text| text.to_string_lossy());
    let error = |what: &str, text: &str| Failure::Error(format!("{what}: {text}"));
    let edge = text('e').unwrap_or_default();
    let pad = atoi(&edge);
    if pad < 0 {
        return Err(error("Invalid pad string", &edge));
    }
    let pixel_scale = match text('p') {
        None => 0.0,
        Some(text) => number(&text)
            .filter(|&scale| scale > 0.0)
            .ok_or_else(|| error("Invalid pixel scale string", &text))?,
    };
    let most = text('P').map_or(0, |text| atoi(&text).max(0));
    let equinox = match call.args().get(3) {
        None => 2000.0,
        Some(text) => text
            .to_string_lossy()
            .trim_start()
            .parse()
            .map_err(|_| Failure::Error("Equinox string is not a number".into()))?,
    };
    let csys = match call.args().get(2) {
        None => "EQUJ".into(),
        Some(_) => call.text(2),
    };
    fields(make_header(
        &MakeHdrParams {
            table: &call.path(0),
            template: &call.path(1),
            csys: &csys,
            equinox,
            pixel_scale,
            orientation: match call.has('n') {
                true => Orientation::NorthUp,
                false => Orientation::SmallestBox,
            },
            pad: match edge.contains('%') {
                true => Pad::Percent(pad as f64),
                false => Pad::Pixels(pad as f64),
            },
            max_pixel: i32::try_from(most).unwrap_or(i32::MAX),
            debug: call.debug_level()?,
        },
        run,
    ))
}

/// mPutHdr: an image with another header.
pub const M_PUT_HDR: Program = Program {
    name: "mPutHdr",
    options: "d:h:",
    usage: "[-d level][-s statusfile][-h hdu] in.fits out.fits hdr.template",
    min_args: 3,
    run: |call, run| {
        let params = PutHdrParams {
            input: &call.path(0),
            output: &call.path(1),
            template: &call.path(2),
            hdu: hdu(call)?,
            debug: call.debug_level()?,
        };
        fields(put_header(&params, run))
    },
};

/// mTANHdr: the distorted tangent plane that stands for another projection.
pub const M_TAN_HDR: Program = Program {
    name: "mTANHdr",
    options: "dui:o:t:",
    usage: "[-d][-o order][-i maxiter][-t tolerance][-s statusfile] orig.hdr new.hdr (default: order = 5, maxiter = 50, tolerance = 0.01)",
    min_args: 2,
    run: |call, run| {
        let integer = |letter, otherwise: i32, what: &str| match call.value(letter) {
            None => Ok(otherwise),
            Some(text) => {
                let text = text.to_string_lossy();
                whole_integer(&text).ok_or_else(|| {
                    Failure::Error(format!("-{letter} ({what}) argument '{text}' not an integer"))
                })
            }
        };
        let tolerance = match call.value('t').map(|text| text.to_string_lossy()) {
            None => 0.01,
            Some(text) => text.trim_start().parse::<f64>().map_err(|_| {
                Failure::Error(format!("-t (tolerance) argument '{text}' not a real number"))
            })?,
        };
        let params = TanHdrParams {
            original: &call.path(0),
            tangent: &call.path(1),
            order: integer('o', 5, "order")?,
            max_rounds: integer('i', 50, "iterations")?.max(1),
            tolerance,
            points: FitPoints::from_flag(call.has('u')),
            debug: 2 * call.debug(),
        };
        fields(tangent_header(&params, run))
    },
};
