//! The normal equations of one kind of round, with the diagonal blocks made identities.

use super::geometry::{Link, Network};
use super::Terms;
use crate::error::Result;
use crate::kernel::plane::Plane;

/// A singular normal matrix: a pivot of the Cholesky factor this far below its diagonal entry is
/// rounding. (A box a millionth of the image wide still passes.)
const SINGULAR: f64 = 1e-13;

/// Planes of an image are sums of K functions, orthonormal over its overlaps and written
/// relative to its origin; a locked image, or one without usable area, has zero functions.
pub(super) struct System<const K: usize> {
    functions: Vec<[Plane; K]>,
    /// The links of image i are `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    neighbours: Vec<u32>,
    /// `D^-1/2 (D - A) D^-1/2` off the diagonal, one block per link, by rows.
    blocks: Vec<[[f64; K]; K]>,
    /// The same on the diagonal, where level-only links make it differ from zero.
    diagonal: Option<Vec<[[f64; K]; K]>>,
    symmetric: bool,
}

impl<const K: usize> System<K> {
    /// The matrices for rounds that change `terms` (as many as K).
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(network: &Network, terms: Terms) -> Result<Self> {
        let functions = (0..network.images()).map(|i| orthonormal(network, i, terms));
        let functions: Vec<[Plane; K]> = memory::collect(functions)?;
        let mut blocks = memory::room(network.len())?;
        let mut neighbours = memory::room(network.len())?;
        let mut diagonal = Vec::new();
        for i in 0..network.images() {
            for link in network.links(i) {
                let mine = functions[i].map(|f| seen(&f, link.here));
                let theirs = functions[link.neighbour as usize].map(|f| {
                    let [a, b] = link.turned([f.a, f.b]);
                    seen(
                        &Plane {
                            a,
                            b,
                            c: f.c + f.a * link.there[0] + f.b * link.there[1],
                        },
                        [0.0, 0.0],
                    )
                });
                let mut block = [[0.0; K]; K];
                for (row, f) in block.iter_mut().zip(&mine) {
                    for (value, g) in row.iter_mut().zip(&theirs) {
                        *value = integral(link, f, g);
                    }
                }
                blocks.push(block);
                neighbours.push(link.neighbour);
                if link.level_only {
                    memory::resize(&mut diagonal, network.images(), [[0.0; K]; K])?;
                    for (row, f) in diagonal[i].iter_mut().zip(&mine) {
                        for (value, g) in row.iter_mut().zip(&mine) {
                            *value += slopes(link, f, g);
                        }
                    }
                }
            }
        }
        Ok(System {
            functions,
            starts: memory::copy(network.starts())?,
            neighbours,
            blocks,
            diagonal: (!diagonal.is_empty()).then_some(diagonal),
            symmetric: network.is_symmetric(),
        })
    }

    /// Whether the matrix is symmetric, its spectrum then being within [-1, 1].
    pub fn is_symmetric(&self) -> bool {
        self.symmetric
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.functions.len()
    }

    /// Multiplications of one product with the matrix.
    pub fn work(&self) -> usize {
        self.blocks.len() * K * K
    }

    /// What each image lacks given `planes`: the step of the next round before halving.
    ///
    /// # Errors
    /// When memory is out.
    pub fn first_step(&self, network: &Network, planes: &[Plane]) -> Result<Vec<[f64; K]>> {
        Ok(memory::collect((0..network.images()).map(|i| {
            let mut step = [0.0; K];
            for link in network.links(i) {
                let (mine, other) = (&planes[i], &planes[link.neighbour as usize]);
                let [a, b] = link.turned([other.a, other.b]);
                let left = Plane {
                    a: link.difference.a - mine.a + a,
                    b: link.difference.b - mine.b + b,
                    c: link.difference.c - seen(mine, link.here).c + seen(other, link.there).c,
                };
                for (value, f) in step.iter_mut().zip(&self.functions[i]) {
                    *value += integral(link, &seen(f, link.here), &left);
                }
            }
            step
        }))?)
    }

    /// Row `i` of the product of `S = 1 - D^-1 A` with `x`. Nearly all of the time goes here: in
    /// place, for a call and its result through memory cost 3 %.
    #[inline(always)]
    pub fn row(&self, i: usize, x: &[[f64; K]]) -> [f64; K] {
        let mut sum = [0.0; K];
        if let Some(diagonal) = &self.diagonal {
            accumulate(&mut sum, &diagonal[i], &x[i]);
        }
        let range = self.starts[i]..self.starts[i + 1];
        for (block, &j) in self.blocks[range.clone()]
            .iter()
            .zip(&self.neighbours[range])
        {
            accumulate(&mut sum, block, &x[j as usize]);
        }
        sum
    }

    /// Adds the planes with the coefficients `change` to `planes`.
    pub fn add(&self, change: &[[f64; K]], planes: &mut [Plane]) {
        for ((plane, functions), change) in planes.iter_mut().zip(&self.functions).zip(change) {
            for (f, &x) in functions.iter().zip(change) {
                plane.a += x * f.a;
                plane.b += x * f.b;
                plane.c += x * f.c;
            }
        }
    }
}

#[inline(always)]
fn accumulate<const K: usize>(sum: &mut [f64; K], block: &[[f64; K]; K], x: &[f64; K]) {
    for (sum, row) in sum.iter_mut().zip(block) {
        for (m, x) in row.iter().zip(x) {
            *sum += m * x;
        }
    }
}

/// A plane moved so that it is relative to `point`.
fn seen(plane: &Plane, [x, y]: [f64; 2]) -> Plane {
    plane.from_origin(x, y)
}

/// The integral of f g over the footprint of `link`, both relative to its centre; of a level-only
/// link only the level of g counts.
fn integral(link: &Link, f: &Plane, g: &Plane) -> f64 {
    let level = link.area * f.c * g.c;
    if link.level_only {
        return level;
    }
    level + slopes(link, f, g)
}

fn slopes(link: &Link, f: &Plane, g: &Plane) -> f64 {
    let [xx, xy, yy] = link.second;
    f.a * (xx * g.a + xy * g.b) + f.b * (xy * g.a + yy * g.b)
}

/// Functions of `terms` whose products integrate to the identity over all footprints of image `i`.
fn orthonormal<const K: usize>(network: &Network, i: usize, terms: Terms) -> [Plane; K] {
    let zero = [Plane::default(); K];
    if network.is_locked(i) {
        return zero;
    }
    let [x, y] = network.origins()[i];
    let raw: [Plane; 3] = match terms {
        Terms::Level | Terms::LevelAndSlope => [
            Plane {
                a: 0.0,
                b: 0.0,
                c: 1.0,
            },
            Plane {
                a: 1.0,
                b: 0.0,
                c: 0.0,
            },
            Plane {
                a: 0.0,
                b: 1.0,
                c: 0.0,
            },
        ],
        // These vanish at the origin of the common frame.
        Terms::Slope => [
            Plane {
                a: 1.0,
                b: 0.0,
                c: x,
            },
            Plane {
                a: 0.0,
                b: 1.0,
                c: y,
            },
            Plane::default(),
        ],
    };
    let mut functions: [Plane; K] = std::array::from_fn(|k| raw[k]);
    // Gram-Schmidt through the Gram matrix of the raw functions (its Cholesky factor).
    let mut gram = [[0.0; K]; K];
    for link in network.links(i) {
        let here = functions.map(|f| seen(&f, link.here));
        for r in 0..K {
            for c in 0..=r {
                gram[r][c] += link.area * here[r].c * here[c].c + slopes(link, &here[r], &here[c]);
            }
        }
    }
    for r in 0..K {
        let whole = gram[r][r];
        for c in 0..r {
            let inner: f64 = (0..c).map(|m| gram[r][m] * gram[c][m]).sum();
            gram[r][c] = (gram[r][c] - inner) / gram[c][c];
            let (factor, f) = (gram[r][c], functions[c]);
            functions[r].a -= factor * f.a;
            functions[r].b -= factor * f.b;
            functions[r].c -= factor * f.c;
        }
        let pivot = whole - (0..r).map(|m| gram[r][m] * gram[r][m]).sum::<f64>();
        // Written so that NaN counts as singular.
        if !(pivot > SINGULAR * whole && pivot.is_finite()) {
            return zero;
        }
        gram[r][r] = pivot.sqrt();
        let scale = 1.0 / gram[r][r];
        functions[r] = Plane {
            a: functions[r].a * scale,
            b: functions[r].b * scale,
            c: functions[r].c * scale,
        };
    }
    functions
}
