//! Sums over pixels from which a plane is fitted.

use std::array::from_fn;

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

    /// Adds the pixels of a row that are less than `limit` from `level`, with z relative to
    /// `level`; NaN is blank. The first pixel is at `u`, `v`.
    pub fn add_row(&mut self, row: &[f64], (u, v): (f64, f64), level: f64, limit: f64) {
        let mut lanes = Lanes::default();
        let mut at: [f64; LANES] = from_fn(|lane| u + lane as f64);
        let (chunks, rest) = row.as_chunks();
        for chunk in chunks {
            lanes.add(chunk, &at, level, limit);
            at = at.map(|u| u + LANES as f64);
        }
        let mut last = [f64::NAN; LANES];
        last[..rest.len()].copy_from_slice(rest);
        lanes.add(&last, &at, level, limit);
        let total = |lanes: [f64; LANES]| lanes.iter().sum::<f64>();
        let (n, u, z) = (total(lanes.n), total(lanes.u), total(lanes.z));
        self.n += n;
        self.u += u;
        self.uu += total(lanes.uu);
        self.v += v * n;
        self.uv += v * u;
        self.vv += v * v * n;
        self.z += z;
        self.uz += total(lanes.uz);
        self.vz += v * z;
        self.zz += total(lanes.zz);
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

/// Chains of additions that do not wait for each other.
const LANES: usize = 4;

/// Sums along a row, every fourth pixel in one lane. Written as operations on whole arrays, with
/// masks instead of branches, so that they become vector instructions.
#[derive(Default)]
struct Lanes {
    n: [f64; LANES],
    u: [f64; LANES],
    uu: [f64; LANES],
    z: [f64; LANES],
    uz: [f64; LANES],
    zz: [f64; LANES],
}

impl Lanes {
    #[inline(always)]
    fn add(&mut self, values: &[f64; LANES], at: &[f64; LANES], level: f64, limit: f64) {
        let z = values.map(|value| value - level);
        let inside = z.map(|z| u64::from(z.abs() < limit).wrapping_neg());
        let masked = |x: &[f64; LANES]| -> [f64; LANES] {
            from_fn(|lane| f64::from_bits(x[lane].to_bits() & inside[lane]))
        };
        let (one, u, z) = (masked(&[1.0; LANES]), masked(at), masked(&z));
        for lane in 0..LANES {
            self.n[lane] += one[lane];
            self.u[lane] += u[lane];
            self.uu[lane] += u[lane] * u[lane];
            self.z[lane] += z[lane];
            self.uz[lane] += u[lane] * z[lane];
            self.zz[lane] += z[lane] * z[lane];
        }
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
