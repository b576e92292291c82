//! Encoding as SVG. Text is drawn as outlines, which look the same whatever fonts a viewer has; its words
//! stand in `aria-label`, where they can be searched and read aloud.

use std::fmt::Write;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use super::outline::{polygon, short, Segment};
use super::{raster, Color, Picture, Shape};
use crate::Result;

pub fn encode(picture: &Picture) -> Result<Vec<u8>> {
    let (width, height) = (short(picture.width), short(picture.height));
    let title = escaped(&picture.title);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         width=\"{width}pt\" height=\"{height}pt\" viewBox=\"0 0 {width} {height}\" \
         version=\"1.1\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for shape in &picture.shapes {
        let line = element(shape)?;
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str("</svg>\n");
    Ok(out.into_bytes())
}

fn element(shape: &Shape) -> Result<String> {
    Ok(match shape {
        Shape::Line {
            points,
            width,
            color,
        } => format!(
            "<path fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" \
             d=\"{}\"/>",
            hexadecimal(*color),
            short(*width),
            path(&polygon(points, false)),
        ),
        Shape::Area { points, color } => format!(
            "<path fill=\"{}\" d=\"{}\"/>",
            hexadecimal(*color),
            path(&polygon(points, true)),
        ),
        Shape::Disc {
            center,
            radius,
            color,
        } => format!(
            "<circle fill=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            hexadecimal(*color),
            short(center.0),
            short(center.1),
            short(*radius),
        ),
        Shape::Text {
            text,
            outline,
            color,
        } => format!(
            "<path role=\"img\" aria-label=\"{}\" fill=\"{}\" d=\"{}\"/>",
            escaped(text),
            hexadecimal(*color),
            path(outline),
        ),
        Shape::Image { corner, size, grey } => format!(
            // `crisp-edges` and `pixelated` keep pixels sharp. Older viewers know `xlink:href` only.
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:crisp-edges;image-rendering:pixelated\" \
             xlink:href=\"data:image/png;base64,{}\"/>",
            short(corner.0),
            short(corner.1),
            short(size.0),
            short(size.1),
            STANDARD.encode(raster::grey_png(grey)?),
        ),
    })
}

fn hexadecimal([red, green, blue]: Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn path(outline: &[Segment]) -> String {
    let mut text = String::new();
    for segment in outline {
        let (letter, points) = match *segment {
            Segment::Move(p) => ('M', vec![p]),
            Segment::Line(p) => ('L', vec![p]),
            Segment::Quadratic(c, p) => ('Q', vec![c, p]),
            Segment::Cubic(c, d, p) => ('C', vec![c, d, p]),
            Segment::Close => ('Z', vec![]),
        };
        text.push(letter);
        for (index, (x, y)) in points.into_iter().enumerate() {
            let gap = if index > 0 { " " } else { "" };
            // Writing into a String does not fail.
            let _ = write!(text, "{gap}{} {}", short(x), short(y));
        }
    }
    text
}

/// Escapes text for XML 1.0.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML 1.0, escaped or not.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
