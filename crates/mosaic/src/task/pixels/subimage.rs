//! mSubimage: a piece of an image, cut out around a position, by pixels, or without its blank
//! borders. The pixels stay as they are stored.

use std::path::PathBuf;

use crate::error::{naming, Error, OutputInWords, Result};
use crate::kernel::pixels::cutout::Range;
use crate::run::{say, Run};
use crate::stream::subimage::{copy_part, filled_part};
use crate::stream::{FitsSink, PixelSink};
use crate::task::header_check::image_wcs;
use crate::task::outcome::{Fields, Outcome};
use fits::Header;
use sky::{convert, Frame, Keywords, Wcs, Window};

use super::{descriptions, for_threads, hdu_number, open};

/// How the piece is described; the numbers are those of Montage's modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0: a position (J2000) and sizes in degrees.
    Sky,
    /// 1: the first pixel (from 1) and sizes in pixels.
    Pixels,
    /// 2: all of the HDU.
    Hdu,
    /// 3: all but blank borders.
    Shrink,
    /// 4: the first and the last pixel, counted from the reference pixel (Montage 7).
    FromReference,
}

impl Mode {
    /// The mode that Montage gives this number.
    pub fn from_number(mode: i32) -> Option<Self> {
        Some(match mode {
            0 => Mode::Sky,
            1 => Mode::Pixels,
            2 => Mode::Hdu,
            3 => Mode::Shrink,
            4 => Mode::FromReference,
            _ => return None,
        })
    }
}

/// What mSubimage is asked to do.
#[derive(Debug, Clone)]
pub struct SubimageParams {
    /// The image.
    pub input: PathBuf,
    /// The piece to write.
    pub output: PathBuf,
    /// Right ascension in degrees (J2000), or a column: see [`Mode`].
    pub x: f64,
    /// Declination in degrees (J2000), or a row.
    pub y: f64,
    /// Width in degrees or pixels; in [`Mode::FromReference`] the last column.
    pub x_size: f64,
    /// Height in degrees or pixels; in [`Mode::FromReference`] the last row.
    pub y_size: f64,
    /// What the four numbers mean.
    pub mode: Mode,
    /// The HDU, from 0.
    pub hdu: i32,
    /// The image has no coordinates: the header is not checked.
    pub no_wcs: bool,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// What the piece holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubimageOutcome {
    /// "blank", "flat" (one value besides blanks) or "normal".
    pub content: &'static str,
}

impl Outcome for SubimageOutcome {
    fn fields(&self) -> Fields {
        let content = crate::task::outcome::Value::Text(self.content.to_owned());
        Fields::new().with("content", content)
    }
}

/// Cuts a piece out of an image. Of a cube it is the first plane's. The header stays as it is,
/// but for the size and the reference pixels (of a plate of the Digitized Sky Survey: its
/// corner), so that distortions hold as before.
///
/// # Errors
/// When the image cannot be read, its header does not say where it is on the sky (in the modes
/// that must know), no pixel of it is wanted, or the piece cannot be written.
pub fn subimage(params: &SubimageParams, run: &Run) -> Result<SubimageOutcome> {
    let hdu = hdu_number(params.hdu)?;
    check_numbers(params)?;
    let by_sky = matches!(params.mode, Mode::Sky | Mode::Shrink | Mode::FromReference);
    let checked = by_sky && !params.no_wcs;
    let image = open(&params.input, hdu).map_err(|why| match checked {
        true => why.in_words_of_check(),
        false => why,
    })?;
    let wcs = match checked {
        true => Ok(image_wcs(&image, "Image file", run.warnings())?),
        false => Wcs::new(image.header()),
    };
    let (width, height) = (image.width(), image.height());
    let wanted = match params.mode {
        Mode::Sky => around(params, &wcs, width, height)?,
        Mode::Pixels => (
            Range::from_start(params.x, params.x_size, width),
            Range::from_start(params.y, params.y_size, height),
        ),
        Mode::FromReference => {
            let (x, y) = image.reference_pixel()?;
            (
                Range::relative(x, params.x, params.x_size, width),
                Range::relative(y, params.y, params.y_size, height),
            )
        }
        Mode::Hdu | Mode::Shrink => (Some(Range::whole(width)), Some(Range::whole(height))),
    };
    let (Some(mut columns), Some(mut rows)) = wanted else {
        return Err(Error::message(naming(
            "Region outside image.",
            &params.input,
        )));
    };
    let header = image.header().clone();
    let stored = image.source().stored();
    let image = for_threads(image)?;
    if params.mode == Mode::Shrink {
        let filled = filled_part(&image, run)?
            .ok_or_else(|| Error::table("Every pixel is blank", &params.input))?;
        let range = |pixels: std::ops::Range<usize>| Range {
            first: pixels.start + 1,
            last: pixels.end,
        };
        (columns, rows) = (range(filled.columns()), range(filled.rows()));
    }
    if params.debug > 0 {
        say(format_args!(
            "ibegin    = {}\niend      = {}\nnelements = {}\njbegin    = {}\njend      = {}",
            columns.first,
            columns.last,
            columns.len(),
            rows.first,
            rows.last
        ));
    }
    let is_plate = wcs.is_ok_and(|wcs| wcs.ctype()[0].ends_with("DSS"));
    let header = piece_header(&header, &columns, &rows, is_plate);
    let part = Window {
        x: columns.first - 1,
        y: rows.first - 1,
        width: columns.len(),
        height: rows.len(),
    };
    let size = (part.width, part.height);
    let output = FitsSink::create_stored(&params.output, &header, size, stored)
        .output_in_words("Can't create output file: {}")?;
    let content = copy_part(&image, part, &output, run)?;
    output.finish()?.commit()?;
    Ok(SubimageOutcome {
        content: content.name(),
    })
}

fn check_numbers(params: &SubimageParams) -> Result<()> {
    if matches!(params.mode, Mode::Hdu | Mode::Shrink) {
        return Ok(());
    }
    let named = [
        ("xref", params.x),
        ("yref", params.y),
        ("xsize", params.x_size),
        ("ysize", params.y_size),
    ];
    for (name, value) in named {
        if !value.is_finite() {
            let why = format!("must be a finite number (it is {value})");
            return Err(Error::argument(name, why));
        }
    }
    if params.mode == Mode::FromReference {
        return Ok(());
    }
    for (name, letter, size) in [("xsize", 'x', params.x_size), ("ysize", 'y', params.y_size)] {
        if size < 0.0 {
            let why = format!("Invalid '{letter}' size ({size})");
            return Err(Error::argument(name, why));
        }
    }
    if params.mode == Mode::Sky && params.y.abs() > 90.0 {
        let why = format!("must be a declination (it is {})", params.y);
        return Err(Error::argument("yref", why));
    }
    Ok(())
}

/// The columns and rows around a position on the sky.
fn around(
    params: &SubimageParams,
    wcs: &sky::Result<Wcs>,
    width: usize,
    height: usize,
) -> Result<(Option<Range>, Option<Range>)> {
    let wcs = wcs
        .as_ref()
        .map_err(|why| Error::table(format!("Input file invalid WCS. {why}"), &params.input))?;
    let j2000 = Frame::Fk5 { equinox: 2000.0 };
    let (lon, lat) = convert(&j2000, &wcs.frame(), params.x, params.y);
    let Some((x, y)) = wcs.sky_to_pixel_near(lon, lat) else {
        return Ok((None, None));
    };
    let [x_step, y_step] = steps(wcs.cd());
    Ok((
        Range::around(x, params.x_size, x_step, width),
        Range::around(y, params.y_size, y_step, height),
    ))
}

/// Degrees of a pixel along both axes, from a matrix without skew: Montage takes the elements
/// that are not small.
fn steps([[a, b], [c, d]]: [[f64; 2]; 2]) -> [f64; 2] {
    let angle = c.atan2(a);
    let (sin, cos) = angle.sin_cos();
    if sin.abs() > cos.abs() {
        [c / sin, b / sin]
    } else {
        [a / cos, d / cos]
    }
}

/// The header of the piece.
fn piece_header(header: &Header, columns: &Range, rows: &Range, is_plate: bool) -> Header {
    let mut header = header.as_primary();
    header.make_plane(columns.len(), rows.len());
    let offsets = [
        (1, columns.first as f64 - 1.0),
        (2, rows.first as f64 - 1.0),
    ];
    let mut shift = |key: String, by: f64| {
        if let Some(value) = header.real(&key).filter(|x| x.is_finite()) {
            header.set_real(&key, value + by);
        }
    };
    for (axis, offset) in offsets {
        if is_plate {
            shift(format!("CNPIX{axis}"), offset);
            continue;
        }
        for letter in descriptions() {
            shift(format!("CRPIX{axis}{letter}"), -offset);
        }
    }
    header
}
