//! 2 x 2 matrices: the linear step between pixel offsets and the projection plane.

use std::f64::consts::PI;

/// `[[a, b], [c, d]]`, row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Matrix2(pub [[f64; 2]; 2]);

impl Matrix2 {
    /// The matrix of CDELT1, CDELT2 (degrees per pixel) and CROTA (degrees) in axis order;
    /// `longitude` (0 or 1) is the longitude axis, from which the angle counts towards the
    /// latitude axis (Paper II, section 6.1).
    pub fn from_cdelt_crota(cdelt: [f64; 2], crota: f64, longitude: usize) -> Self {
        let (sin, cos) = sin_cos_degrees(crota);
        let sin = if longitude == 0 { sin } else { -sin };
        Matrix2([
            [cdelt[0] * cos, -cdelt[1] * sin],
            [cdelt[0] * sin, cdelt[1] * cos],
        ])
    }

    /// The product with the vector `[x, y]`.
    #[inline]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [[a, b], [c, d]] = self.0;
        (a * x + b * y, c * x + d * y)
    }

    /// The determinant.
    pub fn determinant(&self) -> f64 {
        let [[a, b], [c, d]] = self.0;
        a * d - b * c
    }

    /// The inverse; `None` when the rows are parallel to rounding.
    pub fn inverse(&self) -> Option<Self> {
        let [[a, b], [c, d]] = self.0;
        let determinant = self.determinant();
        // The determinant of two rows of these lengths carries about this much rounding.
        let rounding = 1e-14 * a.hypot(b) * c.hypot(d);
        if !determinant.is_finite() || determinant.abs() <= rounding {
            return None;
        }
        let inverse = [
            [d / determinant, -b / determinant],
            [-c / determinant, a / determinant],
        ];
        inverse
            .iter()
            .flatten()
            .all(|x| x.is_finite())
            .then_some(Matrix2(inverse))
    }

    /// The map that applies `first`, then this one.
    pub fn times(&self, first: &Self) -> Self {
        let Matrix2(b) = first;
        Matrix2(
            self.0
                .map(|row| [0, 1].map(|j: usize| row[0] * b[0][j] + row[1] * b[1][j])),
        )
    }

    /// Every element times `factor`.
    pub fn scaled(&self, factor: f64) -> Self {
        Matrix2(self.0.map(|row| row.map(|x| x * factor)))
    }
}

/// Sine and cosine of an angle in degrees, exact at the multiples of 90.
pub(crate) fn sin_cos_degrees(angle: f64) -> (f64, f64) {
    let turn = angle.rem_euclid(360.0);
    if turn == 0.0 {
        (0.0, 1.0)
    } else if turn == 90.0 {
        (1.0, 0.0)
    } else if turn == 180.0 {
        (0.0, -1.0)
    } else if turn == 270.0 {
        (-1.0, 0.0)
    } else {
        (turn * (PI / 180.0)).sin_cos()
    }
}
