//! Each format is valid and shows the same page.

use std::io::Read;
use std::process::Command;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::style::{Color as _, IntoFont, BLACK, BLUE, RED};

use super::*;
use testing::skipped;

/// Pixels of an image on the page: see [`page`].
const LEVELS: [u8; 6] = [0, 128, 255, 64, 192, 32];

/// A page of 100 x 60 points: an image of 3 x 2 pixels of 20 points each at (10, 10), right of it a red
/// area, a blue disc and a text, above it a line.
fn page() -> Picture {
    let mut picture = Picture::new("A <title> & 100 % of it", 100.0, 60.0);
    draw(&mut picture).unwrap();
    picture
}

fn draw(picture: &mut Picture) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let area: DrawingArea<Canvas<'_>, Shift> = Canvas::on(picture)?.into_drawing_area();
    let at = |x: f64, y: f64| (Canvas::steps(x), Canvas::steps(y));
    let grey = Grey {
        columns: 3,
        rows: 2,
        levels: LEVELS.to_vec().into(),
    };
    area.draw(&grey.between([at(10.0, 50.0), at(70.0, 10.0)]))?;
    area.draw(&Rectangle::new(
        [at(75.0, 10.0), at(95.0, 30.0)],
        RED.filled(),
    ))?;
    area.draw(&Circle::new(
        at(85.0, 40.0),
        Canvas::steps(5.0),
        BLUE.filled(),
    ))?;
    let line = BLACK.stroke_width(Canvas::STEPS as u32);
    area.draw(&PathElement::new([at(5.0, 5.0), at(95.0, 5.0)], line))?;
    let letters = ("sans-serif", 8.0 * Canvas::STEPS).into_font();
    area.draw(&Text::new("A & B", at(75.0, 50.0), letters))?;
    Ok(())
}

/// Width, and red, green, blue of every pixel.
fn decoded(png: &[u8]) -> (usize, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let pixels = match info.color_type {
        png::ColorType::Grayscale => bytes.iter().map(|&level| [level; 3]).collect(),
        png::ColorType::Rgb => bytes.chunks(3).map(|p| [p[0], p[1], p[2]]).collect(),
        other => panic!("{other:?}"),
    };
    (info.width as usize, pixels)
}

/// Asserts that an image of [`page`] with `scale` pixels per point has the expected colours at several
/// places, each within `off`.
fn assert_shows_the_page(name: &str, width: usize, pixels: &[[u8; 3]], scale: f64, off: u8) {
    let at = |x: f64, y: f64| pixels[(y * scale) as usize * width + (x * scale) as usize];
    let mut expected: Vec<((f64, f64), [u8; 3])> = LEVELS
        .iter()
        .enumerate()
        .map(|(index, &level)| {
            let (column, row) = ((index % 3) as f64, (index / 3) as f64);
            ((20.0 + 20.0 * column, 20.0 + 20.0 * row), [level; 3])
        })
        .collect();
    expected.push(((3.0, 30.0), [255; 3]));
    expected.push(((85.0, 20.0), [255, 0, 0]));
    expected.push(((85.0, 40.0), [0, 0, 255]));
    expected.push(((80.0, 36.0), [255; 3]));
    expected.push(((50.0, 5.0), [0; 3]));
    for ((x, y), color) in expected {
        let found = at(x, y);
        let near = found.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= off);
        assert!(near, "{name} at ({x}, {y}): {found:?}, not {color:?}");
    }
    // The letters of the text.
    let dark = (50 * 4..56 * 4).flat_map(|y| (75 * 4..98 * 4).map(move |x| (x, y)));
    let dark = dark.filter(|&(x, y)| at(f64::from(x) / 4.0, f64::from(y) / 4.0)[1] < 100);
    let share = dark.count() as f64 / (24.0 * 92.0);
    assert!((0.05..0.5).contains(&share), "{name}: {share} is ink");
}

#[test]
fn png_has_the_pixels_at_300_in_an_inch() {
    let (width, pixels) = decoded(&page().encode(Format::Png).unwrap());
    assert_eq!((width, pixels.len() / width), (417, 250));
    assert_shows_the_page("png", width, &pixels, 300.0 / 72.0, 0);
    // The edges of the image and of what is beside it are sharp and where they should be.
    let row = &pixels[80 * width..81 * width];
    let first_not = |from: usize, color: u8| (from..width).find(|&x| row[x] != [color; 3]);
    assert_eq!(first_not(0, 255), Some(42));
    assert_eq!(first_not(42, 0), Some(125));
}

#[test]
fn a_page_without_colours_is_a_grey_png() {
    let mut picture = page();
    picture
        .shapes
        .retain(|shape| matches!(shape, Shape::Image { .. } | Shape::Text { .. }));
    let bytes = picture.encode(Format::Png).unwrap();
    let info = png::Decoder::new(std::io::Cursor::new(&bytes[..]));
    let reader = info.read_info().unwrap();
    assert_eq!(reader.info().color_type, png::ColorType::Grayscale);
    let (width, pixels) = decoded(&bytes);
    let scale = 300.0 / 72.0;
    assert_eq!(
        pixels[(20.0 * scale) as usize * width + (40.0 * scale) as usize],
        [128; 3]
    );
}

#[test]
fn jpeg_shows_the_page() {
    let bytes = page().encode(Format::Jpg).unwrap();
    assert_eq!(bytes, page().encode(Format::Jpeg).unwrap());
    let data = zune_jpeg::zune_core::bytestream::ZCursor::new(&bytes[..]);
    let mut decoder = zune_jpeg::JpegDecoder::new(data);
    let pixels = decoder.decode().unwrap();
    let (width, _) = decoder.dimensions().unwrap();
    let pixels: Vec<_> = pixels.chunks(3).map(|p| [p[0], p[1], p[2]]).collect();
    assert_shows_the_page("jpg", width, &pixels, 300.0 / 72.0, 12);
}

#[test]
fn svg_is_xml_with_the_text_in_it() {
    let bytes = page().encode(Format::Svg).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    let document = roxmltree::Document::parse(text).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("viewBox"), Some("0 0 100 60"));
    let named = |name: &'static str| {
        let all = document.descendants();
        all.filter(move |node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
    };
    assert_eq!(
        named("title").next().and_then(|node| node.text()),
        Some("A <title> & 100 % of it")
    );
    assert_eq!(
        named("path").find_map(|node| node.attribute("aria-label")),
        Some("A & B")
    );
    let dot = named("circle").next().unwrap();
    assert_eq!(
        (dot.attribute("cx"), dot.attribute("r")),
        (Some("85"), Some("5"))
    );
    let image = named("image").next().unwrap();
    assert_eq!(image.attribute("width"), Some("60"));
    let data = image.attribute(("http://www.w3.org/1999/xlink", "href"));
    let data = data.and_then(|data| data.strip_prefix("data:image/png;base64,"));
    use base64::Engine;
    let png = base64::engine::general_purpose::STANDARD
        .decode(data.unwrap())
        .unwrap();
    let (width, pixels) = decoded(&png);
    assert_eq!(width, 3);
    assert_eq!(pixels, LEVELS.map(|level| [level; 3]));
}

#[test]
fn pdf_has_objects_where_its_table_says() {
    let bytes = page().encode(Format::Pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.7"));
    let find = |what: &str, from: usize| {
        let mut windows = bytes[from..].windows(what.len());
        from + windows
            .position(|window| window == what.as_bytes())
            .unwrap()
    };
    // The streams are binary; the rest is text.
    let text = String::from_utf8_lossy(&bytes);
    let table: usize = text
        .rsplit_once("startxref\n")
        .and_then(|(_, end)| end.lines().next()?.parse().ok())
        .unwrap();
    let last = String::from_utf8_lossy(&bytes[table..]);
    let mut lines = last.lines();
    assert_eq!(lines.next(), Some("xref"));
    let count: usize = lines.next().unwrap()[2..].parse().unwrap();
    assert_eq!(count, 7, "five objects, one image, and the free one");
    for (number, line) in lines.take(count).enumerate().skip(1) {
        let at: usize = line[..10].parse().unwrap();
        let begins = format!("{number} 0 obj");
        assert!(bytes[at..].starts_with(begins.as_bytes()), "{line}");
    }
    assert!(text.contains("/MediaBox [0 0 100 60]"), "{text}");
    // These would differ from run to run.
    assert!(!text.contains("Date") && !text.contains("/ID"));
    // The image's pixels are unchanged.
    let start = find("stream\n", find("/Subtype /Image", 0)) + "stream\n".len();
    let mut levels = Vec::new();
    flate2::read::ZlibDecoder::new(&bytes[start..])
        .read_to_end(&mut levels)
        .unwrap();
    assert_eq!(levels, LEVELS);
}

#[test]
fn eps_has_its_bounds_and_its_pixels() {
    let text = String::from_utf8(page().encode(Format::Eps).unwrap()).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("%!PS-Adobe-3.0 EPSF-3.0"));
    assert_eq!(lines.next(), Some("%%BoundingBox: 0 0 100 60"));
    assert!(text.contains("\n%%Title: A <title> & 100 % of it\n"));
    assert!(text.ends_with("%%EOF\n"));
    assert!(text.is_ascii() && text.lines().all(|line| line.len() < 256));
    // Six bytes as base 85 has them (Python's base64.a85encode).
    assert!(text.contains("image\n!.b)7^`W\n~>\n"), "{text}");
}

#[test]
fn ghostscript_sees_the_page_in_pdf_and_eps() {
    if Command::new("gs").arg("--version").output().is_err() {
        skipped("ghostscript (gs), to look at pdf and eps files, is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for format in [Format::Pdf, Format::Eps] {
        let file = dir.path().join(format!("page.{}", format.suffix()));
        let seen = dir.path().join("seen.ppm");
        std::fs::write(&file, page().encode(format).unwrap()).unwrap();
        let run = Command::new("gs")
            .args(["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=ppmraw"])
            .args(["-r288", "-dEPSCrop"])
            .arg(format!("-sOutputFile={}", seen.display()))
            .arg(&file)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        let bytes = std::fs::read(&seen).unwrap();
        let pixels = &bytes[bytes.len() - 400 * 240 * 3..];
        let pixels: Vec<_> = pixels.chunks(3).map(|p| [p[0], p[1], p[2]]).collect();
        assert_shows_the_page(format.suffix(), 400, &pixels, 4.0, 1);
    }
}

#[test]
fn the_same_picture_is_the_same_file() {
    for format in Format::ALL {
        let once = page().encode(format).unwrap();
        assert_eq!(once, page().encode(format).unwrap(), "{format:?}");
    }
}

#[test]
fn an_image_finer_than_the_page_is_averaged() {
    // 600 x 600 pixels, black but for one line of white ones, on 72 points: 300 pixels a side.
    let mut picture = Picture::new("", 72.0, 72.0);
    let white = |index: usize| if index % 600 == 301 { 255 } else { 0 };
    picture.shapes.push(Shape::Image {
        corner: (0.0, 0.0),
        size: (72.0, 72.0),
        grey: Grey {
            columns: 600,
            rows: 600,
            levels: (0..600 * 600).map(white).collect::<Vec<u8>>().into(),
        },
    });
    let (width, pixels) = decoded(&picture.encode(Format::Png).unwrap());
    assert_eq!(width, 300);
    for (index, pixel) in pixels.iter().enumerate() {
        let expected = if index % 300 == 150 { 128 } else { 0 };
        assert_eq!(*pixel, [expected; 3], "{index}");
    }
}

#[test]
fn images_at_and_beyond_the_edge_are_cut() {
    for corner in [(-10.0, -10.0), (65.0, 65.0), (500.0, 0.0), (0.0, -500.0)] {
        let mut picture = Picture::new("", 72.0, 72.0);
        for count in [1, 3, 2000] {
            picture.shapes.push(Shape::Image {
                corner,
                size: (30.0, 30.0),
                grey: Grey {
                    columns: count,
                    rows: 1,
                    levels: vec![7; count].into(),
                },
            });
        }
        picture.shapes.push(Shape::Disc {
            center: corner,
            radius: 20.0,
            color: [1, 2, 3],
        });
        for format in Format::ALL {
            picture.encode(format).unwrap();
        }
    }
}

#[test]
fn hostile_titles_and_texts_stay_text() {
    let title = "\u{0}\u{1b}\n%%EOF\n%%BoundingBox: 1 2 3 4 \u{ffff} ]]> -- <x> \"&' 日本";
    let mut picture = Picture::new(title, 50.0, 50.0);
    picture.shapes.push(Shape::Text {
        text: title.into(),
        outline: Vec::new(),
        color: [0; 3],
    });
    let svg = String::from_utf8(picture.encode(Format::Svg).unwrap()).unwrap();
    roxmltree::Document::parse(&svg).unwrap();
    let eps = String::from_utf8(picture.encode(Format::Eps).unwrap()).unwrap();
    let bounds = |line: &&str| line.starts_with("%%BoundingBox");
    assert_eq!(eps.lines().filter(bounds).count(), 1);
    picture.encode(Format::Pdf).unwrap();
    picture.encode(Format::Png).unwrap();
}
