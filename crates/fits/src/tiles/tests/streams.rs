//! The streams of tiles, and what their numbers mean.

use super::*;

#[test]
fn a_tile_of_60000_x_60000_pixels_in_a_few_bytes_is_refused_before_memory_is_taken() {
    let huge = |method: &str, bitpix: i32| {
        Made::new(method, bitpix, &[60_000, 60_000])
            .card("ZTILE1", "60000")
            .card("ZTILE2", "60000")
    };
    let short = |made: &Made, words: &str| {
        let (mut image, _dir) = made.open().unwrap();
        let window = Window {
            x: 0,
            y: 59_999,
            width: 5,
            height: 1,
        };
        let why = image.read(window, &mut Vec::new()).unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
        let why = image
            .read(image.whole(), &mut Vec::new())
            .unwrap_err()
            .to_string();
        assert!(
            why.contains(words) || why.contains("Out of memory"),
            "{why}"
        );
    };
    short(
        &huge("RICE_1", 16).tile(&rice(&[5; 4000])),
        "too short for its tile",
    );
    short(
        &huge("GZIP_2", -32).tile(&gzip(&[0; 4000])),
        "fewer bytes than pixels",
    );
    short(
        &huge("PLIO_1", 16).tile(&plio(&[4095; 10])),
        "more pixels than its list",
    );
    let mut hcompress = vec![0xdd, 0x99];
    hcompress.extend(words(&[60_000, 60_000, 0]));
    hcompress.extend([0; 30]);
    short(
        &huge("HCOMPRESS_1", 32).tile(&hcompress),
        "more pixels than its bytes",
    );
}

#[test]
fn an_hcompress_stream_of_other_axes_than_its_tile_is_an_error() {
    let mut pixels: Vec<i32> = (0..48).collect();
    let mut stream = Vec::new();
    hcompress::write::HCEncoder::new(&mut stream)
        .write(&mut pixels, 8, 6, 0)
        .unwrap();
    let made = |size: &[i64]| {
        Made::new("HCOMPRESS_1", 16, size)
            .card("ZTILE2", "8")
            .tile(&stream)
    };
    let read = made(&[6, 8]).read();
    assert_eq!(read.unwrap(), (0..48).map(f64::from).collect::<Vec<_>>());
    made(&[6, 7]).refused("compressed tile 1");
    made(&[7, 8]).refused("pixels for a tile of 56");
}

#[test]
fn rice_has_four_bytes_a_pixel_where_nothing_is_said() {
    let made = Made::new("RICE_1", 16, &[5, 1]).tile(&rice(&[1, -2, 300, 4, 5]));
    assert_eq!(made.read().unwrap(), [1.0, -2.0, 300.0, 4.0, 5.0]);
    // The alias, and parameters by name in any order.
    let made = Made::new("RICE_ONE", 16, &[5, 1])
        .card("ZNAME1", "'BYTEPIX'")
        .card("ZVAL1", "4")
        .card("ZNAME2", "'BLOCKSIZE'")
        .card("ZVAL2", "32")
        .tile(&rice(&[1, -2, 300, 4, 5]));
    assert_eq!(made.read().unwrap(), [1.0, -2.0, 300.0, 4.0, 5.0]);
}

#[test]
fn rice_streams_that_are_too_short_and_blocks_of_no_pixels_are_errors() {
    for length in 0..4 {
        for bytes in ["1", "2", "4"] {
            let made = Made::new("RICE_1", 16, &[5, 1])
                .card("ZVAL1", "32")
                .card("ZVAL2", bytes)
                .tile(&vec![0x11; length]);
            let why = made.read();
            assert!(why.is_err() || bytes != "4", "{length} {bytes}");
        }
    }
    for (block, bytes) in [
        ("0", "4"),
        ("-1", "4"),
        ("32", "3"),
        ("9999999", "4"),
        ("32", "T"),
    ] {
        let made = Made::new("RICE_1", 16, &[5, 1])
            .card("ZVAL1", block)
            .card("ZVAL2", bytes)
            .tile(&rice(&[1; 5]));
        made.refused("compression");
    }
}

#[test]
fn gzip_is_inflated_to_the_size_of_the_tile_and_no_further() {
    // Ten megabytes of zeros for three pixels.
    let bomb = gzip(&vec![0; 10_000_000]);
    Made::new("GZIP_1", 16, &[3, 1])
        .tile(&bomb)
        .refused("more bytes than pixels");
    Made::new("GZIP_1", -64, &[3, 1])
        .tile(&bomb)
        .refused("more bytes than pixels");
    Made::new("GZIP_1", 16, &[3, 1])
        .tile(&gzip(&[1, 2, 3, 4, 5]))
        .refused("5 bytes for 3 pixels");
    let good = gzip(&shorts(&[1, 2, 3]));
    Made::new("GZIP_1", 16, &[3, 1])
        .tile(&good[..good.len() - 9])
        .refused("ends too early");
    let mut wrong = good.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    Made::new("GZIP_1", 16, &[3, 1])
        .tile(&wrong)
        .refused("checksum");
    Made::new("GZIP_1", 16, &[3, 1])
        .tile(b"PK")
        .refused("no gzip");
}

#[test]
fn gzip_tiles_of_16_bit_images_may_have_four_bytes_a_pixel() {
    let made = Made::new("GZIP_1", 16, &[3, 1]).tile(&gzip(&words(&[1, -2, 3])));
    assert_eq!(made.read().unwrap(), [1.0, -2.0, 3.0]);
    // And one byte for each.
    let made = Made::new("GZIP_1", 16, &[3, 1]).tile(&gzip(&[1, 2, 255]));
    assert_eq!(made.read().unwrap(), [1.0, 2.0, 255.0]);
}

#[test]
fn gzip_2_shuffles_four_bytes_of_quantized_doubles_and_eight_of_lossless_ones() {
    let shuffled = |bytes: &[u8], width: usize| -> Vec<u8> {
        (0..width)
            .flat_map(|k| bytes.iter().skip(k).step_by(width).copied())
            .collect()
    };
    let made = Made::new("GZIP_2", -64, &[3, 1])
        .column("ZSCALE", "1D")
        .column("ZZERO", "1D")
        .row(vec![
            Array(gzip(&shuffled(&words(&[1, -200_000, 3]), 4))),
            Double(0.5),
            Double(10.0),
        ]);
    assert_eq!(made.read().unwrap(), [10.5, -99_990.0, 11.5]);
    let doubles: Vec<u8> = [1.5f64, -2.25, 1e300]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let made = Made::new("GZIP_2", -64, &[3, 1]).tile(&gzip(&shuffled(&doubles, 8)));
    assert_eq!(made.read().unwrap(), [1.5, -2.25, 1e300]);
}

#[test]
fn fallback_tiles_are_neither_quantized_nor_shuffled() {
    let floats: Vec<u8> = [1.5f32, f32::NAN, -2.0]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let made = Made::new("GZIP_2", -32, &[3, 3])
        .column("GZIP_COMPRESSED_DATA", "1PB")
        .column("UNCOMPRESSED_DATA", "1PE")
        .column("ZSCALE", "1D")
        .column("ZZERO", "1D")
        .row(vec![
            Array(vec![]),
            Array(gzip(&floats)),
            Array(vec![]),
            Double(7.0),
            Double(9.0),
        ]);
    // A column of floats counts floats, not bytes.
    let mut file = made
        .row(vec![
            Array(vec![]),
            Array(vec![]),
            Array(floats.clone()),
            Double(7.0),
            Double(9.0),
        ])
        .row(vec![
            Array(vec![]),
            Array(vec![]),
            Array(vec![]),
            Double(7.0),
            Double(9.0),
        ])
        .bytes();
    let at = file.len() - 2880 + 40 + 16;
    assert_eq!(file[at..at + 4], [0, 0, 0, 12]);
    file[at + 3] = 3;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("made.fits");
    std::fs::write(&path, file).unwrap();
    let mut image = Image::open(&path, "Image file").unwrap();
    let mut pixels = Vec::new();
    let two_rows = Window {
        height: 2,
        ..image.whole()
    };
    image.read(two_rows, &mut pixels).unwrap();
    assert!(pixels[1].is_nan() && pixels[4].is_nan());
    assert_eq!(
        [pixels[0], pixels[2], pixels[3], pixels[5]],
        [1.5, -2.0, 1.5, -2.0]
    );
    let why = image
        .read(image.whole(), &mut pixels)
        .unwrap_err()
        .to_string();
    assert!(why.contains("compressed tile 3: has no data"), "{why}");
}

#[test]
fn zblank_is_a_keyword_or_a_column_and_is_tested_before_scaling() {
    let row = |values: &[i32]| Array(gzip(&words(values)));
    for blank in [i32::MIN, i32::MIN + 1] {
        let made = Made::new("GZIP_1", -32, &[2, 2])
            .card("ZBLANK", &blank.to_string())
            .column("ZSCALE", "1D")
            .column("ZZERO", "1D")
            .row(vec![row(&[4, blank]), Double(2.0), Double(1.0)])
            .row(vec![row(&[blank ^ 1, 7]), Double(0.5), Double(0.0)]);
        let pixels = made.read().unwrap();
        assert!(pixels[1].is_nan());
        let other = f64::from(blank ^ 1) * 0.5;
        assert_eq!([pixels[0], pixels[2], pixels[3]], [9.0, other, 3.5]);
    }
    let made = Made::new("GZIP_1", -32, &[2, 2])
        .column("ZSCALE", "1D")
        .column("ZZERO", "1D")
        .column("ZBLANK", "1J")
        .row(vec![row(&[4, 5]), Double(2.0), Double(1.0), Integer(4)])
        .row(vec![row(&[4, 5]), Double(2.0), Double(1.0), Integer(5)]);
    let pixels = made.read().unwrap();
    assert!(pixels[0].is_nan() && pixels[3].is_nan());
    assert_eq!(pixels[1..3], [11.0, 9.0]);
    // Without any nothing is blank.
    let made = Made::new("GZIP_1", -32, &[1, 1])
        .card("ZSCALE", "1.0")
        .card("ZZERO", "0.5")
        .tile(&gzip(&words(&[i32::MIN])));
    assert_eq!(made.read().unwrap(), [-2_147_483_647.5]);
    // Integers: BLANK.
    let made = Made::new("GZIP_1", 16, &[2, 1])
        .card("BLANK", "-5")
        .card("BSCALE", "2.0")
        .tile(&gzip(&shorts(&[-5, 5])));
    let pixels = made.read().unwrap();
    assert!(pixels[0].is_nan() && pixels[1] == 10.0);
}

#[test]
fn dithered_pixels_are_those_of_the_standard_and_zeros_stay() {
    // The random numbers of appendix I of the standard.
    let mut seed = 1.0f64;
    let numbers: Vec<f64> = (0..10_000)
        .map(|_| {
            seed = (16807.0 * seed) % 2_147_483_647.0;
            f64::from((seed / 2_147_483_647.0) as f32)
        })
        .collect();
    let width = 12_000;
    let mut values: Vec<i32> = (0..width).map(|i| i * 7 % 1000).collect();
    values[3] = -2_147_483_646;
    values[9_990] = -2_147_483_647;
    for (method, zdither0) in [
        ("SUBTRACTIVE_DITHER_1", 1),
        ("SUBTRACTIVE_DITHER_2", 9_999),
        ("SUBTRACTIVE_DITHER_2", 0),
    ] {
        let mut made = Made::new("GZIP_1", -64, &[i64::from(width), 3])
            .card("ZQUANTIZ", &format!("'{method}'"))
            .card("ZDITHER0", &zdither0.to_string())
            .card("ZBLANK", "-2147483647")
            .column("ZSCALE", "1D")
            .column("ZZERO", "1D");
        for _ in 0..3 {
            made = made.row(vec![
                Array(gzip(&words(&values))),
                Double(0.3),
                Double(-7.0),
            ]);
        }
        let pixels = made.read().unwrap();
        for row in 0..3 {
            let mut start = (row + zdither0 + 9_999) % 10_000;
            let mut next = (numbers[start as usize] as f32 * 500.0) as usize;
            for (k, &value) in values.iter().enumerate() {
                let got = pixels[row as usize * width as usize + k];
                let expected = (f64::from(value) - numbers[next] + 0.5) * 0.3 - 7.0;
                match value {
                    -2_147_483_647 => assert!(got.is_nan()),
                    -2_147_483_646 if method.ends_with('2') => assert_eq!(got, 0.0),
                    _ => assert_eq!(got, expected, "{method} {zdither0}: {row} {k}"),
                }
                next += 1;
                if next == 10_000 {
                    start = (start + 1) % 10_000;
                    next = (numbers[start as usize] as f32 * 500.0) as usize;
                }
            }
        }
    }
}

#[test]
fn line_lists_are_followed_from_any_pixel() {
    // Two zeros, three of 9 (1 + 8), a zero with a 9 at its end, a 12, a 4, high: 5 x 4096 + 1.
    let list = [
        0x0002, 0x2008, 0x4003, 0x5002, 0x6003, 0x7008, 0x1001, 0x0005, 0x4002,
    ];
    let expected = [0, 0, 9, 9, 9, 0, 9, 12, 4, 20_481, 20_481, 0, 0];
    for width in 1..=13 {
        let bytes = plio(&list);
        let mut lines = plio::LineList::new(&bytes, 13).unwrap();
        for start in (0..=13 - width).rev().chain(0..=13 - width) {
            let mut out = vec![-1; width];
            lines.pixels(start as u64, &mut out);
            assert_eq!(out, expected[start..start + width]);
        }
    }
    // The old header: its length in the third word.
    let old = shorts(&[0, 0, 5, 0x2001, 0x4002]);
    let mut out = [0; 3];
    plio::LineList::new(&old, 3).unwrap().pixels(0, &mut out);
    assert_eq!(out, [2, 2, 0]);
    for bad in [
        &[][..],
        &[0, 0, 99],
        &[0, -7, -100, 5, 0, 0, 0],
        &[0, 7, -100, 32_767, 1, 0, 0],
    ] {
        assert!(plio::LineList::new(&shorts(bad), 3).is_err(), "{bad:?}");
    }
}

#[test]
fn plio_of_unsigned_integers_is_offset_already() {
    let mut made = Made::new("PLIO_1", 16, &[3, 1]).card("BZERO", "32768");
    made.columns[0].1 = "1PI(9)";
    // 1 + 6, so 7 7 and 0: counts, not counts less 32768.
    let made = made.tile(&plio(&[0x2006, 0x4002]));
    assert_eq!(made.read().unwrap(), [7.0, 7.0, 0.0]);
    let (mut image, _dir) = made.open().unwrap();
    let mut stored = Vec::new();
    image.read_stored(image.whole(), &mut stored).unwrap();
    assert_eq!(stored, shorts(&[7 - 32_767 - 1, 7 - 32_767 - 1, -32_768]));
}

#[test]
fn a_null_pixel_mask_blanks_pixels() {
    let made = Made::new("RICE_1", -32, &[4, 1])
        .card("ZMASKCMP", "'PLIO_1'")
        .column("ZSCALE", "1D")
        .column("ZZERO", "1D")
        .column("NULL_PIXEL_MASK", "1PI")
        .row(vec![
            Array(rice(&[1, 2, 3, 4])),
            Double(1.0),
            Double(0.0),
            Array(plio(&[0x0001, 0x4002])),
        ]);
    let pixels = made.read().unwrap();
    assert_eq!([pixels[0], pixels[3]], [1.0, 4.0]);
    assert!(pixels[1].is_nan() && pixels[2].is_nan());
}

#[test]
fn tiles_that_are_not_compressed() {
    let made = Made::new("NOCOMPRESS", 32, &[3, 1]).tile(&words(&[1, -70_000, 3]));
    assert_eq!(made.read().unwrap(), [1.0, -70_000.0, 3.0]);
}

#[test]
fn lossy_hcompress_keeps_what_outgrows_the_type_as_doubles_and_cuts_it_as_bytes() {
    // 256 in an image of bytes, as CFITSIO's doubles have it.
    let mut pixels = vec![256; 64];
    let mut stream = Vec::new();
    hcompress::write::HCEncoder::new(&mut stream)
        .write(&mut pixels, 8, 8, 0)
        .unwrap();
    let made = Made::new("HCOMPRESS_1", 8, &[8, 8])
        .card("ZTILE2", "8")
        .tile(&stream);
    assert_eq!(made.read().unwrap(), [256.0; 64]);
    let (mut image, _dir) = made.open().unwrap();
    let mut stored = Vec::new();
    image.read_stored(image.whole(), &mut stored).unwrap();
    assert_eq!(stored, [255; 64]);
}
