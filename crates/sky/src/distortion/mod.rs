//! What bends an image's plane besides its projection, and where on the way it does so.

mod dss;
mod iraf;
mod lookup;
mod mapping;
pub(crate) mod plate;
mod polynomial;
mod sip;
mod tpv;

use super::Keywords;

pub(crate) use dss::{is_plate, Plate};
pub(crate) use iraf::Attributes;
pub(crate) use lookup::Tables;
pub use lookup::{LookupTable, NoTables, TableAxis, TableSource};
pub(crate) use mapping::Mapping;

/// A header's distortion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distortion {
    /// There is none.
    None,
    /// Of pixel offsets, before the matrix (SIP, DSS).
    Pixels(Box<Mapping>),
    /// Of pixel offsets, with lookup tables.
    Tables(Box<Tables>),
    /// Of the plane in radians, after the matrix (TPV, TNX, ZPX).
    Plane(Box<Mapping>),
}

/// What of a header decides about its distortion.
pub(crate) struct Distorted<'a> {
    /// All of it.
    pub keywords: &'a dyn Keywords,
    /// The projection.
    pub code: &'a str,
    /// What follows it in CTYPE: "" or "SIP".
    pub suffix: &'a str,
    /// The numbers (1 or 2) of the longitude and latitude axes.
    pub axes: [usize; 2],
    /// CRPIX1 and CRPIX2.
    pub crpix: [f64; 2],
    /// Where the arrays of lookup tables come from.
    pub tables: &'a dyn TableSource,
}

impl Distortion {
    /// The distortion of a header; what is left out of it goes to `notes`.
    ///
    /// SIP is what CTYPE says is SIP, as in its convention and in Montage: drizzled images keep
    /// the polynomials of the images that they were made of. PVi_m on TAN are the terms of TPV
    /// when one of them is above PVi_4 or bends the latitude, and CTYPE does not say SIP.
    ///
    /// # Errors
    /// A text naming the keyword that carries a distortion which is unknown or wrong.
    pub fn new(header: &Distorted, notes: &mut Vec<String>) -> Result<Self, String> {
        let Distorted {
            keywords,
            code,
            suffix,
            axes,
            ..
        } = *header;
        let refuse =
            |what: &str, keyword: &str| Err(format!("{what} ({keyword}) is not supported"));
        if !matches!(suffix, "" | "SIP") {
            return refuse(
                &format!("The distortion {suffix}"),
                &format!("CTYPE{}", axes[0]),
            );
        }
        // Of the intermediate coordinates; neither astropy nor WCSLIB has tables for them.
        for key in ["CQDIS1", "CQDIS2"] {
            if keywords.may_have("CQDIS") && keywords.text(key).is_some() {
                return refuse("The distortion", key);
            }
        }
        if suffix.is_empty() && sip::is_left_over(keywords) {
            notes.push(
                "A_ORDER, B_ORDER and the polynomials of SIP are not applied: CTYPE does not end \
                 in -SIP"
                    .to_owned(),
            );
        }
        let lookup = lookup::names_any(keywords);
        let plane = |map: Option<Mapping>| -> Result<Option<Distortion>, String> {
            match map {
                Some(_) if lookup => Err(
                    "A lookup table (CPDIS, D2IMDIS) beside this distortion is not supported"
                        .into(),
                ),
                Some(map) => Ok(Some(Distortion::Plane(Box::new(map)))),
                None => Ok(None),
            }
        };
        let bent = match code {
            "TPV" => plane(tpv::read(keywords, axes)?)?,
            "TNX" | "ZPX" => {
                let [longitude, latitude] = axes.map(|axis| Attributes::read(keywords, axis));
                plane(iraf::read(&longitude, &latitude)?)?
            }
            "TAN" if suffix.is_empty() && scamp_term(keywords, axes) => {
                plane(tpv::read(keywords, axes)?)?
            }
            _ => None,
        };
        if let Some(bent) = bent {
            return Ok(bent);
        }
        let sip = match suffix {
            "SIP" => sip::read(keywords)?,
            _ => None,
        };
        let sip = match lookup {
            true => match Tables::read(keywords, header.crpix, sip, header.tables, notes)? {
                Ok(tables) => return Ok(Distortion::Tables(Box::new(tables))),
                Err(sip) => sip,
            },
            false => sip,
        };
        Ok(sip.map_or(Distortion::None, |map| Distortion::Pixels(Box::new(map))))
    }
}

/// Whether a TAN header has a PV keyword that bends the plane: SCAMP writes TPV polynomials under
/// the name TAN. On the longitude axis PVi_0 to PVi_4 have a meaning of their own (Paper II).
pub(crate) fn scamp_term(keywords: &dyn Keywords, axes: [usize; 2]) -> bool {
    if !keywords.may_have("PV") || are_zeros(keywords) {
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

/// Whether a header has PVi_m keywords that are all 0. Some programs write them for every
/// projection: they stand for nothing, as in Montage, not for a polynomial without terms.
pub(crate) fn are_zeros(keywords: &dyn Keywords) -> bool {
    let mut found = false;
    if !keywords.may_have("PV") {
        return false;
    }
    for axis in [1, 2] {
        for term in 0..40 {
            match keywords.real(&format!("PV{axis}_{term}")) {
                Some(0.0) => found = true,
                Some(_) => return false,
                None => {}
            }
        }
    }
    found
}
