//! mHdr: the header template of a region around a position.

use std::path::Path;

use crate::error::{Error, Result};
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use fits::atomic_file::AtomicFile;
use fits::cformat::fixed;
use sky::convert;

use super::celestial_system::system;
use super::location;

/// The parameters of mHdr.
pub struct HdrParams<'a> {
    /// The position of the centre.
    pub location: &'a str,
    /// Width in degrees.
    pub width: f64,
    /// Height in degrees; 0: as the width.
    pub height: f64,
    /// The template to write.
    pub output: &'a Path,
    /// The celestial system of the template: EQUJ, EQUB, ECLJ, ECLB, GAL, SGAL, or a short form.
    pub csys: &'a str,
    /// Its equinox in years; 0: 1950 or 2000.
    pub equinox: f64,
    /// Pixel size in seconds of arc.
    pub resolution: f64,
    /// CROTA2 in degrees.
    pub rotation: f64,
    /// The 2MASS band whose magnitude zero point is added.
    pub band: Option<Band>,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// A band of the 2MASS survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// 1.25 microns.
    J,
    /// 1.65 microns.
    H,
    /// 2.17 microns.
    K,
}

impl Band {
    /// From its name, of which the first letter counts.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.bytes().next()?.to_ascii_lowercase() {
            b'j' => Some(Band::J),
            b'h' => Some(Band::H),
            b'k' => Some(Band::K),
            _ => None,
        }
    }

    /// The magnitude of one count in the mosaics of the survey's Atlas (Montage's mDAG).
    fn magnitude_zero(self) -> f64 {
        match self {
            Band::J => 20.9044,
            Band::H => 20.4871,
            Band::K => 19.9757,
        }
    }
}

/// The result of mHdr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Outcome)]
pub struct HdrOutcome {
    /// Lines of the template.
    pub count: i32,
}

/// Writes the header template of a tangent plane of some size around a position. Montage requests it
/// from a server; the lines and formats here are those of the responses in its documentation and
/// tests.
///
/// # Errors
/// When the position is none (the look-up of object names needs the server), an argument is no
/// usable number or name, a side would have no pixel or more than 2^31-1, or the template cannot
/// be written.
pub fn header_of_region(params: &HdrParams, _run: &Run) -> Result<HdrOutcome> {
    let (system, equinox) = system(params.csys, params.equinox)?;
    let center = location::read(params.location)?;
    let height = match params.height == 0.0 {
        true => params.width,
        false => params.height,
    };
    let above_zero = [
        ("width", params.width),
        ("height", height),
        ("resolution", params.resolution),
    ];
    for (name, value) in above_zero {
        if !(value.is_finite() && value > 0.0) {
            let why = format!("must be a number above 0 (it is {value})");
            return Err(Error::argument(name, why));
        }
    }
    if !(-360.0..=360.0).contains(&params.rotation) {
        let why = format!(
            "must be a number from -360 to 360 (it is {})",
            params.rotation
        );
        return Err(Error::argument("rotation", why));
    }
    let scale = params.resolution / 3600.0;
    let side = |name: &'static str, size: f64| -> Result<i32> {
        let pixels = (size / scale).round();
        // Beyond a hemisphere a tangent plane shows nothing.
        if size < 180.0 && (1.0..=f64::from(i32::MAX)).contains(&pixels) {
            return Ok(pixels as i32);
        }
        let name = if size < 180.0 { "resolution" } else { name };
        Err(Error::argument(
            name,
            format!("{size} degrees would be {pixels} pixels on a tangent plane"),
        ))
    };
    let (naxis1, naxis2) = (side("width", params.width)?, side("height", height)?);
    let (lon, lat) = convert(
        &center.frame,
        &system.frame(equinox),
        center.lon,
        center.lat,
    );
    let real = |value: f64, digits: usize| format!("{:>20}", fixed(value, digits));
    let integer = |value: i32| format!("{value:>20}");
    let [lon_axis, lat_axis] = system.axes();
    let mut cards = vec![
        ("SIMPLE", format!("{:>20}", "T")),
        ("BITPIX", integer(-64)),
        ("NAXIS", integer(2)),
        ("NAXIS1", integer(naxis1)),
        ("NAXIS2", integer(naxis2)),
        ("CTYPE1", format!("'{lon_axis}TAN'")),
        ("CTYPE2", format!("'{lat_axis}TAN'")),
        ("CRVAL1", real(lon.rem_euclid(360.0), 6)),
        ("CRVAL2", real(lat, 6)),
        ("CRPIX1", real((f64::from(naxis1) + 1.0) / 2.0, 6)),
        ("CRPIX2", real((f64::from(naxis2) + 1.0) / 2.0, 6)),
        ("CDELT1", real(-scale, 12)),
        ("CDELT2", real(scale, 12)),
        ("CROTA2", real(params.rotation, 3)),
    ];
    if system.has_equinox() {
        cards.push(("EQUINOX", real(equinox, 2)));
    }
    if let Some(band) = params.band {
        cards.push(("MAGZP", real(band.magnitude_zero(), 6)));
    }
    let mut lines: Vec<String> = cards
        .iter()
        .map(|(key, value)| format!("{:<32}\n", format!("{key:<8}= {value}")))
        .collect();
    lines.push("END\n".to_owned());
    if params.debug > 0 {
        let region = params.location;
        say(format_args!("{region}: {naxis1} x {naxis2} pixels"));
    }
    let text = lines.concat();
    AtomicFile::create(params.output)?.write_text(|out| out.write_all(text.as_bytes()))?;
    // A handful.
    let count = lines.len() as i32;
    Ok(HdrOutcome { count })
}
