//! The tasks on whole files: against Montage 6.0's programs, and against the truth of a simulated field.

mod known_truth;
mod pixels;
mod table_regions;
