//! imphotRegions for C.

use std::ffi::{c_char, c_double, c_int};

use crate::imphot::given_regions;
use crate::shim::{copy_text, export_with_found_list, ReturnStruct, WithList};
use imphot::ds9_regions::{Position, Region, Shape, Size};
use imphot::error::Error;
use imphot::task::region_mask::{regions, RegionsOutcome};

/// A ds9 region.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotRegion {
    /// "circle", "ellipse" or "box".
    pub shape: [c_char; 16],
    /// Coordinate system as the file names it: "physical", "image", "fk5", "j2000" or "icrs".
    pub frame: [c_char; 16],
    /// Right ascension of the centre (degrees), or x (pixels, from 1) if sky_centre is 0.
    pub x: c_double,
    /// Declination of the centre (degrees), or y (pixels, from 1) if sky_centre is 0.
    pub y: c_double,
    /// Radius of a circle, first radius of an ellipse, or full width of a box: in degrees, or in
    /// pixels if sky_width is 0.
    pub width: c_double,
    /// Radius of a circle, second radius of an ellipse, or full height of a box: in degrees, or in
    /// pixels if sky_height is 0.
    pub height: c_double,
    /// Counterclockwise rotation (degrees): from north, or from the y axis of the image if
    /// from_north is 0.
    pub angle: c_double,
    /// 1: the inside is excluded (a minus sign before the shape).
    pub excluded: c_int,
    /// 1: the centre is a position on the sky, 0: a pixel.
    pub sky_centre: c_int,
    /// 1: the width is in degrees, 0: in pixels.
    pub sky_width: c_int,
    /// 1: the height is in degrees, 0: in pixels.
    pub sky_height: c_int,
    /// 1: the angle is measured from north, 0: from the y axis of the image.
    pub from_north: c_int,
    /// Always 0.
    pub reserved: c_int,
}

/// Result of imphotRegions; release it with free().
#[repr(C)]
#[derive(ReturnStruct)]
#[outcome(RegionsOutcome)]
pub struct imphotRegionsReturn {
    /// 0: success, 1: error.
    pub status: c_int,
    /// The values below as text, or the reason of the error.
    pub msg: [c_char; 1024],
    /// The same as JSON.
    pub json: [c_char; 4096],
    /// Number of circles, ellipses and boxes.
    pub count: c_int,
    /// Number of those left out because their coordinate system is not fk5 or physical.
    pub ignored: c_int,
    /// The regions, count of them, in the order of the file. They are part of the memory of this
    /// struct: do not free them. NULL on error.
    pub regions: *mut imphotRegion,
}

// SAFETY: repr(C), and made of integers, doubles and character arrays only, which are all valid as
// zero bytes.
unsafe impl WithList for imphotRegionsReturn {
    type Item = imphotRegion;
    fn fill_list(&mut self, items: &mut [imphotRegion], outcome: &RegionsOutcome) {
        for (item, region) in items.iter_mut().zip(&outcome.list) {
            fill(item, region);
        }
        self.regions = items.as_mut_ptr();
    }
}

fn fill(item: &mut imphotRegion, region: &Region) {
    let (shape, width, height) = match region.shape {
        Shape::Circle(radius) => ("circle", radius, radius),
        Shape::Ellipse(width, height) => ("ellipse", width, height),
        Shape::Box(width, height) => ("box", width, height),
    };
    copy_text(shape, &mut item.shape);
    copy_text(region.frame, &mut item.frame);
    (item.sky_centre, item.x, item.y) = match region.center {
        Position::Sky { ra, dec } => (1, ra, dec),
        Position::Pixel { x, y } => (0, x, y),
    };
    let length = |size| match size {
        Size::Degrees(angle) => (1, angle),
        Size::Pixels(pixels) => (0, pixels),
    };
    (item.sky_width, item.width) = length(width);
    (item.sky_height, item.height) = length(height);
    item.angle = region.angle;
    item.excluded = region.exclude.into();
    item.from_north = region.from_north.into();
}

/// Reads ds9 regions.
///
/// Arguments:
/// - regions: ds9 region file; NULL or "": the regions are in region_lines.
/// - region_lines: the lines of a region file in memory; NULL or "": they are in regions.
///
/// Result: the circles, ellipses and boxes. imphotRegionMask describes how they mask pixels.
///
/// Errors: both arguments are given, or neither; the file cannot be read.
///
/// Example:
///
/// ```c
///     struct imphotRegionsReturn *found = imphotRegions("stars.reg", NULL);
///     if (found && found->status == 0)
///         for (int i = 0; i < found->count; i++)
///             printf("%s at %g, %g\n", found->regions[i].shape, found->regions[i].x,
///                    found->regions[i].y);
///     free(found);
/// ```
#[no_mangle]
pub unsafe extern "C" fn imphotRegions(
    regions: *const c_char,
    region_lines: *const c_char,
) -> *mut imphotRegionsReturn {
    export_with_found_list(
        |_| {
            // SAFETY: the contract of the interface.
            let given = unsafe { given_regions(regions, region_lines) }?;
            let given = given.ok_or(Error::argument(
                "regions",
                "is NULL or empty, and so is region_lines",
            ))?;
            self::regions(given.source())
        },
        |outcome: &RegionsOutcome| outcome.list.len(),
    )
}
