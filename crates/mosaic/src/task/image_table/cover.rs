//! The part of the sky that one image covers.

use crate::kernel::image_table::{position, Polygon};
use crate::task::table_wcs::{PixelArea, J2000};
use sky::direction::{direction, dot, Direction};
use sky::{Conversion, Wcs};

/// The left and lower edge of images in pixels, for outlines by their corners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edge {
    /// -0.5: Montage 6 starts a pixel outside the image.
    Version6,
    /// 0.5: Montage 7.
    Version7,
}

impl Edge {
    fn pixel(self) -> f64 {
        match self {
            Edge::Version6 => -0.5,
            Edge::Version7 => 0.5,
        }
    }
}

/// The part of the sky that one image covers.
pub(super) struct Cover {
    /// The outline by its corners; none where they have no sky, or are too far apart.
    pub polygon: Option<Polygon>,
    /// Its pixels, where the table has its coordinates.
    pub area: Option<PixelArea>,
}

/// Steps along each side of an image or region where only positions along it can be compared.
const STEPS: usize = 256;

impl Cover {
    /// By its world coordinates.
    pub fn of_wcs(wcs: Wcs, edge: Edge) -> Self {
        Cover {
            polygon: outline(&wcs, edge),
            area: Some(PixelArea::new(wcs)),
        }
    }

    /// Whether it covers a position, by its outline where it has one.
    pub fn contains(&self, point: Direction) -> bool {
        match (&self.polygon, &self.area) {
            (Some(polygon), _) => polygon.contains(point),
            (None, Some(area)) => in_area(area, point),
            (None, None) => false,
        }
    }

    /// How far a position in it is from its edge, in degrees; `None` outside.
    pub fn depth(&self, point: Direction) -> Option<f64> {
        if !self.contains(point) {
            return None;
        }
        if let Some(polygon) = &self.polygon {
            return Some(polygon.depth(point));
        }
        // Half the sky where the edge of a map of all of it has no sky.
        let edge = self.area.iter().flat_map(edge_of);
        let nearest = edge.map(|v| dot(v, point).clamp(-1.0, 1.0).acos());
        Some(nearest.fold(std::f64::consts::PI, f64::min).to_degrees())
    }

    /// Positions along its edge and its middle.
    pub(super) fn samples(&self) -> Vec<Direction> {
        match (&self.polygon, &self.area) {
            (_, Some(area)) => samples_of(area),
            (Some(polygon), None) => samples_of_polygon(polygon),
            (None, None) => Vec::new(),
        }
    }
}

/// Whether a position is on the pixels of `area`.
pub(super) fn in_area(area: &PixelArea, point: Direction) -> bool {
    let (lon, lat) = position(point);
    area.contains(&J2000, lon, lat)
}

/// Positions along the edge of `area`, and its middle.
pub(super) fn samples_of(area: &PixelArea) -> Vec<Direction> {
    let positions = area.outline(&J2000, STEPS);
    positions.iter().map(|&(x, y)| direction(x, y)).collect()
}

/// Without the middle, which comes first where it has sky.
fn edge_of(area: &PixelArea) -> Vec<Direction> {
    let samples = samples_of(area);
    let skip = usize::from(samples.len() > 4 * (STEPS + 1));
    samples.into_iter().skip(skip).collect()
}

/// The middle of a polygon and positions along its edge.
pub(super) fn samples_of_polygon(polygon: &Polygon) -> Vec<Direction> {
    let vertices = polygon.vertices();
    let mut samples = vec![polygon.centre()];
    for (&a, &b) in vertices.iter().zip(vertices.iter().cycle().skip(1)) {
        for i in 0..STEPS {
            let part = i as f64 / STEPS as f64;
            let between = [0, 1, 2].map(|k| a[k] + (b[k] - a[k]) * part);
            let length = dot(between, between).sqrt();
            samples.push(between.map(|x| x / length));
        }
    }
    samples
}

/// The outline of an image by its four corners (J2000).
pub(super) fn outline(wcs: &Wcs, edge: Edge) -> Option<Polygon> {
    let (width, height) = wcs.size();
    let (left, right) = (edge.pixel(), width as f64 + 0.5);
    let (bottom, top) = (edge.pixel(), height as f64 + 0.5);
    let way = Conversion::new(&wcs.frame(), &J2000);
    let mut corners = Vec::with_capacity(4);
    for (x, y) in [(left, bottom), (right, bottom), (right, top), (left, top)] {
        let (lon, lat) = wcs.pixel_to_sky(x, y)?;
        let (lon, lat) = way.apply(lon, lat);
        corners.push(direction(lon, lat));
    }
    Polygon::hull(&corners)
}
