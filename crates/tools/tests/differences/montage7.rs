//! Against the functions of Montage 7 (MontagePy 2.3.0), in a process of their own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mosaic::kernel::plane_fit::{FitOptions, Rounds};
use mosaic::run::Run;
use mosaic::task::outcome::Outcome;
use mosaic::task::plane_fit::{diff_fit, fitplane, DiffFitParams, FitplaneParams};
use serde_json::{json, Value};
use testing::shared_data;

use crate::compare::{fit_tables, Compared};
use crate::exec::DiffFitExecOf;
use crate::field::{self, Field};

const SCRIPT: &str = "
import json, sys
try:
    from MontagePy import main
except ImportError:
    sys.exit(77)
answers = [getattr(main, call[0])(*call[1:]) for call in json.load(sys.stdin)]
print(json.dumps([{name: str(value) for name, value in answer.items()} for answer in answers]))
";

/// What Montage 7 answers to calls `[function, argument...]`, each member as Python writes it;
/// `None` where it is not installed (said on standard error).
fn montage7(calls: &[Value]) -> Option<Vec<Value>> {
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: there is no python3 to call Montage 7 with");
        return None;
    };
    let calls = Value::from(calls.to_vec()).to_string();
    let mut input = python.stdin.take().unwrap();
    // Where the import failed nobody reads it.
    let _ = input.write_all(calls.as_bytes());
    drop(input);
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        eprintln!("SKIPPED: MontagePy is not installed");
        return None;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    let answers: Value = serde_json::from_slice(&output.stdout).unwrap();
    Some(answers.as_array().unwrap().clone())
}

fn path(path: &Path) -> Value {
    path.to_str().unwrap().into()
}

/// Compares an outcome with version 7's answer, number by number.
fn same_fit(theirs: &Value, ours: &Value, what: &str) {
    let number = |answer: &Value, name: &str| -> f64 {
        match &answer[name] {
            Value::String(text) => text.parse().unwrap(),
            value => value.as_f64().unwrap_or(f64::NAN),
        }
    };
    let rms = number(theirs, "rms");
    for name in ours.as_object().unwrap().keys() {
        let (a, b) = (number(theirs, name), number(ours, name));
        let tolerance = match name.as_str() {
            "a" | "b" | "c" => 1e-6 * rms + 1e-9 * a.abs(),
            "npixel" => 0.0,
            _ => 1e-9 * a.abs().max(1.0),
        };
        assert!((a - b).abs() <= tolerance, "{what}: {name} {a} {b}");
    }
}

#[test]
fn fits_of_one_image() {
    let (region, mut pictures) = field::outlines();
    pictures.extend(
        field::places()
            .1
            .into_iter()
            .filter(|p| p.name != "diagonal"),
    );
    pictures.extend(field::formats().1);
    let field = Field::with_pairs(region, &pictures, vec![]);
    let mut calls = Vec::new();
    for name in &field.names {
        let image = field.path("images").join(format!("{name}.fits"));
        for (no_fit, level_only, border) in [
            (0, 0, 0),
            (0, 1, 0),
            (0, 0, 1),
            (0, 1, 5),
            (1, 0, 0),
            (1, 1, 2),
        ] {
            calls.push(json!([
                "mFitplane",
                path(&image),
                no_fit,
                level_only,
                border,
                0
            ]));
        }
    }
    let Some(answers) = montage7(&calls) else {
        return;
    };
    let mut compared = 0;
    for (call, theirs) in calls.iter().zip(&answers) {
        let flag = |i: usize| call[i].as_u64().unwrap();
        let ours = fitplane(
            &FitplaneParams {
                input: Path::new(call[1].as_str().unwrap()),
                options: FitOptions {
                    level_only: flag(3) != 0,
                    border: flag(4) as usize,
                    rounds: Rounds::Version7,
                    no_fit: flag(2) != 0,
                },
                debug: 0,
            },
            &Run::new(1),
        );
        let no_number = ["c", "rms", "xcenter"].iter().any(|m| theirs[*m] == "nan");
        match ours {
            Err(_) if theirs["status"] != "0" || no_number => {}
            Err(why) => panic!("{call}: {why}: {theirs}"),
            // Theirs wants two rows and columns though it does not fit.
            Ok(_) if theirs["status"] != "0" => assert_eq!(flag(2), 1, "{call}"),
            Ok(ours) => {
                let ours = serde_json::from_str(&ours.fields().json()).unwrap();
                same_fit(theirs, &ours, &call.to_string());
                compared += 1;
            }
        }
    }
    println!("{compared} of {} fits", calls.len());
    assert!(compared > 400);
}

#[test]
fn differences_of_one_pair_fitted() {
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures[..12]);
    let mut calls = Vec::new();
    for &(i, k) in &field.pairs {
        let [first, second] = [i, k].map(|n| {
            field
                .path("images")
                .join(format!("{}.fits", field.names[n]))
        });
        for (level_only, no_areas, border) in [(0, 0, 0), (1, 0, 0), (0, 1, 1), (1, 1, 0)] {
            let files = [
                &first,
                &second,
                &field.path("theirs/d.fits"),
                &field.path("region.hdr"),
            ];
            let [first, second, diff, template] = files.map(|file| path(file));
            calls.push(json!([
                "mDiffFit", first, second, diff, template, 0, level_only, no_areas, border, 0
            ]));
        }
    }
    let Some(answers) = montage7(&calls) else {
        return;
    };
    let mut compared = 0;
    for (call, theirs) in calls.iter().zip(&answers) {
        let flag = |i: usize| call[i].as_u64().unwrap();
        let file = |i: usize| Path::new(call[i].as_str().unwrap());
        let ours = diff_fit(
            &DiffFitParams {
                first: file(1),
                second: file(2),
                output: &field.path("ours/d.fits"),
                template: file(4),
                keep: false,
                no_areas: flag(7) != 0,
                options: FitOptions {
                    level_only: flag(6) != 0,
                    border: flag(8) as usize,
                    rounds: Rounds::Version7,
                    no_fit: false,
                },
                debug: 0,
            },
            &Run::new(1),
        );
        match ours {
            Err(_) if theirs["status"] != "0" || theirs["c"] == "nan" => {}
            // Pixels on one line: theirs finds a plane in the rounding.
            Err(_) if theirs["npixel"] == "2" => {}
            Err(why) => panic!("{call}: {why}: {theirs}"),
            Ok(_) if theirs["status"] != "0" => panic!("{call}: {theirs}"),
            Ok(ours) => {
                let ours = serde_json::from_str(&ours.fields().json()).unwrap();
                same_fit(theirs, &ours, &call.to_string());
                compared += 1;
            }
        }
    }
    println!("{compared} of {} differences", calls.len());
    assert!(compared > 100);
    assert_eq!(field.files("ours"), [""; 0]);
}

/// Runs mDiffFitExec of both over every pair, with every combination of options.
fn compare(field: &Field) -> Option<Compared> {
    let mut sum = Compared::default();
    let on_a_line = |i: usize, k: usize| [i, k].iter().any(|&n| field.names[n] == "diagonal");
    for (level_only, no_areas) in [(false, false), (true, false), (false, true), (true, true)] {
        let files = ["images", "diffs.tbl", "region.hdr", "theirs", "theirs.tbl"];
        let [images, table, template, folder, out] = files.map(|file| path(&field.path(file)));
        let call = json!([
            "mDiffFitExec",
            images,
            table,
            template,
            folder,
            out,
            0,
            i32::from(level_only),
            i32::from(no_areas),
            "",
            0
        ]);
        let theirs = montage7(&[call])?.remove(0);
        let exec = DiffFitExecOf {
            level_only,
            no_areas,
            rounds: Rounds::Version7,
            ..DiffFitExecOf::plain(field)
        };
        let ours = exec.run(&Run::new(2)).unwrap();
        let text = |name: &str| std::fs::read_to_string(field.path(name)).unwrap();
        let compared = fit_tables(&text("theirs.tbl"), &text("ours.tbl"), |i, k| {
            !level_only && on_a_line(i, k)
        });
        let number = |name: &str| -> i32 { theirs[name].as_str().unwrap().parse().unwrap() };
        assert_eq!(number("count"), ours.count);
        assert_eq!(number("diff_failed"), ours.diff_failed);
        assert_eq!(
            number("fit_failed") + compared.only_theirs as i32,
            ours.fit_failed
        );
        sum.same += compared.same;
        sum.rounded += compared.rounded;
        sum.stopped += compared.stopped;
        sum.only_theirs += compared.only_theirs;
    }
    println!("{sum:?}");
    assert_eq!(sum.stopped, 0);
    Some(sum)
}

#[test]
fn every_pair_of_made_up_images() {
    for (region, pictures) in [field::places(), field::formats(), field::haphazard(6, 14)] {
        if compare(&Field::new(region, &pictures)).is_none() {
            return;
        }
    }
}

#[test]
fn real_tiles() {
    let Some(data) = shared_data("2mass_m17") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let ours = dir.path().join("ours.tbl");
    let exec = DiffFitExecOf {
        images: data.join("projected"),
        table: data.join("reference6/diffs.tbl"),
        template: data.join("region.hdr"),
        diff_dir: dir.path().to_owned(),
        output: ours.clone(),
        keep_all: false,
        level_only: false,
        no_areas: false,
        rounds: Rounds::Version7,
    };
    assert_eq!(exec.run(&Run::new(2)).unwrap().count, 13);
    // MontagePy 2.3.0's mDiffFitExec wrote it, of the same tiles unzipped.
    let golden = testing::project().join("ctest/golden/plane_fit/montage7_m17.tbl");
    let [golden, ours] = [golden, ours].map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(fit_tables(&golden, &ours, |_, _| false).same, 13);
}
