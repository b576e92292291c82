//! The convex hull of positions on the sphere.

use std::cmp::Ordering;

use super::{add, length, unit, Point, SAME};
use crate::error::{Error, Result};
use sky::direction::{cross, dot, Direction};

/// The corners of the hull of `points` (degrees) by Graham's scan on the sphere, as in Montage;
/// `None` for fewer than three different positions. Where many positions lie on one line but for
/// rounding, a corner may be lost: see [`safe_hull`].
///
/// They begin with the last corner in the order of the scan, which begins at the point furthest
/// from the middle of all.
///
/// # Errors
/// When memory is out.
pub(super) fn hull(points: &[(f64, f64)]) -> Result<Option<Vec<Point>>> {
    if points.len() < 3 {
        return Ok(None);
    }
    let mut points = memory::collect(points.iter().copied().map(Point::new))?;
    let centroid = unit(points.iter().fold([0.0; 3], |sum, p| add(sum, p.v)));
    let mut furthest = (0, 1.0);
    for (i, point) in points.iter().enumerate() {
        let cosine = dot(point.v, centroid);
        if cosine < furthest.1 {
            furthest = (i, cosine);
        }
    }
    points.swap(0, furthest.0);
    let corner = points[0];

    let sorted = around(corner, centroid, &points[1..])?;
    let mut corners = vec![corner];
    for point in sorted {
        while let [.., before, last] = corners[..] {
            if turns_left(before.v, last.v, point.v) {
                break;
            }
            corners.pop();
        }
        memory::push(&mut corners, point)?;
    }
    corners.reverse();
    Ok((corners.len() > 2).then_some(corners))
}

/// The points by their bearing from `corner`, those on it left out, and of several in exactly the
/// same bearing the furthest only.
fn around(corner: Point, centroid: Direction, points: &[Point]) -> Result<Vec<Point>> {
    let reference = unit(cross(corner.v, centroid));
    let bearing = |point: &Point| {
        let turned = cross(reference, unit(cross(corner.v, point.v)));
        let sine = length(turned);
        let left = dot(corner.v, turned) >= 0.0;
        if left {
            sine
        } else {
            -sine
        }
    };
    let elsewhere = |point: &Point| (0..3).any(|i| (point.v[i] - corner.v[i]).abs() >= SAME);
    let mut sorted = memory::room(points.len())?;
    let others = points.iter().enumerate().filter(|(_, p)| elsewhere(p));
    sorted.extend(others.map(|(i, point)| (bearing(point), i)));
    // By their places at last: of points in the same place the last is kept.
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<(f64, Point)> = memory::room(sorted.len())?;
    for (bearing, i) in sorted {
        let point = points[i];
        match kept.last_mut() {
            // -0 and 0 are the same bearing.
            Some(last) if last.0 == bearing => {
                if dot(point.v, corner.v) - dot(last.1.v, corner.v) <= SAME {
                    *last = (bearing, point);
                }
            }
            _ => kept.push((bearing, point)),
        }
    }
    Ok(memory::collect(kept.into_iter().map(|(_, point)| point))?)
}

/// Whether the way a, b, c goes straight on or turns left at b.
fn turns_left(a: Direction, b: Direction, c: Direction) -> bool {
    let (first, second) = (unit(cross(a, b)), unit(cross(b, c)));
    let right = dot(b, unit(cross(second, first)));
    // As in the original, what is no right turn for sure counts as left.
    right.partial_cmp(&0.0) != Some(Ordering::Greater)
}

/// The same by Andrew's monotone chain on the tangent plane of the middle, which loses no corner
/// however many positions lie on its sides, but has its corners in another order and place on
/// the list, and so other last digits.
///
/// # Errors
/// When memory is out.
pub(super) fn safe_hull(points: &[(f64, f64)]) -> Result<Option<Vec<Point>>> {
    let points = memory::collect(points.iter().copied().map(Point::new))?;
    let centroid = unit(points.iter().fold([0.0; 3], |sum, p| add(sum, p.v)));
    let axis = match centroid[2].abs() < 0.9 {
        true => [0.0, 0.0, 1.0],
        false => [1.0, 0.0, 0.0],
    };
    let east = unit(cross(axis, centroid));
    let north = cross(centroid, east);
    let mut flat: Vec<([f64; 2], usize)> = memory::room(points.len())?;
    for (i, point) in points.iter().enumerate() {
        let down = dot(point.v, centroid);
        // Positions of more than a hemisphere have no such plane.
        if down <= 0.0 {
            return Ok(None);
        }
        let place = [dot(point.v, east) / down, dot(point.v, north) / down];
        flat.push((place, i));
    }
    flat.sort_unstable_by(|(a, i), (b, k)| {
        let in_order = a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]));
        in_order.then(i.cmp(k))
    });
    let half = |points: &mut dyn Iterator<Item = ([f64; 2], usize)>| {
        let mut chain: Vec<([f64; 2], usize)> = Vec::new();
        for point in points {
            while let [.., (a, _), (b, _)] = chain[..] {
                let c = point.0;
                let turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
                if turn > 0.0 {
                    break;
                }
                chain.pop();
            }
            memory::push(&mut chain, point)?;
        }
        chain.pop();
        Ok::<_, Error>(chain)
    };
    let lower = half(&mut flat.iter().copied())?;
    let upper = half(&mut flat.iter().rev().copied())?;
    let corners = lower.into_iter().chain(upper).map(|(_, i)| points[i]);
    let corners = memory::collect(corners)?;
    Ok((corners.len() > 1).then_some(corners))
}
