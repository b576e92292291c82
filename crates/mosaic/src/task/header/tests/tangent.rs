//! mTANHdr against the projections that it stands for, and against Montage 6.0's program.

use super::*;
use crate::io::header_template::HeaderTemplate;
use sky::Wcs;

fn tangent(place: &Place, name: &str, order: i32) -> Result<TanHdrOutcome, String> {
    tangent_header(
        &TanHdrParams {
            original: &place.file(name),
            tangent: &place.file("tan.hdr"),
            order,
            max_rounds: 50,
            tolerance: 0.01,
            points: FitPoints::OnImage,
            debug: 0,
        },
        &Run::default(),
    )
    .map_err(|e| e.to_string())
}

/// Half a degree with pixels of 3.6 seconds of arc.
fn original_header(ctype: [&str; 2], crval: [f64; 2], geometry: &str) -> String {
    format!(
        "SIMPLE = T\nBITPIX = -64\nNAXIS = 2\nNAXIS1 = 500\nNAXIS2 = 400\nCTYPE1 = '{}'\n\
         CTYPE2 = '{}'\nCRVAL1 = {}\nCRVAL2 = {}\nCRPIX1 = 240\nCRPIX2 = 210\n{geometry}\n\
         EQUINOX = 2000.0\nEND\n",
        ctype[0], ctype[1], crval[0], crval[1]
    )
}

const STEPS: &str = "CDELT1 = -0.001\nCDELT2 = 0.001\nCROTA2 = 12.5";
const MATRIX: &str = "CD1_1 = -0.0009\nCD1_2 = 0.0003\nCD2_1 = 0.0003\nCD2_2 = 0.0009";

#[test]
fn a_distorted_plane_lies_where_the_original_does() {
    let place = Place::new();
    let cases = [
        (["RA---SIN", "DEC--SIN"], [350.0, 40.0], STEPS),
        (["RA---ZEA", "DEC--ZEA"], [10.0, -70.0], MATRIX),
        (["RA---CAR", "DEC--CAR"], [0.1, 0.0], STEPS),
        (["GLON-CAR", "GLAT-CAR"], [30.0, 0.0], MATRIX),
        (["ELON-AIT", "ELAT-AIT"], [0.0, 0.0], STEPS),
        (["RA---ARC", "DEC--ARC"], [120.0, 88.0], STEPS),
        (["DEC--STG", "RA---STG"], [20.0, 120.0], MATRIX),
        (["RA---TAN", "DEC--TAN"], [20.0, 12.0], STEPS),
    ];
    for (ctype, crval, geometry) in cases {
        place.write("o.hdr", &original_header(ctype, crval, geometry));
        let outcome = tangent(&place, "o.hdr", 5).unwrap();
        let what = format!("{ctype:?}: {outcome:?}");
        assert_eq!((outcome.fwditer, outcome.reviter), (1, 1), "{what}");
        let errors = [
            outcome.fwdxerr,
            outcome.fwdyerr,
            outcome.revxerr,
            outcome.revyerr,
        ];
        assert!(errors.iter().all(|e| *e < 2e-4), "{what}");
        let open = |name| Wcs::new(&HeaderTemplate::open(&place.file(name)).unwrap()).unwrap();
        let (original, plane) = (open("o.hdr"), open("tan.hdr"));
        assert_eq!(plane.frame(), original.frame());
        for (x, y) in [(0.5, 0.5), (250.0, 100.0), (500.5, 400.5), (13.0, 390.0)] {
            let (a, b) = (
                original.pixel_to_sky(x, y).unwrap(),
                plane.pixel_to_sky(x, y).unwrap(),
            );
            let apart = ((a.0 - b.0 + 540.0).rem_euclid(360.0) - 180.0) * a.1.to_radians().cos();
            // The error that it tells, in pixels of 0.001 degree.
            let most = 0.001 * (outcome.revxerr + outcome.revyerr) + 1e-9;
            assert!(apart.hypot(a.1 - b.1) <= most, "{what} {a:?} {b:?}");
        }
    }
}

#[test]
fn the_lines_are_those_of_montage_and_the_errors_no_larger() {
    let Some(program) = testing::original("mTANHdr") else {
        return;
    };
    let place = Place::new();
    for (ctype, geometry) in [
        (["RA---SIN", "DEC--SIN"], STEPS),
        (["GLON-ZEA", "GLAT-ZEA"], MATRIX),
    ] {
        place.write("o.hdr", &original_header(ctype, [40.0, 30.0], geometry));
        let theirs = run_original(&program, &place, &["o.hdr", "theirs.hdr"]);
        let outcome = tangent(&place, "o.hdr", 5).unwrap();
        let theirs_error = |name: &str| -> f64 {
            let rest = theirs.split(&format!("{name}=")).nth(1).unwrap();
            rest.split([',', ']']).next().unwrap().parse().unwrap()
        };
        let ours = [
            outcome.fwdxerr,
            outcome.fwdyerr,
            outcome.revxerr,
            outcome.revyerr,
        ];
        for (name, ours) in ["fwdxerr", "fwdyerr", "revxerr", "revyerr"]
            .iter()
            .zip(ours)
        {
            assert!(ours < theirs_error(name), "{name} {ours} {theirs}");
        }
        // Their steps come from an arc cosine near 1, and their polynomials have terms that SIP
        // does not know.
        let plain = |text: String| -> Vec<String> {
            text.lines()
                .filter(|line| !line.contains("ORDER") && !line.starts_with("CDELT"))
                .filter(|line| {
                    !["A_", "B_", "AP_", "BP_"]
                        .iter()
                        .any(|p| line.starts_with(p))
                })
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(
            plain(place.read("tan.hdr")),
            plain(place.read("theirs.hdr"))
        );
    }
}

#[test]
fn an_order_that_is_too_low_is_told() {
    let place = Place::new();
    place.write(
        "o.hdr",
        &original_header(
            ["RA---SIN", "DEC--SIN"],
            [40.0, 30.0],
            "CDELT1 = -0.02\nCDELT2 = 0.02",
        ),
    );
    let outcome = tangent(&place, "o.hdr", 2).unwrap();
    assert_eq!((outcome.fwditer, outcome.reviter), (51, 51));
    assert!(outcome.revxerr > 0.1);
}

#[test]
fn templates_that_cannot_be_used_are_errors() {
    let place = Place::new();
    let good = original_header(["RA---SIN", "DEC--SIN"], [40.0, 30.0], STEPS);
    place.write("tan.hdr", "earlier");
    place.write("o.hdr", &good);
    assert!(tangent(&place, "missing.hdr", 5)
        .unwrap_err()
        .contains("missing.hdr"));
    assert!(tangent(&place, "o.hdr", 11)
        .unwrap_err()
        .contains("Argument order"));
    let far = "CDELT1 = -1.0\nCDELT2 = 1.0";
    let long = format!("{}\n{good}", "X".repeat(200));
    for text in [
        String::new(),
        good[..60].to_owned(),
        long,
        good.replace("NAXIS1 = 500", "NAXIS1 = 0"),
        good.replace("CTYPE1", "CTYPEX"),
        good.replace("CRVAL2 = 30", "CRVAL2 = 120"),
        // The middle of the image is beyond the hemisphere that SIN shows.
        original_header(["RA---SIN", "DEC--SIN"], [40.0, 30.0], far)
            .replace("CRPIX1 = 240", "CRPIX1 = 2000"),
    ] {
        place.write("o.hdr", &text);
        let why = tangent(&place, "o.hdr", 5).unwrap_err();
        assert!(why.contains("o.hdr"), "{why}");
        assert_eq!(place.read("tan.hdr"), "earlier");
    }
    // A billion pixels along a side: a template all the same, at once.
    let huge = good
        .replace("NAXIS1 = 500", "NAXIS1 = 1000000000")
        .replace("NAXIS2 = 400", "NAXIS2 = 2");
    place.write("o.hdr", &huge.replace("0.001", "1e-10"));
    let outcome = tangent(&place, "o.hdr", 5).unwrap();
    assert!(
        outcome.revxerr < 0.01 && outcome.revyerr < 0.01,
        "{outcome:?}"
    );
}
