//! imphotFitImages and imphotFitStars for C.

use std::ffi::{c_char, c_double, c_int, c_void};
use std::mem::MaybeUninit;

use crate::arg;
use crate::host::as_host;
use crate::imphot::fit::{GivenOptions, GivenStarOptions};
use crate::imphot::options::{imphotFitImageOptions, imphotFitStarOptions, with_workers};
use crate::imphot::results::{imphotImageFit, FillItem};
use crate::shim::{export_with_list, ReturnStruct, WithList};
use imphot::error::{Error, Result};
use imphot::task::fit_images::{fit_images_each, FitImagesOutcome, FitImagesParams};
use imphot::task::fit_stars::{fit_stars_each, FitStarsOutcome, FitStarsParams};
use imphot::task::star::Star;

/// Result of imphotFitImages; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitImagesOutcome)]
pub struct imphotFitImagesReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images.
    pub count: c_int,
    /// Number of images that could not be fitted.
    pub failed: c_int,
    /// The results, count of them, in the order of the images. They are part of the memory of this
    /// struct: do not free them. NULL on error.
    pub images: *mut imphotImageFit,
}

/// Result of imphotFitStars; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FitStarsOutcome)]
pub struct imphotFitStarsReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of images.
    pub count: c_int,
    /// Number of images in which the star could not be fitted.
    pub failed: c_int,
    /// The results, count of them, in the order of the images. They are part of the memory of this
    /// struct: do not free them. NULL on error.
    pub images: *mut imphotImageFit,
}

// SAFETY: repr(C), and made of integers, doubles and character arrays only, which are all valid as
// zero bytes.
unsafe impl WithList for imphotFitImagesReturn {
    type Item = imphotImageFit;
    fn fill_list(&mut self, items: &mut [imphotImageFit], outcome: &FitImagesOutcome) {
        fill_all(items, &outcome.results);
        self.images = items.as_mut_ptr();
    }
}

// SAFETY: as above.
unsafe impl WithList for imphotFitStarsReturn {
    type Item = imphotImageFit;
    fn fill_list(&mut self, items: &mut [imphotImageFit], outcome: &FitStarsOutcome) {
        fill_all(items, &outcome.results);
        self.images = items.as_mut_ptr();
    }
}

fn fill_all<T: FillItem>(items: &mut [imphotImageFit], results: &[Result<T>]) {
    for (item, result) in items.iter_mut().zip(results) {
        T::fill_with(result, item);
    }
}

/// The caller's callback and its user pointer.
struct Fitted {
    callback: Option<unsafe extern "C" fn(*const imphotImageFit, c_int, *mut c_void) -> c_int>,
    user: *mut c_void,
}

impl Fitted {
    /// Calls the callback with a result.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if it returns another number than 0.
    ///
    /// # Safety
    /// The callback may be called with its user pointer, and returns.
    unsafe fn call<T: FillItem>(&self, index: usize, result: &Result<T>) -> Result<()> {
        let Some(callback) = self.callback else {
            return Ok(());
        };
        let mut place = MaybeUninit::<imphotImageFit>::uninit();
        // SAFETY: the place is ours and stays where it is; a struct of integers, doubles and
        // characters is valid as zero bytes.
        let item = unsafe {
            place.as_mut_ptr().write_bytes(0, 1);
            place.assume_init_mut()
        };
        T::fill_with(result, item);
        let index = c_int::try_from(index).unwrap_or(c_int::MAX);
        // SAFETY: by this function's own contract.
        match as_host(|| unsafe { callback(item, index, self.user) }) {
            0 => Ok(()),
            _ => Err(Error::Shared(mosaic::Error::Cancelled)),
        }
    }
}

/// Fits many images of one field, each as by imphotFitImage, on all cores.
///
/// Progress is reported and can be cancelled (montage_setProgress). With the option fitted, results are
/// passed to the caller as they come; the option nworker sets the number of threads.
///
/// Arguments:
/// - hst_file: the HST image, on the pixel grid of the MUSE images.
/// - muse_files: names of the MUSE images.
/// - count: number of names.
/// - stars: 1 fits the star of the options, too, as by imphotFitImageAndStar.
/// - options: NULL: the defaults.
///
/// Result: a list of count results. An image that cannot be fitted is counted and has its reason in the
/// list; the others go on.
///
/// Errors: count is negative; a name in muse_files is NULL or ""; the HST image cannot be read; an option
/// is not valid; two outputs would have the same name; a callback cancels.
///
/// Example:
///
/// ```c
///     const char *names[2] = { "muse1.fits", "muse2.fits" };
///     struct imphotFitImagesReturn *all = imphotFitImages("hst_on_muse.fits", names, 2, 0, NULL);
///     if (all && all->status == 0)
///         for (int i = 0; i < all->count; i++)
///             puts(all->images[i].status == 0 ? all->images[i].fit.summary : all->images[i].msg);
///     free(all);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitImages(
    hst_file: *const c_char,
    muse_files: *const *const c_char,
    count: c_int,
    stars: c_int,
    options: *const imphotFitImageOptions,
) -> *mut imphotFitImagesReturn {
    // SAFETY: the contract of the interface.
    export_with_list(usize::try_from(count).unwrap_or(0), |run| unsafe {
        let options = GivenOptions::new(options)?;
        let fitted = Fitted {
            callback: options.raw.fitted,
            user: options.raw.fitted_user,
        };
        fit_images_each(
            &FitImagesParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::paths(muse_files, count, ("muse_files", "count"))?,
                options: options.options()?,
                stars: stars != 0,
            },
            &with_workers(run, options.raw.nworker),
            &mut |index, result| fitted.call(index, result),
        )
    })
}

/// Fits a star in many images of one field, each as by imphotFitStar, on all cores.
///
/// The HST image is read once, and its star is fitted once for all images that have it at the same place
/// of the pixel grid. Progress is reported and can be cancelled (montage_setProgress). With the option
/// fitted, results are passed to the caller as they come; the option nworker sets the number of threads.
///
/// Arguments:
/// - hst_file: the HST image, on the pixel grid of the MUSE images.
/// - muse_files: names of the MUSE images.
/// - count: number of names.
/// - ra, dec: position of the star (degrees, J2000).
/// - radius: radius of the circle around it that is fitted (arcseconds).
/// - options: NULL: the defaults.
///
/// Result: a list of count results, whose member star is filled.
///
/// Errors: as for imphotFitImages; ra, dec or radius is not valid.
///
/// Example:
///
/// ```c
///     const char *names[2] = { "muse1.fits", "muse2.fits" };
///     struct imphotFitStarsReturn *all =
///         imphotFitStars("hst_on_muse.fits", names, 2, 53.1613, -27.7806, 3.0, NULL);
///     if (all && all->status == 0)
///         printf("%d of %d images failed\n", all->failed, all->count);
///     free(all);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitStars(
    hst_file: *const c_char,
    muse_files: *const *const c_char,
    count: c_int,
    ra: c_double,
    dec: c_double,
    radius: c_double,
    options: *const imphotFitStarOptions,
) -> *mut imphotFitStarsReturn {
    // SAFETY: the contract of the interface.
    export_with_list(usize::try_from(count).unwrap_or(0), |run| unsafe {
        let options = GivenStarOptions::new(options)?;
        let fitted = Fitted {
            callback: options.raw.fitted,
            user: options.raw.fitted_user,
        };
        fit_stars_each(
            &FitStarsParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::paths(muse_files, count, ("muse_files", "count"))?,
                options: options.options(Star { ra, dec, radius })?,
            },
            &with_workers(run, options.raw.nworker),
            &mut |index, result| fitted.call(index, result),
        )
    })
}
