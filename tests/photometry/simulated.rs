//! Fits of simulated pairs against the truth.

use montage::run::Run;
use montage::simulate::photometry::Pair;
use montage::task::photometry::fit_image::{fit_image, FitImageOptions, FitImageParams};
use montage::task::photometry::report::Fitted;

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
        let params = FitImageParams {
            hst: &folder.path().join("hst.fits"),
            muse: &folder.path().join("muse.fits"),
            options: FitImageOptions::default(),
        };
        let found = fit_image(&params, &run).unwrap().photometry;
        // The errors of the exponent are symmetric in its reciprocal.
        let beta = found.beta.value;
        let reciprocal = Fitted {
            value: 1.0 / beta,
            stdev: found.beta.stdev / (beta * beta),
            fixed: false,
        };
        let all = [
            (found.dx, truth.dx),
            (found.dy, truth.dy),
            (found.scale, truth.scale),
            (found.fwhm, truth.fwhm),
            (reciprocal, 1.0 / truth.beta),
            (found.bg, truth.bg),
        ];
        for (count, (found, truth)) in within.iter_mut().zip(all) {
            let error = (found.value - truth).abs() / (WHITE * found.stdev);
            *count += usize::from(error < 2.0);
        }
    }
    eprintln!("{within:?}");
    let [dx, dy, scale, fwhm, beta, bg] = within;
    assert!(dx + dy + scale + fwhm >= 152, "{within:?} of 40");
    // The taper has a part in these.
    assert!(beta >= 34 && bg >= 28, "{within:?} of 40");
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
        assert!(fits[0].images().residual_ft == other.images().residual_ft);
    }
}
