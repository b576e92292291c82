//! The images at the end of a fit, and their transforms, as FITS files.

use std::path::Path;

use super::outcome::FitImageOutcome;
use crate::error::Result;
use crate::task::field::{beside, Field};
use fits::atomic_file::AtomicFile;
use fits::card::Card;
use fits::{Header, ImageWriter};

/// Keywords that outputs take over from the image that they come from.
const KEPT: [&str; 9] = [
    "ORIGIN", "TELESCOP", "MJD-OBS", "DATE-OBS", "OBSERVER", "OBJECT", "DATE", "BUNIT", "FILTER",
];

/// Writes `<prefix>_image.fits`, `_hst_model`, `_residual`, and of their transforms the amplitudes
/// `_fft`, `_hst_model_fft` and `_residual_fft`, which appear when they are committed.
pub(super) fn save(
    muse: &Field,
    hst: &Field,
    outcome: &FitImageOutcome,
    prefix: &Path,
) -> Result<Vec<AtomicFile>> {
    let images = outcome.images()?;
    let pairs = images.muse_im.iter().zip(&images.hst_im);
    let residual = memory::collect(pairs.map(|(muse, hst)| muse - hst))?;
    let size = (images.ft_width, images.ft_height);
    let mut files: Vec<AtomicFile> = Vec::new();
    for (of, pixels, name) in [
        (muse, &images.muse_im, "image"),
        (hst, &images.hst_im, "hst_model"),
        (muse, &residual, "residual"),
    ] {
        let header = image_header(of, outcome);
        files.push(written(prefix, name, &header, pixels)?);
    }
    for (of, pixels, name) in [
        (muse, &images.muse_ft, "fft"),
        (hst, &images.hst_ft, "hst_model_fft"),
        (muse, &images.residual_ft, "residual_fft"),
    ] {
        let header = transform_header(of, size);
        files.push(written(prefix, name, &header, pixels)?);
    }
    Ok(files)
}

fn written(prefix: &Path, name: &str, header: &Header, pixels: &[f64]) -> Result<AtomicFile> {
    let path = beside(prefix, &format!("_{name}.fits"));
    let mut writer = ImageWriter::create(&path, header)?;
    writer.write(pixels)?;
    Ok(writer.finish()?)
}

/// Of the part of `of` that was fitted, with its coordinates.
fn image_header(of: &Field, outcome: &FitImageOutcome) -> Header {
    let crop = outcome.crop;
    let mut header = Header::primary(-64, &[crop.width as i64, crop.height as i64]);
    let cards = of.image.data_header.cards().iter();
    for card in cards.filter(|card| is_coordinate(card.key())) {
        header.push(*card);
    }
    let [x, y] = of.wcs.crpix();
    header.set_real("CRPIX1", x - crop.x as f64);
    header.set_real("CRPIX2", y - crop.y as f64);
    add_kept(&mut header, of);
    header
}

/// Of the transform of a part of `of`: cycles per degree about the pixel in the middle.
fn transform_header(of: &Field, (width, height): (usize, usize)) -> Header {
    let mut header = Header::primary(-64, &[width as i64, height as i64]);
    add_kept(&mut header, of);
    let unit = |step: f64, count: usize| 3600.0 / (step * count as f64);
    for (key, pixel) in [("CRPIX1", width / 2 + 1), ("CRPIX2", height / 2 + 1)] {
        header.set_integer(key, pixel as i64);
    }
    for (key, value, comment) in [
        ("CRVAL1", 0.0, "The x-axis spatial-frequency origin"),
        ("CRVAL2", 0.0, "The y-axis spatial-frequency origin"),
        ("CD1_1", unit(of.step.0, width), "cycles/degree"),
        ("CD1_2", 0.0, ""),
        ("CD2_1", 0.0, ""),
        ("CD2_2", unit(of.step.1, height), "cycles/degree"),
    ] {
        // The number that is set keeps the card's comment.
        header.push(Card::with_token(key, "0.", comment));
        header.set_real(key, value);
    }
    header
}

/// The keywords of both headers of an image that outputs keep; those of DATA count.
fn add_kept(header: &mut Header, of: &Field) {
    for source in [&of.image.primary, &of.image.data_header] {
        for card in source.cards() {
            if KEPT.iter().any(|key| key.as_bytes() == card.key()) {
                header.replace(*card);
            }
        }
    }
    if let Some(unit) = &of.image.unit {
        header.replace(Card::with_string("BUNIT", unit, "data unit type"));
    }
}

/// Whether a keyword says where pixels are on the sky (FITS Standard 4.0, section 8, and SIP).
fn is_coordinate(key: &[u8]) -> bool {
    let numbered: [&[u8]; 8] = [
        b"CTYPE", b"CUNIT", b"CRVAL", b"CRPIX", b"CDELT", b"CROTA", b"PV", b"PS",
    ];
    let matrix: [&[u8]; 6] = [b"CD", b"PC", b"A_", b"B_", b"AP_", b"BP_"];
    let whole: [&[u8]; 7] = [
        b"WCSAXES",
        b"LONPOLE",
        b"LATPOLE",
        b"RADESYS",
        b"RADECSYS",
        b"EQUINOX",
        b"MJDREF",
    ];
    let digit_after = |name: &&[u8]| {
        key.strip_prefix(*name)
            .and_then(|rest| rest.first())
            .is_some_and(u8::is_ascii_digit)
    };
    whole.contains(&key)
        || numbered.iter().any(digit_after)
        || matrix.iter().any(digit_after)
        || key.starts_with(b"WAT")
}
