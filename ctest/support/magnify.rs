//! The field with larger images, for tests that need more memory than the field itself takes.

use std::path::Path;

use super::field;
use super::programs::files;

const CARD: usize = 80;
const BLOCK: usize = 2880;

/// Writes the field into `dir` with `times` as many pixels along both axes of every image, on the
/// same sky.
pub fn write(dir: &Path, times: usize) {
    field::write(dir);
    folder(dir, times);
}

/// Enlarges every image, template and table of images below `dir`.
fn folder(dir: &Path, times: usize) {
    for (name, bytes) in files(dir) {
        let larger = match name.extension().and_then(|e| e.to_str()) {
            Some("fits") => fits(&bytes, times),
            Some("hdr") => template(&bytes, times),
            _ if name == Path::new("images.tbl") => images_table(times),
            _ => continue,
        };
        std::fs::write(dir.join(name), larger).expect("file of the field");
    }
}

/// The value of a keyword of the two celestial axes on the finer grid.
fn finer(key: &str, value: &str, times: usize) -> Option<String> {
    let number = || value.parse::<f64>().expect("a number");
    let times_f = times as f64;
    Some(match key {
        "NAXIS1" | "NAXIS2" => (value.parse::<usize>().expect("a size") * times).to_string(),
        "CRPIX1" | "CRPIX2" => format!("{:.3}", (number() - 0.5) * times_f + 0.5),
        "CDELT1" | "CDELT2" | "CD1_1" | "CD1_2" | "CD2_1" | "CD2_2" => {
            format!("{:.12}", number() / times_f)
        }
        _ => return None,
    })
}

fn template(bytes: &[u8], times: usize) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("text");
    let mut out = String::new();
    for line in text.lines() {
        let larger = line.split_once('=').and_then(|(key, value)| {
            let value = finer(key.trim(), value.trim(), times)?;
            Some(format!("{key}= {value}"))
        });
        out += larger.as_deref().unwrap_or(line);
        out.push('\n');
    }
    out.into_bytes()
}

fn images_table(times: usize) -> Vec<u8> {
    let mut rows = field::image_rows();
    for row in &mut rows {
        for (value, column) in row.iter_mut().zip(field::IMAGE_COLUMNS) {
            if let Some(larger) = finer(&column.0.to_uppercase(), value, times) {
                *value = larger;
            }
        }
    }
    field::table(field::IMAGE_COLUMNS, &rows).into_bytes()
}

/// Every HDU with each pixel repeated along both axes.
fn fits(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let mut sizes = Vec::new();
        let mut bitpix = 0;
        loop {
            let card = std::str::from_utf8(&bytes[at..at + CARD]).expect("a card");
            at += CARD;
            let key = card[..8].trim();
            let value = card[10..].split('/').next().unwrap_or_default().trim();
            match key {
                "BITPIX" => bitpix = value.parse::<i32>().expect("BITPIX"),
                "NAXIS1" | "NAXIS2" | "NAXIS3" => sizes.push(value.parse().expect("a size")),
                _ => {}
            }
            match finer(key, value, times) {
                Some(value) => out.extend(field::card(key, &value).into_bytes()),
                None => out.extend(card.as_bytes()),
            }
            if key == "END" {
                break;
            }
        }
        out.resize(out.len().next_multiple_of(BLOCK), b' ');
        at = at.next_multiple_of(BLOCK);
        if sizes.is_empty() {
            continue;
        }
        let each = bitpix.unsigned_abs() as usize / 8;
        let all = sizes.iter().product::<usize>() * each;
        let row_bytes = sizes[0] * each;
        for row in bytes[at..at + all].chunks_exact(row_bytes) {
            let wide: Vec<u8> = (row.chunks_exact(each))
                .flat_map(|pixel| pixel.repeat(times))
                .collect();
            out.extend(wide.repeat(times));
        }
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        at = (at + all).next_multiple_of(BLOCK);
    }
    out
}
