//! mCoord: a position on the sky to a pixel of an image, and back.

use std::path::Path;

use crate::error::{naming, shown, Error, Result};
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use fits::{FileTables, Image};
use sky::{convert, Frame, Wcs, FARTHEST_PIXEL};

/// The parameters of mCoord.
pub struct CoordParams<'a> {
    /// The image.
    pub image: &'a Path,
    /// The HDU, from 0 (which means the first image).
    pub hdu: usize,
    /// Which way.
    pub from: Place,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// Where a position comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Right ascension and declination of J2000 in degrees.
    Sky(f64, f64),
    /// Pixel coordinates; the centre of the first pixel is (1, 1).
    Pixel(f64, f64),
}

/// The result of mCoord.
#[derive(Debug, Clone, Copy, PartialEq, Outcome)]
pub struct CoordOutcome {
    /// Right ascension of J2000 in degrees.
    pub ra: f64,
    /// Declination of J2000 in degrees.
    pub dec: f64,
    /// Pixel coordinate along the first axis.
    pub xpix: f64,
    /// Pixel coordinate along the second axis.
    pub ypix: f64,
}

/// Takes a position to a pixel of an image, or a pixel to its position (Montage 7: mCoord).
///
/// # Errors
/// When the image cannot be read or has no usable geometry, a coordinate is not finite, the
/// position is not on the image, or the pixel has no sky.
pub fn coordinates(params: &CoordParams, run: &Run) -> Result<CoordOutcome> {
    let (Place::Sky(a, b) | Place::Pixel(a, b)) = params.from;
    for (name, value) in [("xlon", a), ("ylat", b)] {
        if !value.is_finite() {
            let why = format!("must be a finite number (it is {value})");
            return Err(Error::argument(name, why));
        }
    }
    let image = match params.hdu {
        0 => Image::open(params.image, "FITS file"),
        hdu => Image::open_hdu(params.image, hdu, "FITS file"),
    };
    let image = image.map_err(|why| {
        let words = naming("Cannot open FITS file {}", params.image);
        Error::from(why).in_words(words)
    })?;
    let refuse = |why: String| Error::fits("FITS file", params.image, why);
    let wcs = Wcs::with_tables(image.header(), &FileTables::new(image.path()))
        .map_err(|why| refuse(format!("Bad WCS: {why}")))?;
    for warning in wcs.warnings() {
        run.warn(format!("{}: {warning}", shown(image.path())));
    }
    let [crpix1, crpix2] = wcs.crpix();
    for (key, value) in [("CRPIX1", crpix1), ("CRPIX2", crpix2)] {
        if value.abs() > FARTHEST_PIXEL {
            return Err(refuse(format!("{key} is too far away")));
        }
    }
    let j2000 = Frame::Fk5 { equinox: 2000.0 };
    let found = match params.from {
        Place::Sky(ra, dec) => {
            if dec.abs() > 90.0 {
                let why = format!("is beyond the poles ({dec})");
                return Err(Error::argument("ylat", why));
            }
            let (lon, lat) = convert(&j2000, &wcs.frame(), ra, dec);
            let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
            // The image and half a pixel around it, as in Montage.
            let on = |&(x, y): &(f64, f64)| {
                (0.5..=width + 0.5).contains(&x) && (0.5..=height + 0.5).contains(&y)
            };
            let pixel = wcs.sky_to_pixel(lon, lat).filter(on);
            let (xpix, ypix) = pixel
                .ok_or_else(|| Error::fits("FITS file", params.image, "Location off the image."))?;
            CoordOutcome {
                ra,
                dec,
                xpix,
                ypix,
            }
        }
        Place::Pixel(xpix, ypix) => {
            let (lon, lat) = wcs
                .pixel_to_sky(xpix, ypix)
                .ok_or_else(|| refuse("has no sky at this pixel".into()))?;
            let (ra, dec) = convert(&wcs.frame(), &j2000, lon, lat);
            CoordOutcome {
                ra,
                dec,
                xpix,
                ypix,
            }
        }
    };
    if params.debug > 0 {
        say(format_args!("DEBUG> {found:?}"));
    }
    Ok(found)
}
