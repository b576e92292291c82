//! The images that an image is reprojected to: their template, where it is enlarged on demand,
//! and how they are written.

use std::path::Path;

use crate::error::{Error, Result};
use crate::io::atomic_file::AtomicFile;
use crate::io::fits::PartsWriter;
use crate::io::paths::projected_pair;
use crate::kernel::difference::Grid;
use crate::kernel::reproject::Region;
use crate::run::Run;
use crate::sky::Wcs;
use crate::task::tile::OutputRegion;

/// The region that a header template describes, as a reprojection takes it.
pub struct Target {
    region: OutputRegion,
    /// Its pixels and sky.
    pub wcs: Wcs,
}

impl Target {
    /// Reads the template `path`.
    ///
    /// # Errors
    /// When it cannot be read or its sky is not understood.
    pub fn open(path: &Path) -> Result<Self> {
        let region = OutputRegion::open(path)?;
        let wcs = Wcs::new(&region.template)
            .map_err(|why| Error::table(format!("Bad WCS in header template ({why})"), path))?;
        Ok(Target { region, wcs })
    }

    /// The same with `pixels` more on every side (Montage's `expand`); sizes are cut to whole
    /// pixels after the addition, as in Montage 6.0.
    ///
    /// # Errors
    /// When it becomes larger than any image may be.
    pub fn expanded(self, pixels: f64) -> Result<Self> {
        let grid = self.region.grid;
        let size = |size: usize, axis: &str| {
            let size = size as f64 + 2.0 * pixels;
            if (1.0..=f64::from(i32::MAX)).contains(&size) {
                return Ok(size as usize);
            }
            Err(Error::table(
                format!("{axis} becomes {size:.0} when the template is expanded"),
                self.region.template.path(),
            ))
        };
        let grid = Grid {
            width: size(grid.width, "NAXIS1")?,
            height: size(grid.height, "NAXIS2")?,
            crpix1: grid.crpix1 + pixels,
            crpix2: grid.crpix2 + pixels,
        };
        Ok(Target {
            wcs: self.wcs.padded(pixels),
            region: OutputRegion {
                grid,
                ..self.region
            },
        })
    }

    /// All of its pixels.
    pub fn whole(&self) -> Region {
        Region {
            x: 0,
            y: 0,
            width: self.region.grid.width,
            height: self.region.grid.height,
        }
    }

    /// Writes the pixels of `part` as the image `name` and its `_area` image. `fill` gives the
    /// values and areas of `rows` rows from a row of the part on; several rows are asked for at
    /// once, by several threads. They appear when the answer is committed.
    ///
    /// # Errors
    /// When a file cannot be written, or `fill` fails.
    pub fn write(
        &self,
        name: &Path,
        part: &Region,
        run: &Run,
        fill: impl Fn(usize, usize, &mut Rows) -> Result<()> + Sync,
    ) -> Result<[AtomicFile; 2]> {
        let grid = self.region.grid;
        let header = self.region.header(&Grid {
            width: part.width,
            height: part.height,
            crpix1: grid.crpix1 - part.x as f64,
            crpix2: grid.crpix2 - part.y as f64,
        });
        let pixels = part.width as u64 * part.height as u64;
        let names = projected_pair(name);
        let image = PartsWriter::create(&names.image, &header, pixels)?;
        let area = PartsWriter::create(&names.area, &header, pixels)?;
        let rows = (PIXELS_AT_ONCE / part.width).clamp(1, part.height);
        let done = run.for_each_with(part.height.div_ceil(rows), Rows::default, |own, i| {
            let first = i * rows;
            let count = rows.min(part.height - first);
            own.values.clear();
            own.areas.clear();
            fill(first, count, own)?;
            let at = first as u64 * part.width as u64;
            image.write(at, &own.values, &mut own.bytes)?;
            area.write(at, &own.areas, &mut own.bytes)
        })?;
        done.into_iter().collect::<Result<()>>()?;
        Ok([image.finish()?, area.finish()?])
    }
}

/// Rows of the outputs.
#[derive(Debug, Default)]
pub struct Rows {
    /// Pixel values, NaN for blanks.
    pub values: Vec<f64>,
    /// Their areas.
    pub areas: Vec<f64>,
    bytes: Vec<u8>,
}

/// What is filled and written at a time: half a megabyte of doubles, which stay in a cache.
const PIXELS_AT_ONCE: usize = 64 << 10;
