//! Arrays in memory.

use std::sync::{Mutex, PoisonError};

use fits::Stored;
use ndarray::{ArrayView2, ArrayViewMut2};
use sky::Window;

use crate::error::Result;

use super::{outside, InOrder, PixelSink, PixelSource, Rows};

/// A type of pixels in memory: `u8`, `i16`, `i32`, `f32` or `f64`.
pub trait Element: Copy + Send + Sync + PartialEq {
    /// How a FITS file stores such pixels, of which `blank` are blank.
    fn stored(blank: Option<Self>) -> Stored;

    /// The value as a double.
    fn to_f64(self) -> f64;

    /// The value of a double: cut off and saturated for integers.
    fn from_f64(value: f64) -> Self;

    /// The blank of the type where a caller names none: NaN, of integers 0.
    const BLANK: Self;

    /// Appends the value as a FITS file has it.
    fn store(self, out: &mut Vec<u8>);

    /// The value that a FITS file has as `bytes`, which are as many as the type has.
    fn load(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($type:ty, $stored:expr, $blank:expr, $blank_value:expr) => {
        impl Element for $type {
            const BLANK: Self = $blank;

            fn stored(blank: Option<Self>) -> Stored {
                let of_blank: fn(Self) -> Option<i64> = $blank_value;
                $stored.with_blank(blank.and_then(of_blank))
            }

            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $type
            }

            #[inline]
            fn store(self, out: &mut Vec<u8>) {
                out.extend(self.to_be_bytes());
            }

            #[inline]
            fn load(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$type>()];
                own.copy_from_slice(bytes);
                <$type>::from_be_bytes(own)
            }
        }
    };
}

element!(u8, Stored::BYTES, 0, |blank| Some(blank.into()));
element!(i16, Stored::SHORTS, 0, |blank| Some(blank.into()));
element!(i32, Stored::INTS, 0, |blank| Some(blank.into()));
// The NaNs that FITS files of this library have: all bits 1.
element!(f32, Stored::FLOATS, f32::from_bits(u32::MAX), |_| None);
element!(f64, Stored::DOUBLES, f64::from_bits(u64::MAX), |_| None);

/// An image in an array of the caller's, which is borrowed and never copied as a whole. Row 0 of the
/// array is the first row of the image, as in a FITS file.
///
/// ```
/// use mosaic::stream::{ArraySource, PixelSource};
/// use ndarray::array;
///
/// let pixels = array![[1_i16, 2, 3], [4, -99, 6]];
/// let image = ArraySource::new(pixels.view(), Some(-99));
/// let mut out = Vec::new();
/// image.read(image.whole(), &mut out)?;
/// assert_eq!(out[3], 4.0);
/// assert!(out[4].is_nan());
/// # Ok::<(), mosaic::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ArraySource<'a, T> {
    pixels: ArrayView2<'a, T>,
    blank: Option<T>,
}

impl<'a, T: Element> ArraySource<'a, T> {
    /// The pixels of `pixels`; those equal to `blank`, and of floating-point numbers those that are not
    /// finite, are blank.
    pub fn new(pixels: ArrayView2<'a, T>, blank: Option<T>) -> Self {
        ArraySource { pixels, blank }
    }

    /// Calls `take` with every row of `window`.
    fn for_each_row(&self, window: Window, mut take: impl FnMut(&mut dyn Iterator<Item = T>)) {
        for y in window.rows() {
            let row = self.pixels.row(y);
            match row.to_slice() {
                // The whole row of the view lies in one piece.
                Some(row) => take(&mut row[window.columns()].iter().copied()),
                None => take(&mut row.iter().skip(window.x).take(window.width).copied()),
            }
        }
    }

    /// The number of pixels in `window`.
    fn count(&self, window: Window) -> Result<usize> {
        let (width, height) = self.size();
        window.pixels_within(width, height).ok_or_else(outside)
    }
}

impl<T: Element> PixelSource for ArraySource<'_, T> {
    fn size(&self) -> (usize, usize) {
        let (height, width) = self.pixels.dim();
        (width, height)
    }

    fn stored(&self) -> Stored {
        T::stored(self.blank)
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        let count = self.count(window)?;
        out.clear();
        memory::reserve(out, count)?;
        let double = |pixel: T| {
            let value = pixel.to_f64();
            match self.blank == Some(pixel) || !value.is_finite() {
                true => f64::NAN,
                false => value,
            }
        };
        self.for_each_row(window, |row| out.extend(row.map(double)));
        Ok(())
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        let count = self.count(window)?;
        out.clear();
        memory::reserve(out, memory::product(count, size_of::<T>())?)?;
        let is_float = self.stored().bitpix() < 0;
        self.for_each_row(window, |row| {
            for pixel in row {
                // A FITS file has no blank value of floating point but NaN.
                let blank = is_float && self.blank == Some(pixel);
                if blank { T::BLANK } else { pixel }.store(out);
            }
        });
        Ok(())
    }
}

/// An image that is written into an array of the caller's. Row 0 of the array is the first row of the
/// image.
///
/// ```
/// use mosaic::stream::{ArraySink, PixelSink, Rows};
/// use ndarray::Array2;
///
/// let mut pixels = Array2::<f32>::zeros((2, 3));
/// let sink = ArraySink::new(pixels.view_mut());
/// sink.write((1, 1), Rows::all(&[7.0, f64::NAN], 2), &mut Vec::new())?;
/// sink.finish()?;
/// assert_eq!(pixels[[1, 1]], 7.0);
/// assert!(pixels[[1, 2]].is_nan());
/// # Ok::<(), mosaic::Error>(())
/// ```
pub struct ArraySink<'a, T> {
    pixels: Mutex<ArrayViewMut2<'a, T>>,
    width: usize,
    height: usize,
}

impl<'a, T: Element> ArraySink<'a, T> {
    /// An image of the array's size. What is in the array stays where nothing is written.
    pub fn new(pixels: ArrayViewMut2<'a, T>) -> Self {
        let (height, width) = pixels.dim();
        ArraySink {
            pixels: Mutex::new(pixels),
            width,
            height,
        }
    }

    /// Sets the pixels of `window`, row by row.
    fn set(&self, window: Window, mut values: impl Iterator<Item = T>) -> Result<()> {
        let inside = window.pixels_within(self.width, self.height);
        inside.ok_or_else(outside)?;
        let mut pixels = self.pixels.lock().unwrap_or_else(PoisonError::into_inner);
        for y in window.rows() {
            let mut row = pixels.row_mut(y);
            let places = row.iter_mut().skip(window.x).take(window.width);
            // Places first: the one that ends a row must not take a value of the next.
            for (place, value) in places.zip(&mut values) {
                *place = value;
            }
        }
        Ok(())
    }
}

impl<'a, T: Element> PixelSink for ArraySink<'a, T> {
    type Done = ();

    type InOrder<'b>
        = ArrayInOrder<'b, 'a, T>
    where
        Self: 'b;

    fn in_order(&self) -> Result<ArrayInOrder<'_, 'a, T>> {
        Ok(ArrayInOrder {
            sink: self,
            next: 0,
        })
    }

    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn write(&self, (x, y): (usize, usize), pixels: Rows, _scratch: &mut Vec<u8>) -> Result<()> {
        let window = Window {
            x,
            y,
            width: pixels.width(),
            height: pixels.height(),
        };
        let value = |pixel: &f64| match pixel.is_nan() {
            true => T::BLANK,
            false => T::from_f64(*pixel),
        };
        self.set(window, pixels.iter().flatten().map(value))
    }

    fn write_stored(&self, window: Window, bytes: &[u8]) -> Result<()> {
        let size = size_of::<T>();
        let count = window.pixels().and_then(|count| count.checked_mul(size));
        if count != Some(bytes.len()) {
            return Err(outside());
        }
        self.set(window, bytes.chunks_exact(size).map(T::load))
    }

    fn finish(self) -> Result<()> {
        Ok(())
    }
}

/// The pixels of an array from the first to the last.
pub struct ArrayInOrder<'b, 'a, T> {
    sink: &'b ArraySink<'a, T>,
    /// The pixel that comes next.
    next: usize,
}

impl<T: Element> InOrder for ArrayInOrder<'_, '_, T> {
    fn write(&mut self, mut pixels: &[f64]) -> Result<()> {
        let width = self.sink.width;
        while !pixels.is_empty() {
            let (x, y) = match width {
                0 => return Err(outside()),
                _ => (self.next % width, self.next / width),
            };
            let (now, later) = pixels.split_at(pixels.len().min(width - x));
            self.sink
                .write((x, y), Rows::all(now, now.len()), &mut Vec::new())?;
            self.next += now.len();
            pixels = later;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        Ok(())
    }
}
