//! The files that programs write: whole, all or none, wherever they are, however a program ends.

mod field;
mod kills;
mod mosaic;
mod places;
