//! regrid_hst_to_muse, as a user runs it.

use std::path::Path;
use std::process::Command;

use crate::support::{files, hdfs, made_up_hst, made_up_muse};

/// Exit status, standard output and standard error.
fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_montage-tools"))
        .arg("regrid_hst_to_muse")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn it_reports_its_steps_and_names_its_output() {
    let folder = tempfile::tempdir().unwrap();
    made_up_hst(&folder);
    made_up_muse(&folder);
    let (code, out, error) = run(folder.path(), &["muse.fits", "hst.fits"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(
        out,
        "Reading MUSE image: muse.fits\n\
         Reading HST image: hst.fits\n\
         Resampling the HST image onto the MUSE pixel grid.\n\
         Changing the flux units of the HST image to match the MUSE image\n\
         Writing the output file: hst_F814W_for_muse.fits\n"
    );
    // Options may be cut short, and stand anywhere.
    let words = [
        "muse.fits",
        "--fie",
        "UDF01",
        "hst.fits",
        "hst.fits",
        "--quiet",
    ];
    assert_eq!(
        run(folder.path(), &words),
        (0, String::new(), String::new())
    );
    let words = [
        "--quiet",
        "muse.fits",
        "hst.fits",
        "--filter=f606w",
        "--field",
    ];
    assert_eq!(run(folder.path(), &words).0, 0);
    assert_eq!(
        files(folder.path()),
        [
            "hst.fits",
            "hst_F606W_for_muse.fits",
            "hst_F814W_for_UDF01.fits",
            "hst_F814W_for_muse.fits",
            "muse.fits"
        ]
    );
}

#[test]
fn wrong_usage_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    made_up_muse(&folder);
    for words in [
        &[][..],
        &["muse.fits"],
        &["--bogus", "muse.fits", "hst.fits"],
        &["--fi", "x"],
    ] {
        let (code, out, error) = run(folder.path(), words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}");
        assert!(error.contains("Usage: regrid_hst_to_muse"), "{error}");
    }
    for option in ["-h", "--help"] {
        let (code, out, _) = run(folder.path(), &[option]);
        assert_eq!(code, 0);
        assert!(out.contains("--field [<name>]") && out.contains("hst_images"));
    }
    let (code, _, error) = run(folder.path(), &["muse.fits", "no.fits"]);
    assert_eq!(code, 1);
    assert!(
        error.starts_with("Error reading: HST image no.fits ("),
        "{error}"
    );
    let (code, _, error) = run(folder.path(), &["no.fits", "hst.fits"]);
    assert_eq!(code, 1);
    assert!(
        error.starts_with("Error reading: MUSE image no.fits ("),
        "{error}"
    );
    assert_eq!(files(folder.path()), ["muse.fits"]);
}

#[test]
fn a_filter_that_is_a_number_is_explained() {
    let (Some(hst), Some(muse)) = (hdfs("HST-HDFS.fits.gz"), hdfs("muse_hdfs.fits.gz")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let names = [muse.to_str().unwrap(), hst.to_str().unwrap()];
    let (code, _, error) = run(folder.path(), &names);
    assert_eq!(code, 1);
    assert!(
        error.contains("FILTER1 is 28") && error.contains("FILTNAM1 says F606W"),
        "{error}"
    );
    assert!(files(folder.path()).is_empty());
    let words = [names[0], names[1], "--filter", "F606W", "--field", "HDFS"];
    assert_eq!(run(folder.path(), &words).0, 0);
    assert_eq!(files(folder.path()), ["hst_F606W_for_HDFS.fits"]);
}
