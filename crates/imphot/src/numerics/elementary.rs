//! ln(1 + t), e^y and cos(pi f) for many pixels: without branches, so that the compiler turns a loop
//! of them into vector instructions; a call of the C library for each pixel is several times
//! slower. The first two keep to 1e-15 of the value, the last to 1e-15.

/// 2^52 + 2^51: a number added to this is rounded to an integer, which then is in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// ln(1 + t) for finite t >= 0; good to the last digits for small t too.
#[inline(always)]
pub fn ln_1p(t: f64) -> f64 {
    let x = 1.0 + t;
    // What the sum lost is added as its derivative. (Goldberg 1991, doi:10.1145/103162.103163)
    let lost = t - (x - 1.0);
    // x = 2^e m with m between sqrt(1/2) and sqrt(2).
    const MANTISSA: u64 = (1 << 52) - 1;
    const ONE: u64 = 1023 << 52;
    // 2^52: an exponent in its low bits makes it 2^52 + exponent.
    const ADDER: u64 = 1075 << 52;
    let bits = x.to_bits();
    let e = f64::from_bits((bits >> 52) | ADDER) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((bits & MANTISSA) | ONE);
    let large = m > std::f64::consts::SQRT_2;
    let (m, e) = (
        if large { 0.5 * m } else { m },
        if large { e + 1.0 } else { e },
    );
    // ln m = 2 artanh s, s at most 0.172: z^10 / 21 is below 1e-17 of the sum.
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    // Even and odd terms apart: a chain of dependent operations half as long.
    let w = z * z;
    let even = 1.0 / 3.0 + w * (1.0 / 7.0 + w * (1.0 / 11.0 + w * (1.0 / 15.0 + w / 19.0)));
    let odd = 1.0 / 5.0 + w * (1.0 / 9.0 + w * (1.0 / 13.0 + w * (1.0 / 17.0 + w / 21.0)));
    let sum = even + z * odd;
    let ln_m = 2.0 * s + 2.0 * s * (z * sum);
    e * std::f64::consts::LN_2 + (ln_m + lost / x)
}

/// e^y for y <= 0; below -700 it stays at e^-700, which no sum of pixels can tell from 0.
#[inline(always)]
pub fn exp(y: f64) -> f64 {
    // ln 2 in two parts: the first has 33 bits, so that its product with n is exact.
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    let y = if y < -700.0 { -700.0 } else { y };
    let shifted = y * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (y - n * HIGH) - n * LOW;
    // |r| <= 0.347: r^14 / 14! is below 1e-17.
    let w = r * r;
    let even = inverse_factorials(w, [2.0, 12.0, 30.0, 56.0, 90.0, 132.0]);
    let odd = inverse_factorials(w, [6.0, 20.0, 42.0, 72.0, 110.0, 156.0]);
    let mantissa = even + r * odd;
    f64::from_bits(mantissa.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// 1 + w/a (1 + w/b (1 + ...)).
#[inline(always)]
fn inverse_factorials(w: f64, ratios: [f64; 6]) -> f64 {
    let [a, b, c, d, e, f] = ratios.map(|ratio| 1.0 / ratio);
    let (w2, w4) = (w * w, (w * w) * (w * w));
    let (ab, cd, ef) = (a * b, c * d, e * f);
    // The six terms in three pairs.
    (1.0 + w * a)
        + w2 * (ab + w * (ab * c))
        + w4 * (ab * cd + w * (ab * cd * e) + w2 * (ab * cd * ef))
}

/// cos(pi f) for 0 <= f <= 1.
#[inline(always)]
pub fn cos_of_half_turns(f: f64) -> f64 {
    // The sine of what is missing to a quarter of a turn: |z| <= pi / 2.
    let z = std::f64::consts::PI * (0.5 - f);
    let w = z * z;
    // z^23 / 23! is below 2e-18.
    let mut sum = 1.0;
    for (a, b) in [
        (20.0, 21.0),
        (18.0, 19.0),
        (16.0, 17.0),
        (14.0, 15.0),
        (12.0, 13.0),
        (10.0, 11.0),
        (8.0, 9.0),
        (6.0, 7.0),
        (4.0, 5.0),
        (2.0, 3.0),
    ] {
        sum = 1.0 - w * (1.0 / (a * b)) * sum;
    }
    z * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_c_library() {
        let mut t = 1e-18;
        while t < 1e15 {
            let (found, expected) = (ln_1p(t), t.ln_1p());
            assert!(
                (found / expected - 1.0).abs() < 1e-15,
                "{t}: {found} {expected}"
            );
            t *= 1.0173;
        }
        assert_eq!(ln_1p(0.0), 0.0);
        let mut y = -699.9;
        while y <= 0.0 {
            let (found, expected) = (exp(y), y.exp());
            assert!(
                (found / expected - 1.0).abs() < 1e-15,
                "{y}: {found} {expected}"
            );
            y += 0.0713;
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) < 1e-300);
        for i in 0..=1000 {
            let f = f64::from(i) / 1000.0;
            let (found, expected) = (cos_of_half_turns(f), (std::f64::consts::PI * f).cos());
            assert!((found - expected).abs() < 1e-15, "{f}: {found} {expected}");
        }
    }
}
