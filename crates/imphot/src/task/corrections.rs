//! What a fit found wrong with an image, put right.

use std::path::Path;

use super::field::Field;
use crate::error::{About, Error, Result};
use crate::muse::SaveMask;
use crate::numerics::rows::Rows;
use crate::numerics::spline::{resample, Affine, Plane, Spline};
use mosaic::run::Run;
use mosaic::task::outcome::{counted, Fields, Outcome};
use sky::Wcs;

/// A pixel is masked where more than this part of it comes from masked ones.
const MASK_CUTOFF: f64 = 0.1;

/// Which corrections are made; all of them where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which {
    /// The pointing: `dx` and `dy`.
    pub xy: bool,
    /// The flux scale.
    pub scale: bool,
    /// The background.
    pub zero: bool,
}

impl Default for Which {
    fn default() -> Self {
        Which::ALL
    }
}

impl Which {
    /// All of them, as imphot does where nothing is said.
    pub const ALL: Which = Which {
        xy: true,
        scale: true,
        zero: true,
    };

    /// Reads a list like "xy,scale,zero"; an empty one means none.
    ///
    /// # Errors
    /// When it has another word.
    pub fn parse(list: &str) -> Result<Self> {
        let mut which = Which {
            xy: false,
            scale: false,
            zero: false,
        };
        for word in list.split(',').map(str::trim) {
            match word {
                "xy" => which.xy = true,
                "scale" => which.scale = true,
                "zero" => which.zero = true,
                "" => {}
                _ => {
                    let why = format!("'{word}' is none of xy, scale, zero");
                    return Err(Error::argument("corrections", why));
                }
            }
        }
        Ok(which)
    }
}

/// The errors of an image, as a fit finds them: MUSE relative to HST.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrections {
    /// The pointing error along x, arcsec.
    pub dx: f64,
    /// The pointing error along y, arcsec.
    pub dy: f64,
    /// The factor of the fluxes.
    pub scale: f64,
    /// The background, in the image's unit.
    pub bg: f64,
    /// Which of them are corrected.
    pub which: Which,
    /// Whether a pointing error is corrected by shifting the pixels; otherwise by changing CRPIX.
    pub resample: bool,
}

/// What [`apply_corrections`] needs.
#[derive(Debug, Clone, Copy)]
pub struct CorrectionsParams<'a> {
    /// The image.
    pub image: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// What is wrong with it.
    pub corrections: Corrections,
}

/// What [`apply_corrections`] wrote.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct CorrectionsOutcome {
    /// The reference pixel that is written.
    pub crpix1: f64,
    /// The same along y.
    pub crpix2: f64,
    /// How many pixels are masked.
    pub masked: i32,
}

/// Writes an image without its errors (imphot's `apply_corrections`).
///
/// # Errors
/// When the image cannot be read or the output not be written, a correction is no finite number,
/// or the scale is zero.
pub fn apply_corrections(params: &CorrectionsParams, run: &Run) -> Result<CorrectionsOutcome> {
    let mut field = Field::open(params.image, "MUSE image", run.warnings())?;
    correct(&mut field, &params.corrections)?;
    field.image.write(params.output, SaveMask::Dq)?;
    let [crpix1, crpix2] = field.wcs.crpix();
    Ok(CorrectionsOutcome {
        crpix1,
        crpix2,
        masked: counted(field.image.masked()),
    })
}

/// Takes the errors from an image in memory: pointing first, then the background, then the scale.
///
/// # Errors
/// When a correction that is made is no finite number, or the scale is zero.
pub fn correct(field: &mut Field, corrections: &Corrections) -> Result<()> {
    let which = corrections.which;
    for (wanted, name, value) in [
        (which.xy, "dx", corrections.dx),
        (which.xy, "dy", corrections.dy),
        (which.scale, "scale", corrections.scale),
        (which.zero, "bg", corrections.bg),
    ] {
        if wanted && !value.is_finite() {
            return Err(Error::argument(
                name,
                format!("{value} is no finite number"),
            ));
        }
    }
    if which.scale && corrections.scale == 0.0 {
        return Err(Error::argument("scale", "is 0"));
    }
    if which.xy {
        let dx = corrections.dx / field.step.0;
        let dy = corrections.dy / field.step.1;
        match corrections.resample {
            true => shift(field, dx, dy).about(&field.image.path)?,
            false => move_reference(field, dx, dy)?,
        }
    }
    let image = &mut field.image;
    if which.zero {
        image
            .data
            .iter_mut()
            .for_each(|value| *value -= corrections.bg);
    }
    if which.scale {
        let scale = corrections.scale;
        image.data.iter_mut().for_each(|value| *value /= scale);
        if let Some(variance) = &mut image.variance {
            variance
                .iter_mut()
                .for_each(|value| *value /= scale * scale);
        }
    }
    Ok(())
}

/// Says that the pixels lie (dx, dy) pixels farther along the axes than the header had it.
fn move_reference(field: &mut Field, dx: f64, dy: f64) -> Result<()> {
    let [x, y] = field.wcs.crpix();
    let header = &mut field.image.data_header;
    header.set_real("CRPIX1", x + dx);
    header.set_real("CRPIX2", y + dy);
    let what = |why: sky::Error| Error::fits("MUSE image", &field.image.path, why.to_string());
    field.wcs = Wcs::new(&field.image.data_header).map_err(what)?;
    Ok(())
}

/// Samples the image (dx, dy) pixels farther along its axes. The pixels are taken as coefficients
/// of parabolic B-splines, which smooths them a little: so does imphot (affine_transform of order
/// 2 without its filter). Masked pixels and what is outside count as 0; where they are more than
/// a tenth of a pixel, it is masked.
fn shift(field: &mut Field, dx: f64, dy: f64) -> Result<()> {
    let image = &mut field.image;
    let (width, height) = (image.width, image.height);
    let map = Affine {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        offset: [dx, dy],
    };
    let sampled = |pixels: &[f64], outside: f64| -> Result<Vec<f64>> {
        let input = Plane {
            width,
            height,
            pixels,
        };
        let mut output = memory::zeros(pixels.len())?;
        resample(
            input,
            Spline::Quadratic,
            map,
            outside,
            width,
            &mut output,
            Rows::ALONE,
        )?;
        Ok(output)
    };
    let filled = |pixels: &[f64]| -> Result<Vec<f64>> {
        let pairs = pixels.iter().zip(&image.mask);
        Ok(memory::collect(pairs.map(|(&value, &masked)| {
            if masked {
                0.0
            } else {
                value
            }
        }))?)
    };
    let data = sampled(&filled(&image.data)?, 0.0)?;
    let variance = match &image.variance {
        Some(variance) => Some(sampled(&filled(variance)?, 0.0)?),
        None => None,
    };
    let flags = memory::collect(image.mask.iter().map(|&masked| f64::from(u8::from(masked))))?;
    // imphot leaves what comes from outside unmasked, with a value of 0.
    let flags = sampled(&flags, 1.0)?;
    image.data = data;
    image.variance = variance;
    for (masked, flag) in image.mask.iter_mut().zip(flags) {
        *masked = flag > MASK_CUTOFF;
    }
    Ok(())
}
