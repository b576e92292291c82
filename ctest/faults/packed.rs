//! Packed images: their unpackers allocate, too.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::calls::{self, Row};
use crate::support::{field, magnify, programs};
use crate::TIMES;

/// Functions that read the images one way or another.
const READING: [&str; 6] = [
    "mAdd",
    "mDiff",
    "mDiffFitExec",
    "mImgtbl",
    "mShrink",
    "mSubimage",
];

/// The field with the first image packed by gzip, the second by bzip2 and the third tile-compressed,
/// under their names.
fn packed_field() -> &'static Path {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    FIELD.get_or_init(|| {
        let dir = programs::work_dir().join("packed");
        magnify::write(&dir, TIMES);
        let (first, second) = (
            dir.join("images/tile_0.fits"),
            dir.join("images/tile_1.fits"),
        );
        let bytes = std::fs::read(&first).expect("image");
        let level = flate2::Compression::fast();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(&bytes).expect("gzip");
        std::fs::write(&first, gzip.finish().expect("gzip")).expect("image");
        let bytes = std::fs::read(&second).expect("image");
        let level = bzip2::Compression::best();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), level);
        bzip2.write_all(&bytes).expect("bzip2");
        std::fs::write(&second, bzip2.finish().expect("bzip2")).expect("image");
        let third = dir.join("images/tile_2.fits");
        let bytes = std::fs::read(&third).expect("image");
        std::fs::write(&third, tile_compressed(&bytes)).expect("image");
        dir
    })
}

/// An image of doubles as one tile, GZIP_1 (FITS Standard 4.0, section 10).
fn tile_compressed(image: &[u8]) -> Vec<u8> {
    let card = |n: usize| std::str::from_utf8(&image[n * 80..][..80]).expect("a card");
    let count = (0..).find(|&n| card(n).starts_with("END ")).expect("END");
    let value = |key: &str| {
        let mut cards = (0..count).map(card);
        let found = cards
            .find(|card| card[..8].trim_end() == key)
            .expect("a card");
        found[10..].trim().to_owned()
    };
    let (width, height) = (value("NAXIS1"), value("NAXIS2"));
    let size = |text: &str| text.parse::<usize>().expect("a size");
    let pixels = size(&width) * size(&height) * 8;
    let data = &image[(count + 1).next_multiple_of(36) * 80..][..pixels];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(data).expect("gzip");
    let stream = gzip.finish().expect("gzip");
    let length = stream.len().to_string();
    let mut cards = vec![
        ("XTENSION", "'BINTABLE'"),
        ("BITPIX", "8"),
        ("NAXIS", "2"),
        ("NAXIS1", "8"),
        ("NAXIS2", "1"),
        ("PCOUNT", &length),
        ("GCOUNT", "1"),
        ("TFIELDS", "1"),
        ("TTYPE1", "'COMPRESSED_DATA'"),
        ("TFORM1", "'1PB'"),
        ("ZIMAGE", "T"),
        ("ZBITPIX", "-64"),
        ("ZNAXIS", "2"),
        ("ZNAXIS1", &width),
        ("ZNAXIS2", &height),
        ("ZTILE1", &width),
        ("ZTILE2", &height),
        ("ZCMPTYPE", "'GZIP_1'"),
    ];
    let sky = ["CTYPE", "CRVAL", "CRPIX", "CDELT"];
    let sky: Vec<(String, String)> = (sky.iter())
        .flat_map(|key| [1, 2].map(|axis| format!("{key}{axis}")))
        .map(|key| (key.clone(), value(&key)))
        .collect();
    cards.extend(
        sky.iter()
            .map(|(key, value)| (key.as_str(), value.as_str())),
    );
    let mut bytes = field::header(&[("SIMPLE", "T"), ("BITPIX", "8"), ("NAXIS", "0")]);
    bytes.extend(field::header(&cards));
    let length = i32::try_from(stream.len()).expect("a length");
    bytes.extend(length.to_be_bytes());
    bytes.extend(0_i32.to_be_bytes());
    bytes.extend(stream);
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    bytes
}

fn rows() -> impl Iterator<Item = (Row, &'static Path)> {
    let reads = |row: &&Row| READING.contains(&row.function);
    let rows = calls::ROWS.iter().filter(reads);
    rows.map(|row| (*row, packed_field()))
}

#[test]
fn no_allocation_for_a_packed_image_that_fails_costs_a_process_or_an_output() {
    super::these("alloc", rows());
}

#[test]
fn no_read_of_a_packed_image_that_fails_costs_a_process_or_an_output() {
    super::these("read", rows());
}
