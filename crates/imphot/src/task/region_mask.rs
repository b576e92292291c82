//! Masks of ds9 regions on an image.

use std::path::Path;

use crate::ds9_regions::{Position, Region, Regions, Shape, Size};
use crate::error::{Error, Result};
use crate::kernel::region_mask::{combine, mark_box, mark_ellipse, Outline};
use crate::task::Field;
use mosaic::run::Run;
use mosaic::task::outcome::{counted, Fields, Outcome};
use sky::{Frame, Wcs};

/// Where regions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionSource<'a> {
    /// A ds9 region file.
    File(&'a Path),
    /// The lines of one, in memory.
    Lines(&'a str),
}

impl RegionSource<'_> {
    /// Reads the regions.
    ///
    /// # Errors
    /// When the file cannot be read or a region has broken numbers; the line is named, with the
    /// file, or with the argument "region_lines".
    pub fn read(&self) -> Result<Regions> {
        match self {
            RegionSource::File(path) => Regions::open(path),
            RegionSource::Lines(text) => Regions::parse(text, "region_lines"),
        }
    }
}

/// What imphotRegionMask takes.
#[derive(Debug, Clone, Copy)]
pub struct RegionMaskParams<'a> {
    /// The image whose pixels are masked.
    pub image: &'a Path,
    /// The regions.
    pub regions: RegionSource<'a>,
    /// The mask image that is written.
    pub output: &'a Path,
}

/// What imphotRegionMask answers.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct RegionMaskOutcome {
    /// How many regions there are that mask.
    pub count: i32,
    /// How many circles, ellipses and boxes are in coordinate systems that are not understood.
    pub ignored: i32,
    /// How many pixels are masked.
    pub masked: i32,
}

/// What imphotRegions answers.
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct RegionsOutcome {
    /// How many regions there are.
    pub count: i32,
    /// How many circles, ellipses and boxes are in coordinate systems that are not understood.
    pub ignored: i32,
    /// The regions, in the order of the file.
    #[value(none)]
    pub list: Vec<Region>,
}

/// Reads regions.
///
/// # Errors
/// As for [`RegionSource::read`].
pub fn regions(source: RegionSource) -> Result<RegionsOutcome> {
    let Regions { list, ignored } = source.read()?;
    Ok(RegionsOutcome {
        count: counted(list.len()),
        ignored: counted(ignored),
        list,
    })
}

/// Writes the mask that `regions` make on an image: an extension DATA of bytes with the
/// coordinates of the image, 1 where a pixel is masked, else 0. It can be used as the extra mask of a
/// fit. As in imphot, pixels that the image itself masks are masked too.
///
/// # Errors
/// When the image or the regions cannot be read or used, or the mask cannot be written.
pub fn region_mask(params: &RegionMaskParams, run: &Run) -> Result<RegionMaskOutcome> {
    let Field { mut image, wcs, .. } = Field::open(params.image, "Image", run.warnings())?;
    let regions = params.regions.read()?;
    mask_regions(&wcs, image.width, &regions.list, &mut image.mask).map_err(|why| match why {
        Error::Message(why) => Error::fits("Image", params.image, why),
        other => other.about(params.image),
    })?;
    image.write_mask(params.output)?;
    Ok(RegionMaskOutcome {
        count: counted(regions.list.len()),
        ignored: counted(regions.ignored),
        masked: counted(image.masked()),
    })
}

/// Masks what `regions` leave out of an image of `width` pixels a row (imphot's
/// `_mask_ds9regions`): `mask`, as long as the image has pixels, becomes `true` in excluded regions
/// and, where any pixel is in an included region, outside of all of these. Regions that do not
/// touch the image change nothing.
///
/// # Errors
/// When a region is in sky coordinates and those of the image are not equatorial.
pub fn mask_regions(wcs: &Wcs, width: usize, regions: &[Region], mask: &mut [bool]) -> Result<()> {
    if regions.is_empty() {
        return Ok(());
    }
    let equatorial = matches!(
        wcs.frame(),
        Frame::Fk5 { .. } | Frame::Fk4 { .. } | Frame::Icrs
    );
    let mut excluded = memory::zeros(mask.len())?;
    let mut included = memory::zeros(mask.len())?;
    for region in regions {
        if !equatorial && (region.from_north || matches!(region.center, Position::Sky { .. })) {
            return Err(Error::message(
                "has no equatorial coordinates, but a region has",
            ));
        }
        let Some((outline, is_box)) = outline(wcs, region) else {
            continue;
        };
        let mark = match region.exclude {
            true => &mut excluded,
            false => &mut included,
        };
        match is_box {
            true => mark_box(&outline, width, mark),
            false => mark_ellipse(&outline, width, mark),
        }
    }
    combine(mask, &excluded, &included);
    Ok(())
}

/// A region on the pixels of an image, and whether it is a box; `None` where the projection does
/// not show its middle.
fn outline(wcs: &Wcs, region: &Region) -> Option<(Outline, bool)> {
    // Width and height of a pixel in degrees.
    let [[a, b], [c, d]] = wcs.cd();
    let pixel = [a.hypot(c), b.hypot(d)];
    let (x, y) = match region.center {
        Position::Pixel { x, y } => (x, y),
        Position::Sky { ra, dec } => wcs.sky_to_pixel(ra, dec)?,
    };
    let (sizes, is_box) = match region.shape {
        Shape::Circle(radius) => ([radius, radius], false),
        Shape::Ellipse(width, height) => ([width, height], false),
        Shape::Box(width, height) => ([width, height], true),
    };
    let (lengths, step) = match sizes {
        [Size::Pixels(width), Size::Pixels(height)] => ([width, height], [1.0, 1.0]),
        sizes => {
            let degrees = |axis: usize| match sizes[axis] {
                Size::Degrees(angle) => angle,
                Size::Pixels(pixels) => pixels * pixel[axis],
            };
            ([degrees(0), degrees(1)], pixel)
        }
    };
    let angle = match (region.from_north, region.shape) {
        (_, Shape::Circle(_)) => 0.0,
        (true, _) => region.angle + north(wcs),
        (false, _) => region.angle,
    };
    let outline = Outline {
        center: [x - 1.0, y - 1.0],
        radii: lengths.map(|length| if is_box { length / 2.0 } else { length }),
        step,
        angle,
    };
    Some((outline, is_box))
}

/// The angle in degrees from the y axis of an image to north, counted towards east, on its pixels
/// as they are (MPDAF's `WCS.get_rot`).
pub fn north(wcs: &Wcs) -> f64 {
    let [[a, b], [c, d]] = wcs.cd();
    let determinant = a * d - b * c;
    let (mut width, height) = (a.hypot(c), b.hypot(d));
    // East is counterclockwise of north in an image whose x axis runs against right ascension.
    let north = (-b / determinant).atan2(a / determinant);
    let east = (d / determinant).atan2(-c / determinant);
    let turn = (east - north + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU);
    if turn < std::f64::consts::PI {
        width = -width;
    }
    (-b * width / determinant)
        .atan2(a * height / determinant)
        .to_degrees()
}
