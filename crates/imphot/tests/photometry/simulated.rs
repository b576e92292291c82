//! Fits of simulated pairs against the truth, and against imphot.

use std::path::Path;
use std::process::Command;

use imphot::task::fit_image::{fit_image, FitImageOptions, FitImageParams};
use imphot::task::report::Fitted;
use mosaic::run::Run;
use simulate::photometry::{Pair, PairOutcome};

/// By how much the quoted standard errors, which are imphot's, are too small where the residuals
/// are white noise of the pixels of MUSE: they are those of lmfit for residuals of one size at all
/// frequencies, but the filter of HST's pixels and its point-spread function, by which the
/// transform of MUSE is multiplied, leave a 3.963th of the noise in the mean over half the plane
/// (128 by 128 pixels of 0.2 arcsec), and all of it at the low frequencies that decide.
const WHITE: f64 = 3.963;

#[test]
fn the_truth_is_within_two_standard_errors() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::new(1);
    let fields = 40;
    let mut within = [0; 6];
    for seed in 1..=fields {
        let pair = Pair::random(120, seed);
        let truth = pair.write(folder.path(), &run).unwrap();
        let found = fitted(folder.path(), &run).map(|fitted| [fitted.value, fitted.stdev]);
        let all = found.into_iter().zip(values(&truth)).enumerate();
        for (i, (found, truth)) in all {
            within[i] += usize::from(errors(i, found, truth) < 2.0 * WHITE);
        }
    }
    eprintln!("{within:?}");
    let [dx, dy, scale, fwhm, beta, bg] = within;
    assert!(dx + dy + scale + fwhm >= 152, "{within:?} of 40");
    // The taper has a part in these.
    assert!(beta >= 34 && bg >= 28, "{within:?} of 40");
}

/// The order of the parameters here.
const NAMES: [&str; 6] = ["dx", "dy", "scale", "fwhm", "beta", "bg"];

/// What a fit of the pair in a folder finds, in the order of [`NAMES`].
fn fitted(folder: &Path, run: &Run) -> [Fitted; 6] {
    let params = FitImageParams {
        hst: &folder.join("hst.fits"),
        muse: &folder.join("muse.fits"),
        options: FitImageOptions::default(),
    };
    let found = fit_image(&params, run).unwrap().photometry;
    [
        found.dx,
        found.dy,
        found.scale,
        found.fwhm,
        found.beta,
        found.bg,
    ]
}

/// The truth in the order of [`NAMES`].
fn values(truth: &PairOutcome) -> [f64; 6] {
    [
        truth.dx,
        truth.dy,
        truth.scale,
        truth.fwhm,
        truth.beta,
        truth.bg,
    ]
}

/// How many quoted standard errors parameter `i` of [`values`] is from the truth.
fn errors(i: usize, [value, stdev]: [f64; 2], truth: f64) -> f64 {
    if i == 4 {
        // The errors of the exponent are symmetric in its reciprocal.
        return (1.0 / value - 1.0 / truth).abs() / (stdev / (value * value));
    }
    (value - truth).abs() / stdev
}

/// Fits each pair of a folder and prints the values and standard errors, a line each.
const IMPHOT: &str = "
import os, sys, warnings
warnings.simplefilter('ignore')
try:
    import matplotlib
    matplotlib.use('Agg')
    import imphot
except ImportError:
    sys.exit('no imphot')
count = int(sys.argv[2])
for seed in range(1, count + 1):
    there = os.path.join(sys.argv[1], str(seed))
    fit = imphot.fit_image_photometry(there + '/hst.fits', there + '/muse.fits')
    for name in sys.argv[3:]:
        fitted = getattr(fit, name)
        print(repr(float(fitted.value)), repr(float(fitted.stdev)), end=' ')
    print()
";

/// The values and standard errors that imphot finds in the pairs `1`, `2` ... of a folder; `None`
/// where it is not installed.
fn imphots(folder: &Path, count: u64) -> Option<Vec<[[f64; 2]; 6]>> {
    let python = Command::new("python3")
        .args(["-c", IMPHOT])
        .arg(folder)
        .arg(count.to_string())
        .args(NAMES)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&python.stderr);
    if !python.status.success() {
        assert!(said.contains("no imphot"), "{said}");
        return None;
    }
    let lines = String::from_utf8(python.stdout).unwrap();
    let fits = lines.lines().map(|line| {
        let numbers: Vec<f64> = (line.split_whitespace())
            .map(|word| word.parse().unwrap())
            .collect();
        std::array::from_fn(|i| [numbers[2 * i], numbers[2 * i + 1]])
    });
    Some(fits.collect())
}

#[test]
fn two_hundred_fields_are_fitted_as_well_as_by_imphot() {
    const FIELDS: u64 = 200;
    let folder = tempfile::tempdir().unwrap();
    if imphots(folder.path(), 0).is_none() {
        testing::skipped("python3 has no module imphot to fit 200 fields with");
        return;
    }
    let run = Run::new(1);
    let mut ours = Vec::new();
    let mut truths = Vec::new();
    for seed in 1..=FIELDS {
        let there = folder.path().join(seed.to_string());
        truths.push(values(
            &Pair::random(120, seed).write(&there, &run).unwrap(),
        ));
        ours.push(fitted(&there, &run).map(|fitted| [fitted.value, fitted.stdev]));
    }
    let theirs = imphots(folder.path(), FIELDS).unwrap();
    assert_eq!(theirs.len(), ours.len());
    for (i, name) in NAMES.iter().enumerate() {
        // Within two of the errors that are quoted, and of those that white noise makes.
        for (kind, allowed) in [("quoted", 2.0), ("white", 2.0 * WHITE)] {
            let within = |fits: &[[[f64; 2]; 6]]| -> Vec<bool> {
                let fits = fits.iter().zip(&truths);
                fits.map(|(fit, truth)| errors(i, fit[i], truth[i]) < allowed)
                    .collect()
            };
            let (theirs, ours) = (within(&theirs), within(&ours));
            let count = |within: &[bool]| within.iter().filter(|&&within| within).count();
            let both: Vec<bool> = theirs.iter().zip(&ours).map(|(a, b)| *a && *b).collect();
            let (theirs, ours, both) = (count(&theirs), count(&ours), count(&both));
            eprintln!("{name}, two {kind} errors: imphot {theirs}, ours {ours}, both {both}");
            assert!(100 * both >= 95 * theirs, "{name} {kind}");
        }
        let mut apart: Vec<f64> = (theirs.iter().zip(&ours))
            .map(|(theirs, ours)| (theirs[i][0] - ours[i][0]).abs() / theirs[i][1])
            .collect();
        apart.sort_by(f64::total_cmp);
        let most = &apart[apart.len() - 3..];
        eprintln!("{name}: the furthest are {most:.4?} quoted errors apart");
        // imphot may stop early where an exponent hardly matters.
        assert!(apart[FIELDS as usize - 2] < 0.1, "{name}");
    }
}

/// Only single precision and the wings that the images cut off are left, which the scale lacks:
/// chi-square is a small difference of large sums, which must not stop the fit early.
#[test]
fn without_noise_the_truth_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::new(1);
    let pair = Pair {
        noise: 0.0,
        ..Pair::default()
    };
    let truth = values(&pair.write(folder.path(), &run).unwrap());
    let found = fitted(folder.path(), &run);
    let allowed = [1e-7, 1e-7, 3e-4, 1e-5, 1e-5, 1e-5];
    for ((found, truth), allowed) in found.iter().zip(truth).zip(allowed) {
        let error = (found.value - truth).abs();
        assert!(error < allowed, "{found:?} {truth}");
    }
}

/// Large enough for a fit that shares its rows out to threads.
#[test]
fn a_large_pair_has_the_same_bits_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        size: 200,
        ..Pair::default()
    };
    pair.write(folder.path(), &Run::new(1)).unwrap();
    let fits = [1, 2, 7].map(|threads| {
        let params = FitImageParams {
            hst: &folder.path().join("hst.fits"),
            muse: &folder.path().join("muse.fits"),
            options: FitImageOptions::default(),
        };
        fit_image(&params, &Run::new(threads)).unwrap()
    });
    for other in &fits[1..] {
        assert_eq!(fits[0].photometry, other.photometry);
        let [one, two] = [&fits[0], other].map(|fit| fit.images().unwrap().residual_ft);
        assert!(one == two);
    }
}
