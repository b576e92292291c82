//! The headers of a plain FITS file, read straight from its blocks (FITS Standard 4.0, sections 3.1
//! and 4.4.1). CFITSIO goes over a header several times at every opening; images on HST's grids have
//! five thousand cards, which took longer than to fit them.
//!
//! Whatever is not plainly a file of that standard is left to CFITSIO, with its judgement of it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::card::Card;
use super::header::Header;
use super::plain_file;
use crate::sky::Keywords;

const BLOCK: usize = 2880;
const CARD: usize = 80;
/// Blocks read at once: 46 kB, of which a header of a few cards wastes little.
const BLOCKS_AT_ONCE: usize = 16;
/// A header of more blocks than this (32 MB) is something else.
const MOST_BLOCKS: u64 = 11_000;

/// One HDU.
pub struct PlainHdu {
    /// Whether it is an image (of any number of axes).
    pub is_image: bool,
    /// BITPIX.
    pub bitpix: i32,
    /// NAXIS1, NAXIS2, ...
    pub sizes: Vec<i64>,
    /// Its cards.
    pub header: Header,
    /// The byte at which its pixels begin.
    pub start: u64,
}

/// The HDUs of `path`; `None` where CFITSIO is to be asked.
pub fn hdus(path: &Path) -> Option<Vec<PlainHdu>> {
    let file = plain_file(path)?;
    let length = file.metadata().ok()?.len();
    let mut all = Vec::new();
    let mut at = 0;
    while at < length {
        let (header, start) = header_at(&file, at, length)?;
        let (hdu, bytes) = describe(header, start, all.is_empty())?;
        all.push(hdu);
        let end = start.checked_add(bytes)?;
        // The last one may lack its padding; more is missing than that, and CFITSIO is asked.
        if end > length {
            return None;
        }
        at = end.checked_next_multiple_of(BLOCK as u64)?;
    }
    Some(all)
}

/// The header that begins at byte `at`, and the byte after its last block.
fn header_at(file: &File, at: u64, length: u64) -> Option<(Header, u64)> {
    let mut cards = Vec::new();
    let mut buffer = vec![0; BLOCKS_AT_ONCE * BLOCK];
    let mut here = at;
    while here - at < MOST_BLOCKS * BLOCK as u64 {
        let blocks = ((length - here) / BLOCK as u64).min(BLOCKS_AT_ONCE as u64);
        if blocks == 0 {
            return None;
        }
        let bytes = &mut buffer[..blocks as usize * BLOCK];
        file.read_exact_at(bytes, here).ok()?;
        for (i, card) in bytes.as_chunks::<CARD>().0.iter().enumerate() {
            if card.starts_with(b"END") && card[3..].iter().all(|&b| b == b' ') {
                while cards.last().is_some_and(|card: &Card| is_blank(card)) {
                    cards.pop();
                }
                let ended = here + ((i + 1) * CARD) as u64;
                return Some((Header::new(cards), ended.next_multiple_of(BLOCK as u64)));
            }
            // A header is text.
            if !card.iter().all(|b| (b' '..=b'~').contains(b)) {
                return None;
            }
            cards.push(Card(*card));
        }
        here += blocks * BLOCK as u64;
    }
    None
}

fn is_blank(card: &Card) -> bool {
    card.0.iter().all(|&b| b == b' ')
}

/// An HDU of `header`, and how many bytes its data have.
fn describe(header: Header, start: u64, first: bool) -> Option<(PlainHdu, u64)> {
    let key = |i: usize| header.cards().get(i).map(Card::key);
    let kind = match (first, key(0)?) {
        (true, b"SIMPLE") => "IMAGE".to_owned(),
        (false, b"XTENSION") => header.text("XTENSION")?.trim_end().to_owned(),
        _ => return None,
    };
    if (key(1)?, key(2)?) != (b"BITPIX", b"NAXIS") || header.has("GROUPS") || header.has("ZIMAGE") {
        return None;
    }
    let bitpix = i32::try_from(header.integer("BITPIX")?).ok()?;
    if ![8, 16, 32, 64, -32, -64].contains(&bitpix) {
        return None;
    }
    let axes = usize::try_from(header.integer("NAXIS")?).ok()?;
    if axes > 99 {
        return None;
    }
    let mut sizes = Vec::new();
    for axis in 1..=axes {
        let name = format!("NAXIS{axis}");
        if key(2 + axis)? != name.as_bytes() {
            return None;
        }
        sizes.push(header.integer(&name).filter(|&size| size >= 0)?);
    }
    let more = |name: &str, otherwise: i64| match header.has(name) {
        true => header.integer(name).and_then(|n| u64::try_from(n).ok()),
        false => Some(otherwise as u64),
    };
    let (extra, groups) = match first {
        true => (0, 1),
        false => (more("PCOUNT", 0)?, more("GCOUNT", 1)?),
    };
    let product = |product: u64, &size: &i64| product.checked_mul(size as u64);
    let values = match axes {
        0 => 0,
        _ => sizes.iter().try_fold(1, product)?,
    };
    let bytes = (values.checked_add(extra)?.checked_mul(groups)?)
        .checked_mul(u64::from(bitpix.unsigned_abs()) / 8)?;
    Some((
        PlainHdu {
            is_image: kind == "IMAGE",
            bitpix,
            sizes,
            header,
            start,
        },
        bytes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::fits::{for_each_hdu, Contents, Image, ImageWriter, Stored};

    /// Three HDUs: none, 3 x 2 floats behind 400 cards, 5 bytes.
    fn file(dir: &Path) -> std::path::PathBuf {
        let path = dir.join("three.fits");
        let mut writer = ImageWriter::create(&path, &Header::primary(8, &[])).unwrap();
        let extension = |bitpix: i32, sizes: &[i64], cards: usize| {
            let mut header = Header::default();
            header.push(Card::with_string("XTENSION", "IMAGE", ""));
            header.push(Card::with_token("BITPIX", &bitpix.to_string(), ""));
            header.push(Card::with_token("NAXIS", &sizes.len().to_string(), ""));
            for (i, size) in sizes.iter().enumerate() {
                header.push(Card::with_token(
                    &format!("NAXIS{}", i + 1),
                    &size.to_string(),
                    "",
                ));
            }
            header.push(Card::with_token("PCOUNT", "0", ""));
            header.push(Card::with_token("GCOUNT", "1", ""));
            for i in 0..cards {
                header.push(Card::from_text(&format!("HISTORY line {i}")));
            }
            header
        };
        writer
            .extension(&extension(-32, &[3, 2], 400), Stored::FLOATS)
            .unwrap();
        writer.write(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        writer
            .extension(&extension(8, &[5, 1], 0), Stored::BYTES)
            .unwrap();
        writer.write(&[1.0, 0.0, 0.0, 1.0, 7.0]).unwrap();
        writer.finish().unwrap().commit().unwrap();
        path
    }

    #[test]
    fn headers_and_pixels_are_those_that_cfitsio_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path());
        let found = hdus(&path).unwrap();
        let mut number = 0;
        for_each_hdu(&path, "Image file", |_, is_image, header| {
            assert_eq!(
                (found[number].is_image, &found[number].header),
                (is_image, header)
            );
            number += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!((number, found.len()), (3, 3));
        let contents = Contents::read(&path, "Image file").unwrap();
        for hdu in [1, 2] {
            let mut quick = contents.open(hdu).unwrap();
            let mut usual = Image::open_hdu(&path, hdu, "Image file").unwrap();
            let (mut a, mut b) = (Vec::new(), Vec::new());
            quick.read(quick.source().whole(), &mut a).unwrap();
            usual.read(usual.whole(), &mut b).unwrap();
            assert_eq!(a, b);
            assert_eq!(
                (&contents.hdus[hdu].header, quick.source().sizes()),
                (usual.header(), usual.sizes())
            );
        }
        let messages = [0, 3].map(|hdu| {
            let quick = contents.open(hdu).err().unwrap();
            let usual = Image::open_hdu(&path, hdu, "Image file").err().unwrap();
            assert_eq!(quick.to_string(), usual.to_string());
        });
        assert_eq!(messages.len(), 2);
    }

    #[test]
    fn what_is_not_plainly_fits_is_left_to_cfitsio() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path());
        let good = std::fs::read(&path).unwrap();
        let broken = dir.path().join("broken.fits");
        let at = |what: &[u8]| good.windows(what.len()).position(|w| w == what).unwrap();
        let edits: [(usize, &[u8]); 6] = [
            (at(b"XTENSION"), b"XTENSIUN"),
            (at(b"HISTORY"), b"HIST\0RY"),
            (
                at(b"BITPIX  =                  -32"),
                b"BITPIX  =                  -31",
            ),
            (
                at(b"NAXIS1  =                    3"),
                b"NAXIS1  =                   -3",
            ),
            (
                at(b"NAXIS2  =                    2"),
                b"NAXIS2  =  9000000000000000000",
            ),
            (at(b"PCOUNT  ="), b"GROUPS  ="),
        ];
        for (at, edit) in edits {
            let mut bytes = good.clone();
            bytes[at..at + edit.len()].copy_from_slice(edit);
            std::fs::write(&broken, bytes).unwrap();
            assert!(hdus(&broken).is_none(), "{}", String::from_utf8_lossy(edit));
        }
        for length in [0, 80, 2879, 2880 + 2880, good.len() - 2880 - 2860] {
            std::fs::write(&broken, &good[..length]).unwrap();
            assert!(hdus(&broken).is_none(), "{length}");
        }
        assert!(hdus(&dir.path().join("none.fits")).is_none());
    }
}
