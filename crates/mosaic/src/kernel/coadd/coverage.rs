//! Which pixels of an image are covered well enough to count, told from its areas.
//!
//! An area is a coverage times a weight. Where all weights are alike, half the area of a whole
//! pixel is half its coverage, whatever the weight. Where they are not, only the edge of what an
//! image covers shows partial coverage: there a pixel is compared with its neighbours.

/// Areas within this fraction of another are those of the same coverage and weight.
const ALIKE: f64 = 0.01;

/// This part of the areas that are looked at has to be alike, so that a few odd ones (beside blank
/// pixels, say) do not count.
const MOST: f64 = 0.9;

/// How the pixels of an image are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coverage {
    /// Those of an area above this count.
    Above(f64),
    /// Weights differ: see [`blank_uncovered`].
    OfNeighbours,
}

/// Areas of some pixels of an image.
#[derive(Debug, Default)]
pub struct Sample {
    /// Those of pixels with areas all around.
    inside: Vec<f64>,
    /// The greatest of all.
    greatest: f64,
}

impl Sample {
    /// Looks at a band of whole rows of `width` pixels.
    pub fn add(&mut self, areas: &[f64], width: usize) {
        let rows: Vec<&[f64]> = areas.chunks_exact(width.max(1)).collect();
        for area in areas {
            self.greatest = self.greatest.max(*area);
        }
        for three in rows.windows(3) {
            let columns = three[0].windows(3).zip(three[1].windows(3));
            for ((below, row), above) in columns.zip(three[2].windows(3)) {
                let around = below.iter().chain(row).chain(above);
                if around.into_iter().all(|area| *area > 0.0) {
                    self.inside.push(row[1]);
                }
            }
        }
    }

    /// How pixels are judged, `nominal` being the area of a whole pixel of weight 1.
    pub fn coverage(mut self, nominal: f64) -> Coverage {
        let count = self.inside.len();
        let typical = match count {
            0 => self.greatest,
            _ => {
                *self
                    .inside
                    .select_nth_unstable_by(count / 2, f64::total_cmp)
                    .1
            }
        };
        let alike = |area: f64, other: f64| (area - other).abs() <= ALIKE * other;
        let same = self.inside.iter().filter(|area| alike(**area, typical));
        if (same.count() as f64) < MOST * count as f64 {
            return Coverage::OfNeighbours;
        }
        // As Montage has it where weights are 1, to the last digit.
        let whole = if alike(typical, nominal) {
            nominal
        } else {
            typical
        };
        Coverage::Above(0.5 * whole)
    }
}

/// A part of an image with what is around it.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Areas of the part and of the pixels of the image around it, row by row.
    pub areas: &'a [f64],
    /// Columns of `areas`.
    pub width: usize,
    /// Where the part begins in it: 1, or 0 at the edge of the image.
    pub first: (usize, usize),
    /// Columns of the part.
    pub columns: usize,
}

/// Makes pixels blank that an image of differing weights does not cover: those at the edge of what
/// it covers (a neighbour has no area, or is outside the image) whose area is not more than half of the
/// greatest around them. Inside, every pixel with an area is covered, however small its weight.
pub fn blank_uncovered(values: &mut [f64], around: &Surroundings) {
    let Surroundings {
        areas,
        width,
        first,
        columns,
    } = *around;
    let height = areas.len() / width.max(1);
    for (row, values) in values.chunks_exact_mut(columns.max(1)).enumerate() {
        let y = first.1 + row;
        for (column, value) in values.iter_mut().enumerate() {
            let x = first.0 + column;
            let area = |x: usize, y: usize| match x < width && y < height {
                true => areas[y * width + x],
                false => 0.0,
            };
            let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
            for dy in 0..3 {
                for dx in 0..3 {
                    // Before the first column or row is beyond every other one.
                    let (x, y) = ((x + dx).wrapping_sub(1), (y + dy).wrapping_sub(1));
                    let area = area(x, y);
                    least = least.min(if area > 0.0 { area } else { 0.0 });
                    greatest = greatest.max(area);
                }
            }
            if least == 0.0 && area(x, y) <= 0.5 * greatest {
                *value = f64::NAN;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image of 7 x 6 pixels: whole ones inside, halves and less around, all times a weight.
    fn areas(weight: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let pixels = (0..42).map(|i| (i % 7, i / 7));
        let area = |(x, y): (usize, usize)| {
            let part = |at: usize, last: usize, first_part: f64, last_part: f64| match at {
                0 => first_part,
                _ if at == last => last_part,
                _ => 1.0,
            };
            weight(x, y) * part(x, 6, 0.75, 1e-9) * part(y, 5, 0.25, 1.0)
        };
        pixels.map(area).collect()
    }

    fn sample(areas: &[f64]) -> Sample {
        let mut sample = Sample::default();
        sample.add(areas, 7);
        sample
    }

    #[test]
    fn equal_weights_are_judged_by_half_a_whole_pixel_and_weight_one_as_in_montage() {
        for weight in [1.0, 0.3, 1e-6, 250.0] {
            let coverage = sample(&areas(|_, _| weight)).coverage(1.0);
            assert_eq!(coverage, Coverage::Above(0.5 * weight));
        }
        // Solid angles near the nominal one are not told from it.
        let coverage = sample(&areas(|_, _| 0.9999)).coverage(1.0);
        assert_eq!(coverage, Coverage::Above(0.5));
        // Nothing is inside: the greatest is whole.
        let mut sample = Sample::default();
        sample.add(&[0.1, 0.3, 0.2], 3);
        assert_eq!(sample.coverage(1.0), Coverage::Above(0.15));
    }

    #[test]
    fn differing_weights_are_judged_by_what_is_around() {
        // From 0.2 to 2 along a row, a dark pixel at (3, 3).
        let weight = |x: usize, y: usize| match (x, y) {
            (3, 3) => 0.01,
            _ => 0.2 * 10_f64.powf(x as f64 / 6.0),
        };
        let areas = areas(weight);
        assert_eq!(sample(&areas).coverage(1.0), Coverage::OfNeighbours);
        let expected = |x: usize, y: usize| x != 6 && y != 0;
        let mut values = vec![5.0; 42];
        let all = Surroundings {
            areas: &areas,
            width: 7,
            first: (0, 0),
            columns: 7,
        };
        blank_uncovered(&mut values, &all);
        for (i, value) in values.iter().enumerate() {
            assert_eq!(value.is_finite(), expected(i % 7, i / 7), "{i}");
        }
        // The same of a part with one pixel around it.
        let part: Vec<f64> = (0..4)
            .flat_map(|y| areas[(y + 1) * 7 + 1..][..5].to_vec())
            .collect();
        let mut values = vec![5.0; 3 * 2];
        let around = Surroundings {
            areas: &part,
            width: 5,
            first: (1, 1),
            columns: 3,
        };
        blank_uncovered(&mut values, &around);
        assert!(values.iter().all(|value| *value == 5.0));
    }
}
