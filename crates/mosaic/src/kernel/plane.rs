//! A plane: what is fitted to a difference, and what is subtracted from an image.

/// z = a x + b y + c; positions in pixels from an origin that goes with the plane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Plane {
    /// Slope along x, per pixel.
    pub a: f64,
    /// Slope along y, per pixel.
    pub b: f64,
    /// Value at the origin.
    pub c: f64,
}

impl Plane {
    /// The value at a position.
    #[inline]
    pub fn at(&self, x: f64, y: f64) -> f64 {
        self.a * x + self.b * y + self.c
    }

    /// The sum of two planes with one origin.
    pub fn plus(&self, other: &Plane) -> Plane {
        Plane {
            a: self.a + other.a,
            b: self.b + other.b,
            c: self.c + other.c,
        }
    }

    /// The difference of two planes with one origin.
    pub fn minus(&self, other: &Plane) -> Plane {
        Plane {
            a: self.a - other.a,
            b: self.b - other.b,
            c: self.c - other.c,
        }
    }

    /// The same plane for positions measured from (x, y).
    pub fn from_origin(&self, x: f64, y: f64) -> Plane {
        Plane {
            c: self.at(x, y),
            ..*self
        }
    }

    /// Whether all its coefficients are numbers.
    pub fn is_finite(&self) -> bool {
        self.a.is_finite() && self.b.is_finite() && self.c.is_finite()
    }
}
