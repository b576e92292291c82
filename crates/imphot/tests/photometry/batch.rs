//! Fits of many images: what is shared changes no bit, and results come in order.

use std::path::PathBuf;

use imphot::muse::{MuseImage, SaveMask};
use imphot::task::fit_both::{fit_image_and_star, FitImageAndStarParams};
use imphot::task::fit_image::FitImageOptions;
use imphot::task::fit_images::{fit_images_each, FitImagesParams};
use imphot::task::fit_star::{fit_star, FitStarOptions, FitStarParams};
use imphot::task::fit_stars::{fit_stars, fit_stars_each, FitStarsParams};
use imphot::task::star::Star;
use mosaic::error::Error;
use mosaic::run::Run;
use simulate::photometry::Pair;
use tempfile::TempDir;

const STAR: Star = Star {
    ra: 53.16,
    dec: -27.79,
    radius: 2.0,
};

/// An HST image and five of MUSE on its pixels: other noise and masks, for one other transforms.
struct Field {
    _folder: TempDir,
    hst: PathBuf,
    muse: Vec<PathBuf>,
}

fn field() -> Field {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        size: 90,
        ..Pair::default()
    };
    pair.write(folder.path(), &Run::new(1)).unwrap();
    let first = MuseImage::read(&folder.path().join("muse.fits"), "MUSE image").unwrap();
    let muse = (0..5).map(|number: usize| {
        let mut image = first.clone();
        for (i, pixel) in image.data.iter_mut().enumerate() {
            *pixel += 1e-3 * ((i * (number + 3)) % 17) as f64;
        }
        for (i, masked) in image.mask.iter_mut().enumerate() {
            // The last one has an edge of 40 columns masked, so that it is transformed smaller.
            *masked |= i % 613 == number || number == 4 && i % 90 < 40;
        }
        let path = folder.path().join(format!("muse_{number}.fits"));
        image.write(&path, SaveMask::Dq).unwrap();
        path
    });
    Field {
        muse: muse.collect(),
        hst: folder.path().join("hst.fits"),
        _folder: folder,
    }
}

#[test]
fn fits_of_a_batch_have_the_bits_of_fits_alone() {
    let field = field();
    let (hst, muse) = (&field.hst, &field.muse);
    let options = FitImageOptions {
        star: Some(STAR),
        ..FitImageOptions::default()
    };
    let alone: Vec<_> = (muse.iter())
        .map(|muse| {
            let params = FitImageAndStarParams {
                hst,
                muse,
                options: options.clone(),
            };
            fit_image_and_star(&params, &Run::new(1)).unwrap()
        })
        .collect();
    for threads in [1, 3] {
        let mut seen = 0;
        let params = FitImagesParams {
            hst,
            muse,
            options: options.clone(),
            stars: true,
        };
        let fits = fit_images_each(&params, &Run::new(threads), &mut |index, result| {
            assert_eq!(index, seen);
            assert!(result.is_ok());
            seen += 1;
            Ok(())
        });
        let fits = fits.unwrap();
        assert_eq!((fits.count, fits.failed, seen), (5, 0, 5));
        for (fit, alone) in fits.results.iter().zip(&alone) {
            let fit = fit.as_ref().unwrap();
            assert_eq!(fit.image, alone.image.photometry);
            assert_eq!(fit.star.as_ref(), Some(&alone.star));
        }
    }
}

#[test]
fn a_star_in_many_images_has_the_bits_of_fits_alone() {
    let field = field();
    let (hst, mut muse) = (&field.hst, field.muse.clone());
    muse.insert(2, PathBuf::from("/no/muse.fits"));
    let options = FitStarOptions::new(STAR);
    for threads in [1, 3] {
        let params = FitStarsParams {
            hst,
            muse: &muse,
            options,
        };
        let fits = fit_stars(&params, &Run::new(threads)).unwrap();
        assert_eq!((fits.count, fits.failed), (6, 1));
        for (fit, muse) in fits.results.iter().zip(&muse) {
            let params = FitStarParams { hst, muse, options };
            match (fit, fit_star(&params, &Run::new(1))) {
                (Ok(fit), Ok(alone)) => assert_eq!(*fit, alone),
                (Err(why), Err(alone)) => assert_eq!(why.to_string(), alone.to_string()),
                _ => panic!("{muse:?}"),
            }
        }
    }
}

#[test]
fn whoever_takes_the_results_can_end_the_batch() {
    let field = field();
    let params = FitStarsParams {
        hst: &field.hst,
        muse: &field.muse,
        options: FitStarOptions::new(STAR),
    };
    for threads in [1, 3] {
        let mut taken = 0;
        let ended = fit_stars_each(&params, &Run::new(threads), &mut |_, _| {
            taken += 1;
            match taken {
                2 => Err(imphot::Error::Shared(Error::Cancelled)),
                _ => Ok(()),
            }
        });
        assert!(matches!(
            ended,
            Err(imphot::Error::Shared(Error::Cancelled))
        ));
        assert_eq!(taken, 2);
    }
}

#[test]
fn images_whose_outputs_would_have_one_name_are_refused() {
    let field = field();
    let folder = tempfile::tempdir().unwrap();
    let twin = folder.path().join("muse_0.fits");
    std::fs::copy(&field.muse[0], &twin).unwrap();
    let muse = [field.muse[0].clone(), twin];
    let into = folder.path().join("out");
    std::fs::create_dir(&into).unwrap();
    let params = |apply| FitStarsParams {
        hst: &field.hst,
        muse: &muse,
        options: FitStarOptions {
            apply,
            output_dir: Some(&into),
            ..FitStarOptions::new(STAR)
        },
    };
    let error = fit_stars(&params(true), &Run::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("Argument muse_files: has ") && error.contains("the same names"),
        "{error}"
    );
    assert_eq!(fit_stars(&params(false), &Run::new(1)).unwrap().failed, 0);
}
