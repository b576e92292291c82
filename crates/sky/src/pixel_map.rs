//! From the pixels of one image through the sky to the pixels of another.

use std::f64::consts::PI;

use super::direction::{cross, direction, dot, minus, Direction};
use super::{Conversion, Wcs};

/// A map of the plane; `None` where it has no value.
pub trait Map {
    /// Where (x, y) goes.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)>;

    /// A few samples tell what the map is like on squares of this many units at most.
    fn smooth_over(&self) -> f64 {
        f64::INFINITY
    }
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

/// Roundings on the way of a position, in units of the last digit of its largest number on the way.
const ROUNDINGS: f64 = 4.0;

/// The lengths of a step along a row and along a column, in degrees.
fn steps(wcs: &Wcs) -> [f64; 2] {
    let [[a, b], [c, d]] = wcs.cd();
    [a.hypot(c), b.hypot(d)]
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

    /// The map the other way.
    #[must_use]
    pub fn back(&self) -> PixelMap {
        PixelMap::new(&self.to, &self.from)
    }

    /// How far (pixels of the target) the rounding of the arithmetic may put a position from where it
    /// belongs: a few last digits of a longitude of 360 degrees, and of the pixel positions farthest from
    /// the reference pixels, on the way from one image to the other.
    pub fn rounding(&self) -> f64 {
        let degrees = |wcs: &Wcs| {
            let (width, height) = wcs.size();
            let [x, y] = wcs.crpix();
            let far = |at: f64, size: i64| at.abs().max((size as f64 - at).abs());
            let [dx, dy] = steps(wcs);
            360.0 + far(x, width) * dx + far(y, height) * dy
        };
        let [dx, dy] = steps(&self.to);
        let rounding =
            ROUNDINGS * f64::EPSILON * (degrees(&self.from) + degrees(&self.to)) / dx.min(dy);
        // Positions that are no better than this are no positions.
        if rounding < 0.01 {
            rounding
        } else {
            0.01
        }
    }

    /// How far (radians) the rounding of the arithmetic may turn a direction.
    pub fn rounding_of_directions() -> f64 {
        ROUNDINGS * f64::EPSILON * 2.0 * PI
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

    /// [`PixelMap::direction_from`], and where the position goes on the target.
    pub fn direction_and_place(&self, x: f64, y: f64) -> Option<(Direction, Option<(f64, f64)>)> {
        let (lon, lat) = self.from.pixel_to_sky(x, y)?;
        let (lon, lat) = self.conversion.apply(lon, lat);
        Some((direction(lon, lat), self.place(lon, lat)))
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

    /// How much pixel (x, y) of the first image differs from a quadrilateral with straight sides
    /// on a target whose pixels have one size on the sky: the farthest that the middle of a
    /// great circle between two corners, of the pixel or of the target's pixel there, is from
    /// the straight line between them (pixels), or a quarter of the relative change of the solid
    /// angle from one target pixel to the next, whichever is more. `None` without sky there.
    pub fn bend(&self, x: f64, y: f64) -> Option<f64> {
        let (at_x, at_y) = self.at(x, y)?;
        let mut worst = 0.0_f64;
        let mut sides = |corners: [((f64, f64), Direction); 4]| -> Option<()> {
            for k in 0..4 {
                let ((p, v), (q, w)) = (corners[k], corners[(k + 1) % 4]);
                let between = [v[0] + w[0], v[1] + w[1], v[2] + w[2]];
                let (u, v) = self.pixel_of(between)?;
                let straight = (0.5 * (p.0 + q.0), 0.5 * (p.1 + q.1));
                worst = worst.max((u - straight.0).hypot(v - straight.1));
            }
            Some(())
        };
        let square = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
        let mut corners = [((0.0, 0.0), [0.0; 3]); 4];
        for (corner, (dx, dy)) in corners.iter_mut().zip(square) {
            *corner = (
                self.at(x + dx, y + dy)?,
                self.direction_from(x + dx, y + dy)?,
            );
        }
        sides(corners)?;
        for (corner, (dx, dy)) in corners.iter_mut().zip(square) {
            let at = (at_x + dx, at_y + dy);
            *corner = (at, self.direction_to(at.0, at.1)?);
        }
        sides(corners)?;
        let size = |dx: f64, dy: f64| self.solid_angle(at_x + dx, at_y + dy);
        let across = (size(1.0, 0.0)? / size(-1.0, 0.0)?).ln().abs();
        let along = (size(0.0, 1.0)? / size(0.0, -1.0)?).ln().abs();
        worst = worst.max(0.125 * across.max(along));
        worst.is_finite().then_some(worst)
    }

    /// The solid angle (steradians) of the target's pixel at (x, y), between great circles. That
    /// of small pixels is taken from a square of several, which leaves more digits of it.
    pub fn solid_angle(&self, x: f64, y: f64) -> Option<f64> {
        let side = self.nominal_solid_angle().sqrt();
        let pixels = (1e-4 / side).round().clamp(1.0, 1000.0);
        let half = 0.5 * pixels;
        let square = [(-half, -half), (half, -half), (half, half), (-half, half)];
        let mut v = [[0.0; 3]; 4];
        for (v, (dx, dy)) in v.iter_mut().zip(square) {
            *v = self.direction_to(x + dx, y + dy)?;
        }
        let triangle = |a: Direction, b: Direction, c: Direction| {
            // a . (b x c), from differences.
            let triple = dot(a, cross(minus(b, a), minus(c, a)));
            2.0 * triple.atan2(1.0 + dot(a, b) + dot(b, c) + dot(c, a))
        };
        let area = triangle(v[0], v[1], v[2]) + triangle(v[0], v[2], v[3]);
        let area = area.abs() / (pixels * pixels);
        (area > 0.0).then_some(area)
    }

    /// The solid angle (steradians) that the target's matrix says a pixel has.
    pub fn nominal_solid_angle(&self) -> f64 {
        let [[a, b], [c, d]] = self.to.cd();
        (a * d - b * c).abs() * (PI / 180.0) * (PI / 180.0)
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

    fn smooth_over(&self) -> f64 {
        let side = |wcs: &Wcs| {
            let [[a, b], [c, d]] = wcs.cd();
            (a * d - b * c).abs().sqrt()
        };
        let of_target = self.to.smooth_over() * side(&self.to) / side(&self.from);
        self.from.smooth_over().min(of_target)
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
