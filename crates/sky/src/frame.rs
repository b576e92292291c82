//! Celestial systems and the way from one to another, as Montage's coordinate library takes it.
//!
//! FK4 and FK5 are joined through B1950 by the steps of Standish (1982, A&A 115, 20) and Aoki et
//! al. (1983, A&A 128, 263) for an object at rest observed in 1950, with the systematic
//! differences of the two catalogues (Fricke et al. 1988) added, which astropy and ERFA leave
//! out; galactic coordinates are those of 1958 on the FK4 system (Blaauw et al. 1960, MNRAS 121,
//! 123). Precession is that of 1976.
//!
//! What Montage 6.0 prints (7 decimals of a degree) is met to the digit. astropy 8.0.2 is up to
//! 0.08 arcsec away for precession over 25 years, 0.28 arcsec between FK4 and FK5 (mostly the
//! catalogue differences), and 0.6 arcsec to or from galactic coordinates, which Montage takes
//! for positions with E-terms.

use crate::Error;

use super::fk5_tables::{DEC_BY_DEC, DEC_BY_RA, RA_BY_DEC, RA_BY_RA, ZONES};
use super::header;
use super::matrix::sin_cos_degrees;
use super::Keywords;

/// A celestial system. Equinoxes are years: Besselian for FK4, Julian for FK5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Frame {
    /// Right ascension and declination of the FK4 catalogue.
    Fk4 {
        /// The year of the equinox.
        equinox: f64,
    },
    /// Right ascension and declination of the FK5 catalogue.
    Fk5 {
        /// The year of the equinox.
        equinox: f64,
    },
    /// The international reference system; taken as FK5 of J2000, from which it differs by less
    /// than 0.03 arcsec.
    Icrs,
    /// Galactic longitude and latitude.
    Galactic,
    /// Ecliptic longitude and latitude of FK5's equator and equinox (Montage's ECLJ).
    Ecliptic {
        /// The year of the equinox.
        equinox: f64,
    },
    /// Ecliptic longitude and latitude of FK4's equator and equinox (Montage's ECLB).
    EclipticFk4 {
        /// The year of the equinox.
        equinox: f64,
    },
    /// De Vaucouleurs' supergalactic longitude and latitude.
    Supergalactic,
}

/// One equatorial system that every frame is a rotation away from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Equatorial {
    Fk4(f64),
    Fk5(f64),
}

type Vector = [f64; 3];
type Matrix = [[f64; 3]; 3];

/// The galactic system on the equator of B1950, in degrees: minus the longitude of the node, the
/// inclination (pole at 12h 49m, +27.4), the right ascension of the node (Blaauw et al. 1960).
const GALACTIC: [f64; 3] = [-33.0, 62.6, 282.25];
/// The same for the supergalactic system on the galactic one.
const SUPERGALACTIC: [f64; 3] = [0.0, 83.68, 137.37];

impl Frame {
    /// The frame of a header whose longitude axis is called `longitude` ("RA", "GLON", ...),
    /// with the equinox that it states or implies (Paper II, section 3.1). A RADESYS that names
    /// no system known here is left aside: EQUINOX decides, and `notes` gets a line about it.
    ///
    /// # Errors
    /// A message naming the keyword when the equinox is not a year.
    pub(super) fn of_header(
        keywords: &dyn Keywords,
        longitude: &str,
        notes: &mut Vec<String>,
    ) -> Result<(Frame, f64), Error> {
        let (mut stated, mut letter) = stated_equinox(keywords)?;
        let key = if keywords.text("RADESYS").is_some() {
            "RADESYS"
        } else {
            "RADECSYS"
        };
        let text = keywords.text(key).unwrap_or_default();
        let upper = text.trim().to_ascii_uppercase();
        let known = matches!(
            upper.as_str(),
            "" | "FK4" | "FK5" | "ICRS" | "GALACTIC" | "ECLIPTIC"
        );
        let system = match upper.as_str() {
            // FK4 without its E-terms, at most 0.35 arcsec from FK4.
            "FK4-NO-E" => "FK4",
            _ if known => upper.as_str(),
            _ => "",
        };
        let (stands_alone, has_equinox) = (system.is_empty(), stated.is_some());
        if stands_alone && !has_equinox {
            // 'J2000', 'B1950': an equinox in the wrong keyword.
            if let Some((year, catalogue)) = lettered_year(&upper) {
                (stated, letter) = (Some(year), Some(catalogue));
            }
        }
        let fk4 = match (system, letter, stated) {
            ("FK4", ..) => true,
            ("FK5" | "ICRS", ..) => false,
            (_, Some('B'), _) => true,
            (_, Some(_), _) => false,
            (_, None, Some(year)) => year < 1984.0,
            (_, None, None) => false,
        };
        let usual = if fk4 { 1950.0 } else { 2000.0 };
        let equinox = stated.unwrap_or(usual);
        let frame = match longitude {
            "GLON" | "LON" => Frame::Galactic,
            "SLON" => Frame::Supergalactic,
            "ELON" if fk4 => Frame::EclipticFk4 { equinox },
            "ELON" => Frame::Ecliptic { equinox },
            "RA" if fk4 => Frame::Fk4 { equinox },
            "RA" if system == "ICRS" || (stands_alone && stated.is_none()) => Frame::Icrs,
            "RA" => Frame::Fk5 { equinox },
            other => return Err(Error::message(format!("The axis {other} is not supported"))),
        };
        if !known && matches!(longitude, "RA" | "ELON") {
            let by = match (upper.as_str(), has_equinox, stated) {
                ("FK4-NO-E", ..) => "at most 0.35 arcsec from it",
                (_, true, _) => "by EQUINOX",
                (_, _, Some(_)) => "by its year",
                _ => "there is no EQUINOX either",
            };
            notes.push(format!(
                "{key} '{}' is not supported: taken as {} ({by})",
                text.trim(),
                frame.name()
            ));
        }
        Ok((frame, equinox))
    }

    /// What messages call the frame ("FK5 of 2000").
    fn name(&self) -> String {
        match self {
            Frame::Fk4 { equinox } => format!("FK4 of {equinox}"),
            Frame::Fk5 { equinox } => format!("FK5 of {equinox}"),
            Frame::Icrs => "ICRS".to_owned(),
            Frame::Galactic => "galactic".to_owned(),
            Frame::Ecliptic { equinox } => format!("the ecliptic of {equinox}"),
            Frame::EclipticFk4 { equinox } => format!("the ecliptic of {equinox} (FK4)"),
            Frame::Supergalactic => "supergalactic".to_owned(),
        }
    }

    /// The equatorial system of the frame, and the rotation from it.
    fn equatorial(&self) -> (Equatorial, Matrix) {
        match *self {
            Frame::Fk4 { equinox } => (Equatorial::Fk4(equinox), UNIT),
            Frame::Fk5 { equinox } => (Equatorial::Fk5(equinox), UNIT),
            Frame::Icrs => (Equatorial::Fk5(2000.0), UNIT),
            Frame::Galactic => (Equatorial::Fk4(1950.0), node_rotation(GALACTIC)),
            Frame::Supergalactic => (
                Equatorial::Fk4(1950.0),
                product(&node_rotation(SUPERGALACTIC), &node_rotation(GALACTIC)),
            ),
            Frame::Ecliptic { equinox } => {
                let t = (equinox - 2000.0) / 100.0;
                // Lieske et al. 1977, A&A 58, 1.
                let obliquity = 84381.448 - (46.8150 + (0.00059 - 0.001813 * t) * t) * t;
                (Equatorial::Fk5(equinox), about_x(obliquity / 3600.0))
            }
            Frame::EclipticFk4 { equinox } => {
                let t = (equinox - 1950.0) / 100.0;
                // Newcomb's.
                let obliquity = 84404.84 - (46.850 + (0.0033 - 0.00182 * t) * t) * t;
                (Equatorial::Fk4(equinox), about_x(obliquity / 3600.0))
            }
        }
    }
}

/// EQUINOX (or the older EPOCH) with the letter that may stand before it.
fn stated_equinox(keywords: &dyn Keywords) -> Result<(Option<f64>, Option<char>), Error> {
    for key in ["EQUINOX", "EPOCH"] {
        let text = keywords.text(key).unwrap_or_default();
        let text = text.trim();
        let letter = text.chars().next().map(|c| c.to_ascii_uppercase());
        let letter = letter.filter(|c| matches!(c, 'B' | 'J'));
        let year = match letter {
            Some(_) => text[1..].trim().parse().ok(),
            None => keywords.real(key),
        };
        match year {
            // Files older than the question what else an equinox might be write EPOCH = 0.
            Some(0.0) if key == "EPOCH" => return Ok((Some(1950.0), None)),
            Some(0.0) => continue,
            Some(year) if (1000.0..=3000.0).contains(&year) => return Ok((Some(year), letter)),
            Some(year) => return Err(Error::message(format!("{key} {year} is not a year"))),
            None if text.is_empty() => continue,
            None => return Err(Error::message(format!("{key} '{text}' is not a year"))),
        }
    }
    header::number(keywords, "EQUINOX")?;
    Ok((None, None))
}

/// The year and letter of "J2000", "B1950.0".
fn lettered_year(text: &str) -> Option<(f64, char)> {
    let letter = text.chars().next().filter(|c| matches!(c, 'B' | 'J'))?;
    let year: f64 = text.get(1..)?.trim().parse().ok()?;
    (1000.0..=3000.0).contains(&year).then_some((year, letter))
}

/// Takes a position (degrees) from one frame to another; longitudes come out in 0 to 360.
///
/// A position in the frame that is asked for comes back as it is. For many positions prepare a
/// [`Conversion`].
///
/// ```
/// use sky::{convert, Frame};
///
/// let (j2000, b1950) = (Frame::Fk5 { equinox: 2000.0 }, Frame::Fk4 { equinox: 1950.0 });
/// // The centre of M17. astropy, which leaves the differences of the two catalogues out, has
/// // 274.478733, -16.193492.
/// let (ra, dec) = convert(&j2000, &b1950, 275.2, -16.17);
/// assert_eq!(format!("{ra:.4} {dec:.4}"), "274.4787 -16.1935");
/// let (lon, lat) = convert(&b1950, &j2000, ra, dec);
/// assert!((lon - 275.2).abs() < 1e-9 && (lat + 16.17).abs() < 1e-9);
/// ```
pub fn convert(from: &Frame, to: &Frame, lon: f64, lat: f64) -> (f64, f64) {
    Conversion::new(from, to).apply(lon, lat)
}

/// The way from one frame to another, its matrices made once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion(Steps);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Steps {
    /// The frames are the same.
    Nothing,
    /// Both stand on the same catalogue system.
    Rotation(Matrix),
    /// Through B1950: rotations before and after the change of catalogue.
    ToFk5(Matrix, Matrix),
    /// The other way.
    ToFk4(Matrix, Matrix),
}

impl Conversion {
    /// Prepares the way.
    pub fn new(from: &Frame, to: &Frame) -> Self {
        let ((source, from_frame), (target, to_frame)) = (from.equatorial(), to.equatorial());
        if source == target && from_frame == to_frame {
            return Conversion(Steps::Nothing);
        }
        let before = transposed(&from_frame);
        let joined = |precession: Matrix| product(&to_frame, &product(&precession, &before));
        let between = precession_fk5(2000.0, JULIAN_1950);
        Conversion(match (source, target) {
            (Equatorial::Fk4(a), Equatorial::Fk4(b)) => {
                Steps::Rotation(joined(precession_fk4(a, b)))
            }
            (Equatorial::Fk5(a), Equatorial::Fk5(b)) => {
                Steps::Rotation(joined(precession_fk5(a, b)))
            }
            (Equatorial::Fk4(a), Equatorial::Fk5(b)) => Steps::ToFk5(
                product(&precession_fk4(a, 1950.0), &before),
                product(
                    &to_frame,
                    &product(
                        &precession_fk5(2000.0, b),
                        &precession_fk5(JULIAN_1950, 2000.0),
                    ),
                ),
            ),
            (Equatorial::Fk5(a), Equatorial::Fk4(b)) => Steps::ToFk4(
                product(&between, &product(&precession_fk5(a, 2000.0), &before)),
                product(&to_frame, &precession_fk4(1950.0, b)),
            ),
        })
    }

    /// Takes a position (degrees) along; longitudes come out in 0 to 360, but a position whose
    /// frame is the one asked for comes back as it is.
    pub fn apply(&self, lon: f64, lat: f64) -> (f64, f64) {
        let v = || vector(lon, lat);
        position(match &self.0 {
            Steps::Nothing => return (lon, lat),
            Steps::Rotation(m) => apply(m, v()),
            Steps::ToFk5(before, after) => apply(after, fk4_to_fk5_of_1950(apply(before, v()))),
            Steps::ToFk4(before, after) => apply(after, fk5_of_1950_to_fk4(apply(before, v()))),
        })
    }
}

/// B1950 in Julian years: JD 2433282.4235.
const JULIAN_1950: f64 = 2000.0 + (2_433_282.423_5 - 2_451_545.0) / 365.25;

/// FK5 - FK4 of the right ascension's zero point at 1950, 0.035 s, in degrees (Fricke 1982).
const EQUINOX_CORRECTION: f64 = 0.035 * 15.0 / 3600.0;

/// The E-terms of aberration in a unit vector: 0.341 arcsec towards 11.25 h before the
/// equinox, 0.029 arcsec to the north (Explanatory Supplement 1961, p. 144).
fn e_terms() -> Vector {
    let (sin, cos) = sin_cos_degrees(11.25 * 15.0);
    let arcsec = (1f64 / 3600.0).to_radians();
    [-0.341 * arcsec * cos, 0.341 * arcsec * sin, 0.029 * arcsec]
}

/// From FK4, B1950, to FK5's system at the same time.
fn fk4_to_fk5_of_1950(v: Vector) -> Vector {
    let (ra, dec) = position(v);
    let (d_ra, d_dec) = catalogue_difference(ra, dec, 1.0);
    let v = vector(ra + d_ra, dec + d_dec);
    let v = displaced(v, e_terms());
    apply(&about_z(-EQUINOX_CORRECTION), v)
}

/// The way back of [`fk4_to_fk5_of_1950`].
fn fk5_of_1950_to_fk4(v: Vector) -> Vector {
    let target = apply(&about_z(EQUINOX_CORRECTION), v);
    let e = e_terms();
    // Each round gains a factor of the E-terms, 2e-6.
    let mut w = target;
    for _ in 0..4 {
        let there = displaced(w, e);
        w = unit([0, 1, 2].map(|i| w[i] + target[i] - there[i]));
    }
    let (ra, dec) = position(w);
    let (mut d_ra, mut d_dec) = (0.0, 0.0);
    for _ in 0..3 {
        (d_ra, d_dec) = catalogue_difference(ra - d_ra, dec - d_dec, -1.0);
    }
    vector(ra - d_ra, dec - d_dec)
}

/// A unit vector moved by a small displacement, of which only the part across it counts.
fn displaced(v: Vector, by: Vector) -> Vector {
    let along = v[0] * by[0] + v[1] * by[1] + v[2] * by[2];
    unit([0, 1, 2].map(|i| v[i] + by[i] - along * v[i]))
}

/// FK5 - FK4 in right ascension and declination (degrees) at a position of B1950: linear between
/// the entries of the catalogue's tables. None at the very poles, nor when the declination
/// moved by `direction` times the difference is there.
fn catalogue_difference(ra: f64, dec: f64, direction: f64) -> (f64, f64) {
    const POLE: f64 = 89.999;
    if !(-POLE..=POLE).contains(&dec) {
        return (0.0, 0.0);
    }
    let ra = ra.rem_euclid(360.0);
    // Row k is declination 90 - k; a declination under -89 continues the last two rows.
    let k = (90.0 - dec).floor().clamp(0.0, 179.0) as usize;
    let t = 90.0 - k as f64 - dec;
    let by_dec = |table: &[i8; 181]| lerp(table[k].into(), table[k + 1].into(), t);

    let row = ZONES
        .iter()
        .skip(1)
        .position(|&zone| dec >= zone)
        .unwrap_or(17);
    let hour = ((ra / 15.0).ceil() as usize).clamp(1, 24) - 1;
    let down = (ZONES[row] - dec) / (ZONES[row] - ZONES[row + 1]);
    let across = ra / 15.0 - hour as f64;
    let by_ra = |table: &[[i8; 25]; 19]| {
        let at = |hour: usize| lerp(table[row][hour].into(), table[row + 1][hour].into(), down);
        lerp(at(hour), at(hour + 1), across)
    };
    let seconds = 0.001 * (by_dec(&RA_BY_DEC) + by_ra(&RA_BY_RA)) / dec.to_radians().cos();
    let arcseconds = 0.01 * (by_dec(&DEC_BY_DEC) + by_ra(&DEC_BY_RA));
    let d_dec = arcseconds / 3600.0;
    if (dec + direction * d_dec).abs() > POLE {
        return (0.0, 0.0);
    }
    (seconds * 15.0 / 3600.0, d_dec)
}

fn lerp(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

/// Newcomb's precession of FK4 between Besselian years (Explanatory Supplement 1961, with the
/// constants of Andoyer that Montage uses).
fn precession_fk4(from: f64, to: f64) -> Matrix {
    let tau = (from - 1900.0) / 100.0;
    let t = (to - from) / 100.0;
    let linear = 2304.2530 + (1.39750 + 0.000060 * tau) * tau;
    precession(
        (linear + (0.30230 - 0.000270 * tau + 0.018000 * t) * t) * t,
        (linear + (1.09500 + 0.000390 * tau + 0.018320 * t) * t) * t,
        (2004.6850
            - (0.85330 + 0.000370 * tau) * tau
            - (0.42670 + 0.000370 * tau + 0.041800 * t) * t)
            * t,
    )
}

/// Precession of FK5 between Julian years (Lieske et al. 1977, A&A 58, 1).
fn precession_fk5(from: f64, to: f64) -> Matrix {
    let tau = (from - 2000.0) / 100.0;
    let t = (to - from) / 100.0;
    let linear = 2306.2181 + (1.39656 - 0.000139 * tau) * tau;
    precession(
        (linear + (0.30188 - 0.000344 * tau + 0.017998 * t) * t) * t,
        (linear + (1.09468 + 0.000066 * tau + 0.018203 * t) * t) * t,
        (2004.3109
            - (0.85330 + 0.000217 * tau) * tau
            - (0.42665 + 0.000217 * tau + 0.041833 * t) * t)
            * t,
    )
}

/// The rotation of the precession angles zeta, z and theta in arcsec.
fn precession(zeta: f64, z: f64, theta: f64) -> Matrix {
    let (sin_zeta, cos_zeta) = (zeta / 3600.0).to_radians().sin_cos();
    let (sin_z, cos_z) = (z / 3600.0).to_radians().sin_cos();
    let (sin_theta, cos_theta) = (theta / 3600.0).to_radians().sin_cos();
    [
        [
            cos_zeta * cos_theta * cos_z - sin_zeta * sin_z,
            -sin_zeta * cos_theta * cos_z - cos_zeta * sin_z,
            -sin_theta * cos_z,
        ],
        [
            cos_zeta * cos_theta * sin_z + sin_zeta * cos_z,
            -sin_zeta * cos_theta * sin_z + cos_zeta * cos_z,
            -sin_theta * sin_z,
        ],
        [cos_zeta * sin_theta, -sin_zeta * sin_theta, cos_theta],
    ]
}

const UNIT: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The rotation onto a system by its node: longitude of the node in the new system (negative
/// psi), inclination, longitude of the node in the old system; degrees.
fn node_rotation([psi, inclination, node]: [f64; 3]) -> Matrix {
    product(
        &about_z(psi),
        &product(&about_x(inclination), &about_z(node)),
    )
}

/// Coordinates about an x axis turned by an angle (degrees).
fn about_x(angle: f64) -> Matrix {
    let (sin, cos) = sin_cos_degrees(angle);
    [[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]]
}

/// Coordinates about a z axis turned by an angle (degrees).
fn about_z(angle: f64) -> Matrix {
    let (sin, cos) = sin_cos_degrees(angle);
    [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

fn apply(m: &Matrix, v: Vector) -> Vector {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn transposed(m: &Matrix) -> Matrix {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| m[j][i]))
}

fn unit(v: Vector) -> Vector {
    let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    v.map(|x| x / length)
}

fn vector(lon: f64, lat: f64) -> Vector {
    let (sin_lon, cos_lon) = lon.to_radians().sin_cos();
    let (sin_lat, cos_lat) = lat.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

fn position(v: Vector) -> (f64, f64) {
    let lon = v[1].atan2(v[0]).to_degrees();
    let lat = v[2].atan2(v[0].hypot(v[1])).to_degrees();
    (if lon < 0.0 { lon + 360.0 } else { lon }, lat)
}
