//! The columns of a table that say what part of the sky its images cover.

use std::path::Path;

use super::cover::{Cover, Edge};
use crate::error::{Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::kernel::image_table::Polygon;
use crate::run::Run;
use crate::task::table_wcs::{self, wcs_of, PixelArea, WcsColumns};
use sky::direction::{direction, Direction};

/// The columns that say where the images of a table are.
pub(super) struct CoverColumns {
    /// ra1, dec1, ... dec4.
    pub corners: Option<[usize; 8]>,
    /// Those of the headers.
    pub wcs: Option<WcsColumns>,
}

impl CoverColumns {
    /// The columns of `table`; images that complete a row are looked for in `images` first.
    pub fn of(table: &Table, images: Option<&Path>, run: &Run) -> Self {
        let names = ["ra1", "dec1", "ra2", "dec2", "ra3", "dec3", "ra4", "dec4"];
        CoverColumns {
            corners: table.need(names, "").ok(),
            wcs: WcsColumns::of(table)
                .ok()
                .map(|wcs| wcs.for_call(images, run)),
        }
    }

    /// The image of a row, by its corners where the table has them; `None` where the row says
    /// nothing of its place.
    ///
    /// # Errors
    /// When it says something that is no place.
    pub fn cover(&self, row: Row, edge: Edge) -> Result<Option<Cover>> {
        let Some(corners) = &self.corners else {
            return self.cover_by_wcs(row, edge);
        };
        if row.is_whole() && corners.iter().all(|&c| row.bytes(c).is_empty()) {
            return Ok(None);
        }
        let mut numbers = [0.0; 8];
        for (number, &column) in numbers.iter_mut().zip(corners) {
            *number = row.real(column)?;
        }
        let points: Vec<Direction> = numbers
            .chunks_exact(2)
            .map(|p| direction(p[0], p[1]))
            .collect();
        let polygon = Polygon::hull(&points);
        // Corners that draw no outline: the pixels decide, where they are known.
        let area = match (&polygon, &self.wcs) {
            (None, Some(wcs)) if !wcs.is_blank(&row) => wcs_of(row, wcs).ok().map(PixelArea::new),
            _ => None,
        };
        Ok(Some(Cover { polygon, area }))
    }

    fn cover_by_wcs(&self, row: Row, edge: Edge) -> Result<Option<Cover>> {
        match &self.wcs {
            Some(wcs) if !wcs.is_blank(&row) => Ok(Some(Cover::of_wcs(wcs_of(row, wcs)?, edge))),
            _ => Ok(None),
        }
    }
}

/// Applies `work` to every row on the threads of the call; in order. The error of the first row
/// that has one names the row.
pub(super) fn for_each_row<'a, T: Send>(
    table: &'a Table,
    run: &Run,
    work: impl Fn(Row<'a>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    table_wcs::for_each_row(table, run, work, |why, i| {
        Error::table(format!("{why} (row {}) in table", i + 1), table.path())
    })
}
