//! The table of programs; each stem has its file.

mod background;
mod background_model;
mod coadd;
mod difference;
mod fit_photometry;
mod header;
mod image_table;
mod make_wideband_image;
mod overlap;
mod pixels;
mod plane_fit;
mod regrid_hst_to_muse;
mod reproject;
mod simulate;

use crate::photometry_program::Imphot;
use crate::program::Program;

/// Every program of Montage, by name.
pub const ALL: &[&Program] = &[
    &coadd::M_ADD,
    &background::M_BACKGROUND,
    &image_table::M_BEST_IMAGE,
    &background::M_BG_EXEC,
    &background_model::M_BG_MODEL,
    &header::M_COORD,
    &image_table::M_COVERAGE_CHECK,
    &difference::M_DIFF,
    &difference::M_DIFF_EXEC,
    &plane_fit::M_DIFF_FIT,
    &plane_fit::M_DIFF_FIT_EXEC,
    &plane_fit::M_FIT_EXEC,
    &plane_fit::M_FITPLANE,
    &header::M_GET_HDR,
    &header::M_HDR,
    &image_table::M_IMGTBL,
    &header::M_MAKE_HDR,
    &overlap::M_OVERLAPS,
    &reproject::M_PROJ_EXEC,
    &reproject::M_PROJECT,
    &reproject::M_PROJECT_PP,
    &reproject::M_PROJECT_QL,
    &header::M_PUT_HDR,
    &pixels::M_SHRINK,
    &pixels::M_SUBIMAGE,
    &image_table::M_SUBSET,
    &header::M_TAN_HDR,
    &simulate::SIMULATE_FIELD,
    &simulate::SIMULATE_PAIR,
];

/// Every program of imphot, by name.
pub const IMPHOT: &[&Imphot] = &[
    &fit_photometry::FIT_PHOTOMETRY,
    &make_wideband_image::MAKE_WIDEBAND_IMAGE,
    &regrid_hst_to_muse::REGRID_HST_TO_MUSE,
];

/// The names of all programs.
pub fn names() -> impl Iterator<Item = &'static str> {
    let montage = ALL.iter().map(|program| program.name);
    montage.chain(IMPHOT.iter().map(|program| program.name))
}
