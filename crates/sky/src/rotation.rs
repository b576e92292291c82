//! The native sphere of a projection turned onto the celestial sphere.

use std::f64::consts::PI;

use super::matrix::sin_cos_degrees;

/// Slack in degrees for an angle that rounding carried past 90.
const ROUNDING: f64 = 1e-10;

/// What fixes the rotation, all in degrees (Paper II, section 2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Orientation {
    /// Native longitude and latitude of the reference point.
    pub native: [f64; 2],
    /// Its celestial longitude and latitude: CRVAL.
    pub celestial: [f64; 2],
    /// LONPOLE: native longitude of the celestial pole; `None` for the default.
    pub lonpole: Option<f64>,
    /// LATPOLE: which of two solutions is meant; `None` for the default.
    pub latpole: Option<f64>,
}

/// A rotation: rows give the native axes in celestial coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rotation([[f64; 3]; 3]);

impl Rotation {
    /// Solves for the celestial pole (Paper II, section 2.4).
    ///
    /// # Errors
    /// A text when LONPOLE and LATPOLE admit no pole.
    pub fn new(orientation: &Orientation) -> Result<Self, String> {
        let Orientation {
            native: [_, theta0],
            celestial: [_, lat0],
            ..
        } = *orientation;
        let default = if lat0 < theta0 { 180.0 } else { 0.0 };
        let phip = orientation
            .lonpole
            .unwrap_or(default + orientation.native[0]);
        let (lngp, latp) = if theta0 == 90.0 {
            (orientation.celestial[0], lat0)
        } else {
            let latp = pole_latitude(orientation, phip)?;
            (pole_longitude(orientation, phip, latp), latp)
        };
        let (sa, ca) = sin_cos_degrees(lngp);
        let (sd, cd) = sin_cos_degrees(latp);
        let (sp, cp) = sin_cos_degrees(phip);
        Ok(Rotation([
            [-sa * sp - ca * cp * sd, ca * sp - sa * cp * sd, cp * cd],
            [sa * cp - ca * sp * sd, -ca * cp - sa * sp * sd, sp * cd],
            [ca * cd, sa * cd, sd],
        ]))
    }

    /// Native unit vector to celestial longitude (0 to 360) and latitude in degrees.
    #[inline]
    pub fn to_sky(self, v: [f64; 3]) -> (f64, f64) {
        let r = &self.0;
        let x = r[0][0] * v[0] + r[1][0] * v[1] + r[2][0] * v[2];
        let y = r[0][1] * v[0] + r[1][1] * v[1] + r[2][1] * v[2];
        let z = r[0][2] * v[0] + r[1][2] * v[1] + r[2][2] * v[2];
        let mut lon = y.atan2(x) * (180.0 / PI);
        if lon < 0.0 {
            lon += 360.0;
        }
        if lon >= 360.0 {
            lon -= 360.0;
        }
        (lon, z.atan2(x.hypot(y)) * (180.0 / PI))
    }

    /// Celestial longitude and latitude in degrees to a native unit vector.
    #[inline]
    pub fn to_native(self, lon: f64, lat: f64) -> [f64; 3] {
        let (sin_lon, cos_lon) = (lon * (PI / 180.0)).sin_cos();
        let (sin_lat, cos_lat) = (lat * (PI / 180.0)).sin_cos();
        let (x, y, z) = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat);
        self.0.map(|row| row[0] * x + row[1] * y + row[2] * z)
    }
}

/// Latitude of the native pole on the celestial sphere (Paper II eq. 8).
fn pole_latitude(orientation: &Orientation, phip: f64) -> Result<f64, String> {
    let [phi0, theta0] = orientation.native;
    let (sin_lat0, _) = sin_cos_degrees(orientation.celestial[1]);
    let (sin_theta0, cos_theta0) = sin_cos_degrees(theta0);
    let (_, cos_phi) = sin_cos_degrees(phip - phi0);
    let wanted = orientation.latpole.unwrap_or(90.0);
    let along = cos_theta0 * cos_phi;
    let length = along.hypot(sin_theta0);
    if length == 0.0 {
        if sin_lat0 != 0.0 {
            return Err("LONPOLE asks for CRVAL on the celestial equator".into());
        }
        return in_quarter(wanted).ok_or_else(|| "LATPOLE is beyond the poles".into());
    }
    let ratio = sin_lat0 / length;
    if ratio.abs() > 1.0 + ROUNDING {
        return Err("LONPOLE and CRVAL admit no celestial pole".into());
    }
    let middle = sin_theta0.atan2(along).to_degrees();
    let half = ratio.clamp(-1.0, 1.0).acos().to_degrees();
    let fold = |angle: f64| (angle + 180.0).rem_euclid(360.0) - 180.0;
    let (first, second) = (fold(middle + half), fold(middle - half));
    let (near, far) = if (wanted - first).abs() < (wanted - second).abs() {
        (first, second)
    } else {
        (second, first)
    };
    in_quarter(near)
        .or_else(|| in_quarter(far))
        .ok_or_else(|| "LONPOLE and LATPOLE admit no celestial pole".into())
}

/// Longitude of the native pole on the celestial sphere (Paper II eqs. 9 and 10).
fn pole_longitude(orientation: &Orientation, phip: f64, latp: f64) -> f64 {
    let [phi0, theta0] = orientation.native;
    let [lng0, lat0] = orientation.celestial;
    let (sin_lat0, cos_lat0) = sin_cos_degrees(lat0);
    let (sin_latp, cos_latp) = sin_cos_degrees(latp);
    if cos_lat0.abs() < ROUNDING {
        return lng0;
    }
    if cos_latp.abs() < ROUNDING {
        return if latp > 0.0 {
            lng0 + phip - phi0 - 180.0
        } else {
            lng0 - phip + phi0
        };
    }
    let (sin_theta0, cos_theta0) = sin_cos_degrees(theta0);
    let (sin_phi, _) = sin_cos_degrees(phip - phi0);
    let x = (sin_theta0 - sin_latp * sin_lat0) / (cos_latp * cos_lat0);
    let y = sin_phi * cos_theta0 / cos_lat0;
    lng0 - y.atan2(x).to_degrees()
}

/// A latitude, with rounding past a pole taken off; `None` when it is further past.
fn in_quarter(latitude: f64) -> Option<f64> {
    (latitude.abs() <= 90.0 + ROUNDING).then(|| latitude.clamp(-90.0, 90.0))
}
