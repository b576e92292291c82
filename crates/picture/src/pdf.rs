//! Encoding as one page of PDF, without date or identifier, so that equal pictures give equal files.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::Compression;
use pdf_writer::types::LineJoinStyle;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};

use super::outline::{circle, polygon, steps, Segment, Step};
use super::{Color, Grey, Picture, Point, Shape};

/// Number of the objects that every file has; those of the images follow.
const OBJECTS: i32 = 5;

pub fn encode(picture: &Picture) -> Vec<u8> {
    let mut objects = (1..=OBJECTS).map(Ref::new);
    let mut object = || objects.next().unwrap_or(Ref::new(OBJECTS));
    let (catalog, pages, page_id, content_id, info) =
        (object(), object(), object(), object(), object());

    let mut images = Vec::new();
    let content = compressed(&page_content(picture, &mut images));

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page_id]).count(1);
    pdf.document_info(info).title(TextStr(&picture.title));
    let mut page = pdf.page(page_id);
    let (width, height) = (picture.width as f32, picture.height as f32);
    page.media_box(Rect::new(0.0, 0.0, width, height));
    page.parent(pages);
    page.contents(content_id);
    let mut resources = page.resources();
    let mut named = resources.x_objects();
    for (number, (name, _)) in (OBJECTS + 1..).zip(&images) {
        named.pair(Name(name.as_bytes()), Ref::new(number));
    }
    named.finish();
    resources.finish();
    page.finish();
    for (number, (_, grey)) in (OBJECTS + 1..).zip(&images) {
        let levels = compressed(&grey.levels);
        let mut image = pdf.image_xobject(Ref::new(number), &levels);
        image.filter(Filter::FlateDecode);
        image.width(i32::try_from(grey.columns).unwrap_or(i32::MAX));
        image.height(i32::try_from(grey.rows).unwrap_or(i32::MAX));
        image.color_space().device_gray();
        image.bits_per_component(8);
    }
    pdf.stream(content_id, &content).filter(Filter::FlateDecode);
    pdf.finish()
}

/// The content stream of the page. Images are only named in it; they are collected in `images`.
fn page_content<'a>(picture: &'a Picture, images: &mut Vec<(String, &'a Grey)>) -> Vec<u8> {
    let mut content = Content::new();
    // In PDF y points upwards from the lower edge.
    content.transform([1.0, 0.0, 0.0, -1.0, 0.0, picture.height as f32]);
    content.set_line_join(LineJoinStyle::RoundJoin);
    for shape in &picture.shapes {
        match shape {
            Shape::Line {
                points,
                width,
                color,
            } => {
                let [red, green, blue] = parts(*color);
                content.set_stroke_rgb(red, green, blue);
                content.set_line_width(*width as f32);
                trace(&mut content, &polygon(points, false));
                content.stroke();
            }
            Shape::Area { points, color } => {
                fill(&mut content, &polygon(points, true), *color);
            }
            Shape::Disc {
                center,
                radius,
                color,
            } => fill(&mut content, &circle(*center, *radius), *color),
            Shape::Text { outline, color, .. } => fill(&mut content, outline, *color),
            Shape::Image { corner, size, grey } => {
                let name = format!("Im{}", images.len() + 1);
                content.save_state();
                // PDF draws an image on the unit square, first row at y = 1: flipped like the page.
                content.transform([
                    size.0 as f32,
                    0.0,
                    0.0,
                    -size.1 as f32,
                    corner.0 as f32,
                    (corner.1 + size.1) as f32,
                ]);
                content.x_object(Name(name.as_bytes()));
                content.restore_state();
                images.push((name, grey));
            }
        }
    }
    content.finish().into_vec()
}

fn parts(color: Color) -> [f32; 3] {
    color.map(|part| f32::from(part) / 255.0)
}

fn fill(content: &mut Content, outline: &[Segment], color: Color) {
    // A space has no outline.
    if outline.is_empty() {
        return;
    }
    let [red, green, blue] = parts(color);
    content.set_fill_rgb(red, green, blue);
    trace(content, outline);
    content.fill_nonzero();
}

fn trace(content: &mut Content, outline: &[Segment]) {
    // Shorter numbers make a smaller file; 1/100 of a point is 3.5 micrometres.
    let short = |(x, y): Point| {
        let short = |value: f64| ((value * 100.0).round() / 100.0) as f32;
        (short(x), short(y))
    };
    for step in steps(outline) {
        match step {
            Step::Move(p) => {
                let (x, y) = short(p);
                content.move_to(x, y);
            }
            Step::Line(p) => {
                let (x, y) = short(p);
                content.line_to(x, y);
            }
            Step::Curve(c, d, p) => {
                let (c, d, p) = (short(c), short(d), short(p));
                content.cubic_to(c.0, c.1, d.0, d.1, p.0, p.1);
            }
            Step::Close => {
                content.close_path();
            }
        }
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
