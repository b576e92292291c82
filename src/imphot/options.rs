//! The options of the photometry functions: structs that carry their size, so that a program built
//! with an earlier header goes on working when members are added at the end.

use std::ffi::{c_char, c_double, c_int, c_void};
use std::ptr::{null, null_mut};

use crate::imphot::results::imphotImageFit;
use imphot::error::{Error, Result};
use imphot::kernel::image_fit::FitOptions;
use mosaic::run::Run;

/// Options of imphotFitImage, imphotFitImageAndStar and imphotFitImages. Fill them with
/// imphotFitImageOptionsInit() and change members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotFitImageOptions {
    /// sizeof(struct imphotFitImageOptions), set by imphotFitImageOptionsInit().
    pub size: usize,
    /// Area to fit: NULL, "" or "none": all; "star" or "notstar": inside or outside the circle of
    /// star_ra, star_dec and star_radius; or the name of a ds9 region file.
    pub regions: *const c_char,
    /// The lines of a ds9 region file in memory, instead of regions; NULL: none.
    pub region_lines: *const c_char,
    /// Right ascension of the circle around the star (degrees).
    pub star_ra: c_double,
    /// Declination of the circle (degrees).
    pub star_dec: c_double,
    /// Radius of the circle (arcseconds); NaN (the default): there is no star.
    pub star_radius: c_double,
    /// Holds the flux scale, MUSE / HST, at this value; NaN (the default): it is fitted.
    pub fix_scale: c_double,
    /// Holds the background offset, MUSE - HST, at this value; NaN: it is fitted.
    pub fix_bg: c_double,
    /// Holds the x offset, MUSE - HST (arcseconds), at this value; NaN: it is fitted.
    pub fix_dx: c_double,
    /// Holds the y offset (arcseconds) at this value; NaN: it is fitted.
    pub fix_dy: c_double,
    /// Holds the FWHM of the point-spread function (arcseconds) at this value; NaN: it is fitted.
    pub fix_fwhm: c_double,
    /// Holds the Moffat exponent at this value; NaN: it is fitted.
    pub fix_beta: c_double,
    /// Lower bound of the flux scale (default 0).
    pub min_scale: c_double,
    /// FWHM of a Moffat model of the point-spread function of HST (arcseconds, default 0.085).
    pub hst_fwhm: c_double,
    /// Exponent of that model (default 1.6).
    pub hst_beta: c_double,
    /// Width of the margin of zeros around the images (arcseconds, default 2): at least the expected
    /// offset and the width of the point-spread function.
    pub margin: c_double,
    /// First guess of the x offset (arcseconds); NaN: 0.
    pub init_dx: c_double,
    /// First guess of the y offset (arcseconds); NaN: 0.
    pub init_dy: c_double,
    /// 1: leave out pixels fainter than the median of the morphologically opened HST image.
    pub segment: c_int,
    /// Width of the soft edge of masked areas (pixels, default 9). An even number means the next odd
    /// one; below 2 there is no soft edge.
    pub taper: c_int,
    /// FITS image on the grid of the MUSE image, 0 where pixels are good and 1 where they are masked;
    /// NULL: none.
    pub extramask: *const c_char,
    /// Folder for the files that are written; NULL or "": the folder of the MUSE image.
    pub output_dir: *const c_char,
    /// 1: write the fitted images and their transforms in six FITS files: NAME_image.fits,
    /// NAME_hst_model.fits and NAME_residual.fits, the transforms with _fft before .fits. NAME is the
    /// name of the MUSE image without ".fits".
    pub save: c_int,
    /// 1: write the corrected MUSE image, as NAME_aligned.fits.
    pub apply: c_int,
    /// With apply, 1: correct the offset by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
    pub resample: c_int,
    /// Always 0.
    pub reserved: c_int,
    /// Format of a drawing of the fit, NAME_image_fit.FORMAT: "png", "jpg", "svg", "pdf" or
    /// "eps"; NULL, "" or "none": no drawing. imphotFitImageAndStar draws NAME_star_fit.FORMAT
    /// too.
    pub hardcopy: *const c_char,
    /// Title of the drawing; NULL or "none": the name of the image; "": none.
    pub title: *const c_char,
    /// imphotFitImages: called with the result of each image as soon as it and those before it are
    /// available: in order, on the thread of the call; index counts from 0. The result is valid until
    /// the function returns. It returns 0 to go on, any other number to cancel the call. NULL (the
    /// default): not called.
    pub fitted: Option<
        unsafe extern "C" fn(fit: *const imphotImageFit, index: c_int, user: *mut c_void) -> c_int,
    >,
    /// Passed to fitted.
    pub fitted_user: *mut c_void,
    /// Number of threads of this call. 0 (the default): the usual number (montage_setThreads); -n: n
    /// less than that, at least one.
    pub nworker: c_int,
    /// Always 0.
    pub reserved2: c_int,
}

/// Options of imphotFitStar and imphotFitStars. Fill them with imphotFitStarOptionsInit() and change
/// members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotFitStarOptions {
    /// sizeof(struct imphotFitStarOptions), set by imphotFitStarOptionsInit().
    pub size: usize,
    /// Holds the FWHM in the MUSE image (arcseconds) at this value; NaN (the default): it is fitted.
    pub fix_fwhm: c_double,
    /// Holds the Moffat exponent in the MUSE image at this value; NaN: it is fitted.
    pub fix_beta: c_double,
    /// Folder for the files that are written; NULL or "": the folder of the MUSE image.
    pub output_dir: *const c_char,
    /// 1: write the corrected MUSE image, as NAME_aligned.fits.
    pub apply: c_int,
    /// With apply, 1: correct the offset by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
    pub resample: c_int,
    /// Format of a drawing of the profiles, NAME_star_fit.FORMAT: "png", "jpg", "svg", "pdf" or
    /// "eps"; NULL, "" or "none": no drawing.
    pub hardcopy: *const c_char,
    /// Title of the drawing; NULL or "none": the name of the image; "": none.
    pub title: *const c_char,
    /// imphotFitStars: called with the result of each image as soon as it and those before it are
    /// available: in order, on the thread of the call; index counts from 0. The result is valid until
    /// the function returns. It returns 0 to go on, any other number to cancel the call. NULL (the
    /// default): not called.
    pub fitted: Option<
        unsafe extern "C" fn(fit: *const imphotImageFit, index: c_int, user: *mut c_void) -> c_int,
    >,
    /// Passed to fitted.
    pub fitted_user: *mut c_void,
    /// Number of threads of this call. 0 (the default): the usual number (montage_setThreads); -n: n
    /// less than that, at least one.
    pub nworker: c_int,
    /// Always 0.
    pub reserved: c_int,
}

/// Options of imphotBandpassImage. Fill them with imphotBandpassOptionsInit() and change members.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotBandpassOptions {
    /// sizeof(struct imphotBandpassOptions), set by imphotBandpassOptionsInit().
    pub size: usize,
    /// Unit of the wavelengths of the curve: "Angstrom", "nm", "um" or "m", or "pixel" for planes of
    /// the cube, from 0; NULL: Angstrom.
    pub wave_unit: *const c_char,
    /// Interpolation between the points of the curve: "linear" (NULL, the default) or "cubic".
    pub interpolation: *const c_char,
}

/// A struct of options whose first member is its size in the caller's header.
///
/// # Safety
/// The implementor is `repr(C)`, begins with a `usize`, has no gaps, and is made of numbers, raw
/// pointers and optional functions, for which any bytes that a C program puts there are a value.
pub unsafe trait Options: Copy {
    /// Its size in the first header that had it.
    const FIRST_SIZE: usize;
    /// The documented defaults.
    fn defaults() -> Self;
}

// SAFETY: repr(C), begins with a usize; numbers, raw pointers and an optional function without gaps.
unsafe impl Options for imphotFitImageOptions {
    const FIRST_SIZE: usize = 200;
    fn defaults() -> Self {
        let of = FitOptions::default();
        imphotFitImageOptions {
            size: size_of::<Self>(),
            regions: null(),
            region_lines: null(),
            star_ra: 0.0,
            star_dec: 0.0,
            star_radius: f64::NAN,
            fix_scale: f64::NAN,
            fix_bg: f64::NAN,
            fix_dx: f64::NAN,
            fix_dy: f64::NAN,
            fix_fwhm: f64::NAN,
            fix_beta: f64::NAN,
            min_scale: of.min_scale,
            hst_fwhm: of.hst_fwhm,
            hst_beta: of.hst_beta,
            margin: of.margin,
            init_dx: f64::NAN,
            init_dy: f64::NAN,
            segment: 0,
            taper: of.taper,
            extramask: null(),
            output_dir: null(),
            save: 0,
            apply: 0,
            resample: 0,
            reserved: 0,
            hardcopy: null(),
            title: null(),
            fitted: None,
            fitted_user: null_mut(),
            nworker: 0,
            reserved2: 0,
        }
    }
}

// SAFETY: as above.
unsafe impl Options for imphotFitStarOptions {
    const FIRST_SIZE: usize = 56;
    fn defaults() -> Self {
        imphotFitStarOptions {
            size: size_of::<Self>(),
            fix_fwhm: f64::NAN,
            fix_beta: f64::NAN,
            output_dir: null(),
            apply: 0,
            resample: 0,
            hardcopy: null(),
            title: null(),
            fitted: None,
            fitted_user: null_mut(),
            nworker: 0,
            reserved: 0,
        }
    }
}

// SAFETY: as above.
unsafe impl Options for imphotBandpassOptions {
    const FIRST_SIZE: usize = 24;
    fn defaults() -> Self {
        imphotBandpassOptions {
            size: size_of::<Self>(),
            wave_unit: null(),
            interpolation: null(),
        }
    }
}

/// The options that a caller gives: the defaults for NULL and for members that its header had not
/// yet.
///
/// # Errors
/// When the size is none that this library knows, which is what memory that no Init function filled
/// looks like.
///
/// # Safety
/// `given` is NULL or points to a struct whose first member is its size, valid for the call.
pub unsafe fn given<T: Options>(given: *const T) -> Result<T> {
    let mut options = T::defaults();
    if given.is_null() {
        return Ok(options);
    }
    // SAFETY: not NULL, and every struct of options begins with its size.
    let size = unsafe { given.cast::<usize>().read_unaligned() };
    if size < T::FIRST_SIZE || size > size_of::<T>() {
        return Err(Error::argument(
            "options",
            format!(
                "has size {size}, not {} (fill it with the Init function)",
                size_of::<T>()
            ),
        ));
    }
    // SAFETY: the caller's struct has `size` bytes, and ours at least as many.
    unsafe {
        std::ptr::copy_nonoverlapping(given.cast::<u8>(), (&raw mut options).cast::<u8>(), size);
    }
    Ok(options)
}

/// The call `run` on as many threads as the member `nworker` of its options means.
pub(super) fn with_workers<'a>(run: &Run<'a>, nworker: c_int) -> Run<'a> {
    run.with_threads(match usize::try_from(nworker) {
        Ok(0) => run.threads(),
        Ok(count) => count,
        Err(_) => run
            .threads()
            .saturating_sub(nworker.unsigned_abs() as usize),
    })
}

/// Fills the caller's struct of `size` bytes with the defaults.
///
/// # Safety
/// `options` is NULL or points to `size` bytes that may be written.
unsafe fn fill<T: Options>(options: *mut T, size: usize) {
    if options.is_null() {
        return;
    }
    let mut defaults = T::defaults();
    let known = size.min(size_of::<T>());
    // SAFETY: the caller's place has `size` bytes, ours `known`, the first of which are the size
    // (where there is room for one).
    unsafe {
        (&raw mut defaults).cast::<usize>().write(known);
        // Where the caller's header is newer than the library: what that does not know is zero.
        std::ptr::write_bytes(options.cast::<u8>(), 0, size);
        std::ptr::copy_nonoverlapping(
            (&raw const defaults).cast::<u8>(),
            options.cast::<u8>(),
            known,
        );
    }
}

/// Fills a struct of options with the defaults.
///
/// Arguments:
/// - options: the struct.
/// - size: sizeof(struct imphotFitImageOptions).
///
/// Example:
///
/// ```c
///     struct imphotFitImageOptions options;
///     imphotFitImageOptionsInit(&options, sizeof options);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitImageOptionsInit(
    options: *mut imphotFitImageOptions,
    size: usize,
) {
    // SAFETY: the contract of the interface; there are `size` bytes.
    unsafe { fill(options, size) }
}

/// Fills a struct of options with the defaults.
///
/// Arguments:
/// - options: the struct.
/// - size: sizeof(struct imphotFitStarOptions).
///
/// Example:
///
/// ```c
///     struct imphotFitStarOptions options;
///     imphotFitStarOptionsInit(&options, sizeof options);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotFitStarOptionsInit(options: *mut imphotFitStarOptions, size: usize) {
    // SAFETY: the contract of the interface; there are `size` bytes.
    unsafe { fill(options, size) }
}

/// Fills a struct of options with the defaults.
///
/// Arguments:
/// - options: the struct.
/// - size: sizeof(struct imphotBandpassOptions).
///
/// Example:
///
/// ```c
///     struct imphotBandpassOptions options;
///     imphotBandpassOptionsInit(&options, sizeof options);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotBandpassOptionsInit(
    options: *mut imphotBandpassOptions,
    size: usize,
) {
    // SAFETY: the contract of the interface; there are `size` bytes.
    unsafe { fill(options, size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_header_s_structs_are_as_large_as_they_were() {
        // Members are added at the end: these stay, and the structs grow.
        assert!(size_of::<imphotFitImageOptions>() >= imphotFitImageOptions::FIRST_SIZE);
        assert!(size_of::<imphotFitStarOptions>() >= imphotFitStarOptions::FIRST_SIZE);
        assert!(size_of::<imphotBandpassOptions>() >= imphotBandpassOptions::FIRST_SIZE);
    }

    #[test]
    fn an_earlier_header_gets_the_defaults_of_what_it_has_not() {
        let mut options = imphotFitStarOptions::defaults();
        options.fix_beta = 2.5;
        options.apply = 1;
        // A header that ended after fix_beta would say so; the first one is the least there is.
        options.size = imphotFitStarOptions::FIRST_SIZE;
        // SAFETY: a struct of options, of at least the size that it says.
        let read = unsafe { given(&raw const options) }.unwrap();
        assert_eq!((read.fix_beta, read.apply), (2.5, 1));
        for size in [
            0,
            7,
            options.size - 8,
            size_of::<imphotFitStarOptions>() + 8,
        ] {
            options.size = size;
            // SAFETY: as above; no more than the size is read of one that is refused.
            let error = unsafe { given(&raw const options) }.unwrap_err();
            assert!(
                error.to_string().starts_with("Argument options: "),
                "{error}"
            );
        }
        // SAFETY: NULL is allowed.
        let read = unsafe { given(std::ptr::null::<imphotFitStarOptions>()) }.unwrap();
        assert!(read.fix_fwhm.is_nan() && read.apply == 0);
    }

    #[test]
    fn no_more_than_the_caller_s_size_is_written() {
        let mut place = [0xaa_u8; 256];
        for size in [0, 5, 16, imphotBandpassOptions::FIRST_SIZE, 100] {
            place.fill(0xaa);
            // SAFETY: more than `size` bytes may be written there.
            unsafe { imphotBandpassOptionsInit(place.as_mut_ptr().cast(), size) };
            assert!(place[size..].iter().all(|&byte| byte == 0xaa), "{size}");
        }
        assert!(place[24..100].iter().all(|&byte| byte == 0));
    }
}
