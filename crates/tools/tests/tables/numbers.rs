//! Numbers of images in tables of fits, and what the fits leave on the disk.

use std::fmt::Write;
use std::path::Path;

use crate::support::{folder, good, names, put, run};

/// A table of images with these numbers, of 100 x 100 pixels.
fn images(ids: &[i32]) -> String {
    let mut table = "|cntr|naxis1|naxis2|crpix1|crpix2|fname  |\n".to_owned();
    for id in ids {
        writeln!(table, " {id:<4} 100    100    50.5   50.5   {id}.fits").unwrap();
    }
    table
}

/// A table of fits: levels of these pairs.
fn fits(pairs: &[(i32, i32, f64)]) -> String {
    let mut table = "|plus|minus|a|b|c       |crpix1|crpix2|xmin|xmax|ymin|ymax|xcenter|ycenter|npixel|rms|boxx|boxy|boxwidth|boxheight|boxang|\n".to_owned();
    for (plus, minus, c) in pairs {
        writeln!(
            table,
            " {plus:<4} {minus:<5} 0 0 {c:<8} 0      0      -50  50   -50  50   0       0       5000   1   0    0    100      50        0"
        )
        .unwrap();
    }
    table
}

fn corrections(here: &Path) -> Vec<(i64, f64)> {
    let table = std::fs::read_to_string(here.join("c.tbl")).unwrap();
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[0].parse().unwrap(), words[3].parse().unwrap())
    };
    table.lines().skip(1).map(row).collect()
}

#[test]
fn fit_ids_that_are_positions_are_taken_as_such() {
    let dir = folder(&[]);
    let here = dir.path();
    let pairs = [(0, 1, 10.0), (1, 2, -4.0), (2, 3, 7.0)];
    let counted_from = |first: i32| fits(&pairs.map(|(a, b, c)| (a + first, b + first, c)));
    put(here, "zero.tbl", images(&[0, 1, 2, 3]).as_bytes());
    put(here, "one.tbl", images(&[1, 2, 3, 4]).as_bytes());
    put(here, "fits0.tbl", counted_from(0).as_bytes());
    put(here, "fits1.tbl", counted_from(1).as_bytes());
    good(here, "mBgModel zero.tbl fits0.tbl c.tbl");
    let expected = corrections(here);
    // Pegasus' workflow: a table from 0, fits from 1. The corrections have the ids of the fits, as
    // in Montage 6.0.
    for (table, fits, first) in [
        ("one.tbl", "fits1.tbl", 1),
        ("zero.tbl", "fits1.tbl", 1),
        ("one.tbl", "fits0.tbl", 0),
    ] {
        let answer = good(here, &format!("mBgModel {table} {fits} c.tbl"));
        let shifted: Vec<(i64, f64)> = expected.iter().map(|&(id, c)| (id + first, c)).collect();
        assert_eq!(corrections(here), shifted, "{table} {fits}");
        let same = table.starts_with("one") == (first == 1);
        assert_eq!(
            answer.warned.contains("positions of the rows"),
            !same,
            "{}",
            answer.warned
        );
    }
}

#[test]
fn fit_ids_that_may_be_two_things_are_an_error() {
    let dir = folder(&[]);
    let here = dir.path();
    put(
        here,
        "fits.tbl",
        fits(&[(1, 2, 10.0), (2, 3, -4.0)]).as_bytes(),
    );
    for (ids, what) in [
        // Positions 1 to 3 of four rows, from 0 or from 1.
        (&[10, 11, 12, 13][..], "from 0 or from 1"),
        // Rows that are not in the order of their numbers.
        (&[12, 10, 11], "not in the order of cntr"),
        // Too few rows.
        (&[1, 2], "is not in the image table"),
    ] {
        put(here, "i.tbl", images(ids).as_bytes());
        let answer = run(here, "mBgModel i.tbl fits.tbl c.tbl");
        assert!(answer.error().contains(what), "{}", answer.said);
    }
    assert!(!here.join("c.tbl").exists());
}

#[test]
fn corrections_counted_from_one_are_warned_of() {
    let dir = folder(&[("corr/x", b""), ("t.tbl", images(&[0, 1]).as_bytes())]);
    let here = dir.path();
    put(here, "c.tbl", b"|id|a|b|c|\n 1  0 0 1\n 2  0 0 1\n");
    let answer = good(here, "mBgExec -n t.tbl c.tbl corr");
    assert!(
        answer.warned.contains("corrections for images 1 to 2"),
        "{}",
        answer.warned
    );
}

#[test]
fn differences_stay_or_go_as_in_montage() {
    // Montage 6.0's mDiffFit has no -k and leaves the difference; mDiffFitExec leaves it with -k.
    let dir = folder(&[]);
    let here = dir.path();
    good(here, "simulateField f 2 1 100 100");
    good(here, "mImgtbl f/projected p.tbl");
    good(here, "mOverlaps p.tbl o.tbl");
    for sub in ["one", "none", "all", "bare"] {
        std::fs::create_dir(here.join(sub)).unwrap();
    }
    let pair = "f/projected/tile_000.fits f/projected/tile_001.fits";
    let answer = good(here, &format!("mDiffFit {pair} one/d.fits f/region.hdr"));
    assert_eq!(
        names(&here.join("one")),
        ["d.fits", "d_area.fits"],
        "{}",
        answer.said
    );
    good(
        here,
        "mDiffFitExec -p f/projected o.tbl f/region.hdr none fits.tbl",
    );
    assert!(names(&here.join("none")).is_empty());
    good(
        here,
        "mDiffFitExec -k -p f/projected o.tbl f/region.hdr all fits.tbl",
    );
    assert_eq!(names(&here.join("all")).len(), 2);
    good(
        here,
        "mDiffFitExec -n -p f/projected o.tbl f/region.hdr bare fits.tbl",
    );
    assert!(names(&here.join("bare")).is_empty());
}

#[test]
fn pairs_that_share_the_name_of_a_difference_are_warned_of() {
    let dir = folder(&[]);
    let here = dir.path();
    good(here, "simulateField f 2 2 100 100");
    good(here, "mImgtbl f/projected p.tbl");
    good(here, "mOverlaps p.tbl o.tbl");
    let table = std::fs::read_to_string(here.join("o.tbl")).unwrap();
    let table = table.replace("diff.000000.000002.fits", "diff.000000.000001.fits");
    put(here, "o.tbl", table.as_bytes());
    std::fs::create_dir(here.join("d")).unwrap();
    let answer = good(here, "mDiffExec -p f/projected o.tbl f/region.hdr d");
    let text = "rows 1 and 2 both name the difference diff.000000.000001.fits";
    assert!(answer.warned.contains(text), "{}", answer.warned);
}
