//! Against tables that Montage 6.0 and MontagePy 2.3.0 (Montage 7) wrote, the installed original,
//! and tables that nobody should write.

use super::*;
use crate::io::ipac_table::Table;
use std::process::Command;

/// What a test changes of the default call.
#[derive(Clone)]
struct Case {
    method: Method,
    use_all: bool,
    rounds: i32,
}

const SIX: Case = Case {
    method: Method::Version6 { level_only: false },
    use_all: false,
    rounds: 0,
};

fn seven(mode: i32, gap_dir: Option<PathBuf>, rounds: i32) -> Case {
    let method = Method::Version7 {
        mode: Mode::from(mode),
        gap_dir,
    };
    Case {
        method,
        use_all: false,
        rounds,
    }
}

/// Runs `case` in `dir`, which holds images.tbl and fits.tbl, on `threads` threads.
fn run_on(dir: &Path, out: &Path, case: &Case, threads: usize) -> Result<BackgroundModelOutcome> {
    let params = BackgroundModelParams {
        images: dir.join("images.tbl"),
        fits: dir.join("fits.tbl"),
        corrections: out.to_owned(),
        method: case.method.clone(),
        use_all: case.use_all,
        rounds: case.rounds,
        debug: 0,
    };
    background_model(&params, &Run::new(threads))
}

/// id, a, b, c of a corrections table.
fn corrections_of(path: &Path) -> Vec<(i32, [f64; 3])> {
    let table = Table::open(path, "Invalid corrections file").unwrap();
    let [id, a, b, c] = table.need(["id", "a", "b", "c"], "Need columns").unwrap();
    let number = |row: &crate::io::ipac_table::Row, column| row.real(column).unwrap();
    table
        .rows()
        .map(|row| {
            (
                row.integer(id).unwrap(),
                [number(&row, a), number(&row, b), number(&row, c)],
            )
        })
        .collect()
}

/// Largest difference of two corrections tables at the corners of the images of `images`; the
/// order of the rows must be the same.
fn apart(images: &Path, ours: &Path, theirs: &Path) -> f64 {
    let table = Table::open(images, "Invalid image metadata file").unwrap();
    let names = ["cntr", "naxis1", "naxis2", "crpix1", "crpix2"];
    let [cntr, naxis1, naxis2, crpix1, crpix2] = table.need(names, "Need columns").unwrap();
    let (ours, theirs) = (corrections_of(ours), corrections_of(theirs));
    let ids = |rows: &[(i32, [f64; 3])]| -> Vec<i32> { rows.iter().map(|row| row.0).collect() };
    assert_eq!(ids(&ours), ids(&theirs));
    let mut worst = 0.0_f64;
    for row in table.rows() {
        let id = row.integer(cntr).unwrap();
        let Some(i) = ours.iter().position(|row| row.0 == id) else {
            continue;
        };
        let value = |column| row.real(column).unwrap();
        for x in [1.0 - value(crpix1), value(naxis1) - value(crpix1)] {
            for y in [1.0 - value(crpix2), value(naxis2) - value(crpix2)] {
                let at = |[a, b, c]: [f64; 3]| a * x + b * y + c;
                let difference = at(ours[i].1) - at(theirs[i].1);
                assert!(difference.is_finite());
                worst = worst.max(difference.abs());
            }
        }
    }
    worst
}

/// A 3 x 3 grid with a locked image, level-only fits, a turned box, fits that are too small, too
/// short or too noisy, a gap and a wrap; and what the originals made of it in 60 rounds.
fn golden() -> PathBuf {
    testing::project().join("ctest/golden/background_model")
}

#[test]
fn version_6_gives_montage_6s_tables() {
    let golden = golden();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.tbl");
    let levels = Case {
        method: Method::Version6 { level_only: true },
        ..SIX
    };
    let all = Case {
        use_all: true,
        ..SIX
    };
    let cases = [
        ("montage6.tbl", SIX),
        ("montage6_levels.tbl", levels),
        ("montage6_all.tbl", all),
    ];
    for (name, case) in cases {
        let outcome = run_on(
            &golden,
            &out,
            &Case {
                rounds: 60,
                ..case.clone()
            },
            1,
        )
        .unwrap();
        // Single precision in the original, and five printed decimals.
        let difference = apart(&golden.join("images.tbl"), &out, &golden.join(name));
        assert!(difference < 2e-4, "{name}: {difference:e}");
        let dropped = if case.use_all { (0, 0) } else { (1, 9) };
        assert_eq!(
            (outcome.sigma_delete, outcome.fit_delete),
            dropped,
            "{name}"
        );
    }
}

#[test]
fn version_7_gives_montage_7s_tables() {
    let golden = golden();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.tbl");
    for mode in 0..4 {
        for (ending, gap_dir) in [("", None), ("_gap", Some(golden.join("gap")))] {
            let name = format!("montage7_mode{mode}{ending}.tbl");
            let outcome = run_on(&golden, &out, &seven(mode, gap_dir, 60), 1).unwrap();
            let difference = apart(&golden.join("images.tbl"), &out, &golden.join(&name));
            assert!(difference < 1e-4, "{name}: {difference:e}");
            assert_eq!(
                (outcome.nnan, outcome.sigma_delete, outcome.fit_delete),
                (0, 0, 1)
            );
            let (min, max) = outcome.range.unwrap();
            let constants = || corrections_of(&out).into_iter().map(|row| row.1[2]);
            assert!(constants().all(|c| c > min - 1e-3 && c < max + 1e-3));
        }
    }
}

#[test]
fn version_7_says_what_it_found() {
    use crate::task::outcome::Outcome;
    let dir = tempfile::tempdir().unwrap();
    let outcome = run_on(&golden(), &dir.path().join("o"), &seven(1, None, 60), 1).unwrap();
    // The numbers of golden montage7_mode1.tbl, as %-g prints them.
    assert_eq!(
        outcome.fields().message(),
        "nnan=0, cmin=-50.3336, cmax=29.7139"
    );
    assert!(outcome
        .fields()
        .json()
        .starts_with(r#"{"nnan":0,"cmin":-50.33"#));
    let outcome = run_on(&golden(), &dir.path().join("o"), &SIX, 1).unwrap();
    assert_eq!(outcome.fields().message(), "");
    assert_eq!(outcome.fields().json(), "{}");
}

#[test]
fn the_reference_corrections_of_m17() {
    let Some(data) = testing::shared_data("2mass_m17/reference6") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(data.join("pimages.tbl"), dir.path().join("images.tbl")).unwrap();
    std::fs::copy(data.join("fits.tbl"), dir.path().join("fits.tbl")).unwrap();
    let out = dir.path().join("corrections.tbl");
    run_on(dir.path(), &out, &SIX, 2).unwrap();
    let images = dir.path().join("images.tbl");
    let difference = apart(&images, &out, &data.join("corrections.tbl"));
    // The median rms of the fits is 1.4; 0.02 of it would pass, single precision explains this.
    assert!(difference < 1e-5, "{difference:e}");
}

/// A line of a fits table; the columns that do not matter here are zero.
fn fit_line(values: [&str; 20]) -> String {
    values
        .iter()
        .map(|value| format!(" {value:>16}"))
        .collect::<String>()
        + "\n"
}

fn fit_header() -> String {
    let names = "plus minus a b c crpix1 crpix2 xmin xmax ymin ymax xcenter ycenter npixel rms \
                 boxx boxy boxwidth boxheight boxang";
    names
        .split_whitespace()
        .map(|name| format!("|{name:>16}"))
        .collect::<String>()
        + "|\n"
}

/// N x N images of 512 x 512 pixels with random levels and slopes, as tables in `dir`.
fn simulate(dir: &Path, n: i32) {
    let mut state = 12_345_u64;
    let mut random = move || {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 1_073_741_823.5 - 1.0
    };
    let mut images = "|   cntr|  naxis1|  naxis2|    crpix1|    crpix2| fname      |\n".to_owned();
    let mut planes = Vec::new();
    for (j, i) in (0..n).flat_map(|j| (0..n).map(move |i| (j, i))) {
        let (id, x, y) = (
            j * n + i,
            0.5 - 440.0 * f64::from(i),
            0.5 - 440.0 * f64::from(j),
        );
        images += &format!(" {id:7}      512      512 {x:10.1} {y:10.1}  i{id}.fits\n");
        planes.push([1e-3 * random(), 1e-3 * random(), 20.0 * random()]);
    }
    let mut fits = fit_header();
    for (j, i) in (0..n).flat_map(|j| (0..n).map(move |i| (j, i))) {
        for (di, dj) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
            let (i2, j2) = (i + di, j + dj);
            if !(0..n).contains(&i2) || j2 >= n {
                continue;
            }
            let (plus, minus) = (j * n + i, j2 * n + i2);
            let range = |p: i32, m: i32| (p.max(m) * 440, p.min(m) * 440 + 511);
            let ((x0, x1), (y0, y1)) = (range(i, i2), range(j, j2));
            let (p, m) = (planes[plus as usize], planes[minus as usize]);
            let difference: [f64; 3] = std::array::from_fn(|k| p[k] - m[k]);
            let middle = |low: i32, high: i32| f64::from(low + high) / 2.0;
            let [a, b] = [
                difference[0] + 1e-5 * random(),
                difference[1] + 1e-5 * random(),
            ];
            let c = difference[2] + 0.01 * random();
            let values = [
                plus.to_string(),
                minus.to_string(),
                cformat::exponent(a, 5),
                cformat::exponent(b, 5),
                cformat::exponent(c, 5),
                "0".into(),
                "0".into(),
                x0.to_string(),
                x1.to_string(),
                y0.to_string(),
                y1.to_string(),
                middle(x0, x1).to_string(),
                middle(y0, y1).to_string(),
                ((x1 - x0 + 1) * (y1 - y0 + 1)).to_string(),
                format!("{:.4}", 0.7 + 0.01 * random()),
                middle(x0, x1).to_string(),
                middle(y0, y1).to_string(),
                (x1 - x0).to_string(),
                (y1 - y0).to_string(),
                "0".into(),
            ];
            fits += &fit_line(std::array::from_fn(|k| values[k].as_str()));
        }
    }
    std::fs::write(dir.join("images.tbl"), images).unwrap();
    std::fs::write(dir.join("fits.tbl"), fits).unwrap();
}

#[test]
fn simulated_grids_agree_with_the_installed_original() {
    let Some(original) = testing::original("mBgModel") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (ours, theirs) = (dir.join("ours.tbl"), dir.join("theirs.tbl"));
    let levels = Case {
        method: Method::Version6 { level_only: true },
        ..SIX
    };
    let cases = [
        (4, vec![], SIX),
        (12, vec![], SIX),
        (4, vec!["-l"], levels),
        (
            4,
            vec!["-a"],
            Case {
                use_all: true,
                ..SIX
            },
        ),
        (4, vec!["-i", "1"], Case { rounds: 1, ..SIX }),
        (4, vec!["-i", "37"], Case { rounds: 37, ..SIX }),
    ];
    for (n, options, case) in cases {
        simulate(dir, n);
        run_on(dir, &ours, &case, 2).unwrap();
        let status = Command::new(&original)
            .args(&options)
            .args([dir.join("images.tbl"), dir.join("fits.tbl"), theirs.clone()])
            .output()
            .unwrap();
        assert!(status.status.success());
        let difference = apart(&dir.join("images.tbl"), &ours, &theirs);
        // 0.02 of the rms of the fits.
        assert!(difference < 0.02 * 0.7, "{n} {options:?}: {difference:e}");
    }
}

#[test]
fn the_table_is_the_same_whatever_the_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    simulate(dir, 70);
    let table = |threads: usize| {
        let out = dir.join("out.tbl");
        run_on(dir, &out, &Case { rounds: 100, ..SIX }, threads).unwrap();
        std::fs::read(out).unwrap()
    };
    let one = table(1);
    assert!(one == table(2) && one == table(7));
}

/// A valid line of a fits table with some values replaced.
fn line_with(changes: &[(usize, &str)]) -> String {
    let mut values = [
        "0", "1", "1e-3", "0", "2.0", "0", "0", "0", "99", "0", "99", "50", "50", "10000", "0.5",
        "50", "50", "99", "99", "0",
    ];
    for &(column, value) in changes {
        values[column] = value;
    }
    fit_line(values)
}

/// Two images and the fits of `lines`.
fn two_images(dir: &Path, lines: &[String]) {
    let images = "| cntr|   ns|   nl| crpix1| crpix2|fname |\n     0   100   100     0.5     0.5 a\n     1   100   100     0.5     0.5 b\n";
    std::fs::write(dir.join("images.tbl"), images).unwrap();
    std::fs::write(dir.join("fits.tbl"), fit_header() + &lines.concat()).unwrap();
}

#[test]
fn a_table_has_the_originals_columns() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.tbl");
    two_images(dir.path(), &[line_with(&[])]);
    run_on(dir.path(), &out, &SIX, 1).unwrap();
    let text = std::fs::read_to_string(&out).unwrap();
    // Montage 6.0 wrote the same bytes.
    let expected = concat!(
        "|   id   |      a       |      b       |      c       |\n",
        "        0    5.00000e-04    0.00000e+00    1.00000e+00\n",
        "        1   -5.00000e-04    0.00000e+00   -1.00000e+00\n",
    );
    assert_eq!(text, expected);
    two_images(dir.path(), &[]);
    run_on(dir.path(), &out, &SIX, 1).unwrap();
    assert_eq!(
        std::fs::read_to_string(&out).unwrap(),
        expected.lines().next().unwrap().to_owned() + "\n"
    );
}

#[test]
fn bad_tables_are_errors_that_name_them_and_cost_no_earlier_output() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = dir.join("out.tbl");
    std::fs::write(&out, "earlier").unwrap();
    // What is wrong, and a part of the message.
    let cases: &[(&[(usize, &str)], &str)] = &[
        (
            &[(2, "nan")],
            "Row 2 has a plane or box that is not a number",
        ),
        (
            &[(4, "-inf")],
            "Row 2 has a plane or box that is not a number",
        ),
        (
            &[(15, "nan")],
            "Row 2 has a plane or box that is not a number",
        ),
        (
            &[(13, "nan")],
            "Row 2 has a plane or box that is not a number",
        ),
        (&[(2, "hello")], "column a: \"hello\""),
        (&[(14, "null")], "column rms: \"null\""),
        (&[(7, "3e9")], "column xmin"),
        (
            &[(0, "7")],
            "names image 7, which is not in the image table",
        ),
        (
            &[(1, "-5")],
            "names image -5, which is not in the image table",
        ),
        (&[(1, "2000000000")], "names image 2000000000"),
        (&[(1, "99999999999")], "column minus: \"99999999999\""),
        (&[(1, "nan")], "column minus: \"nan\""),
        (&[(17, "-4")], "Row 2 has a box of negative size"),
        (&[(2, "1e308"), (3, "1e308")], "beyond all numbers"),
    ];
    for (changes, part) in cases {
        two_images(dir, &[line_with(&[]), line_with(changes)]);
        let all = Case {
            use_all: true,
            ..SIX
        };
        let message = run_on(dir, &out, &all, 1).unwrap_err().to_string();
        assert!(
            message.contains(part) && message.contains("fits.tbl"),
            "{message}"
        );
    }
    two_images(dir, &[line_with(&[])]);
    let message = run_on(dir, &out, &Case { rounds: -1, ..SIX }, 1)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("niter") && message.contains("-1"),
        "{message}"
    );
    for (name, text, part) in [
        ("fits.tbl", "", "Invalid background fit parameters file"),
        (
            "fits.tbl",
            "|plus|minus|\n",
            "Need columns: plus minus a b c",
        ),
        ("images.tbl", "", "Invalid image metadata file"),
        ("images.tbl", "| cntr | ns |\n", "Need columns: cntr nl ns"),
        (
            "images.tbl",
            "|cntr|ns |nl |crpix1|crpix2|\n 0    x   1   2      3\n",
            "column ns",
        ),
        (
            "images.tbl",
            "|cntr| ns| nl|crpix1|crpix2|\n    0  -5   1\n",
            "Image 0 has a negative size",
        ),
    ] {
        two_images(dir, &[line_with(&[])]);
        std::fs::write(dir.join(name), text).unwrap();
        let message = run_on(dir, &out, &SIX, 1).unwrap_err().to_string();
        assert!(
            message.contains(part) && message.contains(name),
            "{message}"
        );
    }
    std::fs::remove_file(dir.join("images.tbl")).unwrap();
    assert!(run_on(dir, &out, &SIX, 1).is_err());
    assert_eq!(std::fs::read(&out).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 2);
}

#[test]
fn odd_but_sane_tables_do_what_the_original_does() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = dir.join("out.tbl");
    let corrections = |lines: &[String], case: &Case| {
        two_images(dir, lines);
        let outcome = run_on(dir, &out, case, 1).unwrap();
        (outcome, corrections_of(&out))
    };
    let (_, expected) = corrections(&[line_with(&[])], &SIX);
    let all = Case {
        use_all: true,
        ..SIX
    };
    // An image that overlaps itself moves more slowly, so the other one comes further: Montage
    // 6.0 gives 1.50000e+00 and -5.00000e-01 too.
    let slowed = [(0, [7.5e-4, 0.0, 1.5]), (1, [-2.5e-4, 0.0, -0.5])];
    // The same fit twice weighs twice, one of no area pulls nothing, and one without rms is as
    // noisy as can be.
    for (extra, case, expected) in [
        (line_with(&[]), &SIX, &expected[..]),
        (line_with(&[(0, "1"), (1, "1")]), &SIX, &slowed),
        (line_with(&[(2, "5"), (17, "0")]), &SIX, &expected),
        (
            line_with(&[(2, "5"), (17, "0"), (18, "0")]),
            &SIX,
            &expected,
        ),
        (line_with(&[(2, "5"), (14, "nan")]), &SIX, &expected),
        (line_with(&[(2, "5"), (13, "5")]), &SIX, &expected),
        (line_with(&[(14, "inf")]), &all, &expected),
    ] {
        let (_, found) = corrections(&[line_with(&[]), extra.clone()], case);
        for (a, b) in found.iter().zip(expected) {
            assert_eq!(a.0, b.0);
            let same = (0..3).all(|k| (a.1[k] - b.1[k]).abs() < 1e-9);
            assert!(same, "{extra}: {found:?}");
        }
    }
    let (outcome, found) = corrections(&[line_with(&[(17, "0")])], &SIX);
    assert_eq!(outcome, BackgroundModelOutcome::default());
    assert_eq!(found, [(0, [0.0; 3]), (1, [0.0; 3])]);
}

#[test]
fn version_7_leaves_out_fits_that_are_not_numbers_and_counts_them() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = dir.join("out.tbl");
    let broken = [
        line_with(&[(2, "nan"), (14, "nan")]),
        line_with(&[(14, "-inf")]),
    ];
    two_images(dir, &[&[line_with(&[])], &broken[..]].concat());
    for mode in 0..4 {
        let outcome = run_on(dir, &out, &seven(mode, None, 0), 1).unwrap();
        assert_eq!(
            (outcome.nnan, outcome.nbad_fit, outcome.sigma_delete),
            (0, 1, 1)
        );
        assert!((corrections_of(&out)[0].1[2] - 1.0).abs() < 0.03);
    }
    // Ids are sorted, whatever the order of the fits.
    two_images(dir, &[line_with(&[(0, "1"), (1, "0")])]);
    run_on(dir, &out, &seven(0, None, 0), 1).unwrap();
    assert_eq!(corrections_of(&out)[0].0, 0);
}

#[test]
fn broken_gap_directories_are_errors_that_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = dir.join("out.tbl");
    let gap = dir.join("gap");
    std::fs::create_dir(&gap).unwrap();
    two_images(dir, &[line_with(&[])]);
    let message = |files: &[(&str, &str)]| {
        for (name, text) in files {
            std::fs::write(gap.join(name), text).unwrap();
        }
        run_on(dir, &out, &seven(0, Some(gap.clone()), 5), 1)
            .unwrap_err()
            .to_string()
    };
    assert!(message(&[]).contains("gap.tbl"));
    assert!(message(&[("gap.tbl", "| name |\n  x\n")]).contains("'file' column"));
    assert!(message(&[("gap.tbl", "| file  |\n  x.txt\n")]).contains("x.txt"));
    assert!(message(&[("x.txt", "")]).contains("Line 3"));
    let good = std::fs::read_to_string(golden().join("gap/one.txt")).unwrap();
    assert!(message(&[("x.txt", &good)]).contains("img000001.fits"));
    let named = good
        .replace("img000001.fits", "a")
        .replace("img000005.fits", "b");
    let cut: String = named
        .lines()
        .take(20)
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(message(&[("x.txt", &cut)]).contains("Line 21 needs 2 numbers"));
    assert!(message(&[("x.txt", &named.replace("0.001", "nan"))]).contains("not a number"));
    assert!(message(&[("x.txt", &named)]).contains("wrap.tbl"));
    assert!(message(&[("wrap.tbl", "|plus|\n a\n")]).contains("'minus' columns"));
    assert!(message(&[("wrap.tbl", "|plus|minus|\n a    c\n")]).contains("image c"));
    std::fs::write(gap.join("wrap.tbl"), "|plus|minus|\n a    b\n").unwrap();
    run_on(dir, &out, &seven(0, Some(gap), 5), 1).unwrap();
    assert_eq!(corrections_of(&out).len(), 2);
}

#[test]
fn a_cancelled_call_leaves_the_earlier_table() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.tbl");
    std::fs::write(&out, "earlier").unwrap();
    two_images(dir.path(), &[line_with(&[])]);
    let params = BackgroundModelParams {
        images: dir.path().join("images.tbl"),
        fits: dir.path().join("fits.tbl"),
        corrections: out.clone(),
        method: SIX.method,
        use_all: false,
        rounds: 0,
        debug: 0,
    };
    let refuse = |_, _| true;
    let result = background_model(&params, &Run::with_progress(1, &refuse));
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(std::fs::read(&out).unwrap(), b"earlier");
}
