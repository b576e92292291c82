//! Subtracting a background plane.

use crate::error::Result;
use crate::kernel::plane::Plane;

/// A plane laid over the columns of one image. It is measured from the reference pixel: x =
/// i - CRPIX1, y = j - CRPIX2, where i and j count pixels from 0, as Montage's correction tables
/// mean it (mBackground, 6.0).
pub struct PlaneSubtraction {
    /// a x of every column.
    slope: Vec<f64>,
    plane: Plane,
    crpix2: f64,
}

impl PlaneSubtraction {
    /// For images of `width` columns with this reference pixel; `None` when memory is out.
    pub fn new(plane: Plane, width: usize, (crpix1, crpix2): (f64, f64)) -> Result<Self> {
        let slope = memory::collect((0..width).map(|i| plane.a * (i as f64 - crpix1)))?;
        Ok(PlaneSubtraction {
            slope,
            plane,
            crpix2,
        })
    }

    /// Subtracts the plane from whole rows of pixels, the first of which is row `first_row` of
    /// the image (from 0). Blank (NaN) pixels stay blank.
    pub fn rows(&self, first_row: usize, pixels: &mut [f64]) {
        for (row, pixels) in pixels.chunks_exact_mut(self.slope.len()).enumerate() {
            let by = self.level(first_row + row);
            for (pixel, ax) in pixels.iter_mut().zip(&self.slope) {
                *pixel -= ax + by + self.plane.c;
            }
        }
    }

    /// The same where pixels have areas: one without area (0 or less) becomes blank, and a blank
    /// pixel gets the area 0.
    pub fn rows_with_areas(&self, first_row: usize, pixels: &mut [f64], areas: &mut [f64]) {
        let width = self.slope.len();
        let rows = pixels
            .chunks_exact_mut(width)
            .zip(areas.chunks_exact_mut(width));
        for (row, (pixels, areas)) in rows.enumerate() {
            let by = self.level(first_row + row);
            for ((pixel, area), ax) in pixels.iter_mut().zip(areas).zip(&self.slope) {
                let blank = pixel.is_nan() | (*area <= 0.0);
                let corrected = *pixel - (ax + by + self.plane.c);
                *pixel = if blank { f64::NAN } else { corrected };
                *area = if blank { 0.0 } else { *area };
            }
        }
    }

    fn level(&self, row: usize) -> f64 {
        self.plane.b * (row as f64 - self.crpix2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANE: Plane = Plane {
        a: 0.5,
        b: -2.0,
        c: 10.0,
    };

    #[test]
    fn the_plane_is_zero_where_it_says_so() {
        // Of the plane itself nothing is left, wherever the band of rows begins.
        let subtraction = PlaneSubtraction::new(PLANE, 3, (-1.5, 4.0)).unwrap();
        let mut pixels = [0.0; 6];
        for (k, pixel) in pixels.iter_mut().enumerate() {
            let (x, y) = ((k % 3) as f64 + 1.5, (k / 3 + 7) as f64 - 4.0);
            *pixel = 0.5 * x - 2.0 * y + 10.0;
        }
        subtraction.rows(7, &mut pixels);
        assert_eq!(pixels, [0.0; 6]);
    }

    #[test]
    fn blanks_and_areas_follow_the_original() {
        let subtraction = PlaneSubtraction::new(PLANE, 5, (0.0, 0.0)).unwrap();
        let mut pixels = [20.0, f64::NAN, 20.0, 20.0, 20.0];
        let mut areas = [0.25, 1.0, 0.0, -1.0, f64::NAN];
        subtraction.rows_with_areas(0, &mut pixels, &mut areas);
        assert_eq!(pixels[0], 10.0);
        assert!(pixels[1..4].iter().all(|x| x.is_nan()));
        assert_eq!(areas[..4], [0.25, 0.0, 0.0, 0.0]);
        // A pixel of unknown area is kept, as by Montage 6.0.
        assert_eq!(pixels[4], 8.0);
        assert!(areas[4].is_nan());
    }
}
