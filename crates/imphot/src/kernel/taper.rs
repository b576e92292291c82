//! Weights that fall smoothly to zero towards masked pixels: a source that a mask cuts off sharply
//! would look like a feature of its own and pull the fitted shift.

use std::f64::consts::PI;

use crate::numerics::rows::Rows;
use crate::numerics::vectors::widest;
use memory::Result;

/// The weights of an image of `width` pixels a row: 1 where no masked pixel and no edge of the image
/// lies within half of `bevel` (a square), 0 where a pixel is masked, in between a Blackman-weighted
/// mean. `bevel` is odd and greater than 1.
///
/// It is the mask of kept pixels, eroded by a square of `bevel` pixels and then smoothed with the
/// product of two Blackman windows of as many: what was zero stays zero.
///
/// # Errors
/// When memory is out.
pub fn weights(masked: &[bool], width: usize, bevel: usize, team: Rows) -> Result<Vec<f64>> {
    let half = bevel / 2;
    let height = masked.len() / width;
    let mut eroded = memory::zeros(masked.len())?;
    if bevel > width || bevel > height {
        return Ok(eroded);
    }
    // How many rows up to this one have had no masked pixel within half a bevel to either side.
    let mut clear_rows: Vec<usize> = memory::zeros(width)?;
    let mut clear = memory::zeros(width)?;
    for (y, row) in masked.chunks(width).enumerate() {
        clear.fill(false);
        let mut run = 0;
        for (x, &masked) in row.iter().enumerate() {
            run = if masked { 0 } else { run + 1 };
            if run >= bevel {
                clear[x - half] = true;
            }
        }
        for (x, (rows, &clear)) in clear_rows.iter_mut().zip(&clear).enumerate() {
            *rows = if clear { *rows + 1 } else { 0 };
            if *rows >= bevel {
                eroded[(y - half) * width + x] = 1.0;
            }
        }
    }
    let window = blackman(bevel)?;
    // The edges of the eroded image are zero, so that nothing comes from beyond them. Sums are made
    // in a row of their own: fresh memory that is read before it is written costs twice.
    let mut across = memory::zeros(masked.len())?;
    let make = || memory::zeros(width);
    team.each(&mut across, width, make, |sum, y, out| {
        let row = &eroded[y * width..(y + 1) * width];
        sum.fill(0.0);
        for (k, weight) in window.iter().enumerate() {
            // sum[x] takes row[x + k - half].
            let (from, to) = (k.saturating_sub(half), half.saturating_sub(k));
            let count = width - from.max(to);
            add(&mut sum[to..to + count], *weight, &row[from..from + count]);
        }
        out.copy_from_slice(sum);
    })?;
    let mut weights = eroded;
    let none = || Ok(());
    team.each(&mut weights, width, none, |(), y, out| {
        out.fill(0.0);
        for (k, weight) in window.iter().enumerate() {
            let from = y + k;
            if from < half || from - half >= height {
                continue;
            }
            let row = &across[(from - half) * width..(from - half + 1) * width];
            add(out, *weight, row);
        }
    })?;
    Ok(weights)
}

/// Adds a row times its weight.
fn add(sum: &mut [f64], weight: f64, row: &[f64]) {
    widest(
        #[inline(always)]
        || {
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += weight * value;
            }
        },
    );
}

/// Blackman's window of `count` points without the zeros at its ends, of sum 1.
fn blackman(count: usize) -> Result<Vec<f64>> {
    let points = (1..=count).map(|k| {
        let turn = 2.0 * PI * k as f64 / (count + 1) as f64;
        0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos()
    });
    let mut points = memory::collect(points)?;
    let sum: f64 = points.iter().sum();
    points.iter_mut().for_each(|p| *p /= sum);
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_erosion_and_convolution() {
        // imphot's _bevel_mask of 16 by 14 pixels, of which the first two rows, the outermost
        // columns and one pixel more are masked.
        let (width, height) = (16, 14);
        let masked: Vec<bool> = (0..width * height)
            .map(|i| {
                let (x, y) = (i % width, i / width);
                y < 2 || x == 0 || x == 15 || (x, y) == (10, 9)
            })
            .collect();
        let row = [
            0.0,
            0.0515873015873,
            0.301587301587,
            0.698412698413,
            0.948412698413,
            1.0,
            0.963970773495,
            0.789367598891,
            0.512219702696,
            0.337616528093,
            0.301587301587,
            0.286029226505,
            0.210632401109,
            0.0909549004787,
            0.0155580750819,
            0.0,
        ];
        let found = weights(&masked, width, 5, Rows::default()).unwrap();
        for (x, expected) in row.iter().enumerate() {
            assert!((found[7 * width + x] - expected).abs() < 1e-11, "{x}");
        }
        assert!((found.iter().sum::<f64>() - 55.0).abs() < 1e-12);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        assert_eq!(found, weights(&masked, width, 5, Rows::of(&pool)).unwrap());
        // Nothing is left where the bevel is wider than the image.
        for bevel in [15, 1_000_001] {
            assert!(weights(&masked, width, bevel, Rows::default())
                .unwrap()
                .iter()
                .all(|&w| w == 0.0));
        }
    }
}
