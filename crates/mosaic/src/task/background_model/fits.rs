//! The fits table, and which fits are set aside.

use std::path::Path;

use super::images::Images;
use super::BackgroundModelOutcome;
use crate::error::{About, Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::kernel::background_model::{Footprint, Plane, Transfer};
use crate::run::Run;
use crate::task::outcome::counted;

/// Overlaps of fewer pixels than this part of the average image are set aside (version 6).
const AREA_LIMIT_6: f64 = 0.002;
/// The same in version 7.
const AREA_LIMIT_7: f64 = 0.001;
/// So are those shorter than this part of both images on both axes (version 6).
const LINEAR_LIMIT: f64 = 0.25;
/// So are fits whose rms is so many standard deviations above the mean of the rest (version 6).
const SIGMA_LIMIT: f64 = 2.0;

const COLUMNS: [&str; 20] = [
    "plus",
    "minus",
    "a",
    "b",
    "c",
    "crpix1",
    "crpix2",
    "xmin",
    "xmax",
    "ymin",
    "ymax",
    "xcenter",
    "ycenter",
    "npixel",
    "rms",
    "boxx",
    "boxy",
    "boxwidth",
    "boxheight",
    "boxang",
];

/// The difference of two images.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// Rows of the image table.
    pub plus: u32,
    pub minus: u32,
    /// The plane fitted to plus - minus.
    pub difference: Plane,
    pub footprint: Footprint,
    /// Largest minus smallest pixel coordinate on both axes.
    pub extent: [f64; 2],
    /// Number of pixels.
    pub pixels: f64,
    pub rms: f64,
    /// Where it pulls its first image only.
    pub one_way: Option<OneWay>,
    /// Why it is set aside, where it is.
    pub dropped: Option<Dropped>,
}

/// How a fit acts that pulls its first image only (version 7).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OneWay {
    /// How a plane of the second image reads in the frame of the first.
    pub transfer: Transfer,
    /// Only the level counts.
    pub level_only: bool,
}

/// Why a fit is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    Small,
    Noisy,
    NotANumber,
}

/// All fits.
pub(super) struct Fits {
    rows: Vec<Fit>,
}

impl Fits {
    /// Reads a version 6 table and sets fits aside as version 6 does (none where `use_all`).
    ///
    /// # Errors
    /// Also when a plane or box is not a number: every image would lose its correction.
    pub fn version6(path: &Path, images: &mut Images, use_all: bool, run: &Run) -> Result<Self> {
        let mut fits = Fits::read(path, images, None, run)?;
        if let Some(row) = fits.rows.iter().position(|fit| !fit.is_finite()) {
            let why = format!(
                "Row {} has a plane or box that is not a number in table",
                row + 1
            );
            return Err(Error::table(why, path));
        }
        if !use_all {
            let limit = AREA_LIMIT_6 * images.average_area();
            for fit in &mut fits.rows {
                if fit.pixels < limit || fit.is_short(images) {
                    fit.dropped = Some(Dropped::Small);
                } else if !fit.rms.is_finite() {
                    fit.dropped = Some(Dropped::Noisy);
                }
            }
            fits.drop_noisy();
        }
        Ok(fits)
    }

    /// Reads a version 7 table. Fits whose plane or box is not a number are left out.
    pub fn version7(path: &Path, images: &mut Images, run: &Run) -> Result<Self> {
        let mut fits = Fits::read(path, images, Some("level_only"), run)?;
        for fit in &mut fits.rows {
            if !fit.is_finite() {
                fit.dropped = Some(Dropped::NotANumber);
            }
        }
        Ok(fits)
    }

    /// Sets fits aside as version 7 does.
    pub fn drop_unusable_version7(&mut self, images: &Images) {
        let limit = AREA_LIMIT_7 * images.average_area();
        for fit in self.rows.iter_mut().filter(|fit| fit.dropped.is_none()) {
            if !fit.rms.is_finite() {
                fit.dropped = Some(Dropped::Noisy);
            } else if fit.pixels < limit {
                fit.dropped = Some(Dropped::Small);
            }
        }
    }

    /// Adds fits of other files.
    ///
    /// # Errors
    /// When memory is out.
    pub fn extend(&mut self, more: Vec<Fit>) -> Result<()> {
        Ok(memory::extend(&mut self.rows, more)?)
    }

    /// `level_only` is the column that marks fits of which only the level counts.
    fn read(path: &Path, images: &mut Images, level_only: Option<&str>, run: &Run) -> Result<Self> {
        let table = Table::open(path, "Invalid background fit parameters file")?;
        let message = format!("Need columns: {}", COLUMNS.join(" "));
        let at = table.need(COLUMNS, &message)?;
        let level_only = level_only.and_then(|name| table.column(name));
        let mut rows = memory::room(table.len()).about(path)?;
        for row in table.rows() {
            match fit(&row, &at, level_only, images, path) {
                Ok(fit) => rows.push(fit),
                Err(why) => {
                    // Perhaps for its ids: what do those of the table mean?
                    let Some(warning) = images.take_numbers_of(&table, [at[0], at[1]])? else {
                        return Err(why);
                    };
                    run.warn(warning);
                    let again = table.rows();
                    let rows = again.map(|row| fit(&row, &at, level_only, images, path));
                    let rows = memory::try_collect(rows).about(path)?;
                    return Ok(Fits { rows });
                }
            }
        }
        Ok(Fits { rows })
    }

    /// Sets aside the fits whose rms is far above the others'.
    fn drop_noisy(&mut self) {
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for fit in self.rows.iter().filter(|fit| fit.dropped.is_none()) {
            // Every fit counts in both directions, so that rounding decides between equal
            // values as it does in the original.
            for _ in 0..2 {
                n += 1.0;
                sum += fit.rms;
                squares += fit.rms * fit.rms;
            }
        }
        let mean = sum / n;
        // The root of a negative number (rounding, all being equal) drops nothing.
        let limit = mean + SIGMA_LIMIT * (squares / n - mean * mean).sqrt();
        for fit in self.rows.iter_mut().filter(|fit| fit.dropped.is_none()) {
            if fit.rms > limit {
                fit.dropped = Some(Dropped::Noisy);
            }
        }
    }

    /// The fits set aside.
    pub fn dropped(&self) -> impl Iterator<Item = (&Fit, Dropped)> {
        self.rows.iter().filter_map(|fit| Some((fit, fit.dropped?)))
    }

    /// How many were set aside, by reason.
    pub fn counts(&self) -> BackgroundModelOutcome {
        let count = |reason| {
            let count = self
                .dropped()
                .filter(|&(_, dropped)| dropped == reason)
                .count();
            counted(count)
        };
        BackgroundModelOutcome {
            sigma_delete: count(Dropped::Noisy),
            fit_delete: count(Dropped::Small),
            nbad_fit: count(Dropped::NotANumber),
            ..BackgroundModelOutcome::default()
        }
    }

    /// The images of all fits (also of those set aside) in the order of their first appearance.
    pub fn images(&self) -> impl Iterator<Item = u32> + '_ {
        self.rows.iter().flat_map(|fit| [fit.plus, fit.minus])
    }

    /// The fits that are not set aside.
    pub fn into_usable(self) -> impl Iterator<Item = Fit> {
        self.rows.into_iter().filter(|fit| fit.dropped.is_none())
    }
}

impl Fit {
    /// Whether its plane and box are numbers (the rms may be none).
    pub fn is_finite(&self) -> bool {
        let Footprint {
            x,
            y,
            width,
            height,
            angle,
        } = self.footprint;
        let numbers = [x, y, width, height, angle, self.pixels];
        self.difference.is_finite() && numbers.iter().all(|value| value.is_finite())
    }

    /// Whether it is short compared with both images on both axes.
    fn is_short(&self, images: &Images) -> bool {
        [self.plus, self.minus].iter().all(|&image| {
            let size = images.get(image).size;
            (0..2).all(|axis| self.extent[axis] < f64::from(size[axis]) * LINEAR_LIMIT)
        })
    }
}

fn fit(
    row: &Row,
    at: &[usize; COLUMNS.len()],
    level_only: Option<usize>,
    images: &Images,
    path: &Path,
) -> Result<Fit> {
    let [plus, minus, a, b, c, _, _, xmin, xmax, ymin, ymax, _, _, npixel, rms, boxx, boxy, boxwidth, boxheight, boxang] =
        *at;
    let footprint = Footprint {
        x: row.real(boxx)?,
        y: row.real(boxy)?,
        width: row.real(boxwidth)?,
        height: row.real(boxheight)?,
        angle: row.real(boxang)?,
    };
    if footprint.width < 0.0 || footprint.height < 0.0 {
        let why = format!("Row {} has a box of negative size in table", row.number());
        return Err(Error::table(why, path));
    }
    let span = |low, high| -> Result<f64> {
        Ok(f64::from(row.integer(high)?) - f64::from(row.integer(low)?))
    };
    let is_level_only = level_only.is_some_and(|column| {
        let value = row.bytes(column);
        value == b"1" || value.eq_ignore_ascii_case(b"true")
    });
    Ok(Fit {
        plus: images.with_id(row, plus, path)?,
        minus: images.with_id(row, minus, path)?,
        difference: Plane {
            a: row.real(a)?,
            b: row.real(b)?,
            c: row.real(c)?,
        },
        footprint,
        extent: [span(xmin, xmax)?, span(ymin, ymax)?],
        pixels: row.real(npixel)?.trunc(),
        rms: row.real(rms)?,
        one_way: is_level_only.then(|| OneWay {
            level_only: true,
            ..OneWay::default()
        }),
        dropped: None,
    })
}
