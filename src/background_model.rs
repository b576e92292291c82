//! mBgModel and mBgModel_v7.

use std::ffi::{c_char, c_int};

use crate::arg;
use crate::shim::{export, ReturnStruct, JSON, MSG};
use mosaic::task::background_model::{background_model, Method, Mode, ModelOutcome, Params};

/// What mBgModel and mBgModel_v7 return. The counters are those of Montage 7.
#[repr(C)]
pub struct mBgModelReturn {
    /// 0: done, 1: error.
    pub status: c_int,
    /// Why not, or version 7's summary.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Corrections that are not numbers (always 0).
    pub nnan: c_int,
    /// Fits set aside for their noise.
    pub sigmaDelete: c_int,
    /// Fits set aside for the small size of the overlap.
    pub fitDelete: c_int,
    /// Images set aside for their small size (always 0, as in Montage 7).
    pub imgDelete: c_int,
    /// Restarts because of NaNs (always 0, as in Montage 7).
    pub nrestart: c_int,
    /// Fits left out because their plane or box is not a number.
    pub nbadFit: c_int,
    /// Images left out for that reason (always 0).
    pub nbadImg: c_int,
}

// SAFETY: repr(C), and made of integers and character arrays only, valid as zero bytes.
unsafe impl ReturnStruct for mBgModelReturn {
    type Outcome = ModelOutcome;
    fn fill(&mut self, outcome: &ModelOutcome) {
        self.nnan = outcome.nnan;
        self.sigmaDelete = outcome.sigma_delete;
        self.fitDelete = outcome.fit_delete;
        self.imgDelete = outcome.img_delete;
        self.nrestart = outcome.nrestart;
        self.nbadFit = outcome.nbad_fit;
        self.nbadImg = outcome.nbad_img;
    }
    fn head(&mut self) -> (&mut c_int, &mut [c_char; MSG], &mut [c_char; JSON]) {
        (&mut self.status, &mut self.msg, &mut self.json)
    }
}

/// Finds the correction plane of every image from the planes fitted to the differences of
/// overlapping images (Montage 6.0).
///
/// `imgfile`: table of the images (cntr, ns or naxis1, nl or naxis2, crpix1, crpix2).
/// `fitfile`: table of the fits (mFitExec's). `corrtbl`: table to write: id, a, b, c of the plane
/// a x + b y + c to subtract, x and y in pixels from the reference pixel. `noslope`: levels only.
/// `useall`: keep the fits of small overlaps and the noisy ones. `niter`: number of rounds, 0 for
/// 10,000. `debug`: above 0 prints what it was asked, above 1 the fits set aside.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
/// `free()`.
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
    export(|run| {
        let method = Method::Version6 {
            level_only: noslope != 0,
        };
        // SAFETY: the strings are as this function's contract says.
        let params = unsafe { params(imgfile, fitfile, corrtbl, method, useall, niter, debug)? };
        background_model(&params, run)
    })
}

/// The same as Montage 7 does it.
///
/// `imgfile` needs fname (or file, or plate) too, and may have a column locked: images with a
/// non-zero value keep their background. `gapdir`: NULL, "", or a folder with gap.tbl and
/// wrap.tbl (pieces of one image at gaps and edges of an all-sky projection). `mode`: 0 levels,
/// then levels and slopes; 1 levels only; 2 levels and slopes in turns; 3 levels, then slopes.
/// The rest is as in mBgModel; msg is "nnan=..., cmin=..., cmax=...".
///
/// # Safety
/// As for mBgModel.
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
    export(|run| {
        // SAFETY: the strings are as this function's contract says.
        let gap_dir = unsafe { arg::optional_path(gapdir) };
        let method = Method::Version7 {
            mode: Mode::from(mode),
            gap_dir,
        };
        // SAFETY: as above.
        let params = unsafe { params(imgfile, fitfile, corrtbl, method, useall, niter, debug)? };
        background_model(&params, run)
    })
}

/// What both versions take.
///
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call.
unsafe fn params(
    imgfile: *const c_char,
    fitfile: *const c_char,
    corrtbl: *const c_char,
    method: Method,
    useall: c_int,
    niter: c_int,
    debug: c_int,
) -> mosaic::error::Result<Params> {
    // SAFETY: passed on.
    let path = |text, name| unsafe { arg::path(text, name) };
    Ok(Params {
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
