//! The size of an image and its reference pixel.

use crate::keywords::{number, Fault, KeywordError, Keywords};
use crate::Window;

/// A reference pixel farther away than this (pixels) leaves less than a thousandth of a pixel to the
/// precision of a double.
pub const FARTHEST_PIXEL: f64 = 4e12;

/// The longest side of an image, 2^31 - 1 pixels: Montage counts pixels in C's `int`.
const LONGEST_SIDE: f64 = i32::MAX as f64;

/// The pixels of an image: how many there are, and which one is the reference pixel. Images whose
/// headers differ in nothing else share one pixel grid, and their reference pixels tell how far they
/// are shifted from each other.
///
/// ```
/// use sky::{Grid, Keywords};
///
/// struct Header;
///
/// impl Keywords for Header {
///     fn real(&self, key: &str) -> Option<f64> {
///         [("NAXIS1", 300.0), ("NAXIS2", 200.0), ("CRPIX1", 150.5), ("CRPIX2", -9.0)]
///             .into_iter()
///             .find_map(|(name, value)| (name == key).then_some(value))
///     }
///     fn integer(&self, key: &str) -> Option<i64> {
///         Some(self.real(key)? as i64)
///     }
///     fn text(&self, key: &str) -> Option<String> {
///         Some(self.real(key)?.to_string())
///     }
/// }
///
/// let grid = Grid::from_keywords(&Header)?;
/// assert_eq!((grid.width, grid.height), (300, 200));
/// assert_eq!((grid.crpix1, grid.crpix2), (150.5, -9.0));
/// # Ok::<(), sky::KeywordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// NAXIS1: columns.
    pub width: usize,
    /// NAXIS2: rows.
    pub height: usize,
    /// CRPIX1: the column of the reference pixel, counted from 1.
    pub crpix1: f64,
    /// CRPIX2: its row.
    pub crpix2: f64,
}

impl Grid {
    /// Reads NAXIS1, NAXIS2, CRPIX1 and CRPIX2: of an image header, a header template or a table row.
    ///
    /// # Errors
    /// The first of these keywords that is missing or no finite number, an axis that does not have
    /// 1 to 2^31 - 1 pixels, or a reference pixel beyond [`FARTHEST_PIXEL`].
    pub fn from_keywords(keywords: &dyn Keywords) -> Result<Grid, KeywordError> {
        let (width, height) = Grid::size_from_keywords(keywords)?;
        let (crpix1, crpix2) = Grid::reference_from_keywords(keywords)?;
        Ok(Grid {
            width,
            height,
            crpix1,
            crpix2,
        })
    }

    /// Reads NAXIS1 and NAXIS2.
    ///
    /// # Errors
    /// As [`Grid::from_keywords`].
    pub fn size_from_keywords(keywords: &dyn Keywords) -> Result<(usize, usize), KeywordError> {
        Ok((side(keywords, "NAXIS1")?, side(keywords, "NAXIS2")?))
    }

    /// Reads CRPIX1 and CRPIX2.
    ///
    /// # Errors
    /// As [`Grid::from_keywords`].
    pub fn reference_from_keywords(keywords: &dyn Keywords) -> Result<(f64, f64), KeywordError> {
        let reference = |key: &str| match number(keywords, key)? {
            Some(x) if x.abs() <= FARTHEST_PIXEL => Ok(x),
            Some(x) => Err(KeywordError::new(key, Fault::OutOfRange(x))),
            None => Err(KeywordError::new(key, Fault::Missing)),
        };
        Ok((reference("CRPIX1")?, reference("CRPIX2")?))
    }

    /// The reference pixel: CRPIX1 and CRPIX2.
    pub fn crpix(&self) -> (f64, f64) {
        (self.crpix1, self.crpix2)
    }

    /// All pixels.
    pub fn whole(&self) -> Window {
        Window::of_size(self.width, self.height)
    }

    /// The grid of a part of the image.
    ///
    /// ```
    /// use sky::{Grid, Window};
    ///
    /// let image = Grid { width: 300, height: 200, crpix1: 150.5, crpix2: 100.5 };
    /// let part = image.part(&Window { x: 100, y: 50, width: 20, height: 10 });
    /// assert_eq!(part, Grid { width: 20, height: 10, crpix1: 50.5, crpix2: 50.5 });
    /// ```
    #[must_use]
    pub fn part(&self, window: &Window) -> Grid {
        Grid {
            width: window.width,
            height: window.height,
            crpix1: self.crpix1 - window.x as f64,
            crpix2: self.crpix2 - window.y as f64,
        }
    }
}

/// The pixels of an axis; readers of keywords that have no integers cut off a fraction.
fn side(keywords: &dyn Keywords, key: &str) -> Result<usize, KeywordError> {
    let fault = match number(keywords, key)? {
        None => Fault::Missing,
        Some(size) if !(1.0..=LONGEST_SIDE).contains(&size) => Fault::OutOfRange(size),
        Some(size) if keywords.integer(key).is_none() => Fault::NotWhole(size),
        // In range, checked just now.
        Some(size) => return Ok(size as usize),
    };
    Err(KeywordError::new(key, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keywords with their values as a header has them.
    struct Header(&'static [(&'static str, &'static str)]);

    impl Keywords for Header {
        fn real(&self, key: &str) -> Option<f64> {
            self.text(key)?.parse().ok()
        }

        fn integer(&self, key: &str) -> Option<i64> {
            self.text(key)?.parse().ok()
        }

        fn text(&self, key: &str) -> Option<String> {
            let found = self.0.iter().rev().find(|(name, _)| *name == key);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    const GOOD: [(&str, &str); 4] = [
        ("NAXIS1", "30"),
        ("NAXIS2", "2147483647"),
        ("CRPIX1", "1.5"),
        ("CRPIX2", "-4e12"),
    ];

    fn refusal(header: &'static [(&'static str, &'static str)]) -> String {
        Grid::from_keywords(&Header(header))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_grid_is_read_from_four_keywords() {
        let expected = Grid {
            width: 30,
            height: 2147483647,
            crpix1: 1.5,
            crpix2: -4e12,
        };
        assert_eq!(Grid::from_keywords(&Header(&GOOD)), Ok(expected));
    }

    #[test]
    fn a_keyword_that_gives_no_grid_is_named() {
        assert_eq!(refusal(&[]), "Missing NAXIS1");
        assert_eq!(refusal(&[GOOD[0]]), "Missing NAXIS2");
        assert_eq!(
            refusal(&[("NAXIS1", "abc")]),
            "NAXIS1 is not a number ('abc')"
        );
        assert_eq!(refusal(&[("NAXIS1", "0")]), "NAXIS1 is 0");
        assert_eq!(
            refusal(&[("NAXIS1", "3.5")]),
            "NAXIS1 is not a whole number"
        );
        assert_eq!(refusal(&[("NAXIS1", "2147483648")]), "NAXIS1 is 2147483648");
        assert_eq!(refusal(&[GOOD[0], GOOD[1]]), "Missing CRPIX1");
        assert_eq!(
            refusal(&[GOOD[0], GOOD[1], ("CRPIX1", "NaN")]),
            "CRPIX1 is not a finite number (NaN)"
        );
        assert_eq!(
            refusal(&[GOOD[0], GOOD[1], GOOD[2], ("CRPIX2", "4.1e12")]),
            "CRPIX2 is 4100000000000"
        );
    }
}
