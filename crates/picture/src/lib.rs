//! Pictures of lines, dots, text and grey images, drawn by the plotters crate upon a [`Canvas`] and
//! written as png, jpg, svg, pdf or eps. One list of shapes is behind all five, so they show the
//! same. Nothing is asked of the machine, fonts neither; the same picture gives the same bytes.

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

/// Why a picture has no file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No memory for its pixels.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// A crate that draws or compresses pixels failed, with its reason.
    #[error("The picture cannot be drawn: {0}")]
    Drawing(String),
}

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of file that a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, the file named `.jpg`.
    Jpg,
    /// JPEG, the file named `.jpeg`.
    Jpeg,
    /// Scalable Vector Graphics 1.1.
    Svg,
    /// Portable Document Format 1.7, one page.
    Pdf,
    /// Encapsulated PostScript, level 2.
    Eps,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] = [
        Format::Png,
        Format::Jpg,
        Format::Jpeg,
        Format::Svg,
        Format::Pdf,
        Format::Eps,
    ];

    /// The end of the names of such files, without the point.
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

    /// The format of a suffix, in whatever case.
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        let is = |format: &Format| format.suffix().eq_ignore_ascii_case(suffix);
        Format::ALL.into_iter().find(is)
    }
}

/// A place in points (1/72 inch) to the right of and below the upper left corner.
pub type Point = (f64, f64);

/// Red, green, blue.
pub type Color = [u8; 3];

/// What is drawn.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A line from point to point.
    Line {
        /// At least two.
        points: Vec<Point>,
        /// In points.
        width: f64,
        /// Of the line.
        color: Color,
    },
    /// An area.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Of the area.
        color: Color,
    },
    /// A full circle.
    Disc {
        /// Its middle.
        center: Point,
        /// In points.
        radius: f64,
        /// Of the area.
        color: Color,
    },
    /// Text as the outlines of its letters.
    Text {
        /// What it says.
        text: String,
        /// The areas of the letters, to be filled by the nonzero rule.
        outline: Vec<Segment>,
        /// Of the letters.
        color: Color,
    },
    /// An image of grey pixels.
    Image {
        /// The upper left corner.
        corner: Point,
        /// Width and height in points.
        size: (f64, f64),
        /// Its pixels.
        grey: Grey,
    },
}

/// A white page and what is drawn upon it, the first shape lowest.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the file calls itself.
    title: String,
    /// In points.
    width: f64,
    /// In points.
    height: f64,
    shapes: Vec<Shape>,
}

impl Picture {
    /// An empty page of a size in points.
    pub fn new(title: &str, width: f64, height: f64) -> Self {
        // XML has no place for control characters, PostScript comments none for line ends.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Picture {
            title: title.chars().map(plain).collect(),
            width,
            height,
            shapes: Vec::new(),
        }
    }

    /// What has been drawn.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The whole file.
    ///
    /// # Errors
    /// When there is no memory for its pixels.
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

    /// About as many bytes as the libraries that encode a picture take, which abort without them: a
    /// text has a few for each pixel and each corner, and is copied twice.
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

/// What the crates that compress or draw pixels say when they fail.
fn failed(why: impl std::fmt::Display) -> Error {
    Error::Drawing(why.to_string())
}

#[cfg(test)]
mod tests;
