//! Polynomials of two coordinates, fitted by least squares.

use nalgebra::DMatrix;

/// The sum of c_ij u^i v^j over all i + j up to a degree.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    degree: usize,
    /// In the order of [`exponents`].
    terms: Vec<f64>,
}

/// All (i, j) with i + j up to `degree`, i first.
fn exponents(degree: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..=degree).flat_map(move |i| (0..=degree - i).map(move |j| (i, j)))
}

impl Polynomial {
    /// The polynomials of `degree` that come nearest to samples (u, v) with two values each: the
    /// sum of squared differences is least, and of several such, for fewer samples than terms, the
    /// smallest. `None` without samples, or when one is no number.
    pub fn fit(samples: &[([f64; 2], [f64; 2])], degree: usize) -> Option<[Polynomial; 2]> {
        // Coordinates from -1 to 1 keep powers of thousands of pixels out of the equations.
        let largest = |axis: usize| {
            let abs = samples.iter().map(|(place, _)| place[axis].abs());
            abs.fold(0.0f64, f64::max)
        };
        let scale = [0, 1].map(|axis| match largest(axis) {
            most if most > 0.0 => most,
            _ => 1.0,
        });
        let numbers = samples
            .iter()
            .flat_map(|(place, value)| place.iter().chain(value));
        if samples.is_empty() || !numbers.clone().all(|x| x.is_finite()) {
            return None;
        }
        let count = exponents(degree).count();
        // The triangle that the equations come to, a few of them at a time: it is as large as there
        // are terms, whatever the number of samples.
        let (mut triangle, mut right) = (DMatrix::zeros(0, count), DMatrix::zeros(0, 2));
        for some in samples.chunks(count.max(2)) {
            let known = triangle.nrows();
            let mut design = DMatrix::zeros(known + some.len(), count);
            let mut values = DMatrix::zeros(known + some.len(), 2);
            design.rows_mut(0, known).copy_from(&triangle);
            values.rows_mut(0, known).copy_from(&right);
            for (row, (place, value)) in (known..).zip(some) {
                for (column, (i, j)) in exponents(degree).enumerate() {
                    let power = |axis: usize, n: usize| (place[axis] / scale[axis]).powi(n as i32);
                    design[(row, column)] = power(0, i) * power(1, j);
                }
                values[(row, 0)] = value[0];
                values[(row, 1)] = value[1];
            }
            let qr = design.qr();
            qr.q_tr_mul(&mut values);
            triangle = qr.unpack_r();
            right = values.rows(0, triangle.nrows()).into_owned();
        }
        let svd = triangle.svd(true, true);
        let smallest = svd.singular_values.max() * 1e-12;
        let of_axis = |axis: usize| {
            let solution = svd.solve(&right.column(axis), smallest).ok()?;
            let terms = exponents(degree)
                .zip(solution.iter())
                .map(|((i, j), c)| c / (scale[0].powi(i as i32) * scale[1].powi(j as i32)))
                .collect();
            Some(Polynomial { degree, terms })
        };
        Some([of_axis(0)?, of_axis(1)?])
    }

    /// c_ij for all (i, j), i first.
    pub fn terms(&self) -> impl Iterator<Item = ((usize, usize), f64)> + '_ {
        exponents(self.degree).zip(self.terms.iter().copied())
    }

    /// The highest i + j.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The same with every coefficient replaced.
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        Polynomial {
            degree: self.degree,
            terms: self.terms.iter().copied().map(change).collect(),
        }
    }

    /// Its value.
    pub fn value(&self, u: f64, v: f64) -> f64 {
        self.terms()
            .map(|((i, j), c)| c * u.powi(i as i32) * v.powi(j as i32))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_found_again() {
        let truth = |u: f64, v: f64| {
            let (x, y) = (u / 1000.0, v / 1000.0);
            [
                3.0 - 2.0 * x + 0.5 * y * y * x,
                x * x * x - 7.0 * y + 0.25 * x * y,
            ]
        };
        let samples: Vec<_> = (0..15)
            .flat_map(|i| (0..15).map(move |j| [f64::from(i) * 150.0 - 900.0, f64::from(j) * 90.0]))
            .map(|p| (p, truth(p[0], p[1])))
            .collect();
        let [a, b] = Polynomial::fit(&samples, 4).unwrap();
        for &([u, v], [p, q]) in &samples {
            assert!((a.value(u, v) - p).abs() < 1e-12 && (b.value(u, v) - q).abs() < 1e-12);
        }
        let term = |p: &Polynomial, at| p.terms().find(|(e, _)| *e == at).unwrap().1;
        assert!((term(&a, (1, 2)) - 0.5e-9).abs() < 1e-20);
        assert!((term(&b, (1, 1)) - 0.25e-6).abs() < 1e-18);
        assert_eq!(a.terms().count(), 15);
    }

    #[test]
    fn too_few_samples_give_the_smallest_answer() {
        let samples = [([1.0, 2.0], [5.0, 0.0]), ([-1.0, 0.5], [5.0, 0.0])];
        let [a, b] = Polynomial::fit(&samples, 3).unwrap();
        assert!((a.value(1.0, 2.0) - 5.0).abs() < 1e-9 && b.value(1.0, 2.0).abs() < 1e-9);
        assert!(Polynomial::fit(&[], 3).is_none());
        assert!(Polynomial::fit(&[([f64::NAN, 0.0], [0.0; 2])], 1).is_none());
    }
}
