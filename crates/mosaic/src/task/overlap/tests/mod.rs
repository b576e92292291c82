use simulate::Mmix;
use std::process::Command;

use super::*;
use crate::task::outcome::Outcome;
use testing::{original, shared_data};

mod made_up;

use made_up::{corner_table, grid, replaced, table, Dice, Scale, Tile};

/// Our table of pairs, and the number returned.
fn run_on(text: &[u8], exact: bool, run: &Run) -> Result<(i32, Vec<u8>)> {
    let dir = tempfile::tempdir().unwrap();
    let params = OverlapsParams {
        table: dir.path().join("images.tbl"),
        output: dir.path().join("diffs.tbl"),
        outline: Outline::from_quick(!exact),
        debug: 0,
    };
    std::fs::write(&params.table, text).unwrap();
    let outcome = overlaps(&params, run)?;
    let message = outcome.fields().message();
    assert_eq!(message, format!("count={}", outcome.count));
    let json = outcome.fields().json();
    assert_eq!(json, format!("{{\"count\":{}}}", outcome.count));
    let output = std::fs::read(&params.output).unwrap();
    let lines = output.iter().filter(|&&b| b == b'\n').count();
    assert_eq!(lines, outcome.count as usize + 2);
    Ok((outcome.count, output))
}

fn count_of(text: &str, exact: bool) -> i32 {
    run_on(text.as_bytes(), exact, &Run::new(2)).unwrap().0
}

/// What Montage 6.0 writes and says, where it is installed.
fn original_on(text: &str, exact: bool) -> Option<(String, Vec<u8>)> {
    let program = original("mOverlaps")?;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("images.tbl"), text).unwrap();
    let mut command = Command::new(program);
    command.current_dir(dir.path());
    if exact {
        command.arg("-e");
    }
    let answer = command.args(["images.tbl", "diffs.tbl"]).output().unwrap();
    let output = std::fs::read(dir.path().join("diffs.tbl")).unwrap();
    Some((String::from_utf8_lossy(&answer.stdout).into_owned(), output))
}

/// Ours is the original's to the byte, and `count` pairs.
fn same_as_original(what: &str, text: &str, exact: bool, count: i32) {
    let (found, ours) = run_on(text.as_bytes(), exact, &Run::new(2)).unwrap();
    assert_eq!(found, count, "{what}, exact {exact}");
    let Some((answer, theirs)) = original_on(text, exact) else {
        return;
    };
    let expected = format!("[struct stat=\"OK\", module=\"mOverlaps\", count={count}]\n");
    assert_eq!(answer, expected, "{what}, exact {exact}");
    assert!(ours == theirs, "{what}, exact {exact}: another table");
}

#[test]
fn the_pairs_of_m17_are_montages_to_the_byte() {
    let Some(dir) = shared_data("2mass_m17/reference6") else {
        return;
    };
    let expected = std::fs::read(dir.join("diffs.tbl")).unwrap();
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    for exact in [false, true] {
        let (count, ours) = run_on(&read("pimages.tbl"), exact, &Run::new(2)).unwrap();
        assert_eq!(count, 13);
        assert!(ours == expected);
        let raw = String::from_utf8(read("rimages.tbl")).unwrap();
        same_as_original("raw M17", &raw, exact, 13);
    }
}

#[test]
fn pairs_are_montages_anywhere_on_the_sky() {
    let across_0: Vec<Tile> = (0..12)
        .map(|i| Tile::at((359.9 + 0.02 * f64::from(i)) % 360.0, -3.0))
        .collect();
    let mut pole: Vec<Tile> = (0..12)
        .map(|i| Tile::at(30.0 * f64::from(i), 89.99))
        .collect();
    pole.push(Tile::at(0.0, 90.0));
    let identical = vec![Tile::at(10.0, 20.0); 6];
    let flipped: Vec<Tile> = (0..5)
        .map(|i| Tile {
            ctype: ("DEC--TAN", "RA---TAN"),
            ..Tile::at(20.0, 10.0 + 0.01 * f64::from(i))
        })
        .collect();
    let cases: [(&str, Vec<Tile>, i32); 8] = [
        ("across longitude 0", across_0, 11),
        ("at the pole", pole, 78),
        ("identical images", identical, 15),
        ("declination first", flipped, 7),
        ("one pixel of overlap", grid(6, 99.0), 110),
        ("a third of a pixel of gap", grid(6, 100.3), 0),
        ("a pixel of gap", grid(6, 101.0), 0),
        (
            "no overlap",
            vec![Tile::at(1.0, 1.0), Tile::at(200.0, -30.0)],
            0,
        ),
    ];
    for (what, tiles, count) in cases {
        for exact in [false, true] {
            same_as_original(what, &table(&tiles, Scale::Cdelt), exact, count);
        }
    }
}

#[test]
fn many_images_of_many_sizes_give_montages_pairs() {
    let equatorial = [
        ("RA---TAN", "DEC--TAN"),
        ("RA---SIN", "DEC--SIN"),
        ("RA---STG", "DEC--STG"),
    ];
    let galactic = [
        ("GLON-TAN", "GLAT-TAN"),
        ("GLON-ARC", "GLAT-ARC"),
        ("GLON-ZEA", "GLAT-ZEA"),
    ];
    let tiles = Dice(Mmix(1)).sky(1500, equatorial);
    same_as_original("equatorial", &table(&tiles, Scale::Cdelt), false, 2070);
    same_as_original("corners", &corner_table(&tiles), false, 2070);
    // Corners are compared quickly whatever is asked for.
    same_as_original("corners", &corner_table(&tiles[..500]), true, 232);
    let tiles = Dice(Mmix(2)).sky(1500, galactic);
    same_as_original("galactic", &table(&tiles, Scale::Cdelt), false, 2204);
    let mut dice = Dice(Mmix(3));
    let turned: Vec<Tile> = (0..2500)
        .map(|k| Tile {
            crota: 4.0 * dice.roll() - 2.0,
            ..Tile::at(
                180.0 + 0.025 * f64::from(k % 50),
                0.0225 * f64::from(k / 50),
            )
        })
        .collect();
    same_as_original("turned grid", &table(&turned, Scale::Cdelt), false, 9702);
    same_as_original(
        "turned grid",
        &table(&turned[..400], Scale::Cdelt),
        true,
        1428,
    );
}

#[test]
fn a_large_grid_has_every_neighbour() {
    let n = 100;
    let count = 2 * n * (n - 1) + 2 * (n - 1) * (n - 1);
    assert_eq!(
        count_of(&table(&grid(n, 99.0), Scale::Cdelt), false),
        count as i32
    );
}

#[test]
fn results_do_not_depend_on_threads() {
    let tiles = Dice(Mmix(4)).sky(3000, [("RA---TAN", "DEC--TAN"); 3]);
    let text = table(&tiles, Scale::Cdelt);
    let one = run_on(text.as_bytes(), false, &Run::new(1)).unwrap();
    for threads in [2, 7] {
        assert!(run_on(text.as_bytes(), false, &Run::new(threads)).unwrap() == one);
    }
}

/// Where the original is wrong, or a matter of the last bit: what it says (number of pairs, or
/// the error) and what we do.
#[test]
fn known_differences_from_montage() {
    let theirs = |text: &str, exact: bool, expected: &str| {
        if let Some((answer, _)) = original_on(text, exact) {
            assert!(answer.contains(expected), "{answer}");
        }
    };
    // Tiles that share sides and corners exactly: rounding decides there; here they all touch.
    let touching = table(&grid(6, 100.0), Scale::Cdelt);
    theirs(&touching, false, "count=106");
    theirs(&touching, true, "count=68");
    assert_eq!(
        (count_of(&touching, false), count_of(&touching, true)),
        (110, 110)
    );
    // The second image inside the first, by pixels: its edges are not walked.
    let inside = table(
        &[Tile::at(10.0, 20.0).large(1000), Tile::at(10.01, 20.02)],
        Scale::Cdelt,
    );
    theirs(&inside, true, "count=0");
    assert_eq!(count_of(&inside, true), 1);
    // The same field in equatorial and galactic coordinates: compared without conversion.
    let galactic = Tile {
        ctype: ("GLON-TAN", "GLAT-TAN"),
        ..Tile::at(15.0, -0.67).large(1000)
    };
    let mixed = table(
        &[Tile::at(275.18, -16.14).large(1000), galactic],
        Scale::Cdelt,
    );
    theirs(&mixed, false, "count=0");
    theirs(&mixed, true, "count=0");
    assert_eq!((count_of(&mixed, false), count_of(&mixed, true)), (1, 1));
    // Equinoxes are ignored: 10h of 1950 is 38 arcmin away from 10h of 2000.
    let old = Tile {
        equinox: 1950.0,
        ..Tile::at(150.0, 2.0)
    };
    let equinoxes = table(&[old, Tile::at(150.0, 2.0)], Scale::Cdelt);
    theirs(&equinoxes, false, "count=1");
    assert_eq!(
        (count_of(&equinoxes, false), count_of(&equinoxes, true)),
        (0, 0)
    );
    // Images of one row.
    let row = Tile {
        size: (100, 1),
        ..Tile::at(10.0, 20.0)
    };
    let rows = table(&[row, Tile::at(10.01, 20.0)], Scale::Cdelt);
    theirs(&rows, false, "Must have at least two (n>1) dimensions");
    assert_eq!((count_of(&rows, false), count_of(&rows, true)), (1, 1));
    // A map of the whole sky, whose corners are off it.
    let sky = Tile {
        ctype: ("RA---AIT", "DEC--AIT"),
        size: (360, 180),
        crpix: (180.5, 90.5),
        cdelt: 1.0,
        ..Tile::at(0.0, 0.0)
    };
    let maps = table(
        &[
            sky.clone(),
            Tile::at(100.0, 0.0),
            Tile::at(200.0, 50.0),
            sky,
        ],
        Scale::Cdelt,
    );
    theirs(&maps, false, "count=");
    assert_eq!((count_of(&maps, false), count_of(&maps, true)), (5, 5));
    // A coordinate that is no number overlaps everything.
    let nan = table(
        &[Tile::at(f64::NAN, 0.0), Tile::at(100.0, 0.0)],
        Scale::Cdelt,
    );
    theirs(&nan, false, "count=1");
    let error = run_on(nan.as_bytes(), false, &Run::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("CRVAL1") && error.contains("row 1"),
        "{error}"
    );
}

#[test]
fn a_cd_matrix_counts_with_all_its_digits() {
    // Pixels of 0.0525 arcsec, 1.458e-5 degree, which the original rounds to 1.5e-5.
    let pixel = 0.0525 / 3600.0;
    let tiles = |step: f64| -> Vec<Tile> {
        (0..4)
            .map(|i| Tile {
                cdelt: pixel,
                ..Tile::at(10.0 + step * 100.0 * pixel * f64::from(i), 0.0)
            })
            .collect()
    };
    for (step, count) in [(0.99, 3), (1.01, 0)] {
        for scale in [Scale::Cd, Scale::Cdelt] {
            let text = table(&tiles(step), scale);
            assert_eq!(count_of(&text, false), count, "{step}");
        }
    }
    if let Some((answer, _)) = original_on(&table(&tiles(1.01), Scale::Cd), false) {
        assert!(answer.contains("count=3"), "{answer}");
    }
    // Where six decimals are enough the results are the same.
    let coarse: Vec<Tile> = (0..4)
        .map(|i| Tile {
            cdelt: 0.001,
            ..Tile::at(10.0 + 0.0985 * f64::from(i), 0.0)
        })
        .collect();
    same_as_original("CD", &table(&coarse, Scale::Cd), false, 3);
}

#[test]
fn a_map_a_turn_away_from_its_reference_point_is_found_by_pixels() {
    // Tiles of a map of the Galactic plane around longitude 200, reference point at 0.
    let tiles: Vec<Tile> = (0..4)
        .map(|i| Tile {
            ctype: ("GLON-CAR", "GLAT-CAR"),
            cdelt: 0.1,
            crpix: (50.5 + 1550.0 + 90.0 * f64::from(i), 50.5),
            ..Tile::at(0.0, 0.0)
        })
        .collect();
    let text = table(&tiles, Scale::Cdelt);
    assert_eq!(count_of(&text, false), 3);
    assert_eq!(count_of(&text, true), 3);
}

#[test]
fn hostile_tables_are_errors_and_keep_the_earlier_output() {
    let good = table(&[Tile::at(1.0, 2.0), Tile::at(1.0, 2.0)], Scale::Cdelt);
    let rows = good.split_once('\n').unwrap().1;
    let without = |name: &str| good.replacen(name, &"x".repeat(name.len()), 1);
    let with = |from: &str, to: &str| replaced(&good, from, to);
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "Invalid image metadata file"),
        (
            "\u{0}\u{1}\u{2}junk\n".into(),
            "Invalid image metadata file",
        ),
        (without("cntr"), "Need columns: cntr ctype1 ctype2 nl ns"),
        (without("crpix2"), "Need columns"),
        (without("fname"), "Need columns"),
        (
            without("crota2"),
            "Not enough information to determine coverages",
        ),
        (
            with("100", "-10"),
            "No WCS information (or not FITS header) (row 1",
        ),
        (with("100", "0"), "No WCS information"),
        (with("100", "NaN"), "No WCS information"),
        (with("100", "1e30"), "NAXIS1"),
        (with("1.000000000000", "nan"), "CRVAL1"),
        (with("1.000000000000", "inf"), "CRVAL1"),
        (with("1.000000000000", "\0\0\0"), "CRVAL1"),
        (with("2.000000000000", "95.0"), "CRVAL2"),
        (with("-0.000277777778", "0"), "Invalid CDELT1"),
        (with("-0.000277777778", "null"), "Invalid CDELT1"),
        (with("RA---TAN", "RA---QQQ"), "Invalid projection"),
        (with("RA---TAN", "%n%n%n%n"), "Invalid projection"),
        (
            with("RA---TAN", "GLON-TAN"),
            "CTYPE1 and CTYPE2 don't match",
        ),
        (with("dir/image00000.fits", ""), "No file name (row 1)"),
        (with("dir/image00000.fits", "dir/"), "No file name"),
        (with("0", "x"), "column cntr"),
        (with("0", "1e99"), "column cntr"),
        (
            rows.chars().take(40).collect(),
            "Invalid image metadata file",
        ),
        (good[..good.len() - 200].to_owned(), "row 2"),
        (format!("{good}{}\n", "9 ".repeat(100_000)), "(row 3"),
        (
            format!("{good} 7 RA---TAN DEC--TAN {}\n", "y".repeat(200_000)),
            "(row 3",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let params = OverlapsParams {
        table: dir.path().join("images.tbl"),
        output: dir.path().join("diffs.tbl"),
        outline: Outline::Corners,
        debug: 0,
    };
    std::fs::write(&params.output, "earlier").unwrap();
    for (text, expected) in cases {
        std::fs::write(&params.table, &text).unwrap();
        for exact in [false, true] {
            let answer = overlaps(
                &OverlapsParams {
                    outline: Outline::from_quick(!exact),
                    ..params.clone()
                },
                &Run::new(2),
            );
            let error = answer.expect_err(expected).to_string();
            assert!(error.contains(expected), "{expected}: {error}");
            assert!(error.contains("images.tbl"), "{error}");
        }
        assert_eq!(std::fs::read(&params.output).unwrap(), b"earlier");
    }
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        2,
        "no litter"
    );
    // No such folder, and a folder in the place of the output.
    std::fs::write(&params.table, &good).unwrap();
    for output in [dir.path().join("no/diffs.tbl"), dir.path().to_owned()] {
        let answer = overlaps(
            &OverlapsParams {
                output,
                ..params.clone()
            },
            &Run::new(1),
        );
        assert!(answer
            .unwrap_err()
            .to_string()
            .contains("Cannot open output file"));
    }
}

#[test]
fn names_and_numbers_of_any_kind_come_out_as_montage_writes_them() {
    let good = table(&[Tile::at(1.0, 2.0), Tile::at(1.0, 2.0)], Scale::Cdelt);
    let cases = [
        ("dir/image00000.fits", "a%n%s b.fits"),
        ("dir/image00000.fits", "x"),
        ("0", "-77"),
        ("0", "123456789"),
    ];
    for (from, to) in cases {
        let text = replaced(&good, from, to);
        same_as_original(to, &text, false, 1);
    }
    // A table without images.
    same_as_original(
        "no images",
        good.split_inclusive('\n').next().unwrap(),
        false,
        0,
    );
    // Huge images take no memory and end.
    let huge = |side| Tile::at(1.0, 2.0).large(side);
    let tiles = [huge(2_000_000_000), huge(2_000_000_000)];
    assert_eq!(count_of(&table(&tiles, Scale::Cdelt), false), 1);
    assert_eq!(count_of(&table(&tiles, Scale::Cdelt), true), 1);
    // Bytes that are no UTF-8 stay what they are.
    let mut bytes = good.into_bytes();
    let at = bytes.windows(5).position(|w| w == b"image").unwrap();
    bytes[at] = 0xe9;
    let (_, output) = run_on(&bytes, false, &Run::new(1)).unwrap();
    assert!(output.windows(5).any(|w| w == b"\xe9mage"));
}

#[test]
fn progress_is_reported_and_cancels() {
    use std::cell::Cell;
    let text = table(&grid(50, 99.0), Scale::Cdelt);
    let dir = tempfile::tempdir().unwrap();
    let params = OverlapsParams {
        table: dir.path().join("images.tbl"),
        output: dir.path().join("diffs.tbl"),
        outline: Outline::Corners,
        debug: 0,
    };
    std::fs::write(&params.table, text).unwrap();
    let last = Cell::new((0, 0));
    let watch = |done, total| {
        last.set((done, total));
        false
    };
    overlaps(&params, &Run::with_progress(2, &watch)).unwrap();
    assert_eq!(last.get(), (2500, 2500));
    std::fs::write(&params.output, "earlier").unwrap();
    let cancel = |_, _| true;
    let answer = overlaps(&params, &Run::with_progress(2, &cancel));
    assert!(matches!(answer, Err(Error::Cancelled)));
    assert_eq!(std::fs::read(&params.output).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}
