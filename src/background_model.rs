//! mBgModel and mBgModel_v7.

use std::ffi::{c_char, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct};
use mosaic::task::background_model::{
    background_model, BackgroundModelOutcome, BackgroundModelParams, Method, Mode,
};

/// Result of mBgModel and mBgModel_v7; release it with free(). The counters are those of
/// Montage 7.
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(BackgroundModelOutcome)]
pub struct mBgModelReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// Empty (mBgModel), "nnan=..., cmin=..., cmax=..." (mBgModel_v7), or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of corrections that are not numbers: always 0.
    pub nnan: c_int,
    /// Number of fits left out because they are noisy.
    #[from(outcome.sigma_delete)]
    pub sigmaDelete: c_int,
    /// Number of fits left out because the overlap is small.
    #[from(outcome.fit_delete)]
    pub fitDelete: c_int,
    /// Number of images left out because they are small: always 0, as in Montage 7.
    #[from(outcome.img_delete)]
    pub imgDelete: c_int,
    /// Number of restarts because of NaNs: always 0, as in Montage 7.
    pub nrestart: c_int,
    /// Number of fits left out because their plane or rectangle is not a number.
    #[from(outcome.nbad_fit)]
    pub nbadFit: c_int,
    /// Number of images left out for that reason: always 0.
    #[from(outcome.nbad_img)]
    pub nbadImg: c_int,
}

/// Computes the correction plane of every image from the planes fitted to the differences of
/// overlapping images (Montage 6.0).
///
/// Arguments:
/// - imgfile: table of the images; columns cntr, ns or naxis1, nl or naxis2, crpix1 and crpix2.
/// - fitfile: table of the fits, written by mFitExec or mDiffFitExec.
/// - corrtbl: table to write; columns id, a, b and c of the plane a x + b y + c to subtract, where
///   x and y are counted in pixels from the reference pixel.
/// - noslope: 1 corrects levels only (a = b = 0).
/// - useall: 1 keeps the fits of small overlaps and the noisy ones.
/// - niter: number of rounds; 0: 10,000.
/// - debug: above 0, logs the arguments to stdout; above 1, also the fits left out.
///
/// Result: the numbers of fits left out; msg is empty.
///
/// Errors: niter is negative; a table cannot be read or lacks a column or a number; a fit names an
/// image that is not in imgfile; the corrections diverge; the progress callback cancels.
///
/// Example:
///
/// ```c
///     struct mBgModelReturn *model =
///         mBgModel("images.tbl", "fits.tbl", "corrections.tbl", 0, 0, 0, 0);
///     if (model && model->status != 0)
///         fprintf(stderr, "%s\n", model->msg);
///     free(model);
/// ```
#[no_mangle]
pub unsafe extern "C" fn mBgModel(
    imgfile: *const c_char,
    fitfile: *const c_char,
    corrtbl: *const c_char,
    noslope: c_int,
    useall: c_int,
    niter: c_int,
    debug: c_int,
) -> *mut mBgModelReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let method = Method::Version6 {
            level_only: noslope != 0,
        };
        let params = params(imgfile, fitfile, corrtbl, method, useall, niter, debug)?;
        background_model(&params, run)
    })
}

/// mBgModel of Montage 7: images can keep their background, and gaps of the projection are bridged.
///
/// Arguments as for mBgModel, but:
/// - imgfile: needs the column fname, file or plate too. An image with a non-zero value in the
///   column locked keeps its background.
/// - gapdir: folder with gap.tbl and wrap.tbl, which name the parts of one image at gaps and edges
///   of an all-sky projection; NULL or "": none.
/// - mode: 0: levels, then levels and slopes; 1: levels only; 2: levels and slopes in turns; 3:
///   levels, then slopes.
///
/// Result and errors as for mBgModel; msg is "nnan=..., cmin=..., cmax=...", the range of c.
#[no_mangle]
pub unsafe extern "C" fn mBgModel_v7(
    imgfile: *const c_char,
    fitfile: *const c_char,
    corrtbl: *const c_char,
    gapdir: *const c_char,
    mode: c_int,
    useall: c_int,
    niter: c_int,
    debug: c_int,
) -> *mut mBgModelReturn {
    // SAFETY: the contract of the interface.
    export(|run| unsafe {
        let method = Method::Version7 {
            mode: Mode::from(mode),
            gap_dir: arg::optional_path(gapdir),
        };
        let params = params(imgfile, fitfile, corrtbl, method, useall, niter, debug)?;
        background_model(&params, run)
    })
}

/// The arguments that both versions share.
///
/// # Safety
/// The contract of the interface.
unsafe fn params(
    imgfile: *const c_char,
    fitfile: *const c_char,
    corrtbl: *const c_char,
    method: Method,
    useall: c_int,
    niter: c_int,
    debug: c_int,
) -> mosaic::error::Result<BackgroundModelParams> {
    // SAFETY: passed on.
    let path = |text, name| unsafe { arg::path(text, name) };
    Ok(BackgroundModelParams {
        images: path(imgfile, "imgfile")?,
        fits: path(fitfile, "fitfile")?,
        corrections: path(corrtbl, "corrtbl")?,
        method,
        use_all: useall != 0,
        rounds: niter,
        debug,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::{CStr, CString};
    use std::ptr::null;

    /// Status, message and counters of a returned struct, which is freed.
    fn taken(raw: *mut mBgModelReturn) -> (c_int, String, [c_int; 7]) {
        // SAFETY: the functions return a valid struct that the caller owns.
        unsafe {
            let r = &*raw;
            let msg = CStr::from_ptr(r.msg.as_ptr())
                .to_string_lossy()
                .into_owned();
            let counters = [
                r.nnan,
                r.sigmaDelete,
                r.fitDelete,
                r.imgDelete,
                r.nrestart,
                r.nbadFit,
                r.nbadImg,
            ];
            let taken = (r.status, msg, counters);
            libc::free(raw.cast());
            taken
        }
    }

    #[test]
    fn missing_arguments_are_named() {
        let (x, empty) = (CString::from(c"x"), CString::from(c""));
        for (position, name) in ["imgfile", "fitfile", "corrtbl"].into_iter().enumerate() {
            for bad in [null(), empty.as_ptr()] {
                let mut text = [x.as_ptr(); 3];
                text[position] = bad;
                let [images, fits, out] = text;
                // SAFETY: NULL or NUL-terminated strings that outlive the calls.
                let returned = unsafe {
                    [
                        mBgModel(images, fits, out, 0, 0, 0, 0),
                        mBgModel_v7(images, fits, out, null(), 0, 0, 0, 0),
                    ]
                };
                for raw in returned {
                    let (status, msg, _) = taken(raw);
                    assert!(status == 1 && msg.contains(name), "{msg}");
                }
            }
        }
    }

    #[test]
    fn both_versions_write_their_table() {
        let golden =
            concat!(env!("CARGO_MANIFEST_DIR"), "/ctest/golden/background_model").to_owned();
        let dir = tempfile::tempdir().unwrap();
        let c = |text: String| CString::new(text).unwrap();
        let images = c(format!("{golden}/images.tbl"));
        let fits = c(format!("{golden}/fits.tbl"));
        let gaps = c(format!("{golden}/gap"));
        let out = c(format!("{}/out.tbl", dir.path().display()));
        let (i, f, o) = (images.as_ptr(), fits.as_ptr(), out.as_ptr());
        // SAFETY: NUL-terminated strings that outlive the calls.
        let (six, seven) = unsafe {
            (
                taken(mBgModel(i, f, o, 0, 0, 60, 0)),
                taken(mBgModel_v7(i, f, o, gaps.as_ptr(), 1, 0, 60, 0)),
            )
        };
        assert_eq!(six, (0, String::new(), [0, 1, 9, 0, 0, 0, 0]));
        let msg = "nnan=0, cmin=-41.3643, cmax=23.8879".to_owned();
        assert_eq!(seven, (0, msg, [0, 0, 1, 0, 0, 0, 0]));
    }
}
