//! Lookup tables: what an image's pixels are off by, on a coarse grid of them, as the headers of
//! HST images have it (CPDISi, D2IMDISi; Calabretta et al. 2004, "Representations of distortions
//! in FITS world coordinate systems", section 4).

use std::sync::Arc;

use super::mapping::{solve, Goal, Mapping};
use crate::header::number;
use crate::matrix::Matrix2;
use crate::Keywords;

/// Reads the arrays of lookup tables, which are in other HDUs than the header that names them.
pub trait TableSource {
    /// The array of the HDU with this EXTNAME and EXTVER.
    ///
    /// # Errors
    /// Why there is none.
    fn table(&self, name: &str, version: i64) -> Result<LookupTable, String>;
}

/// For keywords without a file: there are no tables.
#[derive(Debug, Clone, Copy)]
pub struct NoTables;

impl TableSource for NoTables {
    fn table(&self, name: &str, _version: i64) -> Result<LookupTable, String> {
        Err(format!("the arrays ({name}) are not with the header"))
    }
}

/// Values on a grid of pixel positions, interpolated bilinearly; outside the grid those of its
/// edge.
#[derive(Debug, Clone, PartialEq)]
pub struct LookupTable {
    size: [usize; 2],
    /// Row-major.
    values: Vec<f64>,
    axes: [TableAxis; 2],
}

/// CRPIX, CRVAL and CDELT of one axis of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableAxis {
    /// The table's reference pixel (the first one is 1).
    pub crpix: f64,
    /// The image pixel that it stands for.
    pub crval: f64,
    /// Image pixels from one pixel of the table to the next.
    pub cdelt: f64,
}

/// Where a coordinate falls on an axis of a table: the pixel below, from 0; the part of the way
/// to the next; the change of that part by image pixel.
struct Place(usize, f64, f64);

impl LookupTable {
    /// A table of `width` columns.
    ///
    /// # Errors
    /// What makes it unusable.
    pub fn new(width: usize, values: Vec<f64>, axes: [TableAxis; 2]) -> Result<Self, String> {
        if width == 0 || values.is_empty() || !values.len().is_multiple_of(width) {
            return Err("the table is empty".into());
        }
        for (i, axis) in (1..).zip(axes) {
            let finite = axis.crpix.is_finite() && axis.crval.is_finite();
            if !finite || axis.cdelt == 0.0 || !axis.cdelt.recip().is_finite() {
                return Err(format!(
                    "CRPIX{i}, CRVAL{i} or CDELT{i} is no usable number"
                ));
            }
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err("the table has values that are no numbers".into());
        }
        Ok(LookupTable {
            size: [width, values.len() / width],
            values,
            axes,
        })
    }

    /// The table with its rows as columns, on the same axes (as astropy takes tables whose
    /// AXIS.i is not i).
    fn transposed(self) -> Self {
        let [width, height] = self.size;
        let mut values = Vec::with_capacity(self.values.len());
        for x in 0..width {
            values.extend((0..height).map(|y| self.at(x, y)));
        }
        LookupTable {
            size: [height, width],
            values,
            ..self
        }
    }

    /// The value of a pixel of the table, from 0; beyond the last one that of the last.
    fn at(&self, x: usize, y: usize) -> f64 {
        let [width, height] = self.size;
        let at = y.min(height - 1) * width + x.min(width - 1);
        self.values.get(at).copied().unwrap_or(0.0)
    }

    fn place(&self, axis: usize, coordinate: f64) -> Place {
        let TableAxis {
            crpix,
            crval,
            cdelt,
        } = self.axes[axis];
        let at = (coordinate - crval) / cdelt + crpix - 1.0;
        let last = self.size[axis] - 1;
        if at >= last as f64 {
            return Place(last, 0.0, 0.0);
        }
        if at > 0.0 {
            let below = at.floor();
            return Place(below as usize, at - below, cdelt.recip());
        }
        Place(0, 0.0, 0.0)
    }

    /// The value at an image pixel, and its derivatives by the pixel's coordinates.
    fn value_and_slopes(&self, pixel: [f64; 2]) -> [f64; 3] {
        let Place(x, s, by_x) = self.place(0, pixel[0]);
        let Place(y, t, by_y) = self.place(1, pixel[1]);
        let [a, b] = [self.at(x, y), self.at(x + 1, y)];
        let [c, d] = [self.at(x, y + 1), self.at(x + 1, y + 1)];
        [
            a * (1.0 - s) * (1.0 - t) + b * s * (1.0 - t) + c * (1.0 - s) * t + d * s * t,
            ((b - a) * (1.0 - t) + (d - c) * t) * by_x,
            ((c - a) * (1.0 - s) + (d - b) * s) * by_y,
        ]
    }

    /// The side of the smaller of its cells' axes in image pixels.
    fn cell(&self) -> f64 {
        let [x, y] = self.axes.map(|axis| axis.cdelt.abs());
        x.min(y)
    }
}

/// The tables of both axes; that of an axis may be missing.
type Pair = [Option<Arc<LookupTable>>; 2];

/// The offsets at a pixel: added to it, and the derivatives of the sum.
fn moved(tables: &Pair, pixel: [f64; 2]) -> ([f64; 2], Matrix2) {
    let mut to = pixel;
    let mut slopes = [[1.0, 0.0], [0.0, 1.0]];
    for (axis, table) in tables.iter().enumerate() {
        if let Some(table) = table {
            let [value, by_x, by_y] = table.value_and_slopes(pixel);
            to[axis] += value;
            slopes[axis][0] += by_x;
            slopes[axis][1] += by_y;
        }
    }
    (to, Matrix2(slopes))
}

/// Lookup tables with the polynomials (SIP) beside them: a map of pixel offsets from CRPIX.
///
/// A pixel is first corrected by the detector's tables. There the polynomials and the image's
/// tables are evaluated, and their corrections added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tables {
    crpix: [f64; 2],
    /// D2IMDISi.
    detector: Pair,
    /// CPDISi.
    image: Pair,
    sip: Option<Mapping>,
}

/// The two kinds of tables: the keyword, its record, its error, the EXTNAME of its arrays.
const DETECTOR: [&str; 4] = ["D2IMDIS", "D2IM", "D2IMERR", "D2IMARR"];
const IMAGE: [&str; 4] = ["CPDIS", "DP", "CPERR", "WCSDVARR"];

impl Tables {
    /// The tables that a header names, in front of the polynomials `sip`, or `sip` again where it
    /// names none that can be read: `notes` gets a line about those, with the errors that the
    /// header expects without them.
    ///
    /// # Errors
    /// A text naming the keyword of a distortion that is no lookup table.
    pub fn read(
        keywords: &dyn Keywords,
        crpix: [f64; 2],
        sip: Option<Mapping>,
        source: &dyn TableSource,
        notes: &mut Vec<String>,
    ) -> Result<Result<Self, Option<Mapping>>, String> {
        let mut left_out = LeftOut::default();
        let detector = pair(keywords, DETECTOR, source, &mut left_out)?;
        let image = pair(keywords, IMAGE, source, &mut left_out)?;
        notes.extend(left_out.note());
        Ok(match detector.iter().chain(&image).any(Option::is_some) {
            true => Ok(Tables {
                crpix,
                detector,
                image,
                sip,
            }),
            false => Err(sip),
        })
    }

    /// The offset that (u, v) goes to.
    pub fn apply(&self, u: f64, v: f64) -> (f64, f64) {
        let ([u, v], _) = self.value_and_slopes(u, v);
        (u, v)
    }

    fn value_and_slopes(&self, u: f64, v: f64) -> ([f64; 2], Matrix2) {
        let [x, y] = self.crpix;
        let (pixel, inner) = moved(&self.detector, [u + x, v + y]);
        let (corrected, tables) = moved(&self.image, pixel);
        let (value, outer) = match &self.sip {
            None => ([corrected[0] - x, corrected[1] - y], tables),
            Some(sip) => {
                let (mut value, slopes) = sip.value_and_slopes(pixel[0] - x, pixel[1] - y);
                let Matrix2(mut slopes) = slopes;
                let Matrix2(own) = tables;
                for axis in [0, 1] {
                    value[axis] += corrected[axis] - pixel[axis];
                    for by in [0, 1] {
                        let identity = if axis == by { 1.0 } else { 0.0 };
                        slopes[axis][by] += own[axis][by] - identity;
                    }
                }
                (value, Matrix2(slopes))
            }
        };
        (value, outer.times(&inner))
    }

    /// The offset that goes to (u, v); `None` where there is none.
    pub fn invert(&self, u: f64, v: f64) -> Option<(f64, f64)> {
        let goal = Goal {
            smallest: 1e-10,
            sense: self.sip.as_ref().map_or(1.0, |sip| sip.sense),
        };
        solve(|x, y| self.value_and_slopes(x, y), (u, v), (u, v), &goal)
    }

    /// The side of the smallest cell of the tables in pixels: the map is smooth within cells
    /// only.
    pub fn cell(&self) -> f64 {
        let tables = self.detector.iter().chain(&self.image).flatten();
        tables
            .map(|table| table.cell())
            .fold(f64::INFINITY, f64::min)
    }
}

/// Tables that cannot be read.
#[derive(Default)]
struct LeftOut {
    names: Vec<String>,
    reason: Option<String>,
}

impl LeftOut {
    fn note(self) -> Option<String> {
        let reason = self.reason?;
        Some(format!(
            "lookup tables left out: {} ({reason})",
            self.names.join(", ")
        ))
    }
}

/// Whether the header names a lookup table, or another distortion where lookup tables are named.
pub(super) fn names_any(keywords: &dyn Keywords) -> bool {
    [DETECTOR, IMAGE].iter().any(|kind| {
        keywords.may_have(kind[0])
            && (1..=2).any(|axis| keywords.text(&format!("{}{axis}", kind[0])).is_some())
    })
}

fn pair(
    keywords: &dyn Keywords,
    [prefix, record, error, extension]: [&str; 4],
    source: &dyn TableSource,
    left_out: &mut LeftOut,
) -> Result<Pair, String> {
    let mut tables = [None, None];
    if !keywords.may_have(prefix) {
        return Ok(tables);
    }
    for (axis, slot) in (1_i64..).zip(&mut tables) {
        let key = format!("{prefix}{axis}");
        let Some(kind) = keywords.text(&key) else {
            continue;
        };
        if !kind.trim().eq_ignore_ascii_case("LOOKUP") {
            return Err(format!(
                "The distortion '{}' ({key}) is not supported",
                kind.trim()
            ));
        }
        let records = keywords.records(&format!("{record}{axis}"));
        let field = |name: &str, usual: i64| {
            let found = records.iter().find(|(field, _)| field == name);
            // Saturates.
            found.map_or(usual, |&(_, value)| value as i64)
        };
        let table = match field("NAXES", 2) {
            2 => source.table(extension, field("EXTVER", 1)),
            axes => Err(format!("{record}{axis} says NAXES: {axes}")),
        };
        match table {
            Ok(table) if field(&format!("AXIS.{axis}"), axis) == axis => {
                *slot = Some(Arc::new(table));
            }
            Ok(table) => *slot = Some(Arc::new(table.transposed())),
            Err(why) => {
                let key_of_error = format!("{error}{axis}");
                let size = number(keywords, &key_of_error).ok().flatten();
                left_out.names.push(match size {
                    Some(pixels) => format!("{key} ({key_of_error} = {pixels} pixel)"),
                    None => format!("{key} (no {key_of_error})"),
                });
                left_out.reason.get_or_insert(why);
            }
        }
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> LookupTable {
        let axis = |crval, cdelt| TableAxis {
            crpix: 1.0,
            crval,
            cdelt,
        };
        let values = vec![0.0, 1.0, 3.0, 10.0, 11.0, 13.0];
        LookupTable::new(3, values, [axis(5.0, 10.0), axis(100.0, 20.0)]).unwrap()
    }

    #[test]
    fn a_table_is_bilinear_within_and_constant_outside() {
        let t = table();
        for (x, y, value) in [
            (5.0, 100.0, 0.0),
            (10.0, 100.0, 0.5),
            (20.0, 110.0, 7.0),
            (25.0, 120.0, 13.0),
            (-1e9, 1e9, 10.0),
            (1e300, -1e300, 3.0),
        ] {
            assert_eq!(t.value_and_slopes([x, y])[0], value, "{x} {y}");
        }
        assert_eq!(t.value_and_slopes([20.0, 110.0]), [7.0, 0.2, 0.5]);
        let swapped = t.transposed();
        assert_eq!(swapped.size, [2, 3]);
        assert_eq!(swapped.value_and_slopes([15.0, 140.0])[0], 13.0);
    }

    #[test]
    fn tables_without_use_are_refused() {
        let axis = TableAxis {
            crpix: 1.0,
            crval: 1.0,
            cdelt: 1.0,
        };
        let bad = TableAxis { cdelt: 0.0, ..axis };
        assert!(LookupTable::new(0, vec![], [axis; 2]).is_err());
        assert!(LookupTable::new(2, vec![0.0; 3], [axis; 2]).is_err());
        assert!(LookupTable::new(2, vec![f64::NAN; 4], [axis; 2]).is_err());
        assert!(LookupTable::new(2, vec![0.0; 4], [axis, bad]).is_err());
    }
}
