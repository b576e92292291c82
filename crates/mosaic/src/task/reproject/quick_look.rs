//! mProjectQL.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::error::{About, Result};
use crate::io::paths::projected_pair;
use crate::kernel::reproject::interpolate::{Interpolation, Plane, Sampler, Weights, REACH};
use crate::run::Run;
use crate::task::reproject::finish::{tell_part, Reprojected};
use crate::task::reproject::input::{Input, InputParams, InputRows};
use crate::task::reproject::reach::{covered, outline, Reach};
use crate::task::reproject::target::{Form, Target};
use crate::task::reproject::ProjectOutcome;
use sky::patch::{pieces_where, Nature, Patch, Piece};
use sky::pixel_map::Map;
use sky::{PixelMap, Window};

/// What mProjectQL takes.
#[derive(Debug, Clone, Copy)]
pub struct QuickLookParams<'a> {
    /// The image that is reprojected.
    pub input: InputParams<'a>,
    /// The result, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// Header template of the region, scale and projection.
    pub template: &'a Path,
    /// How values between pixels are found.
    pub interpolation: Interpolation,
    /// Enlarge the template so that the whole input fits.
    pub expand: bool,
    /// Write all of the template, not only what the input covers.
    pub full_region: bool,
    /// Write no area image. One that is there from an earlier image is removed.
    pub no_areas: bool,
    /// Above 0, what is done is told on standard output.
    pub debug: i32,
}

/// Input pixels that are kept in memory as a whole, at most: 256 MB of values, and as much again
/// where they are weighed one by one. Of a larger input only what some output rows need is read
/// at a time.
const PIXELS_KEPT: usize = 32 << 20;

/// Input pixels that are read at a time.
const PIXELS_AT_ONCE: usize = 64 << 10;

/// Output pixels that are made at a time from an input that is too large to be kept, and the
/// columns of them that share one reading; a reading has at most so many input pixels.
const PIXELS_OF_BAND: usize = 2 << 20;
const COLUMNS_OF_READING: usize = 256;
const PIXELS_OF_READING: usize = 1 << 20;

/// Reprojects an image by interpolation (Montage 6.0: mProjectQL): every output pixel takes the
/// value of the input where its centre lies. Any projection to any other; flux is not kept.
///
/// The area image has the weight (1 without weights) of the input pixel under each output pixel,
/// NaN off the input.
///
/// # Errors
/// When an input or the template cannot be used, nothing of the image falls on the template, or an
/// output cannot be written. Earlier outputs are then left as they were.
pub fn quick_look(params: &QuickLookParams, run: &Run) -> Result<ProjectOutcome> {
    let start = Instant::now();
    let input = Input::open(&params.input, params.output, run)?;
    let target = Target::open(params.template, run)?;
    looked_at(params, input, target, run)?.commit()?;
    Ok(ProjectOutcome::since(start, params.debug))
}

/// [`quick_look`] as far as outputs that are not committed yet.
///
/// # Errors
/// As [`quick_look`], but for an image that does not fall on the template.
pub(super) fn looked_at(
    params: &QuickLookParams,
    input: Input,
    target: Target,
    run: &Run,
) -> Result<Reprojected> {
    make(params, input, target, PIXELS_KEPT, run).about(params.input.image)
}

fn make(
    params: &QuickLookParams,
    input: Input,
    mut target: Target,
    kept: usize,
    run: &Run,
) -> Result<Reprojected> {
    let input = input.for_quick_look();
    if params.expand {
        target = target.with_room_for(&input)?;
    }
    let target = target.on_rounded_sky();
    let whole = target.whole();
    let size = (input.width(), input.height());
    let forward = PixelMap::new(&input.wcs, &target.wcs);
    let back = PixelMap::new(&target.wcs, &input.wcs);
    let reach = Reach::find(&forward, size, &whole);
    let look = Look::new(&input, &forward, &back, reach.as_ref());
    let part = match &reach {
        // A region that is wanted in full may be blank, as in Montage.
        _ if params.full_region => Some(whole),
        None => None,
        Some(reach) => {
            let part = outline(&forward, &back, size, &whole, reach);
            // With a pole or a seam inside, no outline shows how far the image reaches.
            let inside = match reach.is_plain {
                true => None,
                false => covered(&reach.region, size, |row, x, y| {
                    look.positions(&reach.region, row, x, y);
                })?,
            };
            part.into_iter().chain(inside).reduce(|a, b| a.union(&b))
        }
    };
    let Some(part) = part else {
        return Ok(Reprojected::off(params.input.image, params.template));
    };
    tell_part(params.debug, &part);
    let source = look.source(kept, run)?;
    let sampler = Sampler::new(params.interpolation);
    let mut form = Form {
        areas: !params.no_areas,
        ..Form::default()
    };
    if matches!(source, Pixels::Read) {
        form.pixels_at_once = PIXELS_OF_BAND;
    }
    let written = target.write_as(params.output, &part, form, run, |first, count, rows| {
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
    Ok(match written {
        (image, Some(area)) => Reprojected::Images([image, area]),
        (image, None) => Reprojected::Image {
            image,
            areas: projected_pair(params.output).area,
        },
    })
}

/// Where output pixels lie on the input.
struct Look<'a> {
    input: &'a Input,
    exact: ThereAndBack<'a>,
    /// Of the output, those that may lie on the input.
    pieces: Vec<Piece>,
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

impl<'a> Look<'a> {
    fn new(
        input: &'a Input,
        forward: &'a PixelMap,
        back: &'a PixelMap,
        reach: Option<&Reach>,
    ) -> Self {
        let exact = ThereAndBack { back, forward };
        let Some(reach) = reach else {
            return Look {
                input,
                exact,
                pieces: Vec::new(),
            };
        };
        let first = reach.region;
        let map = |x: f64, y: f64| exact.at(x + first.x as f64, y + first.y as f64);
        let wanted = |part: &Window| {
            reach.meets(&Window {
                x: first.x + part.x,
                y: first.y + part.y,
                ..*part
            })
        };
        let mut pieces = pieces_where(&map, first.width, first.height, 0.0, &wanted);
        let on_input = |patch: &Patch| {
            let sizes = [input.width(), input.height()];
            (patch.bounds().iter().zip(sizes))
                .all(|((low, high), size)| *low <= size as f64 + 1.0 && *high >= 0.0)
        };
        pieces.retain(|piece| match &piece.nature {
            Nature::Smooth(patch) => on_input(patch),
            Nature::Rough => true,
        });
        for piece in &mut pieces {
            piece.window.x += first.x;
            piece.window.y += first.y;
            if let Nature::Smooth(patch) = &mut piece.nature {
                patch.shift(first.x as f64, first.y as f64);
            }
        }
        Look {
            input,
            exact,
            pieces,
        }
    }

    /// Puts the positions on the input of the pixels of output row `row` (from 0) that are in `part`
    /// into `x` and `y`, which begin with the first column of the part. Others are left as they are.
    fn positions(&self, part: &Window, row: usize, x: &mut [f64], y: &mut [f64]) {
        for piece in &self.pieces {
            if !piece.window.rows().contains(&row) {
                continue;
            }
            let from = piece.window.x.max(part.x);
            let to = (piece.window.x + piece.window.width).min(part.x + part.width);
            if from >= to {
                continue;
            }
            let there = from - part.x..to - part.x;
            let pairs = x[there.clone()].iter_mut().zip(&mut y[there]);
            let row = row as f64 + 1.0;
            match &piece.nature {
                Nature::Smooth(patch) => {
                    let along = patch.row(row);
                    for (k, (x, y)) in pairs.enumerate() {
                        (*x, *y) = along.at((from + k) as f64 + 1.0);
                    }
                }
                Nature::Rough => {
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
        for piece in &self.pieces {
            let here = match &piece.nature {
                Nature::Smooth(patch) => patch.bounds(),
                Nature::Rough => [(0.0, f64::MAX), (0.0, f64::MAX)],
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
        let (x, width) = cut(bounds[0], self.input.width());
        let (y, height) = cut(bounds[1], self.input.height());
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
        let size = (self.input.width(), self.input.height());
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

#[cfg(test)]
mod tests {
    use super::*;
    use fits::{card, write_image, Header};

    /// An input that is not kept in memory gives the same images, seams and poles included.
    #[test]
    fn an_input_that_is_read_in_parts_gives_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let [input, template] = ["i.fits", "t.hdr"].map(|name| dir.path().join(name));
        let text = |code: &str, crval2: f64, size: (usize, usize), step: f64, turn: f64| {
            format!(
                "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\nCTYPE1  = 'RA---{code}'\nCTYPE2  = 'DEC--{code}'\nEQUINOX = 2000\nCRVAL1  = 10.0\nCRVAL2  = {crval2:?}\nCRPIX1  = {:?}\nCRPIX2  = {:?}\nCDELT1  = {:?}\nCDELT2  = {step:?}\nCROTA2  = {turn:?}\nEND\n",
                size.0, size.1, size.0 as f64 / 2.0 + 0.5, size.1 as f64 / 2.0 + 0.5, -step
            )
        };
        let mut header = Header::primary(-64, &[1500, 1200]);
        let lines = text("TAN", 80.0, (1500, 1200), 0.02, 40.0);
        header.merge_template(lines.lines().map(|line| card::parse(line.as_bytes())));
        let pixels: Vec<f64> = (0..1500 * 1200).map(|k| f64::from(k % 9973)).collect();
        write_image(&input, &header, &pixels).unwrap();
        std::fs::write(&template, text("CAR", 0.0, (720, 360), 0.5, 0.0)).unwrap();
        for interpolation in [Interpolation::Nearest, Interpolation::Lanczos] {
            let bytes = [0, PIXELS_KEPT].map(|kept| {
                let params = QuickLookParams {
                    input: InputParams {
                        image: &input,
                        hdu: 0,
                        weight_file: None,
                        fixed_weight: 0.0,
                        threshold: 0.0,
                        border: "3",
                        flux_scale: 0.0,
                    },
                    output: &dir.path().join("o.fits"),
                    template: &template,
                    interpolation,
                    expand: false,
                    full_region: false,
                    no_areas: false,
                    debug: 0,
                };
                let input = Input::open(&params.input, params.output, &Run::new(1)).unwrap();
                let target = Target::open(params.template, &Run::new(1)).unwrap();
                let made = make(&params, input, target, kept, &Run::new(2));
                made.unwrap().commit().unwrap();
                ["o.fits", "o_area.fits"].map(|name| std::fs::read(dir.path().join(name)).unwrap())
            });
            assert!(bytes[0] == bytes[1], "{interpolation:?}");
        }
    }
}
