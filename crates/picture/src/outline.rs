//! Outlines of letters and circles, and how they turn into what each format can say.

use super::Point;

/// A step along an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// A new part begins here.
    Move(Point),
    /// Straight to here.
    Line(Point),
    /// A quadratic curve: its control point and its end. TrueType letters are made of them.
    Quadratic(Point, Point),
    /// A cubic curve: its two control points and its end.
    Cubic(Point, Point, Point),
    /// Straight back to where this part began.
    Close,
}

impl Segment {
    /// The same after every point has been moved.
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

/// A step as PDF and PostScript can say it: no quadratic curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// A new part begins here.
    Move(Point),
    /// Straight to here.
    Line(Point),
    /// A cubic curve: its two control points and its end.
    Curve(Point, Point, Point),
    /// Straight back to where this part began.
    Close,
}

/// The outline with its quadratic curves as the cubic ones that are equal to them.
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

/// A circle as four cubic curves, off by 0.03 % of its radius.
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

/// A line through points, or the outline of an area if it is `closed`.
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

/// A coordinate with at most two decimals: 1/100 of a point is 3.5 micrometres.
pub fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".into(),
        _ => text.into(),
    }
}
