//! mProject, mProjectPP and mProjectQL against the originals, against known truth, and over the whole sky.

mod borders;
mod cases;
mod exec;
mod flux;
mod originals;
mod property;
mod quick_look;
mod sky;
mod support;
