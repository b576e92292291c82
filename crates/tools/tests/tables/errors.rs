//! What errors say: Montage's words where the cause is one of its own. Where these do not name the
//! file, it stands behind them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{json, Value};
use testing::{original, skipped};

use crate::support::{good, put, run};

/// A command line in the folder of [`field`], Montage 6.0's text for it, and what follows in ours.
const PROGRAMS: &[(&str, &str, &str)] = &[
    // A table that is missing.
    ("mAdd -p p unknown.tbl r.hdr out.fits", "Invalid image metadata file: unknown.tbl", ""),
    ("mBgExec -p p unknown.tbl corr.tbl c", "Invalid image metadata file: unknown.tbl", ""),
    ("mBgExec -p p p.tbl unknown.tbl c", "Invalid corrections  file: unknown.tbl", ""),
    ("mBgModel unknown.tbl fits.tbl out.tbl", "Invalid image metadata file: unknown.tbl", ""),
    ("mBgModel p.tbl unknown.tbl out.tbl", "Invalid background fit parameters file: unknown.tbl", ""),
    ("mDiffExec -p p unknown.tbl r.hdr c", "Invalid image difference list file: unknown.tbl", ""),
    ("mDiffFitExec -p p unknown.tbl r.hdr c out.tbl", "Invalid diffs metadata file: unknown.tbl", ""),
    ("mFitExec unknown.tbl out.tbl c", "Invalid diffs metadata file: unknown.tbl", ""),
    ("mMakeHdr unknown.tbl out.hdr", "Invalid table file: unknown.tbl", ""),
    ("mOverlaps unknown.tbl out.tbl", "Invalid image metadata file: unknown.tbl", ""),
    ("mProjExec -p raw unknown.tbl r.hdr c out.tbl", "Image metadata file (unknown.tbl) does not exist", ""),
    ("mBackground -t tile_000.fits out.fits unknown.tbl corr.tbl", "Invalid image metadata file: unknown.tbl", ""),
    ("mImgtbl -t unknown.tbl p out.tbl", "Cannot open image list file: unknown.tbl", ""),
    ("mImgtbl -f unknown.tbl p out.tbl", "Cannot open field list file: unknown.tbl", ""),
    // A file that is no table.
    ("mAdd -p p text.tbl r.hdr out.fits", "Invalid image metadata file: text.tbl", ""),
    ("mFitExec text.tbl out.tbl c", "Invalid diffs metadata file: text.tbl", ""),
    ("mMakeHdr text.tbl out.hdr", "Invalid table file: text.tbl", ""),
    ("mProjExec -p raw text.tbl r.hdr c out.tbl", "Need column fname in input", ": text.tbl"),
    ("mCoverageCheck text.tbl out.tbl -point 10 10", "Need either WCS or corner columns.", " (text.tbl)"),
    // Columns that are missing.
    ("mAdd -p p nocol.tbl r.hdr out.fits", "Need columns: cntr,fname, crpix1, crpix2, cdelt1, cdelt2, naxis1, naxis2, crval1, crval2 ctype1, ctype2 in image list", ": nocol.tbl"),
    ("mBgExec -p p nocol.tbl corr.tbl c", "Need columns: cntr and fname in image list", ": nocol.tbl"),
    ("mBgExec -p p p.tbl nocol.tbl c", "Need columns: id,a,b,c in corrections file", ": nocol.tbl"),
    ("mBgModel nocol.tbl fits.tbl out.tbl", "Need columns: cntr nl ns crpix1 crpix2 in image info file", ": nocol.tbl"),
    ("mDiffExec -p p nocol.tbl r.hdr c", "Need columns: plus minus diff", ": nocol.tbl"),
    ("mDiffFitExec -p p nocol.tbl r.hdr c out.tbl", "Need columns: cntr1 cntr2 plus minus diff", ": nocol.tbl"),
    ("mFitExec nocol.tbl out.tbl c", "Need columns: cntr1 cntr2 diff", ": nocol.tbl"),
    ("mOverlaps nocol.tbl out.tbl", "Not enough information to determine coverages (CDELTs or CD matrix)", ": nocol.tbl"),
    ("mBestImage nocol.tbl 10 10", "Need columns: fname ctype1 ctype2 nl ns crval1 crval2 crpix1 crpix2 cdelt1 cdelt2 and crota2 or cd matrix / ra dec ra1 ... dec4", ": nocol.tbl"),
    ("mProjExec -p raw nocol.tbl r.hdr c out.tbl", "Need column fname in input", ": nocol.tbl"),
    ("mProjExec -x nocol -p raw raw.tbl r.hdr c out.tbl", "Need column nocol in input", ": raw.tbl"),
    ("mImgtbl -t nocol.tbl p out.tbl", "Image table needs column fname/file", ": nocol.tbl"),
    // Templates.
    ("mAdd -p p p.tbl unknown.hdr out.fits", "File unknown.hdr not found.", ""),
    ("mDiff p/tile_000.fits p/tile_001.fits out.fits unknown.hdr", "File unknown.hdr not found.", ""),
    ("mProject raw/tile_000.fits out.fits unknown.hdr", "File unknown.hdr not found.", ""),
    ("mProjExec -p raw raw.tbl unknown.hdr c out.tbl", "Template file unknown.hdr not found.", ""),
    ("mPutHdr p/tile_000.fits out.fits unknown.hdr", "Cannot open template file unknown.hdr.", ""),
    ("mTANHdr unknown.hdr out.hdr", "Bad template: unknown.hdr", ""),
    ("mTANHdr noctype.hdr out.hdr", "Bad original header template.", " (noctype.hdr)"),
    ("mProject raw/tile_000.fits out.fits noctype.hdr", "No CTYPE1 keyword in FITS header", ": noctype.hdr"),
    ("mProjectPP raw/tile_000.fits out.fits text.tbl", "No BITPIX keyword in FITS header", ": text.tbl"),
    ("mAdd -p p p.tbl raw/tile_000.fits out.fits", "FITS file (raw/tile_000.fits) cannot be used as a header template", ""),
    // Images.
    ("mBackground unknown.fits out.fits 0 0 1", "File unknown.fits not found.", ""),
    ("mBackground text.fits out.fits 0 0 1", "File (text.fits) is not a FITS image", ""),
    ("mDiff unknown.fits p/tile_001.fits out.fits r.hdr", "Area file unknown_area.fits missing or invalid FITS", ""),
    ("mDiff -n unknown.fits p/tile_001.fits out.fits r.hdr", "Image file unknown.fits missing or invalid FITS", ""),
    ("mGetHdr unknown.fits out.hdr", "Image file (unknown.fits) does not exist", ""),
    ("mProject unknown.fits out.fits r.hdr", "File unknown.fits not found.", ""),
    ("mProjectPP text.fits out.fits r.hdr", "File (text.fits) is not a FITS image", ""),
    ("mProjectQL unknown.fits out.fits r.hdr", "File unknown.fits not found.", ""),
    ("mProject -w unknown.fits raw/tile_000.fits out.fits r.hdr", "Weight file unknown.fits missing or invalid FITS", ""),
    ("mShrink unknown.fits out.fits 2", "Image file unknown.fits missing or invalid FITS", ""),
    ("mSubimage unknown.fits out.fits 10 10 0.1", "File unknown.fits not found.", ""),
    ("mSubimage -p text.fits out.fits 10 10 10", "Image file text.fits missing or invalid FITS", ""),
    ("mAdd -p c p.tbl r.hdr out.fits", "Image file c/tile_000.fits missing or invalid FITS", " in image list p.tbl, path c"),
    ("mProject -h 5 raw/tile_000.fits out.fits r.hdr", "tried to move past end of file", ": raw/tile_000.fits"),
    ("mGetHdr -h 5 raw/tile_000.fits out.hdr", "tried to move past end of file", ": raw/tile_000.fits"),
    ("mShrink -h 5 raw/tile_000.fits out.fits 2", "tried to move past end of file", ": raw/tile_000.fits (argument hdu)"),
    // Outputs and folders.
    ("mAdd -p p p.tbl r.hdr no/out.fits", "couldn't create the named file", ": no/out.fits"),
    ("mBackground p/tile_000.fits no/out.fits 0 0 1", "couldn't create the named file", ": no/out.fits"),
    ("mProject raw/tile_000.fits no/out.fits r.hdr", "couldn't create the named file", ": no/out.fits"),
    ("mShrink raw/tile_000.fits no/out.fits 2", "couldn't create the named file", ": no/out.fits"),
    ("mSubimage -p raw/tile_000.fits no/out.fits 10 10 10", "Can't create output file: no/out.fits", ""),
    ("mBgExec -p p p.tbl corr.tbl no", "Cannot access no", ""),
    ("mBgExec -p p p.tbl corr.tbl r.hdr", "r.hdr is not a directory", ""),
    ("mDiffExec -p p o.tbl r.hdr no", "Cannot access no", ""),
    ("mProjExec -p raw raw.tbl r.hdr no out.tbl", "Output directory (no) does not exist", ""),
    ("mBgModel p.tbl fits.tbl no/out.tbl", "Failed to open output no/out.tbl", ""),
    ("mCoverageCheck p.tbl no/out.tbl -point 10 10", "Cannot create output file (no/out.tbl)", ""),
    ("mFitExec o.tbl no/out.tbl c", "Can't open output file.", " (no/out.tbl)"),
    ("mImgtbl p no/out.tbl", "Can't open output table.", " (no/out.tbl)"),
    ("mMakeHdr p.tbl no/out.hdr", "Can't open output header file.", " (no/out.hdr)"),
    ("mOverlaps p.tbl no/out.tbl", "Failed to open output no/out.tbl", ""),
    ("mProjExec -p raw raw.tbl r.hdr c no/out.tbl", "Can't open output file.", " (no/out.tbl)"),
    ("mTANHdr r.hdr no/out.hdr", "Cannot open output template file no/out.hdr", ""),
    ("mImgtbl no out.tbl", "Cannot access no", ""),
    ("mImgtbl r.hdr out.tbl", "r.hdr is not a directory", ""),
    // Values of arguments.
    ("mCoverageCheck p.tbl out.tbl -points 10 10 11 11", "Too few vertices for region (must be at least three)", ""),
    ("mCoverageCheck p.tbl out.tbl -box 10 10 -1", "X box size (-1) must be a positive number", ""),
    ("mProject -b x raw/tile_000.fits out.fits r.hdr", "Border value string (x) cannot be interpreted as an integer or a set of polygon vertices", ""),
    ("mMakeHdr p.tbl out.hdr xxx", "Invalid system string.  Must be EQUJ|EQUB|ECLJ|ECLB|GAL|SGAL", " (csys is 'xxx')"),
    ("mSubimage raw/tile_000.fits out.fits 200 -10 0.1", "Region outside image.", " (raw/tile_000.fits)"),
];

/// Tiles, tables and broken files.
fn field() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    good(here, "simulateField f 2 1 100 100");
    good(here, "simulateField -r f 2 1 100 100");
    std::fs::rename(here.join("f/projected"), here.join("p")).unwrap();
    std::fs::rename(here.join("f/raw"), here.join("raw")).unwrap();
    std::fs::rename(here.join("f/region.hdr"), here.join("r.hdr")).unwrap();
    std::fs::create_dir(here.join("c")).unwrap();
    for line in [
        "mImgtbl p p.tbl",
        "mImgtbl raw raw.tbl",
        "mOverlaps p.tbl o.tbl",
        "mDiffFitExec -p p o.tbl r.hdr c fits.tbl",
        "mBgModel p.tbl fits.tbl corr.tbl",
    ] {
        good(here, line);
    }
    // One order for both: the original's messages name the first.
    let table = std::fs::read_to_string(here.join("p.tbl")).unwrap();
    let mut lines: Vec<&str> = table.lines().collect();
    lines[3..].sort_by_key(|line| line.contains("tile_001"));
    put(here, "p.tbl", (lines.join("\n") + "\n").as_bytes());
    put(here, "text.tbl", b"not a table\n");
    put(here, "text.fits", b"not FITS\n");
    put(here, "nocol.tbl", b"|  x  |  y  |\n   1    2 \n");
    let template = std::fs::read_to_string(here.join("r.hdr")).unwrap();
    let without: Vec<&str> = template
        .lines()
        .filter(|line| !line.contains("CTYPE1"))
        .collect();
    put(here, "noctype.hdr", (without.join("\n") + "\n").as_bytes());
    dir
}

#[test]
fn errors_say_what_montage_says() {
    let dir = field();
    for (line, theirs, more) in PROGRAMS {
        let expected = format!("{theirs}{more}");
        assert_eq!(run(dir.path(), line).error(), expected, "{line}");
    }
    assert!(!dir.path().join("out.fits").exists());
}

#[test]
fn the_pinned_texts_are_those_of_the_installed_programs() {
    let dir = field();
    for (line, theirs, _) in PROGRAMS {
        let mut words = line.split_whitespace();
        let Some(program) = original(words.next().unwrap()) else {
            continue;
        };
        let output = Command::new(program)
            .args(words)
            .current_dir(dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // Where an error leaves part of the struct out, or doubles its end.
        let said = said.rsplit("msg=\"").next().unwrap().trim_end();
        let said = said.trim_end_matches(['"', ']', '\n', ' ']);
        assert_eq!(said, theirs.trim_end_matches('"'), "{line}");
        let _ = std::fs::remove_file(dir.path().join("out.fits"));
    }
}

const SCRIPT: &str = "
import json, sys
try:
    from MontagePy import main
except ImportError:
    sys.exit(77)
answers = [getattr(main, call[0])(*call[1:]) for call in json.load(sys.stdin)]
text = lambda value: value.decode() if isinstance(value, bytes) else str(value)
print('@@' + json.dumps([text(answer.get('msg', '')) for answer in answers]))
";

#[test]
fn the_pinned_texts_are_those_of_montage_7() {
    let dir = field();
    let calls: Vec<(Value, &str)> = vec![
        (
            json!(["mAdd", "p", "unknown.tbl", "r.hdr", "out.fits"]),
            "mAdd -p p unknown.tbl r.hdr out.fits",
        ),
        (
            json!(["mDiffFitExec", "p", "unknown.tbl", "r.hdr", "c", "out.tbl"]),
            "mDiffFitExec -p p unknown.tbl r.hdr c out.tbl",
        ),
        (
            json!(["mFitExec", "unknown.tbl", "out.tbl", "c"]),
            "mFitExec unknown.tbl out.tbl c",
        ),
        (
            json!(["mMakeHdr", "unknown.tbl", "out.hdr"]),
            "mMakeHdr unknown.tbl out.hdr",
        ),
        (
            json!(["mOverlaps", "unknown.tbl", "out.tbl"]),
            "mOverlaps unknown.tbl out.tbl",
        ),
        (
            json!(["mBgModel", "p.tbl", "unknown.tbl", "out.tbl"]),
            "mBgModel p.tbl unknown.tbl out.tbl",
        ),
        (
            json!(["mBgExec", "p", "p.tbl", "unknown.tbl", "c"]),
            "mBgExec -p p p.tbl unknown.tbl c",
        ),
        (
            json!(["mProjExec", "raw", "unknown.tbl", "r.hdr", "c"]),
            "mProjExec -p raw unknown.tbl r.hdr c out.tbl",
        ),
        (
            json!(["mProject", "unknown.fits", "out.fits", "r.hdr"]),
            "mProject unknown.fits out.fits r.hdr",
        ),
        (
            json!(["mShrink", "unknown.fits", "out.fits", 2.0]),
            "mShrink unknown.fits out.fits 2",
        ),
        (json!(["mImgtbl", "no", "out.tbl"]), "mImgtbl no out.tbl"),
        (
            json!(["mTANHdr", "unknown.hdr", "out.hdr"]),
            "mTANHdr unknown.hdr out.hdr",
        ),
    ];
    let Some(answers) = montage7(dir.path(), calls.iter().map(|(call, _)| call)) else {
        return;
    };
    for ((_, line), said) in calls.iter().zip(answers) {
        let pinned = PROGRAMS.iter().find(|(known, ..)| known == line);
        let (_, theirs, _) = pinned.unwrap_or_else(|| panic!("{line}"));
        assert_eq!(said.as_str().unwrap(), *theirs, "{line}");
    }
}

/// The messages of calls of Montage 7 in a folder; `None` where it is not installed.
fn montage7<'a>(here: &Path, calls: impl Iterator<Item = &'a Value>) -> Option<Vec<Value>> {
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .current_dir(here)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut python) = python else {
        skipped("there is no python3 to call Montage 7 with");
        return None;
    };
    let calls = Value::from(calls.cloned().collect::<Vec<_>>()).to_string();
    let mut input = python.stdin.take().unwrap();
    let _ = input.write_all(calls.as_bytes());
    drop(input);
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        skipped("MontagePy is not installed");
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let answers = said.split("@@").nth(1).expect("answers");
    Some(
        serde_json::from_str::<Value>(answers)
            .unwrap()
            .as_array()
            .unwrap()
            .clone(),
    )
}

#[test]
fn json_has_the_reason_and_msg_has_montages_words() {
    use mosaic::error::Error;
    use mosaic::io::ipac_table::Table;
    let error = match Table::open(Path::new("no/such.tbl"), "Invalid diffs metadata file") {
        Err(error) => error,
        Ok(_) => panic!("there is no such table"),
    };
    assert_eq!(error.msg(), "Invalid diffs metadata file: no/such.tbl");
    assert_eq!(
        error.to_string(),
        "Invalid diffs metadata file (no such file): no/such.tbl"
    );
    let error = Error::fits(
        "Image file",
        Path::new("a.fits"),
        "missing or invalid FITS: why",
    );
    assert_eq!(error.msg(), "Image file a.fits missing or invalid FITS");
}
