//! imphotFitImage, imphotFitStar, imphotFitImageAndStar and imphotFitImages for C.

use std::ffi::{c_char, c_double, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::abi::arg;
use crate::abi::photometry::options::{given, imphotFitImageOptions, imphotFitStarOptions};
use crate::abi::photometry::{given_regions, imphotFit, imphotValue, GivenRegions};
use crate::abi::shim::{copy_text, export, export_with_list, ReturnStruct, WithList, JSON, MSG};
use crate::error::Result;
use crate::impl_return;
use crate::task::photometry::fit_both::{
    fit_image_and_star, FitImageAndStarOutcome, FitImageAndStarParams,
};
use crate::task::photometry::fit_image::{
    fit_image, ExtraMask, FitImageOptions, FitImageOutcome, FitImageParams, Regions, Star,
};
use crate::task::photometry::fit_images::{fit_images, FitImagesOutcome, FitImagesParams};
use crate::task::photometry::fit_star::{fit_star, FitStarOptions, FitStarOutcome, FitStarParams};
use crate::task::photometry::hardcopy::Hardcopy;

/// What a star says: the fits of a Moffat profile to it in both images, compared.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotStarFit {
    /// The comparison; its fwhm, beta, rchi and rms_error are those of the star in the MUSE image.
    pub fit: imphotFit,
    /// FWHM of the star in the MUSE image (arcseconds).
    pub muse_fwhm: imphotValue,
    /// Its Moffat exponent.
    pub muse_beta: imphotValue,
    /// Its offset from the given position along the x axis (arcseconds).
    pub muse_dx: imphotValue,
    /// Its offset along the y axis (arcseconds).
    pub muse_dy: imphotValue,
    /// The background around it (the MUSE image's unit).
    pub muse_bg: imphotValue,
    /// Its flux (the MUSE image's unit, summed over pixels).
    pub muse_flux: imphotValue,
    /// Chi-square over the degrees of freedom of the fit to the MUSE image.
    pub muse_rchi: c_double,
    /// FWHM of the star in the HST image (arcseconds).
    pub hst_fwhm: imphotValue,
    /// Its Moffat exponent.
    pub hst_beta: imphotValue,
    /// Its offset from the given position along the x axis (arcseconds).
    pub hst_dx: imphotValue,
    /// Its offset along the y axis (arcseconds).
    pub hst_dy: imphotValue,
    /// The background around it (the HST image's unit).
    pub hst_bg: imphotValue,
    /// Its flux (the HST image's unit, summed over pixels).
    pub hst_flux: imphotValue,
    /// Chi-square over the degrees of freedom of the fit to the HST image.
    pub hst_rchi: c_double,
}

impl From<&FitStarOutcome> for imphotStarFit {
    fn from(outcome: &FitStarOutcome) -> Self {
        let (muse, hst) = (outcome.muse, outcome.hst);
        imphotStarFit {
            fit: outcome.photometry.clone().into(),
            muse_fwhm: muse.fwhm.into(),
            muse_beta: muse.beta.into(),
            muse_dx: muse.dx.into(),
            muse_dy: muse.dy.into(),
            muse_bg: muse.bg.into(),
            muse_flux: muse.flux.into(),
            muse_rchi: muse.rchi,
            hst_fwhm: hst.fwhm.into(),
            hst_beta: hst.beta.into(),
            hst_dx: hst.dx.into(),
            hst_dy: hst.dy.into(),
            hst_bg: hst.bg.into(),
            hst_flux: hst.flux.into(),
            hst_rchi: hst.rchi,
        }
    }
}

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
impl_return!(
    imphotFitImageReturn,
    FitImageOutcome {} named { fit = photometry }
);

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
        self.fit = outcome.image.photometry.clone().into();
        self.star = (&outcome.star).into();
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// One image of imphotFitImages.
#[repr(C)]
pub struct imphotImageFit {
    /// 0: OK, 1: this image could not be fitted; the others may have been.
    pub status: c_int,
    /// What went wrong.
    pub msg: [c_char; 1024],
    /// The fit to the image.
    pub fit: imphotFit,
    /// The fit to the star, where one was asked for; else zeros.
    pub star: imphotStarFit,
}

/// What imphotFitImages returns.
#[repr(C)]
pub struct imphotFitImagesReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Images.
    pub count: c_int,
    /// Those that could not be fitted.
    pub failed: c_int,
    /// One for each image, in the order given. They are part of the memory of this struct: the one
    /// free() of it releases them too. NULL on error.
    pub images: *mut imphotImageFit,
}
impl_return!(imphotFitImagesReturn, FitImagesOutcome { count, failed });

// SAFETY: repr(C), and made of integers, doubles and character arrays only, which are all valid as
// zero bytes.
unsafe impl WithList for imphotFitImagesReturn {
    type Item = imphotImageFit;
    fn fill_list(&mut self, items: &mut [imphotImageFit], outcome: &FitImagesOutcome) {
        for (item, result) in items.iter_mut().zip(&outcome.results) {
            match result {
                Ok(found) => {
                    item.fit = found.image.clone().into();
                    if let Some(star) = &found.star {
                        item.star = star.into();
                    }
                }
                Err(error) => {
                    item.status = 1;
                    copy_text(&error.to_string(), &mut item.msg);
                }
            }
        }
        self.images = items.as_mut_ptr();
    }
}

/// The options of an image fit with the texts that C's pointers lead to.
struct GivenOptions {
    raw: imphotFitImageOptions,
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
    unsafe fn new(options: *const imphotFitImageOptions) -> Result<Self> {
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

    fn options(&self) -> Result<FitImageOptions<'_>> {
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
            segment: raw.segment != 0,
            taper: raw.taper,
            extramask: match &self.extramask {
                Some(path) => ExtraMask::File(path),
                None => ExtraMask::None,
            },
            init_dx: arg::optional_real(raw.init_dx),
            init_dy: arg::optional_real(raw.init_dy),
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
        fit_image(
            &FitImageParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                options: GivenOptions::new(options)?.options()?,
            },
            run,
        )
    })
}

/// Fits each of the `count` images `muse_files`, all of one field, as imphotFitImage does, and with
/// `stars` the star of the options too, as imphotFitImageAndStar, on all cores. An image that cannot
/// be fitted is counted in `failed`, the others go on. Progress is reported and can be cancelled
/// (montage_setProgress).
/// # Safety
/// Every string is NULL or NUL-terminated and valid for the call; `muse_files` is NULL or points to
/// `count` of them; `options` is NULL or points to a struct that imphotFitImageOptionsInit() has filled.
/// Free the result, with its list, by one `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotFitImages(
    hst_file: *const c_char,
    muse_files: *const *const c_char,
    count: c_int,
    stars: c_int,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImagesReturn {
    // SAFETY: the pointers are as this function's own contract says.
    export_with_list(usize::try_from(count).unwrap_or(0), |run| unsafe {
        let options = GivenOptions::new(options)?;
        fit_images(
            &FitImagesParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::paths(muse_files, count, ("muse_files", "count"))?,
                options: options.options()?,
                stars: stars != 0,
            },
            run,
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
    export(|_| unsafe {
        let raw = given(options)?;
        fit_star(&FitStarParams {
            hst: &arg::path(hst_file, "hst_file")?,
            muse: &arg::path(muse_file, "muse_file")?,
            options: FitStarOptions {
                star: Star { ra, dec, radius },
                fix_fwhm: arg::optional_real(raw.fix_fwhm),
                fix_beta: arg::optional_real(raw.fix_beta),
                output_dir: arg::optional_path(raw.output_dir).as_deref(),
                hardcopy: Drawing::new(raw.hardcopy, raw.title).hardcopy()?,
                apply: raw.apply != 0,
                resample: raw.resample != 0,
            },
        })
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
        fit_image_and_star(
            &FitImageAndStarParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                options: GivenOptions::new(options)?.options()?,
            },
            run,
        )
    })
}
