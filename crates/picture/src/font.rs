//! The letters of pictures: outlines of DejaVu Sans, which the dejavu crate carries and the read-fonts
//! crate reads. The font has Latin, Greek and Cyrillic letters, superscript digits and mathematical
//! signs.

use read_fonts::model::glyph::outline::PathSink;
use read_fonts::tables::cmap::CmapSubtable;
use read_fonts::tables::glyf::outline::{
    Outline, OutlineContext, OutlineTables, PathContourStart, ScaleF32,
};
use read_fonts::types::GlyphId;
use read_fonts::{FontRef, ReadError, TableProvider};

use super::outline::Segment;
use super::{failed, Point};
use crate::Result;

/// The height of DejaVu Sans's capital letters, as a fraction of the font size.
pub const CAPITALS: f64 = 0.729;
/// The depth of its descenders below the baseline, as a fraction of the font size.
pub const DEPTH: f64 = 0.236;

/// The font that is part of the library.
pub struct Font {
    letters: CmapSubtable<'static>,
    tables: OutlineTables<'static>,
}

impl Font {
    /// Opens the font: finds its tables.
    ///
    /// # Errors
    /// If a table is missing or damaged.
    pub fn open() -> Result<Self> {
        let damaged = |why: ReadError| failed(format!("the font is damaged: {why}"));
        let file = FontRef::new(dejavu::sans::regular()).map_err(damaged)?;
        let (_, _, letters) = (file.cmap().map_err(damaged)?.best_subtable())
            .ok_or_else(|| failed("the font is damaged: it maps no letters"))?;
        let tables = OutlineTables::new(&file).map_err(damaged)?;
        Ok(Font { letters, tables })
    }

    /// Length of a font unit, in the unit of `size`.
    fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.tables.units_per_em)
    }

    /// The glyph of a letter, or the empty box that stands for missing letters.
    fn glyph(&self, letter: char) -> GlyphId {
        let glyph = self.letters.map_codepoint(letter);
        glyph.unwrap_or(GlyphId::NOTDEF)
    }

    /// Distance from a glyph to the next one, in font units.
    fn advance(&self, glyph: GlyphId) -> f64 {
        let (_, advance) = self.tables.h_metrics(glyph);
        advance.into()
    }

    /// Appends the outline of a glyph, its points mapped by `place` from font units, y upwards.
    fn draw(&self, glyph: GlyphId, place: &dyn Fn(Point) -> Point, outline: &mut Vec<Segment>) {
        let mut shape = Outline::<ScaleF32>::new();
        // The tests draw every glyph of the font, so none is damaged.
        let Ok(shape) = shape.load(&self.tables, glyph, None) else {
            return;
        };
        // read-fonts shifts a glyph whose left edge disagrees with its side bearing in `hmtx`: 5 glyphs of
        // this font, by one unit each. The shift is undone, as it was never part of the pictures.
        let [origin, ..] = *shape.phantom_points();
        let mut pen = Pen {
            place: &|(x, y)| place((x + f64::from(origin.x), y)),
            outline,
            start: (0.0, 0.0),
            end: (0.0, 0.0),
        };
        let _ = shape.to_path(PathContourStart::ScanForward, &mut pen);
    }

    /// The length of a text, in the unit of `size`.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let glyphs = text.chars().map(|letter| self.glyph(letter));
        glyphs.map(|glyph| self.advance(glyph)).sum::<f64>() * self.scale(size)
    }

    /// The outlines of a text whose baseline begins at (0, 0), in the unit of `size`, y downwards. A letter
    /// that the font lacks is an empty box.
    pub fn outline(&self, text: &str, size: f64) -> Vec<Segment> {
        let scale = self.scale(size);
        let mut begin = 0.0;
        let mut outline = Vec::new();
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            let place = |(x, y): Point| ((begin + x) * scale, -y * scale);
            self.draw(glyph, &place, &mut outline);
            begin += self.advance(glyph);
        }
        outline
    }
}

/// Collects an outline. Coordinates are whole or half font units, exact in single precision.
struct Pen<'a> {
    place: &'a dyn Fn(Point) -> Point,
    outline: &'a mut Vec<Segment>,
    /// Where the current contour began.
    start: (f32, f32),
    /// Where its last segment ended.
    end: (f32, f32),
}

impl Pen<'_> {
    fn push(&mut self, end: (f32, f32), segment: impl FnOnce(Point) -> Segment) {
        self.end = end;
        let segment = segment(point(end));
        self.outline.push(segment.map(self.place));
    }
}

fn point((x, y): (f32, f32)) -> Point {
    (x.into(), y.into())
}

impl PathSink for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = (x, y);
        self.push((x, y), Segment::Move);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push((x, y), Segment::Line);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.push((x, y), |end| Segment::Quadratic(point((cx, cy)), end));
    }

    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        let (c, d) = (point((cx, cy)), point((dx, dy)));
        self.push((x, y), |end| Segment::Cubic(c, d, end));
    }

    fn close(&mut self) {
        // read-fonts leaves out the line back to the start. Pictures have it, also with length 0, unless a
        // curve ends at the start.
        let curve = matches!(
            self.outline.last(),
            Some(Segment::Quadratic(..) | Segment::Cubic(..))
        );
        if !curve || self.end != self.start {
            self.push(self.start, Segment::Line);
        }
        self.outline.push(Segment::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of glyphs of DejaVu Sans 2.37.
    const GLYPHS: u32 = 6253;

    fn outline(font: &Font, glyph: GlyphId) -> Vec<Segment> {
        let mut outline = Vec::new();
        font.draw(glyph, &|p| p, &mut outline);
        outline
    }

    /// The 64-bit FNV-1a hash (Fowler, Noll, Vo).
    fn hashed(words: impl Iterator<Item = u64>) -> u64 {
        let bytes = words.flat_map(u64::to_le_bytes);
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The kind of a segment and the bits of its coordinates.
    fn words(segment: Segment) -> Vec<u64> {
        let (kind, points) = match segment {
            Segment::Move(p) => (0, vec![p]),
            Segment::Line(p) => (1, vec![p]),
            Segment::Quadratic(c, p) => (2, vec![c, p]),
            Segment::Cubic(c, d, p) => (3, vec![c, d, p]),
            Segment::Close => (4, vec![]),
        };
        let numbers = points.into_iter().flat_map(|(x, y)| [x, y]);
        std::iter::once(kind)
            .chain(numbers.map(f64::to_bits))
            .collect()
    }

    #[test]
    fn an_exclamation_mark_is_two_contours() {
        // Printed by fontTools 4.68 from the same file: DejaVuSans.ttf, glyph "exclam".
        let font = Font::open().unwrap();
        let glyph = font.glyph('!');
        assert_eq!((glyph, font.advance(glyph)), (GlyphId::new(4), 821.0));
        let dot = [(309.0, 254.0), (512.0, 254.0), (512.0, 0.0), (309.0, 0.0)];
        let outline = outline(&font, glyph);
        assert_eq!(outline.len(), 6 + 8);
        assert_eq!(outline[0], Segment::Move(dot[0]));
        assert_eq!(outline[1..4], [1, 2, 3].map(|i| Segment::Line(dot[i])));
        assert_eq!(outline[4..6], [Segment::Line(dot[0]), Segment::Close]);
    }

    #[test]
    fn every_glyph_has_the_outline_the_width_and_the_characters_that_another_reader_gives() {
        // The hashes are those of what ttf-parser 0.25.1 reads in the same file.
        let font = Font::open().unwrap();
        assert_eq!(font.tables.loca.len(), GLYPHS as usize);
        let glyphs = || (0..GLYPHS).map(GlyphId::new);
        let segments = glyphs().flat_map(|glyph| outline(&font, glyph));
        assert_eq!(hashed(segments.flat_map(words)), 0xb829_86fc_b55a_6c95);
        let advances = glyphs().map(|glyph| font.advance(glyph) as u64);
        assert_eq!(hashed(advances), 0x8c21_842d_2b4b_5da5);
        let mapped = (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .map(|character| u64::from(font.glyph(character).to_u32()));
        assert_eq!(hashed(mapped), 0xf435_bfa7_ebb8_b407);
    }
}
