//! Small files that the tests make.

use std::path::{Path, PathBuf};

use fits::card::Card;
use fits::{Header, ImageWriter, Stored};
use tempfile::TempDir;
use testing::shared_data;

/// A file of the real pair, where it is there.
pub fn hdfs(name: &str) -> Option<PathBuf> {
    Some(shared_data("hdfs")?.join(name))
}

/// One extension: its name, axis lengths, cards and pixels.
pub struct Hdu<'a> {
    pub name: &'a str,
    pub sizes: &'a [usize],
    pub cards: Vec<Card>,
    pub pixels: Vec<f64>,
}

/// Writes a file of a primary header and some extensions of doubles.
pub fn save(folder: &TempDir, name: &str, primary: &[Card], hdus: &[Hdu]) -> PathBuf {
    let path = folder.path().join(name);
    let mut header = Header::primary(8, &[]);
    primary.iter().for_each(|card| header.push(*card));
    let mut writer = ImageWriter::create(&path, &header).unwrap();
    for hdu in hdus {
        let mut header = Header::default();
        header.push(Card::with_string("XTENSION", "IMAGE", ""));
        header.set_integer("BITPIX", -64);
        header.set_integer("NAXIS", hdu.sizes.len() as i64);
        for (i, &size) in hdu.sizes.iter().enumerate() {
            header.set_integer(&format!("NAXIS{}", i + 1), size as i64);
        }
        header.set_integer("PCOUNT", 0);
        header.set_integer("GCOUNT", 1);
        header.set_text("EXTNAME", hdu.name);
        hdu.cards.iter().for_each(|card| header.push(*card));
        writer.extension(&header, Stored::DOUBLES).unwrap();
        writer.write(&hdu.pixels).unwrap();
    }
    writer.finish().unwrap().commit().unwrap();
    path
}

pub fn text(key: &str, value: &str) -> Card {
    Card::with_string(key, value, "")
}

/// Coordinates around right ascension 150, declination 2 degrees: reference pixel, and matrix in
/// degrees.
pub fn place(crpix: (f64, f64), cd: [f64; 4]) -> Vec<Card> {
    let mut header = Header::default();
    header.set_text("CTYPE1", "RA---TAN");
    header.set_text("CTYPE2", "DEC--TAN");
    let names = ["CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2"];
    for (key, value) in names.iter().zip([150.0, 2.0, crpix.0, crpix.1]) {
        header.set_real(key, value);
    }
    for (key, value) in ["CD1_1", "CD1_2", "CD2_1", "CD2_2"].iter().zip(cd) {
        // All digits, so that Python and we have the same matrix.
        header.push(Card::with_token(key, &format!("{value:E}"), ""));
    }
    header.cards().to_vec()
}

/// Pixels of a size from a function of column and row.
pub fn pixels((width, height): (usize, usize), value: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let columns = |j| (0..width).map(move |i| (i, j));
    (0..height)
        .flat_map(columns)
        .map(|(i, j)| value(i, j))
        .collect()
}

/// MUSE's unit as it stands in cubes of its pipeline.
pub const MUSE_UNIT: &str = "10**(-20)*erg/s/cm**2/Angstrom";

pub const HST_SIZE: (usize, usize) = (64, 60);

/// An HST image with shear, masked pixels, a NaN, variances and a blank corner.
pub fn made_up_hst(folder: &TempDir) -> PathBuf {
    let blank = |i: usize, j: usize| (22, 41) == (i, j);
    let data = pixels(HST_SIZE, |i, j| {
        if blank(i, j) {
            return f64::NAN;
        }
        if j < 9 && i < 14 {
            return 0.0;
        }
        let (x, y) = (i as f64 - 30.0, j as f64 - 27.0);
        ((i * 7 + j * 3) % 11) as f64 + 40.0 * (-(x * x + y * y) / 18.0).exp()
    });
    let variance = pixels(HST_SIZE, |i, j| match blank(i, j) {
        true => f64::NAN,
        false => 1.0 + ((i * 5 + j * 2) % 7) as f64 * 0.25,
    });
    let quality = pixels(HST_SIZE, |i, j| {
        let masked = (20..24).contains(&i) && (40..43).contains(&j) || (50, 10) == (i, j);
        f64::from(u8::from(masked))
    });
    let s = 1.4e-5;
    let cards = place((30.5, 28.0), [-s * 0.9, s * 0.45, s * 0.42, s * 0.92]);
    let sizes = [HST_SIZE.0, HST_SIZE.1];
    let hdu = |name, pixels| Hdu {
        name,
        sizes: &sizes,
        cards: cards.clone(),
        pixels,
    };
    let hdus = [hdu("DATA", data), hdu("STAT", variance), hdu("DQ", quality)];
    save(folder, "hst.fits", &[text("FILTER", "F814W")], &hdus)
}

/// A MUSE image of 13 x 11 pixels, turned.
pub fn made_up_muse(folder: &TempDir) -> PathBuf {
    let t = 5.5e-5;
    let (sin, cos) = 0.15f64.sin_cos();
    let mut cards = place((6.2, 5.4), [-t * cos, t * sin, t * sin, t * cos]);
    cards.push(text("BUNIT", MUSE_UNIT));
    let data = Hdu {
        name: "DATA",
        sizes: &[13, 11],
        cards,
        pixels: vec![1.0; 143],
    };
    save(folder, "muse.fits", &[], &[data])
}

/// What is left in a folder.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
