//! A plane fitted to an image.

use crate::error::Result;
use crate::kernel::plane_fit::{fit_plane, FitError, FitOptions, Patch, PlaneFit, Workspace};

use super::PixelSource;

/// Memory that is used again from image to image.
#[derive(Default)]
pub struct FitBuffers {
    pixels: Vec<f64>,
    workspace: Workspace,
}

/// Fits a plane to all pixels of an image whose reference pixel is `crpix` (CRPIX1, CRPIX2). The image is
/// read as a whole: every round of the fit looks at all pixels.
///
/// # Errors
/// When the pixels cannot be read or memory is out. What does not determine a plane is the inner error.
pub fn fit_image<S: PixelSource>(
    image: &S,
    crpix: (f64, f64),
    options: &FitOptions,
    buffers: &mut FitBuffers,
) -> Result<std::result::Result<PlaneFit, FitError>> {
    image.read(image.whole(), &mut buffers.pixels)?;
    let patch = Patch::new(&buffers.pixels, image.size().0, image.whole());
    let fit = patch.ok_or(FitError::TooLarge);
    Ok(fit.and_then(|patch| fit_plane(&patch, crpix, options, &mut buffers.workspace)))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayView2};

    use super::super::testing::{folder, grid, Made};
    use super::super::{ArraySource, CubePlane, Element};
    use super::*;
    use crate::kernel::plane_fit::Rounds;

    const OPTIONS: FitOptions = FitOptions {
        level_only: false,
        border: 0,
        rounds: Rounds::Version6,
        no_fit: false,
    };

    fn fit<S: PixelSource>(image: &S, crpix: (f64, f64)) -> PlaneFit {
        let fit = fit_image(image, crpix, &OPTIONS, &mut FitBuffers::default());
        fit.unwrap().unwrap()
    }

    /// The numbers of a fit, bit by bit.
    fn bits(fit: &PlaneFit) -> String {
        format!("{fit:?}")
    }

    #[test]
    fn an_array_a_plane_of_a_cube_and_files_of_every_kind_have_one_fit() {
        let grid = grid(83, 61, 40.5, 12.0);
        let made = Made::sky(grid, 3);
        let crpix = (grid.crpix1, grid.crpix2);
        let expected = bits(&fit(&made.array(), crpix));
        let dir = folder();
        for source in made.file_sources(dir.path(), "image") {
            assert_eq!(bits(&fit(&source, crpix)), expected);
        }
        let mut stack = vec![1.5; 83 * 61];
        stack.extend(&made.pixels);
        stack.extend([f64::NAN; 83 * 61]);
        let stack = ArrayView2::from_shape((3 * 61, 83), &stack).unwrap();
        let plane = CubePlane::new(ArraySource::new(stack, None), 61, 1).unwrap();
        assert_eq!(bits(&fit(&plane, crpix)), expected);
    }

    #[test]
    fn arrays_of_every_type_have_the_fit_of_their_values() {
        /// An array of whole numbers with blanks, and the same as doubles.
        fn check<T: Element>(blank: T, is_blank: fn(usize) -> bool) {
            let value = |i: usize| (i % 40 + 3 * (i / 40)) as f64;
            let doubles = Array2::from_shape_fn((30, 40), |(y, x)| match is_blank(y * 40 + x) {
                true => f64::NAN,
                false => value(y * 40 + x),
            });
            let own = doubles.mapv(|x| if x.is_nan() { blank } else { T::from_f64(x) });
            let expected = fit(&ArraySource::new(doubles.view(), None), (3.0, 4.0));
            let found = fit(&ArraySource::new(own.view(), Some(blank)), (3.0, 4.0));
            assert_eq!(bits(&found), bits(&expected));
            // A view whose rows are columns in memory.
            let turned = own.t().as_standard_layout().into_owned();
            let found = fit(&ArraySource::new(turned.t(), Some(blank)), (3.0, 4.0));
            assert_eq!(bits(&found), bits(&expected));
        }
        let some = |i: usize| i % 17 == 5;
        check::<u8>(255, some);
        check::<i16>(-32768, some);
        check::<i32>(i32::MIN, some);
        check::<f32>(-999.0, some);
        check::<f64>(-999.0, some);
    }

    #[test]
    fn what_determines_no_plane_is_an_error_of_the_fit() {
        let blank = Array2::from_elem((5, 4), f64::NAN);
        let source = ArraySource::new(blank.view(), None);
        let fit = fit_image(&source, (0.0, 0.0), &OPTIONS, &mut FitBuffers::default());
        assert_eq!(fit.unwrap().unwrap_err(), FitError::Blank);
    }
}
