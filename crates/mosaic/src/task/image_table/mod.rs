//! mImgtbl: the table of the images of a folder, with their geometry.

mod best;
mod cover;
mod cover_columns;
mod coverage;
mod cutout;
mod fields;
mod files;
mod scan;
mod search_region;
mod subset;
mod table;

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::error::{About, Error, OutputInWords, Result};
use crate::run::Run;
use crate::task::outcome::{Fields, Outcome};
use fits::atomic_file::AtomicFile;

pub use crate::task::table_wcs::Outline;
pub use best::{best_image, BestImageOutcome, BestImageParams};
pub use cover::Edge;
pub use coverage::{coverage_check, CoverageCheckOutcome, CoverageCheckParams, Shape};
pub use subset::{subset, SubsetOutcome, SubsetParams};

use fields::FieldList;

/// The parameters of mImgtbl.
#[derive(Debug, Clone, Default)]
pub struct ImageTableParams {
    /// The folder with the images.
    pub folder: PathBuf,
    /// The table to write.
    pub table: PathBuf,
    /// Folders within the folder too.
    pub recursive: bool,
    /// `_area` images too.
    pub area_files: bool,
    /// Columns for the third and fourth axes.
    pub cubes: bool,
    /// Leave files ending in `.gz` out.
    pub no_gzip: bool,
    /// Columns for the four corners.
    pub corners: bool,
    /// Print a line for every HDU and file that is left out.
    pub show_info: bool,
    /// A row (of zeros) for every HDU without a usable geometry too.
    pub show_bad: bool,
    /// A table whose column `fname` (or `file`) names the images, instead of all of the folder.
    pub image_list: Option<PathBuf>,
    /// A file with further keywords to list: name, type and width on a line.
    pub field_list: Option<PathBuf>,
    /// Print what is going on.
    pub debug: i32,
}

/// The result of mImgtbl.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Outcome)]
pub struct ImageTableOutcome {
    /// Rows of the table.
    pub count: i32,
    /// Files looked into.
    pub nfile: i32,
    /// Their HDUs.
    pub nhdu: i32,
    /// Files that are no FITS.
    pub badfits: i32,
    /// HDUs without a usable geometry.
    pub badwcs: i32,
}

/// Lists the images of a folder: a row for each HDU with the geometry of an image on the sky, in
/// the order in which the system names the files, which is the order of the original's tables.
///
/// # Errors
/// When the folder, the image list or the field list cannot be read, or the table not written.
/// A file that is no FITS, or has no geometry, is counted and left out.
pub fn image_table(params: &ImageTableParams, run: &Run) -> Result<ImageTableOutcome> {
    list(params, run).about(&params.folder)
}

fn list(params: &ImageTableParams, run: &Run) -> Result<ImageTableOutcome> {
    let fields = FieldList::new(params.field_list.as_deref(), params.cubes)?;
    let (found, passed_over) = files::find(params)?;
    let mut output =
        AtomicFile::create(&params.table).output_in_words("Can't open output table.")?;

    let warnings = run.warnings();
    let scan = |i: usize| scan::file(&found[i], &fields, params, warnings);
    let reports = memory::try_collect(run.for_each(found.len(), scan)?)?;
    print_messages(&reports);

    let mut outcome = ImageTableOutcome {
        nfile: count(found.len())?,
        ..Default::default()
    };
    let (mut nhdu, mut badwcs, mut badfits) = (0, 0, 0);
    let geometries = reports.iter().flat_map(|report| &report.records);
    let decimals = table::decimals(geometries.filter_map(|record| record.geometry.as_ref()));
    let mut lines = table::Lines::new(&fields, params.corners, decimals).about(&params.table)?;
    for (report, file) in reports.iter().zip(&found) {
        nhdu += report.hdus;
        badwcs += report.bad_wcs;
        badfits += usize::from(report.bad_fits);
        for record in &report.records {
            let pushed = lines.push(record, report.size, &file.name);
            pushed.about(&params.table)?;
        }
    }
    if lines.rows() == 0 {
        // A table of nothing is most often a surprise.
        let why = passed_over.reasons().into_iter();
        for text in why.chain(reports.iter().flat_map(|report| report.skipped.clone())) {
            run.warn(format!("nothing listed: {text}"));
        }
    }
    outcome.count = count(lines.rows())?;
    outcome.nhdu = count(nhdu)?;
    outcome.badwcs = count(badwcs)?;
    outcome.badfits = count(badfits)?;

    let mut writer = BufWriter::with_capacity(1 << 15, output.file());
    let written = lines.write(&mut writer).and_then(|()| writer.flush());
    drop(writer);
    written.map_err(|e| output.failed(e))?;
    output.commit()?;
    Ok(outcome)
}

fn count(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| Error::message("More images than a table can count"))
}

/// The lines that `show_info` and `debug` ask for, in the order of the files whatever thread
/// read them. Whether somebody reads them is not our business.
fn print_messages(reports: &[scan::Report]) {
    let mut stdout = std::io::stdout().lock();
    for message in reports.iter().flat_map(|report| &report.messages) {
        let _ = writeln!(stdout, "{message}");
    }
    let _ = stdout.flush();
}
