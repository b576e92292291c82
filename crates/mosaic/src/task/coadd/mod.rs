//! mAdd: coadds images that lie on one pixel grid into a mosaic of any size.

mod images;

use std::path::Path;
use std::time::Instant;

use crate::error::{About, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::paths::projected_pair;
use crate::kernel::coadd::placement::nominal_area;
use crate::kernel::coadd::Stacking;
use crate::run::{say, Run};
use crate::stream::{self, FitsSink, WithAreas};
use crate::task::header_check::template_wcs;
use crate::task::outcome::{Fields, Outcome, Value};
use crate::task::output_template::OutputTemplate;
use fits::atomic_file::commit_all;
use sky::Grid;

use images::Layout;

/// How to coadd, as a caller names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coadd {
    /// The mean, weighted by the areas.
    Mean,
    /// The median of values of pixels that are covered by half and more; see
    /// [`crate::kernel::coadd::coverage`].
    Median,
    /// How many images have a value above 0.
    Count,
    /// The sum.
    Sum,
}

impl Coadd {
    /// From Montage's `coadd`: 0 to 3.
    ///
    /// # Errors
    /// For any other number.
    pub fn from_number(number: i32) -> Result<Self> {
        match number {
            0 => Ok(Coadd::Mean),
            1 => Ok(Coadd::Median),
            2 => Ok(Coadd::Count),
            3 => Ok(Coadd::Sum),
            _ => Err(Error::argument(
                "coadd",
                format!("must be 0 (mean), 1 (median), 2 (count) or 3 (sum), it is {number}"),
            )),
        }
    }

    /// From the name that the program takes.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "mean" => Some(Coadd::Mean),
            "median" => Some(Coadd::Median),
            "count" => Some(Coadd::Count),
            "sum" => Some(Coadd::Sum),
            _ => None,
        }
    }
}

/// What mAdd takes.
pub struct AddParams<'a> {
    /// Folder of the images.
    pub path: &'a Path,
    /// Image table: columns cntr, fname (or file), ctype1, ctype2, naxis1 (ns), naxis2 (nl),
    /// crval1, crval2, crpix1, crpix2, cdelt1, cdelt2.
    pub table: &'a Path,
    /// Header template of the mosaic.
    pub template: &'a Path,
    /// The mosaic, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// Shrink the mosaic to the images where they do not fill the template.
    pub shrink: bool,
    /// There are no area images to read: every pixel weighs 1.
    pub no_areas: bool,
    /// How to coadd.
    pub coadd: Coadd,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// What mAdd answers.
#[derive(Debug, Clone, PartialEq)]
pub struct AddOutcome {
    /// Time that it took, in seconds.
    pub time: f64,
}

impl Outcome for AddOutcome {
    fn fields(&self) -> Fields {
        Fields::new().with("time", Value::WholeSeconds(self.time))
    }
}

/// Coadds the images of a table into a mosaic and the sum of their areas (Montage 6.0: mAdd).
///
/// The mosaic is made in bands of rows, several at a time, each read from the images that touch
/// it, and written to its place; neither the images nor the mosaic need to fit into memory, and one
/// file per thread is open for reading. Sums are taken in doubles in a fixed order (by first row
/// in the mosaic, then by cntr and name), which is that of Montage 6.0 for a table as mImgtbl
/// writes it, and does not depend on the order of the table.
///
/// # Errors
/// When the template or the table cannot be used, an image is missing, broken, of another size
/// than the table says, or not on the grid of the template, or an output cannot be written.
/// Earlier outputs are then left as they were.
pub fn add(params: &AddParams, run: &Run) -> Result<AddOutcome> {
    coadd(params, run).about(params.table)
}

fn coadd(params: &AddParams, run: &Run) -> Result<AddOutcome> {
    let start = Instant::now();
    let region = OutputTemplate::open(params.template)?;
    let template = template_wcs(&region.template, run.warnings())?;
    let layout = Layout::new(params, &region, &template)?;
    let mosaic = layout.mosaic;
    if params.debug > 0 {
        let Grid { width, height, .. } = mosaic;
        let count = layout.count();
        say(format_args!(
            "{count} images, mosaic of {width} x {height} pixels"
        ));
    }
    let stacking = match params.coadd {
        Coadd::Mean => Stacking::Mean,
        Coadd::Count => Stacking::Count,
        Coadd::Sum => Stacking::Sum,
        Coadd::Median => Stacking::Median,
    };
    let outputs = projected_pair(params.output);
    // What a whole pixel has where weights are 1; only the median asks.
    let nominal =
        (stacking == Stacking::Median).then(|| nominal_area(layout.cdelt[0], layout.cdelt[1]));
    let opened = layout.open(&template, nominal, &outputs.image, run);
    let contributors = opened.about(params.table)?;
    let header = region.header(&mosaic);
    let size = (mosaic.width, mosaic.height);
    let create =
        |path: &Path| FitsSink::create(path, &header, size).output_in_words(CANNOT_CREATE_IMAGE);
    let output = WithAreas {
        image: create(&outputs.image)?,
        areas: Some(create(&outputs.area)?),
    };
    stream::coadd::coadd(&contributors, stacking, &output, run).about(params.output)?;
    // Both are complete on the disk before either replaces an earlier file.
    commit_all(output.finish()?)?;
    let time = start.elapsed().as_secs_f64();
    if params.debug > 0 {
        say(format_args!("Mosaic written ({time:.3} s)"));
    }
    Ok(AddOutcome { time })
}

#[cfg(test)]
mod tests;
