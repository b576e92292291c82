//! The sums over all frequencies of which chi-square and the normal equations are made.

use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

use super::model::{Point, Problem, PLANES};
use crate::kernel::photometry::fourier::C64;
use crate::kernel::photometry::least_squares::Normal;

/// Neighbouring frequencies that are summed side by side, in a vector register.
const LANES: usize = 4;

#[derive(Clone, Copy)]
struct Lanes([f64; LANES]);

impl Lanes {
    #[inline(always)]
    fn all(value: f64) -> Self {
        Lanes([value; LANES])
    }

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

/// What is summed. K, F and B are the transform of the profile and its derivatives by width and
/// exponent, divided by the profile's sum; T the shifted transform of HST; W that of the weights;
/// R what the model leaves. `T*R` is the conjugate of T times R, Re and Im its parts; fx and fy are
/// the frequencies.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    /// |R|²
    Chi,
    /// Re W*R
    WR,
    /// K Re T*R
    KR,
    /// F Re T*R
    FR,
    /// B Re T*R
    BR,
    /// fx K Im T*R
    XR,
    /// fy K Im T*R
    YR,
    /// K Re W*T
    WK,
    /// F Re W*T
    WF,
    /// B Re W*T
    WB,
    /// fx K Im W*T
    WX,
    /// fy K Im W*T
    WY,
    /// K² |T|²
    KK,
    /// K F |T|²
    KF,
    /// K B |T|²
    KB,
    /// F² |T|²
    FF,
    /// F B |T|²
    FB,
    /// B² |T|²
    BB,
    /// fx² K² |T|²
    XX,
    /// fx fy K² |T|²
    XY,
    /// fy² K² |T|²
    YY,
}

const COUNT: usize = Sum::YY as usize + 1;

/// The sums over some frequencies.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums(pub [f64; COUNT]);

/// A column of the transforms.
pub(super) struct Column {
    /// Its frequency, cycles per arcsec.
    pub fx: f64,
    /// Where it begins.
    pub at: usize,
    /// The shift's factor.
    pub turn: C64,
}

impl Sums {
    /// Adds a column, with the widest vectors that the machine has; the results are the same bits
    /// on any.
    pub fn add(
        &mut self,
        problem: &Problem,
        point: &Point,
        column: &Column,
        profile: [&[f64]; PLANES],
        whole: [f64; PLANES],
    ) {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.add_column(problem, point, column, profile, whole),
        );
    }

    /// Adds a column. `profile` is the column of the profile and its derivatives, `whole` the sums
    /// of their pixels.
    #[inline(always)]
    fn add_column<'p>(
        &mut self,
        problem: &'p Problem,
        point: &Point,
        column: &Column,
        profile: [&[f64]; PLANES],
        whole: [f64; PLANES],
    ) {
        let height = profile[0].len();
        let part = |values: &'p [f64]| lanes(&values[column.at..][..height]);
        let (mr, mi) = (part(&problem.muse.re), part(&problem.muse.im));
        let (hr, hi) = (part(&problem.hst.re), part(&problem.hst.im));
        let (wr, wi) = (part(&problem.weights.re), part(&problem.weights.im));
        let power = part(&problem.power);
        let (along_re, along_im) = (lanes(&point.along_re), lanes(&point.along_im));
        let along = lanes(&problem.along);
        let [value, by_fwhm, by_beta] = profile.map(lanes);
        let count = height / LANES;
        // All are of one length: said once, so that the loop need not ask.
        let all = [
            mr, mi, hr, hi, wr, wi, power, along_re, along_im, along, value, by_fwhm, by_beta,
        ];
        assert!(all.iter().all(|values| values.len() == count));

        let per_whole = Lanes::all(1.0 / whole[0]);
        let (fwhm_share, beta_share) = (Lanes::all(whole[1]), Lanes::all(whole[2]));
        let (turn_re, turn_im) = (Lanes::all(column.turn.re), Lanes::all(column.turn.im));
        let (bg, scale) = (Lanes::all(point.bg), Lanes::all(point.scale));
        let [mut chi, mut w_r, mut k_r, mut f_r, mut b_r] = [Lanes::all(0.0); 5];
        let [mut i_r, mut y_r, mut i_w, mut y_w] = [Lanes::all(0.0); 4];
        let [mut w_k, mut w_f, mut w_b] = [Lanes::all(0.0); 3];
        let [mut kk, mut kf, mut kb, mut ff, mut fb, mut bb] = [Lanes::all(0.0); 6];
        let [mut kky, mut kkyy] = [Lanes::all(0.0); 2];
        for i in 0..count {
            let k = Lanes(value[i]) * per_whole;
            let f = (Lanes(by_fwhm[i]) - k * fwhm_share) * per_whole;
            let b = (Lanes(by_beta[i]) - k * beta_share) * per_whole;
            let (ar, ai) = (Lanes(along_re[i]), Lanes(along_im[i]));
            let (pr, pi) = (turn_re * ar - turn_im * ai, turn_re * ai + turn_im * ar);
            let (hr, hi) = (Lanes(hr[i]), Lanes(hi[i]));
            let (tr, ti) = (hr * pr - hi * pi, hr * pi + hi * pr);
            let (wr, wi) = (Lanes(wr[i]), Lanes(wi[i]));
            let sk = scale * k;
            let rr = Lanes(mr[i]) - (bg * wr + sk * tr);
            let ri = Lanes(mi[i]) - (bg * wi + sk * ti);
            chi = chi + (rr * rr + ri * ri);
            w_r = w_r + (wr * rr + wi * ri);
            let fy = Lanes(along[i]);
            let (re, im) = (tr * rr + ti * ri, k * (tr * ri - ti * rr));
            k_r = k_r + k * re;
            f_r = f_r + f * re;
            b_r = b_r + b * re;
            i_r = i_r + im;
            y_r = y_r + fy * im;
            let (re, im) = (wr * tr + wi * ti, k * (wr * ti - wi * tr));
            w_k = w_k + k * re;
            w_f = w_f + f * re;
            w_b = w_b + b * re;
            i_w = i_w + im;
            y_w = y_w + fy * im;
            let power = Lanes(power[i]);
            let (kp, fp) = (k * power, f * power);
            let kkp = k * kp;
            kk = kk + kkp;
            kky = kky + fy * kkp;
            kkyy = kkyy + fy * fy * kkp;
            kf = kf + f * kp;
            kb = kb + b * kp;
            ff = ff + f * fp;
            fb = fb + b * fp;
            bb = bb + b * b * power;
        }
        let fx = column.fx;
        for (sum, value) in [
            (Sum::Chi, chi.sum()),
            (Sum::WR, w_r.sum()),
            (Sum::KR, k_r.sum()),
            (Sum::FR, f_r.sum()),
            (Sum::BR, b_r.sum()),
            (Sum::XR, fx * i_r.sum()),
            (Sum::YR, y_r.sum()),
            (Sum::WK, w_k.sum()),
            (Sum::WF, w_f.sum()),
            (Sum::WB, w_b.sum()),
            (Sum::WX, fx * i_w.sum()),
            (Sum::WY, y_w.sum()),
            (Sum::KK, kk.sum()),
            (Sum::KF, kf.sum()),
            (Sum::KB, kb.sum()),
            (Sum::FF, ff.sum()),
            (Sum::FB, fb.sum()),
            (Sum::BB, bb.sum()),
            (Sum::XX, fx * fx * kk.sum()),
            (Sum::XY, fx * kky.sum()),
            (Sum::YY, kkyy.sum()),
        ] {
            self.0[sum as usize] += value;
        }
    }

    /// The normal equations of dx, dy, bg, scale, fwhm, beta. The derivative by dx is
    /// -2 pi i fx s K T, by bg W, by scale K T, by fwhm s F T, by beta s B T: where only one of two
    /// is imaginary, their product is.
    pub fn fill(&self, normal: &mut Normal, scale: f64, weights_square: f64) {
        let sum = |sum: Sum| self.0[sum as usize];
        let turns = TAU * scale;
        for (i, gradient) in [
            -turns * sum(Sum::XR),
            -turns * sum(Sum::YR),
            sum(Sum::WR),
            sum(Sum::KR),
            scale * sum(Sum::FR),
            scale * sum(Sum::BR),
        ]
        .into_iter()
        .enumerate()
        {
            normal.set_gradient(i, gradient);
        }
        let [dx, dy, bg, flux, fwhm, beta] = [0, 1, 2, 3, 4, 5];
        for (i, j, value) in [
            (dx, dx, turns * turns * sum(Sum::XX)),
            (dx, dy, turns * turns * sum(Sum::XY)),
            (dy, dy, turns * turns * sum(Sum::YY)),
            (dx, bg, turns * sum(Sum::WX)),
            (dy, bg, turns * sum(Sum::WY)),
            (bg, bg, weights_square),
            (bg, flux, sum(Sum::WK)),
            (bg, fwhm, scale * sum(Sum::WF)),
            (bg, beta, scale * sum(Sum::WB)),
            (flux, flux, sum(Sum::KK)),
            (flux, fwhm, scale * sum(Sum::KF)),
            (flux, beta, scale * sum(Sum::KB)),
            (fwhm, fwhm, scale * scale * sum(Sum::FF)),
            (fwhm, beta, scale * scale * sum(Sum::FB)),
            (beta, beta, scale * scale * sum(Sum::BB)),
        ] {
            normal.set(i, j, value);
        }
    }
}
