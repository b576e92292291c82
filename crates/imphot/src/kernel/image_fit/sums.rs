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
use std::ops::AddAssign;

use pulp::{Arch, Simd, WithSimd};

use super::profile::{LANES, PLANES};
use crate::numerics::fourier::C64;
use crate::numerics::least_squares::Normal;

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
    /// Whether the sums with B are wanted; otherwise they are left zero.
    pub by_beta: bool,
    /// The data, [`PARTS`] planes one after another.
    pub parts: &'a [f64],
}

impl Sums {
    /// Adds a column.
    pub fn add(&mut self, column: &Column) {
        Arch::new().dispatch(Added { sums: self, column });
    }
}

/// A column that is being added, in vectors.
struct Added<'a> {
    sums: &'a mut Sums,
    column: &'a Column<'a>,
}

impl WithSimd for Added<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.column.by_beta {
            true => self.add::<S, true>(simd),
            false => self.add::<S, false>(simd),
        }
    }
}

impl Added<'_> {
    #[inline(always)]
    fn add<S: Simd, const BETA: bool>(self, simd: S) {
        self.sums.muse += self.column.correlation::<S, BETA>(simd, 0);
        self.sums.weights += self.column.correlation::<S, BETA>(simd, 4);
        self.sums.power += self.column.power::<S, BETA>(simd);
    }
}

/// The numbers as vectors: of a multiple of [`LANES`] none is left over.
#[inline(always)]
fn vectors<S: Simd>(values: &[f64]) -> &[S::f64s] {
    const { assert!(LANES.is_multiple_of(S::F64_LANES)) };
    S::as_simd_f64s(values).0
}

impl<'a> Column<'a> {
    #[inline(always)]
    fn part<S: Simd>(&self, i: usize) -> &'a [S::f64s] {
        let length = self.along.len();
        vectors::<S>(&self.parts[i * length..][..length])
    }

    /// The sums of the image whose parts begin at `from`.
    #[inline(always)]
    fn correlation<S: Simd, const BETA: bool>(&self, simd: S, from: usize) -> Correlation {
        let along = vectors::<S>(self.along);
        let [ar, ai] = self.turns.map(vectors::<S>);
        let [k, f, b] = self.profile.map(vectors::<S>);
        let [sr, si, dr, di] = [0, 1, 2, 3].map(|i| self.part::<S>(from + i));
        let count = along.len();
        // All are of one length: said once, so that the loop need not ask.
        let all = [along, ar, ai, k, f, b, sr, si, dr, di];
        assert!(all.iter().all(|values| values.len() == count));

        let add = |sum: &mut S::f64s, x, y| *sum = simd.mul_add_e_f64s(x, y, *sum);
        let zero = simd.splat_f64s(0.0);
        let [mut kr, mut ki, mut fr, mut fi] = [zero; 4];
        let [mut br, mut bi, mut yr, mut yi] = [zero; 4];
        for i in 0..count {
            let (ar, ai) = (ar[i], ai[i]);
            let (sr, si, dr, di) = (sr[i], si[i], dr[i], di[i]);
            // conj(a) P + a N = ar S + i ai D, where P is at fy, N at -fy, S = P + N, D = N - P.
            let qr = simd.sub_f64s(simd.mul_f64s(ar, sr), simd.mul_f64s(ai, di));
            let qi = simd.mul_add_e_f64s(ai, dr, simd.mul_f64s(ar, si));
            add(&mut kr, k[i], qr);
            add(&mut ki, k[i], qi);
            add(&mut fr, f[i], qr);
            add(&mut fi, f[i], qi);
            if BETA {
                add(&mut br, b[i], qr);
                add(&mut bi, b[i], qi);
            }
            // a N - conj(a) P = ar D + i ai S.
            let fk = simd.mul_f64s(along[i], k[i]);
            let pr = simd.sub_f64s(simd.mul_f64s(ar, dr), simd.mul_f64s(ai, si));
            let pi = simd.mul_add_e_f64s(ai, sr, simd.mul_f64s(ar, di));
            add(&mut yr, fk, pr);
            add(&mut yi, fk, pi);
        }
        // Times the conjugate of the column's factor.
        let turn = self.turn;
        let sum = |lanes| simd.reduce_sum_f64s(lanes);
        let re = |re, im| turn.re * sum(re) + turn.im * sum(im);
        let im = |re, im| turn.re * sum(im) - turn.im * sum(re);
        Correlation {
            k: re(kr, ki),
            f: re(fr, fi),
            b: re(br, bi),
            x: self.fx * im(kr, ki),
            y: -im(yr, yi),
        }
    }

    #[inline(always)]
    fn power<S: Simd, const BETA: bool>(&self, simd: S) -> Power {
        let along = vectors::<S>(self.along);
        let [k, f, b] = self.profile.map(vectors::<S>);
        let [sum, difference] = [8, 9].map(|i| self.part::<S>(i));
        let count = along.len();
        let all = [along, k, f, b, sum, difference];
        assert!(all.iter().all(|values| values.len() == count));

        let add = |sum: &mut S::f64s, x, y| *sum = simd.mul_add_e_f64s(x, y, *sum);
        let zero = simd.splat_f64s(0.0);
        let [mut kk, mut kf, mut kb, mut ff] = [zero; 4];
        let [mut fb, mut bb, mut kky, mut kkyy] = [zero; 4];
        for i in 0..count {
            let (k, f, b) = (k[i], f[i], b[i]);
            let [kp, fp, bp] = [k, f, b].map(|plane| simd.mul_f64s(plane, sum[i]));
            let fk = simd.mul_f64s(along[i], k);
            add(&mut kk, k, kp);
            add(&mut kkyy, fk, simd.mul_f64s(along[i], kp));
            add(&mut kky, fk, simd.mul_f64s(k, difference[i]));
            add(&mut kf, f, kp);
            add(&mut ff, f, fp);
            if BETA {
                add(&mut kb, b, kp);
                add(&mut fb, b, fp);
                add(&mut bb, b, bp);
            }
        }
        let fx = self.fx;
        let [kk, kf, kb, ff, fb, bb, kky, kkyy] =
            [kk, kf, kb, ff, fb, bb, kky, kkyy].map(|lanes| simd.reduce_sum_f64s(lanes));
        Power {
            kk,
            kf,
            kb,
            ff,
            fb,
            bb,
            xx: fx * fx * kk,
            xy: fx * kky,
            yy: kkyy,
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
