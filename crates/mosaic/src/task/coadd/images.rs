//! The images of a table, placed in the mosaic.

use std::path::{Path, PathBuf};

use crate::error::{shown, About, Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::io::paths::{in_dir, input_pair};
use crate::kernel::coadd::placement::{columns, rows, shrunk, unwound, Span};
use crate::run::{Run, Warnings};
use crate::stream::coadd::Contributor;
use crate::stream::{Unpacked, WithAreas};
use crate::task::coadd::AddParams;
use crate::task::header_check::pass_on;
use crate::task::output_template::OutputTemplate;
use fits::{FileTables, Image};
use sky::{Fault, Grid, Keywords, Wcs, FARTHEST_PIXEL};

/// What the table says about one image.
pub struct Listed {
    cntr: i64,
    /// The image, and its areas where they are wanted.
    image: PathBuf,
    area: Option<PathBuf>,
    grid: Grid,
    crval: [f64; 2],
    cdelt: [f64; 2],
}

/// The images of a table, and the mosaic that they make.
pub struct Layout {
    images: Vec<Listed>,
    /// Size and reference pixel of the mosaic.
    pub mosaic: Grid,
    /// CDELT1 and CDELT2 of the images.
    pub cdelt: [f64; 2],
    /// Whether the images are in the cylindrical projection CAR.
    is_car: bool,
    /// Where messages about an image say that it comes from: the table and the folder.
    origin: String,
}

/// An image that has rows in the mosaic.
struct Placed<'a> {
    listed: &'a Listed,
    /// Its row in the table.
    number: usize,
    rows: Span,
    columns: Option<Span>,
}

const NEEDED: &str = "Need columns: cntr,fname, crpix1, crpix2, cdelt1, cdelt2, naxis1, naxis2, crval1, crval2 ctype1, ctype2 in image list";

impl Layout {
    /// Reads the image table and lays its images out on the region of the template.
    ///
    /// # Errors
    /// When the table cannot be read, lacks a column or an image, or its images are not on one
    /// pixel grid.
    pub fn new(params: &AddParams, region: &OutputTemplate, template: &Wcs) -> Result<Self> {
        let table = Table::open(params.table, "Invalid image metadata file")?;
        let need = |name: &str, other: &str| {
            let found = table.column(name).or_else(|| table.column(other));
            found.ok_or_else(|| Error::table(NEEDED, params.table))
        };
        let columns = Columns {
            cntr: need("cntr", "cntr")?,
            fname: need("fname", "file")?,
            ctype1: need("ctype1", "ctype1")?,
            naxis: [need("naxis1", "ns")?, need("naxis2", "nl")?],
            crpix: [need("crpix1", "crpix1")?, need("crpix2", "crpix2")?],
            crval: [need("crval1", "crval1")?, need("crval2", "crval2")?],
            cdelt: [need("cdelt1", "cdelt1")?, need("cdelt2", "cdelt2")?],
        };
        need("ctype2", "ctype2")?;
        let rows = table.rows().map(|row| columns.read(&row, params));
        let mut images = memory::try_collect(rows).about(params.table)?;
        let Some(first) = images.first() else {
            return Err(Error::table("No images in image list", params.table));
        };
        let is_car = table.row(0).text(columns.ctype1).contains("-CAR");
        let cdelt = first.cdelt;
        if template.ctype()[0].ends_with("CAR") {
            let to = (region.grid.crpix1, region.grid.width);
            for image in &mut images {
                let crpix1 = &mut image.grid.crpix1;
                *crpix1 = unwound(*crpix1, image.cdelt[0], to.0, to.1);
            }
        }
        if is_car {
            for image in &mut images {
                image.shift_to(template.crval())?;
            }
        }
        let crval = images[0].crval;
        let same = |image: &Listed| image.crval == crval && image.cdelt == cdelt;
        if let Some(other) = images.iter().find(|image| !same(image)) {
            let message = format!(
                "Images are not in same pixel space ({} and {} differ in CRVAL or CDELT)",
                shown(&images[0].image),
                shown(&other.image)
            );
            return Err(Error::table(message, params.table));
        }
        let mosaic = if params.shrink {
            let grids = memory::collect(images.iter().map(|image| image.grid));
            shrunk(&region.grid, &grids.about(params.table)?)
        } else {
            region.grid
        };
        let (list, folder) = (params.table, params.path);
        let origin = format!("image list {}, path {}", shown(list), shown(folder));
        Ok(Layout {
            images,
            mosaic,
            cdelt,
            is_car,
            origin,
        })
    }

    /// Images in the table.
    pub fn count(&self) -> usize {
        self.images.len()
    }

    /// The images with rows in the mosaic in the order in which they are added: by first row, as
    /// Montage 6.0 meets them, then by cntr and name, so that a table may be sorted at will.
    fn placed(&self) -> Result<Vec<Placed<'_>>> {
        let mut placed = memory::collect(self.images.iter().enumerate().filter_map(
            |(number, listed)| {
                Some(Placed {
                    listed,
                    number,
                    rows: rows(&self.mosaic, &listed.grid)?,
                    columns: columns(&self.mosaic, &listed.grid),
                })
            },
        ))?;
        // By the number at last: a stable sort would ask for memory.
        placed.sort_unstable_by(|a, b| {
            // Spans are cut at the edges: this is where the whole image begins.
            let start = |p: &Placed| p.rows.output as i64 - p.rows.input as i64;
            let key = |p: &Placed| (start(p), p.listed.cntr);
            let (x, y) = (&a.listed.image, &b.listed.image);
            let in_order = key(a).cmp(&key(b)).then_with(|| x.cmp(y));
            in_order.then(a.number.cmp(&b.number))
        });
        Ok(placed)
    }

    /// Opens every image that has rows in the mosaic, checks it against the template, and
    /// unpacks it where it is packed (beside `output`). Those without columns in it are checked
    /// only. With `nominal`, the area of a whole pixel of weight 1, areas are looked at for which of
    /// them are coverage.
    ///
    /// # Errors
    /// The first image, in order, that is missing, broken, on another grid, or of another size
    /// than the table or its areas say.
    pub fn open(
        &self,
        template: &Wcs,
        nominal: Option<f64>,
        output: &Path,
        run: &Run,
    ) -> Result<Vec<Contributor<Unpacked>>> {
        let placed = self.placed()?;
        // What is opened is no progress that a caller counts on: the bands of the mosaic are.
        let quiet = Run::within(run.shared(), run.threads());
        let warnings = run.warnings();
        let opened = quiet.for_each(placed.len(), |i| {
            placed[i].open(template, self.is_car, nominal, output, warnings)
        })?;
        let mut contributors = Vec::new();
        for one in opened {
            let one = one.map_err(|why| why.with_more(&format!(" in {}", self.origin)));
            if let Some(contributor) = one? {
                memory::push(&mut contributors, contributor)?;
            }
        }
        Ok(contributors)
    }
}

/// Where the table has what.
struct Columns {
    cntr: usize,
    fname: usize,
    ctype1: usize,
    naxis: [usize; 2],
    crpix: [usize; 2],
    crval: [usize; 2],
    cdelt: [usize; 2],
}

impl Columns {
    /// The column that stands for a keyword of the pixel grid.
    fn of_grid(&self, key: &str) -> Option<usize> {
        Some(match key {
            "NAXIS1" => self.naxis[0],
            "NAXIS2" => self.naxis[1],
            "CRPIX1" => self.crpix[0],
            "CRPIX2" => self.crpix[1],
            _ => return None,
        })
    }

    fn read(&self, row: &Row, params: &AddParams) -> Result<Listed> {
        let refuse = |what: &str| {
            let message = format!("Row {} has {what} in table", row.number());
            Error::table(message, params.table)
        };
        let two = |columns: [usize; 2]| -> Result<[f64; 2]> {
            Ok([row.real(columns[0])?, row.real(columns[1])?])
        };
        let grid = Grid::from_keywords(&GridOfRow { row, columns: self });
        let grid = grid.map_err(|why| match (why.fault, self.of_grid(&why.key)) {
            (Fault::OutOfRange(size), Some(axis)) if self.naxis.contains(&axis) && size < 1.0 => {
                refuse("a naxis1 or naxis2 below 1")
            }
            (Fault::OutOfRange(_) | Fault::NotFinite(_), Some(axis))
                if self.crpix.contains(&axis) =>
            {
                refuse("a crpix1 or crpix2 that is too far away")
            }
            (_, column) => row.bad(column.unwrap_or(self.cntr)),
        })?;
        let (crval, cdelt) = (two(self.crval)?, two(self.cdelt)?);
        if !crval.iter().all(|x| x.is_finite()) {
            return Err(refuse("a crval1 or crval2 that is no finite number"));
        }
        if !cdelt.iter().all(|x| x.is_finite() && *x != 0.0) {
            return Err(refuse(
                "a cdelt1 or cdelt2 of 0 or that is no finite number",
            ));
        }
        let name = row.text(self.fname);
        if name.is_empty() {
            return Err(refuse("no file name"));
        }
        let path = in_dir(params.path, &name);
        // Without areas a name is taken as it is, whatever its ending (Montage 6.0).
        let (image, area) = if params.no_areas {
            (path, None)
        } else {
            let pair = input_pair(&path);
            (pair.image, Some(pair.area))
        };
        Ok(Listed {
            cntr: row.long(self.cntr)?,
            image,
            area,
            grid,
            crval,
            cdelt,
        })
    }
}

/// The keywords of the pixel grid of an image, in its row of the table.
struct GridOfRow<'a> {
    row: &'a Row<'a>,
    columns: &'a Columns,
}

impl GridOfRow<'_> {
    fn column(&self, key: &str) -> Option<usize> {
        self.columns.of_grid(key)
    }
}

impl Keywords for GridOfRow<'_> {
    fn real(&self, key: &str) -> Option<f64> {
        self.row.real(self.column(key)?).ok()
    }

    fn integer(&self, key: &str) -> Option<i64> {
        let value = self.row.integer(self.column(key)?);
        value.ok().map(i64::from)
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(self.row.text(self.column(key)?).into_owned())
    }
}

impl Listed {
    /// Gives a CAR image the reference point of the template: its reference pixel moves by whole
    /// pixels.
    fn shift_to(&mut self, crval: [f64; 2]) -> Result<()> {
        let crpix = [&mut self.grid.crpix1, &mut self.grid.crpix2];
        for (axis, crpix) in crpix.into_iter().enumerate() {
            let offset = (crval[axis] - self.crval[axis]) / self.cdelt[axis];
            // A tenth of a pixel: as Montage 6.0.
            let far = (offset - offset.round()).abs() > 0.1;
            if far || (*crpix + offset).abs() > FARTHEST_PIXEL {
                return Err(Error::message(format!(
                    "CRVAL{} CAR pixel offset ({}) not integer for image {}",
                    axis + 1,
                    fits::cformat::general(offset, 6),
                    shown(&self.image)
                )));
            }
            *crpix += offset;
        }
        self.crval = crval;
        Ok(())
    }
}

impl Placed<'_> {
    fn open(
        &self,
        template: &Wcs,
        is_car: bool,
        nominal: Option<f64>,
        output: &Path,
        warnings: &Warnings,
    ) -> Result<Option<Contributor<Unpacked>>> {
        let image = open_plane(&self.listed.image, "Image file", &self.listed.grid)?;
        let areas = match &self.listed.area {
            None => None,
            Some(path) => Some(open_plane(path, "Area file", &self.listed.grid)?),
        };
        // The table's reference pixel is the one that counts; an image without a sane one of its
        // own is no image of a mosaic.
        image.reference_pixel()?;
        check_sky(&image, template, is_car, warnings)?;
        let Some(columns) = self.columns else {
            return Ok(None);
        };
        let unpack = |image: Image| Unpacked::new(image, output);
        let pixels = WithAreas {
            image: unpack(image)?,
            areas: areas.map(unpack).transpose()?,
        };
        Contributor::new(pixels, self.rows, columns, nominal).map(Some)
    }
}

/// Opens an image of the size that the table gives.
fn open_plane(path: &Path, what: &'static str, grid: &Grid) -> Result<Image> {
    let image = Image::open(path, what)?;
    let (width, height) = (image.width(), image.height());
    if (width, height) != (grid.width, grid.height) {
        let why = format!(
            "is {width} x {height} pixels, the image list says {} x {}",
            grid.width, grid.height
        );
        return Err(Error::fits(what, path, why));
    }
    Ok(image)
}

/// The largest difference between numbers of the template and of an image (Montage 6.0).
const SAME: f64 = 1e-8;

/// Checks that the header of an image describes the pixel grid of the template.
fn check_sky(image: &Image, template: &Wcs, is_car: bool, warnings: &Warnings) -> Result<()> {
    let refuse = |what: &str| {
        Err(Error::message(format!(
            "Image {} header {what} does not match template",
            shown(image.path())
        )))
    };
    let wcs = Wcs::with_tables(image.header(), &FileTables::new(image.path()))
        .map_err(|why| Error::fits("Image file", image.path(), why.to_string()))?;
    pass_on(&wcs, image.path(), warnings);
    let (types, expected) = (wcs.ctype(), template.ctype());
    let differ = |a: f64, b: f64| (a - b).abs() > SAME;
    if types[0] != expected[0] {
        return refuse("CTYPE1");
    }
    if types[1] != expected[1] {
        return refuse("CTYPE2");
    }
    let (crval, expected) = (wcs.crval(), template.crval());
    if !is_car && differ(crval[0], expected[0]) {
        return refuse("CRVAL1");
    }
    if !is_car && differ(crval[1], expected[1]) {
        return refuse("CRVAL2");
    }
    let (cd, expected) = (wcs.cd(), template.cd());
    if cd
        .iter()
        .flatten()
        .zip(expected.iter().flatten())
        .any(|(&a, &b)| differ(a, b))
    {
        return refuse("CD/CDELT");
    }
    if wcs.equinox() != template.equinox() {
        return refuse("EQUINOX");
    }
    Ok(())
}
