//! A reader of TrueType outlines, for the font that is part of the library.
//!
//! It reads the tables that text needs: `cmap` (format 12), `hmtx`, `loca` and `glyf`. Composite glyphs
//! may shift their components but not scale them; DejaVu Sans scales none. There is no hinting: outlines are in
//! units of the font. Every read is checked, so a damaged font gives `None` and never a panic.
//!
//! Source: the OpenType specification 1.9.1, chapters `cmap`, `glyf`, `head`, `hhea`, `hmtx` and `loca`.

use super::outline::Segment;
use super::Point;

/// Glyphs that one glyph may consist of, its components' components counted. A damaged font may refer in a
/// circle.
const MAX_GLYPHS: usize = 100;

/// Big-endian numbers at byte offsets.
#[derive(Debug, Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn from(self, at: usize) -> Option<Self> {
        self.0.get(at..).map(Bytes)
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    fn i16(self, at: usize) -> Option<i16> {
        self.array(at).map(i16::from_be_bytes)
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// A 32-bit number as an index or an offset.
    fn index(self, at: usize) -> Option<usize> {
        self.u32(at)?.try_into().ok()
    }
}

/// A point of a contour: an end of a curve, or a control point between two ends.
#[derive(Debug, Clone, Copy)]
struct Knot {
    at: Point,
    on_curve: bool,
}

/// An opened font.
#[derive(Debug, Clone, Copy)]
pub struct TrueType<'a> {
    /// The groups of `cmap`'s subtable of format 12: first and last character, first glyph.
    characters: Bytes<'a>,
    character_groups: usize,
    advances: Bytes<'a>,
    advance_count: usize,
    offsets: Bytes<'a>,
    /// Whether offsets of glyphs are 32-bit numbers. Otherwise they are 16-bit numbers of pairs of bytes.
    long_offsets: bool,
    glyphs: Bytes<'a>,
    units_per_em: u16,
}

impl<'a> TrueType<'a> {
    /// Finds the tables of a font file. `None` if one is missing or cut short.
    pub fn open(file: &'a [u8]) -> Option<Self> {
        let file = Bytes(file);
        let table = |tag: &[u8; 4]| {
            let count = usize::from(file.u16(4)?);
            let record = (0..count)
                .map(|i| 12 + 16 * i)
                .find(|&record| file.array(record).as_ref() == Some(tag))?;
            file.from(file.index(record + 8)?)
        };
        let head = table(b"head")?;
        let cmap = table(b"cmap")?;
        let subtable = (0..usize::from(cmap.u16(2)?))
            .filter_map(|i| cmap.from(cmap.index(4 + 8 * i + 4)?))
            .find(|subtable| subtable.u16(0) == Some(12))?;
        Some(TrueType {
            characters: subtable.from(16)?,
            character_groups: subtable.index(12)?,
            advances: table(b"hmtx")?,
            advance_count: usize::from(table(b"hhea")?.u16(34)?),
            offsets: table(b"loca")?,
            long_offsets: head.u16(50)? == 1,
            glyphs: table(b"glyf")?,
            units_per_em: head.u16(18)?,
        })
    }

    /// The units that the font is drawn in: so many make its size.
    pub fn units_per_em(&self) -> u16 {
        self.units_per_em
    }

    /// The glyph of a character; 0 is the box that stands for missing ones.
    pub fn glyph(&self, character: char) -> u16 {
        self.mapped(u32::from(character)).unwrap_or(0)
    }

    fn mapped(&self, character: u32) -> Option<u16> {
        let group = |i: usize| 12 * i;
        let (mut low, mut high) = (0, self.character_groups);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.characters.u32(group(middle) + 4)? < character {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let first = self.characters.u32(group(low))?;
        if low == self.character_groups || character < first {
            return None;
        }
        let glyph = self.characters.u32(group(low) + 8)?;
        glyph.checked_add(character - first)?.try_into().ok()
    }

    /// How far the next glyph is from this one.
    pub fn advance(&self, glyph: u16) -> Option<u16> {
        // Glyphs past the last advance share it.
        let i = usize::from(glyph).min(self.advance_count.checked_sub(1)?);
        self.advances.u16(4 * i)
    }

    /// Appends the outline of a glyph, y upwards, every point passed through `place`. `None` if the glyph is
    /// damaged or has a scaled component; what was appended until then remains.
    pub fn outline(
        &self,
        glyph: u16,
        place: &dyn Fn(Point) -> Point,
        outline: &mut Vec<Segment>,
    ) -> Option<()> {
        self.component(
            glyph,
            (0.0, 0.0),
            &mut { MAX_GLYPHS },
            &mut |segment: Segment| {
                outline.push(segment.map(place));
            },
        )
    }

    fn component(
        &self,
        glyph: u16,
        shift: Point,
        left: &mut usize,
        draw: &mut dyn FnMut(Segment),
    ) -> Option<()> {
        *left = left.checked_sub(1)?;
        let offset = |i: usize| match self.long_offsets {
            true => self.offsets.index(4 * i),
            false => Some(2 * usize::from(self.offsets.u16(2 * i)?)),
        };
        let (begin, end) = (offset(glyph.into())?, offset(usize::from(glyph) + 1)?);
        let data = Bytes(self.glyphs.0.get(begin..end)?);
        if data.0.is_empty() {
            return Some(());
        }
        // The header: the number of contours, -1 for a composite glyph, and four borders.
        match usize::try_from(data.i16(0)?) {
            Ok(contours) => simple(data.from(10)?, contours, shift, draw),
            Err(_) => self.composite(data.from(10)?, shift, left, draw),
        }
    }

    /// Draws the components of a composite glyph.
    fn composite(
        &self,
        data: Bytes,
        shift: Point,
        left: &mut usize,
        draw: &mut dyn FnMut(Segment),
    ) -> Option<()> {
        const WORDS: u16 = 0x0001;
        const OFFSETS: u16 = 0x0002;
        const SCALED: u16 = 0x0008 | 0x0040 | 0x0080;
        const MORE: u16 = 0x0020;
        let mut at = 0;
        loop {
            let (flags, glyph) = (data.u16(at)?, data.u16(at + 2)?);
            if flags & SCALED != 0 || flags & OFFSETS == 0 {
                return None;
            }
            let (dx, dy) = match flags & WORDS != 0 {
                true => (data.i16(at + 4)?, data.i16(at + 6)?),
                false => {
                    let [dx, dy] = data.array(at + 4)?.map(u8::cast_signed);
                    (dx.into(), dy.into())
                }
            };
            let shift = (shift.0 + f64::from(dx), shift.1 + f64::from(dy));
            self.component(glyph, shift, left, draw)?;
            if flags & MORE == 0 {
                return Some(());
            }
            at += if flags & WORDS != 0 { 8 } else { 6 };
        }
    }
}

/// Draws a simple glyph: the last points of its contours, instructions, flags, all x, all y.
fn simple(data: Bytes, contours: usize, shift: Point, draw: &mut dyn FnMut(Segment)) -> Option<()> {
    const ON_CURVE: u8 = 0x01;
    const REPEATED: u8 = 0x08;
    /// Bits of an axis: the step is one byte; it is positive, or, if not one byte, zero.
    const X: (u8, u8) = (0x02, 0x10);
    const Y: (u8, u8) = (0x04, 0x20);

    let Some(last) = contours.checked_sub(1) else {
        return Some(());
    };
    let points = usize::from(data.u16(2 * last)?) + 1;
    let instructions = usize::from(data.u16(2 * contours)?);
    let mut at = 2 * contours + 2 + instructions;

    let mut flags = Vec::with_capacity(points);
    while flags.len() < points {
        let flag = data.u8(at)?;
        at += 1;
        let mut times = 1;
        if flag & REPEATED != 0 {
            times += usize::from(data.u8(at)?);
            at += 1;
        }
        flags.extend(std::iter::repeat_n(flag, times.min(points - flags.len())));
    }

    let mut axis = |(short, same_or_positive): (u8, u8), from: f64| {
        let mut here = from;
        let values = flags.iter().map(|flag| {
            let positive = flag & same_or_positive != 0;
            here += match (flag & short != 0, positive) {
                (true, _) => {
                    let step = f64::from(data.u8(at)?);
                    at += 1;
                    if positive {
                        step
                    } else {
                        -step
                    }
                }
                (false, true) => 0.0,
                (false, false) => {
                    at += 2;
                    f64::from(data.i16(at - 2)?)
                }
            };
            Some(here)
        });
        values.collect::<Option<Vec<f64>>>()
    };
    let (x, y) = (axis(X, shift.0)?, axis(Y, shift.1)?);
    let places = x.into_iter().zip(y).zip(&flags);
    let knots: Vec<Knot> = places
        .map(|(at, flag)| Knot {
            at,
            on_curve: flag & ON_CURVE != 0,
        })
        .collect();

    let mut begin = 0;
    for contour in 0..contours {
        let end = usize::from(data.u16(2 * contour)?) + 1;
        draw_contour(knots.get(begin..end)?, draw);
        begin = end;
    }
    Some(())
}

/// Draws a closed contour. Between two control points there is an end of a curve half-way.
fn draw_contour(knots: &[Knot], draw: &mut dyn FnMut(Segment)) {
    // Begin at the first point if it is on the curve, else at the second or before it.
    let (start, rest, last) = match *knots {
        [first, ref rest @ ..] if first.on_curve => (first.at, rest, None),
        [first, second, ref rest @ ..] if second.on_curve => (second.at, rest, Some(first)),
        [first, second, ..] => (half_way(first.at, second.at), &knots[1..], Some(first)),
        _ => return,
    };
    draw(Segment::Move(start));
    let mut control = None;
    for knot in rest.iter().copied().chain(last) {
        match (control, knot.on_curve) {
            (None, true) => draw(Segment::Line(knot.at)),
            (Some(control), true) => draw(Segment::Quadratic(control, knot.at)),
            (None, false) => (),
            (Some(control), false) => {
                draw(Segment::Quadratic(control, half_way(control, knot.at)));
            }
        }
        control = (!knot.on_curve).then_some(knot.at);
    }
    draw(match control {
        Some(control) => Segment::Quadratic(control, start),
        None => Segment::Line(start),
    });
    draw(Segment::Close);
}

fn half_way(a: Point, b: Point) -> Point {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The glyphs of DejaVu Sans 2.37.
    const GLYPHS: u16 = 6253;

    fn file() -> &'static [u8] {
        dejavu::sans::regular()
    }

    fn letters() -> TrueType<'static> {
        TrueType::open(file()).unwrap()
    }

    fn outline(glyph: u16) -> Vec<Segment> {
        let mut outline = Vec::new();
        letters().outline(glyph, &|p| p, &mut outline).unwrap();
        outline
    }

    /// The 64-bit hash of Fowler, Noll and Vo.
    fn hashed(words: impl Iterator<Item = u64>) -> u64 {
        let bytes = words.flat_map(u64::to_le_bytes);
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The kind of a step, and its numbers.
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
        let font = letters();
        let glyph = font.glyph('!');
        assert_eq!((glyph, font.advance(glyph)), (4, Some(821)));
        let dot = [(309.0, 254.0), (512.0, 254.0), (512.0, 0.0), (309.0, 0.0)];
        let outline = outline(glyph);
        assert_eq!(outline.len(), 6 + 8);
        assert_eq!(outline[0], Segment::Move(dot[0]));
        assert_eq!(outline[1..4], [1, 2, 3].map(|i| Segment::Line(dot[i])));
        assert_eq!(outline[4..6], [Segment::Line(dot[0]), Segment::Close]);
    }

    #[test]
    fn every_glyph_of_the_font_has_the_outline_that_two_other_readers_give() {
        // ttf-parser 0.25.1 gives this hash; skrifa 0.49.0 the same outlines, but for the line back to the
        // start of a contour, which it leaves out.
        let segments = (0..GLYPHS).flat_map(outline).flat_map(words);
        assert_eq!(hashed(segments), 0xb829_86fc_b55a_6c95);
        let font = letters();
        let advances = (0..GLYPHS).map(|glyph| u64::from(font.advance(glyph).unwrap()));
        assert_eq!(hashed(advances), 0x8c21_842d_2b4b_5da5);
        let mapped = (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .map(|character| u64::from(font.glyph(character)));
        assert_eq!(hashed(mapped), 0xf435_bfa7_ebb8_b407);
    }

    #[test]
    fn a_font_that_is_cut_short_or_overwritten_never_panics() {
        for length in (0..file().len()).step_by(3001).chain(0..400) {
            let Some(font) = TrueType::open(&file()[..length]) else {
                continue;
            };
            for glyph in (0..GLYPHS).step_by(97) {
                font.advance(glyph);
                font.outline(glyph, &|p| p, &mut Vec::new());
            }
            font.glyph('A');
        }
        for byte in [0x00, 0xff] {
            for at in (0..file().len()).step_by(5003).chain(0..400) {
                let mut damaged = file().to_vec();
                let end = damaged.len().min(at + 64);
                damaged[at..end].fill(byte);
                let Some(font) = TrueType::open(&damaged) else {
                    continue;
                };
                for glyph in (0..=u16::MAX).step_by(97) {
                    font.advance(glyph);
                    font.outline(glyph, &|p| p, &mut Vec::new());
                }
                font.glyph('A');
            }
        }
    }
}
