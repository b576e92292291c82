//! Planes, footprints, and who is compared with whom where.

use super::Model;
use crate::error::Result;
use crate::kernel::plane::Plane;

/// The box around the pixels of an overlap, in the common frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footprint {
    /// Centre along x.
    pub x: f64,
    /// Centre along y.
    pub y: f64,
    /// Size along the box's first axis, not negative.
    pub width: f64,
    /// Size along its second axis, not negative.
    pub height: f64,
    /// Angle of the first axis from x towards y, degrees.
    pub angle: f64,
}

impl Footprint {
    /// Integrals of 1, and of xx, xy and yy about the centre.
    fn moments(&self) -> (f64, [f64; 3]) {
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let area = self.width * self.height;
        let (u, v) = (
            self.width * self.width / 12.0,
            self.height * self.height / 12.0,
        );
        let second = [
            u * cos * cos + v * sin * sin,
            (u - v) * sin * cos,
            u * sin * sin + v * cos * cos,
        ];
        (area, second.map(|s| s * area))
    }
}

/// How the plane (a, b, c) of a neighbour reads in the frame of an image: slopes
/// `turn (a, b)`, constant `c + shift . (a, b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transfer {
    /// The matrix that turns the slopes, by rows.
    pub turn: [[f64; 2]; 2],
    /// What the constant gains per unit of slope, pixels.
    pub shift: [f64; 2],
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer {
            turn: [[1.0, 0.0], [0.0, 1.0]],
            shift: [0.0, 0.0],
        }
    }
}

/// One direction of a comparison: what pulls one image.
pub(super) struct Link {
    pub neighbour: u32,
    /// Only the value at the centre counts, not the slopes.
    pub level_only: bool,
    /// `None` where image and neighbour share one frame.
    pub turn: Option<Box<[[f64; 2]; 2]>>,
    /// Area of the footprint.
    pub area: f64,
    /// Integrals of xx, xy, yy over it, about its centre.
    pub second: [f64; 3],
    /// Its centre, from the image's origin.
    pub here: [f64; 2],
    /// Where the neighbour's planes are evaluated for it, from the neighbour's origin.
    pub there: [f64; 2],
    /// The fitted difference, relative to the centre of the footprint.
    pub difference: Plane,
}

impl Link {
    /// The slopes of a neighbour's plane in the image's frame.
    pub fn turned(&self, slopes: [f64; 2]) -> [f64; 2] {
        match &self.turn {
            None => slopes,
            Some(turn) => [
                turn[0][0] * slopes[0] + turn[0][1] * slopes[1],
                turn[1][0] * slopes[0] + turn[1][1] * slopes[1],
            ],
        }
    }
}

/// All links, gathered by image.
pub(super) struct Network {
    /// The links of image i are `links[starts[i]..starts[i + 1]]`, in the order of the input.
    starts: Vec<usize>,
    links: Vec<Link>,
    origins: Vec<[f64; 2]>,
    locked: Vec<bool>,
    /// Every link has its equal opposite, so the matrix is symmetric.
    symmetric: bool,
}

impl Network {
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(model: &Model) -> Result<Network> {
        let images = model.images;
        let pairs = || {
            let overlaps = model
                .overlaps
                .iter()
                .flat_map(|o| [(o.plus, &o.footprint), (o.minus, &o.footprint)]);
            overlaps.chain(model.conditions.iter().map(|c| (c.image, &c.footprint)))
        };
        let mut starts: Vec<usize> = memory::zeros(images + 1)?;
        let mut sums: Vec<[f64; 3]> = memory::zeros(images)?;
        for (image, footprint) in pairs() {
            let image = image as usize;
            starts[image + 1] += 1;
            let area = footprint.width * footprint.height;
            for (sum, value) in
                sums[image]
                    .iter_mut()
                    .zip([area, area * footprint.x, area * footprint.y])
            {
                *sum += value;
            }
        }
        for i in 0..images {
            starts[i + 1] += starts[i];
        }
        let origin = |&[area, x, y]: &[f64; 3]| match area > 0.0 {
            true => [x / area, y / area],
            false => [0.0, 0.0],
        };
        let origins = memory::collect(sums.iter().map(origin))?;
        let mut slots: Vec<Option<Link>> = memory::collect((0..starts[images]).map(|_| None))?;
        let mut next = memory::copy(&starts)?;
        let mut place = |image: u32, link: Link| {
            let slot = &mut next[image as usize];
            slots[*slot] = Some(link);
            *slot += 1;
        };
        for o in &model.overlaps {
            let [there, back] = [(o.plus, o.minus, 1.0), (o.minus, o.plus, -1.0)];
            for (image, neighbour, sign) in [there, back] {
                let d = o.difference;
                let difference = Plane {
                    a: sign * d.a,
                    b: sign * d.b,
                    c: sign * d.c,
                };
                place(
                    image,
                    link(image, neighbour, difference, &o.footprint, None, &origins),
                );
            }
        }
        for c in &model.conditions {
            let transfer = (c.transfer != Transfer::default()).then_some(&c.transfer);
            let whole = link(
                c.image,
                c.neighbour,
                c.difference,
                &c.footprint,
                transfer,
                &origins,
            );
            place(
                c.image,
                Link {
                    level_only: c.level_only,
                    ..whole
                },
            );
        }
        let mut locked = memory::copy(&model.locked)?;
        memory::resize(&mut locked, images, false)?;
        let symmetric = model.conditions.is_empty();
        // Every slot was counted above.
        Ok(Network {
            starts,
            links: memory::collect(slots.into_iter().flatten())?,
            origins,
            locked,
            symmetric,
        })
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.origins.len()
    }

    /// The links that pull image `i`.
    pub fn links(&self, i: usize) -> &[Link] {
        &self.links[self.starts[i]..self.starts[i + 1]]
    }

    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Number of links of all images.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// The point of each image that its planes are written relative to.
    pub fn origins(&self) -> &[[f64; 2]] {
        &self.origins
    }

    pub fn is_locked(&self, i: usize) -> bool {
        self.locked[i]
    }

    pub fn is_symmetric(&self) -> bool {
        self.symmetric
    }
}

fn link(
    image: u32,
    neighbour: u32,
    difference: Plane,
    footprint: &Footprint,
    transfer: Option<&Transfer>,
    origins: &[[f64; 2]],
) -> Link {
    let [x, y] = [footprint.x, footprint.y];
    let (here, there) = (origins[image as usize], origins[neighbour as usize]);
    let source = match transfer {
        None => [x, y],
        Some(Transfer { turn, shift }) => [
            turn[0][0] * x + turn[1][0] * y + shift[0],
            turn[0][1] * x + turn[1][1] * y + shift[1],
        ],
    };
    let (area, second) = footprint.moments();
    Link {
        neighbour,
        level_only: false,
        turn: transfer.map(|t| Box::new(t.turn)),
        area,
        second,
        here: [x - here[0], y - here[1]],
        there: [source[0] - there[0], source[1] - there[1]],
        difference: Plane {
            c: difference.at(x, y),
            ..difference
        },
    }
}
