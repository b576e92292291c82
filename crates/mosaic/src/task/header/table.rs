//! Positions and scales from the tables that mMakeHdr takes.

use std::path::{Path, PathBuf};

use crate::error::{About, Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::io::ipac_table::{Row, Table};
use crate::run::Run;
use crate::task::table_wcs::{is_parameter, Completion};
use fits::cformat::{atoi, decimals_of_position, fixed, number};
use sky::{Conversion, Frame, Wcs};

use super::celestial_system::is_year;

/// The positions and pixel scale that the tables contain.
#[derive(Debug)]
pub(super) struct Collected {
    /// Longitude and latitude in the template's frame, degrees.
    pub positions: Vec<(f64, f64)>,
    /// The finest pixel scale, degrees; `None` where no column has one.
    pub scale: Option<f64>,
    /// Rows in all tables.
    pub rows: usize,
    /// Third and fourth axes.
    pub cube: Cube,
}

/// The tables that `path` means: those of its column "table", or itself.
pub(super) fn tables(path: &Path) -> Result<Vec<PathBuf>> {
    let table = Table::open(path, "Invalid table file")?;
    let Some(column) = table.column("table") else {
        return Ok(vec![path.to_owned()]);
    };
    let rows = table.rows();
    Ok(
        memory::collect(rows.map(|row| PathBuf::from(bytes_as_path(row.bytes(column)))))
            .about(path)?,
    )
}

fn bytes_as_path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

impl Collected {
    /// Nothing yet.
    pub fn new() -> Self {
        Collected {
            positions: Vec::new(),
            scale: None,
            rows: 0,
            cube: Cube::default(),
        }
    }

    /// Takes the rows of a table, in the frame `to`.
    ///
    /// # Errors
    /// When the table cannot be read, has none of the sets of columns that tell a position, or a
    /// row lacks a number or has no usable geometry.
    pub fn add(&mut self, path: &Path, to: &Frame, run: &Run) -> Result<()> {
        let table = Table::open(path, "Invalid image metadata file")?;
        let columns = Columns::find(&table)?;
        let mut completion = Completion::of(&table);
        completion.warn_to(run.shared());
        let from = stated_frame(&table)?;
        let conversion = Conversion::new(&from, to);
        let cube = CubeColumns::find(&table);
        self.cube.has_columns(&cube);
        for row in table.rows() {
            self.rows += 1;
            self.cube.take(&row, &cube, self.rows == 1);
            match &columns {
                Columns::Positions { pairs, scale } => {
                    for &[lon, lat] in pairs {
                        let lonlat = (coordinate(&row, lon)?, coordinate(&row, lat)?);
                        let position = conversion.apply(lonlat.0, lonlat.1);
                        memory::push(&mut self.positions, position).about(path)?;
                    }
                    for column in scale.iter().flatten() {
                        self.take_scale(row.real(*column)?);
                    }
                }
                Columns::Geometry(columns) => {
                    let (wcs, cdelt) = columns.wcs(&row, path, &completion)?;
                    cdelt.iter().for_each(|&step| self.take_scale(step));
                    let conversion = Conversion::new(&wcs.frame(), to);
                    let outline = outline(&wcs)
                        .ok_or_else(|| bad_row(&row, "Bad WCS (no sky in image)", path))?;
                    let converted = outline.iter().map(|&(x, y)| conversion.apply(x, y));
                    memory::extend(&mut self.positions, converted).about(path)?;
                }
            }
        }
        Ok(())
    }

    fn take_scale(&mut self, step: f64) {
        let step = step.abs();
        // The original begins with 360 degrees.
        if step < self.scale.unwrap_or(360.0) {
            self.scale = Some(step);
        }
    }
}

fn coordinate(row: &Row, column: usize) -> Result<f64> {
    let value = row.real(column)?;
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::message(format!(
        "Row {} has a coordinate that is no finite number ({value})",
        row.number()
    )))
}

fn bad_row(row: &Row, why: &str, path: &Path) -> Error {
    Error::table(format!("{why} {} in table", row.number()), path)
}

/// The corners of the outermost pixels. Where one has no sky (a map of the whole sky), the points
/// of a grid over the image that have.
fn outline(wcs: &Wcs) -> Option<Vec<(f64, f64)>> {
    let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
    let (right, top) = (width + 0.5, height + 0.5);
    let corners = [(0.5, 0.5), (right, 0.5), (right, top), (0.5, top)];
    let corners: Option<Vec<_>> = corners
        .iter()
        .map(|&(x, y)| wcs.pixel_to_sky(x, y))
        .collect();
    corners.or_else(|| {
        const STEPS: i32 = 32;
        let at = |i: i32, size: f64| 0.5 + size * f64::from(i) / f64::from(STEPS);
        let grid = (0..=STEPS).flat_map(|j| (0..=STEPS).map(move |i| (i, j)));
        let found: Vec<_> = grid
            .filter_map(|(i, j)| wcs.pixel_to_sky(at(i, width), at(j, height)))
            .collect();
        (!found.is_empty()).then_some(found)
    })
}

/// Which columns tell where things are.
enum Columns {
    /// Pairs of longitude and latitude, and perhaps cdelt1 and cdelt2.
    Positions {
        pairs: Vec<[usize; 2]>,
        scale: [Option<usize>; 2],
    },
    /// The geometry of an image.
    Geometry(Geometry),
}

impl Columns {
    /// Looks for four corners first, then for a whole geometry, then for plain positions.
    fn find(table: &Table) -> Result<Self> {
        let pairs = |names: &[(String, String)]| -> Option<Vec<[usize; 2]>> {
            let pair =
                |(lon, lat): &(String, String)| Some([table.column(lon)?, table.column(lat)?]);
            names.iter().map(pair).collect()
        };
        let corners = |lon: &str, lat: &str| {
            let names: Vec<_> = (1..5)
                .map(|i| (format!("{lon}{i}"), format!("{lat}{i}")))
                .collect();
            pairs(&names)
        };
        let position = |lon: &str, lat: &str| pairs(&[(lon.to_owned(), lat.to_owned())]);
        let positions = |pairs: Vec<[usize; 2]>| Columns::Positions {
            pairs,
            scale: ["cdelt1", "cdelt2"].map(|name| table.column(name)),
        };
        corners("ra", "dec")
            .or_else(|| corners("lon", "lat"))
            .map(positions)
            .or_else(|| Geometry::find(table).map(Columns::Geometry))
            .or_else(|| {
                position("ra", "dec")
                    .or_else(|| position("lon", "lat"))
                    .or_else(|| position("crval1", "crval2"))
                    .map(positions)
            })
            .ok_or_else(|| Error::table(NEED_COLUMNS, table.path()))
    }
}

const NEED_COLUMNS: &str = "Need columns: ctype1 ctype2 nl ns crval1 crval2 crpix1 crpix2 cdelt1 cdelt2 crota2 (equinox optional).  Four corners (equatorial) will be used if they exist or even just a single set of coordinates";

/// The columns of an image's geometry.
struct Geometry {
    ctype: [usize; 2],
    size: [usize; 2],
    /// crval1, crval2, crpix1, crpix2, cdelt1, cdelt2, crota2.
    numbers: [usize; 7],
    equinox: Option<usize>,
    /// Parameters of projections: PVi_m.
    parameters: Vec<(String, usize)>,
}

const NUMBERS: [&str; 7] = [
    "crval1", "crval2", "crpix1", "crpix2", "cdelt1", "cdelt2", "crota2",
];

impl Geometry {
    fn find(table: &Table) -> Option<Self> {
        let column = |name: &str| table.column(name);
        let mut numbers = [0; 7];
        for (slot, name) in numbers.iter_mut().zip(NUMBERS) {
            *slot = column(name)?;
        }
        Some(Geometry {
            ctype: [column("ctype1")?, column("ctype2")?],
            size: [
                column("ns").or_else(|| column("naxis1"))?,
                column("nl").or_else(|| column("naxis2"))?,
            ],
            numbers,
            equinox: column("equinox"),
            parameters: (0..)
                .zip(table.columns())
                .map(|(i, column)| (column.name.to_ascii_uppercase(), i))
                .filter(|(keyword, _)| is_parameter(keyword))
                .collect(),
        })
    }

    /// The coordinates of a row's image, and its steps. The numbers are rounded to the nine
    /// decimals of the header that Montage makes of them, which decides about the digits of a
    /// template.
    fn wcs(&self, row: &Row, path: &Path, completion: &Completion) -> Result<(Wcs, [f64; 2])> {
        let mut text = String::from("SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\n");
        let [width, height] = self.size;
        text += &format!("NAXIS1  = {}\n", row.integer(width)?);
        text += &format!("NAXIS2  = {}\n", row.integer(height)?);
        for (i, column) in self.ctype.into_iter().enumerate() {
            let ctype = row.text(column);
            // Column ends and line ends are all the syntax there is.
            let ctype = ctype.replace(|c: char| c.is_control() || c == '\'', " ");
            text += &format!("CTYPE{}  = '{ctype}'\n", i + 1);
        }
        let mut cdelt = [0.0; 2];
        let mut values = [0.0; NUMBERS.len()];
        for (i, (name, column)) in NUMBERS.iter().zip(self.numbers).enumerate() {
            let value = row.real(column)?;
            match *name {
                "cdelt1" => cdelt[0] = value,
                "cdelt2" => cdelt[1] = value,
                _ => {}
            }
            values[i] = value;
        }
        let decimals = template_decimals(cdelt, [row.integer(width)?, row.integer(height)?]);
        for (name, value) in NUMBERS.iter().zip(values) {
            let key = name.to_ascii_uppercase();
            let digits = match name.starts_with("cdelt") {
                true => decimals.step,
                false => decimals.position,
            };
            text += &format!("{key:<8}= {:>14}\n", fixed(value, digits));
        }
        let equinox = match self.equinox {
            Some(column) => row.real(column)?,
            None => 2000.0,
        };
        for (keyword, column) in &self.parameters {
            if let Ok(value) = row.real(*column) {
                text += &format!("{keyword:<8}= {value:E}\n");
            }
        }
        text += &format!("EQUINOX = {equinox}\nEND\n");
        let keywords = HeaderTemplate::parse(text.as_bytes(), path);
        let bad =
            |why: &dyn std::fmt::Display| bad_row(row, &format!("Bad WCS ({why}) for image"), path);
        let completed = completion.complete(row, &keywords);
        let wcs = Wcs::new(&completed).map_err(|why| bad(&why))?;
        // Coordinates without a projection are read, but are no image on the sky.
        if wcs.ctype()[0].ends_with('-') {
            return Err(bad(&"Invalid projection"));
        }
        Ok((wcs, cdelt))
    }
}

/// Decimals of the numbers of a template.
pub(super) struct Decimals {
    /// CRVAL.
    pub position: usize,
    /// CDELT.
    pub step: usize,
}

/// Decimals for an image of these steps and sizes: Montage's nine, or more where those would move
/// its edge by more than a quarter of a pixel, the scale by 1/10,000, or a position by a hundredth
/// of a pixel.
pub(super) fn template_decimals(cdelt: [f64; 2], size: [i32; 2]) -> Decimals {
    const USUAL: usize = 9;
    let least = cdelt[0].abs().min(cdelt[1].abs());
    let off = |(step, size): (f64, i32)| {
        let rounded = (step * 1e9).round() / 1e9;
        let off = (rounded - step).abs();
        off * f64::from(size) > 0.5 * step.abs() || off > 1e-4 * step.abs()
    };
    let needs_more = cdelt.into_iter().zip(size).any(off);
    let step = match needs_more && least > 0.0 {
        // Twelve digits.
        true => (12.0 - least.log10().ceil()).clamp(USUAL as f64, 24.0) as usize,
        false => USUAL,
    };
    Decimals {
        position: decimals_of_position(least, USUAL, 0.01),
        step,
    }
}

/// The frame of a table's positions: its keywords, or J2000.
///
/// Of several the last in this order counts, as in the original. A letter B or J before the
/// equinox or at the end of the system says which catalogue it is (in the original the B at the
/// end does not).
fn stated_frame(table: &Table) -> Result<Frame> {
    let keyword = |names: &[&str]| {
        let upper = names.iter().map(|name| name.to_ascii_uppercase());
        let lower = names.iter().map(|name| name.to_string());
        let mut found = None;
        for name in upper.chain(lower) {
            found = table.keyword(&name).or(found);
        }
        found.unwrap_or_default().to_ascii_lowercase()
    };
    let epoch = keyword(&["equinox", "epoch"]);
    let csys = keyword(&["csys", "system", "sys", "coord", "coordsys"]);
    let (letter, year) = match epoch.as_bytes().first() {
        Some(b'j') => (Some('j'), &epoch[1..]),
        Some(b'b') => (Some('b'), &epoch[1..]),
        _ => (None, epoch.as_str()),
    };
    let letter = match csys.as_bytes().last() {
        Some(b'j') => Some('j'),
        Some(b'b') => Some('b'),
        _ => letter,
    };
    let besselian = letter == Some('b');
    let usual = if besselian { 1950.0 } else { 2000.0 };
    let equinox = number(year).filter(|&x| x != 0.0).unwrap_or(usual);
    if !is_year(equinox) {
        let why = format!("Equinox {equinox} is not a year in table");
        return Err(Error::table(why, table.path()));
    }
    Ok(match csys.get(..2) {
        Some("ec") if besselian => Frame::EclipticFk4 { equinox },
        Some("ec") => Frame::Ecliptic { equinox },
        Some("ga") => Frame::Galactic,
        Some("sg" | "su") => Frame::Supergalactic,
        _ if besselian => Frame::Fk4 { equinox },
        _ => Frame::Fk5 { equinox },
    })
}

/// A third or fourth axis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Axis {
    pub size: i64,
    pub crval: f64,
    pub crpix: f64,
    pub cdelt: f64,
}

/// The axes beyond the second, and whether all rows have the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cube {
    /// NAXIS of the template; `None` where the rows do not agree.
    pub naxis: Option<i64>,
    /// The third and fourth axes.
    pub axes: [Axis; 2],
    /// Rows with more than two axes.
    pub count: usize,
    have: [bool; 2],
}

impl Default for Cube {
    fn default() -> Self {
        Cube {
            naxis: Some(2),
            axes: [Axis::default(); 2],
            count: 0,
            have: [true; 2],
        }
    }
}

/// The columns naxis, and naxisN, crvalN, crpixN, cdeltN of the third and fourth axis.
struct CubeColumns {
    /// With what stands for no value in it.
    naxis: Option<(usize, String)>,
    axes: [Option<[usize; 4]>; 2],
}

impl CubeColumns {
    fn find(table: &Table) -> Self {
        let axis = |n: usize| -> Option<[usize; 4]> {
            Some([
                table.column(&format!("naxis{n}"))?,
                table.column(&format!("crval{n}"))?,
                table.column(&format!("crpix{n}"))?,
                table.column(&format!("cdelt{n}"))?,
            ])
        };
        CubeColumns {
            naxis: table
                .column("naxis")
                .map(|column| (column, table.columns()[column].null.clone())),
            axes: [axis(3), axis(4)],
        }
    }
}

impl Cube {
    fn has_columns(&mut self, columns: &CubeColumns) {
        for (have, axis) in self.have.iter_mut().zip(&columns.axes) {
            *have &= axis.is_some();
        }
    }

    /// Takes a row: NAXIS, CRVAL and CDELT must be those of the first, the ranges of pixels are
    /// joined. (Montage 6.0; a row of two axes among several makes the whole disagree there, and
    /// so here.)
    fn take(&mut self, row: &Row, columns: &CubeColumns, first: bool) {
        let Some((column, null)) = &columns.naxis else {
            return;
        };
        let text = row.text(*column);
        if text.is_empty() || text == null.as_str() {
            self.naxis = None;
            return;
        }
        let naxis = atoi(&text);
        if first {
            // An image has two axes; beyond the fourth no template can say anything.
            self.naxis = (2..=4).contains(&naxis).then_some(naxis);
        } else if naxis == 2 || self.naxis != Some(naxis) {
            self.naxis = None;
        }
        if naxis <= 2 {
            return;
        }
        self.count += 1;
        for (i, axis) in (3..).zip(0..2) {
            if self.naxis.is_some_and(|naxis| naxis >= i) {
                self.take_axis(row, columns, axis, first);
            }
        }
    }

    fn take_axis(&mut self, row: &Row, columns: &CubeColumns, axis: usize, first: bool) {
        let read = |[size, crval, crpix, cdelt]: [usize; 4]| {
            Some(Axis {
                size: row.integer(size).ok()?.into(),
                crval: row.real(crval).ok()?,
                crpix: row.real(crpix).ok()?,
                cdelt: row.real(cdelt).ok()?,
            })
        };
        let found = columns.axes[axis]
            .filter(|_| self.have[axis])
            .and_then(read);
        let Some(found) = found.filter(|a| a.crpix.is_finite() && a.size > 0) else {
            self.naxis = None;
            return;
        };
        let joined = &mut self.axes[axis];
        if first {
            *joined = found;
        }
        if found.crval != joined.crval || found.cdelt != joined.cdelt {
            self.naxis = None;
            return;
        }
        // Pixels before the reference, and after.
        let before = joined.crpix.max(found.crpix);
        let after = (joined.size as f64 - joined.crpix).max(found.size as f64 - found.crpix);
        joined.crpix = before;
        // Sizes are below 2^31; a sum beyond the numbers saturates, and is refused later.
        joined.size = (after + before + 0.00001) as i64;
    }
}
