//! A small field of sky on one pixel grid, with everything that any function reads: written byte by
//! byte here, so that the library is not tested with its own writers.

use std::fmt::Write as _;
use std::path::Path;

#[path = "muse_field.rs"]
pub mod muse_field;

/// One FITS card: `KEY     =                value`.
pub fn card(key: &str, value: &str) -> String {
    let text = match value.starts_with('\'') {
        true => format!("{key:<8}= {value:<20}"),
        false => format!("{key:<8}= {value:>20}"),
    };
    format!("{text:<80}")
}

/// The cards up to END, and what fills their last block of 2,880 bytes.
pub fn header(cards: &[(&str, &str)]) -> Vec<u8> {
    let mut text: String = cards.iter().map(|(key, value)| card(key, value)).collect();
    write!(text, "{:<80}", "END").unwrap();
    pad(text.into_bytes(), b' ')
}

fn pad(mut bytes: Vec<u8>, with: u8) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(2880), with);
    bytes
}

/// Doubles as FITS stores them.
pub fn pixels(values: &[f64]) -> Vec<u8> {
    pad(values.iter().flat_map(|x| x.to_be_bytes()).collect(), 0)
}

/// Where a tile lies on the field's grid, and the plane that was added to its sky.
#[derive(Debug, Clone, Copy)]
pub struct Tile {
    /// Columns of the grid left of it.
    pub x: usize,
    /// Rows of the grid below it.
    pub y: usize,
    /// Slope along x, slope along y (per pixel), and level at the grid's reference pixel.
    pub plane: (f64, f64, f64),
}

/// Size of every tile.
pub const TILE: (usize, usize) = (44, 40);
/// Size of the field.
pub const FIELD: (usize, usize) = (80, 72);

/// Two by two tiles that overlap by eight columns and eight rows.
pub const TILES: [Tile; 4] = [
    Tile {
        x: 0,
        y: 0,
        plane: (0.0, 0.0, 0.0),
    },
    Tile {
        x: 36,
        y: 0,
        plane: (0.010, -0.004, 3.0),
    },
    Tile {
        x: 0,
        y: 32,
        plane: (-0.006, 0.008, -2.0),
    },
    Tile {
        x: 36,
        y: 32,
        plane: (0.002, 0.012, 5.0),
    },
];

/// The pairs of `TILES` that overlap.
pub const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];

/// The sky of the field at a pixel: smooth, with a pattern that no plane follows.
fn sky(x: usize, y: usize) -> f64 {
    let noise = ((x * 7919 + y * 104_729) % 1009) as f64 / 1009.0 - 0.5;
    100.0 + (x as f64 * 0.11).sin() * 4.0 + (y as f64 * 0.07).cos() * 3.0 + noise * 0.02
}

/// Reference pixel of the grid, from 1.
const REFERENCE: (f64, f64) = (40.5, 36.5);

impl Tile {
    /// CRPIX1 and CRPIX2 of this tile.
    pub fn reference(&self) -> (f64, f64) {
        (REFERENCE.0 - self.x as f64, REFERENCE.1 - self.y as f64)
    }

    /// Its pixels: the sky plus its plane. Noise is the tile's own, so that fits have an rms.
    pub fn pixels(&self) -> Vec<f64> {
        let (a, b, c) = self.plane;
        let mut out = Vec::with_capacity(TILE.0 * TILE.1);
        for y in 0..TILE.1 {
            for x in 0..TILE.0 {
                let (gx, gy) = (x + self.x, y + self.y);
                let (dx, dy) = ((gx + 1) as f64 - REFERENCE.0, (gy + 1) as f64 - REFERENCE.1);
                let own = ((gx * 31 + gy * 17 + self.x * 13 + self.y * 7) % 101) as f64 / 101.0;
                out.push(sky(gx, gy) + a * dx + b * dy + c + 0.02 * (own - 0.5));
            }
        }
        out
    }
}

/// The cards of an image of this field, sizes and reference pixel as text so that a test can spoil
/// one of them.
pub fn image_cards(size: (usize, usize), reference: (f64, f64)) -> Vec<(String, String)> {
    let cards = [
        ("SIMPLE", "T".to_owned()),
        ("BITPIX", "-64".to_owned()),
        ("NAXIS", "2".to_owned()),
        ("NAXIS1", size.0.to_string()),
        ("NAXIS2", size.1.to_string()),
        ("CTYPE1", "'RA---TAN'".to_owned()),
        ("CTYPE2", "'DEC--TAN'".to_owned()),
        ("EQUINOX", "2000.0".to_owned()),
        ("CRVAL1", "210.0".to_owned()),
        ("CRVAL2", "12.0".to_owned()),
        ("CRPIX1", format!("{:.1}", reference.0)),
        ("CRPIX2", format!("{:.1}", reference.1)),
        ("CDELT1", "-0.001".to_owned()),
        ("CDELT2", "0.001".to_owned()),
        ("CROTA2", "0.0".to_owned()),
    ];
    cards.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

/// A FITS file from cards and pixels.
pub fn fits(cards: &[(String, String)], values: &[f64]) -> Vec<u8> {
    let cards: Vec<(&str, &str)> = cards.iter().map(|(k, v)| (&**k, &**v)).collect();
    let mut file = header(&cards);
    file.extend(pixels(values));
    file
}

/// `cards` with one value replaced, or left out where `value` is `None`.
pub fn with_card(
    mut cards: Vec<(String, String)>,
    key: &str,
    value: Option<&str>,
) -> Vec<(String, String)> {
    match value {
        None => cards.retain(|(k, _)| k != key),
        Some(value) => {
            let entry = cards.iter_mut().find(|(k, _)| k == key);
            entry.expect("a card of the image").1 = value.to_owned();
        }
    }
    cards
}

/// The header template of the field (lines, not cards).
pub fn template() -> String {
    template_of(FIELD, REFERENCE)
}

fn template_of(size: (usize, usize), reference: (f64, f64)) -> String {
    let lines: String = image_cards(size, reference)
        .iter()
        .map(|(key, value)| format!("{key:<8}= {value}\n"))
        .collect();
    lines + "END\n"
}

/// Columns of a table: name, type and width.
type Columns<'a> = &'a [(&'a str, &'a str, usize)];

/// An IPAC table; values are set flush right.
pub fn table(columns: Columns, rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for pick in [
        |c: &(&str, &str, usize)| c.0.to_owned(),
        |c: &(&str, &str, usize)| c.1.to_owned(),
    ] {
        for column in columns {
            write!(out, "|{:>1$}", pick(column), column.2).unwrap();
        }
        out.push_str("|\n");
    }
    for row in rows {
        for (value, column) in row.iter().zip(columns) {
            write!(out, " {value:>0$}", column.2).unwrap();
        }
        out.push_str(" \n");
    }
    out
}

pub const IMAGE_COLUMNS: Columns = &[
    ("cntr", "int", 6),
    ("ra", "double", 13),
    ("dec", "double", 13),
    ("naxis1", "int", 6),
    ("naxis2", "int", 6),
    ("ctype1", "char", 8),
    ("ctype2", "char", 8),
    ("crpix1", "double", 15),
    ("crpix2", "double", 15),
    ("crval1", "double", 13),
    ("crval2", "double", 13),
    ("cdelt1", "double", 19),
    ("cdelt2", "double", 19),
    ("crota2", "double", 11),
    ("equinox", "double", 8),
    ("size", "int", 8),
    ("hdu", "int", 4),
    ("fname", "char", 20),
];

pub const PAIR_COLUMNS: Columns = &[
    ("cntr1", "int", 7),
    ("cntr2", "int", 7),
    ("plus", "char", 20),
    ("minus", "char", 20),
    ("diff", "char", 28),
];

pub const FIT_COLUMNS: Columns = &[
    ("plus", "int", 9),
    ("minus", "int", 9),
    ("a", "double", 16),
    ("b", "double", 16),
    ("c", "double", 16),
    ("crpix1", "double", 14),
    ("crpix2", "double", 14),
    ("xmin", "int", 10),
    ("xmax", "int", 10),
    ("ymin", "int", 10),
    ("ymax", "int", 10),
    ("xcenter", "double", 13),
    ("ycenter", "double", 13),
    ("npixel", "int", 13),
    ("rms", "double", 16),
    ("boxx", "double", 16),
    ("boxy", "double", 16),
    ("boxwidth", "double", 16),
    ("boxheight", "double", 16),
    ("boxang", "double", 16),
];

pub const CORRECTION_COLUMNS: Columns = &[
    ("id", "int", 8),
    ("a", "double", 16),
    ("b", "double", 16),
    ("c", "double", 16),
];

pub fn image_rows() -> Vec<Vec<String>> {
    (TILES.iter().enumerate())
        .map(|(i, tile)| {
            let (x, y) = tile.reference();
            let dec = 12.0 + (TILE.1 as f64 / 2.0 + 0.5 - y) * 0.001;
            let ra = 210.0 - (TILE.0 as f64 / 2.0 + 0.5 - x) * 0.001 / dec.to_radians().cos();
            vec![
                i.to_string(),
                format!("{ra:.7}"),
                format!("{dec:.7}"),
                TILE.0.to_string(),
                TILE.1.to_string(),
                "RA---TAN".into(),
                "DEC--TAN".into(),
                format!("{x:.5}"),
                format!("{y:.5}"),
                "210.0".into(),
                "12.0".into(),
                "-1.0e-03".into(),
                "1.0e-03".into(),
                "0.0".into(),
                "2000.0".into(),
                "16960".into(),
                "0".into(),
                format!("tile_{i}.fits"),
            ]
        })
        .collect()
}

pub fn pair_rows() -> Vec<Vec<String>> {
    PAIRS
        .iter()
        .map(|(i, k)| {
            vec![
                i.to_string(),
                k.to_string(),
                format!("tile_{i}.fits"),
                format!("tile_{k}.fits"),
                format!("diff.{i:06}.{k:06}.fits"),
            ]
        })
        .collect()
}

/// What the planes say about every overlap.
pub fn fit_rows() -> Vec<Vec<String>> {
    PAIRS
        .iter()
        .map(|&(i, k)| {
            let (p, q) = (TILES[i], TILES[k]);
            let low = (p.x.max(q.x), p.y.max(q.y));
            let high = (p.x.min(q.x) + TILE.0, p.y.min(q.y) + TILE.1);
            let edge = |at: usize, reference: f64| (at as f64 - reference).round();
            let (width, height) = (high.0 - low.0, high.1 - low.1);
            let (x0, x1) = (edge(low.0, REFERENCE.0), edge(high.0, REFERENCE.0));
            let (y0, y1) = (edge(low.1, REFERENCE.1), edge(high.1, REFERENCE.1));
            let (xc, yc) = ((x0 + x1) / 2.0, (y0 + y1) / 2.0);
            vec![
                i.to_string(),
                k.to_string(),
                format!("{:.5e}", p.plane.0 - q.plane.0),
                format!("{:.5e}", p.plane.1 - q.plane.1),
                format!("{:.5e}", p.plane.2 - q.plane.2),
                format!("{:.2}", REFERENCE.0 - low.0 as f64),
                format!("{:.2}", REFERENCE.1 - low.1 as f64),
                format!("{x0}"),
                format!("{x1}"),
                format!("{y0}"),
                format!("{y1}"),
                format!("{xc:.2}"),
                format!("{yc:.2}"),
                (width * height).to_string(),
                "8.0e-03".into(),
                format!("{xc:.1}"),
                format!("{yc:.1}"),
                format!("{width}.0"),
                format!("{height}.0"),
                "0.0".into(),
            ]
        })
        .collect()
}

/// The planes as corrections.
pub fn correction_rows() -> Vec<Vec<String>> {
    (TILES.iter().enumerate())
        .map(|(i, tile)| {
            let (a, b, c) = tile.plane;
            let number = |x: f64| format!("{x:.5e}");
            vec![i.to_string(), number(a), number(b), number(c)]
        })
        .collect()
}

/// Writes the field into `dir`: images/ (the tiles and their area images), diffs/ (every
/// difference), region.hdr, tile.hdr (of the first tile), images.tbl, pairs.tbl, fits.tbl, corrections.tbl, list.tbl and
/// fields.txt for mImgtbl, and muse/ for the photometry.
pub fn write(dir: &Path) {
    let put = |name: String, bytes: Vec<u8>| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("folder")).expect("folder of the field");
        std::fs::write(&path, bytes).expect("file of the field");
    };
    let area = vec![1.0; TILE.0 * TILE.1];
    for (i, tile) in TILES.iter().enumerate() {
        let cards = image_cards(TILE, tile.reference());
        put(
            format!("images/tile_{i}.fits"),
            fits(&cards, &tile.pixels()),
        );
        put(format!("images/tile_{i}_area.fits"), fits(&cards, &area));
    }
    for (i, k) in PAIRS {
        let (p, q) = (TILES[i], TILES[k]);
        let low = (p.x.max(q.x), p.y.max(q.y));
        let size = (p.x.min(q.x) + TILE.0 - low.0, p.y.min(q.y) + TILE.1 - low.1);
        let (one, two) = (p.pixels(), q.pixels());
        let at = |tile: &Tile, x: usize, y: usize| (y - tile.y) * TILE.0 + (x - tile.x);
        let mut difference = Vec::new();
        for y in low.1..low.1 + size.1 {
            for x in low.0..low.0 + size.0 {
                difference.push(one[at(&p, x, y)] - two[at(&q, x, y)]);
            }
        }
        let reference = (REFERENCE.0 - low.0 as f64, REFERENCE.1 - low.1 as f64);
        put(
            format!("diffs/diff.{i:06}.{k:06}.fits"),
            fits(&image_cards(size, reference), &difference),
        );
    }
    put("region.hdr".into(), template().into_bytes());
    let tile = template_of(TILE, TILES[0].reference());
    put("tile.hdr".into(), tile.into_bytes());
    for (name, columns, rows) in [
        ("images.tbl", IMAGE_COLUMNS, image_rows()),
        ("pairs.tbl", PAIR_COLUMNS, pair_rows()),
        ("fits.tbl", FIT_COLUMNS, fit_rows()),
        ("corrections.tbl", CORRECTION_COLUMNS, correction_rows()),
    ] {
        put(name.into(), table(columns, &rows).into_bytes());
    }
    let list: Vec<Vec<String>> = (0..TILES.len())
        .map(|i| vec![format!("tile_{i}.fits")])
        .collect();
    put(
        "list.tbl".into(),
        table(&[("fname", "char", 20)], &list).into_bytes(),
    );
    put("fields.txt".into(), b"EQUINOX double 10\n".to_vec());
    muse_field::write(dir);
}
