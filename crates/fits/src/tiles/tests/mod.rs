//! What goes wrong in readers of compressed images, one test each: tables made here, by hand.

mod streams;

use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::card::Card;
use crate::header::Header;
use crate::{Image, Window};
use sky::Keywords;

/// A value in a row of the table.
enum Cell {
    /// A variable-length array: its bytes.
    Array(Vec<u8>),
    Double(f64),
    Integer(i32),
}
use Cell::{Array, Double, Integer};

/// A file with one compressed image: the cards after ZIMAGE, the names and forms of the columns, and
/// the rows. A form that ends in Q has long descriptors.
struct Made {
    cards: Vec<(&'static str, String)>,
    columns: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<Cell>>,
    /// Bytes between the table and its heap.
    gap: usize,
}

impl Made {
    /// An image of these axes in tiles of the compression `method`.
    fn new(method: &str, bitpix: i32, sizes: &[i64]) -> Made {
        let mut cards = vec![
            ("ZCMPTYPE", format!("'{method}'")),
            ("ZSIMPLE", "T".into()),
            ("ZBITPIX", bitpix.to_string()),
            ("ZNAXIS", sizes.len().to_string()),
        ];
        for (size, key) in sizes.iter().zip(["ZNAXIS1", "ZNAXIS2", "ZNAXIS3"]) {
            cards.push((key, size.to_string()));
        }
        Made {
            cards,
            columns: vec![("COMPRESSED_DATA", "1PB")],
            rows: Vec::new(),
            gap: 0,
        }
    }

    fn card(mut self, key: &'static str, value: &str) -> Made {
        self.cards.push((key, value.into()));
        self
    }

    fn column(mut self, name: &'static str, form: &'static str) -> Made {
        self.columns.push((name, form));
        self
    }

    fn row(mut self, cells: Vec<Cell>) -> Made {
        self.rows.push(cells);
        self
    }

    /// A tile in the only column.
    fn tile(self, bytes: &[u8]) -> Made {
        self.row(vec![Array(bytes.to_vec())])
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut table, mut heap): (Vec<u8>, Vec<u8>) = Default::default();
        for row in &self.rows {
            for (cell, (_, form)) in row.iter().zip(&self.columns) {
                match cell {
                    Array(bytes) => {
                        let width = if form.contains(['I']) { 2 } else { 1 };
                        let (count, at) = (bytes.len() / width, heap.len());
                        if form.contains('Q') {
                            table.extend((count as u64).to_be_bytes());
                            table.extend((at as u64).to_be_bytes());
                        } else {
                            table.extend((count as u32).to_be_bytes());
                            table.extend((at as u32).to_be_bytes());
                        }
                        heap.extend(bytes);
                    }
                    Double(value) => table.extend(value.to_be_bytes()),
                    Integer(value) => table.extend(value.to_be_bytes()),
                }
            }
        }
        let mut header = Header::default();
        header.push(Card::with_string("XTENSION", "BINTABLE", ""));
        let mut token = |key: &str, value: &str| header.push(Card::with_token(key, value, ""));
        token("BITPIX", "8");
        token("NAXIS", "2");
        let row_bytes = table.len().checked_div(self.rows.len()).unwrap_or(8);
        token("NAXIS1", &row_bytes.to_string());
        token("NAXIS2", &self.rows.len().to_string());
        token("PCOUNT", &(self.gap + heap.len()).to_string());
        token("GCOUNT", "1");
        token("TFIELDS", &self.columns.len().to_string());
        token("THEAP", &(table.len() + self.gap).to_string());
        for (n, (name, form)) in (1..).zip(&self.columns) {
            token(&format!("TTYPE{n}"), &format!("'{name}'"));
            token(&format!("TFORM{n}"), &format!("'{form}'"));
        }
        token("ZIMAGE", "T");
        for (key, value) in &self.cards {
            token(key, value);
        }
        let mut file = Header::primary(8, &[]).to_blocks();
        file.extend(header.to_blocks());
        file.extend(table);
        file.resize(file.len() + self.gap, 0);
        file.extend(heap);
        file.resize(file.len().next_multiple_of(2880), 0);
        file
    }

    /// Opens the image.
    fn open(&self) -> Result<(Image, tempfile::TempDir), String> {
        let dir = tempfile::tempdir().unwrap();
        let path: PathBuf = dir.path().join("made.fits");
        std::fs::write(&path, self.bytes()).unwrap();
        let image = Image::open(&path, "Image file").map_err(|why| why.to_string())?;
        Ok((image, dir))
    }

    /// The pixels of all planes, or why they cannot be read.
    fn read(&self) -> Result<Vec<f64>, String> {
        let (image, _dir) = self.open()?;
        let mut image = image.all_planes().unwrap();
        let mut pixels = Vec::new();
        let read = image.read(image.whole(), &mut pixels);
        read.map(|()| pixels).map_err(|why| why.to_string())
    }

    #[track_caller]
    fn refused(&self, words: &str) {
        let why = self.read().unwrap_err();
        assert!(why.contains(words) && why.contains("made.fits"), "{why}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn shorts(values: &[i16]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn words(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

/// A Rice stream of 4-byte pixels in blocks of 32.
fn rice(values: &[i32]) -> Vec<u8> {
    let mut out = Vec::new();
    ricecomp::write::RCEncoder::new(&mut out)
        .encode(values, values.len(), 32)
        .unwrap();
    out
}

/// A line list with these instructions (IRAF's header of seven words).
fn plio(instructions: &[i16]) -> Vec<u8> {
    let length = 7 + instructions.len() as i16;
    let mut all = vec![0, 7, -100, length, 0, 0, 0];
    all.extend(instructions);
    shorts(&all)
}

#[test]
fn without_ztile_a_tile_is_a_row() {
    let made = Made::new("GZIP_1", 16, &[3, 2])
        .tile(&gzip(&shorts(&[1, 2, 3])))
        .tile(&gzip(&shorts(&[4, 5, -6])));
    assert_eq!(made.read().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, -6.0]);
}

#[test]
fn tiles_may_be_larger_than_the_image_and_rows_fewer_than_tiles_are_an_error() {
    let made = Made::new("GZIP_1", 16, &[3, 2])
        .card("ZTILE1", "500")
        .card("ZTILE2", "500")
        .tile(&gzip(&shorts(&[1, 2, 3, 4, 5, 6])));
    assert_eq!(made.read().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let made = Made::new("GZIP_1", 16, &[3, 2]).tile(&gzip(&shorts(&[1, 2, 3])));
    made.refused("2 compressed tiles in 1 rows");
}

#[test]
fn tiles_lie_on_every_axis() {
    // 3 x 2 x 2 in tiles of 2 x 2 x 1: four tiles, two of them of one column.
    let tiles = [&[1, 2, 4, 5][..], &[3, 6], &[7, 8, 10, 11], &[9, 12]];
    let mut made = Made::new("GZIP_1", 16, &[3, 2, 2])
        .card("ZTILE1", "2")
        .card("ZTILE2", "2")
        .card("ZTILE3", "1");
    for tile in tiles {
        made = made.tile(&gzip(&shorts(tile)));
    }
    let expected: Vec<f64> = (1..=12).map(f64::from).collect();
    assert_eq!(made.read().unwrap(), expected);
}

#[test]
fn long_descriptors_and_a_gap_before_the_heap() {
    let mut made = Made::new("GZIP_1", 16, &[2, 1]);
    made.columns[0].1 = "1QB(99)";
    made.gap = 777;
    let made = made.tile(&gzip(&shorts(&[8, 9])));
    assert_eq!(made.read().unwrap(), [8.0, 9.0]);
    // A descriptor that points beyond the file, or beyond all files.
    let at = made.bytes().len() - 2880;
    for offset in [1 << 40, u64::MAX] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made.fits");
        let mut bytes = made.bytes();
        bytes[at + 8..at + 16].copy_from_slice(&u64::to_be_bytes(offset));
        std::fs::write(&path, bytes).unwrap();
        let mut image = Image::open(&path, "Image file").unwrap();
        let why = image.read(image.whole(), &mut Vec::new()).unwrap_err();
        assert!(why.to_string().contains("beyond"), "{why}");
    }
}

#[test]
fn the_header_of_the_image_is_put_back_in_order_wherever_its_keywords_stand() {
    let mut made = Made::new("GZIP_1", 16, &[2, 1]).tile(&gzip(&shorts(&[1, 2])));
    made.cards.retain(|(key, _)| *key != "ZSIMPLE");
    let made = made
        .card("OBJECT", "'x'")
        .card("ZHECKSUM", "'abc'")
        .card("CHECKSUM", "'table'")
        .card("EXTNAME", "'COMPRESSED_IMAGE'")
        .card("ZTENSION", "'IMAGE'")
        .card("ZPCOUNT", "0")
        .card("ZGCOUNT", "1");
    let (image, _dir) = made.open().unwrap();
    let cards = image.header().cards().iter();
    let keys: Vec<_> = cards
        .map(|c| String::from_utf8_lossy(c.key()).into_owned())
        .collect();
    assert_eq!(
        keys.join(" "),
        "XTENSION BITPIX NAXIS NAXIS1 NAXIS2 OBJECT CHECKSUM PCOUNT GCOUNT"
    );
    assert_eq!(image.header().integer("NAXIS1"), Some(2));
    assert_eq!(image.header().text("CHECKSUM").as_deref(), Some("abc"));
}

#[test]
fn only_the_tiles_of_a_window_are_unpacked() {
    // The second tile is damaged; the others are read around it.
    let mut made = Made::new("GZIP_1", 16, &[2, 3]);
    for tile in [
        &gzip(&shorts(&[1, 2]))[..],
        b"damaged",
        &gzip(&shorts(&[5, 6])),
    ] {
        made = made.tile(tile);
    }
    let (mut image, _dir) = made.open().unwrap();
    let mut pixels = Vec::new();
    let row = |y: usize| Window {
        x: 0,
        y,
        width: 2,
        height: 1,
    };
    image.read(row(2), &mut pixels).unwrap();
    assert_eq!(pixels, [5.0, 6.0]);
    image.read(row(0), &mut pixels).unwrap();
    assert_eq!(pixels, [1.0, 2.0]);
    let why = image.read(row(1), &mut pixels).unwrap_err().to_string();
    assert!(why.contains("compressed tile 2"), "{why}");
}

/// 125,000 tiles: to look for each among those that are kept took minutes.
#[test]
fn tiles_of_one_pixel_and_of_two_by_two_are_read() {
    for (side, count) in [(1, 100_000), (2, 25_000)] {
        let mut made = Made::new("NOCOMPRESS", 16, &[500, 200])
            .card("ZTILE1", &side.to_string())
            .card("ZTILE2", &side.to_string());
        for tile in 0..count {
            let value = i16::try_from(tile % 1000).unwrap();
            made = made.tile(&shorts(&vec![value; side * side]));
        }
        let pixels = made.read().unwrap();
        let tile = |x: usize, y: usize| y / side * (500 / side) + x / side;
        for (i, &pixel) in pixels.iter().enumerate() {
            assert_eq!(pixel, (tile(i % 500, i / 500) % 1000) as f64);
        }
    }
}
