//! From the pixels of one image through the sky to the pixels of another.

use std::f64::consts::PI;

use super::{Conversion, Wcs};

/// A direction as a unit vector.
pub type Direction = [f64; 3];

/// A map of the plane; `None` where it has no value.
pub trait Map {
    /// Where (x, y) goes.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)>;
}

impl<F: Fn(f64, f64) -> Option<(f64, f64)>> Map for F {
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        self(x, y)
    }
}

/// The map from the pixels of one image to those of another (FITS pixels: the centre of the first
/// one is (1, 1)).
///
/// A projection that goes round the sky has every position more than once: what lies beyond the
/// 180 degrees from the reference point comes out a turn away. As in Montage, the turn is the
/// one at the middle of the target image; other than in Montage, where that leaves a position off
/// the image the turns at its edges are tried too, so that an image may go round any way.
#[derive(Debug, Clone)]
pub struct PixelMap {
    from: Wcs,
    to: Wcs,
    conversion: Conversion,
    /// What a position of the target comes back displaced by, the one at the middle first.
    turns: Vec<(f64, f64)>,
}

/// A position on the target's pixels may lie this far outside the image's own pixel centres and
/// still be on it, as in WCSTools: 0 to NAXIS + 1.
const MARGIN: f64 = 1.0;

impl PixelMap {
    /// The map from pixels of `from` to pixels of `to`.
    pub fn new(from: &Wcs, to: &Wcs) -> Self {
        PixelMap {
            conversion: Conversion::new(&from.frame(), &to.frame()),
            turns: turns(to),
            from: from.clone(),
            to: to.clone(),
        }
    }

    /// Whether a position on the target is on its image, at most a pixel outside the centres of
    /// its edge pixels.
    pub fn is_on_target(&self, x: f64, y: f64) -> bool {
        is_on(&self.to, x, y)
    }

    /// The direction that pixel position (x, y) of the first image looks in, in the target's
    /// frame.
    pub fn direction_from(&self, x: f64, y: f64) -> Option<Direction> {
        let (lon, lat) = self.from.pixel_to_sky(x, y)?;
        let (lon, lat) = self.conversion.apply(lon, lat);
        Some(direction(lon, lat))
    }

    /// The direction that pixel position (x, y) of the target looks in.
    pub fn direction_to(&self, x: f64, y: f64) -> Option<Direction> {
        let (lon, lat) = self.to.pixel_to_sky(x, y)?;
        Some(direction(lon, lat))
    }

    /// The pixel of the target that looks in direction `v`.
    pub fn pixel_of(&self, v: Direction) -> Option<(f64, f64)> {
        let lon = v[1].atan2(v[0]).to_degrees();
        let lat = v[2].atan2(v[0].hypot(v[1])).to_degrees();
        self.place(lon, lat)
    }

    fn place(&self, lon: f64, lat: f64) -> Option<(f64, f64)> {
        let (x, y) = self.to.sky_to_pixel(lon, lat)?;
        let turned = |&(dx, dy): &(f64, f64)| (x - dx, y - dy);
        let usual = self.turns.first().map_or((x, y), turned);
        if is_on(&self.to, usual.0, usual.1) {
            return Some(usual);
        }
        let other = self.turns.iter().skip(1).map(turned);
        Some(
            other
                .into_iter()
                .find(|&(x, y)| is_on(&self.to, x, y))
                .unwrap_or(usual),
        )
    }
}

impl Map for PixelMap {
    #[inline]
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (lon, lat) = self.from.pixel_to_sky(x, y)?;
        let (lon, lat) = self.conversion.apply(lon, lat);
        self.place(lon, lat)
    }
}

fn is_on(wcs: &Wcs, x: f64, y: f64) -> bool {
    let (width, height) = wcs.size();
    (1.0 - MARGIN..=width as f64 + MARGIN).contains(&x)
        && (1.0 - MARGIN..=height as f64 + MARGIN).contains(&y)
}

/// By how much positions of an image come back displaced: at its middle, then other values at
/// its edges.
fn turns(wcs: &Wcs) -> Vec<(f64, f64)> {
    let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
    let columns = [0.5 * width, 0.5, width + 0.5, 0.25 * width, 0.75 * width];
    let rows = [0.5 * height, 0.5, height + 0.5];
    let mut turns: Vec<(f64, f64)> = Vec::new();
    for y in rows {
        for x in columns {
            let back = wcs
                .pixel_to_sky(x, y)
                .and_then(|(lon, lat)| wcs.sky_to_pixel(lon, lat));
            let Some((back_x, back_y)) = back else {
                continue;
            };
            let turn = (back_x - x, back_y - y);
            // A turn is many pixels; less is how well a distortion was undone.
            let turn = if turn.0.hypot(turn.1) < 0.5 {
                (0.0, 0.0)
            } else {
                turn
            };
            let known = |t: &(f64, f64)| (t.0 - turn.0).hypot(t.1 - turn.1) < 0.5;
            if !turns.iter().any(known) {
                turns.push(turn);
            }
        }
    }
    turns
}

/// The direction of a longitude and latitude in degrees.
pub fn direction(lon: f64, lat: f64) -> Direction {
    let (sin_lon, cos_lon) = (lon * (PI / 180.0)).sin_cos();
    let (sin_lat, cos_lat) = (lat * (PI / 180.0)).sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}
