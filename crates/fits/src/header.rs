//! A FITS header in memory: values by keyword, and the changes that outputs need.

use super::card::{self, Card};
use crate::cformat;
use sky::Keywords;

/// The cards of a FITS header, in order, without END. The trait [`Keywords`] reads values by keyword.
///
/// ```
/// use fits::{Header, Keywords};
///
/// let mut header = Header::primary(-32, &[100, 50]);
/// header.set_real("CRPIX1", 50.5);
/// header.set_text("CTYPE1", "RA---TAN");
/// assert_eq!(header.integer("NAXIS1"), Some(100));
/// assert_eq!(header.real("CRPIX1"), Some(50.5));
/// assert_eq!(header.text("CTYPE1").as_deref(), Some("RA---TAN"));
/// assert_eq!(header.real("CRPIX2"), None);
///
/// // For the file: cards of 80 bytes and END in whole blocks of 2,880 bytes.
/// let blocks = header.to_blocks();
/// assert_eq!(blocks.len(), 2880);
/// assert!(blocks.starts_with(b"SIMPLE  =                    T / file does conform"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    cards: Vec<Card>,
}

/// Significant digits of real numbers in headers.
const REAL_DIGITS: usize = 14;

/// The value that is read back after [`Header::set_real`] wrote `value`: rounded to 14 digits.
pub fn as_written(value: f64) -> f64 {
    cformat::number(&cformat::general(value, REAL_DIGITS)).unwrap_or(value)
}

impl Header {
    /// Makes a header of `cards`, up to the first END.
    pub fn new(cards: impl IntoIterator<Item = Card>) -> Self {
        Header {
            cards: cards
                .into_iter()
                .take_while(|c| c.key() != b"END")
                .collect(),
        }
    }

    /// Makes the header of a new primary image with these axis lengths: the cards with which CFITSIO
    /// begins a file.
    pub fn primary(bitpix: i32, sizes: &[i64]) -> Self {
        let mut header = Header::default();
        header.push(Card::with_token(
            "SIMPLE",
            "T",
            "file does conform to FITS standard",
        ));
        let bits = "number of bits per data pixel";
        header.push(Card::with_token("BITPIX", &bitpix.to_string(), bits));
        let axes = sizes.len().to_string();
        header.push(Card::with_token("NAXIS", &axes, "number of data axes"));
        for (i, size) in sizes.iter().enumerate() {
            let comment = format!("length of data axis {}", i + 1);
            let key = format!("NAXIS{}", i + 1);
            header.push(Card::with_token(&key, &size.to_string(), &comment));
        }
        header.push_extend();
        header
    }

    /// Adds the cards that CFITSIO writes after the axes of every new primary image.
    fn push_extend(&mut self) {
        self.push(Card::with_token(
            "EXTEND",
            "T",
            "FITS dataset may contain extensions",
        ));
        for text in [
            "COMMENT   FITS (Flexible Image Transport System) format is defined in 'Astronomy",
            "COMMENT   and Astrophysics', volume 376, page 359; bibcode: 2001A&A...376..359H",
        ] {
            self.push(Card::from_text(text));
        }
    }

    /// The header of a primary image of doubles with this header's axes and keywords: as
    /// [`Header::as_primary`], with BITPIX -64 and without BSCALE, BZERO and BLANK.
    pub fn primary_of_doubles(&self) -> Header {
        let mut header = self.as_primary();
        header.set_integer("BITPIX", -64);
        for key in ["BSCALE", "BZERO", "BLANK"] {
            header.remove(key);
        }
        header
    }

    /// This header for a primary image with new pixels of the same type. The header of an extension is
    /// converted as by CFITSIO's fits_copy_header. CHECKSUM and DATASUM are left out: they belong to the old
    /// pixels.
    pub fn as_primary(&self) -> Header {
        let mut header = Header::default();
        let mut rest = self.cards.iter();
        if !self.has("SIMPLE") {
            let axes = self.integer("NAXIS").unwrap_or(0).clamp(0, 999) as usize;
            let comment = "file does conform to FITS standard";
            header.push(Card::with_token("SIMPLE", "T", comment));
            // XTENSION is left out; BITPIX, NAXIS and NAXISn follow it (FITS
            // Standard 4.0, section 4.4.1.2).
            rest.next();
            header.cards.extend(rest.by_ref().take(2 + axes));
            header.push_extend();
            let extension = [&b"PCOUNT"[..], b"GCOUNT", b"EXTEND"];
            header
                .cards
                .extend(rest.filter(|card| !extension.contains(&card.key())));
        } else {
            header.cards.extend(rest);
        }
        for key in ["CHECKSUM", "DATASUM"] {
            header.remove(key);
        }
        header
    }

    /// The cards, in order.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// Adds a card at the end.
    pub fn push(&mut self, card: Card) {
        self.cards.push(card);
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.cards.iter().position(|c| c.key() == key.as_bytes())
    }

    fn value(&self, key: &str) -> Option<String> {
        self.cards[self.position(key)?].parsed().value
    }

    /// Whether the header has a card `key`.
    pub fn has(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Removes all cards `key`.
    pub fn remove(&mut self, key: &str) {
        self.cards.retain(|c| c.key() != key.as_bytes());
    }

    /// Replaces the first card with the keyword of `card`, or adds it at the end.
    pub fn replace(&mut self, card: Card) {
        let key = String::from_utf8_lossy(card.key()).into_owned();
        match self.position(&key) {
            Some(at) => self.cards[at] = card,
            None => self.cards.push(card),
        }
    }

    /// Sets a logical value, T or F; the card keeps its comment.
    pub fn set_logical(&mut self, key: &str, value: bool) {
        self.set_token(key, if value { "T" } else { "F" });
    }

    /// Sets an integer; the card keeps its comment.
    pub fn set_integer(&mut self, key: &str, value: i64) {
        self.set_token(key, &value.to_string());
    }

    /// Sets a real number, with up to 14 significant digits as Montage writes CRPIX; the card keeps its
    /// comment.
    pub fn set_real(&mut self, key: &str, value: f64) {
        let mut token = cformat::general(value, REAL_DIGITS).replace('e', "E");
        if value.is_finite() && !token.contains(['.', 'E']) {
            token.push('.');
        }
        self.set_token(key, &token);
    }

    /// Sets a string; the card keeps its comment.
    pub fn set_text(&mut self, key: &str, text: &str) {
        let comment = self.comment(key);
        self.replace(Card::with_string(key, text, &comment));
    }

    fn comment(&self, key: &str) -> String {
        self.position(key)
            .map(|at| self.cards[at].comment_as_it_stands())
            .unwrap_or_default()
    }

    fn set_token(&mut self, key: &str, token: &str) {
        let comment = self.comment(key);
        self.replace(Card::with_token(key, token, &comment));
    }

    /// Makes this the header of one plane of doubles: BITPIX -64, two axes of these lengths, no further
    /// axes, no BSCALE, BZERO or BLANK.
    pub fn make_plane_of_doubles(&mut self, width: usize, height: usize) {
        self.cards
            .retain(|card| !matches!(card.key(), b"BSCALE" | b"BZERO" | b"BLANK"));
        self.set_integer("BITPIX", -64);
        self.make_plane(width, height);
    }

    /// Makes this the header of one plane: two axes of these lengths, no further axes.
    pub fn make_plane(&mut self, width: usize, height: usize) {
        self.cards.retain(|card| {
            let further_axis = card.key().strip_prefix(b"NAXIS").is_some_and(|axis| {
                !matches!(axis, b"" | b"1" | b"2") && axis.iter().all(u8::is_ascii_digit)
            });
            !further_axis
        });
        self.set_integer("NAXIS", 2);
        self.set_integer("NAXIS1", width as i64);
        self.set_integer("NAXIS2", height as i64);
    }

    /// Merges the lines of a header template, up to END. A line with a value replaces the card with its
    /// keyword or is added at the end; comment lines are added at the end. Lines that cannot be a FITS card
    /// (a remark after `#`, for example) are left out.
    pub fn merge_template(&mut self, lines: impl IntoIterator<Item = card::Parsed>) {
        for line in lines {
            let card::Parsed {
                key,
                value,
                quoted,
                comment,
            } = &line;
            match (key.as_str(), value) {
                ("END", _) => break,
                ("", _) if comment.is_empty() => {}
                ("HIERARCH", _) => {
                    self.push(Card::from_text(&format!("{key} {}", comment.trim_start())))
                }
                _ if !is_keyword(key) => {}
                (_, Some(value)) if *quoted || !is_token(value) => {
                    self.replace(Card::with_string(key, value, comment));
                }
                (_, Some(value)) => {
                    // Nothing, T, F or a number; FITS wants its exponent in upper case.
                    let token = value.to_ascii_uppercase();
                    self.replace(Card::with_token(key, &token, comment));
                }
                (_, None) => self.push(Card::from_text(&format!("{key:<8}{comment}"))),
            }
        }
    }

    /// The bytes of the header in a file: the cards, END, and blanks up to a whole block of 2,880 bytes.
    pub fn to_blocks(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.cards.iter().flat_map(|c| c.0).collect();
        bytes.extend(Card::from_text("END").0);
        bytes.resize(bytes.len().next_multiple_of(2880), b' ');
        bytes
    }
}

/// Whether an unquoted value is a number, a logical or undefined.
fn is_token(value: &str) -> bool {
    matches!(value, "T" | "F" | "") || cformat::number(value).is_some_and(f64::is_finite)
}

/// Whether FITS allows `key` as a keyword (Standard 4.0, section 4.1.2.1); a blank one is allowed.
fn is_keyword(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    key.len() <= 8 && !key.starts_with('-') && key.bytes().all(allowed)
}

impl Keywords for Header {
    fn real(&self, key: &str) -> Option<f64> {
        cformat::whole_number(&self.value(key)?)
    }

    fn integer(&self, key: &str) -> Option<i64> {
        let value = self.real(key)?;
        // Saturates; callers check the range they can use.
        value.is_finite().then_some(value as i64)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key)
    }

    fn may_have(&self, prefix: &str) -> bool {
        let starts = |card: &Card| card.key().starts_with(prefix.as_bytes());
        self.cards.iter().any(starts)
    }

    fn records(&self, key: &str) -> Vec<(String, f64)> {
        super::lookup::records(self, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_becomes_a_primary_image() {
        let lines = [
            "XTENSION= 'IMAGE   '",
            "BITPIX  =                   16 / bits",
            "NAXIS   =                    3",
            "NAXIS1  =                    4",
            "NAXIS2  =                    5",
            "NAXIS3  =                    1",
            "PCOUNT  =                    0",
            "GCOUNT  =                    1",
            "BZERO   =                32768",
            "CRPIX1  =                 -1.5",
            "CHECKSUM= 'abc     '",
        ];
        let header = Header::new(lines.map(Card::from_text)).primary_of_doubles();
        let keys: Vec<_> = header
            .cards()
            .iter()
            .map(|c| String::from_utf8_lossy(c.key()).into_owned())
            .collect();
        // The order in which Montage 6.0's mBackground (CFITSIO's fits_copy_header) has them.
        assert_eq!(
            keys.join(" "),
            "SIMPLE BITPIX NAXIS NAXIS1 NAXIS2 NAXIS3 EXTEND COMMENT COMMENT CRPIX1"
        );
        assert_eq!(header.integer("BITPIX"), Some(-64));
        assert_eq!(header.cards()[1].parsed().comment, "bits");
        // A primary header keeps its order.
        let again = header.primary_of_doubles();
        assert_eq!(again, header);
    }

    #[test]
    fn template_lines_become_cards_that_fits_has() {
        let mut h = Header::default();
        let lines = "# a remark\n-OBJECT\n\\include x\nMUCHTOOLONG = 3\nR = 1.5e-3 / r\nU =\n\
            HIERARCH ESO DET ID = 5\n        words without keyword\nN = nan\nKEYONLY";
        h.merge_template(lines.lines().map(|l| card::parse(l.as_bytes())));
        let cards: Vec<String> = (h.cards().iter())
            .map(|c| String::from_utf8_lossy(&c.0).trim_end().to_owned())
            .collect();
        // As Montage 6.0 writes them, but for N and KEYONLY, which it writes as a number and
        // with "=".
        let expected = [
            "R       =               1.5E-3 / r",
            "U       =",
            "HIERARCH ESO DET ID = 5",
            "        words without keyword",
            "N       = 'nan     '",
            "KEYONLY",
        ];
        assert_eq!(cards, expected);
    }

    #[test]
    fn a_template_takes_the_place_of_cards() {
        let mut h = Header::primary(-64, &[10, 20]);
        h.merge_template(
            [
                "NAXIS1 = 30 / w",
                "CTYPE1 = 'RA---TAN'",
                "OBJ = M17",
                "COMMENT hello",
                "END",
                "X = 1",
            ]
            .map(|l| card::parse(l.as_bytes())),
        );
        h.set_real("CRPIX1", -100.0);
        h.set_integer("NAXIS1", 31);
        assert_eq!(h.integer("NAXIS1"), Some(31));
        assert_eq!(h.text("CTYPE1").as_deref(), Some("RA---TAN"));
        assert_eq!(h.text("OBJ").as_deref(), Some("M17"));
        assert_eq!(h.text("CRPIX1").as_deref(), Some("-100."));
        assert_eq!(h.real("X"), None);
        let text = String::from_utf8(h.to_blocks()).unwrap();
        assert!(text.contains("NAXIS1  =                   31 / w "));
        assert!(text.contains("COMMENT hello"));
        assert_eq!(text.len() % 2880, 0);
    }
}
