//! Polynomials of two variables.

/// f(X, Y) with X = scale (x - middle) along either axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Polynomial {
    middle: [f64; 2],
    scale: [f64; 2],
    /// The coefficients of X^i Y^j: row after row of growing j, each of growing i.
    coefficients: Vec<f64>,
    /// How many coefficients each row has.
    rows: Vec<usize>,
}

impl Polynomial {
    /// From rows of coefficients: `rows[j][i]` belongs to X^i Y^j.
    pub fn new(rows: &[Vec<f64>], middle: [f64; 2], scale: [f64; 2]) -> Self {
        let used = |row: &Vec<f64>| row.iter().rposition(|&c| c != 0.0).map_or(0, |i| i + 1);
        let lengths: Vec<usize> = rows.iter().map(used).collect();
        let height = lengths.iter().rposition(|&n| n > 0).map_or(0, |j| j + 1);
        let coefficients = rows[..height]
            .iter()
            .zip(&lengths)
            .flat_map(|(row, &n)| row[..n].iter().copied())
            .collect();
        Polynomial {
            middle,
            scale,
            coefficients,
            rows: lengths[..height].to_vec(),
        }
    }

    /// From terms (i, j, coefficient of X^i Y^j); those of one power are added.
    pub fn of_terms(terms: &[(usize, usize, f64)], middle: [f64; 2], scale: [f64; 2]) -> Self {
        let size = terms.iter().map(|&(i, j, _)| i.max(j) + 1).max();
        let size = size.unwrap_or(0);
        let mut rows = vec![vec![0.0; size]; size];
        for &(i, j, c) in terms {
            rows[j][i] += c;
        }
        Polynomial::new(&rows, middle, scale)
    }

    /// The value at (x, y).
    #[inline]
    pub fn value(&self, x: f64, y: f64) -> f64 {
        let x = (x - self.middle[0]) * self.scale[0];
        let y = (y - self.middle[1]) * self.scale[1];
        let mut end = self.coefficients.len();
        let mut sum = 0.0;
        for &length in self.rows.iter().rev() {
            let row = &self.coefficients[end - length..end];
            end -= length;
            sum = sum * y + row.iter().rev().fold(0.0, |sum, c| sum * x + c);
        }
        sum
    }

    /// The value at (x, y) and its derivatives by x and y.
    pub fn value_and_slopes(&self, x: f64, y: f64) -> [f64; 3] {
        let x = (x - self.middle[0]) * self.scale[0];
        let y = (y - self.middle[1]) * self.scale[1];
        let mut end = self.coefficients.len();
        let (mut sum, mut by_x, mut by_y) = (0.0, 0.0, 0.0);
        for &length in self.rows.iter().rev() {
            let row = &self.coefficients[end - length..end];
            end -= length;
            let (value, slope) = row
                .iter()
                .rev()
                .fold((0.0, 0.0), |(v, s), c| (v * x + c, s * x + v));
            by_y = by_y * y + sum;
            sum = sum * y + value;
            by_x = by_x * y + slope;
        }
        [sum, by_x * self.scale[0], by_y * self.scale[1]]
    }
}
