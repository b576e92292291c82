//! Where an image lies on the sky, as Montage's image tables say it.

use super::{Conversion, Frame, ScaleAndRotation, Wcs};

/// Centre and corners of an image: right ascension and declination of J2000 in degrees.
///
/// The points are those of Montage 6: the centre is at (NAXIS1/2, NAXIS2/2) and the corners are
/// at -0.5 and NAXISi + 0.5, so the first two sides lie a pixel outside the image (Montage 7
/// moved them to 0.5). Where the projection has no sky there, 0.5 is taken, and without sky there
/// either the point is longitude and latitude 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footprint {
    /// The middle of the image.
    pub center: (f64, f64),
    /// The corners, counter-clockwise on the sky.
    pub corners: [(f64, f64); 4],
}

impl Footprint {
    /// The footprint of an image whose matrix reads `scale`.
    pub fn new(wcs: &Wcs, scale: &ScaleAndRotation) -> Self {
        let target = Frame::Fk5 { equinox: 2000.0 };
        // Montage takes right ascensions of any equinox for FK5's: one of FK4 is precessed with
        // FK5's constants, which leaves it up to an arcsecond off.
        let source = match wcs.frame() {
            Frame::Fk4 { equinox } => Frame::Fk5 { equinox },
            Frame::EclipticFk4 { equinox } => Frame::Ecliptic { equinox },
            other => other,
        };
        let to_target = Conversion::new(&source, &target);
        let at = |x: f64, y: f64| {
            let (lon, lat) = wcs
                .pixel_to_sky(x, y)
                .or_else(|| wcs.pixel_to_sky(x.max(0.5), y.max(0.5)))
                .unwrap_or((0.0, 0.0));
            to_target.apply(lon, lat)
        };
        let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
        let (left, right) = (-0.5, width + 0.5);
        let (bottom, top) = (-0.5, height + 0.5);
        let mut corners = [
            at(left, bottom),
            at(right, bottom),
            at(right, top),
            at(left, top),
        ];
        // Steps of different signs: longitude runs to the left, and the pixel order is clockwise.
        if scale.cdelt[0] * scale.cdelt[1] < 0.0 {
            corners.swap(1, 3);
        }
        Footprint {
            center: at(width / 2.0, height / 2.0),
            corners,
        }
    }
}
