//! mProject and mProjectPP against the originals, against known truth, and over the whole sky.

mod flux;
mod originals;
mod sky;
mod support;
