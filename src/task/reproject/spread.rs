//! Sharing out all pixels of an input image among those of the output: which part of it goes
//! which way (see [`Way`]), in pieces that several threads work on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::io::fits::Window;
use crate::kernel::reproject::flat::{self, Flux, Scratch};
use crate::kernel::reproject::quarters::{Corners, Shares, BLOCK};
use crate::kernel::reproject::sphere::Spreader;
use crate::kernel::reproject::{Canvas, Quad, Region};
use crate::memory;
use crate::run::Run;
use crate::sky::patch::{pieces, Nature, Patch, Piece};
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
    /// Of the corners along a row, in the unit of a patch.
    places: Vec<f64>,
    /// Two rows of corners.
    corners: [Vec<Corners>; 2],
    shares: Shares,
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
            let columns = match way {
                Way::Flat(patch) => self.columns_at_once(patch, piece),
                Way::Sphere => piece.width,
            };
            let rows = rows_at_once(columns, piece);
            for x in (0..piece.width).step_by(columns) {
                for y in (0..piece.height).step_by(rows) {
                    let window = Window {
                        x: piece.x + x,
                        y: piece.y + y,
                        width: columns.min(piece.width - x),
                        height: rows.min(piece.height - y),
                    };
                    memory::push(&mut items, Item { way, window })?;
                }
            }
        }
        let mut sums = match region {
            Some(region) => Some(Canvas::new(region).ok_or_else(|| no_memory(&region))?),
            None => None,
        };
        // The rows of the sums that have received something.
        let mut reached = 0..0;
        let spare = Mutex::new(Vec::new());
        let make = || Worker {
            spare: &spare,
            rows: InputRows::default(),
            places: Vec::new(),
            corners: Default::default(),
            shares: Shares::default(),
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
                            sums.merge(&canvas, &mut reached);
                        }
                        lock(&spare).push(canvas);
                    }
                    Part::Cells(cells) => {
                        reached = 0..usize::MAX;
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

    /// The columns of a piece that are taken as one item: all, but fewer where that makes the canvas
    /// of an item much smaller, for that of a few long rows askew on the output is nearly empty.
    fn columns_at_once(&self, patch: &Patch, piece: &Piece) -> usize {
        let canvas_of_pixel = |columns: usize| {
            let window = Window {
                x: piece.x,
                y: piece.y,
                width: columns,
                height: rows_at_once(columns, piece),
            };
            let [x, y] = self.bounds(patch, window);
            (x.1 - x.0) * (y.1 - y.0) / (window.width * window.height) as f64
        };
        let mut columns = piece.width;
        while columns > BLOCK && canvas_of_pixel(columns / 2) < 0.75 * canvas_of_pixel(columns) {
            columns /= 2;
        }
        columns
    }

    fn share_out(&self, worker: &mut Worker, item: &Item) -> Result<Part> {
        match &item.way {
            Way::Flat(patch) => self.share_out_flat(worker, patch, item.window),
            Way::Sphere => self.share_out_on_sphere(worker, item.window),
        }
    }

    fn share_out_flat(&self, worker: &mut Worker, patch: &Patch, window: Window) -> Result<Part> {
        let bounds = self.bounds(patch, window);
        let Some(region) = self.whole.touched(bounds) else {
            return Ok(Part::Nothing);
        };
        self.input.read(window, &mut worker.rows)?;
        let spare = lock(worker.spare).pop();
        let canvas = match spare {
            Some(spare) => spare.again(region),
            None => Canvas::new(region),
        };
        let mut canvas = canvas.ok_or_else(|| no_memory(&region))?;
        if self.drizzle == 1.0 {
            let [x, y] = bounds;
            let near = self.is_near((x.0, y.0)) && self.is_near((x.1, y.1));
            self.add_shared(worker, patch, window, near, &mut canvas)?;
        } else {
            self.add_single(worker, patch, window, &mut canvas);
        }
        Ok(Part::Canvas(canvas))
    }

    /// Adds pixels that fill their area, whose corners and sides neighbours share.
    fn add_shared(
        &self,
        worker: &mut Worker,
        patch: &Patch,
        window: Window,
        near: bool,
        canvas: &mut Canvas,
    ) -> Result<()> {
        let Worker {
            rows,
            places,
            corners: [low, high],
            shares,
            scratch,
            ..
        } = worker;
        let (x0, y0) = (window.x as f64 + 0.5, window.y as f64 + 0.5);
        let first = patch.row(y0);
        places.clear();
        memory::extend(
            places,
            (0..=window.width).map(|i| first.unit(x0 + i as f64)),
        )?;
        let blocks = window.width.div_ceil(BLOCK);
        memory::resize(low, blocks, Corners::default())?;
        memory::resize(high, blocks, Corners::default())?;
        let along = |y: f64, corners: &mut [Corners]| {
            let row = patch.row(y);
            for (k, corners) in corners.iter_mut().enumerate() {
                let end = ((k + 1) * BLOCK).min(window.width);
                corners.set(&places[k * BLOCK..=end], |place| {
                    on_output(row.at_unit(place))
                });
            }
        };
        along(y0, high);
        for row in 0..window.height {
            std::mem::swap(low, high);
            along(y0 + (row + 1) as f64, high);
            let pixels = row * window.width..(row + 1) * window.width;
            let values = rows.values[pixels.clone()].chunks(BLOCK);
            let weights = rows.weights[pixels].chunks(BLOCK);
            let corners = low.iter().zip(high.iter());
            for ((low, high), pixels) in corners.zip(values.zip(weights)) {
                let used = |quad: &Quad| near || self.is_used(quad);
                shares.add(canvas, [low, high], pixels, self.flux, used, scratch);
            }
        }
        Ok(())
    }

    /// Adds pixels whose flux comes from a part of them, or from more.
    fn add_single(&self, worker: &mut Worker, patch: &Patch, window: Window, canvas: &mut Canvas) {
        let half = 0.5 * self.drizzle;
        for row in 0..window.height {
            let y = (window.y + row) as f64 + 1.0;
            let (low, high) = (patch.row(y - half), patch.row(y + half));
            for i in 0..window.width {
                let at = row * window.width + i;
                let pixel = (worker.rows.values[at], worker.rows.weights[at]);
                if pixel.1 == 0.0 {
                    continue;
                }
                let x = (window.x + i) as f64 + 1.0;
                let quad = [
                    low.at(x - half),
                    low.at(x + half),
                    high.at(x + half),
                    high.at(x - half),
                ]
                .map(on_output);
                if self.is_used(&quad) {
                    flat::add(canvas, &quad, pixel, self.flux, &mut worker.scratch);
                }
            }
        }
    }

    /// Whether a pixel with these corners is used.
    #[inline]
    fn is_used(&self, quad: &Quad) -> bool {
        quad.iter().all(|&corner| self.is_near(corner))
    }

    /// A box around what a window of input pixels may overlap.
    fn bounds(&self, patch: &Patch, window: Window) -> [(f64, f64); 2] {
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
        shifted(part)
    }

    fn share_out_on_sphere(&self, worker: &mut Worker, window: Window) -> Result<Part> {
        self.input.read(window, &mut worker.rows)?;
        worker.spreader.begin()?;
        let half = 0.5 * self.drizzle;
        let mut cells = Vec::new();
        let mut kept = Ok(());
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
                    if kept.is_ok() {
                        kept = memory::push(&mut cells, (x, y, flux, weighed));
                    }
                });
        }
        kept?;
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

/// The rows of a piece that are taken as one item, of so many columns.
fn rows_at_once(columns: usize, piece: &Piece) -> usize {
    (PIXELS_AT_ONCE / columns).clamp(1, piece.height)
}

/// A FITS pixel position counted from the outer edge of the first pixel.
#[inline]
fn on_output((x, y): (f64, f64)) -> (f64, f64) {
    (x - 0.5, y - 0.5)
}

/// The same of a box of them.
fn shifted(bounds: [(f64, f64); 2]) -> [(f64, f64); 2] {
    bounds.map(|(low, high)| (low - 0.5, high - 0.5))
}

/// The lock of a list that nothing can leave half-changed.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_memory(region: &Region) -> Error {
    let pixels = region.width.checked_mul(region.height);
    Error::out_of_memory(pixels.and_then(|n| n.checked_mul(size_of::<[f64; 2]>())))
}
