//! An image reprojected to another pixel grid: by the overlaps of pixels ([`Spread`], then [`Received`]), or
//! by interpolation ([`quick_look`]).

mod fill;
mod input;
pub mod quick_look;
mod received;
mod spread;

pub use input::{Input, InputRows, Selection};
pub use received::{Areas, Received};
pub use spread::{Overlaps, Spread};

#[cfg(test)]
mod tests;
