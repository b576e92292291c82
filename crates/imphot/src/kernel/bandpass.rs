//! Images of a broad bandpass from the planes of a cube: the mean of the planes, each weighted by
//! the integral of the filter curve over its width (imphot's `bandpass_image`, which is MPDAF's
//! `Cube.bandpass_image`).

use memory::Error;

/// How a filter curve runs between its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// Along straight lines.
    #[default]
    Linear,
    /// Along cubic polynomials with continuous second derivatives; the first two are one
    /// polynomial, and so are the last two ("not a knot", as scipy's interp1d has it).
    Cubic,
}

/// A filter curve that can be integrated.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    x: Vec<f64>,
    y: Vec<f64>,
    /// The second derivatives at the points of a cubic curve.
    bends: Option<Vec<f64>>,
}

impl Curve {
    /// The curve through (x, y), x ascending, at least two.
    ///
    /// # Errors
    /// Why there is no cubic curve through these points.
    pub fn new(x: Vec<f64>, y: Vec<f64>, interpolation: Interpolation) -> Result<Self, String> {
        let bends = match interpolation {
            Interpolation::Linear => None,
            Interpolation::Cubic if x.len() < 4 => {
                return Err("a cubic curve needs at least four points".into())
            }
            Interpolation::Cubic => {
                if let Some(pair) = x.windows(2).find(|pair| pair[0] >= pair[1]) {
                    return Err(format!(
                        "a cubic curve needs ascending wavelengths, but there are two points at {}",
                        pair[1]
                    ));
                }
                Some(second_derivatives(&x, &y))
            }
        };
        Ok(Curve { x, y, bends })
    }

    /// The first and the last wavelength.
    pub fn range(&self) -> (f64, f64) {
        (self.x[0], self.x[self.x.len() - 1])
    }

    /// The integral from `from` to `to`, both within the range of the curve.
    pub fn integral(&self, from: f64, to: f64) -> f64 {
        let mut sum = 0.0;
        let mut i = self.x.partition_point(|&x| x <= from).saturating_sub(1);
        while i + 1 < self.x.len() && self.x[i] < to {
            let (a, b) = (from.max(self.x[i]), to.min(self.x[i + 1]));
            if b > a {
                sum += self.piece(i, a, b);
            }
            i += 1;
        }
        sum
    }

    /// The integral from `a` to `b` between the points `i` and `i + 1`.
    fn piece(&self, i: usize, a: f64, b: f64) -> f64 {
        let (x, y) = (self.x[i], self.y[i]);
        let width = self.x[i + 1] - x;
        let slope = (self.y[i + 1] - y) / width;
        let Some(bends) = &self.bends else {
            return (b - a) * (y + slope * ((a - x) + (b - x)) / 2.0);
        };
        let (here, next) = (bends[i], bends[i + 1]);
        let slope = slope - width * (2.0 * here + next) / 6.0;
        let jerk = (next - here) / width;
        let from_start = |t: f64| t * (y + t * (slope / 2.0 + t * (here / 6.0 + t * jerk / 24.0)));
        from_start(b - x) - from_start(a - x)
    }

    /// The part of the curve's integral that lies at points outside of `low`..`high`, by the rule
    /// of trapezoids among these points alone, as imphot reckons it; NaN where the whole integral
    /// is zero.
    pub fn part_outside(&self, low: f64, high: f64) -> f64 {
        let area = |range: std::ops::Range<usize>| -> f64 {
            let (x, y) = (&self.x[range.clone()], &self.y[range]);
            let pairs = x.windows(2).zip(y.windows(2));
            pairs
                .map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0)
                .sum()
        };
        let (first, last) = self.range();
        let mut lost = 0.0;
        if first < low {
            lost += area(0..self.x.partition_point(|&x| x <= low));
        }
        if last > high {
            lost += area(self.x.partition_point(|&x| x < high)..self.x.len());
        }
        lost / area(0..self.x.len())
    }
}

/// The second derivatives of the cubic spline through at least four points whose third derivative
/// is continuous at the second and at the last but one (de Boor, A Practical Guide to Splines,
/// chapter IV).
fn second_derivatives(x: &[f64], y: &[f64]) -> Vec<f64> {
    let n = x.len();
    let width = |i: usize| x[i + 1] - x[i];
    let slope = |i: usize| (y[i + 1] - y[i]) / width(i);
    // The end conditions give the outermost two from their neighbours, which leaves equations in
    // three neighbours each for the inner ones. They are diagonally dominant: no pivoting.
    let (head, tail) = (width(0) / width(1), width(n - 2) / width(n - 3));
    let mut upper = vec![0.0; n];
    let mut bends = vec![0.0; n];
    for i in 1..n - 1 {
        let (before, after) = (width(i - 1), width(i));
        let (mut low, mut diagonal, mut high) = (before, 2.0 * (before + after), after);
        if i == 1 {
            diagonal += before * (1.0 + head);
            high -= before * head;
            low = 0.0;
        }
        if i == n - 2 {
            diagonal += after * (1.0 + tail);
            low -= after * tail;
            high = 0.0;
        }
        let pivot = diagonal - low * upper[i - 1];
        upper[i] = high / pivot;
        bends[i] = (6.0 * (slope(i) - slope(i - 1)) - low * bends[i - 1]) / pivot;
    }
    for i in (1..n - 2).rev() {
        bends[i] -= upper[i] * bends[i + 1];
    }
    bends[0] = bends[1] * (1.0 + head) - bends[2] * head;
    bends[n - 1] = bends[n - 2] * (1.0 + tail) - bends[n - 3] * tail;
    bends
}

/// The wavelengths of the planes of a cube.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaveAxis {
    /// The wavelength at the reference plane.
    pub reference: f64,
    /// The reference plane, counted from 0.
    pub at: f64,
    /// How much it grows from plane to plane; positive.
    pub step: f64,
    /// How many planes there are.
    pub planes: usize,
}

impl WaveAxis {
    /// The wavelength of a plane, counted from 0, or of a place between two.
    pub fn wavelength(&self, plane: f64) -> f64 {
        self.reference + (plane - self.at) * self.step
    }

    /// The place of a wavelength among the planes, counted from 0.
    pub fn plane(&self, wavelength: f64) -> f64 {
        (wavelength - self.reference) / self.step + self.at
    }
}

/// The planes that a filter takes part of.
#[derive(Debug, Clone, PartialEq)]
pub struct Bandpass {
    /// The first of them, from 0.
    pub first: usize,
    /// The weight of each: the integral of the filter curve over its width.
    pub weights: Vec<f64>,
    /// The part of the filter curve that is beyond the edges of the cube, 0 to 1.
    pub lost: f64,
}

/// The weights of the planes of `axis` for a filter; `None` where it does not overlap them. A plane
/// reaches half a step to either side of its wavelength.
pub fn bandpass(curve: &Curve, axis: &WaveAxis) -> Option<Bandpass> {
    let (shortest, longest) = curve.range();
    let nearest = |wavelength: f64| (axis.plane(wavelength) + 0.5).floor();
    let first = nearest(shortest).max(0.0);
    let end = (nearest(longest) + 1.0).min(axis.planes as f64);
    // NaN is no overlap either.
    if first.partial_cmp(&end) != Some(std::cmp::Ordering::Less) {
        return None;
    }
    // Both are whole numbers of planes now.
    let (first, end) = (first as usize, end as usize);
    let edge = |plane: usize| axis.wavelength(plane as f64 - 0.5);
    let weight = |plane: usize| {
        let (low, high) = (edge(plane).max(shortest), edge(plane + 1).min(longest));
        curve.integral(low, high)
    };
    let outside = curve.part_outside(edge(0), edge(axis.planes));
    Some(Bandpass {
        first,
        weights: (first..end).map(weight).collect(),
        lost: if outside.is_nan() { 0.0 } else { outside },
    })
}

/// Weighted sums over planes, pixel by pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Of the weights of the pixels that are not masked.
    weight: Vec<f64>,
    /// Of weight times value.
    value: Vec<f64>,
    /// Of weight squared times variance.
    variance: Option<Vec<f64>>,
}

impl Sums {
    /// Of `pixels` pixels, nothing yet.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(pixels: usize, with_variance: bool) -> Result<Self, Error> {
        // Lists are given out before they are filled: all of them at once must be there.
        let planes = if with_variance { 3 } else { 2 };
        memory::expect(memory::product(pixels, planes * size_of::<f64>())?)?;
        Ok(Sums {
            weight: memory::zeros(pixels)?,
            value: memory::zeros(pixels)?,
            variance: match with_variance {
                true => Some(memory::zeros(pixels)?),
                false => None,
            },
        })
    }

    /// Adds the pixels of a plane, as many as there are sums. Left out are those whose value or
    /// variance is not finite, and those whose `quality` is not zero.
    pub fn add(
        &mut self,
        weight: f64,
        values: &[f64],
        variances: Option<&[f64]>,
        quality: Option<&[f64]>,
    ) {
        // NaN and infinity times zero are not zero: branchless, and in vectors.
        let finite = |x: f64| x * 0.0 == 0.0;
        let sums = self.weight.iter_mut().zip(&mut self.value);
        match (&mut self.variance, variances, quality) {
            (Some(sum), Some(variances), None) => {
                let square = weight * weight;
                let pixels = values.iter().zip(variances);
                for (((w, s), v), (&value, &variance)) in sums.zip(sum).zip(pixels) {
                    let good = finite(value) & finite(variance);
                    *w += if good { weight } else { 0.0 };
                    *s += if good { weight * value } else { 0.0 };
                    *v += if good { square * variance } else { 0.0 };
                }
            }
            (sum, variances, quality) => {
                for (i, ((w, s), &value)) in sums.zip(values).enumerate() {
                    let variance = variances.map_or(0.0, |v| v[i]);
                    let good = finite(value) && finite(variance);
                    if good && quality.is_none_or(|flags| flags[i] == 0.0) {
                        *w += weight;
                        *s += weight * value;
                        if let Some(sum) = sum {
                            sum[i] += weight * weight * variance;
                        }
                    }
                }
            }
        }
    }

    /// Adds the sums over other planes to the pixels from `first` on.
    pub fn merge(&mut self, first: usize, other: &Sums) {
        let add = |to: &mut [f64], from: &[f64]| {
            for (to, from) in to[first..].iter_mut().zip(from) {
                *to += from;
            }
        };
        add(&mut self.weight, &other.weight);
        add(&mut self.value, &other.value);
        if let (Some(to), Some(from)) = (&mut self.variance, &other.variance) {
            add(to, from);
        }
    }

    /// The weighted means, their variances, and which pixels have none.
    ///
    /// # Errors
    /// When memory is out.
    pub fn finish(self) -> Result<Means, Error> {
        let mask = memory::collect(self.weight.iter().map(|&w| w == 0.0))?;
        let divided = |mut sums: Vec<f64>, power: i32| {
            for (sum, &w) in sums.iter_mut().zip(&self.weight) {
                *sum = if w == 0.0 { 0.0 } else { *sum / w.powi(power) };
            }
            sums
        };
        let variance = self.variance.map(|sums| divided(sums, 2));
        Ok(Means {
            value: divided(self.value, 1),
            variance,
            mask,
        })
    }
}

/// What [`Sums::finish`] gives, a number for every pixel.
pub struct Means {
    /// Weighted means; 0 under the mask.
    pub value: Vec<f64>,
    /// Their variances; 0 under the mask.
    pub variance: Option<Vec<f64>>,
    /// `true` where a pixel has no value.
    pub mask: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [4900.3, 4910.1, 4925.7, 4960.0, 4990.6, 5003.9];
    const Y: [f64; 6] = [0.0, 0.4, 1.0, 0.9, 0.2, 0.05];

    fn curve(interpolation: Interpolation) -> Curve {
        Curve::new(X.into(), Y.into(), interpolation).unwrap()
    }

    #[test]
    fn integrals_are_those_of_scipy() {
        // scipy 1.17: interp1d(kind="cubic") is make_interp_spline(k=3); its .integrate(a, b).
        for (from, to, expected) in CUBIC {
            let found = curve(Interpolation::Cubic).integral(from, to);
            assert!((found - expected).abs() < 1e-11, "{from} {to}: {found}");
        }
        // By hand: 0.4 at 4910.1 falls along 0.4 / 9.8 per unit.
        let linear = curve(Interpolation::Linear);
        let half = 0.2 * 0.5 * 4.9;
        assert!((linear.integral(4900.3, 4905.2) - half).abs() < 1e-12);
        let whole = 1.96 + 10.92 + 32.585 + 16.83 + 1.6625;
        assert!((linear.integral(4900.3, 5003.9) - whole).abs() < 1e-11);
        assert_eq!(linear.integral(4950.0, 4950.0), 0.0);
    }

    const CUBIC: [(f64, f64, f64); 4] = [
        (4900.3, 4901.875, 0.044683722702789204),
        (4908.125, 4926.0, 12.27701000533966),
        (4900.3, 5003.9, 68.45118141460682),
        (4990.0, 5003.0, 1.5361294060091524),
    ];

    #[test]
    fn a_cubic_through_points_of_a_cubic_is_that_cubic() {
        let cubic = |x: f64| 2.0 - x + 0.5 * x * x - 0.1 * x * x * x;
        let x = [0.0, 0.7, 1.0, 2.5, 3.0];
        for n in [4, 5] {
            let x = x[..n].to_vec();
            let y = x.iter().map(|&x| cubic(x)).collect();
            let curve = Curve::new(x, y, Interpolation::Cubic).unwrap();
            let whole = |x: f64| 2.0 * x - x * x / 2.0 + x.powi(3) / 6.0 - x.powi(4) / 40.0;
            assert!((curve.integral(0.2, 2.4) - whole(2.4) + whole(0.2)).abs() < 1e-13);
        }
        let few = Curve::new(vec![0.0, 1.0, 2.0], vec![0.0; 3], Interpolation::Cubic);
        assert!(few.unwrap_err().contains("four"));
        let step = Curve::new(vec![0.0, 1.0, 1.0, 2.0], vec![0.0; 4], Interpolation::Cubic);
        assert!(step.unwrap_err().contains("two points at 1"));
    }

    #[test]
    fn planes_weigh_what_the_filter_has_over_them() {
        // A box from 4.25 to 6.5 on planes 0 to 9 at wavelengths 2.5, 3, 3.5 ...
        let axis = WaveAxis {
            reference: 3.0,
            at: 1.0,
            step: 0.5,
            planes: 10,
        };
        let line =
            |x: [f64; 2]| Curve::new(x.into(), vec![2.0, 2.0], Interpolation::Linear).unwrap();
        let found = bandpass(&line([4.3, 6.5]), &axis).unwrap();
        assert_eq!(found.first, 4);
        let expected = [0.9, 1.0, 1.0, 1.0, 0.5];
        assert_eq!(found.weights.len(), expected.len());
        for (weight, expected) in found.weights.iter().zip(expected) {
            assert!((weight - expected).abs() < 1e-12, "{:?}", found.weights);
        }
        assert_eq!(found.lost, 0.0);
        // Beyond both edges: every plane whole.
        let found = bandpass(&line([-10.0, 70.0]), &axis).unwrap();
        assert_eq!((found.first, found.weights), (0, vec![1.0; 10]));
        assert!(bandpass(&line([7.6, 9.0]), &axis).is_none());
        assert!(bandpass(&line([1.0, 2.2]), &axis).is_none());
        // 4 points of 8 inside 2.25 to 7.25: trapezoids among those outside.
        let x: Vec<f64> = (0..8).map(|i| f64::from(i) * 1.3).collect();
        let curve = Curve::new(x, vec![1.0; 8], Interpolation::Linear).unwrap();
        assert!((bandpass(&curve, &axis).unwrap().lost - 2.6 / 9.1).abs() < 1e-12);
    }

    #[test]
    fn masked_pixels_do_not_count() {
        let nan = f64::NAN;
        for quality in [None, Some(&[0.0; 3][..])] {
            let mut sums = Sums::new(3, true).unwrap();
            sums.add(2.0, &[1.0, nan, 3.0], Some(&[1.0, 1.0, nan]), quality);
            sums.add(1.0, &[4.0, 5.0, nan], Some(&[1.0, 2.0, 1.0]), quality);
            let means = sums.finish().unwrap();
            assert_eq!(means.value, [2.0, 5.0, 0.0]);
            assert_eq!(means.variance.unwrap(), [5.0 / 9.0, 2.0, 0.0]);
            assert_eq!(means.mask, [false, false, true]);
        }
        let mut sums = Sums::new(2, false).unwrap();
        let mut part = Sums::new(1, false).unwrap();
        part.add(0.5, &[8.0], None, None);
        sums.merge(1, &part);
        sums.add(0.5, &[2.0, 2.0], None, Some(&[1.0, 0.0]));
        let means = sums.finish().unwrap();
        assert_eq!(means.value, [0.0, 5.0]);
        assert_eq!(means.variance, None);
        assert_eq!(means.mask, [true, false]);
    }
}
