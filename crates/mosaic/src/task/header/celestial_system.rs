//! The names that Montage has for celestial systems.

use crate::error::{Error, Result};
use sky::Frame;

/// The systems a template can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    EquJ,
    EquB,
    EclJ,
    EclB,
    Galactic,
    Supergalactic,
}

/// Every name, with Montage 6.0's "fairly forgiving" short forms; upper and lower case.
const NAMES: [(&str, System); 15] = [
    ("eq", System::EquJ),
    ("equ", System::EquJ),
    ("equatorial", System::EquJ),
    ("equj", System::EquJ),
    ("equb", System::EquB),
    ("ec", System::EclJ),
    ("ecl", System::EclJ),
    ("ecliptic", System::EclJ),
    ("eclj", System::EclJ),
    ("eclb", System::EclB),
    ("ga", System::Galactic),
    ("gal", System::Galactic),
    ("galactic", System::Galactic),
    ("sgal", System::Supergalactic),
    ("supergalactic", System::Supergalactic),
];

impl System {
    /// The axis names of CTYPE1 and CTYPE2, filled to five characters with dashes.
    pub(super) fn axes(self) -> [&'static str; 2] {
        match self {
            System::EquJ | System::EquB => ["RA---", "DEC--"],
            System::EclJ | System::EclB => ["ELON-", "ELAT-"],
            System::Galactic => ["GLON-", "GLAT-"],
            System::Supergalactic => ["SLON-", "SLAT-"],
        }
    }

    /// Whether its coordinates have an equinox.
    pub(super) fn has_equinox(self) -> bool {
        !matches!(self, System::Galactic | System::Supergalactic)
    }

    pub(super) fn frame(self, equinox: f64) -> Frame {
        match self {
            System::EquJ => Frame::Fk5 { equinox },
            System::EquB => Frame::Fk4 { equinox },
            System::EclJ => Frame::Ecliptic { equinox },
            System::EclB => Frame::EclipticFk4 { equinox },
            System::Galactic => Frame::Galactic,
            System::Supergalactic => Frame::Supergalactic,
        }
    }
}

/// The years that an equinox may be: what precession is good for.
pub(super) fn is_year(equinox: f64) -> bool {
    (1000.0..=3000.0).contains(&equinox)
}

/// The system `csys` and its equinox; an equinox of 0 is the usual one, 1950 or 2000.
///
/// # Errors
/// When there is no such system, or the equinox is no year.
pub(super) fn system(csys: &str, equinox: f64) -> Result<(System, f64)> {
    let found = NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(csys));
    let Some(&(_, system)) = found else {
        let why = "Invalid system string.  Must be EQUJ|EQUB|ECLJ|ECLB|GAL|SGAL";
        let shown: String = csys.chars().take(40).collect();
        let msg = format!("{why} (csys is \"{}\")", shown.escape_debug());
        return Err(Error::argument("csys", why).in_words(msg));
    };
    let equinox = match (equinox == 0.0, system) {
        (true, System::EquB | System::EclB) => 1950.0,
        (true, _) => 2000.0,
        (false, _) => equinox,
    };
    if !is_year(equinox) {
        let why = format!("must be a year from 1000 to 3000, or 0 (it is {equinox})");
        return Err(Error::argument("equinox", why));
    }
    Ok((system, equinox))
}

/// The celestial frame that Montage calls `csys` ("EQUJ", "gal", ...) with an equinox in years
/// (0: the usual one).
///
/// # Errors
/// When there is no such system, or the equinox is no year.
pub fn named_frame(csys: &str, equinox: f64) -> Result<Frame> {
    let (system, equinox) = system(csys, equinox)?;
    Ok(system.frame(equinox))
}
