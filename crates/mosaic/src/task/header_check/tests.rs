use std::path::PathBuf;
use std::process::Command;

use super::*;
use testing::{original, shared_data};

const TEMPLATE: &str = "\
SIMPLE  = T
BITPIX  = -64
NAXIS   = 2
NAXIS1  = 300
NAXIS2  = 200
CTYPE1  = 'RA---TAN'
CTYPE2  = 'DEC--TAN'
CRVAL1  = 275.1
CRVAL2  = -16.1
CRPIX1  = 150.5
CRPIX2  = 100.5
CDELT1  = -0.00027777
CDELT2  = 0.00027777
END
";

/// The template with another value of `key`, or without it.
fn with(key: &str, value: Option<&str>) -> String {
    let head = format!("{key:<8}= ");
    assert!(TEMPLATE.contains(&head));
    let mut text = String::new();
    for line in TEMPLATE.lines() {
        match value {
            Some(value) if line.starts_with(&head) => text += &format!("{head}{value}\n"),
            None if line.starts_with(&head) => {}
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

/// "OK", or what is wrong.
fn answer(path: &Path, kind: Kind, hdu: usize) -> String {
    match check_header(path, kind, hdu).verdict {
        Ok(()) => "OK".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn message(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let text = line.split("msg=\"").nth(1);
    text.map_or("OK", |t| t.trim_end_matches("\"]\n"))
        .to_owned()
}

/// Checks a template text, and that Montage 6.0 says `theirs` of it (its mDiff begins with
/// montage_checkHdr and then misses an image).
fn template(text: &[u8], ours: &str, theirs: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.hdr");
    std::fs::write(&path, text).unwrap();
    assert_eq!(answer(&path, Kind::Template, 0), ours);
    assert_eq!(answer(&path, Kind::Either, 3), ours);
    let Some(program) = original("mDiff") else {
        return;
    };
    let mut command = Command::new(program);
    command.current_dir(dir.path());
    let said = command
        .args(["no1", "no2", "out", "t.hdr"])
        .output()
        .unwrap();
    let said = match message(&said.stdout) {
        text if text.starts_with("Area file no1") => "OK".to_owned(),
        text => text,
    };
    assert_eq!(said, theirs);
}

#[test]
fn templates_pass_or_fail_as_in_montage() {
    let same = |text: &str, expected: &str| template(text.as_bytes(), expected, expected);
    same(TEMPLATE, "OK");
    for key in [
        "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "CTYPE1", "CRPIX2", "CRVAL1",
    ] {
        same(
            &with(key, None),
            &format!("No {key} keyword in FITS header"),
        );
    }
    for key in ["CDELT1", "CDELT2"] {
        let expected = format!("No {key} keyword (or incomplete CD matrix) in FITS header");
        same(&with(key, None), &expected);
    }
    let no_wcs = "No WCS information (or not FITS header)";
    let axes = "Must have at least two (n>1) dimensions";
    let cases = [
        ("SIMPLE", "X", "OK"),
        ("BITPIX", "7", "OK"),
        ("NAXIS", "1", axes),
        ("NAXIS", "0", no_wcs),
        ("NAXIS", "x", no_wcs),
        ("NAXIS1", "0", no_wcs),
        ("NAXIS1", "-5", no_wcs),
        ("NAXIS1", "1", axes),
        ("NAXIS2", "abc", no_wcs),
        ("NAXIS1", "300.5", "OK"),
        ("CDELT1", "0", "Invalid CDELT1"),
        ("CDELT1", "abc", "Invalid CDELT1"),
        ("CDELT1", "-2.7D-4", "OK"),
        ("CTYPE1", "'RA'", "CTYPE1 must be at least 8 characters"),
        ("CTYPE2", "'DEC'", "CTYPE2 must be at least 8 characters"),
        (
            "CTYPE1",
            "'RA---SIN'",
            "CTYPE1, CTYPE2 projection information mismatch",
        ),
        (
            "CTYPE1",
            "'RA---TANX'",
            "CTYPE1, CTYPE2 projection information mismatch",
        ),
        (
            "CTYPE1",
            "'RA------'",
            "Invalid CTYPE1 or CTYPE2 projection information",
        ),
        ("CTYPE1", "'GLON-TAN'", "CTYPE1 and CTYPE2 don't match"),
        ("CTYPE1", "'SLON-TAN'", "Invalid CTYPE1"),
        ("CTYPE1", "'XX---TAN'", "Invalid projection"),
    ];
    for (key, value, expected) in cases {
        same(&with(key, Some(value)), expected);
    }
    for code in [
        "TNX", "TPV", "ZPX", "DSS", "NCP", "GLS", "PLT", "TAN-SIP", "CAR", "HPX",
    ] {
        let expected = if code == "HPX" { None } else { Some("OK") };
        let text = TEMPLATE.replace("TAN", code);
        template(
            text.as_bytes(),
            "OK",
            expected.unwrap_or("Invalid projection"),
        );
    }
    for code in ["QQQ", "LIN", "TOA"] {
        same(&TEMPLATE.replace("TAN", code), "Invalid projection");
    }
}

#[test]
fn templates_are_read_in_any_dress() {
    let same = |text: &str, expected: &str| template(text.as_bytes(), expected, expected);
    same(&TEMPLATE.replace("END\n", ""), "OK");
    same(&TEMPLATE.replace('\n', "\r\n"), "OK");
    same(&TEMPLATE.replace('\n', "\n   "), "OK");
    same(TEMPLATE.trim_end(), "OK");
    same(&TEMPLATE.replace("  = ", "="), "OK");
    same(&TEMPLATE.to_lowercase(), "No BITPIX keyword in FITS header");
    same("", "No BITPIX keyword in FITS header");
    let long = "FITS header lines cannot be greater than 80 characters.";
    // Montage refuses a comment as well as a value beyond column 80.
    let comment = format!("COMMENT {}\n{TEMPLATE}", "x".repeat(73));
    template(comment.as_bytes(), "OK", long);
    let far = TEMPLATE.replace("  = ", &format!("  = {}", " ".repeat(80)));
    same(&far, long);
    same(&format!("COMMENT {}\n{TEMPLATE}", "x".repeat(72)), "OK");
    same(&"x".repeat(200_000), long);
    let no_ctype: String = TEMPLATE
        .lines()
        .filter(|l| !l.starts_with("CTYPE"))
        .fold("PLTRAH  = 18\n".to_owned(), |text, line| text + line + "\n");
    same(&no_ctype, "OK");
    let cd = |values: [&str; 4]| {
        let mut text = with("CDELT1", None).replace("CDELT2", "OTHER ");
        for (key, value) in CD.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
            text = text.replace("END", &format!("{key:<8}= {value}\nEND"));
        }
        text
    };
    same(&cd(["-0.001", "0", "0", "0.001"]), "OK");
    same(&cd(["-0.001", "", "", "0.001"]), "OK");
    same(&cd(["-0.001", "", "", ""]), "Invalid CD matrix");
    // What Montage lets pass (it goes on with 0, with -CDELT1, without an inverse).
    let number = |key: &str| format!("{key} keyword in FITS header not a real number");
    for (key, value) in [("CRPIX1", "abc"), ("CRVAL2", "nan"), ("CRPIX2", "1e999")] {
        template(with(key, Some(value)).as_bytes(), &number(key), "OK");
    }
    template(with("CDELT2", Some("0")).as_bytes(), "Invalid CDELT2", "OK");
    template(
        cd(["1", "1", "1", "1"]).as_bytes(),
        "Invalid CD matrix",
        "OK",
    );
    let late = format!("{}CRPIX1 = 1\n", with("CRPIX1", None));
    template(late.as_bytes(), "No CRPIX1 keyword in FITS header", "OK");
    // NULs and bytes that are no text.
    let mut junk = TEMPLATE.replace('\n', "\0junk\n").into_bytes();
    junk.extend(b"\xff\xfe\x00\x01\n\n\n");
    template(&junk, "OK", "OK");
}

#[test]
fn files_of_the_wrong_kind_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let hdr = dir.path().join("t.hdr");
    std::fs::write(&hdr, TEMPLATE).unwrap();
    let shown = hdr.display();
    assert_eq!(
        answer(&hdr, Kind::Fits, 0),
        format!("File ({shown}) is not a FITS image")
    );
    let missing = dir.path().join("missing");
    for kind in [Kind::Fits, Kind::Template, Kind::Either] {
        let expected = format!("File {} not found.", missing.display());
        assert_eq!(answer(&missing, kind, 0), expected);
    }
    let expected = format!("File ({}) is not a header template", dir.path().display());
    assert_eq!(answer(dir.path(), Kind::Template, 0), expected);
    let long = PathBuf::from("x".repeat(6000));
    assert!(answer(&long, Kind::Either, 0).ends_with("not found."));
    if let Some(fits) = first_tile() {
        let expected = format!(
            "FITS file ({}) cannot be used as a header template",
            fits.display()
        );
        assert_eq!(answer(&fits, Kind::Template, 0), expected);
        assert_eq!(answer(&fits, Kind::Either, 0), "OK");
        assert!(answer(&fits, Kind::Fits, 9).contains("has no HDU 9"));
    }
}

fn first_tile() -> Option<PathBuf> {
    let mut tiles = fits_files(&shared_data("2mass_m17/raw")?);
    tiles.sort();
    tiles.into_iter().next()
}

fn fits_files(dir: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(dir).unwrap();
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .collect()
}

#[test]
fn fits_files_pass_or_fail_as_in_montage() {
    let mut files = Vec::new();
    for sub in ["malformed", "wcs", "decam_tpv"] {
        files.extend(shared_data(sub).iter().flat_map(|dir| fits_files(dir)));
    }
    files.extend(first_tile());
    let Some(program) = original("mFixNaN") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut accepted = 0;
    for file in &files {
        // Its first step is montage_checkHdr.
        let said = Command::new(&program)
            .arg(file)
            .arg(dir.path().join("out.fits"))
            .output()
            .unwrap();
        let theirs = match message(&said.stdout) {
            // A header without its pixels, which mFixNaN reads next.
            text if text == "tried to move past end of file" => "OK".to_owned(),
            text => text,
        };
        let ours = answer(file, Kind::Fits, 0);
        accepted += usize::from(ours == "OK");
        assert_eq!(ours, theirs, "{}", file.display());
    }
    assert!(
        files.is_empty() || accepted > 10,
        "{accepted} of {}",
        files.len()
    );
}

#[test]
fn the_text_of_a_header_is_in_lines_of_80() {
    let dir = tempfile::tempdir().unwrap();
    let hdr = dir.path().join("t.hdr");
    std::fs::write(&hdr, TEMPLATE).unwrap();
    let lines = |path: &Path| -> Vec<String> {
        let text = check_header(path, Kind::Either, 0).text;
        assert_eq!(text.len() % 80, 0);
        text.chunks(80)
            .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
            .collect()
    };
    assert_eq!(lines(&hdr), TEMPLATE.lines().collect::<Vec<_>>());
    let Some(fits) = first_tile() else {
        return;
    };
    let found = lines(&fits);
    assert_eq!(found[0], "SIMPLE  =                    T");
    assert!(found.contains(&"CTYPE1  =           'RA---SIN'".to_owned()));
    assert_eq!(found.last().unwrap(), "END");
    assert!(!found.iter().any(|line| line.starts_with("COMMENT")));
}

#[test]
fn values_stand_as_in_their_cards() {
    let token = |text: &str| {
        let card = Card::from_text(text);
        String::from_utf8(value_token(&card).to_vec()).unwrap()
    };
    assert_eq!(
        token("OBJECT  = 'O''Neil  '          / a 'name'"),
        "'O''Neil  '"
    );
    assert_eq!(token("OBJECT  = 'open"), "'open");
    assert_eq!(token("OBJECT  = ''"), "''");
    assert_eq!(token("NUMBER  =           1.5/x"), "1.5");
    assert_eq!(token("COMPLEX = (1.0, 2.0) / x"), "(1.0, 2.0)");
    assert_eq!(token("HISTORY = is long"), "");
    assert_eq!(token("CONTINUE= 'x'"), "");
    assert_eq!(token("HISTORY is long"), "");
    assert_eq!(token("EMPTY   ="), "");
}

#[test]
fn debug_levels_are_c_numbers() {
    let cases: [(&[u8], Option<i32>); 20] = [
        (b"0", Some(0)),
        (b"3", Some(3)),
        (b" +7", Some(7)),
        (b"0x10", Some(16)),
        (b"0XfF", Some(255)),
        (b"010", Some(8)),
        (b"-0", Some(0)),
        (b"", Some(0)),
        (b"2147483647", Some(i32::MAX)),
        (b"2147483648", None),
        (b"99999999999999999999", None),
        (b"-1", None),
        (b"08", None),
        (b"0x", None),
        (b"+-3", None),
        (b"1 ", None),
        (b" ", None),
        (b"abc", None),
        (b"\xff", None),
        (b"0x-1", None),
    ];
    for (text, expected) in cases {
        assert_eq!(
            debug_level(text),
            expected,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}
