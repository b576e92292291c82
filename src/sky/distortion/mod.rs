//! What bends an image's plane besides its projection, and where on the way it does so.

mod dss;
mod iraf;
mod mapping;
pub(crate) mod plate;
mod polynomial;
mod sip;
mod tpv;

use super::Keywords;

pub(crate) use dss::{is_plate, Plate};
pub(crate) use iraf::Attributes;
pub(crate) use mapping::Mapping;

/// A header's distortion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distortion {
    /// There is none.
    None,
    /// Of pixel offsets, before the matrix (SIP, DSS).
    Pixels(Box<Mapping>),
    /// Of the plane in radians, after the matrix (TPV, TNX, ZPX).
    Plane(Box<Mapping>),
}

impl Distortion {
    /// The distortion of a header whose CTYPE ends in `suffix` ("" or "SIP") and whose
    /// projection is `code`; `axes` are the numbers (1 or 2) of the longitude and latitude axes.
    ///
    /// Of SIP and PVi_m beside one another on TAN, the PVi_m count when one of them is above
    /// PVi_4 and CTYPE does not say SIP, as in astropy.
    ///
    /// # Errors
    /// A text naming the keyword that carries a distortion which is unknown or wrong.
    pub fn new(
        keywords: &dyn Keywords,
        code: &str,
        suffix: &str,
        axes: [usize; 2],
    ) -> Result<Self, String> {
        let refuse =
            |what: &str, keyword: &str| Err(format!("{what} ({keyword}) is not supported"));
        if !matches!(suffix, "" | "SIP") {
            return refuse(
                &format!("The distortion {suffix}"),
                &format!("CTYPE{}", axes[0]),
            );
        }
        let present = |key: &str| keywords.real(key).is_some() || keywords.text(key).is_some();
        for key in [
            "CPDIS1", "CPDIS2", "CQDIS1", "CQDIS2", "D2IMDIS1", "D2IMDIS2",
        ] {
            if present(key) {
                return refuse("A distortion table", key);
            }
        }
        let plane = |map: Option<Mapping>| {
            map.map_or(Distortion::None, |map| Distortion::Plane(Box::new(map)))
        };
        match code {
            "TPV" => return tpv::read(keywords, axes).map(plane),
            "TNX" | "ZPX" => {
                let [longitude, latitude] = axes.map(|axis| Attributes::read(keywords, axis));
                return iraf::read(&longitude, &latitude).map(plane);
            }
            "TAN" if suffix.is_empty() && scamp_term(keywords, axes) => {
                return tpv::read(keywords, axes).map(plane);
            }
            _ => {}
        }
        Ok(match sip::read(keywords)? {
            Some(map) => Distortion::Pixels(Box::new(map)),
            None => Distortion::None,
        })
    }
}

/// Whether a TAN header has a PV keyword that bends the plane: SCAMP writes TPV polynomials under
/// the name TAN. On the longitude axis PVi_0 to PVi_4 have a meaning of their own (Paper II).
pub(crate) fn scamp_term(keywords: &dyn Keywords, axes: [usize; 2]) -> bool {
    if !keywords.may_have("PV") {
        return false;
    }
    let bends = |axis: usize, term: usize| {
        // The polynomial "1 times the coordinate" leaves it alone.
        let alone = if term == 1 { 1.0 } else { 0.0 };
        keywords
            .real(&format!("PV{axis}_{term}"))
            .is_some_and(|value| value != alone)
    };
    (5..40).any(|term| bends(axes[0], term)) || (0..40).any(|term| bends(axes[1], term))
}
