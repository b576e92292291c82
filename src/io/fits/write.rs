//! Writing images of doubles.

use std::io::Write;
use std::path::Path;

use super::header::Header;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;

/// Bytes handed to the system at once: half of a second-level cache.
const CHUNK: usize = 128 << 10;

/// Writes a FITS file of one image of doubles (BITPIX -64) that will be `target` once the answer
/// is committed, so that files that belong together can appear together. `header` must describe
/// it: SIMPLE first, NAXIS1 and NAXIS2 as `rows` (NaN is blank).
///
/// # Errors
/// When the file cannot be created or written (disk full).
pub fn prepare_image<'a>(
    target: &Path,
    header: &Header,
    rows: impl IntoIterator<Item = &'a [f64]>,
) -> Result<AtomicFile> {
    let mut output = AtomicFile::create(target)?;
    let written = write_all(output.file(), header, rows);
    written.map_err(|e| output.failed(e))?;
    Ok(output)
}

/// The bits of a pixel; a blank is the NaN whose bits are all set, as Montage writes it.
fn stored(value: f64) -> u64 {
    if value.is_nan() {
        u64::MAX
    } else {
        value.to_bits()
    }
}

fn write_all<'a>(
    file: &mut std::fs::File,
    header: &Header,
    rows: impl IntoIterator<Item = &'a [f64]>,
) -> std::io::Result<()> {
    let mut buffer = header.to_blocks();
    buffer.reserve(CHUNK);
    let mut pixels = 0;
    for row in rows {
        // Rows may be longer than a chunk.
        for part in row.chunks(CHUNK / 8) {
            buffer.extend(part.iter().flat_map(|&value| stored(value).to_be_bytes()));
            if buffer.len() >= CHUNK {
                file.write_all(&buffer)?;
                buffer.clear();
            }
        }
        pixels += row.len();
    }
    let used = pixels * 8;
    buffer.resize(buffer.len() + used.next_multiple_of(2880) - used, 0);
    file.write_all(&buffer)
}
