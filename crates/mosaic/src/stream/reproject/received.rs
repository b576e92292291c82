//! From what output pixels have received to an image and its areas.

use sky::chebyshev::{cells, CellMap};
use sky::{PixelMap, Window};

use crate::error::Result;
use crate::kernel::reproject::Canvas;
use crate::run::Run;

use super::super::{PixelSink, WithAreas};
use super::fill::{fill_rows, Filled, PIXELS_AT_ONCE};

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

/// What output pixels have received, and how it becomes an image.
pub struct Received<'a> {
    /// The sums.
    pub sums: &'a Canvas,
    /// The pixels that have received something: see [`Canvas::covered`].
    pub covered: Window,
    /// The solid angles of the pixels.
    pub areas: Areas<'a>,
    /// The factor of energies, which are sums; `None` for means.
    pub energy: Option<f64>,
}

impl Received<'_> {
    /// Writes the pixels of `part`, which contains the covered ones and has the size of `output`: means of
    /// what they have received, or energies. The areas are the solid angles times the weights.
    ///
    /// # Errors
    /// When memory is out, an image cannot be written, or the run is cancelled.
    pub fn write<K: PixelSink>(
        &self,
        part: &Window,
        output: &WithAreas<K>,
        run: &Run,
    ) -> Result<()> {
        let Received {
            sums,
            covered,
            areas,
            energy,
        } = self;
        // Solid angles change so slowly over an image that polynomials give them, too. They are
        // taken relative to the nominal one, so that the polynomials' error is relative to it.
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
        let found = cells(&relative, covered.width, covered.height, 0.0);
        let at = |x: usize, y: usize| (y - sums.region.y) * sums.region.width + (x - sums.region.x);
        let fill = |first: usize, count: usize, rows: &mut Filled| {
            let Filled { values, areas, .. } = rows;
            memory::resize(values, count * part.width, f64::NAN)?;
            memory::resize(areas, count * part.width, 0.0)?;
            let (from, to) = (part.y + first, part.y + first + count);
            for cell in &found {
                let top = covered.y + cell.window.y;
                for y in top.max(from)..(top + cell.window.height).min(to) {
                    let x = covered.x + cell.window.x;
                    let sums_at = at(x, y);
                    let received = &sums.sums[sums_at..][..cell.window.width];
                    let to = (y - from) * part.width + (x - part.x);
                    let values = &mut values[to..][..cell.window.width];
                    let areas = &mut areas[to..][..cell.window.width];
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
                    let row_y = (cell.window.y + (y - top)) as f64 + 1.0;
                    let row = match &cell.map {
                        CellMap::Smooth(polynomials) => Some(polynomials.row(row_y)),
                        CellMap::Rough => None,
                    };
                    for i in 0..cell.window.width {
                        let [flux, weight] = received[i];
                        if weight <= 0.0 {
                            continue;
                        }
                        let x = (cell.window.x + i) as f64 + 1.0;
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
        fill_rows(output, PIXELS_AT_ONCE, run, fill)
    }
}
