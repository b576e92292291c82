//! A distortion of the plane and its inverse.

use super::polynomial::Polynomial;
use crate::matrix::Matrix2;

/// A map of the plane onto itself, given by polynomials.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapping {
    /// The two coordinates of the result.
    pub(super) forward: [Polynomial; 2],
    /// Terms in odd powers of the radius.
    pub(super) radial: Option<Radial>,
    /// What a header offers as an approximate inverse.
    pub(super) approximate_inverse: Option<[Polynomial; 2]>,
    /// That inverse is not improved upon.
    pub(super) trust_inverse: bool,
    /// What the inverse begins with.
    pub(super) start: Start,
    /// A step this small (in the units of the map's argument) ends the inverse.
    pub(super) smallest: f64,
    /// The sign of the determinant of the derivatives where the map is sound.
    pub(super) sense: f64,
}

/// The first guess of an inverse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// The target: the map is nearly the identity.
    Target,
    /// The origin.
    Origin,
}

/// Sums of c r^(2k+1), k = 0 to 3, for both coordinates; r in degrees, the plane in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Radial(pub [[f64; 4]; 2]);

impl Radial {
    /// One degree of the plane, as the argument and value of the map have it.
    const DEGREE: f64 = std::f64::consts::PI / 180.0;

    /// Value and slope by r, in the plane's units.
    fn at(&self, coordinate: usize, r: f64) -> (f64, f64) {
        let r = r / Self::DEGREE;
        let r2 = r * r;
        let (mut sum, mut slope) = (0.0, 0.0);
        for (k, c) in self.0[coordinate].iter().enumerate().rev() {
            sum = sum * r2 + c;
            slope = slope * r2 + (2 * k + 1) as f64 * c;
        }
        (sum * r * Self::DEGREE, slope)
    }
}

/// Rounds of the inverse. Newton's method doubles the digits in each, and halved steps are
/// needed far from the image only.
const ROUNDS: usize = 40;
/// How often a step is halved that leads away from the target.
const HALVINGS: usize = 8;

impl Mapping {
    /// A map from its polynomials alone.
    pub(super) fn new(forward: [Polynomial; 2], start: Start, smallest: f64) -> Self {
        let mut map = Mapping {
            forward,
            radial: None,
            approximate_inverse: None,
            trust_inverse: false,
            start,
            smallest,
            sense: 1.0,
        };
        map.sense = map.sense_at_origin();
        map
    }

    /// Which way round the map is at the reference point: 1, -1, or 0 where it folds.
    pub(super) fn sense_at_origin(&self) -> f64 {
        let determinant = self.slopes_at_origin().determinant();
        if determinant > 0.0 {
            1.0
        } else if determinant < 0.0 {
            -1.0
        } else {
            0.0
        }
    }

    /// From now on the inverse is the one that the header states, where it does.
    pub fn take_stated_inverse(&mut self) {
        self.trust_inverse = true;
    }

    /// The derivatives at the reference point.
    pub fn slopes_at_origin(&self) -> Matrix2 {
        self.value_and_slopes(0.0, 0.0).1
    }

    /// The point that (x, y) goes to.
    #[inline]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let (mut u, mut v) = (self.forward[0].value(x, y), self.forward[1].value(x, y));
        if let Some(radial) = &self.radial {
            let r = x.hypot(y);
            u += radial.at(0, r).0;
            v += radial.at(1, r).0;
        }
        (u, v)
    }

    /// Value and derivatives.
    pub(super) fn value_and_slopes(&self, x: f64, y: f64) -> ([f64; 2], Matrix2) {
        let mut value = [0.0; 2];
        let mut slopes = [[0.0; 2]; 2];
        for (i, polynomial) in self.forward.iter().enumerate() {
            let [f, fx, fy] = polynomial.value_and_slopes(x, y);
            value[i] = f;
            slopes[i] = [fx, fy];
            if let Some(radial) = &self.radial {
                let r = x.hypot(y);
                let (f, slope) = radial.at(i, r);
                value[i] += f;
                if r > 0.0 {
                    slopes[i][0] += slope * x / r;
                    slopes[i][1] += slope * y / r;
                }
            }
        }
        (value, Matrix2(slopes))
    }

    /// The point that goes to (u, v), by Newton's method; `None` where it does not converge or
    /// comes out on a part of the plane that the polynomials have folded over.
    pub fn invert(&self, u: f64, v: f64) -> Option<(f64, f64)> {
        if !(u.is_finite() && v.is_finite()) {
            return None;
        }
        let start = match (&self.approximate_inverse, self.start) {
            (Some([p, q]), _) if self.trust_inverse => {
                return Some((p.value(u, v), q.value(u, v)));
            }
            (Some([p, q]), _) => (p.value(u, v), q.value(u, v)),
            (None, Start::Target) => (u, v),
            (None, Start::Origin) => (0.0, 0.0),
        };
        let goal = Goal {
            smallest: self.smallest,
            sense: self.sense,
        };
        solve(|x, y| self.value_and_slopes(x, y), start, (u, v), &goal)
    }
}

/// When an inverse is found.
pub(super) struct Goal {
    /// A step this small ends the search.
    pub smallest: f64,
    /// The sign that the determinant of the derivatives must have.
    pub sense: f64,
}

/// The point that a map with this value and these derivatives takes to (u, v), by Newton's method
/// from `start` on; `None` where it does not converge or comes out on a fold.
#[inline]
pub(super) fn solve(
    value_and_slopes: impl Fn(f64, f64) -> ([f64; 2], Matrix2),
    (mut x, mut y): (f64, f64),
    (u, v): (f64, f64),
    goal: &Goal,
) -> Option<(f64, f64)> {
    let miss = |value: [f64; 2]| (value[0] - u).hypot(value[1] - v);
    let (mut value, mut slopes) = value_and_slopes(x, y);
    for _ in 0..ROUNDS {
        let far = miss(value);
        let (dx, dy) = slopes.inverse()?.apply(value[0] - u, value[1] - v);
        let step = dx.hypot(dy);
        if !step.is_finite() {
            return None;
        }
        let end = goal.smallest.max(4.0 * f64::EPSILON * x.hypot(y));
        if step <= end {
            // Where the map is steep, the digits of the argument do not reach the target.
            let steepness: f64 = slopes.0.iter().flatten().map(|s| s.abs()).sum();
            let rounding = 4.0 * f64::EPSILON * steepness * x.hypot(y);
            let near = far.max(rounding) <= 1e4 * goal.smallest + 1e-12 * (u.abs() + v.abs());
            let sound = near && slopes.determinant() * goal.sense > 0.0;
            return sound.then_some((x - dx, y - dy));
        }
        let mut part = 1.0;
        for halving in 0..=HALVINGS {
            let (next_x, next_y) = (x - part * dx, y - part * dy);
            let next = value_and_slopes(next_x, next_y);
            if miss(next.0) < far || halving == HALVINGS {
                (x, y) = (next_x, next_y);
                (value, slopes) = next;
                break;
            }
            part *= 0.5;
        }
    }
    None
}
