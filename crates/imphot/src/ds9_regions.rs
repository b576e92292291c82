//! Regions of the sky or of an image as SAOImage ds9 writes them: circles, ellipses and boxes, each
//! to be included or excluded.
//!
//! What is understood is what imphot reads, and the units of positions and sizes that the chapter
//! "Region File Format" of the ds9 reference manual names besides:
//!
//! - A region is a shape with its numbers in parentheses, separated by commas or by spaces; the
//!   parentheses may be left out: `circle(x, y, radius)`, `ellipse(x, y, radius, radius, angle)`,
//!   `box(x, y, width, height, angle)`. The angle, in degrees, may be left out.
//! - A `-` before the shape excludes the region.
//! - A coordinate system on a line of its own, or before a `;`, holds for what follows it:
//!   `physical` (with which a file begins) and `image` are pixels of the image, the centre of the
//!   first one at (1, 1); `fk5`, `j2000` and `icrs` are right ascension and declination. Regions in
//!   other systems are counted, and otherwise ignored.
//! - A position is a number of pixels or degrees, as the system has it, or one with a unit:
//!   `12.5d` (degrees), `0.2r` (radians), `100p` and `100i` (pixels), `03:32:38.5`, `03 32 38.5`,
//!   `3h32m38.5s` or `-27d46m9s`. Right ascensions with colons or spaces are hours.
//! - A size is a number of pixels or degrees, as the system has it, or one with a unit: `2'`
//!   (minutes of arc), `2.5"` (seconds of arc), `d`, `r`, `p` or `i`.
//! - Other shapes, settings and comments are ignored, broken numbers are not.

use std::path::Path;

use crate::error::{About, Error, Result};

/// A position in the units of its region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// Right ascension and declination in degrees.
    Sky {
        /// Right ascension, degrees.
        ra: f64,
        /// Declination, degrees.
        dec: f64,
    },
    /// A FITS pixel position: the centre of the first pixel is (1, 1).
    Pixel {
        /// Along the rows.
        x: f64,
        /// Along the columns.
        y: f64,
    },
}

/// A size in the units of its region; never negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// An angle on the sky in degrees.
    Degrees(f64),
    /// Pixels of the image.
    Pixels(f64),
}

/// The outline of a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// A circle of this radius.
    Circle(Size),
    /// An ellipse of these radii: along x and y when its angle is 0.
    Ellipse(Size, Size),
    /// A rectangle of this width and height.
    Box(Size, Size),
}

/// One region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Whether what is inside is not wanted.
    pub exclude: bool,
    /// Its outline.
    pub shape: Shape,
    /// Its middle.
    pub center: Position,
    /// How far the shape is turned counterclockwise, in degrees.
    pub angle: f64,
    /// Whether the angle is counted from north (regions in sky coordinates) and not from the y
    /// axis of the image.
    pub from_north: bool,
    /// The coordinate system as the file names it, in lower case: "physical", "image", "fk5",
    /// "j2000" or "icrs".
    pub frame: &'static str,
}

/// The regions of a file or of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regions {
    /// Circles, ellipses and boxes in the order in which they come.
    pub list: Vec<Region>,
    /// How many circles, ellipses and boxes were left out because their coordinate system is not
    /// one of those that are understood.
    pub ignored: usize,
}

/// A region file is a page of text; what is longer than this is something else.
const MAX_BYTES: u64 = 16 << 20;

impl Regions {
    /// Reads the region file `path`. An empty file has no regions.
    ///
    /// # Errors
    /// When the file cannot be read, or a circle, ellipse or box has broken numbers: the file and
    /// the line are named.
    pub fn open(path: &Path) -> Result<Self> {
        let refuse = |source| Error::io("Cannot open region file", path, source);
        let metadata = std::fs::metadata(path).map_err(refuse)?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(Error::table("Not a region file", path));
        }
        let bytes = std::fs::read(path).map_err(refuse)?;
        (Self::read(&String::from_utf8_lossy(&bytes)).about(path)?)
            .map_err(|(line, why)| Error::table(format!("Bad region on line {line} ({why})"), path))
    }

    /// Reads the lines of a region file from memory.
    ///
    /// # Errors
    /// When a circle, ellipse or box has broken numbers: an error about the argument `name` that
    /// says which line.
    ///
    /// ```
    /// use imphot::ds9_regions::Regions;
    ///
    /// let regions = Regions::parse("fk5; circle(53.16, -27.78, 2\")\nbox(10, 20, 5, 5, 0)", "region_lines")?;
    /// assert_eq!(regions.list.len(), 2);
    /// assert!(Regions::parse("circle(1, 2)", "region_lines").is_err());
    /// # Ok::<(), imphot::Error>(())
    /// ```
    pub fn parse(text: &str, name: &'static str) -> Result<Self> {
        Self::read(text)?.map_err(|(line, why)| {
            Error::argument(name, format!("has a bad region on line {line} ({why})"))
        })
    }

    /// The inner error is the line and what is wrong with it.
    fn read(text: &str) -> Result<std::result::Result<Self, (usize, String)>> {
        let mut regions = Regions::default();
        let (mut system, mut frame) = (System::Pixels, "physical");
        for (number, line) in text.lines().enumerate() {
            for field in fields(line)? {
                if let Some(named) = System::named(field) {
                    (system, frame) = named;
                    continue;
                }
                match region(field, system, frame) {
                    Err(why) => return Ok(Err((number + 1, why))),
                    Ok(Found::Nothing) => {}
                    Ok(Found::Unsupported) => regions.ignored += 1,
                    Ok(Found::Region(region)) => memory::push(&mut regions.list, region)?,
                }
            }
        }
        Ok(Ok(regions))
    }
}

/// What the numbers of a region mean.
#[derive(Debug, Clone, Copy, PartialEq)]
enum System {
    Pixels,
    Equatorial,
    Other,
}

impl System {
    /// The system of this name, and the name; that of one that is not understood is "".
    fn named(field: &str) -> Option<(System, &'static str)> {
        const UNDERSTOOD: [(System, &str); 5] = [
            (System::Pixels, "physical"),
            (System::Pixels, "image"),
            (System::Equatorial, "fk5"),
            (System::Equatorial, "j2000"),
            (System::Equatorial, "icrs"),
        ];
        let name = field.to_ascii_lowercase();
        if let Some(found) = UNDERSTOOD.into_iter().find(|(_, known)| *known == name) {
            return Some(found);
        }
        let other = match name.as_str() {
            "fk4" | "b1950" | "galactic" | "ecliptic" | "linear" | "amplifier" | "detector" => true,
            // "wcs" and the alternative systems "wcsa" to "wcsz".
            _ => matches!(name.strip_prefix("wcs")?.as_bytes(), [] | [b'a'..=b'z']),
        };
        other.then_some((System::Other, ""))
    }
}

/// What a line has between its semicolons, without its comments. A semicolon in the quoted texts
/// and braces of a region's properties (`# text={a; b}`) separates nothing.
fn fields(line: &str) -> Result<Vec<&str>> {
    let mut found = Vec::new();
    if line.trim_start().starts_with('#') {
        return Ok(found);
    }
    let (mut start, mut end) = (0, None);
    let mut closing = None;
    for (i, c) in line.char_indices() {
        match (c, end, closing) {
            (_, _, Some(mark)) if c != mark => {}
            (_, _, Some(_)) => closing = None,
            (';', _, None) => {
                memory::push(&mut found, line[start..end.unwrap_or(i)].trim())?;
                (start, end) = (i + 1, None);
            }
            ('#', None, None) => end = Some(i),
            ('{', Some(_), None) => closing = Some('}'),
            ('"' | '\'', Some(_), None) => closing = Some(c),
            _ => {}
        }
    }
    let last = line[start..end.unwrap_or(line.len())].trim();
    memory::push(&mut found, last)?;
    Ok(found)
}

enum Found {
    Nothing,
    Unsupported,
    Region(Region),
}

/// The region that `field` describes, in the coordinate system `system`, called `frame`.
fn region(field: &str, system: System, frame: &'static str) -> std::result::Result<Found, String> {
    let (exclude, text) = match field.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, field.strip_prefix('+').unwrap_or(field)),
    };
    let text = text.trim_start();
    let name_ends = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let name = text[..name_ends].to_ascii_lowercase();
    let sizes = match name.as_str() {
        "circle" => 1,
        "ellipse" | "box" => 2,
        _ => return Ok(Found::Nothing),
    };
    let rest = text[name_ends..].trim_start();
    let numbers = match rest.strip_prefix('(') {
        Some(inside) => inside.split(')').next().unwrap_or(inside),
        // Without parentheses it is a region only where numbers follow.
        None if rest.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => rest,
        None => return Ok(Found::Nothing),
    };
    // Those of further ones are counted only: no shape has them.
    const MOST: usize = 8;
    let (count, numbers): (usize, Vec<&str>) = match numbers.contains(',') {
        true => {
            let words = numbers.split(',').map(str::trim);
            (words.clone().count(), words.take(MOST).collect())
        }
        false => {
            let words = numbers.split_ascii_whitespace();
            (words.clone().count(), words.take(MOST).collect())
        }
    };
    let needed = 2 + sizes;
    if sizes == 2 && count > needed + 1 {
        // Two more radii: an elliptical or box annulus, which is another shape.
        return Ok(Found::Nothing);
    }
    if count < needed || (sizes == 1 && count > needed) {
        return Err(format!("{name} with {count} numbers instead of {needed}"));
    }
    let center = position(numbers[0], numbers[1], system)?;
    let first = size(numbers[2], system)?;
    let shape = match name.as_str() {
        "circle" => Shape::Circle(first),
        "ellipse" => Shape::Ellipse(first, size(numbers[3], system)?),
        _ => Shape::Box(first, size(numbers[3], system)?),
    };
    let angle = match numbers.get(4) {
        Some(text) => angle(text)?,
        None => 0.0,
    };
    if system == System::Other {
        return Ok(Found::Unsupported);
    }
    Ok(Found::Region(Region {
        exclude,
        shape,
        center,
        angle,
        from_north: system == System::Equatorial,
        frame,
    }))
}

/// One coordinate, with the unit that it states.
enum Coordinate {
    Bare(f64),
    Degrees(f64),
    Pixels(f64),
}

fn position(x: &str, y: &str, system: System) -> std::result::Result<Position, String> {
    let in_pixels = |bare: bool| bare && system == System::Pixels;
    let pair = (coordinate(x, 15.0)?, coordinate(y, 1.0)?);
    let (ra, dec) = match pair {
        (Coordinate::Bare(x), Coordinate::Bare(y)) if in_pixels(true) => {
            return Ok(Position::Pixel { x, y })
        }
        (Coordinate::Pixels(x), Coordinate::Pixels(y)) => return Ok(Position::Pixel { x, y }),
        (Coordinate::Pixels(x), Coordinate::Bare(y))
        | (Coordinate::Bare(x), Coordinate::Pixels(y))
            if in_pixels(true) =>
        {
            return Ok(Position::Pixel { x, y })
        }
        (
            Coordinate::Degrees(ra) | Coordinate::Bare(ra),
            Coordinate::Degrees(dec) | Coordinate::Bare(dec),
        ) if !in_pixels(matches!(
            pair,
            (Coordinate::Bare(_), _) | (_, Coordinate::Bare(_))
        )) =>
        {
            (ra, dec)
        }
        _ => return Err(format!("{x}, {y} mixes the sky and pixels")),
    };
    if system == System::Equatorial && dec.abs() > 90.0 {
        return Err(format!("declination {y} is beyond the pole"));
    }
    Ok(Position::Sky { ra, dec })
}

/// Reads a coordinate; fields after the first one are minutes and seconds, of `per_field` degrees
/// each unit of the first.
fn coordinate(text: &str, per_field: f64) -> std::result::Result<Coordinate, String> {
    if let Some(value) = finite(text) {
        return Ok(Coordinate::Bare(value));
    }
    let broken = || format!("{text:?} is no coordinate");
    let unit = text.chars().next_back().map(|c| c.to_ascii_lowercase());
    // The units are ASCII: cutting the last byte off is cutting the unit off.
    let value = |strip: usize| text.get(..text.len() - strip).and_then(finite);
    match (unit, value(unit.map_or(0, char::len_utf8))) {
        (Some('d'), Some(value)) => return Ok(Coordinate::Degrees(value)),
        (Some('r'), Some(value)) => return Ok(Coordinate::Degrees(value.to_degrees())),
        (Some('p' | 'i'), Some(value)) => return Ok(Coordinate::Pixels(value)),
        _ => {}
    }
    let (negative, magnitude) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (parts, scale) = match letters(magnitude) {
        Some((parts, 'h')) => (parts, 15.0),
        Some((parts, _)) => (parts, 1.0),
        None => {
            let spaced = magnitude.replace(':', " : ");
            (by_colons_or_spaces(&spaced).ok_or_else(broken)?, per_field)
        }
    };
    let mut angle = 0.0;
    let mut unit = 1.0;
    for part in &parts {
        let value = finite(part).filter(|v| *v >= 0.0 && !part.starts_with(['-', '+']));
        angle += value.ok_or_else(broken)? * unit;
        unit /= 60.0;
    }
    let angle = if negative { -angle } else { angle };
    Some(angle * scale)
        .filter(|angle| angle.is_finite())
        .map(Coordinate::Degrees)
        .ok_or_else(broken)
}

/// The one to three fields of a sexagesimal number, whose colons stand apart from the digits.
fn by_colons_or_spaces(spaced: &str) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    let mut after_colon = true;
    for word in spaced.split_ascii_whitespace() {
        match word {
            ":" if after_colon => return None,
            ":" => after_colon = true,
            _ => {
                parts.push(word.to_owned());
                after_colon = false;
            }
        }
    }
    (!after_colon && (1..=3).contains(&parts.len())).then_some(parts)
}

/// The fields of `3h32m38.5s` or `27d46m9s`, and the letter of the first; minutes and seconds may
/// be left out.
fn letters(text: &str) -> Option<(Vec<String>, char)> {
    let text = text.to_ascii_lowercase();
    let at = text.find(['h', 'd'])?;
    let first = text[at..].chars().next()?;
    let mut parts = vec![text[..at].trim().to_owned()];
    let mut rest = text[at + 1..].trim();
    for unit in ['m', 's'] {
        if rest.is_empty() {
            break;
        }
        let (part, after) = rest.split_once(unit)?;
        parts.push(part.trim().to_owned());
        rest = after.trim();
    }
    rest.is_empty().then_some((parts, first))
}

fn size(text: &str, system: System) -> std::result::Result<Size, String> {
    let broken = || format!("{text:?} is no size");
    let size = match finite(text) {
        Some(value) if system == System::Pixels => Size::Pixels(value),
        Some(value) => Size::Degrees(value),
        None => {
            let unit = text.chars().next_back().ok_or_else(broken)?;
            let value = finite(&text[..text.len() - unit.len_utf8()]).ok_or_else(broken)?;
            match unit.to_ascii_lowercase() {
                '\'' => Size::Degrees(value / 60.0),
                '"' => Size::Degrees(value / 3600.0),
                'd' => Size::Degrees(value),
                'r' => Size::Degrees(value.to_degrees()),
                'p' | 'i' => Size::Pixels(value),
                _ => return Err(broken()),
            }
        }
    };
    match size {
        Size::Degrees(value) | Size::Pixels(value) if value < 0.0 => {
            Err(format!("size {text} is negative"))
        }
        Size::Degrees(value) | Size::Pixels(value) if !value.is_finite() => Err(broken()),
        size => Ok(size),
    }
}

fn angle(text: &str) -> std::result::Result<f64, String> {
    let value = match text.strip_suffix(['d', 'D']) {
        Some(degrees) => finite(degrees),
        None => match text.strip_suffix(['r', 'R']) {
            Some(radians) => finite(radians).map(f64::to_degrees),
            None => finite(text),
        },
    };
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("{text:?} is no angle"))
}

/// A number that is one: neither nan nor infinite.
fn finite(text: &str) -> Option<f64> {
    let value: f64 = text.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Regions {
        Regions::parse(text, "regions").unwrap()
    }

    fn one(text: &str) -> Region {
        let regions = parsed(text);
        assert_eq!(regions.list.len(), 1, "{text}: {regions:?}");
        regions.list[0]
    }

    fn complaint(text: &str) -> String {
        Regions::parse(text, "regions").unwrap_err().to_string()
    }

    #[test]
    fn shapes_systems_and_signs() {
        let text = "# Region file format: DS9 version 4.1\n\
            global color=green font=\"helvetica 10 normal roman\" include=1\n\
            circle(10,20,3)\n\
            fk5\n\
            -ellipse(338.2, -60.5, 2\", 1', 30) # color=red text={a; b}\n\
            polygon(1,2,3,4)\nimage;box(5 6 7 8 9);+circle 1 2 3p\n\
            fk5; circle(22:32:56, -60 33 30, 5d)\r\n\
            # fk5;circle(1,2,3)\n\
            galactic; circle(1,2,3); physical\nbox(1,2,3,4)";
        let regions = parsed(text);
        let pixel = |x, y| Position::Pixel { x, y };
        let sky = |ra, dec| Position::Sky { ra, dec };
        let region = |exclude, shape, center, angle, frame| Region {
            exclude,
            shape,
            center,
            angle,
            from_north: frame == "fk5",
            frame,
        };
        let (px, deg) = (Size::Pixels, Size::Degrees);
        let expected = [
            region(
                false,
                Shape::Circle(px(3.0)),
                pixel(10.0, 20.0),
                0.0,
                "physical",
            ),
            region(
                true,
                Shape::Ellipse(deg(2.0 / 3600.0), deg(1.0 / 60.0)),
                sky(338.2, -60.5),
                30.0,
                "fk5",
            ),
            region(
                false,
                Shape::Box(px(7.0), px(8.0)),
                pixel(5.0, 6.0),
                9.0,
                "image",
            ),
            region(false, Shape::Circle(px(3.0)), pixel(1.0, 2.0), 0.0, "image"),
            region(
                false,
                Shape::Circle(deg(5.0)),
                sky(
                    (22.0 + 32.0 / 60.0 + 56.0 / 3600.0) * 15.0,
                    -(60.0 + 33.5 / 60.0),
                ),
                0.0,
                "fk5",
            ),
            region(
                false,
                Shape::Box(px(3.0), px(4.0)),
                pixel(1.0, 2.0),
                0.0,
                "physical",
            ),
        ];
        assert_eq!(regions.list.len(), expected.len());
        for (ours, wanted) in regions.list.iter().zip(expected) {
            match (ours.center, wanted.center) {
                (Position::Sky { ra, dec }, Position::Sky { ra: a, dec: d }) => {
                    assert!((ra - a).abs() < 1e-12 && (dec - d).abs() < 1e-12)
                }
                (a, b) => assert_eq!(a, b),
            }
            let center = wanted.center;
            assert_eq!(Region { center, ..*ours }, wanted);
        }
        assert_eq!(regions.ignored, 1);
    }

    #[test]
    fn positions_and_sizes_state_units() {
        for (text, ra, dec) in [
            ("fk5;circle(150.5d, -2.25, 1)", 150.5, -2.25),
            (
                "fk5;circle(1.5r, 0.5r, 1)",
                1.5_f64.to_degrees(),
                0.5_f64.to_degrees(),
            ),
            ("physical;circle(10:00:00, -00:30:00, 1)", 150.0, -0.5),
            (
                "circle(3h32m38.5s, -27d46m9s, 1)",
                53.16041666666667,
                -27.769166666666667,
            ),
            ("fk5;circle(10h, 2d30m, 1)", 150.0, 2.5),
            ("fk5;circle(10 : 30, +2, 1)", 157.5, 2.0),
        ] {
            let Position::Sky { ra: a, dec: d } = one(text).center else {
                panic!("{text}");
            };
            assert!(
                (a - ra).abs() < 1e-12 && (d - dec).abs() < 1e-12,
                "{text}: {a} {d}"
            );
        }
        let pixel = Position::Pixel { x: 100.0, y: 50.5 };
        assert_eq!(one("fk5;circle(100p, 50.5i, 3)").center, pixel);
        assert_eq!(one("circle(100p, 50.5, 3)").center, pixel);
        for (text, size) in [
            ("circle(1,2,3)", Size::Pixels(3.0)),
            ("fk5;circle(1,2,3)", Size::Degrees(3.0)),
            ("circle(1,2,9\")", Size::Degrees(9.0 / 3600.0)),
            ("fk5;circle(1,2,3i)", Size::Pixels(3.0)),
            ("fk5;circle(1,2,0.1r)", Size::Degrees(0.1_f64.to_degrees())),
        ] {
            assert_eq!(one(text).shape, Shape::Circle(size), "{text}");
        }
        assert_eq!(one("box(1,2,3,4,-90d)").angle, -90.0);
    }

    #[test]
    fn what_is_no_region_is_ignored() {
        for text in [
            "",
            "\n\n",
            "circle",
            "circles(1,2)",
            "text(1,2)",
            "annulus(1,2,3,4)",
            "ellipse(1,2,3,4,5,6,7)",
            "#circle(1,2,3)",
            "box office",
            "\u{e9}\u{e9}(1)",
            "point(a,b)",
        ] {
            assert_eq!(parsed(text), Regions::default(), "{text}");
        }
    }

    #[test]
    fn broken_numbers_name_the_line() {
        for (text, what) in [
            ("\ncircle(1,2,x)", "line 2 (\"x\" is no size)"),
            ("circle(1,,3)", "line 1 (\"\" is no coordinate)"),
            ("circle(1,2)", "line 1 (circle with 2 numbers instead of 3)"),
            ("circle(1,2,3,4)", "circle with 4 numbers instead of 3"),
            ("ellipse(1,2,3)", "ellipse with 3 numbers instead of 4"),
            ("box()", "box with 0 numbers"),
            ("circle(nan,2,3)", "\"nan\" is no coordinate"),
            ("circle(1:2:3:4,2,3)", "\"1:2:3:4\" is no coordinate"),
            ("circle(1::2,2,3)", "\"1::2\" is no coordinate"),
            ("circle(1:-2,2,3)", "\"1:-2\" is no coordinate"),
            ("circle(1,2,-3)", "size -3 is negative"),
            ("circle(1,2,inf)", "\"inf\" is no size"),
            ("circle(1,2,1e308r)", "is no size"),
            ("circle(1,2d,3)", "1, 2d mixes the sky and pixels"),
            ("fk5;circle(1p,2d,3)", "1p, 2d mixes the sky and pixels"),
            ("fk5;circle(1,95,3)", "declination 95 is beyond the pole"),
            ("box(1,2,3,4,up)", "\"up\" is no angle"),
            ("circle(1\u{e9},2,3)", "is no coordinate"),
            ("circle(1,2,3\u{e9})", "is no size"),
            ("circle(1,2,)", "\"\" is no size"),
        ] {
            let message = complaint(text);
            assert!(
                message.starts_with("Argument regions: has a bad region on"),
                "{message}"
            );
            assert!(message.contains(what), "{text}: {message}");
        }
    }

    #[test]
    fn files_are_named_in_complaints() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bad.reg");
        std::fs::write(&file, "circle(1,2,3)\ncircle(1,2,three)\n").unwrap();
        let message = Regions::open(&file).unwrap_err().to_string();
        assert!(
            message.contains("line 2") && message.contains("bad.reg"),
            "{message}"
        );
        std::fs::write(&file, b"").unwrap();
        assert_eq!(Regions::open(&file).unwrap(), Regions::default());
        std::fs::write(&file, b"\xff\xfe\x00circle(1,2,3)\n").unwrap();
        assert_eq!(Regions::open(&file).unwrap(), Regions::default());
        let message = Regions::open(&dir.path().join("no.reg")).unwrap_err();
        assert!(message.to_string().contains("no.reg"), "{message}");
        assert!(Regions::open(dir.path()).is_err());
    }
}
