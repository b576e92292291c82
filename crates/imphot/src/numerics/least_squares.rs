//! Least squares with bounds: a Levenberg-Marquardt method whose steps are projected onto the
//! bounds. A model adds up the normal equations itself, so that millions of residuals need no
//! matrix of their own; six parameters at most make them a matter of nanoseconds to solve.
//!
//! What is handed out is what lmfit 1.3.4 hands out after `least_squares` or `leastsq`: the
//! covariance is the inverse of JᵀJ times the reduced chi-square (`scale_covar`), a fixed
//! parameter has the error 0, and no error is known where JᵀJ cannot be inverted.

use nalgebra::{DMatrix, DVector};

/// The largest absolute value of a pixel that is fitted: the square root of the largest number in
/// single precision. The variance of a larger one could not be stored in an image of MUSE or HST;
/// only corrupt pixels, and blanks that nothing masks, are larger.
pub const LARGEST: f64 = 1.844_674_4e19;

/// Why `values` cannot be fitted, if one of them is larger than [`LARGEST`].
pub fn too_large(mut values: impl Iterator<Item = f64>) -> Option<String> {
    let value = values.find(|value| value.abs() > LARGEST)?;
    Some(format!(
        "has a pixel of {value:e} that is not masked: no fit can use one beyond {LARGEST:e}"
    ))
}

/// A parameter of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name in reports.
    pub name: &'static str,
    /// Its value at the start, or for good where it does not vary.
    pub start: f64,
    /// The least and the greatest value that it may take (infinite: none).
    pub bounds: (f64, f64),
    /// Whether it is fitted.
    pub vary: bool,
    /// Whether it is the reciprocal that the model depends on nearly linearly: steps are then
    /// straight in the reciprocal, which reaches an exponent near infinity in a few of them. Only
    /// the way to the minimum differs. Such a parameter is greater than 0.
    pub reciprocal: bool,
}

impl Parameter {
    /// A fitted parameter without bounds.
    pub fn free(name: &'static str, start: f64) -> Self {
        Self::within(name, start, f64::NEG_INFINITY, f64::INFINITY)
    }

    /// A fitted parameter between `min` and `max`; a start outside of them is moved to the nearer.
    pub fn within(name: &'static str, start: f64, min: f64, max: f64) -> Self {
        Parameter {
            name,
            start: nearest(start, min, max),
            bounds: (min, max),
            vary: true,
            reciprocal: false,
        }
    }

    /// The same parameter, fitted by its reciprocal.
    pub fn by_reciprocal(self) -> Self {
        Parameter {
            reciprocal: true,
            ..self
        }
    }

    /// The derivative of the parameter by what is fitted in its place.
    fn slope(&self, value: f64) -> f64 {
        if self.reciprocal {
            -value * value
        } else {
            1.0
        }
    }

    /// Where a step of the linear model leads from `value`, within the bounds; and how long a step
    /// of the linear model leads just there.
    fn moved(&self, value: f64, step: f64) -> (f64, f64) {
        let (min, max) = self.bounds;
        if !self.reciprocal {
            let to = nearest(value + step, min, max);
            return (to, to - value);
        }
        // 1 / to = 1 / value - step / value², but no more than ten times as much or as little.
        let shrink = nearest(1.0 - step / value, 0.1, 10.0);
        let to = nearest(value / shrink, min, max);
        (to, value - value * (value / to))
    }

    /// A parameter that keeps its value.
    pub fn fixed(name: &'static str, value: f64) -> Self {
        Parameter {
            name,
            start: value,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
            vary: false,
            reciprocal: false,
        }
    }
}

/// The normal equations of all parameters at one point: JᵀJ and Jᵀr, where J holds the derivatives
/// of the model and r = data - model.
#[derive(Debug, Clone, PartialEq)]
pub struct Normal {
    count: usize,
    matrix: Vec<f64>,
    gradient: Vec<f64>,
}

impl Normal {
    /// Equations of `count` parameters, all zero.
    pub fn new(count: usize) -> Self {
        Normal {
            count,
            matrix: vec![0.0; count * count],
            gradient: vec![0.0; count],
        }
    }

    /// All zero again.
    pub fn clear(&mut self) {
        self.matrix.fill(0.0);
        self.gradient.fill(0.0);
    }

    /// Adds one datum: the derivatives of the model by each parameter, and data - model there.
    pub fn add(&mut self, derivatives: &[f64], residual: f64) {
        for (i, &a) in derivatives.iter().enumerate().take(self.count) {
            self.gradient[i] += a * residual;
            for (j, &b) in derivatives[..=i].iter().enumerate() {
                self.matrix[i * self.count + j] += a * b;
            }
        }
    }

    /// Sets the sum of the products of the derivatives by `i` and by `j`.
    pub fn set(&mut self, i: usize, j: usize, sum: f64) {
        self.matrix[i.max(j) * self.count + i.min(j)] = sum;
    }

    /// Sets the sum of the products of the derivative by `i` with the residuals.
    pub fn set_gradient(&mut self, i: usize, sum: f64) {
        self.gradient[i] = sum;
    }

    /// The sum of the products of the derivative by `i` with the residuals.
    pub fn gradient(&self, i: usize) -> f64 {
        self.gradient[i]
    }

    /// The sum of the products of the derivatives by `i` and by `j`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.matrix[i.max(j) * self.count + i.min(j)]
    }
}

/// A model of data with its derivatives.
pub trait Model {
    /// How many numbers are fitted; a complex number is two.
    fn points(&self) -> usize;

    /// The sum of the squares of the data about their mean: what R-squared compares with.
    fn spread(&self) -> f64;

    /// The chi-square (the sum of the squares of data - model) at `values`, one of each parameter
    /// in order, and the normal equations there. What concerns parameters that do not vary is not
    /// looked at. Not finite where there is no model.
    ///
    /// # Errors
    /// When memory is out.
    fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> memory::Result<f64>;

    /// By how much the chi-square of [`Model::evaluate`] may be off by rounding. A step that gains no
    /// more is the last.
    fn rounding(&self) -> f64 {
        0.0
    }
}

/// What a fit found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The parameters as they were given.
    pub parameters: Vec<Parameter>,
    /// Their best values.
    pub values: Vec<f64>,
    /// Their standard errors: 0 for fixed ones, NaN where they are not known.
    pub stdev: Vec<f64>,
    /// The covariance of all parameters, row by row (0 for fixed ones); `None` where JᵀJ cannot be
    /// inverted.
    pub covariance: Option<Vec<f64>>,
    /// The sum of the squared residuals.
    pub chi_square: f64,
    /// How many numbers were fitted.
    pub points: usize,
    /// The sum of the squares of the data about their mean.
    pub spread: f64,
    /// How often the model was evaluated, derivatives included.
    pub evaluations: usize,
    /// Whether the fit ended because nothing could be gained any more.
    pub converged: bool,
}

impl Solution {
    /// How many parameters were fitted.
    pub fn variables(&self) -> usize {
        self.parameters.iter().filter(|p| p.vary).count()
    }

    /// The chi-square by degrees of freedom; at least one is assumed, as lmfit does.
    pub fn reduced_chi_square(&self) -> f64 {
        self.chi_square / self.points.saturating_sub(self.variables()).max(1) as f64
    }

    /// Akaike's and the Bayesian information criterion.
    pub fn information_criteria(&self) -> (f64, f64) {
        let n = self.points as f64;
        let likelihood = n * (self.chi_square.max(1e-250 * n) / n).ln();
        let variables = self.variables() as f64;
        (
            likelihood + 2.0 * variables,
            likelihood + n.ln() * variables,
        )
    }

    /// The part of the data's spread that the model explains.
    pub fn r_squared(&self) -> f64 {
        // lmfit's own guard against constant data.
        1.0 - self.chi_square / self.spread.max(1e-15)
    }

    /// Whether the standard errors of all fitted parameters are known and greater than zero.
    pub fn has_errors(&self) -> bool {
        let fitted = self.parameters.iter().zip(&self.stdev);
        self.covariance.is_some() && fitted.into_iter().all(|(p, &e)| !p.vary || e > 0.0)
    }

    /// The correlation of two fitted parameters, NaN where it is not known.
    pub fn correlation(&self, i: usize, j: usize) -> f64 {
        match &self.covariance {
            Some(covariance) => {
                covariance[i * self.values.len() + j] / (self.stdev[i] * self.stdev[j])
            }
            None => f64::NAN,
        }
    }
}

/// A step that can gain no more than this part of the chi-square is the last one. lmfit stops at
/// 1e-8 and does not make that step. A gain of this size is less than a hundredth of a standard error
/// of 100,000 data; what the step leaves is that times how little the model is not linear over it.
const GAIN: f64 = 1e-10;
/// So does a step that moves no parameter by more than this part of its value.
const MOVE: f64 = 1e-12;
/// Evaluations of the model; fits of the real and simulated images need 10 to 40.
const MOST_EVALUATIONS: usize = 1000;
/// Part of the diagonal that is added to the normal equations at the start (MINPACK's customary
/// first step is of that kind; Marquardt 1963, doi:10.1137/0111030).
const FIRST_DAMPING: f64 = 1e-3;
/// Beyond this damping steps are too small to change a double.
const MOST_DAMPING: f64 = 1e20;

/// Where a fit ended.
pub struct Minimum {
    solution: Solution,
    normal: Normal,
}

impl Minimum {
    /// The best values.
    pub fn values(&self) -> &[f64] {
        &self.solution.values
    }

    /// With the standard errors that belong to a chi-square: where the model's own is off by
    /// rounding, there may be a better one.
    pub fn solution(self, chi_square: f64) -> Solution {
        let mut solution = Solution {
            chi_square,
            ..self.solution
        };
        add_errors(&mut solution, &self.normal);
        solution
    }
}

/// Why a model cannot be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// It is not finite at the first values of its parameters, which are listed.
    #[error("The model that is to be fitted is not finite at {0}")]
    NotFinite(String),
    /// No memory was left.
    #[error(transparent)]
    Memory(#[from] memory::Error),
}

/// Fits `parameters` of `model`.
///
/// # Errors
/// When the model is not finite at the start, or memory is out.
pub fn fit(model: &mut dyn Model, parameters: &[Parameter]) -> Result<Solution, FitError> {
    let minimum = minimise(model, parameters)?;
    let chi_square = minimum.solution.chi_square;
    Ok(minimum.solution(chi_square))
}

/// The same; the standard errors are not worked out yet.
///
/// # Errors
/// As for [`fit`].
pub fn minimise(model: &mut dyn Model, parameters: &[Parameter]) -> Result<Minimum, FitError> {
    let count = parameters.len();
    let mut values: Vec<f64> = parameters.iter().map(|p| p.start).collect();
    let mut normal = Normal::new(count);
    let mut chi_square = model.evaluate(&values, &mut normal)?;
    let mut evaluations = 1;
    if !chi_square.is_finite() {
        let shown: Vec<String> = parameters
            .iter()
            .map(|p| format!("{} = {:e}", p.name, p.start))
            .collect();
        return Err(FitError::NotFinite(shown.join(", ")));
    }
    let mut next = Normal::new(count);
    let mut trial = values.clone();
    let mut linear = vec![0.0; count];
    let mut damping = FIRST_DAMPING;
    let mut growth = 2.0;
    // The largest diagonal met so far scales each parameter, so that a flat place does not send
    // it far away (Moré 1978, doi:10.1007/BFb0067700).
    let mut scales = vec![0.0; count];
    let mut slopes = vec![1.0; count];
    let mut converged = false;
    while !converged && evaluations < MOST_EVALUATIONS && damping < MOST_DAMPING {
        for (i, scale) in scales.iter_mut().enumerate() {
            slopes[i] = parameters[i].slope(values[i]);
            *scale = (normal.at(i, i).sqrt() * slopes[i].abs()).max(*scale);
        }
        let free: Vec<usize> = (0..count)
            .filter(|&i| {
                let (min, max) = parameters[i].bounds;
                let (value, downhill) = (values[i], normal.gradient[i]);
                parameters[i].vary
                    && scales[i] > 0.0
                    && !(value <= min && downhill < 0.0)
                    && !(value >= max && downhill > 0.0)
            })
            .collect();
        let units: Vec<f64> = slopes.iter().zip(&scales).map(|(a, b)| a / b).collect();
        let Some(step) = damped_step(&normal, &free, &units, damping) else {
            damping *= growth;
            growth *= 2.0;
            continue;
        };
        trial.copy_from_slice(&values);
        linear.fill(0.0);
        for (&i, step) in free.iter().zip(&step) {
            (trial[i], linear[i]) = parameters[i].moved(values[i], *step);
        }
        let expected = expected_gain(&normal, &linear);
        let still = values
            .iter()
            .zip(&trial)
            .all(|(a, b)| (a - b).abs() <= MOVE * a.abs());
        if still {
            converged = true;
            continue;
        }
        if (0.0..=(GAIN * chi_square).max(model.rounding())).contains(&expected) {
            values.copy_from_slice(&trial);
            chi_square -= expected;
            converged = true;
            continue;
        }
        next.clear();
        let found = model.evaluate(&trial, &mut next)?;
        evaluations += 1;
        let ratio = (chi_square - found) / expected;
        // Where the fit is as good as rounding allows there is no gain to be told from noise.
        if expected <= 0.0 || !found.is_finite() || ratio.is_nan() || ratio <= 1e-4 {
            damping *= growth;
            growth *= 2.0;
            continue;
        }
        std::mem::swap(&mut values, &mut trial);
        std::mem::swap(&mut normal, &mut next);
        chi_square = found;
        // Nielsen 1999 (IMM-REP-1999-05): the better the expectation was met, the less damping.
        damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 3.0, 2.0);
        damping = damping.max(1e-15);
        growth = 2.0;
    }
    let solution = Solution {
        parameters: parameters.to_vec(),
        stdev: vec![f64::NAN; count],
        covariance: None,
        values,
        chi_square,
        points: model.points(),
        spread: model.spread(),
        evaluations,
        converged: converged || damping >= MOST_DAMPING,
    };
    Ok(Minimum { solution, normal })
}

/// `value` within its bounds; NaN stays what it is, which `f64::max` would hide.
fn nearest(value: f64, min: f64, max: f64) -> f64 {
    if value < min {
        min
    } else if value > max {
        max
    } else {
        value
    }
}

/// The step of the `free` parameters against the gradient, from the normal equations with
/// `damping` added to their diagonal; `None` where they are not positive definite. The equations
/// are those of parameters counted in `units`, which make the diagonal about 1.
fn damped_step(normal: &Normal, free: &[usize], units: &[f64], damping: f64) -> Option<Vec<f64>> {
    let matrix = DMatrix::from_fn(free.len(), free.len(), |i, j| {
        let scaled = normal.at(free[i], free[j]) * units[free[i]] * units[free[j]];
        scaled + if i == j { damping } else { 0.0 }
    });
    let gradient = DVector::from_fn(free.len(), |i, _| normal.gradient[free[i]] * units[free[i]]);
    let solved = matrix.cholesky()?.solve(&gradient);
    let step: Vec<f64> = (free.iter().zip(solved.iter()))
        .map(|(&i, step)| step * units[i])
        .collect();
    step.iter().all(|s| s.is_finite()).then_some(step)
}

/// What the linear model says that the chi-square loses by `step`.
fn expected_gain(normal: &Normal, step: &[f64]) -> f64 {
    let mut gain = 0.0;
    for (i, &a) in step.iter().enumerate().filter(|(_, &a)| a != 0.0) {
        gain += 2.0 * normal.gradient[i] * a;
        for (j, &b) in step.iter().enumerate().filter(|(_, &b)| b != 0.0) {
            gain -= normal.at(i, j) * a * b;
        }
    }
    gain
}

fn add_errors(solution: &mut Solution, normal: &Normal) {
    let count = solution.parameters.len();
    let fitted: Vec<usize> = (0..count)
        .filter(|&i| solution.parameters[i].vary)
        .collect();
    // A diagonal of ones: a matrix of parameters of very different sizes stays well conditioned.
    let scale: Vec<f64> = fitted.iter().map(|&i| normal.at(i, i).sqrt()).collect();
    if !scale.iter().all(|s| s.is_finite() && *s > 0.0) {
        return;
    }
    let matrix = DMatrix::from_fn(fitted.len(), fitted.len(), |i, j| {
        normal.at(fitted[i], fitted[j]) / (scale[i] * scale[j])
    });
    let Some(inverse) = matrix.cholesky().map(|c| c.inverse()) else {
        return;
    };
    let reduced = solution.reduced_chi_square();
    let mut covariance = vec![0.0; count * count];
    for (i, &a) in fitted.iter().enumerate() {
        for (j, &b) in fitted.iter().enumerate() {
            covariance[a * count + b] = inverse[(i, j)] / (scale[i] * scale[j]) * reduced;
        }
    }
    if covariance.iter().all(|c| c.is_finite()) {
        let stdev = (0..count).map(|i| covariance[i * count + i].sqrt());
        solution.stdev = stdev.collect();
        solution.covariance = Some(covariance);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// amp * exp(-x / tau) + off at x = 0, 0.25 ... 10.
    pub(crate) struct Decay(pub Vec<f64>);

    /// The curve of amp 5, tau 2, off 1 with a ripple of two sines, to six decimals.
    pub(crate) fn decay() -> Decay {
        let y = |x: f64| {
            let ripple = 0.05 * (17.0 * x).sin() + 0.03 * (5.0 * x).cos();
            ((5.0 * (-x / 2.0).exp() + 1.0 + ripple) * 1e6).round() / 1e6
        };
        Decay((0..41).map(|i| y(f64::from(i) * 0.25)).collect())
    }

    impl Model for Decay {
        fn points(&self) -> usize {
            self.0.len()
        }

        fn spread(&self) -> f64 {
            let mean = self.0.iter().sum::<f64>() / self.0.len() as f64;
            self.0.iter().map(|y| (y - mean) * (y - mean)).sum()
        }

        fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> memory::Result<f64> {
            let &[amp, tau, off] = values else {
                return Ok(f64::NAN);
            };
            let mut chi_square = 0.0;
            for (i, y) in self.0.iter().enumerate() {
                let x = i as f64 * 0.25;
                let e = (-x / tau).exp();
                let residual = y - (amp * e + off);
                normal.add(&[e, amp * e * x / (tau * tau), 1.0], residual);
                chi_square += residual * residual;
            }
            Ok(chi_square)
        }
    }

    fn near(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!(
                (a - b).abs() <= tolerance * b.abs(),
                "{found:?} {expected:?}"
            );
        }
    }

    fn parameters(tau_max: f64) -> [Parameter; 3] {
        [
            Parameter::free("amp", 3.0),
            Parameter::within("tau", 1.0, 0.1, tau_max),
            Parameter::free("off", 0.0),
        ]
    }

    #[test]
    fn values_errors_and_statistics_are_those_of_lmfit() {
        // lmfit 1.3.4, method least_squares, on the same 41 numbers.
        let found = fit(&mut decay(), &parameters(50.0)).unwrap();
        near(
            &found.values,
            &[5.000665897811259, 1.9942128605834197, 1.0033485079410163],
            1e-7,
        );
        near(
            &found.stdev,
            &[
                0.02710383604845598,
                0.024123347387348035,
                0.012734488034489082,
            ],
            1e-5,
        );
        near(&[found.chi_square], &[0.06914853079482075], 1e-12);
        let (akaike, bayesian) = found.information_criteria();
        near(
            &[akaike, bayesian],
            &[-255.7878919121108, -250.64717571199787],
            1e-12,
        );
        near(&[found.r_squared()], &[0.999003710142275], 1e-12);
        let correlations = [(0, 1), (0, 2), (1, 2)].map(|(i, j)| found.correlation(i, j));
        near(&correlations, &[-0.3265, -0.1480, -0.7449], 4e-4);
        assert!(found.converged && found.has_errors());
        assert!(found.evaluations < 20, "{}", found.evaluations);
    }

    #[test]
    fn by_the_reciprocal_the_same_minimum_is_found() {
        let mut parameters = parameters(50.0);
        let straight = fit(&mut decay(), &parameters).unwrap();
        parameters[1] = parameters[1].clone().by_reciprocal();
        let found = fit(&mut decay(), &parameters).unwrap();
        near(&found.values, &straight.values, 1e-6);
        near(&found.stdev, &straight.stdev, 1e-5);
        parameters[1].bounds.1 = 1.5;
        assert_eq!(fit(&mut decay(), &parameters).unwrap().values[1], 1.5);
        // A step that would lead past infinity ends at ten times the value, or at the bound.
        assert_eq!(parameters[1].moved(1.0, 7.0), (1.5, 1.0 - 1.0 / 1.5));
        // From the far end, where the model hardly knows of the parameter, the way leads back.
        parameters[1].bounds.1 = 1e7;
        parameters[1].start = 1e6;
        let found = fit(&mut decay(), &parameters).unwrap();
        near(&found.values, &straight.values, 1e-6);
    }

    #[test]
    fn a_parameter_stops_at_its_bound_and_the_others_go_on() {
        // lmfit: chi-square 1.15710353 with tau at 1.5.
        let found = fit(&mut decay(), &parameters(1.5)).unwrap();
        assert_eq!(found.values[1], 1.5);
        near(
            &[found.values[0], found.values[2]],
            &[5.23007278, 1.20242427],
            1e-6,
        );
        near(&[found.chi_square], &[1.1571035275891273], 1e-9);
        near(&found.stdev, &[0.12240078, 0.06923104, 0.04189800], 1e-5);
    }

    #[test]
    fn a_fixed_parameter_keeps_its_value_and_has_no_error() {
        let mut parameters = parameters(50.0);
        parameters[2] = Parameter::fixed("off", 0.0);
        let found = fit(&mut decay(), &parameters).unwrap();
        near(&found.values, &[5.21204122, 4.07548605, 0.0], 1e-5);
        near(&found.stdev, &[0.17261505, 0.20993617, 0.0], 1e-4);
        assert_eq!((found.variables(), found.stdev[2]), (2, 0.0));
        let all = ["amp", "tau", "off"].map(|name| Parameter::fixed(name, 2.0));
        let found = fit(&mut decay(), &all).unwrap();
        assert_eq!((found.values, found.evaluations), (vec![2.0; 3], 1));
    }

    /// Data that do not know of the second parameter.
    struct Flat;

    impl Model for Flat {
        fn points(&self) -> usize {
            3
        }

        fn spread(&self) -> f64 {
            2.0
        }

        fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> memory::Result<f64> {
            for y in [1.0, 2.0, 3.0] {
                normal.add(&[1.0, 0.0], y - values[0]);
            }
            let squares = [1.0, 2.0, 3.0].map(|y| (y - values[0]) * (y - values[0]));
            Ok(squares.iter().sum())
        }
    }

    #[test]
    fn a_parameter_without_effect_leaves_the_errors_unknown() {
        let start = [Parameter::free("level", 0.0), Parameter::free("idle", 7.0)];
        let found = fit(&mut Flat, &start).unwrap();
        near(&found.values, &[2.0, 7.0], 1e-9);
        assert!(found.covariance.is_none() && !found.has_errors());
        assert!(found.stdev.iter().all(|e| e.is_nan()));
    }

    #[test]
    fn a_model_that_is_not_finite_is_refused() {
        let mut start = parameters(50.0);
        start[0] = Parameter::free("amp", f64::NAN);
        let error = fit(&mut decay(), &start).unwrap_err().to_string();
        assert!(error.contains("amp = NaN"), "{error}");
    }
}
