//! Bandpass images against MPDAF's and imphot's own of a piece of a MUSE cube, and of small cubes
//! whose images can be reckoned by hand.

use std::io::Read;
use std::path::{Path, PathBuf};

use fits::card::Card;
use fits::{Header, ImageWriter, Stored};
use imphot::error::Result;
use imphot::filter_curve::FilterCurve;
use imphot::kernel::bandpass::Interpolation;
use imphot::muse::MuseImage;
use imphot::task::bandpass::{bandpass_image, BandpassOutcome, BandpassParams};
use mosaic::run::Run;
use testing::shared_data;

const LINEAR: Interpolation = Interpolation::Linear;
const CUBIC: Interpolation = Interpolation::Cubic;

fn run(
    cube: &Path,
    curve: &FilterCurve,
    wave_unit: &str,
    interpolation: Interpolation,
    output: &Path,
) -> Result<BandpassOutcome> {
    let params = BandpassParams {
        cube,
        curve,
        wave_unit,
        interpolation,
        output,
    };
    bandpass_image(&params, &Run::new(2))
}

/// The bytes of a gzip'd file.
pub fn unzipped(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// The filter `name` of MPDAF's list: a table of two columns of doubles.
fn filter(list: &[u8], name: &str) -> FilterCurve {
    let card = |key: &str| format!("{key:<8}= ").into_bytes();
    let find = |from: usize, what: &[u8]| {
        let at = list[from..].windows(what.len()).position(|w| w == what);
        from + at.unwrap_or_else(|| panic!("{name} is not in the list"))
    };
    let named = [card("EXTNAME"), format!("'{name}").into_bytes()].concat();
    let at = find(0, &named);
    let start = list[..at]
        .windows(8)
        .rposition(|w| w == b"XTENSION")
        .unwrap();
    let rows = find(start, &card("NAXIS2"));
    let rows = String::from_utf8_lossy(&list[rows + 10..rows + 30]);
    let data = (find(start, b"END     ") + 80).next_multiple_of(2880);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for row in list[data..].chunks(16).take(rows.trim().parse().unwrap()) {
        let number = |bytes: &[u8]| f64::from_be_bytes(bytes.try_into().unwrap());
        x.push(number(&row[..8]));
        y.push(number(&row[8..]));
    }
    FilterCurve::new(&x, &y).unwrap()
}

/// Sums of an image's values: plain, times pixel number modulo 7, of their sizes, of the variances,
/// and of these times pixel number modulo 5.
fn facts(image: &MuseImage) -> [f64; 5] {
    let variance = image.variance.as_ref().unwrap();
    let weighted = |of: &[f64], n: usize| -> f64 {
        of.iter().enumerate().map(|(i, v)| v * (i % n) as f64).sum()
    };
    [
        image.data.iter().sum(),
        weighted(&image.data, 7),
        image.data.iter().map(|v| v.abs()).sum(),
        variance.iter().sum(),
        weighted(variance, 5),
    ]
}

/// What imphot (on MPDAF 3.6, scipy 1.17) made of `subcub_mosaic.fits`: [`facts`].
const OF_IMPHOT: [(&str, &str, Interpolation, [f64; 5]); 13] = [
    (
        "narrow",
        "angstrom",
        LINEAR,
        [
            1.7577311927e+02,
            5.2273248289e+02,
            2.1052335337e+02,
            2.3968349835e+01,
            4.6989724911e+01,
        ],
    ),
    (
        "narrow",
        "angstrom",
        CUBIC,
        [
            1.7452834463e+02,
            5.1927976953e+02,
            2.1183280224e+02,
            2.5064035174e+01,
            4.9132522638e+01,
        ],
    ),
    (
        "ACS_F606W",
        "angstrom",
        LINEAR,
        [
            1.6799496942e+02,
            5.0567454614e+02,
            1.7020893599e+02,
            2.9452170498e+00,
            5.7761626115e+00,
        ],
    ),
    (
        "ACS_F606W",
        "angstrom",
        CUBIC,
        [
            1.6799475820e+02,
            5.0567400313e+02,
            1.7020870532e+02,
            2.9452229794e+00,
            5.7761744524e+00,
        ],
    ),
    (
        "Johnson_B",
        "angstrom",
        LINEAR,
        [
            1.7927554399e+02,
            5.3728734304e+02,
            1.8411318090e+02,
            4.8388864527e+00,
            9.5086449592e+00,
        ],
    ),
    (
        "Johnson_B",
        "angstrom",
        CUBIC,
        [
            1.7929495381e+02,
            5.3734053638e+02,
            1.8413678785e+02,
            4.8422281258e+00,
            9.5152164940e+00,
        ],
    ),
    (
        "WFC3_F502N",
        "angstrom",
        LINEAR,
        [
            1.8704651927e+02,
            5.4926502518e+02,
            2.1525987912e+02,
            2.4559987040e+01,
            4.8079538054e+01,
        ],
    ),
    (
        "WFC3_F502N",
        "angstrom",
        CUBIC,
        [
            1.8705609722e+02,
            5.4925788022e+02,
            2.1536522348e+02,
            2.4620385667e+01,
            4.8197708770e+01,
        ],
    ),
    (
        "narrow",
        "nm",
        LINEAR,
        [
            1.7577311927e+02,
            5.2273248289e+02,
            2.1052335337e+02,
            2.3968349835e+01,
            4.6989724911e+01,
        ],
    ),
    (
        "narrow",
        "um",
        CUBIC,
        [
            1.7452834463e+02,
            5.1927976953e+02,
            2.1183280224e+02,
            2.5064035174e+01,
            4.9132522638e+01,
        ],
    ),
    (
        "narrow",
        "micron",
        CUBIC,
        [
            1.7452834463e+02,
            5.1927976953e+02,
            2.1183280224e+02,
            2.5064035174e+01,
            4.9132522638e+01,
        ],
    ),
    (
        "narrow",
        "m",
        LINEAR,
        [
            1.7577311927e+02,
            5.2273248289e+02,
            2.1052335337e+02,
            2.3968349835e+01,
            4.6989724911e+01,
        ],
    ),
    (
        "planes",
        "pixel",
        LINEAR,
        [
            2.0887976866e+02,
            6.3165602787e+02,
            2.5570161803e+02,
            3.3210258060e+01,
            6.5338038413e+01,
        ],
    ),
];

#[test]
fn images_of_a_muse_cube_are_those_of_imphot() {
    let Some(data) = shared_data("muse_udf") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let list = unzipped(&data.join("mpdaf_filter_list.fits.gz"));
    let cube = dir.path().join("cube.fits");
    std::fs::write(&cube, unzipped(&data.join("subcub_mosaic.fits.gz"))).unwrap();
    let output = dir.path().join("image.fits");
    for (name, unit, interpolation, expected) in OF_IMPHOT {
        let curve = match name {
            "narrow" => {
                let scale = match unit {
                    "nm" => 0.1,
                    "um" | "micron" => 1e-4,
                    "m" => 1e-10,
                    _ => 1.0,
                };
                let x = [4900.3, 4910.1, 4925.7, 4960.0, 4990.6, 5003.9].map(|x| x * scale);
                FilterCurve::new(&x, &[0.0, 0.4, 1.0, 0.9, 0.2, 0.05]).unwrap()
            }
            "planes" => FilterCurve::new(&[10.2, 30.0, 55.5, 80.0], &[0.1, 1.0, 0.7, 0.2]).unwrap(),
            _ => filter(&list, name),
        };
        let outcome = run(&cube, &curve, unit, interpolation, &output).unwrap();
        let image = MuseImage::read(&output, "Image").unwrap();
        assert_eq!((image.width, image.height, outcome.masked), (30, 30, 0));
        for (found, expected) in facts(&image).iter().zip(expected) {
            let off = (found / expected - 1.0).abs();
            assert!(
                off < 1e-7,
                "{name} {unit} {interpolation:?}: {found} {expected} ({off:e})"
            );
        }
        // What imphot prints.
        let warning = match name {
            "ACS_F606W" => "78% of the integrated filter curve is beyond the edges of the cube.",
            "Johnson_B" => "77% of the integrated filter curve is beyond the edges of the cube.",
            _ => "",
        };
        assert_eq!(outcome.warning, warning);
        assert_eq!(
            image.unit.as_deref(),
            Some("10**-20 Angstrom-1 cm-2 erg s-1")
        );
    }
    // From the packed file, and with other numbers of threads: the same bits.
    let curve = filter(&list, "ACS_F606W");
    let of = |cube: &Path, threads: usize| {
        let params = BandpassParams {
            cube,
            curve: &curve,
            wave_unit: "angstrom",
            interpolation: LINEAR,
            output: &output,
        };
        bandpass_image(&params, &Run::new(threads)).unwrap();
        let image = MuseImage::read(&output, "Image").unwrap();
        let numbers = image.data.into_iter().chain(image.variance.unwrap());
        numbers.map(f64::to_bits).collect::<Vec<u64>>()
    };
    let once = of(&cube, 1);
    assert_eq!(of(&cube, 2), once);
    assert_eq!(of(&cube, 7), once);
    assert_eq!(of(&data.join("subcub_mosaic.fits.gz"), 3), once);
}

/// A cube of 2 x 1 pixels and `planes.len()` planes at 5000, 5010, ... angstrom.
struct Small {
    planes: Vec<[f64; 2]>,
    variances: Option<Vec<[f64; 2]>>,
    quality: Option<Vec<[f64; 2]>>,
    change: fn(&mut Header),
}

impl Small {
    fn write(&self, path: &Path) {
        let mut primary = Header::primary(8, &[]);
        primary.set_text("OBJECT", "small");
        let mut writer = ImageWriter::create(path, &primary).unwrap();
        let mut part = |name: &str, bitpix: i64, stored: Stored, planes: &[[f64; 2]]| {
            let mut header = Header::default();
            header.push(Card::with_string("XTENSION", "IMAGE", ""));
            for (key, value) in [
                ("BITPIX", bitpix),
                ("NAXIS", 3),
                ("NAXIS1", 2),
                ("NAXIS2", 1),
                ("NAXIS3", planes.len() as i64),
                ("PCOUNT", 0),
                ("GCOUNT", 1),
            ] {
                header.push(Card::with_token(key, &value.to_string(), ""));
            }
            header.push(Card::with_string("EXTNAME", name, ""));
            header.push(Card::with_string("CTYPE1", "RA---TAN", ""));
            header.push(Card::with_string("CTYPE2", "DEC--TAN", ""));
            header.push(Card::with_string("CTYPE3", "AWAV", ""));
            header.push(Card::with_string("CUNIT3", "Angstrom", ""));
            for (key, value) in [
                ("CRPIX3", 2.0),
                ("CRVAL3", 5010.0),
                ("CD3_3", 10.0),
                ("CD1_1", -1e-4),
                ("CD1_2", 0.0),
                ("CD2_1", 0.0),
                ("CD2_2", 1e-4),
            ] {
                header.set_real(key, value);
            }
            (self.change)(&mut header);
            writer.extension(&header, stored).unwrap();
            writer.write(&planes.concat()).unwrap();
        };
        part("DATA", -32, Stored::FLOATS, &self.planes);
        if let Some(variances) = &self.variances {
            part("STAT", -32, Stored::FLOATS, variances);
        }
        if let Some(quality) = &self.quality {
            part("DQ", 8, Stored::BYTES, quality);
        }
        writer.finish().unwrap().commit().unwrap();
    }
}

fn small() -> Small {
    Small {
        planes: vec![[1.0, 10.0], [2.0, f64::NAN], [4.0, 30.0], [8.0, 40.0]],
        variances: Some(vec![[1.0, 1.0], [1.0, 1.0], [4.0, 1.0], [1.0, f64::NAN]]),
        quality: None,
        change: |_| {},
    }
}

/// 1 from 5005 to 5035: planes 1, 2 and 3.
fn flat() -> FilterCurve {
    FilterCurve::new(&[5005.0, 5034.999999], &[1.0, 1.0]).unwrap()
}

fn places() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (cube, image) = (dir.path().join("cube.fits"), dir.path().join("image.fits"));
    (dir, cube, image)
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
    }
}

#[test]
fn masked_pixels_and_variances_are_weighed() {
    let (_dir, cube, output) = places();
    small().write(&cube);
    let outcome = run(&cube, &flat(), "angstrom", LINEAR, &output).unwrap();
    assert_eq!((outcome.first, outcome.planes, outcome.masked), (1, 3, 0));
    assert_eq!((outcome.lost, outcome.warning.as_str()), (0.0, ""));
    let image = MuseImage::read(&output, "Image").unwrap();
    close(&image.data, &[14.0 / 3.0, 30.0]);
    close(&image.variance.unwrap(), &[6.0 / 9.0, 1.0]);

    let mut masked = small();
    masked.quality = Some(vec![[0.0, 0.0], [0.0, 0.0], [1.0, 4.0], [0.0, 0.0]]);
    masked.write(&cube);
    let outcome = run(&cube, &flat(), "Angstrom", LINEAR, &output).unwrap();
    assert_eq!(outcome.masked, 1);
    let image = MuseImage::read(&output, "Image").unwrap();
    close(&image.data, &[5.0, 0.0]);
    assert_eq!(image.mask, [false, true]);

    let mut plain = small();
    plain.variances = None;
    plain.write(&cube);
    run(&cube, &flat(), "Angstrom", LINEAR, &output).unwrap();
    let image = MuseImage::read(&output, "Image").unwrap();
    close(&image.data, &[14.0 / 3.0, 35.0]);
    assert_eq!(image.variance, None);

    // A curve that falls below zero weighs as it is.
    let curve = FilterCurve::new(&[4995.0, 5005.0, 5005.0, 5015.0], &[-1.0, -1.0, 3.0, 3.0]);
    run(&cube, &curve.unwrap(), "Angstrom", LINEAR, &output).unwrap();
    let image = MuseImage::read(&output, "Image").unwrap();
    close(&image.data[..1], &[(3.0 * 2.0 - 1.0) / 2.0]);
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let (_dir, cube, output) = places();
    let complaint = |small: &Small, curve: &FilterCurve, unit: &str, interpolation| {
        small.write(&cube);
        let message = run(&cube, curve, unit, interpolation, &output)
            .unwrap_err()
            .to_string();
        assert!(!output.exists());
        message
    };
    let curve = |x: &[f64], y: &[f64]| FilterCurve::new(x, y).unwrap();
    for (curve, unit, interpolation, what) in [
        (
            flat(),
            "Hz",
            LINEAR,
            "Argument wave_units: \"Hz\": Hz does not convert to Angstrom",
        ),
        (
            flat(),
            "furlong",
            LINEAR,
            "Argument wave_units: \"furlong\"",
        ),
        (flat(), "", LINEAR, "Argument wave_units"),
        (
            flat(),
            "nm",
            LINEAR,
            "does not overlap the cube, of wavelengths from 5000 to 5030",
        ),
        (flat(), "pixel", LINEAR, "does not overlap"),
        (
            flat(),
            "angstrom",
            CUBIC,
            "Argument interpolation: a cubic curve needs at least four",
        ),
        (
            curve(&[5000.0, 5020.0], &[0.0, 0.0]),
            "angstrom",
            LINEAR,
            "not a positive number",
        ),
        (
            curve(&[5000.0, 5020.0], &[1.0, -3.0]),
            "angstrom",
            LINEAR,
            "not a positive number",
        ),
        (
            curve(&[5000.0, 5020.0], &[1e308, 1e308]),
            "angstrom",
            LINEAR,
            "not a positive number",
        ),
        (
            curve(&[1e308, 1.1e308], &[1.0, 1.0]),
            "m",
            LINEAR,
            "does not overlap",
        ),
    ] {
        let message = complaint(&small(), &curve, unit, interpolation);
        assert!(message.contains(what), "{what}: {message}");
    }
    for (change, what) in [
        (
            (|h| h.set_integer("NAXIS", 2)) as fn(&mut Header),
            "is no cube: DATA has 2 axes, not 3",
        ),
        (|h| h.remove("CUNIT3"), "has no CUNIT3"),
        (|h| h.remove("CRVAL3"), "has no CRVAL3"),
        (|h| h.remove("CD3_3"), "has neither CD3_3 nor CDELT3"),
        (|h| h.set_real("CD3_3", -1.0), "do not ascend"),
        (|h| h.set_real("CD3_3", 0.0), "do not ascend"),
        (|h| h.set_text("CD3_3", "x"), "CD3_3 is no number"),
        (
            |h| h.set_text("CTYPE3", "AWAV-LOG"),
            "are not linear: CTYPE3 is AWAV-LOG",
        ),
        (|h| h.set_real("CD3_1", 1.0), "differ from pixel to pixel"),
        (
            |h| h.set_integer("NAXIS3", 4_000_000),
            "shorter than its header says",
        ),
        (|h| h.set_text("CUNIT3", "Hz"), "does not convert to Hz"),
        (|h| h.set_text("CUNIT3", "?"), "CUNIT3 ?"),
    ] {
        let small = Small {
            variances: None,
            change,
            ..small()
        };
        let message = complaint(&small, &flat(), "angstrom", LINEAR);
        assert!(message.contains(what), "{what}: {message}");
        assert!(
            message.contains("cube.fits") || message.contains("wave_units"),
            "{message}"
        );
    }
    let mut short = small();
    short.variances = Some(vec![[1.0, 1.0]; 3]);
    assert!(
        complaint(&short, &flat(), "angstrom", LINEAR).contains("STAT is not of the size of DATA")
    );
    let lost = run(
        Path::new("/no/cube.fits"),
        &flat(),
        "angstrom",
        LINEAR,
        &output,
    );
    assert!(lost.unwrap_err().to_string().contains("/no/cube.fits"));
}

#[test]
fn progress_can_stop_it() {
    let (_dir, cube, output) = places();
    small().write(&cube);
    let curve = flat();
    let params = BandpassParams {
        cube: &cube,
        curve: &curve,
        wave_unit: "angstrom",
        interpolation: LINEAR,
        output: &output,
    };
    let stop = |_, _| true;
    assert!(bandpass_image(&params, &Run::with_progress(2, &stop)).is_err());
    assert!(!output.exists());
}
