//! The letters of pictures: DejaVu Sans, carried by the dejavu crate, as outlines. It has Latin,
//! Greek and Cyrillic letters, superscript digits and mathematical signs.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::outline::Segment;
use super::{failed, Point};
use crate::Result;

/// The height of capital letters of DejaVu Sans by its size.
pub const CAPITALS: f64 = 0.729;
/// How deep its letters reach below their line, by its size.
pub const DEPTH: f64 = 0.236;

/// A font that is part of the library.
pub struct Font {
    face: Face<'static>,
}

impl Font {
    /// Opens it: its table of contents is read.
    pub fn open() -> Result<Self> {
        let face = Face::parse(dejavu::sans::regular(), 0).map_err(failed)?;
        Ok(Font { face })
    }

    /// A letter that it has none of is an empty box.
    fn glyph(&self, letter: char) -> GlyphId {
        self.face.glyph_index(letter).unwrap_or(GlyphId(0))
    }

    fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.face.units_per_em())
    }

    fn advance(&self, glyph: GlyphId) -> f64 {
        f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0))
    }

    /// How long a text is, in the unit of `size`.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let letters = text.chars().map(|letter| self.advance(self.glyph(letter)));
        letters.sum::<f64>() * self.scale(size)
    }

    /// The outlines of a text that begins at (0, 0), y downwards.
    pub fn outline(&self, text: &str, size: f64) -> Vec<Segment> {
        let mut pen = Pen {
            at: 0.0,
            scale: self.scale(size),
            outline: Vec::new(),
        };
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            self.face.outline_glyph(glyph, &mut pen);
            pen.at += self.advance(glyph);
        }
        pen.outline
    }
}

/// Collects the outlines of letters set one after the other.
struct Pen {
    /// Where the next letter begins, in units of the font.
    at: f64,
    scale: f64,
    outline: Vec<Segment>,
}

impl Pen {
    fn point(&self, x: f32, y: f32) -> Point {
        let x = (self.at + f64::from(x)) * self.scale;
        (x, -f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.outline.push(Segment::Move(self.point(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.outline.push(Segment::Line(self.point(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let curve = Segment::Quadratic(self.point(x1, y1), self.point(x, y));
        self.outline.push(curve);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let controls = (self.point(x1, y1), self.point(x2, y2));
        let curve = Segment::Cubic(controls.0, controls.1, self.point(x, y));
        self.outline.push(curve);
    }

    fn close(&mut self) {
        self.outline.push(Segment::Close);
    }
}
