//! HST images on the pixels of a MUSE image.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use super::field::{step, PixelsOnSky};
use super::filter::HstFilter;
use super::rescale::rescale_like;
use crate::error::{shown, About, Error, Result};
use crate::kernel::align::{align, Linear, Pixels, Target};
use crate::kernel::Error as Fault;
use crate::muse::{MuseImage, SaveMask};
use crate::numerics::rows::Rows;
use fits::card::Card;
use fits::Header;
use mosaic::run::Run;
use mosaic::task::header_check::pass_on;
use mosaic::task::outcome::{counted, Fields, Outcome};
use sky::{Keywords, Wcs};

/// Fewer pixels than this are done before other threads have begun.
const WORTH_THREADS: usize = 1 << 17;

/// MPDAF's `WCS.isEqual`: sizes of pixels, degrees.
const SAME_STEP: f64 = 1e-7;
/// MPDAF's `WCS.isEqual`: the first pixel's place and the rotation, degrees.
const SAME_PLACE: f64 = 1e-6;

/// What [`regrid_hst`] needs.
#[derive(Debug, Clone, Copy)]
pub struct RegridHstParams<'a> {
    /// An HST image in electrons per second: DATA or SCI, or the first image.
    pub hst: &'a Path,
    /// A MUSE image or cube, whose pixels are wanted.
    pub muse: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// The name of the filter, where the header does not say it or is wrong.
    pub filter: Option<&'a str>,
    /// Whether the fluxes become those of the MUSE image's unit; without, no filter is needed.
    pub rescale: bool,
}

/// What [`regrid_hst`] wrote.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct RegridHstOutcome {
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// The filter; empty where it is not known and not needed.
    pub filter: String,
    /// How many pixels are masked.
    pub masked: i32,
}

/// Writes an HST image on the pixels of a MUSE image or cube, and in its unit (imphot's
/// `regrid_hst_like_muse` and `rescale_hst_like_muse`): DATA, STAT where the HST image has one,
/// and the mask as DQ.
///
/// # Errors
/// When a file cannot be read or written, has no usable coordinates, the images have no place in
/// common, or, of those to be rescaled, the filter is not known or the MUSE image's unit no flux
/// density per wavelength.
pub fn regrid_hst(params: &RegridHstParams, run: &Run) -> Result<RegridHstOutcome> {
    let grid = PixelsOnSky::open(params.muse, "MUSE image", run.warnings())?;
    let hst = MuseImage::read_any(params.hst, "HST image")?;
    let filter = HstFilter::of_image(&hst, params.filter);
    let filter = match params.rescale {
        true => Some(filter?),
        false => filter.ok(),
    };
    let mut image = regrid_like(hst, &grid, run)?;
    if params.rescale {
        if let Some(filter) = &filter {
            rescale_like(&mut image, filter, grid.unit.as_deref(), params.muse)?;
        }
    }
    image.write(params.output, SaveMask::Dq)?;
    Ok(RegridHstOutcome {
        width: counted(image.width),
        height: counted(image.height),
        filter: filter.map_or_else(String::new, |filter| filter.name.to_owned()),
        masked: counted(image.masked()),
    })
}

/// The HST image `hst` on the pixels of `grid`, its fluxes multiplied by the larger area of a
/// pixel. Pixels of `hst` that are zero are the blank margins of a mosaic: they are masked.
///
/// # Errors
/// When the images have no place in common, the coordinates of `hst` cannot be turned, or memory
/// is out.
pub fn regrid_like(mut hst: MuseImage, grid: &PixelsOnSky, run: &Run) -> Result<MuseImage> {
    let path = hst.path.clone();
    let refuse = |why: String| Error::fits("HST image", &path, why);
    for (value, masked) in hst.data.iter().zip(&mut hst.mask) {
        *masked |= (-1e-10..=1e-10).contains(value);
    }
    let header = undistorted(&hst.data_header).map_err(refuse)?;
    let wcs = Wcs::new(&header).map_err(|why| refuse(why.to_string()))?;
    pass_on(&wcs, &path, run.warnings());
    if wcs.latitude_first() || grid.wcs.latitude_first() {
        let whose = if wcs.latitude_first() {
            "it"
        } else {
            "the MUSE image"
        };
        return Err(refuse(format!(
            "cannot be regridded: {whose} has the latitude in CTYPE1, not the longitude"
        )));
    }
    if same_grid(&wcs, &grid.wcs) {
        return Ok(hst);
    }
    let about = |why: &str| refuse(format!("{why} {}", shown(&grid.path)));
    let apart = || about("does not overlap the MUSE image");

    // The middle of the new pixels, and the old ones around all of them.
    let centre = [grid.width as f64 / 2.0, grid.height as f64 / 2.0];
    let [x, y] = centre;
    let (ra, dec) = grid.wcs.pixel_to_sky(x + 1.0, y + 1.0).ok_or_else(apart)?;
    let (x, y) = wcs.sky_to_pixel(ra, dec).ok_or_else(apart)?;
    let (columns, rows) = surroundings(&wcs, grid, (hst.width, hst.height)).ok_or_else(apart)?;
    let corner = [columns.start as f64, rows.start as f64];
    let crpix = wcs.crpix();
    let target = Target {
        width: grid.width,
        height: grid.height,
        increments: linear(&grid.wcs, [0.0, 0.0]).increments(),
        rotation: linear(&grid.wcs, [0.0, 0.0]).rotation(),
        centre: [x - 1.0 - corner[0], y - 1.0 - corner[1]],
    };
    let reference = [0, 1].map(|i| crpix[i] - 1.0 - corner[i]);
    let old = linear(&wcs, reference);

    let whole = Pixels {
        width: hst.width,
        height: hst.height,
        data: std::mem::take(&mut hst.data),
        mask: std::mem::take(&mut hst.mask),
        variance: hst.variance.take(),
    };
    let part = whole.cut(columns, rows).about(&path)?;
    drop(whole);
    let wanted = grid.width.saturating_mul(grid.height);
    let larger = match wanted > part.data.len() {
        true => &grid.path,
        false => &path,
    };
    let aligned = match part.data.len().max(wanted) >= WORTH_THREADS {
        true => run.in_pool(run.threads(), |pool| {
            align(part, old, &target, pool.map_or(Rows::ALONE, Rows::of))
        }),
        false => align(part, old, &target, Rows::ALONE),
    };
    let (pixels, linear) = aligned.map_err(|why| match why {
        Fault::Pixels(why) => about(&format!("{why}, onto the pixels of")),
        other => Error::from(other).about(larger),
    })?;
    Ok(MuseImage {
        path: hst.path,
        width: pixels.width,
        height: pixels.height,
        data: pixels.data,
        mask: pixels.mask,
        variance: pixels.variance,
        unit: hst.unit,
        primary: hst.primary,
        data_header: placed(&header, &wcs, &linear, (pixels.width, pixels.height)),
    })
}

fn linear(wcs: &Wcs, reference: [f64; 2]) -> Linear {
    Linear {
        reference,
        cd: wcs.cd(),
    }
}

/// Whether MPDAF takes two grids for the same and leaves the image as it is.
fn same_grid(one: &Wcs, other: &Wcs) -> bool {
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance;
    let ((dx, dy), (other_dx, other_dy)) = (step(one), step(other));
    let turn = linear(one, [0.0; 2]).rotation() - linear(other, [0.0; 2]).rotation();
    one.size() == other.size()
        && near(dx, other_dx, 3600.0 * SAME_STEP)
        && near(dy, other_dy, 3600.0 * SAME_STEP)
        && near((turn / TAU).round() * TAU, turn, SAME_PLACE.to_radians())
        && match (one.pixel_to_sky(1.0, 1.0), other.pixel_to_sky(1.0, 1.0)) {
            (Some((ra, dec)), Some((other_ra, other_dec))) => {
                near(beside(ra, other_ra), other_ra, SAME_PLACE) && near(dec, other_dec, SAME_PLACE)
            }
            _ => false,
        }
}

/// A longitude as the number nearest to another.
fn beside(ra: f64, other: f64) -> f64 {
    ra - 360.0 * ((ra - other) / 360.0).round()
}

type Span = std::ops::Range<usize>;

/// The columns and rows of the HST image around the box in right ascension and declination that
/// holds the corners of the MUSE image and a pixel more (MPDAF's `truncate`); all of them where
/// there is no such box: at a pole, or where the HST image's projection does not show it. `None`
/// where no pixel is left.
fn surroundings(
    hst: &Wcs,
    grid: &PixelsOnSky,
    (width, height): (usize, usize),
) -> Option<(Span, Span)> {
    let whole = Some((0..width, 0..height));
    let (right, top) = (grid.width as f64 + 1.0, grid.height as f64 + 1.0);
    let corners = [(0.0, 0.0), (0.0, top), (right, 0.0), (right, top)];
    let mut sky = Vec::with_capacity(corners.len());
    for (x, y) in corners {
        let Some((ra, dec)) = grid.wcs.pixel_to_sky(x, y) else {
            return whole;
        };
        let first = sky.first().map_or(ra, |&(first, _)| first);
        sky.push((beside(ra, first), dec));
    }
    let (least_ra, most_ra) = range(sky.iter().map(|place| place.0));
    let (least_dec, most_dec) = range(sky.iter().map(|place| place.1));
    if most_ra - least_ra > 90.0 {
        return whole;
    }
    let mut pixels = Vec::with_capacity(4);
    for (ra, dec) in [
        (least_ra, least_dec),
        (most_ra, least_dec),
        (least_ra, most_dec),
        (most_ra, most_dec),
    ] {
        let Some((x, y)) = hst.sky_to_pixel(ra, dec) else {
            return whole;
        };
        pixels.push((x - 1.0, y - 1.0));
    }
    let span = |(least, most): (f64, f64), size: usize| {
        // The casts saturate; what is outside is cut off.
        let first = (least + 0.5).floor().max(0.0) as usize;
        let end = ((most + 0.5).floor() + 1.0).max(0.0) as usize;
        let span = first.min(size)..end.min(size);
        (!span.is_empty()).then_some(span)
    };
    let columns = span(range(pixels.iter().map(|pixel| pixel.0)), width)?;
    let rows = span(range(pixels.iter().map(|pixel| pixel.1)), height)?;
    Some((columns, rows))
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), value| (least.min(value), most.max(value)),
    )
}

/// The header without SIP polynomials, which MPDAF does not apply.
fn undistorted(header: &Header) -> std::result::Result<Header, String> {
    let types = ["CTYPE1", "CTYPE2"].map(|key| header.text(key).unwrap_or_default());
    if let Some(other) = types.iter().find(|text| {
        let code = text.get(5..8).unwrap_or_default();
        ["TPV", "TNX", "ZPX", "DSS"].contains(&code)
    }) {
        return Err(format!(
            "has a distorted grid ({}), which cannot be turned; project it first",
            other.trim()
        ));
    }
    let sip = |key: &[u8]| {
        let of = |name: &[u8]| {
            let rest = key.strip_prefix(name);
            rest.is_some_and(|rest| {
                rest.iter().all(|b| b.is_ascii_digit() || *b == b'_')
                    || rest == b"ORDER"
                    || rest == b"DMAX"
            })
        };
        of(b"A_") || of(b"B_") || of(b"AP_") || of(b"BP_")
    };
    let distorted = types.iter().any(|text| text.trim_end().ends_with("-SIP"));
    if !distorted {
        return Ok(header.clone());
    }
    let mut plain = Header::new(header.cards().iter().filter(|c| !sip(c.key())).copied());
    for (key, text) in ["CTYPE1", "CTYPE2"].iter().zip(&types) {
        plain.set_text(key, text.trim_end().trim_end_matches("-SIP"));
    }
    Ok(plain)
}

/// The header of an image with these linear coordinates and the projection of `wcs`.
fn placed(header: &Header, wcs: &Wcs, linear: &Linear, (width, height): (usize, usize)) -> Header {
    let is_matrix = |key: &[u8]| {
        let rest = key.strip_prefix(b"CD").or_else(|| key.strip_prefix(b"PC"));
        let pair = rest.is_some_and(|rest| match rest {
            [i, b'_', j, alternate @ ..] => {
                i.is_ascii_digit() && j.is_ascii_digit() && alternate.len() <= 1
            }
            _ => false,
        });
        let one = [
            &b"CDELT"[..],
            b"CROTA",
            b"CRPIX",
            b"CRVAL",
            b"CTYPE",
            b"CUNIT",
            b"CSYER",
        ];
        pair || key == b"WCSAXES" || one.iter().any(|name| {
            matches!(key.strip_prefix(*name), Some([b'1' | b'2', alternate @ ..]) if alternate.len() <= 1)
        })
    };
    let mut placed = Header::default();
    // Before all others that tell of coordinates (FITS Standard 4.0, section 8.2).
    placed.set_integer("WCSAXES", 2);
    let [[cd11, cd12], [cd21, cd22]] = linear.cd;
    let [lon, lat] = wcs.crval();
    for (i, kind) in wcs.ctype().into_iter().enumerate() {
        let comment = "celestial coordinate, projection";
        placed.push(Card::with_string(&format!("CTYPE{}", i + 1), kind, comment));
    }
    for axis in ["CUNIT1", "CUNIT2"] {
        placed.push(Card::with_string(
            axis,
            "deg",
            "unit of coordinate increment and value",
        ));
    }
    for (key, value) in [
        ("CRPIX1", linear.reference[0] + 1.0),
        ("CRPIX2", linear.reference[1] + 1.0),
        ("CRVAL1", lon),
        ("CRVAL2", lat),
        ("CD1_1", cd11),
        ("CD1_2", cd12),
        ("CD2_1", cd21),
        ("CD2_2", cd22),
    ] {
        placed.set_real(key, value);
    }
    let others = header.cards().iter().filter(|card| !is_matrix(card.key()));
    others.for_each(|card| placed.push(*card));
    placed.set_integer("NAXIS1", width as i64);
    placed.set_integer("NAXIS2", height as i64);
    placed
}

/// The name that `regrid_hst_to_muse` gives its output: `hst_<FILTER>_for_<field>.fits`.
pub fn output_name(filter: &HstFilter, field: &str) -> PathBuf {
    PathBuf::from(format!("hst_{}_for_{field}.fits", filter.name))
}
