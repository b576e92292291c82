//! imphotRegions for C.

use std::ffi::{c_char, c_double, c_int};

use crate::imphot::given_regions;
use crate::impl_return;
use crate::shim::{copy_text, export_with_found_list, WithList};
use imphot::ds9_regions::{Position, Region, Shape, Size};
use imphot::error::Error;
use imphot::task::region_mask::{regions, RegionsOutcome};

/// A ds9 region.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotRegion {
    /// "circle", "ellipse" or "box".
    pub shape: [c_char; 16],
    /// Its coordinate system as the file names it: "physical", "image", "fk5", "j2000" or "icrs".
    pub frame: [c_char; 16],
    /// Right ascension of its centre (degrees), or where sky_centre is 0 its x (pixels, from 1).
    pub x: c_double,
    /// Declination of its centre (degrees), or where sky_centre is 0 its y (pixels, from 1).
    pub y: c_double,
    /// Radius of a circle, first radius of an ellipse, or full width of a box: degrees, or where
    /// sky_width is 0 pixels.
    pub width: c_double,
    /// Radius of a circle, second radius of an ellipse, or full height of a box: degrees, or where
    /// sky_height is 0 pixels.
    pub height: c_double,
    /// How far it is turned counterclockwise (degrees): from north, or where from_north is 0 from
    /// the image's y axis.
    pub angle: c_double,
    /// 1: what is inside is excluded (a minus sign before the shape).
    pub excluded: c_int,
    /// 1: the centre is a place on the sky, 0: on the pixels of the image.
    pub sky_centre: c_int,
    /// 1: the width is an angle on the sky, 0: in pixels.
    pub sky_width: c_int,
    /// 1: the height is an angle on the sky, 0: in pixels.
    pub sky_height: c_int,
    /// 1: the angle is counted from north, 0: from the y axis of the image.
    pub from_north: c_int,
    /// 0.
    pub reserved: c_int,
}

/// What imphotRegions returns.
#[repr(C)]
pub struct imphotRegionsReturn {
    /// 0: OK, 1: error.
    pub status: c_int,
    /// The results as text, or what went wrong.
    pub msg: [c_char; 1024],
    /// The results as JSON.
    pub json: [c_char; 4096],
    /// Circles, ellipses and boxes.
    pub count: c_int,
    /// Those in coordinate systems other than fk5 and physical, which are left out.
    pub ignored: c_int,
    /// The regions, in the order of the file. They are part of the memory of this struct: the one
    /// free() of it releases them too. NULL on error.
    pub regions: *mut imphotRegion,
}
impl_return!(imphotRegionsReturn, RegionsOutcome { count, ignored });

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

/// Reads ds9 regions: the circles, ellipses and boxes of the file `regions`, or of the lines of one in
/// memory, `region_lines`; one of the two is NULL or "". What imphotRegionMask makes of them is
/// described there.
/// # Safety
/// Every pointer is NULL or a NUL-terminated string valid for the call. Free the result, with its
/// list, by one `free()`.
#[no_mangle]
pub unsafe extern "C" fn imphotRegions(
    regions: *const c_char,
    region_lines: *const c_char,
) -> *mut imphotRegionsReturn {
    export_with_found_list(
        |_| {
            // SAFETY: the strings are as this function's own contract says.
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
