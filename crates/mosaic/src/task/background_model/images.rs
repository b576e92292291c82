//! The image table: ids, sizes, and what version 7 adds.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::schedule::Mode;
use crate::error::{naming, shown, About, Error, Result};
use crate::io::ipac_table::{Row, Table};

/// The images, by row of their table.
pub(super) struct Images {
    path: PathBuf,
    rows: Vec<Image>,
    by_id: HashMap<i32, u32>,
    /// Version 7: by file name, the first of equal names.
    by_name: HashMap<Vec<u8>, u32>,
}

/// One image.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Image {
    id: i32,
    /// Sizes, pixels.
    pub size: [i32; 2],
    /// Reference pixel.
    pub crpix: [f64; 2],
    locked: bool,
}

impl Images {
    pub fn version6(path: &Path) -> Result<Self> {
        let table = Table::open(path, "Invalid image metadata file")?;
        let either = |name, other| table.column(name).or_else(|| table.column(other));
        let columns = (
            table.column("cntr"),
            either("ns", "naxis1"),
            either("nl", "naxis2"),
        );
        let reference = table.column("crpix1").and(table.column("crpix2"));
        let ((Some(cntr), Some(ns), Some(nl)), Some(_)) = (columns, reference) else {
            let message = "Need columns: cntr nl ns crpix1 crpix2 in image info file";
            return Err(Error::table(message, path));
        };
        let mut images = Images::none(path);
        for row in table.rows() {
            let size = [row.integer(ns)?, row.integer(nl)?];
            images.push(Image {
                id: row.integer(cntr)?,
                size,
                ..Image::default()
            })?;
        }
        Ok(images)
    }

    pub fn version7(path: &Path, mode: Mode) -> Result<Self> {
        let table = Table::open(path, "Invalid image metadata file")?;
        let either = |name, other| table.column(name).or_else(|| table.column(other));
        let plate = table.column("plate");
        let name = either("fname", "file").or(plate);
        let suffix: &[u8] = if name == plate { b".fits" } else { b"" };
        let geometry = [
            either("ns", "naxis1"),
            either("nl", "naxis2"),
            table.column("crpix1"),
            table.column("crpix2"),
        ];
        let (Some(id), Some(name)) = (either("cntr", "id"), name) else {
            return Err(Error::message(naming(need7(mode), path)));
        };
        if mode != Mode::LevelOnly && geometry.contains(&None) {
            return Err(Error::message(naming(need7(mode), path)));
        }
        let locked = table.column("locked");
        let mut images = Images::none(path);
        for row in table.rows() {
            let size = |column: Option<usize>| column.map_or(Ok(0), |c| row.integer(c));
            let pixel = |column: Option<usize>| column.map_or(Ok(0.0), |c| row.real(c));
            let index = images.push(Image {
                id: row.integer(id)?,
                size: [size(geometry[0])?, size(geometry[1])?],
                crpix: [pixel(geometry[2])?, pixel(geometry[3])?],
                locked: size(locked)? != 0,
            })?;
            let name = [row.bytes(name), suffix].concat();
            memory::reserve_entry(&mut images.by_name).about(path)?;
            images.by_name.entry(name).or_insert(index);
        }
        Ok(images)
    }

    fn none(path: &Path) -> Self {
        Images {
            path: path.to_owned(),
            rows: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
        }
    }

    fn push(&mut self, image: Image) -> Result<u32> {
        if image.size.iter().any(|&size| size < 0) {
            let why = format!("Image {} has a negative size in table", image.id);
            return Err(Error::table(why, &self.path));
        }
        let index = u32::try_from(self.rows.len())
            .ok()
            .filter(|&i| i < u32::MAX)
            .ok_or_else(|| Error::table("Too many images in table", &self.path))?;
        memory::reserve_entry(&mut self.by_id).about(&self.path)?;
        self.by_id.entry(image.id).or_insert(index);
        memory::push(&mut self.rows, image).about(&self.path)?;
        Ok(index)
    }

    pub fn id(&self, image: u32) -> i32 {
        self.rows[image as usize].id
    }

    pub fn get(&self, image: u32) -> &Image {
        &self.rows[image as usize]
    }

    pub fn is_locked(&self, image: u32) -> bool {
        self.rows[image as usize].locked
    }

    /// The image called `name`; `file` is where it is mentioned.
    pub fn named(&self, name: &[u8], file: &Path) -> Result<u32> {
        self.by_name.get(name).copied().ok_or_else(|| {
            Error::message(format!(
                "{} names image {}, which is not in the image table {}",
                shown(file),
                shown(&fits::names::from_bytes(name)),
                shown(&self.path)
            ))
        })
    }

    /// The image whose id is in `column` of a row of the table `path`.
    pub fn with_id(&self, row: &Row, column: usize, path: &Path) -> Result<u32> {
        let id = row.integer(column)?;
        self.by_id.get(&id).copied().ok_or_else(|| {
            Error::message(format!(
                "Row {} of {} names image {id}, which is not in the image table {}",
                row.number(),
                shown(path),
                shown(&self.path)
            ))
        })
    }

    /// Makes sense of the ids of a table of fits: those of column cntr where all of them are there.
    /// Where not, they are positions among the rows, from 0 or from 1, and the images take these
    /// numbers, which the corrections then have, as in Montage.
    ///
    /// # Errors
    /// When they are neither, or they could be positions from 0 as well as from 1, or the rows are
    /// in another order than their numbers.
    pub fn take_numbers_of(&mut self, fits: &Table, columns: [usize; 2]) -> Result<Option<String>> {
        let ids = || {
            let rows = fits.rows();
            rows.flat_map(|row| columns.map(|column| (row.number(), row.integer(column))))
        };
        let unknown = ids().find_map(|(row, id)| {
            let id = id.ok()?;
            (!self.by_id.contains_key(&id)).then_some((row, id))
        });
        let Some((row, unknown)) = unknown else {
            return Ok(None);
        };
        let count = self.rows.len() as i64;
        let all = || ids().filter_map(|(_, id)| id.ok()).map(i64::from);
        let (least, most) = all().fold((i64::MAX, i64::MIN), |(a, b), id| (a.min(id), b.max(id)));
        let (fits, table) = (shown(fits.path()), shown(&self.path));
        let refuse = |more: &str| {
            let why = format!("Row {row} of {fits} names image {unknown}, which is not in the image table {table}");
            Err(Error::message(format!("{why}{more}")))
        };
        if least < 0 || most > count || (least == 0 && most == count) {
            return refuse("");
        }
        let first = match (least == 0, most == count) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => {
                return refuse("; the ids may be positions of its rows, from 0 or from 1: give both tables the same numbers (column cntr)")
            }
        };
        // Positions are those of the rows; where cntr says another order, which one is meant?
        let ascending = self.rows.windows(2).all(|pair| pair[0].id < pair[1].id);
        if !ascending {
            return refuse("; the ids may be positions of its rows, but these are not in the order of cntr: give both tables the same numbers (column cntr)");
        }
        self.by_id.clear();
        for (i, image) in (0u32..).zip(&mut self.rows) {
            // Fewer than i32::MAX, as ids up to the count of them are integers.
            image.id = i32::try_from(i64::from(i) + first).unwrap_or(i32::MAX);
            self.by_id.insert(image.id, i);
        }
        Ok(Some(format!(
            "{fits}: its ids are taken for positions of the rows of {table}, counted from {first}; the corrections have these ids"
        )))
    }

    /// Pixels of the average image; NaN where there is none.
    pub fn average_area(&self) -> f64 {
        let area = |image: &Image| f64::from(image.size[0]) * f64::from(image.size[1]);
        self.rows.iter().map(area).sum::<f64>() / self.rows.len() as f64
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

fn need7(mode: Mode) -> &'static str {
    match mode {
        Mode::LevelOnly => "Need columns: cntr and fname in image info file (LEVEL_ONLY mode).",
        _ => "Need columns: cntr, fname, nl, ns, crpix1 and crpix2 in image info file.",
    }
}
