//! The table of programs; each stem has its file.

mod background;
mod background_model;
mod coadd;
mod difference;
mod image_table;
mod overlap;
mod pixels;
mod plane_fit;
mod simulate;

use crate::program::Program;

/// Every program, by name.
pub const ALL: &[&Program] = &[
    &coadd::M_ADD,
    &background::M_BACKGROUND,
    &image_table::M_BEST_IMAGE,
    &background::M_BG_EXEC,
    &background_model::M_BG_MODEL,
    &image_table::M_COVERAGE_CHECK,
    &difference::M_DIFF,
    &difference::M_DIFF_EXEC,
    &plane_fit::M_DIFF_FIT,
    &plane_fit::M_DIFF_FIT_EXEC,
    &plane_fit::M_FIT_EXEC,
    &plane_fit::M_FITPLANE,
    &image_table::M_IMGTBL,
    &overlap::M_OVERLAPS,
    &pixels::M_SHRINK,
    &pixels::M_SUBIMAGE,
    &image_table::M_SUBSET,
    &simulate::SIMULATE_FIELD,
];
