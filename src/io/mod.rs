//! Files: FITS images, IPAC tables, header templates, and outputs that appear whole or not at all.
pub mod atomic_file;
pub mod cformat;
pub mod ds9_regions;
pub mod durable;
pub mod filter_curve;
pub mod fits;
pub mod header_template;
pub mod ipac_table;
pub mod muse;
pub mod output_names;
pub mod paths;
pub mod picture;
pub mod temporary;
pub mod text_file;
