//! Small simulated images for the tests of the engines, and every kind of source that they may come from.

use std::io::Write;
use std::path::{Path, PathBuf};

use fits::card::Card;
use fits::{write_image, Header, Image};
use ndarray::ArrayView2;
use sky::Grid;
use tempfile::TempDir;

use super::{ArraySource, FitsSink, ImageFile};

/// An image in memory.
pub struct Made {
    pub grid: Grid,
    pub pixels: Vec<f64>,
}

impl Made {
    /// A slope with waves on it, blanks inside and a blank border of `border` pixels.
    pub fn sky(grid: Grid, border: usize) -> Self {
        let Grid { width, height, .. } = grid;
        let pixels = (0..width * height).map(|i| {
            let (x, y) = (i % width, i / width);
            let (u, v) = (x as f64 - grid.crpix1, y as f64 - grid.crpix2);
            let inside = x.min(y).min(width - 1 - x).min(height - 1 - y) >= border;
            match inside && (3 * x + 7 * y) % 23 != 0 {
                true => 0.125 * u - 0.25 * v + 100.0 + (0.3 * u).sin() + (0.2 * v * u).cos(),
                false => f64::NAN,
            }
        });
        Made {
            pixels: pixels.collect(),
            grid,
        }
    }

    /// Areas for such an image: near 1, 0 here and there.
    pub fn areas(grid: Grid) -> Self {
        let Grid { width, height, .. } = grid;
        let pixels = (0..width * height).map(|i| match i % 31 {
            0 => 0.0,
            k => 1.0 + 0.01 * k as f64,
        });
        Made {
            pixels: pixels.collect(),
            grid,
        }
    }

    pub fn view(&self) -> ArrayView2<'_, f64> {
        let shape = (self.grid.height, self.grid.width);
        ArrayView2::from_shape(shape, &self.pixels).unwrap()
    }

    /// The image as a source in memory.
    pub fn array(&self) -> ArraySource<'_, f64> {
        ArraySource::new(self.view(), None)
    }

    /// Writes the image as a plain file, a gzip'd and a tile-compressed one.
    pub fn files(&self, folder: &Path, name: &str) -> [PathBuf; 3] {
        let Grid { width, height, .. } = self.grid;
        let plain = folder.join(format!("{name}.fits"));
        write_image(&plain, &header(&self.grid), &self.pixels).unwrap();
        let zipped = folder.join(format!("{name}_gzip.fits.gz"));
        std::fs::write(&zipped, gzip(&std::fs::read(&plain).unwrap())).unwrap();
        let packed = folder.join(format!("{name}_tiles.fits"));
        let tiles = self.pixels.chunks(width).map(|row| {
            let bytes: Vec<u8> = row.iter().flat_map(|pixel| pixel.to_be_bytes()).collect();
            gzip(&bytes)
        });
        std::fs::write(&packed, tile_compressed((width, height), tiles.collect())).unwrap();
        [plain, zipped, packed]
    }

    /// The image in files of every kind.
    pub fn file_sources(&self, folder: &Path, name: &str) -> [ImageFile; 3] {
        let open = |path: PathBuf| Image::open(&path, "Image file").unwrap();
        self.files(folder, name)
            .map(|path| ImageFile::for_threads(open(path)))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A file of doubles whose rows are tiles packed with gzip.
fn tile_compressed((width, height): (usize, usize), tiles: Vec<Vec<u8>>) -> Vec<u8> {
    let (mut table, mut heap): (Vec<u8>, Vec<u8>) = Default::default();
    for tile in &tiles {
        table.extend((tile.len() as u32).to_be_bytes());
        table.extend((heap.len() as u32).to_be_bytes());
        heap.extend(tile);
    }
    let mut header = Header::default();
    let mut card = |key: &str, value: &str| header.push(Card::with_token(key, value, ""));
    card("XTENSION", "'BINTABLE'");
    card("BITPIX", "8");
    card("NAXIS", "2");
    card("NAXIS1", "8");
    card("NAXIS2", &tiles.len().to_string());
    card("PCOUNT", &heap.len().to_string());
    card("GCOUNT", "1");
    card("TFIELDS", "1");
    card("TTYPE1", "'COMPRESSED_DATA'");
    card("TFORM1", "'1PB'");
    card("ZIMAGE", "T");
    card("ZCMPTYPE", "'GZIP_1'");
    card("ZQUANTIZ", "'NONE'");
    card("ZBITPIX", "-64");
    card("ZNAXIS", "2");
    card("ZNAXIS1", &width.to_string());
    card("ZNAXIS2", &height.to_string());
    let mut file = Header::primary(8, &[]).to_blocks();
    file.extend(header.to_blocks());
    file.extend(table);
    file.extend(heap);
    file.resize(file.len().next_multiple_of(2880), 0);
    file
}

/// The header of an image of doubles on this grid.
pub fn header(grid: &Grid) -> Header {
    let mut header = Header::primary(-64, &[grid.width as i64, grid.height as i64]);
    header.set_real("CRPIX1", grid.crpix1);
    header.set_real("CRPIX2", grid.crpix2);
    header
}

/// A file that is being written in `folder`.
pub fn sink(folder: &Path, name: &str, grid: &Grid) -> FitsSink {
    let size = (grid.width, grid.height);
    FitsSink::create(&folder.join(name), &header(grid), size).unwrap()
}

/// The pixels of a file.
pub fn pixels_of(folder: &Path, name: &str) -> Vec<f64> {
    let mut image = Image::open(&folder.join(name), "Image file").unwrap();
    let mut pixels = Vec::new();
    image.read(image.whole(), &mut pixels).unwrap();
    pixels
}

/// Asserts that two images have the same bits; all NaNs are one.
#[track_caller]
pub fn assert_same_bits(what: &str, one: &[f64], other: &[f64]) {
    assert_eq!(one.len(), other.len(), "{what}: number of pixels");
    for (i, (a, b)) in one.iter().zip(other).enumerate() {
        let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        assert!(same, "{what}: pixel {i} is {a} and {b}");
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn grid(width: usize, height: usize, crpix1: f64, crpix2: f64) -> Grid {
    Grid {
        width,
        height,
        crpix1,
        crpix2,
    }
}
