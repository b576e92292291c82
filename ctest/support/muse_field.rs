//! A pair of MUSE and HST images, a cube and what goes with them, for the functions of imphot.h:
//! written byte by byte, like the rest of the field.

use std::path::Path;

use super::{header, pixels};

/// Width and height of the images on the MUSE grid.
pub const SIZE: (usize, usize) = (48, 44);
/// Width, height and planes of the cube.
pub const CUBE: (usize, usize, usize) = (10, 9, 16);
/// Regions of the file that mask: the polygon does not.
pub const REGIONS: usize = 3;

/// Width of a MUSE pixel (arcseconds).
const STEP: f64 = 0.2;
/// How far the MUSE images are from the HST image (arcseconds), and in flux.
const OFFSET: (f64, f64) = (0.06, -0.04);
const SCALE: f64 = 15.0;
const BACKGROUND: f64 = 0.3;

/// Sources: x and y on the MUSE grid (pixels from 0), flux (electrons per second).
const SOURCES: [(f64, f64, f64); 6] = [
    (23.4, 21.2, 9.0),
    (11.3, 9.7, 4.0),
    (36.2, 12.4, 3.0),
    (9.1, 33.8, 2.5),
    (38.6, 33.1, 5.0),
    (24.9, 36.4, 1.5),
];

type Cards = Vec<(&'static str, String)>;

/// The header of one HDU: what it is, its axes, then `more`.
fn hdu(first: (&'static str, &str), bitpix: i32, axes: &[usize], more: Cards) -> Vec<u8> {
    const AXES: [&str; 3] = ["NAXIS1", "NAXIS2", "NAXIS3"];
    let mut cards: Cards = vec![
        (first.0, first.1.to_owned()),
        ("BITPIX", bitpix.to_string()),
        ("NAXIS", axes.len().to_string()),
    ];
    for (key, size) in AXES.into_iter().zip(axes) {
        cards.push((key, size.to_string()));
    }
    cards.extend(more);
    let cards: Vec<(&str, &str)> = cards.iter().map(|(k, v)| (*k, v.as_str())).collect();
    header(&cards)
}

fn primary(more: Cards) -> Vec<u8> {
    hdu(("SIMPLE", "T"), 8, &[], more)
}

/// Celestial cards of a grid of `step` arcseconds whose pixel `reference` (from 1) is at the
/// field's centre.
fn sky(step: f64, reference: (f64, f64)) -> Cards {
    let degrees = step / 3600.0;
    vec![
        ("CTYPE1", "'RA---TAN'".into()),
        ("CTYPE2", "'DEC--TAN'".into()),
        ("CUNIT1", "'deg     '".into()),
        ("CUNIT2", "'deg     '".into()),
        ("CRVAL1", "53.16".into()),
        ("CRVAL2", "-27.78".into()),
        ("CRPIX1", format!("{:.3}", reference.0)),
        ("CRPIX2", format!("{:.3}", reference.1)),
        ("CD1_1", format!("{:.12}", -degrees)),
        ("CD1_2", "0.0".into()),
        ("CD2_1", "0.0".into()),
        ("CD2_2", format!("{degrees:.12}")),
    ]
}

fn extension(name: &str, bitpix: i32, axes: &[usize], more: Cards, data: Vec<u8>) -> Vec<u8> {
    let mut cards: Cards = vec![("PCOUNT", "0".into()), ("GCOUNT", "1".into())];
    cards.push(("EXTNAME", format!("'{name:<8}'")));
    cards.extend(more);
    let mut out = hdu(("XTENSION", "'IMAGE   '"), bitpix, axes, cards);
    out.extend(data);
    out
}

fn bytes(values: &[u8]) -> Vec<u8> {
    let mut out = values.to_vec();
    out.resize(out.len().next_multiple_of(2880), 0);
    out
}

/// A sum of Gaussian sources of `sigma` arcseconds on a grid of `step` arcseconds, moved by `offset`
/// arcseconds, with noise that `seed` picks.
fn image(
    size: (usize, usize),
    step: f64,
    (sigma, offset, noise): (f64, (f64, f64), f64),
    seed: usize,
) -> Vec<f64> {
    let mut out = Vec::with_capacity(size.0 * size.1);
    for y in 0..size.1 {
        for x in 0..size.0 {
            // In pixels of the MUSE grid, whose first centre is where the fine grid's quarter is.
            let at = |i: usize| ((i as f64 + 0.5) * step / STEP) - 0.5;
            let value: f64 = (SOURCES.iter())
                .map(|(sx, sy, flux)| {
                    let dx = (at(x) - sx) * STEP - offset.0;
                    let dy = (at(y) - sy) * STEP - offset.1;
                    let peak = flux * step * step / (std::f64::consts::TAU * sigma * sigma);
                    peak * (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp()
                })
                .sum();
            let own = ((x * 7919 + y * 104_729 + seed * 31_337) % 1009) as f64 / 1009.0 - 0.5;
            out.push(value + noise * own);
        }
    }
    out
}

/// The HST image on the MUSE grid: DATA and DQ.
pub fn hst() -> Vec<u8> {
    let data = image(SIZE, STEP, (0.2, (0.0, 0.0), 0.001), 1);
    with_parts(&data, &[0; SIZE.0 * SIZE.1], None)
}

/// MUSE image `number`: DATA, STAT and DQ, with one corner masked.
pub fn muse(number: usize) -> Vec<u8> {
    let mut data = image(SIZE, STEP, (0.38, OFFSET, 0.002), 5 + number);
    let mut mask = vec![0; data.len()];
    for (i, (value, masked)) in data.iter_mut().zip(&mut mask).enumerate() {
        *value = SCALE * *value + BACKGROUND;
        let in_corner = i % SIZE.0 < 4 && i / SIZE.0 < 3;
        *masked = u8::from(in_corner);
    }
    with_parts(&data, &mask, Some(&vec![0.0025; data.len()]))
}

/// An image on the MUSE grid, of any pixels.
pub fn with_parts(data: &[f64], mask: &[u8], variance: Option<&[f64]>) -> Vec<u8> {
    let axes = [SIZE.0, SIZE.1];
    let centre = (24.5, 22.5);
    let unit = |power: &str| {
        let mut cards = sky(STEP, centre);
        cards.push(("BUNIT", format!("'10**{power}*erg/s/cm**2/Angstrom'")));
        cards
    };
    let mut out = primary(vec![("FILTER", "'F606W   '".into())]);
    out.extend(extension("DATA", -64, &axes, unit("(-20)"), pixels(data)));
    if let Some(variance) = variance {
        let cards = sky(STEP, centre);
        out.extend(extension("STAT", -64, &axes, cards, pixels(variance)));
    }
    out.extend(extension("DQ", 8, &axes, sky(STEP, centre), bytes(mask)));
    out
}

/// The HST image as the telescope's archive has it: pixels a quarter as wide, in electrons a second.
pub fn wide_hst() -> Vec<u8> {
    let size = (4 * SIZE.0, 4 * SIZE.1);
    let data = image(size, STEP / 4.0, (0.1, (0.0, 0.0), 0.0), 1);
    let reference = (4.0 * 24.0 + 0.5, 4.0 * 22.0 + 0.5);
    let mut out = primary(vec![("FILTER", "'F606W   '".into())]);
    let cards = sky(STEP / 4.0, reference);
    out.extend(extension(
        "DATA",
        -64,
        &[size.0, size.1],
        cards,
        pixels(&data),
    ));
    out
}

/// A small cube from 6000 to 6018.75 Angstrom, DATA and STAT, with one blank pixel.
pub fn cube() -> Vec<u8> {
    let (width, height, planes) = CUBE;
    let count = width * height * planes;
    let mut data: Vec<f64> = (0..count).map(|i| 1.0 + ((i * 37) % 101) as f64).collect();
    data[count / 2] = f64::NAN;
    let axes = [width, height, planes];
    let cards = |unit: bool| {
        let mut cards = sky(STEP, (5.5, 5.0));
        cards.extend([
            ("CTYPE3", "'AWAV    '".into()),
            ("CUNIT3", "'Angstrom'".into()),
            ("CRVAL3", "6000.0".into()),
            ("CRPIX3", "1.0".into()),
            ("CD3_3", "1.25".into()),
        ]);
        if unit {
            cards.push(("BUNIT", "'10**(-20)*erg/s/cm**2/Angstrom'".into()));
        }
        cards
    };
    let mut out = primary(Vec::new());
    out.extend(extension("DATA", -64, &axes, cards(true), pixels(&data)));
    let variance = vec![0.5; count];
    out.extend(extension(
        "STAT",
        -64,
        &axes,
        cards(false),
        pixels(&variance),
    ));
    out
}

/// Wavelengths (Angstrom) and sensitivities inside the cube.
pub const CURVE: &str = "# a filter\n6002.0 0.0\n6006.0 0.8\n6010.0 1.0\n6014.0 0.1\n";

/// A ds9 region file in sky coordinates and pixels.
pub const REGION_FILE: &str = "# Region file format: DS9\nglobal color=green\nfk5\n\
    -circle(3:32:38.4,-27:46:48,1.5\")\nellipse(53.16,-27.78,4\",3\",30) # text={a}\n\
    polygon(1,2,3,4,5,6)\nphysical;-box(10,12,5,4,20)\n";

/// Writes muse/: the images, the cube, the curve, the regions and an extra mask.
pub fn write(dir: &Path) {
    let dir = dir.join("muse");
    std::fs::create_dir_all(&dir).expect("folder of the field");
    let mut mask = vec![0.0; SIZE.0 * SIZE.1];
    mask[..5].fill(1.0);
    for (name, bytes) in [
        ("hst.fits", hst()),
        ("muse_0.fits", muse(0)),
        ("muse_1.fits", muse(1)),
        ("wide_hst.fits", wide_hst()),
        ("cube.fits", cube()),
        ("curve.txt", CURVE.into()),
        ("regions.reg", REGION_FILE.into()),
        ("mask.fits", with_parts(&mask, &[0; SIZE.0 * SIZE.1], None)),
    ] {
        std::fs::write(dir.join(name), bytes).expect("file of the field");
    }
}
