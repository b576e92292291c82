//! mGetHdr, mMakeHdr.

use montage::io::cformat::{atoi, number};
use montage::run::Run;
use montage::task::header::{get_header, make_header, Form, GetHdr, MakeHdr};

use crate::program::{fields, Answer, Call, Failure, Program};

/// mGetHdr: the header of an image as text.
pub const M_GET_HDR: Program = Program {
    name: "mGetHdr",
    options: "dHh:",
    usage: "[-d][-H][-h hdu][-s statusfile] img.fits img.hdr",
    min_args: 2,
    run: |call, run| {
        let params = GetHdr {
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
        &MakeHdr {
            table: &call.path(0),
            template: &call.path(1),
            csys: &csys,
            equinox,
            pixel_scale,
            north_aligned: call.has('n'),
            pad: pad as f64,
            pad_is_percentage: edge.contains('%'),
            max_pixel: i32::try_from(most).unwrap_or(i32::MAX),
            debug: call.debug_level()?,
        },
        run,
    ))
}
