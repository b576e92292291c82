//! Images that are not in the first HDU, which has no pixels: every program takes the first image.

use crate::support::{folder, good, names, pixels, put, Picture};

/// The same image in a file of one HDU and behind an empty one.
fn two_forms() -> tempfile::TempDir {
    let image = Picture::new("TAN", (10.0, 0.0), 0.01, (20, 20))
        .painted(|x, y| 5.0 + 0.25 * x as f64 - 0.5 * y as f64 + ((x * y) % 7) as f64);
    let template = image.template();
    folder(&[
        ("plain/a.fits", &image.primary()),
        ("extension/a.fits", &image.extension()),
        ("t.hdr", template.as_bytes()),
    ])
}

/// Runs a line for both forms; `{}` stands for the folder. What it says must be the same, and the
/// pixels that it writes to {}/out.fits.
fn same(here: &std::path::Path, line: &str) {
    let answers = ["plain", "extension"].map(|form| {
        let answer = good(here, &line.replace("{}", form));
        let without_times: Vec<String> = answer
            .said
            .split(", ")
            .filter(|field| !field.starts_with("time"))
            .map(str::to_owned)
            .collect();
        let out = here.join(form).join("out.fits");
        let pixels = out.exists().then(|| pixels(&out));
        let _ = std::fs::remove_file(out);
        let bits: Option<Vec<u64>> =
            pixels.map(|pixels| pixels.into_iter().map(f64::to_bits).collect());
        (without_times.join(", "), bits)
    });
    let [plain, extension] = answers;
    assert_eq!(plain.0.contains("time"), extension.0.contains("time"));
    let name = |said: &str| said.replace("plain", "").replace("extension", "");
    assert_eq!(name(&plain.0), name(&extension.0), "{line}");
    assert!(plain.1 == extension.1, "{line}");
}

#[test]
fn every_program_takes_the_first_image() {
    let dir = two_forms();
    let here = dir.path();
    for program in ["mProject", "mProjectPP", "mProjectQL"] {
        same(here, &format!("{program} {{}}/a.fits {{}}/out.fits t.hdr"));
        // An explicit 0 is C's 0: the first image, too.
        same(
            here,
            &format!("{program} -h 0 {{}}/a.fits {{}}/out.fits t.hdr"),
        );
    }
    same(here, "mShrink {}/a.fits {}/out.fits 2");
    same(here, "mShrink -h 0 {}/a.fits {}/out.fits 2");
    same(here, "mSubimage {}/a.fits {}/out.fits 10 0 0.1");
    same(here, "mSubimage -h 0 {}/a.fits {}/out.fits 10 0 0.1");
    same(here, "mSubimage -p {}/a.fits {}/out.fits 2 3 10");
    same(here, "mSubimage -c {}/a.fits {}/out.fits");
    same(here, "mSubimage -a {}/a.fits {}/out.fits");
    same(here, "mFitplane {}/a.fits");
    same(here, "mBackground -n {}/a.fits {}/out.fits 0.5 0.25 1");
    same(here, "mDiff -n {}/a.fits plain/a.fits {}/out.fits t.hdr");
    same(here, "mPutHdr {}/a.fits {}/out.fits t.hdr");
    same(here, "mCoord {}/a.fits 10 0");
    // mGetHdr shows any HDU, also one without pixels, as in Montage.
    good(here, "mGetHdr extension/a.fits first.hdr");
    let header = std::fs::read_to_string(here.join("first.hdr")).unwrap();
    assert!(
        header.contains("NAXIS   =                    0"),
        "{header}"
    );
    good(here, "mGetHdr -h 1 extension/a.fits extension/header.hdr");
    let header = std::fs::read_to_string(here.join("extension/header.hdr")).unwrap();
    assert!(
        header.contains("CTYPE1") && header.contains("NAXIS1"),
        "{header}"
    );
    // The header is a template: mTANHdr and the reprojections take it.
    good(here, "mTANHdr extension/header.hdr tan.hdr");
    for form in ["plain", "extension"] {
        let row = "|cntr|ctype1  |ctype2  |naxis1|naxis2|crval1|crval2|crpix1|crpix2|cdelt1|cdelt2|fname |\n \
             0    RA---TAN DEC--TAN 20     20     10.0   0.0    10.5   10.5   -0.01  0.01   a.fits\n";
        put(here, &format!("{form}.tbl"), row.as_bytes());
    }
    same(here, "mAdd -n -p {} {}.tbl t.hdr {}/out.fits");
}

#[test]
fn a_table_names_the_hdu_of_an_image_and_its_output_has_it() {
    let dir = two_forms();
    let here = dir.path();
    std::fs::create_dir(here.join("proj")).unwrap();
    good(here, "mImgtbl extension raw.tbl");
    let answer = good(here, "mProjExec -p extension raw.tbl t.hdr proj st.tbl");
    assert_eq!(answer.number("failed"), 0.0);
    assert_eq!(
        names(&here.join("proj")),
        ["hdu1_a.fits", "hdu1_a_area.fits"]
    );
}
