//! The projected images that the tasks work on, each with its area image, on one pixel grid.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::{About, Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::io::ipac_table::{Row, Table};
use crate::io::paths;
use crate::task::header_check::{need_header, Kind};
use fits::{Header, Image, PlaneCache, Source};
use sky::{Grid, Window};

/// A header template that outputs are made to, and the pixel grid that it describes.
#[derive(Clone)]
pub struct OutputTemplate {
    /// The template, for the headers of outputs.
    pub template: HeaderTemplate,
    /// Its size and reference pixel.
    pub grid: Grid,
}

impl OutputTemplate {
    /// Reads the template `path`.
    ///
    /// # Errors
    /// When it cannot be read or does not describe an image on the sky (montage_checkHdr).
    pub fn open(path: &Path) -> Result<Self> {
        need_header(path, Kind::Template, 0)?;
        let template = HeaderTemplate::open(path)?;
        let grid = template.grid()?;
        Ok(OutputTemplate { template, grid })
    }

    /// The header of an image on a part of this grid: the template's lines with the part's size and
    /// reference pixel.
    pub fn header(&self, grid: &Grid) -> Header {
        let mut header = Header::primary(-64, &[grid.width as i64, grid.height as i64]);
        header.merge_template(self.template.lines().iter().cloned());
        header.make_plane_of_doubles(grid.width, grid.height);
        header.set_real("CRPIX1", grid.crpix1);
        header.set_real("CRPIX2", grid.crpix2);
        header
    }
}

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

    /// Reads `window` of the image and, where there is one, of its area image; from memory where
    /// a cache is given.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(
        &self,
        cache: Option<&PlaneCache>,
        window: Window,
        values: &mut Vec<f64>,
        areas: &mut Vec<f64>,
    ) -> Result<()> {
        let read = |source: &Source, out: &mut Vec<f64>| match cache {
            Some(cache) => cache.read(source, window, out),
            None => source.read(window, out),
        };
        read(&self.image, values)?;
        self.area
            .as_ref()
            .map_or(Ok(()), |area| Ok(read(area, areas)?))
    }
}

/// Two tiles whose difference is wanted.
pub struct Pair<'a> {
    /// The tile to subtract from.
    pub first: &'a Tile,
    /// The tile that is subtracted.
    pub second: &'a Tile,
    /// Where tiles are used again and again: the planes kept in memory.
    pub cache: Option<&'a PlaneCache>,
}

impl<'a> Pair<'a> {
    /// Two tiles that are read once.
    pub fn of(first: &'a Tile, second: &'a Tile) -> Self {
        Pair {
            first,
            second,
            cache: None,
        }
    }
}

/// The tiles that a table names in its pairs: each is opened once, by whoever needs it first, and
/// remembered without an open file.
pub struct TileSet<'a> {
    folder: &'a Path,
    no_areas: bool,
    names: Vec<String>,
    tiles: Vec<OnceLock<std::result::Result<Tile, String>>>,
    pairs: Vec<(usize, usize)>,
    cache: PlaneCache,
}

/// Bytes of unpacked images kept in memory: enough for the tiles of some rows of a mosaic, whose
/// neighbours follow each other in a table of overlaps.
const CACHE_BYTES: usize = 128 << 20;

impl<'a> TileSet<'a> {
    /// The tiles in the columns `first` and `second` of `table`, in `folder` unless absolute.
    ///
    /// # Errors
    /// When memory is out.
    pub fn of_pairs<'t>(
        table: &'t Table,
        (first, second): (usize, usize),
        folder: &'a Path,
        no_areas: bool,
    ) -> Result<Self> {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let mut names = Vec::new();
        let mut number = |row: &Row<'t>, column: usize| -> Result<usize> {
            let name = row.bytes(column);
            if let Some(&number) = known.get(name) {
                return Ok(number);
            }
            memory::reserve_entry(&mut known)?;
            known.insert(name, names.len());
            memory::push(&mut names, row.text(column).into_owned())?;
            Ok(names.len() - 1)
        };
        let pairs = table
            .rows()
            .map(|row| Ok::<_, Error>((number(&row, first)?, number(&row, second)?)));
        let pairs = memory::try_collect(pairs).about(table.path())?;
        let tiles = memory::collect(names.iter().map(|_| OnceLock::new())).about(table.path())?;
        Ok(TileSet {
            folder,
            no_areas,
            names,
            tiles,
            pairs,
            cache: PlaneCache::new(CACHE_BYTES),
        })
    }

    /// The two tiles of row `row`.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub fn pair(&self, row: usize) -> Result<Pair<'_>> {
        let (first, second) = self.pairs[row];
        Ok(Pair {
            first: self.tile(first)?,
            second: self.tile(second)?,
            cache: Some(&self.cache),
        })
    }

    fn tile(&self, i: usize) -> Result<&Tile> {
        let name = &self.names[i];
        self.tiles[i]
            .get_or_init(|| {
                if name.is_empty() {
                    return Err("A file name in the table is empty".to_owned());
                }
                let path = paths::in_dir(self.folder, name);
                Tile::open(&path, self.no_areas).map_err(|e| e.to_string())
            })
            .as_ref()
            .map_err(|why| Error::message(why.clone()))
    }
}
