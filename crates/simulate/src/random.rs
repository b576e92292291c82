//! The random generator of the simulated skies and of the tests.

/// The random generator SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195). It is good enough for
/// noise, and any seed may be used.
///
/// ```
/// // Rosetta Code lists this as the first number of seed 1234567.
/// assert_eq!(simulate::Random(1_234_567).next(), 6_457_827_717_110_365_317);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random(pub u64);

impl Random {
    /// The next number, uniform over all values of 64 bits.
    #[allow(clippy::should_implement_trait)] // An iterator would never end.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uniform number of 0 to 1, 1 excluded.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A nearly normal number of mean 0 and standard deviation 1: the sum of twelve uniform numbers of 16 bits.
    /// No function is needed whose last bit depends on the machine.
    pub fn normal(&mut self) -> f64 {
        let mut sum = 0;
        for _ in 0..3 {
            let bits = self.next();
            sum += (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        }
        sum as f64 / 65_536.0 - 6.0 + 12.0 * 0.5 / 65_536.0
    }

    /// A uniform number of `low` to `high`, `high` excluded.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A uniform integer of 0 to `end`, `end` excluded; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

/// Knuth's linear congruential generator of MMIX (The Art of Computer Programming 2, section 3.3.4), for tests
/// whose expected numbers an original computed from what it drew. Anything else draws from [`Random`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mmix(pub u64);

impl Mmix {
    /// The next state, whose high bits are the random ones.
    #[allow(clippy::should_implement_trait)] // An iterator would never end.
    pub fn next(&mut self) -> u64 {
        self.0 = (self.0.wrapping_mul(6_364_136_223_846_793_005))
            .wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// A uniform number of 0 to 1, 1 excluded.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A nearly normal number of mean 0 and standard deviation 1: the sum of twelve uniform ones.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
