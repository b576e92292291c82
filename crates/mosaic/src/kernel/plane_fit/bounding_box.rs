//! The smallest rectangle, at any angle, around the pixels of an image that are not blank.

/// A rectangle: centre and sizes in pixels, angle in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BoundingBox {
    /// Centre, relative to the reference pixel.
    pub x: f64,
    /// Centre, relative to the reference pixel.
    pub y: f64,
    /// Length of the side that lies at `angle`; 0 where there was nothing to bound.
    pub width: f64,
    /// The other side.
    pub height: f64,
    /// Degrees from the x axis.
    pub angle: f64,
}

/// The first and the last column that are not blank in a row; rows with fewer than two such
/// columns take no part (Montage's rule).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSpan {
    /// Row, from 0.
    pub y: usize,
    /// First column that is not blank.
    pub first: usize,
    /// Last column that is not blank.
    pub last: usize,
}

/// The minimum-area rectangle around the ends of `spans` (rows in ascending order), relative to
/// the reference pixel `crpix`.
///
/// A minimum-area rectangle has a side along an edge of the convex hull (Freeman & Shapira 1975).
/// Of edges that tie, Montage takes the first it meets; the order of the walk (clockwise from the
/// vertex before the lowest, rightmost one) and the arithmetic are kept so that ties fall alike.
pub fn bounding_box(spans: &[RowSpan], crpix: (f64, f64)) -> BoundingBox {
    let at = |(x, y): (i64, i64)| (x as f64 - crpix.0, y as f64 - crpix.1);
    if let [only] = spans {
        let (x1, y) = at((only.first as i64, only.y as i64));
        let (x2, _) = at((only.last as i64, only.y as i64));
        return BoundingBox {
            x: (x1 + x2) / 2.0,
            y,
            width: (x2 + 0.5) - (x1 - 0.5),
            height: (y + 0.5) - (y - 0.5),
            angle: 0.0,
        };
    }
    let hull: Vec<(f64, f64)> = clockwise_hull(spans).into_iter().map(at).collect();
    let mut best: Option<(f64, BoundingBox)> = None;
    for (i, &(x1, y1)) in hull.iter().enumerate() {
        let (x2, y2) = hull[(i + 1) % hull.len()];
        // The line through the edge: a x + b y + c1 = 0, (a, b) of unit length.
        let (a, b, c1) = (y1 - y2, x2 - x1, x1 * y2 - x2 * y1);
        let norm = (a * a + b * b).sqrt();
        let (a, b, c1) = (a / norm, b / norm, c1 / norm);
        let mut farthest = (-1.0, (0.0, 0.0));
        let (mut c3, mut c4) = (f64::INFINITY, f64::NEG_INFINITY);
        for &(x, y) in &hull {
            let distance = (a * x + b * y + c1).abs();
            if distance > farthest.0 {
                farthest = (distance, (x, y));
            }
            let along = b * x - a * y;
            c3 = f64::min(c3, along);
            c4 = f64::max(c4, along);
        }
        let c2 = -a * farthest.1 .0 - b * farthest.1 .1;
        let (height, width) = ((c1 - c2).abs(), (c3 - c4).abs());
        let area = width * height;
        if area > 0.0 && best.is_none_or(|(smallest, _)| area < smallest) {
            let corners = [(c1, c3), (c2, c3), (c2, c4), (c1, c4)];
            let x: f64 = corners
                .iter()
                .map(|(across, along)| -a * across + b * along)
                .sum();
            let y: f64 = corners
                .iter()
                .map(|(across, along)| -b * across - a * along)
                .sum();
            let angle = -(a.atan2(b) * 45.0 / 1f64.atan());
            best = Some((
                area,
                BoundingBox {
                    x: x / 4.0,
                    y: y / 4.0,
                    width,
                    height,
                    angle,
                },
            ));
        }
    }
    best.map(|(_, found)| found).unwrap_or_default()
}

/// The strict convex hull of the ends of `spans`, clockwise (y up), beginning with the vertex
/// that comes before the lowest, rightmost one when going counter-clockwise.
fn clockwise_hull(spans: &[RowSpan]) -> Vec<(i64, i64)> {
    // Ascending rows: Andrew's monotone chain along y. Going up on the right side and down on
    // the left side is counter-clockwise.
    let mut hull: Vec<(i64, i64)> = Vec::new();
    let mut chain = |points: &mut dyn Iterator<Item = (i64, i64)>| {
        let base = hull.len();
        for point in points {
            while hull.len() >= base + 2
                && !turns_left(hull[hull.len() - 2], hull[hull.len() - 1], point)
            {
                hull.pop();
            }
            hull.push(point);
        }
    };
    chain(&mut spans.iter().map(|s| (s.last as i64, s.y as i64)));
    chain(&mut spans.iter().rev().map(|s| (s.first as i64, s.y as i64)));
    // `first < last` in every row, so the two chains share no point and each ends on the hull;
    // the corners where they meet (top and bottom row) are hull vertices.
    hull.reverse();
    hull
}

fn turns_left(a: (i64, i64), b: (i64, i64), c: (i64, i64)) -> bool {
    (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(rows: &[(usize, usize)]) -> Vec<RowSpan> {
        rows.iter()
            .enumerate()
            .map(|(y, &(first, last))| RowSpan { y, first, last })
            .collect()
    }

    #[test]
    fn an_upright_rectangle_is_its_own_box() {
        let b = bounding_box(&spans(&[(2, 7); 4]), (1.0, 1.0));
        // The original (pixbounds 1.2) walks down the left side first.
        assert_eq!((b.x, b.y), (3.5, 0.5));
        assert_eq!((b.width, b.height), (3.0, 5.0));
        assert_eq!(b.angle.rem_euclid(180.0), 90.0);
    }

    #[test]
    fn a_diamond_lies_at_45_degrees() {
        let b = bounding_box(
            &spans(&[(4, 5), (3, 6), (2, 7), (3, 6), (4, 5)]),
            (0.0, 0.0),
        );
        assert!((b.angle.rem_euclid(90.0) - 45.0).abs() < 1e-9);
        assert!((b.x - 4.5).abs() < 1e-12 && (b.y - 2.0).abs() < 1e-12);
    }

    #[test]
    fn one_row_and_none() {
        let b = bounding_box(&spans(&[(2, 6)]), (0.0, 10.0));
        assert_eq!(
            b,
            BoundingBox {
                x: 4.0,
                y: -10.0,
                width: 5.0,
                height: 1.0,
                angle: 0.0
            }
        );
        assert_eq!(bounding_box(&[], (0.0, 0.0)), BoundingBox::default());
    }

    #[test]
    fn the_box_holds_every_point_of_a_random_outline() {
        let mut generator = simulate::Random(7);
        let mut random = |below: usize| generator.below(below);
        for _ in 0..200 {
            let rows: Vec<(usize, usize)> = (0..2 + random(30))
                .map(|_| (random(50), 51 + random(50)))
                .collect();
            let s = spans(&rows);
            let b = bounding_box(&s, (3.5, -2.0));
            let (sin, cos) = b.angle.to_radians().sin_cos();
            for span in &s {
                for column in [span.first, span.last] {
                    let (dx, dy) = (column as f64 - 3.5 - b.x, span.y as f64 + 2.0 - b.y);
                    assert!((dx * cos + dy * sin).abs() <= b.width / 2.0 + 1e-9);
                    assert!((dy * cos - dx * sin).abs() <= b.height / 2.0 + 1e-9);
                }
            }
        }
    }
}
