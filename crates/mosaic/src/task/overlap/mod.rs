//! mOverlaps: which images of a table overlap on the sky.
//!
//! Columns and formats are those of Montage 6.0's mOverlaps. Where a row gives the corners
//! (`ra1` ... `dec4`, from `mImgtbl -c`) they are taken as they stand, else they come from the
//! WCS columns. The table of pairs has the pairs in order: the first image's place in the image
//! table, then the second's.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::error::{About, Error, OutputInWords, Result};
use crate::io::ipac_table::{Row, Table};
use crate::kernel::overlap::{Footprint, SkyIndex};
use crate::run::Run;
use crate::task::outcome::{Fields, Outcome};
pub use crate::task::table_wcs::Outline;
use crate::task::table_wcs::{self, wcs_of, Lack, PixelArea, Place, WcsColumns, J2000};
use fits::atomic_file::AtomicFile;

/// The parameters of mOverlaps.
#[derive(Debug, Clone)]
pub struct OverlapsParams {
    /// The table of images.
    pub table: PathBuf,
    /// The table of pairs to write.
    pub output: PathBuf,
    /// How images are compared; a table that gives the corners is always compared by these.
    pub outline: Outline,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The result of mOverlaps.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct OverlapsOutcome {
    /// Number of overlapping pairs.
    pub count: i32,
}

/// Finds the overlapping pairs of the images in a table.
///
/// # Errors
/// When the table cannot be read, lacks columns, or has a row whose position on the sky cannot be
/// derived from it, and when the output cannot be written or progress is cancelled.
pub fn overlaps(params: &OverlapsParams, run: &Run) -> Result<OverlapsOutcome> {
    write_table(params, run).about(&params.table)
}

fn write_table(params: &OverlapsParams, run: &Run) -> Result<OverlapsOutcome> {
    let table = Table::open(&params.table, "Invalid image metadata file")?;
    let mut output =
        AtomicFile::create(&params.output).output_in_words("Failed to open output {}")?;
    let mut columns = Columns::of(&table)?;
    if let SkyColumns::Wcs(wcs) = columns.sky {
        columns.sky = SkyColumns::Wcs(wcs.for_call(None, run));
    }
    let images = Images::read(&table, &columns, params.outline, run)?;
    if params.debug > 0 {
        let (mode, corners) = match &columns.sky {
            SkyColumns::Corners(_) => ("", 1),
            SkyColumns::Wcs(columns) if columns.has("CD1_1") => ("CD matrix mode\n", 0),
            SkyColumns::Wcs(_) => ("CDELT mode\n", 0),
        };
        // Nobody listening is no reason to fail.
        let _ = writeln!(
            std::io::stdout(),
            "{mode}haveCorners = {corners}\nnimages = {}",
            images.names.len()
        );
    }
    let mut writer = BufWriter::with_capacity(1 << 15, output.file());
    let count = images.write_pairs(&mut writer, run);
    let count = count.and_then(|n| writer.flush().map(|()| n).map_err(Stop::from));
    drop(writer);
    let count = match count {
        Ok(count) => count,
        Err(Stop::Write(e)) => return Err(output.failed(e).into()),
        Err(Stop::Other(e)) => return Err(e),
    };
    output.commit()?;
    Ok(OverlapsOutcome { count })
}

/// Positions of the columns that are used.
struct Columns {
    cntr: usize,
    name: usize,
    sky: SkyColumns,
}

enum SkyColumns {
    /// ra, dec, ra1, dec1, ... dec4.
    Corners([usize; 10]),
    Wcs(WcsColumns),
}

impl Columns {
    fn of(table: &Table) -> Result<Self> {
        let find = |name: &str| table.column(name);
        let wcs = WcsColumns::of(table);
        if matches!(wcs, Err(Lack::Scale)) {
            return Err(Error::table(NO_SCALE, table.path()));
        }
        let name = find("fname").or_else(|| find("file"));
        let (Some(cntr), Some(name), Ok(wcs)) = (find("cntr"), name, wcs) else {
            return Err(Error::table(NEED_COLUMNS, table.path()));
        };
        let corners = [
            "ra", "dec", "ra1", "dec1", "ra2", "dec2", "ra3", "dec3", "ra4", "dec4",
        ];
        let sky = match table.need(corners, "") {
            Ok(corners) => SkyColumns::Corners(corners),
            Err(_) => SkyColumns::Wcs(wcs),
        };
        Ok(Columns { cntr, name, sky })
    }
}

const NO_SCALE: &str = "Not enough information to determine coverages (CDELTs or CD matrix)";
const NEED_COLUMNS: &str = "Need columns: cntr ctype1 ctype2 nl ns crval1 crval2 crpix1 crpix2 \
                            cdelt1 cdelt2 crota2 fname (equinox optional)";

/// The images of a table.
struct Images<'a> {
    cntr: Vec<i32>,
    names: Vec<&'a [u8]>,
    footprints: Vec<Footprint>,
    /// Of every image where one of them needs its pixels walked, else empty.
    pixels: Vec<PixelArea>,
    outline: Outline,
}

/// Longer names are no file's (PATH_MAX).
const LONGEST_NAME: usize = 4096;

impl<'a> Images<'a> {
    fn read(table: &'a Table, columns: &Columns, outline: Outline, run: &Run) -> Result<Self> {
        let mut cntr = memory::room(table.len()).about(table.path())?;
        let mut names = memory::room(table.len()).about(table.path())?;
        let mut folders = false;
        for row in table.rows() {
            cntr.push(row.integer(columns.cntr)?);
            let bytes = row.bytes(columns.name);
            names.push(name(bytes).map_err(|why| in_row(why, &row, b"", table))?);
            folders |= bytes.contains(&b'/');
        }
        if folders {
            with_folders_where_needed(&mut names, table, columns.name)?;
        }
        let each_row = |work: &(dyn Fn(Row<'a>) -> Result<Place> + Sync)| {
            for_each_row(table, &names, run, work)
        };
        let (places, wcs_columns) = match &columns.sky {
            SkyColumns::Corners(corners) => {
                (each_row(&|row| Place::from_corners(&row, corners))?, None)
            }
            SkyColumns::Wcs(keywords) => {
                let place = |row| Ok(Place::from_wcs(&wcs_of(row, keywords)?));
                (each_row(&place)?, Some(keywords))
            }
        };
        // Images of one system are compared in it, as in the original; a mixture in J2000.
        let first = places.first().map_or(J2000, |place| place.frame);
        let mixed = places.iter().any(|place| place.frame != first);
        let frame = if mixed { J2000 } else { first };
        let footprints = memory::collect(places.iter().map(|p| p.footprint(&frame)))?;
        let walk = outline == Outline::EdgePixels || footprints.iter().any(|f| !f.has_outline());
        let pixels = match wcs_columns {
            Some(keywords) if walk => for_each_row(table, &names, run, &|row| {
                Ok(PixelArea::new(wcs_of(row, keywords)?))
            })?,
            _ => Vec::new(),
        };
        Ok(Images {
            cntr,
            names,
            footprints,
            pixels,
            outline,
        })
    }

    /// Whether two images that are near each other overlap.
    fn overlap(&self, k: usize, l: usize) -> bool {
        let outlines = || self.footprints[k].overlaps(&self.footprints[l]);
        match (self.pixels.get(k), self.pixels.get(l)) {
            (Some(first), Some(second)) if self.outline == Outline::EdgePixels => {
                first.overlaps(second)
            }
            (Some(first), Some(second)) => outlines().unwrap_or_else(|| first.overlaps(second)),
            // Corners without an outline: the circles around the images met, more is not known.
            _ => outlines().unwrap_or(true),
        }
    }

    /// Writes the table of pairs; the number of pairs.
    fn write_pairs(&self, out: &mut dyn Write, run: &Run) -> std::result::Result<i32, Stop> {
        let width = self.names.iter().map(|name| name.len()).max().unwrap_or(0);
        let total = self.names.len();
        writeln!(
            out,
            "| cntr1 | cntr2 |{:>width$} |{:>width$} |         diff             |",
            "plus", "minus"
        )?;
        writeln!(
            out,
            "| int   | int   |{:>width$} |{:>width$} |         char             |",
            "char", "char"
        )?;
        let index = SkyIndex::new(&self.footprints)?;
        let quiet = Run::within(run.shared(), run.threads());
        let mut count = 0u64;
        let mut from = 0;
        let mut batch = FIRST_BATCH;
        while from < total {
            let to = total.min(from + batch);
            let chunks = (to - from).div_ceil(CHUNK);
            // Chunks, so that handing out work costs little against the work.
            let found = quiet.for_each(chunks, |chunk| {
                let start = from + chunk * CHUNK;
                let pairs_of = |k: usize| {
                    let mut near = index.later_neighbours(k as u32)?;
                    near.retain(|&l| self.overlap(k, l as usize));
                    Ok::<_, Error>(near)
                };
                memory::try_collect((start..to.min(start + CHUNK)).map(pairs_of))
            })?;
            let found = memory::try_collect(found)?;
            let mut pairs = 0;
            for (k, others) in (from..to).zip(found.iter().flatten()) {
                pairs += others.len();
                for &l in others {
                    self.write_pair(out, k, l as usize, width)?;
                }
            }
            count += pairs as u64;
            // As many images at once as keep the pairs in memory at some millions, whatever the
            // table.
            let density = (pairs / (to - from)).max(1);
            batch = (PAIRS_IN_MEMORY / density).clamp(1, LARGEST_BATCH);
            from = to;
            run.report(to as u64, total as u64)?;
        }
        i32::try_from(count)
            .map_err(|_| Stop::Other(Error::message(format!("Too many overlaps ({count})"))))
    }

    fn write_pair(
        &self,
        out: &mut dyn Write,
        k: usize,
        l: usize,
        width: usize,
    ) -> std::io::Result<()> {
        let (first, second) = (self.cntr[k], self.cntr[l]);
        write!(out, "{first:8}{second:8} ")?;
        write_right(out, self.names[k], width)?;
        out.write_all(b"  ")?;
        write_right(out, self.names[l], width)?;
        writeln!(out, "  diff.{first:06}.{second:06}.fits")
    }
}

const FIRST_BATCH: usize = 1024;
const LARGEST_BATCH: usize = 8192;
const PAIRS_IN_MEMORY: usize = 4 << 20;
const CHUNK: usize = 32;

/// Why writing the pairs ended.
enum Stop {
    Write(std::io::Error),
    Other(Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Write(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Other(error)
    }
}

/// C's `%*s` for bytes.
fn write_right(out: &mut dyn Write, text: &[u8], width: usize) -> std::io::Result<()> {
    write!(out, "{:1$}", "", width.saturating_sub(text.len()))?;
    out.write_all(text)
}

/// Applies `work` to all rows on the threads of the call; the error of the first row that has
/// one, with what names the row. What is read is no progress that a caller counts on.
fn for_each_row<'a, T: Send>(
    table: &'a Table,
    names: &[&[u8]],
    run: &Run,
    work: &(dyn Fn(Row<'a>) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    table_wcs::for_each_row(
        table,
        &Run::within(run.shared(), run.threads()),
        work,
        |why, i| in_row(why.to_string(), &table.row(i), names[i], table),
    )
}

fn in_row(why: impl Into<String>, row: &Row, name: &[u8], table: &Table) -> Error {
    let name = String::from_utf8_lossy(&name[..name.len().min(100)]);
    let space = if name.is_empty() { "" } else { ", " };
    let why = format!(
        "{} (row {}{space}{}) in table",
        why.into(),
        row.number(),
        name.escape_debug()
    );
    Error::table(why, table.path())
}

/// Gives names that several files share their folders back: the later steps find the images by
/// them.
///
/// # Errors
/// When memory is out.
fn with_folders_where_needed<'a>(
    names: &mut [&'a [u8]],
    table: &'a Table,
    column: usize,
) -> Result<()> {
    let whole = |i: usize| {
        let bytes = table.row(i).bytes(column);
        let text = bytes.split(|&b| b == 0).next().unwrap_or(bytes);
        text.strip_prefix(b"./").unwrap_or(text)
    };
    let mut files: HashMap<&[u8], Option<&[u8]>> = HashMap::new();
    for (i, name) in names.iter().enumerate() {
        memory::reserve_entry(&mut files).about(table.path())?;
        let known = files.entry(name).or_insert_with(|| Some(whole(i)));
        if known.is_some_and(|file| file != whole(i)) {
            *known = None;
        }
    }
    for (i, name) in names.iter_mut().enumerate() {
        if matches!(files.get(name), Some(None)) && whole(i).len() <= LONGEST_NAME {
            *name = whole(i);
        }
    }
    Ok(())
}

/// The file name without its folders, of the bytes of a column.
fn name(bytes: &[u8]) -> std::result::Result<&[u8], &'static str> {
    let text = bytes.split(|&b| b == 0).next().unwrap_or(bytes);
    let name = text.rsplit(|&b| b == b'/').next().unwrap_or(text);
    match name.len() {
        0 => Err("No file name"),
        1..=LONGEST_NAME => Ok(name),
        _ => Err("A file name of more than 4096 bytes"),
    }
}

#[cfg(test)]
mod tests;
