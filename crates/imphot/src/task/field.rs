//! An image with its place on the sky.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::muse::{plane_header, take_unit, Extensions, MuseImage};
use fits::Header;
use mosaic::run::Warnings;
use mosaic::task::header_check::pass_on;
use sky::{Grid, Wcs, FARTHEST_PIXEL};

/// An image with its world coordinates.
#[derive(Debug, Clone)]
pub struct Field {
    /// Pixels, mask, variances, headers.
    pub image: MuseImage,
    /// World coordinates of its pixels.
    pub wcs: Wcs,
    /// Width and height of a pixel, arcsec, both positive.
    pub step: (f64, f64),
}

impl Field {
    /// Reads the image `path` as [`MuseImage::read`] does; what is odd about its coordinates is
    /// added to `warnings`.
    ///
    /// # Errors
    /// When it cannot be read or has no celestial coordinates; `what` begins the message.
    pub fn open(path: &Path, what: &'static str, warnings: &Warnings) -> Result<Self> {
        let field = Self::new(MuseImage::read(path, what)?, what)?;
        pass_on(&field.wcs, path, warnings);
        Ok(field)
    }

    /// The same without the variances: a fit has no use for them.
    ///
    /// # Errors
    /// As for [`Field::open`].
    pub fn open_without_variances(
        path: &Path,
        what: &'static str,
        warnings: &Warnings,
    ) -> Result<Self> {
        let field = Self::new(MuseImage::read_without_variances(path, what)?, what)?;
        pass_on(&field.wcs, path, warnings);
        Ok(field)
    }

    /// Gives an image the coordinates of its header.
    ///
    /// # Errors
    /// When the header has no celestial coordinates.
    pub fn new(image: MuseImage, what: &'static str) -> Result<Self> {
        let (wcs, step) = coordinates(&image.data_header, &image.path, what)?;
        Ok(Field { image, wcs, step })
    }

    /// The name of the file without its folder and ".fits", as imphot names an image.
    pub fn name(&self) -> String {
        name_of(&self.image.path)
    }

    /// What outputs that go with the image begin with: the file's path without ".fits", in
    /// `folder` where one is given.
    pub fn output_prefix(&self, folder: Option<&Path>) -> PathBuf {
        prefix_of(&self.image.path, folder)
    }

    /// The pixel (x, y), from 0 at the centre of the first one, of a place on the sky in degrees;
    /// `None` where the projection does not show it.
    pub fn sky_to_pixel(&self, ra: f64, dec: f64) -> Option<(f64, f64)> {
        let (x, y) = self.wcs.sky_to_pixel(ra, dec)?;
        Some((x - 1.0, y - 1.0))
    }

    /// The place on the sky (ra, dec), degrees, of a pixel counted from 0; `None` where it is
    /// outside the projection.
    pub fn pixel_to_sky(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        self.wcs.pixel_to_sky(x + 1.0, y + 1.0)
    }
}

/// The path of the image `path` without ".fits", in `folder` where one is given.
pub(super) fn prefix_of(path: &Path, folder: Option<&Path>) -> PathBuf {
    let folder = folder.or(path.parent()).unwrap_or(Path::new(""));
    folder.join(stem_of(path))
}

/// The path `prefix` with `ending` added to its name.
pub fn beside(prefix: &Path, ending: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// The name of a file without its folder and ".fits".
pub fn name_of(path: &Path) -> String {
    stem_of(path).to_string_lossy().into_owned()
}

/// The same, of a name that need not be UTF-8. ".fits" goes wherever it is, as in imphot, so that
/// "a.fits.gz" is "a.gz".
fn stem_of(path: &Path) -> OsString {
    const ENDING: &[u8] = b".fits";
    let mut name = path.file_name().unwrap_or_default().as_bytes().to_vec();
    while let Some(at) = name.windows(ENDING.len()).position(|part| part == ENDING) {
        name.drain(at..at + ENDING.len());
    }
    OsString::from_vec(name)
}

/// Where the pixels of an image, or of the planes of a cube, lie on the sky: its headers without the
/// pixels.
#[derive(Debug, Clone)]
pub struct PixelsOnSky {
    /// The file.
    pub path: PathBuf,
    /// NAXIS1, pixels.
    pub width: usize,
    /// NAXIS2, pixels.
    pub height: usize,
    /// World coordinates of a plane.
    pub wcs: Wcs,
    /// Width and height of a pixel, arcsec, both positive.
    pub step: (f64, f64),
    /// The unit of the pixels: BUNIT, with the number that FSCALE multiplies it by.
    pub unit: Option<String>,
    /// The header of a plane: of a cube, without what belongs to its third axis.
    pub header: Header,
    /// The primary header.
    pub primary: Header,
}

impl PixelsOnSky {
    /// Reads the headers of an image of two axes or a cube of three; what is odd about its
    /// coordinates is added to `warnings`.
    ///
    /// # Errors
    /// When the file is missing, no FITS, has neither DATA nor SCI, other axes than these, or no
    /// celestial coordinates.
    pub fn open(path: &Path, what: &'static str, warnings: &Warnings) -> Result<Self> {
        let found = Extensions::find(path, what)?;
        let refuse = |why: String| Error::fits(what, path, why);
        if !(2..=3).contains(&found.axes) {
            return Err(refuse(format!(
                "is neither image nor cube: {} has {} axes",
                found.data.name, found.axes
            )));
        }
        let mut header = plane_header(&found.data_header);
        let unit = take_unit(&mut header);
        let (width, height) = Grid::size_from_keywords(&header)
            .map_err(|why| refuse(format!("{} is no size of an image", why.key)))?;
        let (wcs, step) = coordinates(&header, path, what)?;
        pass_on(&wcs, path, warnings);
        Ok(PixelsOnSky {
            path: path.to_owned(),
            width,
            height,
            wcs,
            step,
            unit,
            header,
            primary: found.primary,
        })
    }
}

fn coordinates(header: &Header, path: &Path, what: &'static str) -> Result<(Wcs, (f64, f64))> {
    let refuse = |why: String| Error::fits(what, path, why);
    let wcs = Wcs::new(header).map_err(|why| refuse(why.to_string()))?;
    for (key, value) in ["CRPIX1", "CRPIX2"].into_iter().zip(wcs.crpix()) {
        if value.abs() > FARTHEST_PIXEL {
            return Err(refuse(format!("{key} is too far away: {value:e}")));
        }
    }
    let step = step(&wcs);
    Ok((wcs, step))
}

/// Width and height of a pixel in arcsec: the lengths of the columns of the CD matrix, as MPDAF
/// takes them (`WCS.get_step`).
pub fn step(wcs: &Wcs) -> (f64, f64) {
    let [[a, b], [c, d]] = wcs.cd();
    (3600.0 * a.hypot(c), 3600.0 * b.hypot(d))
}
