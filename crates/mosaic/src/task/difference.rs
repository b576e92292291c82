//! mDiff and mDiffExec: the differences of overlapping images.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;
use std::time::Instant;

use crate::error::{of_one, About, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::impl_outcome;
use crate::io::ipac_table::{Row, Table};
use crate::io::paths;
use crate::kernel::difference::{difference, overlap, value_range, Covered, Overlap, Weighted};
use crate::kernel::plane_fit::Patch;
use crate::run::{guarded_with, say, Run};
use crate::task::outcome::{counted, Fields, Outcome, Value};
use crate::task::outputs::Kept;
use crate::task::tile::{OutputTemplate, Pair, Tile, TileSet};
use fits::atomic_file::{commit_all, AtomicFile};
use fits::header::as_written;
use fits::ImageWriter;
use sky::{Grid, Window};

/// What mDiff takes.
pub struct Diff<'a> {
    /// The first image, with or without ".fits".
    pub first: &'a Path,
    /// The image to subtract from it.
    pub second: &'a Path,
    /// The difference image to write; its area image is written beside it.
    pub output: &'a Path,
    /// The header template of the region that both lie in.
    pub template: &'a Path,
    /// Give every pixel the same weight instead of reading area images.
    pub no_areas: bool,
    /// What to multiply the second image with; 0 means 1.
    pub factor: f64,
    /// Print what is done.
    pub debug: i32,
}

/// What mDiff tells.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffOutcome {
    /// Seconds.
    pub time: f64,
    /// Smallest pixel value times area in either image.
    pub min_pixel: f64,
    /// Largest pixel value times area in either image.
    pub max_pixel: f64,
    /// Smallest absolute difference.
    pub min_diff: f64,
    /// Largest absolute difference.
    pub max_diff: f64,
}

impl Outcome for DiffOutcome {
    fn fields(&self) -> Fields {
        Fields::new()
            .with("time", Value::Seconds(self.time))
            .with("min_pixel", self.min_pixel)
            .with("max_pixel", self.max_pixel)
            .with("min_diff", self.min_diff)
            .with("max_diff", self.max_diff)
    }
}

/// Subtracts one image from another on their common pixel grid and writes the difference
/// (Montage 6.0: mDiff).
///
/// # Errors
/// When an input cannot be read, the images do not overlap inside the template, no pixel is
/// covered by both, or an output cannot be written.
pub fn diff(params: &Diff, _run: &Run) -> Result<DiffOutcome> {
    subtract(params, _run).about(params.first)
}

fn subtract(params: &Diff, _run: &Run) -> Result<DiffOutcome> {
    let start = Instant::now();
    if params.factor.is_nan() || params.factor.is_infinite() {
        return Err(Error::argument("factor", "must be a finite number"));
    }
    let region = OutputTemplate::open(params.template)?;
    let first = Tile::open(params.first, params.no_areas)?;
    let second = Tile::open(params.second, params.no_areas)?;
    let factor = if params.factor == 0.0 {
        1.0
    } else {
        params.factor
    };
    let mut buffers = PairBuffers::default();
    let made = buffers.difference(&region, &Pair::of(&first, &second), factor, true)?;
    let outputs = made.write(&region, params.output)?;
    let range = [&first, &second]
        .into_iter()
        .map(value_range_of)
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Covered {
        min_diff, max_diff, ..
    } = made.covered;
    commit_all(outputs)?;
    let (min_pixel, max_pixel) = range.unwrap_or((f64::NAN, f64::NAN));
    let time = start.elapsed().as_secs_f64();
    let outcome = DiffOutcome {
        time,
        min_pixel,
        max_pixel,
        min_diff,
        max_diff,
    };
    if params.debug > 0 {
        say(format_args!("{}", outcome.fields().message()));
    }
    Ok(outcome)
}

/// Value range of a whole tile, in bands so that its size does not matter.
fn value_range_of(tile: &Tile) -> Result<Option<(f64, f64)>> {
    const BAND_PIXELS: usize = 1 << 20;
    let Grid { width, height, .. } = tile.grid;
    let rows = (BAND_PIXELS / width).max(1);
    let (mut values, mut areas) = (Vec::new(), Vec::new());
    let mut range: Option<(f64, f64)> = None;
    for y in (0..height).step_by(rows) {
        let window = Window::of_rows(width, y, rows.min(height - y));
        tile.read(None, window, &mut values, &mut areas)?;
        let band = value_range(Weighted {
            values: &values,
            areas: tile.area.is_some().then_some(&areas),
        });
        range = match (range, band) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }
    Ok(range)
}

/// The pixels of one pair; the memory is used again from pair to pair.
#[derive(Default)]
pub struct PairBuffers {
    first: Vec<f64>,
    first_area: Vec<f64>,
    second: Vec<f64>,
    second_area: Vec<f64>,
    difference: Vec<f64>,
    areas: Vec<f64>,
}

/// A difference in memory.
pub struct Made<'a> {
    /// Where it lies.
    overlap: Overlap,
    /// The part that is not blank.
    pub covered: Covered,
    difference: &'a [f64],
    areas: &'a [f64],
    /// Reference pixel of the part that is not blank.
    pub crpix: (f64, f64),
}

impl PairBuffers {
    /// The difference of two tiles inside `region`; only their overlap is read.
    ///
    /// # Errors
    /// "Images don't overlap", "All pixels are blank.", or what reading them says.
    pub fn difference(
        &mut self,
        region: &OutputTemplate,
        &Pair {
            first,
            second,
            cache,
        }: &Pair,
        factor: f64,
        with_areas: bool,
    ) -> Result<Made<'_>> {
        let found = overlap(&region.grid, &first.grid, &second.grid)
            .ok_or_else(|| between(first, second, "Images don't overlap"))?;
        let PairBuffers {
            first: v1,
            first_area: a1,
            second: v2,
            second_area: a2,
            ..
        } = self;
        first.read(cache, found.first, v1, a1)?;
        second.read(cache, found.second, v2, a2)?;
        let weigh = |tile: &Tile, values, areas| Weighted {
            values,
            areas: tile.area.is_some().then_some(areas),
        };
        let covered = difference(
            weigh(first, v1, a1),
            weigh(second, v2, a2),
            factor,
            found.output.width,
            &mut self.difference,
            with_areas.then_some(&mut self.areas),
        )
        .about(first.image.path())?
        .ok_or_else(|| between(first, second, "All pixels are blank."))?;
        // As a fit of the written image finds it: which of two equally good boxes around the
        // pixels is taken hangs on the last bits of the positions.
        let crpix = (
            as_written(region.grid.crpix1 - (found.output.x + covered.window.x) as f64),
            as_written(region.grid.crpix2 - (found.output.y + covered.window.y) as f64),
        );
        let (difference, areas) = (self.difference.as_slice(), self.areas.as_slice());
        Ok(Made {
            overlap: found,
            covered,
            difference,
            areas,
            crpix,
        })
    }
}

impl Made<'_> {
    /// The part that is not blank.
    ///
    /// # Errors
    /// Never in practice: the part lies inside the overlap.
    pub fn patch(&self) -> Result<Patch<'_>> {
        Patch::new(
            self.difference,
            self.overlap.output.width,
            self.covered.window,
        )
        .ok_or_else(|| Error::message("The difference image is too large"))
    }

    /// Writes the difference and its areas as `name`; they appear when the answer is committed.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, region: &OutputTemplate, name: &Path) -> Result<[AtomicFile; 2]> {
        let part = self.covered.window;
        let header = region.header(&Grid {
            width: part.width,
            height: part.height,
            crpix1: self.crpix.0,
            crpix2: self.crpix.1,
        });
        let write = |target: &Path, pixels: &[f64]| {
            let mut writer =
                ImageWriter::create(target, &header).output_in_words(CANNOT_CREATE_IMAGE)?;
            let rows = pixels.chunks(self.overlap.output.width);
            for row in rows.skip(part.y).take(part.height) {
                writer.write(&row[part.columns()])?;
            }
            Ok::<_, Error>(writer.finish()?)
        };
        let pair = paths::output_pair(name);
        Ok([
            write(&pair.image, self.difference)?,
            write(&pair.area, self.areas)?,
        ])
    }
}

/// What mDiffExec takes.
pub struct DiffExec<'a> {
    /// The folder of the images.
    pub images: &'a Path,
    /// The table of pairs (plus, minus, diff) of mOverlaps.
    pub table: &'a Path,
    /// The header template of the region.
    pub template: &'a Path,
    /// Where the difference images go.
    pub diff_dir: &'a Path,
    /// As for mDiff.
    pub no_areas: bool,
    /// Print what is done.
    pub debug: i32,
}

/// What mDiffExec tells.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffExecOutcome {
    /// Pairs in the table.
    pub count: i32,
    /// Pairs without a difference.
    pub failed: i32,
}

impl_outcome!(DiffExecOutcome { count, failed });

/// Makes the difference image of every pair of a table (Montage 6.0: mDiffExec).
///
/// # Errors
/// When the table, the template or the output folder cannot be used, or on cancelling; a pair
/// that fails is counted.
pub fn diff_exec(params: &DiffExec, run: &Run) -> Result<DiffExecOutcome> {
    difference_all(params, run).about(params.table)
}

fn difference_all(params: &DiffExec, run: &Run) -> Result<DiffExecOutcome> {
    check_dir(params.diff_dir)?;
    let region = OutputTemplate::open(params.template)?;
    let table = Table::open(params.table, "Invalid image difference list file")?;
    let [plus, minus, diff] =
        table.need(["plus", "minus", "diff"], "Need columns: plus minus diff")?;
    let tiles = TileSet::of_pairs(&table, (plus, minus), params.images, params.no_areas)?;
    warn_of_equal_names(&table, [plus, minus, diff], run)?;
    let kept = Kept::default();
    let one = |buffers: &mut PairBuffers, i: usize| {
        let name = paths::in_dir(params.diff_dir, &output_name(&table.row(i), diff)?);
        let made = buffers.difference(&region, &tiles.pair(i)?, 1.0, true)?;
        kept.commit(i, &name, made.write(&region, &name)?)
    };
    let results = run.for_each_row_with(table.len(), PairBuffers::default, |buffers, i| {
        of_one(guarded_with(buffers, |buffers| one(buffers, i)))
    })?;
    if params.debug > 0 {
        for (i, result) in results.iter().enumerate() {
            let row = table.row(i);
            let names = [&*row.text(plus), &*row.text(minus), &*row.text(diff)];
            print_pair("mDiff", names, result.as_ref().err());
        }
    }
    let failed = results.iter().filter(|r| r.is_err()).count();
    Ok(DiffExecOutcome {
        count: counted(results.len()),
        failed: counted(failed),
    })
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
                crate::error::shown(table.path()),
                before + 1,
                i + 1,
                row.text(diff).escape_debug()
            ));
        }
    }
    Ok(())
}

/// An error about a pair of images.
pub fn between(first: &Tile, second: &Tile, why: impl Display) -> Error {
    let name = |tile: &Tile| crate::error::shown(tile.image.path());
    Error::message(format!("{why} ({} and {})", name(first), name(second)))
}

/// A debug line of an Exec function.
pub fn print_pair<const N: usize>(step: &str, names: [&str; N], error: Option<&Error>) {
    let message = error.map_or_else(|| "OK".to_owned(), Error::to_string);
    say(format_args!("{step}({}) -> [{message}]", names.join(", ")));
}

/// An output folder must exist.
///
/// # Errors
/// In the original's words.
pub fn check_dir(dir: &Path) -> Result<()> {
    match std::fs::metadata(dir) {
        Err(e) => Err(Error::io("Cannot access", dir, e)),
        Ok(m) if !m.is_dir() => Err(Error::message(format!(
            "{} is not a directory",
            crate::error::shown(dir)
        ))),
        Ok(_) => Ok(()),
    }
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
