//! The functions of the C interface that are called with random arguments, and the folder in which
//! that happens.

use std::path::{Path, PathBuf};

use montage::imphot::{batch, fit, images as muse_images, regions};
use montage::{
    background, background_model, coadd, difference, header, helpers, image_table, overlap, pixels,
    plane_fit, reproject, settings,
};

use crate::arguments::{plain, returned, text, Choices};
use crate::field;

/// A function's name, and a call of it with the arguments chosen.
pub type Target = (&'static str, fn(&mut Choices));

/// One row a function: how its result is checked, and its arguments in order.
macro_rules! targets {
    ($($module:ident::$name:ident -> $check:ident ($($kind:ident)*);)*) => {
        &[$((
            stringify!($name),
            |_choices: &mut Choices| {
                // SAFETY: texts are NULL or C strings that live as long as the call; results are
                // handed on to be checked (and released) once.
                #[allow(unused_unsafe)]
                unsafe { $check(stringify!($name), $module::$name($(_choices.$kind()),*)) }
            },
        )),*]
    };
}

/// Every function that takes arguments.
pub const TARGETS: &[Target] = targets! {
    background::mBackground -> returned(image out_image real real real int quiet);
    background::mBgExec -> returned(folder images corrections out_folder int quiet);
    background_model::mBgModel -> returned(images fits out_table int int int quiet);
    background_model::mBgModel_v7 -> returned(images fits out_table text int int int quiet);
    coadd::mAdd -> returned(folder images template out_image int int int quiet);
    difference::mDiff -> returned(image other out_image template int real quiet);
    difference::mDiffExec -> returned(folder pairs template out_folder int quiet);
    header::mCoord -> returned(image int int int real real int quiet);
    header::mGetHdr -> returned(image out_header int int quiet);
    header::mHdr -> returned(text real real out_header text real real real text quiet);
    header::mMakeHdr -> returned(images out_header text real real int real int int quiet);
    header::mPutHdr -> returned(image out_image template int quiet);
    header::mTANHdr -> returned(template out_header int int real int quiet);
    helpers::montage_checkFile -> plain(text);
    helpers::montage_checkHdr -> text(template int int);
    helpers::montage_debugCheck -> plain(text);
    helpers::montage_fileName -> text(text);
    helpers::montage_filePath -> text(text text);
    helpers::montage_getHdr -> text();
    helpers::montage_parseHdr -> text(image int int);
    image_table::mBestImage -> returned(images real real quiet);
    image_table::mCoverageCheck -> returned(images out_table int template count reals folder quiet);
    image_table::mCoverageCheck_v7 -> returned(images out_table int template count reals folder real real quiet);
    image_table::mImgtbl -> returned(folder out_table int int int int int quiet int text text quiet);
    image_table::mSubset -> returned(images template out_table int quiet);
    fit::imphotFitImage -> returned(hst muse fit_options);
    fit::imphotFitImageAndStar -> returned(hst muse fit_options);
    batch::imphotFitImages -> returned(hst muses some int fit_options);
    batch::imphotFitStars -> returned(hst muses some real real real star_options);
    fit::imphotFitStar -> returned(hst muse real real real star_options);
    muse_images::imphotApplyCorrections -> returned(muse out_image real real real real text int);
    muse_images::imphotBandpassImage -> returned(cube curve reals reals count out_image band_options);
    muse_images::imphotGridsAligned -> returned(hst muse real);
    muse_images::imphotHstFilterInfo -> returned(text wide);
    muse_images::imphotRegionMask -> returned(muse regions text out_image);
    regions::imphotRegions -> returned(regions text);
    muse_images::imphotRegridHst -> returned(wide muse out_image text int);
    muse_images::imphotRescaleHst -> returned(hst muse out_image text);
    overlap::mOverlaps -> returned(images out_table int quiet);
    pixels::mShrink -> returned(image out_image real int int quiet);
    pixels::mShrink_v7 -> returned(image out_image real real int int quiet);
    pixels::mSubimage -> returned(image out_image real real real real int int int quiet);
    plane_fit::mDiffFit -> returned(image other out_image template int int int int quiet);
    plane_fit::mDiffFitExec -> returned(folder pairs template out_folder out_table int int int quiet);
    plane_fit::mDiffFitExec_v7 -> returned(folder pairs template out_folder out_table int int int text quiet);
    plane_fit::mFitExec -> returned(pairs out_table differences int quiet);
    plane_fit::mFitplane -> returned(difference int int quiet);
    plane_fit::mFitplane_v7 -> returned(difference int int int quiet);
    reproject::mProjExec -> returned(folder images template out_folder int int int int text text text int text quiet);
    reproject::mProjExec_v7 -> returned(folder images template out_folder int int int int real text text text int text quiet);
    reproject::mProject -> returned(image out_image template int image real real text real real int int int quiet);
    reproject::mProjectPP -> returned(image out_image template int image real real text template template real real int int int quiet);
    reproject::mProjectQL -> returned(image out_image template int int image real real text real int int int quiet);
    settings::montage_setDurable -> plain(int);
    settings::montage_setThreads -> plain(int);
    settings::montage_version -> text();
};

/// A folder with the field in it, which becomes the working folder: relative names mean its files.
/// No program is found from here.
pub struct Playground {
    dir: tempfile::TempDir,
    calls: u32,
}

/// Calls after which the field is written anew: they write where their arguments point, over the
/// field itself too.
const CALLS_PER_FIELD: u32 = 50;

impl Default for Playground {
    fn default() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::env::set_current_dir(dir.path()).expect("a folder to work in");
        std::env::set_var("PATH", "/nowhere");
        let playground = Playground { dir, calls: 0 };
        playground.restore();
        playground
    }
}

impl Playground {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Good files of every kind that is read.
    pub fn good_files(&self) -> Vec<Vec<u8>> {
        GOOD.iter()
            .map(|name| std::fs::read(self.inside(name)).expect("a file of the field"))
            .collect()
    }

    /// Puts `bytes` where the functions will find them.
    pub fn put(&mut self, bytes: &[u8]) {
        self.calls += 1;
        if self.calls.is_multiple_of(CALLS_PER_FIELD) {
            self.restore();
        }
        for name in ["edited", "edited.fits"] {
            let _ = std::fs::write(self.inside(name), bytes);
        }
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The field as it was, and nothing else.
    fn restore(&self) {
        for entry in std::fs::read_dir(self.path()).expect("the folder") {
            let path = entry.expect("an entry").path();
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir_all(&path);
        }
        field::write(self.path());
        std::fs::create_dir_all(self.inside("out")).expect("a folder for outputs");
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = std::env::set_current_dir("/");
    }
}

const GOOD: [&str; 8] = [
    "images/tile_0.fits",
    "region.hdr",
    "images.tbl",
    "pairs.tbl",
    "fits.tbl",
    "muse/muse_0.fits",
    "muse/cube.fits",
    "muse/regions.reg",
];
