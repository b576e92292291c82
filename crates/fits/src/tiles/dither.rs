//! The random numbers of subtractive dithering (FITS Standard 4.0, section 10.2.1 and appendix I).

use std::sync::LazyLock;

/// Numbers in the table.
const COUNT: usize = 10_000;

/// The generator of Park and Miller. Its state after the last number is 1043618065.
static NUMBERS: LazyLock<Box<[f32]>> = LazyLock::new(|| {
    let (factor, modulus) = (16807.0, 2_147_483_647.0);
    let mut seed = 1.0f64;
    let number = |_| {
        let product = factor * seed;
        seed = product - modulus * (product / modulus).trunc();
        (seed / modulus) as f32
    };
    (0..COUNT).map(number).collect()
});

/// The numbers of one tile, one a pixel.
#[derive(Clone, Copy)]
pub(super) struct Dither {
    numbers: &'static [f32],
    seed: usize,
    next: usize,
}

impl Dither {
    /// The numbers of tile `row` (from 0) with ZDITHER0 `seed`.
    pub fn new(row: u64, seed: i64) -> Self {
        let count = COUNT as i128;
        let start = (i128::from(row) + i128::from(seed) - 1).rem_euclid(count);
        let mut dither = Dither {
            numbers: &NUMBERS,
            seed: start as usize,
            next: 0,
        };
        dither.begin();
        dither
    }

    fn begin(&mut self) {
        self.next = (self.numbers[self.seed] * 500.0) as usize;
    }

    fn wrap(&mut self) {
        self.seed = (self.seed + 1) % COUNT;
        self.begin();
    }

    /// Passes over `pixels` numbers.
    pub fn skip(&mut self, mut pixels: u64) {
        loop {
            let left = (COUNT - self.next) as u64;
            if pixels < left {
                self.next += pixels as usize;
                return;
            }
            pixels -= left;
            self.wrap();
        }
    }

    /// The numbers of the next pixels, at most `most` and at least one.
    pub fn run(&mut self, most: usize) -> &'static [f32] {
        let end = COUNT.min(self.next + most);
        let run = &self.numbers[self.next..end];
        self.next = end;
        if end == COUNT {
            self.wrap();
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_seed_of_the_standard() {
        // FITS Standard 4.0, appendix I: the seed after 10,000 steps is 1043618065.
        assert_eq!(NUMBERS.len(), 10_000);
        assert_eq!(NUMBERS[9_999], (1_043_618_065.0 / 2_147_483_647.0) as f32);
        assert_eq!(NUMBERS[0], (16_807.0 / 2_147_483_647.0) as f32);
    }

    #[test]
    fn numbers_passed_over_are_those_that_were_not_taken() {
        for (row, seed) in [(0, 1), (9_999, 1), (12_345, 10_000), (3, 0), (0, -7)] {
            let (mut all, mut skipped) = (Dither::new(row, seed), Dither::new(row, seed));
            let mut left = 40_000;
            while left > 0 {
                left -= all.run(left.min(777)).len();
            }
            skipped.skip(40_000);
            assert_eq!((all.seed, all.next), (skipped.seed, skipped.next));
        }
    }
}
