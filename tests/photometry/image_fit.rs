//! Fits of the Hubble Deep Field South against imphot's own results.

use std::path::{Path, PathBuf};

use montage::run::Run;
use montage::task::photometry::fit_image::{
    fit_image, FitImageOptions, FitImageOutcome, FitImageParams, Regions, Star,
};
use montage::task::photometry::report::Fitted;
use montage::testing::shared_data;
use serde_json::Value;

/// The images of HST and MUSE, and what imphot found of them.
fn field() -> Option<(PathBuf, PathBuf, Value)> {
    let folder = shared_data("hdfs")?;
    let text = std::fs::read_to_string(folder.join("reference/hdfs_reference.json")).unwrap();
    let hst = folder.join("hst_F606W_for_IMAGE-HDFS-1.34.fits.gz");
    let muse = folder.join("muse_hdfs.fits.gz");
    Some((hst, muse, serde_json::from_str(&text).unwrap()))
}

fn star(reference: &Value) -> Star {
    let of = |key: &str| reference["star_position"][key].as_f64().unwrap();
    Star {
        ra: of("ra"),
        dec: of("dec"),
        radius: of("radius"),
    }
}

/// The options with which each case of the reference was made, and imphot's chi-square.
fn cases(reference: &Value) -> Vec<(&'static str, FitImageOptions<'static>, f64)> {
    let default = FitImageOptions::default;
    vec![
        ("image:default", default(), 147644.188),
        (
            "image:fix_beta_2.8",
            FitImageOptions {
                fix_beta: Some(2.8),
                ..default()
            },
            0.0,
        ),
        (
            "image:taper0",
            FitImageOptions {
                taper: 0,
                ..default()
            },
            0.0,
        ),
        (
            "image:segment",
            FitImageOptions {
                segment: true,
                ..default()
            },
            0.0,
        ),
        (
            "image:margin5_fixfwhm",
            FitImageOptions {
                margin: 5.0,
                fix_fwhm: Some(0.75),
                ..default()
            },
            0.0,
        ),
        (
            "image:fix_dxdy",
            FitImageOptions {
                fix_dx: Some(0.0),
                fix_dy: Some(0.1),
                fix_beta: Some(2.8),
                ..default()
            },
            0.0,
        ),
        (
            "image:notstar",
            FitImageOptions {
                regions: Regions::NotStar,
                star: Some(star(reference)),
                ..default()
            },
            0.0,
        ),
    ]
}

fn fit(hst: &Path, muse: &Path, options: &FitImageOptions, run: &Run) -> FitImageOutcome {
    let params = FitImageParams {
        hst,
        muse,
        options: options.clone(),
    };
    fit_image(&params, run).unwrap()
}

fn parameters(outcome: &FitImageOutcome) -> [(&'static str, Fitted); 8] {
    let found = &outcome.photometry;
    [
        ("scale", found.scale),
        ("bg", found.bg),
        ("dx", found.dx),
        ("dy", found.dy),
        ("dra", found.dra),
        ("ddec", found.ddec),
        ("fwhm", found.fwhm),
        ("beta", found.beta),
    ]
}

#[test]
fn every_case_is_as_imphot_found_it() {
    let Some((hst, muse, reference)) = field() else {
        return;
    };
    for (name, options, chi_square) in cases(&reference) {
        let t = std::time::Instant::now();
        let outcome = fit(&hst, &muse, &options, &Run::new(1));
        let expected = &reference[name];
        eprintln!(
            "{name} {:?} chi {} {chi_square}\n{}\n{}",
            t.elapsed(),
            outcome.chi_square,
            outcome.photometry.summary(false),
            expected["summary"]
        );
        eprintln!("{}", outcome.photometry.report);
        for (key, found) in parameters(&outcome) {
            let of = |what: &str| expected[key][what].as_f64().unwrap();
            let (value, stdev) = (of("value"), of("stdev"));
            let error = (found.value - value).abs();
            eprintln!(
                "{key} {} {} {} {:.4}",
                found.value,
                value,
                error / value.abs(),
                error / stdev.abs()
            );
            eprintln!(
                "     {} {} {}",
                found.stdev,
                stdev,
                found.stdev / stdev - 1.0
            );
        }
    }
}
