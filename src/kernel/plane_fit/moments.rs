//! Sums over pixels from which a plane is fitted.

use super::Plane;

/// Sums over a set of pixels at integer positions (u, v) with values z.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// Number of pixels.
    pub n: f64,
    /// Sum of u.
    pub u: f64,
    /// Sum of v.
    pub v: f64,
    /// Sum of u u.
    pub uu: f64,
    /// Sum of u v.
    pub uv: f64,
    /// Sum of v v.
    pub vv: f64,
    /// Sum of z.
    pub z: f64,
    /// Sum of u z.
    pub uz: f64,
    /// Sum of v z.
    pub vz: f64,
    /// Sum of z z.
    pub zz: f64,
}

/// Of the product of two variances, the least part that must be left after correlation for a
/// plane to be determined. Pixels on one line leave rounding only (about 1e-16).
const SINGULAR: f64 = 1e-12;

impl Moments {
    /// Adds one pixel.
    #[inline]
    pub fn add(&mut self, u: f64, v: f64, z: f64) {
        self.n += 1.0;
        self.u += u;
        self.v += v;
        self.uu += u * u;
        self.uv += u * v;
        self.vv += v * v;
        self.z += z;
        self.uz += u * z;
        self.vz += v * z;
        self.zz += z * z;
    }

    /// Adds a set of pixels.
    pub fn merge(&mut self, other: &Moments) {
        self.n += other.n;
        self.u += other.u;
        self.v += other.v;
        self.uu += other.uu;
        self.uv += other.uv;
        self.vv += other.vv;
        self.z += other.z;
        self.uz += other.uz;
        self.vz += other.vz;
        self.zz += other.zz;
    }

    /// The least-squares plane through the pixels, `None` where they do not determine one.
    pub fn plane(&self) -> Option<Plane> {
        let n = self.n;
        let (u, v, z) = (self.u / n, self.v / n, self.z / n);
        let (uu, vv, uv) = (
            self.uu - n * u * u,
            self.vv - n * v * v,
            self.uv - n * u * v,
        );
        let (uz, vz) = (self.uz - n * u * z, self.vz - n * v * z);
        let determinant = uu * vv - uv * uv;
        let determined = uu > 0.0 && determinant > SINGULAR * uu * vv;
        // NaN (no pixel at all) compares false.
        determined.then_some(())?;
        let a = (uz * vv - vz * uv) / determinant;
        let b = (vz * uu - uz * uv) / determinant;
        Some(Plane {
            a,
            b,
            c: z - a * u - b * v,
        })
    }

    /// The level plane at the mean, `None` where there is no pixel.
    pub fn level(&self) -> Option<Plane> {
        (self.n > 0.0).then(|| Plane {
            a: 0.0,
            b: 0.0,
            c: self.z / self.n,
        })
    }

    /// Sum of the squares of z minus `plane`.
    pub fn squares_about(&self, plane: &Plane) -> f64 {
        let Plane { a, b, c } = *plane;
        let cross = a * self.uz + b * self.vz + c * self.z;
        let square = a * (a * self.uu + 2.0 * (b * self.uv + c * self.u))
            + b * (b * self.vv + 2.0 * c * self.v)
            + c * c * self.n;
        (self.zz - 2.0 * cross + square).max(0.0)
    }
}

/// The region that a set of pixels spans: smallest and largest u and v.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Smallest and largest u.
    pub u: (i32, i32),
    /// Smallest and largest v.
    pub v: (i32, i32),
}

impl Extent {
    /// No pixel.
    pub const EMPTY: Extent = Extent {
        u: (i32::MAX, i32::MIN),
        v: (i32::MAX, i32::MIN),
    };

    /// Adds one pixel.
    #[inline]
    pub fn add(&mut self, u: i32, v: i32) {
        self.u = (self.u.0.min(u), self.u.1.max(u));
        self.v = (self.v.0.min(v), self.v.1.max(v));
    }
}
