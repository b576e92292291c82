//! At the borders of a template input pixels are cut, not dropped: against polygons clipped one by
//! one, with the corners of pixels from the sky.

use mosaic::run::Run;
use mosaic::task::reproject::{project, project_pp, PlaneHeaders};
use sky::{Map, PixelMap};

use crate::support::{outputs, plain, Pixels, Sky, EQUATORIAL};

type Point = (f64, f64);

/// The area that a convex polygon and the unit square at (x, y) share (Sutherland & Hodgman 1974).
fn shared(polygon: &[Point], x: f64, y: f64) -> f64 {
    let mut shape = polygon.to_vec();
    for (nx, ny, least) in [
        (1.0, 0.0, x),
        (-1.0, 0.0, -x - 1.0),
        (0.0, 1.0, y),
        (0.0, -1.0, -y - 1.0),
    ] {
        let depth = |p: Point| p.0 * nx + p.1 * ny - least;
        let mut next = Vec::new();
        for (i, &q) in shape.iter().enumerate() {
            let p = shape[(i + shape.len() - 1) % shape.len()];
            let (dp, dq) = (depth(p), depth(q));
            if (dp < 0.0) != (dq < 0.0) {
                let t = dp / (dp - dq);
                next.push((p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1)));
            }
            if dq >= 0.0 {
                next.push(q);
            }
        }
        shape = next;
    }
    let count = shape.len();
    let twice = (0..count).map(|i| {
        let (p, q) = (shape[i], shape[(i + 1) % count]);
        (p.0 - x) * (q.1 - y) - (q.0 - x) * (p.1 - y)
    });
    0.5 * twice.sum::<f64>().abs()
}

/// Sums of value x overlap and of overlap for every pixel of `to`, and of the part of the energy of the
/// pixels of `from`.
fn truth(from: &Sky, to: &Sky, drizzle: f64, value: impl Fn(f64, f64) -> f64) -> Vec<[f64; 3]> {
    let map = PixelMap::new(&from.wcs(), &to.wcs());
    let mut sums = vec![[0.0; 3]; to.size.0 * to.size.1];
    let half = 0.5 * drizzle;
    for j in 1..=from.size.1 {
        for i in 1..=from.size.0 {
            let (x, y) = (i as f64, j as f64);
            let corners =
                [(-half, -half), (half, -half), (half, half), (-half, half)].map(|(dx, dy)| {
                    let (u, v) = map.at(x + dx, y + dy).unwrap();
                    (u - 0.5, v - 0.5)
                });
            let twice = (0..4).map(|k| {
                let (p, q) = (corners[k], corners[(k + 1) % 4]);
                (p.0 - corners[0].0) * (q.1 - corners[0].1)
                    - (q.0 - corners[0].0) * (p.1 - corners[0].1)
            });
            let whole = 0.5 * twice.sum::<f64>().abs();
            let range = |of: fn(&Point) -> f64, size: usize| {
                let low = corners.iter().map(of).fold(f64::INFINITY, f64::min);
                let high = corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
                low.max(0.0) as usize..(high.max(0.0).ceil() as usize).min(size)
            };
            for row in range(|p| p.1, to.size.1) {
                for column in range(|p| p.0, to.size.0) {
                    let overlap = shared(&corners, column as f64, row as f64);
                    let sum = &mut sums[row * to.size.0 + column];
                    sum[0] += value(x, y) * overlap;
                    sum[1] += overlap;
                    sum[2] += value(x, y) * overlap / whole;
                }
            }
        }
    }
    sums
}

fn value(x: f64, y: f64) -> f64 {
    10.0 + (0.3 * x).sin() * 3.0 + 0.1 * y
}

/// Images whose pixels are as large as those of the template, smaller, and larger up to more than all of it,
/// turned and not.
fn pairs() -> Vec<(Sky, Sky)> {
    let centre = (150.0, 32.0);
    let mut pairs = Vec::new();
    for (ratio, turn) in [
        (1.0, 33.0),
        (1.0, 0.0),
        (0.4, 70.0),
        (3.7, -20.0),
        (3.7, 90.0),
        (25.0, 12.0),
        (25.0, 0.0),
        (90.0, 45.0),
    ] {
        let step = 0.001;
        let to = Sky {
            at: (17.3, 12.8),
            ..Sky::around(EQUATORIAL, "TAN", (150.0007, 31.9995), (30, 24), step)
        };
        let size = ((60.0 / ratio) as usize + 4, (50.0 / ratio) as usize + 4);
        let from = Sky {
            turn,
            ..Sky::around(EQUATORIAL, "TAN", centre, size, step * ratio)
        };
        pairs.push((from, to));
    }
    pairs
}

#[test]
fn pixels_are_right_to_the_edge_of_the_template() {
    let dir = tempfile::tempdir().unwrap();
    let [input, output, template] =
        ["in.fits", "out.fits", "t.hdr"].map(|name| dir.path().join(name));
    for (from, to) in pairs() {
        from.write(&input, value);
        to.write_template(&template);
        for drizzle in [1.0, 0.6, 1.3] {
            let truth = truth(&from, &to, drizzle, value);
            for (planes, energy) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut params = plain(&input, &output, &template);
                (
                    params.options.drizzle,
                    params.options.energy_mode,
                    params.options.full_region,
                ) = (drizzle, energy, true);
                let run = Run::new(2);
                let done = match planes {
                    true => project_pp(&params, &PlaneHeaders::default(), &run),
                    false => project(&params, &run),
                };
                // A template in a gap between the parts of pixels.
                if truth.iter().all(|sums| sums[1] == 0.0) {
                    assert!(done.is_err());
                    continue;
                }
                done.unwrap();
                let (image, areas) = outputs(dir.path(), "out");
                let what = format!("{from:?} drizzle {drizzle} planes {planes} energy {energy}");
                compare(
                    (&image, &areas),
                    (&from, &to),
                    &truth,
                    (planes, energy),
                    &what,
                );
            }
        }
    }
}

fn compare(
    (image, areas): (&Pixels, &Pixels),
    (from, to): (&Sky, &Sky),
    truth: &[[f64; 3]],
    (planes, energy): (bool, bool),
    what: &str,
) {
    let nominal = to.step.1.to_radians().powi(2);
    // mProjectPP shares out energies by nominal areas, as Montage does.
    let ratio = (to.step.1 / from.step.1).powi(2);
    for (i, [flux, overlap, part]) in truth.iter().copied().enumerate() {
        let (x, y) = (i % to.size.0, i / to.size.0);
        let (value, area) = (image.values[i], areas.values[i]);
        if overlap < 1e-7 {
            assert!(area < 2e-7 * nominal, "{what} at {x}, {y}: {area:e}");
            continue;
        }
        // On the sky a pixel is smaller by up to the square of its distance, in radians.
        assert!(
            (area / nominal - overlap).abs() < 1e-6 + 1e-5 * f64::from(u8::from(!planes)),
            "{what} at {x}, {y}: area {}, {overlap}",
            area / nominal
        );
        if overlap > 1e-4 {
            let expected = match (energy, planes) {
                (false, _) => flux / overlap,
                (true, false) => part,
                (true, true) => flux * ratio,
            };
            assert!(
                (value - expected).abs() < 1e-5 * expected.abs().max(1e-3),
                "{what} at {x}, {y}: {value}, {expected}"
            );
        }
    }
}

/// On the sphere, with sides that are not straight on the output: a map of pixels of 8 degrees on templates
/// that one of them covers, or nearly.
#[test]
fn a_pixel_larger_than_the_template_fills_it_whatever_the_projection() {
    let dir = tempfile::tempdir().unwrap();
    let [input, output, template] =
        ["in.fits", "out.fits", "t.hdr"].map(|name| dir.path().join(name));
    for from in ["CAR", "AIT", "HPX", "TAN"] {
        let size = if from == "TAN" { (9, 9) } else { (45, 22) };
        let from = Sky {
            turn: if from == "HPX" { 45.0 } else { 0.0 },
            ..Sky::around(EQUATORIAL, from, (0.0, 0.0), size, 8.0)
        };
        from.write(&input, |_, _| 3.0);
        for to in ["TAN", "SIN", "CAR", "AIT", "ZEA"] {
            for (centre, step) in [
                ((10.3, 3.7), 0.01),
                ((4.2, 8.1), 0.05),
                ((10.0, -11.0), 0.2),
            ] {
                let size = (40, 30);
                let to = match to {
                    "CAR" | "AIT" => Sky {
                        centre: (centre.0, 0.0),
                        at: (20.5, 15.5 - centre.1 / step),
                        ..Sky::around(EQUATORIAL, to, centre, size, step)
                    },
                    _ => Sky::around(EQUATORIAL, to, centre, size, step),
                };
                to.write_template(&template);
                project(&plain(&input, &output, &template), &Run::new(2)).unwrap();
                let (image, areas) = outputs(dir.path(), "out");
                let what = format!("{from:?} to {to:?}");
                assert_eq!((image.width, image.height), size, "{what}");
                assert!(
                    image.values.iter().all(|v| (v - 3.0).abs() < 1e-9),
                    "{what}"
                );
                // Every pixel is covered once.
                let map = PixelMap::new(&to.wcs(), &to.wcs());
                for (i, area) in areas.values.iter().enumerate() {
                    let (x, y) = ((i % 40 + 1) as f64, (i / 40 + 1) as f64);
                    let whole = map.solid_angle(x, y).unwrap();
                    assert!(
                        (area / whole - 1.0).abs() < 1e-5,
                        "{what} at {x}, {y}: {}",
                        area / whole
                    );
                }
            }
        }
    }
}

/// Pixels so large that no polynomial meets the map on eight of them: mProjectPP shares them out in the plane
/// as it does all others. Montage 6.0's areas of the first of these are those here to 1e-8 pixel; overlaps on
/// the sphere differ from them by 2.6e-4.
#[test]
fn mproject_pp_shares_out_coarse_pixels_in_the_plane_too() {
    let dir = tempfile::tempdir().unwrap();
    let [input, output, template] =
        ["in.fits", "out.fits", "t.hdr"].map(|name| dir.path().join(name));
    for (from, to, centre) in [
        ("TAN", "SIN", (0.0, -45.0)),
        ("SIN", "TAN", (180.0, 0.0)),
        ("ZEA", "TAN", (164.4, 88.0)),
        ("STG", "ARC", (270.7, -89.9)),
    ] {
        let from = Sky {
            turn: 45.0,
            ..Sky::around(EQUATORIAL, from, centre, (30, 26), 0.93)
        };
        let to = Sky::around(EQUATORIAL, to, centre, (50, 44), 0.7);
        from.write(&input, value);
        to.write_template(&template);
        for drizzle in [1.0, 0.3, 1.4] {
            let truth = truth(&from, &to, drizzle, value);
            let mut params = plain(&input, &output, &template);
            (params.options.drizzle, params.options.full_region) = (drizzle, true);
            project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
            let (image, areas) = outputs(dir.path(), "out");
            let what = format!("{from:?} to {to:?} drizzle {drizzle}");
            let images = (&image, &areas);
            compare(images, (&from, &to), &truth, (true, false), &what);
        }
    }
}

/// A map of the whole sky has pixels with corners that a tangent plane does not hold: they go by the sphere or
/// are left out, and the others fill a template to the last digits, which overlaps on the sphere do not at
/// the pole of the map.
#[test]
fn mproject_pp_of_the_whole_sky_covers_a_template_once() {
    let dir = tempfile::tempdir().unwrap();
    let [input, output, template] =
        ["in.fits", "out.fits", "t.hdr"].map(|name| dir.path().join(name));
    let from = Sky::around(EQUATORIAL, "ARC", (0.0, 90.0), (36, 36), 10.0);
    from.write(&input, |_, _| 3.0);
    for to in ["TAN", "SIN", "ARC", "ZEA", "STG"] {
        for centre in [(0.0, 90.0), (77.0, 40.0), (33.0, -20.0)] {
            let to = Sky::around(EQUATORIAL, to, centre, (20, 18), 7.0);
            to.write_template(&template);
            let params = plain(&input, &output, &template);
            project_pp(&params, &PlaneHeaders::default(), &Run::new(2)).unwrap();
            let (image, areas) = outputs(dir.path(), "out");
            let what = format!("{to:?}");
            let seen = image.values.iter().filter(|v| v.is_finite());
            assert!(seen.clone().count() > 200, "{what}");
            assert!(seen.into_iter().all(|v| (v - 3.0).abs() < 1e-12), "{what}");
            // SIN holds half the sky, and the farthest template reaches the rim of the map, whose pixels
            // have no sky.
            if to.names.2 == "SIN" || centre.1 < 0.0 && to.names.2 != "TAN" {
                continue;
            }
            let nominal = to.step.1.to_radians().powi(2);
            for area in &areas.values {
                assert!((area / nominal - 1.0).abs() < 1e-12, "{what}: {area:e}");
            }
        }
    }
}
