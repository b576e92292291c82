//! A part of an image, its pixels as they are stored.

use sky::Window;

use crate::error::Result;
use crate::kernel::pixels::cutout::{filled_box, settle, Content};
use crate::run::Run;

use super::bands::rows_in_band;
use super::{PixelSink, PixelSource};

/// The smallest window around the pixels that are not blank; `None` where all are.
///
/// # Errors
/// When pixels cannot be read, memory is out, or the run is cancelled.
pub fn filled_part<S: PixelSource>(image: &S, run: &Run) -> Result<Option<Window>> {
    let ((width, height), stored) = (image.size(), image.stored());
    let band = rows_in_band(height, width.saturating_mul(stored.bytes()));
    let boxes: Vec<Result<_>> =
        run.for_each_with(height.div_ceil(band), Vec::new, |bytes, i| {
            let y = i * band;
            let window = Window::of_rows(width, y, band.min(height - y));
            image.read_stored(window, bytes)?;
            let found = filled_box(bytes, width, stored.bitpix(), stored.blank());
            Ok(found.map(|found| Window {
                y: y + found.y,
                ..found
            }))
        })?;
    let mut all: Option<Window> = None;
    for found in boxes {
        if let Some(found) = found? {
            all = Some(all.map_or(found, |all| all.union(&found)));
        }
    }
    Ok(all)
}

/// Copies the pixels of `part` to `output`, which has its size and stores pixels as `image` does, and
/// returns what they are: all blank, one value, or more.
///
/// # Errors
/// When pixels cannot be read or written, memory is out, or the run is cancelled.
pub fn copy_part<S: PixelSource, K: PixelSink>(
    image: &S,
    part: Window,
    output: &K,
    run: &Run,
) -> Result<Content> {
    let stored = image.stored();
    let band = rows_in_band(part.height, part.width.saturating_mul(stored.bytes()));
    let bands = part.height.div_ceil(band);
    let contents: Vec<Result<_>> = run.for_each_with(bands, Vec::new, |bytes, i| {
        let from = i * band;
        let rows = Window {
            y: part.y + from,
            height: band.min(part.height - from),
            ..part
        };
        image.read_stored(rows, bytes)?;
        let content = settle(bytes, stored.bitpix(), stored.blank());
        let place = Window::of_rows(part.width, from, rows.height);
        output.write_stored(place, bytes)?;
        Ok(content)
    })?;
    let mut all = Content::Blank;
    for content in contents {
        all = all.and(content?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
    use super::super::{ArraySink, ArraySource};
    use super::*;

    #[test]
    fn arrays_and_files_have_the_same_part() {
        let made = Made::sky(grid(90, 70, 0.0, 0.0), 5);
        let run = Run::new(2);
        let filled = filled_part(&made.array(), &run).unwrap().unwrap();
        assert_eq!(filled.columns(), 5..85);
        assert_eq!(filled.rows(), 5..65);
        let part = Window {
            x: 7,
            y: 3,
            width: 60,
            height: 40,
        };
        let mut array = Array2::<f64>::zeros((40, 60));
        let output = ArraySink::new(array.view_mut());
        let content = copy_part(&made.array(), part, &output, &run).unwrap();
        assert_eq!(content.name(), "normal");
        output.finish().unwrap();
        let expected = array.into_raw_vec_and_offset().0;
        let dir = folder();
        for source in made.file_sources(dir.path(), "image") {
            assert_eq!(filled_part(&source, &run).unwrap(), Some(filled));
            let output = sink(dir.path(), "part.fits", &grid(60, 40, 0.0, 0.0));
            assert_eq!(copy_part(&source, part, &output, &run).unwrap(), content);
            output.finish().unwrap().commit().unwrap();
            assert_same_bits("part", &pixels_of(dir.path(), "part.fits"), &expected);
        }
    }

    #[test]
    fn integers_stay_what_they_are() {
        let pixels = Array2::from_shape_fn((30, 20), |(y, x)| match x > 3 && y < 25 {
            true => (100 * y + x) as i16,
            false => -1,
        });
        let source = ArraySource::new(pixels.view(), Some(-1));
        let run = Run::new(1);
        let filled = filled_part(&source, &run).unwrap().unwrap();
        assert_eq!((filled.columns(), filled.rows()), (4..20, 0..25));
        let mut copy = Array2::<i16>::zeros((25, 16));
        let output = ArraySink::new(copy.view_mut());
        copy_part(&source, filled, &output, &run).unwrap();
        output.finish().unwrap();
        let expected = Array2::from_shape_fn((25, 16), |(y, x)| pixels[[y, x + 4]]);
        assert_eq!(copy, expected);
    }
}
