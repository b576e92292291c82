//! Pixels so small that Montage's digits of a table or a template would move them.

use crate::support::{folder, good, pixels, Picture};

/// A ten-thousandth of a second of arc, in degrees.
const SCALE: f64 = 1e-4 / 3600.0;

#[test]
fn images_of_a_ten_thousandth_of_a_second_of_arc_lose_no_pixel() {
    // Two tiles, the second half a tile further north; seven decimals of CRVAL are 3.6 pixels.
    let (ra, dec) = (150.123456789012, 2.234567890123);
    let north = dec + 20.0 * SCALE;
    let tiles = [dec, north].map(|dec| Picture::new("TAN", (ra, dec), SCALE, (40, 40)));
    let dir = folder(&[
        ("raw/a.fits", &tiles[0].primary()),
        ("raw/b.fits", &tiles[1].primary()),
    ]);
    let here = dir.path();
    std::fs::create_dir(here.join("proj")).unwrap();
    for corners in ["", "-c "] {
        good(here, &format!("mImgtbl {corners}raw raw.tbl"));
        let made = good(here, "mMakeHdr raw.tbl t.hdr");
        let (width, height) = (made.number("naxis1"), made.number("naxis2"));
        // With -c the corners begin a pixel outside, as in Montage 6.0.
        assert!((40.0..=43.0).contains(&width), "{}", made.said);
        assert!((60.0..=63.0).contains(&height), "{}", made.said);
    }
    good(here, "mImgtbl raw raw.tbl");
    let table = std::fs::read_to_string(here.join("raw.tbl")).unwrap();
    assert!(table.contains(" 150.12345678901 "), "{table}");
    // A margin, so that no pixel lies across the edge.
    good(here, "mMakeHdr -e 1 raw.tbl t.hdr");
    let template = std::fs::read_to_string(here.join("t.hdr")).unwrap();
    let step = template
        .lines()
        .find_map(|line| line.strip_prefix("CDELT2  = "));
    let step: f64 = step.unwrap().trim().parse().unwrap();
    assert!((step / SCALE - 1.0).abs() < 1e-9, "{template}");
    let answer = good(here, "mProjExec -p raw raw.tbl t.hdr proj st.tbl");
    assert_eq!(answer.number("failed"), 0.0);
    good(here, "mImgtbl proj p.tbl");
    good(here, "mAdd -p proj p.tbl t.hdr m.fits");
    let areas = pixels(&here.join("m_area.fits"));
    let pixel = SCALE.to_radians().powi(2);
    let covered = areas.iter().filter(|a| a.is_finite()).sum::<f64>() / pixel;
    // All pixels of both tiles, but for slivers: on the sphere an overlap is no coverage that is smaller
    // than the rounding of directions, 4 epsilon x 2 pi, times the diagonal of a pixel. At this scale
    // that is 1.6e-5 pixel, and a pixel has two sides along which one may lie.
    let sliver = 4.0 * f64::EPSILON * std::f64::consts::TAU * 2f64.sqrt() / SCALE.to_radians();
    assert!(
        (covered - 3200.0).abs() < 3200.0 * 2.0 * sliver,
        "{covered}"
    );
    let mosaic = pixels(&here.join("m.fits"));
    assert!(mosaic.iter().all(|x| x.is_nan() || (x - 1.0).abs() < 1e-9));
    assert!(mosaic.iter().filter(|x| x.is_finite()).count() >= 2400);
}

#[test]
fn ordinary_scales_keep_the_digits_of_montage() {
    // Pixels of 4 thousandths of a second of arc and larger.
    let image = Picture::new(
        "TAN",
        (150.123456789, 2.2345678901),
        4e-3 / 3600.0,
        (40, 40),
    );
    let dir = folder(&[("a.fits", &image.primary())]);
    good(dir.path(), "mImgtbl -c . t.tbl");
    let table = std::fs::read_to_string(dir.path().join("t.tbl")).unwrap();
    assert!(table.contains("   150.1234568     2.2345679 "), "{table}");
}

#[test]
fn a_far_reference_pixel_keeps_its_place() {
    // Single precision, which Montage prints, has steps of 2 pixels here.
    let image = Picture::new("CAR", (0.0, 0.0), 1e-6, (40, 40)).with("CRPIX1", "30000001.25");
    let dir = folder(&[("a.fits", &image.primary())]);
    good(dir.path(), "mImgtbl . t.tbl");
    let table = std::fs::read_to_string(dir.path().join("t.tbl")).unwrap();
    assert!(table.contains(" 30000001.25000 "), "{table}");
}
