//! Images in FITS files, plain, tile-compressed or gzip'd.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fits::atomic_file::AtomicFile;
use fits::temporary::Scratch;
use fits::{Header, Image, PartsWriter, PlaneCache, Source, Stored};
use sky::Window;

use crate::error::{About, Result};

use super::{outside, InOrder, PixelSink, PixelSource, Rows};

/// The file is opened for each reading. Where it is packed, each reading unpacks it from its beginning:
/// [`ImageFile`] and [`Unpacked`] do not.
impl PixelSource for Source {
    fn size(&self) -> (usize, usize) {
        (self.width(), self.height())
    }

    fn stored(&self) -> Stored {
        Source::stored(self)
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        Ok(Source::read(self, window, out)?)
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        Ok(Source::read_stored(self, window, out)?)
    }
}

/// An image whose file is open, or opened by each thread for itself.
pub enum ImageFile {
    /// Opened for each reading.
    Closed(Source),
    /// Open, read by one thread at a time. Packed files are unpacked once where windows are read from
    /// the first row on.
    Open(Mutex<Image>),
}

impl ImageFile {
    /// For the readings of one thread: the file stays open.
    pub fn open(image: Image) -> Self {
        ImageFile::Open(Mutex::new(image))
    }

    /// For the readings of many threads: a plain file is opened by each of them.
    pub fn for_threads(image: Image) -> Self {
        match image.source().is_direct() {
            true => ImageFile::Closed(image.source().clone()),
            false => ImageFile::open(image),
        }
    }
}

/// An image is as good after another thread's panic as before.
fn locked(image: &Mutex<Image>) -> MutexGuard<'_, Image> {
    image.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PixelSource for ImageFile {
    fn size(&self) -> (usize, usize) {
        match self {
            ImageFile::Closed(source) => source.size(),
            ImageFile::Open(image) => locked(image).source().size(),
        }
    }

    fn stored(&self) -> Stored {
        match self {
            ImageFile::Closed(source) => source.stored(),
            ImageFile::Open(image) => locked(image).source().stored(),
        }
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        match self {
            ImageFile::Closed(source) => PixelSource::read(source, window, out),
            ImageFile::Open(image) => Ok(locked(image).read(window, out)?),
        }
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        match self {
            ImageFile::Closed(source) => PixelSource::read_stored(source, window, out),
            ImageFile::Open(image) => Ok(locked(image).read_stored(window, out)?),
        }
    }
}

/// An image that every thread reads directly, in any order: a packed file is unpacked into a scratch
/// file first, which is removed when this is dropped.
pub struct Unpacked {
    source: Source,
    _scratch: Option<Scratch>,
}

impl Unpacked {
    /// Unpacks `image`, if it is packed, beside `output`.
    ///
    /// # Errors
    /// When the image cannot be read or the copy not be written.
    pub fn new(image: Image, output: &Path) -> Result<Self> {
        let mut scratch = Vec::new();
        let source = image.direct(output, &mut scratch)?;
        Ok(Unpacked {
            source,
            _scratch: scratch.pop(),
        })
    }
}

impl PixelSource for Unpacked {
    fn size(&self) -> (usize, usize) {
        self.source.size()
    }

    fn stored(&self) -> Stored {
        self.source.stored()
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        Ok(self.source.read(window, out)?)
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        Ok(self.source.read_stored(window, out)?)
    }
}

/// An image of a set whose images are read several times each. Packed ones are kept in memory once
/// unpacked.
#[derive(Clone, Copy)]
pub struct Cached<'a> {
    /// The image.
    pub source: &'a Source,
    /// The planes kept in memory; `None` where the image is read once.
    pub cache: Option<&'a PlaneCache>,
}

impl PixelSource for Cached<'_> {
    fn size(&self) -> (usize, usize) {
        self.source.size()
    }

    fn stored(&self) -> Stored {
        self.source.stored()
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        let read = match self.cache {
            Some(cache) => cache.read(self.source, window, out),
            None => self.source.read(window, out),
        };
        Ok(read?)
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        Ok(self.source.read_stored(window, out)?)
    }
}

/// A FITS file of one image that is being written.
pub struct FitsSink {
    writer: PartsWriter,
    path: PathBuf,
    width: usize,
    height: usize,
}

impl FitsSink {
    /// Creates the file `path` of `width` x `height` doubles with `header`, which must say the same. The
    /// file has its name when what [`PixelSink::finish`] returns is committed; dropped before, it leaves
    /// nothing behind.
    ///
    /// # Errors
    /// As [`PartsWriter::create`].
    pub fn create(path: &Path, header: &Header, size: (usize, usize)) -> Result<Self> {
        FitsSink::create_stored(path, header, size, Stored::DOUBLES)
    }

    /// The same for pixels that are stored as `stored`.
    ///
    /// # Errors
    /// As [`PartsWriter::create`].
    pub fn create_stored(
        path: &Path,
        header: &Header,
        (width, height): (usize, usize),
        stored: Stored,
    ) -> Result<Self> {
        // More than 2^64 pixels are refused as too many.
        let pixels = (width as u64).saturating_mul(height as u64);
        Ok(FitsSink {
            writer: PartsWriter::create_stored(path, header, pixels, stored)?,
            path: path.to_owned(),
            width,
            height,
        })
    }

    /// Whether the pixels of `window` follow each other in the file.
    fn in_one_run(&self, window: &Window) -> bool {
        window.width == self.width || window.height == 1
    }

    fn first(&self, x: usize, y: usize) -> u64 {
        y as u64 * self.width as u64 + x as u64
    }
}

impl PixelSink for FitsSink {
    type Done = AtomicFile;

    type InOrder<'a> = FitsInOrder<'a>;

    fn in_order(&self) -> Result<FitsInOrder<'_>> {
        let pixels = self.writer.in_order(0, Vec::new()).about(&self.path)?;
        Ok(FitsInOrder {
            pixels,
            left: self.width as u64 * self.height as u64,
        })
    }

    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn write(&self, (x, y): (usize, usize), pixels: Rows, scratch: &mut Vec<u8>) -> Result<()> {
        let window = Window {
            x,
            y,
            width: pixels.width(),
            height: pixels.height(),
        };
        let inside = window.pixels_within(self.width, self.height);
        inside.ok_or_else(outside)?;
        if !self.in_one_run(&window) {
            for (k, row) in pixels.iter().enumerate() {
                let written = self.writer.write(self.first(x, y + k), row, scratch);
                written.about(&self.path)?;
            }
            return Ok(());
        }
        let first = self.first(x, y);
        let written = match pixels.as_slice() {
            Some(pixels) => self.writer.write(first, pixels, scratch),
            None => self.writer.write_rows(first, pixels.iter(), scratch),
        };
        Ok(written.about(&self.path)?)
    }

    fn write_stored(&self, window: Window, bytes: &[u8]) -> Result<()> {
        let count = window.pixels_within(self.width, self.height);
        let pixel = self.writer.stored().bytes();
        let expected = count.and_then(|count| count.checked_mul(pixel));
        if expected != Some(bytes.len()) {
            return Err(outside());
        }
        if self.in_one_run(&window) {
            let first = self.first(window.x, window.y);
            return Ok(self.writer.write_stored(first, bytes)?);
        }
        let rows = bytes.chunks_exact((window.width * pixel).max(1));
        for (y, row) in window.rows().zip(rows) {
            self.writer.write_stored(self.first(window.x, y), row)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<AtomicFile> {
        Ok(self.writer.finish()?)
    }
}

/// The pixels of a file from the first to the last.
pub struct FitsInOrder<'a> {
    pixels: fits::InOrder<'a>,
    /// How many are still to come.
    left: u64,
}

impl InOrder for FitsInOrder<'_> {
    fn write(&mut self, pixels: &[f64]) -> Result<()> {
        let left = self.left.checked_sub(pixels.len() as u64);
        self.left = left.ok_or_else(outside)?;
        Ok(self.pixels.write(pixels)?)
    }

    fn finish(self) -> Result<()> {
        self.pixels.finish()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use sky::Grid;

    use super::super::testing::{assert_same_bits, folder, grid, header, pixels_of, sink, Made};
    use super::super::{ArraySink, ArraySource, Element};
    use super::*;

    const GRID: Grid = Grid {
        width: 70,
        height: 50,
        crpix1: 0.0,
        crpix2: 0.0,
    };

    #[test]
    fn a_file_written_in_windows_of_any_order_is_the_same_file() {
        let made = Made::sky(GRID, 2);
        let dir = folder();
        let whole = Window::of_size(GRID.width, GRID.height);
        let windows = [(0, 20, 70, 30), (30, 0, 40, 20), (0, 0, 30, 20)];
        let file = sink(dir.path(), "windows.fits", &GRID);
        let mut scratch = Vec::new();
        for (x, y, width, height) in windows {
            let window = Window {
                x,
                y,
                width,
                height,
            };
            let rows = Rows::of_window(&made.pixels, GRID.width, &window).unwrap();
            file.write((x, y), rows, &mut scratch).unwrap();
        }
        let all = Rows::all(&made.pixels, GRID.width);
        assert!(file.write((1, 0), all, &mut scratch).is_err());
        assert!(file.write_stored(whole, &[0; 8]).is_err());
        file.finish().unwrap().commit().unwrap();
        let plain = made.files(dir.path(), "plain")[0].clone();
        let windows = dir.path().join("windows.fits");
        assert!(std::fs::read(windows).unwrap() == std::fs::read(plain).unwrap());
    }

    #[test]
    fn pixels_written_in_order_in_any_portions_are_the_same_image() {
        let made = Made::sky(GRID, 2);
        let dir = folder();
        let plain = std::fs::read(&made.files(dir.path(), "plain")[0]).unwrap();
        for portion in [1, 69, 70, 1000] {
            let file = sink(dir.path(), "in_order.fits", &GRID);
            let mut array = Array2::<f64>::zeros((GRID.height, GRID.width));
            let copy = ArraySink::new(array.view_mut());
            let (mut to_file, mut to_array) = (file.in_order().unwrap(), copy.in_order().unwrap());
            for pixels in made.pixels.chunks(portion) {
                to_file.write(pixels).unwrap();
                to_array.write(pixels).unwrap();
            }
            assert!(to_file.write(&[1.0]).is_err());
            assert!(to_array.write(&[1.0]).is_err());
            to_file.finish().unwrap();
            to_array.finish().unwrap();
            copy.finish().unwrap();
            file.finish().unwrap().commit().unwrap();
            assert_same_bits("array", array.as_slice().unwrap(), &made.pixels);
            assert!(std::fs::read(dir.path().join("in_order.fits")).unwrap() == plain);
        }
    }

    #[test]
    fn an_array_of_any_type_reads_as_a_file_of_that_type() {
        fn check<T: Element>(bitpix: i64, blank: Option<T>) {
            let dir = folder();
            let pixels = Array2::from_shape_fn((50, 70), |(y, x)| match (x + y) % 13 {
                0 => blank.unwrap_or(T::BLANK),
                k => T::from_f64((k * 7 + x) as f64),
            });
            let array = ArraySource::new(pixels.view(), blank);
            let mut header = header(&GRID);
            header.set_integer("BITPIX", bitpix);
            if let Some(blank) = array.stored().blank() {
                header.set_integer("BLANK", blank);
            }
            let path = dir.path().join("typed.fits");
            let file = FitsSink::create_stored(&path, &header, (70, 50), array.stored()).unwrap();
            let (mut bytes, mut back) = (Vec::new(), Vec::new());
            array.read_stored(array.whole(), &mut bytes).unwrap();
            file.write_stored(array.whole(), &bytes).unwrap();
            file.finish().unwrap().commit().unwrap();
            let image = Image::open(&path, "Image file").unwrap();
            assert_eq!(image.source().stored(), array.stored());
            ImageFile::open(image)
                .read_stored(array.whole(), &mut back)
                .unwrap();
            assert_eq!(back, bytes);
            let mut values = Vec::new();
            array.read(array.whole(), &mut values).unwrap();
            assert!(values[13].is_nan() || blank.is_none());
            assert_same_bits("typed", &pixels_of(dir.path(), "typed.fits"), &values);
        }
        check::<u8>(8, Some(255));
        check::<i16>(16, Some(-32768));
        check::<i32>(32, Some(-1));
        check::<i32>(32, None);
        check::<f32>(-32, Some(-99.5));
        check::<f64>(-64, None);
    }

    #[test]
    fn an_image_read_after_its_file_was_unpacked_is_the_same() {
        let made = Made::sky(grid(40, 30, 0.0, 0.0), 1);
        let dir = folder();
        let mut pixels = Vec::new();
        for path in made.files(dir.path(), "image") {
            let image = Image::open(&path, "Image file").unwrap();
            let unpacked = Unpacked::new(image, &dir.path().join("out.fits")).unwrap();
            unpacked.read(unpacked.whole(), &mut pixels).unwrap();
            assert_same_bits("unpacked", &pixels, &made.pixels);
        }
        let left = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, 3, "scratch files are gone");
    }
}
