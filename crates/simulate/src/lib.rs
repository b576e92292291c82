//! Simulated images whose true parameters are known, for tests, benchmarks and examples.
//!
//! - [`Field`] is a sky of stars and a nebula in overlapping tiles on one pixel grid, as mProjExec leaves them.
//!   Each tile has a background plane of its own. [`Field::write_raw`] writes the tiles as before reprojection.
//! - [`photometry::Pair`] is a pair of images as of HST and MUSE.
//! - [`Random`] is the random generator.
//!
//! A field is computed with additions, multiplications, divisions, square roots and the random numbers of this
//! crate only, so that a seed gives the same bytes on every machine and in every version. (A crate for random
//! numbers promises that for its generator, but not for its distributions.)
//!
//! ```
//! use simulate::Field;
//!
//! let field = Field { columns: 2, rows: 1, ..Field::default() };
//! let (columns, rows) = field.grid()?;
//! let tiles = field.tiles();
//! assert_eq!(tiles.len(), 2);
//! for tile in &tiles {
//!     let (x, y) = tile.origin;
//!     assert!(x + field.width <= columns && y + field.height <= rows);
//! }
//! // The truth is known: the sky without noise, and the plane that was added to each tile.
//! assert!(field.sky().at(10.0, 10.0) >= simulate::SKY_LEVEL);
//! assert_ne!(tiles[0].plane, tiles[1].plane);
//! # Ok::<(), simulate::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
pub mod photometry;
mod random;
mod raw;

use std::path::Path;

pub use error::{Error, Result};
pub use random::{Mmix, Random};

use fits::atomic_file::{commit_all, write_text};
use fits::card::Card;
use fits::cformat::exponent;
use fits::{Header, ImageWriter};
use mosaic::kernel::plane::Plane;
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

/// Standard deviation of the noise of a pixel.
pub const NOISE: f64 = 0.7;
/// Pixel value of the sky without stars, nebula and background planes.
pub const SKY_LEVEL: f64 = 200.0;
/// Standard deviation of a plane's slopes (per pixel) and of its level at the tile's centre.
const SLOPE: f64 = 2e-3;
const LEVEL: f64 = 20.0;
/// Distance between the origins of neighbouring tiles, as a fraction of a tile; the rest is overlap.
const STEP: f64 = 0.85;
/// Margin of the grid around all tiles, in pixels.
const MARGIN: usize = 4;
/// Blank pixels at the middle of each side of a tile. The sides are slightly inclined, like the edges of a
/// reprojected image.
const BORDER: f64 = 3.0;
/// Number of stars per pixel of the grid.
const STAR_DENSITY: f64 = 1.2e-4;
/// Radius at which a star's light is cut off, in pixels.
const STAR_REACH: f64 = 12.0;
/// Square of the width parameter of a star, in pixels; the full width at half maximum is 1.9.
const STAR_WIDTH2: f64 = 3.5;
/// Peak of the nebula in the middle of the field.
const NEBULA: f64 = 60.0;
/// Largest number of tiles along an axis, and of pixels along an axis of a tile.
const MAX_TILES: usize = 1000;
const MAX_SIZE: usize = 32_768;
const MIN_SIZE: usize = 16;
/// One arc second, in degrees.
const PIXEL: f64 = 1.0 / 3600.0;

/// A field of overlapping tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Number of tiles along x.
    pub columns: usize,
    /// Number of tiles along y.
    pub rows: usize,
    /// Number of columns of a tile.
    pub width: usize,
    /// Number of rows of a tile.
    pub height: usize,
    /// Seed of the random numbers; each seed gives another sky.
    pub seed: u64,
}

impl Default for Field {
    /// The field of the examples: nine tiles, two million pixels in all.
    fn default() -> Self {
        Field {
            columns: 3,
            rows: 3,
            width: 400,
            height: 600,
            seed: 1,
        }
    }
}

/// Result of [`Field::write`] and [`Field::write_raw`].
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct FieldOutcome {
    /// Number of tiles.
    pub count: i32,
    /// Number of columns of the common grid.
    pub naxis1: i32,
    /// Number of rows of the common grid.
    pub naxis2: i32,
}

/// One tile of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Name of its file, without ".fits".
    pub name: String,
    /// Background added to the sky, relative to the reference pixel.
    pub plane: Plane,
    /// Column and row of its first pixel in the grid, counted from 0.
    pub origin: (usize, usize),
    /// Inclination of its sides, in columns per row.
    lean: f64,
    noise: Random,
}

/// The stars and the nebula of a field, in pixels of the grid, counted from 0.
pub struct Sky {
    centre: (f64, f64),
    nebula_width2: f64,
    /// Stars, sorted by y.
    stars: Vec<Star>,
}

struct Star {
    x: f64,
    y: f64,
    peak: f64,
}

impl Field {
    /// Writes the field into the folder `dir`: `projected/tile_000.fits`, `projected/tile_000_area.fits` and
    /// so on; `region.hdr`, the template of the common grid; `truth.tbl`, the planes of the tiles in the
    /// columns of a correction table.
    ///
    /// # Errors
    /// If the field is empty or too large, or a file cannot be written.
    pub fn write(&self, dir: &Path, run: &Run) -> Result<FieldOutcome> {
        let outcome = self.outcome()?;
        let (naxis1, naxis2) = self.grid()?;
        let images = dir.join("projected");
        std::fs::create_dir_all(&images)
            .map_err(|e| Error::io("Cannot create folder", &images, e))?;
        let region = dir.join("region.hdr");
        write_text(&region, |w| {
            writeln!(w, "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2")?;
            writeln!(w, "NAXIS1  = {naxis1}\nNAXIS2  = {naxis2}")?;
            for card in self.sky_cards((0, 0)) {
                writeln!(w, "{}", String::from_utf8_lossy(&card.0).trim_end())?;
            }
            writeln!(w, "END")
        })?;
        let (tiles, sky) = (self.tiles(), self.sky());
        write_text(&dir.join("truth.tbl"), |w| {
            let names = ["id", "a", "b", "c", "fname"];
            let [id, a, b, c, fname] = names;
            writeln!(w, "|{id:^8}|{a:^21}|{b:^21}|{c:^21}|{fname:^16}|")?;
            for (id, tile) in tiles.iter().enumerate() {
                let Plane { a, b, c } = tile.plane;
                let [a, b, c] = [a, b, c].map(|x| exponent(x, 12));
                let name = format!("{}.fits", tile.name);
                writeln!(w, " {id:>8} {a:>21} {b:>21} {c:>21} {name:>16} ")?;
            }
            Ok(())
        })?;
        let written = run.for_each(tiles.len(), |i| self.write_tile(&images, &tiles[i], &sky))?;
        written.into_iter().collect::<Result<()>>()?;
        Ok(outcome)
    }

    fn outcome(&self) -> Result<FieldOutcome> {
        let (naxis1, naxis2) = self.grid()?;
        // All are far below the limit: grid() has looked.
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Ok(FieldOutcome {
            count: number(self.columns * self.rows),
            naxis1: number(naxis1),
            naxis2: number(naxis2),
        })
    }

    /// Number of columns and rows of the common grid.
    ///
    /// # Errors
    /// If there is no tile, or the tiles are too many, too small or too large.
    pub fn grid(&self) -> Result<(usize, usize)> {
        for (name, value, range) in [
            ("NX", self.columns, 1..=MAX_TILES),
            ("NY", self.rows, 1..=MAX_TILES),
            ("W", self.width, MIN_SIZE..=MAX_SIZE),
            ("H", self.height, MIN_SIZE..=MAX_SIZE),
        ] {
            if !range.contains(&value) {
                let why = format!("must be {} to {}", range.start(), range.end());
                return Err(Error::argument(name, why));
            }
        }
        let length = |tiles, size| (tiles - 1) * step(size) + size + 2 * MARGIN;
        Ok((
            length(self.columns, self.width),
            length(self.rows, self.height),
        ))
    }

    /// The tiles, sorted by name, row by row.
    pub fn tiles(&self) -> Vec<Tile> {
        let mut random = Random(self.seed);
        (0..self.columns * self.rows)
            .map(|i| {
                let (column, row) = (i % self.columns, i / self.columns);
                let mut jitter = || (random.uniform() * (2 * MARGIN) as f64) as usize;
                let origin = (
                    column * step(self.width) + jitter(),
                    row * step(self.height) + jitter(),
                );
                let (a, b) = (random.normal() * SLOPE, random.normal() * SLOPE);
                let (x, y) = self.reference(origin);
                let x = (self.width - 1) as f64 / 2.0 - x;
                let y = (self.height - 1) as f64 / 2.0 - y;
                let c = random.normal() * LEVEL - a * x - b * y;
                Tile {
                    name: format!("tile_{i:03}"),
                    plane: Plane { a, b, c },
                    origin,
                    lean: random.normal() * 0.006,
                    noise: Random(random.next()),
                }
            })
            .collect()
    }

    /// The sky that the tiles show.
    pub fn sky(&self) -> Sky {
        // A different sequence from that of the tiles, so that neither moves with the other.
        let mut random = Random(!self.seed);
        let (width, height) = self.grid().unwrap_or_default();
        let (width, height) = (width as f64, height as f64);
        let count = (width * height * STAR_DENSITY) as usize;
        let star = |_| Star {
            x: random.uniform() * width,
            y: random.uniform() * height,
            // Many faint ones, few bright ones, of at most a hundred times the faintest.
            peak: 30.0 / random.uniform().max(0.01),
        };
        let mut stars: Vec<Star> = (0..count).map(star).collect();
        stars.sort_by(|a, b| a.y.total_cmp(&b.y));
        Sky {
            stars,
            centre: (width / 2.0, height / 2.0),
            nebula_width2: (width * width + height * height) / 32.0,
        }
    }

    /// CRPIX1 and CRPIX2 of an image of the grid that begins at `origin`.
    fn reference(&self, origin: (usize, usize)) -> (f64, f64) {
        let (naxis1, naxis2) = self.grid().unwrap_or_default();
        (
            (naxis1 as f64 + 1.0) / 2.0 - origin.0 as f64,
            (naxis2 as f64 + 1.0) / 2.0 - origin.1 as f64,
        )
    }

    fn sky_cards(&self, origin: (usize, usize)) -> Vec<Card> {
        let (crpix1, crpix2) = self.reference(origin);
        let mut header = Header::default();
        header.push(Card::with_string("CTYPE1", "RA---TAN", ""));
        header.push(Card::with_string("CTYPE2", "DEC--TAN", ""));
        for (key, value) in [
            ("EQUINOX", 2000.0),
            ("CRVAL1", 275.2),
            ("CRVAL2", -16.17),
            ("CRPIX1", crpix1),
            ("CRPIX2", crpix2),
            ("CDELT1", -PIXEL),
            ("CDELT2", PIXEL),
            ("CROTA2", 0.0),
        ] {
            header.set_real(key, value);
        }
        header.cards().to_vec()
    }

    /// The header of an image of the grid that begins at `origin`.
    fn image_header(&self, origin: (usize, usize), (width, height): (usize, usize)) -> Header {
        let mut header = Header::primary(-64, &[width as i64, height as i64]);
        for card in self.sky_cards(origin) {
            header.push(card);
        }
        header
    }

    fn write_tile(&self, images: &Path, tile: &Tile, sky: &Sky) -> Result<()> {
        let (width, height) = (self.width, self.height);
        let header = self.image_header(tile.origin, (width, height));
        let name = |ending: &str| images.join(format!("{}{ending}.fits", tile.name));
        let mut image = ImageWriter::create(&name(""), &header)?;
        let mut area = ImageWriter::create(&name("_area"), &header)?;
        let (crpix1, crpix2) = self.reference(tile.origin);
        let Plane { a, b, c } = tile.plane;
        let mut noise = tile.noise;
        let (mut light, mut pixels, mut areas) = (vec![], vec![0.0; width], vec![0.0; width]);
        for j in 0..height {
            sky.row(tile.origin.0, tile.origin.1 + j, width, &mut light);
            for i in 0..width {
                let (x, y) = (i as f64 - crpix1, j as f64 - crpix2);
                let value = light[i] + (a * x + b * y + c) + NOISE * noise.normal();
                areas[i] = self.coverage(i, j, tile.lean);
                pixels[i] = if areas[i] > 0.0 { value } else { f64::NAN };
            }
            image.write(&pixels)?;
            area.write(&areas)?;
        }
        Ok(commit_all([image.finish()?, area.finish()?])?)
    }

    /// Fraction of pixel (`i`, `j`) of a tile that its inclined rectangle covers.
    fn coverage(&self, i: usize, j: usize, lean: f64) -> f64 {
        let half = |size: usize| size as f64 / 2.0;
        let (x, y) = (
            i as f64 + 0.5 - half(self.width),
            j as f64 + 0.5 - half(self.height),
        );
        let inside = |from_centre: f64, size: usize| {
            (half(size) - BORDER + 0.5 - from_centre.abs()).clamp(0.0, 1.0)
        };
        inside(x + lean * y, self.width) * inside(y - lean * x, self.height)
    }
}

/// Distance from the origin of one tile to that of the next, in pixels.
fn step(size: usize) -> usize {
    (size as f64 * STEP) as usize
}

impl Sky {
    /// Pixel value at a position of the grid, without noise and background planes.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        let fall = 1.0 + (dx * dx + dy * dy) / self.nebula_width2;
        let first = self.stars.partition_point(|star| star.y < y - STAR_REACH);
        let near = self.stars[first..].iter();
        let stars: f64 = near
            .take_while(|star| star.y <= y + STAR_REACH)
            .filter(|star| (x - star.x).abs() <= STAR_REACH)
            .map(|star| {
                let (dx, dy) = (x - star.x, y - star.y);
                let fall = 1.0 + (dx * dx + dy * dy) / STAR_WIDTH2;
                star.peak / (fall * fall * fall)
            })
            .sum();
        SKY_LEVEL + NEBULA / (fall * fall) + stars
    }

    /// Computes `width` pixels of row `y` of the grid, beginning at column `x`, into `light`, without noise
    /// and background planes. The same position has the same bits in each tile.
    pub fn row(&self, x: usize, y: usize, width: usize, light: &mut Vec<f64>) {
        let (from_x, y) = (x as f64, y as f64);
        light.clear();
        light.extend((0..width).map(|i| {
            let (dx, dy) = (from_x + i as f64 - self.centre.0, y - self.centre.1);
            let fall = 1.0 + (dx * dx + dy * dy) / self.nebula_width2;
            SKY_LEVEL + NEBULA / (fall * fall)
        }));
        let first = self.stars.partition_point(|star| star.y < y - STAR_REACH);
        let near = self.stars[first..].iter();
        for star in near.take_while(|star| star.y <= y + STAR_REACH) {
            let dy = y - star.y;
            // Casts of negative numbers give 0.
            let from = (star.x - STAR_REACH - from_x).ceil() as usize;
            let to = (star.x + STAR_REACH - from_x + 1.0).floor() as usize;
            for (i, light) in light.iter_mut().enumerate().take(to).skip(from) {
                let dx = from_x + i as f64 - star.x;
                let fall = 1.0 + (dx * dx + dy * dy) / STAR_WIDTH2;
                // Moffat's profile with exponent 3 (A&A 3, 455, 1969).
                *light += star.peak / (fall * fall * fall);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fits::Image;
    use mosaic::io::ipac_table::Table;
    use mosaic::task::background::{bg_exec, BgExecParams};

    const SMALL: Field = Field {
        columns: 3,
        rows: 2,
        width: 90,
        height: 110,
        seed: 7,
    };

    #[test]
    fn random_numbers_are_those_of_the_paper_and_nearly_normal() {
        // The first outputs of SplitMix64 for seed 1234567, as its author's C code gives them.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
        let n = 100_000;
        let values: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
        // Five standard errors.
        assert!(mean.abs() < 5.0 / 316.0, "{mean}");
        assert!((variance - 1.0).abs() < 5.0 * 1.41 / 316.0, "{variance}");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
        let dirs = [(1, 7), (3, 7), (1, 8)].map(|(threads, seed)| {
            let dir = tempfile::tempdir().unwrap();
            let outcome = Field { seed, ..SMALL }.write(dir.path(), &Run::new(threads));
            assert_eq!(outcome.unwrap().count, 6);
            dir
        });
        let read = |dir: usize, name: &str| std::fs::read(dirs[dir].path().join(name)).unwrap();
        let images = dirs[0].path().join("projected");
        let mut names = vec!["region.hdr".to_owned(), "truth.tbl".to_owned()];
        for entry in std::fs::read_dir(images).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            names.push(format!("projected/{name}"));
        }
        assert_eq!(names.len(), 2 + 12);
        for name in &names {
            assert!(read(0, name) == read(1, name), "{name}");
        }
        assert!(read(0, "truth.tbl") != read(2, "truth.tbl"));
    }

    #[test]
    fn subtracting_the_true_planes_leaves_the_sky_and_its_noise() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        SMALL.write(dir.path(), &Run::new(2)).unwrap();
        let mut images = "|   cntr |            fname |\n".to_owned();
        for (i, tile) in SMALL.tiles().iter().enumerate() {
            images += &format!(" {i:>8}  {:>16} \n", tile.name);
        }
        std::fs::write(file("images.tbl"), images).unwrap();
        std::fs::create_dir(file("corrected")).unwrap();
        let params = BgExecParams {
            path: &file("projected"),
            table: &file("images.tbl"),
            corrections: &file("truth.tbl"),
            output: &file("corrected"),
            no_areas: false,
            debug: 0,
        };
        let outcome = bg_exec(&params, &Run::new(2)).unwrap();
        assert_eq!((outcome.failed, outcome.nocorrection), (0, 0));
        let truth = Table::open(&file("truth.tbl"), "Invalid table").unwrap();
        assert_eq!(truth.len(), 6);
        let sky = SMALL.sky();
        for tile in SMALL.tiles() {
            let path = file("corrected").join(format!("{}.fits", tile.name));
            let mut image = Image::open(&path, "Image file").unwrap();
            let (mut pixels, mut light) = (Vec::new(), Vec::new());
            image.read(image.whole(), &mut pixels).unwrap();
            let (mut count, mut sum, mut squares) = (0, 0.0, 0.0);
            for (j, row) in pixels.chunks(SMALL.width).enumerate() {
                sky.row(tile.origin.0, tile.origin.1 + j, SMALL.width, &mut light);
                for (pixel, light) in row.iter().zip(&light).filter(|(p, _)| !p.is_nan()) {
                    count += 1;
                    sum += pixel - light;
                    squares += (pixel - light) * (pixel - light);
                }
            }
            // The border is blank, the rest is there.
            let whole = SMALL.width * SMALL.height;
            assert!(
                count > whole * 85 / 100 && count < whole * 95 / 100,
                "{count}"
            );
            let (n, mean) = (f64::from(count as u32), sum / f64::from(count as u32));
            let rms = (squares / n).sqrt();
            assert!(mean.abs() < 5.0 * NOISE / n.sqrt(), "{}: {mean}", tile.name);
            assert!(
                (rms - NOISE).abs() < 5.0 * NOISE / (2.0 * n).sqrt(),
                "{rms}"
            );
        }
    }

    #[test]
    fn impossible_fields_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for field in [
            Field {
                columns: 0,
                ..SMALL
            },
            Field {
                rows: 1001,
                ..SMALL
            },
            Field { width: 15, ..SMALL },
            Field {
                height: usize::MAX,
                ..SMALL
            },
        ] {
            assert!(field.write(dir.path(), &Run::new(1)).is_err(), "{field:?}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
