//! mDiff and mDiffExec: the differences of overlapping images.

use std::path::Path;
use std::time::Instant;

use crate::error::{of_one, About, Error, Result};
use crate::io::ipac_table::Table;
use crate::io::paths;
use crate::kernel::difference::Covered;
use crate::run::{guarded_with, say, Run};
use crate::stream::difference::{range_of_image, PairBuffers};
use crate::task::exec::{check_dir, print_pair};
use crate::task::outcome::{counted, Fields, Outcome, Value};
use crate::task::output_template::OutputTemplate;
use crate::task::outputs::Kept;
use crate::task::pairs::{output_name, warn_of_equal_names, write_difference, Pair, TileSet};
use crate::task::tile::Tile;
use fits::atomic_file::commit_all;

/// What mDiff takes.
pub struct DiffParams<'a> {
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
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct DiffOutcome {
    /// Seconds.
    #[value(Seconds)]
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

/// Subtracts one image from another on their common pixel grid and writes the difference
/// (Montage 6.0: mDiff).
///
/// # Errors
/// When an input cannot be read, the images do not overlap inside the template, no pixel is
/// covered by both, or an output cannot be written.
pub fn diff(params: &DiffParams, _run: &Run) -> Result<DiffOutcome> {
    subtract(params, _run).about(params.first)
}

fn subtract(params: &DiffParams, _run: &Run) -> Result<DiffOutcome> {
    let start = Instant::now();
    if params.factor.is_nan() || params.factor.is_infinite() {
        return Err(Error::argument("factor", "must be a finite number"));
    }
    let template = OutputTemplate::open(params.template)?;
    let first = Tile::open(params.first, params.no_areas)?;
    let second = Tile::open(params.second, params.no_areas)?;
    let factor = if params.factor == 0.0 {
        1.0
    } else {
        params.factor
    };
    let pair = Pair::of(&first, &second);
    let mut buffers = PairBuffers::default();
    let made = pair.difference(&template, factor, true, &mut buffers)?;
    let outputs = write_difference(&made, &template, params.output)?;
    let range = [&first, &second]
        .into_iter()
        .map(|tile| range_of_image(&tile.on_grid(None).pixels))
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

/// What mDiffExec takes.
pub struct DiffExecParams<'a> {
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
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct DiffExecOutcome {
    /// Pairs in the table.
    pub count: i32,
    /// Pairs without a difference.
    pub failed: i32,
}

/// Makes the difference image of every pair of a table (Montage 6.0: mDiffExec).
///
/// # Errors
/// When the table, the template or the output folder cannot be used, or on cancelling; a pair
/// that fails is counted.
pub fn diff_exec(params: &DiffExecParams, run: &Run) -> Result<DiffExecOutcome> {
    difference_all(params, run).about(params.table)
}

fn difference_all(params: &DiffExecParams, run: &Run) -> Result<DiffExecOutcome> {
    check_dir(params.diff_dir)?;
    let template = OutputTemplate::open(params.template)?;
    let table = Table::open(params.table, "Invalid image difference list file")?;
    let [plus, minus, diff] =
        table.need(["plus", "minus", "diff"], "Need columns: plus minus diff")?;
    let tiles = TileSet::of_pairs(&table, (plus, minus), params.images, params.no_areas)?;
    warn_of_equal_names(&table, [plus, minus, diff], run)?;
    let kept = Kept::default();
    let one = |buffers: &mut PairBuffers, i: usize| {
        let name = paths::in_dir(params.diff_dir, &output_name(&table.row(i), diff)?);
        let made = tiles.pair(i)?.difference(&template, 1.0, true, buffers)?;
        kept.commit(i, &name, write_difference(&made, &template, &name)?)
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
