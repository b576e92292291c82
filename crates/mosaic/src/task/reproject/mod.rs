//! mProject, mProjectPP, mProjectQL: an image reprojected to a header template, with its areas.

mod border;
mod exec;
mod finish;
mod input;
pub mod project;
pub mod quick_look;
mod reach;
mod spread;
mod target;

pub use exec::{proj_exec, ProjExecOutcome, ProjExecParams};
pub use input::InputParams;
pub use project::{project, project_pp, PlaneHeaders, ProjectOutcome, ProjectParams};
pub use quick_look::{quick_look, QuickLookParams};
