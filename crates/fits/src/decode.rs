//! Converts stored pixels to doubles and back (FITS Standard 4.0, sections 5.3 and 4.4.2.5). Stored pixels are
//! big-endian integers or floats; physical = BZERO + BSCALE * stored. BLANK, NaN and infinities become NaN.

use super::header::Header;
use sky::Keywords;

/// Type of the stored pixels of an image: BITPIX, scaling and BLANK.
///
/// ```
/// use fits::{Header, Stored};
///
/// let mut header = Header::primary(16, &[2, 1]);
/// header.set_real("BZERO", 32768.0);
/// let stored = Stored::new(16, &header).unwrap();
/// let mut pixels = Vec::new();
/// stored.decode(&[0x80, 0x00, 0x00, 0x01], &mut pixels);
/// assert_eq!(pixels, [0.0, 32769.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stored {
    bitpix: i32,
    scale: f64,
    zero: f64,
    blank: Option<i64>,
}

impl Stored {
    /// Doubles without scaling.
    pub const DOUBLES: Stored = Stored {
        bitpix: -64,
        scale: 1.0,
        zero: 0.0,
        blank: None,
    };

    /// Single-precision floats without scaling.
    pub const FLOATS: Stored = Stored {
        bitpix: -32,
        ..Stored::DOUBLES
    };

    /// Unsigned bytes without scaling.
    pub const BYTES: Stored = Stored {
        bitpix: 8,
        ..Stored::DOUBLES
    };

    /// 16-bit integers without scaling.
    pub const SHORTS: Stored = Stored {
        bitpix: 16,
        ..Stored::DOUBLES
    };

    /// 32-bit integers without scaling.
    pub const INTS: Stored = Stored {
        bitpix: 32,
        ..Stored::DOUBLES
    };

    /// The same type with `blank` as the stored value of blank pixels. Of floats, NaN is always blank.
    #[must_use]
    pub fn with_blank(self, blank: Option<i64>) -> Self {
        let blank = blank.filter(|_| self.bitpix > 0);
        Stored { blank, ..self }
    }

    /// The type given by BITPIX, BSCALE, BZERO and BLANK; `None` if FITS has no such BITPIX.
    pub fn new(bitpix: i32, header: &Header) -> Option<Self> {
        if ![8, 16, 32, 64, -32, -64].contains(&bitpix) {
            return None;
        }
        let finite = |key: &str, otherwise| {
            header
                .real(key)
                .filter(|x| x.is_finite())
                .unwrap_or(otherwise)
        };
        Some(Stored {
            bitpix,
            scale: finite("BSCALE", 1.0),
            zero: finite("BZERO", 0.0),
            blank: if bitpix > 0 {
                header.integer("BLANK")
            } else {
                None
            },
        })
    }

    /// BITPIX: bits of a stored pixel, negative for floats.
    pub fn bitpix(&self) -> i32 {
        self.bitpix
    }

    /// The stored integer of blank pixels, if any.
    pub fn blank(&self) -> Option<i64> {
        self.blank
    }

    /// Size of a stored pixel in bytes.
    pub fn bytes(&self) -> usize {
        self.bitpix.unsigned_abs() as usize / 8
    }

    /// Decodes `stored`, a whole number of pixels, and appends them to `out`.
    pub fn decode(&self, stored: &[u8], out: &mut Vec<f64>) {
        match self.bitpix {
            8 => self.integers(stored, out, |[b]: [u8; 1]| i64::from(b)),
            16 => self.integers(stored, out, |b| i64::from(i16::from_be_bytes(b))),
            32 => self.integers(stored, out, |b| i64::from(i32::from_be_bytes(b))),
            64 => self.integers(stored, out, i64::from_be_bytes),
            -32 => self.floats(stored, out, |b| f64::from(f32::from_be_bytes(b))),
            _ => self.floats(stored, out, f64::from_be_bytes),
        }
    }

    /// Encodes `pixels` into `stored`, which has room for as many. Integers saturate; as in CFITSIO, they are
    /// rounded if scaled (halves away from zero) and truncated if not. NaN becomes BLANK, or 0 if there is
    /// none.
    pub fn encode(&self, pixels: &[f64], stored: &mut [u8]) {
        match self.bitpix {
            8 => self.write_integers(pixels, stored, (0, 255), |v| [v as u8]),
            16 => self.write_integers(pixels, stored, limits(16), |v| (v as i16).to_be_bytes()),
            32 => self.write_integers(pixels, stored, limits(32), |v| (v as i32).to_be_bytes()),
            64 => self.write_integers(pixels, stored, limits(64), i64::to_be_bytes),
            -32 => self.write_floats(pixels, stored, |v| match v.is_nan() {
                true => BLANK_FLOAT.to_be_bytes(),
                false => (v as f32).to_be_bytes(),
            }),
            _ => self.write_floats(pixels, stored, |v| match v.is_nan() {
                true => BLANK_DOUBLE.to_be_bytes(),
                false => v.to_be_bytes(),
            }),
        }
    }

    fn write_integers<const N: usize>(
        &self,
        pixels: &[f64],
        stored: &mut [u8],
        (least, most): (i64, i64),
        write: impl Fn(i64) -> [u8; N],
    ) {
        let blank = self.blank.unwrap_or(0).clamp(least, most);
        let scaled = self.scale != 1.0 || self.zero != 0.0;
        for (to, &pixel) in stored.as_chunks_mut().0.iter_mut().zip(pixels) {
            let value = match scaled {
                true => ((pixel - self.zero) / self.scale).round(),
                false => pixel,
            };
            // `as` cuts and saturates; NaN is blank.
            *to = write(match value.is_nan() {
                true => blank,
                false => (value as i64).clamp(least, most),
            });
        }
    }

    fn write_floats<const N: usize>(
        &self,
        pixels: &[f64],
        stored: &mut [u8],
        write: impl Fn(f64) -> [u8; N],
    ) {
        for (to, &pixel) in stored.as_chunks_mut().0.iter_mut().zip(pixels) {
            *to = write((pixel - self.zero) / self.scale);
        }
    }

    fn integers<const N: usize>(
        &self,
        stored: &[u8],
        out: &mut Vec<f64>,
        read: impl Fn([u8; N]) -> i64,
    ) {
        let Stored {
            scale, zero, blank, ..
        } = *self;
        let values = stored.as_chunks().0.iter().map(|&pixel| read(pixel));
        out.extend(values.map(|value| match blank == Some(value) {
            true => f64::NAN,
            false => value as f64 * scale + zero,
        }));
    }

    fn floats<const N: usize>(
        &self,
        stored: &[u8],
        out: &mut Vec<f64>,
        read: impl Fn([u8; N]) -> f64,
    ) {
        let Stored { scale, zero, .. } = *self;
        let values = stored.as_chunks().0.iter().map(|&pixel| read(pixel));
        if scale == 1.0 && zero == 0.0 {
            out.extend(values.map(finite_or_blank));
        } else {
            out.extend(values.map(|value| finite_or_blank(value * scale + zero)));
        }
    }
}

/// The blank pixel as Montage writes it: the NaN with all bits set.
pub const BLANK_DOUBLE: u64 = u64::MAX;
/// The same in single precision.
pub const BLANK_FLOAT: u32 = u32::MAX;

/// The least and the largest signed integer of so many bits.
fn limits(bits: u32) -> (i64, i64) {
    let most = i64::MAX >> (64 - bits);
    (-most - 1, most)
}

fn finite_or_blank(value: f64) -> f64 {
    if value.is_finite() {
        value
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::Card;
    use super::*;

    fn decode(bitpix: i32, cards: &[(&str, &str)], stored: &[u8]) -> Vec<f64> {
        let header = Header::new(cards.iter().map(|(k, v)| Card::with_token(k, v, "")));
        let format = Stored::new(bitpix, &header).unwrap();
        let mut out = Vec::new();
        format.decode(stored, &mut out);
        out
    }

    #[test]
    fn every_bitpix_is_scaled_and_blanked() {
        assert_eq!(decode(8, &[("BZERO", "-1")], &[0, 255]), [-1.0, 254.0]);
        let out = decode(
            16,
            &[("BLANK", "-1"), ("BSCALE", "0.5")],
            &[0xff, 0xff, 0, 3],
        );
        assert!(out[0].is_nan() && out[1] == 1.5);
        assert_eq!(decode(16, &[("BZERO", "32768")], &[0xff, 0xff]), [32767.0]);
        assert_eq!(decode(32, &[], &[0xff, 0xff, 0xff, 0xfe]), [-2.0]);
        assert_eq!(decode(64, &[], &[0, 0, 0, 0, 0, 0, 1, 0]), [256.0]);
        let out = decode(
            -32,
            &[("BSCALE", "2")],
            &[0x3f, 0x80, 0, 0, 0x7f, 0x80, 0, 0],
        );
        assert!(out[0] == 2.0 && out[1].is_nan());
        let out = decode(-64, &[], &f64::NAN.to_be_bytes());
        assert!(out[0].is_nan());
        assert_eq!(Stored::new(16, &Header::default()).unwrap().bitpix(), 16);
        assert!(Stored::new(12, &Header::default()).is_none());
    }

    #[test]
    fn pixels_are_stored_as_they_were_read() {
        let bytes: Vec<u8> = (0..64u32).map(|i| (i * 37 % 251) as u8).collect();
        for bitpix in [8, 16, 32, -32, -64] {
            let cards = [("BSCALE", "0.5"), ("BZERO", "10"), ("BLANK", "3")];
            let header = Header::new(cards.map(|(k, v)| Card::with_token(k, v, "")));
            let format = Stored::new(bitpix, &header).unwrap();
            let (mut pixels, mut again) = (Vec::new(), vec![0; 64]);
            format.decode(&bytes, &mut pixels);
            format.encode(&pixels, &mut again);
            if bitpix > 0 {
                assert_eq!(again, bytes, "BITPIX {bitpix}");
            }
            let mut twice = Vec::new();
            format.decode(&again, &mut twice);
            let same = |a: &f64, b: &f64| a == b || (a.is_nan() && b.is_nan());
            assert!(
                pixels.iter().zip(&twice).all(|(a, b)| same(a, b)),
                "{bitpix}"
            );
        }
        let bytes = |bitpix, pixels: &[f64]| {
            let format = Stored::new(bitpix, &Header::default()).unwrap();
            let mut stored = vec![9; pixels.len() * format.bytes()];
            format.encode(pixels, &mut stored);
            stored
        };
        assert_eq!(bytes(8, &[-3.0, 2.5, 300.0, f64::NAN]), [0, 2, 255, 0]);
        assert_eq!(bytes(16, &[-2.5, 1e9]), [0xff, 0xfe, 0x7f, 0xff]);
        assert_eq!(bytes(-32, &[f64::NAN]), [255; 4]);
        assert_eq!(bytes(-64, &[-f64::NAN]), [255; 8]);
    }
}
