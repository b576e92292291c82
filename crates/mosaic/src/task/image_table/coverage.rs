//! mCoverageCheck: the images of a table that cover a region of the sky.

use std::path::PathBuf;

use crate::error::{naming, shown, Error, OutputInWords, Result};
use crate::io::ipac_table::Table;
use crate::kernel::image_table::Polygon;
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use fits::atomic_file::AtomicFile;
use fits::card::Card;
use fits::Header;
use sky::direction::{direction, Direction};
use sky::Wcs;

use super::count;
use super::cover::{Cover, Edge};
use super::cover_columns::{for_each_row, CoverColumns};
use super::cutout::Cutouts;
use super::search_region::SearchRegion;

/// How the region is described; the numbers are those of Montage's modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 0: a set of points, right ascension and declination of each; their convex hull.
    Points,
    /// 1: centre, width (degrees), height (as the width where left out), angle (0).
    Box,
    /// 2: centre and radius (degrees).
    Circle,
    /// 3: a position.
    Point,
    /// 4: a header template.
    Header,
    /// 5: as [`Shape::Box`]; what is written of an image is its part in the box.
    Cutout,
}

impl Shape {
    /// The shape that Montage gives this number.
    pub fn from_number(mode: i32) -> Option<Self> {
        Some(match mode {
            0 => Shape::Points,
            1 => Shape::Box,
            2 => Shape::Circle,
            3 => Shape::Point,
            4 => Shape::Header,
            5 => Shape::Cutout,
            _ => return None,
        })
    }
}

/// The parameters of mCoverageCheck.
#[derive(Debug, Clone)]
pub struct CoverageCheckParams {
    /// The table of images.
    pub table: PathBuf,
    /// The table to write.
    pub output: PathBuf,
    /// The kind of region.
    pub shape: Shape,
    /// The header template of [`Shape::Header`].
    pub template: Option<PathBuf>,
    /// The numbers that describe the region.
    pub numbers: Vec<f64>,
    /// The folder of the images, which [`Shape::Cutout`] reads where the table's columns do not
    /// describe the projection; `None` leaves that.
    pub images: Option<PathBuf>,
    /// Where images and regions begin.
    pub edge: Edge,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The number of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Outcome)]
pub struct CoverageCheckOutcome {
    /// In the region.
    pub count: i32,
}

/// Writes the rows of a table whose images overlap a region.
///
/// # Errors
/// When the region is none, the table cannot be read or does not say where its images are, or
/// the output cannot be written.
pub fn coverage_check(params: &CoverageCheckParams, run: &Run) -> Result<CoverageCheckOutcome> {
    if !params.table.exists() || params.table.is_dir() {
        return Err(Error::message(format!(
            "Input table file ({}) does not exist",
            shown(&params.table)
        )));
    }
    let region = region(params, run)?;
    let table = Table::open(&params.table, "Error opening table")
        .map_err(|why| why.in_words(naming(NO_COLUMNS, &params.table)))?;
    let columns = CoverColumns::of(&table, params.images.as_deref(), run);
    if columns.corners.is_none() && columns.wcs.is_none() {
        return Err(Error::message(naming(NO_COLUMNS, &params.table)));
    }
    let cutouts = match params.shape {
        Shape::Cutout => Some(Cutouts::new(&table, params.images.as_deref())?),
        _ => None,
    };
    let output =
        AtomicFile::create(&params.output).output_in_words("Cannot create output file ({})")?;
    let lines = for_each_row(&table, run, |row| {
        let Some(image) = columns.cover(row, params.edge)? else {
            return Ok(None);
        };
        if !region.meets(&image) {
            return Ok(None);
        }
        match &cutouts {
            Some(cutouts) => cutouts.line(row, &columns, &region.common(&image)),
            None => Ok(memory::copy(table.line(row.number() - 1)).map(Some)?),
        }
    })?;
    let found = lines.iter().flatten().count();
    if params.debug > 0 {
        say(format_args!("{found} of {} images", table.len()));
    }
    output.write_text(|out| {
        out.write_all(b"\\datatype = fitshdr\n")?;
        let rows = lines.iter().flatten().map(Vec::as_slice);
        for line in table.header_lines().chain(rows) {
            out.write_all(line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(CoverageCheckOutcome {
        count: count(found)?,
    })
}

const NO_COLUMNS: &str = "Need either WCS or corner columns.";

fn refuse(why: impl Into<String>) -> Error {
    Error::argument("array", why)
}

/// The same in words of Montage's.
fn refuse_in_words(why: impl Into<String>) -> Error {
    let why = why.into();
    refuse(why.clone()).in_words(why)
}

fn region(params: &CoverageCheckParams, run: &Run) -> Result<SearchRegion> {
    let numbers = params.numbers.as_slice();
    if params.shape == Shape::Header {
        let Some(template) = &params.template else {
            return Err(Error::argument("hdrfile", "Must give header file name"));
        };
        return SearchRegion::of_template(template, params.edge, run);
    }
    if let Some(bad) = numbers.iter().find(|x| !x.is_finite()) {
        return Err(refuse(format!("must be finite numbers (one is {bad})")));
    }
    match params.shape {
        Shape::Points => {
            if numbers.len() < 6 {
                let why = "Too few vertices for region (must be at least three)";
                return Err(refuse_in_words(why));
            }
            let (pairs, rest) = numbers.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(refuse("a right ascension without a declination"));
            }
            let points = pairs.iter().map(|&[ra, dec]| point(ra, dec));
            let points = memory::try_collect(points)?;
            polygon(&points, "Failed to find bounding polygon for set of points")
        }
        Shape::Box | Shape::Cutout => of_box(numbers, params.edge),
        Shape::Circle => {
            let [ra, dec, rest @ ..] = numbers else {
                let why = "Too few arguments (must at least have coordinates)";
                return Err(refuse_in_words(why));
            };
            let centre = point(*ra, *dec)?;
            Ok(match rest.first() {
                Some(&radius) if radius > 0.0 => {
                    SearchRegion::Circle(centre, radius.min(180.0).to_radians())
                }
                _ => SearchRegion::Point(centre),
            })
        }
        Shape::Point | Shape::Header => {
            let [ra, dec, ..] = numbers else {
                let why = "Too few arguments for point (must have coordinates)";
                return Err(refuse_in_words(why));
            };
            Ok(SearchRegion::Point(point(*ra, *dec)?))
        }
    }
}

fn point(ra: f64, dec: f64) -> Result<Direction> {
    if dec.abs() > 90.0 {
        return Err(refuse(format!("a declination of {dec}")));
    }
    Ok(direction(ra, dec))
}

fn polygon(points: &[Direction], why: &str) -> Result<SearchRegion> {
    // The hull's own lists have up to this much for each point.
    memory::expect(memory::product(points.len(), 8 * size_of::<Direction>())?)?;
    let hull = Polygon::hull(points).ok_or_else(|| refuse(why))?;
    Ok(SearchRegion::Polygon(hull))
}

/// A box is what an image of 1,000 x 1,000 pixels in the tangent plane covers, so that the edge
/// of Montage 6, a pixel outside, makes it a thousandth larger.
fn of_box(numbers: &[f64], edge: Edge) -> Result<SearchRegion> {
    let [ra, dec, width, rest @ ..] = numbers else {
        let why = "Too few arguments for box or cutout (must at least have center and size)";
        return Err(refuse_in_words(why));
    };
    point(*ra, *dec)?;
    let height = rest.first().unwrap_or(width);
    for (name, size) in [("X", *width), ("Y", *height)] {
        if size <= 0.0 {
            let why = format!("{name} box size ({size}) must be a positive number");
            return Err(refuse_in_words(why));
        }
    }
    let mut header = Header::primary(-64, &[1000, 1000]);
    for (key, ctype) in [("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN")] {
        header.push(Card::with_string(key, ctype, ""));
    }
    let reals = [
        ("CRVAL1", *ra),
        ("CRVAL2", *dec),
        ("CRPIX1", 500.5),
        ("CRPIX2", 500.5),
        ("CDELT1", width / 1000.0),
        ("CDELT2", height / 1000.0),
        ("CROTA2", rest.get(1).copied().unwrap_or(0.0)),
        ("EQUINOX", 2000.0),
    ];
    for (key, value) in reals {
        header.push(Card::with_token(key, &format!("{value:E}"), ""));
    }
    let wcs = Wcs::new(&header).map_err(|why| refuse(why.to_string()))?;
    match Cover::of_wcs(wcs, edge).polygon {
        Some(polygon) => Ok(SearchRegion::Polygon(polygon)),
        None => Err(refuse(format!("a box of {width} x {height} degrees"))),
    }
}
