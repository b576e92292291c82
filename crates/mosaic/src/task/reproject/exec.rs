//! mProjExec: every image of a table reprojected to one template.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{naming, of_one, About, Error, OutputInWords, Result};
use crate::io::header_template::HeaderTemplate;
use crate::io::ipac_table::{Row, Table};
use crate::io::output_names::{self, Source};
use crate::io::paths;
use crate::kernel::reproject::interpolate::Interpolation;
use crate::kernel::reproject::Spares;
use crate::run::{guarded, say, Run};
use crate::task::exec::check_dir;
use crate::task::header::stand_in;
use crate::task::outcome::{counted, Fields, Outcome};
use crate::task::outputs::Kept;
use crate::task::reproject::input::{InputFile, InputParams};
use crate::task::reproject::project::{
    exactly, is_on_plane, on_planes, same_system, Planes, ProjectOptions, ProjectParams,
};
use crate::task::reproject::quick_look::{looked_at, QuickLookParams};
use crate::task::reproject::reprojected::Reprojected;
use crate::task::reproject::target::Target;
use fits::atomic_file::AtomicFile;
use fits::cformat::fixed;
use sky::Wcs;

/// What mProjExec and mProjExec_v7 take.
#[derive(Debug, Clone, Copy)]
pub struct ProjExecParams<'a> {
    /// Folder of the images.
    pub path: &'a Path,
    /// Image table: column fname, and hdu where images are not the first of their files.
    pub table: &'a Path,
    /// Header template of the region, scale and projection.
    pub template: &'a Path,
    /// Folder that the reprojected images go to, under the names that they have.
    pub output_dir: &'a Path,
    /// Which reprojection an image gets.
    pub method: Method,
    /// As for mProject; what [`Method::QuickLook`] has no use for is not looked at.
    pub options: ProjectOptions,
    /// As for mProject.
    pub border: &'a str,
    /// Column of factors for the pixel values.
    pub scale_column: Option<&'a str>,
    /// Column of weights.
    pub weight_column: Option<&'a str>,
    /// Rows to leave out at the beginning: they are done already.
    pub restart: usize,
    /// Where to tell about each image: its name, what went wrong, the time that it took.
    pub stats: Option<&'a Path>,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// Which reprojection the images of a table get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Interpolation, as by mProjectQL.
    QuickLook,
    /// From plane to plane, as by mProjectPP, where both projections allow it or a distorted tangent plane
    /// comes within 0.1 pixel of them (mTANHdr); else as by mProject.
    StandIns,
    /// As by mProjectPP where both projections allow it themselves; else as by mProject.
    Planes,
    /// As by mProject.
    Exact,
}

impl Method {
    /// From the arguments quickMode and exact of Montage 6, where `exact` only excludes stand-ins.
    pub fn of_version6(quick: bool, exact: bool) -> Self {
        match (quick, exact) {
            (true, _) => Method::QuickLook,
            (false, true) => Method::Planes,
            (false, false) => Method::StandIns,
        }
    }

    /// From the same arguments of Montage 7, where `exact` means mProject.
    pub fn of_version7(quick: bool, exact: bool) -> Self {
        match (quick, exact) {
            (true, _) => Method::QuickLook,
            (false, true) => Method::Exact,
            (false, false) => Method::StandIns,
        }
    }
}

impl<'a> ProjExecParams<'a> {
    /// A call without any option.
    pub fn new(path: &'a Path, table: &'a Path, template: &'a Path, output_dir: &'a Path) -> Self {
        ProjExecParams {
            path,
            table,
            template,
            output_dir,
            method: Method::StandIns,
            options: ProjectOptions::default(),
            border: "",
            scale_column: None,
            weight_column: None,
            restart: 0,
            stats: None,
            debug: 0,
        }
    }
}

/// What mProjExec tells.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct ProjExecOutcome {
    /// Images that were to be reprojected.
    pub count: i32,
    /// Those that could not be.
    pub failed: i32,
    /// Those that do not fall on the template.
    pub nooverlap: i32,
}

/// A plane may be this far (pixels) from what it stands for, as in Montage 6.0.
const NEAR_ENOUGH: f64 = 0.1;

/// What came of an image.
enum Answer {
    Done,
    Nothing,
    Failed(Error),
}

/// Reprojects every image of a table (Montage 6.0: mProjExec). Images from plane to plane
/// (mProjectPP) where both projections allow it or a distorted gnomonic header comes within 0.1 pixel
/// of them (mTANHdr), else exactly (mProject); several at a time.
///
/// # Errors
/// When the table, the template or the output folder cannot be used or an output would replace its
/// own input. What is wrong with a single image counts as a failure of that image.
pub fn proj_exec(params: &ProjExecParams, run: &Run) -> Result<ProjExecOutcome> {
    reproject_all(params, run).about(params.table)
}

fn reproject_all(params: &ProjExecParams, run: &Run) -> Result<ProjExecOutcome> {
    let table =
        Table::open(params.table, NO_TABLE).map_err(|why| why.in_words(no_table(params)))?;
    check_dir(params.output_dir).map_err(|why| {
        let words = "Output directory ({}) does not exist";
        why.in_words(naming(words, params.output_dir))
    })?;
    let columns = Columns::new(&table, params)?;
    let target =
        Target::open(params.template, run).map_err(|why| match params.template.exists() {
            true => why,
            false => why.in_words(naming("Template file {} not found.", params.template)),
        })?;
    // Of the whole table, so that a restart writes the same files.
    let outputs = columns.outputs(&table).about(params.table)?;
    let rows = table.rows().enumerate().skip(params.restart);
    let images = memory::collect(rows.map(|(i, row)| {
        // Such a row has been written over, whichever of its columns.
        if table.line(i).contains(&0) {
            return Err(Error::table("A row has NUL bytes", params.table));
        }
        columns.read(&row, &outputs[i], params)
    }))
    .about(params.table)?;
    for image in images.iter().flatten() {
        if image.input == image.output {
            return Err(Error::table("Output would overwrite input", &image.input));
        }
    }
    // Begun before any work is done, so that a place that takes no file is found out in time.
    let stats = params.stats.map(|path| {
        let before = match params.restart {
            0 => Vec::new(),
            _ => std::fs::read(path).unwrap_or_default(),
        };
        Ok::<_, Error>((
            before,
            AtomicFile::create(path).output_in_words(CANNOT_OPEN)?,
        ))
    });
    let stats = stats.transpose()?;
    let output = match params.method == Method::StandIns && !is_on_plane(&target.wcs) {
        true => plane_for(target.template(), &target.wcs),
        false => None,
    };
    let ways = Ways {
        params,
        target: &target,
        output,
        spares: Spares::default(),
    };
    let kept = Kept::default();
    let threads = (run.threads() / images.len().max(1)).max(1);
    let shared = run.shared();
    let one = |i: usize| {
        let start = Instant::now();
        let image = match &images[i] {
            Ok(image) => image,
            Err(why) => return Ok((Answer::Failed(Error::message(why.to_string())), 0.0)),
        };
        let made = guarded(
            || match ways.reproject(image, &Run::within(shared, threads))? {
                Reprojected::Nothing(_) => Ok(Answer::Nothing),
                images => {
                    kept.commit_with(i, &image.output, || images.commit())?;
                    Ok(Answer::Done)
                }
            },
        );
        let time = start.elapsed().as_secs_f64();
        Ok((of_one(made)?.unwrap_or_else(Answer::Failed), time))
    };
    let results = run.for_each_row_with(images.len(), || (), |(), i| -> Result<_> { one(i) })?;
    let name =
        |i: usize| columns.shown(&table.row(params.restart + i), &outputs[params.restart + i]);
    if params.debug > 0 {
        for (i, (answer, time)) in results.iter().enumerate() {
            say(format_args!(
                "{} ({time:.3} s)",
                line(&name(i), answer, *time)
            ));
        }
    }
    if let Some((mut text, file)) = stats {
        for (i, (answer, time)) in results.iter().enumerate() {
            memory::extend(&mut text, line(&name(i), answer, *time).bytes())?;
            memory::push(&mut text, b'\n')?;
        }
        file.write_text(|w| w.write_all(&text))?;
    }
    let many = |pick: fn(&Answer) -> bool| counted(results.iter().filter(|r| pick(&r.0)).count());
    Ok(ProjExecOutcome {
        count: counted(results.len()),
        failed: many(|answer| matches!(answer, Answer::Failed(_))),
        nooverlap: many(|answer| matches!(answer, Answer::Nothing)),
    })
}

const NO_TABLE: &str = "Image metadata file cannot be read";

/// Montage's words for an image table that cannot be used: one that is there has no columns.
fn no_table(params: &ProjExecParams) -> String {
    let words = match params.table.is_file() {
        true => "Need column fname in input",
        false => "Image metadata file ({}) does not exist",
    };
    naming(words, params.table)
}

/// Montage's words for a table of statistics that cannot be written.
const CANNOT_OPEN: &str = "Can't open output file.";

/// A line of the table of statistics, in Montage 6.0's columns.
fn line(name: &str, answer: &Answer, time: f64) -> String {
    let mut line = format!(" {name:<60} ");
    let text = match answer {
        Answer::Done => {
            // Writing to a string cannot fail.
            let _ = write!(line, "{:<30} {:>10}", "", fixed(time, 1));
            return line;
        }
        Answer::Nothing => "No overlap".to_owned(),
        Answer::Failed(why) => why.to_string().replace('\n', " "),
    };
    let _ = write!(line, "{text:<30} {:10}", "");
    line
}

/// Where the table has what is needed.
struct Columns {
    fname: usize,
    hdu: Option<usize>,
    weight: Option<usize>,
    scale: Option<usize>,
}

/// One image of the table.
struct Listed {
    input: PathBuf,
    hdu: usize,
    output: PathBuf,
    weight: f64,
    scale: f64,
}

impl Columns {
    fn new(table: &Table, params: &ProjExecParams) -> Result<Self> {
        let need = |name: &str| {
            table
                .column(name)
                .ok_or_else(|| Error::table(format!("Need column {name} in input"), params.table))
        };
        Ok(Columns {
            fname: need("fname")?,
            hdu: table.column("hdu"),
            weight: params.weight_column.map(need).transpose()?,
            scale: params.scale_column.map(need).transpose()?,
        })
    }

    /// What stands before the name of a row's output: an image of which HDU is said has it there.
    fn prefix(&self, row: &Row) -> String {
        let hdu = self.hdu.and_then(|column| row.integer(column).ok());
        hdu.map_or_else(String::new, |hdu| format!("hdu{hdu}_"))
    }

    /// The names of the outputs of all rows.
    fn outputs(&self, table: &Table) -> Result<Vec<String>> {
        let names = memory::collect(table.rows().map(|row| row.text(self.fname)))?;
        let sources = table.rows().zip(&names).map(|(row, name)| Source {
            name,
            prefix: self.prefix(&row),
        });
        let sources = memory::collect(sources)?;
        output_names::distinct(&sources, |name| {
            paths::projected_pair(Path::new(name)).image
        })
    }

    /// What the table of statistics calls a row: the image's name without folders, with those that
    /// its output needs.
    fn shown(&self, row: &Row, output: &str) -> String {
        let prefix = self.prefix(row);
        output.strip_prefix(&prefix).unwrap_or(output).to_owned()
    }

    fn read(&self, row: &Row, output: &str, params: &ProjExecParams) -> Result<Listed> {
        let name = row.text(self.fname);
        if paths::base_name(&name).is_empty() {
            return Err(Error::message("A file name in the table is empty"));
        }
        let hdu = match self.hdu {
            Some(column) => Some(
                usize::try_from(row.integer(column)?)
                    .map_err(|_| Error::table("A negative hdu in the image table", params.table))?,
            ),
            None => None,
        };
        // 0 is no factor, as in the original.
        let factor = |column: Option<usize>| match column {
            Some(column) => row.real(column),
            None => Ok(1.0),
        };
        Ok(Listed {
            input: paths::in_dir(params.path, &name),
            hdu: hdu.unwrap_or(0),
            output: params.output_dir.join(output),
            weight: factor(self.weight)?,
            scale: factor(self.scale)?,
        })
    }
}

/// What all images of a table share.
struct Ways<'a> {
    params: &'a ProjExecParams<'a>,
    target: &'a Target,
    /// A distorted gnomonic header in place of the template's.
    output: Option<Wcs>,
    /// Memory of the sums, which images take over from those before them.
    spares: Spares,
}

impl Ways<'_> {
    /// Reprojects an image the way that its projection and the template's ask for.
    fn reproject(&self, image: &Listed, run: &Run) -> Result<Reprojected> {
        let params = self.params;
        let input = InputParams {
            image: &image.input,
            hdu: image.hdu,
            weight_file: None,
            fixed_weight: image.weight,
            threshold: 0.0,
            border: params.border,
            flux_scale: image.scale,
        };
        let opened = InputFile::open(&input, &image.output, run)?;
        let target = self.target.clone();
        if params.method == Method::QuickLook {
            let quick = QuickLookParams {
                input,
                output: &image.output,
                template: params.template,
                interpolation: Interpolation::Nearest,
                expand: params.options.expand,
                full_region: params.options.full_region,
                no_areas: false,
                debug: 0,
            };
            return looked_at(&quick, opened, target, run);
        }
        let project = ProjectParams {
            input,
            output: &image.output,
            template: params.template,
            options: params.options,
            debug: 0,
        };
        match self.planes(&opened) {
            Some(planes) => on_planes(&project, &planes, &opened.pixels, target, &self.spares, run),
            None => exactly(&project, &opened.pixels, target, &self.spares, run),
        }
    }

    /// What mProjectPP needs to take an image to the template; `None` where it cannot.
    fn planes(&self, image: &InputFile) -> Option<Planes> {
        let method = self.params.method;
        if method == Method::Exact
            || !same_system(image.pixels.wcs.frame(), self.target.wcs.frame())
            || !is_on_plane(&self.target.wcs) && self.output.is_none()
        {
            return None;
        }
        let input = match is_on_plane(&image.pixels.wcs) {
            true => None,
            false if method == Method::Planes => return None,
            false => Some(plane_for(&image.template(), &image.pixels.wcs)?),
        };
        Some(Planes {
            input,
            output: self.output.clone(),
        })
    }
}

/// A distorted tangent plane in place of a header, where it comes near enough.
fn plane_for(original: &HeaderTemplate, wcs: &Wcs) -> Option<Wcs> {
    let (plane, error) = stand_in(original, wcs).ok()?;
    (error <= NEAR_ENOUGH).then_some(plane)
}
