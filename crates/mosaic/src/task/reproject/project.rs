//! mProject and mProjectPP.

use std::path::Path;
use std::time::Instant;

use crate::error::{shown, About, Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::kernel::reproject::flat::Flux;
use crate::kernel::reproject::Spares;
use crate::run::{say, Run};
use crate::stream::reproject::{Areas, Input, Overlaps, Received, Spread};
use crate::stream::PixelSource;
use crate::task::header_check::{need_header, template_wcs, Kind};
use crate::task::outcome::{Fields, Outcome, Value};
use crate::task::reproject::input::{InputFile, InputParams};
use crate::task::reproject::reprojected::{tell_part, Reprojected};
use crate::task::reproject::target::Target;
use sky::{Frame, PixelMap, Wcs};

/// What mProject and mProjectPP take.
#[derive(Debug, Clone, Copy)]
pub struct ProjectParams<'a> {
    /// The image that is reprojected.
    pub input: InputParams<'a>,
    /// The result, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// Header template of the region, scale and projection.
    pub template: &'a Path,
    /// How flux is shared out, and which pixels are written.
    pub options: ProjectOptions,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// How flux is shared out, and which pixels are written; [`Default`] is Montage's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectOptions {
    /// Side of the part of a pixel that its flux comes from, in pixels; 0 means 1.
    pub drizzle: f64,
    /// Pixel values are energies, not energies per area.
    pub energy_mode: bool,
    /// Enlarge the template so that the whole input fits.
    pub expand: bool,
    /// Write all of the template, not only what the input covers.
    pub full_region: bool,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        ProjectOptions {
            drizzle: 1.0,
            energy_mode: false,
            expand: false,
            full_region: false,
        }
    }
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

impl ProjectOutcome {
    /// Of a reprojection that began at `start` and is done; said where `debug` is above 0.
    pub(super) fn since(start: Instant, debug: i32) -> Self {
        let time = start.elapsed().as_secs_f64();
        if debug > 0 {
            say(format_args!("Reprojected image written ({time:.3} s)"));
        }
        ProjectOutcome { time }
    }
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
    let input = InputFile::open(&params.input, params.output, run)?;
    let target = Target::open(params.template, run)?;
    exactly(params, &input.pixels, target, &Spares::default(), run)?.commit()?;
    Ok(ProjectOutcome::since(start, params.debug))
}

/// [`project`] as far as outputs that are not committed yet.
///
/// # Errors
/// As [`project`], but for an image that does not fall on the template.
pub(super) fn exactly<S: PixelSource>(
    params: &ProjectParams,
    input: &Input<S>,
    mut target: Target,
    spares: &Spares,
    run: &Run,
) -> Result<Reprojected> {
    let drizzle = drizzle(params)?;
    if params.options.expand {
        target = target.with_room_for(input)?;
    }
    let map = PixelMap::new(&input.wcs, &target.wcs);
    let spread = Spread {
        input,
        map: &map,
        whole: target.whole(),
        drizzle,
        flux: if params.options.energy_mode {
            Flux::Energy
        } else {
            Flux::Density
        },
        overlaps: Overlaps::OnSphere,
        spares,
    };
    let energy = params.options.energy_mode.then_some(1.0);
    finish(params, &spread, &target, (Areas::of_sky(&map), energy), run)
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
    let planes = Planes {
        input: planes.input.map(|path| alternate(path, run)).transpose()?,
        output: planes.output.map(|path| alternate(path, run)).transpose()?,
    };
    let input = InputFile::open(&params.input, params.output, run)?;
    let target = Target::open(params.template, run)?;
    on_planes(
        params,
        &planes,
        &input.pixels,
        target,
        &Spares::default(),
        run,
    )?
    .commit()?;
    Ok(ProjectOutcome::since(start, params.debug))
}

/// The coordinates that take the place of an image's and a template's.
#[derive(Debug, Clone, Default)]
pub(super) struct Planes {
    /// Instead of the image's.
    pub input: Option<Wcs>,
    /// Instead of the template's.
    pub output: Option<Wcs>,
}

/// Whether mProjectPP takes images in the projection of `wcs` as they are.
pub(super) fn is_on_plane(wcs: &Wcs) -> bool {
    ["TAN", "SIN", "ZEA", "STG", "ARC"].contains(&wcs.projection_code())
}

/// [`project_pp`] as far as outputs that are not committed yet.
///
/// # Errors
/// As [`project_pp`], but for an image that does not fall on the template.
pub(super) fn on_planes<S: PixelSource>(
    params: &ProjectParams,
    planes: &Planes,
    input: &Input<S>,
    mut target: Target,
    spares: &Spares,
    run: &Run,
) -> Result<Reprojected> {
    let drizzle = drizzle(params)?;
    let input_wcs = planes.input.clone().unwrap_or_else(|| input.wcs.clone());
    let mut output_wcs = planes.output.clone().unwrap_or_else(|| target.wcs.clone());
    for (what, wcs) in [("Input", &input_wcs), ("Output", &output_wcs)] {
        if !is_on_plane(wcs) {
            let code = wcs.projection_code();
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
    if params.options.expand {
        let (width, height) = input.size();
        let pixels = (width as f64).hypot(height as f64).floor();
        target = target.expanded(pixels)?;
        output_wcs = output_wcs.padded(pixels);
    }
    let nominal = |wcs: &Wcs| {
        let [x, y] = wcs.scale_and_rotation().cdelt;
        (x.to_radians() * y.to_radians()).abs()
    };
    let (input_area, pixel_area) = (nominal(&input_wcs), nominal(&output_wcs));
    let map = PixelMap::new(&input_wcs, &output_wcs.with_stated_inverse());
    let spread = Spread {
        input,
        map: &map,
        whole: target.whole(),
        drizzle,
        flux: Flux::Density,
        overlaps: Overlaps::OnPlane,
        spares,
    };
    // An energy is that of all input pixels' nominal area, as in Montage 6.0, which keeps the sum
    // to the difference of that to the true areas.
    let energy = params
        .options
        .energy_mode
        .then_some(pixel_area / input_area);
    finish(
        params,
        &spread,
        &target,
        (Areas::Same(pixel_area), energy),
        run,
    )
}

/// Shares out the input, and writes what the output has received, cut to the pixels that have received
/// something: means, or energies where there is a factor of them.
fn finish<S: PixelSource>(
    params: &ProjectParams,
    spread: &Spread<S>,
    target: &Target,
    (areas, energy): (Areas, Option<f64>),
    run: &Run,
) -> Result<Reprojected> {
    let (image, template) = (params.input.image, params.template);
    let Some(sums) = spread.run(run).about(image)? else {
        return Ok(Reprojected::off(image, template));
    };
    let Some(covered) = sums.covered() else {
        spread.spares.keep(sums);
        return Ok(Reprojected::blank(image, template));
    };
    let part = match params.options.full_region {
        true => target.whole(),
        false => covered,
    };
    tell_part(params.debug, &part);
    let output = target.create(params.output, &part, true)?;
    let received = Received {
        sums: &sums,
        covered,
        areas,
        energy,
    };
    let written = received.write(&part, &output, run);
    spread.spares.keep(sums);
    written.about(params.output)?;
    Ok(Reprojected::images(output.finish()?, params.output))
}

fn drizzle(params: &ProjectParams) -> Result<f64> {
    match params.options.drizzle {
        0.0 => Ok(1.0),
        drizzle if drizzle > 0.0 && drizzle.is_finite() => Ok(drizzle),
        drizzle => Err(Error::argument(
            "drizzle",
            format!("must be above 0 (it is {drizzle})"),
        )),
    }
}

/// Reads a header that stands in for another.
fn alternate(path: &Path, run: &Run) -> Result<Wcs> {
    need_header(path, Kind::Template, 0)?;
    template_wcs(&HeaderTemplate::open(path)?, run.warnings())
}

/// Whether two frames are one celestial system, whatever the year.
pub(super) fn same_system(a: Frame, b: Frame) -> bool {
    let usual = |frame: Frame| match frame {
        Frame::Icrs | Frame::Fk5 { .. } => Frame::Icrs,
        Frame::Fk4 { .. } => Frame::Fk4 { equinox: 0.0 },
        Frame::Ecliptic { .. } => Frame::Ecliptic { equinox: 0.0 },
        Frame::EclipticFk4 { .. } => Frame::EclipticFk4 { equinox: 0.0 },
        other => other,
    };
    usual(a) == usual(b)
}
