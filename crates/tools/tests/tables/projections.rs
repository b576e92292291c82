//! Projections whose parameters a table of images does not have.

use testing::shared_data;

use crate::support::{folder, good, put, run, Picture};

/// Two images as VISTA's, of 0.6 x 0.5 degrees, 0.2 degrees apart, with this third-order term.
fn zpn(third: &str) -> [Picture; 2] {
    [40.0, 40.2].map(|ra| {
        Picture::new("ZPN", (ra, 40.0), 0.01, (60, 50))
            .with("PV2_1", "1.0")
            .with("PV2_3", third)
    })
}

#[test]
fn zpn_rows_whose_images_are_not_found_are_worked_as_montage_does() {
    // Montage 6.0 takes ZPN without parameters for ARC: the numbers are its own, of the same chain.
    let [a, b] = zpn("42.0");
    let dir = folder(&[("raw/0.fits", &a.primary()), ("raw/1.fits", &b.primary())]);
    let here = dir.path();
    assert_eq!(good(here, "mImgtbl raw raw.tbl").number("count"), 2.0);
    let made = good(here, "mMakeHdr raw.tbl t.hdr");
    assert_eq!((made.number("naxis1"), made.number("naxis2")), (77.0, 52.0));
    assert!((made.number("clon") - 40.1).abs() < 1e-6, "{}", made.said);
    assert!((made.number("clat") - 40.000045).abs() < 1.1e-6);
    let warned = "raw.tbl: images in the projection ZPN are not found";
    assert!(made.warned.contains(warned), "{}", made.warned);
    assert_eq!(made.warned.lines().count(), 1);
    assert_eq!(good(here, "mOverlaps raw.tbl o.tbl").number("count"), 1.0);
    assert_eq!(
        good(here, "mOverlaps -e raw.tbl o.tbl").number("count"),
        1.0
    );
    let covers = good(here, "mCoverageCheck raw.tbl c.tbl -circle 40.1 40 0.1");
    assert_eq!(covers.number("count"), 2.0);
    assert_eq!(
        good(here, "mSubset raw.tbl t.hdr s.tbl").number("nmatches"),
        2.0
    );
    assert_eq!(
        good(here, "mSubset -f raw.tbl t.hdr s.tbl").number("nmatches"),
        2.0
    );
    let best = good(here, "mBestImage raw.tbl 40.1 40");
    assert!(
        (best.number("edgedist") - 0.223397).abs() < 1e-4,
        "{}",
        best.said
    );
}

#[test]
fn the_chain_of_the_readme_runs_on_the_images_of_zpn_table() {
    let Some(case) = shared_data("cases/zpn_table/raw") else {
        return;
    };
    let read = |name: &str| std::fs::read(case.join(name)).unwrap();
    let dir = folder(&[
        ("raw/0.fits", &read("0.fits")),
        ("raw/1.fits", &read("1.fits")),
    ]);
    let here = dir.path();
    good(here, "mImgtbl raw raw.tbl");
    assert_eq!(good(here, "mMakeHdr raw.tbl t.hdr").number("count"), 2.0);
    assert_eq!(good(here, "mOverlaps raw.tbl o.tbl").number("count"), 1.0);
    let covers = good(here, "mCoverageCheck raw.tbl c.tbl -circle 40.1 40 0.1");
    assert_eq!(covers.number("count"), 2.0);
    std::fs::create_dir(here.join("proj")).unwrap();
    let projected = good(here, "mProjExec -p raw raw.tbl t.hdr proj st.tbl");
    assert_eq!(
        (projected.number("count"), projected.number("failed")),
        (2.0, 0.0)
    );
    good(here, "mImgtbl proj p.tbl");
    good(here, "mAdd -p proj p.tbl t.hdr m.fits");
}

#[test]
fn a_row_takes_the_parameters_of_its_image() {
    // A third-order term that leaves the image a tenth smaller on the sky.
    let [a, b] = zpn("5000.0");
    let files = [("0.fits", &a.primary()[..]), ("1.fits", &b.primary()[..])];
    let dir = folder(&files);
    let here = dir.path();
    // The images lie beside the table.
    good(here, "mImgtbl . raw.tbl");
    let beside = good(here, "mMakeHdr raw.tbl t.hdr");
    assert_eq!(beside.warned, "");
    // The table has the parameters in columns of their own.
    put(here, "fields", b"PV2_1 double 12\nPV2_3 double 12\n");
    good(here, "mImgtbl -f fields . pv.tbl");
    let table = std::fs::read_to_string(here.join("pv.tbl")).unwrap();
    std::fs::create_dir(here.join("far")).unwrap();
    put(here, "far/pv.tbl", table.as_bytes());
    let columns = good(here, "mMakeHdr far/pv.tbl t2.hdr");
    assert_eq!(columns.warned, "");
    assert_eq!(columns.said, beside.said);
    let narrower = beside.number("lonsize");
    assert!((0.65..0.75).contains(&narrower), "{}", beside.said);
    // Neither: as ARC.
    let plain = std::fs::read(here.join("raw.tbl")).unwrap();
    put(here, "far/raw.tbl", &plain);
    assert_eq!(
        good(here, "mMakeHdr far/raw.tbl t3.hdr").number("naxis1"),
        77.0
    );
    // A point near the corner is outside the smaller image.
    let line = |table: &str| format!("mCoverageCheck {table} c.tbl -point 39.65 39.77");
    assert_eq!(good(here, &line("raw.tbl")).number("count"), 0.0);
    assert_eq!(good(here, &line("far/pv.tbl")).number("count"), 0.0);
    let far = here.join("far");
    assert_eq!(good(&far, &line("raw.tbl")).number("count"), 1.0);
    // The program looks in the working folder, too.
    assert_eq!(good(here, &line("far/raw.tbl")).number("count"), 0.0);
}

#[test]
fn bonne_rows_without_images_are_worked_as_sfl() {
    let image = Picture::new("BON", (40.0, 40.0), 0.01, (60, 50)).with("PV2_1", "45.0");
    let dir = folder(&[("raw/0.fits", &image.primary())]);
    let here = dir.path();
    good(here, "mImgtbl raw raw.tbl");
    let bonne = good(here, "mMakeHdr raw.tbl t.hdr");
    let table = std::fs::read_to_string(here.join("raw.tbl")).unwrap();
    put(here, "sfl.tbl", table.replace("BON", "SFL").as_bytes());
    assert_eq!(bonne.said, good(here, "mMakeHdr sfl.tbl t.hdr").said);
    // A conic has no other projection to stand for it: Montage 6.0 crashes.
    put(here, "cod.tbl", table.replace("BON", "COD").as_bytes());
    assert!(run(here, "mMakeHdr cod.tbl t.hdr")
        .error()
        .contains("PV2_1"));
    // Another image of that name and projection is none of the row's.
    put(
        here,
        "0.fits",
        &Picture::new("TAN", (40.0, 40.0), 0.01, (60, 50)).primary(),
    );
    assert_eq!(good(here, "mMakeHdr raw.tbl t.hdr").said, bonne.said);
}

#[test]
fn a_distortion_that_the_row_names_is_the_images() {
    // 0.02 pixel per squared pixel: 12 pixels at the edge.
    let image = Picture::new("TAN-SIP", (40.0, 40.0), 0.01, (60, 50))
        .with("A_ORDER", "2")
        .with("B_ORDER", "2")
        .with("A_2_0", "0.02")
        .with("B_0_2", "0.0");
    let dir = folder(&[("0.fits", &image.primary())]);
    let here = dir.path();
    good(here, "mImgtbl . raw.tbl");
    let table = std::fs::read_to_string(here.join("raw.tbl")).unwrap();
    // A table with the whole CTYPE.
    let wide = table
        .replace("| ctype1 | ctype2 |", "|    ctype1    |    ctype2    |")
        .replace(
            "| int  | int  |  char  |  char  |",
            "| int  | int  |     char     |     char     |",
        )
        .replace(" RA---TAN DEC--TAN ", "   RA---TAN-SIP   DEC--TAN-SIP ");
    put(here, "sip.tbl", wide.as_bytes());
    let undistorted = good(here, "mMakeHdr raw.tbl t.hdr").number("loncize");
    let distorted = good(here, "mMakeHdr sip.tbl t.hdr");
    // Columns 0.5 and 60.5 lie 18 pixels further to the right each: the width stays, the place does not.
    assert!((distorted.number("loncize") - undistorted).abs() < 0.03);
    let moved = (40.0 - distorted.number("clon")) * 40f64.to_radians().cos();
    assert!((0.15..0.2).contains(&moved), "{moved}");
}
