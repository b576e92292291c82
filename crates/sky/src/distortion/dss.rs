//! DSS plate solutions: AMDXm and AMDYm (Lasker et al. 1990, AJ 99, 2019).

use std::f64::consts::PI;

use super::mapping::{Mapping, Start};
use super::polynomial::Polynomial;
use crate::header::{number, required};
use crate::Error;
use crate::Keywords;

/// A plate: tangent plane, and the way of a pixel there.
pub(crate) struct Plate {
    /// The plate's centre: right ascension and declination in degrees.
    pub centre: [f64; 2],
    /// From pixel offsets from `reference` to the tangent plane (radians).
    pub map: Mapping,
    /// The year of the equinox.
    pub equinox: f64,
}

/// Whether a header has a plate solution.
pub(crate) fn is_plate(keywords: &dyn Keywords) -> bool {
    keywords.real("PLTRAH").is_some() && keywords.real("AMDX1").is_some()
}

impl Plate {
    /// Reads the solution; `reference` is the pixel that offsets are counted from. Terms in
    /// magnitude and colour (m from 14) are left out, as everywhere.
    ///
    /// # Errors
    /// A message naming the keyword that is missing or wrong.
    pub fn read(keywords: &dyn Keywords, reference: [f64; 2]) -> Result<Self, Error> {
        let sexagesimal = |letters: &str, units: [&str; 3]| -> Result<f64, Error> {
            let mut sum = 0.0;
            for (unit, part) in units.iter().zip([1.0, 60.0, 3600.0]) {
                sum += required(keywords, &format!("PLT{letters}{unit}"))? / part;
            }
            Ok(sum)
        };
        let ra = 15.0 * sexagesimal("RA", ["H", "M", "S"])?;
        let mut dec = sexagesimal("DEC", ["D", "M", "S"])?;
        if keywords
            .text("PLTDECSN")
            .is_some_and(|sign| sign.trim() == "-")
        {
            dec = -dec;
        }
        if dec.abs() > 90.0 {
            return Err(Error::message("PLTDECD is beyond the poles"));
        }
        let mut middle = [0.0; 2];
        let mut scale = [0.0; 2];
        let axes = [
            ("CNPIX1", "XPIXELSZ", "PPO3", -1.0),
            ("CNPIX2", "YPIXELSZ", "PPO6", 1.0),
        ];
        for (axis, (corner, size, origin, sign)) in axes.into_iter().enumerate() {
            let micron = required(keywords, size)?;
            if micron <= 0.0 {
                return Err(Error::message(format!("{size} is not positive")));
            }
            // A pixel's place on the plate counts from its lower left corner: half a pixel.
            let offset = required(keywords, corner)? - 0.5 + reference[axis];
            middle[axis] = required(keywords, origin)? / micron - offset;
            scale[axis] = sign * micron / 1000.0;
        }
        let terms = |letter: char| -> Result<[f64; 13], Error> {
            let mut terms = [0.0; 13];
            for (m, term) in terms.iter_mut().enumerate() {
                let key = format!("AMD{letter}{}", m + 1);
                *term = number(keywords, &key)?.unwrap_or(0.0);
            }
            Ok(terms)
        };
        let forward = [
            plate_polynomial(&terms('X')?, false, middle, scale),
            plate_polynomial(&terms('Y')?, true, middle, scale),
        ];
        let map = Mapping::new(forward, Start::Origin, 1e-10);
        if map.sense == 0.0 {
            return Err(Error::message(
                "AMDX1, AMDX2, AMDY1 and AMDY2 make no plate",
            ));
        }
        Ok(Plate {
            centre: [ra.rem_euclid(360.0), dec],
            map,
            equinox: number(keywords, "EQUINOX")?.unwrap_or(2000.0),
        })
    }
}

/// Seconds of arc as a polynomial of millimetres, made one of radians; of AMDY the two
/// coordinates change places.
fn plate_polynomial(
    terms: &[f64; 13],
    swapped: bool,
    middle: [f64; 2],
    scale: [f64; 2],
) -> Polynomial {
    let [x, y, one, xx, xy, yy, rr, xxx, xxy, xyy, yyy, xrr, xrrrr] = *terms;
    // (power of the own coordinate, of the other, coefficient)
    let powers = [
        (0, 0, one),
        (1, 0, x),
        (0, 1, y),
        (2, 0, xx + rr),
        (1, 1, xy),
        (0, 2, yy + rr),
        (3, 0, xxx + xrr),
        (2, 1, xxy),
        (1, 2, xyy + xrr),
        (0, 3, yyy),
        (5, 0, xrrrr),
        (3, 2, 2.0 * xrrrr),
        (1, 4, xrrrr),
    ];
    let terms = powers.map(|(own, other, c)| {
        let (i, j) = if swapped { (other, own) } else { (own, other) };
        (i, j, c * (PI / 180.0 / 3600.0))
    });
    Polynomial::of_terms(&terms, middle, scale)
}
