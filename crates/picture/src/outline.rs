//! Outlines of letters, circles and polygons, and their conversion to what each format supports.

use super::Point;

/// A segment of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Begins a new contour at a point.
    Move(Point),
    /// A straight line to a point.
    Line(Point),
    /// A quadratic Bezier curve: its control point and its end. TrueType letters consist of them.
    Quadratic(Point, Point),
    /// A cubic Bezier curve: its two control points and its end.
    Cubic(Point, Point, Point),
    /// A straight line back to the start of the contour, which it closes.
    Close,
}

impl Segment {
    /// The segment with each point mapped by `to`.
    pub fn map(self, to: impl Fn(Point) -> Point) -> Self {
        match self {
            Segment::Move(p) => Segment::Move(to(p)),
            Segment::Line(p) => Segment::Line(to(p)),
            Segment::Quadratic(c, p) => Segment::Quadratic(to(c), to(p)),
            Segment::Cubic(c, d, p) => Segment::Cubic(to(c), to(d), to(p)),
            Segment::Close => Segment::Close,
        }
    }
}

/// A segment for PDF and PostScript, which have no quadratic curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Begins a new contour at a point.
    Move(Point),
    /// A straight line to a point.
    Line(Point),
    /// A cubic Bezier curve: its two control points and its end.
    Curve(Point, Point, Point),
    /// A straight line back to the start of the contour, which it closes.
    Close,
}

/// Replaces the quadratic curves of an outline by the equal cubic ones.
pub fn steps(outline: &[Segment]) -> Vec<Step> {
    let (mut here, mut start) = ((0.0, 0.0), (0.0, 0.0));
    let toward = |from: Point, to: Point| {
        let part = 2.0 / 3.0;
        (
            from.0 + part * (to.0 - from.0),
            from.1 + part * (to.1 - from.1),
        )
    };
    let mut steps = Vec::with_capacity(outline.len());
    for segment in outline {
        let from = here;
        (here, start) = match *segment {
            Segment::Move(p) => (p, p),
            Segment::Line(p) | Segment::Quadratic(_, p) | Segment::Cubic(_, _, p) => (p, start),
            Segment::Close => (start, start),
        };
        steps.push(match *segment {
            Segment::Move(p) => Step::Move(p),
            Segment::Line(p) => Step::Line(p),
            Segment::Quadratic(c, p) => Step::Curve(toward(from, c), toward(p, c), p),
            Segment::Cubic(c, d, p) => Step::Curve(c, d, p),
            Segment::Close => Step::Close,
        });
    }
    steps
}

/// A circle as four cubic curves, accurate to 0.03 % of the radius.
pub fn circle((x, y): Point, radius: f64) -> [Segment; 6] {
    // The control points of a quarter: 4/3 (sqrt(2) - 1) radii along its tangents.
    let k = radius * 4.0 / 3.0 * (std::f64::consts::SQRT_2 - 1.0);
    let r = radius;
    [
        Segment::Move((x + r, y)),
        Segment::Cubic((x + r, y + k), (x + k, y + r), (x, y + r)),
        Segment::Cubic((x - k, y + r), (x - r, y + k), (x - r, y)),
        Segment::Cubic((x - r, y - k), (x - k, y - r), (x, y - r)),
        Segment::Cubic((x + k, y - r), (x + r, y - k), (x + r, y)),
        Segment::Close,
    ]
}

/// A line through points, or, if `closed`, the outline of a polygon.
pub fn polygon(points: &[Point], closed: bool) -> Vec<Segment> {
    let mut outline: Vec<Segment> = points.iter().map(|&p| Segment::Line(p)).collect();
    if let Some(first) = outline.first_mut() {
        *first = Segment::Move(points[0]);
        if closed {
            outline.push(Segment::Close);
        }
    }
    outline
}

/// Formats a coordinate with at most two decimals: 1/100 of a point is 3.5 micrometres.
pub fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".into(),
        _ => text.into(),
    }
}
