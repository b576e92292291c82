//! mFitplane, mFitExec, mDiffFit and mDiffFitExec: planes fitted to differences.

use std::path::Path;

use crate::error::{of_one, About, EndsTheCall, Error, OutputInWords, Result};
use crate::io::ipac_table::Table;
use crate::io::paths;
use crate::kernel::plane_fit::{fit_plane, FitOptions, PlaneFit, Rounds, Workspace};
use crate::run::{guarded_with, say, Host, Run};
use crate::stream::difference::{Difference, PairBuffers};
use crate::stream::plane_fit::{fit_image, FitBuffers};
use crate::stream::ImageFile;
use crate::task::archive::Archive;
use crate::task::exec::{check_dir, print_pair};
use crate::task::fit_table::{self, FitRow};
use crate::task::outcome::{counted, Fields, Outcome};
use crate::task::output_template::OutputTemplate;
use crate::task::outputs::Kept;
use crate::task::pairs::{output_name, warn_of_equal_names, write_difference, Pair, TileSet};
use crate::task::tile::Tile;
use fits::atomic_file::{commit_all, AtomicFile};
use fits::Image;

/// What mFitplane takes.
pub struct FitplaneParams<'a> {
    /// The image to fit.
    pub input: &'a Path,
    /// What to fit.
    pub options: FitOptions,
    /// Print what is found.
    pub debug: i32,
}

/// What mFitplane and mDiffFit tell; positions are relative to the reference pixel.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct FitplaneOutcome {
    /// Slope of the plane along x.
    pub a: f64,
    /// Slope of the plane along y.
    pub b: f64,
    /// Level of the plane at the reference pixel.
    pub c: f64,
    /// CRPIX1 of the image.
    pub crpix1: f64,
    /// CRPIX2 of the image.
    pub crpix2: f64,
    /// Smallest x of the pixels that were fitted.
    pub xmin: f64,
    /// Largest x.
    pub xmax: f64,
    /// Smallest y.
    pub ymin: f64,
    /// Largest y.
    pub ymax: f64,
    /// Mean x.
    pub xcenter: f64,
    /// Mean y.
    pub ycenter: f64,
    /// Number of pixels.
    pub npixel: i32,
    /// Rms of their distances from the plane.
    pub rms: f64,
    /// Centre of the smallest rectangle around the pixels.
    pub boxx: f64,
    /// Centre of the smallest rectangle around the pixels.
    pub boxy: f64,
    /// Its side at the angle `boxang`.
    pub boxwidth: f64,
    /// Its other side.
    pub boxheight: f64,
    /// Degrees.
    pub boxang: f64,
}

impl FitplaneOutcome {
    fn new(fit: &PlaneFit, crpix: (f64, f64)) -> Self {
        let PlaneFit {
            plane,
            x,
            y,
            centre,
            npixel,
            rms,
            bounding_box,
        } = fit;
        FitplaneOutcome {
            a: plane.a,
            b: plane.b,
            c: plane.c,
            crpix1: crpix.0,
            crpix2: crpix.1,
            xmin: x.0,
            xmax: x.1,
            ymin: y.0,
            ymax: y.1,
            xcenter: centre.0,
            ycenter: centre.1,
            npixel: counted(*npixel),
            rms: *rms,
            boxx: bounding_box.x,
            boxy: bounding_box.y,
            boxwidth: bounding_box.width,
            boxheight: bounding_box.height,
            boxang: bounding_box.angle,
        }
    }
}

/// Fits a plane to an image (Montage: mFitplane).
///
/// # Errors
/// When the image cannot be read or does not determine a plane.
pub fn fitplane(params: &FitplaneParams, _run: &Run) -> Result<FitplaneOutcome> {
    let (fit, crpix) = fit_file(params.input, &params.options, &mut FitBuffers::default())?;
    let outcome = FitplaneOutcome::new(&fit, crpix);
    if params.debug > 0 {
        use crate::task::outcome::Outcome;
        say(format_args!("{}", outcome.fields().message()));
    }
    Ok(outcome)
}

/// Fits the image `path`; also returns its reference pixel.
fn fit_file(
    path: &Path,
    options: &FitOptions,
    buffers: &mut FitBuffers,
) -> Result<(PlaneFit, (f64, f64))> {
    let image = Image::open(path, "Image file")?;
    let crpix = image.reference_pixel()?;
    let fit = fit_image(&ImageFile::open(image), crpix, options, buffers).about(path)?;
    let fit = fit.map_err(|why| {
        why.or(|why| Error::fits("Image file", path, why))
            .about(path)
    })?;
    Ok((fit, crpix))
}

/// What mFitExec takes.
pub struct FitExecParams<'a> {
    /// The table of differences (cntr1, cntr2, diff).
    pub table: &'a Path,
    /// The fit table to write.
    pub output: &'a Path,
    /// The folder of the difference images.
    pub diff_dir: &'a Path,
    /// Fit levels, not slopes.
    pub level_only: bool,
    /// Print what is done.
    pub debug: i32,
}

/// What mFitExec tells.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct FitExecOutcome {
    /// Differences in the table.
    pub count: i32,
    /// Those that could not be fitted.
    pub failed: i32,
    /// Always 0, as in Montage 6.0.
    pub warning: i32,
    /// Those without an image.
    pub missing: i32,
}

/// Fits the difference images of a table (Montage 6.0: mFitExec).
///
/// # Errors
/// When a table cannot be used, or on cancelling; an image that fails is counted.
pub fn fit_exec(params: &FitExecParams, run: &Run) -> Result<FitExecOutcome> {
    fit_all(params, run).about(params.table)
}

fn fit_all(params: &FitExecParams, run: &Run) -> Result<FitExecOutcome> {
    check_dir(params.diff_dir)?;
    let table = Table::open(params.table, "Invalid diffs metadata file")?;
    let [cntr1, cntr2, diff] =
        table.need(["cntr1", "cntr2", "diff"], "Need columns: cntr1 cntr2 diff")?;
    let options = fit_options(params.level_only);
    let output = AtomicFile::create(params.output).output_in_words(CANNOT_OPEN)?;
    let one = |buffers: &mut FitBuffers, i: usize| {
        let row = table.row(i);
        let path = paths::in_dir(params.diff_dir, &row.text(diff));
        if !path.is_file() {
            return Ok(None);
        }
        let (fit, crpix) = fit_file(&path, &options, buffers)?;
        Ok(Some(FitRow {
            plus: row.integer(cntr1)?,
            minus: row.integer(cntr2)?,
            fit,
            crpix,
        }))
    };
    let results = run.for_each_row_with(table.len(), FitBuffers::default, |buffers, i| {
        of_one(guarded_with(buffers, |buffers| one(buffers, i)))
    })?;
    if params.debug > 0 {
        for (i, result) in results.iter().enumerate() {
            print_pair(
                "mFitplane",
                [&table.row(i).text(diff)],
                result.as_ref().err(),
            );
        }
    }
    let rows = results.iter().flatten().flatten();
    fit_table::write(output, &fit_table::fit_exec_header(), rows)?;
    Ok(FitExecOutcome {
        count: counted(results.len()),
        failed: counted(results.iter().filter(|r| r.is_err()).count()),
        warning: 0,
        missing: counted(results.iter().filter(|r| matches!(r, Ok(None))).count()),
    })
}

/// Montage's words for a fit table that cannot be written.
const CANNOT_OPEN: &str = "Can't open output file.";

fn fit_options(level_only: bool) -> FitOptions {
    FitOptions {
        level_only,
        border: 0,
        rounds: Rounds::Version6,
        no_fit: false,
    }
}

/// What mDiffFit takes.
pub struct DiffFitParams<'a> {
    /// The first image.
    pub first: &'a Path,
    /// The image to subtract from it.
    pub second: &'a Path,
    /// The difference image, written when `keep`.
    pub output: &'a Path,
    /// The header template of the region.
    pub template: &'a Path,
    /// Keep the difference image.
    pub keep: bool,
    /// Do without area images.
    pub no_areas: bool,
    /// What to fit.
    pub options: FitOptions,
    /// Print what is found.
    pub debug: i32,
}

/// Subtracts two images and fits the difference (Montage 7: mDiffFit). The difference touches
/// the disk only when it is kept.
///
/// # Errors
/// As mDiff and mFitplane.
pub fn diff_fit(params: &DiffFitParams, _run: &Run) -> Result<FitplaneOutcome> {
    let template = OutputTemplate::open(params.template)?;
    let first = Tile::open(params.first, params.no_areas)?;
    let second = Tile::open(params.second, params.no_areas)?;
    let pair = Pair::of(&first, &second);
    let mut buffers = PairBuffers::default();
    let made = pair.difference(&template, 1.0, params.keep, &mut buffers)?;
    let fit = fit_plane(
        &made.patch()?,
        made.grid.crpix(),
        &params.options,
        &mut Workspace::default(),
    )
    .map_err(|why| {
        let why = why.or(|why| pair.refuse(why));
        why.about(first.image.path())
    })?;
    if params.keep {
        commit_all(write_difference(&made, &template, params.output)?)?;
    }
    let outcome = FitplaneOutcome::new(&fit, made.grid.crpix());
    if params.debug > 0 {
        use crate::task::outcome::Outcome;
        say(format_args!("{}", outcome.fields().message()));
    }
    Ok(outcome)
}

/// What mDiffFitExec takes.
pub struct DiffFitExecParams<'a> {
    /// The folder of the images.
    pub images: &'a Path,
    /// The table of pairs (cntr1, cntr2, plus, minus, diff) of mOverlaps.
    pub table: &'a Path,
    /// The header template of the region.
    pub template: &'a Path,
    /// Where difference images go that are kept.
    pub diff_dir: &'a Path,
    /// The fit table to write.
    pub output: &'a Path,
    /// Keep the difference images.
    pub keep_all: bool,
    /// Fit levels, not slopes.
    pub level_only: bool,
    /// Do without area images.
    pub no_areas: bool,
    /// Which Montage to follow in the rounds and the counts.
    pub rounds: Rounds,
    /// Where version 7 fetches the images from: an S3 bucket.
    pub archive: Option<Archive>,
    /// Print what is done.
    pub debug: i32,
}

/// What mDiffFitExec tells.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct DiffFitExecOutcome {
    /// Pairs in the table.
    pub count: i32,
    /// Pairs without a difference.
    pub diff_failed: i32,
    /// Pairs without a fit; version 6 counts those without a difference here too.
    pub fit_failed: i32,
    /// Always 0, as in Montage 6.0.
    pub warning: i32,
}

/// Which of its two steps a pair failed in.
enum Failed {
    Diff(Error),
    Fit(Error),
}

/// A defect that ended the work of a pair: it has neither a difference nor a fit.
impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Diff(error)
    }
}

/// The pairs of one mDiffFitExec.
struct Pairs<'a> {
    host: Host,
    params: &'a DiffFitExecParams<'a>,
    template: OutputTemplate,
    tiles: TileSet<'a>,
    table: &'a Table,
    /// cntr1, cntr2, plus, minus, diff.
    columns: [usize; 5],
    options: FitOptions,
    kept: Kept,
}

/// Memory of one thread, used again from pair to pair.
#[derive(Default)]
struct PairMemory {
    buffers: PairBuffers,
    workspace: Workspace,
}

impl Pairs<'_> {
    /// Row `i` of the fit table.
    fn difference_and_fit(
        &self,
        i: usize,
        memory: &mut PairMemory,
    ) -> std::result::Result<FitRow, Failed> {
        let (plus, minus) = self.numbers(i).map_err(Failed::Diff)?;
        let made = self
            .difference(i, &mut memory.buffers)
            .map_err(Failed::Diff)?;
        let fit = made
            .patch()
            .and_then(|patch| {
                fit_plane(
                    &patch,
                    made.grid.crpix(),
                    &self.options,
                    &mut memory.workspace,
                )
                .map_err(|why| Error::message(why.to_string()))
            })
            .map_err(Failed::Fit)?;
        Ok(FitRow {
            plus,
            minus,
            fit,
            crpix: made.grid.crpix(),
        })
    }

    fn numbers(&self, i: usize) -> Result<(i32, i32)> {
        let row = self.table.row(i);
        Ok((row.integer(self.columns[0])?, row.integer(self.columns[1])?))
    }

    fn difference<'b>(&self, i: usize, buffers: &'b mut PairBuffers) -> Result<Difference<'b>> {
        let row = self.table.row(i);
        let [_, _, plus, minus, diff] = self.columns;
        let keep = self.params.keep_all;
        let made = match &self.params.archive {
            None => self
                .tiles
                .pair(i)?
                .difference(&self.template, 1.0, keep, buffers)?,
            Some(archive) => {
                let fetched = archive.fetch_pair(
                    [row.text(plus), row.text(minus)],
                    self.params.diff_dir,
                    self.params.no_areas,
                    self.host,
                )?;
                let [first, second] = &fetched.tiles;
                Pair::of(first, second).difference(&self.template, 1.0, keep, buffers)?
            }
        };
        if keep {
            let name = paths::difference_name(&output_name(&row, diff)?);
            let name = paths::in_dir(self.params.diff_dir, &name);
            let outputs = write_difference(&made, &self.template, &name)?;
            self.kept.commit(i, &name, outputs)?;
        }
        Ok(made)
    }
}

/// Subtracts and fits every pair of a table (Montage: mDiffFitExec). Only the overlaps are read,
/// and a difference touches the disk only when it is kept.
///
/// # Errors
/// When a table, the template or the folder cannot be used, or on cancelling; a pair that fails
/// is counted.
pub fn diff_fit_exec(params: &DiffFitExecParams, run: &Run) -> Result<DiffFitExecOutcome> {
    difference_and_fit_all(params, run).about(params.table)
}

fn difference_and_fit_all(params: &DiffFitExecParams, run: &Run) -> Result<DiffFitExecOutcome> {
    check_dir(params.diff_dir)?;
    let table = Table::open(params.table, "Invalid diffs metadata file")?;
    let [cntr1, cntr2, plus, minus, diff] = table.need(
        ["cntr1", "cntr2", "plus", "minus", "diff"],
        "Need columns: cntr1 cntr2 plus minus diff",
    )?;
    let pairs = Pairs {
        host: run.host(),
        params,
        template: OutputTemplate::open(params.template)?,
        tiles: TileSet::of_pairs(&table, (plus, minus), params.images, params.no_areas)?,
        table: &table,
        columns: [cntr1, cntr2, plus, minus, diff],
        options: FitOptions {
            rounds: params.rounds,
            ..fit_options(params.level_only)
        },
        kept: Kept::default(),
    };
    if params.keep_all {
        warn_of_equal_names(&table, [plus, minus, diff], run)?;
    }
    let output = AtomicFile::create(params.output).output_in_words(CANNOT_OPEN)?;
    let results =
        run.for_each_row_with(
            table.len(),
            PairMemory::default,
            |memory, i| match guarded_with(memory, |memory| pairs.difference_and_fit(i, memory)) {
                Err(Failed::Diff(error) | Failed::Fit(error)) if error.ends_the_call() => {
                    Err(error)
                }
                result => Ok(result),
            },
        )?;
    if params.debug > 0 {
        for (i, result) in results.iter().enumerate() {
            let row = table.row(i);
            let names = [&*row.text(plus), &*row.text(minus), &*row.text(diff)];
            print_pair("mDiffFit", names, result.as_ref().err().map(Failed::error));
        }
    }
    let header = fit_table::DIFF_FIT_EXEC_HEADER;
    fit_table::write(output, header, results.iter().flatten())?;
    let count = |step: fn(&Failed) -> bool| {
        counted(
            results
                .iter()
                .filter(|r| r.as_ref().is_err_and(step))
                .count(),
        )
    };
    let diff_failed = count(|failed| matches!(failed, Failed::Diff(_)));
    let fit_failed = count(|failed| matches!(failed, Failed::Fit(_)));
    Ok(DiffFitExecOutcome {
        count: counted(results.len()),
        diff_failed,
        fit_failed: match params.rounds {
            Rounds::Version6 => fit_failed + diff_failed,
            Rounds::Version7 => fit_failed,
        },
        warning: 0,
    })
}

impl Failed {
    fn error(&self) -> &Error {
        let (Failed::Diff(error) | Failed::Fit(error)) = self;
        error
    }
}
