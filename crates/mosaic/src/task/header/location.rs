//! Positions as people write them: "10.68 +41.27", "00h42m44s +41d16m9s", "121.2 -21.6 gal".

use crate::error::{Error, Result};
use sky::Frame;

use super::celestial_system::is_year;

/// A position with its frame; degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Location {
    pub frame: Frame,
    pub lon: f64,
    pub lat: f64,
}

/// Reads a position: two numbers in degrees, or two angles in hours (or degrees, with a "d" or in
/// a system that is not equatorial), minutes and seconds, apart by "h", "d", "m", "s", ":" or
/// blanks; and perhaps a system (eq, ec, ga, sg and what begins like them) and an equinox (J2000,
/// B1950). These are the forms that Montage's own coordinate library reads.
///
/// # Errors
/// When it is no position, which might be the name of an object, or one beyond the poles.
pub(super) fn read(text: &str) -> Result<Location> {
    let unknown = || {
        let shown: String = text.chars().take(80).collect();
        Error::argument(
            "locstr",
            format!(
                "\"{}\" is no position (\"lon lat\"); the look-up of object names over the network is not in this version of the library",
                shown.escape_debug()
            ),
        )
    };
    let lower = text.to_ascii_lowercase();
    let mut numbers: Vec<&str> = Vec::new();
    let (mut system, mut year) = ("eq", "j2000".to_owned());
    for word in lower.split([' ', '\t', ',', ';']).filter(|w| !w.is_empty()) {
        match word.get(..2) {
            Some("eq" | "ec" | "ga" | "sg") if !numbers.is_empty() => system = &word[..2],
            _ if word.starts_with(['j', 'b']) && !numbers.is_empty() => year = word.to_owned(),
            _ => numbers.push(word),
        }
    }
    let equinox: f64 = year[1..].parse().map_err(|_| unknown())?;
    if !is_year(equinox) {
        return Err(Error::argument(
            "locstr",
            format!("its equinox {equinox} is not a year"),
        ));
    }
    let besselian = year.starts_with('b');
    let frame = match system {
        "ga" => Frame::Galactic,
        "sg" => Frame::Supergalactic,
        "ec" if besselian => Frame::EclipticFk4 { equinox },
        "ec" => Frame::Ecliptic { equinox },
        _ if besselian => Frame::Fk4 { equinox },
        _ => Frame::Fk5 { equinox },
    };
    let half = numbers.len() / 2;
    if !matches!(numbers.len(), 2 | 4 | 6) {
        return Err(unknown());
    }
    let (first, second) = (numbers[..half].join(" "), numbers[half..].join(" "));
    let plain = |text: &str| {
        let plain = text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e'));
        plain.then(|| text.parse::<f64>().ok()).flatten()
    };
    let degrees = match (half, plain(&first), plain(&second)) {
        (1, Some(lon), Some(lat)) => Some((lon, lat)),
        _ => {
            let hours = system == "eq" && !first.contains('d');
            let scale = if hours { 15.0 } else { 1.0 };
            sexagesimal(&first)
                .zip(sexagesimal(&second).filter(|_| !second.contains('h')))
                .map(|(lon, lat)| (scale * lon, lat))
        }
    };
    let (lon, lat) = degrees.ok_or_else(unknown)?;
    if !(lon.abs() <= 720.0 && lat.abs() <= 90.0) {
        let why = format!("{lon} {lat} is not on the sky");
        return Err(Error::argument("locstr", why));
    }
    Ok(Location { frame, lon, lat })
}

/// Units, minutes and seconds as units; of each but the last a whole number below 60.
fn sexagesimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0.0;
    let mut level = 0;
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let value: f64 = rest[..end].parse().ok()?;
        rest = rest[end..].trim_start();
        let (unit, after) = match rest.chars().next() {
            Some('h' | 'd') => (0, &rest[1..]),
            Some('m') => (1, &rest[1..]),
            Some('s') => (2, &rest[1..]),
            Some(':') => (level, &rest[1..]),
            _ => (level, rest),
        };
        if unit < level || unit > 2 || (unit > 0 && value >= 60.0) {
            return None;
        }
        total += value / [1.0, 60.0, 3600.0][unit];
        level = unit + 1;
        rest = after.trim_start();
    }
    (level > 0).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    const J2000: Frame = Frame::Fk5 { equinox: 2000.0 };

    fn near(text: &str, frame: Frame, lon: f64, lat: f64) {
        let found = read(text).unwrap();
        assert_eq!(found.frame, frame, "{text}");
        let error = (found.lon - lon).abs().max((found.lat - lat).abs());
        assert!(error < 1e-12, "{text}: {found:?}");
    }

    #[test]
    fn positions_are_read() {
        let (ra, dec) = (
            15.0 * (42.0 / 60.0 + 44.3 / 3600.0),
            41.0 + 16.0 / 60.0 + 9.0 / 3600.0,
        );
        near("10.68469 +41.26904", J2000, 10.68469, 41.26904);
        near(" -10.5,-41 ", J2000, -10.5, -41.0);
        for text in [
            "00h42m44.3s +41d16m09s",
            "0:42:44.3 41:16:9",
            "0 42 44.3 +41 16 09",
            "00H 42M 44.3S 41D 16M 9S",
        ] {
            near(text, J2000, ra, dec);
        }
        near("10d30m -0d30m", J2000, 10.5, -0.5);
        near("0 42 -41 30", J2000, 10.5, -41.5);
        near("121.2 -21.6 Gal", Frame::Galactic, 121.2, -21.6);
        near("12:30:00 -21:30 ga", Frame::Galactic, 12.5, -21.5);
        near("10 20 eq B1950", Frame::Fk4 { equinox: 1950.0 }, 10.0, 20.0);
        near(
            "10 20 ecl J2000",
            Frame::Ecliptic { equinox: 2000.0 },
            10.0,
            20.0,
        );
    }

    #[test]
    fn names_and_nonsense_are_told_apart() {
        for text in [
            "m31",
            "NGC 5139",
            "",
            "M 51",
            "10",
            "1 2 3",
            "galaxy",
            "sgr a*",
            "1 2 j",
            "nan nan",
            "1 inf",
            "1:61:0 2",
            "10h 20h",
            "\u{fffd}1 2",
        ] {
            let why = read(text).unwrap_err().to_string();
            assert!(
                why.contains("locstr") && why.contains("look-up of object names"),
                "{text}: {why}"
            );
        }
        for text in ["10 91", "800 0", "1e5 0", "1 2 J12"] {
            let why = read(text).unwrap_err().to_string();
            assert!(why.contains("is not"), "{text}: {why}");
        }
    }
}
