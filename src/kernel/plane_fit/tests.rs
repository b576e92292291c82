use super::*;

/// The rounds as Montage does them, pixel by pixel, as the truth for the sorted ones.
fn plainly(data: &[f64], width: usize, options: &FitOptions) -> (Plane, f64, usize, (f64, f64)) {
    let height = data.len() / width;
    let inside = |i: usize| {
        let (x, y, b) = (i % width, i / width, options.border);
        !data[i].is_nan() && x >= b && y >= b && x + b < width && y + b < height
    };
    let (mut plane, mut rms) = (Plane::default(), f64::NAN);
    let (mut npixel, mut centre) = (0, (0.0, 0.0));
    // The version 6 count of 20 includes one round more than is needed to reach the same state.
    for round in 0..=options.rounds.clipped() {
        let near = |plane: &Plane, i: usize| {
            let distance = (data[i] - plane.at((i % width) as f64, (i / width) as f64)).abs();
            round == 0 || distance <= 2.0 * rms
        };
        let mut m = Moments::default();
        for i in (0..data.len()).filter(|&i| inside(i) && near(&plane, i)) {
            m.add((i % width) as f64, (i / width) as f64, data[i]);
        }
        plane = if options.level_only {
            m.level()
        } else {
            m.plane()
        }
        .unwrap();
        centre = (m.u / m.n, m.v / m.n);
        let (mut sum, mut n) = (0.0, 0);
        for i in (0..data.len()).filter(|&i| inside(i) && near(&plane, i)) {
            sum += (data[i] - plane.at((i % width) as f64, (i / width) as f64)).powi(2);
            n += 1;
        }
        rms = (sum / n as f64).sqrt();
        npixel = n;
    }
    (plane, rms, npixel, centre)
}

/// A plane with Gaussian-like noise, some blanks, and `outliers` per cent of wild pixels.
fn field(width: usize, height: usize, seed: u64, outliers: u64) -> Vec<f64> {
    let mut state = seed;
    let mut random = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
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
    let patch = Patch::new(data, width, (0, 0), (width, data.len() / width)).unwrap();
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
                    let patch = Patch::new(&data, width, (0, 0), (width, height)).unwrap();
                    let found = fit_plane(&patch, (0.0, 0.0), &options, &mut workspace);
                    if width == 3 && border == 1 && !level_only {
                        // One column is left.
                        assert_eq!(found, Err(FitError::Singular));
                        continue;
                    }
                    let found = found.unwrap();
                    let (plane, rms, npixel, centre) = plainly(&data, width, &options);
                    assert_eq!(found.npixel, npixel);
                    assert!(
                        (found.rms / rms - 1.0).abs() < 1e-9,
                        "{} {}",
                        found.rms,
                        rms
                    );
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
    // And a constant offset is found to the last bit.
    let found = fit(&[10.1; 40], 8, (3.0, 3.0), &PLAIN).unwrap();
    assert_eq!((found.plane.c, found.rms, found.npixel), (10.1, 0.0, 40));
}

#[test]
fn a_pixel_exactly_on_the_first_level_does_not_stop_the_clipping() {
    // The mean of all is 2, which pixels have exactly; Montage 6.0 ends here with rms=0.
    let mut data = vec![1.0, 2.0, 3.0].repeat(40);
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
    let mut diagonal = vec![f64::NAN; 25];
    for i in 0..5 {
        diagonal[i * 6] = i as f64;
    }
    assert_eq!(
        fit(&diagonal, 5, (0.0, 0.0), &PLAIN),
        Err(FitError::Singular)
    );
    let level = FitOptions {
        level_only: true,
        ..PLAIN
    };
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
