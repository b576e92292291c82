//! The world coordinates of the images of a table, from its columns and, where these are not enough,
//! from the images themselves.

mod completion;
mod rows;

use std::borrow::Cow;
use std::path::Path;

use crate::error::{Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::kernel::overlap::Footprint;
use crate::run::Run;
use crate::task::header_check;
use sky::{Conversion, Frame, Keywords, Wcs};

pub use crate::kernel::pixel_area::PixelArea;
pub use completion::{Completed, Completion};
pub use rows::for_each_row;

/// The columns that say where an image is as its header would.
pub struct WcsColumns {
    /// The names of header keywords and the columns that hold them.
    keywords: Vec<(Cow<'static, str>, usize)>,
    equinox: Option<usize>,
    completion: Completion,
}

/// How it is decided whether two images overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outline {
    /// By the four great circles between their corners.
    Corners,
    /// By the pixels along their edges, which follows strongly curved edges too.
    EdgePixels,
}

impl Outline {
    /// Montage's flag for the quick comparison by corners.
    pub fn from_quick(quick: bool) -> Self {
        match quick {
            true => Outline::Corners,
            false => Outline::EdgePixels,
        }
    }
}

/// Which columns a table lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A CD matrix, or CDELT with CROTA2.
    Scale,
    /// CTYPE, NAXIS, CRVAL or CRPIX.
    Place,
}

impl WcsColumns {
    /// The columns of `table`; of a matrix and steps, the matrix.
    ///
    /// # Errors
    /// What it lacks.
    pub fn of(table: &Table) -> std::result::Result<Self, Lack> {
        let find = |name: &str| table.column(name);
        let all = |pairs: &[(&'static str, &str)]| -> Option<Vec<(&'static str, usize)>> {
            pairs
                .iter()
                .map(|&(keyword, column)| Some((keyword, find(column)?)))
                .collect()
        };
        let scale = all(&[
            ("CD1_1", "cd1_1"),
            ("CD1_2", "cd1_2"),
            ("CD2_1", "cd2_1"),
            ("CD2_2", "cd2_2"),
        ])
        .or_else(|| {
            all(&[
                ("CDELT1", "cdelt1"),
                ("CDELT2", "cdelt2"),
                ("CROTA2", "crota2"),
            ])
        })
        .ok_or(Lack::Scale)?;
        let width = find("ns").map_or("naxis1", |_| "ns");
        let height = find("nl").map_or("naxis2", |_| "nl");
        let place = all(&[
            ("CTYPE1", "ctype1"),
            ("CTYPE2", "ctype2"),
            ("NAXIS1", width),
            ("NAXIS2", height),
            ("CRVAL1", "crval1"),
            ("CRVAL2", "crval2"),
            ("CRPIX1", "crpix1"),
            ("CRPIX2", "crpix2"),
        ])
        .ok_or(Lack::Place)?;
        let keywords = place.into_iter().chain(scale);
        let mut keywords: Vec<_> = keywords
            .map(|(keyword, column)| (Cow::Borrowed(keyword), column))
            .collect();
        // Parameters of projections, where mImgtbl was asked for them.
        for (i, column) in table.columns().iter().enumerate() {
            let keyword = column.name.to_ascii_uppercase();
            if is_parameter(&keyword) {
                keywords.push((Cow::Owned(keyword), i));
            }
        }
        Ok(WcsColumns {
            keywords,
            equinox: find("equinox"),
            completion: Completion::of(table),
        })
    }

    /// The same for a call: images that complete a row are looked for in `images` first, and
    /// warnings are the call's.
    #[must_use]
    pub fn for_call(mut self, images: Option<&Path>, run: &Run) -> Self {
        if let Some(images) = images {
            self.completion.look_in(images);
        }
        self.completion.warn_to(run.shared());
        self
    }

    /// Whether there is a column for the header keyword `keyword`.
    pub fn has(&self, keyword: &str) -> bool {
        self.keywords.iter().any(|(name, _)| name == keyword)
    }

    /// Whether a whole row says nothing of where its image is: no CTYPE, and CRVAL 0 or nothing
    /// (mImgtbl's rows for HDUs that are no images).
    pub fn is_blank(&self, row: &Row) -> bool {
        let is_blank = |(name, column): &(Cow<str>, usize)| match &**name {
            "CTYPE1" | "CTYPE2" => row.bytes(*column).is_empty(),
            "CRVAL1" | "CRVAL2" => {
                row.bytes(*column).is_empty() || row.real(*column).is_ok_and(|x| x == 0.0)
            }
            _ => true,
        };
        row.is_whole() && self.keywords.iter().all(is_blank)
    }
}

/// A row of the image table, as a header.
pub struct RowHeader<'a> {
    /// The row.
    pub row: Row<'a>,
    /// Its columns.
    pub columns: &'a WcsColumns,
}

impl RowHeader<'_> {
    fn column(&self, key: &str) -> Option<usize> {
        // A header is asked for hundreds of keywords that no table has, all with other letters.
        if !key.starts_with(['C', 'N', 'P']) {
            return None;
        }
        let found = self.columns.keywords.iter().find(|(name, _)| *name == key);
        found.map(|(_, column)| *column)
    }

    /// The equinox of the row; 2000, which the original takes for all, where it has none or no
    /// year.
    fn equinox(&self) -> f64 {
        let year = self.columns.equinox.and_then(|c| self.row.real(c).ok());
        year.filter(|year| (1800.0..2200.0).contains(year))
            .unwrap_or(2000.0)
    }
}

impl Keywords for RowHeader<'_> {
    fn real(&self, key: &str) -> Option<f64> {
        match key {
            "NAXIS" => Some(2.0),
            "EQUINOX" => Some(self.equinox()),
            _ => self.row.real(self.column(key)?).ok(),
        }
    }

    fn integer(&self, key: &str) -> Option<i64> {
        match key {
            "NAXIS" => Some(2),
            _ => self.row.integer(self.column(key)?).ok().map(i64::from),
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        match key {
            "NAXIS" => Some("2".to_owned()),
            "EQUINOX" => Some(self.equinox().to_string()),
            _ => {
                let text = self.row.text(self.column(key)?).into_owned();
                // A parameter that this image does not have.
                (!text.is_empty() || !is_parameter(key)).then_some(text)
            }
        }
    }

    fn may_have(&self, prefix: &str) -> bool {
        self.columns.keywords.iter().any(|(name, column)| {
            name.starts_with(prefix) && (!is_parameter(name) || !self.row.bytes(*column).is_empty())
        })
    }
}

/// Whether a keyword is a parameter of a projection: PVi_m.
pub fn is_parameter(keyword: &str) -> bool {
    let term = keyword.strip_prefix("PV1_");
    let term = term.or_else(|| keyword.strip_prefix("PV2_"));
    term.is_some_and(|term| !term.is_empty() && term.bytes().all(|b| b.is_ascii_digit()))
}

/// Where the image of a row lies, in its own frame.
pub struct Place {
    /// The frame of what follows.
    pub frame: Frame,
    /// The middle, where there is sky.
    pub centre: Option<(f64, f64)>,
    /// The four corners, where all have sky.
    pub corners: Option<[(f64, f64); 4]>,
}

/// The frame of right ascensions and declinations without further notice.
pub const J2000: Frame = Frame::Fk5 { equinox: 2000.0 };

impl Place {
    /// From the columns ra, dec, ra1, dec1, ... dec4 (J2000).
    ///
    /// # Errors
    /// When one of them is no finite number.
    pub fn from_corners(row: &Row, columns: &[usize; 10]) -> Result<Self> {
        let mut values = [0.0; 10];
        for (value, &column) in values.iter_mut().zip(columns) {
            *value = row.real(column)?;
            if !value.is_finite() {
                return Err(Error::message(format!("a coordinate is {value}")));
            }
        }
        let point = |i: usize| (values[2 * i], values[2 * i + 1]);
        Ok(Place {
            frame: J2000,
            centre: Some(point(0)),
            corners: Some([point(1), point(2), point(3), point(4)]),
        })
    }

    /// From the same pixel positions that the original takes.
    pub fn from_wcs(wcs: &Wcs) -> Self {
        let (width, height) = size(wcs);
        let (right, top) = (width + 0.5, height + 0.5);
        let corners = [(0.5, 0.5), (right, 0.5), (right, top), (0.5, top)]
            .map(|(x, y)| wcs.pixel_to_sky(x, y));
        Place {
            frame: wcs.frame(),
            centre: wcs.pixel_to_sky(width / 2.0, height / 2.0),
            corners: match corners {
                [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d]),
                _ => None,
            },
        }
    }

    /// The footprint in `frame`.
    pub fn footprint(&self, frame: &Frame) -> Footprint {
        let to_frame = Conversion::new(&self.frame, frame);
        let there = |(lon, lat): (f64, f64)| to_frame.apply(lon, lat);
        match (self.centre, self.corners) {
            (Some(centre), Some(corners)) => Footprint::new(there(centre), corners.map(there)),
            // Of an image that is wider than the sky nothing is known in advance.
            _ => Footprint::anywhere((0.0, 0.0)),
        }
    }
}

fn size(wcs: &Wcs) -> (f64, f64) {
    let (width, height) = wcs.size();
    (width as f64, height as f64)
}

/// The world coordinates of a row, completed from its image where the columns do not say enough.
///
/// # Errors
/// When they describe no image on the sky.
pub fn wcs_of(row: Row, columns: &WcsColumns) -> Result<Wcs> {
    let header = RowHeader { row, columns };
    let completed = columns.completion.complete(&row, &header);
    match completed.is_the_row() {
        true => header_check::keywords_wcs(&header),
        false => header_check::keywords_wcs(&completed),
    }
}
