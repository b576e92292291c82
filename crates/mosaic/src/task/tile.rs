//! A projected image and its area image, on the pixel grid that it shares with others.

use std::path::Path;

use crate::error::Result;
use crate::io::paths;
use crate::stream::{Cached, OnGrid, WithAreas};
use fits::{Image, PlaneCache, Source};
use sky::Grid;

/// An image and its area image, known but not open.
#[derive(Debug)]
pub struct Tile {
    /// The pixels.
    pub image: Source,
    /// Their areas; `None` where the task does without.
    pub area: Option<Source>,
    /// Size and reference pixel.
    pub grid: Grid,
}

impl Tile {
    /// Opens the image that Montage means by `name`, and its area image unless `no_areas`.
    ///
    /// # Errors
    /// When one is missing, no image, without CRPIX, or they differ in size.
    pub fn open(name: &Path, no_areas: bool) -> Result<Self> {
        let pair = paths::input_pair(name);
        let area = match no_areas {
            true => None,
            false => Some(Image::open(&pair.area, "Area file")?.source().clone()),
        };
        let image = Image::open(&pair.image, "Image file")?;
        let grid = image.grid()?;
        if let Some(area) = &area {
            area.need_size_of_image("Area file", (grid.width, grid.height))?;
        }
        Ok(Tile {
            image: image.source().clone(),
            area,
            grid,
        })
    }

    /// Its pixels for an engine, kept in `cache` where one is given.
    pub fn on_grid<'a>(&'a self, cache: Option<&'a PlaneCache>) -> OnGrid<Cached<'a>> {
        let cached = |source| Cached { source, cache };
        OnGrid {
            pixels: WithAreas {
                image: cached(&self.image),
                areas: self.area.as_ref().map(cached),
            },
            grid: self.grid,
        }
    }
}
