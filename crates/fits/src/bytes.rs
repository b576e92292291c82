//! Random access to the bytes of a file, packed (gzip, bzip2, compress, zip) or not.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::unpack::{unpacker, Packing};

/// Bytes of a packed file that stay in memory, so that reading back a little does not start again
/// from the beginning of the file. Smaller files are unpacked once.
const KEPT: usize = 48 << 20;

/// Bytes unpacked at once.
const STEP: usize = 256 << 10;

/// Bytes read ahead for small readings.
const AHEAD: usize = 64 << 10;

/// Bytes allocated at once for a length that only the file claims.
const CLAIM_STEP: usize = 1 << 20;

/// The content of an open file.
pub(super) enum Bytes {
    /// A file that is read where it lies.
    Plain {
        file: File,
        length: u64,
        buffer: Buffer,
    },
    /// A file whose content is unpacked as far as it is needed.
    Packed(Box<Unpacked>),
}

/// The unpacked content of a file, and how far it is.
pub(super) struct Unpacked {
    file: File,
    packing: Packing,
    stream: Box<dyn Read + Send>,
    /// The content from byte `start` on, as far as it is unpacked and kept.
    kept: Vec<u8>,
    start: u64,
    ended: bool,
}

/// The last bytes read, for the many small readings of a table.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: u64,
}

impl Buffer {
    fn holds(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(at..at.checked_add(length)?)
    }
}

impl Bytes {
    /// Opens `path`. What the file is packed with is read from its first bytes, not its name.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is packed by a method that is not known.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut magic = [0; 4];
        let length = read_up_to(&file, &mut magic, 0)?;
        match Packing::of(&magic[..length])? {
            None => Ok(Bytes::Plain {
                length: file.metadata()?.len(),
                file,
                buffer: Buffer::default(),
            }),
            Some(packing) => {
                let stream = unpacker(file.try_clone()?, packing)?;
                Ok(Bytes::Packed(Box::new(Unpacked {
                    file,
                    packing,
                    stream,
                    kept: Vec::new(),
                    start: 0,
                    ended: false,
                })))
            }
        }
    }

    /// The number of bytes; of a packed file only its end tells.
    pub fn length(&self) -> Option<u64> {
        match self {
            Bytes::Plain { length, .. } => Some(*length),
            Bytes::Packed(_) => None,
        }
    }

    /// Fills `out` with the bytes from `offset` on; returns how many there are, fewer only at the
    /// end of the file.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged, or memory is out.
    pub fn read_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Bytes::Plain { file, .. } => read_up_to(file, out, offset),
            Bytes::Packed(unpacked) => unpacked.read_at(out, offset),
        }
    }

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// As [`Bytes::read_at`], and [`ErrorKind::UnexpectedEof`] when the file ends before.
    pub fn read_exact_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        if self.read_at(out, offset)? < out.len() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// As [`Bytes::read_exact_at`], for small pieces that lie close to each other: reads ahead.
    ///
    /// # Errors
    /// As [`Bytes::read_exact_at`].
    pub fn read_small_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let (file, buffer) = match self {
            Bytes::Plain { file, buffer, .. } if out.len() <= AHEAD => (file, buffer),
            _ => return self.read_exact_at(out, offset),
        };
        if let Some(bytes) = buffer.holds(offset, out.len()) {
            out.copy_from_slice(bytes);
            return Ok(());
        }
        memory::resize(&mut buffer.bytes, AHEAD, 0)?;
        let length = read_up_to(file, &mut buffer.bytes, offset)?;
        buffer.bytes.truncate(length);
        buffer.start = offset;
        match buffer.holds(offset, out.len()) {
            Some(bytes) => out.copy_from_slice(bytes),
            None => return Err(ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    /// Reads `length` bytes from `offset` on into `out`. `length` is what the file claims: memory
    /// is allocated only for bytes that exist.
    ///
    /// # Errors
    /// As [`Bytes::read_exact_at`].
    pub fn read_claimed(&mut self, offset: u64, length: u64, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        let end = offset.checked_add(length);
        let ends_in_file = match (end, self.length()) {
            (Some(end), Some(file)) => end <= file,
            (end, _) => end.is_some(),
        };
        let length = usize::try_from(length).ok().filter(|_| ends_in_file);
        let length = length.ok_or(ErrorKind::UnexpectedEof)?;
        let step = match self.length() {
            Some(_) => length,
            None => CLAIM_STEP,
        };
        while out.len() < length {
            let done = out.len();
            let now = step.min(length - done);
            memory::grow(out, now)?;
            out.resize(done + now, 0);
            self.read_exact_at(&mut out[done..], offset + done as u64)?;
        }
        Ok(())
    }
}

/// Reads until `out` is full or the file ends.
fn read_up_to(file: &File, out: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < out.len() {
        match file.read_at(&mut out[done..], offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // An offset that no file can have.
            Err(e) if e.kind() == ErrorKind::InvalidInput => break,
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

impl Unpacked {
    fn read_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset < self.start {
            self.stream = unpacker(self.file.try_clone()?, self.packing)?;
            (self.start, self.ended) = (0, false);
            self.kept.clear();
        }
        let mut done = 0;
        while done < out.len() {
            let here = offset.saturating_add(done as u64);
            let have = self.start + self.kept.len() as u64;
            if here < have {
                let at = (here - self.start) as usize;
                let bytes = &self.kept[at..];
                let count = bytes.len().min(out.len() - done);
                out[done..][..count].copy_from_slice(&bytes[..count]);
                done += count;
            } else if self.ended {
                break;
            } else {
                self.advance(here)?;
            }
        }
        Ok(done)
    }

    /// Unpacks one step further, on the way to byte `target`.
    fn advance(&mut self, target: u64) -> io::Result<()> {
        let have = self.start + self.kept.len() as u64;
        if self.kept.len() >= KEPT {
            // What lies far behind the target will not be read again soon.
            let keep = match target.saturating_sub(have) < KEPT as u64 {
                true => KEPT / 2,
                false => 0,
            };
            let gone = self.kept.len() - keep;
            self.kept.drain(..gone);
            self.start += gone as u64;
        }
        let length = self.kept.len();
        // Grows by halves, so that small files stay small and large ones are not copied often.
        let room = STEP.max(length / 2).min(KEPT + STEP - length);
        if self.kept.capacity() - length < STEP {
            memory::reserve(&mut self.kept, room)?;
        }
        self.kept.resize(length + STEP, 0);
        let read = loop {
            match self.stream.read(&mut self.kept[length..]) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.kept.truncate(length + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Bytes that no two places share for long.
    fn content(length: usize) -> Vec<u8> {
        (0..length as u64)
            .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 & 0x3f)
            .collect()
    }

    #[test]
    fn a_packed_file_reads_like_the_file_in_it_forwards_and_backwards() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = content(3_000_001);
        let path = dir.path().join("packed");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes[..1_000_000]).unwrap();
        let mut packed = gzip.finish().unwrap();
        // Two members, as gzip files may have, and junk that gzip ignores.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes[1_000_000..]).unwrap();
        packed.extend(gzip.finish().unwrap());
        packed.extend([0; 700]);
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&bytes).unwrap();
        for packed in [packed, bzip2.finish().unwrap(), bytes.clone()] {
            std::fs::write(&path, packed).unwrap();
            let mut file = Bytes::open(&path).unwrap();
            for (offset, length) in [(5, 10), (2_900_000, 100_001), (0, 4), (999_990, 20)] {
                let mut out = vec![0; length];
                file.read_exact_at(&mut out, offset as u64).unwrap();
                assert!(out == bytes[offset..][..length]);
                file.read_small_at(&mut out, offset as u64).unwrap();
                assert!(out == bytes[offset..][..length]);
            }
            let mut out = vec![0; 100];
            assert_eq!(file.read_at(&mut out, 3_000_000).unwrap(), 1);
            assert_eq!(file.read_at(&mut out, u64::MAX).unwrap(), 0);
            let mut claimed = Vec::new();
            file.read_claimed(1, 3_000_000, &mut claimed).unwrap();
            assert!(claimed == bytes[1..]);
            for length in [3_000_001, u64::MAX] {
                let why = file.read_claimed(1, length, &mut claimed).unwrap_err();
                assert_eq!(why.kind(), ErrorKind::UnexpectedEof);
                assert!(claimed.capacity() < 20_000_000);
            }
        }
    }

    #[test]
    fn a_gzip_of_200_mb_of_zeros_is_read_in_48_mb() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("zeros.gz");
        let file = File::create(&path).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        for _ in 0..200 {
            gzip.write_all(&vec![0; 1 << 20]).unwrap();
        }
        gzip.write_all(b"end").unwrap();
        gzip.finish().unwrap();
        let mut file = Bytes::open(&path).unwrap();
        let mut out = [9; 8];
        file.read_exact_at(&mut out, 100 << 20).unwrap();
        assert_eq!(file.read_at(&mut out, 200 << 20).unwrap(), 3);
        assert_eq!(out, *b"end\0\0\0\0\0");
        // Back to before what is kept.
        file.read_exact_at(&mut out, 7).unwrap();
        assert_eq!(out, [0; 8]);
        let Bytes::Packed(unpacked) = &file else {
            panic!("not packed")
        };
        assert!(unpacked.kept.capacity() <= KEPT + 2 * STEP);
    }
}
