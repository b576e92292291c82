//! Every function of the C interface with any arguments, one of whose files is edited: it comes
//! back, with a status, a message and JSON.

use std::path::Path;

use bolero::check;
use montage::abi::photometry::{batch, fit, images as muse_images, regions};
use montage::abi::{
    background, background_model, coadd, difference, header, helpers, image_table, overlap, pixels,
    plane_fit, reproject, settings,
};
use montage_fuzz::arguments::{plain, returned, text, Choices, Pool};
use montage_fuzz::{edited, field, Edit};

type Target = (&'static str, fn(&mut Choices));

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

const TARGETS: &[Target] = targets! {
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
    settings::montage_setThreads -> plain(int);
    settings::montage_version -> text();
};

#[test]
fn no_function_is_forgotten() {
    let listed = include_str!("../../ctest/symbols.txt");
    for name in listed.lines().filter(|l| !l.starts_with('#')) {
        // A callback and another library's structure are no random arguments.
        let known = ["montage_setProgress", "montage_checkWCS"].contains(&name)
            || name.ends_with("OptionsInit") // fills a struct, see its own tests
            || TARGETS.iter().any(|(n, _)| *n == name);
        assert!(known, "{name} is not fuzzed: a row in fuzz/tests/calls.rs");
    }
}

#[test]
fn calls() {
    let dir = tempfile::tempdir().unwrap();
    // Relative names and "the working folder" are in here too, and no program is found.
    std::env::set_current_dir(dir.path()).unwrap();
    std::env::set_var("PATH", "/nowhere");
    let inside = |name: &str| dir.path().join(name);
    let good: Vec<Vec<u8>> = {
        field::write(dir.path());
        std::fs::create_dir_all(inside("out")).unwrap();
        let names = [
            "images/tile_0.fits",
            "region.hdr",
            "images.tbl",
            "pairs.tbl",
            "fits.tbl",
            "muse/muse_0.fits",
            "muse/cube.fits",
            "muse/regions.reg",
        ];
        names
            .map(|name| std::fs::read(inside(name)).unwrap())
            .to_vec()
    };
    let pool = Pool::new(dir.path());
    let mut since = 0;
    check!()
        .with_type::<(u8, Vec<u8>, u8, Vec<Edit>)>()
        .for_each(|(function, numbers, which, edits)| {
            // Calls write where they are told to, over the field itself too.
            since += 1;
            if since % 50 == 0 {
                restore(dir.path());
            }
            let bytes = edited(&good[usize::from(*which) % good.len()], edits);
            for name in ["edited", "edited.fits"] {
                let _ = std::fs::write(inside(name), &bytes);
            }
            let (_, call) = TARGETS[usize::from(*function) % TARGETS.len()];
            call(&mut Choices::new(&pool, numbers));
        });
    std::env::set_current_dir("/").unwrap();
}

/// The field as it was, and nothing else.
fn restore(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_dir_all(&path);
    }
    field::write(dir);
    std::fs::create_dir_all(dir.join("out")).unwrap();
}
