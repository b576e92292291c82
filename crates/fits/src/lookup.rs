//! Lookup tables of distortions (CPDIS, D2IM), which are images in further HDUs of the file.

use std::cell::OnceCell;
use std::path::Path;

use super::card::Card;
use super::{Contents, Header};
use sky::{record, Keywords, LookupTable, TableAxis, TableSource};

/// The lookup tables in the HDUs of a file. The headers are read when the first table is requested.
pub struct FileTables<'a> {
    path: &'a Path,
    contents: OnceCell<Result<Contents, String>>,
}

/// Largest number of values in a table (128 MB). Coarse grids have some thousands; one value per pixel of an
/// HST chip would be 8 million.
const MOST: usize = 16 << 20;

impl<'a> FileTables<'a> {
    /// The tables of the file `path`.
    pub fn new(path: &'a Path) -> Self {
        FileTables {
            path,
            contents: OnceCell::new(),
        }
    }
}

impl TableSource for FileTables<'_> {
    fn table(&self, name: &str, version: i64) -> Result<LookupTable, String> {
        let read = || Contents::read(self.path, "Image file").map_err(|why| why.to_string());
        let contents = self.contents.get_or_init(read).as_ref()?;
        let is_it = |header: &Header| {
            header
                .text("EXTNAME")
                .is_some_and(|text| text.trim().eq_ignore_ascii_case(name))
                && header.integer("EXTVER").unwrap_or(1) == version
        };
        let found = contents
            .hdus
            .iter()
            .position(|hdu| hdu.is_image && is_it(&hdu.header))
            .ok_or_else(|| format!("the file has no {name} of version {version}"))?;
        let header = &contents.hdus[found].header;
        let mut pixels = contents.open(found).map_err(|why| why.to_string())?;
        let whole = pixels.source().whole();
        if whole.pixels().is_none_or(|count| count > MOST) {
            return Err(format!("{name} of version {version} is too large"));
        }
        let mut values = Vec::new();
        pixels
            .read(whole, &mut values)
            .map_err(|why| why.to_string())?;
        let axis = |n: usize| {
            let or = |key: &str, usual: f64| header.real(&format!("{key}{n}")).unwrap_or(usual);
            TableAxis {
                crpix: or("CRPIX", 0.0),
                crval: or("CRVAL", 0.0),
                cdelt: or("CDELT", 1.0),
            }
        };
        LookupTable::new(whole.width, values, [axis(1), axis(2)])
            .map_err(|why| format!("{name} of version {version}: {why}"))
    }
}

/// The fields of the record-valued keyword `key` in all of its cards: `DP1 = 'EXTVER: 1'`, and
/// `DP1.EXTVER = 1` with or without HIERARCH.
pub(super) fn records(header: &Header, key: &str) -> Vec<(String, f64)> {
    header
        .cards()
        .iter()
        .filter_map(|card| of_card(card, key))
        .collect()
}

fn of_card(card: &Card, key: &str) -> Option<(String, f64)> {
    if card.key() == key.as_bytes() {
        return record(&card.parsed().value?);
    }
    let text = std::str::from_utf8(&card.0).ok()?;
    let text = text.strip_prefix("HIERARCH ").unwrap_or(text).trim_start();
    let (field, value) = text.strip_prefix(key)?.strip_prefix('.')?.split_once('=')?;
    let value = value.split('/').next()?;
    record(&format!("{field}:{}", value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_valued_cards_are_read_in_all_spellings() {
        let cards = [
            "DP1     = 'EXTVER: 2.0'        / version",
            "DP1     = 'NAXES: 2'",
            "DP1.AXIS.1 = 1 / axis",
            "HIERARCH DP1.AXIS.2 = 2.0",
            "DP10    = 'EXTVER: 7'",
            "DP1     = 'nonsense'",
        ];
        let header = Header::new(cards.map(Card::from_text));
        let expected = [
            ("EXTVER", 2.0),
            ("NAXES", 2.0),
            ("AXIS.1", 1.0),
            ("AXIS.2", 2.0),
        ];
        let expected = expected.map(|(field, value)| (field.to_owned(), value));
        assert_eq!(header.records("DP1"), expected);
    }
}
