//! mShrink and mSubimage.

use mosaic::run::Run;
use mosaic::task::pixels::{shrink, subimage, Mode, ShrinkParams, SubimageParams};

use crate::program::{fields, Answer, Call, Failure, Program};

/// Shrinks an image. `-p` is Montage 7's.
pub const M_SHRINK: Program = Program {
    name: "mShrink",
    options: "d:h:fp:",
    usage: "[-f(ixed-size)] [-d level] [-h hdu] [-s statusfile] in.fits out.fits factor",
    min_args: 3,
    run: run_shrink,
};

/// Cuts a piece out of an image. `-P` and `-n` are Montage 7's. Options come first, so that a
/// declination may begin with a minus.
pub const M_SUBIMAGE: Program = Program {
    name: "mSubimage",
    options: "+dan(nowcs)pPch:",
    usage: "[-d][-a(ll pixels)][-h hdu][-s statusfile] in.fit out.fit ra dec xsize [ysize] | mSubimage -p [-d][-h hdu][-s statusfile] in.fit out.fit xstartpix ystartpix xpixsize [ypixsize] | mSubimage -c [-d][-h hdu][-s statusfile] in.fit out.fit",
    min_args: 2,
    run: run_subimage,
};

fn run_shrink(call: &Call, run: &Run) -> Answer {
    let debug = call.debug_level()?;
    let cdelt = call.real('p', 0.0);
    if call.has('p') && cdelt.is_nan() || (call.has('p') && cdelt <= 0.0) {
        return Err(Failure::Error(
            "Replacement pixel scale must be positive number.".into(),
        ));
    }
    let factor = real(&call.text(2)).ok_or_else(|| {
        Failure::Error(format!(
            "Shrink factor ({}) cannot be interpreted as an real number",
            call.text(2)
        ))
    })?;
    fields(shrink(
        &ShrinkParams {
            input: call.path(0),
            output: call.path(1),
            factor,
            fixed_size: call.has('f'),
            cdelt,
            hdu: hdu(call)?,
            debug,
        },
        run,
    ))
}

fn run_subimage(call: &Call, run: &Run) -> Answer {
    // Where several are given, the later of these wins.
    let modes = [
        ('a', Mode::Hdu),
        ('c', Mode::Shrink),
        ('p', Mode::Pixels),
        ('P', Mode::FromReference),
    ];
    let asked = modes.iter().rev().find(|(letter, _)| call.has(*letter));
    let mode = match asked {
        // -a goes with -p as with nothing.
        Some((_, Mode::Pixels)) if call.has('a') => Mode::Hdu,
        Some(&(_, mode)) => mode,
        None => Mode::Sky,
    };
    let numbers = match mode {
        Mode::Hdu | Mode::Shrink => [0.0; 4],
        _ if call.args().len() < 5 => return Err(Failure::Usage),
        _ => numbers(call)?,
    };
    if mode != Mode::FromReference {
        for (letter, size) in [('x', numbers[2]), ('y', numbers[3])] {
            if size < 0.0 {
                return Err(Failure::Error(format!("Invalid '{letter}' size")));
            }
        }
    }
    let [x, y, x_size, y_size] = numbers;
    fields(subimage(
        &SubimageParams {
            input: call.path(0),
            output: call.path(1),
            x,
            y,
            x_size,
            y_size,
            mode,
            hdu: hdu(call)?,
            no_wcs: call.has('n'),
            debug: call.debug(),
        },
        run,
    ))
}

/// Position and sizes; without a second size the first.
fn numbers(call: &Call) -> Result<[f64; 4], Failure> {
    let what = ["Center RA", "Center Dec", "X size", "Y size"];
    let mut numbers = [0.0; 4];
    for (i, what) in what.into_iter().enumerate() {
        if i == 3 && call.args().len() < 6 {
            numbers[3] = numbers[2];
            continue;
        }
        let text = call.text(2 + i);
        numbers[i] = real(&text).ok_or_else(|| {
            Failure::Error(format!(
                "{what} string ({text}) cannot be interpreted as a real number"
            ))
        })?;
    }
    Ok(numbers)
}

/// The number that a whole text is.
fn real(text: &str) -> Option<f64> {
    text.trim_start().parse().ok()
}

/// The HDU of `-h`.
fn hdu(call: &Call) -> Result<i32, Failure> {
    let Some(text) = call.value('h') else {
        return Ok(0);
    };
    let text = text.to_string_lossy();
    let number = text.trim_start().parse().ok().filter(|&hdu: &i32| hdu >= 0);
    number
        .ok_or_else(|| Failure::Error(format!("HDU value ({text}) must be a non-negative integer")))
}
