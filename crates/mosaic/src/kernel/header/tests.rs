use super::hull::hull;
use super::*;

/// A rectangle of positions about a centre: `width` and `height` in degrees on its tangent plane,
/// turned by `angle`, with points along and inside its sides.
fn rectangle(center: (f64, f64), width: f64, height: f64, angle: f64) -> Vec<(f64, f64)> {
    let steps = [-1.0, -0.4, 0.3, 1.0];
    let mut points = Vec::new();
    for u in steps {
        for v in steps {
            let (x, y) = (0.5 * width * u, 0.5 * height * v);
            let (sin, cos) = angle.to_radians().sin_cos();
            points.push(from_plane(center, x * cos - y * sin, x * sin + y * cos));
        }
    }
    points
}

/// The position at (x, y) degrees east and north on the tangent plane of `center`.
fn from_plane(center: (f64, f64), x: f64, y: f64) -> (f64, f64) {
    let (sa, ca) = center.0.to_radians().sin_cos();
    let (sd, cd) = center.1.to_radians().sin_cos();
    let (x, y) = (x.to_radians(), y.to_radians());
    let v = [
        ca * cd - x * sa - y * ca * sd,
        sa * cd + x * ca - y * sa * sd,
        sd + y * cd,
    ];
    let lon = v[1].atan2(v[0]).to_degrees().rem_euclid(360.0);
    (lon, v[2].atan2(v[0].hypot(v[1])).to_degrees())
}

/// Positions on the tangent plane of a box, in degrees along its width and height.
fn on_plane(found: &SkyBox, (lon, lat): (f64, f64)) -> (f64, f64) {
    let da = (lon - found.center.0).to_radians();
    let ((sd, cd), (s0, c0)) = (
        lat.to_radians().sin_cos(),
        found.center.1.to_radians().sin_cos(),
    );
    let down = sd * s0 + cd * c0 * da.cos();
    let x = (cd * da.sin() / down).to_degrees();
    let y = ((sd * c0 - cd * s0 * da.cos()) / down).to_degrees();
    let (sin, cos) = found.angle.to_radians().sin_cos();
    (x * cos + y * sin, y * cos - x * sin)
}

fn holds(found: &SkyBox, points: &[(f64, f64)]) -> bool {
    points.iter().all(|&p| {
        let (x, y) = on_plane(found, p);
        2.0 * x.abs() <= found.size[0] + 1e-6 && 2.0 * y.abs() <= found.size[1] + 1e-6
    })
}

const CENTERS: [(f64, f64); 9] = [
    (120.0, 30.0),
    (0.0, 0.0),
    (359.9, -45.0),
    (0.05, 60.0),
    (10.0, 88.0),
    (200.0, 89.7),
    (77.0, -89.95),
    (0.0, 90.0),
    (45.0, -90.0),
];

#[test]
fn a_rectangle_is_found_again() {
    for center in CENTERS {
        for angle in [0.0, 20.0, -33.0, 44.0, 90.0, 71.0] {
            let points = rectangle(center, 1.2, 0.8, angle);
            let found = smallest_box(&points).unwrap().unwrap();
            let area = found.size[0] * found.size[1];
            // The box of a tangent plane about a slightly other centre is not quite the same.
            assert!(
                (area / (1.2 * 0.8) - 1.0).abs() < 1e-3,
                "{center:?} {angle} {found:?}"
            );
            assert!(holds(&found, &points), "{center:?} {angle} {found:?}");
            let turned = (found.angle - 360.0).abs().min(found.angle);
            assert!(turned <= 45.0 && found.angle > 0.0, "{found:?}");
        }
    }
}

#[test]
fn an_upright_box_holds_all() {
    for center in CENTERS {
        for angle in [0.0, 20.0, 71.0] {
            let points = rectangle(center, 1.2, 0.8, angle);
            let found = upright_box(&points).unwrap().unwrap();
            assert_eq!(found.angle, 0.0);
            assert!(holds(&found, &points), "{center:?} {angle} {found:?}");
            let most = 1.2f64.hypot(0.8) * 1.1;
            assert!(
                found.size[0] < most && found.size[1] < most,
                "{center:?} {angle} {found:?}"
            );
        }
    }
}

#[test]
fn the_order_of_the_positions_does_not_matter() {
    let points = rectangle((50.0, 20.0), 2.0, 1.0, 10.0);
    let found = smallest_box(&points).unwrap().unwrap();
    let mut turned = points.clone();
    for _ in 1..points.len() {
        turned.rotate_left(1);
        let again = smallest_box(&turned).unwrap().unwrap();
        assert!((again.size[0] - found.size[0]).abs() < 1e-9);
        assert!((again.center.0 - found.center.0).abs() < 1e-9);
    }
}

#[test]
fn positions_on_one_bearing_keep_the_furthest() {
    // Montage keeps the nearest, and its box is then 8052 x 3222 seconds of arc, without (0, 0).
    let points = [(0.0, 0.0), (1.0, 0.0), (3.0, 0.0), (1.0, 1.0)];
    let found = smallest_box(&points).unwrap().unwrap();
    assert!(holds(&found, &points));
    assert!((found.size[0] - 3.0).abs() < 2e-3, "{found:?}");
    assert_eq!(hull(&points).unwrap().unwrap().len(), 3);
}

#[test]
fn what_spans_no_area_has_no_hull() {
    let same = [(10.0, 5.0); 6];
    assert_eq!(smallest_box(&same).unwrap(), None);
    assert_eq!(upright_box(&same).unwrap(), None);
    assert_eq!(smallest_box(&[(1.0, 1.0), (2.0, 2.0)]).unwrap(), None);
    assert_eq!(smallest_box(&[]).unwrap(), None);
    // A line has a box without height.
    let line: Vec<_> = (0..5)
        .map(|i| from_plane((80.0, 40.0), 0.2 * f64::from(i), 0.1 * f64::from(i)))
        .collect();
    if let Some(found) = smallest_box(&line).unwrap() {
        assert!(holds(&found, &line), "{found:?}");
        let short = found.size[0].min(found.size[1]);
        assert!(short < 1e-6, "{found:?}");
    }
}

#[test]
fn large_is_a_radian_or_so() {
    assert!(!is_very_large(&[(0.0, 0.0), (50.0, 0.0)]));
    assert!(is_very_large(&[(0.0, 0.0), (90.1, 0.0)]));
    assert!(is_very_large(&[(0.0, -40.0), (0.0, 40.0)]));
    assert!(!is_very_large(&[]));
}
