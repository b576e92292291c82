//! From two images to the transforms that are fitted: one mask for both, the part that is not
//! masked, its background, the margin, the taper.

use std::sync::{Arc, Mutex, PoisonError};

use super::options::FitOptions;
use super::spectra::Spectra;
use super::Pair;
use crate::kernel::moffat::Moffat;
use crate::kernel::psf;
use crate::kernel::taper;
use crate::kernel::{Error, Result, Side};
use crate::numerics::fourier::Plan;
use crate::numerics::least_squares::too_large;
use crate::numerics::median::median;
use crate::numerics::rows::Rows;
use sky::Window;

/// Images and transforms of what is fitted.
pub(super) struct Prepared {
    /// The part of the images that is fitted.
    pub crop: Window,
    /// Which pixels of it are masked.
    pub mask: Vec<bool>,
    /// What was subtracted from the MUSE image: the median of what is not masked.
    pub background: f64,
    /// By how much the HST image was shifted, arcsec.
    pub shift: (f64, f64),
    /// The transforms of the MUSE image, the HST image and the weights.
    pub spectra: Spectra,
}

/// The transform of the point-spread function of the HST image, computed once for all fits whose
/// transforms and pixels have the same size: those of a batch, or the repetitions of one fit. Only
/// the last one is kept. The plane depends on nothing but its key, so sharing it changes no bit.
#[derive(Default)]
pub struct HstPsf(Mutex<Option<(PsfKey, Arc<Vec<f64>>)>>);

/// Profile, size of the transform in pixels, size of a pixel in arcsec.
type PsfKey = (Moffat, (usize, usize), (f64, f64));

impl HstPsf {
    /// The plane of [`psf::resampled`]. Other threads that ask meanwhile wait for it: they need the
    /// same.
    ///
    /// # Errors
    /// When memory is out.
    fn plane(
        &self,
        profile: &Moffat,
        plan: &Plan,
        step: (f64, f64),
        team: Rows,
    ) -> Result<Arc<Vec<f64>>> {
        let key = (*profile, (plan.width, plan.height), step);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, plane)) = &*last {
            if *known == key {
                return Ok(Arc::clone(plane));
            }
        }
        let plane = Arc::new(psf::resampled(profile, plan, step, team)?);
        *last = Some((key, Arc::clone(&plane)));
        Ok(plane)
    }
}

/// Transforms of more pixels than this are not begun: some ten planes of as many numbers would be
/// needed at once.
const MOST_PIXELS: usize = 1 << 26;

impl Prepared {
    /// Prepares a fit that starts at the shift `start`, arcsec.
    pub fn new(
        pair: &Pair,
        options: &FitOptions,
        start: (f64, f64),
        hst_psf: &HstPsf,
        team: Rows,
    ) -> Result<Self> {
        let name =
            |fixed: Option<f64>, names: [&'static str; 2]| names[usize::from(fixed.is_none())];
        let (x, y) = (
            name(options.fix_dx, ["fix_dx", "init_dx"]),
            name(options.fix_dy, ["fix_dy", "init_dy"]),
        );
        let pixels = (
            whole_pixels(start.0, pair.step.0, pair.width, x)?,
            whole_pixels(start.1, pair.step.1, pair.height, y)?,
        );
        let mask = shifted_union(pair, pixels)?;
        let crop = crop(&mask, pair.width)?;
        let mask = cut(&mask, pair.width, crop)?;
        // The row `y` of the crop, and where it begins in either image. Pixels that are not masked
        // come from within the image: the others are not looked at.
        let muse_at = |y: usize| (crop.y + y) * pair.width + crop.x;
        let hst_at = |y: usize| {
            let (x, y) = (crop.x as isize, (crop.y + y) as isize);
            (y - pixels.1) * pair.width as isize + x - pixels.0
        };
        let muse = |y: usize, x: usize| pair.muse.data[muse_at(y) + x];
        let hst = |y: usize, x: usize| pair.hst.data[(hst_at(y) + x as isize) as usize];
        refuse_constant(kept(&mask, crop.width, muse), Side::Muse)?;
        refuse_constant(kept(&mask, crop.width, hst), Side::Hst)?;
        refuse_too_large(kept(&mask, crop.width, hst), Side::Hst)?;
        let mut levels = memory::room(mask.len())?;
        levels.extend(kept(&mask, crop.width, muse));
        refuse_too_large(levels.iter().copied(), Side::Muse)?;
        let background = median(&mut levels).unwrap_or(0.0);
        drop(levels);
        let (width, height) = padded(crop, options.margin, pair.step)?;
        let bevel = 2 * (options.taper.max(0) as usize / 2) + 1;
        let weights = if bevel > 1 {
            taper::weights(&mask, crop.width, bevel, team)?
        } else {
            memory::collect(mask.iter().map(|&m| f64::from(u8::from(!m))))?
        };
        if weights.iter().all(|&weight| weight == 0.0) {
            let why = format!("leaves nothing: no square of {bevel} pixels is without masked ones");
            return Err(Error::option("taper", why));
        }
        let plan = Plan::new(width, height)?;
        let weighted = |value: &(dyn Fn(usize, usize) -> f64 + Sync)| {
            plan.transform_rows(crop.height, team, |y, row| {
                let weights = &weights[y * crop.width..][..crop.width];
                for (x, (pixel, weight)) in row.iter_mut().zip(weights).enumerate() {
                    // A weight of zero hides NaN too.
                    if *weight != 0.0 {
                        *pixel = value(y, x) * weight;
                    }
                }
            })
        };
        let psf = hst_psf.plane(&options.hst_profile()?, &plan, pair.step, team)?;
        let spectra = Spectra {
            muse: weighted(&|y, x| muse(y, x) - background)?,
            hst: weighted(&hst)?,
            weights: weighted(&|_, _| 1.0)?,
            psf,
            plan,
        };
        Ok(Prepared {
            crop,
            mask,
            background,
            shift: (pixels.0 as f64 * pair.step.0, pixels.1 as f64 * pair.step.1),
            spectra,
        })
    }
}

/// The pixels that are not masked, row by row; `value` is told the row and the column.
fn kept<'a>(
    mask: &'a [bool],
    width: usize,
    value: impl Fn(usize, usize) -> f64 + Copy + 'a,
) -> impl Iterator<Item = f64> + 'a {
    let rows = mask.chunks_exact(width).enumerate();
    rows.flat_map(move |(y, row)| {
        let row = row.iter().enumerate().filter(|(_, &masked)| !masked);
        row.map(move |(x, _)| value(y, x))
    })
}

/// An offset in whole pixels, the nearest.
fn whole_pixels(offset: f64, step: f64, size: usize, name: &'static str) -> Result<isize> {
    let pixels = (offset / step + 0.5).floor();
    if pixels.abs() < size as f64 {
        return Ok(pixels as isize);
    }
    let why = format!("shifts the images by {pixels} pixels, out of each other");
    Err(Error::option(name, why))
}

/// `true` where either image is masked, that of HST being shifted by whole pixels to the right and
/// upwards; where it then shows nothing too.
fn shifted_union(pair: &Pair, shift: (isize, isize)) -> Result<Vec<bool>> {
    // From where to where a row, or the columns, of the shifted image fall into the other.
    let within = |shift: isize, size: usize| {
        let size = size as isize;
        let inside = |at: isize| at.clamp(0, size) as usize;
        inside(shift)..inside(size + shift)
    };
    let (across, up) = (within(shift.0, pair.width), within(shift.1, pair.height));
    let mut mask = memory::filled(pair.muse.mask.len(), true)?;
    for y in up {
        let from = (y as isize - shift.1) as usize * pair.width;
        let from = (from as isize + across.start as isize - shift.0) as usize;
        let at = y * pair.width + across.start;
        let count = across.len();
        let muse = &pair.muse.mask[at..at + count];
        let hst = &pair.hst.mask[from..from + count];
        for (masked, (muse, hst)) in mask[at..at + count].iter_mut().zip(muse.iter().zip(hst)) {
            *masked = *muse | *hst;
        }
    }
    Ok(mask)
}

/// The rectangle that holds every pixel that is not masked, less its last two rows and columns:
/// imphot leaves these out, and what is fitted decides the result.
fn crop(mask: &[bool], width: usize) -> Result<Window> {
    let empty = || Error::muse("has nothing in common with hst that is not masked");
    let mut columns = memory::zeros(width)?;
    let (mut first, mut last) = (None, None);
    for (y, row) in mask.chunks(width).enumerate() {
        if row.iter().all(|&masked| masked) {
            continue;
        }
        first = first.or(Some(y));
        last = Some(y);
        for (used, masked) in columns.iter_mut().zip(row) {
            *used |= !masked;
        }
    }
    let (y, bottom) = first.zip(last).ok_or_else(empty)?;
    let x = columns.iter().position(|&used| used).ok_or_else(empty)?;
    let right = columns.iter().rposition(|&used| used).ok_or_else(empty)?;
    let crop = Window {
        x,
        y,
        width: (right - x).saturating_sub(1),
        height: (bottom - y).saturating_sub(1),
    };
    // Sums run over four frequencies at a time.
    if crop.width < 3 || crop.height < 3 {
        let why = format!(
            "has only {} by {} pixels in common with hst that are not masked",
            right - x + 1,
            bottom - y + 1
        );
        return Err(Error::muse(why));
    }
    Ok(crop)
}

fn cut<T: Copy>(image: &[T], width: usize, crop: Window) -> Result<Vec<T>> {
    let mut part = memory::room(memory::product(crop.width, crop.height)?)?;
    for row in image.chunks(width).skip(crop.y).take(crop.height) {
        part.extend_from_slice(&row[crop.x..crop.x + crop.width]);
    }
    Ok(part)
}

fn refuse_constant(mut values: impl Iterator<Item = f64>, side: Side) -> Result<()> {
    let why = match values.next() {
        None => "is masked everywhere".to_owned(),
        Some(first) if values.all(|value| value == first) => {
            format!("is {first} everywhere: there is nothing to fit")
        }
        Some(_) => return Ok(()),
    };
    Err(Error::Image(side, why))
}

fn refuse_too_large(values: impl Iterator<Item = f64>, side: Side) -> Result<()> {
    too_large(values).map_or(Ok(()), |why| Err(Error::Image(side, why)))
}

/// Width and height of the crop with its margin, as powers of two.
fn padded(crop: Window, margin: f64, step: (f64, f64)) -> Result<(usize, usize)> {
    let side = |size: usize, step: f64| {
        let wanted = size as f64 + (margin / step).abs().ceil();
        (wanted <= MOST_PIXELS as f64).then(|| (wanted as usize).next_power_of_two())
    };
    let sides = side(crop.width, step.0).zip(side(crop.height, step.1));
    sides
        .filter(|(width, height)| width.checked_mul(*height).is_some_and(|n| n <= MOST_PIXELS))
        .ok_or_else(|| {
            let why = format!(
                "of {margin} arcsec about {} by {} pixels is more than can be transformed \
                 ({MOST_PIXELS} pixels)",
                crop.width, crop.height
            );
            Error::option("margin", why)
        })
}
