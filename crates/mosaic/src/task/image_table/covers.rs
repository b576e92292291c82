//! Where the images of a table lie on the sky, and whether a region meets them.

use std::path::Path;

use crate::error::{Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::io::ipac_table::{Row, Table};
use crate::kernel::image_table::{position, Polygon};
use crate::run::Run;
use crate::task::header_check::{need_header, template_wcs, Kind};
use crate::task::image_sky::{self, wcs_of, PixelArea, WcsColumns, J2000};
use sky::direction::{direction, dot, Direction};
use sky::{Conversion, Keywords, Wcs, FARTHEST_PIXEL};

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
    fn samples(&self) -> Vec<Direction> {
        match (&self.polygon, &self.area) {
            (_, Some(area)) => samples_of(area),
            (Some(polygon), None) => samples_of_polygon(polygon),
            (None, None) => Vec::new(),
        }
    }
}

fn in_area(area: &PixelArea, point: Direction) -> bool {
    let (lon, lat) = position(point);
    area.contains(&J2000, lon, lat)
}

fn samples_of(area: &PixelArea) -> Vec<Direction> {
    let positions = area.outline(&J2000, STEPS);
    positions.iter().map(|&(x, y)| direction(x, y)).collect()
}

/// Without the middle, which comes first where it has sky.
fn edge_of(area: &PixelArea) -> Vec<Direction> {
    let samples = samples_of(area);
    let skip = usize::from(samples.len() > 4 * (STEPS + 1));
    samples.into_iter().skip(skip).collect()
}

fn samples_of_polygon(polygon: &Polygon) -> Vec<Direction> {
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
fn outline(wcs: &Wcs, edge: Edge) -> Option<Polygon> {
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

/// A region of the sky.
pub(super) enum Region {
    /// A convex polygon.
    Polygon(Polygon),
    /// The pixels of a header whose corners say nothing about it.
    Area(Box<PixelArea>),
    /// Centre and radius in radians.
    Circle(Direction, f64),
    /// One position.
    Point(Direction),
}

impl Region {
    /// What a header template covers.
    ///
    /// # Errors
    /// When it cannot be read or describes no image on the sky.
    pub fn of_template(path: &Path, edge: Edge, run: &Run) -> Result<Self> {
        let wcs = region_wcs(path, run)?;
        Ok(match outline(&wcs, edge) {
            Some(polygon) => Region::Polygon(polygon),
            None => Region::Area(Box::new(PixelArea::new(wcs))),
        })
    }

    /// Whether it meets an image.
    pub fn meets(&self, image: &Cover) -> bool {
        match (self, &image.polygon, &image.area) {
            (Region::Point(point), ..) => image.contains(*point),
            (Region::Circle(centre, radius), Some(polygon), _) => {
                polygon.meets_circle(*centre, *radius)
            }
            (Region::Circle(centre, radius), None, _) => {
                let near = |v: &Direction| dot(*v, *centre) >= radius.cos();
                image.contains(*centre) || image.samples().iter().any(near)
            }
            (Region::Polygon(region), Some(polygon), _) => region.meets(polygon),
            (Region::Polygon(region), None, _) => {
                let of_region = samples_of_polygon(region);
                of_region.iter().any(|&v| image.contains(v))
                    || image.samples().iter().any(|&v| region.contains(v))
            }
            (Region::Area(region), _, Some(area)) => region.overlaps(area),
            (Region::Area(region), _, None) => {
                samples_of(region).iter().any(|&v| image.contains(v))
                    || image.samples().iter().any(|&v| in_area(region, v))
            }
        }
    }

    /// Corners, and where they say too little positions along the edge, of what the region, a
    /// polygon, has in common with an image.
    pub fn common(&self, image: &Cover) -> Vec<Direction> {
        let Region::Polygon(region) = self else {
            return Vec::new();
        };
        if let Some(polygon) = &image.polygon {
            return region.common(polygon);
        }
        let mut found = samples_of_polygon(region);
        found.retain(|&v| image.contains(v));
        found.extend(image.samples().iter().filter(|&&v| region.contains(v)));
        found
    }
}

/// The world coordinates of a header template; what is odd about them is a warning of the run.
///
/// # Errors
/// When it cannot be read or describes no image on the sky.
pub(super) fn region_wcs(path: &Path, run: &Run) -> Result<Wcs> {
    need_header(path, Kind::Template, 0)?;
    let template = HeaderTemplate::open(path)?;
    for key in ["NAXIS1", "NAXIS2"] {
        template.need_size(key)?;
    }
    for key in ["CRPIX1", "CRPIX2"] {
        if template.real(key).is_some_and(|x| x.abs() > FARTHEST_PIXEL) {
            return Err(Error::table(
                format!("Invalid {key} in header template"),
                path,
            ));
        }
    }
    template_wcs(&template, run.warnings())
}

/// The columns that say where the images of a table are.
pub(super) struct SkyColumns {
    /// ra1, dec1, ... dec4.
    pub corners: Option<[usize; 8]>,
    /// Those of the headers.
    pub wcs: Option<WcsColumns>,
}

impl SkyColumns {
    /// The columns of `table`; images that complete a row are looked for in `images` first.
    pub fn of(table: &Table, images: Option<&Path>, run: &Run) -> Self {
        let names = ["ra1", "dec1", "ra2", "dec2", "ra3", "dec3", "ra4", "dec4"];
        SkyColumns {
            corners: table.need(names, "").ok(),
            wcs: WcsColumns::of(table)
                .ok()
                .map(|wcs| wcs.for_call(images, run)),
        }
    }

    /// The image of a row, by its corners where the table has them; `None` where the row says
    /// nothing of its place.
    ///
    /// # Errors
    /// When it says something that is no place.
    pub fn cover(&self, row: Row, edge: Edge) -> Result<Option<Cover>> {
        let Some(corners) = &self.corners else {
            return self.cover_by_wcs(row, edge);
        };
        if row.is_whole() && corners.iter().all(|&c| row.bytes(c).is_empty()) {
            return Ok(None);
        }
        let mut numbers = [0.0; 8];
        for (number, &column) in numbers.iter_mut().zip(corners) {
            *number = row.real(column)?;
        }
        let points: Vec<Direction> = numbers
            .chunks_exact(2)
            .map(|p| direction(p[0], p[1]))
            .collect();
        let polygon = Polygon::hull(&points);
        // Corners that draw no outline: the pixels decide, where they are known.
        let area = match (&polygon, &self.wcs) {
            (None, Some(wcs)) if !wcs.is_blank(&row) => wcs_of(row, wcs).ok().map(PixelArea::new),
            _ => None,
        };
        Ok(Some(Cover { polygon, area }))
    }

    fn cover_by_wcs(&self, row: Row, edge: Edge) -> Result<Option<Cover>> {
        match &self.wcs {
            Some(wcs) if !wcs.is_blank(&row) => Ok(Some(Cover::of_wcs(wcs_of(row, wcs)?, edge))),
            _ => Ok(None),
        }
    }
}

/// Applies `work` to every row on the threads of the call; in order. The error of the first row
/// that has one names the row.
pub(super) fn for_each_row<'a, T: Send>(
    table: &'a Table,
    run: &Run,
    work: impl Fn(Row<'a>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    image_sky::for_each_row(table, run, work, |why, i| {
        Error::table(format!("{why} (row {}) in table", i + 1), table.path())
    })
}
