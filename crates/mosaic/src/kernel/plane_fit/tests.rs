use super::*;
use sky::Window;

/// A plane with Gaussian-like noise, some blanks, and `outliers` per cent of wild pixels.
fn field(width: usize, height: usize, seed: u64, outliers: u64) -> Vec<f64> {
    let mut generator = simulate::Random(seed);
    let mut random = move || generator.uniform();
    (0..width * height)
        .map(|i| {
            let noise: f64 = (0..12).map(|_| random()).sum::<f64>() - 6.0;
            let wild = if random() * 100.0 < outliers as f64 {
                300.0 * random().powi(3)
            } else {
                0.0
            };
            let (x, y) = ((i % width) as f64, (i / width) as f64);
            if random() < 0.05 {
                f64::NAN
            } else {
                120.0 + 0.03 * x - 0.011 * y + 0.7 * noise + wild
            }
        })
        .collect()
}

const PLAIN: FitOptions = FitOptions {
    level_only: false,
    border: 0,
    rounds: Rounds::Version6,
    no_fit: false,
};

fn fit(
    data: &[f64],
    width: usize,
    crpix: (f64, f64),
    options: &FitOptions,
) -> Result<PlaneFit, FitError> {
    let patch = Patch::new(data, width, Window::of_size(width, data.len() / width)).unwrap();
    fit_plane(&patch, crpix, options, &mut Workspace::default())
}

#[test]
fn the_sorted_rounds_are_the_plain_rounds() {
    let mut workspace = Workspace::default();
    for (seed, (width, height)) in [(60, 300), (200, 80), (17, 9), (3, 400)]
        .into_iter()
        .enumerate()
    {
        for outliers in [0, 2, 30] {
            for level_only in [false, true] {
                for (border, rounds) in [(0, Rounds::Version6), (1, Rounds::Version7)] {
                    let options = FitOptions {
                        level_only,
                        border,
                        rounds,
                        no_fit: false,
                    };
                    let data = field(width, height, seed as u64 + 1, outliers);
                    let patch = Patch::new(&data, width, Window::of_size(width, height)).unwrap();
                    let found = fit_plane(&patch, (0.0, 0.0), &options, &mut workspace);
                    if width == 3 && border == 1 && !level_only {
                        // One column is left.
                        assert_eq!(found, Err(FitError::Singular));
                        continue;
                    }
                    let found = found.unwrap();
                    let inner = patch.without_border(border).unwrap();
                    let crpix = (-(border as f64), -(border as f64));
                    let Found {
                        plane,
                        rms,
                        npixel,
                        centre,
                        extent,
                    } = scan(&inner, crpix, &options).unwrap();
                    assert_eq!(found.npixel, npixel);
                    assert!((found.rms / rms - 1.0).abs() < 1e-9, "{} {rms}", found.rms);
                    assert_eq!(found.x.0, f64::from(extent.u.0) - crpix.0);
                    assert_eq!(found.y.1, f64::from(extent.v.1) - crpix.1);
                    for (x, y) in [(0.0, 0.0), (width as f64, 0.0), (0.0, height as f64)] {
                        let apart = (found.plane.at(x, y) - plane.at(x, y)).abs();
                        assert!(apart < 1e-9 * rms, "{apart}");
                    }
                    assert!((found.centre.0 - centre.0).abs() < 1e-9);
                    assert!((found.centre.1 - centre.1).abs() < 1e-9);
                }
            }
        }
    }
}

#[test]
fn the_plane_is_relative_to_the_reference_pixel() {
    let data: Vec<f64> = (0..30)
        .map(|i| 5.0 + 2.0 * (i % 6) as f64 - 3.0 * (i / 6) as f64)
        .collect();
    let found = fit(&data, 6, (100.5, -20.0), &PLAIN).unwrap();
    // Column 0 is x = -100.5, row 0 is y = 20.
    assert!((found.plane.a - 2.0).abs() < 1e-12);
    assert!((found.plane.b + 3.0).abs() < 1e-12);
    assert!((found.plane.at(-100.5, 20.0) - 5.0).abs() < 1e-10);
    assert_eq!(found.x, (-100.5, -95.5));
    assert_eq!(found.y, (20.0, 24.0));
    assert!(found.rms < 1e-12);
}

#[test]
fn equal_images_leave_a_perfect_zero() {
    let found = fit(&[0.0; 40], 8, (0.0, 0.0), &PLAIN).unwrap();
    assert_eq!(
        (found.plane, found.rms, found.npixel),
        (Plane::default(), 0.0, 40)
    );
    // A constant offset is found but for rounding.
    let found = fit(&[10.1; 40], 8, (3.0, 3.0), &PLAIN).unwrap();
    assert!((found.plane.c - 10.1).abs() < 1e-13 && found.rms < 1e-13);
}

#[test]
fn a_pixel_exactly_on_the_first_level_does_not_stop_the_clipping() {
    // The mean of all is 2, which pixels have exactly; Montage 6.0 ends here with rms=0.
    let mut data = [1.0, 2.0, 3.0].repeat(40);
    data.extend([-998.0, 1002.0]);
    let options = FitOptions {
        level_only: true,
        ..PLAIN
    };
    let found = fit(&data, 122, (0.0, 0.0), &options).unwrap();
    assert_eq!(found.plane.c, 2.0);
    assert!(found.rms > 0.0 && found.rms < 1.0);
}

#[test]
fn impossible_fits_say_why() {
    assert_eq!(
        fit(&[1.0; 5], 5, (0.0, 0.0), &PLAIN),
        Err(FitError::TooFewPixels)
    );
    assert_eq!(
        fit(&[f64::NAN; 9], 3, (0.0, 0.0), &PLAIN),
        Err(FitError::Blank)
    );
    let border = FitOptions {
        border: usize::MAX,
        ..PLAIN
    };
    assert_eq!(
        fit(&[1.0; 9], 3, (0.0, 0.0), &border),
        Err(FitError::Border)
    );
    for huge in [1e160, 1e300, f64::MAX] {
        let mut data: Vec<f64> = (0..100).map(f64::from).collect();
        data[55] = huge;
        for level_only in [false, true] {
            let options = FitOptions {
                level_only,
                ..PLAIN
            };
            let found = fit(&data, 10, (1e9, -1e9), &options);
            assert_eq!(found, Err(FitError::Overflow), "{huge} {level_only}");
        }
    }
    let level = FitOptions {
        level_only: true,
        ..PLAIN
    };
    let found = fit(&[f64::MAX; 40], 8, (0.0, 0.0), &level);
    assert_eq!(found, Err(FitError::Overflow));
    let mut diagonal = vec![f64::NAN; 25];
    for i in 0..5 {
        diagonal[i * 6] = i as f64;
    }
    assert_eq!(
        fit(&diagonal, 5, (0.0, 0.0), &PLAIN),
        Err(FitError::Singular)
    );
    assert_eq!(fit(&diagonal, 5, (0.0, 0.0), &level).unwrap().plane.c, 2.0);
}

#[test]
fn nofit_finds_the_region_only() {
    let options = FitOptions {
        no_fit: true,
        ..PLAIN
    };
    let found = fit(
        &[1.0, 2.0, 3.0, f64::NAN, 5.0, f64::NAN],
        3,
        (1.0, 1.0),
        &options,
    )
    .unwrap();
    assert_eq!(
        (found.x, found.y, found.npixel, found.rms),
        ((-1.0, 1.0), (-1.0, 0.0), 4, 0.0)
    );
    assert_eq!(found.plane, Plane::default());
}
