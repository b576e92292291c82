//! Pairs of overlapping tiles, as a table of overlaps lists them (plus, minus, diff).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::{shown, About, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::ipac_table::{Row, Table};
use crate::io::paths;
use crate::run::Run;
use crate::stream::difference::{Difference, PairBuffers};
use crate::stream::{FitsSink, WithAreas};
use crate::task::output_template::OutputTemplate;
use crate::task::tile::Tile;
use fits::atomic_file::AtomicFile;
use fits::PlaneCache;

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

impl Pair<'_> {
    /// The difference of the two inside the region of `template`; `factor` multiplies the second.
    ///
    /// # Errors
    /// "Images don't overlap", "All pixels are blank.", or what reading them says.
    pub fn difference<'b>(
        &self,
        template: &OutputTemplate,
        factor: f64,
        with_areas: bool,
        buffers: &'b mut PairBuffers,
    ) -> Result<Difference<'b>> {
        let [first, second] = [self.first, self.second].map(|tile| tile.on_grid(self.cache));
        buffers
            .difference(&template.grid, &first, &second, factor, with_areas)
            .about(self.first.image.path())?
            .map_err(|why| self.refuse(why))
    }

    /// An error about the two images.
    pub fn refuse(&self, why: impl Display) -> Error {
        let name = |tile: &Tile| shown(tile.image.path());
        let names = [self.first, self.second].map(name);
        Error::message(format!("{why} ({})", names.join(" and ")))
    }
}

/// Writes a difference and its areas as `name`; they appear when the answer is committed.
///
/// # Errors
/// When a file cannot be written.
pub fn write_difference(
    made: &Difference,
    template: &OutputTemplate,
    name: &Path,
) -> Result<WithAreas<AtomicFile>> {
    let header = template.header(&made.grid);
    let size = (made.grid.width, made.grid.height);
    let create = |target: &Path| {
        FitsSink::create(target, &header, size).output_in_words(CANNOT_CREATE_IMAGE)
    };
    let names = paths::output_pair(name);
    let output = WithAreas {
        image: create(&names.image)?,
        areas: Some(create(&names.area)?),
    };
    made.write(&output)?;
    output.finish()
}

/// Warns of rows that name one difference for several pairs, of which the last one's stays; the
/// columns are plus, minus and diff.
///
/// # Errors
/// When memory is out.
pub fn warn_of_equal_names(table: &Table, columns: [usize; 3], run: &Run) -> Result<()> {
    let mut first: HashMap<&[u8], usize> = HashMap::new();
    for (i, row) in table.rows().enumerate() {
        let [plus, minus, diff] = columns;
        memory::reserve_entry(&mut first).about(table.path())?;
        let before = *first.entry(row.bytes(diff)).or_insert(i);
        let pair = |row: Row| [plus, minus].map(|column| row.text(column).into_owned());
        if before != i && pair(table.row(before)) != pair(row) {
            run.warn(format!(
                "{}: rows {} and {} both name the difference {}, of which the last one's image stays",
                shown(table.path()),
                before + 1,
                i + 1,
                row.text(diff).escape_debug()
            ));
        }
    }
    Ok(())
}

/// The name of a row's difference image.
///
/// # Errors
/// When there is none.
pub fn output_name<'a>(row: &Row<'a>, diff: usize) -> Result<Cow<'a, str>> {
    let name = row.text(diff);
    if name.is_empty() {
        return Err(Error::message("A file name in the table is empty"));
    }
    Ok(name)
}
