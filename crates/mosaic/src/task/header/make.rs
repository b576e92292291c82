//! mMakeHdr: the header template of an image that holds everything in a table.

use std::path::Path;

use crate::error::{About, Error, OutputInWords, Result};
use crate::io::header_template::HeaderTemplate;
use crate::kernel::header::{is_very_large, smallest_box, upright_box, SkyBox};
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome, Value};
use fits::atomic_file::AtomicFile;
use fits::cformat::{fixed, general};
use sky::Wcs;

use super::celestial_system::{system, System};
use super::table::{tables, template_decimals, Collected, Cube};

/// The parameters of mMakeHdr.
pub struct MakeHdrParams<'a> {
    /// A table of images (four corners, or a geometry) or positions, or a table whose column
    /// "table" names such tables.
    pub table: &'a Path,
    /// The template to write.
    pub template: &'a Path,
    /// The celestial system of the template: EQUJ, EQUB, ECLJ, ECLB, GAL, SGAL, or a short form.
    pub csys: &'a str,
    /// Its equinox in years; 0: 1950 or 2000.
    pub equinox: f64,
    /// Pixel scale in degrees; 0: the finest of the table, or 1 second of arc.
    pub pixel_scale: f64,
    /// How the template is turned.
    pub orientation: Orientation,
    /// The margin on every side.
    pub pad: Pad,
    /// Pixels of the longer side, which then decide the scale; 0: they do not.
    pub max_pixel: i32,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// How a template is turned on the sky.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// North is up.
    NorthUp,
    /// The rectangle around the images is the smallest.
    SmallestBox,
}

/// The margin on every side of a template.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pad {
    /// In pixels.
    Pixels(f64),
    /// In percent of the longer side.
    Percent(f64),
}

impl Pad {
    /// The number, whatever its unit.
    fn value(self) -> f64 {
        match self {
            Pad::Pixels(value) | Pad::Percent(value) => value,
        }
    }
}

/// The result of mMakeHdr.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MakeHdrOutcome {
    /// A warning about third and fourth axes; empty if there is none.
    pub note: String,
    /// Rows of the tables.
    pub count: i32,
    /// Rows with more than two axes.
    pub ncube: i32,
    /// Width in pixels.
    pub naxis1: i32,
    /// Height in pixels.
    pub naxis2: i32,
    /// Centre, degrees.
    pub clon: f64,
    /// Centre, degrees.
    pub clat: f64,
    /// Width in degrees.
    pub lonsize: f64,
    /// Height in degrees.
    pub latsize: f64,
    /// CROTA2 in degrees.
    pub posang: f64,
    /// Longitude of the lower left corner of the template, degrees (0 for a map of the whole sky).
    pub lon1: f64,
    /// Its latitude.
    pub lat1: f64,
    /// Longitude of the lower right corner of the template, degrees (0 for a map of the whole sky).
    pub lon2: f64,
    /// Its latitude.
    pub lat2: f64,
    /// Longitude of the upper right corner of the template, degrees (0 for a map of the whole sky).
    pub lon3: f64,
    /// Its latitude.
    pub lat3: f64,
    /// Longitude of the upper left corner of the template, degrees (0 for a map of the whole sky).
    pub lon4: f64,
    /// Its latitude.
    pub lat4: f64,
    /// The template shows the whole sky.
    pub all_sky: bool,
}

const CUBES: [&str; 2] = [
    "Cube columns exist but are either blank or inconsistent",
    "utputting 2D only.",
];

impl Outcome for MakeHdrOutcome {
    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        let note = match self.all_sky {
            true => format!("Large area; defaulting to AITOFF projection.{}", self.note),
            false => self.note.clone(),
        };
        if !note.is_empty() {
            fields = fields.with("msg", Value::Text(note.clone()));
        }
        fields = fields
            .with("count", self.count)
            .with("ncube", self.ncube)
            .with("naxis1", self.naxis1)
            .with("naxis2", self.naxis2);
        if self.all_sky {
            return fields;
        }
        // Montage's word, where it has no caution to give.
        let lonsize = if note.is_empty() {
            "loncize"
        } else {
            "lonsize"
        };
        fields
            .with("clon", Value::Fixed(self.clon, 6))
            .with("clat", Value::Fixed(self.clat, 6))
            .with_called("lonsize", lonsize, Value::Fixed(self.lonsize, 6))
            .with("latsize", Value::Fixed(self.latsize, 6))
            .with("posang", Value::Fixed(self.posang, 6))
            .with("lon1", Value::Fixed(self.lon1, 6))
            .with("lat1", Value::Fixed(self.lat1, 6))
            .with("lon2", Value::Fixed(self.lon2, 6))
            .with("lat2", Value::Fixed(self.lat2, 6))
            .with("lon3", Value::Fixed(self.lon3, 6))
            .with("lat3", Value::Fixed(self.lat3, 6))
            .with("lon4", Value::Fixed(self.lon4, 6))
            .with("lat4", Value::Fixed(self.lat4, 6))
    }
}

/// Makes the header template of an image that holds everything in a table (Montage 6.0:
/// mMakeHdr): a tangent plane, or an Aitoff map of the whole sky for what spreads over more than
/// a radian or so.
///
/// # Errors
/// When an argument is no usable number or name, a table cannot be read or has none of the sets
/// of columns, a row has no usable geometry, there are fewer than three positions, a side would
/// have more than 2^31-1 pixels, or the template cannot be written.
pub fn make_header(params: &MakeHdrParams, run: &Run) -> Result<MakeHdrOutcome> {
    let (system, equinox) = system(params.csys, params.equinox)?;
    for (name, value) in [
        ("pixelScale", params.pixel_scale),
        ("pad", params.pad.value()),
    ] {
        if !value.is_finite() {
            let why = format!("must be a finite number (it is {value})");
            return Err(Error::argument(name, why));
        }
    }
    if params.pixel_scale < 0.0 {
        let why = format!("must not be negative (it is {})", params.pixel_scale);
        return Err(Error::argument("pixelScale", why));
    }
    if params.max_pixel < 0 {
        let why = format!("must not be negative (it is {})", params.max_pixel);
        return Err(Error::argument("maxPixel", why));
    }
    let frame = system.frame(equinox);
    let mut collected = Collected::new();
    for (i, table) in tables(params.table)?.iter().enumerate() {
        if params.debug > 0 {
            say(format_args!("Table file {i}: [{}]", table.display()));
        }
        collected.add(table, &frame, run)?;
    }
    // A scale that is given wins over those of the rows.
    let scale = match params.pixel_scale > 0.0 {
        true => Some(params.pixel_scale),
        false => collected.scale.filter(|&step| step > 0.0),
    };
    // Montage's default.
    let scale = scale.filter(|&s| s < 360.0).unwrap_or(1.0 / 3600.0);
    let sky = Sky {
        system,
        equinox,
        cube: &collected.cube,
    };
    let mut outcome = if is_very_large(&collected.positions) {
        sky.all_sky(scale, params)?
    } else {
        sky.region(&collected.positions, scale, params)?
    };
    outcome.count = count(collected.rows)?;
    outcome.ncube = count(collected.cube.count)?;
    Ok(outcome)
}

fn count(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| Error::message("More rows than can be counted"))
}

/// The keywords that every template has.
struct Sky<'a> {
    system: System,
    equinox: f64,
    cube: &'a Cube,
}

/// Where the template lies on the sky, and how large it is.
struct Placement {
    projection: &'static str,
    crval: (f64, f64),
    size: [i32; 2],
    scale: f64,
    crota: f64,
}

impl Sky<'_> {
    fn all_sky(&self, scale: f64, params: &MakeHdrParams) -> Result<MakeHdrOutcome> {
        let size = [pixels(360.0 / scale, 1)?, pixels(180.0 / scale, 2)?];
        let placement = Placement {
            projection: "AIT",
            crval: (0.0, 0.0),
            size,
            scale,
            crota: 0.0,
        };
        write(params.template, &self.template(&placement))?;
        Ok(MakeHdrOutcome {
            note: self.note("  ", "; o"),
            naxis1: size[0],
            naxis2: size[1],
            lonsize: 360.0,
            latsize: 180.0,
            all_sky: true,
            ..MakeHdrOutcome::default()
        })
    }

    fn region(
        &self,
        positions: &[(f64, f64)],
        scale: f64,
        params: &MakeHdrParams,
    ) -> Result<MakeHdrOutcome> {
        let found = match params.orientation {
            Orientation::NorthUp => upright_box(positions),
            Orientation::SmallestBox => smallest_box(positions),
        }
        .about(params.table)?;
        let Some(SkyBox {
            center,
            size: [width, height],
            angle,
        }) = found
        else {
            let why = format!(
                "Error computing boundaries ({} positions; three different ones are needed) in table",
                positions.len()
            );
            return Err(Error::table(why, params.table));
        };
        let scale = match params.max_pixel {
            0 => scale,
            most => width.max(height) / f64::from(most),
        };
        let pad = match params.pad {
            Pad::Pixels(pad) => pad,
            Pad::Percent(percent) => {
                let longer = pixels(width / scale, 1)?.max(pixels(height / scale, 2)?);
                percent / 100.0 * f64::from(longer)
            }
        };
        let side = |size: f64, axis: usize| -> Result<i32> {
            let n = pixels(size / scale + 2.0 * pad, axis)?;
            // Both sides are compared with the width, as in the original.
            let more = if f64::from(n) * scale < width { 2 } else { 0 };
            pixels(f64::from(n) + f64::from(more), axis)
        };
        let size = [side(width, 1)?, side(height, 2)?];
        for (axis, side) in (1..).zip(size) {
            if side < 1 {
                let why = format!("leaves no pixels on axis {axis} of the template (it is {pad})");
                return Err(Error::argument("pad", why));
            }
        }
        if params.debug > 0 {
            let percent = i32::from(matches!(params.pad, Pad::Percent(_)));
            let pad = general(pad, 6);
            say(format_args!("pad = {pad} (isPercentage = {percent})"));
        }
        let placement = Placement {
            projection: "TAN",
            crval: center,
            size,
            scale,
            crota: angle,
        };
        let text = self.template(&placement);
        let written = HeaderTemplate::parse(text.as_bytes(), params.template);
        let wcs = Wcs::new(&written)?;
        let (right, top) = (f64::from(size[0]) + 0.5, f64::from(size[1]) + 0.5);
        let corners = [(0.5, 0.5), (right, 0.5), (right, top), (0.5, top)];
        // A tangent plane has a sky everywhere.
        let [one, two, three, four] =
            corners.map(|(x, y)| wcs.pixel_to_sky(x, y).unwrap_or((0.0, 0.0)));
        write(params.template, &text)?;
        Ok(MakeHdrOutcome {
            note: self.note("", ". O"),
            naxis1: size[0],
            naxis2: size[1],
            clon: center.0,
            clat: center.1,
            lonsize: scale * f64::from(size[0]),
            latsize: scale * f64::from(size[1]),
            posang: angle,
            lon1: one.0,
            lat1: one.1,
            lon2: two.0,
            lat2: two.1,
            lon3: three.0,
            lat3: three.1,
            lon4: four.0,
            lat4: four.1,
            ..MakeHdrOutcome::default()
        })
    }

    /// The lines of a template, in Montage's formats.
    fn template(&self, placement: &Placement) -> String {
        let [width, height] = placement.size;
        let naxis = self.cube.naxis.unwrap_or(2);
        let beyond = || (3..=naxis).zip(&self.cube.axes);
        let decimals = template_decimals([placement.scale; 2], placement.size);
        let real = |value: f64| format!("{:>14}", fixed(value, 9));
        let position = |value: f64| format!("{:>14}", fixed(value, decimals.position));
        let step = |value: f64| format!("{:>14}", fixed(value, decimals.step));
        let middle = |side: i32| format!("{:>14}", fixed((f64::from(side) + 1.0) / 2.0, 4));
        let mut lines = vec![
            "SIMPLE  = T".to_owned(),
            "BITPIX  = -64".to_owned(),
            format!("NAXIS   = {naxis}"),
            format!("NAXIS1  = {width}"),
            format!("NAXIS2  = {height}"),
        ];
        lines.extend(beyond().map(|(n, axis)| format!("NAXIS{n}  = {}", axis.size)));
        for (n, axis) in (1..).zip(self.system.axes()) {
            lines.push(format!("CTYPE{n}  = '{axis}{}'", placement.projection));
        }
        if self.system.has_equinox() {
            lines.push(format!("EQUINOX = {}", general(self.equinox, 6)));
        }
        lines.push(format!("CRVAL1  = {}", position(placement.crval.0)));
        lines.push(format!("CRVAL2  = {}", position(placement.crval.1)));
        lines.extend(beyond().map(|(n, axis)| format!("CRVAL{n}  = {}", real(axis.crval))));
        lines.push(format!("CRPIX1  = {}", middle(width)));
        lines.push(format!("CRPIX2  = {}", middle(height)));
        lines.extend(beyond().map(|(n, axis)| format!("CRPIX{n}  = {}", real(axis.crpix))));
        lines.push(format!("CDELT1  = {}", step(-placement.scale)));
        lines.push(format!("CDELT2  = {}", step(placement.scale)));
        lines.extend(beyond().map(|(n, axis)| format!("CDELT{n}  = {}", real(axis.cdelt))));
        lines.push(format!("CROTA2  = {}", real(placement.crota)));
        lines.push("END\n".to_owned());
        lines.join("\n")
    }

    /// The caution about axes that do not agree, in the words of its place.
    fn note(&self, before: &str, between: &str) -> String {
        match self.cube.naxis {
            Some(_) => String::new(),
            None => format!("{before}{}{between}{}", CUBES[0], CUBES[1]),
        }
    }
}

/// A number of pixels, cut to a whole one.
fn pixels(number: f64, axis: usize) -> Result<i32> {
    if number.abs() <= f64::from(i32::MAX) {
        // In range, checked just now.
        return Ok(number as i32);
    }
    Err(Error::message(format!(
        "The template would have {number:.0} pixels on axis {axis}: pixelScale, pad or the scale of the table is wrong"
    )))
}

fn write(path: &Path, text: &str) -> Result<()> {
    Ok(AtomicFile::create(path)
        .output_in_words("Can't open output header file.")?
        .write_text(|out| out.write_all(text.as_bytes()))?)
}
