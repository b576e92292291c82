//! Keywords to numbers: what a header says about its first two axes, checked.

use crate::Error;

use super::keywords::{Fault, KeywordError};
use super::matrix::Matrix2;
use super::Keywords;

/// A keyword's number: `None` when it is absent.
///
/// # Errors
/// When its value is a text or not finite.
pub(super) fn number(keywords: &dyn Keywords, key: &str) -> Result<Option<f64>, Error> {
    Ok(super::keywords::number(keywords, key)?)
}

/// A keyword's number, which must be there.
pub(super) fn required(keywords: &dyn Keywords, key: &str) -> Result<f64, Error> {
    let value = number(keywords, key)?;
    Ok(value.ok_or_else(|| KeywordError::new(key, Fault::Missing))?)
}

/// Width and height in pixels, both at least 1.
pub(super) fn size(keywords: &dyn Keywords) -> Result<(i64, i64), Error> {
    if let Some(naxis) = keywords.integer("NAXIS") {
        if naxis < 2 {
            return Err(Error::message(format!("NAXIS is {naxis}: no image")));
        }
    }
    let side = |key: &str| {
        let fault = match keywords.integer(key) {
            Some(n) if n > 0 => return Ok(n),
            Some(n) => return Err(Error::message(format!("{key} is {n}"))),
            None => number(keywords, key)?.map_or(Fault::Missing, Fault::NotWhole),
        };
        Err(KeywordError::new(key, fault).into())
    };
    Ok((side("NAXIS1")?, side("NAXIS2")?))
}

/// A CTYPE taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AxisType {
    /// "RA", "DEC", "GLON", ...
    pub name: String,
    /// The projection's three letters; empty for coordinates that grow with the pixels, as older
    /// files than the projections have them.
    pub code: String,
    /// What follows them: "" or the name of a distortion ("SIP").
    pub suffix: String,
}

/// The longitude names with their latitude names; the last is an old form of galactic
/// coordinates, as Montage 7 reads it (mCoord).
const SYSTEMS: [(&str, &str); 5] = [
    ("RA", "DEC"),
    ("GLON", "GLAT"),
    ("ELON", "ELAT"),
    ("SLON", "SLAT"),
    ("LON", "LAT"),
];

impl AxisType {
    /// Reads `CTYPE<axis>`.
    fn read(keywords: &dyn Keywords, axis: usize) -> Result<Self, Error> {
        let key = format!("CTYPE{axis}");
        let Some(text) = keywords.text(&key) else {
            return Err(Error::message(format!("Missing {key}")));
        };
        let invalid = || Error::message(format!("Invalid {key} '{}'", text.trim()));
        let upper = text.trim().to_ascii_uppercase();
        let (name, rest) = upper.split_once('-').unwrap_or((&upper, ""));
        let rest = rest.trim_start_matches('-');
        let linear = rest.is_empty() && is_direction(name.trim());
        // In bytes, but never within a character.
        let (code, suffix) = match linear {
            true => ("", ""),
            false => (
                rest.get(..3).ok_or_else(invalid)?,
                rest.get(3..).unwrap_or(""),
            ),
        };
        Ok(AxisType {
            name: name.trim().to_owned(),
            code: code.to_owned(),
            suffix: suffix.trim_matches(|c| c == '-' || c == ' ').to_owned(),
        })
    }

    /// The eight characters of CTYPE without the name of a distortion: "RA---TAN".
    pub fn eight(&self) -> String {
        format!("{:-<4}-{:->3}", self.name, self.code)
    }
}

fn is_direction(name: &str) -> bool {
    SYSTEMS.iter().any(|&(lon, lat)| name == lon || name == lat)
}

/// The two axes and which of them (0 or 1) is the longitude.
pub(super) fn axes(keywords: &dyn Keywords) -> Result<([AxisType; 2], usize), Error> {
    let first = AxisType::read(keywords, 1)?;
    let second = AxisType::read(keywords, 2)?;
    let longitude = SYSTEMS.iter().find_map(|&(lon, lat)| {
        if first.name == lon && second.name == lat {
            Some(0)
        } else if first.name == lat && second.name == lon {
            Some(1)
        } else {
            None
        }
    });
    let Some(longitude) = longitude else {
        return Err(Error::message(if is_direction(&first.name) {
            format!(
                "CTYPE2 '{}' does not go with CTYPE1 '{}'",
                second.eight(),
                first.eight()
            )
        } else {
            format!("CTYPE1 '{}' is not a direction on the sky", first.eight())
        }));
    };
    for (axis, one, other) in [(1, &first, &second), (2, &second, &first)] {
        if one.code.is_empty() && !other.code.is_empty() {
            let key = format!("CTYPE{axis}");
            let text = keywords.text(&key).unwrap_or_default();
            return Err(Error::message(format!("Invalid {key} '{}'", text.trim())));
        }
    }
    if first.code != second.code || first.suffix != second.suffix {
        return Err(Error::message(format!(
            "CTYPE2 '{}' has another projection than CTYPE1 '{}'",
            second.eight(),
            first.eight()
        )));
    }
    Ok(([first, second], longitude))
}

/// Degrees in one unit of `CUNIT<axis>`.
pub(super) fn unit(keywords: &dyn Keywords, axis: usize) -> Result<f64, Error> {
    let key = format!("CUNIT{axis}");
    let Some(text) = keywords.text(&key) else {
        return Ok(1.0);
    };
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "" | "deg" | "degree" | "degrees" => 1.0,
        "arcmin" => 1.0 / 60.0,
        "arcsec" | "arcsecond" | "arcseconds" => 1.0 / 3600.0,
        "mas" => 1.0 / 3.6e6,
        "rad" | "radian" | "radians" => 180.0 / std::f64::consts::PI,
        _ => {
            return Err(Error::message(format!(
                "{key} '{}' is not an angle",
                text.trim()
            )))
        }
    })
}

/// Where the matrix of a header comes from, for those who write it down again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    /// CDELTi and one CROTAi, in degrees.
    Rotation {
        /// CDELT1 and CDELT2.
        cdelt: [f64; 2],
        /// CROTA of the latitude axis.
        crota: f64,
    },
    /// PCi_j with CDELTi.
    Pc,
    /// CDi_j.
    Cd,
}

/// How the elements of a matrix are spelled: before the axis numbers, and between them.
struct Spelling {
    prefix: &'static str,
    infix: &'static str,
    /// Not in the standard or its drafts.
    is_odd: bool,
}

/// CDi_j; CD00i00j (AIPS); CD0i_0j (AIPS++, CASA).
const CD_SPELLINGS: [Spelling; 3] = [
    spelling("CD", "_", false),
    spelling("CD00", "00", true),
    spelling("CD0", "_0", true),
];

/// PCi_j; PC00i00j of the draft standard; PC0i_0j (AIPS++, CASA).
const PC_SPELLINGS: [Spelling; 3] = [
    spelling("PC", "_", false),
    spelling("PC00", "00", false),
    spelling("PC0", "_0", true),
];

const fn spelling(prefix: &'static str, infix: &'static str, is_odd: bool) -> Spelling {
    Spelling {
        prefix,
        infix,
        is_odd,
    }
}

impl Spelling {
    /// The keyword of element (i, j), both from 0.
    fn key(&self, i: usize, j: usize) -> String {
        let Spelling { prefix, infix, .. } = self;
        format!("{prefix}{}{infix}{}", i + 1, j + 1)
    }
}

/// The matrix in the first of `spellings` that the header has any element of; those that are absent
/// are as in `usual`.
fn elements(
    keywords: &dyn Keywords,
    spellings: &[Spelling],
    usual: [[f64; 2]; 2],
    notes: &mut Vec<String>,
) -> Result<Option<[[f64; 2]; 2]>, Error> {
    for spelling in spellings {
        if !keywords.may_have(spelling.prefix) {
            continue;
        }
        let mut matrix = usual;
        let mut is_there = false;
        for (i, row) in matrix.iter_mut().enumerate() {
            for (j, element) in row.iter_mut().enumerate() {
                if let Some(value) = number(keywords, &spelling.key(i, j))? {
                    *element = value;
                    is_there = true;
                }
            }
        }
        if is_there {
            if spelling.is_odd {
                let [key, standard] = [spelling, &spellings[0]].map(|s| s.key(0, 0));
                notes.push(format!(
                    "{key} and its like are not standard: read as {standard}"
                ));
            }
            return Ok(Some(matrix));
        }
    }
    Ok(None)
}

/// The keywords of the matrix of a header in every spelling that is read, and whether they need
/// CDELTi: for those who change or look for them.
pub fn matrix_keys() -> impl Iterator<Item = (String, bool)> {
    let of = |spellings: &'static [Spelling], needs_steps: bool| {
        spellings.iter().flat_map(move |spelling| {
            [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| (spelling.key(i, j), needs_steps))
        })
    };
    of(&CD_SPELLINGS, false).chain(of(&PC_SPELLINGS, true))
}

/// The matrix in degrees per pixel, in the units of CUNIT already.
///
/// CD wins over CDELT, and PC over CROTA, as in Montage; elements of CD that are absent are 0,
/// those of PC are the unit matrix.
pub(super) fn matrix(
    keywords: &dyn Keywords,
    latitude: usize,
    units: [f64; 2],
    notes: &mut Vec<String>,
) -> Result<(Matrix2, Source), Error> {
    if let Some(mut cd) = elements(keywords, &CD_SPELLINGS, [[0.0; 2]; 2], notes)? {
        for (row, unit) in cd.iter_mut().zip(units) {
            *row = row.map(|x| x * unit);
        }
        return Ok((Matrix2(cd), Source::Cd));
    }
    let pc = elements(keywords, &PC_SPELLINGS, [[1.0, 0.0], [0.0, 1.0]], notes)?;
    let mut cdelt = [0.0; 2];
    for (axis, value) in cdelt.iter_mut().enumerate() {
        let key = format!("CDELT{}", axis + 1);
        *value = match number(keywords, &key)? {
            Some(step) => step,
            // The standard's default, which makes sense beside a PC matrix only.
            None if pc.is_some() => 1.0,
            None => return Err(Error::message(format!("Missing {key}"))),
        };
        if *value == 0.0 {
            return Err(Error::message(format!("{key} is zero")));
        }
        *value *= units[axis];
    }
    if let Some(pc) = pc {
        let value = |i: usize, j: usize| cdelt[i] * pc[i][j];
        let cd = [[value(0, 0), value(0, 1)], [value(1, 0), value(1, 1)]];
        return Ok((Matrix2(cd), Source::Pc));
    }
    let crota = number(keywords, &format!("CROTA{}", latitude + 1))?.unwrap_or(0.0);
    Ok((
        Matrix2::from_cdelt_crota(cdelt, crota, 1 - latitude),
        Source::Rotation { cdelt, crota },
    ))
}
