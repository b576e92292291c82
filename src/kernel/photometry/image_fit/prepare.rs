//! From two images to the transforms that are fitted: one mask for both, the part that is not
//! masked, its background, the margin, the taper.

use super::options::FitOptions;
use super::Pair;
use crate::error::{Error, Result};
use crate::kernel::photometry::fourier::{Plan, C64};
use crate::kernel::photometry::median::median;
use crate::kernel::photometry::rows::Rows;
use crate::kernel::photometry::taper;

/// A rectangle of pixels, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    /// Its first column.
    pub x: usize,
    /// Its first row.
    pub y: usize,
    /// Its columns.
    pub width: usize,
    /// Its rows.
    pub height: usize,
}

/// Images and transforms of what is fitted.
pub(super) struct Prepared {
    /// The part of the images that is fitted.
    pub crop: Crop,
    /// Which pixels of it are masked.
    pub mask: Vec<bool>,
    /// What was subtracted from the MUSE image: the median of what is not masked.
    pub background: f64,
    /// By how much the HST image was shifted, arcsec.
    pub shift: (f64, f64),
    /// The transforms' size.
    pub plan: Plan,
    /// The transforms of the MUSE image, the HST image and the weights.
    pub muse: Vec<C64>,
    pub hst: Vec<C64>,
    pub weights: Vec<C64>,
}

/// Transforms of more pixels than this are not begun: some ten planes of as many numbers would be
/// needed at once.
const MOST_PIXELS: usize = 1 << 26;

impl Prepared {
    /// Prepares a fit that starts at the shift `start`, arcsec.
    pub fn new(pair: &Pair, options: &FitOptions, start: (f64, f64), team: Rows) -> Result<Self> {
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
        let mask = shifted_union(pair, pixels);
        let crop = crop(&mask, pair.width)?;
        let mask = cut(&mask, pair.width, crop);
        let muse = cut(pair.muse.data, pair.width, crop);
        // Pixels that are not masked come from within the image: the others are not looked at.
        let hst: Vec<f64> = (0..crop.height * crop.width)
            .map(|i| {
                let (x, y) = (crop.x + i % crop.width, crop.y + i / crop.width);
                let from = (x as isize - pixels.0, y as isize - pixels.1);
                if mask[i] {
                    0.0
                } else {
                    pair.hst.data[from.1 as usize * pair.width + from.0 as usize]
                }
            })
            .collect();
        let kept = |image: &[f64]| -> Vec<f64> {
            let kept = image.iter().zip(&mask).filter(|(_, &masked)| !masked);
            kept.map(|(&value, _)| value).collect()
        };
        let mut levels = kept(&muse);
        refuse_constant(&levels, "muse")?;
        refuse_constant(&kept(&hst), "hst")?;
        let background = median(&mut levels).unwrap_or(0.0);
        let (width, height) = padded(crop, options.margin, pair.step)?;
        let bevel = 2 * (options.taper.max(0) as usize / 2) + 1;
        let weights = if bevel > 1 {
            taper::weights(&mask, crop.width, bevel, team)
        } else {
            mask.iter().map(|&m| f64::from(u8::from(!m))).collect()
        };
        if weights.iter().all(|&weight| weight == 0.0) {
            let why = format!("leaves nothing: no square of {bevel} pixels is without masked ones");
            return Err(Error::argument("taper", why));
        }
        let plan = Plan::new(width, height);
        let transform = |value: &dyn Fn(usize) -> f64| {
            let mut image = vec![0.0; crop.height * width];
            let rows = image.chunks_mut(width);
            for (y, row) in rows.enumerate() {
                for (x, pixel) in row[..crop.width].iter_mut().enumerate() {
                    let i = y * crop.width + x;
                    // A weight of zero hides NaN too.
                    *pixel = if weights[i] == 0.0 { 0.0 } else { value(i) };
                }
            }
            plan.forward(&image, team)
        };
        let muse = transform(&|i| (muse[i] - background) * weights[i]);
        let hst = transform(&|i| hst[i] * weights[i]);
        let weights = transform(&|i| weights[i]);
        Ok(Prepared {
            crop,
            mask,
            background,
            shift: (pixels.0 as f64 * pair.step.0, pixels.1 as f64 * pair.step.1),
            muse,
            hst,
            weights,
            plan,
        })
    }

    /// The image of a transform without its margin.
    pub fn image(&self, spectrum: Vec<C64>, team: Rows) -> Vec<f64> {
        let image = self.plan.inverse(spectrum, self.crop.height, team);
        let rows = image.chunks(self.plan.width);
        rows.flat_map(|row| &row[..self.crop.width])
            .copied()
            .collect()
    }
}

/// An offset in whole pixels, the nearest.
fn whole_pixels(offset: f64, step: f64, size: usize, name: &'static str) -> Result<isize> {
    let pixels = (offset / step + 0.5).floor();
    if pixels.abs() < size as f64 {
        return Ok(pixels as isize);
    }
    let why = format!("shifts the images by {pixels} pixels, out of each other");
    Err(Error::argument(name, why))
}

/// `true` where either image is masked, that of HST being shifted by whole pixels to the right and
/// upwards; where it then shows nothing too.
fn shifted_union(pair: &Pair, shift: (isize, isize)) -> Vec<bool> {
    let inside = |at: usize, by: isize, size: usize| {
        let from = at as isize - by;
        usize::try_from(from).ok().filter(|&from| from < size)
    };
    let mut mask = pair.muse.mask.to_vec();
    for (y, row) in mask.chunks_mut(pair.width).enumerate() {
        let from_y = inside(y, shift.1, pair.height);
        for (x, masked) in row.iter_mut().enumerate() {
            let hst = match (inside(x, shift.0, pair.width), from_y) {
                (Some(x), Some(y)) => pair.hst.mask[y * pair.width + x],
                _ => true,
            };
            *masked |= hst;
        }
    }
    mask
}

/// The rectangle that holds every pixel that is not masked, less its last two rows and columns:
/// imphot leaves these out, and what is fitted decides the result.
fn crop(mask: &[bool], width: usize) -> Result<Crop> {
    let empty = || Error::argument("muse", "has nothing in common with hst that is not masked");
    let mut columns = vec![false; width];
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
    let crop = Crop {
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
        return Err(Error::argument("muse", why));
    }
    Ok(crop)
}

fn cut<T: Copy>(image: &[T], width: usize, crop: Crop) -> Vec<T> {
    let rows = image.chunks(width).skip(crop.y).take(crop.height);
    rows.flat_map(|row| &row[crop.x..crop.x + crop.width])
        .copied()
        .collect()
}

fn refuse_constant(values: &[f64], name: &'static str) -> Result<()> {
    match values.first() {
        None => Err(Error::argument(name, "is masked everywhere")),
        Some(first) if values.iter().all(|value| value == first) => Err(Error::argument(
            name,
            format!("is {first} everywhere: there is nothing to fit"),
        )),
        Some(_) => Ok(()),
    }
}

/// Width and height of the crop with its margin, as powers of two.
fn padded(crop: Crop, margin: f64, step: (f64, f64)) -> Result<(usize, usize)> {
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
            Error::argument("margin", why)
        })
}
