//! Tables of images, from listing a folder to the mosaic, run with the programs: projections that a
//! table cannot describe, names of files, very small pixels, numbers of fits, and what is said of errors.

mod errors;
mod first_image;
mod image_table;
mod names;
mod numbers;
mod projections;
mod scales;
mod support;
mod templates;
