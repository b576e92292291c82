//! The numbers of a tile as pixels: scaled, unquantized, blanks as NaN; or as the image would store
//! them.

use super::dither::Dither;
use super::layout::Quantized;
use super::stream::Numbers;

/// What the numbers mean.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// Integers of the image, scaled by BSCALE and BZERO.
    Integers,
    /// Integers that stand for floats: (number - random + 0.5) x scale + zero.
    Quantized {
        /// ZSCALE and ZZERO.
        own: (f64, f64),
        /// The same with BSCALE and BZERO.
        all: (f64, f64),
        method: Quantized,
        dither: Dither,
    },
    /// Floats of 4 or 8 bytes, scaled by BSCALE and BZERO.
    Floats,
}

/// An unpacked tile.
pub(super) struct Tile {
    pub numbers: Numbers,
    pub meaning: Meaning,
    /// BSCALE and BZERO.
    pub scale: f64,
    pub zero: f64,
    /// The number that means a blank pixel.
    pub blank: Option<i64>,
    /// What to take from the numbers to have those of the image: PLIO counts from 0.
    pub offset: i64,
    /// Pixels that are blank whatever their number.
    pub mask: Option<Numbers>,
}

/// SUBTRACTIVE_DITHER_2 keeps zeros: this is theirs.
const ZERO: i64 = -2_147_483_646;

/// Numbers converted at once, so that they stay in the first-level cache.
const RUN: usize = 512;

impl Tile {
    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.numbers.bytes() + self.mask.as_ref().map_or(0, Numbers::bytes)
    }

    /// The pixels from `start` on, scaled, blanks and infinities as NaN.
    pub fn physical(&mut self, start: usize, out: &mut [f64]) -> Result<(), String> {
        let (scale, zero, blank) = (self.scale, self.zero, self.blank);
        match self.meaning {
            Meaning::Floats => self.floats(start, out, scale, zero)?,
            Meaning::Quantized { all, .. } => self.unquantized(start, out, all),
            Meaning::Integers => match (&self.numbers, self.offset) {
                // The most usual ones, without a detour.
                (Numbers::Shorts(v), 0) => {
                    let values = &v[start..][..out.len()];
                    for (to, &n) in out.iter_mut().zip(values) {
                        *to = scaled(i64::from(n as i16), scale, zero, blank);
                    }
                }
                (Numbers::Words(v), 0) => {
                    let values = &v[start..][..out.len()];
                    for (to, &n) in out.iter_mut().zip(values) {
                        *to = scaled(i64::from(n), scale, zero, blank);
                    }
                }
                _ => self.each_run(start, out, |numbers, out| {
                    for (to, &n) in out.iter_mut().zip(numbers) {
                        *to = scaled(n, scale, zero, blank);
                    }
                }),
            },
        }
        self.mask_out(start, out);
        for pixel in out {
            if pixel.is_infinite() {
                *pixel = f64::NAN;
            }
        }
        Ok(())
    }

    /// The pixels from `start` on as an image of BITPIX `bitpix` stores them: big-endian, not scaled
    /// by BSCALE and BZERO; blanks of floats as NaN.
    pub fn stored(&mut self, start: usize, bitpix: i32, out: &mut [u8]) -> Result<(), String> {
        if let Meaning::Integers = self.meaning {
            let count = out.len() / (bitpix.unsigned_abs() as usize / 8);
            let mut pixels = [0; RUN];
            let mut rest = out;
            for at in (0..count).step_by(RUN) {
                let pixels = &mut pixels[..RUN.min(count - at)];
                self.integers(start + at, pixels);
                // What a lossy compression let grow beyond the type is cut.
                let (now, later) = rest.split_at_mut(pixels.len() * (bitpix as usize / 8));
                match bitpix {
                    8 => encode(pixels, now, |n| [n.clamp(0, 255) as u8]),
                    16 => encode(pixels, now, |n| {
                        (n.clamp(i16::MIN.into(), i16::MAX.into()) as i16).to_be_bytes()
                    }),
                    32 => encode(pixels, now, |n| {
                        (n.clamp(i32::MIN.into(), i32::MAX.into()) as i32).to_be_bytes()
                    }),
                    _ => encode(pixels, now, i64::to_be_bytes),
                }
                rest = later;
            }
            return Ok(());
        }
        let width = bitpix.unsigned_abs() as usize / 8;
        let mut pixels = [0.0; RUN];
        let mut at = start;
        for part in out.chunks_mut(RUN * width) {
            let pixels = &mut pixels[..part.len() / width];
            match self.meaning {
                Meaning::Quantized { own, .. } => self.unquantized(at, pixels, own),
                _ => self.floats(at, pixels, 1.0, 0.0)?,
            }
            self.mask_out(at, pixels);
            match bitpix {
                -32 => encode(pixels, part, |p| (p as f32).to_be_bytes()),
                _ => encode(pixels, part, f64::to_be_bytes),
            }
            at += pixels.len();
        }
        Ok(())
    }

    /// The numbers from `start` on, as the image has them.
    fn integers(&mut self, start: usize, out: &mut [i64]) {
        let count = out.len();
        match &mut self.numbers {
            Numbers::Bytes(v) => copy(&v[start..][..count], out, i64::from),
            Numbers::Shorts(v) => copy(&v[start..][..count], out, |n| i64::from(n as i16)),
            Numbers::Words(v) => copy(&v[start..][..count], out, i64::from),
            Numbers::Longs(v) => copy(&v[start..][..count], out, |n| n as i64),
            Numbers::Lines(list) => {
                let mut values = [0; RUN];
                let mut at = start as u64;
                for part in out.chunks_mut(RUN) {
                    let values = &mut values[..part.len()];
                    list.pixels(at, values);
                    copy(values, part, i64::from);
                    at += part.len() as u64;
                }
            }
        }
        if self.offset != 0 {
            out.iter_mut().for_each(|n| *n -= self.offset);
        }
    }

    /// Hands on the numbers from `start` on in runs, with the pixels that they are to become.
    fn each_run(
        &mut self,
        start: usize,
        out: &mut [f64],
        mut take: impl FnMut(&[i64], &mut [f64]),
    ) {
        let mut numbers = [0; RUN];
        let mut at = start;
        for part in out.chunks_mut(RUN) {
            let numbers = &mut numbers[..part.len()];
            self.integers(at, numbers);
            take(numbers, part);
            at += part.len();
        }
    }

    fn unquantized(&mut self, start: usize, out: &mut [f64], (scale, zero): (f64, f64)) {
        let blank = self.blank;
        let Meaning::Quantized {
            method, mut dither, ..
        } = self.meaning
        else {
            return;
        };
        if method == Quantized::NoDither {
            return self.each_run(start, out, |numbers, out| {
                for (to, &n) in out.iter_mut().zip(numbers) {
                    *to = scaled(n, scale, zero, blank);
                }
            });
        }
        let keeps_zeros = method == Quantized::Dither2;
        dither.skip(start as u64);
        self.each_run(start, out, |mut numbers, mut out| {
            while !numbers.is_empty() {
                let random = dither.run(numbers.len());
                let (now, later) = numbers.split_at(random.len());
                let (here, rest) = std::mem::take(&mut out).split_at_mut(random.len());
                for ((to, &n), &random) in here.iter_mut().zip(now).zip(random) {
                    let value = (n as f64 - f64::from(random) + 0.5) * scale + zero;
                    *to = match n {
                        _ if blank == Some(n) => f64::NAN,
                        ZERO if keeps_zeros => 0.0,
                        _ => value,
                    };
                }
                (numbers, out) = (later, rest);
            }
        });
    }

    fn floats(&self, start: usize, out: &mut [f64], scale: f64, zero: f64) -> Result<(), String> {
        let as_they_are = scale == 1.0 && zero == 0.0;
        let finish = |value: f64| match as_they_are {
            true => value,
            false => value * scale + zero,
        };
        let count = out.len();
        match &self.numbers {
            Numbers::Words(v) => copy(&v[start..][..count], out, |bits| {
                finish(f64::from(f32::from_bits(bits as u32)))
            }),
            Numbers::Longs(v) => copy(&v[start..][..count], out, |bits| {
                finish(f64::from_bits(bits))
            }),
            _ => return Err("a tile of floats that has neither 4 nor 8 bytes a pixel".into()),
        }
        Ok(())
    }

    fn mask_out(&mut self, start: usize, out: &mut [f64]) {
        let Some(mask) = self.mask.take() else {
            return;
        };
        let mut masked = Tile {
            numbers: mask,
            meaning: Meaning::Integers,
            scale: 1.0,
            zero: 0.0,
            blank: None,
            offset: 0,
            mask: None,
        };
        masked.each_run(start, out, |numbers, out| {
            for (pixel, _) in out.iter_mut().zip(numbers).filter(|(_, &n)| n != 0) {
                *pixel = f64::NAN;
            }
        });
        self.mask = Some(masked.numbers);
    }
}

fn scaled(number: i64, scale: f64, zero: f64, blank: Option<i64>) -> f64 {
    match blank == Some(number) {
        true => f64::NAN,
        false => number as f64 * scale + zero,
    }
}

fn copy<A: Copy, B>(from: &[A], to: &mut [B], convert: impl Fn(A) -> B) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = convert(from);
    }
}

fn encode<A: Copy, const N: usize>(from: &[A], to: &mut [u8], convert: impl Fn(A) -> [u8; N]) {
    copy(from, to.as_chunks_mut().0, convert);
}
