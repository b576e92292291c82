//! mBgModel.

use std::ffi::OsStr;

use montage::run::Run;
use montage::task::background_model::{background_model, Method, Params};

use crate::program::{fields, Answer, Call, Failure, Program};

/// The options of Montage 6.0: `-i niter`, `-l` levels only, `-a` keep all overlaps, `-d level`.
pub const M_BG_MODEL: Program = Program {
    name: "mBgModel",
    options: "ai:ld:",
    usage: "[-i niter] [-l(evel-only)] [-d level] [-a(ll-overlaps)] [-s statusfile] images.tbl fits.tbl corrections.tbl",
    min_args: 3,
    run,
};

fn run(call: &Call, run: &Run) -> Answer {
    let rounds = match call.value('i') {
        None => 10_000,
        Some(text) => rounds(text)?,
    };
    let debug = match call.value('d') {
        None => 0,
        Some(text) => integer(text)
            .filter(|&level| level >= 0)
            .ok_or_else(|| Failure::Error("Invalid debug level.".to_owned()))?,
    };
    fields(background_model(
        &Params {
            images: call.path(0),
            fits: call.path(1),
            corrections: call.path(2),
            method: Method::Version6 {
                level_only: call.has('l'),
            },
            use_all: call.has('a'),
            rounds,
            debug,
        },
        run,
    ))
}

fn rounds(text: &OsStr) -> Result<i32, Failure> {
    let Some(rounds) = integer(text) else {
        return Err(Failure::Error(format!(
            "Argument for -i ({}) cannot be interpreted as an integer",
            text.to_string_lossy()
        )));
    };
    if rounds < 1 {
        return Err(Failure::Error(format!(
            "Number of iterations too small ({rounds}). This parameter is normally around 5000."
        )));
    }
    Ok(rounds)
}

/// An integer as C's `strtol` with base 0 reads it (0x... and 0... too), with nothing after it.
fn integer(text: &OsStr) -> Option<i32> {
    let text = text.to_str()?.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let (digits, base) = match (hexadecimal, digits.strip_prefix('0')) {
        (Some(rest), _) => (rest, 16),
        (None, Some(rest)) if !rest.is_empty() => (rest, 8),
        _ => (digits, 10),
    };
    // from_str_radix would take a second sign.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i64::from_str_radix(digits, base).ok()?;
    i32::try_from(sign * magnitude).ok()
}

#[cfg(test)]
mod tests {
    use super::integer;
    use std::ffi::OsStr;

    #[test]
    fn integers_are_read_as_strtol_reads_them() {
        let cases = [
            ("5000", 5000),
            ("-3", -3),
            ("+7", 7),
            ("0", 0),
            ("0x10", 16),
            ("010", 8),
        ];
        for (text, value) in cases {
            assert_eq!(integer(OsStr::new(text)), Some(value));
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
            assert_eq!(integer(OsStr::new(text)), None, "{text}");
        }
    }
}
