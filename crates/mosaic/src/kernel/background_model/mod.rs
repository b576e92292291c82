//! Background matching: one correction plane per image, from the planes fitted to the
//! differences of overlapping images (the model of Montage's mBgModel, versions 6 and 7).
//!
//! Every round gives each image the plane that best fits what is left of its differences to its
//! neighbours, summed over the boxes of the overlaps, and applies half of it; all images move at
//! once. That is a damped block-Jacobi iteration `x <- x + D^-1 (b - A x) / 2` for the normal
//! equations `A x = b` of the least-squares problem, `D` being the diagonal blocks of `A`. The
//! matrices never change, so the outcome of N rounds is a fixed polynomial of degree N - 1 in
//! `D^-1 A`, which needs only about `5 sqrt(N)` products with the matrix ([`chebyshev`]).
//!
//! Two changes of variables keep the numbers small without changing the iterate, because
//! block-Jacobi does not depend on how the planes of an image are written down: positions are
//! relative to the centroid of the image's overlaps, and the planes of each image are expanded
//! in functions orthonormal over its overlaps, so that `D` is the identity ([`system`]).

mod chebyshev;
mod geometry;
mod iterate;
mod system;
#[cfg(test)]
mod tests;

pub use crate::kernel::plane::Plane;
pub use geometry::{Footprint, Transfer};

use crate::error::Result;
use crate::run::Run;
use geometry::Network;
use iterate::Meter;
use system::System;

/// An overlap of two images: it pulls both of them.
#[derive(Debug, Clone, Copy)]
pub struct Overlap {
    /// Index of the first image.
    pub plus: u32,
    /// Index of the second image.
    pub minus: u32,
    /// The plane fitted to first - second.
    pub difference: Plane,
    /// Where they overlap.
    pub footprint: Footprint,
}

/// A condition that pulls one image only (version 7: pieces of one image on the two sides of a
/// gap or of the edge of an all-sky projection).
#[derive(Debug, Clone)]
pub struct Condition {
    /// Index of the image that is pulled.
    pub image: u32,
    /// Index of the image that it is compared with.
    pub neighbour: u32,
    /// The plane fitted to image - neighbour, in the frame of the image.
    pub difference: Plane,
    /// Where the image is compared.
    pub footprint: Footprint,
    /// How a plane of the neighbour reads in the frame of the image.
    pub transfer: Transfer,
    /// Only the level at the centre of the footprint counts.
    pub level_only: bool,
}

/// Everything that the corrections follow from. Indices are below `images`.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Number of images.
    pub images: usize,
    /// Images that keep their background; empty means none.
    pub locked: Vec<bool>,
    /// The usable overlaps.
    pub overlaps: Vec<Overlap>,
    /// The usable one-sided conditions.
    pub conditions: Vec<Condition>,
}

/// What a round may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// The constant only.
    Level,
    /// The gradient only, with the constant at the origin of the pixel frame kept (version 7).
    Slope,
    /// Both together.
    LevelAndSlope,
}

/// A number of equal rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// What they change.
    pub terms: Terms,
    /// How many.
    pub rounds: u32,
}

/// The planes to subtract from the images after all `phases`, in pixels of the common frame.
/// An image without usable overlaps, or with overlaps of no area, keeps the zero plane.
///
/// Up to rounding the result is that of the round-by-round iteration (truncation is below 1e-8
/// of the first round's step); the bits do not depend on the number of threads.
///
/// # Errors
/// [`crate::error::Error::Cancelled`] when the progress callback of `run` says so; done and
/// total are counted in rounds.
pub fn corrections(model: &Model, phases: &[Phase], run: &Run) -> Result<Vec<Plane>> {
    let network = Network::new(model)?;
    let mut planes = memory::filled(model.images, Plane::default())?;
    let mut systems = Systems::default();
    let total = phases.iter().map(|p| u64::from(p.rounds)).sum();
    Meter::with(run, total, &network, |meter| {
        for phase in phases {
            match phase.terms {
                Terms::Level => systems.level.advance(&network, phase, &mut planes, meter)?,
                Terms::Slope => systems.slope.advance(&network, phase, &mut planes, meter)?,
                Terms::LevelAndSlope => {
                    systems.both.advance(&network, phase, &mut planes, meter)?;
                }
            }
        }
        Ok(())
    })?;
    for (plane, &[x, y]) in planes.iter_mut().zip(network.origins()) {
        *plane = plane.from_origin(-x, -y);
    }
    Ok(planes)
}

/// The matrices, each made when a phase first needs it.
#[derive(Default)]
struct Systems {
    level: Cached<1>,
    slope: Cached<2>,
    both: Cached<3>,
}

#[derive(Default)]
struct Cached<const K: usize>(Option<System<K>>);

impl<const K: usize> Cached<K> {
    /// Applies the rounds of `phase` to `planes` (each relative to its image's origin).
    fn advance(
        &mut self,
        network: &Network,
        phase: &Phase,
        planes: &mut [Plane],
        meter: &mut Meter,
    ) -> Result<()> {
        let system = match &mut self.0 {
            Some(system) => system,
            none => none.insert(System::new(network, phase.terms)?),
        };
        let step = system.first_step(network, planes)?;
        let change = iterate::rounds(system, step, phase.rounds, meter)?;
        system.add(&change, planes);
        Ok(())
    }
}
