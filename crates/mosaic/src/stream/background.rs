//! A background plane subtracted from an image.

use sky::Window;

use crate::error::{Error, Result};
use crate::kernel::background::PlaneSubtraction;
use crate::kernel::plane::Plane;

use super::{InOrder, PixelSink, PixelSource, WithAreas};

/// Pixels that are read, corrected and written at once: of image and area together a quarter of
/// a second-level cache.
const BAND: usize = 8 << 10;

/// Subtracts a plane, measured from the reference pixel `crpix` (CRPIX1, CRPIX2), from an image. A pixel
/// that is not finite or has no area becomes blank, with area 0. `output` has the size of the input, and
/// areas where the input has some.
///
/// # Errors
/// When pixels cannot be read or written, memory is out, or the area image has another size than the
/// image.
pub fn subtract_plane<S: PixelSource, K: PixelSink>(
    input: &WithAreas<S>,
    plane: Plane,
    crpix: (f64, f64),
    output: &WithAreas<K>,
) -> Result<()> {
    let (width, height) = input.image.size();
    if let Some(areas) = &input.areas {
        if areas.size() != (width, height) {
            return Err(Error::message(
                "The area image has another size than the image",
            ));
        }
    }
    let subtraction = PlaneSubtraction::new(plane, width, crpix)?;
    let mut image_out = output.image.in_order()?;
    let mut areas_out = output.areas.as_ref().map(K::in_order).transpose()?;
    let (mut pixels, mut areas) = (Vec::new(), Vec::new());
    let rows = (BAND / width.max(1)).max(1);
    for y in (0..height).step_by(rows) {
        let band = Window::of_rows(width, y, rows.min(height - y));
        input.read(band, &mut pixels, &mut areas)?;
        match (&input.areas, &mut areas_out) {
            (Some(_), Some(areas_out)) => {
                subtraction.rows_with_areas(y, &mut pixels, &mut areas);
                areas_out.write(&areas)?;
            }
            _ => subtraction.rows(y, &mut pixels),
        }
        image_out.write(&pixels)?;
    }
    image_out.finish()?;
    match areas_out {
        Some(areas_out) => areas_out.finish(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
    use super::super::ArraySink;
    use super::*;

    const PLANE: Plane = Plane {
        a: 0.01,
        b: -0.02,
        c: 3.0,
    };

    #[test]
    fn a_plane_is_subtracted_from_arrays_and_files_with_the_same_bits() {
        let grid = grid(301, 97, 20.5, -7.25);
        let (image, areas) = (Made::sky(grid, 2), Made::areas(grid));
        let crpix = (grid.crpix1, grid.crpix2);
        let mut made = [(); 2].map(|()| Array2::<f64>::zeros((grid.height, grid.width)));
        let [values, weights] = &mut made;
        let input = WithAreas {
            image: image.array(),
            areas: Some(areas.array()),
        };
        let output = WithAreas {
            image: ArraySink::new(values.view_mut()),
            areas: Some(ArraySink::new(weights.view_mut())),
        };
        subtract_plane(&input, PLANE, crpix, &output).unwrap();
        output.finish().unwrap();
        let expected = made.map(|made| made.into_raw_vec_and_offset().0);
        assert!(expected[0].iter().any(|x| x.is_finite()));
        let dir = folder();
        let images = image.file_sources(dir.path(), "image");
        let areas = areas.file_sources(dir.path(), "areas");
        for (image, areas) in images.into_iter().zip(areas) {
            let input = WithAreas {
                image,
                areas: Some(areas),
            };
            let output = WithAreas {
                image: sink(dir.path(), "out.fits", &grid),
                areas: Some(sink(dir.path(), "out_area.fits", &grid)),
            };
            subtract_plane(&input, PLANE, crpix, &output).unwrap();
            for done in output.finish().unwrap() {
                done.commit().unwrap();
            }
            assert_same_bits("image", &pixels_of(dir.path(), "out.fits"), &expected[0]);
            let areas = pixels_of(dir.path(), "out_area.fits");
            assert_same_bits("areas", &areas, &expected[1]);
        }
    }

    #[test]
    fn areas_of_another_size_are_refused() {
        let (image, areas) = (
            Made::sky(grid(20, 10, 0.0, 0.0), 0),
            Made::areas(grid(20, 11, 0.0, 0.0)),
        );
        let mut out = Array2::<f64>::zeros((10, 20));
        let input = WithAreas {
            image: image.array(),
            areas: Some(areas.array()),
        };
        let output = WithAreas {
            image: ArraySink::new(out.view_mut()),
            areas: None,
        };
        let refused = subtract_plane(&input, PLANE, (0.0, 0.0), &output);
        assert!(refused.unwrap_err().to_string().contains("another size"));
    }
}
