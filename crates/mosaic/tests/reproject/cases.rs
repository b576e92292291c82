//! Inputs of public reports (`../shared/data/cases`), each with its right answer.

use std::path::{Path, PathBuf};

use mosaic::run::Run;
use mosaic::task::coadd::{add, AddParams, Coadd};
use mosaic::task::image_table::{image_table, ImageTableParams};
use mosaic::task::reproject::{
    proj_exec, project, project_pp, Method, PlaneHeaders, ProjExecOutcome, ProjExecParams,
    ProjectParams,
};
use testing::shared_data;

use crate::support::{outputs, plain, Pixels};

fn case(name: &str) -> Option<PathBuf> {
    shared_data(&format!("cases/{name}"))
}

/// mProject or mProjectPP of an image of a case.
fn made(
    from: &Path,
    template: &Path,
    planes: bool,
    set: impl FnOnce(&mut ProjectParams),
) -> (Pixels, Pixels) {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.fits");
    let mut params = plain(from, &output, template);
    set(&mut params);
    match planes {
        true => project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap(),
        false => project(&params, &Run::new(2)).unwrap(),
    };
    outputs(dir.path(), "out")
}

/// The table of the images in a folder, as mImgtbl writes it.
fn table(dir: &Path, to: &Path) {
    let params = ImageTableParams {
        folder: dir.to_owned(),
        table: to.to_owned(),
        ..ImageTableParams::default()
    };
    image_table(&params, &Run::new(1)).unwrap();
}

#[test]
fn a_sip_image_with_its_edges_on_the_bounds_of_its_polynomials_is_projected() {
    let Some(dir) = case("mproject_sip_panic") else {
        return;
    };
    // Every pixel of x.fits is its own offset from the template's tangent point, in the template's pixels:
    // so is every pixel of the output, whose value is the mean of those of a few input pixels.
    for planes in [false, true] {
        let (image, areas) = made(&dir.join("x.fits"), &dir.join("t.hdr"), planes, |_| ());
        let whole = areas.values.iter().copied().fold(0.0, f64::max);
        let (mut compared, mut worst, mut sum) = (0, 0.0_f64, 0.0);
        for (i, value) in image.values.iter().enumerate() {
            if areas.values[i] > 0.999 * whole {
                let offset = image.real("CRPIX1") - (i % image.width + 1) as f64;
                compared += 1;
                worst = worst.max((value - offset).abs());
                sum += value - offset;
            }
        }
        let mean = sum / f64::from(compared);
        println!("{compared} pixels, worst {worst}, mean {mean}");
        assert!(compared > 10_000, "{compared}");
        // Half an input pixel at most, and nothing on average.
        assert!(worst < 0.5 && mean.abs() < 1e-3, "{worst} {mean}");
    }
    // All pixels are 1.
    for planes in [false, true] {
        let (image, areas) = made(
            &dir.join("sip2.fits"),
            &dir.join("sip2.hdr"),
            planes,
            |_| (),
        );
        let good: Vec<_> = image.values.iter().filter(|v| v.is_finite()).collect();
        assert!(good.iter().all(|v| (*v - 1.0).abs() < 1e-12));
        let nominal = (0.001931754875_f64.to_radians()).powi(2);
        let sum: f64 = areas.values.iter().sum::<f64>() / nominal;
        // 25,600 pixels of the same scale, but for the distortion.
        assert!((sum / 25_600.0 - 1.0).abs() < 0.02, "{sum}");
    }
}

#[test]
fn two_plain_tiles_on_one_grid_are_projected_to_mmakehdrs_own_template() {
    let Some(dir) = case("mprojexec_aligned_panic") else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let (list, stats) = (work.path().join("raw.tbl"), work.path().join("stats.tbl"));
    table(&dir, &list);
    for exact in [false, true] {
        let template = dir.join("t.hdr");
        let params = ProjExecParams {
            method: Method::of_version7(false, exact),
            stats: Some(&stats),
            ..ProjExecParams::new(&dir, &list, &template, work.path())
        };
        let expected = ProjExecOutcome {
            count: 2,
            failed: 0,
            nooverlap: 0,
        };
        assert_eq!(proj_exec(&params, &Run::new(2)).unwrap(), expected);
        assert_eq!(std::fs::read_to_string(&stats).unwrap().lines().count(), 2);
        // The template's pixels are 1e-9 degree from those of the tiles': the mean is kept.
        for name in ["a", "b"] {
            let before = Pixels::read(&dir.join(format!("{name}.fits")));
            let (image, areas) = outputs(work.path(), &format!("hdu0_{name}"));
            let weighed = image
                .values
                .iter()
                .zip(&areas.values)
                .filter(|(v, _)| v.is_finite());
            let (sum, all) = weighed.fold((0.0, 0.0), |s, (v, a)| (s.0 + v * a, s.1 + a));
            let mean = before.values.iter().sum::<f64>() / before.values.len() as f64;
            assert!(
                (sum / all / mean - 1.0).abs() < 1e-5,
                "{name}: {} {mean}",
                sum / all
            );
        }
    }
}

#[test]
fn a_coarse_map_fills_a_fine_template_inside_it() {
    let Some(dir) = case("coarse_to_fine") else {
        return;
    };
    for template in ["fine.hdr", "finer.hdr"] {
        for (planes, drizzle) in [(false, 1.0), (true, 1.0), (false, 1.5), (true, 1.5)] {
            let set = |p: &mut ProjectParams| p.options.drizzle = drizzle;
            let (image, areas) = made(&dir.join("coarse.fits"), &dir.join(template), planes, set);
            assert_eq!((image.width, image.height), (60, 60), "{template} {planes}");
            assert!(
                image.values.iter().all(|v| (v - 1.0).abs() < 1e-12),
                "{template} {planes}"
            );
            // Covered once, or by what the parts of side 1.5 cover.
            if drizzle == 1.0 {
                let (least, most) = areas.values.iter().fold((f64::INFINITY, 0.0), |(l, m), a| {
                    (f64::min(l, *a), f64::max(m, *a))
                });
                assert!(
                    most / least < 1.0 + 1e-4,
                    "{template} {planes}: {least} {most}"
                );
            }
        }
    }
}

/// The image of `aligned_blank_filled` on its template: 30 x 24 pixels, 9 of them blank.
fn check_aligned(before: &Pixels, (image, areas): &(Pixels, Pixels), what: &str) {
    assert_eq!((image.width, image.height), (30, 24), "{what}");
    for (i, (value, area)) in image.values.iter().zip(&areas.values).enumerate() {
        let (x, y) = (i % 30 + 1, i / 30 + 1);
        let blank = (7..=9).contains(&x) && (6..=8).contains(&y);
        assert_eq!(value.is_nan(), blank, "{what} {x} {y}");
        assert_eq!(*area == 0.0, blank, "{what} {x} {y}");
        assert!(blank || *value == before.values[i], "{what} {x} {y}");
    }
}

#[test]
fn blank_pixels_stay_blank_on_an_aligned_grid() {
    let Some(dir) = case("aligned_blank_filled") else {
        return;
    };
    let (input, template) = (dir.join("blank_i2.fits"), dir.join("t.hdr"));
    let before = Pixels::read(&input);
    for (planes, weight) in [(true, 1.0), (false, 1.0), (true, 1e12), (false, 1e-12)] {
        let set = |p: &mut ProjectParams| p.input.fixed_weight = weight;
        let done = made(&input, &template, planes, set);
        if weight == 1.0 {
            check_aligned(&before, &done, &format!("planes {planes}"));
        } else {
            let blank = done.0.values.iter().filter(|v| v.is_nan()).count();
            assert_eq!((done.0.values.len(), blank), (720, 9), "weight {weight}");
        }
        if planes && weight == 1.0 {
            // Overlaps of whole pixels, to the bit.
            let nominal = (0.001_f64.to_radians() * 0.001_f64.to_radians()).abs();
            let whole = done.1.values.iter().filter(|area| **area > 0.0);
            assert!(whole
                .into_iter()
                .all(|area| (area / nominal - 1.0).abs() < 1e-15));
        }
    }
    let work = tempfile::tempdir().unwrap();
    let (raw, projected) = (work.path().join("raw.tbl"), work.path().join("p"));
    std::fs::create_dir(&projected).unwrap();
    table(&dir, &raw);
    for exact in [false, true] {
        let params = ProjExecParams {
            method: Method::of_version7(false, exact),
            ..ProjExecParams::new(&dir, &raw, &template, &projected)
        };
        proj_exec(&params, &Run::new(2)).unwrap();
        check_aligned(
            &before,
            &outputs(&projected, "hdu0_blank_i2"),
            &format!("exact {exact}"),
        );
        let list = work.path().join("p.tbl");
        table(&projected, &list);
        for coadd in [Coadd::Mean, Coadd::Median] {
            let output = work.path().join("mosaic.fits");
            let params = AddParams {
                path: &projected,
                table: &list,
                template: &template,
                output: &output,
                shrink: true,
                no_areas: false,
                coadd,
                debug: 0,
            };
            add(&params, &Run::new(2)).unwrap();
            let mosaic = Pixels::read(&output);
            let good = mosaic.values.iter().filter(|v| v.is_finite()).count();
            assert_eq!(good, 711, "{coadd:?}");
        }
    }
}

#[test]
fn a_median_of_weighted_images_is_that_of_unweighted_ones() {
    let Some(dir) = case("weights_median_blank") else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let template = dir.join("t.hdr");
    let mut first: Option<Pixels> = None;
    for weight in [1.0, 0.3, 1e9, 1e-9] {
        for name in ["a.fits", "b.fits"] {
            let (input, output) = (dir.join(name), work.path().join(name));
            let mut params = plain(&input, &output, &template);
            params.input.fixed_weight = weight;
            project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
        }
        let (list, output) = (work.path().join("p.tbl"), work.path().join("m.fits"));
        for left in ["m.fits", "m_area.fits"] {
            let _ = std::fs::remove_file(work.path().join(left));
        }
        table(work.path(), &list);
        let params = AddParams {
            path: work.path(),
            table: &list,
            template: &template,
            output: &output,
            shrink: true,
            no_areas: false,
            coadd: Coadd::Median,
            debug: 0,
        };
        add(&params, &Run::new(2)).unwrap();
        let mosaic = Pixels::read(&output);
        let good: Vec<f64> = mosaic
            .values
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .collect();
        let sum: f64 = good.iter().sum();
        println!("weight {weight}: {} pixels, sum {sum}", good.len());
        // Montage 6.0 without weights has 790, MontagePy 2.3 with them 867.
        assert!(
            (790..=867).contains(&good.len()),
            "{weight}: {}",
            good.len()
        );
        assert!((sum - 3878.0).abs() < 1.0, "{weight}: {sum}");
        let first = first.get_or_insert(Pixels { ..mosaic });
        let again = Pixels::read(&output);
        assert_eq!(first.values.len(), again.values.len());
        for (a, b) in first.values.iter().zip(&again.values) {
            assert!(
                a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * a.abs(),
                "{a} {b}"
            );
        }
    }
}
