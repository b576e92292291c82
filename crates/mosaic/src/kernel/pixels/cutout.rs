//! Which pixels belong to a piece of an image, and what a piece holds.
//!
//! The rules for the edges, and how they are rounded, are those of Montage 6.0's mSubimage.

use sky::Window;

/// Pixels `first` to `last` of one axis, from 1, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first pixel.
    pub first: usize,
    /// The last pixel, not before the first.
    pub last: usize,
}

impl Range {
    /// How many pixels there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.last - self.first + 1
    }

    /// All of an axis of `length` pixels.
    pub fn whole(length: usize) -> Self {
        Range {
            first: 1,
            last: length,
        }
    }

    /// `size` degrees around pixel `centre` where a pixel is `step` degrees: as many pixels
    /// whatever the fraction of `centre` is. `None` where none of them is in an axis of `length`.
    pub fn around(centre: f64, size: f64, step: f64, length: usize) -> Option<Self> {
        let half = (size / 2.0 / step).abs();
        let first = (centre - half).trunc();
        Self::clipped(first, first + (2.0 * half + 1.0).floor(), length)
    }

    /// From pixel `start` to the one `size` pixels on. `None` as for [`Range::around`].
    pub fn from_start(start: f64, size: f64, length: usize) -> Option<Self> {
        Self::clipped(start.trunc(), (start + size + 0.5).trunc(), length)
    }

    /// From `begin` to `end`, counted from the pixel `origin`. `None` as for [`Range::around`].
    pub fn relative(origin: f64, begin: f64, end: f64, length: usize) -> Option<Self> {
        Self::clipped(
            (origin + begin).trunc(),
            (origin + end + 0.5).trunc(),
            length,
        )
    }

    fn clipped(first: f64, last: f64, length: usize) -> Option<Self> {
        let most = length as f64;
        // A comparison with NaN is false.
        if !(last >= 1.0 && first <= most && first <= last) {
            return None;
        }
        Some(Range {
            first: first.max(1.0) as usize,
            last: last.min(most) as usize,
        })
    }
}

/// What the pixels of a piece have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// All are blank.
    Blank,
    /// All that are not blank have this value (the bits of a double, or an integer).
    Flat(u64),
    /// They have several values.
    Normal,
}

impl Content {
    /// What two pieces have in common.
    pub fn and(self, other: Content) -> Content {
        match (self, other) {
            (Content::Blank, x) | (x, Content::Blank) => x,
            (Content::Flat(a), Content::Flat(b)) if a == b => self,
            _ => Content::Normal,
        }
    }

    /// As mSubimage reports it.
    pub fn name(&self) -> &'static str {
        match self {
            Content::Blank => "blank",
            Content::Flat(_) => "flat",
            Content::Normal => "normal",
        }
    }
}

/// Looks at big-endian pixels of `bitpix` bits; `blank` is BLANK of integers. NaN and infinities
/// become the NaN with all bits set, as Montage writes it.
pub fn settle(pixels: &mut [u8], bitpix: i32, blank: Option<i64>) -> Content {
    match bitpix {
        8 => integers(pixels, blank, |[b]: [u8; 1]| i64::from(b)),
        16 => integers(pixels, blank, |b| i64::from(i16::from_be_bytes(b))),
        32 => integers(pixels, blank, |b| i64::from(i32::from_be_bytes(b))),
        64 => integers(pixels, blank, i64::from_be_bytes),
        -32 => floats(pixels, |b| f32::from_be_bytes(b).into()),
        _ => floats(pixels, f64::from_be_bytes),
    }
}

fn integers<const N: usize>(
    pixels: &[u8],
    blank: Option<i64>,
    read: impl Fn([u8; N]) -> i64,
) -> Content {
    let values = pixels.as_chunks().0.iter().map(|&pixel| read(pixel));
    let mut values = values.filter(|&value| blank != Some(value));
    match values.next() {
        None => Content::Blank,
        Some(first) if values.all(|value| value == first) => Content::Flat(first as u64),
        Some(_) => Content::Normal,
    }
}

fn floats<const N: usize>(pixels: &mut [u8], read: impl Fn([u8; N]) -> f64) -> Content {
    let pixels = pixels.as_chunks_mut().0;
    for pixel in pixels.iter_mut() {
        *pixel = if read(*pixel).is_finite() {
            *pixel
        } else {
            [0xff; N]
        };
    }
    // In most images the first two pixels tell.
    let values = pixels.iter().map(|&pixel| read(pixel));
    let mut values = values.filter(|value| value.is_finite());
    match values.next() {
        None => Content::Blank,
        // 0 and -0 are one value.
        Some(first) if values.all(|value| value == first) => Content::Flat((first + 0.0).to_bits()),
        Some(_) => Content::Normal,
    }
}

/// The box around the pixels that are not blank in rows of `width` big-endian pixels of `bitpix`
/// bits; `None` where all are blank.
pub fn filled_box(pixels: &[u8], width: usize, bitpix: i32, blank: Option<i64>) -> Option<Window> {
    match bitpix {
        8 => box_of(pixels, width, |[b]: [u8; 1]| blank != Some(b.into())),
        16 => box_of(pixels, width, |b| {
            blank != Some(i16::from_be_bytes(b).into())
        }),
        32 => box_of(pixels, width, |b| {
            blank != Some(i32::from_be_bytes(b).into())
        }),
        64 => box_of(pixels, width, |b| blank != Some(i64::from_be_bytes(b))),
        -32 => box_of(pixels, width, |b| f32::from_be_bytes(b).is_finite()),
        _ => box_of(pixels, width, |b| f64::from_be_bytes(b).is_finite()),
    }
}

fn box_of<const N: usize>(
    pixels: &[u8],
    width: usize,
    filled: impl Fn([u8; N]) -> bool,
) -> Option<Window> {
    let mut found: Option<Window> = None;
    for (y, row) in pixels.as_chunks::<N>().0.chunks(width).enumerate() {
        let Some(left) = row.iter().position(|&p| filled(p)) else {
            continue;
        };
        let right = row.iter().rposition(|&p| filled(p)).unwrap_or(left);
        let here = Window {
            x: left,
            y,
            width: right - left + 1,
            height: 1,
        };
        found = Some(found.map_or(here, |found| found.union(&here)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: usize, last: usize) -> Option<Range> {
        Some(Range { first, last })
    }

    #[test]
    fn edges_are_those_of_montage() {
        // What Montage 6.0 cuts: `mSubimage -p in out 3 2 4 5` of 10 x 11 pixels is 5 x 6.
        assert_eq!(Range::from_start(3.0, 4.0, 10), range(3, 7));
        assert_eq!(Range::from_start(-3.0, 5.4, 10), range(1, 2));
        assert_eq!(Range::from_start(2.9, 1e300, 10), range(2, 10));
        assert_eq!(Range::from_start(11.0, 4.0, 10), None);
        assert_eq!(Range::from_start(-9.0, 4.0, 10), None);
        assert_eq!(Range::from_start(f64::NAN, 4.0, 10), None);
        assert_eq!(Range::around(5.5, 4.0, -1.0, 10), range(3, 8));
        assert_eq!(Range::around(1.0, 4.0, 1.0, 10), range(1, 4));
        assert_eq!(Range::around(5.5, 0.0, 1.0, 10), range(5, 6));
        assert_eq!(Range::around(20.0, 4.0, 1.0, 10), None);
        assert_eq!(Range::around(-1e30, 4.0, 1.0, 10), None);
        assert_eq!(Range::relative(5.5, -2.0, 2.0, 10), range(3, 8));
        assert_eq!(Range::relative(5.5, 2.0, -2.0, 10), None);
        assert_eq!(Range::whole(7).len(), 7);
    }

    #[test]
    fn a_piece_is_blank_flat_or_neither() {
        let doubles =
            |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|v| v.to_be_bytes()).collect() };
        let of = |values: &[f64]| settle(&mut doubles(values), -64, None).name();
        assert_eq!(of(&[f64::NAN, f64::INFINITY]), "blank");
        assert_eq!(of(&[f64::NAN, 0.0, -0.0]), "flat");
        assert_eq!(of(&[1.0, 2.0]), "normal");
        let mut bytes = doubles(&[f64::NEG_INFINITY, 1.0]);
        settle(&mut bytes, -64, None);
        assert_eq!(bytes, doubles(&[f64::from_bits(u64::MAX), 1.0]));
        assert_eq!(settle(&mut [5, 5, 3], 8, Some(3)), Content::Flat(5));
        assert_eq!(settle(&mut [3, 3], 8, Some(3)), Content::Blank);
        assert_eq!(settle(&mut [3, 4], 8, None), Content::Normal);
        use Content::{Blank, Flat, Normal};
        assert_eq!(Blank.and(Flat(1)), Flat(1));
        assert_eq!(Flat(1).and(Flat(2)), Normal);
        assert_eq!(Normal.and(Blank), Normal);
    }

    #[test]
    fn blank_borders_are_found() {
        #[rustfmt::skip]
        let pixels = [
            0, 0, 0, 0,
            0, 0, 7, 0,
            0, 5, 0, 0,
            0, 0, 0, 0,
        ];
        let filled = Window {
            x: 1,
            y: 1,
            width: 2,
            height: 2,
        };
        assert_eq!(filled_box(&pixels, 4, 8, Some(0)), Some(filled));
        assert_eq!(filled_box(&pixels, 4, 8, None), Some(Window::of_size(4, 4)));
        assert_eq!(filled_box(&[0; 8], 4, 8, Some(0)), None);
    }
}
