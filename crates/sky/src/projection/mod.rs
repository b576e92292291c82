//! Projections between the plane and the native sphere (Paper II, section 5).
//!
//! Plane coordinates are in radians, points on the sphere are unit vectors of native longitude
//! phi and latitude theta: (cos theta cos phi, cos theta sin phi, sin theta). A point that the
//! projection does not have is `None`.

mod conic;
mod cube;
mod cylindrical;
mod healpix;
mod polyconic;
mod solve;
mod zenithal;

use std::f64::consts::FRAC_PI_2;

use conic::Conic;
use cube::Cube;
use cylindrical::{Cylindrical, Pseudocylindrical};
use healpix::{Butterfly, Healpix};
use polyconic::Polyconic;
use zenithal::{Azp, Radial, Slant, Szp};

/// The parameters of a projection: PVi_m of the latitude axis.
pub(crate) type Parameters<'a> = &'a dyn Fn(usize) -> Option<f64>;

/// One projection with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Projection {
    /// Gnomonic (TAN): a case of its own because nearly every image has it.
    Tan,
    /// SIN with or without slant, NCP.
    Slant(Slant),
    /// ARC, STG, ZEA, ZPN, AIR.
    Radial(Radial),
    /// Zenithal perspective with a tilted plane.
    Azp(Azp),
    /// Zenithal perspective with a tilted line of sight.
    Szp(Szp),
    /// CYP, CEA, CAR, MER.
    Cylindrical(Cylindrical),
    /// SFL, PAR, MOL, AIT.
    Pseudocylindrical(Pseudocylindrical),
    /// COP, COE, COD, COO.
    Conic(Conic),
    /// HPX.
    Healpix(Healpix),
    /// XPH.
    Butterfly(Butterfly),
    /// BON, PCO.
    Polyconic(Polyconic),
    /// TSC, CSC, QSC.
    Cube(Cube),
}

/// Conventions that are known but not supported.
const UNSUPPORTED: &[&str] = &["TAB", "TPD", "TPU", "PLA"];

impl Projection {
    /// The projection of a CTYPE's three letters and of PVi_m of the latitude axis (number
    /// `latitude_axis` in messages); `crval_lat` in degrees.
    ///
    /// # Errors
    /// A text naming the keyword with an unknown code or a parameter that cannot be.
    pub fn new(
        code: &str,
        parameters: Parameters,
        latitude_axis: usize,
        crval_lat: f64,
    ) -> Result<Self, String> {
        let bad = |term: usize, why: &str| format!("PV{latitude_axis}_{term} {why} for {code}");
        Ok(match code {
            "TAN" => Projection::Tan,
            "SIN" => Projection::Slant(Slant::new(
                parameters(1).unwrap_or(0.0),
                parameters(2).unwrap_or(0.0),
            )),
            // The old "north celestial pole" projection of radio interferometers (Paper II,
            // section 6.1.2).
            "NCP" => {
                if crval_lat == 0.0 {
                    return Err(format!(
                        "CRVAL{latitude_axis} must not be on the equator for NCP"
                    ));
                }
                Projection::Slant(Slant::new(0.0, 1.0 / crval_lat.to_radians().tan()))
            }
            "ARC" => Projection::Radial(Radial::Arc),
            "STG" => Projection::Radial(Radial::Stg),
            "ZEA" => Projection::Radial(Radial::Zea),
            "ZPN" => Projection::Radial(Radial::zpn(parameters, &bad)?),
            "AIR" => Projection::Radial(Radial::air(parameters(1).unwrap_or(90.0), &bad)?),
            "AZP" => Projection::Azp(Azp::new(
                parameters(1).unwrap_or(0.0),
                parameters(2).unwrap_or(0.0),
                &bad,
            )?),
            "SZP" => Projection::Szp(Szp::new(
                parameters(1).unwrap_or(0.0),
                parameters(2).unwrap_or(0.0),
                parameters(3).unwrap_or(90.0),
                &bad,
            )?),
            "CAR" => Projection::Cylindrical(Cylindrical::Car),
            "MER" => Projection::Cylindrical(Cylindrical::Mer),
            "CEA" => Projection::Cylindrical(Cylindrical::cea(parameters(1).unwrap_or(1.0), &bad)?),
            "CYP" => Projection::Cylindrical(Cylindrical::cyp(
                parameters(1).unwrap_or(1.0),
                parameters(2).unwrap_or(1.0),
                &bad,
            )?),
            "SFL" | "GLS" => Projection::Pseudocylindrical(Pseudocylindrical::Sfl),
            "PAR" => Projection::Pseudocylindrical(Pseudocylindrical::Par),
            "MOL" => Projection::Pseudocylindrical(Pseudocylindrical::Mol),
            "AIT" => Projection::Pseudocylindrical(Pseudocylindrical::Ait),
            "COP" | "COE" | "COD" | "COO" => {
                let theta_a = parameters(1).ok_or_else(|| bad(1, "is missing"))?;
                Projection::Conic(Conic::new(
                    code,
                    theta_a,
                    parameters(2).unwrap_or(0.0),
                    &bad,
                )?)
            }
            "HPX" => Projection::Healpix(Healpix::new(
                parameters(1).unwrap_or(4.0),
                parameters(2).unwrap_or(3.0),
                &bad,
            )?),
            "XPH" => Projection::Butterfly(Butterfly),
            "BON" => match parameters(1).ok_or_else(|| bad(1, "is missing"))? {
                0.0 => Projection::Pseudocylindrical(Pseudocylindrical::Sfl),
                theta1 => Projection::Polyconic(Polyconic::bon(theta1, &bad)?),
            },
            "PCO" => Projection::Polyconic(Polyconic::Pco),
            "TSC" => Projection::Cube(Cube::Tsc),
            "CSC" => Projection::Cube(Cube::Csc),
            "QSC" => Projection::Cube(Cube::Qsc),
            known if UNSUPPORTED.contains(&known) => {
                return Err(format!("The projection {known} is not supported"));
            }
            other => return Err(format!("The projection '{other}' is unknown")),
        })
    }

    /// Native longitude and latitude of the reference point in degrees.
    pub fn reference(&self) -> [f64; 2] {
        match self {
            Projection::Conic(conic) => [0.0, conic.reference_latitude()],
            Projection::Cylindrical(_)
            | Projection::Pseudocylindrical(_)
            | Projection::Healpix(_)
            | Projection::Polyconic(_)
            | Projection::Cube(_) => [0.0, 0.0],
            _ => [0.0, 90.0],
        }
    }

    /// From the plane to the native sphere.
    #[inline]
    pub fn to_sphere(&self, x: f64, y: f64) -> Option<[f64; 3]> {
        match self {
            Projection::Tan => {
                let z = 1.0 / (1.0 + x * x + y * y).sqrt();
                Some([-y * z, x * z, z])
            }
            Projection::Slant(p) => p.to_sphere(x, y),
            Projection::Radial(p) => p.to_sphere(x, y),
            Projection::Azp(p) => p.to_sphere(x, y),
            Projection::Szp(p) => p.to_sphere(x, y),
            Projection::Cylindrical(p) => p.to_sphere(x, y),
            Projection::Pseudocylindrical(p) => p.to_sphere(x, y),
            Projection::Conic(p) => p.to_sphere(x, y),
            Projection::Healpix(p) => p.to_sphere(x, y),
            Projection::Butterfly(p) => p.to_sphere(x, y),
            Projection::Polyconic(p) => p.to_sphere(x, y),
            Projection::Cube(p) => p.to_sphere(x, y),
        }
    }

    /// From the native sphere to the plane.
    #[inline]
    pub fn to_plane(&self, v: [f64; 3]) -> Option<(f64, f64)> {
        match self {
            Projection::Tan => (v[2] > 0.0).then(|| (v[1] / v[2], -v[0] / v[2])),
            Projection::Slant(p) => p.to_plane(v),
            Projection::Radial(p) => p.to_plane(v),
            Projection::Azp(p) => p.to_plane(v),
            Projection::Szp(p) => p.to_plane(v),
            Projection::Cylindrical(p) => p.to_plane(v),
            Projection::Pseudocylindrical(p) => p.to_plane(v),
            Projection::Conic(p) => p.to_plane(v),
            Projection::Healpix(p) => p.to_plane(v),
            Projection::Butterfly(p) => p.to_plane(v),
            Projection::Polyconic(p) => p.to_plane(v),
            Projection::Cube(p) => p.to_plane(v),
        }
    }
}

/// Says which PV keyword is wrong, and how.
pub(crate) type Complaint<'a> = &'a dyn Fn(usize, &str) -> String;

/// How far rounding may carry a plane coordinate past the edge of the map (radians, or the
/// sine or cosine that it stands for).
const EDGE: f64 = 1e-12;

/// The unit vector of native longitude and latitude (radians).
fn vector(phi: f64, theta: f64) -> [f64; 3] {
    let (sin_phi, cos_phi) = phi.sin_cos();
    let (sin_theta, cos_theta) = theta.sin_cos();
    [cos_theta * cos_phi, cos_theta * sin_phi, sin_theta]
}

/// Native longitude of a unit vector; 0 at the poles.
fn longitude(v: [f64; 3]) -> f64 {
    if v[0] == 0.0 && v[1] == 0.0 {
        0.0
    } else {
        v[1].atan2(v[0])
    }
}

/// Native latitude of a unit vector, exact to the poles.
fn latitude(v: [f64; 3]) -> f64 {
    v[2].atan2(v[0].hypot(v[1]))
}

/// Whether an angle is a latitude (radians), give or take rounding; NaN is none.
fn is_latitude(theta: f64) -> bool {
    theta.abs() <= FRAC_PI_2 + EDGE
}

/// A sine that rounding may have carried past 1.
fn sine(value: f64) -> Option<f64> {
    (value.abs() <= 1.0 + EDGE).then(|| value.clamp(-1.0, 1.0))
}

/// 1 - sin theta, without loss close to the pole.
fn depth(v: [f64; 3]) -> f64 {
    if v[2] > 0.0 {
        (v[0] * v[0] + v[1] * v[1]) / (1.0 + v[2])
    } else {
        1.0 - v[2]
    }
}
