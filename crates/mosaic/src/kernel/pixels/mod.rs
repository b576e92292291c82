//! Images of fewer pixels: pieces cut out of one, and images shrunk by averaging.

pub mod cutout;
pub mod shrink;
