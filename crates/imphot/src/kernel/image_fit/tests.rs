use super::*;
use crate::numerics::fourier::C64;
use crate::numerics::least_squares::{Model, Normal};
use sky::Window;

const WIDTH: usize = 21;
const HEIGHT: usize = 27;
const STEP: (f64, f64) = (0.2, 0.23);

/// Two blurred blobs with a little structure, and a few masked pixels.
fn image(shift: f64) -> (Vec<f64>, Vec<bool>) {
    let pixel = |i: usize| {
        let (x, y) = ((i % WIDTH) as f64 - shift, (i / WIDTH) as f64 + 0.5 * shift);
        let blob = |at: (f64, f64), width: f64| {
            (-((x - at.0).powi(2) + (y - at.1).powi(2)) / (2.0 * width * width)).exp()
        };
        5.0 * blob((8.0, 10.0), 2.0) + 3.0 * blob((13.0, 18.0), 2.5) + 0.01 * (x * 1.7 + y).sin()
    };
    let count = WIDTH * HEIGHT;
    (
        (0..count).map(pixel).collect(),
        (0..count).map(|i| i % 211 == 17).collect(),
    )
}

/// Calls `work` with a pair of images, one shifted, and options that suit such small ones.
fn with_pair(work: impl FnOnce(&Pair, &FitOptions)) {
    let ((muse, muse_mask), (hst, hst_mask)) = (image(0.7), image(0.0));
    let pair = Pair {
        width: WIDTH,
        height: HEIGHT,
        step: STEP,
        muse: Picture {
            data: &muse,
            mask: &muse_mask,
        },
        hst: Picture {
            data: &hst,
            mask: &hst_mask,
        },
    };
    let options = FitOptions {
        taper: 3,
        ..FitOptions::default()
    };
    work(&pair, &options);
}

/// Calls `work` with the problem that is to be solved of a pair.
fn with_problem(work: impl FnOnce(&mut Problem, &Prepared)) {
    with_pair(|pair, options| {
        // The image of HST is shifted by a pixel along one axis.
        let psf = HstPsf::default();
        let prepared = Prepared::new(pair, options, (0.25, 0.0), &psf, Rows::ALONE).unwrap();
        assert_eq!(prepared.shift, (0.2, 0.0));
        let plan = &prepared.spectra.plan;
        assert_eq!((plan.width, plan.height), (32, 64));
        let mut problem = Problem::new(&prepared, STEP, true, Rows::ALONE).unwrap();
        work(&mut problem, &prepared);
    });
}

/// The transforms of the images of MUSE and of the model.
fn transforms(problem: &mut Problem, values: &[f64]) -> (Vec<C64>, Vec<C64>) {
    let pairs = problem.transforms(values).unwrap();
    pairs.into_iter().map(|[muse, model]| (muse, model)).unzip()
}

const POINT: [f64; 6] = [0.11, -0.07, 0.02, 1.1, 0.6, 2.9];

#[test]
fn chi_square_is_that_of_the_transforms() {
    with_problem(|problem, _| {
        let chi_square = problem.evaluate(&POINT, &mut Normal::new(6)).unwrap();
        let (muse, model) = transforms(problem, &POINT);
        assert_eq!(2 * muse.len(), Model::points(problem));
        let sum: f64 = muse
            .iter()
            .zip(&model)
            .map(|(a, b)| (a - b).norm_sqr())
            .sum();
        assert!((chi_square / sum - 1.0).abs() < 1e-12, "{chi_square} {sum}");
    });
}

#[test]
fn normal_equations_are_those_of_differences() {
    with_problem(|problem, _| {
        let mut normal = Normal::new(6);
        problem.evaluate(&POINT, &mut normal).unwrap();
        let (muse, model) = transforms(problem, &POINT);
        let mut derivatives = Vec::new();
        for i in 0..6 {
            let h = 1e-5;
            let mut at = |change: f64| {
                let mut values = POINT;
                values[i] += change;
                transforms(problem, &values).1
            };
            let (more, less) = (at(h), at(-h));
            let slopes = more.iter().zip(&less).map(|(a, b)| (a - b) / (2.0 * h));
            derivatives.push(slopes.collect::<Vec<C64>>());
        }
        let product =
            |a: &[C64], b: &[C64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a.conj() * b).re).sum() };
        let residual: Vec<C64> = muse.iter().zip(&model).map(|(a, b)| a - b).collect();
        for (i, a) in derivatives.iter().enumerate() {
            let size = product(a, a).sqrt();
            let gradient = product(a, &residual);
            let error = (normal.gradient(i) - gradient).abs();
            assert!(
                error < 1e-6 * size * product(&residual, &residual).sqrt(),
                "{i}: {error}"
            );
            for (j, b) in derivatives.iter().enumerate() {
                let error = (normal.at(i, j) - product(a, b)).abs();
                assert!(
                    error < 1e-6 * size * product(b, b).sqrt(),
                    "{i} {j}: {error}"
                );
            }
        }
    });
}

#[test]
fn the_part_that_is_fitted_lacks_the_last_two_rows_and_columns() {
    with_problem(|_, prepared| {
        // A shift by one column leaves the first one without HST.
        let expected = Window {
            x: 1,
            y: 0,
            width: WIDTH - 3,
            height: HEIGHT - 2,
        };
        assert_eq!(prepared.crop, expected);
        assert_eq!(prepared.mask.len(), (WIDTH - 3) * (HEIGHT - 2));
    });
}

#[test]
fn the_other_half_of_a_plane_mirrors_the_first() {
    with_pair(|pair, options| {
        let planes = fit(pair, options, &HstPsf::default(), Rows::ALONE)
            .unwrap()
            .planes;
        let (width, height) = planes.padded;
        let plane = planes.amplitudes().unwrap().muse;
        // Frequency 0 is in the middle: the sum of the image with its margin, where nothing is.
        let middle = (height / 2) * width + width / 2;
        let most = plane.iter().copied().fold(0.0, f64::max);
        assert!(plane[middle] > 0.1 * most, "{} {most}", plane[middle]);
        for y in 1..height {
            for x in 1..width {
                let mirrored = (height - y) * width + width - x;
                assert!((plane[y * width + x] - plane[mirrored]).abs() < 1e-12);
            }
        }
    });
}
