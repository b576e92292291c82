//! The functions that prepare images for the photometry, and correct them after it, for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::imphot::given_regions;
use crate::imphot::options::{given, imphotBandpassOptions};
use crate::shim::{export, ReturnStruct};
use imphot::error::Error;
use imphot::filter_curve::FilterCurve;
use imphot::kernel::bandpass::Interpolation;
use imphot::task::bandpass::{bandpass_image, BandpassOutcome, BandpassParams, DEFAULT_WAVE_UNIT};
use imphot::task::corrections::{
    apply_corrections, Corrections, CorrectionsOutcome, CorrectionsParams, Which,
};
use imphot::task::filter::{filter_info, FilterInfoOutcome, FilterInfoParams};
use imphot::task::grids::{grids_aligned, GridsAlignedOutcome, GridsAlignedParams};
use imphot::task::region_mask::{region_mask, RegionMaskOutcome, RegionMaskParams};
use imphot::task::regrid::{regrid_hst, RegridHstOutcome, RegridHstParams};
use imphot::task::rescale::{rescale_hst, RescaleHstOutcome, RescaleHstParams};

/// Result of imphotRegridHst; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(RegridHstOutcome)]
pub struct imphotRegridHstReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Width of the output (pixels).
    pub width: c_int,
    /// Height of the output (pixels).
    pub height: c_int,
    /// Number of masked pixels of the output.
    pub masked: c_int,
    /// The HST filter, such as "F606W"; empty if it is neither known nor needed.
    pub filter: [c_char; 64],
}

/// Result of imphotRescaleHst; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(RescaleHstOutcome)]
pub struct imphotRescaleHstReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Factor that the pixel values were multiplied by.
    pub factor: c_double,
    /// The HST filter, such as "F606W".
    pub filter: [c_char; 64],
}

/// Result of imphotHstFilterInfo; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(FilterInfoOutcome)]
pub struct imphotHstFilterInfoReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// The AB magnitude of one electron per second.
    pub abmag_zero: c_double,
    /// Flux density of one electron per second (erg cm-2 s-1 Angstrom-1).
    pub photflam: c_double,
    /// Pivot wavelength (Angstrom).
    pub photplam: c_double,
    /// Effective width (Angstrom).
    pub photbw: c_double,
    /// The HST filter, such as "F606W".
    pub filter: [c_char; 64],
}

/// Result of imphotGridsAligned; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(GridsAlignedOutcome)]
pub struct imphotGridsAlignedReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// 1: the two images are on the same pixel grid, 0: they are not.
    pub aligned: c_int,
}

/// Result of imphotApplyCorrections; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(CorrectionsOutcome)]
pub struct imphotApplyCorrectionsReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of masked pixels of the output.
    pub masked: c_int,
    /// CRPIX1 of the output.
    pub crpix1: c_double,
    /// CRPIX2 of the output.
    pub crpix2: c_double,
}

/// Result of imphotBandpassImage; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(BandpassOutcome)]
pub struct imphotBandpassImageReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of planes of the cube inside the band.
    pub planes: c_int,
    /// The first of them, from 0.
    pub first: c_int,
    /// Number of masked pixels of the output.
    pub masked: c_int,
    /// Fraction of the integral of the curve beyond the ends of the cube, 0 to 1.
    pub lost: c_double,
    /// A warning if that is more than 0.5 %, else empty.
    pub warning: [c_char; 256],
}

/// Result of imphotRegionMask; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(RegionMaskOutcome)]
pub struct imphotRegionMaskReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of circles, ellipses and boxes in the mask.
    pub count: c_int,
    /// Number of those left out because their coordinate system is not fk5 or physical.
    pub ignored: c_int,
    /// Number of masked pixels, with those that the image itself masks.
    pub masked: c_int,
}

/// Writes the mask that ds9 regions make on the pixels of an image.
///
/// The mask is a FITS image (extension DATA) of 1 where a pixel is masked and 0 elsewhere, for the option
/// extramask of imphotFitImage. Circles, ellipses and boxes count. Those with a minus sign mask their
/// inside; if there are others, everything outside of these is masked. Coordinates are fk5 (degrees or
/// sexagesimal) or physical (pixels, from 1).
///
/// Arguments:
/// - image_file: the image or cube.
/// - regions: ds9 region file; NULL or "": the regions are in region_lines.
/// - region_lines: the lines of a region file in memory; NULL or "": they are in regions.
/// - output_file: the mask to write.
///
/// Result: the numbers of regions and of masked pixels.
///
/// Errors: both regions and region_lines are given, or neither; the image or the regions cannot be read.
///
/// Example:
///
/// ```c
///     struct imphotRegionMaskReturn *mask =
///         imphotRegionMask("muse.fits", "stars.reg", NULL, "mask.fits");
///     if (mask && mask->status == 0)
///         printf("%d pixels masked\n", mask->masked);
///     free(mask);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotRegionMask(
    image_file: *const c_char,
    regions: *const c_char,
    region_lines: *const c_char,
    output_file: *const c_char,
) -> *mut imphotRegionMaskReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let regions = given_regions(regions, region_lines)?;
        let regions = regions.ok_or(Error::argument("regions", "is NULL, or empty"))?;
        let params = RegionMaskParams {
            image: &arg::path(image_file, "image_file")?,
            regions: regions.source(),
            output: &arg::path(output_file, "output_file")?,
        };
        region_mask(&params, run)
    })
}

/// Resamples an HST image onto the pixel grid of a MUSE image or cube.
///
/// Arguments:
/// - hst_file: the HST image (extension DATA or SCI, or the first image), in electrons per second.
/// - muse_file: the MUSE image or cube.
/// - output_file: the image to write, with its mask: DATA, STAT if there is one, DQ.
/// - filter: the HST filter, such as "F606W"; NULL or "": the one in the header (FILTER, FILTER1 or
///   FILTER2).
/// - rescale: 1 converts pixel values to the unit of the MUSE image, for which the filter must be known;
///   0 keeps electrons per second.
///
/// Result: the size of the output and the filter.
///
/// Errors: an image cannot be read or has no usable coordinates; rescale is 1 and the filter or the unit
/// of the MUSE image is not known.
///
/// Example:
///
/// ```c
///     struct imphotRegridHstReturn *done =
///         imphotRegridHst("hst.fits", "muse.fits", "hst_on_muse.fits", NULL, 1);
///     if (done && done->status == 0)
///         printf("%s, %d x %d pixels\n", done->filter, done->width, done->height);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotRegridHst(
    hst_file: *const c_char,
    muse_file: *const c_char,
    output_file: *const c_char,
    filter: *const c_char,
    rescale: c_int,
) -> *mut imphotRegridHstReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        regrid_hst(
            &RegridHstParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                output: &arg::path(output_file, "output_file")?,
                filter: arg::optional_name(filter).as_deref(),
                rescale: rescale != 0,
            },
            run,
        )
    })
}

/// Converts an HST image from electrons per second to the unit of a MUSE image or cube.
///
/// Data are multiplied by a constant of the filter, variances by its square.
///
/// Arguments:
/// - hst_file: the HST image, in electrons per second.
/// - muse_file: the MUSE image or cube.
/// - output_file: the image to write.
/// - filter: as for imphotRegridHst.
///
/// Result: the factor and the filter.
///
/// Errors: an image cannot be read; the filter or the unit of the MUSE image is not known.
///
/// Example:
///
/// ```c
///     struct imphotRescaleHstReturn *done =
///         imphotRescaleHst("hst.fits", "muse.fits", "hst_flux.fits", "F606W");
///     if (done && done->status == 0)
///         printf("multiplied by %g\n", done->factor);
///     free(done);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotRescaleHst(
    hst_file: *const c_char,
    muse_file: *const c_char,
    output_file: *const c_char,
    filter: *const c_char,
) -> *mut imphotRescaleHstReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        rescale_hst(
            &RescaleHstParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                output: &arg::path(output_file, "output_file")?,
                filter: arg::optional_name(filter).as_deref(),
            },
            run,
        )
    })
}

/// Returns the photometric constants of an HST filter.
///
/// Arguments:
/// - filter: F435W, F475W, F555W, F606W, F625W, F775W, F814W or F850LP; NULL or "": the one in the
///   header of hst_file (FILTER, or FILTER1 unless it is CLEAR1L, or FILTER2 unless it is CLEAR2L).
/// - hst_file: an HST image; NULL or "" if filter is given.
///
/// Result: the constants.
///
/// Errors: the filter is not one of these; hst_file cannot be read or names none.
///
/// Example:
///
/// ```c
///     struct imphotHstFilterInfoReturn *filter = imphotHstFilterInfo("F606W", NULL);
///     if (filter && filter->status == 0)
///         printf("AB zero point %.4f\n", filter->abmag_zero);
///     free(filter);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotHstFilterInfo(
    filter: *const c_char,
    hst_file: *const c_char,
) -> *mut imphotHstFilterInfoReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        filter_info(
            &FilterInfoParams {
                filter: arg::optional_name(filter).as_deref(),
                image: arg::optional_path(hst_file).as_deref(),
            },
            run,
        )
    })
}

/// Checks whether two images or cubes are on the same pixel grid.
///
/// Compared are the sizes, the matrices and the positions of the central pixels.
///
/// Arguments:
/// - image_file1, image_file2: the images or cubes.
/// - tolerance: largest difference in position (arcseconds); imphot uses 0.01.
///
/// Result: 1 or 0.
///
/// Errors: an image cannot be read or has no usable coordinates; tolerance is not a number.
///
/// Example:
///
/// ```c
///     struct imphotGridsAlignedReturn *grids =
///         imphotGridsAligned("hst_on_muse.fits", "muse.fits", 0.01);
///     if (grids && grids->status == 0 && !grids->aligned)
///         printf("resample the HST image first\n");
///     free(grids);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotGridsAligned(
    image_file1: *const c_char,
    image_file2: *const c_char,
    tolerance: c_double,
) -> *mut imphotGridsAlignedReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        grids_aligned(
            &GridsAlignedParams {
                image1: &arg::path(image_file1, "image_file1")?,
                image2: &arg::path(image_file2, "image_file2")?,
                tolerance,
            },
            run,
        )
    })
}

/// Corrects an image for the errors that a fit found.
///
/// Arguments:
/// - image_file: the MUSE image.
/// - output_file: the image to write.
/// - dx, dy: pointing offset (arcseconds): members dx and dy of struct imphotFit.
/// - scale: flux scale: member scale. STAT is scaled, too.
/// - bg: background offset (unit of the image): member bg.
/// - corrections: which to apply, with commas between: "xy" (dx and dy), "zero" (bg), "scale"; NULL:
///   all; "": none.
/// - resample: 1 corrects the offset by resampling the pixels; 0 by changing CRPIX1 and CRPIX2.
///
/// Result: the reference pixel and the number of masked pixels of the output.
///
/// Errors: the image cannot be read; corrections has another word; a number is not usable.
///
/// Example:
///
/// ```c
///     struct imphotFitImageReturn *found = imphotFitImage("hst_on_muse.fits", "muse.fits", NULL);
///     if (found && found->status == 0) {
///         struct imphotFit *fit = &found->fit;
///         free(imphotApplyCorrections("muse.fits", "corrected.fits", fit->dx.value, fit->dy.value,
///                                     fit->scale.value, fit->bg.value, NULL, 0));
///     }
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotApplyCorrections(
    image_file: *const c_char,
    output_file: *const c_char,
    dx: c_double,
    dy: c_double,
    scale: c_double,
    bg: c_double,
    corrections: *const c_char,
    resample: c_int,
) -> *mut imphotApplyCorrectionsReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let which = match corrections.is_null() {
            true => Which::ALL,
            false => Which::parse(&arg::optional_text(corrections))?,
        };
        apply_corrections(
            &CorrectionsParams {
                image: &arg::path(image_file, "image_file")?,
                output: &arg::path(output_file, "output_file")?,
                corrections: Corrections {
                    dx,
                    dy,
                    scale,
                    bg,
                    which,
                    resample: resample != 0,
                },
            },
            run,
        )
    })
}

/// Makes the image of a cube that a filter would see.
///
/// It is the mean of the planes, each weighted by the integral of the filter curve over it, with variances
/// (STAT) and a mask (DQ). Planes are read one after the other: a cube of any length needs little memory.
///
/// Arguments:
/// - cube_file: the cube.
/// - curve_file: text file with the filter curve: wavelength and sensitivity in two columns, # begins a
///   comment; NULL or "": the curve is in wavelengths and sensitivities.
/// - wavelengths, sensitivities: the points of the curve; NULL if curve_file is given.
/// - count: number of points.
/// - output_file: the image to write.
/// - options: unit and interpolation of the curve; NULL: the defaults.
///
/// Result: which planes were used, and how much of the curve is beyond the cube.
///
/// Errors: the cube or the curve cannot be read; the curve does not overlap the cube; the unit or the
/// interpolation is not known.
///
/// Example:
///
/// ```c
///     struct imphotBandpassImageReturn *band =
///         imphotBandpassImage("cube.fits", "f606w.txt", NULL, NULL, 0, "f606w.fits", NULL);
///     if (band && band->status == 0)
///         printf("%d planes\n", band->planes);
///     free(band);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotBandpassImage(
    cube_file: *const c_char,
    curve_file: *const c_char,
    wavelengths: *const c_double,
    sensitivities: *const c_double,
    count: c_int,
    output_file: *const c_char,
    options: *const imphotBandpassOptions,
) -> *mut imphotBandpassImageReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let options = given(options)?;
        let curve = match arg::optional_path(curve_file) {
            Some(path) => FilterCurve::open(&path)?,
            None if wavelengths.is_null() => {
                return Err(Error::argument(
                    "curve_file",
                    "is NULL, and so is wavelengths",
                ))
            }
            None => FilterCurve::new(
                &arg::reals(wavelengths, count, ("wavelengths", "count"))?,
                &arg::reals(sensitivities, count, ("sensitivities", "count"))?,
            )?,
        };
        let interpolation = match &*arg::optional_text(options.interpolation) {
            "" | "linear" => Interpolation::Linear,
            "cubic" => Interpolation::Cubic,
            other => {
                let why = format!("is neither linear nor cubic ('{other}')");
                return Err(Error::argument("interpolation", why));
            }
        };
        let unit = arg::optional_text(options.wave_unit);
        bandpass_image(
            &BandpassParams {
                cube: &arg::path(cube_file, "cube_file")?,
                curve: &curve,
                wave_unit: match &*unit {
                    "" => DEFAULT_WAVE_UNIT,
                    unit => unit,
                },
                interpolation,
                output: &arg::path(output_file, "output_file")?,
            },
            run,
        )
    })
}
