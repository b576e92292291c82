//! Which pixels of an image lie inside an ellipse or a box.
//!
//! The pixels are those that MPDAF 3.6 masks (`Image.mask_ellipse`, `Image.mask_region`): of an
//! ellipse those whose centres are inside it after its own centre has been moved to the nearest
//! whole or half pixel (whichever its rounded size calls for), of an upright box whole rows and
//! columns, and of a turned box those whose centres are inside its corners.

/// An ellipse or a box on the pixels of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// Its middle: x and y, the centre of the first pixel at (0, 0).
    pub center: [f64; 2],
    /// Half the width and half the height (the radii), in the unit of `step`.
    pub radii: [f64; 2],
    /// Width and height of a pixel in the unit of `radii`.
    pub step: [f64; 2],
    /// How far it is turned counterclockwise, degrees.
    pub angle: f64,
}

/// Positions beyond this many pixels are all the same distance away, and still whole numbers.
const FAR: f64 = 1e15;

/// Below this angle (degrees) a box is upright, as numpy's `isclose` has it.
const UPRIGHT: f64 = 1e-8;

/// The first and the last pixel of a range, which may be outside of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    first: f64,
    last: f64,
}

impl Span {
    /// The pixels that a width of 2 x `half` (in pixels) covers around `center`.
    fn new(center: f64, half: f64) -> Span {
        let width = (2.0 * half + 0.5).floor().min(FAR);
        let center = center.clamp(-FAR, FAR);
        // Whole numbers, far below 2^53: these sums are exact.
        if width % 2.0 == 0.0 {
            let middle = center.floor();
            Span {
                first: middle - width / 2.0 + 1.0,
                last: middle + width / 2.0,
            }
        } else {
            let middle = (center + 0.5).floor();
            let side = (width - 1.0) / 2.0;
            Span {
                first: middle - side,
                last: middle + side,
            }
        }
    }

    fn middle(&self) -> f64 {
        (self.first + self.last) / 2.0
    }

    /// What of it is inside `0..size`.
    fn inside(&self, size: usize) -> std::ops::Range<usize> {
        let end = (self.last + 1.0).clamp(0.0, size as f64) as usize;
        let start = self.first.clamp(0.0, size as f64) as usize;
        start..end.max(start)
    }
}

/// Sets `mark` (`width` pixels a row) where the centre of a pixel is inside the ellipse.
pub fn mark_ellipse(outline: &Outline, width: usize, mark: &mut [bool]) {
    let Some(height) = mark.len().checked_div(width) else {
        return;
    };
    let Outline {
        center,
        radii: [rx, ry],
        step,
        angle,
    } = *outline;
    let (sin, cos) = angle.to_radians().sin_cos();
    // How far a turned ellipse reaches along x and y.
    let reach_x = (rx * cos).hypot(ry * sin);
    let reach_y = (rx * sin).hypot(ry * cos);
    let columns = Span::new(center[0], reach_x / step[0].abs());
    let rows = Span::new(center[1], reach_y / step[1].abs());
    let middle = [columns.middle(), rows.middle()];
    for row in rows.inside(height) {
        let y = (row as f64 - middle[1]) * step[1];
        for column in columns.inside(width) {
            let x = (column as f64 - middle[0]) * step[0];
            let along = (x * cos + y * sin) / rx;
            let across = (y * cos - x * sin) / ry;
            if along * along + across * across < 1.0 {
                mark[row * width + column] = true;
            }
        }
    }
}

/// Sets `mark` (`width` pixels a row) where a pixel is inside the box.
pub fn mark_box(outline: &Outline, width: usize, mark: &mut [bool]) {
    let Some(height) = mark.len().checked_div(width) else {
        return;
    };
    let Outline {
        center,
        radii: [half_width, half_height],
        step,
        angle,
    } = *outline;
    if angle.abs() <= UPRIGHT {
        let columns = Span::new(center[0], (half_width / step[0]).abs());
        let rows = Span::new(center[1], (half_height / step[1]).abs());
        for row in rows.inside(height) {
            let start = row * width;
            let columns = columns.inside(width);
            mark[start + columns.start..start + columns.end].fill(true);
        }
        return;
    }
    let (sin, cos) = angle.to_radians().sin_cos();
    let corner = |along: f64, across: f64| {
        [
            (along * cos - across * sin) / step[0] + center[0],
            (along * sin + across * cos) / step[1] + center[1],
        ]
    };
    let corners = [
        corner(-half_width, -half_height),
        corner(-half_width, half_height),
        corner(half_width, half_height),
        corner(half_width, -half_height),
    ];
    let bounds = |axis: usize| {
        let of = corners.map(|c| c[axis]);
        Span {
            first: of.iter().copied().fold(FAR, f64::min).floor(),
            last: of.iter().copied().fold(-FAR, f64::max).ceil(),
        }
    };
    for row in bounds(1).inside(height) {
        for column in bounds(0).inside(width) {
            if inside(&corners, column as f64, row as f64) {
                mark[row * width + column] = true;
            }
        }
    }
}

/// Whether a point is inside a polygon: whether a ray from it crosses the edges an odd number of
/// times. Which side a point on an edge belongs to is as in matplotlib's `Path.contains_points`,
/// which MPDAF asks, with rows as its first coordinate: an edge counts where its ends lie on
/// either side of the column x, x itself being above, and where the point is not above it.
fn inside(corners: &[[f64; 2]; 4], x: f64, y: f64) -> bool {
    let mut odd = false;
    for i in 0..corners.len() {
        let ([x0, y0], [x1, y1]) = (corners[i], corners[(i + 1) % corners.len()]);
        let (above0, above1) = (x0 >= x, x1 >= x);
        if above0 != above1 {
            let beyond = (x1 - x) * (y0 - y1) >= (y1 - y) * (x0 - x1);
            odd ^= beyond == above1;
        }
    }
    odd
}

/// Masks what regions leave out (imphot's `_mask_ds9regions`): the pixels of excluded regions and,
/// where some pixel of the image is in an included region, the pixels that are in none. Pixels that
/// are masked already stay so. All three are of one size.
pub fn combine(mask: &mut [bool], excluded: &[bool], included: &[bool]) {
    let any_included = included.contains(&true);
    for ((pixel, &out), &kept) in mask.iter_mut().zip(excluded).zip(included) {
        *pixel |= out || (any_included && !kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(center: [f64; 2], radii: [f64; 2], angle: f64) -> Outline {
        Outline {
            center,
            radii,
            step: [1.0, 1.0],
            angle,
        }
    }

    fn marked(mark: impl Fn(&mut [bool])) -> Vec<String> {
        let mut pixels = vec![false; 49];
        mark(&mut pixels);
        let row = |row: &[bool]| row.iter().map(|&m| if m { '#' } else { '.' }).collect();
        pixels.chunks(7).map(row).collect()
    }

    /// The pictures are MPDAF 3.6's, on images of zeros.
    #[test]
    fn ellipses_are_those_of_mpdaf() {
        let circle = |x, y, r| marked(|m| mark_ellipse(&outline([x, y], [r, r], 0.0), 7, m));
        // A radius of 2 is 4 pixels across: the centre moves to (3.5, 2.5).
        let picture = [
            ".......", "...##..", "..####.", "..####.", "...##..", ".......", ".......",
        ];
        assert_eq!(circle(3.2, 2.9, 2.0), picture);
        let picture = [
            "..###..", ".#####.", ".#####.", ".#####.", "..###..", ".......", ".......",
        ];
        assert_eq!(circle(3.2, 2.4, 2.5), picture);
        assert!(circle(3.0, 3.0, 0.0).iter().all(|row| row == "......."));
        assert!(circle(300.0, -1e300, 1.0)
            .iter()
            .all(|row| row == "......."));
        assert!(circle(3.0, 3.0, 1e300).iter().all(|row| row == "#######"));
        let turned = marked(|m| mark_ellipse(&outline([3.0, 3.0], [3.4, 1.0], 45.0), 7, m));
        let picture = [
            ".......", ".##....", ".###...", "..###..", "...###.", "....##.", ".......",
        ];
        assert_eq!(turned, picture);
    }

    #[test]
    fn boxes_are_those_of_mpdaf() {
        let upright = marked(|m| mark_box(&outline([3.0, 3.4], [1.5, 1.0], 0.0), 7, m));
        let picture = [
            ".......", ".......", ".......", "..###..", "..###..", ".......", ".......",
        ];
        assert_eq!(upright, picture);
        // Corners on pixel centres: which edges count is the point of this test.
        let turned = marked(|m| mark_box(&outline([3.0, 3.0], [2.0, 2.0], 90.0), 7, m));
        let picture = [
            ".......", ".....#.", "..####.", "..####.", "..####.", "..####.", ".......",
        ];
        assert_eq!(turned, picture);
        let turned = marked(|m| mark_box(&outline([3.0, 3.0], [2.0, 2.0], 180.0), 7, m));
        let picture = [
            ".......", "...###.", ".#####.", ".#####.", "..####.", "..####.", ".......",
        ];
        assert_eq!(turned, picture);
        let turned = marked(|m| mark_box(&outline([-1.0, 3.0], [30.0, 0.8], 45.0), 7, m));
        let picture = [
            ".......", ".......", ".......", "#......", "##.....", "###....", ".###...",
        ];
        assert_eq!(turned, picture);
        let nothing = marked(|m| mark_box(&outline([1e300, 3.0], [2.0, 2.0], 30.0), 7, m));
        assert!(nothing.iter().all(|row| row == "......."));
    }

    #[test]
    fn included_regions_keep_and_excluded_ones_drop() {
        let (t, f) = (true, false);
        let mut mask = [f, f, t, f];
        combine(&mut mask, &[t, f, f, f], &[t, t, t, f]);
        assert_eq!(mask, [t, f, t, t]);
        let mut mask = [f, f, t, f];
        combine(&mut mask, &[t, f, f, f], &[f; 4]);
        assert_eq!(mask, [t, f, t, f]);
    }
}
