//! The clipping rounds as Montage does them, pixel by pixel, in its order of additions.
//!
//! Where a difference is a plane but for the last bits (tiles of one exposure overlap in equal
//! pixels), which pixels are clipped is decided by the rounding of the sums. Its tables can only
//! be met there with its own arithmetic. It also is the truth that the fast way is tested by.

use super::moments::{Extent, Moments};
use super::{FitError, FitOptions, Found, Patch, Plane, CLIP};

/// Fits `patch`, whose reference pixel is `crpix` (from the patch's first pixel).
pub fn scan(patch: &Patch, crpix: (f64, f64), options: &FitOptions) -> Result<Found, FitError> {
    let mut found = Found {
        plane: Plane::default(),
        rms: f64::NAN,
        npixel: 0,
        centre: (0.0, 0.0),
        extent: Extent::EMPTY,
    };
    for _ in 0..=options.rounds.clipped() {
        let limit = if found.rms > 0.0 {
            CLIP * found.rms
        } else {
            f64::INFINITY
        };
        let mut sums = Moments::default();
        found.extent = Extent::EMPTY;
        for (i, j, z) in pixels(patch) {
            let (x, y) = (f64::from(i) - crpix.0, f64::from(j) - crpix.1);
            if (z - found.plane.at(x, y)).abs() <= limit {
                sums.add(x, y, z);
                found.extent.add(i, j);
            }
        }
        found.centre = (sums.u / sums.n, sums.v / sums.n);
        found.plane = if options.level_only {
            sums.level().ok_or(FitError::Blank)?
        } else {
            normal_equations(&sums).ok_or(FitError::Singular)?
        };
        let limit = if found.rms.is_nan() {
            f64::INFINITY
        } else {
            CLIP * found.rms
        };
        let (mut squares, mut count) = (0.0, 0);
        for (i, j, z) in pixels(patch) {
            let (x, y) = (f64::from(i) - crpix.0, f64::from(j) - crpix.1);
            let distance = (z - found.plane.at(x, y)).abs();
            if distance <= limit {
                squares += distance * distance;
                count += 1;
            }
        }
        found.npixel = count;
        found.rms = (squares / count as f64).sqrt();
    }
    if found.rms.is_nan() {
        found.rms = 0.0;
    }
    Ok(found)
}

fn pixels<'a>(patch: &Patch<'a>) -> impl Iterator<Item = (i32, i32, f64)> + use<'a> {
    patch.rows().flat_map(|(j, row)| {
        let pixels = row.iter().enumerate().filter(|(_, z)| !z.is_nan());
        pixels.map(move |(i, &z)| (i as i32, j as i32, z))
    })
}

/// The normal equations of a plane by Gauss-Jordan elimination with full pivoting.
fn normal_equations(sums: &Moments) -> Option<Plane> {
    let mut rows = [
        [sums.uu, sums.uv, sums.u, sums.uz],
        [sums.uv, sums.vv, sums.v, sums.vz],
        [sums.u, sums.v, sums.n, sums.z],
    ];
    let mut used = [false; 3];
    for _ in 0..3 {
        let mut pivot = (-1.0, 0, 0);
        for r in (0..3).filter(|&r| !used[r]) {
            for c in (0..3).filter(|&c| !used[c]) {
                if rows[r][c].abs() >= pivot.0 {
                    pivot = (rows[r][c].abs(), r, c);
                }
            }
        }
        let (size, r, c) = pivot;
        if size.is_nan() || size <= 0.0 {
            return None;
        }
        used[c] = true;
        rows.swap(r, c);
        let inverse = 1.0 / rows[c][c];
        rows[c] = rows[c].map(|value| value * inverse);
        let solved = rows[c];
        for other in (0..3).filter(|&other| other != c) {
            let factor = rows[other][c];
            for (value, by) in rows[other].iter_mut().zip(solved) {
                *value -= by * factor;
            }
        }
    }
    Some(Plane {
        a: rows[0][3],
        b: rows[1][3],
        c: rows[2][3],
    })
}
