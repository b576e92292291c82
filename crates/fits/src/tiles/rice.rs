//! RICE_1 (FITS Standard 4.0, section 10.4.1): differences of neighbouring pixels, in blocks that each
//! have the length of code that suits them.
//!
//! Written here because the crate `ricecomp`, which is safe and right too, reads bit by bit in the
//! manner of CFITSIO and takes 15 % longer than it; this reads words.

/// A pixel of a Rice stream.
pub(super) trait Pixel: Copy {
    /// Bits of a pixel, and of the length of a block's codes.
    const BITS: u32;
    const LENGTH_BITS: u32;

    /// The low bits of `number`.
    fn from_low(number: u32) -> Self;
}

impl Pixel for u8 {
    const BITS: u32 = 8;
    const LENGTH_BITS: u32 = 3;

    fn from_low(number: u32) -> Self {
        number as u8
    }
}

impl Pixel for u16 {
    const BITS: u32 = 16;
    const LENGTH_BITS: u32 = 4;

    fn from_low(number: u32) -> Self {
        number as u16
    }
}

impl Pixel for i32 {
    const BITS: u32 = 32;
    const LENGTH_BITS: u32 = 5;

    fn from_low(number: u32) -> Self {
        number as i32
    }
}

/// A stream of bits, the first bit of a byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to take; beyond the end come zeros.
    at: usize,
    /// The next bits, from the top; at least `count` of them are right.
    bits: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Bits {
            bytes,
            at: 0,
            bits: 0,
            count: 0,
        }
    }

    /// Makes at least 56 bits ready.
    #[inline(always)]
    fn refill(&mut self) {
        match self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk())
        {
            Some(&word) => {
                // Bits that are there already come again, and are the same.
                self.bits |= u64::from_be_bytes(word) >> self.count;
                let taken = (63 - self.count) / 8;
                self.at += taken as usize;
                self.count += taken * 8;
            }
            None => self.refill_near_the_end(),
        }
    }

    #[cold]
    fn refill_near_the_end(&mut self) {
        while self.count < 56 {
            let byte = self.bytes.get(self.at).copied().unwrap_or(0);
            self.bits |= u64::from(byte) << (56 - self.count);
            self.at += 1;
            self.count += 8;
        }
    }

    /// The next `n` bits, at most 32 and no more than are ready.
    #[inline(always)]
    fn take(&mut self, n: u32) -> u32 {
        let value = (self.bits >> 1) >> (63 - n);
        self.bits <<= n;
        self.count -= n;
        value as u32
    }

    /// Whether more bits were taken than there are.
    fn overrun(&self) -> bool {
        self.at as u64 * 8 - u64::from(self.count) > self.bytes.len() as u64 * 8
    }
}

/// Unpacks as many pixels as `out` has, in blocks of `block`; `None` where the stream ends before.
pub(super) fn decode<T: Pixel>(stream: &[u8], block: usize, out: &mut [T]) -> Option<()> {
    // Codes of this length or longer would be no shorter than the pixels.
    let raw = match T::BITS {
        8 => 6,
        16 => 14,
        _ => 25,
    };
    let mut bits = Bits::new(stream);
    bits.refill();
    let mut last = bits.take(T::BITS);
    for block in out.chunks_mut(block) {
        bits.refill();
        let length = bits.take(T::LENGTH_BITS);
        if length == 0 {
            block.fill(T::from_low(last));
        } else if length - 1 == raw {
            for pixel in block {
                bits.refill();
                last = last.wrapping_add(signed(bits.take(T::BITS)));
                *pixel = T::from_low(last);
            }
        } else {
            let low = length - 1;
            for pixel in block {
                bits.refill();
                let zeros = bits.bits.leading_zeros();
                let difference = match zeros + 1 + low <= 56 {
                    true => {
                        bits.bits <<= zeros + 1;
                        bits.count -= zeros + 1;
                        zeros << low | bits.take(low)
                    }
                    false => long_code(&mut bits, low)?,
                };
                last = last.wrapping_add(signed(difference));
                *pixel = T::from_low(last);
            }
        }
        if bits.overrun() {
            return None;
        }
    }
    Some(())
}

/// A code with more leading zeros than are ready at once.
#[cold]
fn long_code(bits: &mut Bits, low: u32) -> Option<u32> {
    let mut zeros = 0u32;
    loop {
        bits.refill();
        let here = bits.bits.leading_zeros().min(bits.count);
        bits.bits = bits.bits.checked_shl(here).unwrap_or(0);
        bits.count -= here;
        zeros = zeros.checked_add(here)?;
        if bits.count > 0 && bits.bits >> 63 == 1 {
            break;
        }
        if bits.overrun() {
            return None;
        }
    }
    bits.take(1);
    bits.refill();
    Some(zeros.wrapping_shl(low) | bits.take(low))
}

/// Differences alternate: 0, -1, 1, -2, 2.
#[inline(always)]
fn signed(difference: u32) -> u32 {
    (difference >> 1) ^ (difference & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of every width, and jumps, in one stream.
    fn values(count: usize) -> Vec<i32> {
        let mut random = simulate::Random(7);
        let value = |k: usize| {
            let noise = (random.next() >> 33) as i32;
            match k / 200 % 6 {
                0 => 100,
                5 if k % 64 == 3 => noise >> 2,
                width => noise >> (31 - 5 * width),
            }
        };
        (0..count).map(value).collect()
    }

    #[test]
    fn streams_are_those_of_ricecomp_for_all_widths_and_blocks() {
        for block in [16, 32, 7, 1000] {
            let pixels = values(5000);
            let mut stream = Vec::new();
            let mut encoder = ricecomp::write::RCEncoder::new(&mut stream);
            encoder.encode(&pixels, pixels.len(), block).unwrap();
            let mut out = vec![0i32; 5000];
            decode(&stream, block, &mut out).unwrap();
            assert!(out.iter().zip(&pixels).all(|(&a, &b)| a == b));

            let pixels: Vec<i16> = pixels.iter().map(|&p| p as i16).collect();
            let mut stream = Vec::new();
            let mut encoder = ricecomp::write::RCEncoder::new(&mut stream);
            encoder.encode_short(&pixels, pixels.len(), block).unwrap();
            let mut out = vec![0u16; 5000];
            decode(&stream, block, &mut out).unwrap();
            assert!(out.iter().zip(&pixels).all(|(&a, &b)| a as i16 == b));

            let pixels: Vec<i8> = pixels.iter().map(|&p| p as i8).collect();
            let mut stream = Vec::new();
            let mut encoder = ricecomp::write::RCEncoder::new(&mut stream);
            encoder.encode_byte(&pixels, pixels.len(), block).unwrap();
            let mut out = vec![0u8; 5000];
            decode(&stream, block, &mut out).unwrap();
            assert!(out.iter().zip(&pixels).all(|(&a, &b)| a as i8 == b));
        }
    }

    #[test]
    fn a_stream_that_ends_early_is_refused_wherever_it_ends() {
        let pixels = values(3000);
        let mut stream = Vec::new();
        let mut encoder = ricecomp::write::RCEncoder::new(&mut stream);
        encoder.encode(&pixels, pixels.len(), 32).unwrap();
        let mut out = vec![0i32; 3000];
        for length in 0..stream.len() {
            assert!(
                decode(&stream[..length], 32, &mut out).is_none(),
                "{length}"
            );
        }
        // Nothing but zeros where a code should be.
        assert!(decode(&[0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0], 32, &mut out).is_none());
    }
}
