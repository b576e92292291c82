//! An image with pixels of another size: every new pixel is the mean of the old ones, weighted by
//! how much of each it covers; blanks do not count.
//!
//! Weights, and the order in which terms are added, are those of Montage 6.0's mShrink, so that
//! the same doubles come out.

use crate::error::Result;

/// The old pixels that a new one covers, along one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The first of them, from 0.
    pub first: usize,
    /// How much of each is covered.
    pub weights: Vec<f64>,
}

impl Span {
    /// New pixel `k` (from 0), of `factor` old pixels, on an axis of `length` old pixels. The
    /// weights are pixels where `factor` is 1 or more, and parts of the new pixel below.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(k: usize, factor: f64, length: usize) -> Result<Self> {
        let begin = k as f64 * factor;
        let end = (k as f64 + 1.0) * factor;
        let first = begin.floor() as usize;
        let mut weights = Vec::new();
        if factor >= 1.0 {
            let last = (end.ceil() as usize).min(length.saturating_sub(1));
            for i in first..=last {
                let (from, to) = (i as f64, i as f64 + 1.0);
                let weight = if from <= begin && to <= end {
                    to - begin
                } else if from <= begin {
                    end - begin
                } else if to >= end {
                    end - from
                } else {
                    1.0
                };
                if weight > 0.0 {
                    memory::push(&mut weights, weight)?;
                }
            }
        } else {
            let next = end.floor();
            let beyond = match next > begin.floor() && end > next {
                true => (end - next) / factor,
                false => 0.0,
            };
            weights.push(1.0 - beyond);
            if beyond > 0.0 && first + 1 < length {
                weights.push(beyond);
            }
        }
        Ok(Span { first, weights })
    }

    /// The old pixel after the last.
    pub fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

/// The columns of all new pixels of a row.
pub struct Columns {
    /// For each new pixel its first old one, and where its weights end in `weights`.
    spans: Vec<(usize, usize)>,
    weights: Vec<f64>,
}

impl Columns {
    /// `count` new pixels of `factor` old ones on a row of `length` old ones.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(count: usize, factor: f64, length: usize) -> Result<Self> {
        let (mut spans, mut weights): (Vec<_>, Vec<f64>) = (Vec::new(), Vec::new());
        memory::reserve(&mut spans, count)?;
        for k in 0..count {
            let span = Span::new(k, factor, length)?;
            memory::extend(&mut weights, span.weights.iter().copied())?;
            spans.push((span.first, weights.len()));
        }
        Ok(Columns { spans, weights })
    }
}

/// Sums of a row of new pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    flux: f64,
    area: f64,
}

impl Sum {
    /// The mean; NaN where every old pixel was blank.
    pub fn mean(&self) -> f64 {
        if self.area > 0.0 {
            self.flux / self.area
        } else {
            f64::NAN
        }
    }
}

/// Adds a row of old pixels, of which `weight` is covered, to a row of sums.
pub fn add_row(sums: &mut [Sum], row: &[f64], weight: f64, columns: &Columns) {
    let mut at = 0;
    for (sum, &(first, end)) in sums.iter_mut().zip(&columns.spans) {
        let weights = &columns.weights[at..end];
        at = end;
        let Sum { mut flux, mut area } = *sum;
        for (&value, &part) in row[first..].iter().zip(weights) {
            if !value.is_nan() {
                flux += value * part * weight;
                area += part * weight;
            }
        }
        *sum = Sum { flux, area };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(k: usize, factor: f64, length: usize) -> (usize, Vec<f64>) {
        let span = Span::new(k, factor, length).unwrap();
        (span.first, span.weights)
    }

    #[test]
    fn a_new_pixel_covers_old_ones() {
        assert_eq!(span(1, 2.0, 10), (2, vec![1.0, 1.0]));
        assert_eq!(span(4, 2.0, 10), (8, vec![1.0, 1.0]));
        assert_eq!(span(0, 2.5, 10), (0, vec![1.0, 1.0, 0.5]));
        assert_eq!(span(1, 2.5, 10), (2, vec![0.5, 1.0, 1.0]));
        assert_eq!(span(3, 2.5, 10), (7, vec![0.5, 1.0, 1.0]));
        assert_eq!(span(0, 1.0, 1), (0, vec![1.0]));
        assert_eq!(span(3, 0.5, 2), (1, vec![1.0]));
        assert_eq!(span(1, 0.75, 3).0, 0);
        // 0.75 to 1.5: a third of it in pixel 0, two thirds in pixel 1.
        let (first, weights) = span(1, 0.75, 3);
        assert!(first == 0 && (weights[0] - 1.0 / 3.0).abs() < 1e-15);
        assert!((weights[1] - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(span(3, 0.75, 3), (2, vec![1.0]));
    }

    #[test]
    fn every_old_pixel_counts_once() {
        for factor in [1.0, 1.3, 2.0, 2.5, 7.0, 33.3] {
            let length = 100usize;
            let count = (length as f64 / factor).floor() as usize;
            let mut covered = vec![0.0; length];
            for k in 0..count {
                let span = Span::new(k, factor, length).unwrap();
                assert!(span.end() <= length);
                for (i, weight) in span.weights.iter().enumerate() {
                    covered[span.first + i] += weight;
                }
            }
            let reach = (count as f64 * factor).floor() as usize;
            assert!(covered[..reach].iter().all(|w| (w - 1.0).abs() < 1e-9));
        }
    }

    #[test]
    fn blanks_do_not_count() {
        let columns = Columns::new(3, 2.0, 6).unwrap();
        let mut sums = [Sum::default(); 3];
        let nan = f64::NAN;
        add_row(&mut sums, &[1.0, 3.0, nan, 5.0, nan, nan], 1.0, &columns);
        add_row(&mut sums, &[5.0, 7.0, nan, 7.0, nan, nan], 0.5, &columns);
        assert_eq!(sums[0].mean(), (4.0 + 6.0) / 3.0);
        assert_eq!(sums[1].mean(), (5.0 + 3.5) / 1.5);
        assert!(sums[2].mean().is_nan());
    }
}
