//! The region of the sky that the images of a table are looked for in.

use std::path::Path;

use super::cover::{in_area, outline, samples_of, samples_of_polygon, Cover, Edge};
use crate::error::{Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::kernel::image_table::Polygon;
use crate::run::Run;
use crate::task::header_check::{need_header, template_wcs, Kind};
use crate::task::table_wcs::PixelArea;
use sky::direction::{dot, Direction};
use sky::{Keywords, Wcs, FARTHEST_PIXEL};

/// A region of the sky that images are looked for in.
pub(super) enum SearchRegion {
    /// A convex polygon.
    Polygon(Polygon),
    /// The pixels of a header whose corners say nothing about it.
    Area(Box<PixelArea>),
    /// Centre and radius in radians.
    Circle(Direction, f64),
    /// One position.
    Point(Direction),
}

impl SearchRegion {
    /// What a header template covers.
    ///
    /// # Errors
    /// When it cannot be read or describes no image on the sky.
    pub fn of_template(path: &Path, edge: Edge, run: &Run) -> Result<Self> {
        let wcs = region_wcs(path, run)?;
        Ok(match outline(&wcs, edge) {
            Some(polygon) => SearchRegion::Polygon(polygon),
            None => SearchRegion::Area(Box::new(PixelArea::new(wcs))),
        })
    }

    /// Whether it meets an image.
    pub fn meets(&self, image: &Cover) -> bool {
        match (self, &image.polygon, &image.area) {
            (SearchRegion::Point(point), ..) => image.contains(*point),
            (SearchRegion::Circle(centre, radius), Some(polygon), _) => {
                polygon.meets_circle(*centre, *radius)
            }
            (SearchRegion::Circle(centre, radius), None, _) => {
                let near = |v: &Direction| dot(*v, *centre) >= radius.cos();
                image.contains(*centre) || image.samples().iter().any(near)
            }
            (SearchRegion::Polygon(region), Some(polygon), _) => region.meets(polygon),
            (SearchRegion::Polygon(region), None, _) => {
                let of_region = samples_of_polygon(region);
                of_region.iter().any(|&v| image.contains(v))
                    || image.samples().iter().any(|&v| region.contains(v))
            }
            (SearchRegion::Area(region), _, Some(area)) => region.overlaps(area),
            (SearchRegion::Area(region), _, None) => {
                samples_of(region).iter().any(|&v| image.contains(v))
                    || image.samples().iter().any(|&v| in_area(region, v))
            }
        }
    }

    /// Corners, and where they say too little positions along the edge, of what the region, a
    /// polygon, has in common with an image.
    pub fn common(&self, image: &Cover) -> Vec<Direction> {
        let SearchRegion::Polygon(region) = self else {
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
