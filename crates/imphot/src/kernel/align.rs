//! An image put onto the pixels of another: turned, low-pass filtered and sampled again, with
//! its mask and variances, as MPDAF 3.6 does it (`Image.align_with_image` with flux=True and
//! cutoff=0, which are its `_rotate` and `regrid`). Pixels hold fluxes: a larger one holds more.

use crate::kernel::{Error, Result};
use crate::numerics::lowpass::lowpass;
use crate::numerics::rows::Rows;
use crate::numerics::spline::{coefficients, resample, Affine, Plane, Spline};
use memory::{self, collect, room, zeros};

/// An output pixel is masked where more than this part of it comes from masked pixels. Rounding
/// leaves traces of them far away.
const MASK_CUTOFF: f64 = 1e-6;

/// Pixels with their mask and variances.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Values, x running fastest; of a masked one any, NaN too.
    pub data: Vec<f64>,
    /// Which are masked.
    pub mask: Vec<bool>,
    /// Their variances, where they are known.
    pub variance: Option<Vec<f64>>,
}

/// The linear part of an image's world coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    /// The reference pixel, (x, y) from 0.
    pub reference: [f64; 2],
    /// Degrees per pixel, rows longitude and latitude: CD1_1, CD1_2, CD2_1, CD2_2.
    pub cd: [[f64; 2]; 2],
}

/// The pixels that are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Degrees per pixel along x and y, as [`Linear::increments`] has them.
    pub increments: [f64; 2],
    /// Radians, as [`Linear::rotation`] has it.
    pub rotation: f64,
    /// Where pixel (width / 2, height / 2), from 0, lies in the pixels of the source.
    pub centre: [f64; 2],
}

impl Linear {
    /// Degrees per pixel along x and y. That of x is negative where east is anticlockwise of
    /// north, as on the sky; that of y is positive.
    pub fn increments(&self) -> [f64; 2] {
        let [[a, b], [c, d]] = self.cd;
        [a.hypot(c).copysign(determinant(self.cd)), b.hypot(d)]
    }

    /// The angle from the y axis to north, positive towards east, radians.
    pub fn rotation(&self) -> f64 {
        let det = determinant(self.cd);
        let [dx, dy] = self.increments();
        (-self.cd[0][1] * dx / det).atan2(self.cd[0][0] * dy / det)
    }
}

fn determinant([[a, b], [c, d]]: [[f64; 2]; 2]) -> f64 {
    a * d - b * c
}

fn inverse(m: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let det = determinant(m);
    let [[a, b], [c, d]] = m;
    [[d / det, -b / det], [-c / det, a / det]]
}

fn product(m: [[f64; 2]; 2], n: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let entry = |i: usize, j: usize| m[i][0] * n[0][j] + m[i][1] * n[1][j];
    [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
}

fn apply(m: [[f64; 2]; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    [m[0][0] * x + m[0][1] * y, m[1][0] * x + m[1][1] * y]
}

fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

/// Puts `source`, whose linear coordinates are `grid`, onto the pixels of `target`; answers those
/// and their linear coordinates. Where the source has nothing the result is masked.
///
/// # Errors
/// When the coordinates of one of them are singular or leave no room for an image, or memory is
/// out.
pub fn align(
    source: Pixels,
    grid: Linear,
    target: &Target,
    rows: Rows,
) -> Result<(Pixels, Linear)> {
    let numbers = grid.cd.iter().flatten().chain(&target.increments);
    let usable = numbers.chain(&target.centre).all(|x| x.is_finite())
        && determinant(grid.cd) != 0.0
        && target.increments.iter().all(|&step| step != 0.0)
        && target.rotation.is_finite();
    if !usable || source.data.is_empty() || target.width == 0 || target.height == 0 {
        return Err(Error::pixels("The coordinates leave nothing to resample"));
    }
    let (turned, grid, centre) = turn(source, grid, target, rows)?;
    sample(turned, grid, centre, target, rows)
}

/// Turns an image so that its rotation is the target's, without shear, on pixels small enough to
/// lose nothing. Answers where the target's centre went, too.
fn turn(
    source: Pixels,
    grid: Linear,
    target: &Target,
    rows: Rows,
) -> Result<(Pixels, Linear, [f64; 2])> {
    let old = grid.increments();
    // The highest frequencies of the old pixels are the axes of an ellipse; turned, it reaches
    // up to these along the new axes.
    let [fx, fy] = old.map(|step| 0.5 / step.abs());
    let (sin, cos) = (target.rotation - grid.rotation()).sin_cos();
    let reach = [(fx * cos).hypot(fy * sin), (fx * sin).hypot(fy * cos)];
    let new = [
        (0.5 / reach[0]).copysign(old[0]),
        (0.5 / reach[1]).copysign(old[1]),
    ];
    let (sin, cos) = target.rotation.sin_cos();
    let cd = product([[cos, -sin], [sin, cos]], [[new[0], 0.0], [0.0, new[1]]]);
    let matrix = product(inverse(grid.cd), cd);
    let back = inverse(matrix);

    let (right, top) = ((source.width - 1) as f64, (source.height - 1) as f64);
    let corners = [[0.0, 0.0], [right, 0.0], [0.0, top], [right, top]];
    let corners = corners.map(|corner| apply(back, minus(corner, grid.reference)));
    let least = |axis: usize| {
        corners
            .iter()
            .map(|c| c[axis])
            .fold(f64::INFINITY, f64::min)
    };
    let most = |axis: usize| {
        corners
            .iter()
            .map(|c| c[axis])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let reference = [-least(0), -least(1)];
    let side = |axis: usize| {
        let side = most(axis) - least(axis) + 1.5;
        let fits = (1.0..=f64::from(i32::MAX)).contains(&side);
        fits.then_some(side as usize)
            .ok_or_else(|| Error::pixels("The coordinates leave no room for a turned image"))
    };
    let (width, height) = (side(0)?, side(1)?);
    let offset = minus(grid.reference, apply(matrix, reference));
    let map = Affine { matrix, offset };

    // Fluxes grow with the pixels. A value between two neighbours has their variance.
    let area = new[0] * new[1] / (old[0] * old[1]);
    let size = (width, height);
    let mut mask = resampled_mask(&source, Spline::Linear, map, size, rows)?;
    let pixels = filled(&source)?;
    let mut data = resampled(&source, &pixels, map, size, rows)?;
    data.iter_mut().for_each(|value| *value *= area);
    let mut variance = match &source.variance {
        Some(variance) => {
            let variance = known(variance, &source.mask)?;
            let mut variance = resampled(&source, &variance, map, size, rows)?;
            variance.iter_mut().for_each(|value| *value *= area * area);
            Some(variance)
        }
        None => None,
    };

    // Margins without a pixel that is not masked are not worth transforming.
    let (mut width, mut height) = size;
    let mut corner = [0, 0];
    if let Some((x, y)) = unmasked_box(width, &mask) {
        corner = [x.start, y.start];
        data = cut(width, &data, &x, &y)?;
        variance = match variance {
            Some(variance) => Some(cut(width, &variance, &x, &y)?),
            None => None,
        };
        mask = cut(width, &mask, &x, &y)?;
        (width, height) = (x.len(), y.len());
    }
    let corner = corner.map(|at| at as f64);
    let centre = apply(back, minus(target.centre, grid.reference));
    let centre = [0, 1].map(|i| centre[i] + reference[i] - corner[i]);
    let turned = Pixels {
        width,
        height,
        data,
        mask,
        variance,
    };
    let grid = Linear {
        reference: minus(reference, corner),
        cd,
    };
    Ok((turned, grid, centre))
}

/// Samples a turned image at the target's pixels; `centre` is where their centre lies in it.
fn sample(
    source: Pixels,
    grid: Linear,
    centre: [f64; 2],
    target: &Target,
    rows: Rows,
) -> Result<(Pixels, Linear)> {
    let old = grid.increments();
    let ratio = [0, 1].map(|i| target.increments[i] / old[i]);
    let middle = [target.width as f64 / 2.0, target.height as f64 / 2.0];
    let offset = [0, 1].map(|i| centre[i] - ratio[i] * middle[i]);
    let map = Affine {
        matrix: [[ratio[0], 0.0], [0.0, ratio[1]]],
        offset,
    };
    let size = (target.width, target.height);

    let mut pixels = filled(&source)?;
    // What rounding makes of equal steps is no coarser sampling.
    let coarser = ratio.map(|ratio| ratio.abs() > 1.0 + 1e-9);
    if coarser.contains(&true) {
        let cutoff = target.increments.map(|step| 0.5 / step.abs());
        lowpass(source.width, &mut pixels, old.map(f64::abs), cutoff, rows)?;
    }
    let mut data = resampled(&source, &pixels, map, size, rows)?;
    drop(pixels);
    // MPDAF samples the mask with cubics, the data with straight lines.
    let mask = resampled_mask(&source, Spline::Cubic, map, size, rows)?;

    let [xs, ys] = ratio.map(f64::abs);
    data.iter_mut().for_each(|value| *value *= xs * ys);
    let variance = match &source.variance {
        Some(variance) => {
            let variance = known(variance, &source.mask)?;
            let mut variance = resampled(&source, &variance, map, size, rows)?;
            // The filter averages the pixels that an output pixel then adds up: the variance of a
            // sum of n is n times theirs. Without it one value is multiplied by n.
            let [xs, ys] = [xs, ys].map(|n| if n > 1.0 { n } else { n * n });
            variance.iter_mut().for_each(|value| *value *= xs * ys);
            Some(variance)
        }
        None => None,
    };
    let pixels = Pixels {
        width: target.width,
        height: target.height,
        data,
        mask,
        variance,
    };
    let reference = minus(grid.reference, offset);
    let grid = Linear {
        reference: [reference[0] / ratio[0], reference[1] / ratio[1]],
        cd: product(grid.cd, [[ratio[0], 0.0], [0.0, ratio[1]]]),
    };
    Ok((pixels, grid))
}

fn resampled(
    source: &Pixels,
    pixels: &[f64],
    map: Affine,
    size: (usize, usize),
    rows: Rows,
) -> Result<Vec<f64>> {
    let input = Plane {
        width: source.width,
        height: source.height,
        pixels,
    };
    let mut output = zeros(memory::product(size.0, size.1)?)?;
    resample(input, Spline::Linear, map, 0.0, size.0, &mut output, rows)?;
    Ok(output)
}

/// Which pixels have more than a trace of a masked one in them, or are outside.
fn resampled_mask(
    source: &Pixels,
    spline: Spline,
    map: Affine,
    size: (usize, usize),
    rows: Rows,
) -> Result<Vec<bool>> {
    let any = source.mask.contains(&true);
    let flag = |&masked: &bool| f64::from(u8::from(masked));
    // A mask without a masked pixel says nothing but where the image ends.
    let mut flags = match any {
        true => collect(source.mask.iter().map(flag))?,
        false => zeros(source.mask.len())?,
    };
    if any && spline == Spline::Cubic {
        coefficients(source.width, &mut flags, rows)?;
    }
    let input = Plane {
        width: source.width,
        height: source.height,
        pixels: &flags,
    };
    let mut output = zeros(memory::product(size.0, size.1)?)?;
    let spline = if any { spline } else { Spline::Linear };
    resample(input, spline, map, 1.0, size.0, &mut output, rows)?;
    Ok(collect(output.iter().map(|&value| value > MASK_CUTOFF))?)
}

/// The pixels, masked ones replaced by the median of the others, so that nothing rings there.
fn filled(source: &Pixels) -> Result<Vec<f64>> {
    let mut good: Vec<f64> = Vec::new();
    let masked = source.mask.contains(&true);
    if masked {
        good = room(source.data.len())?;
        let all = source.data.iter().zip(&source.mask);
        good.extend(all.filter(|&(_, &masked)| !masked).map(|(&value, _)| value));
    }
    let median = median(&mut good);
    let all = source.data.iter().zip(&source.mask);
    Ok(collect(all.map(
        |(&value, &masked)| if masked { median } else { value },
    ))?)
}

/// Variances for sampling: those of masked pixels have no say in any pixel that is not masked,
/// but NaN would have.
fn known(variance: &[f64], mask: &[bool]) -> Result<Vec<f64>> {
    let all = variance.iter().zip(mask);
    Ok(collect(all.map(|(&value, &masked)| {
        match masked && !value.is_finite() {
            true => 0.0,
            false => value,
        }
    }))?)
}

/// The median, of an even number the mean of the two in the middle; 0 of none. Orders `values`
/// anew.
pub fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    match even {
        true => {
            let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            0.5 * (lower + upper)
        }
        false => upper,
    }
}

type Span = std::ops::Range<usize>;

/// The columns and rows between which all pixels are that are not masked; `None` when all are.
fn unmasked_box(width: usize, mask: &[bool]) -> Option<(Span, Span)> {
    let (mut left, mut right, mut bottom, mut top) = (usize::MAX, 0, usize::MAX, 0);
    for (y, row) in mask.chunks_exact(width).enumerate() {
        let Some(first) = row.iter().position(|masked| !masked) else {
            continue;
        };
        let last = row.iter().rposition(|masked| !masked).unwrap_or(first);
        left = left.min(first);
        right = right.max(last);
        bottom = bottom.min(y);
        top = y;
    }
    (left <= right).then(|| (left..right + 1, bottom..top + 1))
}

fn cut<T: Copy>(width: usize, pixels: &[T], x: &Span, y: &Span) -> memory::Result<Vec<T>> {
    let mut part = room(memory::product(x.len(), y.len())?)?;
    for row in pixels.chunks_exact(width).skip(y.start).take(y.len()) {
        part.extend_from_slice(&row[x.clone()]);
    }
    Ok(part)
}

impl Pixels {
    /// The part between these columns and rows, which are inside.
    ///
    /// # Errors
    /// When memory is out.
    pub fn cut(&self, x: Span, y: Span) -> memory::Result<Self> {
        Ok(Pixels {
            width: x.len(),
            height: y.len(),
            data: cut(self.width, &self.data, &x, &y)?,
            mask: cut(self.width, &self.mask, &x, &y)?,
            variance: match &self.variance {
                Some(variance) => Some(cut(self.width, variance, &x, &y)?),
                None => None,
            },
        })
    }
}
