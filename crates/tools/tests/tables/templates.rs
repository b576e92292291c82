//! Header templates with lines longer than a card.

use testing::shared_data;

use crate::support::{folder, good, names, put, run, Picture};

#[test]
fn blanks_and_comments_beyond_column_80_are_cut() {
    let image = Picture::new("TAN", (10.0, 0.0), 0.01, (20, 20));
    let plain = image.template();
    let dir = folder(&[("a.fits", &image.primary()), ("t.hdr", plain.as_bytes())]);
    let here = dir.path();
    // As astropy's Header.tostring(sep="\n") has it: all lines of 80, blanks up to 2,880 behind END.
    let cards: Vec<String> = plain.lines().map(|line| format!("{line:<80}")).collect();
    let padded = format!("{:<2880}", cards.join("\n"));
    let commented = plain.replace(
        "CRVAL1  = 10.0\n",
        &format!("CRVAL1  = 10.0 / {}\n", "long ".repeat(60)),
    );
    assert_ne!(commented, plain);
    good(here, "mProject a.fits expected.fits t.hdr");
    let expected = std::fs::read(here.join("expected.fits")).unwrap();
    for (name, text) in [("padded.hdr", &padded), ("commented.hdr", &commented)] {
        put(here, name, text.as_bytes());
        for program in ["mProject", "mProjectPP", "mProjectQL"] {
            good(here, &format!("{program} a.fits out.fits {name}"));
        }
        good(here, &format!("mTANHdr {name} tan.hdr"));
        good(here, &format!("mPutHdr a.fits put.fits {name}"));
        good(here, &format!("mProject a.fits out.fits {name}"));
        if name == "padded.hdr" {
            assert!(std::fs::read(here.join("out.fits")).unwrap() == expected);
        }
    }
}

#[test]
fn the_template_of_template_padded_is_read() {
    let Some(case) = shared_data("cases/template_padded") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let line = format!("mProject {0}/i.fits o.fits {0}/t.hdr", case.display());
    good(dir.path(), &line);
    assert_eq!(names(dir.path()), ["o.fits", "o_area.fits"]);
}

#[test]
fn a_value_beyond_column_80_is_an_error() {
    let image = Picture::new("TAN", (10.0, 0.0), 0.01, (20, 20));
    let far = image.template().replace(
        "CRVAL1  = 10.0\n",
        &format!("CRVAL1  = {}10.0\n", " ".repeat(69)),
    );
    let dir = folder(&[("a.fits", &image.primary()), ("t.hdr", far.as_bytes())]);
    for line in [
        "mProject a.fits o.fits t.hdr",
        "mProjectPP a.fits o.fits t.hdr",
        "mPutHdr a.fits o.fits t.hdr",
        "mDiff -n a.fits a.fits o.fits t.hdr",
    ] {
        let words = "FITS header lines cannot be greater than 80 characters.";
        let answer = run(dir.path(), line);
        assert!(answer.error().starts_with(words), "{line}: {}", answer.said);
    }
}
