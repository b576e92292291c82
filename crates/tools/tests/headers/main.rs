//! Files whose headers are spelled in odd ways, or whose distortions are in further HDUs: what
//! the programs make of them.

mod lookup;
mod spellings;
mod warnings;

use std::path::Path;

use fits::card::Card;
use fits::Header;

/// The bytes of an HDU of single-precision pixels; `lines` follow the cards that say so.
fn hdu(first: &str, size: [usize; 2], lines: &[String], pixels: &[f32]) -> Vec<u8> {
    let [width, height] = size;
    let mut cards: Vec<String> = vec![
        first.to_owned(),
        "BITPIX  = -32".to_owned(),
        "NAXIS   = 2".to_owned(),
        format!("NAXIS1  = {width}"),
        format!("NAXIS2  = {height}"),
    ];
    if first.starts_with("XTENSION") {
        cards.extend(["PCOUNT  = 0".to_owned(), "GCOUNT  = 1".to_owned()]);
    }
    cards.extend_from_slice(lines);
    let mut bytes = Header::new(cards.iter().map(|text| Card::from_text(text))).to_blocks();
    assert_eq!(pixels.len(), width * height);
    bytes.extend(pixels.iter().flat_map(|value| value.to_be_bytes()));
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    bytes
}

fn write(path: &Path, hdus: &[Vec<u8>]) {
    std::fs::write(path, hdus.concat()).unwrap();
}

/// Degrees between two directions.
fn separation(a: (f64, f64), b: (f64, f64)) -> f64 {
    let vector = |(lon, lat): (f64, f64)| {
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let chord: f64 = (0..3).map(|i| (a[i] - b[i]).powi(2)).sum();
    chord.sqrt().to_degrees()
}
