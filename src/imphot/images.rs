//! The functions that prepare images for the photometry, and correct them after it, for C.

use std::ffi::{c_char, c_double, c_int};

use crate::arg;
use crate::imphot::given_regions;
use crate::imphot::options::{given, imphotBandpassOptions};
use crate::impl_return;
use crate::shim::export;
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

/// What imphotRegridHst returns.
#[repr(C)]
pub struct imphotRegridHstReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Width of the image written (pixels).
    pub width: c_int,
    /// Its height (pixels).
    pub height: c_int,
    /// Its masked pixels.
    pub masked: c_int,
    /// The HST filter, e.g. "F606W"; empty where it is neither known nor needed.
    pub filter: [c_char; 64],
}
impl_return!(
    imphotRegridHstReturn,
    RegridHstOutcome { width, height, masked } text { filter }
);

/// What imphotRescaleHst returns.
#[repr(C)]
pub struct imphotRescaleHstReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// What the pixels were multiplied by.
    pub factor: c_double,
    /// The HST filter, e.g. "F606W".
    pub filter: [c_char; 64],
}
impl_return!(imphotRescaleHstReturn, RescaleHstOutcome { factor } text { filter });

/// What imphotHstFilterInfo returns.
#[repr(C)]
pub struct imphotHstFilterInfoReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// The AB magnitude of one electron per second.
    pub abmag_zero: c_double,
    /// Flux density of one electron per second (erg cm-2 s-1 Angstrom-1).
    pub photflam: c_double,
    /// Pivot wavelength (Angstrom).
    pub photplam: c_double,
    /// Effective width (Angstrom).
    pub photbw: c_double,
    /// The HST filter, e.g. "F606W".
    pub filter: [c_char; 64],
}
impl_return!(
    imphotHstFilterInfoReturn,
    FilterInfoOutcome { abmag_zero, photflam, photplam, photbw } text { filter }
);

/// What imphotGridsAligned returns.
#[repr(C)]
pub struct imphotGridsAlignedReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// 1: the pixels of the two images have the same places on the sky, 0: they do not.
    pub aligned: c_int,
}
impl_return!(imphotGridsAlignedReturn, GridsAlignedOutcome { aligned });

/// What imphotApplyCorrections returns.
#[repr(C)]
pub struct imphotApplyCorrectionsReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Masked pixels of the image written.
    pub masked: c_int,
    /// Its CRPIX1.
    pub crpix1: c_double,
    /// Its CRPIX2.
    pub crpix2: c_double,
}
impl_return!(
    imphotApplyCorrectionsReturn,
    CorrectionsOutcome {
        masked,
        crpix1,
        crpix2
    }
);

/// What imphotBandpassImage returns.
#[repr(C)]
pub struct imphotBandpassImageReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Planes of the cube that the band takes part of.
    pub planes: c_int,
    /// The first of them (from 0).
    pub first: c_int,
    /// Masked pixels of the image written.
    pub masked: c_int,
    /// The part of the curve's integral that is beyond the edges of the cube, 0 to 1.
    pub lost: c_double,
    /// A warning where that is more than 0.5 %, else empty.
    pub warning: [c_char; 256],
}
impl_return!(
    imphotBandpassImageReturn,
    BandpassOutcome { planes, first, masked, lost } text { warning }
);

/// What imphotRegionMask returns.
#[repr(C)]
pub struct imphotRegionMaskReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Circles, ellipses and boxes that mask.
    pub count: c_int,
    /// Those in coordinate systems other than fk5 and physical, which are left out.
    pub ignored: c_int,
    /// Masked pixels, those that the image itself masks with them.
    pub masked: c_int,
}
impl_return!(
    imphotRegionMaskReturn,
    RegionMaskOutcome {
        count,
        ignored,
        masked,
    }
);

/// Writes the mask that ds9 regions make on the pixels of `image_file`: a FITS image (extension DATA)
/// of 1 where a pixel is masked and 0 elsewhere, for the option `extramask` of imphotFitImage. The
/// regions are those of the file `regions`, or the lines of one in memory, `region_lines`; one of the
/// two is NULL. Circles, ellipses and boxes count; those with a minus sign mask what is inside, and
/// where there are others, everything outside of them is masked. Coordinates are fk5 (degrees or
/// sexagesimal) or physical (pixels, from 1).
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotRegionMask(
    image_file: *const c_char,
    regions: *const c_char,
    region_lines: *const c_char,
    output_file: *const c_char,
) -> *mut imphotRegionMaskReturn {
    // SAFETY: the strings are as this function's own contract says.
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

/// Resamples the HST image `hst_file` (DATA or SCI, or the first image; electrons per second) onto the
/// pixels of `muse_file`, an image or a cube, and writes it with its mask (DATA, STAT where there is
/// one, DQ). With `rescale` the fluxes become those of the MUSE image's unit, for which the filter must
/// be known: `filter` names it ("F606W"); NULL or "": the header's FILTER, FILTER1 or FILTER2 does.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotRegridHst(
    hst_file: *const c_char,
    muse_file: *const c_char,
    output_file: *const c_char,
    filter: *const c_char,
    rescale: c_int,
) -> *mut imphotRegridHstReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        regrid_hst(
            &RegridHstParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                output: &arg::path(output_file, "output_file")?,
                filter: Some(&*arg::optional_text(filter)).filter(|name| !name.is_empty()),
                rescale: rescale != 0,
            },
            run,
        )
    })
}

/// Writes the HST image `hst_file` (electrons per second) in the unit of `muse_file`, an image or a
/// cube: data by the filter's constant, variances by its square. `filter` is as for imphotRegridHst.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotRescaleHst(
    hst_file: *const c_char,
    muse_file: *const c_char,
    output_file: *const c_char,
    filter: *const c_char,
) -> *mut imphotRescaleHstReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|run| unsafe {
        rescale_hst(
            &RescaleHstParams {
                hst: &arg::path(hst_file, "hst_file")?,
                muse: &arg::path(muse_file, "muse_file")?,
                output: &arg::path(output_file, "output_file")?,
                filter: Some(&*arg::optional_text(filter)).filter(|name| !name.is_empty()),
            },
            run,
        )
    })
}

/// The constants of an HST filter: that called `filter` (F435W, F475W, F555W, F606W, F625W, F775W,
/// F814W or F850LP), or where that is NULL or "", the one in the header of `hst_file`: FILTER, or
/// FILTER1 unless it is CLEAR1L, or FILTER2 unless it is CLEAR2L.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotHstFilterInfo(
    filter: *const c_char,
    hst_file: *const c_char,
) -> *mut imphotHstFilterInfoReturn {
    // SAFETY: the strings are as this function's own contract says.
    export(|_| unsafe {
        filter_info(&FilterInfoParams {
            filter: Some(&*arg::optional_text(filter)).filter(|name| !name.is_empty()),
            image: arg::optional_path(hst_file).as_deref(),
        })
    })
}

/// Tells whether the pixels of two images or cubes have the same places on the sky: sizes, matrices
/// and the places of the central pixel, to within `tolerance` arcseconds (imphot takes 0.01).
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotGridsAligned(
    image_file1: *const c_char,
    image_file2: *const c_char,
    tolerance: c_double,
) -> *mut imphotGridsAlignedReturn {
    // SAFETY: the strings are as this function's own contract says.
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

/// Writes `image_file` without the errors that a fit has found (members of struct imphotFit):
/// `corrections` lists which, of "xy" (dx and dy, arcseconds), "zero" (bg) and "scale", with commas
/// between; NULL means all, "" none. With `resample` the offset is corrected by shifting the pixels,
/// else by changing CRPIX1 and CRPIX2. STAT is scaled too.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    // SAFETY: the strings are as this function's own contract says.
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

/// Writes the image of the cube `cube_file` that a filter would see: the mean of its planes weighted by
/// the filter curve's integral over each, with variances (STAT) and the mask (DQ). The curve is in the
/// text file `curve_file` (wavelength and sensitivity in two columns, # begins a comment); or, where
/// that is NULL or "", it has `count` points `wavelengths` and `sensitivities`. Planes are streamed:
/// a cube of any length needs little memory.
/// # Safety
/// Every string is NULL or NUL-terminated and valid for the call, `wavelengths` and `sensitivities` are
/// NULL or point to `count` doubles, and `options` is NULL or points to a struct that its Init function
/// has filled. Free the result with `free()`.
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
    // SAFETY: the pointers are as this function's own contract says.
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
