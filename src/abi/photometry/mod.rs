//! imphot, the photometry of MUSE images against HST images, for C: `include/imphot.h`.
//!
//! The structs that several functions share are here; the functions are in the file of their subject.

use std::ffi::{c_char, c_double, c_int};
use std::path::PathBuf;

use crate::abi::arg;
use crate::abi::shim::copy_text;
use crate::error::{Error, Result};
use crate::task::photometry::region_mask::RegionSource;
use crate::task::photometry::report::{Fitted, FittedPhotometry};

pub mod fit;
pub mod images;
pub mod options;

/// A fitted parameter.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotValue {
    /// The best value.
    pub value: c_double,
    /// Its standard error; 0 for a fixed parameter, NaN where the fit cannot tell.
    pub stdev: c_double,
    /// 1: it was held at this value.
    pub fixed: c_int,
}

impl From<Fitted> for imphotValue {
    fn from(fitted: Fitted) -> Self {
        imphotValue {
            value: fitted.value,
            stdev: fitted.stdev,
            fixed: fitted.fixed.into(),
        }
    }
}

/// What a fit says of a MUSE image, judged against the HST image of its field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotFit {
    /// Factor between the fluxes, MUSE / HST.
    pub scale: imphotValue,
    /// Offset between the backgrounds, MUSE - HST (the MUSE image's unit).
    pub bg: imphotValue,
    /// How far features of the MUSE image lie to the right of the same ones of the HST image, along
    /// the x axis (arcseconds). Over the width of a pixel, it is what to add to CRPIX1.
    pub dx: imphotValue,
    /// How far they lie above them, along the y axis (arcseconds).
    pub dy: imphotValue,
    /// The same offset in right ascension (arcseconds of the coordinate): subtract it from CRVAL1.
    pub dra: imphotValue,
    /// The same offset in declination (arcseconds): subtract it from CRVAL2.
    pub ddec: imphotValue,
    /// Full width at half maximum of the point-spread function, a Moffat profile (arcseconds).
    pub fwhm: imphotValue,
    /// Exponent of that profile; above about 5 it is nearly a Gaussian.
    pub beta: imphotValue,
    /// Chi-square over the degrees of freedom of the fit.
    pub rchi: c_double,
    /// Root mean square of the residual pixels (the MUSE image's unit).
    pub rms_error: c_double,
    /// The MUSE file's name without folder and ".fits".
    pub name: [c_char; 256],
    /// One line with the values above, as the program fit_photometry prints it.
    pub summary: [c_char; 512],
    /// The long report of the fit, of many lines.
    pub report: [c_char; 8192],
}

impl From<FittedPhotometry> for imphotFit {
    fn from(fit: FittedPhotometry) -> Self {
        let mut out = imphotFit {
            scale: fit.scale.into(),
            bg: fit.bg.into(),
            dx: fit.dx.into(),
            dy: fit.dy.into(),
            dra: fit.dra.into(),
            ddec: fit.ddec.into(),
            fwhm: fit.fwhm.into(),
            beta: fit.beta.into(),
            rchi: fit.rchi,
            rms_error: fit.rms_error,
            name: [0; 256],
            summary: [0; 512],
            report: [0; 8192],
        };
        copy_text(&fit.name, &mut out.name);
        copy_text(&fit.summary(false), &mut out.summary);
        copy_text(&fit.report, &mut out.report);
        out
    }
}

/// Where ds9 regions come from, as C says it.
enum GivenRegions {
    File(PathBuf),
    Lines(String),
}

impl GivenRegions {
    fn source(&self) -> RegionSource<'_> {
        match self {
            GivenRegions::File(path) => RegionSource::File(path),
            GivenRegions::Lines(text) => RegionSource::Lines(text),
        }
    }
}

/// The regions of a file or of lines in memory, of which one at most is given; NULL and an empty
/// text are none.
///
/// # Safety
/// As for [`arg::bytes`].
unsafe fn given_regions(
    regions: *const c_char,
    region_lines: *const c_char,
) -> Result<Option<GivenRegions>> {
    // SAFETY: passed on.
    let (file, lines) = unsafe {
        (
            arg::optional_path(regions),
            arg::optional_text(region_lines),
        )
    };
    match (file, lines.is_empty()) {
        (None, true) => Ok(None),
        (Some(path), true) => Ok(Some(GivenRegions::File(path))),
        (None, false) => Ok(Some(GivenRegions::Lines(lines))),
        (Some(_), false) => Err(Error::argument(
            "region_lines",
            "is given, and so is regions",
        )),
    }
}
