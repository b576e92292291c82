//! mShrink: an image with larger (or smaller) pixels.

use std::path::PathBuf;
use std::time::Instant;

use crate::error::{About, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::run::{say, Run};
use crate::stream::shrink::shrink_image;
use crate::stream::{FitsSink, PixelSink};
use crate::task::header_check::warn_of_image;
use crate::task::outcome::{Fields, Outcome, Value};
use fits::Header;
use sky::{matrix_keys, Keywords};

use super::{descriptions, for_threads, hdu_number, open};

/// What mShrink is asked to do.
#[derive(Debug, Clone)]
pub struct ShrinkParams {
    /// The image.
    pub input: PathBuf,
    /// The image to write.
    pub output: PathBuf,
    /// Old pixels in the side of a new one, any positive number; or the size wanted.
    pub factor: f64,
    /// `factor` is the number of pixels that the longer side shall have.
    pub fixed_size: bool,
    /// Where positive: what CDELT1 and CDELT2 shall be (Montage 7).
    pub cdelt: f64,
    /// The HDU, from 0.
    pub hdu: i32,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// How long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShrinkOutcome {
    /// Seconds.
    pub time: f64,
}

impl Outcome for ShrinkOutcome {
    fn fields(&self) -> Fields {
        Fields::new().with("time", Value::Seconds(self.time))
    }
}

/// Writes an image whose every pixel is the mean of the old pixels that it covers, stored as the
/// old ones are; of a cube the first plane.
///
/// # Errors
/// When the image cannot be read, less than a pixel or more than 2^31 would remain of a side, or
/// the output cannot be written.
pub fn shrink(params: &ShrinkParams, run: &Run) -> Result<ShrinkOutcome> {
    let start = Instant::now();
    let hdu = hdu_number(params.hdu)?;
    let refuse = |why: String| Error::argument("shrinkFactor", why);
    if !params.factor.is_finite() {
        return Err(refuse(format!(
            "must be a finite number (it is {})",
            params.factor
        )));
    }
    if !params.cdelt.is_finite() {
        let why = format!("must be a finite number (it is {})", params.cdelt);
        return Err(Error::argument("cdelt", why));
    }
    let asked = match params.fixed_size {
        true => params.factor.trunc(),
        false => params.factor,
    };
    if asked <= 0.0 {
        return Err(refuse(match params.fixed_size {
            true => format!("Requested image size must be positive ({})", params.factor),
            false => format!("Shrink factor must be positive ({})", params.factor),
        }));
    }
    let image = open(&params.input, hdu)?;
    warn_of_image(&image, run.warnings());
    let (width, height) = (image.width(), image.height());
    let factor = match params.fixed_size {
        true => width.max(height) as f64 / asked,
        false => asked,
    };
    let side = |length: usize| {
        let new = (length as f64 / factor).floor();
        if new < 1.0 {
            return Err(refuse(format!(
                "Trying to shrink image to smaller than one pixel ({width} x {height} by {factor})"
            )));
        }
        if new > f64::from(i32::MAX) {
            return Err(refuse(format!(
                "would make an image of {new:e} pixels in a side"
            )));
        }
        Ok(new as usize)
    };
    let (new_width, new_height) = (side(width)?, side(height)?);
    if params.debug > 0 {
        say(format_args!(
            "xfactor         = {factor}\noutput.naxes[0] = {new_width}\noutput.naxes[1] = {new_height}"
        ));
    }
    let header = shrunken_header(
        image.header(),
        factor,
        params.cdelt,
        (new_width, new_height),
    );
    let stored = image.source().stored();
    let image = for_threads(image)?;
    let size = (new_width, new_height);
    let output = FitsSink::create_stored(&params.output, &header, size, stored)
        .output_in_words(CANNOT_CREATE_IMAGE)?;
    shrink_image(&image, factor, &output, run).about(&params.input)?;
    output.finish()?.commit()?;
    Ok(ShrinkOutcome {
        time: start.elapsed().as_secs_f64(),
    })
}

/// The header of the new image: the size and everything that counts in pixels. Cards that Montage
/// writes anew although they do not change are written anew, too.
fn shrunken_header(
    old: &Header,
    factor: f64,
    cdelt: f64,
    (width, height): (usize, usize),
) -> Header {
    let mut header = old.as_primary();
    header.make_plane(width, height);
    let texts: &[&[&str]] = &[&["BUNIT"], &["CTYPE1", "CTYPE2"]];
    for keys in texts {
        let values: Option<Vec<String>> = keys.iter().map(|key| old.text(key)).collect();
        for (key, value) in keys.iter().zip(values.unwrap_or_default()) {
            header.set_text(key, &value);
        }
    }
    let mut set = |key: &str, change: &dyn Fn(f64) -> f64| {
        if let Some(value) = old.real(key).filter(|x| x.is_finite()) {
            header.set_real(key, change(value));
        }
    };
    for key in [
        "CRVAL1", "CRVAL2", "CROTA2", "PC1_1", "PC1_2", "PC2_1", "PC2_2", "EPOCH", "EQUINOX",
    ] {
        set(key, &|x| x);
    }
    for letter in descriptions() {
        for (key, has_steps) in matrix_keys() {
            if !has_steps {
                set(&format!("{key}{letter}"), &|x| x * factor);
            }
        }
        for axis in [1, 2] {
            set(&format!("CRPIX{axis}{letter}"), &|x| {
                (x - 0.5) / factor + 0.5
            });
            set(&format!("CDELT{axis}{letter}"), &|x| {
                let new = x * factor;
                match cdelt > 0.0 && letter.is_empty() {
                    true => cdelt.copysign(new),
                    false => new,
                }
            });
        }
    }
    // Beside a PC matrix the steps are 1 by default (Paper I, section 2.1.1).
    for letter in descriptions() {
        let mut pc = matrix_keys().filter(|(_, has_steps)| *has_steps);
        if !pc.any(|(key, _)| old.has(&format!("{key}{letter}"))) {
            continue;
        }
        for key in [1, 2].map(|axis| format!("CDELT{axis}{letter}")) {
            if !old.has(&key) {
                header.set_real(&key, factor);
            }
        }
    }
    shrink_sip(old, &mut header, factor);
    shrink_plate(old, &mut header, factor);
    header
}

/// SIP polynomials take and give pixels: a term of degree n changes with factor^(n-1) (Shupe et
/// al. 2005, ASP Conf. Ser. 347, 491).
fn shrink_sip(old: &Header, header: &mut Header, factor: f64) {
    for name in ["A", "B", "AP", "BP"] {
        for p in 0..10 {
            for q in 0..10 - p {
                let key = format!("{name}_{p}_{q}");
                if let Some(value) = old.real(&key).filter(|x| x.is_finite()) {
                    header.set_real(&key, value * factor.powi(p + q - 1));
                }
            }
        }
    }
}

/// The plate solution of the Digitized Sky Survey: the size of a pixel in microns and the corner
/// of the image on the plate.
fn shrink_plate(old: &Header, header: &mut Header, factor: f64) {
    let axes = [
        ("CNPIX1", "XPIXELSZ", "PPO3", "CRPIX1"),
        ("CNPIX2", "YPIXELSZ", "PPO6", "CRPIX2"),
    ];
    let finite = |key: &str| old.real(key).filter(|x| x.is_finite());
    let all = |(corner, size, centre, _): (&str, &str, &str, &str)| {
        Some((finite(corner)?, finite(size)?, finite(centre)?))
    };
    let [Some(x), Some(y)] = axes.map(all) else {
        return;
    };
    for ((corner_key, size_key, _, reference_key), (corner, size, centre)) in
        axes.into_iter().zip([x, y])
    {
        let reference = centre / size - corner + 0.5;
        let reference = (reference - 0.5) / factor + 0.5;
        let size = size * factor;
        header.set_real(corner_key, centre / size - reference + 0.5);
        header.set_real(size_key, size);
        if old.has(reference_key) {
            header.set_real(reference_key, reference);
        }
    }
}
