//! Zenithal projections: the native pole at the centre, x = R sin phi, y = -R cos phi.

use std::f64::consts::{FRAC_PI_2, PI};

use super::solve::increasing;
use crate::direction::{cross, dot};

use super::{depth, sine, Complaint, Parameters, EDGE};

/// Orthographic: SIN, slanted by (xi, eta) (Paper II eqs. 60 to 65).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slant {
    xi: f64,
    eta: f64,
}

impl Slant {
    /// SIN with PVi_1 = xi and PVi_2 = eta.
    pub fn new(xi: f64, eta: f64) -> Self {
        Slant { xi, eta }
    }

    #[inline]
    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let cross = x * self.eta - y * self.xi;
        slanted([x, y], [self.xi, self.eta], cross)
    }

    #[inline]
    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        // The near side of the sphere, as seen along the slanted line of sight.
        if v[2] + self.xi * v[1] - self.eta * v[0] < 0.0 {
            return None;
        }
        let depth = depth(v);
        Some((v[1] + self.xi * depth, -v[0] + self.eta * depth))
    }
}

/// The point of the sphere at depth s = 1 - sin theta below (x, y) - s (along, across): the
/// nearer root of the quadratic equation that the unit length of the vector makes of s. `cross` is
/// x across - y along.
fn slanted([x, y]: [f64; 2], [along, across]: [f64; 2], cross: f64) -> Option<[f64; 3]> {
    let r2 = x * x + y * y;
    let p = x * along + y * across;
    let b = 1.0 + p;
    // b^2 - (1 + along^2 + across^2) r^2, by Lagrange's identity without the fourth powers, which
    // would leave nothing of it far out on the plane.
    let mut discriminant = 1.0 + 2.0 * p - r2 - cross * cross;
    if discriminant < 0.0 && discriminant > -EDGE {
        discriminant = 0.0;
    }
    if !(discriminant >= 0.0 && b > 0.0) {
        return None;
    }
    let depth = r2 / (b + discriminant.sqrt());
    let v = [-(y - depth * across), x - depth * along, 1.0 - depth];
    // Far out on the plane the digits do not reach the sphere.
    (depth <= 2.0 && is_unit(v)).then_some(v)
}

/// Whether the digits of a point of the sphere have reached it.
fn is_unit(v: [f64; 3]) -> bool {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2] - 1.0).abs() < 1e-9
}

/// Projections whose radius depends on the distance from the centre alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Radial {
    /// Equidistant.
    Arc,
    /// Stereographic.
    Stg,
    /// Equal area.
    Zea,
    /// A polynomial of the distance.
    Zpn(Polynomial),
    /// Airy's, with the weight of its tangent term.
    Air(f64),
}

/// The polynomial of ZPN with the range of distances over which it increases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Polynomial {
    coefficients: Vec<f64>,
    farthest: f64,
    largest: f64,
}

impl Polynomial {
    fn value_and_slope(&self, distance: f64) -> (f64, f64) {
        value_and_slope(&self.coefficients, distance)
    }
}

fn value_and_slope(coefficients: &[f64], x: f64) -> (f64, f64) {
    coefficients
        .iter()
        .rev()
        .fold((0.0, 0.0), |(value, slope), &c| {
            (value * x + c, slope * x + value)
        })
}

/// WCSLIB's limit; Paper II has PVi_0 to PVi_20.
const ZPN_TERMS: usize = 30;

impl Radial {
    /// ZPN: PVi_0, PVi_1, ... are the coefficients for distances in radians (Paper II eq. 67).
    pub fn zpn(parameters: Parameters, bad: Complaint) -> Result<Self, String> {
        let mut coefficients: Vec<f64> = (0..ZPN_TERMS)
            .map(|term| parameters(term).unwrap_or(0.0))
            .collect();
        while coefficients.last() == Some(&0.0) {
            coefficients.pop();
        }
        if coefficients.len() < 2 {
            return Err(bad(1, "is missing or zero"));
        }
        let slope = |x: f64| value_and_slope(&coefficients, x).1;
        if slope(0.0) <= 0.0 {
            return Err(bad(1, "must be positive"));
        }
        // The map ends where the radius first stops to grow: a degree at a time, then halving.
        let step = PI / 180.0;
        let mut farthest = PI;
        for k in 1..=180 {
            if slope(k as f64 * step) <= 0.0 {
                let (mut inside, mut outside) = ((k - 1) as f64 * step, k as f64 * step);
                for _ in 0..60 {
                    let middle = 0.5 * (inside + outside);
                    if slope(middle) > 0.0 {
                        inside = middle;
                    } else {
                        outside = middle;
                    }
                }
                farthest = inside;
                break;
            }
        }
        let largest = value_and_slope(&coefficients, farthest).0;
        Ok(Radial::Zpn(Polynomial {
            coefficients,
            farthest,
            largest,
        }))
    }

    /// AIR: `theta_b` (degrees) is the latitude within which the error is least (eq. 73).
    pub fn air(theta_b: f64, bad: Complaint) -> Result<Self, String> {
        if !(theta_b > -90.0 && theta_b <= 90.0) {
            return Err(bad(1, "must be over -90 and at most 90"));
        }
        let half = (90.0 - theta_b).to_radians() / 2.0;
        let weight = if half < 1e-4 {
            // The limit, and its next term, of ln(cos h) / tan^2 h.
            -0.5 + half * half / 4.0
        } else {
            half.cos().ln() / half.tan().powi(2)
        };
        Ok(Radial::Air(weight))
    }

    /// Distance from the native pole at plane radius `r`, and sin(distance) / r.
    fn distance(&self, r: f64) -> Option<f64> {
        match self {
            Radial::Arc => (r <= PI + EDGE).then(|| r.min(PI)),
            Radial::Stg => Some(2.0 * (0.5 * r).atan()),
            Radial::Zea => sine(0.5 * r).map(|s| 2.0 * s.asin()),
            Radial::Zpn(p) => {
                let smallest = p.coefficients[0];
                if r < smallest - EDGE || r > p.largest + EDGE {
                    return None;
                }
                let start = (r - smallest) / p.coefficients[1];
                Some(increasing(r, 0.0, p.farthest, start, |x| {
                    p.value_and_slope(x)
                }))
            }
            Radial::Air(weight) => {
                let half = increasing(r, 0.0, FRAC_PI_2, 0.5 * r, |half| {
                    air_radius_and_slope(half, *weight)
                });
                Some(2.0 * half)
            }
        }
    }

    /// Plane radius at a distance from the native pole.
    fn radius(&self, distance: f64) -> Option<f64> {
        match self {
            Radial::Arc => Some(distance),
            Radial::Stg => (distance < PI).then(|| 2.0 * (0.5 * distance).tan()),
            Radial::Zea => Some(2.0 * (0.5 * distance).sin()),
            Radial::Zpn(p) => {
                (distance <= p.farthest + EDGE).then(|| p.value_and_slope(distance).0)
            }
            Radial::Air(weight) => {
                (distance < PI).then(|| air_radius_and_slope(0.5 * distance, *weight).0)
            }
        }
    }

    pub fn to_sphere(&self, x: f64, y: f64) -> Option<[f64; 3]> {
        let r = x.hypot(y);
        let distance = self.distance(r)?;
        let (sin, cos) = distance.sin_cos();
        if r == 0.0 {
            // ZPN with a negative PVi_0 has a circle where others have their centre.
            return Some([-sin, 0.0, cos]);
        }
        Some([-y / r * sin, x / r * sin, cos])
    }

    pub fn to_plane(&self, v: [f64; 3]) -> Option<(f64, f64)> {
        let sin = v[0].hypot(v[1]);
        let r = self.radius(sin.atan2(v[2]))?;
        if sin == 0.0 {
            return Some((0.0, -r));
        }
        Some((r * v[1] / sin, -r * v[0] / sin))
    }
}

/// Airy's radius at twice `half` from the pole (Paper II eq. 72), and its slope with `half`.
fn air_radius_and_slope(half: f64, weight: f64) -> (f64, f64) {
    if half < 1e-4 {
        // ln(cos h) / tan h = -h/2 + h^3/12 + ...: beyond, under 1e-20.
        let cubic = half * half * half;
        let value = half - cubic / 6.0 - 2.0 * weight * (half + cubic / 3.0);
        return (
            value,
            1.0 - 0.5 * half * half - 2.0 * weight * (1.0 + half * half),
        );
    }
    let (sin, cos) = half.sin_cos();
    let (tan, log) = (sin / cos, cos.ln());
    let value = -2.0 * (log / tan + weight * tan);
    let slope = 2.0 * (1.0 + log / (sin * sin)) - 2.0 * weight / (cos * cos);
    (value, slope)
}

/// Zenithal perspective onto a plane tilted by gamma (Paper II eqs. 19 to 28).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Azp {
    mu: f64,
    sin_gamma: f64,
    cos_gamma: f64,
    tan_gamma: f64,
}

impl Azp {
    /// `mu` in radii of the sphere, `gamma` in degrees.
    pub fn new(mu: f64, gamma: f64, bad: Complaint) -> Result<Self, String> {
        if mu == -1.0 {
            return Err(bad(1, "must not be -1"));
        }
        let (sin_gamma, cos_gamma) = crate::matrix::sin_cos_degrees(gamma);
        if cos_gamma == 0.0 {
            return Err(bad(2, "must not be 90"));
        }
        Ok(Azp {
            mu,
            sin_gamma,
            cos_gamma,
            tan_gamma: sin_gamma / cos_gamma,
        })
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let across = y * self.cos_gamma;
        let r = x.hypot(across);
        if r == 0.0 {
            return Some([0.0, 0.0, 1.0]);
        }
        let rho = r / ((self.mu + 1.0) + y * self.sin_gamma);
        let psi = 1f64.atan2(rho);
        let omega = sine(rho * self.mu / rho.hypot(1.0))?.asin();
        let fold = |angle: f64| {
            if angle > FRAC_PI_2 {
                angle - 2.0 * PI
            } else {
                angle
            }
        };
        // Two points of the sphere on one line of sight: the one closer to the pole.
        let theta = fold(psi - omega).max(fold(psi + omega + PI));
        if theta < -FRAC_PI_2 - EDGE {
            return None;
        }
        let (sin, cos) = theta.sin_cos();
        Some([-across / r * cos, x / r * cos, sin])
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let to_plane = (self.mu + v[2]) + v[0] * self.tan_gamma;
        let diverges = (self.mu * self.cos_gamma).abs() < 1.0;
        if to_plane == 0.0 || (diverges && to_plane * (self.mu + 1.0) < 0.0) {
            return None;
        }
        // Beyond the limb the far side of the sphere falls onto the near one.
        if self.mu.abs() > 1.0 && v[2] < -1.0 / self.mu {
            return None;
        }
        let scale = (self.mu + 1.0) / to_plane;
        Some((scale * v[1], -scale * v[0] / self.cos_gamma))
    }
}

/// Distances on the plane (radians) from which on [`Szp::to_sphere`] goes by the line of sight.
const FAR: f64 = 100.0;

/// Zenithal perspective from a point off the axis (Paper II eqs. 32 to 46).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Szp {
    /// The point, as a native vector.
    eye: [f64; 3],
    /// Its height over the plane: mu sin theta_c + 1.
    height: f64,
    beyond: bool,
}

impl Szp {
    /// `mu` in radii of the sphere, `phi_c` and `theta_c` in degrees.
    pub fn new(mu: f64, phi_c: f64, theta_c: f64, bad: Complaint) -> Result<Self, String> {
        let (sin_phi, cos_phi) = crate::matrix::sin_cos_degrees(phi_c);
        let (sin_theta, cos_theta) = crate::matrix::sin_cos_degrees(theta_c);
        let eye = [
            -mu * cos_theta * cos_phi,
            -mu * cos_theta * sin_phi,
            -mu * sin_theta,
        ];
        let height = 1.0 - eye[2];
        if height == 0.0 {
            return Err(bad(1, "puts the point of view onto the plane"));
        }
        Ok(Szp {
            eye,
            height,
            beyond: mu.abs() > 1.0,
        })
    }

    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let [e, f, _] = self.eye;
        let r2 = x * x + y * y;
        if r2 > FAR * FAR && r2 > dot(self.eye, self.eye) {
            return self.far_to_sphere(x, y);
        }
        let slant = [(x - f) / self.height, (y + e) / self.height];
        // The products of x and y in it cancel.
        slanted([x, y], slant, (x * e + y * f) / self.height)
    }

    /// The same for points of the plane that are farther away than the eye: along the line of sight from
    /// there. What the depth below such a point leaves of its coordinates has lost their first digits; the
    /// direction from the eye has all of them.
    fn far_to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let sight = [-y - self.eye[0], x - self.eye[1], self.height];
        let length = dot(sight, sight).sqrt();
        let sight = sight.map(|w| w / length);
        let aside = cross(self.eye, sight);
        let mut discriminant = 1.0 - dot(aside, aside);
        if discriminant < 0.0 && discriminant > -EDGE {
            discriminant = 0.0;
        }
        if discriminant < 0.0 {
            return None;
        }
        // Of two points of the sphere the one nearer to the plane.
        let half = discriminant.sqrt().copysign(self.height);
        let distance = half - dot(self.eye, sight);
        let v = [0, 1, 2].map(|i: usize| self.eye[i] + distance * sight[i]);
        is_unit(v).then_some(v)
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let to_eye = v[2] - self.eye[2];
        if to_eye == 0.0 || (self.eye[2].abs() < 1.0 && to_eye < 0.0) {
            return None;
        }
        if self.beyond {
            let over_limb = v[0] * self.eye[0] + v[1] * self.eye[1] + v[2] * self.eye[2] - 1.0;
            if (self.eye[2] < 0.0) == (over_limb > 0.0) {
                return None;
            }
        }
        let depth = depth(v);
        Some((
            (self.height * v[1] - self.eye[1] * depth) / to_eye,
            -(self.height * v[0] - self.eye[0] * depth) / to_eye,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{dot, Szp};

    /// Found by fuzzing: PV2_3 = 21.34 alone, a gnomonic map, at pixels of 5 degrees and 1e6 radians from the
    /// centre, where rounding decided pixel by pixel whether there was a sky.
    #[test]
    fn a_perspective_keeps_its_digits_far_out_on_the_plane() {
        let never = |_: usize, what: &str| what.to_owned();
        for (mu, phi, theta) in [
            (0.0, 0.0, 21.34),
            (0.5, 30.0, 60.0),
            (-0.7, 200.0, 45.0),
            (2.0, 77.0, 5.0),
        ] {
            let map = Szp::new(mu, phi, theta, &never).unwrap();
            let mut seen = 0;
            for k in 0..200_u32 {
                let (sin, cos) = (0.4 + f64::from(k) * 0.77).sin_cos();
                for exponent in [-1, -2, -3, -4, -6, -8, -10] {
                    // Just above the horizon of the eye.
                    let z = map.eye[2] + 10_f64.powi(exponent);
                    let r = (1.0 - z * z).max(0.0).sqrt();
                    let v = [r * cos, r * sin, z];
                    let Some((x, y)) = map.to_plane(v) else {
                        continue;
                    };
                    let again = map.to_sphere(x, y).unwrap();
                    let off = [0, 1, 2].map(|i: usize| again[i] - v[i]);
                    let off = dot(off, off).sqrt();
                    assert!(off < 1e-13, "{mu} {v:?}: {off:e} at {x} {y}");
                    seen += usize::from(x.hypot(y) > super::FAR);
                }
            }
            assert!(seen > 400, "{mu}: {seen}");
        }
    }
}
