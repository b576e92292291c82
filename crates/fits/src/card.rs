//! One line of a header: an 80-character FITS card, or a line of a Montage header template, which is the
//! same without fixed columns (`NAXIS1 = 300`).
//!
//! FITS Standard 4.0, section 4.

/// The length of a card.
pub const CARD: usize = 80;

/// A card of a header: 80 printable ASCII characters.
///
/// ```
/// use fits::card::Card;
///
/// let card = Card::with_token("CRPIX1", "50.5", "reference pixel");
/// assert!(card.0.starts_with(b"CRPIX1  =                 50.5 / reference pixel"));
/// let parsed = card.parsed();
/// assert_eq!((parsed.value.as_deref(), parsed.comment.as_str()), (Some("50.5"), "reference pixel"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card(pub [u8; CARD]);

/// Keyword, value and comment of a header line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Keyword in upper case, empty on blank lines.
    pub key: String,
    /// The value: a string without its quotes, or else the unchanged token; `None` on comment lines.
    pub value: Option<String>,
    /// Whether the value stood in quotes.
    pub quoted: bool,
    /// Text after the slash, or of a comment line.
    pub comment: String,
}

/// Splits a header line into keyword, value and comment (`KEY = value / comment`).
///
/// ```
/// let line = fits::card::parse(b"object = 'O''Neil' / name");
/// assert_eq!(line.key, "OBJECT");
/// assert_eq!(line.value.as_deref(), Some("O'Neil"));
/// assert!(line.quoted);
/// ```
pub fn parse(line: &[u8]) -> Parsed {
    let whole = String::from_utf8_lossy(line);
    let blank_keyword = whole.starts_with("        ");
    let line = whole.trim();
    let split = line.find(['=', ' ', '\t']).unwrap_or(line.len());
    let key = line[..split].to_ascii_uppercase();
    let rest = line[split..].trim_start();
    let Some(rest) = rest.strip_prefix('=').filter(|_| !is_commentary(&key)) else {
        // FITS allows a blank keyword; the rest is a comment.
        if blank_keyword {
            return Parsed {
                comment: line.to_owned(),
                ..Parsed::default()
            };
        }
        // The text of a COMMENT keeps its leading blanks, as in CFITSIO.
        let whole = whole.trim_end();
        let comment = match whole.get(..8) {
            Some(name) if name.trim_end() == &line[..split] => &whole[8..],
            _ => rest,
        };
        return Parsed {
            key,
            comment: comment.to_owned(),
            ..Parsed::default()
        };
    };
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('\'') {
        let mut value = String::new();
        let mut chars = inside.char_indices().peekable();
        let mut end = inside.len();
        while let Some((at, c)) = chars.next() {
            if c != '\'' {
                value.push(c);
            } else if chars.peek().is_some_and(|&(_, next)| next == '\'') {
                value.push('\'');
                chars.next();
            } else {
                end = at + 1;
                break;
            }
        }
        let comment = comment_of(&inside[end..]);
        return Parsed {
            key,
            value: Some(value.trim_end().to_owned()),
            quoted: true,
            comment,
        };
    }
    let end = rest.find([' ', '\t', '/']).unwrap_or(rest.len());
    let comment = comment_of(&rest[end..]);
    Parsed {
        key,
        value: Some(rest[..end].to_owned()),
        quoted: false,
        comment,
    }
}

/// Cuts a template line to the 80 characters of a card if only blanks or a comment are lost; `None` if the
/// keyword or the value extends beyond.
pub fn within_card(line: &[u8]) -> Option<&[u8]> {
    let Some((card, beyond)) = line.split_at_checked(CARD) else {
        return Some(line);
    };
    if beyond.iter().all(|&b| b.is_ascii_whitespace() || b == 0) {
        return Some(card);
    }
    // One character per byte, so that indices into text and line agree.
    let text: String = line
        .iter()
        .map(|&b| if b.is_ascii() { char::from(b) } else { '?' })
        .collect();
    let start = text.len() - text.trim_start().len();
    let key_end = text[start..].find(['=', ' ', '\t']);
    let end = start + key_end?;
    let rest = text[end..].trim_start();
    let key = text[start..end].to_ascii_uppercase();
    let value = rest.strip_prefix('=').filter(|_| !is_commentary(&key));
    let end = match value {
        Some(value) => text.len() - value.len() + end_of_value(value),
        None => end,
    };
    (end <= CARD).then_some(card)
}

fn is_commentary(key: &str) -> bool {
    matches!(key, "" | "COMMENT" | "HISTORY" | "END" | "CONTINUE")
}

fn comment_of(rest: &str) -> String {
    let rest = rest.trim();
    rest.strip_prefix('/').unwrap_or("").trim().to_owned()
}

impl Card {
    /// Makes a card of any text, cut or padded to 80 characters; other characters than printable ASCII
    /// become blanks.
    pub fn from_text(text: &str) -> Self {
        let mut card = [b' '; CARD];
        for (to, from) in card.iter_mut().zip(text.bytes()) {
            *to = if (32..127).contains(&from) {
                from
            } else {
                b' '
            };
        }
        Card(card)
    }

    /// Makes the card `KEY     =                token / comment`, the token right-justified to column 30
    /// (fixed format).
    pub fn with_token(key: &str, token: &str, comment: &str) -> Self {
        Self::from_text(&format!("{key:<8}= {token:>20}{}", slash(comment)))
    }

    /// Makes the card `KEY     = 'text    ' / comment`.
    pub fn with_string(key: &str, text: &str, comment: &str) -> Self {
        let text = text.replace('\'', "''");
        let quoted = format!("'{text:<8}'");
        let comment = slash(comment);
        if comment.is_empty() {
            return Self::from_text(&format!("{key:<8}= {quoted}"));
        }
        Self::from_text(&format!("{key:<8}= {quoted:<20}{comment}"))
    }

    /// The keyword without trailing blanks.
    pub fn key(&self) -> &[u8] {
        let name = &self.0[..8];
        let end = name
            .iter()
            .rposition(|&b| b != b' ')
            .map_or(0, |last| last + 1);
        &name[..end]
    }

    /// The comment after "/ ", leading blanks kept, as CFITSIO keeps it when it changes the value.
    pub fn comment_as_it_stands(&self) -> String {
        if self.0[8] != b'=' {
            return self.parsed().comment;
        }
        let rest = String::from_utf8_lossy(&self.0[9..]);
        let comment = rest[end_of_value(&rest)..].trim();
        let comment = comment.strip_prefix('/').unwrap_or("");
        comment.strip_prefix(' ').unwrap_or(comment).to_owned()
    }

    /// Splits the card into keyword, value and comment.
    pub fn parsed(&self) -> Parsed {
        // A card without "=" in column 9 has no value, whatever its text.
        if &self.0[8..10] == b"= " || self.0[8] == b'=' {
            return parse(&self.0);
        }
        let comment = String::from_utf8_lossy(&self.0[8..]).trim().to_owned();
        let key = String::from_utf8_lossy(self.key()).into_owned();
        Parsed {
            key,
            comment,
            ..Parsed::default()
        }
    }
}

/// Index at which the value ends, in the text after the "=" of a line.
fn end_of_value(rest: &str) -> usize {
    let start = rest.len() - rest.trim_start().len();
    let text = &rest[start..];
    if !text.starts_with('\'') {
        return start + text.find([' ', '\t', '/']).unwrap_or(text.len());
    }
    let mut at = 1;
    while let Some(quote) = text[at..].find('\'') {
        at += quote + 1;
        if !text[at..].starts_with('\'') {
            return start + at;
        }
        at += 1;
    }
    rest.len()
}

fn slash(comment: &str) -> String {
    if comment.is_empty() {
        String::new()
    } else {
        format!(" / {comment}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_and_comments_are_cut_beyond_80_characters() {
        let cut = |line: &str| within_card(line.as_bytes()).map(<[u8]>::len);
        assert_eq!(cut("NAXIS1 = 4"), Some(10));
        assert_eq!(cut(&format!("END{}", " ".repeat(2880))), Some(80));
        assert_eq!(cut(&format!("A = 1 / {}", "x".repeat(200))), Some(80));
        assert_eq!(cut(&format!("A = 'x / y' / {}", "x".repeat(200))), Some(80));
        assert_eq!(cut(&format!("COMMENT {}", "x".repeat(200))), Some(80));
        assert_eq!(cut(&format!("A = 'x{}'", " y".repeat(50))), None);
        assert_eq!(cut(&format!("A = {}1.5", " ".repeat(74))), None);
        assert_eq!(cut(&format!("A = {}1.5 / b", " ".repeat(73))), Some(80));
        assert_eq!(cut(&"X".repeat(90)), None);
    }

    #[test]
    fn cards_and_template_lines_are_taken_apart() {
        let p = parse(b"CTYPE1  = 'RA---TAN'           / a 'comment'");
        assert_eq!(
            (p.key.as_str(), p.value.as_deref(), p.quoted),
            ("CTYPE1", Some("RA---TAN"), true)
        );
        assert_eq!(p.comment, "a 'comment'");
        let p = parse(b"  naxis1=300/width\r");
        assert_eq!(
            (p.key.as_str(), p.value.as_deref()),
            ("NAXIS1", Some("300"))
        );
        assert_eq!(p.comment, "width");
        assert_eq!(
            parse(b"OBJECT  = 'O''Neil'").value.as_deref(),
            Some("O'Neil")
        );
        assert_eq!(parse(b"OBJECT  = 'open").value.as_deref(), Some("open"));
        assert_eq!(parse(b"COMMENT = 3").value, None);
        assert_eq!(parse(b"COMMENT    a  b  ").comment, "   a  b");
        assert_eq!(parse(b" HISTORY   a").comment, "a");
        assert_eq!(parse(b"END").key, "END");
        assert_eq!(parse(b"\xff=\xfe").value.as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn a_comment_keeps_its_blanks() {
        let comment = |text: &str| Card::from_text(text).comment_as_it_stands();
        assert_eq!(
            comment("CRPIX1  =    256.5 /   Axis 1 / x  "),
            "  Axis 1 / x"
        );
        assert_eq!(comment("OBJECT  = 'O''Neil/' /y"), "y");
        assert_eq!(comment("OBJECT  = 'open / not"), "");
        assert_eq!(comment("NAXIS   =2/ axes"), "axes");
        assert_eq!(comment("COMMENT   words"), "words");
    }

    #[test]
    fn cards_are_written_in_fixed_format() {
        // As CFITSIO 3.49 writes them.
        let text = |c: Card| String::from_utf8(c.0.to_vec()).unwrap();
        assert_eq!(
            text(Card::with_token("CRPIX1", "466.5", "")).trim_end(),
            "CRPIX1  =                466.5"
        );
        assert_eq!(
            text(Card::with_string("CTYPE1", "RA---TAN", "c")).trim_end(),
            "CTYPE1  = 'RA---TAN'           / c"
        );
        assert_eq!(
            text(Card::with_string("A", "x", "")).trim_end(),
            "A       = 'x       '"
        );
    }
}
