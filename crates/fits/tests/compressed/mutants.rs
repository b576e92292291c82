//! Damaged files, and reading all of a file: for the tests and the fuzz targets.

use std::path::Path;

use fits::{for_each_hdu, read_header, Image, Window};
use simulate::Random;

/// Values that mean something in a card or are the ends of a type.
const VALUES: [&str; 22] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "8",
    "16",
    "32",
    "64",
    "-32",
    "-64",
    "4095",
    "65536",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9223372036854775807",
    "1E300",
    "NaN",
    "T",
    "'RICE_1'",
    "'GZIP_2'",
];

/// A file with one to eight damages: bytes of its data, values of its cards, numbers in its table,
/// an early end.
pub fn damaged(good: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..1 + random.below(8) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        match random.below(12) {
            0..=3 => bytes[at] = random.below(256) as u8,
            4 | 5 => bytes[at] ^= 1 << random.below(8),
            6 => {
                let word = [0, 1, 0x7f, 0x80, 0xff][random.below(5)];
                let end = bytes.len().min(at + 1 + random.below(8));
                bytes[at..end].fill(word);
            }
            // The value of a card, where there are cards.
            7..=9 => {
                let card = at / 80 * 80;
                let value = VALUES[random.below(VALUES.len())];
                if bytes.get(card + 8..card + 10) == Some(b"= ") && card + 80 <= bytes.len() {
                    let field = &mut bytes[card + 10..card + 40];
                    field.fill(b' ');
                    field[..value.len()].copy_from_slice(value.as_bytes());
                }
            }
            10 => {
                let from = random.below(bytes.len());
                let length = (1 + random.below(200)).min(bytes.len() - at.max(from));
                bytes.copy_within(from..from + length, at);
            }
            _ if random.below(4) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}

/// Reads a file in every way that there is; whether there were pixels. Images larger than can be
/// kept are read in part.
pub fn read_everything(path: &Path) -> bool {
    let mut hdus = 0;
    let _ = for_each_hdu(path, "Image file", |_, _, _| {
        hdus += 1;
        Ok::<_, fits::Error>(())
    });
    let mut read = false;
    let mut pixels = Vec::new();
    let mut stored = Vec::new();
    if let Ok(image) = Image::open(path, "Image file") {
        read |= corner(image, &mut pixels);
    }
    for hdu in 0..hdus.min(4) {
        let _ = read_header(path, hdu, "Image file");
        let Ok(image) = Image::open_hdu(path, hdu, "Image file") else {
            continue;
        };
        let Ok(mut image) = image.all_planes() else {
            continue;
        };
        let _ = image.source().check_length();
        let Window { width, height, .. } = image.whole();
        let rows = (1_000_000 / width).clamp(1, height);
        // Bands from the first row on, and the last.
        for y in [0, rows, height / 2, height - 1] {
            let window = Window {
                x: 0,
                y,
                width: width.min(1_000_000),
                height: rows.min(height - y.min(height)),
            };
            match image.read(window, &mut pixels) {
                Ok(()) => {
                    read = true;
                    assert_eq!(pixels.len(), window.width * window.height);
                    assert!(pixels.iter().all(|p| !p.is_infinite()));
                }
                Err(why) => assert!(why.to_string().contains("fits"), "{why}"),
            }
            let _ = image.read_stored(window, &mut stored);
        }
    }
    read
}

fn corner(mut image: Image, pixels: &mut Vec<f64>) -> bool {
    let corner = Window {
        x: image.width() - 1,
        y: image.height() - 1,
        width: 1,
        height: 1,
    };
    image.read(corner, pixels).is_ok()
}
