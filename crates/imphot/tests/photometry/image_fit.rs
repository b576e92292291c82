//! Fits of the Hubble Deep Field South against imphot's own results.

use std::path::{Path, PathBuf};

use fits::Image;
use imphot::muse::{MuseImage, SaveMask};
use imphot::task::fit_image::{
    fit_image, ExtraMask, FitImageOptions, FitImageOutcome, FitImageParams, Regions,
};
use imphot::task::fit_images::{fit_images, FitImagesParams};
use imphot::task::region_mask::{region_mask, RegionMaskParams, RegionSource};
use imphot::task::report::Fitted;
use imphot::task::star::Star;
use mosaic::run::Run;
use serde_json::Value;
use sky::Keywords;
use testing::shared_data;

/// The images of HST and MUSE, and what imphot found of them.
fn field() -> Option<(PathBuf, PathBuf, Value)> {
    let folder = shared_data("hdfs")?;
    let text = std::fs::read_to_string(folder.join("reference/hdfs_reference.json")).unwrap();
    let hst = folder.join("hst_F606W_for_IMAGE-HDFS-1.34.fits.gz");
    let muse = folder.join("muse_hdfs.fits.gz");
    Some((hst, muse, serde_json::from_str(&text).unwrap()))
}

const STAR: Star = Star {
    ra: 338.24486678733626,
    dec: -60.5565359779519,
    radius: 3.0,
};

type Options = FitImageOptions<'static>;

/// A change of the default options.
fn with(change: impl Fn(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}

/// The options with which each case of the reference was made, and the chi-square of imphot's fit.
fn cases() -> Vec<(&'static str, Options, f64)> {
    vec![
        ("image:default", Options::default(), 147644.188),
        (
            "image:fix_beta_2.8",
            with(|o| o.fit.fix_beta = Some(2.8)),
            156017.080,
        ),
        ("image:taper0", with(|o| o.fit.taper = 0), 540201.140),
        ("image:segment", with(|o| o.segment = true), 115253.868),
        (
            "image:margin5_fixfwhm",
            with(|o| (o.fit.margin, o.fit.fix_fwhm) = (5.0, Some(0.75))),
            148090.502,
        ),
        (
            "image:fix_dxdy",
            with(|o| {
                (o.fit.fix_dx, o.fit.fix_dy, o.fit.fix_beta) = (Some(0.0), Some(0.1), Some(2.8))
            }),
            157096.945,
        ),
        (
            "image:notstar",
            with(|o| (o.regions, o.star) = (Regions::NotStar, Some(STAR))),
            47627.0826,
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
        ("fwhm", found.fwhm),
        ("beta", found.beta),
        ("dra", found.dra),
        ("ddec", found.ddec),
    ]
}

/// The value within 1e-4 or a tenth of the standard error, the standard error within 5 %.
fn assert_near(case: &str, key: &str, found: Fitted, value: f64, stdev: f64) {
    // The coordinates of the original are some 1e6 arcsec, of which a double leaves 2e-10.
    let tolerance = (1e-4 * value.abs()).max(0.1 * stdev.abs()).max(1e-9);
    let error = (found.value - value).abs();
    assert!(error <= tolerance, "{case} {key}: {found:?}, not {value}");
    let error = (found.stdev - stdev).abs();
    assert!(
        error <= 0.05 * stdev.abs(),
        "{case} {key}: {found:?}, not {stdev}"
    );
}

/// The chi-square of imphot is known to nine digits.
fn assert_no_worse(case: &str, found: f64, theirs: f64) {
    assert!(
        found <= theirs * (1.0 + 1e-8),
        "{case}: {found}, not {theirs}"
    );
}

#[test]
fn every_case_is_as_imphot_found_it() {
    let Some((hst, muse, reference)) = field() else {
        return;
    };
    for (case, options, chi_square) in cases() {
        let outcome = fit(&hst, &muse, &options, &Run::new(1));
        let expected = &reference[case];
        for (key, found) in parameters(&outcome) {
            let of = |what: &str| expected[key][what].as_f64().unwrap();
            assert_near(case, key, found, of("value"), of("stdev"));
            assert_eq!(found.fixed, expected[key]["fixed"].as_bool().unwrap());
        }
        let rms = expected["rms_error"].as_f64().unwrap();
        let error = outcome.photometry.rms_error / rms - 1.0;
        assert!(error.abs() < 1e-3, "{case} rms: {error}");
        assert_no_worse(case, outcome.chi_square, chi_square);
    }
}

#[test]
fn options_that_the_reference_does_not_use_do_what_they_do_in_imphot() {
    let Some((hst, muse, _)) = field() else {
        return;
    };
    // imphot's values and standard errors of scale, bg, dx, dy, fwhm, beta; chi-square; rms.
    let cases = [
        (
            // The fit begins more than a pixel away and is done again.
            with(|o| (o.fit.init_dx, o.fit.init_dy) = (Some(1.3), Some(-0.9))),
            [
                (18.077419237902568, 0.040512798604880704),
                (0.017306793648346894, 0.00032996990199630685),
                (-0.012626248182091284, 0.001149854838078777),
                (0.09863430248702768, 0.0010890358019374103),
                (0.7944483491691703, 0.007371743630045819),
                (15.779963791318725, 3.740295325906605),
            ],
            152438.223,
            0.04270081232588966,
        ),
        (
            with(|o| (o.regions, o.star, o.fit.fix_beta) = (Regions::Star, Some(STAR), Some(2.8))),
            [
                (24.12606282895993, 0.12255207644146912),
                (0.035439091782887185, 0.0030944187656131387),
                (0.1947127708820061, 0.0014607788551174495),
                (-0.15718335440607195, 0.0011746983361578202),
                (0.649497435297888, 0.002983519050117403),
                (2.8, 0.0),
            ],
            380.272231,
            0.02932691922643748,
        ),
        (
            // The scale ends at its bound.
            with(|o| o.fit.min_scale = 20.0),
            [
                (20.000000000000004, 0.06648388902014889),
                (0.009843772404687, 0.00038677026827887826),
                (-0.012407296469409084, 0.001190169212755627),
                (0.09834113114387132, 0.0011286201650315718),
                (0.674168211310368, 0.0058968931259286185),
                (2.7564409669834955, 0.06766547817416303),
            ],
            164231.743,
            0.04410571,
        ),
        (
            with(|o| {
                (o.fit.hst_fwhm, o.fit.hst_beta, o.fit.margin, o.fit.taper) = (0.2, 3.0, 0.0, 5)
            }),
            [
                (18.114263506832597, 0.06149535139582472),
                (0.017334662772617682, 0.0005020298176474242),
                (0.04168720682333425, 0.0014829022715369769),
                (0.014383765130445128, 0.001444096111667738),
                (0.7912882082545385, 0.007576571685118268),
                (7.823339525843383, 0.9221796414133147),
            ],
            394886.271,
            0.06798566218671877,
        ),
    ];
    for (i, (options, expected, chi_square, rms)) in cases.into_iter().enumerate() {
        let case = format!("case {i}");
        let outcome = fit(&hst, &muse, &options, &Run::new(1));
        for ((key, found), (value, stdev)) in parameters(&outcome).into_iter().zip(expected) {
            assert_near(&case, key, found, value, stdev);
        }
        assert_no_worse(&case, outcome.chi_square, chi_square);
        let error = outcome.photometry.rms_error / rms - 1.0;
        assert!(error.abs() < 1e-3, "{case} rms: {error}");
    }
}

#[test]
fn results_are_the_same_bits_on_any_number_of_threads() {
    let Some((hst, muse, _)) = field() else {
        return;
    };
    let fits = [1, 2, 7].map(|threads| fit(&hst, &muse, &Options::default(), &Run::new(threads)));
    for other in &fits[1..] {
        assert_eq!(fits[0].photometry, other.photometry);
        let [one, two] = [&fits[0], other].map(|fit| fit.images().unwrap().residual_ft);
        assert!(one == two);
    }
}

#[test]
fn an_extra_mask_and_regions_mask_alike() {
    let Some((hst, muse, _)) = field() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lines = "physical; -circle(110, 270, 12)\n";
    let region_mask_file = folder.path().join("regions.fits");
    let params = RegionMaskParams {
        image: &hst,
        regions: RegionSource::Lines(lines),
        output: &region_mask_file,
    };
    region_mask(&params, &Run::new(1)).unwrap();
    let extra = MuseImage::read(&region_mask_file, "Extra mask").unwrap();
    let pixels: Vec<bool> = extra.data.iter().map(|&value| value != 0.0).collect();
    let options: [FitImageOptions; 3] = [
        FitImageOptions {
            extramask: ExtraMask::File(&region_mask_file),
            ..Options::default()
        },
        FitImageOptions {
            extramask: ExtraMask::Pixels(&pixels),
            ..Options::default()
        },
        FitImageOptions {
            regions: Regions::Of(RegionSource::Lines(lines)),
            ..Options::default()
        },
    ];
    let run = Run::new(1);
    let fits = options.map(|options| fit(&hst, &muse, &options, &run).photometry);
    assert_eq!(fits[0], fits[1]);
    assert_eq!(fits[0], fits[2]);
    assert_ne!(
        fits[0],
        fit(&hst, &muse, &Options::default(), &run).photometry
    );
}

#[test]
fn saved_images_are_imphots() {
    let Some((hst, muse, _)) = field() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.fits");
    let image = MuseImage::read(&muse, "MUSE image").unwrap();
    image.write(&copy, SaveMask::Dq).unwrap();
    let options = with(|o| (o.save, o.apply) = (true, true));
    let outcome = fit(&hst, &copy, &options, &Run::new(1));
    // imphot's: size, the pixel at column 30 of row 20 (from 0), the sum of the squares of all,
    // CRPIX1 or CD1_1.
    for (name, size, pixel, squares, (key, value)) in [
        (
            "image",
            98,
            0.19122924913202344,
            548.4388139211666,
            ("CRPIX1", 127.401033093),
        ),
        (
            "hst_model",
            98,
            0.2868341107392302,
            526.701505543838,
            ("CRPIX2", 2.02824433168),
        ),
        (
            "residual",
            98,
            -0.09560486160720677,
            16.87702056301595,
            ("CRPIX2", -62.982598664),
        ),
        (
            "fft",
            128,
            0.008363668964929188,
            8985652.8890118,
            ("CD1_1", 140.625),
        ),
        (
            "hst_model_fft",
            128,
            6.0670701912265385e-05,
            8630026.20621974,
            ("CD2_2", 140.625),
        ),
        (
            "residual_fft",
            128,
            0.008423762726812044,
            276892.80731925677,
            ("CRPIX1", 65.0),
        ),
    ] {
        let path = folder.path().join(format!("copy_{name}.fits"));
        let mut image = Image::open(&path, "Image file").unwrap();
        assert_eq!((image.width(), image.height()), (size, size), "{name}");
        let mut pixels = Vec::new();
        image.read(image.whole(), &mut pixels).unwrap();
        let found = pixels[20 * size + 30];
        let rms = (squares / (size * size) as f64).sqrt();
        let error = (found - pixel).abs();
        assert!(error < 2e-4 * pixel.abs() + 1e-6 * rms, "{name}: {found}");
        let found: f64 = pixels.iter().map(|x| x * x).sum();
        assert!((found / squares - 1.0).abs() < 1e-4, "{name}: {found}");
        let found = image.header().real(key).unwrap();
        assert!((found - value).abs() < 1e-8, "{name} {key}: {found}");
        assert!(image.header().text("BUNIT").is_some());
    }
    let aligned = folder.path().join("copy_aligned.fits");
    let aligned = MuseImage::read(&aligned, "MUSE image").unwrap();
    let found = &outcome.photometry;
    let i = image
        .data
        .iter()
        .zip(&image.mask)
        .position(|(_, &m)| !m)
        .unwrap();
    let expected = (image.data[i] - found.bg.value) / found.scale.value;
    assert!((aligned.data[i] - expected).abs() < 1e-6 * expected.abs());
    // A fit reads no variances; the corrected image has them nevertheless.
    let known = image.variance.unwrap();
    let i = known.iter().position(|v| v.is_finite() && *v > 0.0);
    let i = i.unwrap();
    let expected = known[i] / found.scale.value.powi(2);
    let variance = aligned.variance.unwrap()[i];
    assert!((variance / expected - 1.0).abs() < 1e-6, "{variance}");
    let moved = aligned.data_header.real("CRPIX1").unwrap() - 167.401033093;
    assert!((moved - found.dx.value / 0.2).abs() < 1e-6);
}

#[test]
fn many_images_are_fitted_in_order_and_a_bad_one_is_counted() {
    let Some((hst, muse, _)) = field() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.fits");
    let images = [muse.clone(), missing, muse.clone(), hst.clone()];
    let alone = fit(&hst, &muse, &Options::default(), &Run::new(1)).photometry;
    for threads in [1, 2, 7] {
        let params = FitImagesParams {
            hst: &hst,
            muse: &images,
            options: Options::default(),
            stars: false,
        };
        let outcome = fit_images(&params, &Run::new(threads)).unwrap();
        assert_eq!((outcome.count, outcome.failed), (4, 1));
        assert_eq!(outcome.results[0].as_ref().unwrap().image, alone);
        let error = outcome.results[1].as_ref().unwrap_err().to_string();
        assert!(error.contains("missing.fits"), "{error}");
        assert_eq!(outcome.results[2].as_ref().unwrap().image, alone);
        assert_ne!(outcome.results[3].as_ref().unwrap().image.name, alone.name);
    }
    let stop = |done: u64, _| done == 1;
    let params = FitImagesParams {
        hst: &hst,
        muse: &images,
        options: Options::default(),
        stars: false,
    };
    let error = fit_images(&params, &Run::with_progress(1, &stop)).unwrap_err();
    assert!(error.to_string().contains("Cancelled"), "{error}");
    let none = FitImagesParams {
        muse: &[],
        ..params
    };
    let error = fit_images(&none, &Run::new(1)).unwrap_err();
    assert!(error.to_string().contains("muse"), "{error}");
}
