//! Which of the four sides of a rectangle its angle is counted from.

/// The angle (from north, degrees, above 0) and the size of a rectangle, described by its side nearest
/// to north.
pub(super) fn near_north(angle: f64, size: [f64; 2]) -> (f64, [f64; 2]) {
    let (mut angle, mut size) = (angle, size);
    if angle >= 180.0 {
        angle -= 360.0;
    }
    if angle > 90.0 {
        angle -= 180.0;
    }
    if angle < -90.0 {
        angle += 180.0;
    }
    if angle > 45.0 {
        angle -= 90.0;
        size.swap(0, 1);
    }
    if angle < -45.0 {
        angle += 90.0;
        size.swap(0, 1);
    }
    if angle <= 0.0 {
        angle += 360.0;
    }
    (angle, size)
}
