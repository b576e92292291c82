//! TPV: a tangent plane bent by polynomials of up to order 7, as SCAMP writes it (first under
//! the name TAN; registered convention, <https://fits.gsfc.nasa.gov/registry/tpvwcs.html>).

use std::f64::consts::PI;

use super::mapping::{Mapping, Radial, Start};
use super::polynomial::Polynomial;
use crate::header::number;
use crate::Keywords;

/// PVi_0 to PVi_39.
const TERMS: usize = 40;
/// Where the odd powers of the radius stand among them.
const RADIAL: [usize; 4] = [3, 11, 23, 39];

/// The map of the plane (radians) that PVi_m describes; `axes` are the numbers of the longitude
/// and latitude axes. `None` when every term is as it is by default.
///
/// # Errors
/// A text naming the keyword that is wrong.
pub(super) fn read(keywords: &dyn Keywords, axes: [usize; 2]) -> Result<Option<Mapping>, String> {
    let terms = |axis: usize| -> Result<Vec<f64>, String> {
        let mut terms = vec![0.0; TERMS];
        terms[1] = 1.0;
        for (m, term) in terms.iter_mut().enumerate() {
            if let Some(value) =
                number(keywords, &format!("PV{axis}_{m}")).map_err(|e| e.to_string())?
            {
                *term = value;
            }
        }
        Ok(terms)
    };
    if super::are_zeros(keywords) {
        return Ok(None);
    }
    let terms = [terms(axes[0])?, terms(axes[1])?];
    let is_default = |(m, &value): (usize, &f64)| value == if m == 1 { 1.0 } else { 0.0 };
    if terms.iter().all(|t| t.iter().enumerate().all(is_default)) {
        return Ok(None);
    }
    let mut map = Mapping::new(
        [polynomial(&terms[0], false), polynomial(&terms[1], true)],
        Start::Target,
        1e-15,
    );
    if map.sense == 0.0 {
        return Err(format!(
            "PV{}_1, PV{}_2 and those of the other axis leave nothing of the plane",
            axes[0], axes[0]
        ));
    }
    let radial = [0, 1].map(|axis: usize| RADIAL.map(|m| terms[axis][m]));
    if radial.iter().flatten().any(|&c| c != 0.0) {
        map.radial = Some(Radial(radial));
    }
    Ok(Some(map))
}

/// The terms without radius; on the latitude axis the two coordinates change places.
fn polynomial(terms: &[f64], swapped: bool) -> Polynomial {
    let mut rows = vec![vec![0.0; 8]; 8];
    let mut m = 0;
    for degree in 0..8 {
        for other in 0..=degree {
            if RADIAL.contains(&m) {
                m += 1;
            }
            let own = degree - other;
            let (i, j) = if swapped { (other, own) } else { (own, other) };
            // The terms are for degrees in and out.
            rows[j][i] = terms[m] * (PI / 180.0);
            m += 1;
        }
    }
    Polynomial::new(&rows, [0.0; 2], [180.0 / PI; 2])
}
