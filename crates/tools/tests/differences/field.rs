//! Images made up for one question each, on one pixel grid: how two of them lie to each other,
//! how their pixels are stored, what is blank.

use simulate::Mmix;
use std::path::{Path, PathBuf};

/// The output region of a field.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    pub size: (usize, usize),
    pub crpix: (f64, f64),
}

/// How pixels are stored: BITPIX, BSCALE, BZERO.
#[derive(Debug, Clone, Copy)]
pub struct Stored(pub i32, pub f64, pub f64);

pub const FLOATS: Stored = Stored(-32, 1.0, 0.0);
pub const DOUBLES: Stored = Stored(-64, 1.0, 0.0);

/// One image: its first pixel is column and row `origin` of the region's grid.
#[derive(Debug, Clone)]
pub struct Picture {
    pub name: String,
    pub origin: (i64, i64),
    pub size: (usize, usize),
    /// What is added to the reference pixel that the grid asks for.
    pub astray: (f64, f64),
    pub stored: Stored,
    /// Row by row; NaN is blank.
    pub pixels: Vec<f64>,
    pub areas: Vec<f64>,
}

/// An image of a sky that is a slope with stars, with noise, wild pixels, blanks, and a background
/// plane of its own; its area image falls off along the sides.
pub fn picture(name: &str, origin: (i64, i64), size: (usize, usize), stored: Stored) -> Picture {
    let seed = (name.bytes()).fold(77u64, |s, b| s.wrapping_mul(131).wrapping_add(b.into()));
    let mut random = Mmix(seed);
    let plane = [
        random.normal() * 0.02,
        random.normal() * 0.02,
        random.normal() * 8.0,
    ];
    let (mut pixels, mut areas) = (Vec::new(), Vec::new());
    for y in 0..size.1 {
        for x in 0..size.0 {
            let (i, j) = ((origin.0 + x as i64) as f64, (origin.1 + y as i64) as f64);
            let star = 900.0 / (1.0 + (i - 52.0).powi(2) + (j - 31.0).powi(2));
            let sky = 210.0 + 0.3 * i - 0.15 * j + star;
            let wild = if random.uniform() < 0.03 { 60.0 } else { 0.0 };
            let own = plane[0] * i + plane[1] * j + plane[2] + 0.7 * random.normal() + wild;
            let blank = random.uniform() < 0.04;
            pixels.push(if blank { f64::NAN } else { sky + own });
            let side = x.min(y).min(size.0 - 1 - x).min(size.1 - 1 - y);
            let area = match side {
                0 => 0.95 * random.uniform(),
                1 if random.uniform() < 0.3 => 0.0,
                _ => 0.97 + 0.05 * random.uniform(),
            };
            areas.push(area);
        }
    }
    Picture {
        name: name.into(),
        origin,
        size,
        astray: (0.0, 0.0),
        stored,
        pixels,
        areas,
    }
}

impl Picture {
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    pub fn map(mut self, pixel: impl Fn(usize, usize, f64) -> f64) -> Self {
        let width = self.size.0;
        for (i, value) in self.pixels.iter_mut().enumerate() {
            *value = pixel(i % width, i / width, *value);
        }
        self
    }

    pub fn filled(mut self, mut pixel: impl FnMut(usize, usize) -> f64) -> Self {
        let width = self.size.0;
        for (i, value) in self.pixels.iter_mut().enumerate() {
            *value = pixel(i % width, i / width);
        }
        self
    }

    pub fn with_areas(mut self, area: impl Fn(usize, usize, f64) -> f64) -> Self {
        let width = self.size.0;
        for (i, value) in self.areas.iter_mut().enumerate() {
            *value = area(i % width, i / width, *value);
        }
        self
    }

    pub fn astray(mut self, x: f64, y: f64) -> Self {
        self.astray = (x, y);
        self
    }

    fn write(&self, dir: &Path, region: &Region) {
        let crpix = (
            region.crpix.0 - self.origin.0 as f64 + self.astray.0,
            region.crpix.1 - self.origin.1 as f64 + self.astray.1,
        );
        let image = fits(self.size, crpix, self.stored, &self.pixels);
        std::fs::write(dir.join(format!("{}.fits", self.name)), image).unwrap();
        let area = fits(self.size, crpix, FLOATS, &self.areas);
        std::fs::write(dir.join(format!("{}_area.fits", self.name)), area).unwrap();
    }
}

const SKY: [(&str, &str); 7] = [
    ("CTYPE1", "'RA---TAN'"),
    ("CTYPE2", "'DEC--TAN'"),
    ("CRVAL1", "274.7"),
    ("CRVAL2", "-13.8"),
    ("CDELT1", "-0.000277778"),
    ("CDELT2", "0.000277778"),
    ("EQUINOX", "2000.0"),
];

/// The bytes of a FITS file. NaN is stored as the smallest integer, which BLANK names.
pub fn fits(size: (usize, usize), crpix: (f64, f64), stored: Stored, pixels: &[f64]) -> Vec<u8> {
    let Stored(bitpix, scale, zero) = stored;
    let blank: i64 = match bitpix {
        8 => 0,
        16 => i64::from(i16::MIN),
        _ => i64::from(i32::MIN),
    };
    let mut cards = vec![
        ("SIMPLE", "T".to_owned()),
        ("BITPIX", bitpix.to_string()),
        ("NAXIS", "2".into()),
        ("NAXIS1", size.0.to_string()),
        ("NAXIS2", size.1.to_string()),
        ("CRPIX1", format!("{:?}", crpix.0)),
        ("CRPIX2", format!("{:?}", crpix.1)),
    ];
    if bitpix > 0 {
        cards.push(("BSCALE", format!("{scale:?}")));
        cards.push(("BZERO", format!("{zero:?}")));
        cards.push(("BLANK", blank.to_string()));
    }
    cards.extend(SKY.map(|(key, value)| (key, value.to_owned())));
    let mut bytes: Vec<u8> = (cards.iter())
        .flat_map(|(key, value)| format!("{:<80}", format!("{key:<8}= {value:>20}")).into_bytes())
        .collect();
    bytes.extend(format!("{:<80}", "END").bytes());
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    for &pixel in pixels {
        let whole = || {
            if pixel.is_nan() {
                blank
            } else {
                ((pixel - zero) / scale).round() as i64
            }
        };
        match bitpix {
            8 => bytes.push(whole() as u8),
            16 => bytes.extend((whole() as i16).to_be_bytes()),
            32 => bytes.extend((whole() as i32).to_be_bytes()),
            -32 => bytes.extend((pixel as f32).to_be_bytes()),
            _ => bytes.extend(pixel.to_be_bytes()),
        }
    }
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    bytes
}

/// A folder with images/, diffs.tbl, region.hdr and folders for outputs; it goes with this value.
pub struct Field {
    dir: tempfile::TempDir,
    pub names: Vec<String>,
    pub pairs: Vec<(usize, usize)>,
}

impl Field {
    /// With every pair of `pictures`, the first with itself too.
    pub fn new(region: Region, pictures: &[Picture]) -> Self {
        let mut pairs = vec![(0, 0)];
        for i in 0..pictures.len() {
            pairs.extend((i + 1..pictures.len()).map(|k| (i, k)));
        }
        Self::with_pairs(region, pictures, pairs)
    }

    pub fn with_pairs(region: Region, pictures: &[Picture], pairs: Vec<(usize, usize)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<String> = pictures.iter().map(|p| p.name.clone()).collect();
        let field = Field { dir, names, pairs };
        for folder in ["images", "ours", "theirs"] {
            std::fs::create_dir(field.path(folder)).unwrap();
        }
        for picture in pictures {
            picture.write(&field.path("images"), &region);
        }
        let Region { size, crpix } = region;
        let mut template = format!(
            "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\n",
            size.0, size.1
        );
        template += &format!("CRPIX1  = {:?}\nCRPIX2  = {:?}\n", crpix.0, crpix.1);
        for (key, value) in SKY {
            template += &format!("{key:<8}= {value}\n");
        }
        std::fs::write(field.path("region.hdr"), template + "END\n").unwrap();
        let mut table = format!(
            "|{:>6}|{:>6}|{:>24}|{:>24}|{:>20}|\n|{:>6}|{:>6}|{:>24}|{:>24}|{:>20}|\n",
            "cntr1", "cntr2", "plus", "minus", "diff", "int", "int", "char", "char", "char"
        );
        for (row, &(i, k)) in field.pairs.iter().enumerate() {
            let [plus, minus] = [i, k].map(|n| format!("{}.fits", field.names[n]));
            let diff = format!("diff.{row:06}.fits");
            table += &format!(" {i:>6} {k:>6} {plus:>24} {minus:>24} {diff:>20} \n");
        }
        std::fs::write(field.path("diffs.tbl"), table).unwrap();
        field
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What a pair is about.
    pub fn pair(&self, row: usize) -> String {
        let (i, k) = self.pairs[row];
        format!("{} - {}", self.names[i], self.names[k])
    }

    /// Files of a folder in it, in order.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = (std::fs::read_dir(self.path(folder)).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Ways in which two images can lie to each other.
pub fn places() -> (Region, Vec<Picture>) {
    let region = Region {
        size: (120, 90),
        crpix: (50.5, 40.25),
    };
    let tile = picture("tile", (4, 5), (60, 50), FLOATS);
    let flat = |name: &str, level: f64| {
        (tile.clone())
            .named(name)
            .map(|_, _, value| if value.is_nan() { value } else { level })
    };
    let pictures = vec![
        tile.clone(),
        picture("beside", (40, 10), (60, 60), FLOATS),
        picture("above", (0, 30), (70, 58), DOUBLES),
        picture("one_pixel", (63, 54), (30, 30), FLOATS),
        picture("two_by_two", (62, 53), (30, 30), FLOATS),
        picture("one_column", (63, 5), (30, 50), FLOATS),
        picture("two_columns", (62, 5), (30, 50), FLOATS),
        picture("one_row", (4, 54), (60, 30), FLOATS),
        picture("touching", (64, 5), (30, 50), FLOATS),
        picture("apart", (100, 70), (15, 12), FLOATS),
        picture("a_row", (10, 20), (60, 1), FLOATS),
        picture("a_column", (30, 10), (1, 40), FLOATS),
        picture("a_pixel", (33, 22), (1, 1), FLOATS),
        picture("nothing", (4, 5), (60, 50), FLOATS).map(|_, _, _| f64::NAN),
        tile.clone().named("again"),
        tile.clone().named("raised").map(|_, _, v| v + 5.0),
        flat("level", 17.25),
        flat("level_tenth", 0.1),
        picture("before", (-10, -7), (40, 40), FLOATS),
        picture("beyond", (95, 70), (40, 40), FLOATS),
        picture("larger", (-20, -20), (170, 140), FLOATS),
        picture("quarter", (20, 18), (40, 40), FLOATS).astray(0.25, -0.25),
        picture("most", (20, 18), (40, 40), FLOATS).astray(-0.75, 0.9),
        picture("half", (2, 1), (40, 40), FLOATS).astray(0.5, 0.5),
        // Covers the tile with pixels on its diagonal only.
        picture("diagonal", (4, 5), (50, 50), DOUBLES)
            .map(|x, y, v| if x == y { v } else { f64::NAN }),
        picture("triangle", (4, 5), (60, 50), DOUBLES)
            .map(|x, y, v| if x > y { v } else { f64::NAN }),
        picture("scattered", (4, 5), (60, 50), DOUBLES).map(|x, y, v| {
            if (x * 7 + y * 3) % 29 == 0 {
                v
            } else {
                f64::NAN
            }
        }),
        picture("areas_of_zero", (8, 5), (60, 50), FLOATS).with_areas(|_, _, _| 0.0),
        picture("areas_halved", (8, 5), (60, 50), FLOATS).with_areas(|_, _, a| a / 2.0),
        picture("areas_steep", (8, 5), (60, 50), FLOATS).with_areas(|x, _, a| a * x as f64 / 40.0),
        picture("areas_below_0", (8, 5), (60, 50), FLOATS)
            .with_areas(|x, y, a| if x < y { -a } else { a }),
    ];
    (region, pictures)
}

/// Ways in which pixels can be stored, over one place. Some differ by whole numbers only.
pub fn formats() -> (Region, Vec<Picture>) {
    let region = Region {
        size: (90, 80),
        crpix: (37.15, 1000.35),
    };
    let at = |name: &str, x, stored| picture(name, (x, 6), (64, 60), stored);
    let pictures = vec![
        at("bytes", 3, Stored(8, 2.5, 30.0)),
        at("shorts", 5, Stored(16, 0.1, 0.0)),
        at("unsigned", 8, Stored(16, 1.0, 32768.0)),
        at("longs", 1, Stored(32, 1e-4, 100.0)),
        at("whole_longs", 2, Stored(32, 1.0, 0.0)),
        at("floats", 4, FLOATS),
        at("doubles", 0, DOUBLES),
        at("large", 4, DOUBLES).map(|_, _, v| v * 1e12),
        at("small", 5, DOUBLES).map(|_, _, v| v * 1e-12),
    ];
    (region, pictures)
}

/// A region that is smaller than the images.
pub fn small_region() -> (Region, Vec<Picture>) {
    let (_, pictures) = places();
    let region = Region {
        size: (31, 17),
        crpix: (-5.0, 2e5 + 0.125),
    };
    (region, pictures)
}

/// Images of every size, shape and kind of pixel, from one seed.
pub fn haphazard(seed: u64, count: usize) -> (Region, Vec<Picture>) {
    let mut random = Mmix(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let crpix = (
        random.uniform() * 3000.0 - 1000.0,
        300.0 * random.uniform().powi(4),
    );
    let region = Region {
        size: (48, 40),
        crpix,
    };
    let pictures = (0..count)
        .map(|i| {
            let mut whole = |low: f64, high: f64| (low + random.uniform() * (high - low)) as i64;
            let origin = (whole(-5.0, 30.0), whole(-5.0, 25.0));
            let size = (whole(2.0, 40.0) as usize, whole(2.0, 35.0) as usize);
            let (kind, shape) = (whole(0.0, 8.0), whole(0.0, 5.0));
            let (tx, ty) = (whole(-9.0, 9.0) as f64 / 7.0, whole(-9.0, 9.0) as f64 / 7.0);
            let mut noise = Mmix(random.uniform().to_bits());
            let middle = (size.0 as f64 / 2.0, size.1 as f64 / 2.0);
            picture(&format!("picture_{i}"), origin, size, DOUBLES)
                .map(|_, _, v| v)
                .filled(|x, y| {
                    let (u, v) = (x as f64 - middle.0, y as f64 - middle.1);
                    let outside = match shape {
                        0 => false,
                        1 => u * u + v * v > middle.0 * middle.1,
                        2 => u * tx + v * ty > 4.0,
                        3 => noise.uniform() < 0.3,
                        _ => x == 0 || noise.uniform() < 0.01,
                    };
                    let value = match kind {
                        0 => 100.0 + noise.normal(),
                        1 => 12.5,
                        2 => (noise.uniform() * 4.0).floor(),
                        3 => tx * (x as f64 + origin.0 as f64) + ty * (y as f64 + origin.1 as f64),
                        4 => noise.normal() / noise.uniform().powi(3),
                        5 => 1e4 + noise.normal(),
                        6 => {
                            if noise.uniform() < 0.2 {
                                7.0
                            } else {
                                0.1
                            }
                        }
                        _ => f64::from((300.0 + 0.3 * u + noise.normal()) as f32),
                    };
                    if outside {
                        f64::NAN
                    } else {
                        value
                    }
                })
        })
        .collect();
    (region, pictures)
}

/// Images whose pixels end at slanted lines.
pub fn outlines() -> (Region, Vec<Picture>) {
    let region = Region {
        size: (50, 50),
        crpix: (25.0, 25.0),
    };
    let mut pictures = Vec::new();
    for (p, q) in [(1, 2), (1, 3), (2, 3), (1, 1), (3, 5), (2, 7), (5, 4)] {
        for shape in 0..6 {
            let size = (30 + shape as usize, 41);
            let inside = move |x: i32, y: i32| match shape {
                0 => x * q >= y * p && x * p + y * q > 30,
                1 => x * q >= y * p && (x - 29 - shape) * q <= -y * p,
                2 => x * p >= y * q,
                3 => (x + y) % 3 == 0 && x * q >= y * p,
                4 => (0..40).contains(&(x * q - y * p)),
                _ => x * q + y * p <= 70 && x * q - y * p > -30,
            };
            let name = format!("slant_{p}_{q}_{shape}");
            pictures.push(picture(&name, (3, 2), size, DOUBLES).map(|x, y, value| {
                if inside(x as i32, y as i32) {
                    value
                } else {
                    f64::NAN
                }
            }));
        }
    }
    (region, pictures)
}
