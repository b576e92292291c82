//! The HDUs of a file in turn: their headers, and where their data lie (FITS Standard 4.0, sections
//! 3.1 to 3.3 and 4.4.1). What CFITSIO tolerates is tolerated: data whose last block is cut short or that
//! end before the header says, extensions of an unknown kind, junk behind the last HDU.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::bytes::Bytes;
use super::card::{Card, CARD};
use super::header::Header;
use super::tiles::{image_header, Layout};
use sky::Keywords;

pub(super) const BLOCK: u64 = 2880;
/// Blocks read at once: 46 kB, of which a header of a few cards wastes little.
const BLOCKS_AT_ONCE: u64 = 16;
/// A header of more blocks than this (32 MB) is something else.
const MOST_BLOCKS: u64 = 11_000;
/// More axes than this are no image that can be used.
const MAX_AXES: usize = 9;

/// Where the pixels of an HDU are.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// Stored as they are, from this byte on.
    Plain(u64),
    /// In compressed tiles.
    Tiles(Arc<Layout>),
    /// In tiles whose description cannot be used: why.
    Damaged(String),
    /// A table.
    Table,
}

/// One HDU.
pub(super) struct Found {
    /// Its cards; of a tile-compressed image those of the image.
    pub header: Header,
    /// BITPIX of the image.
    pub bitpix: i32,
    /// NAXIS1, NAXIS2, ... of the image.
    pub sizes: Vec<i64>,
    pub data: Data,
}

impl Found {
    /// Whether it is an image (of any number of axes) that can be read.
    pub fn is_image(&self) -> bool {
        matches!(self.data, Data::Plain(_) | Data::Tiles(_))
    }
}

/// An open file, between two of its HDUs.
pub(super) struct Walk {
    pub bytes: Bytes,
    /// The byte at which the next HDU begins; `None` when nothing can follow.
    at: Option<u64>,
    first: bool,
}

impl Walk {
    /// Opens `path`.
    ///
    /// # Errors
    /// When it cannot be opened or is packed by an unknown method.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Walk {
            bytes: Bytes::open(path)?,
            at: Some(0),
            first: true,
        })
    }

    /// The next HDU; `None` at the end of the file.
    ///
    /// # Errors
    /// When what follows is no HDU, or the file cannot be read. The walk is over then.
    pub fn next(&mut self) -> Result<Option<Found>, Stop> {
        let Some(at) = self.at.take() else {
            return Ok(None);
        };
        if self.bytes.length().is_some_and(|length| at >= length) && !self.first {
            return Ok(None);
        }
        let Some((header, start)) = self.header_at(at)? else {
            return match self.first {
                true => Err("the file is empty".into()),
                false => Ok(None),
            };
        };
        let (found, bytes) = describe(header, start, self.first)?;
        self.first = false;
        self.at = bytes
            .and_then(|bytes| start.checked_add(bytes))
            .and_then(|end| end.checked_next_multiple_of(BLOCK));
        Ok(Some(found))
    }

    /// The header that begins at byte `at`, without END, and the byte after its last block; `None`
    /// at the end of the file.
    fn header_at(&mut self, at: u64) -> Result<Option<(Header, u64)>, Stop> {
        let mut cards: Vec<Card> = Vec::new();
        let buffer = memory::zeros::<u8>((BLOCKS_AT_ONCE * BLOCK) as usize);
        let mut buffer = buffer.map_err(|e| Stop::of(e.into()))?;
        let mut here = at;
        while here - at < MOST_BLOCKS * BLOCK {
            let blocks = match here == at {
                // Most headers of extensions are short.
                true if !self.first => 2,
                _ => BLOCKS_AT_ONCE,
            };
            let buffer = &mut buffer[..(blocks * BLOCK) as usize];
            let length = self.bytes.read_at(buffer, here).map_err(Stop::of)?;
            let bytes = &buffer[..length];
            if here == at {
                match bytes.first() {
                    None => return Ok(None),
                    // Zeros and line ends behind the last HDU, as CFITSIO has it.
                    Some(0 | b'\n') if !self.first => return Ok(None),
                    _ => need_beginning(bytes, self.first)?,
                }
            }
            memory::grow(&mut cards, bytes.len() / CARD).map_err(|e| Stop::of(e.into()))?;
            for (i, card) in bytes.as_chunks::<CARD>().0.iter().enumerate() {
                let card = Card(*card);
                if card.key() == b"END" {
                    while cards.last().is_some_and(is_blank) {
                        cards.pop();
                    }
                    let ended = here + ((i + 1) * CARD) as u64;
                    let start = ended.next_multiple_of(BLOCK);
                    if start > here + length as u64 {
                        // A header template without line ends looks like this.
                        return Err("the last block of a header is cut short".into());
                    }
                    return Ok(Some((Header::new(cards), start)));
                }
                if !card.key().iter().all(|b| (b' '..=b'~').contains(b)) {
                    let number = (here - at) / CARD as u64 + i as u64 + 1;
                    let why =
                        format!("card {number} of a header has illegal characters in its keyword");
                    return Err(why.into());
                }
                cards.push(printable(card));
            }
            if length < buffer.len() {
                return Err("a header without END".into());
            }
            here += length as u64;
        }
        Err("a header of more than 32 MB".into())
    }
}

/// Why a walk ends before the end of its file.
#[derive(Debug)]
pub(super) enum Stop {
    /// What follows is no HDU, or damaged.
    Damaged(String),
    /// The system could not read it or has no memory: nothing is known of what follows.
    System(std::io::Error),
}

impl Stop {
    fn of(error: std::io::Error) -> Self {
        match error.raw_os_error().is_some() || error.kind() == ErrorKind::OutOfMemory {
            true => Stop::System(error),
            false => Stop::Damaged(refusal(&error)),
        }
    }
}

impl<T: Into<String>> From<T> for Stop {
    fn from(why: T) -> Self {
        Stop::Damaged(why.into())
    }
}

/// An error of the system or of a packed stream, in words.
pub(super) fn refusal(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends too early".into(),
        ErrorKind::OutOfMemory => "out of memory".into(),
        _ => match error.to_string() {
            text if text.contains(" (os error") => {
                text[..text.find(" (os error").unwrap_or(text.len())].to_owned()
            }
            text => text,
        },
    }
}

/// An HDU must begin with SIMPLE, the first of a file, or with XTENSION.
fn need_beginning(bytes: &[u8], first: bool) -> Result<(), String> {
    let wanted: &[u8] = if first { b"SIMPLE  " } else { b"XTENSION" };
    if bytes.starts_with(wanted) {
        return Ok(());
    }
    Err(match first {
        true => "does not begin with SIMPLE".into(),
        false => "an extension does not begin with XTENSION".into(),
    })
}

fn is_blank(card: &Card) -> bool {
    card.0.iter().all(|&b| b == b' ')
}

/// The card as C reads it: it ends at a NUL.
fn printable(mut card: Card) -> Card {
    if let Some(end) = card.0.iter().position(|&b| b == 0) {
        card.0[end..].fill(b' ');
    }
    card
}

/// The HDU with this header, whose data begin at byte `start`, and the number of their bytes, `None`
/// where it is more than can be counted.
fn describe(header: Header, start: u64, first: bool) -> Result<(Found, Option<u64>), String> {
    let key = |i: usize| header.cards().get(i).map(Card::key).unwrap_or_default();
    let kind = match first {
        true => {
            let simple = header.text("SIMPLE").unwrap_or_default();
            if !simple.starts_with(['T', 'F']) {
                return Err("SIMPLE is neither T nor F".into());
            }
            "IMAGE".to_owned()
        }
        false => {
            let kind = header.text("XTENSION").ok_or("XTENSION has no value")?;
            kind.trim().to_owned()
        }
    };
    if key(1) != b"BITPIX" {
        return Err("the second card is not BITPIX".into());
    }
    let bitpix = header.integer("BITPIX").unwrap_or(0);
    if ![8, 16, 32, 64, -32, -64].contains(&bitpix) {
        let text = header.text("BITPIX").unwrap_or_default();
        return Err(format!("BITPIX is {text}"));
    }
    let axes = header.integer("NAXIS").filter(|_| key(2) == b"NAXIS");
    let axes = axes.ok_or("the third card is not NAXIS")?;
    let axes = usize::try_from(axes).ok().filter(|&n| n <= 999);
    let axes = axes.ok_or_else(|| {
        let text = header.text("NAXIS").unwrap_or_default();
        format!("NAXIS is {text}")
    })?;
    let mut sizes = Vec::new();
    for axis in 1..=axes {
        let name = format!("NAXIS{axis}");
        if key(2 + axis) != name.as_bytes() {
            return Err(format!("{name} is not where it belongs"));
        }
        // A number beyond 64 bits would be cut to them.
        let size = header
            .integer(&name)
            .filter(|size| (0..i64::MAX).contains(size));
        sizes.push(size.ok_or_else(|| {
            let text = header.text(&name).unwrap_or_default();
            format!("{name} is {text}")
        })?);
    }
    let bytes = data_bytes(&header, bitpix, &sizes, first);
    let is_table = ["TABLE", "BINTABLE", "A3DTABLE", "3DTABLE"].contains(&kind.as_str());
    let compressed = is_table && header.text("ZIMAGE").is_some_and(|v| v.starts_with('T'));
    let found = if compressed {
        match Layout::new(&header, start) {
            Ok(layout) => Found {
                bitpix: layout.bitpix(),
                sizes: layout.sizes().to_vec(),
                header: image_header(&header, &layout),
                data: Data::Tiles(Arc::new(layout)),
            },
            Err(why) => Found {
                bitpix: bitpix as i32,
                sizes,
                header,
                data: Data::Damaged(why),
            },
        }
    } else {
        Found {
            bitpix: bitpix as i32,
            data: match (is_table, sizes.len() <= MAX_AXES) {
                (true, _) => Data::Table,
                (false, true) => Data::Plain(start),
                (false, false) => Data::Damaged("too many axes".into()),
            },
            sizes,
            header,
        }
    };
    Ok((found, bytes))
}

/// Bytes of an HDU's data; `None` where they cannot be counted.
fn data_bytes(header: &Header, bitpix: i64, sizes: &[i64], first: bool) -> Option<u64> {
    let more = |name: &str, otherwise: u64| match header.integer(name) {
        Some(n) => u64::try_from(n).unwrap_or(0),
        None => otherwise,
    };
    let random_groups = sizes.first() == Some(&0)
        && header
            .text("GROUPS")
            .is_some_and(|groups| groups.starts_with('T'));
    let (extra, groups) = match first && !random_groups {
        true => (0, 1),
        false => (more("PCOUNT", 0), more("GCOUNT", 1)),
    };
    let counted = &sizes[usize::from(random_groups)..];
    let product = |product: u64, &size: &i64| product.checked_mul(size as u64);
    let values = match counted.is_empty() {
        true => 0,
        false => counted.iter().try_fold(1, product)?,
    };
    (values.checked_add(extra)?.checked_mul(groups)?).checked_mul(bitpix.unsigned_abs() / 8)
}
