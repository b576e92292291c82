//! The further keywords that a table lists.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{shown, Error, Result};
use crate::io::text_file;
use fits::card::Card;
use fits::cformat::atoi;
use fits::Header;

/// A keyword with its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The keyword, upper case.
    pub key: String,
    /// The column's type row.
    pub kind: String,
    /// Characters of the column between its bars.
    pub width: usize,
}

/// The fields of a table, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldList(pub Vec<Field>);

/// What tells a cube from an image, with the widths of Montage 6.
const CUBE: [(&str, &str, usize); 9] = [
    ("NAXIS", "int", 6),
    ("NAXIS3", "int", 6),
    ("CRVAL3", "double", 22),
    ("CDELT3", "double", 22),
    ("CRPIX3", "double", 22),
    ("NAXIS4", "int", 6),
    ("CRVAL4", "double", 22),
    ("CDELT4", "double", 22),
    ("CRPIX4", "double", 22),
];

/// A list of fields is a page of text.
const LONGEST: u64 = 1 << 20;

/// A column wider than a whole header block is a mistake.
const WIDEST: usize = 2880;

impl FieldList {
    /// The fields of a field list file, and those of cubes.
    ///
    /// # Errors
    /// When the file cannot be read or has a line that is no field.
    pub fn new(list: Option<&Path>, cubes: bool) -> Result<Self> {
        let mut fields = match list {
            Some(path) => {
                let text = text_file::read(path, LONGEST).map_err(|why| {
                    let text = format!("Cannot open field list file: {}", shown(path));
                    Error::message(match why.kind() {
                        ErrorKind::NotFound => text,
                        _ => format!("{text} ({why})"),
                    })
                })?;
                parse(&String::from_utf8_lossy(&text)).map_err(|why| match why {
                    Error::File(::fits::Error::Memory { .. }) => why.about(path),
                    why => Error::message(format!("{why} in {}", shown(path))),
                })?
            }
            None => Vec::new(),
        };
        if cubes {
            let cube = CUBE.map(|(key, kind, width)| Field {
                key: key.to_owned(),
                kind: kind.to_owned(),
                width,
            });
            memory::extend(&mut fields, cube)?;
        }
        Ok(FieldList(fields))
    }

    /// The value of each field in a header, as written there; empty if it has none.
    ///
    /// # Errors
    /// When memory is out.
    pub fn values(&self, header: &Header) -> Result<Vec<Vec<u8>>> {
        let value = |field: &Field| {
            let card = header
                .cards()
                .iter()
                .find(|card| card.key() == field.key.as_bytes())?;
            raw_value(card)
        };
        // A broken card must not break the table's lines.
        let printable = |byte: u8| {
            if (32..127).contains(&byte) {
                byte
            } else {
                b' '
            }
        };
        Ok(memory::collect(self.0.iter().map(|field| {
            // At most a card.
            let value = value(field).unwrap_or_default();
            value.into_iter().map(printable).collect()
        }))?)
    }
}

/// Name, type and width on each line, parted by blanks, tabs or commas; the first blank line
/// ends the list.
fn parse(text: &str) -> Result<Vec<Field>> {
    let refuse =
        |what: &str, line: usize| Error::message(format!("Illegal field {what} (line {line})"));
    let mut fields = Vec::new();
    for line in text.lines() {
        let mut words = line
            .split([' ', '\t', ',', '\r'])
            .filter(|word| !word.is_empty());
        let Some(name) = words.next() else {
            break;
        };
        let kind = words.next().ok_or_else(|| refuse("type", fields.len()))?;
        let width = usize::try_from(atoi(words.next().unwrap_or(""))).unwrap_or(0);
        let width = width.max(name.len());
        if width > WIDEST || kind.len() > WIDEST {
            return Err(refuse("width", fields.len()));
        }
        let field = Field {
            key: name.to_ascii_uppercase(),
            kind: kind.to_owned(),
            width,
        };
        memory::push(&mut fields, field)?;
    }
    Ok(fields)
}

/// The value of a card character for character: tables show it as the file has it, with the
/// blanks inside its quotes and as many digits. `None` when there is no value.
fn raw_value(card: &Card) -> Option<Vec<u8>> {
    let text = card.0[8..].strip_prefix(b"= ")?.trim_ascii_start();
    if let Some(inside) = text.strip_prefix(b"'") {
        let mut at = 0;
        loop {
            let quote = at + inside[at..].iter().position(|&b| b == b'\'')?;
            if inside.get(quote + 1) != Some(&b'\'') {
                return Some(inside[..quote].to_vec());
            }
            at = quote + 2;
        }
    }
    let end = text
        .iter()
        .position(|&b| b == b' ' || b == b'/')
        .unwrap_or(text.len());
    Some(text[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_list_is_read_to_its_first_blank_line() {
        let fields = parse("filter, char 12\r\n\tEXPTIME double\n\nOBJECT char 8\n").unwrap();
        let expected = [("FILTER", "char", 12), ("EXPTIME", "double", 7)];
        assert_eq!(
            fields,
            expected.map(|(key, kind, width)| Field {
                key: key.into(),
                kind: kind.into(),
                width
            })
        );
        assert_eq!(
            parse("A int 3\nB").unwrap_err().to_string(),
            "Illegal field type (line 1)"
        );
        assert!(parse("A int 2000000000").is_err());
        assert_eq!(parse("AB int -5").unwrap()[0].width, 2);
    }

    #[test]
    fn values_stay_as_they_stand() {
        let raw = |text: &str| {
            raw_value(&Card::from_text(text)).map(|value| String::from_utf8(value).unwrap())
        };
        assert_eq!(
            raw("FILTER  = 'Ks      '  / band").as_deref(),
            Some("Ks      ")
        );
        assert_eq!(raw("EXPTIME =   1.50E+01/ s").as_deref(), Some("1.50E+01"));
        assert_eq!(raw("OBJECT  = 'O''Neil' ").as_deref(), Some("O''Neil"));
        assert_eq!(raw("OBJECT  = 'open"), None);
        assert_eq!(raw("COMMENT   none"), None);
        assert_eq!(raw("NOTHING =      / undefined").as_deref(), Some(""));
    }
}
