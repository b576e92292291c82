//! Forms of headers that are older than the standard, as Montage reads them.

use std::path::Path;

use mosaic::io::header_template::HeaderTemplate;
use sky::{convert, Frame, Wcs};

const COMMON: &str = "NAXIS = 2\nNAXIS1 = 100\nNAXIS2 = 80\nCRPIX1 = 50\nCRPIX2 = 40\n\
    CDELT1 = -0.01\nCDELT2 = 0.01\nCRVAL1 = 120\nCRVAL2 = 20\n";

/// The common header with lines that win over those in it.
fn wcs(lines: &str) -> Result<Wcs, String> {
    let text = format!("{COMMON}{}", lines.replace("; ", "\n"));
    let template = HeaderTemplate::parse(text.as_bytes(), Path::new("old.hdr"));
    Wcs::new(&template).map_err(|e| e.to_string())
}

/// Right ascension and declination of J2000 at the pixels (60, 40) and (20.5, 75).
type Answers = [(f64, f64); 2];

/// Headers with the answers of MontagePy 2.3.0's mCoord.
const CASES: [(&str, Answers); 14] = [
    (
        "CTYPE1 = 'RA'; CTYPE2 = 'DEC'",
        [(119.9, 20.0), (120.295, 20.35)],
    ),
    (
        "CTYPE1 = 'RA------'; CTYPE2 = 'DEC-----'; CROTA2 = 30",
        [(119.91339745962155, 19.95), (120.08047749411641, 20.450608891324553)],
    ),
    (
        "CTYPE1 = 'GLON'; CTYPE2 = 'GLAT'",
        [(350.9360549114615, 82.35010370481004), (352.7128996098778, 82.80544343751139)],
    ),
    (
        "CTYPE1 = 'RA'; CTYPE2 = 'DEC'; CRVAL1 = 359.95; CRVAL2 = -60",
        [(359.85, -60.0), (0.245, -59.65)],
    ),
    (
        "CTYPE1 = 'LON--CAR'; CTYPE2 = 'LAT--CAR'; CRVAL2 = 0",
        [(6.233806732494303, 62.71553423150327), (7.022863680785287, 63.102060969805365)],
    ),
    (
        "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; CROTA1 = 30",
        [(119.89358234512245, 19.99996823768094), (120.31462882292794, 20.34971398532705)],
    ),
    (
        "CTYPE1 = 'RA---SIN'; CTYPE2 = 'DEC--SIN'; CROTA1 = 30; CROTA2 = 20",
        [(119.90002167126855, 19.965769942801767), (120.1680741807317, 20.429713377080382)],
    ),
    (
        "CTYPE1 = 'RA--SIN'; CTYPE2 = 'DEC-SIN'",
        [(119.8935821830391, 19.999968237584184), (120.31463888616852, 20.34972513666824)],
    ),
    (
        "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; EPOCH = 1950",
        [(120.62134527108087, 19.8597065193378), (121.0436682874807, 20.207685642308256)],
    ),
    (
        "CTYPE1 = 'RA---ZPN'; CTYPE2 = 'DEC--ZPN'; PROJP1 = 1; PROJP3 = -5",
        [(119.89358061615815, 19.999968236648847), (120.31473626215913, 20.349833041448125)],
    ),
    (
        "CTYPE1 = 'RA---COE'; CTYPE2 = 'DEC--COE'; PROJP1 = 30; PROJP2 = 5",
        [(119.89317599834435, 19.999968571765326), (120.31583425631288, 20.348394696378374)],
    ),
    (
        "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; PC001001 = 0.8; PC001002 = -0.6; PC002001 = 0.6; PC002002 = 0.8",
        [(119.9148333797534, 20.059979583928616), (120.47492316123997, 20.102364580145384)],
    ),
    (
        "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; CO1_1 = 0.002; CO1_2 = -0.01; CO1_3 = 1e-4; CO1_4 = 1e-7; CO1_6 = 2e-7; CO2_1 = -0.003; CO2_2 = 2e-4; CO2_3 = 0.0101; CO2_5 = -3e-7",
        [(119.8957219976359, 19.99896950334728), (120.32035547775573, 20.343936418852817)],
    ),
    (
        "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; CO1_1 = 0.002; CO1_2 = -0.01; CO1_7 = 1e-9; CO1_9 = 2e-9; CO1_11 = 1e-8; CO1_12 = 3e-9; CO1_13 = 1e-9; CO2_1 = 0; CO2_3 = 0.01; CO2_8 = 2e-9; CO2_10 = 3e-9; CO2_11 = -1e-8; CO2_12 = 1e-9; CO2_13 = -2e-9",
        [(119.8957160143423, 19.999969498578505), (120.3167017316794, 20.34945818163884)],
    ),
];

#[test]
fn old_headers_are_read_as_montage_reads_them() {
    let j2000 = Frame::Fk5 { equinox: 2000.0 };
    for (lines, answers) in CASES {
        let wcs = wcs(lines).unwrap_or_else(|why| panic!("{lines}: {why}"));
        for ((x, y), (ra, dec)) in [(60.0, 40.0), (20.5, 75.0)].into_iter().zip(answers) {
            let (lon, lat) = wcs.pixel_to_sky(x, y).unwrap();
            let found = convert(&wcs.frame(), &j2000, lon, lat);
            let across =
                ((found.0 - ra + 540.0).rem_euclid(360.0) - 180.0) * dec.to_radians().cos();
            let apart = across.hypot(found.1 - dec);
            assert!(apart < 1e-9, "{lines}: {found:?} for {ra} {dec} ({apart})");
            let (p, q) = wcs.sky_to_pixel(lon, lat).unwrap();
            assert!((p - x).hypot(q - y) < 1e-7, "{lines}: {p} {q} for {x} {y}");
        }
    }
}

#[test]
fn old_headers_that_make_no_sense_are_refused() {
    for (lines, expected) in [
        ("CTYPE1 = 'RA'; CTYPE2 = 'DEC--TAN'", "Invalid CTYPE1 'RA'"),
        (
            "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC'",
            "Invalid CTYPE2 'DEC'",
        ),
        ("CTYPE1 = 'RA'; CTYPE2 = 'GLAT'", "does not go with"),
        (
            "CTYPE1 = 'LINEAR'; CTYPE2 = 'LINEAR'",
            "Invalid CTYPE1 'LINEAR'",
        ),
        (
            "CTYPE1 = 'RA---ZPN'; CTYPE2 = 'DEC--ZPN'; PROJP1 = 'x'",
            "PROJP1 is not a number",
        ),
        (
            "CTYPE1 = 'DEC--TAN'; CTYPE2 = 'RA---TAN'; CRVAL1 = 2; CO1_1 = 0; CO1_2 = 1; CO2_3 = 1",
            "CO1_1 needs the longitude",
        ),
        (
            "CTYPE1 = 'RA---TAN'; CTYPE2 = 'DEC--TAN'; CO1_1 = 0; CO1_2 = nan",
            "CO1_2 is not a finite number",
        ),
    ] {
        let why = wcs(lines).unwrap_err();
        assert!(why.contains(expected), "{lines}: {why}");
    }
    // Without a projection there is no sky beyond the poles.
    let wcs = wcs("CTYPE1 = 'RA'; CTYPE2 = 'DEC'; CRVAL2 = 89.9").unwrap();
    assert_eq!(wcs.pixel_to_sky(50.0, 79.0), None);
    assert!(wcs.pixel_to_sky(50.0, 45.0).is_some());
}
