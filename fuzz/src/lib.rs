//! Inputs for the fuzz targets in tests/: good files of a small field with random edits, which get
//! deeper into the parsers than random bytes do.
//!
//! The targets run with bolero, whose random engine needs only the stable toolchain:
//!   cargo test -p montage-fuzz                                           a second for each target
//!   BOLERO_RANDOM_TEST_TIME_MS=60000 cargo test --release -p montage-fuzz
//! and guided by coverage where its command is installed (it needs a nightly toolchain):
//!   cargo bolero test --manifest-path fuzz/Cargo.toml tables

use bolero::generator::TypeGenerator;

#[path = "../../ctest/support/field.rs"]
pub mod field;

pub mod arguments;
pub mod targets;

/// The files of fuzz/seeds, in the order of their names: small FITS files in every compression.
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_none_or(|ending| ending != "py"));
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a seed"))
        .collect()
}

/// One change to a file.
#[derive(Debug, Clone, TypeGenerator)]
pub struct Edit {
    at: u32,
    length: u8,
    kind: Kind,
}

#[derive(Debug, Clone, TypeGenerator)]
enum Kind {
    Set(u8),
    Flip(u8),
    Remove,
    /// Repeats the bytes here, this many times.
    Repeat(u8),
    /// Puts a piece from elsewhere here.
    Copy(u32),
    /// One of the texts that mean something somewhere.
    Word(u8),
    /// Ends the file here.
    Cut,
}

const WORDS: &[&[u8]] = &[
    b"|",
    b"\n",
    b"\r\n",
    b"\\",
    b"\0",
    b"nan",
    b"-inf",
    b"1e999",
    b"-1",
    b"0",
    b"99999999999",
    b"2000000000",
    b"NAXIS1",
    b"NAXIS",
    b"END",
    b"END     ",
    b"CRPIX1",
    b"CTYPE1",
    b"'RA---ZEA'",
    b"'GLON-AIT'",
    b"'DEC--TPV'",
    b"BITPIX",
    b"BSCALE",
    b"BLANK",
    b"= ",
    b"'",
    b"%n%s",
    b" ",
    b"/",
    b"XTENSION= 'IMAGE   '",
    b"ZIMAGE  =                    T",
    b"\xff\xfe",
    b"PV2_1",
    b"LONPOLE",
];

impl Edit {
    /// An edit made of random numbers, anywhere in a file.
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        let kind = match rng.u8(0..10) {
            0..=3 => Kind::Set(rng.u8(..)),
            4 => Kind::Flip(1 << rng.u8(0..8)),
            5 => Kind::Remove,
            6 => Kind::Repeat(rng.u8(..)),
            7 => Kind::Copy(rng.u32(..)),
            8 => Kind::Word(rng.u8(..)),
            _ if rng.u8(0..8) == 0 => Kind::Cut,
            _ => Kind::Set(*rng.choice(&[0, 1, 0x7f, 0x80, 0xff]).unwrap_or(&0)),
        };
        Edit {
            at: rng.u32(..),
            length: rng.u8(..),
            kind,
        }
    }
}

/// What a file is after some edits, at most a few megabytes.
pub fn edited(good: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits {
        if bytes.is_empty() || bytes.len() > 1 << 20 {
            break;
        }
        let at = edit.at as usize % bytes.len();
        let end = (at + 1 + usize::from(edit.length) / 4).min(bytes.len());
        match edit.kind {
            Kind::Set(byte) => bytes[at] = byte,
            Kind::Flip(bits) => bytes[at] ^= bits,
            Kind::Remove => drop(bytes.drain(at..end)),
            Kind::Repeat(times) => {
                let piece = bytes[at..end].repeat(usize::from(times));
                bytes.splice(at..at, piece);
            }
            Kind::Copy(from) => {
                let from = from as usize % bytes.len();
                let piece = bytes[from..(from + end - at).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            Kind::Word(word) => {
                let word = WORDS[usize::from(word) % WORDS.len()];
                // Over what is there, so that cards and columns keep their places.
                let over = (at + word.len()).min(bytes.len());
                bytes.splice(at..over, word.iter().copied());
            }
            Kind::Cut => bytes.truncate(at),
        }
    }
    bytes
}
