//! Stacks images that lie on one pixel grid into one (mAdd).
//!
//! A mosaic is made in pieces: a block of the output is begun, what the images have there is
//! added, and the block is finished. Every pixel's numbers are added in the order of the images
//! given, so neither the size of the pieces nor who makes them matters to a single bit.

pub mod coverage;
mod median;
pub mod placement;

pub use median::median;

/// How the values of one pixel become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stacking {
    /// The mean, weighted by the areas.
    Mean,
    /// The median of the values whose area is more than the `least_area` of their layer; of two values
    /// the lower, of another even number the mean of the middle two (Montage 6.0).
    Median,
    /// The number of values above 0; areas are 1 wherever there is a value at all.
    Count,
    /// The sum, not weighted.
    Sum,
}

/// What one image has for a block: values and areas of a rectangle in it, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// First column in the block.
    pub x: usize,
    /// First row in the block.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Values; NaN is blank.
    pub values: &'a [f64],
    /// Areas, as many as values; `None`: all 1. A pixel whose area is not above 0 is blank.
    pub areas: Option<&'a [f64]>,
    /// The median takes pixels of a larger area only; not negative. The others do not look at it.
    pub least_area: f64,
}

/// A block of the output; its memory is used again from block to block.
#[derive(Debug, Default)]
pub struct Block {
    width: usize,
    /// Areas of a row of images that have none.
    ones: Vec<f64>,
    /// Values of the output, row by row: NaN where nothing is.
    pub values: Vec<f64>,
    /// Areas of the output: 0 where nothing is.
    pub areas: Vec<f64>,
}

impl Block {
    /// Begins an empty block of `width` x `height` pixels; `None` when memory is out.
    pub fn begin(&mut self, width: usize, height: usize) -> Option<()> {
        let count = width.checked_mul(height)?;
        self.width = width;
        memory::resize(&mut self.ones, width.max(1), 1.0).ok()?;
        for pixels in [&mut self.values, &mut self.areas] {
            pixels.clear();
            pixels.try_reserve_exact(count).ok()?;
            pixels.resize(count, 0.0);
        }
        Some(())
    }

    /// Adds an image for any stacking but the median, which needs all of them at once:
    /// [`median`].
    pub fn add(&mut self, stacking: Stacking, layer: &Layer) {
        let width = layer.width.max(1);
        let Some(areas) = layer.areas else {
            // [`Block::begin`] made them as many as the block has columns.
            let ones = std::mem::take(&mut self.ones);
            for (row, values) in layer.values.chunks_exact(width).enumerate() {
                self.add_row(stacking, layer, row, values, &ones);
            }
            self.ones = ones;
            return;
        };
        let rows = layer.values.chunks_exact(width);
        for (row, (values, areas)) in rows.zip(areas.chunks_exact(width)).enumerate() {
            self.add_row(stacking, layer, row, values, areas);
        }
    }

    fn add_row(
        &mut self,
        stacking: Stacking,
        layer: &Layer,
        row: usize,
        values: &[f64],
        areas: &[f64],
    ) {
        let first = (layer.y + row) * self.width + layer.x;
        let sums = &mut self.values[first..][..values.len()];
        let area_sums = &mut self.areas[first..][..values.len()];
        let pixels = sums.iter_mut().zip(area_sums).zip(values.iter().zip(areas));
        // No branch in these loops: a blank adds 0, which changes no sum that began with 0.
        match stacking {
            Stacking::Mean => {
                for ((sum, area_sum), (&value, &area)) in pixels {
                    let set = !value.is_nan() & (area > 0.0);
                    *sum += if set { value * area } else { 0.0 };
                    *area_sum += if set { area } else { 0.0 };
                }
            }
            Stacking::Count => {
                for ((count, seen), (&value, &area)) in pixels {
                    // A pixel of unknown area is there, but is not counted (Montage 6.0).
                    let there = !value.is_nan() & (area.is_nan() | (area > 0.0));
                    *count += f64::from(u8::from((value > 0.0) & (area > 0.0)));
                    *seen = if there { 1.0 } else { *seen };
                }
            }
            Stacking::Sum | Stacking::Median => {
                for ((sum, area_sum), (&value, &area)) in pixels {
                    let set = !value.is_nan() & (area > 0.0);
                    *sum += if set { value } else { 0.0 };
                    *area_sum += if set { area } else { 0.0 };
                }
            }
        }
    }

    /// Turns the sums into the output, with NaN where no image has anything.
    pub fn finish(&mut self, stacking: Stacking) {
        let mean = stacking == Stacking::Mean;
        for (value, &area) in self.values.iter_mut().zip(&self.areas) {
            let result = if mean { *value / area } else { *value };
            *value = if area > 0.0 { result } else { f64::NAN };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn stack(stacking: Stacking, layers: &[Layer]) -> (Vec<f64>, Vec<f64>) {
        let mut block = Block::default();
        block.begin(5, 2).unwrap();
        if stacking == Stacking::Median {
            median(&mut block, layers).unwrap();
        } else {
            layers.iter().for_each(|layer| block.add(stacking, layer));
            block.finish(stacking);
        }
        (block.values, block.areas)
    }

    /// Three layers on the second row of a block of 5 x 2: columns 0-3, 1-4 and 1-4.
    fn layers() -> [Layer<'static>; 3] {
        let layer = |x, values, areas| Layer {
            x,
            y: 1,
            width: 4,
            values,
            areas: Some(areas),
            least_area: 0.5,
        };
        [
            layer(0, &[1.0, 2.0, NAN, 4.0], &[1.0, 0.5, 1.0, 0.0]),
            layer(1, &[10.0, 20.0, 30.0, -40.0], &[1.5, 0.2, 1.0, 1.0]),
            layer(1, &[-8.0, NAN, 50.0, NAN], &[1.0, 1.0, 1.0, NAN]),
        ]
    }

    #[test]
    fn values_are_stacked_as_montage_6_stacks_them() {
        let text = |x: &[f64]| format!("{x:?}");
        let (values, areas) = stack(Stacking::Mean, &layers());
        assert!(values[..5].iter().all(|v| v.is_nan()) && areas[..5] == [0.0; 5]);
        let second = (2.0 * 0.5 + 10.0 * 1.5 - 8.0) / 3.0;
        assert_eq!(
            text(&values[5..]),
            text(&[1.0, second, 20.0 * 0.2 / 0.2, 40.0, -40.0])
        );
        assert_eq!(areas[5..], [1.0, 3.0, 0.2, 2.0, 1.0]);
        let (values, areas) = stack(Stacking::Sum, &layers());
        assert_eq!(values[5..], [1.0, 4.0, 20.0, 80.0, -40.0]);
        assert_eq!(areas[5..], [1.0, 3.0, 0.2, 2.0, 1.0]);
        let (values, areas) = stack(Stacking::Count, &layers());
        assert_eq!(values[5..], [1.0, 2.0, 1.0, 2.0, 0.0]);
        assert_eq!(areas[5..], [1.0; 5]);
        assert!(values[..5].iter().all(|v| v.is_nan()) && areas[..5] == [0.0; 5]);
        // 0.2 is less than half an area, 0.5 is not more: of 10 and -8 the lower.
        let (values, areas) = stack(Stacking::Median, &layers());
        assert_eq!(text(&values[5..]), text(&[1.0, -8.0, NAN, 30.0, -40.0]));
        assert_eq!(areas[5..], [1.0, 2.5, 0.0, 2.0, 1.0]);
        assert!(values[..5].iter().all(|v| v.is_nan()) && areas[..5] == [0.0; 5]);
    }

    #[test]
    fn without_areas_every_pixel_weighs_one() {
        let mut layers = layers();
        layers.iter_mut().for_each(|layer| layer.areas = None);
        let (values, areas) = stack(Stacking::Mean, &layers);
        assert_eq!(values[5..], [1.0, 4.0 / 3.0, 20.0, 28.0, -40.0]);
        assert_eq!(areas[5..], [1.0, 3.0, 1.0, 3.0, 1.0]);
        let (values, _) = stack(Stacking::Median, &layers);
        assert_eq!(values[5..], [1.0, 2.0, 20.0, 30.0, -40.0]);
    }

    #[test]
    fn medians_of_many_are_those_of_the_sorted_values() {
        let pixels: Vec<[f64; 10]> = (0..50)
            .map(|k| std::array::from_fn(|i| f64::from((k * 37 + i as i32 * 11) % 53)))
            .collect();
        for count in 1..=50 {
            let layers: Vec<Layer> = pixels[..count]
                .iter()
                .map(|values| Layer {
                    x: 0,
                    y: 0,
                    width: 5,
                    values,
                    areas: None,
                    least_area: 0.0,
                })
                .collect();
            let (values, areas) = stack(Stacking::Median, &layers);
            for (i, &value) in values.iter().enumerate() {
                let mut sorted: Vec<f64> = pixels[..count].iter().map(|p| p[i]).collect();
                sorted.sort_by(f64::total_cmp);
                let middle = sorted[count / 2];
                let expected = match count {
                    2 => sorted[0],
                    _ if count % 2 == 0 => (middle + sorted[count / 2 - 1]) / 2.0,
                    _ => middle,
                };
                assert_eq!((value, areas[i]), (expected, count as f64));
            }
        }
    }
}
