//! IPAC tables, read as Montage reads them: the `|` of the header line bound the columns.
//!
//! Format: <https://irsa.ipac.caltech.edu/applications/DDGEN/Doc/ipac_tbl.html>, with the habits
//! of the tables that exist: `\` lines anywhere, up to three more `|` rows (type, unit, null),
//! lines ended by LF or CRLF, rows shorter or longer than the header, and values that overhang
//! their column. A value belongs to the column in which it begins, the last column reaches to
//! the end of its line.

use std::path::{Path, PathBuf};

use crate::error::{About, Error, Result};
use fits::cformat;

use crate::io::text_file;

/// A table in memory.
pub struct Table {
    path: PathBuf,
    text: Vec<u8>,
    keywords: Vec<(String, String)>,
    columns: Vec<Column>,
    /// Start and end in `text` of the lines of names, types, units and nulls.
    header: Vec<(usize, usize)>,
    /// Start and end in `text` of every data line, without its line end.
    rows: Vec<(usize, usize)>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type row (`int`, `double`, `char`...), empty where there is none.
    pub kind: String,
    /// Its unit row, empty where there is none.
    pub unit: String,
    /// Its null row, empty where there is none.
    pub null: String,
    /// First character position that belongs to it.
    start: usize,
    /// Position of the `|` that ends it.
    end: usize,
}

/// No table of images is longer: it would have some million rows.
const MAX_BYTES: u64 = 4 << 30;

/// More columns than this are no image table (the original's limit is 4,096).
const MAX_COLUMNS: usize = 65_536;

impl Column {
    /// Characters between its bars, with the first column's bar.
    pub fn width(&self, first: bool) -> usize {
        (self.end - self.start).saturating_sub(usize::from(!first))
    }
}

impl Table {
    /// Reads the table `path`; `what` begins the message where it is none ("Invalid image
    /// metadata file").
    ///
    /// # Errors
    /// When the file cannot be read or has no header line with `|`.
    pub fn open(path: &Path, what: &str) -> Result<Self> {
        // A device or pipe would be read for ever.
        let metadata =
            std::fs::metadata(path).map_err(|e| Error::invalid_table(what, path, &reason(&e)))?;
        if !metadata.is_file() {
            return Err(Error::invalid_table(what, path, "not a regular file"));
        }
        let text = text_file::read(path, MAX_BYTES)
            .map_err(|e| Error::invalid_table(what, path, &reason(&e)))?;
        Self::parse(text, path, what)
    }

    /// Reads a table from memory; `path` is what messages call it.
    ///
    /// # Errors
    /// When there is no header line with `|`.
    ///
    /// ```
    /// use mosaic::io::ipac_table::Table;
    ///
    /// let text = b"| fname  | scale |\n| char   | double|\n  a.fits   0.5    \n".to_vec();
    /// let table = Table::parse(text, "images.tbl".as_ref(), "Invalid table")?;
    /// let [name, scale] = table.need(["fname", "scale"], "Need columns: fname scale")?;
    /// let row = table.row(0);
    /// assert_eq!((row.text(name), row.real(scale)?), ("a.fits".into(), 0.5));
    /// # Ok::<(), mosaic::Error>(())
    /// ```
    pub fn parse(text: Vec<u8>, path: &Path, what: &str) -> Result<Self> {
        let mut keywords = Vec::new();
        let mut columns: Vec<Column> = Vec::new();
        let mut rows = Vec::new();
        let mut header_rows = 0;
        let mut header_lines = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let next = text[at..]
                .iter()
                .position(|&b| b == b'\n')
                .map_or(text.len(), |n| at + n);
            let mut end = next;
            while end > at && text[end - 1] == b'\r' {
                end -= 1;
            }
            let line = &text[at..end];
            match line.first() {
                Some(b'\\') => {
                    if let Some(found) = keyword(line) {
                        memory::push(&mut keywords, found).about(path)?;
                    }
                }
                Some(b'|') if header_rows == 0 => {
                    columns = header(line, path, what)?;
                    header_lines.push((at, end));
                    header_rows = 1;
                }
                // More header rows are type, unit and null; further on, the original skips
                // lines that begin with a bar.
                Some(b'|') => {
                    if header_rows < 4 && rows.is_empty() {
                        annotate(&mut columns, line, header_rows);
                        header_lines.push((at, end));
                    }
                    header_rows += 1;
                }
                _ if header_rows == 0 => {
                    if !line.iter().all(|b| b.is_ascii_whitespace()) {
                        return Err(Error::invalid_table(what, path, "no header line"));
                    }
                }
                _ => {
                    // A blank line at the end is no row.
                    if !line.iter().all(|&b| b == b' ' || b == b'\t' || b == 0) {
                        memory::push(&mut rows, (at, end)).about(path)?;
                    }
                }
            }
            at = next + 1;
        }
        if columns.is_empty() {
            return Err(Error::invalid_table(what, path, "no columns"));
        }
        Ok(Table {
            path: path.to_owned(),
            text,
            keywords,
            columns,
            header: header_lines,
            rows,
        })
    }

    /// The file that this was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The value of the line `\name = value`, where there is one.
    pub fn keyword(&self, name: &str) -> Option<&str> {
        self.keywords
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The position of the first column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The positions of columns that must all be there.
    ///
    /// # Errors
    /// [`Error::Table`] with `message` (the original's "Need columns: ...") when one is missing.
    pub fn need<const N: usize>(&self, names: [&str; N], message: &str) -> Result<[usize; N]> {
        let mut found = [0; N];
        for (slot, name) in found.iter_mut().zip(names) {
            *slot = self
                .column(name)
                .ok_or_else(|| Error::table(message, &self.path))?;
        }
        Ok(found)
    }

    /// Number of data rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no data row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The data rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|i| self.row(i))
    }

    /// Row `i` (from 0).
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, i: usize) -> Row<'_> {
        let (start, end) = self.rows[i];
        Row {
            table: self,
            line: &self.text[start..end],
            number: i + 1,
        }
    }

    /// The lines of names, types, units and nulls as they stand in the file: the first, and up to
    /// three more.
    pub fn header_lines(&self) -> impl Iterator<Item = &[u8]> {
        self.header
            .iter()
            .map(|&(start, end)| &self.text[start..end])
    }

    /// The data line of row `i` as it stands in the file, for tables that are copied row by row.
    pub fn line(&self, i: usize) -> &[u8] {
        let (start, end) = self.rows[i];
        &self.text[start..end]
    }
}

/// One data row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    line: &'a [u8],
    number: usize,
}

impl<'a> Row<'a> {
    /// The bytes of column `column`, without blanks around them.
    pub fn bytes(&self, column: usize) -> &'a [u8] {
        let Column { start, end, .. } = self.table.columns[column];
        let line = self.line;
        let last = column + 1 == self.table.columns.len();
        let (mut from, mut to) = (start.min(line.len()), end.min(line.len()));
        // What hangs over from the left belongs there.
        if from > 0 && column > 0 {
            while from < to && !blank(line[from]) && !blank(line[from - 1]) {
                from += 1;
            }
        }
        if last {
            to = line.len();
        } else if to > from && !blank(line[to - 1]) {
            // A value that begins here and hangs over to the right is ours to its end.
            while to < line.len() && !blank(line[to]) {
                to += 1;
            }
        }
        trim(&line[from..to])
    }

    /// Whether the line reaches the last column and has no NUL: it was not cut.
    pub fn is_whole(&self) -> bool {
        let last = self.table.columns.len() - 1;
        !self.bytes(last).is_empty() && !self.line.contains(&0)
    }

    /// The text of column `column`; bytes that are not UTF-8 are replaced.
    pub fn text(&self, column: usize) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(column))
    }

    /// The number in column `column`.
    ///
    /// # Errors
    /// When there is none (nan and inf are numbers).
    pub fn real(&self, column: usize) -> Result<f64> {
        let number = |text: &str| {
            // Nearly every field is one plain number.
            text.parse().ok().or_else(|| {
                // "10:00:00" is no number of degrees.
                cformat::whole_number(text.split_ascii_whitespace().next()?)
            })
        };
        std::str::from_utf8(self.bytes(column))
            .ok()
            .and_then(number)
            .ok_or_else(|| self.bad(column))
    }

    /// The integer in column `column`; a number with a fraction is cut as C's `atoi` cuts it.
    ///
    /// # Errors
    /// When there is no number, or it does not fit 32 bits.
    pub fn integer(&self, column: usize) -> Result<i32> {
        let value = self.real(column)?.trunc();
        if value.is_finite() && value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX) {
            // In range, checked just now.
            return Ok(value as i32);
        }
        Err(self.bad(column))
    }

    /// The integer in column `column` where it may be larger than an `int`: an identifier.
    ///
    /// # Errors
    /// When there is no number, or a double does not hold it exactly.
    pub fn long(&self, column: usize) -> Result<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let value = self.real(column)?.trunc();
        if value.abs() <= EXACT {
            // In range, checked just now; NaN is not.
            return Ok(value as i64);
        }
        Err(self.bad(column))
    }

    /// The number of this row among the data rows, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The error of a field that has no usable number.
    pub fn bad(&self, column: usize) -> Error {
        let bytes = self.bytes(column);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        let why = format!(
            "Row {} has no usable number in column {}: \"{}\" in table",
            self.number,
            self.table.columns[column].name,
            shown.escape_debug()
        );
        Error::table(why, &self.table.path)
    }
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || byte == 0
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        if !blank(*first) {
            break;
        }
        bytes = rest;
    }
    while let [rest @ .., last] = bytes {
        if !blank(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    }
}

/// `\name = value`; other `\` lines are comments.
fn keyword(line: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(&line[1..]);
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    if name.is_empty() || name.contains(' ') {
        return None;
    }
    let value = value.trim().trim_matches(['\'', '"']).trim();
    Some((name.to_owned(), value.to_owned()))
}

fn header(line: &[u8], path: &Path, what: &str) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    let mut start = 0;
    for (end, _) in line.iter().enumerate().skip(1).filter(|(_, &b)| b == b'|') {
        // The bar is a position of the column that it opens: a value pushed right by an
        // overhang may begin there.
        let name: String = String::from_utf8_lossy(&line[start + 1..end]).replace(' ', "");
        columns.push(Column {
            name,
            kind: String::new(),
            unit: String::new(),
            null: String::new(),
            start,
            end,
        });
        if columns.len() > MAX_COLUMNS {
            return Err(Error::invalid_table(what, path, "too many columns"));
        }
        start = end;
    }
    Ok(columns)
}

fn annotate(columns: &mut [Column], line: &[u8], row: usize) {
    let cells = line[1..].split(|&b| b == b'|');
    for (column, cell) in columns.iter_mut().zip(cells) {
        let text = String::from_utf8_lossy(cell).trim().to_owned();
        match row {
            1 => column.kind = text,
            2 => column.unit = text,
            _ => column.null = text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::parse(
            text.as_bytes().to_vec(),
            Path::new("t.tbl"),
            "Invalid table",
        )
        .unwrap()
    }

    #[test]
    fn a_table_with_everything_is_read() {
        let t = table(concat!(
            "\\datatype = fitshdr\r\n",
            "\\ a comment\n",
            "\n",
            "| cntr|    ra    |  fname     |\r\n",
            "| int | double   |  char      |\n",
            "|     | deg      |            |\n",
            "| null| -999     |            |\n",
            "     1   10.5     a.fits   \r\n",
            "\\ another comment\n",
            "    22 -1.5d-3    a_name_that_is_longer_than_its_column.fits\n",
            "\n",
        ));
        assert_eq!(t.len(), 2);
        assert_eq!(t.keyword("datatype"), Some("fitshdr"));
        let [cntr, ra, fname] = t.need(["cntr", "ra", "fname"], "Need columns").unwrap();
        assert_eq!(t.columns()[ra].kind, "double");
        assert_eq!(t.columns()[ra].unit, "deg");
        assert_eq!(t.columns()[cntr].null, "null");
        assert_eq!(t.row(0).integer(cntr).unwrap(), 1);
        assert_eq!(t.row(0).real(ra).unwrap(), 10.5);
        assert_eq!(t.row(0).text(fname), "a.fits");
        assert_eq!(t.row(1).integer(cntr).unwrap(), 22);
        assert_eq!(t.row(1).real(ra).unwrap(), -1.5e-3);
        assert_eq!(
            t.row(1).text(fname),
            "a_name_that_is_longer_than_its_column.fits"
        );
    }

    #[test]
    fn a_value_that_overhangs_belongs_where_it_begins() {
        let t = table("|ab  |cd  |ef  |\n toolong 3   x\n 12345 6    y\n");
        assert_eq!(t.row(0).text(0), "toolong");
        assert_eq!(t.row(0).text(1), "3");
        assert_eq!(t.row(1).text(0), "12345");
        assert_eq!(t.row(1).text(1), "6");
        assert_eq!(t.row(1).text(2), "y");
    }

    #[test]
    fn hostile_tables_are_errors_or_rows() {
        let parse = |text: &[u8]| Table::parse(text.to_vec(), Path::new("t"), "Invalid table");
        assert!(parse(b"").is_err());
        assert!(parse(b"hello\n").is_err());
        assert!(parse(b"|").is_err());
        assert!(parse(&b"|a".repeat(70_000)).is_err());
        let t = parse(b"|a|b|\n \0 \0\n  \xff\xfe x").unwrap();
        assert_eq!(t.len(), 1);
        assert!(t.row(0).real(0).is_err());
        let t = parse(b"| a  | b  |\n 1").unwrap();
        assert_eq!(t.row(0).integer(0).unwrap(), 1);
        assert!(t
            .row(0)
            .integer(1)
            .unwrap_err()
            .to_string()
            .contains("column b"));
        let t = parse(b"| a        |\n 1e30\n nan\n").unwrap();
        assert!(t.row(0).integer(0).is_err());
        assert!(t.row(1).integer(0).is_err());
        let t = parse(b"| a        |\n -3000000000\n nan\n 1e300\n").unwrap();
        assert_eq!(t.row(0).long(0).unwrap(), -3_000_000_000);
        assert!(t.row(1).long(0).is_err() && t.row(2).long(0).is_err());
    }
}
