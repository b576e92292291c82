//! mBgModel: the correction plane of every image, from the planes fitted to the differences of
//! overlapping images.

mod fits;
mod gaps;
mod images;
mod schedule;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::error::{About, Error, OutputInWords, Result};
use crate::kernel::background_model::{corrections, Condition, Model, Overlap, Plane};
use crate::run::{say, Run};
use crate::task::outcome::{self, Fields};
use ::fits::{atomic_file, cformat};
use fits::{Fit, Fits};
use images::Images;
pub use schedule::Mode;

/// The parameters of mBgModel.
#[derive(Debug, Clone)]
pub struct BackgroundModelParams {
    /// Table of the images: their ids and sizes.
    pub images: PathBuf,
    /// Table of the differences: pairs of ids, planes and boxes (mFitExec's).
    pub fits: PathBuf,
    /// Table to write: the plane to subtract from every image.
    pub corrections: PathBuf,
    /// The version of mBgModel.
    pub method: Method,
    /// Keep the fits that would be set aside as too small or too noisy.
    pub use_all: bool,
    /// Number of rounds; 0 means 10,000.
    pub rounds: i32,
    /// If > 0, log the parameters to stdout; if > 1, also the fits set aside.
    pub debug: i32,
}

/// The version of Montage to follow, with its own parameters.
#[derive(Debug, Clone)]
pub enum Method {
    /// Montage 6.0.
    Version6 {
        /// Never change slopes.
        level_only: bool,
    },
    /// Montage 7.
    Version7 {
        /// Which rounds change what.
        mode: Mode,
        /// Folder with gap.tbl and wrap.tbl: pieces of one image on both sides of a gap of the
        /// projection, or of its edge.
        gap_dir: Option<PathBuf>,
    },
}

/// The counts of one run (version 7's return struct).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BackgroundModelOutcome {
    /// Corrections that are not numbers: always 0.
    pub nnan: i32,
    /// Fits set aside for their noise.
    pub sigma_delete: i32,
    /// Fits set aside for the small size of the overlap.
    pub fit_delete: i32,
    /// Images set aside: always 0, as in Montage 7.
    pub img_delete: i32,
    /// Restarts: always 0, as in Montage 7.
    pub nrestart: i32,
    /// Fits left out because their plane or box is not a number (version 7; an error in 6).
    pub nbad_fit: i32,
    /// Images left out for that reason: always 0.
    pub nbad_img: i32,
    /// Smallest and largest constant, which version 7 reports.
    pub range: Option<(f64, f64)>,
}

impl outcome::Outcome for BackgroundModelOutcome {
    fn fields(&self) -> Fields {
        match self.range {
            None => Fields::new(),
            Some((min, max)) => Fields::new()
                .with("nnan", self.nnan)
                .with("cmin", min)
                .with("cmax", max),
        }
    }
}

/// Reads both tables, finds the corrections and writes their table.
///
/// # Errors
/// A negative number of rounds; a table that cannot be read, lacks a column, or has a row
/// without the numbers needed; a fit of an image that is not in the image table; an output that
/// cannot be written; [`Error::Cancelled`].
pub fn background_model(
    params: &BackgroundModelParams,
    run: &Run,
) -> Result<BackgroundModelOutcome> {
    model_of(params, run).about(&params.fits)
}

fn model_of(params: &BackgroundModelParams, run: &Run) -> Result<BackgroundModelOutcome> {
    let rounds = match params.rounds {
        0 => 10_000,
        n => u32::try_from(n)
            .map_err(|_| Error::argument("niter", format!("must not be negative (it is {n})")))?,
    };
    if params.debug > 0 {
        say(format_args!(
            "niteration = {rounds}\nmethod     = {:?}\nimgfile    = {}\nfitfile    = {}\ncorrtbl    = {}",
            params.method,
            params.images.display(),
            params.fits.display(),
            params.corrections.display()
        ));
    }
    let (images, fits) = read(params, run)?;
    if params.debug > 1 {
        for (fit, why) in fits.dropped() {
            let (plus, minus) = (images.id(fit.plus), images.id(fit.minus));
            say(format_args!("not using fit [{plus}|{minus}] ({why:?})"));
        }
    }
    let outcome = fits.counts();
    let order = Order::of_first_appearance(&fits, &images)?;
    let model = model(&images, fits, &order)?;
    let phases = match params.method {
        Method::Version6 { level_only } => schedule::version6(level_only, rounds),
        Method::Version7 { mode, .. } => schedule::version7(mode, rounds),
    };
    let planes = corrections(&model, &phases, run)?;
    if planes.iter().any(|plane| !plane.is_finite()) {
        let why = "The corrections grow beyond all numbers with the fits of table";
        return Err(Error::table(why, &params.fits));
    }
    let ids = order.images.iter().map(|&image| images.id(image));
    let mut rows: Vec<(i32, Plane)> = memory::collect(ids.zip(planes))?;
    let range = matches!(params.method, Method::Version7 { .. }).then(|| {
        // No image is there twice: a sort that needs no memory does.
        rows.sort_unstable_by_key(|&(id, _)| id);
        range(&rows)
    });
    write(&params.corrections, &rows)?;
    Ok(BackgroundModelOutcome { range, ..outcome })
}

/// Both tables, and those of the gap directory, with the unusable fits set aside.
fn read(params: &BackgroundModelParams, run: &Run) -> Result<(Images, Fits)> {
    match &params.method {
        Method::Version6 { .. } => {
            let mut images = Images::version6(&params.images)?;
            let fits = Fits::version6(&params.fits, &mut images, params.use_all, run)?;
            Ok((images, fits))
        }
        Method::Version7 { mode, gap_dir } => {
            let mut images = Images::version7(&params.images, *mode)?;
            let mut fits = Fits::version7(&params.fits, &mut images, run)?;
            if let Some(dir) = gap_dir {
                fits.extend(gaps::gaps(dir, &images)?)?;
                fits.extend(gaps::wraps(dir, &images)?)?;
            }
            if !params.use_all {
                fits.drop_unusable_version7(&images);
            }
            Ok((images, fits))
        }
    }
}

/// The images that take part, and the place of every image of the table among them.
struct Order {
    images: Vec<u32>,
    /// By row of the image table; `u32::MAX` for one that takes no part.
    place: Vec<u32>,
}

impl Order {
    fn of_first_appearance(fits: &Fits, images: &Images) -> Result<Self> {
        let mut order = Order {
            images: Vec::new(),
            place: memory::filled(images.len(), u32::MAX)?,
        };
        for image in fits.images() {
            let place = &mut order.place[image as usize];
            if *place == u32::MAX {
                // Fewer than u32::MAX: they are rows of the image table.
                *place = order.images.len() as u32;
                memory::push(&mut order.images, image)?;
            }
        }
        Ok(order)
    }
}

fn model(images: &Images, fits: Fits, order: &Order) -> Result<Model> {
    let place = |image: u32| order.place[image as usize];
    let mut overlaps = Vec::new();
    let mut conditions = Vec::new();
    for Fit {
        plus,
        minus,
        difference,
        footprint,
        one_way,
        ..
    } in fits.into_usable()
    {
        let (plus, minus) = (place(plus), place(minus));
        match one_way {
            None => {
                let overlap = Overlap {
                    plus,
                    minus,
                    difference,
                    footprint,
                };
                memory::push(&mut overlaps, overlap)?;
            }
            Some(one_way) => {
                let condition = Condition {
                    image: plus,
                    neighbour: minus,
                    difference,
                    footprint,
                    transfer: one_way.transfer,
                    level_only: one_way.level_only,
                };
                memory::push(&mut conditions, condition)?;
            }
        }
    }
    let locked = order.images.iter().map(|&image| images.is_locked(image));
    Ok(Model {
        images: order.images.len(),
        locked: memory::collect(locked)?,
        overlaps,
        conditions,
    })
}

/// Smallest and largest constant; zeros where there is no row.
fn range(rows: &[(i32, Plane)]) -> (f64, f64) {
    let constants = || rows.iter().map(|(_, plane)| plane.c);
    let range = constants()
        .reduce(f64::min)
        .zip(constants().reduce(f64::max));
    range.unwrap_or((0.0, 0.0))
}

/// Writes the table in the original's columns.
fn write(path: &Path, rows: &[(i32, Plane)]) -> Result<()> {
    atomic_file::write_text(path, |out| {
        out.write_all(b"|   id   |      a       |      b       |      c       |\n")?;
        for (id, plane) in rows {
            let [a, b, c] = [plane.a, plane.b, plane.c].map(|x| cformat::exponent(x, 5));
            writeln!(out, " {id:8}  {a:>13}  {b:>13}  {c:>13}")?;
        }
        Ok(())
    })
    .output_in_words("Failed to open output {}")
}
