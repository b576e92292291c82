//! Where the pixels of an image are, and reading them: single windows, or the whole plane into memory.

use std::borrow::Cow;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::bytes::Bytes;
use super::decode::Stored;
use super::tiles::{Fault, TileReader};
use super::walk::{refusal, Data};
use super::{zipped, Window};
use crate::error::{About, Error, Result};
use crate::os::close;
use crate::temporary::Scratch;

/// Where the pixels of an image are, and their type. It holds no open file, so that many may be kept, and can be
/// shared between threads.
///
/// ```
/// use fits::{Header, Image, Window};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("image.fits");
/// fits::write_image(&path, &Header::primary(-64, &[2, 2]), &[1.0, 2.0, 3.0, 4.0])?;
/// let source = Image::open(&path, "Image file")?.source().clone();
///
/// // Opens the file for one window; `open` keeps it open for several.
/// let mut pixels = Vec::new();
/// source.read(Window { x: 1, y: 0, width: 1, height: 2 }, &mut pixels)?;
/// assert_eq!(pixels, [2.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) path: PathBuf,
    pub(super) hdu: usize,
    pub(super) sizes: Vec<i64>,
    pub(super) width: usize,
    pub(super) height: usize,
    /// The format of the pixels.
    pub(super) stored: Stored,
    /// Where they are in the file.
    pub(super) data: Data,
    /// Whether the whole file is packed (gzip).
    pub(super) packed: bool,
}

/// An open file to read the pixels of a [`Source`] from.
pub(super) enum Reader {
    /// Pixels that are stored as they are, from this byte on; and a buffer for their bytes.
    Direct(File, u64, Vec<u8>),
    /// The same in a packed file.
    Stream(Box<Bytes>, u64, Vec<u8>),
    Tiles(Box<TileReader>),
}

impl Source {
    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of columns, NAXIS1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows, NAXIS2 or that of all planes stacked.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Lengths of all axes, NAXIS1 first.
    pub fn sizes(&self) -> &[i64] {
        &self.sizes
    }

    /// The window of all pixels.
    pub fn whole(&self) -> Window {
        Window::of_size(self.width, self.height)
    }

    /// Stacks the planes of a cube (axes beyond the second) as one image with many rows: plane k begins at
    /// row k * NAXIS2.
    ///
    /// # Errors
    /// If the number of rows exceeds `i64`.
    pub fn all_planes(mut self) -> Result<Source> {
        let mut planes = self.sizes.iter().skip(2);
        let rows = planes.try_fold(self.height, |rows, &size| {
            rows.checked_mul(usize::try_from(size).ok()?)
        });
        match rows {
            Some(rows) if i64::try_from(rows).is_ok() => self.height = rows,
            _ => return Err(self.refuse("has too many planes".into())),
        }
        Ok(self)
    }

    /// Opens the file for reading several windows.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(&self) -> Result<OpenSource<'_>> {
        Ok(OpenSource {
            source: Cow::Borrowed(self),
            reader: self.reader()?,
        })
    }

    /// Opens the file and reads `window` as [`super::Image::read`] does.
    ///
    /// # Errors
    /// As for [`super::Image::read`], and if the file cannot be opened.
    pub fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        self.read_with(&mut self.reader()?, window, out)
    }

    /// Type of the stored pixels, which [`Source::read_stored`] returns.
    pub fn stored(&self) -> Stored {
        self.stored
    }

    /// Opens the file and reads `window` as [`super::Image::read_stored`] does.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        self.read_stored_with(&mut self.reader()?, window, out)
    }

    /// Whether windows are read directly from the file, which is neither packed nor tile-compressed.
    pub fn is_direct(&self) -> bool {
        !self.packed && matches!(self.data, Data::Plain(_))
    }

    /// Whether the whole file is packed (gzip, for example), so that reading the last pixel unpacks all
    /// others.
    pub fn is_stream(&self) -> bool {
        self.packed
    }

    /// Checks, without reading pixels, that the file is as long as its header says. Packed and
    /// tile-compressed files are not checked.
    ///
    /// # Errors
    /// If the file is shorter or missing.
    pub fn check_length(&self) -> Result<()> {
        let Data::Plain(start) = self.data else {
            return Ok(());
        };
        if self.packed {
            return Ok(());
        }
        let metadata = std::fs::metadata(&self.path)
            .map_err(|e| Error::io("Cannot open image file", &self.path, e))?;
        let pixels = (self.width as u64).saturating_mul(self.height as u64);
        self.need_pixels(pixels, start, metadata.len())
    }

    /// Whether the first `pixels` pixels, stored from byte `start` on, end within a file of
    /// `length` bytes: a header may claim far more than the file has.
    fn need_pixels(&self, pixels: u64, start: u64, length: u64) -> Result<()> {
        if start.saturating_add(pixels.saturating_mul(self.stored.bytes() as u64)) > length {
            return Err(self.refuse("is shorter than its header says".into()));
        }
        Ok(())
    }

    /// Checks that this image has the size, columns and rows, of the image that it belongs to. `what` begins
    /// the message ("Area file").
    ///
    /// # Errors
    /// If the sizes differ.
    pub fn need_size_of_image(&self, what: &'static str, image: (usize, usize)) -> Result<()> {
        if (self.width, self.height) == image {
            return Ok(());
        }
        let why = format!(
            "is {} x {} pixels, its image {} x {}",
            self.width, self.height, image.0, image.1
        );
        Err(Error::fits(what, &self.path, why))
    }

    /// Bytes of memory that [`Source::load`] would take; saturates.
    pub fn bytes_in_memory(&self) -> usize {
        let pixels = self.width.saturating_mul(self.height);
        pixels.saturating_mul(size_of::<f64>())
    }

    /// Reads the whole plane into memory.
    ///
    /// # Errors
    /// As for [`Source::read`].
    pub fn load(&self) -> Result<Plane> {
        let whole = self.whole();
        let mut values = Vec::new();
        self.read(whole, &mut values)?;
        Ok(Plane { whole, values })
    }

    pub(super) fn reader(&self) -> Result<Reader> {
        let bytes = Bytes::open(&zipped(&self.path))
            .map_err(|e| Error::io("Cannot open image file", &self.path, e))?;
        self.reader_of(bytes)
    }

    /// A reader of the open file.
    pub(super) fn reader_of(&self, bytes: Bytes) -> Result<Reader> {
        Ok(match (&self.data, bytes) {
            (Data::Plain(start), Bytes::Plain { file, .. }) => {
                Reader::Direct(file, *start, Vec::new())
            }
            (Data::Plain(start), packed) => Reader::Stream(Box::new(packed), *start, Vec::new()),
            (Data::Tiles(layout), bytes) => {
                Reader::Tiles(Box::new(TileReader::new(bytes, layout.clone())))
            }
            (Data::Table, _) => return Err(self.refuse("is no image".into())),
            (Data::Damaged(why), _) => return Err(self.refuse(why.clone())),
        })
    }

    fn refuse(&self, why: String) -> Error {
        Error::fits("Image file", &self.path, why)
    }

    fn refuse_tile(&self, why: Fault) -> Error {
        match why {
            Fault::Damaged(why) => self.refuse(why),
            Fault::Memory(bytes) => Error::from(memory::Error { bytes }).about(&self.path),
        }
    }

    /// A copy in a scratch file in `folder`; see [`super::Image::direct`].
    pub(super) fn unpacked(&self, reader: &mut Reader, folder: &Path) -> Result<(Source, Scratch)> {
        let refuse = |e| Error::output("Cannot unpack a compressed image into", folder, e);
        let (scratch, mut file) = Scratch::file_in(folder).map_err(refuse)?;
        let rows = (READ_BYTES / size_of::<f64>() / self.width).max(1);
        let (mut pixels, mut bytes) = (Vec::new(), Vec::new());
        for y in (0..self.height).step_by(rows) {
            let window = Window::of_rows(self.width, y, rows.min(self.height - y));
            self.read_with(reader, window, &mut pixels)?;
            bytes.clear();
            memory::grow(&mut bytes, pixels.len() * size_of::<f64>()).about(&self.path)?;
            bytes.extend(pixels.iter().flat_map(|pixel| pixel.to_be_bytes()));
            file.write_all(&bytes).map_err(refuse)?;
        }
        close(file).map_err(refuse)?;
        let source = Source {
            path: scratch.path().to_path_buf(),
            hdu: 0,
            sizes: vec![self.width as i64, self.height as i64],
            width: self.width,
            height: self.height,
            stored: Stored::DOUBLES,
            data: Data::Plain(0),
            packed: false,
        };
        Ok((source, scratch))
    }

    /// The number of pixels in `window`, which must be inside the image and, where many are read
    /// directly, inside the file: no memory is taken for what is not there.
    fn pixels_in(&self, reader: &Reader, window: Window) -> Result<usize> {
        let count = window
            .pixels_within(self.width, self.height)
            .ok_or_else(|| self.refuse("pixels outside the image".into()))?;
        if let (Reader::Direct(file, start, _), true) = (reader, count > FEW_PIXELS) {
            let last = (window.y + window.height).saturating_sub(1) as u64 * self.width as u64
                + (window.x + window.width) as u64;
            let length = file.metadata().map_or(0, |m| m.len());
            self.need_pixels(last, *start, length)?;
        }
        Ok(count)
    }

    /// The place of plane `plane` on the axes beyond the second, from 0.
    fn place_of(&self, mut plane: usize) -> Vec<u64> {
        let mut place = Vec::new();
        for &size in self.sizes.iter().skip(2) {
            let size = size.max(1) as usize;
            place.push((plane % size) as u64);
            plane /= size;
        }
        place
    }

    /// NAXIS2.
    fn rows_of_plane(&self) -> usize {
        let rows = self.sizes.get(1).map(|&size| usize::try_from(size));
        rows.and_then(|rows| rows.ok()).unwrap_or(1).max(1)
    }

    /// The parts of `window` in each of the planes that it reaches into, and where those are.
    fn by_plane(&self, window: Window) -> impl Iterator<Item = (Window, Vec<u64>)> + '_ {
        let rows = self.rows_of_plane();
        let end = window.y + window.height;
        let mut y = window.y;
        std::iter::from_fn(move || {
            let height = (rows - y % rows).min(end - y);
            let place = self.place_of(y / rows);
            let part = Window {
                y: y % rows,
                height,
                ..window
            };
            y += height;
            (height > 0).then_some((part, place))
        })
    }

    /// Empties `out` and gives it room for `count` numbers of the image.
    fn make_room<T>(&self, out: &mut Vec<T>, count: usize) -> Result<()> {
        make_room(out, count).about(&self.path)
    }

    /// See [`super::Image::read_stored`].
    pub(super) fn read_stored_with(
        &self,
        reader: &mut Reader,
        window: Window,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let count = self.pixels_in(reader, window)?;
        self.make_room(out, count.saturating_mul(self.stored.bytes()))?;
        if count == 0 {
            return Ok(());
        }
        if let Reader::Tiles(tiles) = reader {
            return (self.by_plane(window))
                .try_for_each(|(part, place)| tiles.read_stored(part, &place, out))
                .map_err(|why| self.refuse_tile(why));
        }
        self.read_rows(reader, window, |row| out.extend_from_slice(row))
    }

    pub(super) fn read_with(
        &self,
        reader: &mut Reader,
        window: Window,
        out: &mut Vec<f64>,
    ) -> Result<()> {
        let count = self.pixels_in(reader, window)?;
        self.make_room(out, count)?;
        if count == 0 {
            return Ok(());
        }
        if let Reader::Tiles(tiles) = reader {
            return (self.by_plane(window))
                .try_for_each(|(part, place)| tiles.read(part, &place, out))
                .map_err(|why| self.refuse_tile(why));
        }
        self.read_rows(reader, window, |row| self.stored.decode(row, out))
    }

    /// Hands on the rows of `window` of pixels that are stored as they are.
    fn read_rows(
        &self,
        reader: &mut Reader,
        window: Window,
        take: impl FnMut(&[u8]),
    ) -> Result<()> {
        let bytes = self.stored.bytes();
        let read = match reader {
            Reader::Direct(file, start, buffer) => {
                let read = |out: &mut [u8], at| file.read_exact_at(out, at);
                read_direct(read, buffer, (*start, bytes, self.width), window, take)
            }
            Reader::Stream(packed, start, buffer) => {
                let read = |out: &mut [u8], at| packed.read_exact_at(out, at);
                read_direct(read, buffer, (*start, bytes, self.width), window, take)
            }
            Reader::Tiles(_) => Ok(()),
        };
        read.map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => self.refuse("is shorter than its header says".into()),
            ErrorKind::InvalidData | ErrorKind::InvalidInput => self.refuse(refusal(&e)),
            _ => Error::io("Cannot read image file", &self.path, e),
        })
    }
}

/// A [`Source`] with its file open.
pub struct OpenSource<'a> {
    pub(super) source: Cow<'a, Source>,
    pub(super) reader: Reader,
}

impl OpenSource<'_> {
    /// The source that is open.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Reads `window` as [`super::Image::read`] does.
    ///
    /// # Errors
    /// As for [`super::Image::read`].
    pub fn read(&mut self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        self.source.read_with(&mut self.reader, window, out)
    }
}

/// Empties `out` and gives it room for `count` pixels or bytes.
fn make_room<T>(out: &mut Vec<T>, count: usize) -> Result<()> {
    out.clear();
    memory::reserve(out, count)?;
    Ok(())
}

/// One plane of an image in memory, see [`Source::load`].
pub struct Plane {
    whole: Window,
    values: Vec<f64>,
}

impl Plane {
    /// Copies `window` into `out`, row-major; `out` is resized. `None` if the window is not inside the plane
    /// or there is too little memory.
    pub fn window(&self, window: Window, out: &mut Vec<f64>) -> Option<()> {
        let Window { width, height, .. } = self.whole;
        let count = window.pixels_within(width, height)?;
        make_room(out, count).ok()?;
        for y in window.y..window.y + window.height {
            out.extend_from_slice(&self.values[y * width + window.x..][..window.width]);
        }
        Some(())
    }
}

/// Reads `window` of an image whose pixels, of `bytes` bytes each, `width` in a row, begin at byte
/// `start`, into `buffer`, and hands its rows on one by one.
fn read_direct(
    mut read: impl FnMut(&mut [u8], u64) -> std::io::Result<()>,
    buffer: &mut Vec<u8>,
    (start, bytes, width): (u64, usize, usize),
    window: Window,
    mut take: impl FnMut(&[u8]),
) -> std::io::Result<()> {
    // A header may claim pixels beyond what any file has.
    let offset = |x: usize, y: usize| {
        let pixel = (y as u64).checked_mul(width as u64);
        let pixel = pixel.and_then(|first| first.checked_add(x as u64));
        let at = pixel.and_then(|pixel| pixel.checked_mul(bytes as u64)?.checked_add(start));
        at.filter(|&at| i64::try_from(at).is_ok())
            .ok_or(ErrorKind::UnexpectedEof)
    };
    let wanted = window.width.saturating_mul(bytes);
    if wanted > LONGEST_ROW {
        // In parts: a row may be longer than all that the file has.
        let buffer = sized(buffer, READ_BYTES)?;
        for y in window.y..window.y + window.height {
            for x in (0..window.width).step_by(READ_BYTES / bytes) {
                let count = (READ_BYTES / bytes).min(window.width - x);
                let part = &mut buffer[..count * bytes];
                read(part, offset(window.x + x, y)?)?;
                take(part);
            }
        }
        return Ok(());
    }
    // Rows that leave a wide gap are read one by one; otherwise a few large reads that pass over
    // the pixels beside the window are quicker than many small ones.
    let whole_rows = (width - window.width) * bytes <= WIDEST_GAP;
    let (row_bytes, rows_a_read, skip) = if whole_rows {
        let row_bytes = width * bytes;
        (row_bytes, (READ_BYTES / row_bytes).max(1), window.x * bytes)
    } else {
        (wanted, 1, 0)
    };
    let buffer = sized(buffer, rows_a_read.min(window.height) * row_bytes)?;
    let mut row = 0;
    while row < window.height {
        let rows = rows_a_read.min(window.height - row);
        let x = if whole_rows { 0 } else { window.x };
        // Of the last row only what the window needs: the file may end there.
        let needed = &mut buffer[..(rows - 1) * row_bytes + skip + wanted];
        read(needed, offset(x, window.y + row)?)?;
        for k in 0..rows {
            take(&needed[k * row_bytes + skip..][..wanted]);
        }
        row += rows;
    }
    Ok(())
}

/// The first `length` bytes of a buffer that grows to them. What is in them is left from before.
fn sized(buffer: &mut Vec<u8>, length: usize) -> memory::Result<&mut [u8]> {
    if buffer.len() < length {
        memory::resize(buffer, length, 0)?;
    }
    Ok(&mut buffer[..length])
}

/// So many pixels take no memory worth asking for the length of the file.
const FEW_PIXELS: usize = 64 << 10;

/// Bytes of a row of a window that is read at once.
const LONGEST_ROW: usize = 1 << 20;

/// Bytes between the rows of a window that are read along with it: fewer than a page of memory,
/// so that no page is touched for them alone, and copying them costs less than the system call
/// that they save (measured: 226,000 calls less and 0.3 s instead of 0.4 s of processor time for
/// the 156 overlaps of 49 tiles of 512 columns of doubles).
const WIDEST_GAP: usize = 4096;

/// Bytes asked of the system at once: large enough to make the calls cheap, small enough for the
/// second-level cache.
const READ_BYTES: usize = 64 << 10;
