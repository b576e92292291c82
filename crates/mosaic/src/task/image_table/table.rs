//! The lines of the table: columns, widths and formats of Montage 6.0.

use std::io::Write;

use crate::error::Result;
use fits::cformat::{decimals_of_position, exponent, fixed};

use super::fields::FieldList;
use super::scan::{Geometry, Record};

/// Decimals of positions, as in Montage 6.0.
const DECIMALS: usize = 7;

/// A table's positions may be off by this part of a pixel, which for Montage's seven decimals is
/// that of pixels of 3.6 thousandths of a second of arc.
const MOST_OFF: f64 = 0.05;

/// The columns of positions; the columns of their titles and types are this wide.
const POSITIONS: [&str; 12] = [
    "ra", "dec", "crval1", "crval2", "ra1", "dec1", "ra2", "dec2", "ra3", "dec3", "ra4", "dec4",
];

/// The decimals that the positions of a table need: Montage's seven, or more for images of very
/// small pixels.
pub(super) fn decimals<'a>(geometries: impl Iterator<Item = &'a Geometry>) -> usize {
    let needed = geometries.map(|geometry| {
        let [a, b] = geometry.scale.cdelt;
        decimals_of_position(a.abs().min(b.abs()), DECIMALS, MOST_OFF)
    });
    needed.max().unwrap_or(DECIMALS)
}

/// A header line with wider columns of positions; `names` are those of the columns.
fn widened(line: &str, names: &str, by: usize) -> String {
    let cells = line.split('|').zip(names.split('|'));
    let wider = cells.map(|(cell, name)| {
        let more = match POSITIONS.contains(&name.trim()) {
            true => by,
            false => 0,
        };
        format!("{}{cell}", " ".repeat(more))
    });
    wider.collect::<Vec<_>>().join("|")
}

/// The table being put together.
pub(super) struct Lines {
    header: [Vec<u8>; 2],
    rows: Vec<Vec<u8>>,
    corners: bool,
    widths: Vec<usize>,
    /// Decimals of positions.
    decimals: usize,
}

impl Lines {
    /// A table without rows, for positions of so many decimals.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(fields: &FieldList, corners: bool, decimals: usize) -> Result<Self> {
        let widths = memory::collect(fields.0.iter().map(|field| field.width))?;
        // Of the names and of the types, the columns' texts, the line and its copies.
        let bytes = widths.iter().map(|&width| size_of::<String>() + 6 * width);
        memory::expect(bytes.sum())?;
        let of_fields = |text: &dyn Fn(usize) -> String| -> String {
            (0..fields.0.len())
                .map(|i| format!("{:>width$}|", text(i), width = fields.0[i].width))
                .collect()
        };
        let names = of_fields(&|i| fields.0[i].key.to_ascii_lowercase());
        let kinds = of_fields(&|i| fields.0[i].kind.clone());
        // The two forms differ in blanks here and there; readers do not care, `diff` does.
        let header = if corners {
            [
                format!(
                    "| cntr |      ra     |     dec     |      cra     |     cdec     |naxis1|naxis2| ctype1 | ctype2 |     crpix1    |     crpix2    |    crval1   |    crval2   |       cdelt1      |       cdelt2      |   crota2    |equinox |{names}      ra1    |     dec1    |      ra2    |     dec2    |      ra3    |     dec3    |      ra4    |     dec4    |    size    | hdu  | fname"
                ),
                format!(
                    "| int  |     double  |     double  |      char    |     char     | int  | int  |  char  |  char  |     double    |     double    |    double   |    double   |      double       |      double       |   double    | double |{kinds}     double  |     double  |     double  |     double  |     double  |     double  |     double  |     double  |    int     | int  | char"
                ),
            ]
        } else {
            [
                format!(
                    "| cntr |      ra     |     dec     |      cra     |     cdec     |naxis1|naxis2| ctype1 | ctype2 |     crpix1    |     crpix2    |    crval1   |    crval2   |      cdelt1       |       cdelt2      |   crota2    |equinox |{names}    size    | hdu  | fname"
                ),
                format!(
                    "| int  |    double   |    double   |      char    |    char      | int  | int  |  char  |  char  |     double    |     double    |    double   |    double   |       double      |       double      |   double    | double |{kinds}     int    | int  | char"
                ),
            ]
        };
        let more = decimals - DECIMALS;
        let header = match more {
            0 => header,
            more => [0, 1].map(|i: usize| widened(&header[i], &header[0], more)),
        };
        Ok(Lines {
            decimals,
            header: header.map(String::into_bytes),
            rows: Vec::new(),
            corners,
            widths,
        })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Adds the row of an HDU of the file `name` of `size` bytes.
    ///
    /// # Errors
    /// When memory is out.
    pub fn push(&mut self, record: &Record, size: u64, name: &[u8]) -> Result<()> {
        let fields = self.widths.iter().zip(&record.values);
        let fields = fields.map(|(width, value)| 1 + value.len().max(*width));
        // The other columns take some hundred characters.
        let mut line = memory::room(512 + fields.sum::<usize>() + name.len())?;
        let mut put = |width: usize, text: &[u8]| {
            line.extend(std::iter::repeat_n(
                b' ',
                1 + width.saturating_sub(text.len()),
            ));
            line.extend(text);
        };
        let geometry = record.geometry.as_ref();
        put(6, self.rows.len().to_string().as_bytes());
        let (ra, dec) = geometry.map_or((0.0, 0.0), |g| g.footprint.center);
        let decimals = self.decimals;
        let width = 13 + decimals - DECIMALS;
        put(width, fixed(ra, decimals).as_bytes());
        put(width, fixed(dec, decimals).as_bytes());
        put(13, hours(ra).as_bytes());
        put(13, degrees(dec).as_bytes());
        put(6, record.axes.0.to_string().as_bytes());
        put(6, record.axes.1.to_string().as_bytes());
        for text in numbers(geometry, decimals) {
            put(text.0, text.1.as_bytes());
        }
        for (width, value) in self.widths.iter().zip(&record.values) {
            put(*width, value);
        }
        if self.corners {
            let corners = geometry.map_or([(0.0, 0.0); 4], |g| g.footprint.corners);
            for (ra, dec) in corners {
                put(width, fixed(ra, decimals).as_bytes());
                put(width, fixed(dec, decimals).as_bytes());
            }
        }
        put(12, size.to_string().as_bytes());
        put(6, record.hdu.to_string().as_bytes());
        put(0, name);
        Ok(memory::push(&mut self.rows, line)?)
    }

    /// Writes the table, every line as long as the longest.
    pub fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = || self.header.iter().chain(&self.rows);
        let longest = lines().map(Vec::len).max().unwrap_or(0);
        to.write_all(b"\\datatype = fitshdr\n")?;
        let blanks = memory::filled(longest, b' ')?;
        for line in lines() {
            to.write_all(line)?;
            to.write_all(&blanks[line.len()..])?;
            to.write_all(if line.first() == Some(&b'|') {
                b"|\n"
            } else {
                b" \n"
            })?;
        }
        Ok(())
    }
}

/// The columns from ctype1 to equinox with their widths.
fn numbers(geometry: Option<&Geometry>, decimals: usize) -> [(usize, String); 10] {
    let (mut ctype, mut crpix, mut crval) = (["", ""], [0.0; 2], [0.0; 2]);
    let (mut cdelt, mut crota, mut equinox) = ([0.0; 2], 0.0, 0.0);
    if let Some(Geometry { wcs, scale, .. }) = geometry {
        ctype = wcs.ctype();
        // Single precision in the original, which shows in the digits of a far reference pixel;
        // not where that moves the image.
        let rounded = |x: f64| Some(f64::from(x as f32)).filter(|y| (y - x).abs() <= 0.01);
        crpix = wcs.crpix().map(|x| rounded(x).unwrap_or(x));
        crval = wcs.crval();
        (cdelt, crota) = (scale.cdelt, scale.crota);
        equinox = wcs.equinox();
    }
    [
        (8, ctype[0].to_owned()),
        (8, ctype[1].to_owned()),
        (15, fixed(crpix[0], 5)),
        (15, fixed(crpix[1], 5)),
        (13 + decimals - DECIMALS, fixed(crval[0], decimals)),
        (13 + decimals - DECIMALS, fixed(crval[1], decimals)),
        (19, exponent(cdelt[0], 10)),
        (19, exponent(cdelt[1], 10)),
        (13, fixed(crota, 7)),
        (8, fixed(equinox, 2)),
    ]
}

/// Right ascension (degrees) as "18h 20m 59.22s".
pub(super) fn hours(ra: f64) -> String {
    let (whole, minutes, seconds) = sexagesimal(ra.rem_euclid(360.0) / 15.0, 2);
    format!("{whole:02}h {minutes:02}m {seconds:05.2}s")
}

/// Declination (degrees) as "-15d 58m 45.0s".
pub(super) fn degrees(dec: f64) -> String {
    let (whole, minutes, seconds) = sexagesimal(dec.abs(), 1);
    let sign = if dec < 0.0 { '-' } else { '+' };
    format!("{sign}{whole:02}d {minutes:02}m {seconds:04.1}s")
}

/// Units, sixtieths and sixtieths of those, rounded half up to `digits` decimals.
fn sexagesimal(value: f64, digits: i32) -> (i64, i64, f64) {
    let whole = value.floor();
    let in_minutes = (value - whole) * 60.0;
    let minutes = in_minutes.floor();
    let scale = 10f64.powi(digits);
    let mut seconds = ((in_minutes - minutes) * 60.0 * scale + 0.5).floor() / scale;
    let (mut whole, mut minutes) = (whole as i64, minutes as i64);
    if seconds >= 60.0 {
        seconds -= 60.0;
        minutes += 1;
    }
    if minutes >= 60 {
        minutes -= 60;
        whole += 1;
    }
    (whole, minutes, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexagesimal_texts_carry() {
        assert_eq!(hours(275.2467567), "18h 20m 59.22s");
        assert_eq!(degrees(-15.9791698), "-15d 58m 45.0s");
        assert_eq!(hours(29.99999999), "02h 00m 00.00s");
        assert_eq!(degrees(89.99999999), "+90d 00m 00.0s");
        assert_eq!(degrees(-0.001), "-00d 00m 03.6s");
    }
}
