//! mSubset: the images of a table that a header template covers.

use std::path::PathBuf;

use crate::error::{Error, OutputInWords, Result};
use crate::io::ipac_table::{Row, Table};
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use crate::task::table_wcs::{wcs_of, Outline, PixelArea};
use fits::atomic_file::AtomicFile;

use super::count;
use super::cover::{Cover, Edge};
use super::cover_columns::{for_each_row, CoverColumns};
use super::search_region::{region_wcs, SearchRegion};

/// The parameters of mSubset.
#[derive(Debug, Clone)]
pub struct SubsetParams {
    /// The table of images.
    pub table: PathBuf,
    /// The header template.
    pub template: PathBuf,
    /// The table to write.
    pub output: PathBuf,
    /// How images and template are compared; by corners, those of the table if it has them.
    pub outline: Outline,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The number of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Outcome)]
pub struct SubsetOutcome {
    /// In the table.
    pub count: i32,
    /// In the region.
    pub nmatches: i32,
}

const NO_PLACE: &str =
    "Not enough information to determine coverages (corners, CDELTs or CD matrix)";

/// Writes the rows of a table whose images overlap the region of a header template. As in the
/// original only the line of names stands above them.
///
/// # Errors
/// When the template or the table cannot be read, the table does not say where its images are,
/// or the output cannot be written.
pub fn subset(params: &SubsetParams, run: &Run) -> Result<SubsetOutcome> {
    let region = region_wcs(&params.template, run)?;
    let table = Table::open(&params.table, "Invalid image metadata file")?;
    let mut columns = CoverColumns::of(&table, None, run);
    if params.outline == Outline::EdgePixels {
        columns.corners = None;
    }
    if columns.corners.is_none() && columns.wcs.is_none() {
        return Err(Error::table(NO_PLACE, &params.table));
    }
    let output = AtomicFile::create(&params.output).output_in_words("Failed to open output {}")?;
    let area = PixelArea::new(region.clone());
    let by_corners = SearchRegion::of_template(&params.template, Edge::Version6, run)?;
    let region = Cover::of_wcs(region, Edge::Version6);
    let matches = for_each_row(&table, run, |row| {
        if params.outline == Outline::Corners {
            let cover = columns.cover(row, Edge::Version7)?;
            return Ok(cover.is_some_and(|cover| by_corners.meets(&cover)));
        }
        by_pixels(&columns, row, &region, &area)
    })?;
    let found = matches.iter().filter(|&&found| found).count();
    if params.debug > 0 {
        say(format_args!("{found} of {} images", table.len()));
    }
    output.write_text(|out| {
        for line in table.header_lines().take(1) {
            out.write_all(line)?;
            out.write_all(b"\n")?;
        }
        for (i, _) in matches.iter().enumerate().filter(|(_, &found)| found) {
            out.write_all(table.line(i))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(SubsetOutcome {
        count: count(table.len())?,
        nmatches: count(found)?,
    })
}

/// Whether the pixels of a row's image overlap those of the region.
fn by_pixels(columns: &CoverColumns, row: Row, region: &Cover, area: &PixelArea) -> Result<bool> {
    let Some(wcs) = columns.wcs.as_ref().filter(|wcs| !wcs.is_blank(&row)) else {
        return Ok(false);
    };
    let image = Cover::of_wcs(wcs_of(row, wcs)?, Edge::Version6);
    // Far from the region there is no need to walk along the edges.
    if let (Some(a), Some(b)) = (&image.polygon, &region.polygon) {
        if a.is_far_from(b) {
            return Ok(false);
        }
    }
    Ok(image.area.is_some_and(|image| image.overlaps(area)))
}
