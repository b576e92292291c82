//! Images of a broad bandpass from MUSE cubes.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::error::{About, Error, Result};
use crate::filter_curve::FilterCurve;
use crate::kernel::bandpass::{bandpass, Bandpass, Curve, Interpolation, Means, Sums, WaveAxis};
use crate::muse::{plane_header, take_unit, Extension, Extensions, MuseImage, SaveMask, Unit};
use fits::cformat::general;
use fits::temporary::Scratch;
use fits::{Header, Image, OpenSource, Source};
use mosaic::run::Run;
use mosaic::task::outcome::{counted, Fields, Outcome};
use sky::{Keywords, Window};

/// What imphotBandpassImage takes.
#[derive(Debug, Clone, Copy)]
pub struct BandpassParams<'a> {
    /// The cube: DATA, and where there are STAT and DQ.
    pub cube: &'a Path,
    /// The filter curve.
    pub curve: &'a FilterCurve,
    /// The unit of the curve's wavelengths: "angstrom", "nm", "um", "m" and whatever else converts
    /// to the unit of the cube, or "pixel": planes of the cube, counted from 0.
    pub wave_unit: &'a str,
    /// How the curve runs between its points.
    pub interpolation: Interpolation,
    /// The image that is written: DATA, STAT where the cube has it, and DQ where pixels are
    /// masked.
    pub output: &'a Path,
}

/// The unit of a curve where nothing is said.
pub const DEFAULT_WAVE_UNIT: &str = "angstrom";

/// The unit of a curve whose wavelengths are planes of the cube, counted from 0.
pub const PIXEL: &str = "pixel";

fn is_pixel(unit: &str) -> bool {
    [PIXEL, "pixels", "pix"].contains(&&*unit.trim().to_ascii_lowercase())
}

/// Refuses what is no unit of the wavelengths of any curve.
///
/// # Errors
/// Why it is none.
pub fn check_wave_unit(unit: &str) -> std::result::Result<(), String> {
    match is_pixel(unit) {
        true => Ok(()),
        false => Unit::parse(unit).map(drop),
    }
}

/// What imphotBandpassImage answers.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct BandpassOutcome {
    /// How many planes of the cube the filter takes part of.
    pub planes: i32,
    /// The first of them, from 0.
    pub first: i32,
    /// The part of the filter curve's integral that is beyond the edges of the cube, 0 to 1.
    pub lost: f64,
    /// How many pixels of the image are masked, because they are in all of these planes.
    pub masked: i32,
    /// What a user should know: that part, where it is above 0.5 %. Else empty.
    pub warning: String,
}

/// A filter curve that reaches farther beyond the cube than this is worth a warning.
const WORTH_A_WARNING: f64 = 0.005;

/// Planes that are summed at once, by one thread: the parts of the sum do not depend on the
/// number of threads, so neither does their rounding.
const PLANES_AT_ONCE: usize = 32;
/// Pixels of a plane that are summed at once, so that the sums of a part stay small.
const PIXELS_AT_ONCE: usize = 1 << 17;
/// More threads than this only wait for the disk, and keep sums of their own in memory.
const MOST_THREADS: usize = 16;

/// Makes the image that a camera with this filter would have taken of the cube (imphot's
/// `bandpass_image`): the mean of the planes, weighted by the integral of the filter curve over
/// each; masked pixels do not count. Variances are those of that mean.
///
/// The planes are read once, in the order of the file, and never kept: a cube of any length needs
/// the memory of a few planes (of a packed one they are unpacked once, into a scratch file beside the
/// output).
///
/// # Errors
/// When the cube cannot be read, has other than three axes or no wavelengths, the units do not
/// convert, the filter does not overlap the cube or is zero there, or the image cannot be
/// written.
pub fn bandpass_image(params: &BandpassParams, run: &Run) -> Result<BandpassOutcome> {
    let mut cube = Cube::open(params.cube, params.output)?;
    let curve = curve_of(params, &cube)?;
    let refuse = |why: &str| {
        Err(Error::fits(
            WHAT,
            params.cube,
            format!(
                "{why} of wavelengths from {} to {}",
                cube.axis.wavelength(0.0),
                { cube.axis.wavelength(cube.axis.planes as f64 - 1.0) }
            ),
        ))
    };
    let Some(band) = bandpass(&curve, &cube.axis) else {
        return refuse("The filter curve does not overlap the cube,");
    };
    let sum: f64 = band.weights.iter().sum();
    if !(sum.is_finite() && sum > 0.0) {
        return refuse("The integral of the sensitivities is not a positive number over the cube,");
    }
    let sums = add_up(&cube, &band, run)?;
    let Means {
        value: data,
        variance,
        mask,
    } = sums.finish().about(params.cube)?;
    let unit = take_unit(&mut cube.header);
    let image = MuseImage {
        path: params.output.to_owned(),
        width: cube.width,
        height: cube.height,
        data,
        mask,
        variance,
        unit,
        primary: cube.primary,
        data_header: plane_header(&cube.header),
    };
    image.write(params.output, SaveMask::Dq)?;
    Ok(BandpassOutcome {
        planes: counted(band.weights.len()),
        first: counted(band.first),
        lost: band.lost,
        masked: counted(image.masked()),
        warning: match band.lost > WORTH_A_WARNING {
            true => format!(
                "{}% of the integrated filter curve is beyond the edges of the cube.",
                general(100.0 * band.lost, 2)
            ),
            false => String::new(),
        },
    })
}

/// The name of the image that `make_wideband_image` makes of `cube`, in the working directory:
/// `prefix` (or the name of the filter's file up to its first dot), "_", and the name of the cube,
/// where the first "datacube" or "cube" is replaced with "image", in capitals if it begins with
/// one. The image is not packed, whatever the cube is.
pub fn output_name(cube: &Path, filter: &Path, prefix: Option<&Path>) -> PathBuf {
    let base = |path: &Path| path.file_name().unwrap_or_default().as_bytes().to_vec();
    let mut name = match prefix {
        Some(prefix) => prefix.as_os_str().as_bytes().to_vec(),
        None => {
            let name = base(filter);
            name.split(|&b| b == b'.')
                .next()
                .unwrap_or_default()
                .to_vec()
        }
    };
    name.push(b'_');
    let cube = base(cube);
    let cube = cube.strip_suffix(b".gz").unwrap_or(&cube);
    let lower = cube.to_ascii_lowercase();
    match lower.windows(4).position(|word| word == b"cube") {
        Some(at) => {
            let start = if lower[..at].ends_with(b"data") {
                at - 4
            } else {
                at
            };
            name.extend(&cube[..start]);
            name.extend(match cube[start].is_ascii_uppercase() {
                true => b"IMAGE",
                false => b"image",
            });
            name.extend(&cube[at + 4..]);
        }
        None => name.extend(cube),
    }
    PathBuf::from(OsString::from_vec(name))
}

const WHAT: &str = "MUSE cube";

/// A cube whose planes are still in its file.
struct Cube {
    path: PathBuf,
    width: usize,
    height: usize,
    data: Source,
    stat: Option<Source>,
    quality: Option<Source>,
    axis: WaveAxis,
    /// CUNIT3.
    unit: String,
    primary: Header,
    header: Header,
    /// Unpacked copies, where the file is a packed one.
    _scratch: Vec<Scratch>,
}

impl Cube {
    /// Finds the parts of the cube `path`; copies of packed ones are put beside `output`.
    fn open(path: &Path, output: &Path) -> Result<Self> {
        let found = Extensions::find(path, WHAT)?;
        let refuse = |why: String| Error::fits(WHAT, path, why);
        if found.axes != 3 {
            return Err(refuse(format!(
                "is no cube: {} has {} axes, not 3",
                found.data.name, found.axes
            )));
        }
        let mut scratch = Vec::new();
        let mut size: Option<Vec<i64>> = None;
        let mut planes = |extension: &Extension| -> Result<Source> {
            let image = Image::open_hdu(path, extension.hdu, WHAT)?;
            let size = size.get_or_insert_with(|| image.sizes().to_vec());
            if *size != image.sizes() {
                return Err(refuse(format!(
                    "{} is not of the size of {}",
                    extension.name, found.data.name
                )));
            }
            let source = image.all_planes()?.direct(output, &mut scratch)?;
            source.check_length()?;
            Ok(source)
        };
        let data = planes(&found.data)?;
        let stat = found.stat.as_ref().map(&mut planes).transpose()?;
        let quality = found.dq.as_ref().map(&mut planes).transpose()?;
        let side = |axis: usize| {
            let size = size.as_ref().and_then(|sizes| sizes.get(axis));
            let size = size.and_then(|&size| usize::try_from(size).ok());
            size.ok_or_else(|| refuse("has no size".into()))
        };
        let (axis, unit) = wave_axis(&found.data_header, side(2)?).map_err(refuse)?;
        Ok(Cube {
            path: path.to_owned(),
            width: side(0)?,
            height: side(1)?,
            data,
            stat,
            quality,
            axis,
            unit,
            primary: found.primary,
            header: found.data_header,
            _scratch: scratch,
        })
    }
}

/// The wavelengths of the third axis, and their unit.
fn wave_axis(header: &Header, planes: usize) -> std::result::Result<(WaveAxis, String), String> {
    let real = |key: &str| match header.text(key) {
        None => Ok(None),
        Some(_) => match header.real(key).filter(|x| x.is_finite()) {
            Some(x) => Ok(Some(x)),
            None => Err(format!("{key} is no number")),
        },
    };
    let need = |key: &str| real(key)?.ok_or_else(|| format!("has no {key} keyword"));
    let kind = header.text("CTYPE3").unwrap_or_default();
    if kind
        .get(4..)
        .is_some_and(|code| code.trim_end().len() > 1 && code.starts_with('-'))
    {
        return Err(format!(
            "its wavelengths are not linear: CTYPE3 is {}",
            kind.trim()
        ));
    }
    for key in ["CD3_1", "CD3_2", "PC3_1", "PC3_2"] {
        if real(key)?.unwrap_or(0.0) != 0.0 {
            return Err(format!(
                "its wavelengths differ from pixel to pixel: {key} is not 0"
            ));
        }
    }
    let step = match real("CD3_3")? {
        Some(step) => step,
        None => match real("CDELT3")? {
            Some(step) => step * real("PC3_3")?.unwrap_or(1.0),
            None => return Err("has neither CD3_3 nor CDELT3".into()),
        },
    };
    if !(step.is_finite() && step > 0.0) {
        return Err(format!("its wavelengths do not ascend: the step is {step}"));
    }
    let unit = header.text("CUNIT3").filter(|text| !text.trim().is_empty());
    Ok((
        WaveAxis {
            reference: need("CRVAL3")?,
            at: need("CRPIX3")? - 1.0,
            step,
            planes,
        },
        unit.ok_or("has no CUNIT3 keyword")?,
    ))
}

/// The curve on the wavelengths of the cube.
fn curve_of(params: &BandpassParams, cube: &Cube) -> Result<Curve> {
    let stated = params.wave_unit.trim();
    let wavelengths = match is_pixel(stated) {
        true => {
            let planes = params.curve.wavelengths.iter();
            memory::collect(planes.map(|&plane| cube.axis.wavelength(plane)))?
        }
        false => {
            let factor = factor(stated, cube)?;
            let wavelengths = params.curve.wavelengths.iter();
            memory::collect(wavelengths.map(|wavelength| wavelength * factor))?
        }
    };
    let sensitivities = memory::copy(&params.curve.sensitivities)?;
    Curve::new(wavelengths, sensitivities, params.interpolation)
        .map_err(|why| Error::argument("interpolation", why))
}

/// What a wavelength in the unit `stated` is multiplied by to have it in the unit of the cube.
fn factor(stated: &str, cube: &Cube) -> Result<f64> {
    let refuse = |why: String| Error::argument("wave_units", format!("\"{stated}\": {why}"));
    let from = Unit::parse(stated).map_err(refuse)?;
    let to = Unit::parse(&cube.unit)
        .map_err(|why| Error::fits(WHAT, &cube.path, format!("CUNIT3 {}: {why}", cube.unit)))?;
    from.factor_to(&to).map_err(refuse)
}

/// A thread's open files and buffers.
struct Worker<'a> {
    data: OpenSource<'a>,
    stat: Option<OpenSource<'a>>,
    quality: Option<OpenSource<'a>>,
    values: Vec<f64>,
    variances: Vec<f64>,
    flags: Vec<f64>,
}

impl<'a> Worker<'a> {
    fn new(cube: &'a Cube) -> Result<Self> {
        Ok(Worker {
            data: cube.data.open()?,
            stat: cube.stat.as_ref().map(Source::open).transpose()?,
            quality: cube.quality.as_ref().map(Source::open).transpose()?,
            values: Vec::new(),
            variances: Vec::new(),
            flags: Vec::new(),
        })
    }

    /// Adds `window` of a plane to `sums`.
    fn add(&mut self, window: Window, weight: f64, sums: &mut Sums) -> Result<()> {
        self.data.read(window, &mut self.values)?;
        let variances = match &mut self.stat {
            Some(stat) => {
                stat.read(window, &mut self.variances)?;
                Some(&self.variances[..])
            }
            None => None,
        };
        let flags = match &mut self.quality {
            Some(quality) => {
                quality.read(window, &mut self.flags)?;
                Some(&self.flags[..])
            }
            None => None,
        };
        sums.add(weight, &self.values, variances, flags);
        Ok(())
    }
}

/// Adds the planes of a bandpass up.
fn add_up(cube: &Cube, band: &Bandpass, run: &Run) -> Result<Sums> {
    let (width, height) = (cube.width, cube.height);
    let pixels = width
        .checked_mul(height)
        .filter(|&n| n < isize::MAX as usize / 64)
        .ok_or_else(|| Error::fits(WHAT, &cube.path, "its planes are too large"))?;
    let rows = (PIXELS_AT_ONCE / width).clamp(1, height);
    let strips = height.div_ceil(rows);
    let batches = band.weights.len().div_ceil(PLANES_AT_ONCE);
    let with_variance = cube.stat.is_some();
    let mut whole = Sums::new(pixels, with_variance).about(&cube.path)?;
    let part = |worker: &mut Result<Worker>, item: usize| -> Result<(usize, Sums)> {
        let worker = match worker {
            Ok(worker) => worker,
            Err(_) => {
                return Err(Worker::new(cube)
                    .err()
                    .unwrap_or(Error::Shared(mosaic::Error::Cancelled)))
            }
        };
        // The planes of a batch follow one another in the file, and so do the strips of a plane.
        let (batch, strip) = (item / strips, item % strips);
        let y = strip * rows;
        let window =
            |plane: usize| Window::of_rows(width, plane * height + y, rows.min(height - y));
        let mut sums = Sums::new(width * window(0).height, with_variance).about(&cube.path)?;
        let planes = batch * PLANES_AT_ONCE..;
        for (i, &weight) in planes
            .zip(&band.weights[batch * PLANES_AT_ONCE..])
            .take(PLANES_AT_ONCE)
        {
            if weight != 0.0 {
                worker.add(window(band.first + i), weight, &mut sums)?;
            }
        }
        Ok((y * width, sums))
    };
    run.with_threads_at_most(MOST_THREADS).for_each_in_order(
        batches * strips,
        || Worker::new(cube),
        part,
        |part| {
            let (first, sums) = part?;
            whole.merge(first, &sums);
            Ok::<_, Error>(())
        },
    )?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_as_imphot_names_them() {
        let name = |cube: &str, filter: &str, prefix: Option<&str>| {
            let name = output_name(Path::new(cube), Path::new(filter), prefix.map(Path::new));
            name.to_string_lossy().into_owned()
        };
        let muse = "d/DATACUBE-MUSE.2014-09-21T07:12:55.019.fits";
        let expected = "wfc_F606W_IMAGE-MUSE.2014-09-21T07:12:55.019.fits";
        assert_eq!(name(muse, "x/wfc_F606W.dat", None), expected);
        assert_eq!(
            name("aDatacube_cube.fits", "f.a.b", None),
            "f_aIMAGE_cube.fits"
        );
        assert_eq!(name("dataCUBE", "f", Some("o/p")), "o/p_image");
        assert_eq!(name("subcub.fits.gz", "f", None), "f_subcub.fits");
        assert_eq!(name("my_cube.fits", ".x", None), "_my_image.fits");
    }
}
