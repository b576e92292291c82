//! mProject, mProjectPP, mProjectQL: an image reprojected to a header template, with its areas.

mod exec;
mod input;
pub mod project;
pub mod quick_look;
mod reprojected;
mod target;

pub use exec::{proj_exec, Method, ProjExecOutcome, ProjExecParams};
pub use input::InputParams;
pub use project::{
    project, project_pp, PlaneHeaders, ProjectOptions, ProjectOutcome, ProjectParams,
};
pub use quick_look::{quick_look, QuickLookParams};
