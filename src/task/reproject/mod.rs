//! mProject, mProjectPP: an image reprojected to a header template, with its areas.

mod border;
mod finish;
mod input;
pub mod project;
mod spread;
mod target;

pub use input::InputParams;
pub use project::{project, project_pp, PlaneHeaders, ProjectOutcome, ProjectParams};
