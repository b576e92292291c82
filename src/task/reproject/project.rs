//! mProject and mProjectPP.

use std::path::Path;
use std::time::Instant;

use crate::error::{shown, Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::kernel::reproject::flat::Flux;
use crate::kernel::reproject::{Canvas, Region};
use crate::run::{say, Run};
use crate::sky::patch::{pieces, Nature};
use crate::sky::{Frame, PixelMap, Wcs};
use crate::task::header_check::{check_header, Kind};
use crate::task::outcome::{Fields, Outcome, Value};
use crate::task::reproject::input::{Input, InputParams};
use crate::task::reproject::spread::Spread;
use crate::task::reproject::target::{Rows, Target};

/// What mProject and mProjectPP take.
#[derive(Debug, Clone, Copy)]
pub struct ProjectParams<'a> {
    /// The image that is reprojected.
    pub input: InputParams<'a>,
    /// The result, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// Header template of the region, scale and projection.
    pub template: &'a Path,
    /// Side of the part of a pixel that its flux comes from, in pixels; 0 means 1.
    pub drizzle: f64,
    /// Pixel values are energies, not energies per area.
    pub energy_mode: bool,
    /// Enlarge the template so that the whole input fits.
    pub expand: bool,
    /// Write all of the template, not only what the input covers.
    pub full_region: bool,
    /// Above 0, what is done is told on standard output.
    pub debug: i32,
}

/// Headers that take the place of those of an image and a template in mProjectPP: distorted
/// gnomonic ones that come near to another projection (mTANHdr).
#[derive(Debug, Clone, Copy, Default)]
pub struct PlaneHeaders<'a> {
    /// Instead of the image's.
    pub input: Option<&'a Path>,
    /// Instead of the template's.
    pub output: Option<&'a Path>,
}

/// What a reprojection answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectOutcome {
    /// Time that it took, in seconds.
    pub time: f64,
}

impl Outcome for ProjectOutcome {
    fn fields(&self) -> Fields {
        Fields::new().with("time", Value::Seconds(self.time))
    }
}

/// Reprojects an image exactly (Montage 6.0: mProject): the flux of every input pixel goes to the
/// output pixels by the solid angles that they share. Any projection to any other.
///
/// The area image has these solid angles in steradians, times the weights.
///
/// # Errors
/// When an input or the template cannot be used, nothing of the image falls on the template, or an
/// output cannot be written. Earlier outputs are then left as they were.
pub fn project(params: &ProjectParams, run: &Run) -> Result<ProjectOutcome> {
    let start = Instant::now();
    let drizzle = drizzle(params)?;
    let input = Input::open(&params.input, params.output)?;
    let mut target = Target::open(params.template)?;
    if params.expand {
        let [x, y] = input.wcs.scale_and_rotation().cdelt;
        let diagonal = (x * input.width() as f64).hypot(y * input.height() as f64);
        let [x, y] = target.wcs.scale_and_rotation().cdelt;
        target = target.expanded(diagonal / x.hypot(y))?;
    }
    let map = PixelMap::new(&input.wcs, &target.wcs);
    let spread = Spread {
        input: &input,
        map: &map,
        whole: target.whole(),
        // Corners may lie from 0 to NAXIS + 1.
        margin: 0.5,
        drizzle,
        flux: flux(params),
        always_flat: false,
    };
    let sums = spread.run(run)?.ok_or_else(|| no_overlap(params))?;
    write(params, &target, sums, &Areas::of_sky(&map), run)?;
    Ok(done(params, start))
}

/// Reprojects an image from plane to plane (Montage 6.0: mProjectPP): overlaps are taken on the
/// pixels of the output, between straight lines. For the projections onto a tangent plane, TAN, SIN,
/// ZEA, STG and ARC, and for others through distorted gnomonic headers that stand in for them.
///
/// The area image has the overlaps times CDELT1 CDELT2 of the output in steradians, and the weights.
///
/// # Errors
/// As [`project`], and when a projection is none of these or image and template are in different
/// celestial systems.
pub fn project_pp(
    params: &ProjectParams,
    planes: &PlaneHeaders,
    run: &Run,
) -> Result<ProjectOutcome> {
    let start = Instant::now();
    let drizzle = drizzle(params)?;
    let input = Input::open(&params.input, params.output)?;
    let mut target = Target::open(params.template)?;
    let input_wcs = match planes.input {
        Some(path) => alternate(path)?,
        None => input.wcs.clone(),
    };
    let mut output_wcs = match planes.output {
        Some(path) => alternate(path)?,
        None => target.wcs.clone(),
    };
    for (what, wcs) in [("Input", &input_wcs), ("Output", &output_wcs)] {
        let code = wcs.projection_code();
        if !["TAN", "SIN", "ZEA", "STG", "ARC"].contains(&code) {
            return Err(Error::message(format!(
                "{what} image projection ({code}) must be TAN, SIN, ZEA, STG or ARC for fast reprojection ({} to {})",
                shown(params.input.image),
                shown(params.template)
            )));
        }
    }
    if !same_system(input_wcs.frame(), output_wcs.frame()) {
        return Err(Error::message(format!(
            "Input and output must be in the same coordinate system for fast reprojection ({} to {})",
            shown(params.input.image),
            shown(params.template)
        )));
    }
    if params.expand {
        let pixels = (input.width() as f64).hypot(input.height() as f64).floor();
        target = target.expanded(pixels)?;
        output_wcs = match planes.output {
            Some(path) => Target::open(path)?.expanded(pixels)?.wcs,
            None => target.wcs.clone(),
        };
    }
    let [x, y] = output_wcs.scale_and_rotation().cdelt;
    let pixel_area = (x.to_radians() * y.to_radians()).abs();
    let map = PixelMap::new(&input_wcs, &output_wcs.with_stated_inverse());
    let spread = Spread {
        input: &input,
        map: &map,
        whole: target.whole(),
        margin: 0.0,
        drizzle,
        flux: flux(params),
        always_flat: true,
    };
    let sums = spread.run(run)?.ok_or_else(|| no_overlap(params))?;
    write(params, &target, sums, &Areas::Same(pixel_area), run)?;
    Ok(done(params, start))
}

fn drizzle(params: &ProjectParams) -> Result<f64> {
    match params.drizzle {
        0.0 => Ok(1.0),
        drizzle if drizzle > 0.0 && drizzle.is_finite() => Ok(drizzle),
        drizzle => Err(Error::argument(
            "drizzle",
            format!("must be above 0 (it is {drizzle})"),
        )),
    }
}

fn flux(params: &ProjectParams) -> Flux {
    if params.energy_mode {
        Flux::Energy
    } else {
        Flux::Density
    }
}

fn no_overlap(params: &ProjectParams) -> Error {
    Error::message(format!(
        "No overlap of {} with {}",
        shown(params.input.image),
        shown(params.template)
    ))
}

fn done(params: &ProjectParams, start: Instant) -> ProjectOutcome {
    let time = start.elapsed().as_secs_f64();
    if params.debug > 0 {
        say(format_args!("Reprojected image written ({time:.3} s)"));
    }
    ProjectOutcome { time }
}

/// Reads a header that stands in for another.
fn alternate(path: &Path) -> Result<Wcs> {
    check_header(path, Kind::Template, 0)
        .verdict
        .map_err(|why| Error::table(why.to_string(), path))?;
    let template = HeaderTemplate::open(path)?;
    let wcs = Wcs::new(&template);
    wcs.map_err(|why| Error::table(format!("Bad WCS in header template ({why})"), path))
}

/// Whether two frames are one celestial system, whatever the year.
fn same_system(a: Frame, b: Frame) -> bool {
    let usual = |frame: Frame| match frame {
        Frame::Icrs | Frame::Fk5 { .. } => Frame::Icrs,
        Frame::Fk4 { .. } => Frame::Fk4 { equinox: 0.0 },
        Frame::Ecliptic { .. } => Frame::Ecliptic { equinox: 0.0 },
        Frame::EclipticFk4 { .. } => Frame::EclipticFk4 { equinox: 0.0 },
        other => other,
    };
    usual(a) == usual(b)
}

/// The solid angles of output pixels.
enum Areas<'a> {
    /// All have this one (steradians).
    Same(f64),
    /// What they have on the sky.
    OfSky(&'a PixelMap, f64),
}

impl<'a> Areas<'a> {
    fn of_sky(map: &'a PixelMap) -> Self {
        Areas::OfSky(map, map.nominal_solid_angle())
    }
}

/// Writes what the output has received, cut to the pixels that have received something.
fn write(
    params: &ProjectParams,
    target: &Target,
    sums: Canvas,
    areas: &Areas,
    run: &Run,
) -> Result<()> {
    let covered = covered(&sums).ok_or_else(|| {
        Error::message(format!(
            "All pixels are blank. Check for overlap of output template with image file. ({} with {})",
            shown(params.template),
            shown(params.input.image)
        ))
    })?;
    let part = if params.full_region {
        target.whole()
    } else {
        covered
    };
    if params.debug > 0 {
        let Region {
            x,
            y,
            width,
            height,
        } = part;
        say(format_args!(
            "Output: {width} x {height} pixels from ({x}, {y}) of the template on"
        ));
    }
    // Solid angles change so slowly over an image that polynomials give them, too. They are
    // taken relative to the nominal one, so that the patches' error is relative to it.
    let relative = |x: f64, y: f64| match areas {
        Areas::Same(_) => Some((1.0, 0.0)),
        Areas::OfSky(map, nominal) => {
            let (x, y) = (x + covered.x as f64, y + covered.y as f64);
            Some((map.solid_angle(x, y)? / nominal, 0.0))
        }
    };
    let nominal = match areas {
        Areas::Same(area) | Areas::OfSky(_, area) => *area,
    };
    let found = pieces(&relative, covered.width, covered.height, 0.0);
    let energy = params.energy_mode;
    let at = |x: usize, y: usize| (y - sums.region.y) * sums.region.width + (x - sums.region.x);
    target.write(
        params.output,
        &part,
        run,
        |first, count, rows: &mut Rows| {
            let Rows { values, areas, .. } = rows;
            values.resize(count * part.width, f64::NAN);
            areas.resize(count * part.width, 0.0);
            let (from, to) = (part.y + first, part.y + first + count);
            for piece in &found {
                let top = covered.y + piece.y;
                for y in top.max(from)..(top + piece.height).min(to) {
                    let x = covered.x + piece.x;
                    let sums_at = at(x, y);
                    let flux = &sums.flux[sums_at..][..piece.width];
                    let weight = &sums.weight[sums_at..][..piece.width];
                    let to = (y - from) * part.width + (x - part.x);
                    let values = &mut values[to..][..piece.width];
                    let areas = &mut areas[to..][..piece.width];
                    let row_y = (piece.y + (y - top)) as f64 + 1.0;
                    let row = match &piece.nature {
                        Nature::Smooth(patch) => Some(patch.row(row_y)),
                        Nature::Rough => None,
                    };
                    for i in 0..piece.width {
                        if weight[i] <= 0.0 {
                            continue;
                        }
                        let x = (piece.x + i) as f64 + 1.0;
                        let size = match &row {
                            Some(row) => row.at(x).0,
                            None => match relative(x, row_y) {
                                Some((size, _)) => size,
                                None => continue,
                            },
                        };
                        values[i] = if energy { flux[i] } else { flux[i] / weight[i] };
                        areas[i] = weight[i] * size * nominal;
                    }
                }
            }
            Ok(())
        },
    )
}

/// The smallest region around the pixels that have received something.
fn covered(sums: &Canvas) -> Option<Region> {
    let region = sums.region;
    let (mut left, mut right) = (usize::MAX, 0);
    let (mut bottom, mut top) = (usize::MAX, 0);
    for (row, weights) in sums.weight.chunks_exact(region.width.max(1)).enumerate() {
        let Some(first) = weights.iter().position(|&w| w > 0.0) else {
            continue;
        };
        let last = weights.iter().rposition(|&w| w > 0.0).unwrap_or(first);
        left = left.min(first);
        right = right.max(last);
        bottom = bottom.min(row);
        top = row;
    }
    (left <= right).then(|| Region {
        x: region.x + left,
        y: region.y + bottom,
        width: right - left + 1,
        height: top - bottom + 1,
    })
}
