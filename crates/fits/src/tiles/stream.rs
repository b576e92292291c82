//! The bytes of one tile, unpacked into its numbers. The header of a file can claim any size for a
//! tile: memory is allocated only for what the bytes can stand for.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use hcompress::read::{DecodeError, HCDecoder};

use super::layout::Method;
use super::plio::LineList;
use super::{rice, Fault};

/// The numbers of a tile, as wide as its stream has them; signed but for bytes. Whether four or
/// eight bytes are an integer or a float is for [`super::tile`] to say.
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<i32>),
    Longs(Vec<u64>),
    Lines(LineList),
}

impl Numbers {
    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        match self {
            Numbers::Bytes(v) => v.len(),
            Numbers::Shorts(v) => v.len() * 2,
            Numbers::Words(v) => v.len() * 4,
            Numbers::Longs(v) => v.len() * 8,
            Numbers::Lines(list) => list.bytes(),
        }
    }
}

/// What the stream of a tile is to become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub method: Method,
    /// Pixels of the tile.
    pub pixels: usize,
    /// Whether the image has 8 or 16 bits a pixel, for which HCOMPRESS counts in 32.
    pub short: bool,
    /// Bytes of a pixel that are expected of GZIP and the largest number that is possible.
    pub bytes: usize,
    pub most_bytes: usize,
}

type Unpacked<T> = Result<T, Fault>;

/// `count` zeros in memory that is used again.
fn zeros_in<T: Clone + Default>(mut room: Vec<T>, count: usize) -> Unpacked<Vec<T>> {
    room.clear();
    memory::reserve(&mut room, count)?;
    room.resize(count, T::default());
    Ok(room)
}

/// Deflate cannot do better than 258 bytes for two bits.
const DEFLATE_RATIO: usize = 1032;

/// Pixels of an HCOMPRESS tile for which no byte of the stream has to answer: an image of zeros
/// takes a few bytes whatever its size.
const HCOMPRESS_FREE: usize = 1 << 24;
const HCOMPRESS_RATIO: usize = 10_000;

/// Unpacks tiles one after the other.
pub(super) struct Unpacker {
    inflate: Decompress,
    /// Memory of an earlier tile, to be used again: fresh memory costs a fault for each page.
    spare: Vec<i32>,
    /// What HCOMPRESS counts in 64 bits in.
    longs: Vec<i64>,
}

impl Unpacker {
    pub fn new() -> Self {
        Unpacker {
            inflate: Decompress::new(false),
            spare: Vec::new(),
            longs: Vec::new(),
        }
    }

    /// Takes back the memory of a tile that is not needed any more.
    pub fn recycle(&mut self, numbers: Numbers) {
        if let Numbers::Words(words) = numbers {
            self.spare = words;
        }
    }

    /// The numbers in `stream`.
    ///
    /// # Errors
    /// When the stream is damaged or does not have as many pixels as the tile, or memory is out.
    pub fn unpack(&mut self, stream: &[u8], wanted: &Wanted) -> Unpacked<Numbers> {
        match wanted.method {
            Method::Rice { block, pixel } => self.rice(stream, wanted.pixels, block, pixel),
            Method::Gzip1 => numbers(self.gunzip(stream, wanted)?, wanted.pixels, false),
            Method::Gzip2 => numbers(self.gunzip(stream, wanted)?, wanted.pixels, true),
            Method::Plio => LineList::new(stream, wanted.pixels as u64).map(Numbers::Lines),
            Method::Hcompress { smooth } => self.hcompress(stream, wanted, smooth),
            Method::None => numbers(memory::copy(stream)?, wanted.pixels, false),
        }
    }

    /// Inflates a gzip member, up to the bytes that the tile can have.
    fn gunzip(&mut self, stream: &[u8], wanted: &Wanted) -> Unpacked<Vec<u8>> {
        let body = gzip_body(stream).ok_or("a tile that is no gzip")?;
        let too_long = || Fault::from("a gzip'd tile with more bytes than pixels");
        let possible = body.len().saturating_mul(DEFLATE_RATIO);
        let size = |bytes: usize| wanted.pixels.checked_mul(bytes).ok_or_else(too_long);
        let mut most = size(wanted.bytes)?;
        if wanted.pixels > possible {
            return Err("a gzip'd tile with fewer bytes than pixels".into());
        }
        self.inflate.reset(false);
        let mut out: Vec<u8> = Vec::new();
        loop {
            let length = out.len();
            let room = most.min(possible).saturating_sub(length);
            memory::reserve(&mut out, room)?;
            out.resize(length + room, 0);
            let taken = self.inflate.total_in() as usize;
            let rest = body.get(taken..).unwrap_or_default();
            let state = self
                .inflate
                .decompress(rest, &mut out[length..], FlushDecompress::Finish)
                .map_err(|_| "a damaged gzip'd tile")?;
            out.truncate(self.inflate.total_out() as usize);
            match state {
                Status::StreamEnd => break,
                // Full: the numbers may be wider than expected.
                _ if out.len() == most && most < size(wanted.most_bytes)? => {
                    most = size(wanted.most_bytes)?;
                }
                _ if out.len() == most => {
                    // The end may need no more than to be read.
                    let taken = self.inflate.total_in() as usize;
                    let rest = body.get(taken..).unwrap_or_default();
                    let end = self
                        .inflate
                        .decompress(rest, &mut [0], FlushDecompress::Finish);
                    match end {
                        Ok(Status::StreamEnd) if self.inflate.total_out() as usize == most => break,
                        _ => return Err(too_long()),
                    }
                }
                _ => return Err("a gzip'd tile that ends too early".into()),
            }
        }
        let trailer = body.get(self.inflate.total_in() as usize..);
        if let Some([a, b, c, d, ..]) = trailer {
            let mut crc = Crc::new();
            crc.update(&out);
            if crc.sum() != u32::from_le_bytes([*a, *b, *c, *d]) {
                return Err("a gzip'd tile whose checksum is wrong".into());
            }
        }
        Ok(out)
    }
}

/// What follows the header of a gzip member (RFC 1952).
fn gzip_body(stream: &[u8]) -> Option<&[u8]> {
    let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, rest @ ..] = stream else {
        return None;
    };
    let mut rest = rest;
    if flags & 4 != 0 {
        let [a, b, after @ ..] = rest else {
            return None;
        };
        rest = after.get(usize::from(u16::from_le_bytes([*a, *b]))..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|&b| b == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// Big-endian numbers of as many bytes as there are for each pixel; `shuffled` where all first bytes
/// come first, then all second ones.
pub(super) fn numbers(bytes: Vec<u8>, pixels: usize, shuffled: bool) -> Unpacked<Numbers> {
    let width = [1, 2, 4, 8]
        .into_iter()
        .find(|width| pixels.checked_mul(*width) == Some(bytes.len()));
    Ok(match (width, shuffled) {
        (Some(1), _) => Numbers::Bytes(bytes),
        (Some(2), false) => {
            let mut out = memory::room(pixels)?;
            out.extend(bytes.as_chunks().0.iter().map(|&b| u16::from_be_bytes(b)));
            Numbers::Shorts(out)
        }
        (Some(4), false) => {
            let mut out = memory::room(pixels)?;
            out.extend(bytes.as_chunks().0.iter().map(|&b| i32::from_be_bytes(b)));
            Numbers::Words(out)
        }
        (Some(_), false) => {
            let mut out = memory::room(pixels)?;
            out.extend(bytes.as_chunks().0.iter().map(|&b| u64::from_be_bytes(b)));
            Numbers::Longs(out)
        }
        (Some(2), true) => {
            let mut out = memory::room(pixels)?;
            let (a, b) = bytes.split_at(pixels);
            out.extend(a.iter().zip(b).map(|(&a, &b)| u16::from_be_bytes([a, b])));
            Numbers::Shorts(out)
        }
        (Some(4), true) => {
            let mut out = memory::room(pixels)?;
            let (ab, cd) = bytes.split_at(2 * pixels);
            let ((a, b), (c, d)) = (ab.split_at(pixels), cd.split_at(pixels));
            let pairs = a.iter().zip(b).zip(c.iter().zip(d));
            out.extend(pairs.map(|((&a, &b), (&c, &d))| i32::from_be_bytes([a, b, c, d])));
            Numbers::Words(out)
        }
        (Some(_), true) => {
            let mut out = memory::zeros::<u64>(pixels)?;
            for plane in bytes.chunks_exact(pixels) {
                for (number, &byte) in out.iter_mut().zip(plane) {
                    *number = *number << 8 | u64::from(byte);
                }
            }
            Numbers::Longs(out)
        }
        (None, _) => {
            let why = format!("a tile of {} bytes for {pixels} pixels", bytes.len());
            return Err(why.into());
        }
    })
}

impl Unpacker {
    fn rice(
        &mut self,
        stream: &[u8],
        pixels: usize,
        block: usize,
        bytes: usize,
    ) -> Unpacked<Numbers> {
        // Every block begins with the length of its codes, in 3 to 5 bits.
        let least_bits = match bytes {
            1 => 3,
            2 => 4,
            _ => 5,
        };
        let bits = pixels.div_ceil(block).checked_mul(least_bits);
        let long_enough = bits.is_some_and(|bits| bits / 8 <= stream.len()) && stream.len() > bytes;
        if !long_enough || stream.len() < 2 {
            return Err("a Rice stream too short for its tile".into());
        }
        let damaged = || Fault::from("a damaged Rice stream");
        Ok(match bytes {
            1 => {
                let mut out = memory::zeros(pixels)?;
                rice::decode(stream, block, &mut out).ok_or_else(damaged)?;
                Numbers::Bytes(out)
            }
            2 => {
                let mut out = memory::zeros(pixels)?;
                rice::decode(stream, block, &mut out).ok_or_else(damaged)?;
                Numbers::Shorts(out)
            }
            _ => {
                let mut out = zeros_in(std::mem::take(&mut self.spare), pixels)?;
                rice::decode(stream, block, &mut out).ok_or_else(damaged)?;
                Numbers::Words(out)
            }
        })
    }

    fn hcompress(&mut self, stream: &[u8], wanted: &Wanted, smooth: bool) -> Unpacked<Numbers> {
        let pixels = wanted.pixels;
        let [0xdd, 0x99, rest @ ..] = stream else {
            return Err("a tile that is no HCOMPRESS stream".into());
        };
        let ([slow, fast, ..], _) = rest.as_chunks::<4>() else {
            return Err("an HCOMPRESS stream that ends too early".into());
        };
        let size = |word: &[u8; 4]| usize::try_from(i32::from_be_bytes(*word)).unwrap_or(0);
        if size(slow).checked_mul(size(fast)) != Some(pixels) {
            let (width, height) = (size(fast), size(slow));
            let why =
                format!("an HCOMPRESS stream of {width} x {height} pixels for a tile of {pixels}");
            return Err(why.into());
        }
        let most = stream.len().saturating_mul(HCOMPRESS_RATIO);
        if pixels > HCOMPRESS_FREE.max(most) {
            return Err("an HCOMPRESS tile of more pixels than its bytes can stand for".into());
        }
        let (mut decoder, smooth) = (HCDecoder::new(), i32::from(smooth));
        let fault = |why| match why {
            DecodeError::MemoryAllocationError => Fault::Memory(None),
            _ => "a damaged HCOMPRESS stream".into(),
        };
        let mut out = zeros_in(std::mem::take(&mut self.spare), pixels)?;
        if wanted.short {
            decoder.read(stream, smooth, &mut out).map_err(fault)?;
            return Ok(Numbers::Words(out));
        }
        self.longs = zeros_in(std::mem::take(&mut self.longs), pixels)?;
        // The decoder allocates 32 bits for each pixel once more, and aborts the process where it
        // cannot. Allocating and freeing as much here turns nearly every such abort into an error;
        // another thread may still take the memory in between.
        memory::expect(memory::product(pixels, size_of::<i32>())?)?;
        decoder
            .read64(stream, smooth, &mut self.longs)
            .map_err(fault)?;
        // The decoder leaves 32-bit integers side by side in its first half.
        for (pair, long) in out.chunks_mut(2).zip(&self.longs) {
            let bytes = long.to_ne_bytes();
            for (number, &bytes) in pair.iter_mut().zip(bytes.as_chunks().0) {
                *number = i32::from_ne_bytes(bytes);
            }
        }
        Ok(Numbers::Words(out))
    }
}
