//! The damped iterate as a Chebyshev series.
//!
//! With `S = 1 - D^-1 A`, whose spectrum lies in [-1, 1], a round maps the step to come by
//! `T = (1 + S) / 2`, and N rounds from zero add up to `g(S) b` with
//! `g = (1 + T + ... + T^(N-1)) / 2`. Put `S = cos t`: `T^N = cos^2N(t/2)` has the cosine
//! coefficients `p_k = C(2N, N-k) / 4^N` (the binomial distribution), and `(1 - cos t) g = 1 - T^N`
//! is a second-order recurrence for those of `g`. Run downwards it adds positive numbers only,
//! so that every coefficient is good to a few ulp. The `p_k` fall as exp(-k^2 / N): that is where
//! the square root comes from.

use crate::error::Result;

/// How much of the series may be left out, in units of the first round's step before halving.
const TRUNCATION: f64 = 1e-9;

/// The weights `w` with `g(S) = sum w[k] T_k(S)`, `T_k` being the Chebyshev polynomials: exact for
/// few rounds, shortened where the rest is below [`TRUNCATION`] for any S in [-1, 1].
///
/// # Errors
/// When memory is out.
pub fn weights(rounds: u32) -> Result<Vec<f64>> {
    let n = f64::from(rounds);
    // p_k relative to p_0, as far as it matters at all in double precision.
    let mut p = vec![1.0];
    let mut k = 0.0;
    while k < n {
        let next = p[p.len() - 1] * ((n - k) / (n + k + 1.0));
        if next < f64::EPSILON * f64::EPSILON {
            break;
        }
        memory::push(&mut p, next)?;
        k += 1.0;
    }
    // All p_k, k of both signs, add up to T^N(S = 1) = 1.
    let total = 1.0 + 2.0 * p[1..].iter().rev().sum::<f64>();
    let mut weights: Vec<f64> = memory::zeros(p.len() - 1)?;
    let (mut difference, mut coefficient) = (0.0, 0.0);
    for (weight, p) in weights.iter_mut().zip(&p[1..]).rev() {
        difference += 2.0 * p / total;
        coefficient += difference;
        *weight = 2.0 * coefficient;
    }
    if let Some(first) = weights.first_mut() {
        *first /= 2.0;
    }
    let mut rest = 0.0;
    let keep = weights
        .iter()
        .rposition(|w| {
            rest += w;
            rest > TRUNCATION
        })
        .map_or(0, |last| last + 1);
    weights.truncate(keep);
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (1 + t + ... + t^(n-1)) / 2 for t = (1 + s) / 2.
    fn plain(rounds: u32, s: f64) -> f64 {
        let t = (1.0 + s) / 2.0;
        (0..rounds)
            .fold((0.0, 0.5), |(sum, power), _| (sum + power, power * t))
            .0
    }

    fn series(weights: &[f64], s: f64) -> f64 {
        let angle = s.acos();
        weights
            .iter()
            .enumerate()
            .map(|(k, w)| w * (k as f64 * angle).cos())
            .sum()
    }

    #[test]
    fn the_series_is_the_sum_of_the_powers() {
        assert!(weights(0).unwrap().is_empty());
        assert_eq!(weights(1).unwrap(), [0.5]);
        for rounds in [2, 3, 10, 57, 1000, 2500, 7500, 30_000] {
            let weights = weights(rounds).unwrap();
            for i in 0..=40 {
                let s = (f64::from(i) / 20.0 - 1.0).clamp(-1.0, 1.0);
                let expected = plain(rounds, s);
                let error = (series(&weights, s) - expected).abs();
                assert!(
                    error < 2e-9 + 1e-12 * expected,
                    "{rounds} rounds, s = {s}: {error:e}"
                );
            }
        }
    }

    #[test]
    fn the_length_grows_as_the_square_root() {
        assert_eq!(weights(5).unwrap().len(), 5);
        let (short, long) = (
            weights(2_500).unwrap().len(),
            weights(1_000_000).unwrap().len(),
        );
        assert!(short < 300, "{short}");
        assert!((short * 15..short * 25).contains(&long), "{long}");
        assert!(weights(u32::MAX).unwrap().len() < 500_000);
    }
}
