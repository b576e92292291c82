//! The end of a reprojection: from what output pixels have received to an image and its areas.

use std::path::{Path, PathBuf};

use crate::error::{shown, Error, Result};
use crate::kernel::reproject::Canvas;
use crate::run::{say, Run};
use crate::task::reproject::project::ProjectParams;
use crate::task::reproject::target::{Rows, Target};
use fits::atomic_file::{commit_all, commit_and_remove, AtomicFile};
use sky::patch::{pieces, Nature};
use sky::{PixelMap, Window};

/// What came of a reprojection.
pub enum Reprojected {
    /// The image and its areas, to be committed.
    Images([AtomicFile; 2]),
    /// An image without areas, to be committed. Areas of an earlier image of its name are removed:
    /// they are not its own.
    Image {
        /// The image.
        image: AtomicFile,
        /// Where its areas would be.
        areas: PathBuf,
    },
    /// Nothing of the image falls on the template: what to say.
    Nothing(String),
}

impl Reprojected {
    /// Nothing, for the image does not reach the template.
    pub fn off(image: &Path, template: &Path) -> Self {
        Reprojected::Nothing(format!(
            "No overlap of {} with {}",
            shown(image),
            shown(template)
        ))
    }

    /// Lets the images appear.
    ///
    /// # Errors
    /// When there are none, or a rename fails.
    pub fn commit(self) -> Result<()> {
        match self {
            Reprojected::Images(images) => Ok(commit_all(images)?),
            Reprojected::Image { image, areas } => Ok(commit_and_remove([image], &[&areas])?),
            Reprojected::Nothing(why) => Err(Error::message(why)),
        }
    }
}

/// Says which pixels of the template are written, where `debug` is above 0.
pub fn tell_part(debug: i32, part: &Window) {
    if debug > 0 {
        let Window {
            x,
            y,
            width,
            height,
        } = part;
        say(format_args!(
            "Output: {width} x {height} pixels from ({x}, {y}) of the template on"
        ));
    }
}

/// The solid angles of output pixels.
pub enum Areas<'a> {
    /// All have this one (steradians).
    Same(f64),
    /// What they have on the sky.
    OfSky(&'a PixelMap, f64),
}

impl<'a> Areas<'a> {
    /// Those of the target of a map.
    pub fn of_sky(map: &'a PixelMap) -> Self {
        Areas::OfSky(map, map.nominal_solid_angle())
    }
}

/// Writes what the output has received, cut to the pixels that have received something: means of
/// what they have received, or energies, which are the sums times a factor.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    params: &ProjectParams,
    target: &Target,
    sums: &Canvas,
    areas: &Areas,
    energy: Option<f64>,
    run: &Run,
) -> Result<Reprojected> {
    let Some(covered) = covered(sums) else {
        return Ok(Reprojected::Nothing(format!(
            "All pixels are blank. Check for overlap of output template with image file. ({} with {})",
            shown(params.template),
            shown(params.input.image)
        )));
    };
    let part = if params.full_region {
        target.whole()
    } else {
        covered
    };
    tell_part(params.debug, &part);
    // Solid angles change so slowly over an image that polynomials give them, too. They are
    // taken relative to the nominal one, so that the patches' error is relative to it.
    let relative = |x: f64, y: f64| match areas {
        Areas::Same(_) => Some((1.0, 0.0)),
        Areas::OfSky(map, nominal) => {
            let (x, y) = (x + covered.x as f64, y + covered.y as f64);
            Some((map.solid_angle(x, y)? / nominal, 0.0))
        }
    };
    let one_size = areas;
    let nominal = match areas {
        Areas::Same(area) | Areas::OfSky(_, area) => *area,
    };
    let found = pieces(&relative, covered.width, covered.height, 0.0);
    let at = |x: usize, y: usize| (y - sums.region.y) * sums.region.width + (x - sums.region.x);
    let fill = |first: usize, count: usize, rows: &mut Rows| {
        let Rows { values, areas, .. } = rows;
        memory::resize(values, count * part.width, f64::NAN)?;
        memory::resize(areas, count * part.width, 0.0)?;
        let (from, to) = (part.y + first, part.y + first + count);
        for piece in &found {
            let top = covered.y + piece.window.y;
            for y in top.max(from)..(top + piece.window.height).min(to) {
                let x = covered.x + piece.window.x;
                let sums_at = at(x, y);
                let received = &sums.sums[sums_at..][..piece.window.width];
                let to = (y - from) * part.width + (x - part.x);
                let values = &mut values[to..][..piece.window.width];
                let areas = &mut areas[to..][..piece.window.width];
                if let (Areas::Same(size), None) = (one_size, energy) {
                    let pixels = values.iter_mut().zip(areas).zip(received);
                    for ((value, area), &[flux, weight]) in pixels {
                        if weight > 0.0 {
                            *value = flux / weight;
                            *area = weight * size;
                        }
                    }
                    continue;
                }
                let row_y = (piece.window.y + (y - top)) as f64 + 1.0;
                let row = match &piece.nature {
                    Nature::Smooth(patch) => Some(patch.row(row_y)),
                    Nature::Rough => None,
                };
                for i in 0..piece.window.width {
                    let [flux, weight] = received[i];
                    if weight <= 0.0 {
                        continue;
                    }
                    let x = (piece.window.x + i) as f64 + 1.0;
                    let size = match &row {
                        Some(row) => row.at(x).0,
                        None => match relative(x, row_y) {
                            Some((size, _)) => size,
                            None => continue,
                        },
                    };
                    values[i] = match energy {
                        Some(factor) => flux * factor,
                        None => flux / weight,
                    };
                    areas[i] = weight * size * nominal;
                }
            }
        }
        Ok(())
    };
    let images = target.write(params.output, &part, run, fill)?;
    Ok(Reprojected::Images(images))
}

/// The smallest region around the pixels that have received something.
fn covered(sums: &Canvas) -> Option<Window> {
    let region = sums.region;
    let (mut left, mut right) = (usize::MAX, 0);
    let (mut bottom, mut top) = (usize::MAX, 0);
    for (row, received) in sums.sums.chunks_exact(region.width.max(1)).enumerate() {
        let Some(first) = received.iter().position(|sums| sums[1] > 0.0) else {
            continue;
        };
        let last = received
            .iter()
            .rposition(|sums| sums[1] > 0.0)
            .unwrap_or(first);
        left = left.min(first);
        right = right.max(last);
        bottom = bottom.min(row);
        top = row;
    }
    (left <= right).then(|| Window {
        x: region.x + left,
        y: region.y + bottom,
        width: right - left + 1,
        height: top - bottom + 1,
    })
}
