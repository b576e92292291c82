//! Encoding as PNG and JPEG: tiny-skia draws the shapes as pixels, the png and jpeg-encoder crates
//! compress them.

use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder, PixelDensity, SamplingFactor};
use png::{BitDepth, ColorType, Compression, Encoder, Filter, PixelDimensions, Unit};
use tiny_skia::{FillRule, IntSize, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

use super::outline::{polygon, Segment};
use super::{failed, Color, Grey, Picture, Point, Shape};
use crate::Result;

/// Pixels per inch, as magazines print: 10 inches are 3000 pixels.
const DENSITY: u16 = 300;
/// Pixels per point.
const SCALE: f64 = DENSITY as f64 / 72.0;
/// Quality of 0 to 100, at which no blocks are visible around letters.
const JPEG_QUALITY: u8 = 92;
/// Rounding errors of an edge, in pixels: within this distance it counts as on the pixel's border.
const SLACK: f64 = 1e-9;

/// Opaque pixels, row-major: one byte each if all are grey, else red, green and blue.
struct Pixels {
    width: u32,
    height: u32,
    grey: bool,
    bytes: Vec<u8>,
}

pub fn png(picture: &Picture) -> Result<Vec<u8>> {
    let pixels = draw(picture)?;
    let color = match pixels.grey {
        true => ColorType::Grayscale,
        false => ColorType::Rgb,
    };
    // Pixels per metre.
    let density = (f64::from(DENSITY) / 0.0254).round() as u32;
    write_png(pixels.width, pixels.height, color, density, &pixels.bytes)
}

/// Encodes an image alone as PNG, for formats that embed it so.
pub fn grey_png(grey: &Grey) -> Result<Vec<u8>> {
    let size = |length: usize| u32::try_from(length).map_err(failed);
    let (width, height) = (size(grey.columns)?, size(grey.rows)?);
    write_png(width, height, ColorType::Grayscale, 0, &grey.levels)
}

fn write_png(
    width: u32,
    height: u32,
    color: ColorType,
    density: u32,
    bytes: &[u8],
) -> Result<Vec<u8>> {
    let mut out = memory::Bytes::default();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    // Most rows equal the one above; trying all filters would take longer than the compression.
    encoder.set_filter(Filter::Up);
    if density > 0 {
        encoder.set_pixel_dims(Some(PixelDimensions {
            xppu: density,
            yppu: density,
            unit: Unit::Meter,
        }));
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(bytes).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out.into_vec())
}

pub fn jpeg(picture: &Picture) -> Result<Vec<u8>> {
    let pixels = draw(picture)?;
    let color = match pixels.grey {
        true => JpegColor::Luma,
        false => JpegColor::Rgb,
    };
    let size = |length: u32| u16::try_from(length).map_err(failed);
    let (width, height) = (size(pixels.width)?, size(pixels.height)?);
    let mut out = memory::Bytes::default();
    let mut encoder = JpegEncoder::new(&mut out, JPEG_QUALITY);
    encoder.set_density(PixelDensity::dpi(DENSITY));
    // No subsampling of colours, so that thin lines keep theirs.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    let encoded = encoder.encode(&pixels.bytes, width, height, color);
    encoded.map_err(failed)?;
    Ok(out.into_vec())
}

fn draw(picture: &Picture) -> Result<Pixels> {
    let side = |points: f64| (points * SCALE).round() as u32;
    let (width, height) = (side(picture.width), side(picture.height));
    let none = || failed(format!("{width} x {height} pixels are no page"));
    let size = IntSize::from_wh(width, height).ok_or_else(none)?;
    let bytes = memory::product(width as usize, height as usize)?;
    let white = memory::filled(memory::product(bytes, 4)?, 255)?;
    let mut page = Pixmap::from_vec(white, size).ok_or_else(none)?;
    for shape in &picture.shapes {
        match shape {
            Shape::Line {
                points,
                width,
                color,
            } => stroke(&mut page, &polygon(points, false), *width, *color),
            Shape::Area { points, color } => fill(&mut page, &polygon(points, true), *color),
            Shape::Disc {
                center,
                radius,
                color,
            } => dot(&mut page, *center, *radius, *color),
            Shape::Text { outline, color, .. } => fill(&mut page, outline, *color),
            Shape::Image { corner, size, grey } => place(&mut page, *corner, *size, grey),
        }
    }
    let pixels = page.data().chunks_exact(4);
    let grey = pixels.clone().all(|p| p[0] == p[1] && p[1] == p[2]);
    let bytes = match grey {
        true => memory::collect(pixels.map(|p| p[0]))?,
        false => {
            let mut bytes = memory::room(pixels.len() * 3)?;
            pixels.for_each(|p| bytes.extend_from_slice(&p[..3]));
            bytes
        }
    };
    Ok(Pixels {
        width,
        height,
        grey,
        bytes,
    })
}

fn paint([red, green, blue]: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

/// Converts an outline to pixels; `None` if it is empty, as for a space.
fn path(outline: &[Segment]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let pixel = |(x, y): Point| ((x * SCALE) as f32, (y * SCALE) as f32);
    for segment in outline {
        match *segment {
            Segment::Move(p) => {
                let (x, y) = pixel(p);
                builder.move_to(x, y);
            }
            Segment::Line(p) => {
                let (x, y) = pixel(p);
                builder.line_to(x, y);
            }
            Segment::Quadratic(c, p) => {
                let (c, p) = (pixel(c), pixel(p));
                builder.quad_to(c.0, c.1, p.0, p.1);
            }
            Segment::Cubic(c, d, p) => {
                let (c, d, p) = (pixel(c), pixel(d), pixel(p));
                builder.cubic_to(c.0, c.1, d.0, d.1, p.0, p.1);
            }
            Segment::Close => builder.close(),
        }
    }
    builder.finish()
}

fn fill(page: &mut Pixmap, outline: &[Segment], color: Color) {
    if let Some(path) = path(outline) {
        let rule = FillRule::Winding;
        page.fill_path(&path, &paint(color), rule, Transform::identity(), None);
    }
}

fn stroke(page: &mut Pixmap, outline: &[Segment], width: f64, color: Color) {
    if let Some(path) = path(outline) {
        let stroke = Stroke {
            width: (width * SCALE) as f32,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        page.stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
    }
}

/// Draws a disc with a smooth edge directly on the pixels: pictures have thousands of discs, and outlines
/// would be slower.
fn dot(page: &mut Pixmap, center: Point, radius: f64, color: Color) {
    let (x, y, radius) = (center.0 * SCALE, center.1 * SCALE, radius * SCALE);
    let within = |middle: f64, end: u32| {
        // `as` keeps to 0 and above.
        let from = (middle - radius - 1.0).floor() as u32;
        let to = (middle + radius + 1.0).ceil() as u32;
        from.min(end)..to.min(end)
    };
    let width = page.width() as usize;
    let (columns, rows) = (within(x, page.width()), within(y, page.height()));
    let bytes = page.data_mut();
    for row in rows {
        for column in columns.clone() {
            let (across, down) = (f64::from(column) + 0.5 - x, f64::from(row) + 0.5 - y);
            // The covered fraction of the pixel, as if the edge were straight there.
            let cover = (radius - across.hypot(down) + 0.5).clamp(0.0, 1.0);
            let at = (row as usize * width + column as usize) * 4;
            for (byte, part) in bytes[at..at + 3].iter_mut().zip(color) {
                let mixed = f64::from(*byte) * (1.0 - cover) + f64::from(part) * cover;
                *byte = mixed.round() as u8;
            }
        }
    }
}

/// Draws an image on the page. Pixels larger than those of the page stay squares with sharp edges;
/// smaller ones are averaged, so that a single bright one is not lost.
fn place(page: &mut Pixmap, corner: Point, size: (f64, f64), grey: &Grey) {
    let (width, height) = (page.width() as usize, page.height() as usize);
    let columns = shares(corner.0, size.0, grey.columns, width);
    let rows = shares(corner.1, size.1, grey.rows, height);
    let bytes = page.data_mut();
    let mut before: Option<(usize, Share)> = None;
    for row in &rows {
        let line = row.at * width * 4;
        // Several rows of the page show the same row of large pixels.
        if let Some((above, share)) = before {
            if share.same_source(row) {
                let (first, end) = match (columns.first(), columns.last()) {
                    (Some(first), Some(last)) => (first.at * 4, (last.at + 1) * 4),
                    _ => return,
                };
                bytes.copy_within(above + first..above + end, line + first);
                before = Some((line, *row));
                continue;
            }
        }
        for column in &columns {
            let mut sum = 0u64;
            for from in row.from..row.to {
                let levels = &grey.levels[from * grey.columns..][column.from..column.to];
                sum += levels.iter().map(|&level| u64::from(level)).sum::<u64>();
            }
            let count = ((row.to - row.from) * (column.to - column.from)) as u64;
            let level = ((sum + count / 2) / count) as u8;
            let at = line + column.at * 4;
            bytes[at..at + 3].fill(level);
        }
        before = Some((line, *row));
    }
}

/// A pixel of the page, and the range `from..to`, never empty, of image pixels that it shows.
#[derive(Clone, Copy)]
struct Share {
    at: usize,
    from: usize,
    to: usize,
}

impl Share {
    fn same_source(&self, other: &Share) -> bool {
        (self.from, self.to) == (other.from, other.to)
    }
}

/// Along one axis, the pixels of the page that show an image, and what each shows. The image has `count`
/// pixels, begins at `start` and is `size` long, both in points; the page has `end` pixels.
fn shares(start: f64, size: f64, count: usize, end: usize) -> Vec<Share> {
    let (start, size) = (start * SCALE, size * SCALE);
    let first = start.round().max(0.0) as usize;
    let last = ((start + size).round().max(0.0) as usize).min(end);
    if count == 0 || last <= first {
        return Vec::new();
    }
    // The image is rounded to whole pixels of the page: it moves by less than half of one.
    let step = count as f64 / (last - first) as f64;
    let share = |at: usize| {
        let low = (at - first) as f64 * step;
        let from = match step > 1.0 {
            true => low + SLACK,
            // The image pixel at the centre of the page pixel.
            false => low + step / 2.0,
        };
        let from = (from as usize).min(count - 1);
        let to = match step > 1.0 {
            true => (low + step + SLACK) as usize,
            false => 0,
        };
        let to = to.clamp(from + 1, count);
        Share { at, from, to }
    };
    (first..last).map(share).collect()
}
