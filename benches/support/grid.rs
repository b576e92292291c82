//! A square grid of images, each overlapping its eight neighbours, and the plane fits of the
//! overlaps as mDiffFitExec would find them: what the background model works on, without pixels.

use std::path::Path;

use fits::atomic_file::{write_text, AtomicFile};
use mosaic::error::Result;
use mosaic::kernel::plane::Plane;
use mosaic::kernel::plane_fit::bounding_box::BoundingBox;
use mosaic::kernel::plane_fit::PlaneFit;
use mosaic::task::fit_table::{self, FitRow};
use simulate::Random;

/// Columns and rows of an image.
const SIZE: usize = 512;
/// From the beginning of one image to that of the next.
const STEP: usize = 440;

pub struct Grid {
    /// Images along either axis.
    pub side: usize,
    pub fits: Vec<FitRow>,
}

impl Grid {
    pub fn new(side: usize) -> Self {
        let mut random = Random(side as u64);
        // What every image has above the sky, about its own centre; and the same about the
        // common origin.
        let planes: Vec<Plane> = (0..side * side)
            .map(|n| {
                let centre = |i: usize| (i * STEP + SIZE / 2) as f64;
                let own = Plane {
                    a: 1e-3 * random.normal(),
                    b: 1e-3 * random.normal(),
                    c: 20.0 * random.normal(),
                };
                own.from_origin(-centre(n % side), -centre(n / side))
            })
            .collect();
        let mut fits = Vec::new();
        for (j, i) in (0..side).flat_map(|j| (0..side).map(move |i| (j, i))) {
            let right = i + 1 < side;
            let above = j + 1 < side;
            let neighbours = [
                right.then(|| (i + 1, j)),
                above.then(|| (i, j + 1)),
                (right && above).then(|| (i + 1, j + 1)),
                (i > 0 && above).then(|| (i - 1, j + 1)),
            ];
            for (i2, j2) in neighbours.into_iter().flatten() {
                let (x, y) = (span(i, i2), span(j, j2));
                let (plus, minus) = (j * side + i, j2 * side + i2);
                let truth = planes[plus].minus(&planes[minus]);
                fits.push(fit((plus, minus), truth, x, y, &mut random));
            }
        }
        Grid { side, fits }
    }

    /// Writes the image table `images` and the fit table `fits`.
    pub fn write(&self, images: &Path, fits: &Path) -> Result<()> {
        write_text(images, |w| {
            let names = ["cntr", "naxis1", "naxis2", "crpix1", "crpix2", "fname"];
            let kinds = ["int", "int", "int", "double", "double", "char"];
            for [a, b, c, d, e, f] in [names, kinds] {
                writeln!(w, "|{a:>8}|{b:>7}|{c:>7}|{d:>12}|{e:>12}|{f:<24}|")?;
            }
            for n in 0..self.side * self.side {
                let reference = |i: usize| 0.5 - (i * STEP) as f64;
                let (x, y) = (reference(n % self.side), reference(n / self.side));
                let name = format!("img{n:06}.fits");
                writeln!(
                    w,
                    " {n:>8} {SIZE:>7} {SIZE:>7} {x:>12.2} {y:>12.2} {name:<24} "
                )?;
            }
            Ok(())
        })?;
        let header = fit_table::DIFF_FIT_EXEC_HEADER;
        fit_table::write(AtomicFile::create(fits)?, header, &self.fits)
    }
}

/// First and last pixel that two images share along one axis.
fn span(i: usize, j: usize) -> (f64, f64) {
    let first = i.max(j) * STEP;
    let last = i.min(j) * STEP + SIZE - 1;
    (first as f64, last as f64)
}

/// The fit of an overlap whose difference is `truth`, as well as noise lets it be found.
fn fit(
    (plus, minus): (usize, usize),
    truth: Plane,
    x: (f64, f64),
    y: (f64, f64),
    random: &mut Random,
) -> FitRow {
    let centre = ((x.0 + x.1) / 2.0, (y.0 + y.1) / 2.0);
    let error = Plane {
        a: 1e-5 * random.normal(),
        b: 1e-5 * random.normal(),
        c: 3e-3 * random.normal(),
    };
    let plane = truth.plus(&error.from_origin(-centre.0, -centre.1));
    let (width, height) = (x.1 - x.0, y.1 - y.0);
    FitRow {
        plus: plus as i32,
        minus: minus as i32,
        fit: PlaneFit {
            plane,
            x,
            y,
            centre,
            npixel: ((width + 1.0) * (height + 1.0)) as usize,
            rms: 0.7 + 0.01 * random.normal(),
            bounding_box: BoundingBox {
                x: centre.0,
                y: centre.1,
                width,
                height,
                angle: 0.0,
            },
        },
        crpix: (-x.0, -y.0),
    }
}
