//! The letters of pictures: DejaVu Sans, carried by the dejavu crate, as outlines. It has Latin,
//! Greek and Cyrillic letters, superscript digits and mathematical signs.

use super::failed;
use super::outline::Segment;
use super::truetype::TrueType;
use crate::Result;

/// The height of capital letters of DejaVu Sans by its size.
pub const CAPITALS: f64 = 0.729;
/// How deep its letters reach below their line, by its size.
pub const DEPTH: f64 = 0.236;

/// A font that is part of the library.
pub struct Font {
    face: TrueType<'static>,
}

impl Font {
    /// Opens it: its table of contents is read.
    pub fn open() -> Result<Self> {
        let face = TrueType::open(dejavu::sans::regular());
        let face = face.ok_or_else(|| failed("the font is damaged"))?;
        Ok(Font { face })
    }

    fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.face.units_per_em())
    }

    fn advance(&self, glyph: u16) -> f64 {
        f64::from(self.face.advance(glyph).unwrap_or(0))
    }

    /// The length of a text, in the unit of `size`.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let glyphs = text.chars().map(|letter| self.face.glyph(letter));
        glyphs.map(|glyph| self.advance(glyph)).sum::<f64>() * self.scale(size)
    }

    /// The outlines of a text that begins at (0, 0), y downwards. A letter that the font lacks is an empty
    /// box.
    pub fn outline(&self, text: &str, size: f64) -> Vec<Segment> {
        let scale = self.scale(size);
        let mut begin = 0.0;
        let mut outline = Vec::new();
        for letter in text.chars() {
            let glyph = self.face.glyph(letter);
            let place = |(x, y): (f64, f64)| ((begin + x) * scale, -y * scale);
            // The tests read every glyph of the font, so none is damaged.
            let _ = self.face.outline(glyph, &place, &mut outline);
            begin += self.advance(glyph);
        }
        outline
    }
}
