//! What cannot be fitted is refused, and the message says why.

use std::path::{Path, PathBuf};

use imphot::kernel::image_fit::FitOptions;
use imphot::muse::{MuseImage, SaveMask};
use imphot::task::fit_image::{fit_image, ExtraMask, FitImageOptions, FitImageParams, Regions};
use imphot::task::fit_star::{fit_star, FitStarOptions, FitStarParams};
use imphot::task::region_mask::RegionSource;
use imphot::task::star::Star;
use mosaic::run::Run;
use simulate::photometry::Pair;
use sky::Keywords;
use tempfile::TempDir;
use testing::shared_data;

struct Files {
    folder: TempDir,
    hst: PathBuf,
    muse: PathBuf,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        size: 48,
        ..Pair::default()
    };
    pair.write(folder.path(), &Run::new(1)).unwrap();
    Files {
        hst: folder.path().join("hst.fits"),
        muse: folder.path().join("muse.fits"),
        folder,
    }
}

impl Files {
    fn refused(&self, options: &FitImageOptions) -> String {
        self.refused_image(&self.muse, options)
    }

    /// The message; no file may have appeared.
    fn refused_image(&self, muse: &Path, options: &FitImageOptions) -> String {
        let count = || std::fs::read_dir(self.folder.path()).unwrap().count();
        let before = count();
        let params = FitImageParams {
            hst: &self.hst,
            muse,
            options: FitImageOptions {
                save: true,
                apply: true,
                ..options.clone()
            },
        };
        let error = fit_image(&params, &Run::new(2)).err();
        let error = error.unwrap_or_else(|| panic!("{options:?} is accepted"));
        assert_eq!(count(), before, "{error}");
        error.to_string()
    }

    /// Another image on the same pixels.
    fn image(&self, name: &str, pixel: impl Fn(usize) -> f64) -> PathBuf {
        let mut image = MuseImage::read(&self.muse, "MUSE image").unwrap();
        image.data = (0..image.data.len()).map(pixel).collect();
        let path = self.folder.path().join(name);
        image.write(&path, SaveMask::Dq).unwrap();
        path
    }
}

#[test]
fn options_out_of_bounds_are_named() {
    let files = files();
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    let default = FitImageOptions::default;
    let star = |ra, dec, radius| Some(Star { ra, dec, radius });
    let pixels = [false; 7];
    let cases: Vec<(&str, FitImageOptions)> = vec![
        (
            "fix_scale",
            FitImageOptions {
                fit: FitOptions {
                    fix_scale: Some(-1.0),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_scale",
            FitImageOptions {
                fit: FitOptions {
                    fix_scale: Some(nan),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_bg",
            FitImageOptions {
                fit: FitOptions {
                    fix_bg: Some(infinity),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_dx",
            FitImageOptions {
                fit: FitOptions {
                    fix_dx: Some(nan),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_dx",
            FitImageOptions {
                fit: FitOptions {
                    fix_dx: Some(1e9),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_dy",
            FitImageOptions {
                fit: FitOptions {
                    fix_dy: Some(-infinity),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_fwhm",
            FitImageOptions {
                fit: FitOptions {
                    fix_fwhm: Some(-0.5),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_fwhm",
            FitImageOptions {
                fit: FitOptions {
                    fix_fwhm: Some(0.0),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_fwhm",
            FitImageOptions {
                fit: FitOptions {
                    fix_fwhm: Some(1e-200),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_beta",
            FitImageOptions {
                fit: FitOptions {
                    fix_beta: Some(0.0),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_beta",
            FitImageOptions {
                fit: FitOptions {
                    fix_beta: Some(-2.8),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "fix_beta",
            FitImageOptions {
                fit: FitOptions {
                    fix_beta: Some(1e-5),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "min_scale",
            FitImageOptions {
                fit: FitOptions {
                    min_scale: nan,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "hst_fwhm",
            FitImageOptions {
                fit: FitOptions {
                    hst_fwhm: 0.0,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "hst_fwhm",
            FitImageOptions {
                fit: FitOptions {
                    hst_fwhm: nan,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "hst_beta",
            FitImageOptions {
                fit: FitOptions {
                    hst_beta: 0.0,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "hst_beta",
            FitImageOptions {
                fit: FitOptions {
                    hst_beta: 1e9,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "margin",
            FitImageOptions {
                fit: FitOptions {
                    margin: 1e9,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "margin",
            FitImageOptions {
                fit: FitOptions {
                    margin: nan,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "taper",
            FitImageOptions {
                fit: FitOptions {
                    taper: i32::MAX,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "taper",
            FitImageOptions {
                fit: FitOptions {
                    taper: 60,
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "init_dx",
            FitImageOptions {
                fit: FitOptions {
                    init_dx: Some(9.6),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "init_dy",
            FitImageOptions {
                fit: FitOptions {
                    init_dy: Some(-1e300),
                    ..FitOptions::default()
                },
                ..default()
            },
        ),
        (
            "star",
            FitImageOptions {
                star: star(53.16, -27.79, 0.0),
                ..default()
            },
        ),
        (
            "star",
            FitImageOptions {
                star: star(53.16, -27.79, -1.0),
                ..default()
            },
        ),
        (
            "star",
            FitImageOptions {
                star: star(nan, -27.79, 1.0),
                ..default()
            },
        ),
        (
            "star",
            FitImageOptions {
                star: star(53.16, 91.0, 1.0),
                ..default()
            },
        ),
        (
            "missing.reg",
            FitImageOptions {
                regions: Regions::Of(RegionSource::File(Path::new("missing.reg"))),
                ..default()
            },
        ),
        (
            "region_lines",
            FitImageOptions {
                regions: Regions::Of(RegionSource::Lines("fk5; circle(1, x, 2)")),
                ..default()
            },
        ),
        (
            "extramask",
            FitImageOptions {
                extramask: ExtraMask::Pixels(&pixels),
                ..default()
            },
        ),
        (
            "Image of extramask missing.fits",
            FitImageOptions {
                extramask: ExtraMask::File(Path::new("missing.fits")),
                ..default()
            },
        ),
    ];
    for (name, options) in cases {
        let error = files.refused(&options);
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn images_that_show_nothing_are_named() {
    let files = files();
    let nothing = FitImageOptions::default();
    let constant = files.image("constant.fits", |_| 3.5);
    let error = files.refused_image(&constant, &nothing);
    assert!(
        error.contains("constant.fits") && error.contains("3.5 everywhere"),
        "{error}"
    );
    let blank = files.image("blank.fits", |_| f64::NAN);
    let error = files.refused_image(&blank, &nothing);
    assert!(
        error.contains("blank.fits") && error.contains("nothing in common"),
        "{error}"
    );
    let line = files.image("line.fits", |i| if i < 48 { i as f64 } else { f64::NAN });
    let error = files.refused_image(&line, &nothing);
    assert!(
        error.contains("line.fits") && error.contains("48 by 1"),
        "{error}"
    );
    let all = vec![true; 48 * 48];
    let masked = FitImageOptions {
        extramask: ExtraMask::Pixels(&all),
        ..FitImageOptions::default()
    };
    assert!(files.refused(&masked).contains("muse.fits"));
    // Of a profile as wide as this the shift cannot be known.
    let wide = FitImageOptions {
        fit: FitOptions {
            fix_fwhm: Some(1e6),
            ..FitOptions::default()
        },
        ..FitImageOptions::default()
    };
    assert!(files.refused(&wide).contains("shifted by the fit"));
    // The whole image is excluded.
    let lines = "physical; -box(24, 24, 200, 200, 0)";
    let excluded = FitImageOptions {
        regions: Regions::Of(RegionSource::Lines(lines)),
        ..FitImageOptions::default()
    };
    assert!(files.refused(&excluded).contains("nothing in common"));
    let swapped = FitImageParams {
        hst: &constant,
        muse: &files.muse,
        options: nothing,
    };
    let error = fit_image(&swapped, &Run::new(1)).err().unwrap().to_string();
    assert!(
        error.contains("HST image") && error.contains("constant.fits"),
        "{error}"
    );
}

#[test]
fn images_on_other_pixels_are_named() {
    let files = files();
    let other = tempfile::tempdir().unwrap();
    let pair = Pair {
        size: 50,
        ..Pair::default()
    };
    pair.write(other.path(), &Run::new(1)).unwrap();
    let larger = other.path().join("muse.fits");
    let error = files.refused_image(&larger, &FitImageOptions::default());
    assert!(
        error.contains("pixels of") && error.contains("hst.fits"),
        "{error}"
    );
    let mut image = MuseImage::read(&files.muse, "MUSE image").unwrap();
    let x = image.data_header.real("CRPIX1").unwrap();
    image.data_header.set_real("CRPIX1", x + 1.0);
    let shifted = files.folder.path().join("shifted.fits");
    image.write(&shifted, SaveMask::Dq).unwrap();
    let error = files.refused_image(&shifted, &FitImageOptions::default());
    assert!(
        error.contains("shifted.fits") && error.contains("pixels of"),
        "{error}"
    );
    let extra = FitImageOptions {
        extramask: ExtraMask::File(&shifted),
        ..FitImageOptions::default()
    };
    // The mask is what is wrong, not the image.
    let error = files.refused(&extra);
    assert!(
        error.starts_with("Image of extramask ")
            && error.contains("shifted.fits (is not on the pixels of")
            && error.contains("muse.fits"),
        "{error}"
    );
}

#[test]
fn odd_but_usable_options_are_used() {
    let files = files();
    let default = FitImageOptions::default;
    for options in [
        FitImageOptions {
            fit: FitOptions {
                margin: -2.0,
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                taper: i32::MIN,
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                min_scale: 50.0,
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                min_scale: -5.0,
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                fix_fwhm: Some(1e-3),
                fix_beta: Some(1e6),
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                fix_scale: Some(0.0),
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                fix_scale: Some(1.0),
                fix_bg: Some(0.0),
                fix_dx: Some(0.0),
                fix_dy: Some(0.0),
                fix_fwhm: Some(0.7),
                fix_beta: Some(2.8),
                ..FitOptions::default()
            },
            ..default()
        },
        FitImageOptions {
            fit: FitOptions {
                hst_fwhm: 30.0,
                hst_beta: 0.1,
                ..FitOptions::default()
            },
            ..default()
        },
    ] {
        let params = FitImageParams {
            hst: &files.hst,
            muse: &files.muse,
            options: options.clone(),
        };
        let found = fit_image(&params, &Run::new(1));
        let found = found
            .unwrap_or_else(|e| panic!("{options:?}: {e}"))
            .photometry;
        assert!(found.rms_error.is_finite(), "{options:?}");
        assert_eq!(found.summary(true).lines().count(), 4);
    }
}

/// imphotFitImage gave status 0 with a scale of 3.8e37 and errors of NaN for the files of
/// data/hostile/nan_pixels.
#[test]
fn a_fit_of_corrupt_pixels_is_an_error() {
    if let Some(folder) = shared_data("hostile/nan_pixels") {
        let (hst, muse) = (
            folder.join("muse__hst.fits"),
            folder.join("muse__muse.fits"),
        );
        for fix_beta in [None, Some(2.5)] {
            let params = FitImageParams {
                hst: &hst,
                muse: &muse,
                options: FitImageOptions {
                    fit: FitOptions {
                        fix_beta,
                        ..FitOptions::default()
                    },
                    ..FitImageOptions::default()
                },
            };
            let error = fit_image(&params, &Run::new(1)).err().unwrap().to_string();
            assert!(
                error.contains("MUSE image") && error.contains("muse__muse.fits (has a pixel of "),
                "{error}"
            );
        }
        let star = Star {
            ra: 53.16,
            dec: -27.79,
            radius: 2.0,
        };
        let params = FitStarParams {
            hst: &hst,
            muse: &muse,
            options: FitStarOptions::new(star),
        };
        let error = fit_star(&params, &Run::new(1)).unwrap_err().to_string();
        assert!(
            error.contains("muse__muse.fits (has a pixel of "),
            "{error}"
        );
    }
    let files = files();
    let good = MuseImage::read(&files.muse, "MUSE image").unwrap().data;
    // A blank that nothing masks.
    let blank = files.image("blank.fits", |i| if i == 1000 { -1e30 } else { good[i] });
    let error = files.refused_image(&blank, &FitImageOptions::default());
    assert!(error.contains("blank.fits (has a pixel of -1.0"), "{error}");
    // One less, whose square single precision has, is fitted.
    let bright = files.image("bright.fits", |i| if i == 1000 { 1e15 } else { good[i] });
    let params = FitImageParams {
        hst: &files.hst,
        muse: &bright,
        options: FitImageOptions::default(),
    };
    let fit = fit_image(&params, &Run::new(1));
    assert!(fit.is_ok_and(|fit| fit.photometry.scale.stdev.is_finite()));
}

#[test]
fn a_fit_that_determines_nothing_is_an_error() {
    let files = files();
    let good = MuseImage::read(&files.muse, "MUSE image").unwrap().data;
    // The least scale, 0, is the best: then the shift and the width have no effect.
    let negative = files.image("negative.fits", |i| -good[i]);
    let error = files.refused_image(&negative, &FitImageOptions::default());
    assert!(
        error.contains("MUSE image")
            && error.contains("negative.fits (cannot be fitted: nothing determines"),
        "{error}"
    );
    // From so far away the fit does not find back.
    let far = FitImageOptions {
        fit: FitOptions {
            init_dx: Some(4.0),
            init_dy: Some(-4.0),
            ..FitOptions::default()
        },
        ..FitImageOptions::default()
    };
    let error = files.refused(&far);
    assert!(
        error.contains("nothing determines scale, which ends at 0e0"),
        "{error}"
    );
    let star = Star {
        ra: 53.16,
        dec: -27.79,
        radius: 2.0,
    };
    for (hst, muse, named) in [
        (&files.hst, &negative, "MUSE image"),
        (&negative, &files.muse, "HST image"),
    ] {
        let params = FitStarParams {
            hst,
            muse,
            options: FitStarOptions::new(star),
        };
        let error = fit_star(&params, &Run::new(1)).unwrap_err().to_string();
        assert!(
            error.starts_with(named) && error.contains("shows no star that can be fitted"),
            "{error}"
        );
    }
}
