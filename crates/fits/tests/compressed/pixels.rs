//! Files that CFITSIO 3.49 wrote, read by it as doubles and by us.

use std::path::Path;

use fits::{Image, Window};

use crate::oracle::{Compression, Handle};
use simulate::Random;

/// Compares the image in HDU `hdu` of a good file: its header, its pixels, windows of them.
pub fn same_as_cfitsio(path: &Path, hdu: usize) {
    let mut theirs = Handle::open(path);
    theirs.go_to(hdu);
    let (bitpix, sizes) = theirs.shape();
    let image = Image::open_hdu(path, hdu, "Image file").unwrap();
    assert_eq!(image.sizes(), sizes, "{}", path.display());
    assert_eq!(image.source().stored().bitpix(), bitpix);
    let cards: Vec<String> = (image.header().cards().iter())
        .map(|card| String::from_utf8_lossy(&card.0).trim_end().to_owned())
        .collect();
    let mut expected = theirs.cards();
    // CFITSIO keeps spare blocks of a header as blank cards.
    while expected.last().is_some_and(String::is_empty) {
        expected.pop();
    }
    assert_eq!(cards, expected, "{}", path.display());

    let mut image = image.all_planes().unwrap();
    let expected = theirs.doubles();
    let mut ours = Vec::new();
    image.read(image.whole(), &mut ours).unwrap();
    same(&ours, &expected, path);
    let mut random = Random(11);
    for _ in 0..20 {
        let (x, y) = (random.below(image.width()), random.below(image.height()));
        let window = Window {
            x,
            y,
            width: 1 + random.below(image.width() - x),
            height: 1 + random.below(image.height() - y),
        };
        image.read(window, &mut ours).unwrap();
        let rows = (window.y..window.y + window.height)
            .flat_map(|row| &expected[row * image.width() + window.x..][..window.width]);
        same(&ours, &rows.copied().collect::<Vec<_>>(), path);
    }
    let (mut stored, mut again) = (Vec::new(), Vec::new());
    image.read_stored(image.whole(), &mut stored).unwrap();
    image.source().stored().decode(&stored, &mut again);
    // Stored floats are rounded, and what outgrew an integer type is cut.
    for (k, (stored, read)) in again.iter().zip(&expected).enumerate() {
        let close = match bitpix {
            -32 => (stored - read).abs() <= read.abs() * 1.2e-7,
            _ => (stored - read).abs() <= 1e-12 * read.abs(),
        };
        let lossy = image
            .header()
            .cards()
            .iter()
            .any(|c| c.0.starts_with(b"LOSSY"));
        assert!(
            close || lossy || (stored.is_nan() && !read.is_finite()),
            "{}: {stored} {read} at {k}",
            path.display()
        );
    }
}

/// Bit for bit, but for infinities, which are blank here.
fn same(ours: &[f64], theirs: &[f64], path: &Path) {
    assert_eq!(ours.len(), theirs.len());
    for (k, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let blank = a.is_nan() && !b.is_finite();
        assert!(
            a.to_bits() == b.to_bits() || blank || (a == b),
            "{}: {a:e} for {b:e} at {k}",
            path.display()
        );
    }
}

/// A noisy slope; of floats with zeros and blanks in it.
fn made_up(bitpix: i32, count: usize) -> Vec<f64> {
    let mut random = Random(5);
    let mut value = |k: usize| {
        let noise = random.below(4000) as f64 / 100.0;
        let slope = 20.0 + (k % 100) as f64 + noise;
        match bitpix {
            8 => slope.floor().min(255.0),
            16 => (slope * 40.0).floor(),
            32 => (slope * 9000.0).floor() - 300_000.0,
            _ => match k % 37 {
                5 => 0.0,
                11 => f64::NAN,
                _ => slope * 1.25,
            },
        }
    };
    (0..count).map(&mut value).collect()
}

#[test]
fn every_compression_that_cfitsio_writes_is_read_as_it_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let sizes: [&[i64]; 3] = [&[53, 41], &[17, 12, 7], &[401, 60]];
    let tiles: [&[i64]; 6] = [&[0, 1], &[10, 9], &[0, 0], &[500, 500], &[9, 5], &[0, 20]];
    let mut number = 0;
    for size in sizes {
        for tile in tiles {
            for (method, bitpixes) in [
                (11, &[8, 16, 32, -32, -64][..]),
                (21, &[8, 16, 32, -32, -64]),
                (22, &[8, 16, 32, -32, -64]),
                (31, &[8, 16]),
                (41, &[8, 16, 32, -32]),
            ] {
                let tile: Vec<i64> = (0..size.len())
                    .map(|axis| match tile.get(axis) {
                        Some(0) => size[axis],
                        Some(&length) => length.min(size[axis]),
                        None => 1 + (number % 3),
                    })
                    .collect();
                // CFITSIO's buffer for HCOMPRESS is too small for small tiles; of a cube it takes none.
                if method == 41 && (tile[..2].iter().any(|&n| n < 12) || tile.len() > 2) {
                    continue;
                }
                if method == 41 && (0..2).any(|axis| (1..4).contains(&(size[axis] % tile[axis]))) {
                    continue;
                }
                for &bitpix in bitpixes {
                    number += 1;
                    let dither = [-1, 1, 2][number as usize % 3];
                    let path = dir.path().join(format!("{number}.fits"));
                    let count = size.iter().product::<i64>() as usize;
                    // Without loss only GZIP takes floats.
                    let lossless = matches!(method, 21 | 22) && number % 2 == 0;
                    let how = Compression {
                        method,
                        tile: &tile,
                        quantize: if lossless || bitpix > 0 { 0.0 } else { 8.0 },
                        dither,
                        seed: 1 + (number as i32 * 773) % 10_000,
                        scale: 0.0,
                        smooth: false,
                    };
                    let mut pixels = made_up(bitpix, count);
                    if method == 41 && bitpix < 0 {
                        // CFITSIO smears a blank over an HCOMPRESS tile.
                        pixels
                            .iter_mut()
                            .filter(|p| p.is_nan())
                            .for_each(|p| *p = 3.0);
                    }
                    Handle::write(&path, bitpix, size, &pixels, &["OBJECT  = 'x'"], &how);
                    same_as_cfitsio(&path, 1);
                }
            }
        }
    }
    assert!(number > 200, "{number}");
}

#[test]
fn lossy_hcompress_smoothing_and_unsigned_integers_are_read_as_cfitsio_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let size = [64, 48];
    for (number, (bitpix, smooth)) in [(8, false), (16, false), (16, true), (32, true)]
        .into_iter()
        .enumerate()
    {
        let how = Compression {
            method: 41,
            tile: &[64, 16],
            quantize: 0.0,
            dither: -1,
            seed: 1,
            scale: 4.0,
            smooth,
        };
        let path = path(&format!("lossy{number}.fits"));
        let mut pixels = made_up(bitpix, 64 * 48);
        if bitpix == 8 {
            // Values at the end of the type, which the loss takes beyond it.
            pixels.iter_mut().for_each(|p| *p = (*p * 4.0).min(255.0));
        }
        Handle::write(&path, bitpix, &size, &pixels, &["LOSSY   = T"], &how);
        same_as_cfitsio(&path, 1);
    }
    // BITPIX 20 is CFITSIO's unsigned 16 bits: BZERO 32768.
    for method in [11, 21, 22, 31] {
        let how = Compression {
            method,
            tile: &[64, 1],
            quantize: 0.0,
            dither: -1,
            seed: 1,
            scale: 0.0,
            smooth: false,
        };
        let path = path(&format!("unsigned{method}.fits"));
        let pixels: Vec<f64> = (0..64 * 48).map(|i| f64::from(i * 20 % 32_768)).collect();
        Handle::write(&path, 20, &size, &pixels, &[], &how);
        same_as_cfitsio(&path, 1);
        let mut ours = Vec::new();
        let mut image = Image::open(&path, "Image file").unwrap();
        image.read(image.whole(), &mut ours).unwrap();
        assert_eq!(ours, pixels, "{method}");
    }
}
