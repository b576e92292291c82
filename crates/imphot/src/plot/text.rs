//! Numbers and units as they are printed in a picture.

use crate::muse::Unit;
use fits::cformat::general;

/// A whole number as an exponent.
pub fn superscript(power: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The others follow each other.
        c => c
            .to_digit(10)
            .and_then(|digit| char::from_u32('⁰' as u32 + digit))
            .unwrap_or(c),
    };
    power.to_string().chars().map(raised).collect()
}

/// A number with so many significant digits, as `0.715`, `12`, or `8.1 × 10⁵`.
pub fn number(value: f64, significant: usize) -> String {
    let text = general(value, significant);
    let text = match text.split_once('e') {
        None => text,
        Some((mantissa, exponent)) => match exponent.parse::<i32>() {
            Ok(exponent) => power_of_ten(mantissa, exponent),
            Err(_) => text,
        },
    };
    text.replace('-', "\u{2212}")
}

fn power_of_ten(mantissa: &str, exponent: i32) -> String {
    let power = format!("10{}", superscript(exponent));
    match mantissa {
        "1" => power,
        _ => format!("{mantissa} × {power}"),
    }
}

/// What the numbers of an image are counted in.
pub struct Counted {
    /// The number before the names of the unit: 1e-20 of 10**-20 erg/s/cm2/Angstrom.
    pub scale: f64,
    /// The names with their powers; empty where there is no unit.
    names: String,
}

impl Counted {
    /// Of the text of BUNIT. One that is not understood is shown as it is.
    pub fn of(unit: &str) -> Self {
        let unit = unit.trim();
        let Ok(parsed) = Unit::parse(unit) else {
            return Counted {
                scale: 1.0,
                names: unit.to_owned(),
            };
        };
        let factors = parsed.factors().map(|(name, power)| {
            let name = match name {
                "Angstrom" | "angstrom" | "AA" => "Å",
                name => name,
            };
            match power {
                1 => name.to_owned(),
                _ => format!("{name}{}", superscript(power)),
            }
        });
        let scale = parsed.number();
        Counted {
            // One that has no place in a double is not shown as 0 or inf.
            scale: if scale.is_normal() { scale } else { 1.0 },
            names: factors.collect::<Vec<_>>().join(" "),
        }
    }

    /// A value that is `value` of these: `1.71 × 10⁻¹⁸ erg Å⁻¹ s⁻¹ cm⁻²`.
    pub fn amount(&self, value: f64) -> String {
        let text = format!("{} {}", number(value * self.scale, 3), self.names);
        text.trim_end().to_owned()
    }

    /// The label of an axis whose numbers are those of the image times 10^`power`.
    pub fn axis(&self, power: i32) -> String {
        let scale = number(self.scale * 10f64.powi(-power), 4);
        let text = match &scale[..] {
            "1" => self.names.clone(),
            _ => format!("{scale} {}", self.names),
        };
        match text.trim() {
            "" => "Pixel values".into(),
            text => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_people_write_them() {
        for (value, text) in [
            (0.714_888, "0.715"),
            (12.0, "12"),
            (800_119.381, "8 × 10⁵"),
            (1.708_683e-38, "1.71 × 10⁻³⁸"),
            (1e-20, "10⁻²⁰"),
            (-2.5e-7, "\u{2212}2.5 × 10⁻⁷"),
            (0.0, "0"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(number(value, 3), text);
        }
        assert_eq!(superscript(-1_234_567_890), "⁻¹²³⁴⁵⁶⁷⁸⁹⁰");
    }

    #[test]
    fn units_are_printed_with_their_powers() {
        let unit = Counted::of("10**-20 erg Angstrom-1 s-1 cm-2");
        assert_eq!(unit.amount(170.868), "1.71 × 10⁻¹⁸ erg Å⁻¹ s⁻¹ cm⁻²");
        assert_eq!(unit.axis(1), "10⁻²¹ erg Å⁻¹ s⁻¹ cm⁻²");
        assert_eq!(Counted::of("2.5e-17 erg/s").axis(0), "2.5 × 10⁻¹⁷ erg s⁻¹");
        assert_eq!(Counted::of("ct/s").axis(0), "ct s⁻¹");
        assert_eq!(Counted::of("ct/s").axis(-3), "1000 ct s⁻¹");
        assert_eq!(Counted::of("").axis(0), "Pixel values");
        assert_eq!(Counted::of("").axis(5), "10⁻⁵");
        assert_eq!(Counted::of("who knows").axis(5), "10⁻⁵ who knows");
        assert_eq!(Counted::of("who knows").amount(3.0), "3 who knows");
    }
}
