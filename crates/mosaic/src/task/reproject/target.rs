//! The template that an image is reprojected to, enlarged on demand, and the images that are written.

use std::path::Path;

use crate::error::{Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::header_template::HeaderTemplate;
use crate::io::paths::projected_pair;
use crate::run::Run;
use crate::stream::reproject::Input;
use crate::stream::{FitsSink, PixelSource, WithAreas};
use crate::task::header_check::template_wcs;
use crate::task::output_template::OutputTemplate;
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
    pub fn with_room_for<S: PixelSource>(self, input: &Input<S>) -> Result<Self> {
        let [x, y] = input.wcs.scale_and_rotation().cdelt;
        let (width, height) = input.size();
        let diagonal = (x * width as f64).hypot(y * height as f64);
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

    /// Creates the image `name` and, where they are wanted, its areas, of the pixels of `part`. They appear
    /// when they are finished and committed.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(
        &self,
        name: &Path,
        part: &Window,
        with_areas: bool,
    ) -> Result<WithAreas<FitsSink>> {
        let names = projected_pair(name);
        let header = self.region.header(&self.region.grid.part(part));
        let create = |path: &Path| {
            FitsSink::create(path, &header, (part.width, part.height))
                .output_in_words(CANNOT_CREATE_IMAGE)
        };
        Ok(WithAreas {
            image: create(&names.image)?,
            areas: match with_areas {
                true => Some(create(&names.area)?),
                false => None,
            },
        })
    }
}
