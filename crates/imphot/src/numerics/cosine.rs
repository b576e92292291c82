//! Fourier transforms of even sequences. Such a sequence says all with its first half, its transform
//! too: a complex transform of half the length does the whole work. (The cosine transform of Press,
//! Teukolsky, Vetterling & Flannery 1992, Numerical Recipes, section 12.3, of two sequences at
//! once.)

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::{Fft, FftPlanner};

use super::fourier::{expect_plan, C64};
use memory::Result;

/// The plan for even sequences of one length.
#[derive(Clone)]
pub struct Cosine {
    fft: Arc<dyn Fft<f64>>,
    /// 2 sin(pi j / half), j from 0 to half / 2.
    sines: Vec<f64>,
    /// 2 cos(pi j / half) so far, but 1 for j = 0, which stands for one value only.
    cosines: Vec<f64>,
}

/// Two values of a sequence, j and half - j, made ready.
pub struct Folded {
    /// What goes to the place j of the line.
    pub low: f64,
    /// What goes to the place half - j.
    pub high: f64,
    /// Their part in the transform at frequency 1.
    pub first: f64,
}

impl Cosine {
    /// A plan for even sequences of `length`, a multiple of 4.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(length: usize) -> Result<Self> {
        debug_assert!(length > 0 && length.is_multiple_of(4));
        let half = length / 2;
        let angle = |j: usize| PI * j as f64 / half as f64;
        let mut cosines: Vec<f64> = memory::collect((0..=half / 2).map(|j| 2.0 * angle(j).cos()))?;
        cosines[0] = 1.0;
        cosines[half / 2] = 0.0;
        expect_plan(half)?;
        Ok(Cosine {
            fft: FftPlanner::new().plan_fft_forward(half),
            sines: memory::collect((0..=half / 2).map(|j| 2.0 * angle(j).sin()))?,
            cosines,
        })
    }

    /// Half the length: the values 0 to `half` of a sequence, and the frequencies 0 to `half` of its
    /// transform, are all that there are. Lines are of this length.
    pub fn half(&self) -> usize {
        2 * (self.sines.len() - 1)
    }

    /// How much scratch [`Cosine::finish`] needs.
    pub fn scratch(&self) -> usize {
        self.fft.get_inplace_scratch_len()
    }

    /// Makes the values `near` at the place `j` and `far` at `half` - j ready, j from 0 to half / 2.
    #[inline(always)]
    pub fn fold(&self, j: usize, near: f64, far: f64) -> Folded {
        fold(self.sines[j], self.cosines[j], near, far)
    }

    /// Makes a line of the values 0 to `half` of two sequences, the real and the imaginary part of a
    /// complex one. What is handed out belongs to [`Cosine::finish`].
    pub fn fold_line(&self, re: &[f64], im: &[f64], line: &mut [C64]) -> C64 {
        let half = self.half();
        let mid = half / 2;
        // The place `half` is that of 0 again, which has both; the middle is its own partner.
        let (a, b) = (self.fold(0, re[0], re[half]), self.fold(0, im[0], im[half]));
        line[0] = C64::new(a.low, b.low);
        line[mid] = C64::new(2.0 * re[mid], 2.0 * im[mid]);
        let mut first = C64::new(a.first, b.first);
        let (low, high) = line[..half].split_at_mut(mid);
        let factors = self.sines[1..mid].iter().zip(&self.cosines[1..mid]);
        let near = re[1..mid].iter().zip(&im[1..mid]);
        let far = re[mid + 1..half].iter().zip(&im[mid + 1..half]).rev();
        let lines = low[1..].iter_mut().zip(high[1..].iter_mut().rev());
        for (((low, high), (sine, cosine)), (near, far)) in lines.zip(factors).zip(near.zip(far)) {
            let a = fold(*sine, *cosine, *near.0, *far.0);
            let b = fold(*sine, *cosine, *near.1, *far.1);
            *low = C64::new(a.low, b.low);
            *high = C64::new(a.high, b.high);
            first += C64::new(a.first, b.first);
        }
        first
    }

    /// Transforms a line: the frequencies 0 to `half`, real parts and imaginary parts. `first` is the
    /// sum of what [`Cosine::fold`] made for frequency 1.
    pub fn finish(
        &self,
        line: &mut [C64],
        first: C64,
        scratch: &mut [C64],
        [re, im]: [&mut [f64]; 2],
    ) {
        let half = self.half();
        let mid = half / 2;
        let line = &mut line[..half];
        self.fft.process_with_scratch(line, scratch);
        let (re, im) = (&mut re[..=half], &mut im[..=half]);
        (re[half], im[half]) = (line[mid].re, line[mid].im);
        // Two frequencies at a time: an even one, and the odd one after it.
        let (re, im) = (re.as_chunks_mut().0, im.as_chunks_mut().0);
        re[0] = [line[0].re, first.re];
        im[0] = [line[0].im, first.im];
        let mut odd = first;
        let pairs = line[1..mid].iter().zip(line[mid + 1..].iter().rev());
        let out = re[1..mid].iter_mut().zip(&mut im[1..mid]);
        for ((a, b), (re, im)) in pairs.zip(out) {
            let even = (a + b) * 0.5;
            // i (a - b) / 2
            odd += C64::new(0.5 * (b.im - a.im), 0.5 * (a.re - b.re));
            *re = [even.re, odd.re];
            *im = [even.im, odd.im];
        }
    }
}

#[inline(always)]
fn fold(sine: f64, cosine: f64, near: f64, far: f64) -> Folded {
    let (sum, difference) = (near + far, near - far);
    let turned = sine * difference;
    Folded {
        low: sum - turned,
        high: sum + turned,
        first: cosine * difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_is_the_sum_over_the_whole_sequence() {
        for length in [4, 8, 12, 64, 512] {
            let plan = Cosine::new(length).unwrap();
            let half = length / 2;
            assert_eq!(plan.half(), half);
            let value = |i: usize, rate: f64| (i as f64 * rate).sin() + 1.5 - i as f64 * 0.01;
            let re: Vec<f64> = (0..=half).map(|i| value(i, 0.7)).collect();
            let im: Vec<f64> = (0..=half).map(|i| value(i, 1.9)).collect();
            let mut line = vec![C64::default(); half];
            let first = plan.fold_line(&re, &im, &mut line);
            let (mut found_re, mut found_im) = (vec![0.0; half + 1], vec![0.0; half + 1]);
            let mut scratch = vec![C64::default(); plan.scratch()];
            plan.finish(
                &mut line,
                first,
                &mut scratch,
                [&mut found_re, &mut found_im],
            );
            for (k, (re_k, im_k)) in found_re.iter().zip(&found_im).enumerate() {
                let found = C64::new(*re_k, *im_k);
                let mut sum = C64::default();
                for i in 0..length {
                    let turn = std::f64::consts::TAU * ((i * k) % length) as f64 / length as f64;
                    let at = i.min(length - i);
                    sum += C64::new(re[at], im[at]) * turn.cos();
                }
                let error = (found - sum).norm();
                assert!(error < 1e-13 * length as f64, "{length} {k}: {error}");
            }
        }
    }
}
