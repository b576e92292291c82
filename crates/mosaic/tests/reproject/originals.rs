//! Against the installed programs of Montage 6.0 on a real tile (2MASS, rotated SIN, with NaNs).

use std::path::Path;
use std::process::Command;

use mosaic::run::Run;
use mosaic::task::reproject::{project, project_pp, PlaneHeaders, ProjectParams};
use testing::original;

use crate::support::{outputs, plain, raw_tile, Pixels, Sky, EQUATORIAL};

pub const TILE: &str = "aK_asky_990502s1350092";
const ARCSEC: f64 = 1.0 / 3600.0;

/// Tangent, orthographic, and a turned tangent template of smaller and of larger pixels.
pub fn targets() -> [(&'static str, Sky); 4] {
    let around = |code, size, step| Sky::around(EQUATORIAL, code, (275.0, -16.2), size, step);
    let turned = |sky: Sky| Sky { turn: 33.0, ..sky };
    [
        ("TAN", around("TAN", (1400, 1800), ARCSEC)),
        ("SIN", around("SIN", (1400, 1800), ARCSEC)),
        ("0.7", turned(around("TAN", (4000, 4000), 0.7 * ARCSEC))),
        ("3", turned(around("TAN", (1000, 1000), 3.0 * ARCSEC))),
    ]
}

/// How far apart two reprojections of one image are.
struct Difference {
    /// Largest difference of values, in standard deviations of the image.
    value: f64,
    /// Largest difference of areas, as part of a whole pixel's.
    area: f64,
    /// Pixels blank in one of them only whose area is at least 1e-4 of a pixel.
    blanks: usize,
    /// Pixels at the border of the template, which are not compared, and how many of them have another
    /// area in ours, by more than 1e-6 of a pixel.
    border: [usize; 2],
}

/// Montage drops an input pixel that extends beyond the template, here it is cut: pixels this near to the edge
/// of the template differ.
const BORDER: f64 = 3.0;

fn difference(theirs: &(Pixels, Pixels), ours: &(Pixels, Pixels), template: &Sky) -> Difference {
    for key in ["CRVAL1", "CDELT2"] {
        assert_eq!(theirs.0.real(key), ours.0.real(key), "{key}");
        assert_eq!(theirs.1.real(key), ours.1.real(key), "{key} of the areas");
    }
    // Where our first pixel is in theirs: rows and columns at the border may be blank in theirs.
    let offset = |key: &str| {
        let offset = theirs.0.real(key) - ours.0.real(key);
        assert_eq!(offset, theirs.1.real(key) - ours.1.real(key), "{key}");
        offset as i64
    };
    let (left, bottom) = (offset("CRPIX1"), offset("CRPIX2"));
    let their_pixel = |i: usize| {
        let x = (i % ours.0.width) as i64 + left;
        let y = (i / ours.0.width) as i64 + bottom;
        let on =
            (0..theirs.0.width as i64).contains(&x) && (0..theirs.0.height as i64).contains(&y);
        on.then(|| y as usize * theirs.0.width + x as usize)
    };
    // All of theirs is in ours.
    assert!(left <= 0 && ours.0.width as i64 + left >= theirs.0.width as i64);
    assert!(bottom <= 0 && ours.0.height as i64 + bottom >= theirs.0.height as i64);
    let whole = ours.1.values.iter().copied().fold(0.0, f64::max);
    let deviation = theirs.0.deviation();
    let mut found = Difference {
        value: 0.0,
        area: 0.0,
        blanks: 0,
        border: [0; 2],
    };
    // Where the first pixel is on the template, with as many pixels more as `-X` has added.
    let added = ours.0.real("CRPIX1") - template.at.0;
    let expanded = added > 0.0;
    let first = (
        template.at.0 - ours.0.real("CRPIX1"),
        template.at.1 - ours.0.real("CRPIX2"),
    );
    for i in 0..ours.0.values.len() {
        let b = ours.0.values[i];
        let area_b = ours.1.values[i];
        let (a, area_a) = match their_pixel(i) {
            Some(i) => (theirs.0.values[i], theirs.1.values[i]),
            None => (f64::NAN, 0.0),
        };
        let x = first.0 + (i % ours.0.width) as f64;
        let y = first.1 + (i / ours.0.width) as f64;
        let inside = |x: f64, size: usize| x >= BORDER && x < size as f64 - BORDER;
        let within = inside(x, template.size.0) && inside(y, template.size.1);
        if !expanded && !within {
            found.border[0] += 1;
            let more = (area_b - area_a) / whole;
            found.border[1] += usize::from(more > 1e-6);
            // All that Montage counts counts here.
            assert!(
                more > -1e-6,
                "area {area_b:e}, {area_a:e} in theirs at {x}, {y}"
            );
            continue;
        }
        if a.is_nan() != b.is_nan() {
            found.blanks += usize::from(area_a.max(area_b) >= 1e-4 * whole);
            continue;
        }
        found.area = found.area.max((area_a - area_b).abs() / whole);
        if a.is_finite() {
            found.value = found.value.max((a - b).abs() / deviation);
        }
    }
    found
}

/// Runs an original with options; `None` where it is not installed.
pub fn run_original(
    name: &str,
    dir: &Path,
    options: &[&str],
    [input, output, template]: [&Path; 3],
) -> Option<(Pixels, Pixels)> {
    let program = original(name)?;
    let ran = Command::new(program)
        .current_dir(dir)
        .args(options)
        .args([input, output, template])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("stat=\"OK\""), "{options:?}: {said}");
    Some(outputs(dir, output.file_stem().unwrap().to_str().unwrap()))
}

#[test]
fn plane_to_plane_agrees_with_version_6() {
    let dir = tempfile::tempdir().unwrap();
    let Some(input) = raw_tile(dir.path(), TILE) else {
        return;
    };
    let template = dir.path().join("t.hdr");
    for (name, target) in targets() {
        target.write_template(&template);
        let files = [&*input, &*dir.path().join("theirs.fits"), &*template];
        let Some(theirs) = run_original("mProjectPP", dir.path(), &[], files) else {
            return;
        };
        let output = dir.path().join("ours.fits");
        let params = plain(&input, &output, &template);
        project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
        let found = difference(&theirs, &outputs(dir.path(), "ours"), &target);
        // Measured: at most 6e-7, 2e-9 and 0.
        assert_eq!(found.blanks, 0, "{name}");
        assert!(found.value < 1e-5, "{name}: values {:e}", found.value);
        assert!(found.area < 1e-6, "{name}: areas {:e}", found.area);
    }
}

/// The overlaps of mProject are those of mProjectPP where great circles are straight lines; the
/// areas are those on the sphere. Montage's own mProject is not the measure of it: its areas
/// (spherical excesses of pixels of 2e-11 steradian) carry errors of 4e-5, some of whole pixels.
#[test]
fn exact_values_are_those_of_planes_on_tangent_templates() {
    let dir = tempfile::tempdir().unwrap();
    let Some(input) = raw_tile(dir.path(), TILE) else {
        return;
    };
    let template = dir.path().join("t.hdr");
    for (name, target) in targets() {
        if target.names.2 != "TAN" {
            continue;
        }
        target.write_template(&template);
        let files = [&*input, &*dir.path().join("theirs.fits"), &*template];
        let Some(mut theirs) = run_original("mProjectPP", dir.path(), &[], files) else {
            return;
        };
        let output = dir.path().join("ours.fits");
        project(&plain(&input, &output, &template), &Run::new(2)).unwrap();
        let ours = outputs(dir.path(), "ours");
        // A pixel at a distance t from the tangent point has cos^3(atan t) of the plane's area.
        let (at_x, at_y) = (ours.0.real("CRPIX1"), ours.0.real("CRPIX2"));
        let step = target.step.1.to_radians();
        for (i, area) in theirs.1.values.iter_mut().enumerate() {
            let x = ((i % ours.1.width) as f64 + 1.0 - at_x) * step;
            let y = ((i / ours.1.width) as f64 + 1.0 - at_y) * step;
            *area *= (1.0 + x * x + y * y).powf(-1.5);
        }
        let found = difference(&theirs, &ours, &target);
        assert_eq!(found.blanks, 0, "{name}");
        assert!(found.value < 1e-5, "{name}: values {:e}", found.value);
        assert!(found.area < 1e-6, "{name}: areas {:e}", found.area);
    }
}

/// A case of the arguments: the options of the program, and the same for ours.
type Case = (&'static [&'static str], fn(&mut ProjectParams));

const CASES: [Case; 7] = [
    (&["-z", "0.7"], |p| p.options.drizzle = 0.7),
    (&["-z", "1.3"], |p| p.options.drizzle = 1.3),
    (&["-x", "2.5"], |p| p.input.flux_scale = 2.5),
    (&["-b", "20"], |p| p.input.border = "20"),
    (&["-b", "100,100,400,150,380,800,90,700"], |p| {
        p.input.border = "100,100,400,150,380,800,90,700";
    }),
    (&["-f"], |p| p.options.full_region = true),
    (&["-X"], |p| p.options.expand = true),
];

#[test]
fn every_option_does_what_it_does_in_version_6() {
    let dir = tempfile::tempdir().unwrap();
    let Some(input) = raw_tile(dir.path(), TILE) else {
        return;
    };
    let template = dir.path().join("t.hdr");
    // A template that cuts the tile.
    let target = Sky {
        turn: 33.0,
        ..Sky::around(EQUATORIAL, "TAN", (275.05, -16.08), (700, 600), ARCSEC)
    };
    target.write_template(&template);
    for (options, set) in CASES {
        let files = [&*input, &*dir.path().join("theirs.fits"), &*template];
        let Some(theirs) = run_original("mProjectPP", dir.path(), options, files) else {
            return;
        };
        let output = dir.path().join("ours.fits");
        let mut params = plain(&input, &output, &template);
        set(&mut params);
        project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
        let found = difference(&theirs, &outputs(dir.path(), "ours"), &target);
        println!("{options:?}: at the border {:?}", found.border);
        assert_eq!(found.blanks, 0, "{options:?}");
        assert!(found.value < 1e-5, "{options:?}: values {:e}", found.value);
        assert!(found.area < 1e-6, "{options:?}: areas {:e}", found.area);
    }
}

#[test]
fn weights_and_energies_are_those_of_version_6() {
    let dir = tempfile::tempdir().unwrap();
    let Some(input) = raw_tile(dir.path(), TILE) else {
        return;
    };
    let template = dir.path().join("t.hdr");
    let target = Sky::around(EQUATORIAL, "TAN", (275.0, -16.2), (1400, 1800), ARCSEC);
    target.write_template(&template);
    let image = Pixels::read(&input);
    let weights = dir.path().join("weights.fits");
    let values: Vec<f64> = (0..image.values.len())
        .map(|i| 0.2 + ((i * 7919) % 100) as f64 / 100.0)
        .collect();
    fits::write_image(&weights, &image.header, &values).unwrap();
    let weight_text = weights.to_str().unwrap();
    let cases: [(&[&str], bool); 2] = [
        (&["-w", weight_text, "-t", "0.4", "-W", "3"], false),
        (&["-w", weight_text, "-e"], true),
    ];
    for (options, energy) in cases {
        let files = [&*input, &*dir.path().join("theirs.fits"), &*template];
        let Some(theirs) = run_original("mProjectPP", dir.path(), options, files) else {
            return;
        };
        let output = dir.path().join("ours.fits");
        let mut params = plain(&input, &output, &template);
        params.input.weight_file = Some(&weights);
        params.options.energy_mode = energy;
        if !energy {
            params.input.threshold = 0.4;
            params.input.fixed_weight = 3.0;
        }
        project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
        let found = difference(&theirs, &outputs(dir.path(), "ours"), &target);
        println!("{options:?}: at the border {:?}", found.border);
        assert_eq!(found.blanks, 0, "{options:?}");
        assert!(found.value < 1e-5, "{options:?}: values {:e}", found.value);
        assert!(found.area < 1e-6, "{options:?}: areas {:e}", found.area);
    }
}
