//! Overlaps by pixels: whether the pixels of one image lie in another, by way of the sky.

use sky::{Conversion, Frame, Wcs};

/// The area of an image's pixels, 0.5 to NAXIS + 0.5 on both axes.
pub struct PixelArea {
    wcs: Wcs,
    width: f64,
    height: f64,
    /// What is to be taken from a pixel position found for a direction: (0, 0), and where
    /// the image is a turn away from its reference point in longitude, as maps of the Galactic
    /// plane in CAR are, the pixels of that turn.
    shifts: Vec<(f64, f64)>,
}

/// A position this close outside the edge of an image (pixels) is on it: the way over the sky
/// and back leaves less than 1e-7 of a pixel.
const EDGE: f64 = 1e-6;

/// Steps along one side of an image; only sides longer than a million pixels take larger ones.
const MOST_STEPS: i64 = 1 << 20;

impl PixelArea {
    /// The area of the image with these world coordinates.
    pub fn new(wcs: Wcs) -> Self {
        let (width, height) = wcs.size();
        let (width, height) = (width as f64, height as f64);
        let mut shifts = vec![(0.0, 0.0)];
        for (x, y) in [
            (0.5, 0.5),
            (width + 0.5, 0.5),
            (0.5, height + 0.5),
            (width + 0.5, height + 0.5),
        ] {
            let Some((lon, lat)) = wcs.pixel_to_sky(x, y) else {
                continue;
            };
            let Some((back_x, back_y)) = wcs.sky_to_pixel(lon, lat) else {
                continue;
            };
            let shift = (back_x - x, back_y - y);
            let known = |&(dx, dy): &(f64, f64)| (dx - shift.0).hypot(dy - shift.1) < 0.5;
            if !shifts.iter().any(known) {
                shifts.push(shift);
            }
        }
        PixelArea {
            wcs,
            width,
            height,
            shifts,
        }
    }

    /// Whether the two areas overlap or touch: the middle or a pixel corner on the edge of one of
    /// them lies in the other.
    pub fn overlaps(&self, other: &PixelArea) -> bool {
        // Montage 6.0 walks the edge of the first image only, which misses a second image inside
        // the first.
        self.middle_is_in(other)
            || other.middle_is_in(self)
            || self.edge_is_in(other)
            || other.edge_is_in(self)
    }

    /// Whether a direction in `frame` (degrees) lies in it.
    pub fn contains(&self, frame: &Frame, lon: f64, lat: f64) -> bool {
        let way = Conversion::new(frame, &self.wcs.frame());
        self.has_direction(way.apply(lon, lat))
    }

    /// Its middle and positions along its edge, so many on each side, as directions in `frame`.
    pub fn outline(&self, frame: &Frame, steps: usize) -> Vec<(f64, f64)> {
        let way = Conversion::new(&self.wcs.frame(), frame);
        let (right, top) = (self.width + 0.5, self.height + 0.5);
        let middle = ((self.width + 1.0) / 2.0, (self.height + 1.0) / 2.0);
        let mut pixels = vec![middle];
        for i in 0..=steps {
            let part = i as f64 / steps.max(1) as f64;
            let (x, y) = (0.5 + self.width * part, 0.5 + self.height * part);
            pixels.extend([(0.5, y), (right, y), (x, 0.5), (x, top)]);
        }
        let sky = |(x, y)| self.wcs.pixel_to_sky(x, y);
        let directions = pixels.into_iter().filter_map(sky);
        directions.map(|(lon, lat)| way.apply(lon, lat)).collect()
    }

    fn middle_is_in(&self, other: &PixelArea) -> bool {
        let way = Conversion::new(&self.wcs.frame(), &other.wcs.frame());
        self.is_in(
            (self.width + 1.0) / 2.0,
            (self.height + 1.0) / 2.0,
            &way,
            other,
        )
    }

    /// Up the left and right side, then along the bottom and top.
    fn edge_is_in(&self, other: &PixelArea) -> bool {
        let positions = |size: i64| {
            let steps = size.min(MOST_STEPS);
            (0..=steps).map(move |i| size as f64 * i as f64 / steps as f64 + 0.5)
        };
        let (columns, rows) = self.wcs.size();
        let (right, top) = (self.width + 0.5, self.height + 0.5);
        let way = Conversion::new(&self.wcs.frame(), &other.wcs.frame());
        let is_in = |x: f64, y: f64| self.is_in(x, y, &way, other);
        positions(rows).any(|y| is_in(0.5, y) || is_in(right, y))
            || positions(columns).any(|x| is_in(x, 0.5) || is_in(x, top))
    }

    /// Whether a pixel position lies in `other`, whose frame `way` leads to.
    fn is_in(&self, x: f64, y: f64, way: &Conversion, other: &PixelArea) -> bool {
        let Some((lon, lat)) = self.wcs.pixel_to_sky(x, y) else {
            return false;
        };
        other.has_direction(way.apply(lon, lat))
    }

    /// Whether a direction in its own frame lies in it.
    fn has_direction(&self, (lon, lat): (f64, f64)) -> bool {
        let Some((x, y)) = self.wcs.sky_to_pixel(lon, lat) else {
            return false;
        };
        let inside = |x: f64, size: f64| (0.5 - EDGE..=size + 0.5 + EDGE).contains(&x);
        self.shifts
            .iter()
            .any(|&(dx, dy)| inside(x - dx, self.width) && inside(y - dy, self.height))
    }
}
