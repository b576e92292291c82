//! Writing images, of doubles unless another type is chosen.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::decode::{Stored, BLANK_DOUBLE};
use super::header::Header;
use crate::atomic_file::AtomicFile;
use crate::error::{About, Result};
use crate::os::reserve;

/// Bytes per write call, a whole number of memory pages: large enough that calls are cheap, small enough
/// to stay in the second-level cache beside the input.
const CHUNK: usize = 128 << 10;

/// Block size of FITS files in bytes (FITS Standard 4.0, section 3.1).
const BLOCK: usize = 2880;

/// Disk space is reserved for files from this size on; smaller ones soon notice a full disk anyway.
const WORTH_RESERVING: u64 = 1 << 30;

/// Writes a FITS file of one image of doubles to `target`, whole or not at all. `pixels` are row-major, NaN
/// for blank ones. `header` must describe them: SIMPLE first, BITPIX -64, NAXIS1 and NAXIS2 their size.
///
/// # Errors
/// If the file cannot be created, written (disk full) or renamed.
pub fn write_image(target: &Path, header: &Header, pixels: &[f64]) -> Result<()> {
    let mut writer = ImageWriter::create(target, header)?;
    writer.write(pixels)?;
    writer.finish()?.commit()
}

/// Writes a file of one or more images in order, with a buffer of constant size. The file appears with
/// [`AtomicFile::commit`]; dropped before, the writer leaves nothing behind.
///
/// ```
/// use fits::{Header, Image, ImageWriter};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("rows.fits");
/// let mut writer = ImageWriter::create(&path, &Header::primary(-64, &[3, 2]))?;
/// for row in [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] {
///     writer.write(&row)?;
/// }
/// let file = writer.finish()?;
/// assert!(!path.exists());
/// file.commit()?;
///
/// let mut image = Image::open(&path, "Image file")?;
/// let mut pixels = Vec::new();
/// image.read(image.whole(), &mut pixels)?;
/// assert_eq!(pixels, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ImageWriter {
    output: AtomicFile,
    /// Type of the pixels of the current image.
    stored: Stored,
    /// Buffer of `CHUNK` bytes, of which the first `used` are filled.
    waiting: Vec<u8>,
    used: usize,
    /// Length of the file so far, buffered bytes included.
    length: usize,
}

impl ImageWriter {
    /// Begins the file `target` with `header`, which must describe its image: SIMPLE first, BITPIX -64 (or
    /// NAXIS 0 if [`ImageWriter::extension`] comes next).
    ///
    /// # Errors
    /// If the file cannot be created or written.
    pub fn create(target: &Path, header: &Header) -> Result<Self> {
        let mut writer = ImageWriter {
            output: AtomicFile::create(target)?,
            stored: Stored::DOUBLES,
            waiting: memory::zeros(CHUNK).about(target)?,
            used: 0,
            length: 0,
        };
        writer.put(&header.to_blocks())?;
        Ok(writer)
    }

    /// Ends the current image and begins an extension with `header`, which must describe it: XTENSION
    /// first, BITPIX and scaling as in `stored`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn extension(&mut self, header: &Header, stored: Stored) -> Result<()> {
        self.pad()?;
        self.stored = stored;
        self.put(&header.to_blocks())
    }

    /// Adds the next pixels, row-major, NaN for blank ones.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&mut self, mut pixels: &[f64]) -> Result<()> {
        let bytes = self.stored.bytes();
        while !pixels.is_empty() {
            // Headers and padded images are whole numbers of pixels long, so the room is too.
            let room = &mut self.waiting[self.used..];
            let (now, later) = pixels.split_at(pixels.len().min(room.len() / bytes));
            match self.stored == Stored::DOUBLES {
                true => encode(now, room.as_chunks_mut::<8>().0),
                false => self.stored.encode(now, &mut room[..now.len() * bytes]),
            }
            self.advance(now.len() * bytes)?;
            pixels = later;
        }
        Ok(())
    }

    /// Pads the file to a whole block. It gets its name when the returned file is committed.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<AtomicFile> {
        self.pad()?;
        self.flush()?;
        Ok(self.output)
    }

    fn pad(&mut self) -> Result<()> {
        let padding = self.length.next_multiple_of(BLOCK) - self.length;
        self.put(&vec![0; padding])
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.used));
            self.waiting[self.used..][..now.len()].copy_from_slice(now);
            self.advance(now.len())?;
            bytes = later;
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) -> Result<()> {
        self.used += bytes;
        self.length += bytes;
        if self.used == CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let bytes = &self.waiting[..self.used];
        let written = File::write_all(self.output.file(), bytes);
        self.used = 0;
        written.map_err(|e| self.output.failed(e))
    }
}

/// Encodes doubles as big-endian bytes, every NaN as the same bits.
fn encode(pixels: &[f64], bytes: &mut [[u8; 8]]) {
    for (to, from) in bytes.iter_mut().zip(pixels) {
        let bits = if from.is_nan() {
            BLANK_DOUBLE
        } else {
            from.to_bits()
        };
        *to = bits.to_be_bytes();
    }
}

/// Writes an image in parts, in any order and from several threads. The file appears with
/// [`AtomicFile::commit`]; dropped before, the writer leaves nothing behind.
pub struct PartsWriter {
    output: AtomicFile,
    stored: Stored,
    /// Offset and length of the pixels in the file, in bytes.
    start: u64,
    length: u64,
}

impl PartsWriter {
    /// Begins the file `target` with an image of `pixels` doubles and its `header`: SIMPLE first, BITPIX
    /// -64. For images from 1 GB on, disk space is reserved, so that a full disk is reported before any
    /// work is done.
    ///
    /// # Errors
    /// If the file cannot be created or written, the disk has too little space, or no file can be that
    /// large.
    pub fn create(target: &Path, header: &Header, pixels: u64) -> Result<Self> {
        Self::create_stored(target, header, pixels, Stored::DOUBLES)
    }

    /// As [`PartsWriter::create`], for pixels of another type, which `header` must describe.
    ///
    /// # Errors
    /// As for [`PartsWriter::create`].
    pub fn create_stored(
        target: &Path,
        header: &Header,
        pixels: u64,
        stored: Stored,
    ) -> Result<Self> {
        let output = AtomicFile::create(target)?;
        let blocks = header.to_blocks();
        let start = blocks.len() as u64;
        // With room for header and padding: file sizes are signed.
        let length = pixels.checked_mul(stored.bytes() as u64);
        let length = length.filter(|&n| n < i64::MAX as u64 / 2);
        let length = length.ok_or_else(|| output.failed(ErrorKind::FileTooLarge.into()))?;
        if length >= WORTH_RESERVING {
            reserve(output.shared_file(), start + length).map_err(|e| output.failed(e))?;
        }
        let writer = PartsWriter {
            output,
            stored,
            start,
            length,
        };
        writer.put(&blocks, 0)?;
        Ok(writer)
    }

    /// Writes pixels, row-major, NaN for blank ones, beginning at pixel `first` of the image (counted from
    /// 0). `bytes` is a scratch buffer to be reused.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, first: u64, pixels: &[f64], bytes: &mut Vec<u8>) -> Result<()> {
        self.write_rows(first, [pixels], bytes)
    }

    /// As [`PartsWriter::write`], for rows that are contiguous in the file but not in memory.
    ///
    /// # Errors
    /// As [`PartsWriter::write`].
    pub fn write_rows<'r>(
        &self,
        first: u64,
        rows: impl IntoIterator<Item = &'r [f64]>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let mut run = self.in_order(first, std::mem::take(bytes))?;
        for row in rows {
            run.write(row)?;
        }
        *bytes = run.finish()?;
        Ok(())
    }

    /// For pixels that are written one after the other from pixel `first` on. `bytes` is memory that is
    /// used again.
    ///
    /// # Errors
    /// When memory is out.
    pub fn in_order(&self, first: u64, mut bytes: Vec<u8>) -> Result<InOrder<'_>> {
        memory::resize(&mut bytes, CHUNK, 0)?;
        Ok(InOrder {
            writer: self,
            bytes,
            used: 0,
            at: self.start + first * self.stored.bytes() as u64,
        })
    }

    /// Type of the stored pixels.
    pub fn stored(&self) -> Stored {
        self.stored
    }

    /// Writes pixels that are encoded already, beginning at pixel `first`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_stored(&self, first: u64, bytes: &[u8]) -> Result<()> {
        self.put(bytes, self.start + first * self.stored.bytes() as u64)
    }

    /// Pads the file to a whole block, after all pixels are written. The file gets its name when the
    /// returned file is committed.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(self) -> Result<AtomicFile> {
        let end = self.start + self.length;
        let padding = end.next_multiple_of(BLOCK as u64) - end;
        self.put(&vec![0; padding as usize], end)?;
        Ok(self.output)
    }

    fn put(&self, bytes: &[u8], at: u64) -> Result<()> {
        let written = self.output.shared_file().write_all_at(bytes, at);
        written.map_err(|e| self.output.failed(e))
    }
}

/// Pixels that are written one after the other, some of which still wait to be written.
pub struct InOrder<'a> {
    writer: &'a PartsWriter,
    /// Bytes that wait, of which the first `used` are filled.
    bytes: Vec<u8>,
    used: usize,
    /// Where in the file they belong.
    at: u64,
}

impl InOrder<'_> {
    /// Adds the next pixels; NaN is blank.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, mut pixels: &[f64]) -> Result<()> {
        let stored = self.writer.stored;
        let width = stored.bytes();
        while !pixels.is_empty() {
            // Up to where a chunk of the file ends: the system takes whole ones in fewer, larger
            // pieces of memory.
            let room = (CHUNK - (self.at % CHUNK as u64) as usize) / width * width;
            let free = &mut self.bytes[self.used..room];
            let (now, later) = pixels.split_at(pixels.len().min(free.len() / width));
            pixels = later;
            let encoded = &mut free[..now.len() * width];
            match stored == Stored::DOUBLES {
                true => encode(now, encoded.as_chunks_mut::<8>().0),
                false => stored.encode(now, encoded),
            }
            self.used += encoded.len();
            if self.used == room {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what still waits; returns the memory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.flush()?;
        Ok(self.bytes)
    }

    fn flush(&mut self) -> Result<()> {
        if self.used > 0 {
            self.writer.put(&self.bytes[..self.used], self.at)?;
        }
        self.at += self.used as u64;
        self.used = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Image;
    use super::*;

    #[test]
    fn an_image_written_in_any_pieces_is_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        let (width, height) = (301, 203);
        let header = Header::primary(-64, &[width, height]);
        let mut pixels: Vec<f64> = (0..width * height).map(|i| i as f64 * 0.1).collect();
        pixels[7] = f64::NAN;
        pixels[8] = -f64::NAN;
        let whole = dir.path().join("whole.fits");
        write_image(&whole, &header, &pixels).unwrap();
        for piece in [1, 301, 50_000] {
            let pieces = dir.path().join("pieces.fits");
            let mut writer = ImageWriter::create(&pieces, &header).unwrap();
            for piece in pixels.chunks(piece) {
                writer.write(piece).unwrap();
            }
            let done = writer.finish().unwrap();
            assert!(!pieces.exists());
            done.commit().unwrap();
            assert!(std::fs::read(&pieces).unwrap() == std::fs::read(&whole).unwrap());
            std::fs::remove_file(&pieces).unwrap();
        }
        let bytes = std::fs::read(&whole).unwrap();
        let parts = dir.path().join("parts.fits");
        let writer = PartsWriter::create(&parts, &header, (width * height) as u64).unwrap();
        let mut memory = Vec::new();
        for (k, part) in pixels.chunks(20_000).enumerate().rev() {
            let first = k as u64 * 20_000;
            writer.write(first, part, &mut memory).unwrap();
        }
        let done = writer.finish().unwrap();
        assert!(!parts.exists());
        done.commit().unwrap();
        assert!(std::fs::read(&parts).unwrap() == bytes);
        let writer = PartsWriter::create(&parts, &header, (width * height) as u64).unwrap();
        let rows = pixels.chunks(width as usize);
        writer.write_rows(0, rows, &mut memory).unwrap();
        writer.finish().unwrap().commit().unwrap();
        assert!(std::fs::read(&parts).unwrap() == bytes);
        assert!(PartsWriter::create(&parts, &header, u64::MAX / 8).is_err());
        assert!(PartsWriter::create(&parts, &header, 1 << 55).is_err());
        assert!(std::fs::read(&parts).unwrap() == bytes);
        assert_eq!(bytes.len() % BLOCK, 0);
        assert_eq!(bytes[BLOCK + 7 * 8..][..16], [255; 16]);
        let mut image = Image::open(&whole, "Image file").unwrap();
        let mut back = Vec::new();
        image.read(image.whole(), &mut back).unwrap();
        assert!(back[7].is_nan() && back[8].is_nan());
        assert_eq!(back[9..], pixels[9..]);
    }

    #[test]
    fn a_file_of_several_images_is_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("several.fits");
        // Longer than what is handed to the system at once, and no whole number of blocks.
        let (width, height) = (401, 203);
        let pixels: Vec<f64> = (0..width * height).map(|i| (i % 251) as f64).collect();
        let mut writer = ImageWriter::create(&path, &Header::primary(8, &[])).unwrap();
        let kinds = [
            (Stored::BYTES, 8),
            (Stored::FLOATS, -32),
            (Stored::DOUBLES, -64),
        ];
        for (stored, bitpix) in kinds {
            let mut header = Header::default();
            header.set_text("XTENSION", "IMAGE");
            let sizes = [width as i64, height as i64];
            let axes = Header::primary(bitpix, &sizes);
            let keep = |key: &[u8]| key == b"BITPIX" || key.starts_with(b"NAXIS");
            let axes = axes.cards().iter().filter(|card| keep(card.key()));
            axes.for_each(|card| header.push(*card));
            header.set_integer("PCOUNT", 0);
            header.set_integer("GCOUNT", 1);
            writer.extension(&header, stored).unwrap();
            pixels
                .chunks(777)
                .for_each(|part| writer.write(part).unwrap());
        }
        writer.finish().unwrap().commit().unwrap();
        for hdu in 1..=3 {
            let mut image = Image::open_hdu(&path, hdu, "Image file").unwrap();
            let mut back = Vec::new();
            image.read(image.whole(), &mut back).unwrap();
            assert_eq!(back, pixels, "HDU {hdu}");
        }
        let length = std::fs::metadata(&path).unwrap().len();
        assert_eq!(length % BLOCK as u64, 0);
    }
}
