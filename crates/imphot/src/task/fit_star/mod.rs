//! The fit of one star in the images of MUSE and HST (imphot's `fit_star_photometry`).

mod drawing;
mod outcome;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use outcome::{FitStarOutcome, StarPixels, StarProfile};

use super::aligned::{aligned_image, sky_offsets};
use super::grids::{aligned, TOLERANCE};
use super::hardcopy::Hardcopy;
use super::report::{fit_report, Fitted, FittedPhotometry};
use super::star::Star;
use super::Field;
use crate::error::{shown, About, Error, Result};
use crate::kernel::star_fit::{self, Circle, StarOptions};
use crate::kernel::Error as Fault;
use crate::numerics::least_squares::Solution;
use fits::atomic_file::{commit_all, AtomicFile};
use fits::cformat::general;
use mosaic::run::{Run, Warnings};
use sky::tangent;

/// What may be chosen of a fit of a star.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitStarOptions<'a> {
    /// Where the star is, and how far around it pixels are fitted.
    pub star: Star,
    /// The width of its profile in the image of MUSE, arcsec, where it is not to be fitted;
    /// greater than 0.
    pub fix_fwhm: Option<f64>,
    /// The exponent of its profile in the image of MUSE, where it is not to be fitted; greater
    /// than 1, below which a profile has no flux.
    pub fix_beta: Option<f64>,
    /// The folder of what is written, whose names begin with that of the MUSE image; else it is
    /// that of the MUSE image.
    pub output_dir: Option<&'a Path>,
    /// Whether to draw the fit, and how.
    pub hardcopy: Option<Hardcopy<'a>>,
    /// Whether to write the corrected image, `..._aligned.fits`.
    pub apply: bool,
    /// Whether the corrected image has its pixels shifted; otherwise its coordinates are.
    pub resample: bool,
}

impl FitStarOptions<'_> {
    /// A fit of everything, nothing written.
    pub fn new(star: Star) -> Self {
        FitStarOptions {
            star,
            fix_fwhm: None,
            fix_beta: None,
            output_dir: None,
            hardcopy: None,
            apply: false,
            resample: false,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.star.check()?;
        let above = |name: &'static str, value: Option<f64>, least: f64| match value {
            Some(value) if !(value > least && value.is_finite()) => Err(Error::argument(
                name,
                format!("must be greater than {least}, not {value}"),
            )),
            _ => Ok(()),
        };
        above("fix_fwhm", self.fix_fwhm, 0.0)?;
        above("fix_beta", self.fix_beta, 1.0)
    }
}

/// What [`fit_star`] takes.
#[derive(Debug, Clone, Copy)]
pub struct FitStarParams<'a> {
    /// The image of HST, on the pixels and in the unit of that of MUSE.
    pub hst: &'a Path,
    /// The image of MUSE.
    pub muse: &'a Path,
    /// How the star is fitted.
    pub options: FitStarOptions<'a>,
}

/// Fits a Moffat profile to a star in the image of MUSE, another one in that of HST, and compares
/// them.
///
/// # Errors
/// When a file cannot be read or written, the images are not on the same pixels, the star is not
/// on them or masked, an option cannot be used, or a fit ends without a usable number: a value that is
/// not finite, or a fitted parameter without a standard error. The message names the file or the
/// argument.
pub fn fit_star(params: &FitStarParams, run: &Run) -> Result<FitStarOutcome> {
    params.options.check()?;
    let warnings = run.warnings();
    let hst = Field::open_without_variances(params.hst, "HST image", warnings)?;
    let hst_star = HstStar::default();
    fit_and_apply(&hst, params.muse, &params.options, &hst_star, warnings)
}

/// Fits the star in the image `muse`, and writes what is to be written of it.
pub(super) fn fit_and_apply(
    hst: &Field,
    muse: &Path,
    options: &FitStarOptions,
    hst_star: &HstStar,
    warnings: &Warnings,
) -> Result<FitStarOutcome> {
    let muse = Field::open_without_variances(muse, "MUSE image", warnings)?;
    let (outcome, drawing) = fit_star_of(hst, &muse, options, hst_star)?;
    let mut outputs: Vec<AtomicFile> = drawing.into_iter().collect();
    if options.apply {
        let prefix = muse.output_prefix(options.output_dir);
        let resample = options.resample;
        outputs.push(aligned_image(
            &muse,
            &outcome.photometry,
            resample,
            &prefix,
        )?);
    }
    commit_all(outputs)?;
    Ok(outcome)
}

/// The fit of the star in the HST image, computed once for all MUSE images of a batch that put it
/// on the same place of the pixel grid. Only the last one is kept. The fit depends on nothing but
/// its key, so sharing it changes no bit.
#[derive(Default)]
pub(super) struct HstStar(Mutex<Option<(StarKey, Solution, Vec<f64>)>>);

/// Middle in pixels, size of a pixel and radius in arcsec.
type StarKey = ((f64, f64), (f64, f64), f64);

impl HstStar {
    /// What `fit` returned for `key`. Other threads that ask meanwhile wait for it: they need the
    /// same.
    fn at(
        &self,
        key: StarKey,
        fit: impl FnOnce() -> Result<(Solution, Vec<f64>)>,
    ) -> Result<(Solution, Vec<f64>)> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, solution, values)) = &*last {
            if *known == key {
                return Ok((solution.clone(), values.clone()));
            }
        }
        let (solution, values) = fit()?;
        *last = Some((key, solution.clone(), values.clone()));
        Ok((solution, values))
    }
}

/// The exponents with which the fits begin, imphot's: HST's profile is steeper.
const FIRST_BETA: (f64, f64) = (3.0, 10.0);

/// The same of two images in memory. A drawing is all that is written; it appears when it is
/// committed.
pub(super) fn fit_star_of(
    hst: &Field,
    muse: &Field,
    options: &FitStarOptions,
    hst_star: &HstStar,
) -> Result<(FitStarOutcome, Option<AtomicFile>)> {
    let size = (muse.image.width, muse.image.height);
    if size != (hst.image.width, hst.image.height) || !aligned(&hst.wcs, &muse.wcs, TOLERANCE) {
        let why = format!("is not on the pixels of {}", shown(&hst.image.path));
        return Err(Error::fits("MUSE image", &muse.image.path, why));
    }
    let Star { ra, dec, radius } = options.star;
    let inside = |x: f64, size: usize| (0.0..size as f64).contains(&x);
    let middle = tangent::pixel_of(&muse.wcs, ra, dec)
        .map(|(x, y)| (x - 1.0, y - 1.0))
        .filter(|&(x, y)| inside(x, size.0) && inside(y, size.1));
    let Some(middle) = middle else {
        let (ra, dec) = (general(ra, 10), general(dec, 10));
        let why = format!(
            "at ra {ra}, dec {dec} is not on {}",
            shown(&muse.image.path)
        );
        return Err(Error::argument("star", why));
    };
    let circle = Circle::new(size, muse.step, middle, radius).about(&muse.image.path)?;
    let area = muse.step.0 * muse.step.1;
    let fit = |field: &Field, what: &'static str, options: &StarOptions| {
        let image = &field.image;
        let pixel = |&i: &usize| if image.mask[i] { 0.0 } else { image.data[i] };
        let values = memory::collect(circle.index.iter().map(pixel)).about(&image.path)?;
        match star_fit::fit_star(&circle, &values, area, options) {
            Ok(solution) => match unusable(&solution) {
                Some(why) => Err(Error::fits(what, &image.path, why)),
                None => Ok((solution, values)),
            },
            Err(Fault::Pixels(why)) => Err(Error::fits(what, &image.path, why)),
            Err(other) => Err(Error::from(other).about(&image.path)),
        }
    };
    let (of_muse, muse_values) = fit(
        muse,
        "MUSE image",
        &StarOptions {
            fix_fwhm: options.fix_fwhm,
            fix_beta: options.fix_beta,
            first_beta: FIRST_BETA.0,
        },
    )?;
    let (of_hst, hst_values) = hst_star.at((middle, muse.step, radius), || {
        let options = StarOptions {
            fix_fwhm: None,
            fix_beta: None,
            first_beta: FIRST_BETA.1,
        };
        fit(hst, "HST image", &options)
    })?;
    let pixels = StarPixels {
        x: circle.x,
        y: circle.y,
        muse: muse_values,
        hst: hst_values,
        area,
    };
    let photometry = photometry(muse, &of_muse, &of_hst, &pixels);
    if let Some(why) = photometry.unusable() {
        return Err(Error::fits("MUSE image", &muse.image.path, why));
    }
    let outcome = FitStarOutcome {
        photometry,
        star: options.star,
        muse: StarProfile::of(&of_muse),
        hst: StarProfile::of(&of_hst),
        pixels,
        unit: muse.image.unit.clone(),
    };
    let draw = |hardcopy: Hardcopy| {
        let prefix = muse.output_prefix(options.output_dir);
        drawing::draw(&hardcopy, &outcome, &prefix)
    };
    let drawing = options.hardcopy.map(draw).transpose()?;
    Ok((outcome, drawing))
}

/// Why the fit of a profile is none, if it is none.
fn unusable(solution: &Solution) -> Option<String> {
    let parameters = solution.parameters.iter().enumerate();
    for (i, parameter) in parameters {
        let fitted = Fitted::of(solution, i);
        if !fitted.value.is_finite() || (!fitted.fixed && !fitted.stdev.is_finite()) {
            return Some(format!(
                "shows no star that can be fitted: nothing determines its {}, which ends at {:e}",
                parameter.name, fitted.value
            ));
        }
    }
    None
}

fn photometry(
    field: &Field,
    of_muse: &Solution,
    of_hst: &Solution,
    pixels: &StarPixels,
) -> FittedPhotometry {
    let (muse, hst) = (StarProfile::of(of_muse), StarProfile::of(of_hst));
    let difference = |a: Fitted, b: Fitted| Fitted {
        value: a.value - b.value,
        stdev: a.stdev.hypot(b.stdev),
        fixed: false,
    };
    let (m, h) = (muse.flux, hst.flux);
    let scale = Fitted {
        value: m.value / h.value,
        stdev: (h.value * m.stdev).hypot(m.value * h.stdev) / (h.value * h.value),
        fixed: false,
    };
    let (dx, dy) = (difference(muse.dx, hst.dx), difference(muse.dy, hst.dy));
    let (dra, ddec) = sky_offsets(field, dx, dy);
    let mean_square =
        of_muse.chi_square / (star_fit::WEIGHT * star_fit::WEIGHT) / pixels.muse.len() as f64;
    // The names that the original's functions have in lmfit's reports.
    let report = |solution| fit_report(solution, "_circular_moffat_profile", "leastsq");
    FittedPhotometry {
        name: field.name(),
        method: "stars",
        scale,
        bg: difference(muse.bg, hst.bg),
        dx,
        dy,
        dra,
        ddec,
        fwhm: muse.fwhm,
        beta: muse.beta,
        rchi: muse.rchi,
        rms_error: mean_square.sqrt(),
        report: format!(
            "The fit of the star in the MUSE image:\n{}\nThe fit of the star in the HST image:\n{}",
            report(of_muse),
            report(of_hst)
        ),
    }
}
