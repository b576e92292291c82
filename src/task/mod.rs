//! One safe function per C function: takes a struct of parameters, opens and writes files,
//! returns an outcome.
pub mod background;
pub mod outcome;
