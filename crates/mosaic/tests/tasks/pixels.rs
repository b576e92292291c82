//! mSubimage and mShrink against Montage 6.0 on real images, and what they do with others.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use fits::card::Card;
use fits::{read_header, Header, Image};
use mosaic::run::Run;
use mosaic::task::pixels::{shrink, subimage, Mode, ShrinkParams, SubimageParams};
use sky::{convert, Frame, Keywords, Wcs};
use testing::{original, shared_data, skipped};

const J2000: Frame = Frame::Fk5 { equinox: 2000.0 };

/// A FITS file as it is: cards before END, and the bytes after them.
fn parts(path: &Path) -> (Vec<String>, Vec<u8>) {
    let bytes = std::fs::read(path).unwrap();
    let mut cards = Vec::new();
    for card in bytes.chunks(80) {
        if card.starts_with(b"END     ") {
            break;
        }
        cards.push(String::from_utf8_lossy(card).into_owned());
    }
    let start = ((cards.len() + 1) * 80).next_multiple_of(2880);
    (cards, bytes[start..].to_vec())
}

/// Without the cards that Montage leaves behind though they no longer hold (see
/// docs/differences.md).
fn without(cards: Vec<String>, keys: &[&str]) -> Vec<String> {
    let stale = |card: &String| keys.contains(&card[..8].trim_end());
    cards.into_iter().filter(|card| !stale(card)).collect()
}

const STALE: [&str; 4] = ["CHECKSUM", "DATASUM", "NAXIS3", "NAXIS4"];

/// Real images and their HDUs.
fn real_images() -> Vec<(PathBuf, i32)> {
    let mut found = Vec::new();
    if let Some(m17) = shared_data("2mass_m17") {
        for (folder, name) in [
            ("raw", "aK_asky_990502s1350080.fits.gz"),
            ("raw", "aK_asky_990502s1430092.fits.gz"),
            ("projected", "hdu0_aK_asky_990502s1420198.fits.gz"),
            ("projected", "hdu0_aK_asky_990502s1420198_area.fits.gz"),
        ] {
            found.push((m17.join(folder).join(name), 0));
        }
    }
    if let Some(wcs) = shared_data("wcs") {
        for name in [
            "1904-66_STG.fits",
            "1904-66_SFL.fits",
            "panstarrs-g-m61_PC.fits",
            "sipsample.fits",
            "spitzer_glimpse_GLON-CAR_CD.fits",
            "tpv.fits",
            "zpx.fits",
        ] {
            found.push((wcs.join(name), 0));
        }
    }
    if let Some(decam) = shared_data("decam_tpv") {
        let name = "testcase6__c4d_171113_061941_ooi_r_ls9.S4.fits";
        found.push((decam.join(name), 1));
    }
    if let Some(muse) = shared_data("muse_udf") {
        found.push((muse.join("subcub_mosaic.fits.gz"), 1));
    }
    found
}

fn run_original(program: &Path, arguments: &[&str], files: [&Path; 2]) {
    let (options, numbers) = arguments.split_at(arguments.iter().position(|a| *a == "|").unwrap());
    let output = Command::new(program)
        .args(options)
        .args(files)
        .args(&numbers[1..])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("stat=\"OK\""), "{files:?}: {said}");
}

fn cut(
    input: &Path,
    output: &Path,
    mode: Mode,
    [x, y, x_size, y_size]: [f64; 4],
) -> SubimageParams {
    SubimageParams {
        input: input.to_owned(),
        output: output.to_owned(),
        x,
        y,
        x_size,
        y_size,
        mode,
        hdu: 0,
        no_wcs: false,
        debug: 0,
    }
}

#[test]
fn pieces_are_those_of_montage_6() {
    let Some(program) = original("mSubimage") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.fits"), dir.path().join("ours.fits"));
    for (input, hdu) in real_images() {
        let header = read_header(&input, hdu as usize, "Image file").unwrap();
        let wcs = Wcs::new(&header).unwrap();
        let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
        let (lon, lat) = wcs
            .pixel_to_sky(
                (0.3713 * width).floor() + 0.37,
                (0.6 * height).floor() + 0.29,
            )
            .unwrap();
        let (ra, dec) = convert(&wcs.frame(), &J2000, lon, lat);
        let step = wcs
            .cd()
            .iter()
            .flatten()
            .fold(0.0, |m: f64, x| m.max(x.abs()));
        let sizes = [0.2 * width * step, 0.35 * height * step];
        let whole = [1e3 * width * step, 0.0];
        let cases = [
            (Mode::Pixels, [3.0, 4.7, 0.4 * width, 11.0]),
            (Mode::Pixels, [-5.0, 0.5 * height, 1e9, 1e9]),
            (Mode::Sky, [ra, dec, sizes[0], sizes[1]]),
            (Mode::Sky, [ra, dec, whole[0], whole[1]]),
        ];
        for (mode, numbers) in cases {
            let _ = std::fs::remove_file(&theirs);
            let numbers_text = numbers.map(|x| x.to_string());
            let hdu_text = hdu.to_string();
            let mut arguments = vec!["-h", &hdu_text];
            if mode == Mode::Pixels {
                arguments.insert(0, "-p");
            }
            arguments.push("|");
            arguments.extend(numbers_text.iter().map(String::as_str));
            run_original(&program, &arguments, [&input, &theirs]);
            let params = SubimageParams {
                hdu,
                ..cut(&input, &ours, mode, numbers)
            };
            subimage(&params, &Run::new(2)).unwrap();
            let (their_cards, their_data) = parts(&theirs);
            let (our_cards, our_data) = parts(&ours);
            let their_cards = without(their_cards, &STALE);
            assert_eq!(
                without(our_cards, &STALE),
                their_cards,
                "{input:?} {mode:?}"
            );
            assert!(our_data == their_data, "{input:?} {mode:?} {numbers:?}");
        }
    }
}

fn shrunken(input: &Path, output: &Path, factor: f64) -> ShrinkParams {
    ShrinkParams {
        input: input.to_owned(),
        output: output.to_owned(),
        factor,
        fixed_size: false,
        cdelt: 0.0,
        hdu: 0,
        debug: 0,
    }
}

/// Whether Montage 6.0 makes output row `l` of the right input rows. It ends the input a row
/// early, keeps one row fewer than some output rows need, and, where it makes pixels smaller,
/// reads ahead before a row that ends where an input row does.
fn is_right_in_montage(l: usize, factor: f64, height: usize) -> bool {
    let (begin, end) = (l as f64 * factor, (l as f64 + 1.0) * factor);
    if factor < 1.0 {
        return end.floor() != end;
    }
    end.ceil() <= height as f64 - 2.0 && end.ceil() - begin.floor() <= factor.ceil()
}

#[test]
fn shrunken_images_are_those_of_montage_6() {
    let Some(program) = original("mShrink") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.fits"), dir.path().join("ours.fits"));
    let mut compared = (0, 0);
    for (input, hdu) in real_images() {
        let (width, height) = {
            let image = Image::open_hdu(&input, hdu as usize, "Image file").unwrap();
            (image.width(), image.height())
        };
        let longer = width.max(height) as f64;
        for (fixed, asked) in [
            (false, 2.0),
            (false, 2.5),
            (false, 7.3),
            (false, 0.75),
            (false, 1.0),
            (true, 21.0),
        ] {
            let _ = std::fs::remove_file(&theirs);
            let asked_text = asked.to_string();
            let hdu_text = hdu.to_string();
            let mut arguments = vec!["-h", &hdu_text, "|", &asked_text];
            if fixed {
                arguments.insert(0, "-f");
            }
            run_original(&program, &arguments, [&input, &theirs]);
            let params = ShrinkParams {
                hdu,
                fixed_size: fixed,
                ..shrunken(&input, &ours, asked)
            };
            shrink(&params, &Run::new(2)).unwrap();
            let factor = if fixed { longer / asked } else { asked };
            let (their_cards, their_data) = parts(&theirs);
            let (our_cards, our_data) = parts(&ours);
            let sip = |card: &String| {
                ["A_", "B_", "AP_", "BP_"]
                    .iter()
                    .any(|p| card.starts_with(p))
            };
            let mut cards = [their_cards, our_cards].map(|cards| without(cards, &STALE));
            // Montage leaves these terms in the old pixels; see below.
            cards
                .iter_mut()
                .for_each(|cards| cards.retain(|card| !sip(card)));
            assert_eq!(cards[1], cards[0], "{input:?} {factor}");
            let header = read_header(&ours, 0, "Image file").unwrap();
            let bytes = header.integer("BITPIX").unwrap().unsigned_abs() as usize / 8;
            let row = header.integer("NAXIS1").unwrap() as usize * bytes;
            let rows = header.integer("NAXIS2").unwrap() as usize;
            let mut right = 0;
            for l in (0..rows).filter(|&l| is_right_in_montage(l, factor, height)) {
                let at = l * row..(l + 1) * row;
                assert!(
                    our_data[at.clone()] == their_data[at],
                    "{input:?} {factor} {l}"
                );
                right += 1;
            }
            compared = (compared.0 + right, compared.1 + rows);
        }
    }
    let (right, rows) = compared;
    assert!(right * 3 >= rows * 2, "{right} of {rows} rows compared");
}

#[test]
fn shrunken_images_stay_where_they_were() {
    let Some(wcs) = shared_data("wcs") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.fits");
    for name in [
        "sipsample.fits",
        "dss_M67_AMDX_only.fits",
        "tpv.fits",
        "tnx.fits",
        "zpx.fits",
        "panstarrs-g-m61_PC.fits",
        "spitzer_glimpse_GLON-CAR_CD.fits",
    ] {
        let input = wcs.join(name);
        let of = |path: &Path| Wcs::new(&read_header(path, 0, "Image file").unwrap()).unwrap();
        let before = of(&input);
        for factor in [3.0, 0.8] {
            shrink(&shrunken(&input, &output, factor), &Run::new(1)).unwrap();
            let after = of(&output);
            for (x, y) in [(1.0, 1.0), (150.3, 77.7), (30.0, 200.0)] {
                let (lon, lat) = before.pixel_to_sky(x, y).unwrap();
                let to_new = |x: f64| (x - 0.5) / factor + 0.5;
                let (new_lon, new_lat) = after.pixel_to_sky(to_new(x), to_new(y)).unwrap();
                let apart = (lon - new_lon).abs().max((lat - new_lat).abs());
                // The header keeps 14 digits.
                assert!(apart < 1e-9, "{name} by {factor}: {apart:e} degrees");
            }
        }
        // A piece stays, too.
        let piece = cut(&input, &output, Mode::Pixels, [20.0, 31.0, 100.0, 90.0]);
        subimage(&piece, &Run::new(1)).unwrap();
        let (lon, lat) = before.pixel_to_sky(60.0, 70.0).unwrap();
        let (new_lon, new_lat) = of(&output).pixel_to_sky(41.0, 40.0).unwrap();
        let apart = (lon - new_lon).abs().max((lat - new_lat).abs());
        assert!(apart < 1e-9, "{name}: {apart:e} degrees");
    }
}

/// Writes an image of stored pixels with a TAN header and further cards.
fn write(path: &Path, bitpix: i32, size: (usize, usize), more: &[(&str, &str)], stored: &[u8]) {
    let mut header = Header::primary(bitpix, &[size.0 as i64, size.1 as i64]);
    for (key, ctype) in [("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN")] {
        header.push(Card::with_string(key, ctype, ""));
    }
    let numbers = [
        ("CRVAL1", "10.5"),
        ("CRVAL2", "-20.25"),
        ("CRPIX1", "5.5"),
        ("CRPIX2", "4.5"),
        ("CDELT1", "-0.001"),
        ("CDELT2", "0.001"),
    ];
    for (key, value) in numbers.iter().chain(more) {
        header.push(Card::with_token(key, value, ""));
    }
    let mut bytes = header.to_blocks();
    bytes.extend(stored);
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    std::fs::write(path, bytes).unwrap();
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn pixels(path: &Path) -> (usize, Vec<f64>) {
    let mut image = Image::open(path, "Image file").unwrap();
    let mut out = Vec::new();
    image.read(image.whole(), &mut out).unwrap();
    (image.width(), out)
}

#[test]
fn every_kind_of_pixel_is_kept_as_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in.fits"), dir.path().join("out.fits"));
    let zipped = dir.path().join("zipped.fits.gz");
    let scaled = [("BSCALE", "0.5"), ("BZERO", "32768"), ("BLANK", "-5")];
    for bitpix in [8, 16, 32, 64, -32, -64i32] {
        let width = bitpix.unsigned_abs() as usize / 8;
        // No exponent is all ones, so that every float is a number.
        let stored: Vec<u8> = (0..12 * 10 * width).map(|i| (i * 37 % 113) as u8).collect();
        let more = if bitpix > 0 { &scaled[..] } else { &[] };
        write(&input, bitpix, (12, 10), more, &stored);
        let mut gzip = flate2::write::GzEncoder::new(
            std::fs::File::create(&zipped).unwrap(),
            flate2::Compression::fast(),
        );
        gzip.write_all(&std::fs::read(&input).unwrap()).unwrap();
        gzip.finish().unwrap();
        let mut expected: Vec<u8> = Vec::new();
        for y in 2..7 {
            expected.extend(&stored[(y * 12 + 3) * width..][..6 * width]);
        }
        for from in [&input, &zipped] {
            let params = cut(from, &output, Mode::Pixels, [4.0, 3.0, 5.0, 4.0]);
            let outcome = subimage(&params, &Run::new(1)).unwrap();
            assert_eq!(outcome.content, "normal");
            let (cards, data) = parts(&output);
            assert!(data[..expected.len()] == expected, "BITPIX {bitpix}");
            assert!(cards
                .iter()
                .any(|c| c.starts_with("CRPIX1  =                  2.5")));
            let kept = |key: &str| cards.iter().any(|c| c.starts_with(key));
            assert!(bitpix < 0 || (kept("BSCALE") && kept("BZERO") && kept("BLANK")));
        }
    }
}

#[test]
fn the_modes_of_a_piece() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in.fits"), dir.path().join("out.fits"));
    let mut values = vec![f64::NAN; 12 * 10];
    for y in 3..6 {
        for x in 4..9 {
            values[y * 12 + x] = (x + 100 * y) as f64;
        }
    }
    values[3 * 12 + 4] = f64::NAN;
    write(&input, -64, (12, 10), &[], &doubles(&values));
    let run = Run::new(1);
    let cut_by = |mode, numbers| subimage(&cut(&input, &output, mode, numbers), &run);

    // All but blank borders: the first row begins with a blank inside.
    assert_eq!(cut_by(Mode::Shrink, [0.0; 4]).unwrap().content, "normal");
    let (width, found) = pixels(&output);
    assert_eq!((width, found.len(), found[1]), (5, 15, 305.0));
    // All.
    assert_eq!(cut_by(Mode::Hdu, [f64::NAN; 4]).unwrap().content, "normal");
    assert_eq!(pixels(&output).1.len(), 120);
    // Counted from CRPIX: columns 5.5 - 1 to 5.5 + 2, rows 4.5 - 1 to 4.5 + 1.
    cut_by(Mode::FromReference, [-1.0, -1.0, 2.0, 1.0]).unwrap();
    let (width, found) = pixels(&output);
    // Its second row is row 4 of the image, the fifth pixel there is that of column 8.
    assert_eq!((width, found.len(), found[5 + 4]), (5, 20, 307.0));
    // One pixel, blank pixels.
    cut_by(Mode::Pixels, [5.0, 5.0, 0.0, 0.0]).unwrap();
    assert_eq!(pixels(&output), (1, vec![404.0]));
    let flat = cut_by(Mode::Pixels, [5.0, 5.0, 0.0, 0.0]).unwrap();
    assert_eq!(flat.content, "flat");
    assert_eq!(
        cut_by(Mode::Pixels, [1.0, 1.0, 2.0, 1.0]).unwrap().content,
        "blank"
    );

    // Without coordinates.
    let bare = dir.path().join("bare.fits");
    let mut bytes = Header::primary(-64, &[12, 10]).to_blocks();
    bytes.extend(doubles(&values));
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    std::fs::write(&bare, bytes).unwrap();
    for no_wcs in [false, true] {
        let params = SubimageParams {
            no_wcs,
            ..cut(&bare, &output, Mode::Pixels, [5.0, 4.0, 2.0, 1.0])
        };
        subimage(&params, &run).unwrap();
        assert_eq!(pixels(&output).1.len(), 6);
        assert!(!read_header(&output, 0, "").unwrap().has("CRPIX1"));
    }
    let by_sky = cut(&bare, &output, Mode::Sky, [10.5, -20.25, 1.0, 1.0]);
    assert!(subimage(&by_sky, &run).is_err());
}

#[test]
fn what_cannot_be_cut_or_shrunk_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in.fits"), dir.path().join("out.fits"));
    write(&input, -64, (12, 10), &[], &doubles(&[1.5; 120]));
    std::fs::write(&output, "earlier").unwrap();
    let run = Run::new(1);
    let nan = f64::NAN;
    for (factor, fixed_size, word) in [
        (0.0, false, "shrinkFactor"),
        (-2.0, false, "shrinkFactor"),
        (nan, false, "shrinkFactor"),
        (f64::INFINITY, false, "shrinkFactor"),
        (10.5, false, "smaller than one pixel"),
        (1e-9, false, "pixels in a side"),
        (0.9, true, "must be positive"),
        (1.0, true, "smaller than one pixel"),
        (1e12, true, "pixels in a side"),
        (-4.0, true, "must be positive"),
    ] {
        let params = ShrinkParams {
            fixed_size,
            ..shrunken(&input, &output, factor)
        };
        let why = shrink(&params, &run).unwrap_err().to_string();
        assert!(why.contains(word), "{factor}: {why}");
    }
    for (mode, numbers, word) in [
        (Mode::Pixels, [13.0, 1.0, 5.0, 5.0], "outside image"),
        (Mode::Pixels, [1.0, -9.0, 5.0, 5.0], "outside image"),
        (Mode::Pixels, [1.0, 1.0, -1.0, 5.0], "Invalid 'x' size"),
        (Mode::Pixels, [nan, 1.0, 1.0, 5.0], "xref"),
        (Mode::Sky, [10.5, -20.25, 0.01, -0.01], "Invalid 'y' size"),
        (Mode::Sky, [11.5, -20.25, 0.01, 0.01], "outside image"),
        (Mode::Sky, [190.5, 20.25, 0.01, 0.01], "outside image"),
        (Mode::Sky, [10.5, -91.0, 0.01, 0.01], "yref"),
        (Mode::FromReference, [5.0, 0.0, 1.0, 1.0], "outside image"),
    ] {
        let params = cut(&input, &output, mode, numbers);
        let why = subimage(&params, &run).unwrap_err().to_string();
        assert!(why.contains(word), "{mode:?} {numbers:?}: {why}");
    }
    let blank = dir.path().join("blank.fits");
    write(&blank, -64, (12, 10), &[], &doubles(&[nan; 120]));
    let why = subimage(&cut(&blank, &output, Mode::Shrink, [0.0; 4]), &run).unwrap_err();
    assert!(why.to_string().contains("blank"), "{why}");
    for hdu in [-1, 1, i32::MAX] {
        let params = ShrinkParams {
            hdu,
            ..shrunken(&input, &output, 2.0)
        };
        assert!(shrink(&params, &run)
            .unwrap_err()
            .to_string()
            .contains("hdu"));
    }
    // A file that is cut short fails while it is copied.
    let bytes = std::fs::read(&input).unwrap();
    let short = dir.path().join("short.fits");
    std::fs::write(&short, &bytes[..2880 + 500]).unwrap();
    assert!(shrink(&shrunken(&short, &output, 2.0), &run).is_err());
    assert!(subimage(&cut(&short, &output, Mode::Hdu, [0.0; 4]), &run).is_err());
    assert_eq!(std::fs::read(&output).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
}

#[test]
fn integers_are_shrunk_as_integers() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in.fits"), dir.path().join("out.fits"));
    let stored: Vec<u8> = [1i16, 2, -5, -5, 3, 5, -5, 8]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let mean = |more: &[(&str, &str)]| {
        write(&input, 16, (4, 2), more, &stored);
        shrink(&shrunken(&input, &output, 2.0), &Run::new(1)).unwrap();
        let header = read_header(&output, 0, "").unwrap();
        assert_eq!(header.integer("BITPIX"), Some(16));
        pixels(&output).1
    };
    // Not scaled: cut, as CFITSIO does it; scaled: rounded. Blanks do not count.
    assert_eq!(mean(&[("BLANK", "-5")]), [2.0, 8.0]);
    assert_eq!(mean(&[]), [2.0, -1.0]);
    assert_eq!(mean(&[("BSCALE", "2"), ("BLANK", "-5")]), [6.0, 16.0]);
    let all_blank: Vec<u8> = [-5i16; 8].iter().flat_map(|v| v.to_be_bytes()).collect();
    write(&input, 16, (4, 2), &[("BLANK", "-5")], &all_blank);
    shrink(&shrunken(&input, &output, 2.0), &Run::new(1)).unwrap();
    assert!(pixels(&output).1.iter().all(|x| x.is_nan()));
}

#[test]
fn threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in.fits");
    let (width, height) = (1500, 900);
    let value = |i: usize| match i % 97 {
        0 => f64::NAN,
        k => (i % 1009) as f64 * 0.37 + k as f64,
    };
    let values: Vec<f64> = (0..width * height).map(value).collect();
    write(&input, -64, (width, height), &[], &doubles(&values));
    let outputs = |threads: usize| -> Vec<Vec<u8>> {
        let run = Run::new(threads);
        let output = dir.path().join(format!("out{threads}.fits"));
        let mut made = Vec::new();
        for factor in [2.0, 3.7, 0.9, 450.0] {
            shrink(&shrunken(&input, &output, factor), &run).unwrap();
            made.push(std::fs::read(&output).unwrap());
        }
        for (mode, numbers) in [
            (Mode::Hdu, [0.0; 4]),
            (Mode::Shrink, [0.0; 4]),
            (Mode::Pixels, [7.0, 3.0, 1400.0, 880.0]),
        ] {
            subimage(&cut(&input, &output, mode, numbers), &run).unwrap();
            made.push(std::fs::read(&output).unwrap());
        }
        made
    };
    let one = outputs(1);
    assert!(outputs(2) == one && outputs(7) == one);

    // Every mean, by plain arithmetic.
    let output = dir.path().join("out.fits");
    let factor = 3.7;
    shrink(&shrunken(&input, &output, factor), &Run::new(2)).unwrap();
    let (new_width, means) = pixels(&output);
    for (i, &mean) in means.iter().enumerate().step_by(11) {
        let (k, l) = (i % new_width, i / new_width);
        let part = |i: usize, k: usize| {
            let (from, to) = (k as f64 * factor, (k + 1) as f64 * factor);
            ((i as f64 + 1.0).min(to) - (i as f64).max(from)).max(0.0)
        };
        let (mut flux, mut area) = (0.0, 0.0);
        for y in (l as f64 * factor) as usize..height.min(((l + 1) as f64 * factor) as usize + 1) {
            for x in (k as f64 * factor) as usize..width.min(((k + 1) as f64 * factor) as usize + 1)
            {
                let weight = part(x, k) * part(y, l);
                if !values[y * width + x].is_nan() {
                    flux += weight * values[y * width + x];
                    area += weight;
                }
            }
        }
        assert!((mean - flux / area).abs() < 1e-9, "pixel {k}, {l}");
    }
}

#[test]
fn montage_7_knows_another_step_and_another_mode() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in.fits");
    let values: Vec<f64> = (0..120).map(|i| f64::from(i * i % 31)).collect();
    write(&input, -64, (12, 10), &[], &doubles(&values));
    let theirs = |name: &str| dir.path().join(format!("theirs_{name}.fits"));
    let script = format!(
        "import sys\ntry:\n    from MontagePy.main import mShrink, mSubimage\n\
         except ImportError:\n    sys.exit(77)\n\
         mShrink({input:?}, {:?}, 2.0, cdelt=0.0020001)\n\
         mSubimage({input:?}, {:?}, -3.0, -2.0, 4.0, 2.0, mode=4)\n",
        theirs("shrink"),
        theirs("cut")
    );
    let python = Command::new("python3").args(["-c", &script]).output();
    match python {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() != Some(77) => panic!("{output:?}"),
        _ => return skipped("MontagePy is not installed"),
    }
    let ours = dir.path().join("ours.fits");
    let params = ShrinkParams {
        cdelt: 0.0020001,
        ..shrunken(&input, &ours, 2.0)
    };
    shrink(&params, &Run::new(1)).unwrap();
    let (their_cards, their_data) = parts(&theirs("shrink"));
    let (our_cards, our_data) = parts(&ours);
    assert_eq!(our_cards, their_cards);
    let rows = 4 * 6 * 8;
    assert!(our_data[..rows] == their_data[..rows]);
    let params = cut(&input, &ours, Mode::FromReference, [-3.0, -2.0, 4.0, 2.0]);
    subimage(&params, &Run::new(1)).unwrap();
    assert_eq!(parts(&ours), parts(&theirs("cut")));
}
