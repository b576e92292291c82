//! The sums over all frequencies of which chi-square and the normal equations are made.
//!
//! With K the transform of the profile (real, and the same at fy and -fy), F and B its derivatives
//! by width and exponent, T = H exp(-2 pi i (dx fx + dy fy)) the shifted transform of HST, M that of
//! MUSE, W that of the weights, the model is b W + s K T. What depends on the shift in conj(T) M and
//! conj(T) W is a factor of the column, which the sum over the column is multiplied by at its end,
//! and one of the row, a = exp(-2 pi i dy fy), whose conjugate belongs to -fy: the two frequencies
//! are summed up together, from the sum and the difference of conj(H) M at fy and -fy. All else
//! needs |H|² only. So each pair of frequencies costs ten numbers to read, and no residual is ever
//! formed.

use std::f64::consts::TAU;
use std::ops::{Add, AddAssign, Mul, Sub};

use super::profile::{LANES, PLANES};
use crate::kernel::photometry::fourier::C64;
use crate::kernel::photometry::least_squares::Normal;
use crate::kernel::photometry::vectors::widest;

#[derive(Clone, Copy)]
struct Lanes([f64; LANES]);

impl Lanes {
    #[inline(always)]
    fn all(value: f64) -> Self {
        Lanes([value; LANES])
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        self.0.iter().sum()
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Lanes(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Lanes(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Lanes(std::array::from_fn(|i| self.0[i] * other.0[i]))
    }
}

fn lanes(values: &[f64]) -> &[[f64; LANES]] {
    values.as_chunks().0
}

/// What a column of the data is folded into, a plane each: of conj(H) M the real and imaginary part
/// of the sum over fy and -fy, and of the value at -fy less that at fy; the same of conj(H) W; of
/// |H|² the sum over fy and -fy, and the value at fy less that at -fy. Where fy has no partner (0 and
/// the highest), the partner's value is 0.
pub(super) const PARTS: usize = 10;

/// The sums of an image with the shifted one of HST, of conj(T) times it: its real part times K, F,
/// B, its imaginary part times fx K, fy K.
#[derive(Clone, Copy, Default)]
struct Correlation {
    k: f64,
    f: f64,
    b: f64,
    x: f64,
    y: f64,
}

impl AddAssign for Correlation {
    fn add_assign(&mut self, other: Self) {
        self.k += other.k;
        self.f += other.f;
        self.b += other.b;
        self.x += other.x;
        self.y += other.y;
    }
}

/// The sums of |T|² times K K, K F, K B, F F, F B, B B, and times K K fx fx, fx fy, fy fy.
#[derive(Clone, Copy, Default)]
struct Power {
    kk: f64,
    kf: f64,
    kb: f64,
    ff: f64,
    fb: f64,
    bb: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl AddAssign for Power {
    fn add_assign(&mut self, other: Self) {
        self.kk += other.kk;
        self.kf += other.kf;
        self.kb += other.kb;
        self.ff += other.ff;
        self.fb += other.fb;
        self.bb += other.bb;
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
    }
}

/// Sums that no parameter changes.
#[derive(Clone, Copy, Default)]
pub(super) struct Constants {
    /// |M|²
    pub mm: f64,
    /// |W|²
    pub ww: f64,
    /// Re conj(W) M
    pub wm: f64,
    /// The real and the imaginary parts of M
    pub m: f64,
}

impl AddAssign for Constants {
    fn add_assign(&mut self, other: Self) {
        self.mm += other.mm;
        self.ww += other.ww;
        self.wm += other.wm;
        self.m += other.m;
    }
}

/// The sums over some frequencies.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    muse: Correlation,
    weights: Correlation,
    power: Power,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.muse += other.muse;
        self.weights += other.weights;
        self.power += other.power;
    }
}

/// A column of the transforms.
pub(super) struct Column<'a> {
    /// Its frequency, cycles per arcsec.
    pub fx: f64,
    /// The shift's factor of the column.
    pub turn: C64,
    /// The frequencies of the rows.
    pub along: &'a [f64],
    /// The shift's factors of the rows: real parts, imaginary parts.
    pub turns: [&'a [f64]; 2],
    /// K, F, B.
    pub profile: [&'a [f64]; PLANES],
    /// The data, [`PARTS`] planes one after another.
    pub parts: &'a [f64],
}

impl Sums {
    /// Adds a column.
    pub fn add(&mut self, column: &Column) {
        widest(
            #[inline(always)]
            || {
                self.muse += column.correlation(0);
                self.weights += column.correlation(4);
                self.power += column.power();
            },
        );
    }
}

impl<'a> Column<'a> {
    #[inline(always)]
    fn part(&self, i: usize) -> &'a [[f64; LANES]] {
        let length = self.along.len();
        lanes(&self.parts[i * length..][..length])
    }

    /// The sums of the image whose parts begin at `from`.
    #[inline(always)]
    fn correlation(&self, from: usize) -> Correlation {
        let along = lanes(self.along);
        let [ar, ai] = self.turns.map(lanes);
        let [k, f, b] = self.profile.map(lanes);
        let [sr, si, dr, di] = [0, 1, 2, 3].map(|i| self.part(from + i));
        let count = along.len();
        // All are of one length: said once, so that the loop need not ask.
        let all = [along, ar, ai, k, f, b, sr, si, dr, di];
        assert!(all.iter().all(|values| values.len() == count));

        let [mut kr, mut ki, mut fr, mut fi] = [Lanes::all(0.0); 4];
        let [mut br, mut bi, mut yr, mut yi] = [Lanes::all(0.0); 4];
        for i in 0..count {
            let (ar, ai) = (Lanes(ar[i]), Lanes(ai[i]));
            let (sr, si) = (Lanes(sr[i]), Lanes(si[i]));
            let (dr, di) = (Lanes(dr[i]), Lanes(di[i]));
            // conj(a) P + a N = ar S + i ai D, where P is at fy, N at -fy, S = P + N, D = N - P.
            let (qr, qi) = (ar * sr - ai * di, ar * si + ai * dr);
            let k = Lanes(k[i]);
            kr = kr + k * qr;
            ki = ki + k * qi;
            let f = Lanes(f[i]);
            fr = fr + f * qr;
            fi = fi + f * qi;
            let b = Lanes(b[i]);
            br = br + b * qr;
            bi = bi + b * qi;
            // conj(a) P - a N = -ar D - i ai S.
            let fk = Lanes(along[i]) * k;
            yr = yr + fk * (ai * si - ar * dr);
            yi = yi - fk * (ar * di + ai * sr);
        }
        // Times the conjugate of the column's factor.
        let turn = self.turn;
        let re = |re: Lanes, im: Lanes| turn.re * re.sum() + turn.im * im.sum();
        let im = |re: Lanes, im: Lanes| turn.re * im.sum() - turn.im * re.sum();
        Correlation {
            k: re(kr, ki),
            f: re(fr, fi),
            b: re(br, bi),
            x: self.fx * im(kr, ki),
            y: im(yr, yi),
        }
    }

    #[inline(always)]
    fn power(&self) -> Power {
        let along = lanes(self.along);
        let [k, f, b] = self.profile.map(lanes);
        let [sum, difference] = [8, 9].map(|i| self.part(i));
        let count = along.len();
        let all = [along, k, f, b, sum, difference];
        assert!(all.iter().all(|values| values.len() == count));

        let [mut kk, mut kf, mut kb, mut ff] = [Lanes::all(0.0); 4];
        let [mut fb, mut bb, mut kky, mut kkyy] = [Lanes::all(0.0); 4];
        for i in 0..count {
            let (k, f, b) = (Lanes(k[i]), Lanes(f[i]), Lanes(b[i]));
            let sum = Lanes(sum[i]);
            let (kp, fp) = (k * sum, f * sum);
            let kkp = k * kp;
            let fy = Lanes(along[i]);
            kk = kk + kkp;
            kkyy = kkyy + fy * fy * kkp;
            kky = kky + fy * (k * k * Lanes(difference[i]));
            kf = kf + f * kp;
            kb = kb + b * kp;
            ff = ff + f * fp;
            fb = fb + b * fp;
            bb = bb + b * b * sum;
        }
        let fx = self.fx;
        Power {
            kk: kk.sum(),
            kf: kf.sum(),
            kb: kb.sum(),
            ff: ff.sum(),
            fb: fb.sum(),
            bb: bb.sum(),
            xx: fx * fx * kk.sum(),
            xy: fx * kky.sum(),
            yy: kkyy.sum(),
        }
    }
}

impl Sums {
    /// The chi-square of the model of background `bg` and flux `scale`. It is the difference of
    /// numbers as large as |M|².
    pub fn chi_square(&self, constants: &Constants, bg: f64, scale: f64) -> f64 {
        let (muse, weights) = (&self.muse, &self.weights);
        constants.mm - 2.0 * (bg * constants.wm + scale * muse.k)
            + bg * (bg * constants.ww + 2.0 * scale * weights.k)
            + scale * scale * self.power.kk
    }

    /// The normal equations of dx, dy, bg, scale, fwhm, beta. The derivative by dx is
    /// -2 pi i fx s K T, by bg W, by scale K T, by fwhm s F T, by beta s B T: where only one of two
    /// is imaginary, their product is.
    pub fn fill(&self, normal: &mut Normal, constants: &Constants, bg: f64, scale: f64) {
        let (muse, weights, power) = (&self.muse, &self.weights, &self.power);
        let turns = TAU * scale;
        let [dx, dy, background, flux, fwhm, beta] = [0, 1, 2, 3, 4, 5];
        for (i, gradient) in [
            (dx, -turns * (muse.x - bg * weights.x)),
            (dy, -turns * (muse.y - bg * weights.y)),
            (
                background,
                constants.wm - bg * constants.ww - scale * weights.k,
            ),
            (flux, muse.k - bg * weights.k - scale * power.kk),
            (fwhm, scale * (muse.f - bg * weights.f - scale * power.kf)),
            (beta, scale * (muse.b - bg * weights.b - scale * power.kb)),
        ] {
            normal.set_gradient(i, gradient);
        }
        for (i, j, value) in [
            (dx, dx, turns * turns * power.xx),
            (dx, dy, turns * turns * power.xy),
            (dy, dy, turns * turns * power.yy),
            (dx, background, -turns * weights.x),
            (dy, background, -turns * weights.y),
            (background, background, constants.ww),
            (background, flux, weights.k),
            (background, fwhm, scale * weights.f),
            (background, beta, scale * weights.b),
            (flux, flux, power.kk),
            (flux, fwhm, scale * power.kf),
            (flux, beta, scale * power.kb),
            (fwhm, fwhm, scale * scale * power.ff),
            (fwhm, beta, scale * scale * power.fb),
            (beta, beta, scale * scale * power.bb),
        ] {
            normal.set(i, j, value);
        }
    }
}
