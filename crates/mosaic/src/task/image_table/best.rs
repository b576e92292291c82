//! mBestImage: the image of a table that covers a position best.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::io::ipac_table::Table;
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome, Value};
use sky::direction::direction;

use super::cover::Edge;
use super::cover_columns::{for_each_row, CoverColumns};

/// The parameters of mBestImage.
#[derive(Debug, Clone)]
pub struct BestImageParams {
    /// The table of images.
    pub table: PathBuf,
    /// Right ascension in degrees (J2000).
    pub ra: f64,
    /// Declination in degrees.
    pub dec: f64,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The image whose nearest edge is furthest from the position.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct BestImageOutcome {
    /// Its name in the table.
    pub file: String,
    /// Its HDU (0 where the table has none).
    pub hdu: i32,
    /// Its URL (empty where the table has none).
    pub url: String,
    /// Degrees from the position to its nearest edge.
    #[value(Fixed, 6)]
    pub edgedist: f64,
}

const NEED_COLUMNS: &str = "Need columns: fname ctype1 ctype2 nl ns crval1 crval2 crpix1 crpix2 \
                            cdelt1 cdelt2 and crota2 or cd matrix / ra dec ra1 ... dec4";

/// Finds the image that covers a position with the widest margin; of equal ones the first.
///
/// # Errors
/// When the table cannot be read or does not say where its images are, or none of them covers
/// the position.
pub fn best_image(params: &BestImageParams, run: &Run) -> Result<BestImageOutcome> {
    for (name, value) in [("ra", params.ra), ("dec", params.dec)] {
        if !value.is_finite() || (name == "dec" && value.abs() > 90.0) {
            return Err(Error::argument(name, format!("is no position ({value})")));
        }
    }
    let table = Table::open(&params.table, "Invalid image metadata file")?;
    let columns = CoverColumns::of(&table, None, run);
    let name = table.column("fname").or_else(|| table.column("file"));
    let (Some(name), true) = (name, columns.corners.is_some() || columns.wcs.is_some()) else {
        return Err(Error::table(NEED_COLUMNS, &params.table));
    };
    let url = table.column("URL").or_else(|| table.column("url"));
    let hdu = table.column("hdu");
    let point = direction(params.ra, params.dec);
    let depths = for_each_row(&table, run, |row| {
        let cover = columns.cover(row, Edge::Version7)?;
        Ok(cover.and_then(|cover| cover.depth(point)))
    })?;
    let mut best: Option<(usize, f64)> = None;
    for (i, depth) in depths.iter().enumerate() {
        let Some(depth) = *depth else { continue };
        if params.debug > 0 {
            let name = table.row(i).text(name).into_owned();
            say(format_args!("image {} ({name}): {depth} degrees", i + 1));
        }
        if depth > best.map_or(0.0, |(_, deepest)| deepest) {
            best = Some((i, depth));
        }
    }
    let Some((i, edgedist)) = best else {
        let point = format!("ra {}, dec {}", params.ra, params.dec);
        let message = format!("No image covers this point ({point}) in table");
        return Err(Error::table(message, &params.table));
    };
    let row = table.row(i);
    Ok(BestImageOutcome {
        file: row.text(name).into_owned(),
        hdu: match hdu {
            Some(column) => row.integer(column)?.max(0),
            None => 0,
        },
        url: url.map_or_else(String::new, |column| row.text(column).into_owned()),
        edgedist,
    })
}
