//! One safe function per C function: takes a struct of parameters, opens and writes files,
//! returns an outcome.
pub mod archive;
pub mod background;
pub mod background_model;
pub mod coadd;
pub mod difference;
pub mod exec;
pub mod fit_table;
pub mod header;
pub mod header_check;
pub mod image_table;
pub mod outcome;
pub mod output_template;
pub mod outputs;
pub mod overlap;
pub mod pairs;
pub mod pixels;
pub mod plane_fit;
pub mod reproject;
pub mod table_wcs;
pub mod tile;
