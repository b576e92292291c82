//! Removes background planes from images: mBackground (one image), mBgExec (every image of a
//! table, with the planes of a correction table).

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{
    naming, of_one, shown, About, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE,
};
use crate::io::ipac_table::{Row, Table};
use crate::io::output_names::{self, Source};
use crate::io::paths::{base_name, in_dir, input_pair, is_there, output_pair};
use crate::kernel::plane::Plane;
use crate::run::{guarded, say, Run};
use crate::stream::background::subtract_plane;
use crate::stream::{FitsSink, ImageFile, WithAreas};
use crate::task::outcome::{counted, Fields, Outcome, Value};
use fits::atomic_file::commit_all;
use fits::Image;
use sky::Window;

/// The parameters of mBackground.
pub struct BackgroundParams<'a> {
    /// The image, with or without ".fits"; its areas are in `x_area.fits` beside it.
    pub input: &'a Path,
    /// The corrected image, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// The plane to subtract.
    pub plane: Plane,
    /// There are no area images, neither to read nor to write.
    pub no_areas: bool,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The result of mBackground.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct BackgroundOutcome {
    /// Run time in seconds.
    #[value(Seconds)]
    pub time: f64,
}

/// Subtracts a plane from an image: the corrected image has the header of the input (BITPIX
/// -64), the area image has that header too, as in Montage 6.0. A pixel that is not finite or
/// has no area becomes blank, with area 0.
///
/// # Errors
/// When the plane is not finite, an input is missing, broken, a cube, or has no reference pixel,
/// the area image has another size, or an output cannot be written. Earlier outputs are then
/// left as they were.
pub fn background(params: &BackgroundParams, _run: &Run) -> Result<BackgroundOutcome> {
    checked(params)
}

/// [`background`], which is too short to report progress or to use more threads than one.
fn checked(params: &BackgroundParams) -> Result<BackgroundOutcome> {
    let start = Instant::now();
    let Plane { a, b, c } = params.plane;
    for (name, value) in [("A", a), ("B", b), ("C", c)] {
        if !value.is_finite() {
            let why = format!("must be a finite number (it is {value})");
            return Err(Error::argument(name, why));
        }
    }
    correct(params)?;
    let time = start.elapsed().as_secs_f64();
    if params.debug > 0 {
        say(format_args!(
            "Subtracted {a} x + {b} y + {c} from {} into {} ({time:.3} s)",
            params.input.display(),
            params.output.display()
        ));
    }
    Ok(BackgroundOutcome { time })
}

fn correct(params: &BackgroundParams) -> Result<()> {
    let from = input_pair(params.input);
    let to = output_pair(params.output);
    let mut image = open_plane(&from.image, "Image file").map_err(Error::in_words_of_check)?;
    let areas = match params.no_areas {
        true => None,
        false => Some(open_plane(&from.area, "Area file")?),
    };
    let (width, height) = (image.width(), image.height());
    if let Some(areas) = &areas {
        areas
            .source()
            .need_size_of_image("Area file", (width, height))?;
    }
    // A header may claim more than the file has: known here before its columns cost memory.
    let last = Window {
        x: width - 1,
        y: height - 1,
        width: 1,
        height: 1,
    };
    image.read(last, &mut Vec::new())?;
    let crpix = image.reference_pixel()?;
    let header = image.header().primary_of_doubles();
    let input = WithAreas {
        image: ImageFile::open(image),
        areas: areas.map(ImageFile::open),
    };
    let create = |path: &Path| {
        FitsSink::create(path, &header, (width, height)).output_in_words(CANNOT_CREATE_IMAGE)
    };
    let output = WithAreas {
        image: create(&to.image)?,
        areas: match params.no_areas {
            true => None,
            false => Some(create(&to.area)?),
        },
    };
    subtract_plane(&input, params.plane, crpix, &output).about(&from.image)?;
    // Both are complete on the disk before either replaces an earlier file.
    Ok(commit_all(output.finish()?)?)
}

/// Opens an image that is flat: more than two axes only where they are of length 1.
fn open_plane(path: &Path, what: &'static str) -> Result<Image> {
    let image = Image::open(path, what)?;
    match image.sizes().iter().skip(2).position(|&size| size != 1) {
        None => Ok(image),
        Some(axis) => Err(Error::fits(
            what,
            path,
            format!(
                "is a cube: NAXIS{} is {}",
                axis + 3,
                image.sizes()[axis + 2]
            ),
        )),
    }
}

/// The parameters of mBgExec.
pub struct BgExecParams<'a> {
    /// Folder of the images.
    pub path: &'a Path,
    /// Image table: columns cntr and fname; of a name only its last part counts where that tells
    /// the images apart.
    pub table: &'a Path,
    /// Correction table: columns id, a, b, c.
    pub corrections: &'a Path,
    /// Folder for the corrected images, which must exist.
    pub output: &'a Path,
    /// There are no area images, neither to read nor to write.
    pub no_areas: bool,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The result of mBgExec.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct BgExecOutcome {
    /// Images in the table.
    pub count: i32,
    /// Images without a correction, which are copied (blanks made uniform).
    pub nocorrection: i32,
    /// Images that could not be corrected.
    pub failed: i32,
}

/// Corrects every image of a table, several at a time. An image that fails is counted and the
/// others go on.
///
/// # Errors
/// When a table is missing, lacks a column or has no number where one is needed, `output` is no
/// folder, or the progress callback cancels.
pub fn bg_exec(params: &BgExecParams, run: &Run) -> Result<BgExecOutcome> {
    correct_all(params, run).about(params.table)
}

fn correct_all(params: &BgExecParams, run: &Run) -> Result<BgExecOutcome> {
    let metadata = std::fs::metadata(params.output)
        .map_err(|e| Error::io("Cannot access", params.output, e))?;
    if !metadata.is_dir() {
        let not = std::io::Error::from(std::io::ErrorKind::NotADirectory);
        return Err(Error::io("Cannot access", params.output, not));
    }
    let images = Table::open(params.table, "Invalid image metadata file")?;
    let [cntr, fname] = images.need(
        ["cntr", "fname"],
        "Need columns: cntr and fname in image list",
    )?;
    let corrections = read_corrections(params.corrections)?;

    warn_of_other_numbers(&images, cntr, &corrections, params, run);
    let names = image_names(&images, fname, params.path).about(params.table)?;
    let outputs = output_names(&names).about(params.table)?;
    let mut nocorrection = 0;
    let mut failed = 0;
    let mut jobs = Jobs::default();
    for (row, (name, output)) in images.rows().zip(names.iter().zip(&outputs)) {
        match row.long(cntr) {
            Ok(id) => {
                let plane = corrections.get(&id);
                nocorrection += usize::from(plane.is_none());
                let plane = plane.copied().unwrap_or_default();
                jobs.add(params, name, output, plane).about(params.table)?;
            }
            Err(error) => {
                failed += 1;
                if params.debug > 0 {
                    say(format_args!("{error}"));
                }
            }
        }
    }
    let count = jobs.outputs.len();
    let failures = run.for_each_row_with(count, || (), |(), i| jobs.outputs[i].correct(params))?;
    failed += failures.iter().sum::<usize>();
    Ok(BgExecOutcome {
        count: counted(images.len()),
        nocorrection: counted(nocorrection),
        failed: counted(failed),
    })
}

/// The images of a table, each by its name in the table if it lies in its folders below `folder`,
/// else by the last part of it, which is all that counts in Montage 6.0.
fn image_names<'a>(images: &'a Table, fname: usize, folder: &Path) -> Result<Vec<Cow<'a, str>>> {
    let name = |row: Row<'a>| {
        let name = row.text(fname);
        let in_folders = name.contains('/') && is_there(&input_pair(&in_dir(folder, &name)).image);
        match in_folders {
            true => name,
            false => Cow::Owned(base_name(&name).to_owned()),
        }
    };
    Ok(memory::collect(images.rows().map(name))?)
}

/// The names of the corrected images.
fn output_names(names: &[Cow<str>]) -> Result<Vec<String>> {
    let sources = memory::collect(names.iter().map(|name| Source {
        name,
        prefix: String::new(),
    }))?;
    output_names::distinct(&sources, |name| output_pair(Path::new(name)).image)
}

/// Warns where the corrections seem to count the images from 1 and the table from 0.
fn warn_of_other_numbers(
    images: &Table,
    cntr: usize,
    corrections: &HashMap<i64, Plane>,
    params: &BgExecParams,
    run: &Run,
) {
    let last = images.len() as i64;
    let from_zero = images
        .rows()
        .all(|row| row.long(cntr).is_ok_and(|id| (0..last).contains(&id)));
    let from_one =
        corrections.contains_key(&last) && corrections.keys().all(|id| (1..=last).contains(id));
    if from_zero && from_one {
        run.warn(format!(
            "{}: corrections for images 1 to {last}, while {} numbers them from 0: each is given to the image with its number in column cntr",
            shown(params.corrections),
            shown(params.table)
        ));
    }
}

/// The planes of a correction table by image id; of a repeated id the last counts.
fn read_corrections(path: &Path) -> Result<HashMap<i64, Plane>> {
    // Montage's words have two blanks.
    let table = Table::open(path, "Invalid corrections file")
        .map_err(|why| why.in_words(naming("Invalid corrections  file", path)))?;
    let [id, a, b, c] = table.need(
        ["id", "a", "b", "c"],
        "Need columns: id,a,b,c in corrections file",
    )?;
    let mut planes = HashMap::new();
    for row in table.rows() {
        let plane = Plane {
            a: row.real(a)?,
            b: row.real(b)?,
            c: row.real(c)?,
        };
        memory::reserve_entry(&mut planes).about(path)?;
        planes.insert(row.long(id)?, plane);
    }
    Ok(planes)
}

/// The work of mBgExec by output file: rows of the table that write the same file are done in
/// the table's order, so that the last wins on any number of threads.
#[derive(Default)]
struct Jobs {
    by_path: HashMap<PathBuf, usize>,
    outputs: Vec<OutputFile>,
}

struct OutputFile {
    path: PathBuf,
    /// Input and plane of every row that writes it.
    rows: Vec<(PathBuf, Plane)>,
}

impl Jobs {
    /// Adds the image that the table calls `name`, to be written as `output`.
    ///
    /// # Errors
    /// When memory is out.
    fn add(&mut self, params: &BgExecParams, name: &str, output: &str, plane: Plane) -> Result<()> {
        let path = params.output.join(output);
        let outputs = &mut self.outputs;
        memory::reserve_entry(&mut self.by_path)?;
        let file = self.by_path.entry(output_pair(&path).image);
        let at = *file.or_insert(outputs.len());
        if at == outputs.len() {
            let rows = Vec::new();
            memory::push(outputs, OutputFile { path, rows })?;
        }
        // The last part of a name alone, as in Montage 6.0, unless several images have it, or none.
        let last = params.path.join(base_name(name));
        let input = match base_name(name) == output && is_there(&input_pair(&last).image) {
            true => last,
            false => in_dir(params.path, name),
        };
        Ok(memory::push(&mut outputs[at].rows, (input, plane))?)
    }
}

impl OutputFile {
    /// Corrects the images of its rows; how many failed.
    ///
    /// # Errors
    /// What ends the call.
    fn correct(&self, params: &BgExecParams) -> Result<usize> {
        let mut failed = 0;
        for (input, plane) in &self.rows {
            let one = BackgroundParams {
                input,
                output: &self.path,
                plane: *plane,
                no_areas: params.no_areas,
                debug: params.debug,
            };
            if let Err(error) = of_one(guarded(|| checked(&one)))? {
                failed += 1;
                if params.debug > 0 {
                    say(format_args!("{error}"));
                }
            }
        }
        Ok(failed)
    }
}

/// The correction that belongs to the image called `name` in an image table, for mBackground's
/// table mode; an image without one gets the plane 0.
///
/// # Errors
/// When a table cannot be read, or the image table has no such name.
pub fn correction_of(name: &str, images: &Path, corrections: &Path) -> Result<Plane> {
    let table = Table::open(images, "Invalid image metadata file")?;
    let columns = table
        .column("cntr")
        .zip(table.column("fname").or_else(|| table.column("file")));
    let Some((cntr, fname)) = columns else {
        let message = "Image table needs columns cntr and fname";
        return Err(Error::table(message, images));
    };
    let Some(row) = table.rows().find(|row| row.text(fname) == name) else {
        let message = format!("Hit end of image table without finding file name {name}");
        return Err(Error::table(message, images));
    };
    let planes = read_corrections(corrections)?;
    Ok(planes.get(&row.long(cntr)?).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests;
