//! Images between their pixels: B-splines through or near them, on positions that an affine map
//! gives. Numbers and edges are those of scipy.ndimage's `affine_transform` with mode "constant"
//! (scipy 1.17); the splines are those of Unser, "Splines: a perfect fit for signal and image
//! processing", IEEE Signal Processing Magazine 16(6), 22, 1999.

use super::rows::Rows;
use memory::Result;

/// The degree of a spline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spline {
    /// Straight lines between pixels.
    Linear,
    /// Parabolas.
    Quadratic,
    /// Cubics.
    Cubic,
}

/// From a pixel of an output to a place in the input: input = `matrix` output + `offset`, all as
/// (x, y) in pixels from 0 at the centre of the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Rows: what x and y of the input gain with x and y of the output.
    pub matrix: [[f64; 2]; 2],
    /// Where output pixel (0, 0) lies in the input.
    pub offset: [f64; 2],
}

impl Affine {
    /// The place of output pixel (x, y) in the input.
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        // In this order scipy adds them up; at an edge the last bit decides on which side of it
        // a pixel is.
        let [[xx, xy], [yx, yy]] = self.matrix;
        (
            y * xy + x * xx + self.offset[0],
            y * yy + x * yx + self.offset[1],
        )
    }
}

/// Some numbers with the size of the image that they are.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Pixels along x, at least 1.
    pub width: usize,
    /// Pixels along y, at least 1.
    pub height: usize,
    /// The pixels, x running fastest.
    pub pixels: &'a [f64],
}

impl Plane<'_> {
    /// Whether a place is between the centres of the outermost pixels; elsewhere a spline says
    /// nothing.
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (0.0..=(self.width - 1) as f64).contains(&x)
            && (0.0..=(self.height - 1) as f64).contains(&y)
    }
}

/// Fills `output`, rows of `width` pixels, with the spline whose coefficients are the pixels of
/// `input`, at the places that `map` gives; with `outside` where the input has none. Of degree 1
/// the coefficients are the pixels themselves, of others see [`coefficients`].
///
/// # Errors
/// When memory is out.
pub fn resample(
    input: Plane,
    spline: Spline,
    map: Affine,
    outside: f64,
    width: usize,
    output: &mut [f64],
    rows: Rows,
) -> Result<()> {
    rows.each(
        output,
        width,
        || Ok(()),
        |(), y, row| match spline {
            Spline::Linear => fill_row(input, map, outside, y, row, linear),
            Spline::Quadratic => fill_row(input, map, outside, y, row, quadratic),
            Spline::Cubic => fill_row(input, map, outside, y, row, cubic),
        },
    )
}

fn fill_row<const N: usize>(
    input: Plane,
    map: Affine,
    outside: f64,
    y: usize,
    row: &mut [f64],
    weights: impl Fn(f64) -> (f64, [f64; N]),
) {
    let (width, height) = (input.width, input.height);
    for (x, value) in row.iter_mut().enumerate() {
        let place = map.apply(x as f64, y as f64);
        if !input.contains(place) {
            *value = outside;
            continue;
        }
        let (left, across) = weights(place.0);
        let (below, along) = weights(place.1);
        let inside = left >= 0.0
            && below >= 0.0
            && left + N as f64 <= width as f64
            && below + N as f64 <= height as f64;
        // `place` is inside, so both begin at most N pixels before the first.
        let (left, below) = (left as isize, below as isize);
        let mut sum = 0.0;
        for (j, wy) in along.iter().enumerate() {
            let line = match inside {
                true => below as usize + j,
                false => mirrored(below + j as isize, height),
            } * width;
            let mut part = 0.0;
            for (i, wx) in across.iter().enumerate() {
                let at = match inside {
                    true => left as usize + i,
                    false => mirrored(left + i as isize, width),
                };
                part += input.pixels[line + at] * wx;
            }
            sum += part * wy;
        }
        *value = sum;
    }
}

/// The pixel that takes the place of `index`, which may be outside: the image is mirrored at the
/// centres of its outermost pixels.
fn mirrored(index: isize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let index = index.rem_euclid(period);
    index.min(period - index) as usize
}

/// First pixel, and the weights from there on, of the B-spline of degree 1 at `x`.
fn linear(x: f64) -> (f64, [f64; 2]) {
    let first = x.floor();
    let t = x - first;
    (first, [1.0 - t, t])
}

/// The same of degree 2.
fn quadratic(x: f64) -> (f64, [f64; 3]) {
    let middle = (x + 0.5).floor();
    let t = x - middle;
    let (before, after) = (0.5 - t, 0.5 + t);
    let middle_weight = 0.75 - t * t;
    (
        middle - 1.0,
        [0.5 * before * before, middle_weight, 0.5 * after * after],
    )
}

/// The same of degree 3.
fn cubic(x: f64) -> (f64, [f64; 4]) {
    let floor = x.floor();
    let t = x - floor;
    let u = 1.0 - t;
    let near = |t: f64| (4.0 + 3.0 * t * t * (t - 2.0)) / 6.0;
    (
        floor - 1.0,
        [u * u * u / 6.0, near(t), near(u), t * t * t / 6.0],
    )
}

/// Turns pixels into the coefficients of the cubic spline that goes through them, in place. The
/// image is mirrored at the centres of its outermost pixels.
///
/// # Errors
/// When memory is out.
pub fn coefficients(width: usize, pixels: &mut [f64], rows: Rows) -> Result<()> {
    if width == 0 || pixels.is_empty() {
        return Ok(());
    }
    let height = pixels.len() / width;
    rows.each(
        pixels,
        width,
        || Ok(()),
        |(), _, row| {
            if width > 1 {
                row.iter_mut().for_each(|pixel| *pixel *= GAIN);
                filter_line(row);
            }
        },
    )?;
    match height > 1 {
        true => filter_columns(width, height, pixels),
        false => Ok(()),
    }
}

/// The pole of the filter between samples and coefficients of a cubic spline, sqrt(3) - 2.
const POLE: f64 = -0.267_949_192_431_122_7;
/// (1 - pole) (1 - 1 / pole)
const GAIN: f64 = 6.0;
/// So many pixels away the pole's power is below a double's last digit.
const REACH: usize = 32;

/// The coefficients of one row, which has two pixels at least.
fn filter_line(line: &mut [f64]) {
    let last = line.len() - 1;
    // The sum over the mirrored line before its first pixel: its period is 2 last pixels.
    let mut first = line[0];
    let mut power = POLE;
    for k in 1..=(2 * last - 1).min(2 * REACH) {
        first += power * line[if k <= last { k } else { 2 * last - k }];
        power *= POLE;
    }
    line[0] = first / (1.0 - POLE.powi((2 * last).min(1000) as i32));
    for i in 1..=last {
        line[i] += POLE * line[i - 1];
    }
    line[last] = POLE / (POLE * POLE - 1.0) * (line[last] + POLE * line[last - 1]);
    for i in (0..last).rev() {
        line[i] = POLE * (line[i + 1] - line[i]);
    }
}

/// The same for all columns at once, row by row, which the processor does many of together.
fn filter_columns(width: usize, height: usize, pixels: &mut [f64]) -> Result<()> {
    let last = height - 1;
    pixels.iter_mut().for_each(|pixel| *pixel *= GAIN);
    let mut first = memory::copy(&pixels[..width])?;
    let mut power = POLE;
    for k in 1..=(2 * last - 1).min(2 * REACH) {
        let y = if k <= last { k } else { 2 * last - k };
        for (sum, pixel) in first.iter_mut().zip(&pixels[y * width..][..width]) {
            *sum += power * pixel;
        }
        power *= POLE;
    }
    let period = 1.0 - POLE.powi((2 * last).min(1000) as i32);
    for (pixel, sum) in pixels.iter_mut().zip(&first) {
        *pixel = sum / period;
    }
    for y in 1..=last {
        let (before, here) = pixels.split_at_mut(y * width);
        let before = &before[(y - 1) * width..];
        for (pixel, before) in here[..width].iter_mut().zip(before) {
            *pixel += POLE * before;
        }
    }
    let (before, end) = pixels.split_at_mut(last * width);
    for (pixel, before) in end.iter_mut().zip(&before[(last - 1) * width..]) {
        *pixel = POLE / (POLE * POLE - 1.0) * (*pixel + POLE * before);
    }
    for y in (0..last).rev() {
        let (here, after) = pixels.split_at_mut((y + 1) * width);
        for (pixel, after) in here[y * width..].iter_mut().zip(&after[..width]) {
            *pixel = POLE * (after - *pixel);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five columns, four rows.
    const IMAGE: [f64; 20] = [
        1.0, 4.0, 2.0, 8.0, 5.0, 7.0, -3.0, 0.0, 2.0, 6.0, 9.0, 1.0, 3.0, -2.0, 4.0, 2.0, 5.0, 8.0,
        1.0, 0.0,
    ];
    /// scipy's matrix [[0.9, 0.2], [-0.15, 1.1]] and offset [0.3, -0.2], which are in (y, x).
    const MAP: Affine = Affine {
        matrix: [[1.1, -0.15], [0.2, 0.9]],
        offset: [-0.2, 0.3],
    };
    const STILL: Affine = Affine {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        offset: [0.0, 0.0],
    };

    fn at(
        pixels: &[f64],
        width: usize,
        spline: Spline,
        map: Affine,
        size: (usize, usize),
    ) -> Vec<f64> {
        let input = Plane {
            width,
            height: pixels.len() / width,
            pixels,
        };
        let mut output = vec![0.0; size.0 * size.1];
        resample(input, spline, map, -7.0, size.0, &mut output, Rows::ALONE).unwrap();
        output
    }

    fn assert_close(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-13, "{got} is not {expected}");
        }
    }

    // The numbers of scipy 1.17.1: affine_transform(IMAGE, matrix, offset, output_shape=(4, 4),
    // order=..., prefilter=..., cval=-7).

    #[test]
    fn straight_lines_are_as_in_scipy() {
        let expected = [
            -7.0,
            0.8499999999999996,
            0.6000000000000001,
            2.9299999999999993,
            -7.0,
            0.8999999999999988,
            1.4400000000000006,
            -1.020000000000001,
            -7.0,
            4.079999999999999,
            4.75,
            1.3799999999999988,
            -7.0,
            -7.0,
            -7.0,
            -7.0,
        ];
        assert_close(&at(&IMAGE, 5, Spline::Linear, MAP, (4, 4)), &expected);
        assert_eq!(at(&IMAGE, 5, Spline::Linear, STILL, (5, 4)), IMAGE);
    }

    #[test]
    fn parabolas_without_filter_are_as_in_scipy() {
        let expected = [
            -7.0,
            1.1699999999999995,
            0.9200000000000002,
            3.109199999999999,
            -7.0,
            1.3017187499999991,
            1.1676687500000003,
            0.15146250000000008,
            -7.0,
            4.042300000000001,
            4.58,
            1.5904999999999994,
            -7.0,
            -7.0,
            -7.0,
            -7.0,
        ];
        assert_close(&at(&IMAGE, 5, Spline::Quadratic, MAP, (4, 4)), &expected);
        let smoothed = [
            2.4375, 2.1875, 2.21875, 5.71875, 5.5625, 4.46875, -0.328125, 0.546875, 2.46875,
            4.78125, 6.15625, 2.140625, 2.421875, 0.03125, 2.53125, 3.8125, 4.3125, 5.59375,
            1.15625, 0.8125,
        ];
        assert_close(&at(&IMAGE, 5, Spline::Quadratic, STILL, (5, 4)), &smoothed);
    }

    #[test]
    fn cubics_through_the_pixels_are_as_in_scipy() {
        let mut filtered = IMAGE;
        coefficients(5, &mut filtered, Rows::ALONE).unwrap();
        // spline_filter(IMAGE, 3)
        let expected = [
            -13.171428571428573,
            18.742857142857144,
            -3.7999999999999994,
            18.857142857142858,
            -3.2285714285714286,
            20.450000000000003,
            -16.700000000000003,
            2.35,
            -1.4999999999999996,
            10.850000000000003,
            20.621428571428577,
            -4.442857142857144,
            7.150000000000002,
            -11.35714285714286,
            13.078571428571433,
            -9.185714285714287,
            8.971428571428572,
            13.3,
            3.42857142857143,
            -5.414285714285716,
        ];
        assert_close(&filtered, &expected);
        let expected = [
            -7.0,
            1.2541272321428536,
            0.5496000000000012,
            3.14829284642857,
            -7.0,
            0.09572812499999683,
            0.5444169964285721,
            -2.062437817857143,
            -7.0,
            4.308293999999999,
            6.297978125,
            1.5979535999999976,
            -7.0,
            -7.0,
            -7.0,
            -7.0,
        ];
        assert_close(&at(&filtered, 5, Spline::Cubic, MAP, (4, 4)), &expected);
        assert_close(&at(&filtered, 5, Spline::Cubic, STILL, (5, 4)), &IMAGE);
    }

    #[test]
    fn an_image_of_one_row_is_enough() {
        let mut row = [1.0, 4.0, 2.0, 8.0, 5.0];
        coefficients(5, &mut row, Rows::ALONE).unwrap();
        let shift = Affine {
            offset: [0.25, 0.0],
            ..STILL
        };
        let expected = [
            1.4637276785714286,
            3.5820312499999996,
            3.2237723214285725,
            7.757254464285714,
            -7.0,
        ];
        assert_close(&at(&row, 5, Spline::Cubic, shift, (5, 1)), &expected);
        let mut pixel = [3.0];
        coefficients(1, &mut pixel, Rows::ALONE).unwrap();
        assert_eq!(at(&pixel, 1, Spline::Cubic, STILL, (1, 1)), [3.0]);
    }

    #[test]
    fn long_lines_are_filtered_as_their_definition_says() {
        // A spline's coefficients c satisfy (c[i-1] + 4 c[i] + c[i+1]) / 6 = pixel[i].
        for length in [2, 3, 40, 200] {
            let line: Vec<f64> = (0..length).map(|i| ((i * 37) % 11) as f64).collect();
            let mut c = line.clone();
            coefficients(length, &mut c, Rows::ALONE).unwrap();
            let get = |i: isize| c[mirrored(i, length)];
            for (i, pixel) in line.iter().enumerate() {
                let i = i as isize;
                let back = (get(i - 1) + 4.0 * get(i) + get(i + 1)) / 6.0;
                assert!((back - pixel).abs() < 1e-12, "{length} {i}");
            }
            let mut column = line.clone();
            coefficients(1, &mut column, Rows::ALONE).unwrap();
            assert_close(&column, &c);
        }
    }
}
