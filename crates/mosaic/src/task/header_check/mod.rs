//! Checks of headers, files and debug levels: what stands behind Montage's montage_checkHdr,
//! montage_checkFile and montage_debugCheck.
//!
//! Messages and their order are Montage 6.0's (its `checkHdr`, `checkWCS`). What passes is what
//! [`Wcs`] reads as an image on the sky, and what passes in Montage: see [`check_header`]. The
//! programs take their coordinates from [`sky`], so that what one of them reads all read.

use std::path::Path;

use crate::error::{naming, shown, Error, Result};
use crate::io::header_template::{HeaderTemplate, TOO_LONG};
use ::sky::{Keywords, Wcs};
use fits;
use fits::card::{within_card, Card};
use fits::cformat::whole_integer;

mod sky;

pub use sky::{header_wcs, image_wcs, keywords_wcs, pass_on, template_wcs, warn_of_image};

/// The expected kind of a header file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A FITS file.
    Fits,
    /// A header template.
    Template,
    /// Whichever it is.
    Either,
}

impl Kind {
    /// From Montage's `hdrflag`: 0 is FITS, 1 a template, anything else either.
    pub fn from_flag(flag: i32) -> Self {
        match flag {
            0 => Kind::Fits,
            1 => Kind::Template,
            _ => Kind::Either,
        }
    }
}

/// The result of a check of a header.
#[derive(Debug)]
pub struct Checked {
    /// The header as read until then: lines of 80 characters, without separators or NULs.
    pub text: Vec<u8>,
    /// The reason if it is refused.
    pub verdict: Result<()>,
}

/// One line of a header: keyword and value (of a string the text between the quotes).
type Entry = (Vec<u8>, Vec<u8>);

/// Longer files are no header templates.
const LONGEST_TEMPLATE: u64 = 16 << 20;

/// Reads the header of HDU `hdu` (from 0) of a FITS file, or a header template, and checks that
/// it describes an image on the sky.
///
/// A header whose keywords [`Wcs`] understands passes however they are spelled (CTYPE in lower
/// case or with blanks before it, a PC matrix without CDELT). Another one passes if it does in
/// Montage: as there BITPIX, BSCALE, BLANK and the like are not looked at. Unlike there, a
/// CRPIX, CRVAL, CDELT or CD that is no finite number, CDELT2 = 0 and a singular CD matrix are
/// refused (the original goes on with 0, -CDELT1 and an inverse that does not exist).
pub fn check_header(path: &Path, kind: Kind, hdu: usize) -> Checked {
    let mut text = Vec::new();
    let verdict = check_into(path, kind, hdu, &mut text);
    Checked { text, verdict }
}

/// Checks as [`check_header`] does; the error names the file.
///
/// # Errors
/// When the header does not describe an image on the sky.
pub fn need_header(path: &Path, kind: Kind, hdu: usize) -> Result<()> {
    check_header(path, kind, hdu)
        .verdict
        .map_err(|why| named(why, path))
}

/// The check's own words leave out which file.
fn named(why: Error, path: &Path) -> Error {
    match why {
        Error::Message(text) if !text.contains(&shown(path)) => Error::message(naming(&text, path)),
        other => other,
    }
}

fn check_into(path: &Path, kind: Kind, hdu: usize, text: &mut Vec<u8>) -> Result<()> {
    match fits::read_header(path, 0, "File") {
        Ok(first) => {
            if kind == Kind::Template {
                return Err(Error::message(format!(
                    "FITS file ({}) cannot be used as a header template",
                    shown(path)
                )));
            }
            let header = match hdu {
                0 => first,
                _ => fits::read_header(path, hdu, "File")?,
            };
            let entries: Vec<Entry> = header.cards().iter().map(|c| fits_line(c, text)).collect();
            add_line(text, b"END");
            check_entries(&entries, &header)
        }
        Err(_) => {
            let open = std::fs::metadata(path);
            let Ok(metadata) = open else {
                return Err(Error::message(format!("File {} not found.", shown(path))));
            };
            if kind == Kind::Fits {
                return Err(Error::message(format!(
                    "File ({}) is not a FITS image",
                    shown(path)
                )));
            }
            if !metadata.is_file() || metadata.len() > LONGEST_TEMPLATE {
                return Err(Error::message(format!(
                    "File ({}) is not a header template",
                    shown(path)
                )));
            }
            let file = std::fs::read(path)
                .map_err(|e| Error::io("Cannot open header template", path, e))?;
            let entries = template_lines(&file, text)?;
            check_entries(&entries, &HeaderTemplate::parse(&file, path))
        }
    }
}

/// Adds a line to the text of a header, cut or filled to 80 characters.
fn add_line(text: &mut Vec<u8>, line: &[u8]) {
    let whole = text.len() + 80;
    text.extend(line.iter().take(80));
    text.resize(whole, b' ');
}

/// Adds a card to the text in the form that the original gives it, without its comment; COMMENT
/// cards are left out.
fn fits_line(card: &Card, text: &mut Vec<u8>) -> Entry {
    let key = card.key();
    let value = value_token(card);
    if !key.starts_with(b"COMMENT") {
        let mut line = key.to_vec();
        line.resize(8, b' ');
        line.extend(b"= ");
        line.resize(10 + 20usize.saturating_sub(value.len()), b' ');
        line.extend(value);
        add_line(text, &line);
    }
    let inside = value.strip_prefix(b"'").unwrap_or(value);
    let inside = inside.strip_suffix(b"'").unwrap_or(inside);
    (key.to_vec(), inside.to_vec())
}

/// The value of a card as it stands there, quotes and all; empty where it has none.
fn value_token(card: &Card) -> &[u8] {
    let commentary = matches!(
        card.key(),
        b"" | b"COMMENT" | b"HISTORY" | b"CONTINUE" | b"END"
    );
    if commentary || &card.0[8..10] != b"= " {
        return b"";
    }
    let rest = card.0[10..].trim_ascii_start();
    let end = match rest.first() {
        Some(b'\'') => {
            let mut end = 1;
            // Two quotes in a row are one that belongs to the text.
            while let Some(quote) = rest[end..].iter().position(|&b| b == b'\'') {
                end += quote + 1;
                if rest.get(end) != Some(&b'\'') {
                    return &rest[..end];
                }
                end += 1;
            }
            rest.len()
        }
        Some(b'(') => rest
            .iter()
            .position(|&b| b == b')')
            .map_or(rest.len(), |n| n + 1),
        _ => {
            let stop = |&b: &u8| b == b' ' || b == b'/';
            rest.iter().position(stop).unwrap_or(rest.len())
        }
    };
    rest[..end].trim_ascii_end()
}

fn template_lines(file: &[u8], text: &mut Vec<u8>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut ended = false;
    // What follows the last line end is no line.
    for line in file
        .strip_suffix(b"\n")
        .unwrap_or(file)
        .split(|&b| b == b'\n')
    {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.split(|&b| b == 0).next().unwrap_or(line);
        let line = match within_card(line) {
            Some(line) => line,
            None if ended => line,
            None => return Err(Error::message(TOO_LONG)),
        };
        add_line(text, line);
        let until = |from: &[u8], stop: &[u8]| {
            from.iter()
                .position(|b| stop.contains(b))
                .unwrap_or(from.len())
        };
        let line = line.trim_ascii_start();
        let (key, rest) = line.split_at(until(line, b" ="));
        let value_from = rest
            .iter()
            .position(|b| !b"= '".contains(b))
            .unwrap_or(rest.len());
        let value = &rest[value_from..];
        let value = &value[..until(value, b" '")];
        // The text goes on after END, the header does not.
        ended |= key == b"END";
        if !ended {
            entries.push((key.to_vec(), value.to_vec()));
        }
    }
    Ok(entries)
}

fn check_entries(entries: &[Entry], keywords: &dyn Keywords) -> Result<()> {
    let has = |key: &str| entries.iter().any(|(k, _)| k == key.as_bytes());
    let need = |key: &str| {
        if has(key) {
            return Ok(());
        }
        Err(Error::message(format!("No {key} keyword in FITS header")))
    };
    for key in ["BITPIX", "NAXIS", "NAXIS1", "NAXIS2"] {
        need(key)?;
    }
    // The plate solution of a Digitized Sky Survey image takes the place of all that follows.
    if has("PLTRAH") {
        return Ok(());
    }
    if Wcs::new(keywords).is_ok_and(|wcs| sky::is_image(&wcs)) && check_axes(keywords).is_ok() {
        return Ok(());
    }
    for key in ["CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2"] {
        need(key)?;
    }
    if !CD.iter().any(|key| has(key)) {
        for key in ["CDELT1", "CDELT2"] {
            if !has(key) {
                return Err(Error::message(format!(
                    "No {key} keyword (or incomplete CD matrix) in FITS header"
                )));
            }
        }
    }
    check_types(entries)?;
    check_axes(keywords)?;
    let more_than_one = |key: &&str| keywords.real(key).is_some_and(|n| n > 1.0);
    if !["NAXIS", "NAXIS1", "NAXIS2"].iter().all(more_than_one) {
        return Err(Error::message("Must have at least two (n>1) dimensions"));
    }
    check_wcs(keywords)?;
    let numbers = ["CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2"];
    for key in numbers.iter().chain(&CD) {
        if has(key) && !keywords.real(key).is_some_and(f64::is_finite) {
            return Err(Error::message(format!(
                "{key} keyword in FITS header not a real number"
            )));
        }
    }
    Ok(())
}

const CD: [&str; 4] = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"];

/// Both CTYPEs must be whole and name the same projection.
fn check_types(entries: &[Entry]) -> Result<()> {
    let value = |key: &str| {
        let found = entries.iter().rev().find(|(k, _)| k == key.as_bytes());
        found.map_or(&b""[..], |(_, value)| value)
    };
    let projection = |ctype: &'_ [u8]| {
        let dash = ctype.iter().position(|&b| b == b'-').unwrap_or(ctype.len());
        let rest = &ctype[dash..];
        let start = rest.iter().position(|&b| b != b'-').unwrap_or(rest.len());
        rest[start..].trim_ascii_end().to_vec()
    };
    for key in ["CTYPE1", "CTYPE2"] {
        if value(key).len() < 8 {
            return Err(Error::message(format!(
                "{key} must be at least 8 characters"
            )));
        }
    }
    let (first, second) = (projection(value("CTYPE1")), projection(value("CTYPE2")));
    if first.is_empty() || second.is_empty() {
        return Err(Error::message(
            "Invalid CTYPE1 or CTYPE2 projection information",
        ));
    }
    if first != second {
        return Err(Error::message(
            "CTYPE1, CTYPE2 projection information mismatch",
        ));
    }
    Ok(())
}

/// There are two axes of pixels.
fn check_axes(keywords: &dyn Keywords) -> Result<()> {
    let at_least_one = |key: &&str| keywords.real(key).is_some_and(|n| n >= 1.0);
    if ["NAXIS", "NAXIS1", "NAXIS2"].iter().all(at_least_one) {
        return Ok(());
    }
    Err(Error::message("No WCS information (or not FITS header)"))
}

/// The projections that WCSTools 3.9 knows, with HPX and XPH, which it learned later.
const PROJECTIONS: [&str; 35] = [
    "AZP", "SZP", "TAN", "SIN", "STG", "ARC", "ZPN", "ZEA", "AIR", "CYP", "CAR", "MER", "CEA",
    "COP", "COD", "COE", "COO", "BON", "PCO", "SFL", "PAR", "AIT", "MOL", "CSC", "QSC", "TSC",
    "HPX", "XPH", "NCP", "GLS", "DSS", "PLT", "TNX", "ZPX", "TPV",
];

/// Checks what keywords say about the sky, with the words of Montage's montage_checkWCS:
/// two axes, a known projection, a pair of coordinates that belong together, and a scale.
/// Images of one row or column pass.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_wcs(keywords: &dyn Keywords) -> Result<()> {
    check_axes(keywords)?;
    let ctype = |key: &str| keywords.text(key).unwrap_or_default();
    let types = [ctype("CTYPE1"), ctype("CTYPE2")];
    for ctype in &types {
        let bytes = ctype.as_bytes();
        let on_sky =
            matches!(bytes.first(), Some(b'R' | b'D' | b'A')) || bytes.get(1) == Some(&b'L');
        let code = ctype
            .find('-')
            .map(|dash| ctype[dash..].trim_start_matches('-'));
        let code = code.and_then(|code| code.get(..3));
        if !on_sky || !code.is_some_and(|code| PROJECTIONS.contains(&code)) {
            return Err(Error::message("Invalid projection"));
        }
    }
    check_pair(&types[0], &types[1])?;
    let number = |key: &str| keywords.real(key).unwrap_or(0.0);
    if CD.iter().any(|key| keywords.text(key).is_some()) {
        let [a, b, c, d] = CD.map(number);
        if a * d - b * c == 0.0 {
            return Err(Error::message("Invalid CD matrix"));
        }
        return Ok(());
    }
    for key in ["CDELT1", "CDELT2"] {
        if number(key) == 0.0 {
            return Err(Error::message(format!("Invalid {key}")));
        }
    }
    Ok(())
}

/// CTYPE1 and CTYPE2 must name the two coordinates of one system.
fn check_pair(first_type: &str, second_type: &str) -> Result<()> {
    let pairs = [
        ("RA", "DEC"),
        ("DEC", "RA"),
        ("GLON", "GLAT"),
        ("GLAT", "GLON"),
        ("ELON", "ELAT"),
        ("ELAT", "ELON"),
    ];
    match pairs
        .iter()
        .find(|(first, _)| first_type.starts_with(first))
    {
        None => Err(Error::message("Invalid CTYPE1")),
        Some((_, second)) if !second_type.starts_with(second) => {
            Err(Error::message("CTYPE1 and CTYPE2 don't match"))
        }
        Some(_) => Ok(()),
    }
}

/// The header as the WCSTools library understood it.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldCoordinates {
    /// Axes.
    pub naxis: i32,
    /// The number of its projection; 0 for linear ones, negative for pixels.
    pub projection: i32,
    /// Width and height in pixels.
    pub size: [f64; 2],
    /// CTYPE1 and CTYPE2.
    pub ctype: [String; 2],
    /// CD1_1, CD1_2, CD2_1, CD2_2 where there is such a matrix.
    pub cd: Option<[f64; 4]>,
    /// Degrees per pixel.
    pub steps: [f64; 2],
}

/// Checks what WCSTools has made of a header, with the words and in the order of Montage 6.0's
/// montage_checkWCS. Unlike there, what is no number is refused too.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_world_coordinates(wcs: &WorldCoordinates) -> Result<()> {
    let refuse = |why: &str| Err(Error::message(why));
    if wcs.naxis < 2 {
        return refuse("Must have at least two (n>1) dimensions");
    }
    if wcs.projection <= 0 {
        return refuse("Invalid projection");
    }
    for (size, why) in wcs.size.iter().zip(["Invalid NAXIS1", "Invalid NAXIS2"]) {
        if !size.is_finite() || *size <= 0.0 {
            return refuse(why);
        }
    }
    check_pair(&wcs.ctype[0], &wcs.ctype[1])?;
    if let Some([a, b, c, d]) = wcs.cd {
        let nothing = |x: f64, y: f64| (x == 0.0 && y == 0.0) || !(x + y).is_finite();
        if nothing(a, b) || nothing(c, d) {
            return refuse("Invalid CD matrix");
        }
        return Ok(());
    }
    for (step, why) in wcs.steps.iter().zip(["Invalid CDELT1", "Invalid CDELT2"]) {
        if !step.is_finite() || *step == 0.0 {
            return refuse(why);
        }
    }
    Ok(())
}

/// The kind of thing that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A file (or a device, a pipe...).
    File,
    /// Nothing, or nothing that may be looked at.
    Nothing,
    /// A folder.
    Folder,
}

/// Whether `path` is a file.
pub fn check_file(path: &Path) -> Found {
    match std::fs::metadata(path) {
        Err(_) => Found::Nothing,
        Ok(metadata) if metadata.is_dir() => Found::Folder,
        Ok(_) => Found::File,
    }
}

/// The debug level that a text names: a number from 0 on in C's notation (`5`, `0x10`, `010` for
/// 8), 0 for an empty text; `None` for anything else, and for what does not fit 32 bits.
pub fn debug_level(text: &[u8]) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    whole_integer(std::str::from_utf8(text).ok()?).filter(|&level| level >= 0)
}

#[cfg(test)]
mod tests;
