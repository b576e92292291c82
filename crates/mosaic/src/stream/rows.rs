//! Pixels in memory, row by row.

use sky::Window;

/// Row-major doubles whose rows may lie apart in memory: all pixels of a buffer, or those of a window of
/// it.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// From the first pixel on.
    pixels: &'a [f64],
    /// From the first pixel of a row to that of the next.
    stride: usize,
    width: usize,
    height: usize,
}

impl<'a> Rows<'a> {
    /// All rows of a buffer with `width` pixels in a row; what is left of a last row that is not whole
    /// is left out.
    pub fn all(pixels: &'a [f64], width: usize) -> Self {
        Rows {
            pixels,
            stride: width,
            width,
            height: pixels.len() / width.max(1),
        }
    }

    /// The pixels in `window` of a buffer with `stride` pixels in a row; `None` where the window is not
    /// inside it.
    pub fn of_window(pixels: &'a [f64], stride: usize, window: &Window) -> Option<Self> {
        window.pixels_within(stride, pixels.len() / stride.max(1))?;
        Some(Rows {
            pixels: pixels.get(window.y * stride + window.x..)?,
            stride,
            width: window.width,
            height: window.height,
        })
    }

    /// Pixels of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, where nothing lies between the rows.
    pub fn as_slice(&self) -> Option<&'a [f64]> {
        match self.width == self.stride || self.height <= 1 {
            true => self.pixels.get(..self.width * self.height),
            false => None,
        }
    }

    /// The rows one by one.
    pub fn iter(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        let width = self.width;
        let rows = self.pixels.chunks(self.stride.max(1)).take(self.height);
        // The last row of a window may be followed by less than a stride.
        rows.map(move |row| row.get(..width).unwrap_or(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_buffer_or_of_a_window_of_it() {
        let pixels: Vec<f64> = (0..12).map(f64::from).collect();
        let all = Rows::all(&pixels, 4);
        assert_eq!((all.width(), all.height()), (4, 3));
        assert_eq!(all.as_slice(), Some(&pixels[..]));
        let window = Window {
            x: 2,
            y: 1,
            width: 2,
            height: 2,
        };
        let part = Rows::of_window(&pixels, 4, &window).unwrap();
        let rows: Vec<&[f64]> = part.iter().collect();
        assert_eq!(rows, [[6.0, 7.0], [10.0, 11.0]]);
        assert_eq!(part.as_slice(), None);
        let beyond = Window { x: 3, ..window };
        assert!(Rows::of_window(&pixels, 4, &beyond).is_none());
        let empty = Window { width: 0, ..window };
        let empty = Rows::of_window(&pixels, 4, &empty).unwrap();
        assert!(empty.iter().all(<[f64]>::is_empty));
    }
}
