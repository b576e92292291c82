//! Positions on images that lie a turn away from where the projection puts them.

use super::Wcs;

impl Wcs {
    /// As [`Wcs::sky_to_pixel`], for images that may lie a turn of longitude away: projections of
    /// the whole sky show a meridian at both edges, and a header may number the pixels of the
    /// next turn. The turn that takes the image's first pixel back to itself is taken off where
    /// that leads nearer to the image.
    pub fn sky_to_pixel_near(&self, lon: f64, lat: f64) -> Option<(f64, f64)> {
        let (x, y) = self.sky_to_pixel(lon, lat)?;
        let corner = self.pixel_to_sky(0.5, 0.5);
        let back = corner.and_then(|(lon, lat)| self.sky_to_pixel(lon, lat));
        let turn = back.map_or((0.0, 0.0), |(x, y)| (x - 0.5, y - 0.5));
        if turn.0.hypot(turn.1) < 0.5 {
            return Some((x, y));
        }
        let (width, height) = self.size();
        let (middle_x, middle_y) = (0.5 * width as f64, 0.5 * height as f64);
        let far = |(x, y): (f64, f64)| (x - middle_x).hypot(y - middle_y);
        let turned = (x - turn.0, y - turn.1);
        let nearer = far(turned) < far((x, y));
        Some(if nearer { turned } else { (x, y) })
    }
}
