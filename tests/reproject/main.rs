//! mProject, mProjectPP and mProjectQL against the originals, against known truth, and over the whole sky.

mod exec;
mod flux;
mod originals;
mod quick_look;
mod sky;
mod support;
