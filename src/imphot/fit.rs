//! imphotFitImage, imphotFitStar and imphotFitImageAndStar for C.

use std::ffi::{c_char, c_double, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::arg;
use crate::imphot::options::{given, imphotFitImageOptions, imphotFitStarOptions, with_workers};
use crate::imphot::results::{imphotFit, imphotStarFit};
use crate::imphot::{given_regions, GivenRegions};
use crate::shim::{export, ReturnStruct, JSON, MSG};
use imphot::error::Result;
use imphot::kernel::image_fit::FitOptions;
use imphot::task::fit_both::{fit_image_and_star, FitImageAndStarOutcome, FitImageAndStarParams};
use imphot::task::fit_image::{
    fit_image, ExtraMask, FitImageOptions, FitImageOutcome, FitImageParams, Regions,
};
use imphot::task::fit_star::{fit_star, FitStarOptions, FitStarOutcome, FitStarParams};
use imphot::task::hardcopy::Hardcopy;
use imphot::task::star::Star;

/// What imphotFitImage returns.
#[repr(C)]
pub struct imphotFitImageReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// The fit.
    pub fit: imphotFit,
}
// SAFETY: repr(C), and made of integers, doubles and character arrays only, which are all valid as
// zero bytes.
unsafe impl ReturnStruct for imphotFitImageReturn {
    type Outcome = FitImageOutcome;
    fn fill(&mut self, outcome: &FitImageOutcome) {
        self.fit = (&outcome.photometry).into();
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// What imphotFitStar returns.
#[repr(C)]
pub struct imphotFitStarReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// The fit.
    pub star: imphotStarFit,
}

// SAFETY: repr(C), and made of integers, doubles and character arrays only, which are all valid as
// zero bytes.
unsafe impl ReturnStruct for imphotFitStarReturn {
    type Outcome = FitStarOutcome;
    fn fill(&mut self, outcome: &FitStarOutcome) {
        self.star = outcome.into();
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// What imphotFitImageAndStar returns.
#[repr(C)]
pub struct imphotFitImageAndStarReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// The fit to the image.
    pub fit: imphotFit,
    /// The fit to the star.
    pub star: imphotStarFit,
}

// SAFETY: as above.
unsafe impl ReturnStruct for imphotFitImageAndStarReturn {
    type Outcome = FitImageAndStarOutcome;
    fn fill(&mut self, outcome: &FitImageAndStarOutcome) {
        self.fit = (&outcome.image.photometry).into();
        self.star = (&outcome.star).into();
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// The options of an image fit with the texts that C's pointers lead to.
pub(super) struct GivenOptions {
    pub(super) raw: imphotFitImageOptions,
    regions: Choice,
    extramask: Option<PathBuf>,
    output_dir: Option<PathBuf>,
    drawing: Drawing,
}

/// The texts that ask for a drawing.
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

/// The options of a star fit with the texts that C's pointers lead to.
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

/// Where to fit.
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

/// Fits the image `muse_file` (DATA, STAT, DQ) with the HST image `hst_file` on the same pixels
/// (imphotRegridHst makes it so): the transform of the MUSE image by that of the HST image times a
/// Moffat point-spread function, a flux scale, a shift, and a background.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
/// a struct that imphotFitImageOptionsInit() has filled. Free the result with `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotFitImage(
    hst_file: *const c_char,
    muse_file: *const c_char,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImageReturn {
    // SAFETY: the pointers are as this function's own contract says.
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

/// Fits a Moffat profile to the star within `radius` arcseconds of `ra`, `dec` (degrees) in both
/// images, and compares the two. The images are as for imphotFitImage.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
/// a struct that imphotFitStarOptionsInit() has filled. Free the result with `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotFitStar(
    hst_file: *const c_char,
    muse_file: *const c_char,
    ra: c_double,
    dec: c_double,
    radius: c_double,
    options: *const imphotFitStarOptions,
) -> *mut imphotFitStarReturn {
    // SAFETY: the pointers are as this function's own contract says.
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

/// Both fits: of the image as imphotFitImage does, and of the star star_ra, star_dec, star_radius of
/// the options as imphotFitStar does. What `apply` writes is corrected by the fit of the image.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
/// a struct that imphotFitImageOptionsInit() has filled. Free the result with `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotFitImageAndStar(
    hst_file: *const c_char,
    muse_file: *const c_char,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImageAndStarReturn {
    // SAFETY: the pointers are as this function's own contract says.
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
