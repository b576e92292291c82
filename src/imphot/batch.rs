//! imphotFitImages and imphotFitStars for C.

use std::ffi::{c_char, c_double, c_int, c_void};
use std::mem::MaybeUninit;

use crate::arg;
use crate::host::as_host;
use crate::imphot::fit::{GivenOptions, GivenStarOptions};
use crate::imphot::options::{imphotFitImageOptions, imphotFitStarOptions, with_workers};
use crate::imphot::results::{imphotImageFit, FillItem};
use crate::impl_return;
use crate::shim::{export_with_list, WithList};
use imphot::error::{Error, Result};
use imphot::task::fit_images::{fit_images_each, FitImagesOutcome, FitImagesParams};
use imphot::task::fit_stars::{fit_stars_each, FitStarsOutcome, FitStarsParams};
use imphot::task::star::Star;

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

/// What imphotFitStars returns.
#[repr(C)]
pub struct imphotFitStarsReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Images.
    pub count: c_int,
    /// Those in which the star could not be fitted.
    pub failed: c_int,
    /// One for each image, in the order given. They are part of the memory of this struct: the one
    /// free() of it releases them too. NULL on error.
    pub images: *mut imphotImageFit,
}
impl_return!(imphotFitStarsReturn, FitStarsOutcome { count, failed });

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
    /// [`Error::Shared(mosaic::Error::Cancelled)`] if its answer is not zero.
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

/// Fits each of the `count` images `muse_files`, all of one field, as imphotFitImage does, and with
/// `stars` the star of the options too, as imphotFitImageAndStar, on all cores. An image that cannot
/// be fitted is counted in `failed`, the others go on. Progress is reported and can be cancelled
/// (montage_setProgress). The options `fitted` and `nworker` are for this function: results as they
/// come, and threads.
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

/// Fits the star within `radius` arcseconds of `ra`, `dec` (degrees) in each of the `count` images
/// `muse_files`, all of one field, as imphotFitStar does, on all cores. The HST image is read once,
/// and its star fitted once for all images that have it on the same place of the pixel grid. An image
/// that cannot be fitted is counted in `failed`, the others go on. Progress is reported and can be
/// cancelled (montage_setProgress). The options `fitted` and `nworker` are for this function: results
/// as they come, and threads.
/// # Safety
/// Every string is NULL or NUL-terminated and valid for the call; `muse_files` is NULL or points to
/// `count` of them; `options` is NULL or points to a struct that imphotFitStarOptionsInit() has filled.
/// Free the result, with its list, by one `free()`.
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
    // SAFETY: the pointers are as this function's own contract says.
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
