//! Quadrilateralized spherical cubes: TSC, CSC and QSC (Paper II, section 5.6).

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4, PI};

use super::EDGE;

/// How a face of the cube is stretched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cube {
    /// Tangential: every face is a gnomonic projection.
    Tsc,
    /// COBE: nearly equal area. Both directions are the published polynomials (Paper II,
    /// section 5.6.2), which are each other's inverse to some 1e-4 of a face only.
    Csc,
    /// Equal area.
    Qsc,
}

/// A face: outward normal, the directions of x and y on it, and its centre on the plane in half
/// faces (45 degrees). Axes are (number, sign).
struct Face {
    normal: (usize, f64),
    right: (usize, f64),
    up: (usize, f64),
    centre: (f64, f64),
}

const fn face(
    normal: (usize, f64),
    right: (usize, f64),
    up: (usize, f64),
    centre: (f64, f64),
) -> Face {
    Face {
        normal,
        right,
        up,
        centre,
    }
}

const FACES: [Face; 6] = [
    face((2, 1.0), (1, 1.0), (0, -1.0), (0.0, 2.0)),
    face((0, 1.0), (1, 1.0), (2, 1.0), (0.0, 0.0)),
    face((1, 1.0), (0, -1.0), (2, 1.0), (2.0, 0.0)),
    face((0, -1.0), (1, -1.0), (2, 1.0), (4.0, 0.0)),
    face((1, -1.0), (0, 1.0), (2, 1.0), (6.0, 0.0)),
    face((2, -1.0), (1, 1.0), (0, 1.0), (0.0, -2.0)),
];

/// The signed component of a vector along an axis.
fn along(v: [f64; 3], (axis, sign): (usize, f64)) -> f64 {
    sign * v[axis]
}

impl Cube {
    pub fn to_sphere(self, x: f64, y: f64) -> Option<[f64; 3]> {
        let (mut x, y) = (x / FRAC_PI_4, y / FRAC_PI_4);
        let inside = if x.abs() <= 1.0 {
            y.abs() <= 3.0 + EDGE
        } else {
            x.abs() <= 7.0 + EDGE && y.abs() <= 1.0 + EDGE
        };
        if !inside {
            return None;
        }
        if x < -1.0 {
            x += 8.0;
        }
        let number = if x > 5.0 {
            4
        } else if x > 3.0 {
            3
        } else if x > 1.0 {
            2
        } else if y > 1.0 {
            0
        } else if y < -1.0 {
            5
        } else {
            1
        };
        let face = &FACES[number];
        let (u, v) = (
            (x - face.centre.0).clamp(-1.0, 1.0),
            (y - face.centre.1).clamp(-1.0, 1.0),
        );
        let (zeta, xi, eta) = match self {
            Cube::Tsc => gnomonic(u, v),
            Cube::Csc => gnomonic(cobe_inverse(u, v), cobe_inverse(v, u)),
            Cube::Qsc => equal_area_inverse(u, v),
        };
        let mut point = [0.0; 3];
        for (value, (axis, sign)) in [(zeta, face.normal), (xi, face.right), (eta, face.up)] {
            point[axis] = sign * value;
        }
        Some(point)
    }

    pub fn to_plane(self, v: [f64; 3]) -> Option<(f64, f64)> {
        let mut face = &FACES[0];
        for candidate in &FACES[1..] {
            if along(v, candidate.normal) > along(v, face.normal) {
                face = candidate;
            }
        }
        let zeta = along(v, face.normal);
        let (xi, eta) = (along(v, face.right), along(v, face.up));
        if zeta.is_nan() || zeta <= 0.0 {
            return None;
        }
        let (a, b) = match self {
            Cube::Tsc => (xi / zeta, eta / zeta),
            Cube::Csc => (cobe(xi / zeta, eta / zeta), cobe(eta / zeta, xi / zeta)),
            Cube::Qsc => equal_area(zeta, xi, eta),
        };
        Some((
            FRAC_PI_4 * (face.centre.0 + a.clamp(-1.0, 1.0)),
            FRAC_PI_4 * (face.centre.1 + b.clamp(-1.0, 1.0)),
        ))
    }
}

/// The unit vector through (u, v) of the tangent plane: along the normal, right and up.
fn gnomonic(u: f64, v: f64) -> (f64, f64, f64) {
    let zeta = 1.0 / (1.0 + u * u + v * v).sqrt();
    (zeta, zeta * u, zeta * v)
}

/// COBE's forward polynomial: the face coordinate beside `chi` (Chan & O'Neill 1975).
fn cobe(chi: f64, psi: f64) -> f64 {
    let (a, b) = (chi * chi, psi * psi);
    let (a_rest, b_rest) = (1.0 - a, 1.0 - b);
    let corner = 0.141_189_631_152 + 0.080_970_128_652_5 * a - 0.281_528_535_557 * b
        + 0.153_841_128_76 * a * b
        - 0.178_251_207_466 * a * a
        + 0.106_959_469_314 * b * b;
    let across = -0.131_616_714_74 * a_rest + 0.004_869_491_981 * a + b_rest * corner;
    let own = -0.159_596_235_474 - a_rest * (0.075_919_620_046_7 - 0.021_776_249_069_9 * a);
    chi * (a + a_rest * (1.374_848_477_32 + b * across + a * own))
}

/// COBE's inverse polynomial, P of powers (i, j) of x^2 and y^2, i + j up to 6: rows by j.
const COBE_INVERSE: [&[f64]; 7] = [
    &[
        -0.27292696,
        -0.07629969,
        -0.22797056,
        0.54852384,
        -0.62930065,
        0.25795794,
        0.02584375,
    ],
    &[
        -0.02819452,
        -0.01471565,
        0.48051509,
        -1.74114454,
        1.71547508,
        -0.53022337,
    ],
    &[0.27058160, -0.56800938, 0.30803317, 0.98938102, -0.83180469],
    &[-0.60441560, 1.50880086, -0.93678576, 0.08693841],
    &[0.93412077, -1.41601920, 0.33887446],
    &[-0.63915306, 0.52032238],
    &[0.14381585],
];

/// The tangent coordinate beside the face coordinate `u`.
fn cobe_inverse(u: f64, v: f64) -> f64 {
    let (a, b) = (u * u, v * v);
    let sum = COBE_INVERSE.iter().rev().fold(0.0, |sum, row| {
        sum * b + row.iter().rev().fold(0.0, |sum, p| sum * a + p)
    });
    u + u * (1.0 - a) * sum
}

/// QSC, forward (Paper II eqs. 166 to 172).
fn equal_area(zeta: f64, xi: f64, eta: f64) -> (f64, f64) {
    if xi == 0.0 && eta == 0.0 {
        return (0.0, 0.0);
    }
    // 1 - zeta without loss at the middle of the face.
    let depth = (xi * xi + eta * eta) / (1.0 + zeta);
    let stretched = |major: f64, minor: f64| {
        let omega = minor / major;
        let tau = 1.0 + omega * omega;
        let a = (depth / (1.0 - 1.0 / (1.0 + tau).sqrt()))
            .sqrt()
            .copysign(major);
        let b = a * (12.0 / PI) * (omega.atan() - (omega / (2.0 * tau).sqrt()).asin());
        (a, b)
    };
    if xi.abs() > eta.abs() {
        stretched(xi, eta)
    } else {
        let (b, a) = stretched(eta, xi);
        (a, b)
    }
}

/// QSC, back (Paper II eqs. 173 to 178).
fn equal_area_inverse(u: f64, v: f64) -> (f64, f64, f64) {
    if u == 0.0 && v == 0.0 {
        return (1.0, 0.0, 0.0);
    }
    let solve = |major: f64, minor: f64| {
        let (sin, cos) = (PI / 12.0 * minor / major).sin_cos();
        let omega = sin / (cos - FRAC_1_SQRT_2);
        let tau = 1.0 + omega * omega;
        let depth = major * major * (1.0 - 1.0 / (1.0 + tau).sqrt());
        let a = (depth * (2.0 - depth) / tau).sqrt().copysign(major);
        (1.0 - depth, a, a * omega)
    };
    if u.abs() > v.abs() {
        solve(u, v)
    } else {
        let (zeta, eta, xi) = solve(v, u);
        (zeta, xi, eta)
    }
}
