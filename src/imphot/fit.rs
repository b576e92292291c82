//! imphotFitImage, imphotFitStar and imphotFitImageAndStar for C.

use std::ffi::{c_char, c_double, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::arg;
use crate::imphot::options::{given, imphotFitImageOptions, imphotFitStarOptions, with_workers};
use crate::imphot::results::{imphotFit, imphotStarFit};
use crate::imphot::{given_regions, GivenRegions};
use crate::shim::{export, ReturnStruct};
use imphot::error::Result;
use imphot::kernel::image_fit::FitOptions;
use imphot::task::fit_both::{fit_image_and_star, FitImageAndStarOutcome, FitImageAndStarParams};
use imphot::task::fit_image::{
    fit_image, ExtraMask, FitImageOptions, FitImageOutcome, FitImageParams, Regions,
};
use imphot::task::fit_star::{fit_star, FitStarOptions, FitStarOutcome, FitStarParams};
use imphot::task::hardcopy::Hardcopy;
use imphot::task::star::Star;

/// Result of imphotFitImage; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitImageOutcome)]
pub struct imphotFitImageReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// The fit.
    #[from(outcome.photometry)]
    pub fit: imphotFit,
}

/// Result of imphotFitStar; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitStarOutcome)]
pub struct imphotFitStarReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// The fit.
    #[from(*outcome)]
    pub star: imphotStarFit,
}

/// Result of imphotFitImageAndStar; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitImageAndStarOutcome)]
pub struct imphotFitImageAndStarReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// The fit to the image.
    #[from(outcome.image.photometry)]
    pub fit: imphotFit,
    /// The fit to the star.
    pub star: imphotStarFit,
}

/// The options of an image fit, with copies of the strings that they point to.
pub(super) struct GivenOptions {
    pub(super) raw: imphotFitImageOptions,
    regions: Choice,
    extramask: Option<PathBuf>,
    output_dir: Option<PathBuf>,
    drawing: Drawing,
}

/// The options that request a drawing.
struct Drawing {
    hardcopy: String,
    title: Option<String>,
}

impl Drawing {
    /// # Safety
    /// As for [`arg::bytes`].
    unsafe fn new(hardcopy: *const c_char, title: *const c_char) -> Self {
        // SAFETY: passed on.
        unsafe {
            Drawing {
                hardcopy: arg::optional_text(hardcopy),
                title: (!title.is_null()).then(|| arg::optional_text(title)),
            }
        }
    }

    fn hardcopy(&self) -> Result<Option<Hardcopy<'_>>> {
        Hardcopy::of(&self.hardcopy, self.title.as_deref())
    }
}

/// The options of a star fit, with copies of the strings that they point to.
pub(super) struct GivenStarOptions {
    pub(super) raw: imphotFitStarOptions,
    output_dir: Option<PathBuf>,
    drawing: Drawing,
}

impl GivenStarOptions {
    /// # Safety
    /// `options` is as for [`given`], and its texts as for [`arg::bytes`].
    pub(super) unsafe fn new(options: *const imphotFitStarOptions) -> Result<Self> {
        // SAFETY: passed on.
        unsafe {
            let raw = given(options)?;
            Ok(GivenStarOptions {
                raw,
                output_dir: arg::optional_path(raw.output_dir),
                drawing: Drawing::new(raw.hardcopy, raw.title),
            })
        }
    }

    pub(super) fn options(&self, star: Star) -> Result<FitStarOptions<'_>> {
        let raw = &self.raw;
        Ok(FitStarOptions {
            star,
            fix_fwhm: arg::optional_real(raw.fix_fwhm),
            fix_beta: arg::optional_real(raw.fix_beta),
            output_dir: self.output_dir.as_deref(),
            hardcopy: self.drawing.hardcopy()?,
            apply: raw.apply != 0,
            resample: raw.resample != 0,
        })
    }
}

/// The area to fit.
enum Choice {
    Everywhere,
    Star,
    NotStar,
    Of(GivenRegions),
}

impl GivenOptions {
    /// # Safety
    /// `options` is as for [`given`], and its texts as for [`arg::bytes`].
    pub(super) unsafe fn new(options: *const imphotFitImageOptions) -> Result<Self> {
        // SAFETY: passed on.
        unsafe {
            let raw = given(options)?;
            let regions = match given_regions(raw.regions, raw.region_lines)? {
                None => Choice::Everywhere,
                Some(GivenRegions::File(path)) => match path.as_os_str().as_bytes() {
                    b"none" => Choice::Everywhere,
                    b"star" => Choice::Star,
                    b"notstar" => Choice::NotStar,
                    _ => Choice::Of(GivenRegions::File(path)),
                },
                Some(lines) => Choice::Of(lines),
            };
            let extramask = arg::optional_path(raw.extramask);
            Ok(GivenOptions {
                raw,
                regions,
                extramask: extramask.filter(|path| path.as_os_str() != "none"),
                output_dir: arg::optional_path(raw.output_dir),
                drawing: Drawing::new(raw.hardcopy, raw.title),
            })
        }
    }

    pub(super) fn options(&self) -> Result<FitImageOptions<'_>> {
        let raw = &self.raw;
        Ok(FitImageOptions {
            regions: match &self.regions {
                Choice::Everywhere => Regions::None,
                Choice::Star => Regions::Star,
                Choice::NotStar => Regions::NotStar,
                Choice::Of(regions) => Regions::Of(regions.source()),
            },
            star: arg::optional_real(raw.star_radius).map(|radius| Star {
                ra: raw.star_ra,
                dec: raw.star_dec,
                radius,
            }),
            fit: FitOptions {
                fix_scale: arg::optional_real(raw.fix_scale),
                fix_bg: arg::optional_real(raw.fix_bg),
                fix_dx: arg::optional_real(raw.fix_dx),
                fix_dy: arg::optional_real(raw.fix_dy),
                fix_fwhm: arg::optional_real(raw.fix_fwhm),
                fix_beta: arg::optional_real(raw.fix_beta),
                min_scale: raw.min_scale,
                hst_fwhm: raw.hst_fwhm,
                hst_beta: raw.hst_beta,
                margin: raw.margin,
                taper: raw.taper,
                init_dx: arg::optional_real(raw.init_dx),
                init_dy: arg::optional_real(raw.init_dy),
            },
            segment: raw.segment != 0,
            extramask: match &self.extramask {
                Some(path) => ExtraMask::File(path),
                None => ExtraMask::None,
            },
            output_dir: self.output_dir.as_deref(),
            hardcopy: self.drawing.hardcopy()?,
            save: raw.save != 0,
            apply: raw.apply != 0,
            resample: raw.resample != 0,
        })
    }
}

/// Finds the point-spread function, flux scale, background and offset of a MUSE image by fitting it with
/// an HST image.
///
/// The Fourier transform of the MUSE image is fitted by that of the HST image times a Moffat point-spread
/// function, a flux scale and a shift, plus a background.
///
/// Arguments:
/// - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
/// - muse_file: the MUSE image: DATA, and STAT and DQ if there are any.
/// - options: NULL: the defaults.
///
/// Result: the fit. Options can have images, drawings and a corrected image written, too.
///
/// Errors: an image cannot be read; the two are not on the same grid; an option is not valid; the fit does
/// not end at usable numbers.
///
/// Example:
///
/// ```c
///     struct imphotFitImageOptions options;
///     imphotFitImageOptionsInit(&options, sizeof options);
///     options.fix_beta = 2.8;
///     struct imphotFitImageReturn *found =
///         imphotFitImage("hst_on_muse.fits", "muse.fits", &options);
///     if (found && found->status == 0)
///         printf("FWHM %.2f arcseconds\n", found->fit.fwhm.value);
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitImage(
    hst_file: *const c_char,
    muse_file: *const c_char,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImageReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let options = GivenOptions::new(options)?;
        fit_image(
            &FitImageParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                options: options.options()?,
            },
            &with_workers(run, options.raw.nworker),
        )
    })
}

/// Fits a Moffat profile to a star in a MUSE image and in an HST image, and compares the two.
///
/// Arguments:
/// - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
/// - muse_file: the MUSE image.
/// - ra, dec: position of the star (degrees, J2000).
/// - radius: radius of the circle around it that is fitted (arcseconds).
/// - options: NULL: the defaults.
///
/// Result: the profiles and their comparison.
///
/// Errors: an image cannot be read; there are too few good pixels within radius; an option is not valid;
/// the fit does not end at usable numbers.
///
/// Example:
///
/// ```c
///     struct imphotFitStarReturn *found =
///         imphotFitStar("hst_on_muse.fits", "muse.fits", 53.1613, -27.7806, 3.0, NULL);
///     if (found && found->status == 0)
///         printf("FWHM %.2f arcseconds\n", found->star.muse_fwhm.value);
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitStar(
    hst_file: *const c_char,
    muse_file: *const c_char,
    ra: c_double,
    dec: c_double,
    radius: c_double,
    options: *const imphotFitStarOptions,
) -> *mut imphotFitStarReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let given = GivenStarOptions::new(options)?;
        let params = FitStarParams {
            hst: &arg::path(hst_file, "hst_file")?,
            muse: &arg::path(muse_file, "muse_file")?,
            options: given.options(Star { ra, dec, radius })?,
        };
        fit_star(&params, run)
    })
}

/// Fits an image as by imphotFitImage, and a star in it as by imphotFitStar.
///
/// Arguments:
/// - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
/// - muse_file: the MUSE image.
/// - options: with star_ra, star_dec and star_radius, the position of the star and the radius that is
///   fitted. The corrected image that the option apply writes is corrected by the fit of the image.
///
/// Result: both fits.
///
/// Errors: those of imphotFitImage and imphotFitStar; the options have no star.
///
/// Example:
///
/// ```c
///     struct imphotFitImageOptions options;
///     imphotFitImageOptionsInit(&options, sizeof options);
///     options.star_ra = 53.1613;
///     options.star_dec = -27.7806;
///     options.star_radius = 3.0;
///     struct imphotFitImageAndStarReturn *found =
///         imphotFitImageAndStar("hst_on_muse.fits", "muse.fits", &options);
///     if (found && found->status == 0)
///         printf("%.2f and %.2f\n", found->fit.fwhm.value, found->star.muse_fwhm.value);
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitImageAndStar(
    hst_file: *const c_char,
    muse_file: *const c_char,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImageAndStarReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let options = GivenOptions::new(options)?;
        fit_image_and_star(
            &FitImageAndStarParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                options: options.options()?,
            },
            &with_workers(run, options.raw.nworker),
        )
    })
}
