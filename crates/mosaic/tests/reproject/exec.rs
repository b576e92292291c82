//! mProjExec against the installed Montage 6.0 on the eight real tiles, and what it counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use mosaic::io::ipac_table::Table;
use mosaic::run::Run;
use mosaic::task::reproject::{proj_exec, Method, ProjExecOutcome, ProjExecParams};
use testing::{original, shared_data};

use crate::support::{outputs, raw_tile, Pixels, Sky, EQUATORIAL, GALACTIC};

const ARCSEC: f64 = 1.0 / 3600.0;

/// The plainest call.
fn plain<'a>(dir: &'a Path, files: &'a [PathBuf; 3]) -> ProjExecParams<'a> {
    ProjExecParams::new(dir, &files[0], &files[1], &files[2])
}

/// Raw tiles in a folder with a table (fname, scale, weight), a template and an output folder.
fn folder(dir: &Path, names: &[String], template: &Sky) -> [PathBuf; 3] {
    let table = dir.join("images.tbl");
    let mut text = format!("|{:^40}|{:^8}|{:^8}|\n", "fname", "scale", "weight");
    for (i, name) in names.iter().enumerate() {
        let (scale, weight) = (1.0 + 0.5 * i as f64, 2.0 + i as f64);
        text += &format!(" {:<40} {scale:>8} {weight:>8} \n", format!("{name}.fits"));
    }
    std::fs::write(&table, text).unwrap();
    let region = dir.join("region.hdr");
    template.write_template(&region);
    let output = dir.join("projected");
    std::fs::create_dir_all(&output).unwrap();
    [table, region, output]
}

fn m17_names() -> Option<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(shared_data("2mass_m17/raw")?)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".fits.gz")?.to_owned()))
        .collect();
    names.sort();
    Some(names)
}

/// The largest difference of values, as part of the deviation of the image, at pixels that at
/// least half of an input pixel covers in both; the keywords `same` must be the same. Pixels at the border of
/// the template are left out: there Montage drops input pixels, here they are cut.
fn difference(
    theirs: &(Pixels, Pixels),
    ours: &(Pixels, Pixels),
    same: &[&str],
    template: &Sky,
) -> f64 {
    const BORDER: f64 = 3.0;
    let inside = |x: f64, size: usize| x >= BORDER && x < size as f64 - BORDER;
    for key in same {
        assert_eq!(theirs.0.real(key), ours.0.real(key), "{key}");
    }
    let whole = ours.1.values.iter().copied().fold(0.0, f64::max);
    let deviation = theirs.0.deviation();
    let mut worst = 0.0_f64;
    for i in 0..ours.0.values.len() {
        let x = template.at.0 - ours.0.real("CRPIX1") + (i % ours.0.width) as f64;
        let y = template.at.1 - ours.0.real("CRPIX2") + (i / ours.0.width) as f64;
        if !inside(x, template.size.0) || !inside(y, template.size.1) {
            continue;
        }
        if ours.1.values[i].min(theirs.1.values[i]) > 0.5 * whole {
            worst = worst.max((theirs.0.values[i] - ours.0.values[i]).abs() / deviation);
        }
    }
    worst
}

#[test]
fn the_real_tiles_come_out_as_in_version_6() {
    let (Some(names), Some(program)) = (m17_names(), original("mProjExec")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for name in &names {
        raw_tile(dir.path(), name).unwrap();
    }
    // A tangent template, on which planes are exact, and one that a distorted plane stands for: of
    // the fits of such planes Montage's is good to some thousandths of a pixel, and it writes the
    // plane's CRPIX instead of the template's.
    let tan = Sky::around(EQUATORIAL, "TAN", (275.18, -16.14), (1802, 2201), ARCSEC);
    let car = Sky {
        names: ("RA", "DEC", "CAR"),
        centre: (275.18, 0.0),
        at: (901.0, 1101.0 + 16.14 * 3600.0),
        ..tan
    };
    let all = ["NAXIS1", "NAXIS2", "CRPIX1", "CRPIX2"];
    for (template, tolerance, same) in [(tan, 1e-5, &all[..]), (car, 0.5, &all[..2])] {
        let files = folder(dir.path(), &names, &template);
        let theirs = dir.path().join("theirs");
        std::fs::create_dir_all(&theirs).unwrap();
        let ran = Command::new(&program)
            .current_dir(dir.path())
            .args([
                &files[0],
                &files[1],
                &theirs,
                &dir.path().join("stats6.tbl"),
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(said.contains("count=8, failed=0, nooverlap=0"), "{said}");
        let stats = dir.path().join("stats.tbl");
        let params = ProjExecParams {
            stats: Some(&stats),
            ..plain(dir.path(), &files)
        };
        let outcome = proj_exec(&params, &Run::new(2)).unwrap();
        let expected = ProjExecOutcome {
            count: 8,
            failed: 0,
            nooverlap: 0,
        };
        assert_eq!(outcome, expected);
        for name in &names {
            let (before, after) = (outputs(&theirs, name), outputs(&files[2], name));
            let found = difference(&before, &after, same, &template);
            assert!(found < tolerance, "{name}: {found:e}");
        }
        // The same names in the same columns; times differ.
        let columns = |path: &Path| -> Vec<String> {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().map(|line| line[..92].to_owned()).collect()
        };
        assert_eq!(columns(&stats), columns(&dir.path().join("stats6.tbl")));
    }
}

/// Small tiles, one of them far away, one that is no image.
fn made_up(dir: &Path) -> Vec<String> {
    for (i, centre) in [(10.0, 20.0), (10.01, 20.01), (90.0, -20.0)]
        .into_iter()
        .enumerate()
    {
        let sky = Sky::around(EQUATORIAL, "TAN", centre, (60, 50), ARCSEC);
        sky.write(&dir.join(format!("tile{i}.fits")), |x, y| x + 10.0 * y);
    }
    std::fs::write(dir.join("tile3.fits"), "no image").unwrap();
    (0..4).map(|i| format!("tile{i}")).collect()
}

#[test]
fn images_elsewhere_are_counted_and_broken_ones_fail() {
    let dir = tempfile::tempdir().unwrap();
    let names = made_up(dir.path());
    let template = Sky::around(GALACTIC, "ARC", (120.4, -42.6), (400, 400), ARCSEC);
    let template = Sky {
        names: ("RA", "DEC", "ARC"),
        centre: (10.0, 20.0),
        ..template
    };
    let files = folder(dir.path(), &names, &template);
    let stats = dir.path().join("stats.tbl");
    for (quick, exact) in [(false, false), (false, true), (true, false)] {
        let params = ProjExecParams {
            method: Method::of_version7(quick, exact),
            stats: Some(&stats),
            ..plain(dir.path(), &files)
        };
        let outcome = proj_exec(&params, &Run::new(3)).unwrap();
        let expected = ProjExecOutcome {
            count: 4,
            failed: 1,
            nooverlap: 1,
        };
        assert_eq!(outcome, expected);
        assert!(!files[2].join("tile2.fits").exists());
        let text = std::fs::read_to_string(&stats).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].contains("No overlap"), "{text}");
        assert!(lines[3].contains("tile3.fits"), "{text}");
        // The time that it took.
        let time = lines[0].split_whitespace().last().unwrap();
        assert!(time.parse::<f64>().is_ok(), "{text}");
    }
    // The rest of the table, told after what was told before.
    let params = ProjExecParams {
        restart: 2,
        stats: Some(&stats),
        ..plain(dir.path(), &files)
    };
    let outcome = proj_exec(&params, &Run::new(2)).unwrap();
    assert_eq!((outcome.count, outcome.failed), (2, 1));
    assert_eq!(std::fs::read_to_string(&stats).unwrap().lines().count(), 6);
}

#[test]
fn columns_of_scales_and_weights_are_used() {
    let dir = tempfile::tempdir().unwrap();
    let names = made_up(dir.path());
    let template = Sky::around(EQUATORIAL, "TAN", (10.0, 20.0), (400, 400), ARCSEC);
    let files = folder(dir.path(), &names[..2], &template);
    let run = Run::new(2);
    proj_exec(&plain(dir.path(), &files), &run).unwrap();
    let before: Vec<_> = (0..2).map(|i| outputs(&files[2], &names[i])).collect();
    let params = ProjExecParams {
        scale_column: Some("scale"),
        weight_column: Some("weight"),
        ..plain(dir.path(), &files)
    };
    proj_exec(&params, &run).unwrap();
    for (i, before) in before.iter().enumerate() {
        let (image, areas) = outputs(&files[2], &names[i]);
        let (scale, weight) = (1.0 + 0.5 * i as f64, 2.0 + i as f64);
        for k in 0..image.values.len() {
            if image.values[k].is_finite() {
                let (value, area) = (before.0.values[k] * scale, before.1.values[k] * weight);
                assert!((image.values[k] / value - 1.0).abs() < 1e-12);
                assert!((areas.values[k] / area - 1.0).abs() < 1e-12);
            }
        }
    }
    for (scale, weight) in [(Some("none"), None), (None, Some("none"))] {
        let params = ProjExecParams {
            scale_column: scale,
            weight_column: weight,
            ..plain(dir.path(), &files)
        };
        let message = proj_exec(&params, &run).unwrap_err().to_string();
        assert!(message.contains("Need column none"), "{message}");
    }
}

#[test]
fn an_output_never_replaces_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let names = made_up(dir.path());
    let template = Sky::around(EQUATORIAL, "TAN", (10.0, 20.0), (400, 400), ARCSEC);
    let mut files = folder(dir.path(), &names[..1], &template);
    files[2] = dir.path().to_owned();
    let message = proj_exec(&plain(dir.path(), &files), &Run::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("Output would overwrite input"),
        "{message}"
    );
    let table = Table::open(&files[0], "table").unwrap();
    assert_eq!(table.len(), 1);
}
