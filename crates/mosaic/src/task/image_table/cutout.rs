//! The rows of mCoverageCheck's cutouts: each describes the part of an image that is in the box.

use std::path::Path;

use crate::error::{Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::io::paths;
use crate::kernel::image_table::position;
use crate::task::table_wcs::{wcs_of, J2000};
use fits::cformat::{decimals_of_position, fixed};
use fits::read_header;
use sky::Direction;
use sky::{Conversion, Wcs};

use super::cover_columns::CoverColumns;
use super::table::{degrees, hours};

/// The parameters that all rows share.
pub(super) struct Cutouts<'a> {
    table: &'a Table,
    name: usize,
    hdu: Option<usize>,
    images: Option<&'a Path>,
}

/// Projections whose parameters no table has: they are read from the image header.
const OF_FILE: [&str; 7] = ["ZPN", "COP", "COE", "COD", "COO", "BON", "DSS"];

impl<'a> Cutouts<'a> {
    /// For the images of `table`; `images` is their folder.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn new(table: &'a Table, images: Option<&'a Path>) -> Result<Self> {
        let name = table.column("fname").or_else(|| table.column("file"));
        let name = name.ok_or_else(|| {
            let message = "CUTOUT mode needs a valid 'fname' or 'file' column in table";
            Error::table(message, table.path())
        })?;
        Ok(Cutouts {
            table,
            name,
            hdu: table.column("hdu"),
            images,
        })
    }

    /// The row for the part of an image between these directions (J2000); `None` where it has no
    /// pixels.
    ///
    /// # Errors
    /// When the row, or the header of the image if that is read, has no usable coordinates.
    pub fn line(
        &self,
        row: Row,
        columns: &CoverColumns,
        corners: &[Direction],
    ) -> Result<Option<Vec<u8>>> {
        let wcs = self.wcs(row, columns)?;
        let part = Part::of(&wcs, corners);
        part.map(|part| self.with_part(row, &wcs, &part))
            .transpose()
    }

    fn wcs(&self, row: Row, columns: &CoverColumns) -> Result<Wcs> {
        let Some(wcs_columns) = &columns.wcs else {
            let message = "CUTOUT mode needs WCS columns in table";
            return Err(Error::table(message, self.table.path()));
        };
        let of_table = wcs_of(row, wcs_columns);
        let ctype = self
            .table
            .column("ctype1")
            .map(|c| row.text(c).into_owned());
        let asks_file = ctype.is_some_and(|ctype| OF_FILE.iter().any(|p| ctype.ends_with(p)));
        let (Some(images), true) = (self.images, asks_file) else {
            return of_table;
        };
        let path = paths::in_dir(images, &row.text(self.name));
        let hdu = match self.hdu {
            Some(column) => usize::try_from(row.integer(column)?).unwrap_or(0),
            None => 0,
        };
        let header = read_header(&path, hdu, "Image file")?;
        Wcs::new(&header).map_err(|why| Error::fits("Image file", &path, why.to_string()))
    }

    fn with_part(&self, row: Row, wcs: &Wcs, part: &Part) -> Result<Vec<u8>> {
        let way = Conversion::new(&wcs.frame(), &J2000);
        let sky = |x: f64, y: f64| {
            let (lon, lat) = wcs.pixel_to_sky(x, y).unwrap_or((0.0, 0.0));
            way.apply(lon, lat)
        };
        let [[x0, x1], [y0, y1]] = part.reach;
        let centre = sky((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        let corners = [sky(x0, y0), sky(x1, y0), sky(x1, y1), sky(x0, y1)];
        let mut line = Vec::new();
        let [[a, b], [c, d]] = wcs.cd();
        let decimals = decimals_of_position(a.hypot(c).min(b.hypot(d)), 6, 0.5);
        let fixed_position = |x: f64| fixed(x, decimals);
        for (i, column) in self.table.columns().iter().enumerate() {
            let value = match column.name.as_str() {
                "naxis1" | "ns" => part.size[0].to_string(),
                "naxis2" | "nl" => part.size[1].to_string(),
                "crpix1" => fixed(wcs.crpix()[0] - part.first[0] + 1.0, 2),
                "crpix2" => fixed(wcs.crpix()[1] - part.first[1] + 1.0, 2),
                "crval1" => fixed_position(wcs.crval()[0]),
                "crval2" => fixed_position(wcs.crval()[1]),
                "ra" => fixed_position(centre.0),
                "dec" => fixed_position(centre.1),
                "cra" => hours(centre.0),
                "cdec" => degrees(centre.1),
                "ra1" => fixed_position(corners[0].0),
                "dec1" => fixed_position(corners[0].1),
                "ra2" => fixed_position(corners[1].0),
                "dec2" => fixed_position(corners[1].1),
                "ra3" => fixed_position(corners[2].0),
                "dec3" => fixed_position(corners[2].1),
                "ra4" => fixed_position(corners[3].0),
                "dec4" => fixed_position(corners[3].1),
                _ => String::new(),
            };
            let bytes = match value.is_empty() {
                true => row.bytes(i),
                false => value.as_bytes(),
            };
            if i > 0 {
                memory::push(&mut line, b' ')?;
            }
            let blanks = column.width(i == 0).saturating_sub(bytes.len());
            memory::extend(&mut line, std::iter::repeat_n(b' ', blanks))?;
            memory::extend(&mut line, bytes.iter().copied())?;
        }
        memory::push(&mut line, b' ')?;
        Ok(line)
    }
}

/// A part of an image.
struct Part {
    /// The least and largest column and row of its corners.
    reach: [[f64; 2]; 2],
    /// Its first column and row, from 1.
    first: [f64; 2],
    /// Columns and rows.
    size: [i64; 2],
}

impl Part {
    /// The part of an image that holds these directions, with the rounding of the original, whose
    /// last column and row are left out.
    fn of(wcs: &Wcs, corners: &[Direction]) -> Option<Self> {
        let way = Conversion::new(&J2000, &wcs.frame());
        let mut reach = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for &corner in corners {
            let (lon, lat) = position(corner);
            let (lon, lat) = way.apply(lon, lat);
            let Some((x, y)) = wcs.sky_to_pixel_near(lon, lat) else {
                continue;
            };
            for (reach, at) in reach.iter_mut().zip([x, y]) {
                *reach = [reach[0].min(at), reach[1].max(at)];
            }
        }
        let (width, height) = wcs.size();
        let mut first = [0.0; 2];
        let mut size = [0; 2];
        for (axis, length) in [width, height].into_iter().enumerate() {
            let [least, most] = reach[axis];
            if !(least.is_finite() && most.is_finite()) {
                return None;
            }
            let length = length as f64;
            first[axis] = least.trunc().clamp(1.0, length);
            let last = (most + 1.0).trunc().min(length);
            if last <= first[axis] {
                return None;
            }
            size[axis] = (last - first[axis]) as i64;
        }
        Some(Part { reach, first, size })
    }
}
