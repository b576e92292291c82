//! fit_photometry and its siblings, as a user runs them: the command lines of argparse, and results as
//! they come.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use mosaic::run::Run;
use simulate::photometry::Pair;

fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_montage-tools"));
    command.arg(name).current_dir(folder);
    command
}

/// Exit status, standard output and standard error.
fn run(name: &str, folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = program(name, folder).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Parsers with the options of imphot's programs. Each line of standard input is the name of a program
/// and its words; the exit status of argparse is printed for it.
const ARGPARSE: &str = "
import argparse, contextlib, io, json, sys
def number_or_none(text):
    return None if text.lower() in ('none', '') else float(text)
def parser(name):
    p = argparse.ArgumentParser()
    if name == 'fit_photometry':
        for option in ('segment', 'save', 'display', 'nowait', 'apply', 'resample', 'verbose'):
            p.add_argument('--' + option, action='store_true')
        for option in ('regions', 'extramask', 'hardcopy', 'title'):
            p.add_argument('--' + option)
        for option in ('scale', 'bg', 'dx', 'dy', 'fwhm', 'beta'):
            p.add_argument('--fix_' + option, type=number_or_none)
        for option in ('hst_fwhm', 'hst_beta', 'margin'):
            p.add_argument('--' + option, type=float)
        p.add_argument('--star', nargs=3, type=float)
        p.add_argument('--taper', type=int)
        p.add_argument('hst_image')
        p.add_argument('muse_images', nargs='+')
    elif name == 'regrid_hst_to_muse':
        p.add_argument('--quiet', action='store_true')
        p.add_argument('--field', nargs='?')
        p.add_argument('muse_image')
        p.add_argument('hst_images', nargs='+')
    else:
        p.add_argument('--prefix', nargs='?')
        p.add_argument('--quiet', action='store_true')
        p.add_argument('--nprocess', nargs='?', type=int)
        p.add_argument('filter_curve')
        p.add_argument('muse_cubes', nargs='+')
    return p
for line in sys.stdin:
    name, *words = json.loads(line)
    status = 0
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            parser(name).parse_args(words)
        except SystemExit as end:
            status = end.code
    print(status)
";

/// Command lines, and whether argparse of Python 3.11 takes them (None: it prints its help).
const LINES: &[(&str, &[&str], Option<bool>)] = &[
    ("fit_photometry", &["h", "m"], Some(true)),
    ("fit_photometry", &["h"], Some(false)),
    ("fit_photometry", &[], Some(false)),
    ("fit_photometry", &["--fix_dy", "-.1", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_dy=-.1", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_dy", "-1", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_dy", "x", "h", "m"], Some(false)),
    (
        "fit_photometry",
        &["--fix_dy", "none", "h", "m"],
        Some(true),
    ),
    ("fit_photometry", &["--fix_dy", "", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_dy", "h"], Some(false)),
    (
        "fit_photometry",
        &["--star", "53.16", "-.5", "3", "h", "m"],
        Some(true),
    ),
    (
        "fit_photometry",
        &["--star", "53.16", "-.5", "h", "m"],
        Some(false),
    ),
    ("fit_photometry", &["--star", "1", "2", "3"], Some(false)),
    (
        "fit_photometry",
        &["--star=1", "2", "3", "h", "m"],
        Some(false),
    ),
    ("fit_photometry", &["--fix_f", "0.7", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_f=-.7", "h", "m"], Some(true)),
    ("fit_photometry", &["--fix_b", "2", "h", "m"], Some(false)),
    ("fit_photometry", &["--fi", "2", "h", "m"], Some(false)),
    ("fit_photometry", &["--taper", " 5", "h", "m"], Some(true)),
    ("fit_photometry", &["--taper", "-5 ", "h", "m"], Some(true)),
    ("fit_photometry", &["--taper", "+5", "h", "m"], Some(true)),
    ("fit_photometry", &["--taper", "1_1", "h", "m"], Some(true)),
    (
        "fit_photometry",
        &["--taper", "1__1", "h", "m"],
        Some(false),
    ),
    ("fit_photometry", &["--taper", "_1", "h", "m"], Some(false)),
    ("fit_photometry", &["--taper", "5.0", "h", "m"], Some(false)),
    (
        "fit_photometry",
        &["--taper", "99999999999", "h", "m"],
        Some(true),
    ),
    ("fit_photometry", &["--taper", "", "h", "m"], Some(false)),
    ("fit_photometry", &["h", "m", "--taper"], Some(false)),
    (
        "fit_photometry",
        &["--taper", "--", "5", "h", "m"],
        Some(false),
    ),
    (
        "fit_photometry",
        &["--margin", " 2.5 ", "h", "m"],
        Some(true),
    ),
    (
        "fit_photometry",
        &["--margin", "1_0.5", "h", "m"],
        Some(true),
    ),
    ("fit_photometry", &["--margin", "inf", "h", "m"], Some(true)),
    (
        "fit_photometry",
        &["--margin", "infinity", "h", "m"],
        Some(true),
    ),
    ("fit_photometry", &["--margin", "nan", "h", "m"], Some(true)),
    ("fit_photometry", &["--margin", "1e", "h", "m"], Some(false)),
    ("fit_photometry", &["--regions", "h", "m"], Some(false)),
    ("fit_photometry", &["h", "m", "--regions"], Some(false)),
    ("fit_photometry", &["--regions", "", "h", "m"], Some(true)),
    ("fit_photometry", &["h", "m", "--hardcopy"], Some(false)),
    ("fit_photometry", &["h", "m", "--title", ""], Some(true)),
    (
        "fit_photometry",
        &["h", "m", "--title", "two words"],
        Some(true),
    ),
    (
        "fit_photometry",
        &["h", "m", "--title", "- words"],
        Some(true),
    ),
    (
        "fit_photometry",
        &["h", "m", "--title", "-words"],
        Some(false),
    ),
    ("fit_photometry", &["h", "m", "--title=-words"], Some(true)),
    ("fit_photometry", &["h", "m", "--title"], Some(false)),
    ("fit_photometry", &["--verbose=1", "h", "m"], Some(false)),
    ("fit_photometry", &["--ver", "h", "m"], Some(true)),
    ("fit_photometry", &["-x", "h", "m"], Some(false)),
    ("fit_photometry", &["--bogus", "h", "m"], Some(false)),
    ("fit_photometry", &["h", "--verbose", "m", "n"], Some(true)),
    ("fit_photometry", &["h", "m", "--verbose", "n"], Some(false)),
    (
        "fit_photometry",
        &["--verbose", "--", "h", "-m"],
        Some(true),
    ),
    ("fit_photometry", &["h", "--", "m"], Some(true)),
    ("fit_photometry", &["h", "m", "--"], Some(true)),
    ("fit_photometry", &["--", "h"], Some(false)),
    ("fit_photometry", &["-", "m"], Some(true)),
    ("fit_photometry", &["h", "-5"], Some(true)),
    ("fit_photometry", &["--h", "h", "m"], Some(false)),
    ("fit_photometry", &["--he"], None),
    ("fit_photometry", &["-h", "--nonsense"], None),
    ("fit_photometry", &["--taper", "x", "--help"], Some(false)),
    ("fit_photometry", &["--fi", "--help"], Some(false)),
    ("fit_photometry", &["-hx", "h", "m"], Some(false)),
    ("regrid_hst_to_muse", &["m", "h", "--field"], Some(true)),
    ("regrid_hst_to_muse", &["--field", "m", "h"], Some(false)),
    (
        "regrid_hst_to_muse",
        &["--field", "x", "m", "h", "h"],
        Some(true),
    ),
    ("regrid_hst_to_muse", &["m"], Some(false)),
    (
        "make_wideband_image",
        &["c", "m", "--nprocess", "-1"],
        Some(true),
    ),
    (
        "make_wideband_image",
        &["c", "m", "--nprocess", "x"],
        Some(false),
    ),
    (
        "make_wideband_image",
        &["c", "m", "--nprocess", "1.5"],
        Some(false),
    ),
    ("make_wideband_image", &["c", "m", "--nprocess"], Some(true)),
    ("make_wideband_image", &["--p", "x", "c", "m"], Some(true)),
    ("make_wideband_image", &["c"], Some(false)),
];

#[test]
fn command_lines_are_taken_and_refused_as_by_argparse() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words, expected) in LINES {
        let (status, out, error) = run(name, folder.path(), words);
        match expected {
            // The files are missing.
            Some(true) => assert_eq!(status, 1, "{name} {words:?}: {error}"),
            Some(false) => {
                assert_eq!((status, out.as_str()), (2, ""), "{name} {words:?}: {error}");
                assert!(error.contains("try '--help'"), "{error}");
            }
            None => assert_eq!((status, error.as_str()), (0, ""), "{name} {words:?}"),
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_list_of_command_lines_is_argparses() {
    let python = Command::new("python3")
        .args(["-c", ARGPARSE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        testing::skipped("python3 is not installed");
        return;
    };
    let mut lines = String::new();
    for (name, words, _) in LINES {
        let all: Vec<&str> = std::iter::once(*name)
            .chain(words.iter().copied())
            .collect();
        lines += &format!("{all:?}\n");
    }
    let mut input = python.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, lines.as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.lines().count(), LINES.len());
    for (status, (name, words, expected)) in output.lines().zip(LINES) {
        let expected = if *expected == Some(false) { "2" } else { "0" };
        assert_eq!(status, expected, "{name} {words:?}");
    }
}

#[test]
fn values_that_are_no_choice_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words, what) in [
        (
            "fit_photometry",
            &["--hardcopy", "tiff", "h", "m"][..],
            "tiff",
        ),
        (
            "regrid_hst_to_muse",
            &["--filter", "F999W", "m", "h"],
            "F999W",
        ),
        (
            "make_wideband_image",
            &["--interpolation", "x", "c", "m"],
            "linear",
        ),
        (
            "make_wideband_image",
            &["--wave_units", "furlong", "c", "m"],
            "furlong",
        ),
        (
            "fit_photometry",
            &["--fix_b", "1", "h", "m"],
            "ambiguous option: --fix_b could match --fix_bg, --fix_beta",
        ),
    ] {
        let (status, out, error) = run(name, folder.path(), words);
        assert_eq!((status, out.as_str()), (2, ""), "{words:?}");
        assert!(error.contains(what), "{error}");
    }
}

/// The report of an image is longer than 1 KB and a pipe holds 64 KB: while nobody reads, the program
/// waits. So when its first line is read, the last of 150 images has not been opened.
#[test]
fn lines_are_printed_as_soon_as_they_and_those_before_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        size: 40,
        ..Pair::default()
    };
    pair.write(folder.path(), &Run::new(1)).unwrap();
    let last = folder.path().join("last.fits");
    std::fs::copy(folder.path().join("muse.fits"), &last).unwrap();
    let mut child = program("fit_photometry", folder.path())
        .args(["--verbose", "hst.fits"])
        .args(std::iter::repeat_n("muse.fits", 149))
        .arg("last.fits")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    assert!(
        text.starts_with("Report of HST image photometry fit"),
        "{text}"
    );
    std::fs::remove_file(&last).unwrap();
    out.read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("last.fits") && error.lines().count() == 1,
        "{error}"
    );
    assert_eq!(text.matches("Report of").count(), 149);
    assert_eq!(
        text.matches("# MUSE ID").count() + text.matches("#MUSE ID").count(),
        1
    );
}
