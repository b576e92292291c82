//! IPAC tables, header templates, and Montage's rules for names of files.
pub mod header_template;
pub mod ipac_table;
pub mod output_names;
pub mod paths;
pub mod text_file;
