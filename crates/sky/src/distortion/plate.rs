//! Plate polynomials: CO1_m and CO2_m, as the WCSTools programs imwcs and wcstools write them.

use std::f64::consts::PI;

use super::mapping::{Mapping, Start};
use super::polynomial::Polynomial;
use crate::header::number;
use crate::Error;
use crate::Keywords;

/// Terms that have a meaning.
const TERMS: usize = 13;

/// The map from pixel offsets to the tangent plane (radians) of a header with plate polynomials,
/// which then stand for its matrix and projection, as in WCSTools. `None` without them.
///
/// # Errors
/// A message naming the keyword that is wrong.
pub(crate) fn read(keywords: &dyn Keywords) -> Result<Option<Mapping>, Error> {
    if !keywords.may_have("CO1_") || number(keywords, "CO1_1")?.is_none() {
        return Ok(None);
    }
    let terms = |axis: usize| -> Result<[f64; TERMS], Error> {
        let mut terms = [0.0; TERMS];
        for (m, term) in (1..).zip(terms.iter_mut()) {
            *term = number(keywords, &format!("CO{axis}_{m}"))?.unwrap_or(0.0);
        }
        Ok(terms)
    };
    let forward = [polynomial(&terms(1)?), polynomial(&terms(2)?)];
    let map = Mapping::new(forward, Start::Origin, 1e-10);
    if map.sense == 0.0 {
        return Err(Error::message(
            "CO1_2, CO1_3, CO2_2 and CO2_3 leave nothing of the plane",
        ));
    }
    Ok(Some(map))
}

/// Degrees as a polynomial of pixel offsets, made one of radians.
fn polynomial(terms: &[f64; TERMS]) -> Polynomial {
    let [one, x, y, xx, yy, xy, xxx, yyy, xxy, xyy, rr, xrr, yrr] = *terms;
    // (power of x, power of y, coefficient)
    let powers = [
        (0, 0, one),
        (1, 0, x),
        (0, 1, y),
        (2, 0, xx + rr),
        (1, 1, xy),
        (0, 2, yy + rr),
        (3, 0, xxx + xrr),
        (2, 1, xxy + yrr),
        (1, 2, xyy + xrr),
        (0, 3, yyy + yrr),
    ];
    let terms = powers.map(|(i, j, c)| (i, j, c * (PI / 180.0)));
    Polynomial::of_terms(&terms, [0.0; 2], [1.0; 2])
}
