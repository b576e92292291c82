//! Sharing out all pixels of an input image among those of the output: which part of it goes
//! which way (see [`Way`]), in pieces that several threads work on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::io::fits::Window;
use crate::kernel::reproject::flat::{self, Flux, Scratch};
use crate::kernel::reproject::sphere::Spreader;
use crate::kernel::reproject::{Canvas, Quad, Region};
use crate::run::Run;
use crate::sky::patch::{pieces, Nature, Patch};
use crate::sky::PixelMap;
use crate::task::reproject::input::{Input, InputRows};

/// How an input is shared out.
pub struct Spread<'a> {
    /// The image.
    pub input: &'a Input,
    /// From its pixels to those of the output.
    pub map: &'a PixelMap,
    /// The output pixels that take part.
    pub whole: Region,
    /// How far outside `whole` (pixels) a corner of an input pixel may lie for that pixel to be
    /// used.
    pub margin: f64,
    /// Length of the side of the part of a pixel that its flux comes from.
    pub drizzle: f64,
    /// How its flux is meant.
    pub flux: Flux,
    /// Whether overlaps are taken in the plane of the output whatever its shape on the sky.
    pub always_flat: bool,
}

/// The way from an input pixel to its overlaps.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// Straight sides on the output's pixels: exact for gnomonic projections, and good to
    /// [`BEND`] elsewhere.
    Flat(&'a Patch),
    /// Great circles on the sphere.
    Sphere,
}

/// How far straight sides on the output's pixels may be from great circles (pixels), and how
/// much, in relation, the solid angle of output pixels may change over a quarter of one. It is
/// the error of an overlap as part of a pixel.
const BEND: f64 = 1e-6;

/// Where in a piece the bend is looked at, from -1 to 1 in each axis.
const SAMPLES: [f64; 3] = [-0.9, 0.0, 0.9];

/// Input pixels that are taken as one item of work.
const PIXELS_AT_ONCE: usize = 32 << 10;

/// One item of work: a rectangle of input pixels that go the same way.
struct Item<'a> {
    way: Way<'a>,
    window: Window,
}

/// What an item adds to the output.
enum Part {
    Nothing,
    Canvas(Canvas),
    /// Single pixels: column, row, flux, weight.
    Cells(Vec<(i64, i64, f64, f64)>),
}

/// Buffers of a thread.
struct Worker<'a> {
    /// Canvases that have been merged: their memory is used again.
    spare: &'a Mutex<Vec<Canvas>>,
    rows: InputRows,
    corners: [Vec<(f64, f64)>; 2],
    scratch: Scratch,
    spreader: Spreader,
}

impl Spread<'_> {
    /// Shares out the whole input; `None` where nothing of it falls on the output.
    ///
    /// The sums are the same bits whatever the number of threads: items are fixed, and added in
    /// their order.
    ///
    /// # Errors
    /// When the input cannot be read or memory is out.
    pub fn run(&self, run: &Run) -> Result<Option<Canvas>> {
        let (width, height) = (self.input.width(), self.input.height());
        let beyond = (0.5 * (self.drizzle - 1.0)).max(0.0);
        let found = pieces(self.map, width, height, beyond);
        let mut items = Vec::new();
        let mut region: Option<Region> = None;
        for piece in &found {
            let way = match &piece.nature {
                Nature::Rough => Way::Sphere,
                Nature::Smooth(patch) => {
                    let Some(touched) = self.whole.touched(shifted(patch.bounds())) else {
                        continue;
                    };
                    region = Some(region.map_or(touched, |region| region.with(&touched)));
                    if self.always_flat || self.is_flat(piece.x, piece.y, piece.width, piece.height)
                    {
                        Way::Flat(patch)
                    } else {
                        Way::Sphere
                    }
                }
            };
            let rows = (PIXELS_AT_ONCE / piece.width).clamp(1, piece.height);
            for first in (0..piece.height).step_by(rows) {
                let window = Window {
                    x: piece.x,
                    y: piece.y + first,
                    width: piece.width,
                    height: rows.min(piece.height - first),
                };
                items.push(Item { way, window });
            }
        }
        let mut sums = match region {
            Some(region) => Some(Canvas::new(region).ok_or_else(|| no_memory(&region))?),
            None => None,
        };
        let spare = Mutex::new(Vec::new());
        let make = || Worker {
            spare: &spare,
            rows: InputRows::default(),
            corners: Default::default(),
            scratch: Scratch::default(),
            spreader: Spreader::new(self.whole),
        };
        run.for_each_in_order(
            items.len(),
            make,
            |worker, i| self.share_out(worker, &items[i]),
            |part| {
                match part? {
                    Part::Nothing => {}
                    Part::Canvas(canvas) => {
                        if let Some(sums) = &mut sums {
                            sums.merge(&canvas);
                        }
                        lock(&spare).push(canvas);
                    }
                    Part::Cells(cells) => {
                        for (x, y, flux, weight) in cells {
                            let canvas = Canvas::reaching(sums.take(), &self.whole, x, y);
                            let mut canvas = canvas.ok_or_else(|| no_memory(&self.whole))?;
                            canvas.add(x, y, flux, weight);
                            sums = Some(canvas);
                        }
                    }
                }
                Ok(())
            },
        )?;
        Ok(sums)
    }

    fn is_flat(&self, x: usize, y: usize, width: usize, height: usize) -> bool {
        SAMPLES.iter().all(|t| {
            SAMPLES.iter().all(|s| {
                let at = |first: usize, count: usize, s: f64| {
                    first as f64 + 0.5 + 0.5 * count as f64 * (1.0 + s)
                };
                let bend = self.map.bend(at(x, width, *s), at(y, height, *t));
                bend.is_some_and(|bend| bend <= BEND)
            })
        })
    }

    fn share_out(&self, worker: &mut Worker, item: &Item) -> Result<Part> {
        match &item.way {
            Way::Flat(patch) => self.share_out_flat(worker, patch, item.window),
            Way::Sphere => self.share_out_on_sphere(worker, item.window),
        }
    }

    fn share_out_flat(&self, worker: &mut Worker, patch: &Patch, window: Window) -> Result<Part> {
        // Left and right corner of column i lie at i + 1 -+ half; so do rows.
        let half = 0.5 * self.drizzle;
        let (x0, y0) = (window.x as f64 + 1.0, window.y as f64 + 1.0);
        let Some(region) = self.reach(patch, window) else {
            return Ok(Part::Nothing);
        };
        self.input.read(window, &mut worker.rows)?;
        let spare = lock(worker.spare).pop();
        let canvas = match spare {
            Some(spare) => spare.again(region),
            None => Canvas::new(region),
        };
        let mut canvas = canvas.ok_or_else(|| no_memory(&region))?;
        let shared = self.drizzle == 1.0;
        let corners_along = |y: f64, corners: &mut Vec<(f64, f64)>| {
            let row = patch.row(y);
            let at = |x: f64| {
                let (u, v) = row.at(x);
                (u - 0.5, v - 0.5)
            };
            corners.clear();
            if shared {
                corners.extend((0..=window.width).map(|i| at(x0 + i as f64 - 0.5)));
            } else {
                corners.extend((0..window.width).flat_map(|i| {
                    let x = x0 + i as f64;
                    [at(x - half), at(x + half)]
                }));
            }
        };
        let step = if shared { 1 } else { 2 };
        let [low, high] = &mut worker.corners;
        corners_along(y0 - half, high);
        for row in 0..window.height {
            let y = y0 + row as f64;
            if shared {
                std::mem::swap(low, high);
            } else {
                corners_along(y - half, low);
            }
            corners_along(y + half, high);
            let values = &worker.rows.values[row * window.width..][..window.width];
            let weights = &worker.rows.weights[row * window.width..][..window.width];
            for (i, (&value, &weight)) in values.iter().zip(weights).enumerate() {
                if weight == 0.0 {
                    continue;
                }
                let k = i * step;
                let quad: Quad = [low[k], low[k + 1], high[k + 1], high[k]];
                if quad.iter().all(|&corner| self.is_near(corner)) {
                    let pixel = (value, weight);
                    flat::add(&mut canvas, &quad, pixel, self.flux, &mut worker.scratch);
                }
            }
        }
        Ok(Part::Canvas(canvas))
    }

    /// The output pixels that a window of input pixels may overlap.
    fn reach(&self, patch: &Patch, window: Window) -> Option<Region> {
        let part = patch.over(
            (
                window.x as f64 + 0.5,
                (window.x + window.width) as f64 + 0.5,
            ),
            (
                window.y as f64 + 0.5,
                (window.y + window.height) as f64 + 0.5,
            ),
            (0.5 * (self.drizzle - 1.0)).max(0.0),
        );
        self.whole.touched(shifted(part))
    }

    fn share_out_on_sphere(&self, worker: &mut Worker, window: Window) -> Result<Part> {
        self.input.read(window, &mut worker.rows)?;
        let half = 0.5 * self.drizzle;
        let mut cells = Vec::new();
        for (k, (&value, &weight)) in
            (worker.rows.values.iter().zip(&worker.rows.weights)).enumerate()
        {
            if weight == 0.0 {
                continue;
            }
            let x = (window.x + k % window.width) as f64 + 1.0;
            let y = (window.y + k / window.width) as f64 + 1.0;
            let near = |u: f64, v: f64| self.is_near((u - 0.5, v - 0.5));
            worker
                .spreader
                .add(self.map, (x, y), half, near, |x, y, overlap, part| {
                    let weighed = weight * overlap;
                    let flux = match self.flux {
                        Flux::Density => value * weighed,
                        Flux::Energy => value * weight * part,
                    };
                    cells.push((x, y, flux, weighed));
                });
        }
        Ok(Part::Cells(cells))
    }

    /// Whether a corner lies on the output, or near enough.
    #[inline]
    fn is_near(&self, (u, v): (f64, f64)) -> bool {
        let (width, height) = (self.whole.width as f64, self.whole.height as f64);
        u >= -self.margin
            && v >= -self.margin
            && u <= width + self.margin
            && v <= height + self.margin
    }
}

/// FITS pixel positions counted from the outer edge of the first pixel.
fn shifted(bounds: [(f64, f64); 2]) -> [(f64, f64); 2] {
    bounds.map(|(low, high)| (low - 0.5, high - 0.5))
}

/// The lock of a list that nothing can leave half-changed.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_memory(region: &Region) -> Error {
    Error::message(format!(
        "Not enough memory for output data image array of {} x {} pixels",
        region.width, region.height
    ))
}
