//! Fits a plane to an image with clipping, and finds the box around its pixels (mFitplane).

pub mod bounding_box;
mod clip;
mod moments;
mod scan;

use crate::error::Error;
use crate::kernel::plane::Plane;
use bounding_box::{bounding_box, BoundingBox, RowSpan};
use clip::{Buffers, Selection, Sorted};
use moments::{Extent, Moments};
use scan::scan;
use sky::Window;

/// A rectangle of pixels inside a larger array; NaN is blank.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'a> {
    data: &'a [f64],
    stride: usize,
    width: usize,
    height: usize,
}

impl<'a> Patch<'a> {
    /// The pixels in `window` of an array with `stride` columns. `None` where it is not inside the
    /// array, or its sizes are beyond 2^30.
    pub fn new(data: &'a [f64], stride: usize, window: Window) -> Option<Self> {
        const LONGEST: usize = 1 << 30;
        let Window {
            x,
            y,
            width,
            height,
        } = window;
        let fits = x.checked_add(width)? <= stride && width <= LONGEST && height <= LONGEST;
        let rows = y.checked_add(height)?.checked_mul(stride)?;
        (fits && rows <= data.len()).then_some(())?;
        Some(Patch {
            data: &data[y * stride + x..rows],
            stride,
            width,
            height,
        })
    }

    /// This patch without `border` pixels on every side, `None` where nothing is left.
    fn without_border(&self, border: usize) -> Option<Self> {
        let twice = border.checked_mul(2)?;
        let width = self.width.checked_sub(twice).filter(|&w| w > 0)?;
        let height = self.height.checked_sub(twice).filter(|&h| h > 0)?;
        Some(Patch {
            data: &self.data[border * self.stride + border..],
            width,
            height,
            ..*self
        })
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &'a [f64])> + use<'a> {
        let Patch {
            data,
            stride,
            width,
            height,
        } = *self;
        (0..height).map(move |y| (y, &data[y * stride..y * stride + width]))
    }

    /// The pixel that positions are measured from inside the fit, so that squares stay small.
    fn centre(&self) -> (i32, i32) {
        ((self.width / 2) as i32, (self.height / 2) as i32)
    }
}

/// How many rounds of clipping there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    /// Montage 6.0: 20 rounds, of which the first two find plane and rms of all pixels.
    Version6,
    /// Montage 7: 20 rounds, of which the first finds plane and rms of all pixels.
    Version7,
}

impl Rounds {
    fn clipped(self) -> usize {
        match self {
            Rounds::Version6 => 18,
            Rounds::Version7 => 19,
        }
    }
}

/// Pixels farther than this from the plane, in rms, are left out of the next round (Montage).
const CLIP: f64 = 2.0;

/// What to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Fit a level, not a slope.
    pub level_only: bool,
    /// Pixels to leave out along every side.
    pub border: usize,
    /// Rounds of clipping.
    pub rounds: Rounds,
    /// Only find the region and the box, do not fit (version 7's `nofit`).
    pub no_fit: bool,
}

/// A fitted plane and the region that it was fitted to. Positions are relative to the reference
/// pixel: x = column (from 0) - CRPIX1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneFit {
    /// The plane.
    pub plane: Plane,
    /// Smallest and largest x of the pixels of the last round.
    pub x: (f64, f64),
    /// Smallest and largest y of the pixels of the last round.
    pub y: (f64, f64),
    /// Mean position of the pixels of the last round.
    pub centre: (f64, f64),
    /// Pixels within the last limit.
    pub npixel: usize,
    /// Root mean square of their distances from the plane.
    pub rms: f64,
    /// Smallest rectangle around all pixels (the border is not left out of it).
    pub bounding_box: BoundingBox,
}

/// Why there is no fit. The texts are the original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// A plane needs two rows and two columns.
    #[error("Too few pixels to fit")]
    TooFewPixels,
    /// The pixels lie on one line.
    #[error("Singular Matrix-2")]
    Singular,
    /// There is no pixel.
    #[error("All pixels are blank.")]
    Blank,
    /// Squares of the values are beyond what a double holds.
    #[error("The pixel values are too large to fit")]
    Overflow,
    /// A side has more than 2^30 pixels.
    #[error("is too large")]
    TooLarge,
    /// The border leaves nothing.
    #[error("The border leaves no pixels to fit")]
    Border,
    /// No memory was left.
    #[error("Out of memory")]
    Memory(memory::Error),
}

impl From<memory::Error> for FitError {
    fn from(error: memory::Error) -> Self {
        FitError::Memory(error)
    }
}

impl FitError {
    /// The library's error: that of memory that was asked for, otherwise what `tell` makes of the text.
    pub fn or(self, tell: impl FnOnce(String) -> Error) -> Error {
        match self {
            FitError::Memory(error) => error.into(),
            other => tell(other.to_string()),
        }
    }
}

/// Memory that is used again from fit to fit.
#[derive(Default)]
pub struct Workspace {
    buffers: Buffers,
    spans: Vec<RowSpan>,
}

/// Fits a plane to the pixels of `patch`, whose reference pixel is `crpix`.
///
/// The rounds are Montage's: fit the pixels within 2 rms of the last plane, then take the rms of
/// those within the same distance of the new one, and so on for a fixed number of rounds. In
/// Montage 6.0 a pixel that happens to lie exactly on the first plane makes the rms of the first
/// round zero and stops the clipping for good; here it does not.
pub fn fit_plane(
    patch: &Patch,
    crpix: (f64, f64),
    options: &FitOptions,
    workspace: &mut Workspace,
) -> Result<PlaneFit, FitError> {
    if !options.level_only && !options.no_fit && (patch.width < 2 || patch.height < 2) {
        return Err(FitError::TooFewPixels);
    }
    let Workspace { buffers, spans } = workspace;
    row_spans(patch, spans)?;
    let mut bounding = bounding_box(spans, crpix);
    let inner = patch
        .without_border(options.border)
        .ok_or(FitError::Border)?;
    let all = moments_of(&inner).ok_or(FitError::Blank)?;
    let border = options.border as f64;
    let inner_crpix = (crpix.0 - border, crpix.1 - border);
    let found = if options.no_fit {
        let at_zero = Plane::default();
        Found::new(&inner, inner_crpix, &all, at_zero, all.moments.n, 0.0)
    } else {
        clipped_rounds(&inner, inner_crpix, &all, options, buffers)?
    };
    let Plane { a, b, c } = found.plane;
    if ![a, b, c, found.rms].iter().all(|x| x.is_finite()) {
        return Err(FitError::Overflow);
    }
    let range =
        |origin: f64, (low, high): (i32, i32)| (f64::from(low) - origin, f64::from(high) - origin);
    let x = range(inner_crpix.0, found.extent.u);
    let y = range(inner_crpix.1, found.extent.v);
    if bounding.width == 0.0 {
        bounding = BoundingBox {
            x: x.0,
            width: 1.0,
            angle: 0.0,
            ..bounding
        };
    }
    if bounding.height == 0.0 {
        bounding = BoundingBox {
            y: y.0,
            height: 1.0,
            angle: 0.0,
            ..bounding
        };
    }
    Ok(PlaneFit {
        plane: found.plane,
        x,
        y,
        centre: found.centre,
        npixel: found.npixel,
        rms: found.rms,
        bounding_box: bounding,
    })
}

/// Where the rounds ended.
struct Found {
    /// The plane, for positions relative to the reference pixel.
    plane: Plane,
    /// The rms of the pixels within the last limit.
    rms: f64,
    /// Their number.
    npixel: usize,
    /// Mean position of the pixels of the last fit, relative to the reference pixel.
    centre: (f64, f64),
    /// Columns and rows of the pixels of the last fit, from 0.
    extent: Extent,
}

impl Found {
    /// From a plane and a selection that are relative to the centre of `patch`.
    fn new(
        patch: &Patch,
        crpix: (f64, f64),
        last: &Selection,
        plane: Plane,
        npixel: f64,
        rms: f64,
    ) -> Self {
        let (u0, v0) = patch.centre();
        let (x0, y0) = (f64::from(u0) - crpix.0, f64::from(v0) - crpix.1);
        let Selection {
            moments, extent, ..
        } = last;
        Found {
            plane: plane.from_origin(-x0, -y0),
            // No pixel within the last limit: nothing is known of the spread.
            rms: if rms.is_nan() { 0.0 } else { rms },
            npixel: npixel as usize,
            centre: (x0 + moments.u / moments.n, y0 + moments.v / moments.n),
            extent: Extent {
                u: (extent.u.0 + u0, extent.u.1 + u0),
                v: (extent.v.0 + v0, extent.v.1 + v0),
            },
        }
    }
}

/// A spread about the plane below this part of the values themselves is rounding.
const ROUNDING: f64 = 1e-12;

fn clipped_rounds(
    patch: &Patch,
    crpix: (f64, f64),
    all: &Selection,
    options: &FitOptions,
    buffers: &mut Buffers,
) -> Result<Found, FitError> {
    let mut plane = all.plane(options.level_only).ok_or(FitError::Singular)?;
    let mut rms = rms_of_all(patch, all, &plane);
    let mut npixel = all.moments.n;
    let mut kept = *all;
    let values = (all.moments.zz / npixel).sqrt() + all.reference.c.abs();
    if !values.is_finite() {
        return Err(FitError::Overflow);
    }
    if values == 0.0 {
        // Equal images: no round would change anything.
        return Ok(Found::new(patch, crpix, &kept, plane, npixel, rms));
    }
    if rms <= ROUNDING * values {
        return scan(patch, crpix, options);
    }
    let mut sorted = Sorted::new(buffers, patch, all, plane, rms)?;
    for _ in 0..options.rounds.clipped() {
        // An rms of zero or none at all (no pixel was within the limit) clips nothing.
        let limit = if rms > 0.0 { CLIP * rms } else { f64::INFINITY };
        kept = sorted.within(&plane, limit)?;
        plane = kept.plane(options.level_only).ok_or(FitError::Singular)?;
        let limit = if rms.is_nan() {
            f64::INFINITY
        } else {
            CLIP * rms
        };
        let Selection {
            moments, reference, ..
        } = sorted.within(&plane, limit)?;
        rms = (moments.squares_about(&plane.minus(&reference)) / moments.n).sqrt();
        npixel = moments.n;
        if rms <= ROUNDING * values {
            return scan(patch, crpix, options);
        }
        sorted.follow(&plane, rms)?;
    }
    Ok(Found::new(patch, crpix, &kept, plane, npixel, rms))
}

/// The rms of all pixels about `plane`: from their sums, or where those cancel (the spread about
/// the plane is tiny beside the values) from the pixels again.
fn rms_of_all(patch: &Patch, all: &Selection, plane: &Plane) -> f64 {
    const CANCELS: f64 = 1e-8;
    let squares = all.moments.squares_about(&plane.minus(&all.reference));
    if squares > CANCELS * all.moments.zz {
        return (squares / all.moments.n).sqrt();
    }
    let (u0, v0) = patch.centre();
    let mut sum = 0.0;
    for (y, row) in patch.rows() {
        let v = (y as i32 - v0).into();
        for (x, &z) in row.iter().enumerate().filter(|(_, z)| !z.is_nan()) {
            sum += (z - plane.at((x as i32 - u0).into(), v)).powi(2);
        }
    }
    (sum / all.moments.n).sqrt()
}

/// Sums and extent of all pixels that are not blank, relative to the level of the first one (so
/// that a large constant does not cost digits); `None` where every pixel is blank.
fn moments_of(patch: &Patch) -> Option<Selection> {
    let first = patch
        .rows()
        .find_map(|(_, row)| row.iter().copied().find(|z| !z.is_nan()))?;
    let (u0, v0) = patch.centre();
    let mut moments = Moments::default();
    let mut extent = Extent::EMPTY;
    for (y, row) in patch.rows() {
        let Some(low) = row.iter().position(|z| !z.is_nan()) else {
            continue;
        };
        let high = row.iter().rposition(|z| !z.is_nan()).unwrap_or(low);
        let v = y as i32 - v0;
        extent.add(low as i32 - u0, v);
        extent.add(high as i32 - u0, v);
        let u = f64::from(low as i32 - u0);
        moments.add_row(&row[low..=high], (u, v.into()), first, f64::INFINITY);
    }
    let reference = Plane {
        c: first,
        ..Plane::default()
    };
    Some(Selection {
        moments,
        extent,
        reference,
    })
}

fn row_spans(patch: &Patch, spans: &mut Vec<RowSpan>) -> memory::Result<()> {
    spans.clear();
    let found = patch.rows().filter_map(|(y, row)| {
        let first = row.iter().position(|z| !z.is_nan())?;
        let last = row.iter().rposition(|z| !z.is_nan())?;
        (first < last).then_some(RowSpan { y, first, last })
    });
    memory::extend(spans, found)
}

#[cfg(test)]
mod tests;
