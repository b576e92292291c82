//! Reprojection by interpolation: every output pixel takes the value of the input where its centre lies.

use std::sync::{Mutex, PoisonError};

use sky::chebyshev::{cells_where, Cell, CellMap, Polynomials};
use sky::pixel_map::Map;
use sky::{PixelMap, Wcs, Window};

use crate::error::Result;
use crate::kernel::reproject::extent::{covered, outline, Extent};
use crate::kernel::reproject::interpolate::{Interpolation, Plane, Sampler, Weights, REACH};
use crate::run::Run;

use super::super::{PixelSink, PixelSource, WithAreas};
use super::fill::{fill_rows, PIXELS_AT_ONCE as PIXELS_OF_ROWS};
use super::input::{Input, InputRows};

/// The usual [`QuickLook::most_kept`]: 256 MB of values, and as much again where they are weighed one by
/// one.
pub const PIXELS_KEPT: usize = 32 << 20;

/// Input pixels that are read at a time.
const PIXELS_AT_ONCE: usize = 64 << 10;

/// Output pixels that are made at a time from an input that is too large to be kept, and the
/// columns of them that share one reading; a reading has at most so many input pixels.
const PIXELS_OF_BAND: usize = 2 << 20;
const COLUMNS_OF_READING: usize = 256;
const PIXELS_OF_READING: usize = 1 << 20;

/// A reprojection by interpolation.
pub struct QuickLook<'a, S> {
    /// The image.
    pub input: &'a Input<S>,
    /// Pixels and sky of the output.
    pub target: &'a Wcs,
    /// The output pixels that take part.
    pub whole: Window,
    /// How values between pixels are found.
    pub interpolation: Interpolation,
    /// Write all of `whole`, not only what the input covers.
    pub full_region: bool,
    /// Input pixels that are kept in memory as a whole, at most. Of a larger input only what some output
    /// rows need is read at a time.
    pub most_kept: usize,
}

impl<S: PixelSource> QuickLook<'_, S> {
    /// Reprojects the image. `create` makes the output of the pixels that are written, once they are known;
    /// areas are written where it makes an area image: the weight (1 without weights) of the input pixel
    /// under each output pixel, NaN off the input. `None` where nothing of the image falls on the output.
    ///
    /// # Errors
    /// When pixels cannot be read or written, memory is out, the run is cancelled, or `create` fails.
    pub fn run<K: PixelSink>(
        &self,
        create: impl FnOnce(&Window) -> Result<WithAreas<K>>,
        run: &Run,
    ) -> Result<Option<WithAreas<K::Done>>> {
        let (input, whole) = (self.input, self.whole);
        let size = input.size();
        let forward = PixelMap::new(&input.wcs, self.target);
        let back = PixelMap::new(self.target, &input.wcs);
        let extent = Extent::find(&forward, size, &whole);
        let look = Look::new(input, &forward, &back, extent.as_ref());
        let part = match &extent {
            // A region that is wanted in full may be blank, as in Montage.
            _ if self.full_region => Some(whole),
            None => None,
            Some(extent) => {
                let part = outline(&forward, &back, size, &whole, extent);
                // With a pole or a seam inside, no outline shows how far the image extends.
                let inside = match extent.is_plain {
                    true => None,
                    false => covered(&extent.window, size, |row, x, y| {
                        look.positions(&extent.window, row, x, y);
                    })?,
                };
                part.into_iter().chain(inside).reduce(|a, b| a.union(&b))
            }
        };
        let Some(part) = part else {
            return Ok(None);
        };
        // The pixels are read before the output is created: a file that cannot be read leaves none.
        let source = look.source(self.most_kept, run)?;
        let sampler = Sampler::new(self.interpolation);
        let pixels_at_once = match source {
            Pixels::Kept(_) => PIXELS_OF_ROWS,
            Pixels::Read => PIXELS_OF_BAND,
        };
        let output = create(&part)?;
        fill_rows(&output, pixels_at_once, run, |first, count, rows| {
            // Positions first; what is there then takes their places.
            let (values, areas) = (&mut rows.values, &mut rows.areas);
            memory::resize(values, count * part.width, f64::NAN)?;
            memory::resize(areas, count * part.width, f64::NAN)?;
            let by_row = values.chunks_exact_mut(part.width);
            for (k, (x, y)) in by_row.zip(areas.chunks_exact_mut(part.width)).enumerate() {
                look.positions(&part, part.y + first + k, x, y);
            }
            match &source {
                Pixels::Kept(kept) => sampler.row(&kept.plane(size), values, areas),
                Pixels::Read => {
                    for from in (0..part.width).step_by(COLUMNS_OF_READING) {
                        let to = (from + COLUMNS_OF_READING).min(part.width);
                        let mut cells = Cells {
                            x: values,
                            y: areas,
                            width: part.width,
                        };
                        look.read_and_sample(&sampler, &mut cells, (from, to), (0, count))?;
                    }
                }
            }
            Ok(())
        })?;
        output.finish().map(Some)
    }
}

/// Where output pixels lie on the input.
struct Look<'a, S> {
    input: &'a Input<S>,
    exact: ThereAndBack<'a>,
    /// Of the output, those that may lie on the input.
    cells: Vec<Cell>,
}

/// The map from output to input, without positions whose way back ends elsewhere: those that are on
/// the output a second time, a turn of the sky away, and those that a distortion folds onto the
/// input from far away.
struct ThereAndBack<'a> {
    back: &'a PixelMap,
    forward: &'a PixelMap,
}

/// How far the way back may miss (output pixels), as in Montage.
const FOLDED: f64 = 1.0;

impl Map for ThereAndBack<'_> {
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (u, v) = self.back.at(x, y)?;
        if self.back.is_on_target(u, v) {
            let (again_x, again_y) = self.forward.at(u, v)?;
            if (again_x - x).abs() > FOLDED || (again_y - y).abs() > FOLDED {
                return None;
            }
        }
        Some((u, v))
    }
}

/// The pixels of an input.
enum Pixels {
    /// In memory.
    Kept(Kept),
    /// In their file.
    Read,
}

/// A window of the input in memory.
struct Kept {
    window: Window,
    values: Vec<f64>,
    weights: Option<Vec<f64>>,
    same_weight: f64,
}

impl Kept {
    fn plane(&self, image: (usize, usize)) -> Plane<'_> {
        Plane {
            image,
            first: (self.window.x, self.window.y),
            width: self.window.width,
            values: &self.values,
            weights: match &self.weights {
                Some(weights) => Weights::Each(weights),
                None => Weights::Same(self.same_weight),
            },
        }
    }
}

/// Positions of the pixels of some output rows, or what was found there.
struct Cells<'a> {
    x: &'a mut [f64],
    y: &'a mut [f64],
    width: usize,
}

impl<'a, S: PixelSource> Look<'a, S> {
    fn new(
        input: &'a Input<S>,
        forward: &'a PixelMap,
        back: &'a PixelMap,
        extent: Option<&Extent>,
    ) -> Self {
        let exact = ThereAndBack { back, forward };
        let Some(extent) = extent else {
            return Look {
                input,
                exact,
                cells: Vec::new(),
            };
        };
        let first = extent.window;
        let map = |x: f64, y: f64| exact.at(x + first.x as f64, y + first.y as f64);
        let wanted = |part: &Window| {
            extent.meets(&Window {
                x: first.x + part.x,
                y: first.y + part.y,
                ..*part
            })
        };
        let mut cells = cells_where(&map, first.width, first.height, 0.0, &wanted);
        let on_input = |polynomials: &Polynomials| {
            let sizes = <[usize; 2]>::from(input.size());
            (polynomials.bounds().iter().zip(sizes))
                .all(|((low, high), size)| *low <= size as f64 + 1.0 && *high >= 0.0)
        };
        cells.retain(|cell| match &cell.map {
            CellMap::Smooth(polynomials) => on_input(polynomials),
            CellMap::Rough => true,
        });
        for cell in &mut cells {
            cell.window.x += first.x;
            cell.window.y += first.y;
            if let CellMap::Smooth(polynomials) = &mut cell.map {
                polynomials.shift(first.x as f64, first.y as f64);
            }
        }
        Look {
            input,
            exact,
            cells,
        }
    }

    /// Puts the positions on the input of the pixels of output row `row` (from 0) that are in `part`
    /// into `x` and `y`, which begin with the first column of the part. Others are left as they are.
    fn positions(&self, part: &Window, row: usize, x: &mut [f64], y: &mut [f64]) {
        for cell in &self.cells {
            if !cell.window.rows().contains(&row) {
                continue;
            }
            let from = cell.window.x.max(part.x);
            let to = (cell.window.x + cell.window.width).min(part.x + part.width);
            if from >= to {
                continue;
            }
            let there = from - part.x..to - part.x;
            let pairs = x[there.clone()].iter_mut().zip(&mut y[there]);
            let row = row as f64 + 1.0;
            match &cell.map {
                CellMap::Smooth(polynomials) => {
                    let along = polynomials.row(row);
                    for (k, (x, y)) in pairs.enumerate() {
                        (*x, *y) = along.at((from + k) as f64 + 1.0);
                    }
                }
                CellMap::Rough => {
                    for (k, (x, y)) in pairs.enumerate() {
                        if let Some(at) = self.exact.at((from + k) as f64 + 1.0, row) {
                            (*x, *y) = at;
                        }
                    }
                }
            }
        }
    }

    /// The pixels of the input that are needed: in memory where these are at most `most`.
    fn source(&self, most: usize, run: &Run) -> Result<Pixels> {
        let window = self.needed();
        match window.pixels().filter(|pixels| *pixels <= most) {
            Some(_) => Ok(Pixels::Kept(self.keep(window, run)?)),
            None => Ok(Pixels::Read),
        }
    }

    /// A window of the input that all positions on it, and what is around them, lie in.
    fn needed(&self) -> Window {
        let mut bounds: Option<[(f64, f64); 2]> = None;
        for cell in &self.cells {
            let here = match &cell.map {
                CellMap::Smooth(polynomials) => polynomials.bounds(),
                CellMap::Rough => [(0.0, f64::MAX), (0.0, f64::MAX)],
            };
            bounds = Some(bounds.map_or(here, |mut all| {
                for (all, here) in all.iter_mut().zip(here) {
                    *all = (all.0.min(here.0), all.1.max(here.1));
                }
                all
            }));
        }
        self.window(bounds.unwrap_or([(1.0, 1.0); 2]))
    }

    /// The part of the input that positions between these bounds, and what is around them, lie
    /// in; at least a pixel.
    fn window(&self, bounds: [(f64, f64); 2]) -> Window {
        let cut = |(low, high): (f64, f64), size: usize| {
            let around = REACH as f64 + 1.0;
            // Saturating casts.
            let first = ((low - 1.0 - around) as usize).min(size - 1);
            let end = ((high + around) as usize).clamp(first + 1, size);
            (first, end - first)
        };
        let (columns, rows) = self.input.size();
        let (x, width) = cut(bounds[0], columns);
        let (y, height) = cut(bounds[1], rows);
        Window {
            x,
            y,
            width,
            height,
        }
    }

    fn keep(&self, window: Window, run: &Run) -> Result<Kept> {
        let pixels = memory::product(window.width, window.height)?;
        let blank = || memory::zeros(pixels);
        let same_weight = self.input.same_weight();
        let mut values = blank()?;
        let mut weights = match same_weight {
            Some(_) => None,
            None => Some(blank()?),
        };
        let rows = (PIXELS_AT_ONCE / window.width).clamp(1, window.height);
        let band = rows * window.width;
        let mut weight_bands = weights.iter_mut().flat_map(|plane| plane.chunks_mut(band));
        // Every band is locked once, by the thread that fills it.
        let bands =
            (values.chunks_mut(band)).map(|values| Mutex::new((values, weight_bands.next())));
        let bands = memory::collect(bands)?;
        let read = run.for_each_with(bands.len(), InputRows::default, |own, i| {
            let mut band = bands[i].lock().unwrap_or_else(PoisonError::into_inner);
            let (values, weights) = &mut *band;
            let rows = Window {
                y: window.y + i * rows,
                height: values.len() / window.width,
                ..window
            };
            self.read(rows, own)?;
            values.copy_from_slice(&own.values);
            if let Some(weights) = weights {
                weights.copy_from_slice(&own.weights);
            }
            Ok(())
        })?;
        read.into_iter().collect::<Result<()>>()?;
        drop(bands);
        Ok(Kept {
            window,
            values,
            weights,
            same_weight: same_weight.unwrap_or(0.0),
        })
    }

    /// Reads a window, with NaN for what is not used.
    fn read(&self, window: Window, rows: &mut InputRows) -> Result<()> {
        self.input.read(window, rows)?;
        for (value, weight) in rows.values.iter_mut().zip(&rows.weights) {
            if *weight == 0.0 {
                *value = f64::NAN;
            }
        }
        Ok(())
    }

    /// Samples some columns and rows of `cells` from the file, in parts whose input pixels are few
    /// enough.
    fn read_and_sample(
        &self,
        sampler: &Sampler,
        cells: &mut Cells,
        (left, right): (usize, usize),
        (bottom, top): (usize, usize),
    ) -> Result<()> {
        let size = self.input.size();
        let mut bounds = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for row in bottom..top {
            let there = row * cells.width + left..row * cells.width + right;
            for (x, y) in cells.x[there.clone()].iter().zip(&cells.y[there]) {
                if Plane::pixel_at(size, *x, *y).is_some() {
                    for (bound, at) in bounds.iter_mut().zip([*x, *y]) {
                        *bound = (bound.0.min(at), bound.1.max(at));
                    }
                }
            }
        }
        let any = bounds[0].0 <= bounds[0].1;
        let window = self.window(if any { bounds } else { [(1.0, 1.0); 2] });
        let few = (window.pixels()).is_some_and(|pixels| pixels <= PIXELS_OF_READING);
        if !few && right - left > 1 && right - left >= top - bottom {
            let middle = (left + right) / 2;
            self.read_and_sample(sampler, cells, (left, middle), (bottom, top))?;
            return self.read_and_sample(sampler, cells, (middle, right), (bottom, top));
        }
        if !few && top - bottom > 1 {
            let middle = (bottom + top) / 2;
            self.read_and_sample(sampler, cells, (left, right), (bottom, middle))?;
            return self.read_and_sample(sampler, cells, (left, right), (middle, top));
        }
        let mut rows = InputRows::default();
        if any {
            self.read(window, &mut rows)?;
        }
        let plane = Plane {
            image: size,
            first: (window.x, window.y),
            width: window.width,
            values: &rows.values,
            weights: match self.input.same_weight() {
                Some(weight) => Weights::Same(weight),
                None => Weights::Each(&rows.weights),
            },
        };
        for row in bottom..top {
            let there = row * cells.width + left..row * cells.width + right;
            sampler.row(&plane, &mut cells.x[there.clone()], &mut cells.y[there]);
        }
        Ok(())
    }
}
