//! The header of a tile-compressed image: the table's, with the keywords of the image put back in
//! place (FITS Standard 4.0, section 10.1).

use super::layout::Layout;
use crate::card::Card;
use crate::header::Header;

/// Keywords of the image that the table holds under another name.
const TRANSLATED: [(&[u8], &[u8]); 10] = [
    (b"ZSIMPLE", b"SIMPLE"),
    (b"ZTENSION", b"XTENSION"),
    (b"ZBITPIX", b"BITPIX"),
    (b"ZNAXIS", b"NAXIS"),
    (b"ZEXTEND", b"EXTEND"),
    (b"ZBLOCKED", b"BLOCKED"),
    (b"ZPCOUNT", b"PCOUNT"),
    (b"ZGCOUNT", b"GCOUNT"),
    (b"ZHECKSUM", b"CHECKSUM"),
    (b"ZDATASUM", b"DATASUM"),
];

/// Keywords that describe the table or the compression.
const DROPPED: [&[u8]; 14] = [
    b"XTENSION",
    b"BITPIX",
    b"NAXIS",
    b"PCOUNT",
    b"GCOUNT",
    b"TFIELDS",
    b"THEAP",
    b"ZIMAGE",
    b"ZQUANTIZ",
    b"ZDITHER0",
    b"ZCMPTYPE",
    b"ZBLANK",
    b"CHECKSUM",
    b"DATASUM",
];

/// The same, with a number behind.
const DROPPED_NUMBERED: [&[u8]; 6] = [b"NAXIS", b"TTYPE", b"TFORM", b"ZTILE", b"ZNAME", b"ZVAL"];

/// What must come first in a header, in this order; NAXISn follow NAXIS.
const FIRST: [&[u8]; 4] = [b"SIMPLE", b"XTENSION", b"BITPIX", b"NAXIS"];

/// The image's header, from that of the table.
pub(crate) fn image_header(table: &Header, layout: &Layout) -> Header {
    let described = table.has("ZSIMPLE") || table.has("ZTENSION");
    let mut cards: Vec<Card> = Vec::new();
    for card in table.cards() {
        match translated(card) {
            Some(_) if !described => {}
            Some(card) => cards.push(card),
            None if is_dropped(card) => {}
            None => cards.push(*card),
        }
    }
    if !described {
        let mut header = Header::primary(layout.bitpix(), layout.sizes());
        cards.into_iter().for_each(|card| header.push(card));
        return header;
    }
    let place = |card: &Card| place(card.key());
    // A stable order: what does not come first stays as it is.
    cards.sort_by_key(place);
    Header::new(cards)
}

/// The place of a keyword that must come first: SIMPLE, XTENSION, BITPIX, NAXIS, NAXIS1, ...
fn place(key: &[u8]) -> usize {
    match (
        FIRST.iter().position(|&first| first == key),
        number(key, b"NAXIS"),
    ) {
        (Some(place), _) => place,
        (None, Some(axis)) => FIRST.len() + axis,
        (None, None) => usize::MAX,
    }
}

/// The number in a keyword `name` and number.
fn number(key: &[u8], name: &[u8]) -> Option<usize> {
    let digits = key.strip_prefix(name)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The card under the name that it has in the image.
fn translated(card: &Card) -> Option<Card> {
    let key = card.key();
    let named = TRANSLATED.iter().find(|(from, _)| *from == key);
    let name = match named {
        Some((_, to)) => to.to_vec(),
        // ZNAXISn
        None => {
            number(key, b"ZNAXIS")?;
            key[1..].to_vec()
        }
    };
    let mut card = *card;
    card.0[..8].fill(b' ');
    card.0[..name.len()].copy_from_slice(&name);
    Some(card)
}

fn is_dropped(card: &Card) -> bool {
    let key = card.key();
    DROPPED.contains(&key)
        || DROPPED_NUMBERED
            .iter()
            .any(|name| number(key, name).is_some())
        || (key == b"EXTNAME" && card.parsed().value.as_deref() == Some("COMPRESSED_IMAGE"))
}
