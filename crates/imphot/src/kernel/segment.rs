//! Where an image shows nothing of significance: what is below the median of a morphologically
//! opened version of it.

use crate::numerics::median::median;
use memory::Result;

/// `true` where a pixel, and with it its four neighbours, is below the median of the image after a
/// grey opening and a grey dilation. The pixels are to be zero where they are masked.
///
/// The structuring element of imphot is a cross of ones in a square of zeros. For scipy's grey
/// filters these are heights: each minimum is taken over all nine pixels, of the five of the cross
/// less 1, in the unit of the image; each maximum of these plus 1. That decides what is ignored,
/// and so is kept.
///
/// # Errors
/// When memory is out.
pub fn insignificant(image: &[f64], width: usize) -> Result<Vec<bool>> {
    let closed = filter(image, width, -1.0, f64::min)?;
    let mut opened = filter(&closed, width, 1.0, f64::max)?;
    drop(closed);
    let grown = filter(&opened, width, 1.0, f64::max)?;
    opened.copy_from_slice(&grown);
    let Some(middle) = median(&mut opened) else {
        return Ok(Vec::new());
    };
    drop(opened);
    let low: Vec<bool> = memory::collect(grown.iter().map(|&value| value < middle))?;
    let height = image.len() / width;
    let mut eroded = memory::zeros(low.len())?;
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let i = y * width + x;
            eroded[i] = low[i] && low[i - 1] && low[i + 1] && low[i - width] && low[i + width];
        }
    }
    Ok(eroded)
}

/// The extreme of the nine pixels about each, of the five of the cross plus `raised`. Beyond an
/// edge the image is mirrored, its first pixel following itself.
fn filter(image: &[f64], width: usize, raised: f64, pick: fn(f64, f64) -> f64) -> Result<Vec<f64>> {
    let height = image.len() / width;
    let near = |at: usize, count: usize| [at.saturating_sub(1), at, (at + 1).min(count - 1)];
    let mut out = memory::room(image.len())?;
    for y in 0..height {
        let [above, here, below] =
            near(y, height).map(|row| &image[row * width..(row + 1) * width]);
        for x in 0..width {
            let [left, _, right] = near(x, width);
            let cross = [above[x], here[left], here[x], here[right], below[x]];
            let corners = [above[left], above[right], below[left], below[right]];
            let raise = cross.map(|value| value + raised);
            let first = raise[0];
            let best = raise.into_iter().chain(corners).fold(first, pick);
            out.push(best);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_scipy_finds_with_imphots_steps() {
        // grey_opening, grey_dilation, below the median, binary_erosion (scipy 1.17), all with
        // imphot's cross as structure, of this tile repeated twice in both directions.
        let tile = [
            [0.0, 0.751, 3.009, 2.54, 3.567, 1.79, 1.509],
            [1.75, 3.759, 3.11, 4.243, 2.562, 1.743, 2.36],
            [3.501, 2.54, 3.493, 2.957, 3.639, 2.957, 3.493],
            [1.002, 1.317, 3.812, 5.639, 8.5, 3.889, 4.562],
            [2.751, 0.04, 3.493, 5.457, 4.389, 6.207, 0.743],
            [0.25, 3.009, 3.11, 0.743, 4.062, 3.993, 1.11],
        ];
        let image: Vec<f64> = (0..12 * 14).map(|i| tile[i / 14 % 6][i % 14 % 7]).collect();
        let expected = [
            (1, [6, 7].as_slice()),
            (4, &[7]),
            (5, &[1, 6, 7, 8]),
            (6, &[1, 5, 6, 7, 8, 12]),
            (7, &[6, 7]),
            (10, &[7]),
        ];
        let found = insignificant(&image, 14).unwrap();
        for y in 0..12 {
            let columns = expected.iter().find(|(row, _)| *row == y);
            let columns = columns.map_or([].as_slice(), |(_, columns)| columns);
            for x in 0..14 {
                assert_eq!(found[y * 14 + x], columns.contains(&x), "{x} {y}");
            }
        }
    }

    #[test]
    fn images_of_one_pixel_or_none_have_nothing_below_their_median() {
        assert_eq!(insignificant(&[5.0], 1).unwrap(), [false]);
        assert!(insignificant(&[], 1).unwrap().is_empty());
    }
}
