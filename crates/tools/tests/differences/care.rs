//! What a call leaves behind: nothing but its outputs, earlier ones where it fails or is
//! cancelled, the same bytes on any number of threads, in a memory that does not grow.

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use mosaic::error::Error;
use mosaic::kernel::plane_fit::{FitOptions, Rounds};
use mosaic::run::Run;
use mosaic::task::difference::{diff, diff_exec, DiffExecParams, DiffParams};
use mosaic::task::plane_fit::{
    diff_fit, fit_exec, fitplane, DiffFitParams, FitExecParams, FitplaneParams,
};

use crate::exec::DiffFitExecOf;
use crate::field::{self, picture, Field, FLOATS};
use crate::programs::run;

fn some_tiles() -> Field {
    let (region, pictures) = field::places();
    Field::new(region, &pictures[..8])
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let field = some_tiles();
    let mut first = None;
    for threads in [1, 2, 7] {
        let exec = DiffFitExecOf {
            keep_all: true,
            ..DiffFitExecOf::plain(&field)
        };
        let outcome = exec.run(&Run::new(threads)).unwrap();
        let table = read(&field.path("ours.tbl"));
        let images: Vec<_> = (field.files("ours").into_iter())
            .map(|name| (read(&field.path("ours").join(&name)), name))
            .collect();
        assert!(images.len() > 20);
        let fits = FitExecParams {
            table: &field.path("diffs.tbl"),
            output: &field.path("fits.tbl"),
            diff_dir: &field.path("ours"),
            level_only: false,
            debug: 0,
        };
        let fitted = fit_exec(&fits, &Run::new(threads)).unwrap();
        let all = (
            outcome,
            table,
            images,
            fitted,
            read(&field.path("fits.tbl")),
        );
        assert!(*first.get_or_insert_with(|| all.clone()) == all);
        std::fs::remove_dir_all(field.path("ours")).unwrap();
        std::fs::create_dir(field.path("ours")).unwrap();
    }
}

#[test]
fn differences_that_are_not_kept_touch_no_file() {
    let field = some_tiles();
    // Whatever is there is somebody's: Montage would remove the first and fit the second.
    let (other, stale) = ("diff.000000.fits", "diff.000009.fits");
    for name in [other, stale] {
        std::fs::copy(
            field.path("images/above.fits"),
            field.path("ours").join(name),
        )
        .unwrap();
    }
    let row_of = |first: &str, second: &str| {
        let pair = format!("{first} - {second}");
        (0..field.pairs.len()).find(|&row| field.pair(row) == pair)
    };
    // The tile and what lies beside it without touching.
    assert_eq!(row_of("beside", "two_by_two"), Some(10));
    let before = read(&field.path("images/above.fits"));
    let outcome = DiffFitExecOf::plain(&field).run(&Run::new(2)).unwrap();
    assert!(outcome.diff_failed > 0);
    assert_eq!(field.files("ours"), [other, stale]);
    for name in [other, stale] {
        assert!(read(&field.path("ours").join(name)) == before);
    }
}

#[test]
fn a_difference_of_an_earlier_run_is_never_fitted() {
    let (region, pictures) = field::places();
    let far = picture("far", (90, 70), (20, 15), FLOATS);
    let field = Field::with_pairs(region, &[pictures[0].clone(), far], vec![(0, 1)]);
    let stale = field.path("ours/diff.000000.fits");
    std::fs::copy(field.path("images/tile.fits"), &stale).unwrap();
    for keep_all in [false, true] {
        let exec = DiffFitExecOf {
            keep_all,
            ..DiffFitExecOf::plain(&field)
        };
        let outcome = exec.run(&Run::new(1)).unwrap();
        assert_eq!((outcome.diff_failed, outcome.fit_failed), (1, 1));
        let table = std::fs::read_to_string(field.path("ours.tbl")).unwrap();
        assert_eq!(table.lines().count(), 1, "{table}");
        assert!(stale.exists());
    }
}

#[test]
fn cancelling_leaves_the_earlier_table() {
    for threads in [1, 3] {
        let field = some_tiles();
        let earlier = b"an earlier table";
        for name in ["ours.tbl", "fits.tbl"] {
            std::fs::write(field.path(name), earlier).unwrap();
        }
        let calls = Cell::new(0);
        let callback = |done, _| {
            calls.set(calls.get() + 1);
            done == 5
        };
        let run = Run::with_progress(threads, &callback);
        let cancelled = |result| matches!(result, Err(Error::Cancelled));
        let exec = DiffFitExecOf {
            keep_all: true,
            ..DiffFitExecOf::plain(&field)
        };
        assert!(cancelled(exec.run(&run).map(drop)));
        // What was finished before may stay, but whole.
        let whole = |name: &String| {
            read(&field.path("ours").join(name))
                .len()
                .is_multiple_of(2880)
        };
        let kept = field.files("ours");
        assert!(kept
            .iter()
            .all(|name| name.starts_with("diff.") && whole(name)));
        assert_eq!(kept.len() % 2, 0);
        let differences = DiffExecParams {
            images: &field.path("images"),
            table: &field.path("diffs.tbl"),
            template: &field.path("region.hdr"),
            diff_dir: &field.path("ours"),
            no_areas: false,
            debug: 0,
        };
        assert!(cancelled(diff_exec(&differences, &run).map(drop)));
        let fits = FitExecParams {
            table: &field.path("diffs.tbl"),
            output: &field.path("fits.tbl"),
            diff_dir: &field.path("ours"),
            level_only: false,
            debug: 0,
        };
        assert!(cancelled(fit_exec(&fits, &run).map(drop)));
        assert_eq!(calls.get(), 15);
        for name in ["ours.tbl", "fits.tbl"] {
            assert_eq!(read(&field.path(name)), earlier);
        }
        let here: Vec<String> = field.files("");
        let expected = [
            "diffs.tbl",
            "fits.tbl",
            "images",
            "ours",
            "ours.tbl",
            "region.hdr",
            "theirs",
        ];
        assert_eq!(here, expected);
    }
}

#[test]
fn of_rows_that_share_a_name_the_last_ones_image_stays() {
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures[..3]);
    let mut table = "|cntr1|cntr2|          plus|         minus|  diff|\n".to_owned();
    for row in 0..40 {
        let second = if row == 37 { "above" } else { "beside" };
        let name = if row > 37 { "" } else { "d.fits" };
        table += &format!("     1     2           tile {second:>14} {name}\n");
    }
    std::fs::write(field.path("diffs.tbl"), table).unwrap();
    let alone = field.path("theirs/d.fits");
    let params = DiffParams {
        first: &field.path("images/tile"),
        second: &field.path("images/above"),
        output: &alone,
        template: &field.path("region.hdr"),
        no_areas: false,
        factor: 1.0,
        debug: 0,
    };
    diff(&params, &Run::new(1)).unwrap();
    for threads in [1, 7] {
        let exec = DiffFitExecOf {
            keep_all: true,
            ..DiffFitExecOf::plain(&field)
        };
        let outcome = exec.run(&Run::new(threads)).unwrap();
        // Two rows have no name.
        assert_eq!((outcome.count, outcome.diff_failed), (40, 2));
        for name in ["d.fits", "d_area.fits"] {
            let [one, all] = ["theirs", "ours"].map(|folder| field.path(folder).join(name));
            assert!(read(&one) == read(&all), "{name} on {threads} threads");
        }
        assert_eq!(field.files("ours"), ["d.fits", "d_area.fits"]);
    }
}

#[test]
fn bad_tiles_say_why_and_cost_no_output() {
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures[..2]);
    let images = field.path("images");
    let file = |name: &str| images.join(name);
    let tile = read(&file("tile.fits"));
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(file(&format!("{name}.fits")), bytes).unwrap();
        std::fs::copy(file("tile_area.fits"), file(&format!("{name}_area.fits"))).unwrap();
    };
    let card = |from: &str, to: &str| {
        let at = tile.windows(from.len()).position(|w| w == from.as_bytes());
        let mut bytes = tile.clone();
        let card = format!("{to:<80}");
        bytes[at.unwrap()..][..80].copy_from_slice(card.as_bytes());
        bytes
    };
    put("truncated", &tile[..tile.len() - 2880]);
    put("empty", b"");
    put(
        "no_axes",
        &card("NAXIS   =", "NAXIS   =                    0"),
    );
    put("huge", &card("NAXIS1  =", "NAXIS1  =           2000000000"));
    put(
        "nan_crpix",
        &card("CRPIX1  =", "CRPIX1  =                  NaN"),
    );
    put("other_area", &tile);
    std::fs::copy(file("beside_area.fits"), file("other_area_area.fits")).unwrap();
    put("no_area", &tile);
    std::fs::remove_file(file("no_area_area.fits")).unwrap();
    put("folder", b"");
    std::fs::remove_file(file("folder.fits")).unwrap();
    std::fs::create_dir(file("folder.fits")).unwrap();
    let names = [
        "truncated",
        "empty",
        "no_axes",
        "huge",
        "nan_crpix",
        "other_area",
        "no_area",
        "folder",
        "absent",
    ];
    let earlier = b"an earlier difference";
    let output = field.path("ours/d.fits");
    let mut table = "|cntr1|cntr2|          plus|         minus|  diff|\n".to_owned();
    for name in names {
        let bad = file(name);
        for (first, second) in [(&bad, &file("tile")), (&file("tile"), &bad)] {
            std::fs::write(&output, earlier).unwrap();
            let template = field.path("region.hdr");
            let params = DiffParams {
                first,
                second,
                output: &output,
                template: &template,
                no_areas: false,
                factor: 1.0,
                debug: 0,
            };
            let why = diff(&params, &Run::new(1)).unwrap_err().to_string();
            let area_name = format!("{name}_area.fits");
            assert!(
                why.contains(&format!("{name}.fits")) || why.contains(&area_name),
                "{name}: {why}"
            );
            let options = FitOptions {
                level_only: false,
                border: 0,
                rounds: Rounds::Version7,
                no_fit: false,
            };
            let params = DiffFitParams {
                first,
                second,
                output: &output,
                template: &template,
                keep: true,
                no_areas: false,
                options,
                debug: 0,
            };
            let why = diff_fit(&params, &Run::new(1)).unwrap_err().to_string();
            assert!(why.contains(name), "{name}: {why}");
            assert_eq!(read(&output), earlier);
            assert_eq!(field.files("ours"), ["d.fits"]);
        }
        table += &format!("     1     2 {name:>14}           tile d.fits\n");
    }
    table += "     3     4           tile         beside d.fits\n";
    std::fs::write(field.path("diffs.tbl"), table).unwrap();
    for keep_all in [false, true] {
        let exec = DiffFitExecOf {
            keep_all,
            ..DiffFitExecOf::plain(&field)
        };
        let outcome = exec.run(&Run::new(2)).unwrap();
        assert_eq!(
            (outcome.count, outcome.diff_failed, outcome.fit_failed),
            (10, 9, 9)
        );
        let lines = std::fs::read_to_string(field.path("ours.tbl")).unwrap();
        assert_eq!(lines.lines().count(), 2);
    }
    assert_eq!(field.files("ours"), ["d.fits", "d_area.fits"]);
}

#[test]
fn folders_that_are_missing_are_errors_before_the_work() {
    let field = some_tiles();
    std::fs::write(field.path("ours.tbl"), "earlier").unwrap();
    for (folder, output, what) in [
        ("no/such", "ours.tbl", "no/such"),
        ("region.hdr", "ours.tbl", "region.hdr is not a directory"),
        ("ours", "no/such/ours.tbl", "no/such/ours.tbl"),
        ("ours", "theirs", "theirs"),
    ] {
        let exec = DiffFitExecOf {
            diff_dir: field.path(folder),
            output: field.path(output),
            ..DiffFitExecOf::plain(&field)
        };
        let why = exec.run(&Run::new(2)).unwrap_err().to_string();
        assert!(why.contains(what), "{why}");
    }
    assert_eq!(read(&field.path("ours.tbl")), b"earlier");
}

#[test]
fn a_border_as_large_as_the_image_is_an_error() {
    let (region, pictures) = field::places();
    let field = Field::new(region, &pictures[..2]);
    let input = field.path("images/tile.fits");
    for (border, fits) in [(24, true), (25, false), (30, false), (usize::MAX, false)] {
        let options = FitOptions {
            level_only: true,
            border,
            rounds: Rounds::Version6,
            no_fit: false,
        };
        let fitted = fitplane(
            &FitplaneParams {
                input: &input,
                options,
                debug: 0,
            },
            &Run::new(1),
        );
        assert_eq!(fitted.is_ok(), fits, "{border}");
        if let Err(why) = fitted {
            let why = why.to_string();
            assert!(why.contains("border") && why.contains("tile.fits"), "{why}");
        }
    }
}

/// Five thousand pairs in an address space of 150 MB; a difference takes half a megabyte.
#[test]
fn memory_does_not_grow_with_the_pairs() {
    let (region, _) = field::places();
    let pictures = ["one", "two"].map(|name| picture(name, (3, 4), (110, 80), FLOATS));
    let field = Field::with_pairs(region, &pictures, vec![(0, 1); 5000]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 150000 && exec \"$@\"", "sh"]);
    command
        .arg(env!("CARGO_BIN_EXE_montage-tools"))
        .args(["mDiffFitExec", "-p"]);
    let files = ["images", "diffs.tbl", "region.hdr", "ours", "ours.tbl"];
    command
        .args(files.map(|file| field.path(file)))
        .env("MONTAGE_THREADS", "1");
    let answer = run(&mut command);
    assert!(
        answer
            .said
            .contains("count=5000, diff_failed=0, fit_failed=0"),
        "{answer:?}"
    );
}
