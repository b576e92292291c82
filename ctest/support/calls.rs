//! One row for every function of the header: what to call it with on the field, and what each of
//! its arguments is. The tests of good and bad calls are made from this table, and
//! [`rows`] fails for a function of the header that has no row.

use std::path::Path;
use std::process::{Command, ExitStatus};

use super::field::muse_field::REGIONS;
use super::header::{self, Kind};
use super::programs::{call_program, callable, escape, Link};

/// What an argument is to its function. Names of files are relative to the field for what is read,
/// and to the folder of the call for what is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// A FITS image that is read.
    Image(&'static str),
    /// A table of images, or of pairs of them, that is read.
    Table(&'static str, Contents),
    /// A header template that is read.
    Template(&'static str),
    /// A text file that is read.
    File(&'static str),
    /// A folder of images; NULL and "" are the working folder.
    Folder(&'static str),
    /// A folder that must be given.
    NeededFolder(&'static str),
    /// A file that is written.
    Output(&'static str),
    /// A folder that is written into.
    OutputFolder(&'static str),
    /// A file that may be left out: NULL or "" here.
    Optional(&'static str),
    /// A text without files.
    Text(&'static str),
    Int(i32),
    /// An integer that must not be negative.
    Count(i32),
    Real(f64),
    /// A list of numbers.
    Reals(&'static [f64]),
    /// A list of FITS images that are read.
    Images(&'static [&'static str]),
    /// A struct of options: what differs from the defaults, `name=value` with ';' between; {here} is
    /// the folder of the call.
    Options(&'static str),
}

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Contents {
    Images,
    Pairs,
    Fits,
    Corrections,
}

/// A function and a good call of it.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub function: &'static str,
    pub arguments: &'static [Role],
    /// Members that the good call must give, as JSON prints them.
    pub expect: &'static [(&'static str, f64)],
    /// What it asks of the images that it reads.
    pub needs: Needs,
    /// Members that count what failed where it goes on with the rest.
    pub counts: &'static [&'static str],
}

/// What a function asks of the images that it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Needs {
    /// It reads none.
    NoImage,
    /// All of their pixels, blank or not.
    Data,
    /// Their place on the pixel grid.
    Grid,
    /// That, and pixels that are not all blank.
    Pixels,
    /// Their place on the sky.
    Sky,
}

const fn row(
    function: &'static str,
    arguments: &'static [Role],
    needs: Needs,
    counts: &'static [&'static str],
    expect: &'static [(&'static str, f64)],
) -> Row {
    Row {
        function,
        arguments,
        expect,
        needs,
        counts,
    }
}

use Contents::{Corrections, Fits, Images, Pairs};
use Needs::{Data, Grid, NoImage, Pixels, Sky};
use Role::{
    Count, File, Folder, Image, Int, NeededFolder, Optional, Options, Output, OutputFolder, Real,
    Reals, Table, Template, Text,
};

const IMAGES: Role = Table("images.tbl", Images);
const PAIRS: Role = Table("pairs.tbl", Pairs);
const FITS: Role = Table("fits.tbl", Fits);
const CORRECTIONS: Role = Table("corrections.tbl", Corrections);
const TEMPLATE: Role = Template("region.hdr");
const TILE: Role = Image("images/tile_0.fits");
const DIFFERENCE: Role = Image("diffs/diff.000000.000001.fits");
/// debug
const QUIET: Role = Int(0);

/// Alphabetical. `expect` are facts of the field (its counts, its planes), not recorded answers.
pub const ROWS: &[Row] = &[
    row(
        "imphotApplyCorrections",
        &[
            Image("muse/muse_0.fits"),
            Output("out.fits"),
            Real(0.05),
            Real(-0.04),
            Real(15.0),
            Real(0.3),
            Text("xy,scale,zero"),
            Int(1),
        ],
        Sky,
        &[],
        &[("status", 0.0), ("crpix1", 24.5), ("crpix2", 22.5)],
    ),
    row(
        "imphotBandpassImage",
        &[
            Image("muse/cube.fits"),
            Optional(""),
            Reals(&[6002.0, 6006.0, 6010.0]),
            Reals(&[0.1, 1.0, 0.2]),
            Count(3),
            Output("out.fits"),
            Options("wave_unit=Angstrom;interpolation=linear"),
        ],
        Data,
        &[],
        &[
            ("status", 0.0),
            ("first", 2.0),
            ("planes", 7.0),
            ("lost", 0.0),
        ],
    ),
    row(
        "imphotFitImage",
        &[
            Image("muse/hst.fits"),
            Image("muse/muse_0.fits"),
            Options("output_dir={here};save=1;apply=1;fix_beta=8;taper=5"),
        ],
        Pixels,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "imphotFitImageAndStar",
        &[
            Image("muse/hst.fits"),
            Image("muse/muse_0.fits"),
            Options("output_dir={here};apply=1;star_ra=53.16;star_dec=-27.78;star_radius=1.6"),
        ],
        Pixels,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "imphotFitImages",
        &[
            Image("muse/hst.fits"),
            Role::Images(&["muse/muse_0.fits", "muse/muse_1.fits"]),
            Count(2),
            Int(1),
            Options("output_dir={here};fix_beta=8;star_ra=53.16;star_dec=-27.78;star_radius=1.6"),
        ],
        Pixels,
        &["failed"],
        &[("status", 0.0), ("count", 2.0), ("failed", 0.0)],
    ),
    row(
        "imphotFitStar",
        &[
            Image("muse/hst.fits"),
            Image("muse/muse_0.fits"),
            Real(53.16),
            Real(-27.78),
            Real(1.6),
            Options("output_dir={here};apply=1;fix_beta=8"),
        ],
        Pixels,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "imphotFitStars",
        &[
            Image("muse/hst.fits"),
            Role::Images(&["muse/muse_0.fits", "muse/muse_1.fits"]),
            Count(2),
            Real(53.16),
            Real(-27.78),
            Real(1.6),
            Options("output_dir={here};apply=1;fix_beta=8;nworker=2"),
        ],
        Pixels,
        &["failed"],
        &[("status", 0.0), ("count", 2.0), ("failed", 0.0)],
    ),
    row(
        "imphotGridsAligned",
        &[
            Image("muse/hst.fits"),
            Image("muse/muse_0.fits"),
            Real(0.01),
        ],
        Sky,
        &[],
        &[("status", 0.0), ("aligned", 1.0)],
    ),
    row(
        "imphotHstFilterInfo",
        &[Text(""), Image("muse/wide_hst.fits")],
        NoImage,
        &[],
        &[("status", 0.0), ("photbw", 672.3)],
    ),
    row(
        "imphotRegionMask",
        &[
            Image("muse/muse_0.fits"),
            File("muse/regions.reg"),
            Optional(""),
            Output("out.fits"),
        ],
        Sky,
        &[],
        &[("status", 0.0), ("count", REGIONS as f64), ("ignored", 0.0)],
    ),
    row(
        "imphotRegions",
        &[File("muse/regions.reg"), Optional("")],
        NoImage,
        &[],
        &[("status", 0.0), ("count", REGIONS as f64), ("ignored", 0.0)],
    ),
    row(
        "imphotRegridHst",
        &[
            Image("muse/wide_hst.fits"),
            Image("muse/muse_0.fits"),
            Output("out.fits"),
            Text("F606W"),
            Int(1),
        ],
        Sky,
        &[],
        &[("status", 0.0), ("width", 48.0), ("height", 44.0)],
    ),
    row(
        "imphotRescaleHst",
        &[
            Image("muse/hst.fits"),
            Image("muse/muse_0.fits"),
            Output("out.fits"),
            Text(""),
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("factor", 7.73)],
    ),
    row(
        "mAdd",
        &[
            Folder("images"),
            IMAGES,
            TEMPLATE,
            Output("out.fits"),
            Int(1),
            Int(1),
            Int(0),
            QUIET,
        ],
        Grid,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mBackground",
        &[
            TILE,
            Output("out.fits"),
            Real(0.1),
            Real(-0.1),
            Real(2.0),
            Int(1),
            QUIET,
        ],
        Grid,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mBestImage",
        &[IMAGES, Real(210.0), Real(12.0), QUIET],
        NoImage,
        &[],
        &[("status", 0.0), ("hdu", 0.0)],
    ),
    row(
        "mBgExec",
        &[
            Folder("images"),
            IMAGES,
            CORRECTIONS,
            OutputFolder("out"),
            Int(1),
            QUIET,
        ],
        Grid,
        &["failed", "nocorrection"],
        &[("count", 4.0), ("nocorrection", 0.0), ("failed", 0.0)],
    ),
    row(
        "mBgModel",
        &[
            IMAGES,
            FITS,
            Output("out.tbl"),
            Int(0),
            Int(1),
            Count(0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mBgModel_v7",
        &[
            IMAGES,
            FITS,
            Output("out.tbl"),
            Optional(""),
            Int(0),
            Int(1),
            Count(0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("nnan", 0.0)],
    ),
    row(
        "mCoord",
        &[
            TILE,
            Count(0),
            Int(1),
            Int(1),
            Real(22.0),
            Real(20.0),
            Int(1),
            QUIET,
        ],
        Sky,
        &[],
        &[("status", 0.0), ("xpix", 22.0), ("ypix", 20.0)],
    ),
    row(
        "mCoverageCheck",
        &[
            IMAGES,
            Output("out.tbl"),
            Int(3),
            Optional(""),
            Count(2),
            Reals(&[210.0, 12.0]),
            Optional(""),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("count", 4.0)],
    ),
    row(
        "mCoverageCheck_v7",
        &[
            IMAGES,
            Output("out.tbl"),
            Int(3),
            Optional(""),
            Count(2),
            Reals(&[210.0, 12.0]),
            Optional(""),
            Real(0.0),
            Real(0.0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("count", 4.0)],
    ),
    row(
        "mDiff",
        &[
            TILE,
            Image("images/tile_1.fits"),
            Output("out.fits"),
            TEMPLATE,
            Int(0),
            Real(1.0),
            QUIET,
        ],
        Pixels,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mDiffExec",
        &[
            Folder("images"),
            PAIRS,
            TEMPLATE,
            OutputFolder("out"),
            Int(0),
            QUIET,
        ],
        Pixels,
        &["failed"],
        &[("count", 6.0), ("failed", 0.0)],
    ),
    row(
        "mDiffFit",
        &[
            TILE,
            Image("images/tile_1.fits"),
            Output("out.fits"),
            TEMPLATE,
            Int(1),
            Int(0),
            Int(0),
            Count(0),
            QUIET,
        ],
        Pixels,
        &[],
        &[("status", 0.0), ("npixel", 320.0)],
    ),
    row(
        "mDiffFitExec",
        &[
            Folder("images"),
            PAIRS,
            TEMPLATE,
            OutputFolder("out"),
            Output("out.tbl"),
            Int(1),
            Int(0),
            Int(0),
            QUIET,
        ],
        Pixels,
        &["diff_failed", "fit_failed"],
        &[("count", 6.0), ("diff_failed", 0.0), ("fit_failed", 0.0)],
    ),
    row(
        "mDiffFitExec_v7",
        &[
            Folder("images"),
            PAIRS,
            TEMPLATE,
            OutputFolder("out"),
            Output("out.tbl"),
            Int(1),
            Int(0),
            Int(0),
            Optional(""),
            QUIET,
        ],
        Pixels,
        &["diff_failed", "fit_failed"],
        &[("count", 6.0), ("diff_failed", 0.0), ("fit_failed", 0.0)],
    ),
    row(
        "mFitExec",
        &[
            PAIRS,
            Output("out.tbl"),
            NeededFolder("diffs"),
            Int(0),
            QUIET,
        ],
        Pixels,
        &["failed", "missing"],
        &[("count", 6.0), ("failed", 0.0), ("missing", 0.0)],
    ),
    row(
        "mFitplane",
        &[DIFFERENCE, Int(0), Count(0), QUIET],
        Pixels,
        &[],
        &[("status", 0.0), ("npixel", 320.0)],
    ),
    row(
        "mFitplane_v7",
        &[DIFFERENCE, Int(0), Int(0), Count(0), QUIET],
        Pixels,
        &[],
        &[("status", 0.0), ("npixel", 320.0)],
    ),
    row(
        "mGetHdr",
        &[TILE, Output("out.hdr"), Count(0), Int(0), QUIET],
        NoImage,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mHdr",
        &[
            Text("210.0 12.0"),
            Real(0.08),
            Real(0.07),
            Output("out.hdr"),
            Text("EQUJ"),
            Real(2000.0),
            Real(3.6),
            Real(0.0),
            Optional(""),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("count", 16.0)],
    ),
    row(
        "mImgtbl",
        &[
            Folder("images"),
            Output("out.tbl"),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Optional(""),
            Optional(""),
            QUIET,
        ],
        Sky,
        &["badfits", "badwcs"],
        &[
            ("count", 4.0),
            ("nfile", 4.0),
            ("badfits", 0.0),
            ("badwcs", 0.0),
        ],
    ),
    row(
        "mMakeHdr",
        &[
            IMAGES,
            Output("out.hdr"),
            Text("EQUJ"),
            Real(2000.0),
            Real(0.0),
            Int(0),
            Real(0.0),
            Int(0),
            Count(0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("count", 4.0), ("ncube", 0.0)],
    ),
    row(
        "mOverlaps",
        &[IMAGES, Output("out.tbl"), Int(0), QUIET],
        NoImage,
        &[],
        &[("count", 6.0)],
    ),
    row(
        "mProjExec",
        &[
            Folder("images"),
            IMAGES,
            TEMPLATE,
            OutputFolder("projected"),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Text(""),
            Text(""),
            Text(""),
            Count(0),
            Optional(""),
            QUIET,
        ],
        Sky,
        &["failed", "nooverlap"],
        &[("count", 4.0), ("failed", 0.0), ("nooverlap", 0.0)],
    ),
    row(
        "mProjExec_v7",
        &[
            Folder("images"),
            IMAGES,
            TEMPLATE,
            OutputFolder("projected"),
            Int(0),
            Int(0),
            Int(0),
            Int(0),
            Real(1.0),
            Text(""),
            Text(""),
            Text(""),
            Count(0),
            Optional(""),
            QUIET,
        ],
        Sky,
        &["failed", "nooverlap"],
        &[("count", 4.0), ("failed", 0.0), ("nooverlap", 0.0)],
    ),
    row(
        "mProject",
        &[
            TILE,
            Output("out.fits"),
            TEMPLATE,
            Count(0),
            Optional(""),
            Real(1.0),
            Real(0.0),
            Text("1"),
            Real(1.0),
            Real(1.0),
            Int(0),
            Int(0),
            Int(0),
            QUIET,
        ],
        Sky,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mProjectPP",
        &[
            TILE,
            Output("out.fits"),
            TEMPLATE,
            Count(0),
            Optional(""),
            Real(1.0),
            Real(0.0),
            Text("1"),
            Optional(""),
            Optional(""),
            Real(1.0),
            Real(1.0),
            Int(0),
            Int(0),
            Int(0),
            QUIET,
        ],
        Sky,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mProjectQL",
        &[
            TILE,
            Output("out.fits"),
            TEMPLATE,
            Count(0),
            Count(1),
            Optional(""),
            Real(1.0),
            Real(0.0),
            Text("1"),
            Real(1.0),
            Int(0),
            Int(0),
            Int(0),
            QUIET,
        ],
        Sky,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mPutHdr",
        &[
            TILE,
            Output("out.fits"),
            Template("tile.hdr"),
            Count(0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mShrink",
        &[TILE, Output("out.fits"), Real(2.0), Int(0), Int(0), QUIET],
        Data,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mShrink_v7",
        &[
            TILE,
            Output("out.fits"),
            Real(2.0),
            Real(0.0),
            Int(0),
            Int(0),
            QUIET,
        ],
        Data,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mSubimage",
        &[
            TILE,
            Output("out.fits"),
            Real(210.0),
            Real(12.0),
            Real(0.02),
            Real(0.02),
            Int(0),
            Int(0),
            Int(0),
            QUIET,
        ],
        Sky,
        &[],
        &[("status", 0.0)],
    ),
    row(
        "mSubset",
        &[IMAGES, TEMPLATE, Output("out.tbl"), Int(0), QUIET],
        NoImage,
        &[],
        &[("count", 4.0), ("nmatches", 4.0)],
    ),
    row(
        "mTANHdr",
        &[
            TEMPLATE,
            Output("out.hdr"),
            Int(5),
            Int(50),
            Real(0.01),
            Int(0),
            QUIET,
        ],
        NoImage,
        &[],
        &[("status", 0.0), ("fwditer", 1.0), ("reviter", 1.0)],
    ),
    row(
        "montage_checkFile",
        &[Text("x")],
        NoImage,
        &[],
        &[("value", 1.0)],
    ),
    row(
        "montage_checkHdr",
        &[TEMPLATE, Int(2), Int(0)],
        NoImage,
        &[],
        &[],
    ),
    row(
        "montage_debugCheck",
        &[Text("3")],
        NoImage,
        &[],
        &[("value", 3.0)],
    ),
    row("montage_fileName", &[Text("a/b")], NoImage, &[], &[]),
    row(
        "montage_filePath",
        &[Text("a"), Text("b")],
        NoImage,
        &[],
        &[],
    ),
    row("montage_getHdr", &[], NoImage, &[], &[]),
    row(
        "montage_parseHdr",
        &[TEMPLATE, Int(2), Int(0)],
        NoImage,
        &[],
        &[],
    ),
    row("montage_setDurable", &[Int(0)], NoImage, &[], &[]),
    row("montage_setThreads", &[Int(2)], NoImage, &[], &[]),
    row("montage_version", &[], NoImage, &[], &[]),
];

/// The rows of the functions that the header has now.
///
/// # Panics
/// When a function of the header has no row, or one with other arguments.
pub fn rows() -> Vec<(Row, header::Function)> {
    let functions = header::functions(&header::committed());
    functions
        .into_iter()
        .filter(callable)
        .map(|function| {
            let row = ROWS
                .iter()
                .find(|row| row.function == function.name)
                .unwrap_or_else(|| {
                    panic!("{} has no row in ctest/support/calls.rs", function.name)
                });
            let kinds: Vec<Kind> = row.arguments.iter().map(Role::kind).collect();
            let header: Vec<Kind> = function.arguments.iter().map(|a| a.kind).collect();
            assert_eq!(kinds, header, "the row of {} in calls.rs", function.name);
            (*row, function)
        })
        .collect()
}

impl Role {
    fn kind(&self) -> Kind {
        match self {
            Int(_) | Count(_) => Kind::Int,
            Real(_) => Kind::Real,
            Reals(_) => Kind::Reals,
            Role::Images(_) => Kind::Texts,
            Options(_) => Kind::Options,
            _ => Kind::Text,
        }
    }

    /// The argument as ctest/call.c reads it.
    pub fn word(&self, field: &Path, here: &Path) -> String {
        let file = |base: &Path, name: &str| escape(base.join(name).as_os_str().as_encoded_bytes());
        match self {
            Image(name)
            | Table(name, _)
            | Template(name)
            | File(name)
            | Folder(name)
            | NeededFolder(name) => file(field, name),
            Output(name) | OutputFolder(name) => file(here, name),
            Optional("") => "%N".to_owned(),
            Optional(name) => file(field, name),
            Text(text) => escape(text.as_bytes()),
            Int(i) | Count(i) => i.to_string(),
            Real(x) => x.to_string(),
            Reals(list) => {
                let words: Vec<String> = list.iter().map(f64::to_string).collect();
                words.join(",")
            }
            Role::Images(names) => {
                let words: Vec<String> = names.iter().map(|name| file(field, name)).collect();
                words.join(",")
            }
            Options(text) => {
                let here = here.to_string_lossy();
                escape(text.replace("{here}", &here).as_bytes())
            }
        }
    }
}

impl Row {
    /// The script line of the good call.
    pub fn line(&self, field: &Path, here: &Path) -> Vec<String> {
        let words = self.arguments.iter().map(|role| role.word(field, here));
        std::iter::once(self.function.to_owned())
            .chain(words)
            .collect()
    }

    /// Makes the folders that the good call writes into.
    pub fn prepare(&self, here: &Path) {
        std::fs::create_dir_all(here).expect("folder of the call");
        for role in self.arguments {
            if let OutputFolder(name) = role {
                std::fs::create_dir_all(here.join(name)).expect("output folder");
            }
        }
    }
}

/// How a script went.
pub struct Report {
    pub status: ExitStatus,
    /// One object a call.
    pub results: Vec<serde_json::Value>,
    /// What was printed, which is nothing where debug is 0.
    pub printed: String,
}

/// Runs script lines in a process of their own. `options` are those of ctest/call.c; `command`
/// runs the program (valgrind), `None` is the program itself.
pub fn run(
    link: Link,
    command: Option<Command>,
    options: &[&str],
    here: &Path,
    lines: &[Vec<String>],
) -> Report {
    let program = call_program(link);
    let script = here.join(".script");
    let results = here.join(".results");
    let text: String = lines.iter().map(|line| line.join("\t") + "\n").collect();
    std::fs::write(&script, text).expect("script");
    let mut command = match command {
        Some(mut runner) => {
            runner.arg(program);
            runner
        }
        None => Command::new(program),
    };
    let output = command
        .args(options)
        .arg(&script)
        .arg(&results)
        .current_dir(here)
        // No program of the machine is found (version 7 asks `aws` for an archive).
        .env("PATH", "/nowhere")
        .output()
        .expect("ctest/call.c");
    let text = std::fs::read_to_string(&results).unwrap_or_default();
    let results_list = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    std::fs::remove_file(&script).expect("script");
    let _ = std::fs::remove_file(&results);
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&output.stderr));
    Report {
        status: output.status,
        results: results_list,
        printed,
    }
}
