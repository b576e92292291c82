//! What whole files are packed with: gzip, bzip2, compress (`.Z`) and the first member of a zip
//! archive. Each is a stream that unpacks as it is read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use bzip2::{Decompress, Status};

use super::lzw::Lzw;

/// A method of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    /// The `compress` of Unix.
    Lzw,
    Zip,
}

impl Packing {
    /// The method that a file begins like; `None` for one that is not packed.
    pub fn of(magic: &[u8]) -> io::Result<Option<Self>> {
        match magic {
            [0x1f, 0x8b, ..] => Ok(Some(Packing::Gzip)),
            [b'B', b'Z', b'h', ..] => Ok(Some(Packing::Bzip2)),
            [0x1f, 0x9d, ..] => Ok(Some(Packing::Lzw)),
            [b'P', b'K', 3, 4, ..] => Ok(Some(Packing::Zip)),
            // pack and compress -H: gone for decades, and not in CFITSIO 3.49 either.
            [0x1f, 0x1e | 0xa0, ..] => Err(io::Error::new(
                ErrorKind::Unsupported,
                "packed by pack or compress -H, which are not read",
            )),
            _ => Ok(None),
        }
    }
}

/// Bytes of the packed file read at once.
const BUFFER: usize = 32 << 10;

/// The unpacked content of `file`, from its beginning.
pub(super) fn unpacker(mut file: File, packing: Packing) -> io::Result<Box<dyn Read + Send>> {
    file.seek(SeekFrom::Start(0))?;
    let mut file = BufReader::with_capacity(BUFFER, file);
    Ok(match packing {
        Packing::Gzip => {
            memory::expect(INFLATE)?;
            Box::new(Gzip {
                inner: flate2::bufread::MultiGzDecoder::new(file),
                read: 0,
            })
        }
        Packing::Bzip2 => Box::new(Bzip2 {
            stream: bzip2_stream()?,
            ended: false,
            block: 0,
            file,
        }),
        Packing::Lzw => Box::new(Lzw::new(file)?),
        Packing::Zip => {
            let stored = zip_member(&mut file)?;
            match stored {
                Some(length) => Box::new(file.take(length)),
                None => {
                    memory::expect(INFLATE)?;
                    Box::new(flate2::bufread::DeflateDecoder::new(file))
                }
            }
        }
    })
}

/// What the decoders of deflate allocate when they are made, and more. They end in a panic where they
/// cannot, so they are made only where as much could be had a moment before.
const INFLATE: usize = 256 << 10;

/// Streams of a bzip2 file, one after the other.
struct Bzip2<R> {
    file: R,
    stream: Decompress,
    /// Whether `stream` is at its end.
    ended: bool,
    /// Bytes that its blocks take: 400,000 times the digit at its beginning.
    block: usize,
}

/// A decoder at the beginning of a stream. What it takes at once (constant, 64 KB) must be there,
/// or it ends in a panic; the memory of the blocks it asks for later, and says when there is none.
fn bzip2_stream() -> io::Result<Decompress> {
    memory::expect(256 << 10)?;
    Ok(Decompress::new(false))
}

impl<R: BufRead> Read for Bzip2<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let packed = self.file.fill_buf()?;
            let is_end = packed.is_empty();
            if self.ended {
                if is_end {
                    return Ok(0);
                }
                self.stream = bzip2_stream()?;
                self.ended = false;
            }
            let (taken, made) = (self.stream.total_in(), self.stream.total_out());
            if taken == 0 {
                let digit = packed
                    .get(3)
                    .map_or(9, |digit| digit.wrapping_sub(b'0').min(9));
                self.block = 400_000 * usize::from(digit);
            }
            let status = self.stream.decompress(packed, out);
            let taken = (self.stream.total_in() - taken) as usize;
            let made = (self.stream.total_out() - made) as usize;
            self.file.consume(taken);
            match status {
                Ok(Status::StreamEnd) => self.ended = true,
                // Its own reader takes no notice.
                Ok(Status::MemNeeded) => {
                    return Err(memory::Error {
                        bytes: Some(self.block),
                    }
                    .into())
                }
                Ok(_) if is_end && taken == 0 && made == 0 => {
                    return Err(ErrorKind::UnexpectedEof.into())
                }
                Ok(_) => {}
                Err(why) => return Err(io::Error::new(ErrorKind::InvalidData, why)),
            }
            if made > 0 {
                return Ok(made);
            }
        }
    }
}

/// Members of a gzip file, one after the other. What follows the last and is none is ignored, as
/// gzip ignores it.
struct Gzip<R> {
    inner: flate2::bufread::MultiGzDecoder<R>,
    read: u64,
}

impl<R: io::BufRead> Read for Gzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(count) => {
                self.read += count as u64;
                Ok(count)
            }
            Err(e) if self.read > 0 && e.to_string().contains("gzip header") => Ok(0),
            Err(e) => Err(e),
        }
    }
}

/// Moves `file` to the content of a zip archive's first member (PKWARE's APPNOTE, section 4.3.7);
/// returns its length if it is stored as it is.
fn zip_member(file: &mut impl Read) -> io::Result<Option<u64>> {
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let (flags, method) = (short(6), short(8));
    let length = u64::from(short(18)) | u64::from(short(20)) << 16;
    let skip = u64::from(short(26)) + u64::from(short(28));
    io::copy(&mut file.by_ref().take(skip), &mut io::sink())?;
    match (flags & 1, method) {
        (0, 8) => Ok(None),
        (0, 0) => Ok(Some(length)),
        _ => Err(io::Error::new(
            ErrorKind::Unsupported,
            "a zip archive that is encrypted or not deflated",
        )),
    }
}
