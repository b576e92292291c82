//! A backend of the plotters crate. It records shapes instead of setting pixels, so that one drawing can
//! be encoded in any format, and turns text into outlines, so that no font of the machine is used.

use std::convert::Infallible;
use std::sync::Arc;

use plotters::element::{Drawable, PointCollection};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::font::{Font, CAPITALS, DEPTH};
use super::{Color, Picture, Point, Shape};
use crate::Result;

/// The result of plotters' drawing calls. Recording a shape cannot fail.
type Drawn = std::result::Result<(), DrawingErrorKind<Infallible>>;

/// A picture as plotters draws on it: with a grid of whole numbers, [`Canvas::STEPS`] to a point.
pub struct Canvas<'a> {
    picture: &'a mut Picture,
    font: Font,
}

impl<'a> Canvas<'a> {
    /// Steps of the grid per point: finer than any printer, and coarse enough that a page of several
    /// kilometres fits into plotters' 32-bit coordinates.
    pub const STEPS: f64 = 100.0;

    /// A canvas whose shapes are added to `picture`.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing) if the font inside the library cannot be read.
    pub fn on(picture: &'a mut Picture) -> Result<Self> {
        let font = Font::open()?;
        Ok(Canvas { picture, font })
    }

    /// Converts a length in points to steps of the grid, rounded to the nearest.
    pub fn steps(points: f64) -> i32 {
        (points * Self::STEPS).round() as i32
    }

    fn point((x, y): BackendCoord) -> Point {
        (f64::from(x) / Self::STEPS, f64::from(y) / Self::STEPS)
    }

    fn width<S: BackendStyle>(style: &S) -> f64 {
        f64::from(style.stroke_width()) / Self::STEPS
    }

    /// Adds the shape that `shape` makes of a colour, unless the colour is fully transparent.
    fn keep(&mut self, color: BackendColor, shape: impl FnOnce(Color) -> Shape) -> Drawn {
        // Not `<= 0.0`: a NaN counts as fully transparent, too.
        if color.alpha > 0.0 {
            // Shapes are opaque: transparency is replaced by mixing with the white of the page.
            let alpha = color.alpha.min(1.0);
            let mixed = |c: u8| (f64::from(c) * alpha + 255.0 * (1.0 - alpha)).round() as u8;
            let (red, green, blue) = color.rgb;
            let color = [mixed(red), mixed(green), mixed(blue)];
            self.picture.shapes.push(shape(color));
        }
        Ok(())
    }

    fn line<S: BackendStyle>(&mut self, points: Vec<Point>, style: &S) -> Drawn {
        if points.len() < 2 {
            return Ok(());
        }
        self.keep(style.color(), |color| Shape::Line {
            points,
            width: Self::width(style),
            color,
        })
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let steps = |points| Self::steps(points).max(0) as u32;
        (steps(self.picture.width), steps(self.picture.height))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.line(vec![Self::point(from), Self::point(to)], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            return self.fill_polygon(corners, style);
        }
        // Past the first corner on to the second, so that the first gets a line join as well.
        let around = corners.iter().chain(&corners[..2]);
        self.line(around.map(|&corner| Self::point(corner)).collect(), style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.line(path.into_iter().map(Self::point).collect(), style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = f64::from(radius) / Self::STEPS;
        let center = Self::point(center);
        if fill {
            return self.keep(style.color(), |color| Shape::Disc {
                center,
                radius,
                color,
            });
        }
        let around = (0..=64).map(|step| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 64.0).sin_cos();
            (center.0 + radius * cos, center.1 + radius * sin)
        });
        self.line(around.collect(), style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let points = corners.into_iter().map(Self::point).collect();
        self.keep(style.color(), |color| Shape::Area { points, color })
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let size = style.size() / Self::STEPS;
        let (anchor, turn, at) = (style.anchor(), style.transform(), Self::point(at));
        let across = match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Center => -self.font.width(text, size) / 2.0,
            HPos::Right => -self.font.width(text, size),
        };
        // The outline begins on the baseline; the anchor may be the top, the middle or the bottom.
        let down = match anchor.v_pos {
            VPos::Top => CAPITALS * size,
            VPos::Center => CAPITALS / 2.0 * size,
            VPos::Bottom => -DEPTH * size,
        };
        // `transform` rotates by multiples of 90 degrees: the images of the two unit vectors define it.
        let (right, below) = (turn.transform(1, 0), turn.transform(0, 1));
        let place = |(x, y): Point| {
            let (x, y) = (x + across, y + down);
            (
                at.0 + x * f64::from(right.0) + y * f64::from(below.0),
                at.1 + x * f64::from(right.1) + y * f64::from(below.1),
            )
        };
        let outline = self.font.outline(text, size);
        let outline = outline.into_iter().map(|s| s.map(place)).collect();
        let text = text.to_owned();
        self.keep(style.color(), |color| Shape::Text {
            text,
            outline,
            color,
        })
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> std::result::Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size();
        let height = (CAPITALS + DEPTH) * size;
        // Both are positive and far below 2^32.
        Ok((
            self.font.width(text, size).ceil() as u32,
            height.ceil() as u32,
        ))
    }
}

/// An image of grey pixels, 0 black to 255 white.
#[derive(Debug, Clone)]
pub struct Grey {
    /// Number of pixels in a row.
    pub columns: usize,
    /// Number of rows.
    pub rows: usize,
    /// `rows * columns` pixels, row-major, the top row first.
    pub levels: Arc<Vec<u8>>,
}

/// A grey image placed between two corners in the coordinates of a chart, for plotters to draw.
pub struct GreyElement<C> {
    corners: [C; 2],
    grey: Grey,
}

impl Grey {
    /// Places the image between two opposite corners; it is stretched to fill the space.
    pub fn between<C>(self, corners: [C; 2]) -> GreyElement<C> {
        GreyElement {
            corners,
            grey: self,
        }
    }
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a GreyElement<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> &'a [C] {
        &self.corners
    }
}

impl<C> Drawable<Canvas<'_>> for GreyElement<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut corners: I,
        canvas: &mut Canvas<'_>,
        _: (u32, u32),
    ) -> Drawn {
        if let (Some(one), Some(other)) = (corners.next(), corners.next()) {
            let (one, other) = (Canvas::point(one), Canvas::point(other));
            canvas.picture.shapes.push(Shape::Image {
                corner: (one.0.min(other.0), one.1.min(other.1)),
                size: ((one.0 - other.0).abs(), (one.1 - other.1).abs()),
                grey: self.grey.clone(),
            });
        }
        Ok(())
    }
}
