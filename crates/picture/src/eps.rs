//! Encoding as Encapsulated PostScript, level 2 (Adobe, PostScript Language Reference, 2nd edition, and
//! Encapsulated PostScript File Format Specification 3.0). No crate writes images and filled areas as
//! EPS (searched in 2026; turtle-graphics has lines only).

use std::fmt::Write;

use super::outline::{polygon, short, steps, Segment, Step};
use super::{Color, Grey, Picture, Shape};

/// Characters in a line of pixels; early printers accept 255.
const LINE: usize = 76;

pub fn encode(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width, picture.height);
    let mut out = format!(
        "%!PS-Adobe-3.0 EPSF-3.0\n\
         %%BoundingBox: 0 0 {:.0} {:.0}\n\
         %%HiResBoundingBox: 0 0 {} {}\n\
         %%Title: {}\n\
         %%LanguageLevel: 2\n\
         %%EndComments\n\
         12 dict begin\n\
         /m {{moveto}} bind def /l {{lineto}} bind def /c {{curveto}} bind def\n\
         /z {{closepath}} bind def /f {{setrgbcolor fill}} bind def\n\
         /a {{0 360 arc closepath}} bind def\n\
         /s {{setrgbcolor setlinewidth stroke}} bind def\n\
         gsave\n\
         0 {} translate 1 -1 scale 1 setlinejoin\n",
        width.ceil(),
        height.ceil(),
        short(width),
        short(height),
        comment(&picture.title),
        short(height),
    );
    for shape in &picture.shapes {
        match shape {
            Shape::Line {
                points,
                width,
                color,
            } => {
                trace(&mut out, &polygon(points, false));
                add(
                    &mut out,
                    &format!("{} {} s\n", short(*width), parts(*color)),
                );
            }
            Shape::Area { points, color } => fill(&mut out, &polygon(points, true), *color),
            Shape::Disc {
                center,
                radius,
                color,
            } => {
                let (x, y) = (short(center.0), short(center.1));
                add(
                    &mut out,
                    &format!("{x} {y} {} a {} f\n", short(*radius), parts(*color)),
                );
            }
            Shape::Text { outline, color, .. } => fill(&mut out, outline, *color),
            Shape::Image { corner, size, grey } => {
                let (x, y) = (short(corner.0), short(corner.1));
                let (wide, high) = (short(size.0), short(size.1));
                let place = format!("gsave {x} {y} translate {wide} {high} scale\n");
                add(&mut out, &place);
                image(&mut out, grey);
                add(&mut out, "grestore\n");
            }
        }
    }
    out.push_str("grestore\nend\nshowpage\n%%EOF\n");
    out.into_bytes()
}

fn add(out: &mut String, text: &str) {
    out.push_str(text);
}

fn parts(color: Color) -> String {
    let parts = color.map(|part| {
        let part = format!("{:.3}", f64::from(part) / 255.0);
        part.trim_end_matches('0').trim_end_matches('.').to_owned()
    });
    parts.join(" ")
}

fn fill(out: &mut String, outline: &[Segment], color: Color) {
    trace(out, outline);
    add(out, &format!("{} f\n", parts(color)));
}

fn trace(out: &mut String, outline: &[Segment]) {
    for step in steps(outline) {
        let (points, what) = match step {
            Step::Move(p) => (vec![p], 'm'),
            Step::Line(p) => (vec![p], 'l'),
            Step::Curve(c, d, p) => (vec![c, d, p], 'c'),
            Step::Close => (vec![], 'z'),
        };
        for (x, y) in points {
            // Writing into a String does not fail.
            let _ = write!(out, "{} {} ", short(x), short(y));
        }
        out.push(what);
        out.push('\n');
    }
}

/// Draws the image on the unit square; y points downwards, as the rows of the image do.
fn image(out: &mut String, grey: &Grey) {
    let (columns, rows) = (grey.columns, grey.rows);
    let head = format!(
        "/DeviceGray setcolorspace\n\
         << /ImageType 1 /Width {columns} /Height {rows} /BitsPerComponent 8 /Decode [0 1]\n\
         /ImageMatrix [{columns} 0 0 {rows} 0 0]\n\
         /DataSource currentfile /ASCII85Decode filter >> image\n"
    );
    add(out, &head);
    ascii85(out, &grey.levels);
}

/// Appends bytes in ASCII base 85, five characters for four bytes (PostScript Language Reference, 3.13.3).
fn ascii85(out: &mut String, bytes: &[u8]) {
    let mut column = 0;
    let mut put = |character: u8| {
        if column == LINE {
            out.push('\n');
            column = 0;
        }
        // A leading "%" would look like a comment to programs that scan for them; blanks are skipped.
        if column == 0 && character == b'%' {
            out.push(' ');
            column = 1;
        }
        out.push(char::from(character));
        column += 1;
    };
    for chunk in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        let mut word = u32::from_be_bytes(word);
        if chunk.len() == 4 && word == 0 {
            put(b'z');
            continue;
        }
        let mut digits = [0u8; 5];
        for digit in digits.iter_mut().rev() {
            *digit = b'!' + (word % 85) as u8;
            word /= 85;
        }
        digits[..=chunk.len()].iter().copied().for_each(&mut put);
    }
    out.push_str("\n~>\n");
}

/// The title as it may stand in a comment: printable ASCII on one line, 200 characters at most.
fn comment(title: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    let title: String = title.chars().map(plain).take(200).collect();
    match title.trim() {
        "" => "(none)".into(),
        title => title.into(),
    }
}
