//! Across right ascension 0, over a pole, near it, and on maps of the whole sky: against a plain
//! sampling of the output pixels.

use sky::{Conversion, Frame, Map, PixelMap, Wcs};

use crate::support::{reproject, Pixels, Sky, EQUATORIAL, GALACTIC};

/// A sky with structure on scales of tens of degrees.
fn brightness(lon: f64, lat: f64) -> f64 {
    let (l, b) = (lon.to_radians(), lat.to_radians());
    10.0 + 3.0 * (2.0 * l).sin() * b.cos().powi(2) + 2.0 * (3.0 * b).sin() + l.cos() * b.cos()
}

/// Right ascension and declination of a pixel.
fn position(wcs: &Wcs, x: f64, y: f64) -> Option<(f64, f64)> {
    let (lon, lat) = wcs.pixel_to_sky(x, y)?;
    let to = Conversion::new(&wcs.frame(), &Frame::Icrs);
    Some(to.apply(lon, lat))
}

/// Reprojects `from` filled with the sky to `to` and compares pixels with the mean of `SAMPLES`
/// squared values of the input pixels that their samples lie in, where all lie on the input.
/// Answers the part of the pixels wholly on the input that have a value.
fn compare(from: &Sky, to: &Sky, tolerance: f64) -> f64 {
    const SAMPLES: usize = 6;
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("input.fits");
    let wcs = from.wcs();
    from.write(&input, |x, y| {
        position(&wcs, x, y).map_or(f64::NAN, |(lon, lat)| brightness(lon, lat))
    });
    let before = Pixels::read(&input);
    let (image, areas) = reproject(dir.path(), &input, to);
    let target = Wcs::new(&image.header).unwrap();
    let back = PixelMap::new(&target, &wcs);
    let offset = |k: usize| (k as f64 + 0.5) / SAMPLES as f64 - 0.5;
    let (mut whole, mut there) = (0, 0);
    for row in 0..image.height {
        for column in 0..image.width {
            let (x, y) = (column as f64 + 1.0, row as f64 + 1.0);
            let (mut sum, mut weight, mut inside) = (0.0, 0.0, 0);
            for k in 0..SAMPLES * SAMPLES {
                let (u, v) = (x + offset(k % SAMPLES), y + offset(k / SAMPLES));
                let (Some((s, t)), Some(size)) = (back.at(u, v), local_size(&target, u, v)) else {
                    continue;
                };
                let (s, t) = ((s - 0.5).floor(), (t - 0.5).floor());
                if (0.0..from.size.0 as f64).contains(&s) && (0.0..from.size.1 as f64).contains(&t)
                {
                    let value = before.values[t as usize * before.width + s as usize];
                    if value.is_finite() {
                        sum += size * value;
                        weight += size;
                        inside += 1;
                    }
                }
            }
            if inside < SAMPLES * SAMPLES {
                continue;
            }
            whole += 1;
            let at = row * image.width + column;
            if areas.values[at] > 0.0 {
                there += 1;
                let off = image.values[at] - sum / weight;
                assert!(off.abs() < tolerance, "{to:?} at {x}, {y}: {off}");
            }
        }
    }
    assert!(whole > 200, "{to:?}: only {whole} pixels to compare");
    f64::from(there) / f64::from(whole)
}

/// The solid angle at a position, up to a factor: the area of a small triangle.
fn local_size(wcs: &Wcs, x: f64, y: f64) -> Option<f64> {
    let unit = |x: f64, y: f64| {
        let (lon, lat) = wcs.pixel_to_sky(x, y)?;
        let (sl, cl) = lon.to_radians().sin_cos();
        let (sb, cb) = lat.to_radians().sin_cos();
        Some([cb * cl, cb * sl, sb])
    };
    let (a, b, c) = (unit(x, y)?, unit(x + 1e-4, y)?, unit(x, y + 1e-4)?);
    let p = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    let q = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
    let n = [
        p[1] * q[2] - p[2] * q[1],
        p[2] * q[0] - p[0] * q[2],
        p[0] * q[1] - p[1] * q[0],
    ];
    Some((n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt())
}

/// All of the sky in pixels of 3 degrees, centred on a right ascension.
fn whole_sky(centre: f64) -> Sky {
    Sky::around(EQUATORIAL, "CAR", (centre, 0.0), (120, 60), 3.0)
}

#[test]
fn across_right_ascension_0() {
    let from = Sky {
        turn: 20.0,
        ..Sky::around(EQUATORIAL, "TAN", (0.1, 10.0), (90, 90), 0.05)
    };
    let to = Sky {
        at: (70.5, -180.0),
        ..Sky::around(EQUATORIAL, "CAR", (359.8, 0.0), (140, 140), 0.05)
    };
    assert!(compare(&from, &to, 4e-3) > 0.999);
    // A map whose own seam is there.
    let seam = Sky {
        at: (3600.5, 1800.5),
        ..Sky::around(EQUATORIAL, "CAR", (180.0, 0.0), (7200, 3600), 0.05)
    };
    let seam = Sky {
        size: (7200, 2100),
        ..seam
    };
    assert!(compare(&from, &seam, 4e-3) > 0.99);
}

#[test]
fn over_a_pole_and_near_it() {
    let tan = |centre| Sky {
        turn: -25.0,
        ..Sky::around(EQUATORIAL, "TAN", centre, (80, 80), 0.05)
    };
    let car = Sky::around(EQUATORIAL, "CAR", (0.0, 0.0), (720, 360), 0.5);
    let zea = Sky::around(EQUATORIAL, "ZEA", (90.0, 90.0), (150, 150), 0.05);
    for centre in [(50.0, 89.5), (200.0, 88.0), (10.0, -89.2)] {
        assert!(compare(&tan(centre), &car, 4e-3) > 0.99);
    }
    assert!(compare(&tan((50.0, 89.5)), &zea, 4e-3) > 0.999);
    assert!(compare(&tan((200.0, 88.0)), &zea, 4e-3) > 0.999);
}

#[test]
fn maps_of_the_whole_sky() {
    let around = |names, code, size, step| Sky::around(names, code, (0.0, 0.0), size, step);
    let hpx = Sky {
        turn: 45.0,
        ..around(EQUATORIAL, "HPX", (172, 172), 2.6)
    };
    for centre in [0.0, 180.0, 77.0] {
        let from = whole_sky(centre);
        // Steps of 3 degrees in the input are what samples differ by at most.
        assert!(compare(&from, &around(EQUATORIAL, "AIT", (140, 72), 2.5), 0.2) > 0.98);
        assert!(compare(&from, &around(GALACTIC, "AIT", (140, 72), 2.5), 0.2) > 0.98);
        assert!(compare(&from, &hpx, 0.2) > 0.98);
    }
    let turned = Sky {
        at: (-59.5, 30.5),
        ..whole_sky(0.0)
    };
    assert!(compare(&whole_sky(0.0), &turned, 1e-9) > 0.999);
}

#[test]
fn the_pixels_of_a_whole_sky_add_up_to_the_sphere() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("input.fits");
    let from = whole_sky(0.0);
    from.write(&input, |_, _| 1.0);
    let to = Sky::around(EQUATORIAL, "CAR", (0.0, 0.0), (180, 90), 2.0);
    let (_, areas) = reproject(dir.path(), &input, &to);
    let sum: f64 = areas.values.iter().sum();
    assert!(
        (sum / (4.0 * std::f64::consts::PI) - 1.0).abs() < 1e-8,
        "{sum}"
    );
}
