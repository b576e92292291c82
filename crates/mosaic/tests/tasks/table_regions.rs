//! mCoverageCheck, mBestImage and mSubset against Montage on tables of real images.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mosaic::io::ipac_table::Table;
use mosaic::run::Run;
use mosaic::task::image_table::{
    best_image, coverage_check, image_table, subset, BestImageParams, CoverageCheckParams, Edge,
    ImageTableParams, Outline, Shape, SubsetParams,
};
use mosaic::task::outcome::Outcome;
use testing::{original, shared_data, skipped};

/// Tables of the raw tiles of M17, without and with corners, and of the collection of headers.
fn tables(dir: &Path) -> Vec<PathBuf> {
    let mut tables = Vec::new();
    for (folder, sub) in [("2mass_m17/raw", "raw"), ("wcs", "wcs")] {
        let Some(folder) = shared_data(folder) else {
            continue;
        };
        for corners in [false, true] {
            let table = dir.join(format!("{sub}{corners}.tbl"));
            let params = ImageTableParams {
                folder: folder.clone(),
                table: table.clone(),
                corners,
                ..Default::default()
            };
            image_table(&params, &Run::new(2)).unwrap();
            tables.push(table);
        }
    }
    tables
}

/// Numbers between 0 and 1 that are the same every time (Park & Miller 1988, CACM 31, 1192).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, from: f64, to: f64) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        from + (to - from) * self.0 as f64 / 2_147_483_647.0
    }
}

/// Where the images of the tables are: a position near one of them.
fn near_an_image(dice: &mut Dice) -> (f64, f64) {
    const PLACES: [(f64, f64, f64); 6] = [
        (275.2, -16.1, 0.4),
        (275.2, -16.1, 0.3),
        (285.0, -66.3, 5.0),
        (202.48, 47.17, 0.05),
        (185.479, 4.474, 0.03),
        (275.83, -12.96, 0.15),
    ];
    let place = PLACES[dice.roll(0.0, 6.0) as usize % 6];
    let (ra, dec, size) = place;
    (ra + dice.roll(-size, size), dec + dice.roll(-size, size))
}

fn check(table: &Path, output: &Path, shape: Shape, numbers: &[f64]) -> CoverageCheckParams {
    CoverageCheckParams {
        table: table.to_owned(),
        output: output.to_owned(),
        shape,
        template: None,
        numbers: numbers.to_vec(),
        images: Some(PathBuf::from(".")),
        edge: Edge::Version6,
        debug: 0,
    }
}

/// What the original prints.
fn said(program: &Path, arguments: &[String]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn words(numbers: &[f64]) -> Vec<String> {
    numbers.iter().map(f64::to_string).collect()
}

fn their_rows(
    program: &Path,
    table: &Path,
    output: &Path,
    mode: &str,
    parameters: &[String],
) -> String {
    let mut arguments = vec![table.display().to_string(), output.display().to_string()];
    arguments.push(mode.to_owned());
    arguments.extend_from_slice(parameters);
    let said = said(program, &arguments);
    assert!(said.contains("stat=\"OK\""), "{arguments:?}: {said}");
    std::fs::read_to_string(output).unwrap()
}

#[test]
fn rows_are_those_of_montage_6() {
    let Some(program) = original("mCoverageCheck") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.tbl"), dir.path().join("ours.tbl"));
    let mut dice = Dice(7);
    let mut rows = 0;
    for table in tables(dir.path()) {
        for _ in 0..5 {
            let (ra, dec) = near_an_image(&mut dice);
            let (w, h) = (dice.roll(0.01, 0.3), dice.roll(0.01, 0.3));
            let angle = dice.roll(0.0, 360.0);
            let cases: [(Shape, &str, Vec<f64>); 5] = [
                (Shape::Point, "-point", vec![ra, dec]),
                (Shape::Box, "-box", vec![ra, dec, w]),
                (Shape::Box, "-box", vec![ra, dec, w, h, angle]),
                (Shape::Circle, "-circle", vec![ra, dec]),
                (
                    Shape::Points,
                    "-points",
                    vec![ra, dec, ra + w, dec - 0.1 * h, ra - 0.2 * w, dec + h],
                ),
            ];
            for (shape, mode, numbers) in cases {
                let outcome =
                    coverage_check(&check(&table, &ours, shape, &numbers), &Run::new(2)).unwrap();
                rows += outcome.count;
                let text = std::fs::read_to_string(&ours).unwrap();
                let expected = their_rows(&program, &table, &theirs, mode, &words(&numbers));
                assert_eq!(text, expected, "{table:?} {mode} {numbers:?}");
            }
        }
    }
    assert!(rows > 20 || rows == 0, "{rows} rows found");
}

#[test]
fn headers_are_regions() {
    let (Some(program), Some(m17)) = (original("mCoverageCheck"), shared_data("2mass_m17")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.tbl"), dir.path().join("ours.tbl"));
    let whole = std::fs::read_to_string(m17.join("region.hdr")).unwrap();
    let small = dir.path().join("small.hdr");
    // 300 x 200 pixels near a corner, turned.
    let text = whole
        .replace("NAXIS1  = 1802", "NAXIS1  = 300")
        .replace("NAXIS2  = 2201", "NAXIS2  = 200")
        .replace("CROTA2  =  000.000", "CROTA2  =  30")
        .replace("0.000000000", "30.0");
    std::fs::write(&small, text).unwrap();
    for table in tables(dir.path()) {
        for template in [&m17.join("region.hdr"), &small] {
            let params = CoverageCheckParams {
                template: Some(template.clone()),
                ..check(&table, &ours, Shape::Header, &[])
            };
            coverage_check(&params, &Run::new(1)).unwrap();
            let name = [template.display().to_string()];
            let expected = their_rows(&program, &table, &theirs, "-header", &name);
            assert_eq!(std::fs::read_to_string(&ours).unwrap(), expected);
        }
    }
}

/// The rows of a table without those above them, by their counter.
fn counters(path: &Path) -> Vec<i32> {
    let table = Table::open(path, "table").unwrap();
    let cntr = table.column("cntr").unwrap();
    table.rows().map(|row| row.integer(cntr).unwrap()).collect()
}

#[test]
fn circles_find_what_montage_finds_and_what_they_touch_besides() {
    let Some(program) = original("mCoverageCheck") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.tbl"), dir.path().join("ours.tbl"));
    let points = dir.path().join("points.tbl");
    let mut dice = Dice(11);
    let run = Run::new(1);
    for table in tables(dir.path()) {
        for _ in 0..10 {
            let (ra, dec) = near_an_image(&mut dice);
            let radius = dice.roll(0.01, 0.25);
            let numbers = [ra, dec, radius];
            coverage_check(&check(&table, &ours, Shape::Circle, &numbers), &run).unwrap();
            their_rows(&program, &table, &theirs, "-circle", &words(&numbers));
            let (found, expected) = (counters(&ours), counters(&theirs));
            assert!(
                expected.iter().all(|row| found.contains(row)),
                "{numbers:?}"
            );
            // Montage looks at the centre and the point nearest to the image's centre only; of
            // the others, some point on the circle's rim must be in each.
            let mut left: Vec<i32> = found;
            left.retain(|row| !expected.contains(row));
            for step in 0..180 {
                if left.is_empty() {
                    break;
                }
                let (sin, cos) = (f64::from(step) * 2.0).to_radians().sin_cos();
                // On the sphere: by `radius` in the direction of `step`.
                let (r, d) = (radius.to_radians(), dec.to_radians());
                let lat = (d.sin() * r.cos() + d.cos() * r.sin() * cos).asin();
                let lon = (sin * r.sin() * d.cos()).atan2(r.cos() - d.sin() * lat.sin());
                let rim = [ra + lon.to_degrees(), lat.to_degrees()];
                coverage_check(&check(&table, &points, Shape::Point, &rim), &run).unwrap();
                let on_rim = counters(&points);
                left.retain(|row| !on_rim.contains(row));
            }
            assert!(left.is_empty(), "{table:?} {numbers:?}: {left:?}");
        }
    }
}

#[test]
fn cutouts_are_described_as_montage_6_does() {
    let (Some(program), true) = (
        original("mCoverageCheck"),
        shared_data("2mass_m17").is_some(),
    ) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs.tbl"), dir.path().join("ours.tbl"));
    let mut dice = Dice(13);
    let mut rows = 0;
    for table in &tables(dir.path())[..2] {
        for _ in 0..12 {
            let (ra, dec) = (275.2 + dice.roll(-0.3, 0.3), -16.1 + dice.roll(-0.3, 0.3));
            let size = [dice.roll(0.02, 0.3), dice.roll(0.02, 0.3)];
            let numbers = [ra, dec, size[0], size[1], dice.roll(0.0, 90.0)];
            let params = check(table, &ours, Shape::Cutout, &numbers);
            rows += coverage_check(&params, &Run::new(2)).unwrap().count;
            let expected = their_rows(&program, table, &theirs, "-cutout", &words(&numbers));
            let text = std::fs::read_to_string(&ours).unwrap();
            assert_eq!(text.lines().count(), expected.lines().count());
            for (our, their) in text.lines().zip(expected.lines()) {
                assert_eq!(our.len(), their.len());
                for (our, their) in our.split_whitespace().zip(their.split_whitespace()) {
                    let numbers = (our.parse::<f64>(), their.parse::<f64>());
                    match numbers {
                        // Montage rounds what it reads of the table to nine decimals.
                        (Ok(a), Ok(b)) => assert!((a - b).abs() < 1.5e-6, "{our} {their}"),
                        _ => assert_eq!(our, their),
                    }
                }
            }
        }
    }
    assert!(rows > 20, "{rows} cutouts");
}

#[test]
fn the_best_image_is_that_of_montage_6() {
    let Some(program) = original("mBestImage") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(17);
    let mut found = 0;
    for table in tables(dir.path()) {
        for _ in 0..15 {
            let (ra, dec) = near_an_image(&mut dice);
            let params = BestImageParams {
                table: table.clone(),
                ra,
                dec,
                debug: 0,
            };
            let ours = best_image(&params, &Run::new(2));
            let arguments = [vec![table.display().to_string()], words(&[ra, dec])].concat();
            let theirs = said(&program, &arguments);
            let corners = table.to_string_lossy().contains("true");
            match ours {
                // By WCS columns Montage rounds CDELT to six decimals: the image may be another.
                Ok(best) if corners => {
                    let fields = best.fields().message();
                    assert!(theirs.contains(&fields), "{fields}\n{theirs}");
                    found += 1;
                }
                Ok(best) => assert!(best.edgedist > 0.0),
                Err(why) => {
                    let why = why.to_string();
                    assert!(why.contains("No image covers this point (ra "), "{why}");
                    assert!(!corners || theirs.contains("No image covers"), "{theirs}");
                }
            }
        }
    }
    assert!(found > 8 || found == 0, "{found} images");
}

const SCRIPT: &str = "
import json, sys
try:
    import numpy
    from MontagePy import main
except ImportError:
    sys.exit(77)
for call in json.load(sys.stdin):
    arguments = [numpy.array(x, dtype=float) if isinstance(x, list) else x for x in call[1:]]
    answer = getattr(main, call[0])(*arguments)
    assert answer['status'] == '0', (call, answer)
";

/// Has Montage 7 do some calls; whether it is installed (said on standard error).
fn montage7(calls: &[serde_json::Value]) -> bool {
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        skipped("there is no python3 to call Montage 7 with");
        return false;
    };
    let calls = serde_json::Value::from(calls.to_vec()).to_string();
    let mut input = python.stdin.take().unwrap();
    let _ = input.write_all(calls.as_bytes());
    drop(input);
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        skipped("MontagePy is not installed");
        return false;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    true
}

#[test]
fn subsets_and_coverage_are_those_of_montage_7() {
    let dir = tempfile::tempdir().unwrap();
    let inside = |name: String| dir.path().join(name);
    let mut dice = Dice(19);
    let mut calls = Vec::new();
    let mut cases = Vec::new();
    for (t, table) in tables(dir.path()).into_iter().enumerate() {
        for i in 0..3 {
            let (ra, dec) = near_an_image(&mut dice);
            let template = inside(format!("{t}.{i}.hdr"));
            let (step, angle) = (dice.roll(1e-4, 2e-3), dice.roll(0.0, 90.0));
            let text = format!(
                "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = 300\nNAXIS2  = 200\n\
                 CTYPE1  = 'RA---TAN'\nCTYPE2  = 'DEC--TAN'\nEQUINOX = 2000\n\
                 CRVAL1  = {ra:.9}\nCRVAL2  = {dec:.9}\nCRPIX1  = 150.5\nCRPIX2  = 100.5\n\
                 CDELT1  = -{step:.9}\nCDELT2  = {step:.9}\nCROTA2  = {angle:.6}\nEND\n"
            );
            std::fs::write(&template, text).unwrap();
            for fast in [false, true] {
                let output = inside(format!("{t}.{i}.{fast}.tbl"));
                let call = serde_json::json!(["mSubset", table, template, output, i32::from(fast)]);
                calls.push(call);
                cases.push((table.clone(), template.clone(), Some(fast), vec![], output));
            }
            let output = inside(format!("{t}.{i}.header.tbl"));
            calls.push(serde_json::json!([
                "mCoverageCheck",
                table,
                output,
                4,
                template,
                1,
                [0.0]
            ]));
            cases.push((table.clone(), template, None, vec![], output));
            let output = inside(format!("{t}.{i}.box.tbl"));
            let numbers = vec![ra, dec, 300.0 * step, 200.0 * step, angle];
            calls.push(serde_json::json!([
                "mCoverageCheck",
                table,
                output,
                1,
                "",
                5,
                numbers
            ]));
            cases.push((table.clone(), PathBuf::new(), None, numbers, output));
        }
    }
    if !montage7(&calls) {
        return;
    }
    let ours = inside("ours.tbl".into());
    let run = Run::new(2);
    let mut matches = 0;
    for (table, template, fast, numbers, theirs) in cases {
        match fast {
            Some(fast) => {
                let params = SubsetParams {
                    table: table.clone(),
                    template: template.clone(),
                    output: ours.clone(),
                    outline: Outline::from_quick(fast),
                    debug: 0,
                };
                let outcome = subset(&params, &run).unwrap();
                assert_eq!(outcome.count as usize, counters(&table).len());
                matches += outcome.nmatches;
            }
            None => {
                let shape = match numbers.is_empty() {
                    true => Shape::Header,
                    false => Shape::Box,
                };
                let params = CoverageCheckParams {
                    template: Some(template.clone()),
                    edge: Edge::Version7,
                    ..check(&table, &ours, shape, &numbers)
                };
                matches += coverage_check(&params, &run).unwrap().count;
            }
        }
        let found = std::fs::read_to_string(&ours).unwrap();
        let expected = std::fs::read_to_string(&theirs).unwrap();
        assert_eq!(found, expected, "{table:?} {template:?} {fast:?}");
    }
    assert!(matches > 12 || matches == 0, "{matches} matches");
}

/// A table of two images: all of the sky in CAR, and a degree at its reference point.
const ALL_SKY: &str = "\
| cntr | naxis1| naxis2| ctype1   | ctype2   | crpix1| crpix2| crval1| crval2| cdelt1 | cdelt2 | crota2| fname  |
| int  | int   | int   | char     | char     | double| double| double| double| double | double | double| char   |
     1     3600    1800 RA---CAR   DEC--CAR    1800.5   900.5      0.0     0.0     -0.1      0.1     0.0 sky.fits
     2      100     100 RA---TAN   DEC--TAN      50.5    50.5     30.0    88.0    -0.01     0.01     0.0 one.fits
     3        0       0                           0.0     0.0      0.0     0.0      0.0      0.0     0.0 none.fits
";

#[test]
fn images_of_all_the_sky_are_found_by_their_pixels() {
    let dir = tempfile::tempdir().unwrap();
    let (table, output) = (dir.path().join("in.tbl"), dir.path().join("out.tbl"));
    std::fs::write(&table, ALL_SKY).unwrap();
    let run = Run::new(1);
    let rows = |shape, numbers: &[f64]| {
        coverage_check(&check(&table, &output, shape, numbers), &run).unwrap();
        counters(&output)
    };
    assert_eq!(rows(Shape::Point, &[200.0, -80.0]), [1]);
    assert_eq!(rows(Shape::Circle, &[33.0, 89.0, 1.0]), [1, 2]);
    assert_eq!(rows(Shape::Box, &[30.0, 88.0, 0.1]), [1, 2]);
    assert_eq!(rows(Shape::Box, &[179.9, 0.0, 1.0]), [1]);
    let best = |ra, dec| {
        let params = BestImageParams {
            table: table.clone(),
            ra,
            dec,
            debug: 0,
        };
        best_image(&params, &run).unwrap().file
    };
    assert_eq!(best(30.0, 88.0), "sky.fits");
    for text in ["RA---TAN", "RA---CAR"] {
        let template = dir.path().join("region.hdr");
        let (dec, size, step) = match text {
            "RA---TAN" => (88.4, 20, 0.01),
            _ => (0.0, 360, 1.0),
        };
        let lat = text.replace("RA--", "DEC-");
        let header = format!(
            "SIMPLE = T\nBITPIX = -64\nNAXIS = 2\nNAXIS1 = {size}\nNAXIS2 = {size}\n\
             CTYPE1 = '{text}'\nCTYPE2 = '{lat}'\nCRPIX1 = {0}\nCRPIX2 = {0}\nCRVAL1 = 30\n\
             CRVAL2 = {dec}\nCDELT1 = -{step}\nCDELT2 = {step}\nEND\n",
            f64::from(size) / 2.0 + 0.5
        );
        std::fs::write(&template, header).unwrap();
        for fast in [false, true] {
            let params = SubsetParams {
                table: table.clone(),
                template: template.clone(),
                output: output.clone(),
                outline: Outline::from_quick(fast),
                debug: 0,
            };
            let outcome = subset(&params, &run).unwrap();
            assert_eq!((outcome.count, outcome.nmatches), (3, 2), "{text} {fast}");
        }
    }
}

#[test]
fn regions_that_are_none_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (table, output) = (dir.path().join("in.tbl"), dir.path().join("out.tbl"));
    std::fs::write(&table, ALL_SKY).unwrap();
    std::fs::write(&output, "earlier").unwrap();
    let nan = f64::NAN;
    let cases: [(Shape, &[f64], &str); 14] = [
        (Shape::Points, &[1.0, 2.0, 3.0, 4.0], "at least three"),
        (
            Shape::Points,
            &[0.0, 0.0, 1.0, 0.0, 2.0, 0.0],
            "bounding polygon",
        ),
        (
            Shape::Points,
            &[0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 7.0],
            "without a declination",
        ),
        (
            Shape::Points,
            &[0.0, 0.0, 1.0, 95.0, 2.0, 0.0],
            "declination of 95",
        ),
        (Shape::Box, &[], "Too few"),
        (Shape::Box, &[1.0, 2.0], "Too few"),
        (Shape::Box, &[1.0, 2.0, 0.0], "X box size (0)"),
        (Shape::Box, &[1.0, 2.0, 3.0, -1.0], "Y box size (-1)"),
        (Shape::Box, &[1.0, 2.0, nan], "finite"),
        (Shape::Box, &[1.0, 2.0, 1e5], "a box of"),
        (Shape::Circle, &[1.0], "Too few"),
        (Shape::Point, &[1.0, -91.0], "declination"),
        (Shape::Point, &[nan, 0.0], "finite"),
        (Shape::Header, &[], "hdrfile"),
    ];
    for (shape, numbers, word) in cases {
        let params = check(&table, &output, shape, numbers);
        let why = coverage_check(&params, &Run::new(1)).unwrap_err();
        let why = why.to_string();
        assert!(why.contains(word), "{shape:?} {numbers:?}: {why}");
    }
    // A row whose place makes no sense names itself.
    std::fs::write(&table, ALL_SKY.replace(" -0.01 ", "   x   ")).unwrap();
    let params = check(&table, &output, Shape::Point, &[1.0, 1.0]);
    let why = coverage_check(&params, &Run::new(1))
        .unwrap_err()
        .to_string();
    assert!(why.contains("row 2") && why.contains("in.tbl"), "{why}");
    assert_eq!(std::fs::read(&output).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}
