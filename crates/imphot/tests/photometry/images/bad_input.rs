//! What cannot be done is said, with the name of the file or argument, and leaves no output.

use std::path::Path;

use fits::card::Card;
use imphot::task::corrections::{apply_corrections, Corrections, CorrectionsParams, Which};
use imphot::task::grids::{grids_aligned, GridsAlignedParams};
use imphot::task::regrid::{regrid_hst, RegridHstParams};
use mosaic::run::Run;

use super::support::{files, made_up_hst, made_up_muse, pixels, place, save, text, Hdu, MUSE_UNIT};

fn regrid(hst: &Path, muse: &Path, filter: Option<&str>) -> Result<i32, String> {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.fits");
    let params = RegridHstParams {
        hst,
        muse,
        output: &output,
        filter,
        rescale: true,
    };
    match regrid_hst(&params, &Run::new(2)) {
        Ok(outcome) => Ok(outcome.masked),
        Err(error) => {
            assert!(files(folder.path()).is_empty());
            Err(error.to_string())
        }
    }
}

/// A 20 x 20 image with these cards.
fn image(
    folder: &tempfile::TempDir,
    name: &str,
    cards: Vec<Card>,
    value: f64,
) -> std::path::PathBuf {
    let data = Hdu {
        name: "DATA",
        sizes: &[20, 20],
        cards,
        pixels: vec![value; 400],
    };
    save(folder, name, &[], &[data])
}

const CD: [f64; 4] = [-1e-5, 0.0, 0.0, 1e-5];

#[test]
fn files_that_are_no_images_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (hst, muse) = (made_up_hst(&folder), made_up_muse(&folder));
    let refused = |hst: &Path, muse: &Path, words: &[&str]| {
        let why = regrid(hst, muse, None).unwrap_err();
        assert!(words.iter().all(|word| why.contains(word)), "{why}");
    };
    let missing = folder.path().join("no.fits");
    refused(&missing, &muse, &["HST image", "no.fits", "no such file"]);
    refused(&hst, &missing, &["MUSE image", "no.fits"]);
    let junk = folder.path().join("junk.fits");
    std::fs::write(&junk, "no FITS").unwrap();
    refused(&junk, &muse, &["junk.fits"]);
    refused(&hst, &junk, &["junk.fits"]);
    refused(&hst, folder.path(), &["not a regular file"]);

    let line = Hdu {
        name: "DATA",
        sizes: &[400],
        cards: Vec::new(),
        pixels: vec![1.0; 400],
    };
    let line = save(&folder, "line.fits", &[], &[line]);
    refused(&line, &muse, &["1 axes"]);
    refused(&hst, &line, &["1 axes"]);
    let cards = place((1.0, 1.0), CD);
    let stat = |sizes| Hdu {
        name: "STAT",
        sizes,
        cards: Vec::new(),
        pixels: vec![1.0; 200],
    };
    let data = Hdu {
        name: "DATA",
        sizes: &[10, 10],
        cards,
        pixels: vec![1.0; 100],
    };
    let unequal = save(&folder, "unequal.fits", &[], &[data, stat(&[10, 20])]);
    refused(&unequal, &muse, &["STAT is not of the size of DATA"]);

    // Cut off in the middle of its pixels.
    let whole = std::fs::read(&hst).unwrap();
    let cut = folder.path().join("cut.fits");
    std::fs::write(&cut, &whole[..2880 * 5]).unwrap();
    refused(&cut, &muse, &["cut.fits"]);
}

#[test]
fn coordinates_that_lead_nowhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let muse = made_up_muse(&folder);
    let f606w = Some("F606W");
    let place_at = |crpix| image(&folder, "h.fits", place(crpix, CD), 1.0);
    let why = regrid(&place_at((5000.0, 1.0)), &muse, f606w).unwrap_err();
    assert!(why.contains("does not overlap"), "{why}");
    let none = image(&folder, "none.fits", Vec::new(), 1.0);
    let why = regrid(&none, &muse, f606w).unwrap_err();
    assert!(why.contains("none.fits") && why.contains("CTYPE1"), "{why}");
    let mut cards = place((5.0, 5.0), CD);
    for (card, name) in cards.iter_mut().zip(["RA---TPV", "DEC--TPV"]) {
        let key = String::from_utf8(card.key().to_vec()).unwrap();
        *card = text(&key, name);
    }
    let distorted = image(&folder, "tpv.fits", cards, 1.0);
    let why = regrid(&distorted, &muse, f606w).unwrap_err();
    assert!(why.contains("distorted grid (RA---TPV)"), "{why}");
    let singular = image(
        &folder,
        "flat.fits",
        place((5.0, 5.0), [1e-5, 1e-5, 1e-5, 1e-5]),
        1.0,
    );
    assert!(regrid(&singular, &muse, f606w)
        .unwrap_err()
        .contains("singular"));
    // Pixels of very different sides cannot be turned into an image that fits anywhere.
    let slivers = image(
        &folder,
        "thin.fits",
        place((5.0, 5.0), [-1e-5, 0.0, 0.0, 1e-300]),
        1.0,
    );
    let why = regrid(&slivers, &muse, f606w).unwrap_err();
    assert!(why.contains("thin.fits"), "{why}");
}

#[test]
fn all_masked_gives_all_masked() {
    // MPDAF fails: it crops such an image to nothing.
    let folder = tempfile::tempdir().unwrap();
    let muse = made_up_muse(&folder);
    for value in [0.0, f64::NAN, f64::INFINITY] {
        let hst = image(&folder, "h.fits", place((10.0, 10.0), CD), value);
        assert_eq!(regrid(&hst, &muse, Some("F606W")), Ok(143), "{value}");
    }
}

#[test]
fn units_and_filters_that_are_not_known_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let hst = made_up_hst(&folder);
    let with_unit = |unit: Option<&str>| {
        let mut cards = place((6.0, 6.0), [-5e-5, 0.0, 0.0, 5e-5]);
        cards.extend(unit.map(|unit| text("BUNIT", unit)));
        image(&folder, "m.fits", cards, 1.0)
    };
    for (unit, why) in [
        (None, "has no BUNIT"),
        (Some(""), "has no BUNIT"),
        (Some("Jy"), "per frequency"),
        (Some("count"), "does not convert"),
        (Some("furlongs"), "furlongs is not known"),
    ] {
        let refusal = regrid(&hst, &with_unit(unit), None).unwrap_err();
        assert!(
            refusal.contains("m.fits") && refusal.contains(why),
            "{refusal}"
        );
    }
    let muse = with_unit(Some(MUSE_UNIT));
    let refusal = regrid(&hst, &muse, Some("F999W")).unwrap_err();
    assert!(
        refusal.starts_with("Argument filter: 'F999W' is none of F435W"),
        "{refusal}"
    );
    let nameless = image(&folder, "h.fits", place((10.0, 10.0), CD), 1.0);
    let refusal = regrid(&nameless, &muse, None).unwrap_err();
    assert!(
        refusal.contains("h.fits") && refusal.contains("Missing FILTER"),
        "{refusal}"
    );
}

#[test]
fn corrections_that_are_no_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let muse = made_up_muse(&folder);
    let fine = Corrections {
        dx: 0.1,
        dy: 0.1,
        scale: 1.0,
        bg: 0.0,
        which: Which::ALL,
        resample: true,
    };
    for (corrections, name) in [
        (
            Corrections {
                dx: f64::NAN,
                ..fine
            },
            "dx",
        ),
        (
            Corrections {
                dy: f64::INFINITY,
                ..fine
            },
            "dy",
        ),
        (Corrections { scale: 0.0, ..fine }, "scale"),
        (
            Corrections {
                bg: f64::NAN,
                ..fine
            },
            "bg",
        ),
    ] {
        let output = folder.path().join("out.fits");
        let params = CorrectionsParams {
            image: &muse,
            output: &output,
            corrections,
        };
        let why = apply_corrections(&params, &Run::new(1))
            .unwrap_err()
            .to_string();
        assert!(why.starts_with(&format!("Argument {name}:")), "{why}");
        assert!(!output.exists());
    }
    assert!(Which::parse("xy,size")
        .unwrap_err()
        .to_string()
        .contains("'size'"));
    // So far that nothing is left is no error: all is masked.
    let far = Corrections { dx: 1e300, ..fine };
    let output = folder.path().join("out.fits");
    let params = CorrectionsParams {
        image: &muse,
        output: &output,
        corrections: far,
    };
    assert_eq!(
        apply_corrections(&params, &Run::new(1)).unwrap().masked,
        143
    );
}

#[test]
fn a_tolerance_is_a_distance() {
    let folder = tempfile::tempdir().unwrap();
    let muse = made_up_muse(&folder);
    for tolerance in [-1.0, f64::NAN] {
        let params = GridsAlignedParams {
            image1: &muse,
            image2: &muse,
            tolerance,
        };
        let why = grids_aligned(&params, &Run::new(1))
            .unwrap_err()
            .to_string();
        assert!(why.starts_with("Argument tolerance:"), "{why}");
    }
}

#[test]
fn grids_a_hundredth_of_an_arcsecond_apart_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name, crpix| {
        let data = Hdu {
            name: "DATA",
            sizes: &[8, 6],
            cards: place((crpix, 3.0), [-5e-5, 0.0, 0.0, 5e-5]),
            pixels: pixels((8, 6), |_, _| 1.0),
        };
        save(&folder, name, &[], &[data])
    };
    let first = at("a.fits", 4.0);
    // A pixel is 0.18 arcsec wide.
    for (shift, expected) in [(0.05, 1), (0.06, 0)] {
        let params = GridsAlignedParams {
            image1: &first,
            image2: &at("b.fits", 4.0 + shift),
            tolerance: 0.01,
        };
        assert_eq!(
            grids_aligned(&params, &Run::new(1)).unwrap().aligned,
            expected
        );
    }
}
