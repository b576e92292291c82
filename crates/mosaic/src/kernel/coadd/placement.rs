//! Where the images of a table lie in the mosaic, and how large that is.

use sky::Grid;

/// Reference pixels that differ from a whole number of pixels by less than this differ by that
/// number: image tables keep few decimals, and differences of decimals are not exact in binary.
/// (Montage 6.0 cuts off the fraction of any row, so that 611.3 - 111.3 is 499 rows there.)
const WHOLE: f64 = 0.01;

/// Cuts off the fraction, as C's cast to int does, unless it is one by accident only.
fn whole(x: f64) -> f64 {
    let nearest = x.round();
    if (x - nearest).abs() < WHOLE {
        nearest
    } else {
        x.trunc()
    }
}

/// The grid of the mosaic. Where the images together are narrower than the template (and the
/// same for height), it shrinks to them; where they are not, the template's bounds stand. (Montage
/// 6.0: the decision is made for either axis by itself, and an axis that shrinks is that of the
/// images even where they reach beyond the template.)
pub fn shrunk(template: &Grid, images: &[Grid]) -> Grid {
    let axis = |length: usize, crpix: f64, of: fn(&Grid) -> (usize, f64)| {
        let largest = images
            .iter()
            .map(|g| of(g).1)
            .fold(f64::NEG_INFINITY, f64::max);
        let smallest = images
            .iter()
            .map(|g| of(g).1 - of(g).0 as f64)
            .fold(f64::INFINITY, f64::min);
        let extent = whole(largest - smallest);
        if extent >= 1.0 && extent < length as f64 {
            // At least 1 and less than a length: it fits.
            (extent as usize, largest)
        } else {
            (length, crpix)
        }
    };
    let (width, crpix1) = axis(template.width, template.crpix1, |g| (g.width, g.crpix1));
    let (height, crpix2) = axis(template.height, template.crpix2, |g| (g.height, g.crpix2));
    Grid {
        width,
        height,
        crpix1,
        crpix2,
    }
}

/// The part of an image that lies in the mosaic, along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First pixel in the mosaic, from 0.
    pub output: usize,
    /// First pixel in the image, from 0.
    pub input: usize,
    /// Pixels, at least 1.
    pub length: usize,
}

impl Span {
    fn new(offset: f64, image: usize, mosaic: usize) -> Option<Self> {
        // Reference pixels are finite; an offset beyond every image has no overlap.
        let start = offset.max(0.0);
        let end = (offset + image as f64).min(mosaic as f64);
        (end > start).then_some(Span {
            output: start as usize,
            input: (start - offset) as usize,
            length: (end - start) as usize,
        })
    }

    /// The part of this span in `from..to` of the mosaic.
    pub fn within(&self, from: usize, to: usize) -> Option<Span> {
        let start = self.output.max(from);
        let end = (self.output + self.length).min(to);
        (end > start).then(|| Span {
            output: start,
            input: self.input + (start - self.output),
            length: end - start,
        })
    }
}

/// The columns of `image` that lie in `mosaic`: its first column is put on the nearest one.
pub fn columns(mosaic: &Grid, image: &Grid) -> Option<Span> {
    let offset = (mosaic.crpix1 - image.crpix1).round();
    Span::new(offset, image.width, mosaic.width)
}

/// The rows of `image` that lie in `mosaic`. A fraction of a row is cut off, of columns it is
/// rounded (Montage 6.0).
pub fn rows(mosaic: &Grid, image: &Grid) -> Option<Span> {
    let offset = whole(mosaic.crpix2 - image.crpix2 + 1.0) - 1.0;
    Span::new(offset, image.height, mosaic.height)
}

/// The reference pixel moved by whole turns of the sky towards that of a mosaic of `width`
/// columns, until it is no farther away than that (cylindrical maps; Montage 6.0, CAR only).
/// `cdelt` in degrees a pixel.
pub fn unwound(crpix: f64, cdelt: f64, mosaic_crpix: f64, width: usize) -> f64 {
    let turn = 360.0 / cdelt.abs();
    let distance = crpix - mosaic_crpix;
    if !turn.is_finite() || distance.abs() <= width as f64 {
        return crpix;
    }
    // As many turns as leave the width, but never past the nearest position.
    let wanted = ((distance.abs() - width as f64) / turn).ceil();
    let nearest = (distance.abs() / turn + 0.5).floor();
    crpix - distance.signum() * wanted.min(nearest) * turn
}

/// The nominal area of a pixel in steradians: |CDELT1 CDELT2|, steps in degrees.
pub fn nominal_area(cdelt1: f64, cdelt2: f64) -> f64 {
    (cdelt1 * cdelt2).abs() * (1.0_f64.to_radians() * 1.0_f64.to_radians())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(width: usize, height: usize, crpix1: f64, crpix2: f64) -> Grid {
        Grid {
            width,
            height,
            crpix1,
            crpix2,
        }
    }

    #[test]
    fn the_mosaic_shrinks_by_axis() {
        let template = grid(100, 50, 50.5, 25.0);
        // 40 columns in all, but as many rows as the template has.
        let images = [grid(30, 60, 20.5, 25.0), grid(30, 20, 10.5, 10.0)];
        let mosaic = shrunk(&template, &images);
        assert_eq!(mosaic, grid(40, 50, 20.5, 25.0));
        assert_eq!(columns(&mosaic, &images[1]).unwrap().output, 10);
        // Outside the template altogether: the original goes with the images.
        assert_eq!(
            shrunk(&template, &[grid(5, 6, -1000.0, 900.0)]),
            grid(5, 6, -1000.0, 900.0)
        );
        // Decimals that are not exact: 500.0000000001 or 499.999999 columns.
        let images = [grid(100, 9, 611.3, 0.0), grid(100, 9, 111.3, 0.0)];
        assert_eq!(shrunk(&grid(9999, 9, 0.0, 0.0), &images).width, 600);
    }

    #[test]
    fn spans_are_cut_at_the_edges() {
        let mosaic = grid(100, 100, 611.3, 611.3);
        let span = |output, input, length| {
            Some(Span {
                output,
                input,
                length,
            })
        };
        let place = |crpix: f64| {
            let image = grid(50, 50, crpix, crpix);
            (columns(&mosaic, &image), rows(&mosaic, &image))
        };
        assert_eq!(place(611.3), (span(0, 0, 50), span(0, 0, 50)));
        assert_eq!(place(541.3), (span(70, 0, 30), span(70, 0, 30)));
        assert_eq!(place(621.3), (span(0, 10, 40), span(0, 10, 40)));
        assert_eq!(place(661.3), (None, None));
        assert_eq!(place(511.3), (None, None));
        assert_eq!(place(4e12), (None, None));
        // Montage 6.0: columns are rounded, rows cut.
        assert_eq!(place(600.6), (span(11, 0, 50), span(10, 0, 50)));
        assert_eq!(span(70, 5, 30).unwrap().within(80, 90), span(80, 15, 10));
        assert_eq!(span(70, 5, 30).unwrap().within(20, 70), None);
    }

    #[test]
    fn maps_of_the_whole_sky_are_unwound() {
        assert_eq!(unwound(3650.0, 0.1, 50.0, 100), 50.0);
        assert_eq!(unwound(-7100.0, -0.1, 50.0, 100), 100.0);
        // Within the width: left alone; half a turn away: the nearest.
        assert_eq!(unwound(140.0, 0.1, 50.0, 100), 140.0);
        assert_eq!(unwound(2000.0, 0.1, 50.0, 100), -1600.0);
        assert_eq!(unwound(1800.0, 0.1, 50.0, 100), 1800.0);
        assert_eq!(unwound(1e12, 0.0, 50.0, 100), 1e12);
    }
}
