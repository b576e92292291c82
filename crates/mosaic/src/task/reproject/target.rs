//! The images that an image is reprojected to: their template, where it is enlarged on demand,
//! and how they are written.

use std::path::Path;

use crate::error::{Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::header_template::HeaderTemplate;
use crate::io::paths::projected_pair;
use crate::run::Run;
use crate::task::header_check::template_wcs;
use crate::task::output_template::OutputTemplate;
use crate::task::reproject::input::Input;
use fits::atomic_file::AtomicFile;
use fits::PartsWriter;
use sky::{Grid, Wcs, Window};

/// The region that a header template describes, as a reprojection takes it.
#[derive(Clone)]
pub struct Target {
    region: OutputTemplate,
    /// Its pixels and sky.
    pub wcs: Wcs,
}

impl Target {
    /// Reads the template `path`; what is odd about its coordinates is a warning of the run.
    ///
    /// # Errors
    /// When it cannot be read or its sky is not understood.
    pub fn open(path: &Path, run: &Run) -> Result<Self> {
        let region = OutputTemplate::open(path)?;
        let wcs = template_wcs(&region.template, run.warnings())?;
        Ok(Target { region, wcs })
    }

    /// The template itself.
    pub fn template(&self) -> &HeaderTemplate {
        &self.region.template
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
            region: OutputTemplate {
                grid,
                ..self.region
            },
        })
    }

    /// The same with as many pixels more on every side as the diagonal of `input` is long, in
    /// diagonals of a pixel (`expand` of mProject and mProjectQL in Montage 6.0).
    ///
    /// # Errors
    /// As [`Target::expanded`].
    pub fn with_room_for(self, input: &Input) -> Result<Self> {
        let [x, y] = input.wcs.scale_and_rotation().cdelt;
        let diagonal = (x * input.width() as f64).hypot(y * input.height() as f64);
        let [x, y] = self.wcs.scale_and_rotation().cdelt;
        self.expanded(diagonal / x.hypot(y))
    }

    /// The same on a sky whose CRPIX is rounded to six decimals, as Montage 6.0 and 7 take it from a
    /// template; headers keep all digits. Half a millionth of a pixel is enough to change which
    /// pixel is the nearest one.
    #[must_use]
    pub fn on_rounded_sky(mut self) -> Self {
        self.wcs = self.wcs.with_rounded_reference();
        self
    }

    /// All of its pixels.
    pub fn whole(&self) -> Window {
        self.region.grid.whole()
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
        part: &Window,
        run: &Run,
        fill: impl Fn(usize, usize, &mut Rows) -> Result<()> + Sync,
    ) -> Result<[AtomicFile; 2]> {
        let names = projected_pair(name);
        let image = self.begin(&names.image, part)?;
        let area = self.begin(&names.area, part)?;
        fill_rows(&image, Some(&area), part, PIXELS_AT_ONCE, run, fill)?;
        Ok([image.finish()?, area.finish()?])
    }

    /// As [`Target::write`], in the form that is asked for: the image, and its areas if they are
    /// wanted.
    ///
    /// # Errors
    /// As [`Target::write`].
    pub fn write_as(
        &self,
        name: &Path,
        part: &Window,
        form: Form,
        run: &Run,
        fill: impl Fn(usize, usize, &mut Rows) -> Result<()> + Sync,
    ) -> Result<(AtomicFile, Option<AtomicFile>)> {
        let names = projected_pair(name);
        let image = self.begin(&names.image, part)?;
        let area = match form.areas {
            true => Some(self.begin(&names.area, part)?),
            false => None,
        };
        fill_rows(&image, area.as_ref(), part, form.pixels_at_once, run, fill)?;
        Ok((image.finish()?, area.map(PartsWriter::finish).transpose()?))
    }

    fn begin(&self, path: &Path, part: &Window) -> Result<PartsWriter> {
        let header = self.region.header(&self.region.grid.part(part));
        PartsWriter::create(path, &header, part.width as u64 * part.height as u64)
            .output_in_words(CANNOT_CREATE_IMAGE)
    }
}

/// Has `fill` make the rows of an image and its areas, some `pixels` at once but at least a row.
fn fill_rows(
    image: &PartsWriter,
    area: Option<&PartsWriter>,
    part: &Window,
    pixels: usize,
    run: &Run,
    fill: impl Fn(usize, usize, &mut Rows) -> Result<()> + Sync,
) -> Result<()> {
    let rows = (pixels / part.width).clamp(1, part.height);
    let done = run.for_each_with(part.height.div_ceil(rows), Rows::default, |own, i| {
        let first = i * rows;
        let count = rows.min(part.height - first);
        own.values.clear();
        own.areas.clear();
        fill(first, count, own)?;
        let at = first as u64 * part.width as u64;
        image.write(at, &own.values, &mut own.bytes)?;
        match area {
            Some(area) => Ok(area.write(at, &own.areas, &mut own.bytes)?),
            None => Ok(()),
        }
    })?;
    done.into_iter().collect()
}

/// What is written, and how.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The area image too.
    pub areas: bool,
    /// How many pixels are asked for at once (at least one row).
    pub pixels_at_once: usize,
}

impl Default for Form {
    fn default() -> Self {
        Form {
            areas: true,
            pixels_at_once: PIXELS_AT_ONCE,
        }
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
