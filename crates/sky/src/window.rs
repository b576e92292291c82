//! A rectangle of pixels.

use std::ops::Range;

/// A rectangle of the pixels of an image: columns `x..x + width` and rows `y..y + height`, counted
/// from 0. It may be empty.
///
/// ```
/// use sky::Window;
///
/// let image = Window::of_size(100, 50);
/// let part = Window { x: 90, y: 10, width: 10, height: 5 };
/// assert_eq!(part.pixels(), Some(50));
/// assert_eq!(part.pixels_within(100, 50), Some(50));
/// assert_eq!(part.columns(), 90..100);
/// assert_eq!(image.union(&part), image);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// All pixels of an image of this size.
    pub fn of_size(width: usize, height: usize) -> Self {
        Window {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    /// Rows `y..y + height` of an image of `width` columns.
    ///
    /// ```
    /// let band = sky::Window::of_rows(100, 20, 4);
    /// assert_eq!((band.columns(), band.rows()), (0..100, 20..24));
    /// ```
    pub fn of_rows(width: usize, y: usize, height: usize) -> Self {
        Window {
            x: 0,
            y,
            width,
            height,
        }
    }

    /// Number of pixels, `None` when it does not fit into a `usize`.
    pub fn pixels(&self) -> Option<usize> {
        self.width.checked_mul(self.height)
    }

    /// Number of pixels, `None` where the rectangle is not inside an image of `width` x `height`
    /// pixels.
    ///
    /// ```
    /// let part = sky::Window { x: 3, y: 0, width: 2, height: 4 };
    /// assert_eq!(part.pixels_within(5, 4), Some(8));
    /// assert_eq!(part.pixels_within(4, 4), None);
    /// ```
    pub fn pixels_within(&self, width: usize, height: usize) -> Option<usize> {
        let columns = self.x.checked_add(self.width)? <= width;
        let rows = self.y.checked_add(self.height)? <= height;
        (columns && rows).then(|| self.pixels()).flatten()
    }

    /// Its columns.
    pub fn columns(&self) -> Range<usize> {
        self.x..self.x + self.width
    }

    /// Its rows.
    pub fn rows(&self) -> Range<usize> {
        self.y..self.y + self.height
    }

    /// Whether the two share a pixel.
    ///
    /// ```
    /// use sky::Window;
    ///
    /// let left = Window::of_size(10, 10);
    /// assert!(left.meets(&Window { x: 9, ..left }));
    /// assert!(!left.meets(&Window { x: 10, ..left }));
    /// ```
    pub fn meets(&self, other: &Window) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    /// The smallest rectangle that contains both.
    #[must_use]
    pub fn union(&self, other: &Window) -> Window {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let top = (self.y + self.height).max(other.y + other.height);
        Window {
            x,
            y,
            width: right - x,
            height: top - y,
        }
    }

    /// The pixels of this rectangle that a box of positions touches, pixel `n` covering `n` to
    /// `n + 1` (half a pixel less than FITS counts); `None` where it touches none.
    ///
    /// ```
    /// use sky::Window;
    ///
    /// let image = Window::of_size(100, 50);
    /// let touched = image.touched([(89.5, 200.0), (3.0, 3.5)]);
    /// assert_eq!(touched, Some(Window { x: 89, y: 3, width: 11, height: 1 }));
    /// assert_eq!(image.touched([(-5.0, -1.0), (0.0, 50.0)]), None);
    /// ```
    pub fn touched(&self, [x, y]: [(f64, f64); 2]) -> Option<Window> {
        let cut = |(low, high): (f64, f64), first: usize, count: usize| {
            // Saturating casts; what is not a number touches nothing.
            let from = (low.floor().max(first as f64)) as usize;
            let to = ((high.floor() + 1.0).min((first + count) as f64)) as usize;
            (low <= high && from < to).then(|| (from, to - from))
        };
        let (x, width) = cut(x, self.x, self.width)?;
        let (y, height) = cut(y, self.y, self.height)?;
        Some(Window {
            x,
            y,
            width,
            height,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_touches_the_pixels_that_it_overlaps() {
        let page = Window {
            x: 10,
            y: 20,
            width: 5,
            height: 4,
        };
        let touched = page.touched([(11.2, 12.9), (0.0, 20.5)]).unwrap();
        let expected = Window {
            x: 11,
            y: 20,
            width: 2,
            height: 1,
        };
        assert_eq!(touched, expected);
        assert_eq!(page.touched([(-1e300, 1e300), (-1e300, 1e300)]), Some(page));
        for outside in [(-5.0, 9.99), (15.0, 99.0), (f64::NAN, 12.0), (12.0, 11.0)] {
            assert_eq!(page.touched([outside, (20.0, 21.0)]), None);
        }
    }

    #[test]
    fn sizes_beyond_every_image_do_not_overflow() {
        let far = Window {
            x: usize::MAX,
            y: 0,
            width: usize::MAX,
            height: 2,
        };
        assert_eq!(far.pixels(), None);
        assert_eq!(far.pixels_within(usize::MAX, usize::MAX), None);
    }
}
