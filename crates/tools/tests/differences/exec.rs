//! A call of mDiffFitExec that owns its arguments.

use std::path::PathBuf;

use mosaic::error::Result;
use mosaic::kernel::plane_fit::Rounds;
use mosaic::run::Run;
use mosaic::task::plane_fit::{diff_fit_exec, DiffFitExecOutcome, DiffFitExecParams};

use crate::field::Field;

pub struct DiffFitExecOf {
    pub images: PathBuf,
    pub table: PathBuf,
    pub template: PathBuf,
    pub diff_dir: PathBuf,
    pub output: PathBuf,
    pub keep_all: bool,
    pub level_only: bool,
    pub no_areas: bool,
    pub rounds: Rounds,
}

impl DiffFitExecOf {
    /// Of every pair of a field, without options, into ours.tbl.
    pub fn plain(field: &Field) -> Self {
        DiffFitExecOf {
            images: field.path("images"),
            table: field.path("diffs.tbl"),
            template: field.path("region.hdr"),
            diff_dir: field.path("ours"),
            output: field.path("ours.tbl"),
            keep_all: false,
            level_only: false,
            no_areas: false,
            rounds: Rounds::Version6,
        }
    }

    pub fn run(&self, run: &Run) -> Result<DiffFitExecOutcome> {
        let params = DiffFitExecParams {
            images: &self.images,
            table: &self.table,
            template: &self.template,
            diff_dir: &self.diff_dir,
            output: &self.output,
            keep_all: self.keep_all,
            level_only: self.level_only,
            no_areas: self.no_areas,
            rounds: self.rounds,
            archive: None,
            debug: 0,
        };
        diff_fit_exec(&params, run)
    }
}
