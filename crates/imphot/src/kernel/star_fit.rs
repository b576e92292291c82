//! A Moffat profile (Moffat 1969, A&A 3, 455) fitted to the pixels around a star.

use std::f64::consts::PI;

use super::moffat::{Moffat, Row};
use crate::kernel::{Error, Result};
use crate::numerics::least_squares::{fit, too_large, Model, Normal, Parameter, Solution};

/// Pixels within a circle, in order of their distance from its middle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Circle {
    /// How far they are to the right of the middle, in arcsec.
    pub x: Vec<f64>,
    /// How far they are above it, in arcsec.
    pub y: Vec<f64>,
    /// Where they are in the image, NAXIS1 running fastest.
    pub index: Vec<usize>,
}

impl Circle {
    /// The pixels of an image of `width` x `height` that are less than `radius` (arcsec) from the
    /// place (x, y), in pixels from 0 at the centre of the first; `step` is the size of a pixel in
    /// arcsec.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(
        (width, height): (usize, usize),
        step: (f64, f64),
        middle: (f64, f64),
        radius: f64,
    ) -> memory::Result<Self> {
        let range = |middle: f64, step: f64, size: usize| {
            let reach = (radius / step).abs() + 1.0;
            let limit = |place: f64| place.clamp(0.0, size as f64) as usize;
            limit(middle - reach)..limit(middle + reach + 1.0)
        };
        let mut found = Vec::new();
        for row in range(middle.1, step.1, height) {
            let y = (row as f64 - middle.1) * step.1;
            for column in range(middle.0, step.0, width) {
                let x = (column as f64 - middle.0) * step.0;
                let square = x * x + y * y;
                if square < radius * radius {
                    memory::push(&mut found, (square, row * width + column, x, y))?;
                }
            }
        }
        // Equally far ones in the order of the image: the sums over them are always the same.
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Ok(Circle {
            x: memory::collect(found.iter().map(|&(_, _, x, _)| x))?,
            y: memory::collect(found.iter().map(|&(_, _, _, y)| y))?,
            index: memory::collect(found.iter().map(|&(_, index, _, _)| index))?,
        })
    }
}

/// Names and order of the parameters, those of imphot's reports.
const NAMES: [&str; 6] = ["dx", "dy", "bg", "flux", "fwhm", "beta"];

/// The parameters of a star's profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// Its middle, to the right of where it was looked for, arcsec.
    pub dx: f64,
    /// The same, above it.
    pub dy: f64,
    /// What it stands upon, in the unit of the image.
    pub bg: f64,
    /// The sum of all its pixels, in the unit of the image.
    pub flux: f64,
    /// Its full width at half maximum, arcsec.
    pub fwhm: f64,
    /// Its exponent.
    pub beta: f64,
}

impl Profile {
    /// From the values of a solution.
    pub fn of(values: &[f64]) -> Option<Self> {
        match *values {
            [dx, dy, bg, flux, fwhm, beta] => Some(Profile {
                dx,
                dy,
                bg,
                flux,
                fwhm,
                beta,
            }),
            _ => None,
        }
    }

    /// Its value in a pixel of `area` square arcsec at (x, y), arcsec; NaN where there is no such
    /// profile.
    pub fn value(&self, x: f64, y: f64, area: f64) -> f64 {
        let (u, v) = (x - self.dx, y - self.dy);
        let Some(moffat) = Moffat::new(self.fwhm, self.beta) else {
            return f64::NAN;
        };
        let mut row = Row {
            value: vec![0.0],
            by_fwhm: vec![0.0],
            by_beta: vec![0.0],
        };
        moffat.row(&[u * u], v * v, &mut row);
        self.bg + self.flux * area * (self.beta - 1.0) / (PI * moffat.core2) * row.value[0]
    }
}

/// What a star is fitted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StarOptions {
    /// The width of the profile, arcsec, where it is not to be fitted.
    pub fix_fwhm: Option<f64>,
    /// The exponent, where it is not to be fitted.
    pub fix_beta: Option<f64>,
    /// The first guess of the exponent.
    pub first_beta: f64,
}

/// The first guess of the width, arcsec (imphot's).
const FIRST_FWHM: f64 = 0.5;

/// The weight of every pixel, imphot's choice: chi-squares are of pixels times this.
pub const WEIGHT: f64 = 10.0;

/// The greatest exponent that is fitted: a profile of this one is Gauss's but for a millionth.
const MOST_BETA: f64 = 1e6;

/// Fits `values`, one of each pixel of the circle; a pixel has `area` square arcsec. The
/// parameters of the solution are dx, dy, bg, flux, fwhm and beta.
///
/// What is varied is the inverse of the exponent: towards Gauss's profile, where the exponent has no
/// end and hardly any effect, the pixels depend on it linearly, and a minimum is found in a few
/// steps that lmfit looks for in hundreds.
///
/// # Errors
/// Why it cannot be fitted: fewer pixels than parameters, values whose sum is zero, so that they
/// have no middle, or one that is larger than [`crate::numerics::least_squares::LARGEST`].
pub fn fit_star(
    circle: &Circle,
    values: &[f64],
    area: f64,
    options: &StarOptions,
) -> Result<Solution> {
    if let Some(why) = too_large(values.iter().copied()) {
        return Err(Error::pixels(why));
    }
    let sum: f64 = values.iter().sum();
    let mean = |of: &[f64]| -> f64 {
        let weighted: f64 = of.iter().zip(values).map(|(x, value)| x * value).sum();
        weighted / sum
    };
    let (dx, dy) = (mean(&circle.x), mean(&circle.y));
    if values.iter().all(|&value| value == 0.0) || !dx.is_finite() || !dy.is_finite() {
        return Err(Error::pixels(
            "there is no star: the pixels within its radius are masked, or their sum is zero",
        ));
    }
    let mut parameters = [
        Parameter::free(NAMES[0], dx),
        Parameter::free(NAMES[1], dy),
        Parameter::free(NAMES[2], 0.0),
        Parameter::within(NAMES[3], sum, 0.0, f64::INFINITY),
        Parameter::within(NAMES[4], FIRST_FWHM, 0.0, f64::INFINITY),
        Parameter::within(
            NAMES[5],
            1.0 / options.first_beta,
            1.0 / MOST_BETA,
            f64::INFINITY,
        ),
    ];
    let inverse = options.fix_beta.map(|beta| 1.0 / beta);
    for (at, fixed) in [(4, options.fix_fwhm), (5, inverse)] {
        if let Some(value) = fixed {
            parameters[at] = Parameter::fixed(NAMES[at], value);
        }
    }
    let variables = parameters.iter().filter(|p| p.vary).count();
    if values.len() < variables {
        return Err(Error::pixels(format!(
            "{} pixels within the radius of the star are too few to fit {variables} parameters",
            values.len()
        )));
    }
    let mut model = StarModel {
        circle,
        values,
        area,
        squares: memory::zeros(values.len())?,
        row: Row::new(values.len())?,
    };
    let mut solution = fit(&mut model, &parameters)?;
    if options.fix_beta.is_none() && solution.values[5] <= 1.0 / MOST_BETA {
        hold(&mut solution, &mut model)?;
    }
    invert(&mut solution, 5);
    if let Some(beta) = options.fix_beta {
        solution.values[5] = beta;
        solution.parameters[5].start = beta;
    }
    Ok(solution)
}

/// Makes the errors of a solution those at its exponent, which is the greatest: that of Gauss's
/// profile, beyond which there is nothing to be uncertain about. The exponent keeps its own. lmfit's
/// are nearly these too, because its differences by so great an exponent are noise.
fn hold(solution: &mut Solution, model: &mut StarModel) -> Result<()> {
    let mut parameters = solution.parameters.clone();
    for (parameter, &value) in parameters.iter_mut().zip(&solution.values) {
        parameter.start = value;
    }
    let count = parameters.len();
    let last = count - 1;
    parameters[last].vary = false;
    let held = fit(model, &parameters)?;
    if let (Some(own), Some(mut covariance)) = (&solution.covariance, held.covariance.clone()) {
        // The exponent counts among what was fitted.
        let degrees = |of: &Solution| of.points.saturating_sub(of.variables()).max(1) as f64;
        let more = degrees(&held) / degrees(solution);
        covariance.iter_mut().for_each(|c| *c *= more);
        covariance[count * count - 1] = own[count * count - 1];
        for i in 0..count {
            solution.stdev[i] = covariance[i * count + i].sqrt();
        }
        solution.covariance = Some(covariance);
    }
    solution.evaluations += held.evaluations;
    Ok(())
}

/// Makes parameter `at` of a solution the inverse of what was varied.
fn invert(solution: &mut Solution, at: usize) {
    let count = solution.values.len();
    let slope = -1.0 / (solution.values[at] * solution.values[at]);
    solution.values[at] = 1.0 / solution.values[at];
    solution.stdev[at] *= slope.abs();
    if let Some(covariance) = &mut solution.covariance {
        for i in 0..count {
            covariance[at * count + i] *= slope;
            covariance[i * count + at] *= slope;
        }
    }
    let parameter = &mut solution.parameters[at];
    parameter.start = 1.0 / parameter.start;
    parameter.bounds = (1.0 / parameter.bounds.1, 1.0 / parameter.bounds.0);
}

struct StarModel<'a> {
    circle: &'a Circle,
    values: &'a [f64],
    area: f64,
    /// Distances from the middle of the profile, squared.
    squares: Vec<f64>,
    row: Row,
}

impl Model for StarModel<'_> {
    fn points(&self) -> usize {
        self.values.len()
    }

    fn spread(&self) -> f64 {
        let mean = self.values.iter().sum::<f64>() / self.values.len() as f64;
        let squares = self
            .values
            .iter()
            .map(|value| (value - mean) * (value - mean));
        WEIGHT * WEIGHT * squares.sum::<f64>()
    }

    fn evaluate(&mut self, values: &[f64], normal: &mut Normal) -> memory::Result<f64> {
        let Some(mut star) = Profile::of(values) else {
            return Ok(f64::NAN);
        };
        star.beta = 1.0 / star.beta;
        let Some(moffat) = Moffat::new(star.fwhm, star.beta) else {
            return Ok(f64::INFINITY);
        };
        let (xs, ys) = (&self.circle.x, &self.circle.y);
        for (square, (x, y)) in self.squares.iter_mut().zip(xs.iter().zip(ys)) {
            let (u, v) = (x - star.dx, y - star.dy);
            *square = u * u + v * v;
        }
        moffat.row(&self.squares, 0.0, &mut self.row);
        let beta = star.beta;
        // The peak of a star of flux 1, and its derivative by the exponent: the width at half
        // maximum is kept, so the core grows with it.
        let unit = self.area / (PI * moffat.core2);
        let peak = (beta - 1.0) * unit;
        let core = std::f64::consts::LN_2 / beta;
        let peak_by_beta = unit * (1.0 + (beta - 1.0) / beta * (core / (-core).exp_m1()));
        let mut chi_square = 0.0;
        let rows = (self.row.value.iter().zip(&self.row.by_fwhm)).zip(&self.row.by_beta);
        let pixels = xs.iter().zip(ys).zip(&self.squares).zip(self.values);
        for (((profile, by_fwhm), by_beta), (((x, y), square), value)) in rows.zip(pixels) {
            let shape = peak * profile;
            let slope = 2.0 * beta * star.flux * shape / (moffat.core2 + square);
            let derivatives = [
                slope * (x - star.dx),
                slope * (y - star.dy),
                1.0,
                shape,
                star.flux * peak * (by_fwhm - 2.0 / star.fwhm * profile),
                -beta * beta * star.flux * (peak * by_beta + peak_by_beta * profile),
            ];
            let residual = WEIGHT * (value - star.bg - star.flux * shape);
            normal.add(&derivatives.map(|d| WEIGHT * d), residual);
            chi_square += residual * residual;
        }
        Ok(chi_square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle() -> Circle {
        Circle::new((31, 29), (0.2, 0.25), (14.3, 15.1), 2.1).unwrap()
    }

    #[test]
    fn pixels_are_within_the_radius_and_in_order() {
        let circle = circle();
        let mut last = 0.0;
        for ((x, y), &index) in circle.x.iter().zip(&circle.y).zip(&circle.index) {
            let r = x.hypot(*y);
            assert!(r < 2.1 && r + 1e-12 >= last);
            last = r;
            let (column, row) = ((index % 31) as f64, (index / 31) as f64);
            assert!((x - (column - 14.3) * 0.2).abs() < 1e-12);
            assert!((y - (row - 15.1) * 0.25).abs() < 1e-12);
        }
        // The number of pixels of 0.05 square arcsec within 2.1 arcsec: 277 +- the edge.
        assert!((260..295).contains(&circle.x.len()), "{}", circle.x.len());
        // A corner, and nothing at all.
        assert!(
            Circle::new((31, 29), (0.2, 0.2), (0.0, 0.0), 0.3)
                .unwrap()
                .x
                .len()
                == 4
        );
        assert!(Circle::new((31, 29), (0.2, 0.2), (90.0, 5.0), 0.3)
            .unwrap()
            .x
            .is_empty());
        assert_eq!(
            Circle::new((3, 2), (0.2, 0.2), (1.0, 1.0), 1e300)
                .unwrap()
                .x
                .len(),
            6
        );
    }

    const TRUTH: Profile = Profile {
        dx: 0.11,
        dy: -0.07,
        bg: 0.3,
        flux: 50.0,
        fwhm: 0.8,
        beta: 2.6,
    };

    fn options(first_beta: f64) -> StarOptions {
        StarOptions {
            fix_fwhm: None,
            fix_beta: None,
            first_beta,
        }
    }

    fn star(circle: &Circle, profile: &Profile) -> Vec<f64> {
        let places = circle.x.iter().zip(&circle.y);
        places.map(|(&x, &y)| profile.value(x, y, 0.05)).collect()
    }

    #[test]
    fn a_profile_is_half_at_half_its_width_and_sums_to_its_flux() {
        let at = |x: f64| TRUTH.value(TRUTH.dx + x, TRUTH.dy, 0.05) - TRUTH.bg;
        assert!((at(0.4) / at(0.0) - 0.5).abs() < 1e-12);
        let all = Circle::new((801, 801), (0.2, 0.25), (400.0, 400.0), 79.0).unwrap();
        let sum: f64 = star(&all, &TRUTH).iter().map(|v| v - TRUTH.bg).sum();
        assert!((sum / TRUTH.flux - 1.0).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        let circle = circle();
        let values = vec![0.0; circle.x.len()];
        let at = [0.11, -0.07, 0.3, 50.0, 0.8, 1.0 / 2.6];
        // Jᵀr against the slope of the chi-square.
        let evaluate = |values_at: &[f64], normal: &mut Normal| {
            let mut model = StarModel {
                circle: &circle,
                values: &values,
                area: 0.05,
                squares: vec![0.0; values.len()],
                row: Row::new(values.len()).unwrap(),
            };
            model.evaluate(values_at, normal).unwrap()
        };
        for i in 0..6 {
            let step = 1e-5 * f64::abs(at[i]);
            let (mut more, mut less) = (at, at);
            more[i] += step;
            less[i] -= step;
            let mut normal = Normal::new(6);
            let slope =
                (evaluate(&more, &mut normal) - evaluate(&less, &mut normal)) / (2.0 * step);
            let mut normal = Normal::new(6);
            evaluate(&at, &mut normal);
            let expected = -2.0 * normal.gradient(i);
            assert!(
                (slope / expected - 1.0).abs() < 1e-6,
                "{i}: {slope} {expected}"
            );
        }
    }

    #[test]
    fn a_star_is_found() {
        let circle = circle();
        let values = star(&circle, &TRUTH);
        for first in [3.0, 10.0] {
            let found = fit_star(&circle, &values, 0.05, &options(first)).unwrap();
            let expected = [0.11, -0.07, 0.3, 50.0, 0.8, 2.6];
            for (value, expected) in found.values.iter().zip(expected) {
                assert!((value / expected - 1.0).abs() < 1e-7, "{:?}", found.values);
            }
            assert!(found.chi_square < 1e-12 && found.converged);
        }
        let fixed = StarOptions {
            fix_fwhm: Some(0.8),
            fix_beta: Some(2.6),
            ..options(3.0)
        };
        let found = fit_star(&circle, &values, 0.05, &fixed).unwrap();
        assert!((found.values[3] - 50.0).abs() < 1e-6);
        assert_eq!((found.variables(), found.stdev[4]), (4, 0.0));
    }

    #[test]
    fn a_gauss_profile_has_a_great_exponent() {
        let circle = circle();
        let gauss = Profile { beta: 1e9, ..TRUTH };
        let found = fit_star(&circle, &star(&circle, &gauss), 0.05, &options(10.0)).unwrap();
        assert!(
            (found.values[4] - 0.8).abs() < 1e-5 && found.values[5] == 1e6,
            "{:?}",
            found.values
        );
        assert!(found.stdev.iter().all(|&e| e >= 0.0) && found.correlation(3, 5) == 0.0);
        assert!(found.evaluations < 60, "{}", found.evaluations);
    }

    #[test]
    fn what_is_no_star_is_refused() {
        let circle = circle();
        let none = vec![0.0; circle.x.len()];
        let why = fit_star(&circle, &none, 0.05, &options(3.0)).unwrap_err();
        assert!(why.to_string().contains("no star"), "{why}");
        let few = Circle::new((31, 29), (0.2, 0.2), (9.0, 9.0), 0.25).unwrap();
        assert_eq!(few.x.len(), 5);
        let why = fit_star(&few, &[1.0, 2.0, 1.0, 1.0, 1.0], 0.05, &options(3.0)).unwrap_err();
        assert!(why.to_string().contains("too few"), "{why}");
        let nan = vec![f64::NAN; circle.x.len()];
        assert!(fit_star(&circle, &nan, 0.05, &options(3.0)).is_err());
    }
}
