//! Flux of input pixels shared out among the output pixels that they overlap, and values of the
//! input between its pixels.
//!
//! But for those of [`interpolate`], positions here are those of the output, counted so that pixel
//! (0, 0) covers 0 to 1 in both axes: FITS pixel positions less 0.5.

pub mod border;
pub mod canvas;
pub mod extent;
pub mod flat;
pub mod interpolate;
pub mod quarters;
pub mod sphere;

pub use border::Border;
pub use canvas::{Canvas, Spares};
pub use extent::Extent;
pub use flat::Quad;
