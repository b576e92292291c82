//! Version 7's special pairs: pieces of one image on the two sides of a gap of the projection
//! (HPX splits towards the poles), and copies of one image at its left and right edge.

use std::path::Path;

use super::fits::{Fit, OneWay};
use super::images::{Image, Images};
use crate::error::{Error, Result};
use crate::io::ipac_table::Table;
use fits::{cformat, names};

use crate::io::text_file;
use crate::kernel::background_model::{Footprint, Plane, Transfer};

/// In a gap file the values of a line begin here, after its label.
const LABEL: usize = 28;
/// A gap file has 30 lines.
const LONGEST: u64 = 1 << 20;

/// Lines of one fit in a gap file.
const LINES: usize = 15;

/// The fits of the files that `dir`/gap.tbl lists, two of each.
pub(super) fn gaps(dir: &Path, images: &Images) -> Result<Vec<Fit>> {
    let path = dir.join("gap.tbl");
    let table = Table::open(&path, "Cannot open gap.tbl file in gap directory")?;
    let [file] = table.need(
        ["file"],
        "gap.tbl file in gap directory does not have 'file' column",
    )?;
    let mut fits = Vec::new();
    for row in table.rows() {
        let name = names::from_bytes(row.bytes(file));
        let path = dir.join(name);
        let text = text_file::read(&path, LONGEST)
            .map_err(|e| Error::io("Cannot open gap file", &path, e))?;
        // The others are none of ours.
        let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').take(2 * LINES).collect();
        for part in [0, LINES] {
            let fit = Reader {
                lines: &lines,
                first: part,
                path: &path,
            }
            .fit(images)?;
            memory::push(&mut fits, fit)?;
        }
    }
    Ok(fits)
}

/// One of the two fits of a gap file.
struct Reader<'a> {
    lines: &'a [&'a [u8]],
    first: usize,
    path: &'a Path,
}

impl Reader<'_> {
    fn fit(&self, images: &Images) -> Result<Fit> {
        let plane = self.numbers::<3>(2)?;
        let [xmin, xmax] = self.numbers(5)?;
        let [ymin, ymax] = self.numbers(6)?;
        let [pixels, rms] = self.numbers(8)?;
        let [x, y] = self.numbers(9)?;
        let [width, height, angle] = self.numbers(10)?;
        if width < 0.0 || height < 0.0 {
            return Err(self.error(10, "has a box of negative size"));
        }
        let transfer = Transfer {
            turn: [self.numbers(12)?, self.numbers(13)?],
            shift: [0.0, 0.0],
        };
        let fit = Fit {
            plus: self.image(0, images)?,
            minus: self.image(1, images)?,
            difference: Plane {
                a: plane[0],
                b: plane[1],
                c: plane[2],
            },
            footprint: Footprint {
                x,
                y,
                width,
                height,
                angle,
            },
            extent: [xmax.trunc() - xmin.trunc(), ymax.trunc() - ymin.trunc()],
            pixels: pixels.trunc(),
            rms,
            one_way: Some(OneWay {
                transfer,
                level_only: false,
            }),
            dropped: None,
        };
        if !fit.is_finite() {
            return Err(Error::table(
                "A plane or box is not a number in gap file",
                self.path,
            ));
        }
        Ok(fit)
    }

    /// The first words of line `i` of this fit.
    fn words(&self, i: usize) -> Result<impl Iterator<Item = &[u8]>> {
        let line = self
            .lines
            .get(self.first + i)
            .ok_or_else(|| self.error(i, "is missing"))?;
        let values = line.get(LABEL..).unwrap_or_default();
        Ok(values
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty()))
    }

    fn numbers<const N: usize>(&self, i: usize) -> Result<[f64; N]> {
        let mut values = [0.0; N];
        let mut words = self.words(i)?;
        for value in &mut values {
            *value = words
                .next()
                .and_then(|word| std::str::from_utf8(word).ok())
                .and_then(cformat::number)
                .ok_or_else(|| self.error(i, &format!("needs {N} numbers from column {LABEL}")))?;
        }
        Ok(values)
    }

    /// The image named on line `i`, by its name without folders.
    fn image(&self, i: usize, images: &Images) -> Result<u32> {
        let name = self
            .words(i)?
            .next()
            .ok_or_else(|| self.error(i, "has no file name"))?;
        let base = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
        images.named(base, self.path)
    }

    fn error(&self, i: usize, what: &str) -> Error {
        Error::table(
            format!("Line {} {what} in gap file", self.first + i + 1),
            self.path,
        )
    }
}

/// Two conditions for every row of `dir`/wrap.tbl: its two images show the same piece of sky and
/// are to get the same plane, each relative to its own reference pixel.
pub(super) fn wraps(dir: &Path, images: &Images) -> Result<Vec<Fit>> {
    let path = dir.join("wrap.tbl");
    let table = Table::open(&path, "Cannot open wrap.tbl file in gap directory")?;
    let message = "wrap.tbl file in gap directory does not have 'plus' and 'minus' columns";
    let columns = table.need(["plus", "minus"], message)?;
    let mut fits = Vec::new();
    for row in table.rows() {
        let [plus, minus] = columns.map(|column| images.named(row.bytes(column), &path));
        let (plus, minus) = (plus?, minus?);
        let region = whole(images.get(plus));
        let pixels = images.get(plus).size.map(f64::from);
        for (plus, minus) in [(plus, minus), (minus, plus)] {
            let [mine, other] = [images.get(plus).crpix, images.get(minus).crpix];
            let shift = [mine[0] - other[0], mine[1] - other[1]];
            let transfer = Transfer {
                shift,
                ..Transfer::default()
            };
            let fit = Fit {
                plus,
                minus,
                difference: Plane::default(),
                footprint: region,
                extent: [region.width, region.height],
                pixels: pixels[0] * pixels[1],
                rms: 0.0,
                one_way: Some(OneWay {
                    transfer,
                    level_only: false,
                }),
                dropped: None,
            };
            if !fit.is_finite() || shift.iter().any(|s| !s.is_finite()) {
                let why = format!(
                    "An image of row {} has no reference pixel in table",
                    row.number()
                );
                return Err(Error::table(why, &path));
            }
            memory::push(&mut fits, fit)?;
        }
    }
    Ok(fits)
}

/// The footprint that the original gives to a whole image: its size (less an odd pixel) around
/// its reference pixel, with limits cut to integers.
fn whole(image: &Image) -> Footprint {
    let limits = |axis: usize| {
        let half = f64::from(image.size[axis] / 2);
        let [low, high] = [image.crpix[axis] - half, image.crpix[axis] + half].map(f64::trunc);
        ((low + high) / 2.0, high - low)
    };
    let ((x, width), (y, height)) = (limits(0), limits(1));
    Footprint {
        x,
        y,
        width,
        height,
        angle: 0.0,
    }
}
