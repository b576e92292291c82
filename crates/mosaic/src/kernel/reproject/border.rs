//! Which pixels of an input image are used: Montage's border string.

use crate::error::{Error, Result};

/// The part of an image that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Border {
    /// All but this many pixels along every side.
    Width(usize),
    /// All but so many pixels at the first columns and rows, and so many at the last.
    Sides(usize, usize),
    /// What is inside a polygon, given by columns and rows from 0.
    Polygon(Vec<(i32, i32)>),
}

impl Border {
    /// Reads `text`: a width in pixels, or "x1,y1,x2,y2,..." (commas or blanks) of at least four
    /// points, as in Montage; empty is no border.
    ///
    /// # Errors
    /// When it is neither, or the width is negative.
    pub fn parse(text: &str) -> Result<Self> {
        // Montage's words.
        let refuse = |why: String| Err(Error::argument("borderstr", why.clone()).in_words(why));
        let words: Vec<&str> = text
            .split([',', ' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        let numbers: Option<Vec<i32>> = words.iter().map(|word| whole(word)).collect();
        match numbers.as_deref() {
            Some([]) => Ok(Border::Width(0)),
            Some([width]) => match usize::try_from(*width) {
                Ok(width) => Ok(Border::Width(width)),
                Err(_) => refuse(format!(
                    "Border value ({width}) must be greater than or equal to zero"
                )),
            },
            Some(numbers) if numbers.len() >= 8 && numbers.len() % 2 == 0 => Ok(Border::Polygon(
                numbers.chunks_exact(2).map(|p| (p[0], p[1])).collect(),
            )),
            _ => refuse(format!(
                "Border value string ({text}) cannot be interpreted as an integer or a set of polygon vertices"
            )),
        }
    }

    /// The same as Montage's mProjectQL takes a width: it keeps the innermost of the last columns and
    /// rows (6.0 and 7).
    pub fn of_quick_look(self) -> Self {
        match self {
            Border::Width(width) => Border::Sides(width, width.saturating_sub(1)),
            other => other,
        }
    }

    /// The columns of row `row` that are used, of an image of `width` x `height` pixels.
    ///
    /// The polygon's are those of Montage 6.0: from the leftmost to the rightmost crossing of its
    /// sides with the row (a hollow is filled), none where the row only touches corners, and never
    /// the last column of the image.
    pub fn columns(&self, row: usize, width: usize, height: usize) -> Option<(usize, usize)> {
        match self {
            Border::Width(border) => sides(*border, *border, row, width, height),
            Border::Sides(first, last) => sides(*first, *last, row, width, height),
            Border::Polygon(points) => {
                let y = row as f64;
                let last = width as f64 - 1.0;
                let mut ends: Option<(f64, f64)> = None;
                for (k, &(x1, y1)) in points.iter().enumerate() {
                    let (x2, y2) = points[(k + 1) % points.len()];
                    let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(f64::from);
                    if y > y1.min(y2) && y < y1.max(y2) {
                        let x = (y - y1) * (x2 - x1) / (y2 - y1) + x1;
                        // The original begins with the whole width and 0.
                        let (low, high) = ends.unwrap_or((last + 1.0, 0.0));
                        ends = Some((low.min(x), high.max(x)));
                    }
                }
                let (low, high) = ends?;
                // Casts cut off the fraction and saturate at 0.
                let from = low as usize;
                let to = ((high + 0.5) as usize).min(width - 1);
                (from < to).then_some((from, to))
            }
        }
    }
}

/// The used columns of a row where `first` and `last` pixels are left out at the sides.
fn sides(
    first: usize,
    last: usize,
    row: usize,
    width: usize,
    height: usize,
) -> Option<(usize, usize)> {
    let end = |size: usize| size.checked_sub(last).filter(|end| *end > first);
    let used = (first..end(height)?).contains(&row);
    used.then_some((first, end(width)?))
}

/// A whole number; of a decimal one the whole part, as C's atoi has it.
fn whole(word: &str) -> Option<i32> {
    word.parse().ok().or_else(|| {
        word.parse()
            .ok()
            .filter(|x: &f64| x.is_finite())
            .map(|x| x as i32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_leaves_out_the_sides() {
        let border = Border::parse(" 3").unwrap();
        assert_eq!(border, Border::Width(3));
        assert_eq!(border.columns(2, 10, 20), None);
        assert_eq!(border.columns(3, 10, 20), Some((3, 7)));
        assert_eq!(border.columns(16, 10, 20), Some((3, 7)));
        assert_eq!(border.columns(17, 10, 20), None);
        assert_eq!(border.columns(3, 6, 20), None);
        assert_eq!(Border::parse("").unwrap().columns(0, 1, 1), Some((0, 1)));
    }

    #[test]
    fn the_quick_look_keeps_one_more_line_at_the_far_sides() {
        // Montage 6.0's mProjectQL -b 3 of a 10 x 20 image with its own header as template: columns
        // 4 to 8 and rows 4 to 18 (from 1) have values.
        let border = Border::parse("3").unwrap().of_quick_look();
        assert_eq!(border.columns(2, 10, 20), None);
        assert_eq!(border.columns(3, 10, 20), Some((3, 8)));
        assert_eq!(border.columns(17, 10, 20), Some((3, 8)));
        assert_eq!(border.columns(18, 10, 20), None);
        let none = Border::parse("0").unwrap().of_quick_look();
        assert_eq!(none.columns(19, 10, 20), Some((0, 10)));
    }

    #[test]
    fn a_polygon_keeps_what_lies_between_its_sides() {
        // Montage 6.0's mProjectPP -b "10,10,50,10,50,40,10,40" of a 60 x 50 image with this
        // template as output: rows 11 to 39, columns 10 to 49 (from 0).
        let border = Border::parse("10,10,50,10, 50 40,10,40").unwrap();
        assert_eq!(border.columns(10, 60, 50), None);
        assert_eq!(border.columns(11, 60, 50), Some((10, 50)));
        assert_eq!(border.columns(39, 60, 50), Some((10, 50)));
        assert_eq!(border.columns(40, 60, 50), None);
        // The last column is never used.
        assert_eq!(border.columns(20, 30, 50), Some((10, 29)));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for text in [
            "x",
            "-1",
            "1,2",
            "1,2,3,4,5,6",
            "1,2,3,4,5,6,7",
            "1,2,3,4,a,6,7,8",
            "nan",
        ] {
            let message = Border::parse(text).unwrap_err().to_string();
            assert!(message.contains("borderstr"), "{message}");
        }
    }
}
