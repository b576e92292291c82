//! Formats and parses numbers as C's printf and atof do, independent of the locale. Tables and messages must
//! match the original's bytes, and Rust's own formats differ in the exponent and in `%g`.

/// Formats as `%.{digits}e`, with at least two digits of exponent.
pub fn exponent(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let text = format!("{value:.digits$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', power),
    };
    format!("{mantissa}e{sign}{power:0>2}")
}

/// Formats as `%.{digits}f`.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    format!("{value:.digits$}")
}

/// Formats as `%.{significant}g`: with or without exponent, as is shorter, without trailing zeros.
///
/// ```
/// assert_eq!(fits::cformat::general(0.000_012_5, 6), "1.25e-05");
/// assert_eq!(fits::cformat::general(1234.5, 6), "1234.5");
/// ```
pub fn general(value: f64, significant: usize) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let significant = significant.max(1);
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0".into()
        } else {
            "0".into()
        };
    }
    let rounded = format!("{value:.*e}", significant - 1);
    let power: i32 = rounded
        .rsplit('e')
        .next()
        .and_then(|p| p.parse().ok())
        .unwrap_or(0);
    if power < -4 || power >= significant as i32 {
        let text = exponent(value, significant - 1);
        let (mantissa, tail) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{tail}", trimmed(mantissa));
    }
    let digits = (significant as i32 - 1 - power).max(0) as usize;
    trimmed(&fixed(value, digits)).to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

fn not_finite(value: f64) -> String {
    let text = if value.is_nan() { "nan" } else { "inf" };
    // glibc prints the sign of a NaN too.
    if value.is_sign_negative() {
        format!("-{text}")
    } else {
        text.to_owned()
    }
}

/// Parses the integer at the start of a text, 0 if there is none (C's `atoi`); saturates.
pub fn atoi(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude = digits
        .bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0i64, |n, d| {
            n.saturating_mul(10).saturating_add(i64::from(d - b'0'))
        });
    if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    }
}

/// Parses a text as one integer, as C's `strtol` with base 0 (`0x10` and `010` as well); `None` if anything
/// else is in the text or the number does not fit 32 bits.
pub fn whole_integer(text: &str) -> Option<i32> {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match (lower.strip_prefix("0x"), lower.strip_prefix('0')) {
        (Some(rest), _) => (16, rest),
        (None, Some(rest)) if !rest.is_empty() => (8, rest),
        _ => (10, lower.as_str()),
    };
    // A second sign would be taken by from_str_radix, but not by C.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i64::from_str_radix(digits, radix).ok()?;
    let value = if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    };
    i32::try_from(value).ok()
}

/// Parses the number at the start of a text as C's `atof` does, or `None` if there is none. A Fortran
/// exponent (`1.5D+03`) is accepted.
pub fn number(text: &str) -> Option<f64> {
    leading_number(text.trim()).map(|(value, _)| value)
}

/// As [`number`], but `None` if anything other than blanks follows the number ("10:00:00").
pub fn whole_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (value, end) = leading_number(text)?;
    (end == text.len()).then_some(value)
}

/// The number that `text` begins with, and where it ends.
fn leading_number(text: &str) -> Option<(f64, usize)> {
    if let Ok(value) = text.parse() {
        return Some((value, text.len()));
    }
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits_from = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let whole = digits_from(end);
    let mut count = whole - end;
    end = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits_from(end + 1);
        count += fraction - end - 1;
        end = fraction;
    }
    if count == 0 {
        return None;
    }
    let mut mantissa = text[..end].to_owned();
    if matches!(bytes.get(end), Some(b'e' | b'E' | b'd' | b'D')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let stop = digits_from(end + 1 + sign);
        if stop > end + 1 + sign {
            mantissa = format!("{mantissa}e{}", &text[end + 1..stop]);
            end = stop;
        }
    }
    Some((mantissa.parse().ok()?, end))
}

/// Number of decimals for a position in degrees on an image of `scale` degrees per pixel: `usual`, or more if
/// rounding to those would move the position by more than `most` pixels. Then rounding moves it by 1/1000 pixel
/// at most, within the precision of a double.
pub fn decimals_of_position(scale: f64, usual: usize, most: f64) -> usize {
    let rounding = 0.5 * 10f64.powi(-(usual as i32));
    if scale.is_nan() || scale <= 0.0 || rounding <= most * scale {
        return usual;
    }
    // Between usual and 15: a scale above 0 has a finite logarithm.
    let needed = -(0.002 * scale).log10();
    (needed.ceil() as usize).clamp(usual, 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_nothing_after_it() {
        for (text, value) in [
            ("10", 10.0),
            (" +1.5 ", 1.5),
            ("1.5D+03", 1500.0),
            ("-.5e1", -5.0),
            ("300.", 300.0),
        ] {
            assert_eq!(whole_number(text), Some(value), "{text}");
        }
        for text in [
            "10:00:00.0",
            "+32:00:00",
            "10 00 00",
            "1.5 deg",
            "1.5D",
            "",
            "x",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_read_as_printf_writes_them() {
        // Right-hand sides: glibc 2.36 printf.
        assert_eq!(exponent(-0.000123456789, 5), "-1.23457e-04");
        assert_eq!(exponent(0.0, 5), "0.00000e+00");
        assert_eq!(exponent(1.5e300, 2), "1.50e+300");
        assert_eq!(general(100000.0, 6), "100000");
        assert_eq!(general(1000000.0, 6), "1e+06");
        assert_eq!(general(999999.5, 6), "1e+06");
        assert_eq!(general(0.0001, 6), "0.0001");
        assert_eq!(general(0.00001234, 6), "1.234e-05");
        assert_eq!(general(-435.5, 14), "-435.5");
        assert_eq!(general(f64::NAN, 6), "nan");
        assert_eq!(fixed(2.5, 0), "2");
        assert_eq!(fixed(-0.04, 1), "-0.0");
    }

    #[test]
    fn numbers_are_read_from_the_start_of_a_text() {
        assert_eq!(atoi(" -12abc"), -12);
        assert_eq!(atoi("x"), 0);
        assert_eq!(atoi("99999999999999999999"), i64::MAX);
        assert_eq!(number("1.5D+03 deg"), Some(1500.0));
        assert_eq!(number("-.5e"), Some(-0.5));
        assert_eq!(number("2e400"), Some(f64::INFINITY));
        assert!(number("nan").unwrap().is_nan());
        assert_eq!(number("."), None);
        assert_eq!(number("abc"), None);
    }

    #[test]
    fn whole_integers_are_read_as_strtol_reads_them() {
        let cases = [
            ("5000", 5000),
            ("-3", -3),
            ("+7", 7),
            ("0", 0),
            ("0x10", 16),
            ("010", 8),
        ];
        for (text, value) in cases {
            assert_eq!(whole_integer(text), Some(value));
        }
        for text in [
            "",
            "x",
            "12x",
            "1.5",
            "9999999999",
            "--1",
            "0x",
            "-+1",
            "08",
        ] {
            assert_eq!(whole_integer(text), None, "{text}");
        }
    }
}
