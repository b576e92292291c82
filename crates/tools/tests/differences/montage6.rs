//! Against the installed programs of Montage 6.0: what they say, their tables, and their images byte
//! by byte.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use testing::original;

use crate::compare::{fit_tables, Compared};
use crate::field::{self, Field, Picture, Region};
use crate::programs::{ours, theirs};

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The `name=value` pairs of an OK line.
fn said(line: &str) -> HashMap<&str, &str> {
    let inside = (line.strip_prefix("[struct stat=\"OK\", ")).expect("an OK line");
    let pairs = inside.trim_end_matches(']').split(", ");
    pairs.map(|pair| pair.split_once('=').unwrap()).collect()
}

/// The images of theirs/ and ours/ are the same, and the folders are left empty.
fn same_images(field: &Field) -> usize {
    let names = field.files("theirs");
    assert_eq!(names, field.files("ours"));
    for name in &names {
        let paths = ["theirs", "ours"].map(|folder| field.path(folder).join(name));
        let [a, b] = paths.each_ref().map(|path| std::fs::read(path).unwrap());
        assert!(a == b, "{name} differs");
        for path in paths {
            std::fs::remove_file(path).unwrap();
        }
    }
    names.len()
}

/// Runs mDiffFitExec, mDiffExec and mFitExec of both with every combination of options.
fn compare(what: &str, (region, pictures): (Region, Vec<Picture>)) -> Compared {
    let mut sum = Compared::default();
    let programs = ["mDiffFitExec", "mDiffExec", "mFitExec"].map(original);
    let [Some(diff_fit), Some(diff), Some(fit)] = programs else {
        return sum;
    };
    let field = Field::new(region, &pictures);
    let on_a_line = |i: usize, k: usize| [i, k].iter().any(|&n| field.names[n] == "diagonal");
    let mut add = |level_only: bool| {
        let (a, b) = (
            text(&field.path("theirs.tbl")),
            text(&field.path("ours.tbl")),
        );
        let compared = fit_tables(&a, &b, |i, k| !level_only && on_a_line(i, k));
        sum.same += compared.same;
        sum.rounded += compared.rounded;
        sum.stopped += compared.stopped;
        sum.only_theirs += compared.only_theirs;
        compared.only_theirs as i32
    };
    for options in ["", "-l", "-n", "-ln"] {
        let given = |more: &[&str], files: &[&str]| -> Vec<PathBuf> {
            let options = [options].into_iter().filter(|o| !o.is_empty());
            let options = options.chain(more.iter().copied()).map(PathBuf::from);
            options
                .chain(files.iter().map(|file| field.path(file)))
                .collect()
        };
        let level_only = options.contains('l');
        let failed = |line: &str, member| said(line)[member].parse::<i32>().unwrap();

        let files = |who, table| ["images", "diffs.tbl", "region.hdr", who, table];
        let a = theirs(
            &diff_fit,
            given(&["-k", "-p"], &files("theirs", "theirs.tbl")),
        );
        let b = ours(
            "mDiffFitExec",
            given(&["-k", "-p"], &files("ours", "ours.tbl")),
        );
        let fewer = add(level_only);
        if fewer == 0 {
            assert_eq!(a, b, "{what} {options}");
        }
        assert_eq!(
            failed(&a.said, "fit_failed") + fewer,
            failed(&b.said, "fit_failed")
        );
        assert_eq!(said(&a.said)["diff_failed"], said(&b.said)["diff_failed"]);
        assert!(same_images(&field) > 0, "{what} {options}");

        if level_only {
            continue;
        }
        let files = |who| ["images", "diffs.tbl", "region.hdr", who];
        let a = theirs(&diff, given(&["-p"], &files("theirs")));
        let b = ours("mDiffExec", given(&["-p"], &files("ours")));
        assert_eq!(a, b, "{what} {options}");
        for (level_only, options) in [(false, vec![]), (true, vec!["-l"])] {
            let args = |table| {
                let files = ["diffs.tbl", table, "ours"].map(|file| field.path(file));
                (options.iter().map(PathBuf::from)).chain(files)
            };
            let a = theirs(&fit, args("theirs.tbl"));
            let b = ours("mFitExec", args("ours.tbl"));
            let fewer = add(level_only);
            if fewer == 0 {
                assert_eq!(a, b, "{what} {options:?}");
            }
            assert_eq!(failed(&a.said, "failed") + fewer, failed(&b.said, "failed"));
            assert_eq!(said(&a.said)["missing"], said(&b.said)["missing"]);
        }
        assert!(same_images(&field) > 0, "{what} {options}");
    }
    println!("{what}: {sum:?}");
    sum
}

#[test]
fn images_anywhere_on_the_grid() {
    compare("places", field::places());
}

#[test]
fn a_region_smaller_than_the_images() {
    compare("small region", field::small_region());
}

#[test]
fn every_way_of_storing_pixels() {
    let compared = compare("formats", field::formats());
    if compared != Compared::default() {
        assert_eq!(compared.only_theirs, 0);
        assert_eq!((compared.rounded, compared.stopped), (0, 0));
    }
}

#[test]
fn images_of_every_size_shape_and_kind_of_pixel() {
    for seed in [4, 6, 7] {
        compare(&format!("seed {seed}"), field::haphazard(seed, 16));
    }
}

#[test]
fn one_difference_with_a_factor() {
    let Some(program) = original("mDiff") else {
        return;
    };
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures);
    let mut compared = 0;
    for (first, second) in [
        ("tile", "beside"),
        ("above", "larger"),
        ("one_pixel", "tile"),
        ("quarter", "beyond"),
        ("tile", "apart"),
        ("tile", "nothing"),
        ("tile", "areas_of_zero"),
        ("tile", "missing"),
    ] {
        for options in [
            vec![],
            vec!["-n"],
            vec!["-z", "2.5"],
            vec!["-z", "-1e-3"],
            vec!["-n", "-z", "0"],
            vec!["-z", "text"],
        ] {
            let args = |who| -> Vec<PathBuf> {
                let mut args: Vec<PathBuf> = options.iter().map(PathBuf::from).collect();
                args.push(field.path("images").join(first));
                args.push(field.path("images").join(format!("{second}.fits")));
                args.push(field.path(who).join("d.fits"));
                args.push(field.path("region.hdr"));
                args
            };
            let (a, b) = (
                theirs(&program, args("theirs")),
                ours("mDiff", args("ours")),
            );
            assert_eq!(a.ok, b.ok, "{a:?} {b:?}");
            assert_eq!(same_images(&field), if a.ok { 2 } else { 0 });
            if a.ok {
                let (a, b) = (said(&a.said), said(&b.said));
                for name in ["module", "min_pixel", "max_pixel"] {
                    assert_eq!(a[name], b[name], "{first} {second} {options:?}");
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 20);
}

#[test]
fn the_templates_lines_go_into_the_difference() {
    let Some(program) = original("mDiff") else {
        return;
    };
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures[..2]);
    let template = text(&field.path("region.hdr"));
    let template = template.strip_suffix("END\n").unwrap();
    for lines in [
        "OBJECT  = 'M 17'  / the object\nCOMMENT words = 3\nHISTORY one / two",
        "LOGICAL = F / no\nWHOLE   = 000042\nREAL    = +1.5\nD       = 1.5D-3\nE       = 2.5e5 / e",
        "S1      = 'it''s'\nS2      = ''\nS3      = '  lead'\nS4      = bare\nS5      = 'a / b' / c",
        "object  = 'x'\nFOO=3\nBAR =4\nBAZ= 5\nOBJECT  = 'y'\nCRVAL1  = 11.",
        "PV2_1   = 1.0\nLONPOLE = 180.\nLATPOLE = 0.0\nNOVALUE =\nNONE    = / remark",
        "HIERARCH ESO DET ID = 5\n        words alone\nDATE-OBS= '1999-05-02'",
        "NAXIS1  = 110 / width\nBITPIX  = 16\nCRPIX1  = 12.25 / reference\nEXTEND  = F",
    ] {
        std::fs::write(field.path("region.hdr"), format!("{template}{lines}\nEND\n")).unwrap();
        let args = |who| {
            let files = ["images/tile", "images/beside", who, "region.hdr"];
            files.map(|file| field.path(file))
        };
        assert!(theirs(&program, args("theirs/d")).ok, "{lines}");
        assert!(ours("mDiff", args("ours/d")).ok, "{lines}");
        assert_eq!(same_images(&field), 2, "{lines}");
    }
}

#[test]
fn one_fit_with_borders() {
    let Some(program) = original("mFitplane") else {
        return;
    };
    let (_, pictures) = field::outlines();
    let mut random = simulate::Mmix(4);
    let mut differ = Vec::new();
    for _ in 0..2 {
        // Which of two equally good boxes is taken hangs on the rounding of the positions.
        let crpix = (
            random.uniform() * 2000.0 - 500.0,
            random.uniform() * 2000.0 - 500.0,
        );
        let region = Region {
            size: (50, 50),
            crpix,
        };
        let field = Field::with_pairs(region, &pictures, vec![]);
        for name in &field.names {
            for options in [vec![], vec!["-b", "1"], vec!["-l", "-b", "5"]] {
                let image = field.path("images").join(format!("{name}.fits"));
                let args: Vec<PathBuf> = options.iter().map(PathBuf::from).chain([image]).collect();
                let (a, b) = (theirs(&program, &args), ours("mFitplane", &args));
                if a != b {
                    differ.push(format!("{name} {options:?}\n{}\n{}", a.said, b.said));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
