//! Distorted images: pixel to sky and back against WCSLIB, to 1e-9 degree one way and 1e-8 the
//! other, which is solved by iteration.

mod wcslib_cases;

use std::path::Path;

use fits::{self, card::Card};
use mosaic::io::header_template::HeaderTemplate;
use sky::{Keywords, Wcs};
use testing::shared_data;
use wcslib_cases::{CASES, REAL};

use crate::separation;

fn agrees(name: &str, keywords: &dyn Keywords, points: &[[f64; 4]]) {
    let wcs = Wcs::new(keywords).unwrap_or_else(|e| panic!("{name}: {e}"));
    let [[a, b], [c, d]] = wcs.cd();
    let scale = (a * d - b * c).abs().sqrt();
    for &[x, y, lon, lat] in points {
        let sky = wcs.pixel_to_sky(x, y).unwrap();
        let off = separation(sky, (lon, lat));
        assert!(off <= 1e-9, "{name} at {x} {y}: {off:e} degree off");
        let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
        let off = (u - x).hypot(v - y) * scale;
        assert!(off <= 1e-8, "{name} back at {x} {y}: {off:e} degree off");
    }
}

#[test]
fn synthetic_headers_agree_with_wcslib() {
    assert!(CASES.len() > 10);
    for case in CASES {
        let text = case.header.replace(';', "\n");
        let header = HeaderTemplate::parse(text.as_bytes(), Path::new("case"));
        agrees(case.name, &header, case.points);
    }
}

/// The header of an HDU, or of a file that is nothing but cards.
fn header(path: &Path, wanted: usize) -> fits::Header {
    if path.extension().is_some_and(|e| e != "fits") {
        let bytes = std::fs::read(path).unwrap();
        let cards: Vec<&[u8]> = if bytes.contains(&b'\n') {
            bytes.split(|&b| b == b'\n').collect()
        } else {
            bytes.chunks(80).collect()
        };
        let text = |card: &&[u8]| Card::from_text(&String::from_utf8_lossy(card));
        return fits::Header::new(cards.iter().map(text));
    }
    let mut found = None;
    fits::for_each_hdu(path, "Image file", |hdu, _, header| {
        if hdu == wanted {
            found = Some(header.clone());
        }
        Ok::<_, fits::Error>(())
    })
    .unwrap();
    found.unwrap()
}

#[test]
fn real_images_agree_with_wcslib() {
    let Some(data) = shared_data("wcs") else {
        return;
    };
    for &(name, hdu, points) in REAL {
        let path = data.join("..").join(name);
        agrees(name, &header(&path, hdu), points);
    }
}

#[test]
fn a_fold_of_the_polynomial_is_no_place() {
    // x + 1e-2 x^2 turns back 50 pixels left of the reference point.
    let text = "NAXIS1=300\nNAXIS2=200\nCTYPE1='RA---TAN-SIP'\nCTYPE2='DEC--TAN-SIP'\nCRVAL1=10\n\
                CRVAL2=0\nCRPIX1=150\nCRPIX2=100\nCDELT1=-1e-3\nCDELT2=1e-3\n\
                A_ORDER=2\nB_ORDER=2\nA_2_0=1e-2";
    let wcs = Wcs::new(&HeaderTemplate::parse(text.as_bytes(), Path::new("case"))).unwrap();
    for x in [101.0, 149.0, 150.0, 300.0] {
        let (lon, lat) = wcs.pixel_to_sky(x, 90.0).unwrap();
        let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
        assert!((u - x).hypot(v - 90.0) < 1e-8, "{x}: {u} {v}");
    }
    // 30 pixels to the left, where the polynomial never comes.
    assert_eq!(wcs.sky_to_pixel(10.03, 0.0), None);
}

/// WCSLIB turns the plane over when a TPV header has the declination first, even when the
/// polynomial is the identity; here such a header is what it is with the axes exchanged.
#[test]
fn the_order_of_the_axes_does_not_matter() {
    let rest = "NAXIS1=300\nNAXIS2=200\nCRPIX1=150\nCRPIX2=100\n";
    let lon = |i: u8, j: u8| {
        format!(
            "CTYPE{i}='RA---TPV'\nCRVAL{i}=53\nCD{i}_1=-5e-4\nCD{i}_2=7e-5\nPV{i}_1=1.02\n\
             PV{i}_4=0.03\nPV{i}_8=0.1\nCTYPE{j}='DEC--TPV'\nCRVAL{j}=-28\nCD{j}_1=5e-5\n\
             CD{j}_2=4.8e-4\nPV{j}_1=0.98\nPV{j}_6=-0.04\n{rest}"
        )
    };
    let wcs = |text: String| {
        Wcs::new(&HeaderTemplate::parse(text.as_bytes(), Path::new("case"))).unwrap()
    };
    let (first, second) = (wcs(lon(1, 2)), wcs(lon(2, 1)));
    for (x, y) in [(1.0, 1.0), (150.0, 100.0), (290.5, 33.25)] {
        let (a, b) = (
            first.pixel_to_sky(x, y).unwrap(),
            second.pixel_to_sky(x, y).unwrap(),
        );
        assert!(separation(a, b) < 1e-12, "{x} {y}: {a:?} {b:?}");
        let (u, v) = second.sky_to_pixel(a.0, a.1).unwrap();
        assert!((u - x).hypot(v - y) < 1e-8, "{x} {y}: {u} {v}");
    }
}
