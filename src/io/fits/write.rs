//! Writing images of doubles.

use std::io::Write;
use std::path::Path;

use super::header::Header;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;

/// Pixels converted and written at once: half of a second-level cache.
const CHUNK: usize = 16 << 10;

/// Writes a FITS file of one image of doubles (BITPIX -64) to `target`, whole or not at all.
/// `header` must describe it: SIMPLE first, NAXIS1 and NAXIS2 the size of `pixels`; NaN is blank.
///
/// # Errors
/// When the file cannot be created, written (disk full) or renamed.
pub fn write_image(target: &Path, header: &Header, pixels: &[f64]) -> Result<()> {
    let mut output = AtomicFile::create(target)?;
    let written = write_all(output.file(), header, pixels);
    written.map_err(|e| output.failed(e))?;
    output.commit()
}

fn write_all(file: &mut std::fs::File, header: &Header, pixels: &[f64]) -> std::io::Result<()> {
    file.write_all(&header.to_blocks())?;
    let mut buffer = vec![0u8; CHUNK.min(pixels.len()) * 8];
    for chunk in pixels.chunks(CHUNK) {
        let bytes = &mut buffer[..chunk.len() * 8];
        for (to, from) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(chunk) {
            *to = from.to_be_bytes();
        }
        file.write_all(bytes)?;
    }
    let used = pixels.len() * 8;
    let padding = used.next_multiple_of(2880) - used;
    file.write_all(&vec![0; padding])
}
