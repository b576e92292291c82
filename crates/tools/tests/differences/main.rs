//! mDiff, mDiffExec, mFitplane, mFitExec, mDiffFit and mDiffFitExec as whole tasks: against Montage
//! 6.0's programs and tables, Montage 7's functions, and calls that must fail.

mod archive;
mod care;
mod compare;
mod exec;
mod field;
mod golden;
mod montage6;
mod montage7;
mod programs;
