//! Pictures of lines, discs, text and grey images, encoded as PNG, JPEG, SVG, PDF or EPS.
//!
//! A [`Picture`] is a list of [`Shape`]s on a white page. The plotters crate draws on it through a
//! [`Canvas`]. All formats are made from the one list, so they show the same. Coordinates are points
//! (1/72 inch) from the upper left corner, y downwards. Letters come from a font inside the library, no
//! font or setting of the machine is used, and equal pictures give equal bytes.
//!
//! ```
//! use picture::{Canvas, Format, Picture};
//! use plotters::drawing::IntoDrawingArea;
//! use plotters::element::{PathElement, Text};
//! use plotters::style::{Color, IntoFont, BLACK};
//!
//! let mut picture = Picture::new("A line", 200.0, 100.0);
//! {
//!     let page = Canvas::on(&mut picture)?.into_drawing_area();
//!     // plotters draws on a grid of whole numbers: `steps` converts points to its steps.
//!     let at = |x, y| (Canvas::steps(x), Canvas::steps(y));
//!     let pen = BLACK.stroke_width(Canvas::steps(1.5) as u32);
//!     page.draw(&PathElement::new([at(10.0, 90.0), at(190.0, 90.0)], pen))?;
//!     let font = ("sans-serif", 12.0 * Canvas::STEPS).into_font();
//!     page.draw(&Text::new("Flux & error", at(10.0, 20.0), font))?;
//! }
//! let svg = String::from_utf8(picture.encode(Format::Svg)?)?;
//! assert!(svg.contains("viewBox=\"0 0 200 100\""));
//! assert!(svg.contains("stroke-width=\"1.5\" stroke-linejoin=\"round\" d=\"M10 90L190 90\""));
//! // Letters are outlines; the text stays in the file to be searched and read aloud.
//! assert!(svg.contains("aria-label=\"Flux &amp; error\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod canvas;
mod eps;
mod font;
mod outline;
mod pdf;
mod raster;
mod svg;

pub use canvas::{Canvas, Grey};
pub use outline::Segment;

/// Why a picture cannot be drawn or encoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too little memory for the pixels.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// A crate that draws or compresses pixels failed, for the given reason.
    #[error("The picture cannot be drawn: {0}")]
    Drawing(String),
}

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, under the suffix `jpg`.
    Jpg,
    /// JPEG, under the suffix `jpeg`.
    Jpeg,
    /// Scalable Vector Graphics 1.1.
    Svg,
    /// Portable Document Format 1.7, one page.
    Pdf,
    /// Encapsulated PostScript, level 2.
    Eps,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] = [
        Format::Png,
        Format::Jpg,
        Format::Jpeg,
        Format::Svg,
        Format::Pdf,
        Format::Eps,
    ];

    /// The suffix of file names of this format, without the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Png => "png",
            Format::Jpg => "jpg",
            Format::Jpeg => "jpeg",
            Format::Svg => "svg",
            Format::Pdf => "pdf",
            Format::Eps => "eps",
        }
    }

    /// The format that a file name's suffix stands for, in upper or lower case.
    ///
    /// ```
    /// use picture::Format;
    ///
    /// assert_eq!(Format::of_suffix("PDF"), Some(Format::Pdf));
    /// assert_eq!(Format::of_suffix("gif"), None);
    /// ```
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        let is = |format: &Format| format.suffix().eq_ignore_ascii_case(suffix);
        Format::ALL.into_iter().find(is)
    }
}

/// A position in points (1/72 inch): x to the right of and y below the page's upper left corner.
pub type Point = (f64, f64);

/// Red, green and blue, 0 to 255.
pub type Color = [u8; 3];

/// One element of a picture.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A line through points.
    Line {
        /// Two or more positions.
        points: Vec<Point>,
        /// Width of the line, in points.
        width: f64,
        /// Colour of the line.
        color: Color,
    },
    /// A filled polygon.
    Area {
        /// Its corners, in order.
        points: Vec<Point>,
        /// Colour of the fill.
        color: Color,
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        center: Point,
        /// Its radius, in points.
        radius: f64,
        /// Colour of the fill.
        color: Color,
    },
    /// Text as the outlines of its letters.
    Text {
        /// The text itself, which SVG files keep beside the outlines.
        text: String,
        /// The outlines of the letters, to be filled by the nonzero winding rule.
        outline: Vec<Segment>,
        /// Colour of the letters.
        color: Color,
    },
    /// A grey image.
    Image {
        /// Its upper left corner.
        corner: Point,
        /// Its width and height on the page, in points.
        size: (f64, f64),
        /// Its pixels.
        grey: Grey,
    },
}

/// A white page with shapes on it; later shapes cover earlier ones.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The title in the file's metadata.
    title: String,
    /// Width of the page, in points.
    width: f64,
    /// Height of the page, in points.
    height: f64,
    shapes: Vec<Shape>,
}

impl Picture {
    /// Makes an empty page of `width` by `height` points. SVG, PDF and EPS files carry the title; control
    /// characters in it become blanks.
    pub fn new(title: &str, width: f64, height: f64) -> Self {
        // XML allows no control characters, and a line end would end a PostScript comment.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Picture {
            title: title.chars().map(plain).collect(),
            width,
            height,
            shapes: Vec::new(),
        }
    }

    /// The shapes drawn so far, in drawing order.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Encodes the picture as the bytes of a file. PNG and JPEG have 300 pixels per inch.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is too little memory; [`Error::Drawing`] if the page is too large for the
    /// format (JPEG: 65,535 pixels a side) or has no pixels at all.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>> {
        memory::expect(self.bytes_to_encode())?;
        match format {
            Format::Png => raster::png(self),
            Format::Jpg | Format::Jpeg => raster::jpeg(self),
            Format::Svg => svg::encode(self),
            Format::Pdf => Ok(pdf::encode(self)),
            Format::Eps => Ok(eps::encode(self)),
        }
    }

    /// Upper estimate of the bytes that encoding allocates. The encoding crates abort the process if an
    /// allocation fails, so the memory is tested first. A text format takes a few bytes for each pixel and
    /// each corner, and is copied twice.
    fn bytes_to_encode(&self) -> usize {
        const EACH_SHAPE: usize = 256;
        let images = self.shapes.iter().map(|shape| match shape {
            Shape::Image { grey, .. } => grey.levels.len().saturating_mul(4),
            Shape::Line { points, .. } | Shape::Area { points, .. } => points.len() * EACH_SHAPE,
            Shape::Text { outline, .. } => outline.len() * EACH_SHAPE,
            Shape::Disc { .. } => EACH_SHAPE,
        });
        images.fold(1 << 20, usize::saturating_add)
    }
}

/// Wraps an error of a crate that compresses or draws pixels.
fn failed(why: impl std::fmt::Display) -> Error {
    Error::Drawing(why.to_string())
}

#[cfg(test)]
mod tests;
