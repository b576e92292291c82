//! World coordinates against other implementations: WCSLIB (by way of astropy), Montage 6.0, the headers
//! of real files.

mod distortions;
mod frames;
mod headers;
mod old_headers;
mod projections;

/// A header (its lines parted by semicolons), and (x, y, longitude, latitude) of some of its pixels.
struct Case {
    name: &'static str,
    header: &'static str,
    points: &'static [[f64; 4]],
}

/// Degrees between two directions.
fn separation(a: (f64, f64), b: (f64, f64)) -> f64 {
    let vector = |(lon, lat): (f64, f64)| {
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let chord: f64 = (0..3).map(|i| (a[i] - b[i]).powi(2)).sum();
    chord.sqrt().to_degrees()
}
