//! A field of sky, the Exec functions upon it, and the files that they write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program and what it is run on; OUT in an argument is the folder of its outputs.
pub struct Job {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    /// An output whose text tells how long the work took, if there is one.
    pub text: &'static str,
    /// A file that has to be in the folder of the outputs, if there is one.
    pub input: &'static str,
}

pub const JOBS: [Job; 7] = [
    Job {
        name: "mProjExec",
        arguments: &["-p", "raw", "raw.tbl", "region.hdr", "OUT", "OUT/stats.tbl"],
        text: "stats.tbl",
        input: "",
    },
    Job {
        name: "mDiffExec",
        arguments: &["-p", "projected", "diffs.tbl", "region.hdr", "OUT"],
        text: "",
        input: "",
    },
    Job {
        name: "mFitExec",
        arguments: &["diffs.tbl", "OUT/fits.tbl", "diffs"],
        text: "",
        input: "",
    },
    Job {
        name: "mDiffFitExec",
        arguments: &[
            "-p",
            "projected",
            "diffs.tbl",
            "region.hdr",
            "OUT",
            "OUT/fits.tbl",
        ],
        text: "",
        input: "",
    },
    Job {
        name: "mBgExec",
        arguments: &["-p", "projected", "images.tbl", "corrections.tbl", "OUT"],
        text: "",
        input: "",
    },
    Job {
        name: "mAdd",
        arguments: &[
            "-e",
            "-p",
            "projected",
            "images.tbl",
            "region.hdr",
            "OUT/mosaic.fits",
        ],
        text: "",
        input: "",
    },
    Job {
        name: "fit_photometry",
        arguments: &[
            "pair/hst.fits",
            "OUT/muse.fits",
            "--save",
            "--hardcopy",
            "png",
        ],
        text: "",
        input: "pair/muse.fits",
    },
];

/// A folder with everything that the jobs read.
pub struct Field(tempfile::TempDir);

impl Field {
    pub fn new() -> Self {
        let field = Field(tempfile::tempdir().unwrap());
        for words in [
            "simulateField . 3 3 80 64",
            "simulateField -r . 3 3 80 64",
            "simulatePair pair 48",
            "mImgtbl raw raw.tbl",
            "mkdir diffs",
            "mImgtbl projected images.tbl",
            "mOverlaps images.tbl diffs.tbl",
            "mDiffExec -p projected diffs.tbl region.hdr diffs",
            "mFitExec diffs.tbl fits.tbl diffs",
            "mBgModel images.tbl fits.tbl corrections.tbl",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            if words[0] == "mkdir" {
                for name in &words[1..] {
                    std::fs::create_dir(field.file(name)).unwrap();
                }
                continue;
            }
            let done = field.command(words[0]).args(&words[1..]).output().unwrap();
            assert!(done.status.success(), "{words:?}: {done:?}");
        }
        field
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_montage-tools"));
        command.arg(program).current_dir(self.0.path());
        command
    }

    /// Puts the input of a job into the folder of its outputs.
    pub fn prepare(&self, job: &Job, out: &str) {
        if let Some(name) = Path::new(job.input).file_name() {
            std::fs::copy(self.file(job.input), self.file(out).join(name)).unwrap();
        }
    }

    pub fn start(&self, job: &Job, out: &str) -> Child {
        let arguments = job.arguments.iter().map(|word| word.replace("OUT", out));
        let mut command = self.command(job.name);
        let command = command.args(arguments).stdout(Stdio::null());
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs a job to its end.
    pub fn finish(&self, job: &Job, out: &str) {
        let status = self.start(job, out).wait().unwrap();
        assert!(status.success(), "{}: {status}", job.name);
    }
}

/// The files of a folder with their bytes, temporary ones apart.
pub fn files(folder: &Path) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let (mut found, mut temporary) = (BTreeMap::new(), Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with(".montage-") {
            temporary.push(name);
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    (found, temporary)
}
