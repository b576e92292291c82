//! Sharing out all pixels of an input image among those of the output: which part of it goes
//! which way (see [`Way`]), in pieces that several threads work on.

use sky::patch::{pieces, Nature, Patch, Piece};
use sky::{Map, PixelMap, Window};

use crate::error::{Error, Result};
use crate::kernel::reproject::flat::{self, Flux, Scratch};
use crate::kernel::reproject::quarters::{Corners, Shares, BLOCK};
use crate::kernel::reproject::sphere::{surrounds, Corner, Outline, Pixel, Spreader};
use crate::kernel::reproject::{Canvas, Quad, Spares};
use crate::run::Run;

use super::super::PixelSource;
use super::input::{Input, InputRows};

/// How an input is shared out.
pub struct Spread<'a, S> {
    /// The image.
    pub input: &'a Input<S>,
    /// From its pixels to those of the output.
    pub map: &'a PixelMap,
    /// The output pixels that take part. Input pixels that extend beyond them are cut there.
    pub whole: Window,
    /// Length of the side of the part of a pixel that its flux comes from.
    pub drizzle: f64,
    /// How its flux is meant.
    pub flux: Flux,
    /// Where overlaps are measured.
    pub overlaps: Overlaps,
    /// Memory of canvases.
    pub spares: &'a Spares,
}

/// Where the overlaps of input and output pixels are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlaps {
    /// On the sky (mProject).
    OnSphere,
    /// In the plane of the output, whatever its shape on the sky (mProjectPP). Pixels that have no
    /// quadrilateral there (a corner beyond the projection, a seam or pole between corners) still go by the
    /// sphere.
    OnPlane,
}

/// The way from an input pixel to its overlaps.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// Straight sides on the output's pixels: exact for gnomonic projections, and good to
    /// [`BEND`] elsewhere.
    Flat(&'a Patch),
    /// Pixel by pixel, from the exact map: great circles on the sphere, or with
    /// [`Overlaps::OnPlane`] straight sides on the output's pixels.
    Single,
}

/// How far straight sides on the output's pixels may be from great circles (pixels), and how
/// much, in relation, the solid angle of output pixels may change over a quarter of one. It is
/// the error of an overlap as part of a pixel.
const BEND: f64 = 1e-6;

/// Rows and columns of the input run along those of the output where they do to this many pixels over a
/// piece: sides of pixels may then lie on lines of the output's grid.
const ALONG: f64 = 1e-6;

/// Where in a piece the bend is looked at, from -1 to 1 in each axis.
const SAMPLES: [f64; 3] = [-0.9, 0.0, 0.9];

/// Input pixels that are taken as one item of work.
const PIXELS_AT_ONCE: usize = 32 << 10;

/// One item of work: a rectangle of input pixels that go the same way.
struct Item<'a> {
    way: Way<'a>,
    window: Window,
    /// The output pixels that it may touch, which its canvas holds; on the sphere that is not known
    /// beforehand. The canvas of the sums holds the regions of all items.
    region: Option<Window>,
}

/// What an item adds to the output.
enum Part {
    Nothing,
    Canvas(Canvas),
    /// What pixels in the plane add, if there are any, and output pixels that others overlap on the
    /// sphere: column, row, flux, weight.
    Single(Option<Canvas>, Vec<(i64, i64, f64, f64)>),
}

/// Buffers of a thread.
struct Worker {
    rows: InputRows,
    /// Of the corners along a row, in the unit of a patch.
    places: Vec<f64>,
    /// Two rows of corners.
    corners: [Vec<Corners>; 2],
    shares: Shares,
    scratch: Scratch,
    spreader: Spreader,
    /// Two rows of corners on the sphere.
    sphere: [Vec<Option<Corner>>; 2],
}

impl<S: PixelSource> Spread<'_, S> {
    /// Shares out the whole input; `None` where nothing of it falls on the output.
    ///
    /// The sums are the same bits whatever the number of threads: items are fixed, and added in
    /// their order.
    ///
    /// # Errors
    /// When the input cannot be read or memory is out.
    pub fn run(&self, run: &Run) -> Result<Option<Canvas>> {
        let (width, height) = self.input.size();
        let beyond = (0.5 * (self.drizzle - 1.0)).max(0.0);
        let found = pieces(self.map, width, height, beyond);
        let mut items = Vec::new();
        // What the sums have to hold: exactly the regions of the items.
        let mut region: Option<Window> = None;
        let mut outline = Near::default();
        for piece in &found {
            let way = match &piece.nature {
                Nature::Rough => {
                    outline.add(self.whole);
                    Way::Single
                }
                Nature::Smooth(patch) => {
                    let bounds = shifted(patch.bounds());
                    // Great circles between corners go no farther from them than they are from each
                    // other.
                    let Some(near) = self.whole.touched(widened(bounds)) else {
                        continue;
                    };
                    if self.overlaps == Overlaps::OnPlane || self.is_flat(&piece.window) {
                        Way::Flat(patch)
                    } else {
                        outline.add(near);
                        // No more than a guess: the canvas grows where cells are added.
                        if let Some(touched) = self.whole.touched(bounds) {
                            region = Some(region.map_or(touched, |region| region.union(&touched)));
                        }
                        Way::Single
                    }
                }
            };
            let columns = match way {
                Way::Flat(patch) => self.columns_at_once(patch, piece),
                Way::Single => piece.window.width,
            };
            let rows = rows_at_once(columns, piece);
            for x in (0..piece.window.width).step_by(columns) {
                for y in (0..piece.window.height).step_by(rows) {
                    let window = Window {
                        x: piece.window.x + x,
                        y: piece.window.y + y,
                        width: columns.min(piece.window.width - x),
                        height: rows.min(piece.window.height - y),
                    };
                    let touched = match way {
                        Way::Single => None,
                        Way::Flat(patch) => {
                            let Some(touched) = self.whole.touched(self.bounds(patch, window))
                            else {
                                continue;
                            };
                            region = Some(region.map_or(touched, |region| region.union(&touched)));
                            Some(touched)
                        }
                    };
                    let item = Item {
                        way,
                        window,
                        region: touched,
                    };
                    memory::push(&mut items, item)?;
                }
            }
        }
        let outline = match outline.0 {
            Some(near) => Outline::new(self.map, &self.whole, &near)?,
            None => Outline::default(),
        };
        let rounding = self.map.rounding();
        let mut sums = match region {
            Some(region) => Some(self.canvas(region)?),
            None => None,
        };
        // The rows of the sums that have received something.
        let mut reached = 0..0;
        let make = || Worker {
            rows: InputRows::default(),
            places: Vec::new(),
            corners: Default::default(),
            shares: Shares::default(),
            scratch: Scratch::default(),
            spreader: Spreader::new(self.whole),
            sphere: Default::default(),
        };
        run.for_each_in_order(
            items.len(),
            make,
            |worker, i| self.share_out(worker, &items[i], (rounding, &outline)),
            |part| {
                match part? {
                    Part::Nothing => {}
                    Part::Canvas(canvas) => {
                        if let Some(sums) = &mut sums {
                            sums.merge(&canvas, &mut reached);
                        }
                        self.spares.keep(canvas);
                    }
                    Part::Single(canvas, cells) => {
                        reached = 0..usize::MAX;
                        if let Some(canvas) = canvas {
                            let region = canvas.region;
                            let larger = Canvas::holding(sums.take(), &self.whole, &region);
                            let mut larger = larger.ok_or_else(|| no_memory(&region))?;
                            larger.merge(&canvas, &mut reached);
                            sums = Some(larger);
                            self.spares.keep(canvas);
                        }
                        for (x, y, flux, weight) in cells {
                            let canvas = Canvas::reaching(sums.take(), &self.whole, x, y);
                            let mut canvas = canvas.ok_or_else(|| no_memory(&self.whole))?;
                            canvas.add(x, y, flux, weight);
                            sums = Some(canvas);
                        }
                    }
                }
                Ok::<_, Error>(())
            },
        )?;
        Ok(sums)
    }

    /// A blank canvas.
    fn canvas(&self, region: Window) -> Result<Canvas> {
        let canvas = self.spares.canvas(region);
        canvas.ok_or_else(|| no_memory(&region))
    }

    fn is_flat(&self, window: &Window) -> bool {
        SAMPLES.iter().all(|t| {
            SAMPLES.iter().all(|s| {
                let at = |first: usize, count: usize, s: f64| {
                    first as f64 + 0.5 + 0.5 * count as f64 * (1.0 + s)
                };
                let bend = self.map.bend(
                    at(window.x, window.width, *s),
                    at(window.y, window.height, *t),
                );
                bend.is_some_and(|bend| bend <= BEND)
            })
        })
    }

    /// The columns of a piece that are taken as one item: all, but fewer where that makes the canvas
    /// of an item much smaller, for that of a few long rows askew on the output is nearly empty.
    fn columns_at_once(&self, patch: &Patch, piece: &Piece) -> usize {
        let canvas_of_pixel = |columns: usize| {
            let window = Window {
                x: piece.window.x,
                y: piece.window.y,
                width: columns,
                height: rows_at_once(columns, piece),
            };
            let [x, y] = self.bounds(patch, window);
            (x.1 - x.0) * (y.1 - y.0) / (window.width * window.height) as f64
        };
        let mut columns = piece.window.width;
        while columns > BLOCK && canvas_of_pixel(columns / 2) < 0.75 * canvas_of_pixel(columns) {
            columns /= 2;
        }
        columns
    }

    fn share_out(
        &self,
        worker: &mut Worker,
        item: &Item,
        (rounding, outline): (f64, &Outline),
    ) -> Result<Part> {
        match (item.way, item.region) {
            (Way::Flat(patch), Some(region)) => {
                self.share_out_flat(worker, patch, (item.window, region), rounding)
            }
            (Way::Flat(_), None) => Ok(Part::Nothing),
            (Way::Single, _) => self.share_out_single(worker, item.window, (rounding, outline)),
        }
    }

    fn share_out_flat(
        &self,
        worker: &mut Worker,
        patch: &Patch,
        (window, region): (Window, Window),
        rounding: f64,
    ) -> Result<Part> {
        self.input.read(window, &mut worker.rows)?;
        let mut canvas = self.canvas(region)?;
        let along = patch.runs_along(ALONG);
        let on_line = |(u, v): (f64, f64)| (flat::on_line(u, rounding), flat::on_line(v, rounding));
        match (self.drizzle == 1.0, along) {
            (true, false) => self.add_shared(worker, patch, window, |at| at, &mut canvas)?,
            (true, true) => self.add_shared(worker, patch, window, on_line, &mut canvas)?,
            (false, false) => self.add_single(worker, patch, window, |at| at, &mut canvas),
            (false, true) => self.add_single(worker, patch, window, on_line, &mut canvas),
        }
        Ok(Part::Canvas(canvas))
    }

    /// Adds pixels that fill their area, whose corners and sides neighbours share. `place` corrects the
    /// places of corners on the output.
    fn add_shared(
        &self,
        worker: &mut Worker,
        patch: &Patch,
        window: Window,
        place: impl Fn((f64, f64)) -> (f64, f64),
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
                corners.set(&places[k * BLOCK..=end], |at| {
                    place(on_output(row.at_unit(at)))
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
                shares.add(canvas, [low, high], pixels, self.flux, scratch);
            }
        }
        Ok(())
    }

    /// Adds pixels whose flux comes from a part of them, or from more. `place` as for
    /// [`Spread::add_shared`].
    fn add_single(
        &self,
        worker: &mut Worker,
        patch: &Patch,
        window: Window,
        place: impl Fn((f64, f64)) -> (f64, f64),
        canvas: &mut Canvas,
    ) {
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
                .map(|at| place(on_output(at)));
                flat::add(canvas, &quad, pixel, self.flux, &mut worker.scratch);
            }
        }
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

    fn share_out_single(
        &self,
        worker: &mut Worker,
        window: Window,
        (rounding, outline): (f64, &Outline),
    ) -> Result<Part> {
        self.input.read(window, &mut worker.rows)?;
        let Worker {
            rows,
            spreader,
            sphere: [low, high],
            ..
        } = worker;
        spreader.begin()?;
        let mut quads = Vec::new();
        let half = 0.5 * self.drizzle;
        let mut cells = Vec::new();
        let mut kept = Ok(());
        // Which row of corners `high` holds.
        let mut at_hand = None;
        for row in 0..window.height {
            let pixels = row * window.width..(row + 1) * window.width;
            let (values, weights) = (&rows.values[pixels.clone()], &rows.weights[pixels]);
            if weights.iter().all(|&weight| weight == 0.0) {
                continue;
            }
            let y = (window.y + row) as f64 + 1.0;
            let is_shared = self.drizzle == 1.0;
            if is_shared {
                let first = window.x as f64 + 0.5;
                let along = |y: f64, corners: &mut Vec<Option<Corner>>| {
                    corners.clear();
                    let columns = 0..=window.width;
                    memory::extend(
                        corners,
                        columns.map(|i| Corner::at(self.map, first + i as f64, y)),
                    )
                };
                match at_hand == Some(row) {
                    true => std::mem::swap(low, high),
                    false => along(y - 0.5, low)?,
                }
                along(y + 0.5, high)?;
                at_hand = Some(row + 1);
            }
            for (i, (&value, &weight)) in values.iter().zip(weights).enumerate() {
                if weight == 0.0 {
                    continue;
                }
                let x = (window.x + i) as f64 + 1.0;
                let corners = match is_shared {
                    true => [low[i], low[i + 1], high[i + 1], high[i]],
                    false => [(-half, -half), (half, -half), (half, half), (-half, half)]
                        .map(|(dx, dy)| Corner::at(self.map, x + dx, y + dy)),
                };
                let [Some(a), Some(b), Some(c), Some(d)] = corners else {
                    continue;
                };
                let pixel = Pixel {
                    at: (x, y),
                    half,
                    corners: [a, b, c, d],
                };
                if self.overlaps == Overlaps::OnPlane {
                    if let Some(quad) = self.quad(&pixel, rounding) {
                        memory::push(&mut quads, (quad, (value, weight)))?;
                        continue;
                    }
                }
                spreader.add(self.map, &pixel, outline, |x, y, overlap, part| {
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
        }
        kept?;
        let canvas = self.add_quads(worker, &quads)?;
        Ok(Part::Single(canvas, cells))
    }

    /// A pixel on the output's pixels, sides along lines of the grid put on them; `None` where its corners
    /// have no quadrilateral there.
    fn quad(&self, pixel: &Pixel, rounding: f64) -> Option<Quad> {
        let mut quad = [(0.0, 0.0); 4];
        for (at, corner) in quad.iter_mut().zip(&pixel.corners) {
            *at = corner.place?;
        }
        let middle = on_output(self.map.at(pixel.at.0, pixel.at.1)?);
        let on_line = |(u, v)| (flat::on_line(u, rounding), flat::on_line(v, rounding));
        surrounds(&quad, middle).then(|| quad.map(on_line))
    }

    /// What quadrilaterals add, on a canvas that their corners span; `None` where they miss the output.
    fn add_quads(
        &self,
        worker: &mut Worker,
        quads: &[(Quad, (f64, f64))],
    ) -> Result<Option<Canvas>> {
        let mut bounds = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for (u, v) in quads.iter().flat_map(|(quad, _)| quad) {
            for (bound, at) in bounds.iter_mut().zip([*u, *v]) {
                *bound = (bound.0.min(at), bound.1.max(at));
            }
        }
        let Some(region) = self.whole.touched(bounds) else {
            return Ok(None);
        };
        let mut canvas = self.canvas(region)?;
        for (quad, pixel) in quads {
            flat::add(&mut canvas, quad, *pixel, self.flux, &mut worker.scratch);
        }
        Ok(Some(canvas))
    }
}

/// The part of the output that input pixels on the sphere may lie on.
#[derive(Default)]
struct Near(Option<Window>);

impl Near {
    fn add(&mut self, region: Window) {
        self.0 = Some(self.0.map_or(region, |near| near.union(&region)));
    }
}

/// The rows of a piece that are taken as one item, of so many columns.
fn rows_at_once(columns: usize, piece: &Piece) -> usize {
    (PIXELS_AT_ONCE / columns).clamp(1, piece.window.height)
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

/// The same with its own size more on every side.
fn widened(bounds: [(f64, f64); 2]) -> [(f64, f64); 2] {
    bounds.map(|(low, high)| (2.0 * low - high, 2.0 * high - low))
}

fn no_memory(region: &Window) -> Error {
    let pixels = region.width.checked_mul(region.height);
    let bytes = pixels.and_then(|n| n.checked_mul(size_of::<[f64; 2]>()));
    memory::Error { bytes }.into()
}
