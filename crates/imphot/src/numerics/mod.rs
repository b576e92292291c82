//! Numerical methods that know nothing of images of the sky: Fourier and cosine transforms, splines, least
//! squares, medians, vectorised elementary functions.

pub mod cosine;
pub mod elementary;
pub mod fourier;
pub mod least_squares;
pub mod lowpass;
pub mod median;
pub mod rows;
pub mod spline;
pub mod vectors;
