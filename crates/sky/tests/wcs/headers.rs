//! What a header may say, and what is refused with the keyword named.

use std::collections::HashMap;
use std::path::Path;

use mosaic::io::header_template::HeaderTemplate;
use sky::{Frame, Wcs};

const GOOD: [(&str, &str); 11] = [
    ("NAXIS", "2"),
    ("NAXIS1", "300"),
    ("NAXIS2", "200"),
    ("CTYPE1", "'RA---TAN'"),
    ("CTYPE2", "'DEC--TAN'"),
    ("CRVAL1", "10"),
    ("CRVAL2", "20"),
    ("CRPIX1", "150.5"),
    ("CRPIX2", "100.5"),
    ("CDELT1", "-0.001"),
    ("CDELT2", "0.001"),
];

const SIP1: (&str, &str) = ("CTYPE1", "'RA---TAN-SIP'");
const SIP2: (&str, &str) = ("CTYPE2", "'DEC--TAN-SIP'");

/// The good header with some keywords set ("" takes one away).
fn header(changes: &[(&str, &str)]) -> HeaderTemplate {
    let mut keywords: HashMap<&str, &str> = HashMap::from(GOOD);
    keywords.extend(changes.iter().copied());
    let text: String = keywords
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    HeaderTemplate::parse(text.as_bytes(), Path::new("case.hdr"))
}

fn wcs(changes: &[(&str, &str)]) -> Wcs {
    Wcs::new(&header(changes)).unwrap_or_else(|e| panic!("{changes:?}: {e}"))
}

#[test]
fn a_bad_header_is_refused_with_the_keyword_named() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("NAXIS", "1")], "NAXIS is 1: no image"),
        (&[("NAXIS", "0")], "NAXIS is 0: no image"),
        (&[("NAXIS1", "0")], "NAXIS1 is 0"),
        (&[("NAXIS2", "-5")], "NAXIS2 is -5"),
        (&[("NAXIS1", "")], "Missing NAXIS1"),
        (&[("CTYPE1", "")], "Missing CTYPE1"),
        (&[("CTYPE2", "")], "Missing CTYPE2"),
        (&[("CTYPE1", "'LINEAR'")], "Invalid CTYPE1 'LINEAR'"),
        (&[("CTYPE1", "'RA---'")], "Invalid CTYPE1 'RA---'"),
        (
            &[("CTYPE1", "'\u{e9}\u{e9}-\u{e9}\u{e9}'")],
            "Invalid CTYPE1",
        ),
        (
            &[("CTYPE2", "'GLAT-TAN'")],
            "CTYPE2 'GLAT-TAN' does not go with CTYPE1",
        ),
        (
            &[("CTYPE2", "'DEC--SIN'")],
            "CTYPE2 'DEC--SIN' has another projection",
        ),
        (
            &[("CTYPE1", "'FREQ-TAN'")],
            "CTYPE1 'FREQ-TAN' is not a direction on the sky",
        ),
        (&[("CRPIX1", "")], "Missing CRPIX1"),
        (&[("CRPIX2", "'abc'")], "CRPIX2 is not a number"),
        (&[("CRPIX1", "nan")], "CRPIX1 is not a finite number"),
        (&[("CRPIX1", "1e999")], "CRPIX1 is not a finite number"),
        (&[("CRVAL1", "")], "Missing CRVAL1"),
        (&[("CRVAL2", "91")], "CRVAL2 is beyond the poles"),
        (&[("CDELT1", "")], "Missing CDELT1"),
        (&[("CDELT2", "0")], "CDELT2 is zero"),
        (&[("CDELT1", "1e-320"), ("CDELT2", "1e-320")], "singular"),
        (
            &[
                ("CD1_1", "1e-3"),
                ("CD1_2", "2e-3"),
                ("CD2_1", "2e-3"),
                ("CD2_2", "4e-3"),
            ],
            "CDi_j is singular",
        ),
        (
            &[("CD1_1", "nan"), ("CD2_2", "1")],
            "CD1_1 is not a finite number",
        ),
        (
            &[("PC1_1", "0"), ("PC2_2", "0")],
            "PCi_j, CDELTi is singular",
        ),
        (&[("CROTA2", "'x'")], "CROTA2 is not a number"),
        (&[("LONPOLE", "inf")], "LONPOLE is not a finite number"),
        (&[("EQUINOX", "'X1950'")], "EQUINOX 'X1950' is not a year"),
        (&[("EQUINOX", "1e9")], "EQUINOX 1000000000 is not a year"),
        (&[("CRVAL1", "'10:00:00.0'")], "CRVAL1 is not a number"),
        (&[("CRVAL2", "'+32:00:00'")], "CRVAL2 is not a number"),
        (&[("CRPIX1", "'10 deg'")], "CRPIX1 is not a number"),
        (&[("CUNIT1", "'Hz'")], "CUNIT1 'Hz' is not an angle"),
        (
            &[("CTYPE1", "'RA---XYZ'"), ("CTYPE2", "'DEC--XYZ'")],
            "The projection 'XYZ' is unknown",
        ),
        (
            &[("CTYPE1", "'RA---TAB'"), ("CTYPE2", "'DEC--TAB'")],
            "The projection TAB is not supported",
        ),
        (
            &[("CTYPE1", "'RA---BON'"), ("CTYPE2", "'DEC--BON'")],
            "PV2_1 is missing for BON",
        ),
        (
            &[
                ("CTYPE1", "'RA---BON'"),
                ("CTYPE2", "'DEC--BON'"),
                ("PV2_1", "91"),
            ],
            "PV2_1 must be within -90 and 90 for BON",
        ),
        (
            &[("CTYPE1", "'RA---COE'"), ("CTYPE2", "'DEC--COE'")],
            "PV2_1 is missing for COE",
        ),
        (
            &[
                ("CTYPE1", "'RA---COE'"),
                ("CTYPE2", "'DEC--COE'"),
                ("PV2_1", "0"),
            ],
            "PV2_1 must be within",
        ),
        (
            &[("CTYPE1", "'RA---ZPN'"), ("CTYPE2", "'DEC--ZPN'")],
            "PV2_1 is missing or zero for ZPN",
        ),
        (
            &[
                ("CTYPE1", "'RA---ZPN'"),
                ("CTYPE2", "'DEC--ZPN'"),
                ("PV2_1", "-1"),
            ],
            "PV2_1 must be positive",
        ),
        (
            &[
                ("CTYPE1", "'RA---AIR'"),
                ("CTYPE2", "'DEC--AIR'"),
                ("PV2_1", "-90"),
            ],
            "PV2_1 must be over -90",
        ),
        (
            &[
                ("CTYPE1", "'RA---AZP'"),
                ("CTYPE2", "'DEC--AZP'"),
                ("PV2_1", "-1"),
            ],
            "PV2_1 must not be -1",
        ),
        (
            &[
                ("CTYPE1", "'RA---CEA'"),
                ("CTYPE2", "'DEC--CEA'"),
                ("PV2_1", "0"),
            ],
            "PV2_1 must be over 0",
        ),
        (
            &[
                ("CTYPE1", "'RA---HPX'"),
                ("CTYPE2", "'DEC--HPX'"),
                ("PV2_1", "1.5"),
            ],
            "PV2_1 must be a positive whole number",
        ),
        (
            &[
                ("CTYPE1", "'RA---NCP'"),
                ("CTYPE2", "'DEC--NCP'"),
                ("CRVAL2", "0"),
            ],
            "CRVAL2 must not be on the equator",
        ),
        (
            &[
                ("CTYPE1", "'RA---CAR'"),
                ("CTYPE2", "'DEC--CAR'"),
                ("CRVAL2", "80"),
                ("LONPOLE", "90"),
            ],
            "LONPOLE asks for CRVAL",
        ),
        // Distortions.
        (
            &[("CTYPE1", "'RA---TAN-XYZ'"), ("CTYPE2", "'DEC--TAN-XYZ'")],
            "The distortion XYZ (CTYPE1)",
        ),
        (&[SIP1, SIP2, ("A_ORDER", "2")], "Missing B_ORDER"),
        (&[SIP1, SIP2, ("B_ORDER", "2")], "Missing A_ORDER"),
        (
            &[SIP1, SIP2, ("A_ORDER", "99"), ("B_ORDER", "2")],
            "A_ORDER is 99",
        ),
        (
            &[SIP1, SIP2, ("A_ORDER", "-1"), ("B_ORDER", "2")],
            "A_ORDER is -1",
        ),
        (
            &[
                SIP1,
                SIP2,
                ("A_ORDER", "2"),
                ("B_ORDER", "2"),
                ("A_1_1", "'x'"),
            ],
            "A_1_1 is not a number",
        ),
        (
            &[
                SIP1,
                SIP2,
                ("A_ORDER", "2"),
                ("B_ORDER", "2"),
                ("B_2_0", "nan"),
            ],
            "B_2_0 is not a finite number",
        ),
        (
            &[
                SIP1,
                SIP2,
                ("A_ORDER", "1"),
                ("B_ORDER", "1"),
                ("A_1_0", "-1"),
            ],
            "A_1_0, A_0_1",
        ),
        (&[("PV2_4", "inf")], "PV2_4 is not a finite number"),
        (
            &[
                ("CTYPE1", "'RA---TPV'"),
                ("CTYPE2", "'DEC--TPV'"),
                ("PV1_1", "0"),
                ("PV1_4", "1e-3"),
            ],
            "PV1_1, PV1_2",
        ),
        (
            &[
                ("CTYPE1", "'RA---TNX'"),
                ("CTYPE2", "'DEC--TNX'"),
                ("WAT1_001", "'lngcor = \"3. 2. 2. 1. 0 1 0 1 5\"'"),
            ],
            "WAT1_001: lngcor has 1 coefficients where 4 belong",
        ),
        (
            &[
                ("CTYPE1", "'RA---TNX'"),
                ("CTYPE2", "'DEC--TNX'"),
                ("WAT2_001", "'latcor = \"1. 1. 1. 1. 2 2 0 1 5\"'"),
            ],
            "WAT2_001: latcor has an empty range",
        ),
        (
            &[
                ("CTYPE1", "'RA---TNX'"),
                ("CTYPE2", "'DEC--TNX'"),
                ("WAT2_001", "'latcor = \"1. 1e9 1. 1. 2 2 0 1 5\"'"),
            ],
            "WAT2_001: latcor has the order 1000000000",
        ),
        (
            &[
                ("CTYPE1", "'RA---ZPX'"),
                ("CTYPE2", "'DEC--ZPX'"),
                ("WAT1_001", "'projp0=0. projp1=abc'"),
            ],
            "WAT1_001: projp1 is not a number",
        ),
        (
            &[
                ("CTYPE1", "'RA---ZPX'"),
                ("CTYPE2", "'DEC--ZPX'"),
                ("WAT1_001", "'projp0=0. projp1=-1.'"),
            ],
            "WAT1_001: projp1 must be positive",
        ),
        (
            &[("CTYPE1", ""), ("PLTRAH", "5"), ("AMDX1", "67")],
            "Missing PLTRAM",
        ),
        (&[("CPDIS1", "'TPD'")], "The distortion 'TPD' (CPDIS1)"),
        (&[("CQDIS2", "'LOOKUP'")], "The distortion (CQDIS2)"),
        (
            &[
                ("CTYPE1", "'RA---TPV'"),
                ("CTYPE2", "'DEC--TPV'"),
                ("PV1_4", "0.1"),
                ("CPDIS1", "'LOOKUP'"),
            ],
            "A lookup table (CPDIS, D2IMDIS)",
        ),
        (
            &[("CO1_1", "1")],
            "CO1_2, CO1_3, CO2_2 and CO2_3 leave nothing",
        ),
    ];
    for (changes, reason) in cases {
        let refusal = match Wcs::new(&header(changes)) {
            Err(refusal) => refusal.to_string(),
            Ok(_) => panic!("{changes:?} was accepted"),
        };
        assert!(refusal.contains(reason), "{changes:?}: {refusal}");
    }
}

#[test]
fn harmless_keywords_do_no_harm() {
    let plain = wcs(&[]);
    for changes in [
        &[
            ("PV1_0", "0"),
            ("PV1_1", "1"),
            ("PV2_0", "0"),
            ("PV2_1", "1"),
        ][..],
        &[("A_ORDER", "0")],
        &[("CUNIT1", "'deg'"), ("CUNIT2", "'deg'")],
        &[("CTYPE1", "'RA-TAN'"), ("CTYPE2", "'DEC-TAN'")],
        &[("NAXIS", "3"), ("NAXIS3", "7"), ("CDELT3", "0")],
    ] {
        assert_eq!(
            wcs(changes).pixel_to_sky(1.0, 1.0),
            plain.pixel_to_sky(1.0, 1.0),
            "{changes:?}"
        );
    }
}

#[test]
fn frames_follow_the_standard() {
    let galactic = [("CTYPE1", "'GLON-TAN'"), ("CTYPE2", "'GLAT-TAN'")];
    let ecliptic = [("CTYPE1", "'ELON-TAN'"), ("CTYPE2", "'ELAT-TAN'")];
    for (changes, frame, equinox) in [
        (&[][..], Frame::Icrs, 2000.0),
        (
            &[("EQUINOX", "1950")],
            Frame::Fk4 { equinox: 1950.0 },
            1950.0,
        ),
        (
            &[("EQUINOX", "'B1950.0'")],
            Frame::Fk4 { equinox: 1950.0 },
            1950.0,
        ),
        (
            &[("EQUINOX", "'J2000.0'")],
            Frame::Fk5 { equinox: 2000.0 },
            2000.0,
        ),
        (&[("EPOCH", "1975")], Frame::Fk4 { equinox: 1975.0 }, 1975.0),
        (&[("EPOCH", "0")], Frame::Fk4 { equinox: 1950.0 }, 1950.0),
        (
            &[("EQUINOX", "2010"), ("EPOCH", "1")],
            Frame::Fk5 { equinox: 2010.0 },
            2010.0,
        ),
        (
            &[("RADESYS", "'FK4'")],
            Frame::Fk4 { equinox: 1950.0 },
            1950.0,
        ),
        (
            &[("RADECSYS", "'FK5'")],
            Frame::Fk5 { equinox: 2000.0 },
            2000.0,
        ),
        (
            &[("RADESYS", "'ICRS'"), ("EQUINOX", "2000")],
            Frame::Icrs,
            2000.0,
        ),
        (&galactic, Frame::Galactic, 2000.0),
        (&ecliptic, Frame::Ecliptic { equinox: 2000.0 }, 2000.0),
    ] {
        let wcs = wcs(changes);
        assert_eq!(
            (wcs.frame(), wcs.equinox()),
            (frame, equinox),
            "{changes:?}"
        );
    }
}

#[test]
fn an_unknown_radesys_falls_back_to_the_equinox_with_a_warning() {
    type Cards<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Cards, Frame, &str); 9] = [
        (
            &[("RADESYS", "'GSC1'"), ("EQUINOX", "2000.")],
            Frame::Fk5 { equinox: 2000.0 },
            "RADESYS 'GSC1' is not supported: taken as FK5 of 2000 (by EQUINOX)",
        ),
        (
            &[("RADESYS", "'OTHER'"), ("EQUINOX", "1950.")],
            Frame::Fk4 { equinox: 1950.0 },
            "RADESYS 'OTHER' is not supported: taken as FK4 of 1950 (by EQUINOX)",
        ),
        (
            &[("RADESYS", "'J2000'")],
            Frame::Fk5 { equinox: 2000.0 },
            "RADESYS 'J2000' is not supported: taken as FK5 of 2000 (by its year)",
        ),
        (
            &[("RADECSYS", "'b1950.0'")],
            Frame::Fk4 { equinox: 1950.0 },
            "RADECSYS 'b1950.0' is not supported: taken as FK4 of 1950 (by its year)",
        ),
        (
            &[("RADESYS", "'GAPPT'")],
            Frame::Icrs,
            "RADESYS 'GAPPT' is not supported: taken as ICRS (there is no EQUINOX either)",
        ),
        (
            &[("RADESYS", "'FK4-NO-E'")],
            Frame::Fk4 { equinox: 1950.0 },
            "RADESYS 'FK4-NO-E' is not supported: taken as FK4 of 1950 (at most 0.35 arcsec from it)",
        ),
        (&[("RADESYS", "'FK5'")], Frame::Fk5 { equinox: 2000.0 }, ""),
        (&[("RADESYS", "' icrs '")], Frame::Icrs, ""),
        (
            &[
                ("CTYPE1", "'GLON-TAN'"),
                ("CTYPE2", "'GLAT-TAN'"),
                ("RADESYS", "'GSC1'"),
            ],
            Frame::Galactic,
            "",
        ),
    ];
    for (changes, frame, warning) in cases {
        let wcs = wcs(changes);
        assert_eq!(wcs.frame(), frame, "{changes:?}");
        assert_eq!(wcs.warnings().join("; "), warning, "{changes:?}");
    }
}

/// A rotation of 30 degrees. Pixel (1, 1) by astropy 8.0.2, which reads all of these spellings:
/// `WCS(header).all_pix2world(1, 1, 1)`.
#[test]
fn the_matrix_is_read_in_all_its_spellings() {
    let (cos, sin) = ("0.8660254038", "0.5");
    let pc = |keys: [&'static str; 4]| {
        [
            (keys[0], cos),
            (keys[1], "-0.5"),
            (keys[2], sin),
            (keys[3], cos),
        ]
    };
    let cd = |keys: [&'static str; 4]| {
        [
            (keys[0], "-8.660254038e-4"),
            (keys[1], "5e-4"),
            (keys[2], "5e-4"),
            (keys[3], "8.660254038e-4"),
        ]
    };
    let spellings = [
        (pc(["PC1_1", "PC1_2", "PC2_1", "PC2_2"]), ""),
        (pc(["PC001001", "PC001002", "PC002001", "PC002002"]), ""),
        (
            pc(["PC01_01", "PC01_02", "PC02_01", "PC02_02"]),
            "PC01_01 and its like are not standard: read as PC1_1",
        ),
        (cd(["CD1_1", "CD1_2", "CD2_1", "CD2_2"]), ""),
        (
            cd(["CD001001", "CD001002", "CD002001", "CD002002"]),
            "CD001001 and its like are not standard: read as CD1_1",
        ),
        (
            cd(["CD01_01", "CD01_02", "CD02_01", "CD02_02"]),
            "CD01_01 and its like are not standard: read as CD1_1",
        ),
    ];
    for (matrix, warning) in spellings {
        let wcs = wcs(&matrix);
        let (lon, lat) = wcs.pixel_to_sky(1.0, 1.0).unwrap();
        assert!(
            (lon - SPELLED[0]).abs() < 1e-9 && (lat - SPELLED[1]).abs() < 1e-9,
            "{matrix:?}: {lon} {lat}"
        );
        assert_eq!(wcs.warnings().join("; "), warning);
        assert!((wcs.scale_and_rotation().crota - 330.0).abs() < 1e-6);
    }
}

const SPELLED: [f64; 2] = [10.084750404145602, 19.839060885556602];

#[test]
fn zeros_in_pv_keywords_are_no_distortion() {
    let plain = wcs(&[]);
    let pv = |keys: &[&'static str]| -> Vec<(&'static str, &'static str)> {
        keys.iter().map(|&key| (key, "0.")).collect()
    };
    let lists = [
        pv(&["PV2_1", "PV2_2"]),
        pv(&["PV2_1"]),
        pv(&["PV1_0", "PV1_1", "PV1_2", "PV2_0", "PV2_1", "PV2_2"]),
        pv(&["PV1_1", "PV1_2"]),
        pv(&[
            "PV1_0", "PV1_1", "PV1_2", "PV1_3", "PV1_4", "PV1_5", "PV1_6", "PV2_0", "PV2_1",
            "PV2_2", "PV2_3", "PV2_4", "PV2_5", "PV2_6",
        ]),
    ];
    for changes in &lists {
        let wcs = wcs(changes);
        assert_eq!(wcs.pixel_to_sky(1.0, 1.0), plain.pixel_to_sky(1.0, 1.0));
        assert!(wcs.warnings().is_empty());
        let tpv = [("CTYPE1", "'RA---TPV'"), ("CTYPE2", "'DEC--TPV'")];
        let tpv = self::wcs(&[&tpv[..], changes].concat());
        assert_eq!(tpv.pixel_to_sky(1.0, 1.0), plain.pixel_to_sky(1.0, 1.0));
    }
    // LONPOLE = 0 alone is what it says: the image upside down.
    let turned = wcs(&[("PV1_3", "0")]);
    let (a, b) = (
        turned.pixel_to_sky(1.0, 1.0).unwrap(),
        plain.pixel_to_sky(300.0, 200.0).unwrap(),
    );
    assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12);
}

#[test]
fn polynomials_of_sip_without_its_name_are_left_out_with_a_warning() {
    let plain = wcs(&[]);
    let terms = [
        ("A_ORDER", "2"),
        ("B_ORDER", "2"),
        ("A_2_0", "1e-4"),
        ("B_1_1", "-1e-4"),
    ];
    let left_over = wcs(&terms);
    assert_eq!(
        left_over.pixel_to_sky(1.0, 1.0),
        plain.pixel_to_sky(1.0, 1.0)
    );
    assert_eq!(
        left_over.warnings(),
        ["A_ORDER, B_ORDER and the polynomials of SIP are not applied: CTYPE does not end in -SIP"]
    );
    let sip = wcs(&[&[SIP1, SIP2], &terms[..]].concat());
    assert_ne!(sip.pixel_to_sky(1.0, 1.0), plain.pixel_to_sky(1.0, 1.0));
    assert!(sip.warnings().is_empty());
    // Orders alone are worth no word.
    assert!(wcs(&[("A_ORDER", "2"), ("B_ORDER", "2")])
        .warnings()
        .is_empty());
}

#[test]
fn lookup_tables_without_their_file_are_left_out_and_their_errors_told() {
    let wcs = wcs(&[
        ("CPDIS1", "'Lookup'"),
        ("CPERR1", "0.057"),
        ("D2IMDIS2", "'LOOKUP'"),
    ]);
    assert_eq!(
        wcs.warnings(),
        [
            "lookup tables left out: D2IMDIS2 (no D2IMERR2), CPDIS1 (CPERR1 = 0.057 pixel) \
          (the arrays (D2IMARR) are not with the header)"
        ]
    );
}

#[test]
fn a_matrix_reads_as_steps_and_a_rotation() {
    // A rotation of 30 degrees, mirrored or not, however it is written.
    let (c, s) = ("8.660254037844387e-4", "5e-4");
    let minus = |x: &str| format!("-{x}");
    let written = [
        wcs(&[("CROTA2", "30")]),
        wcs(&[
            ("CD1_1", &minus(c)),
            ("CD1_2", &minus(s)),
            ("CD2_1", &minus(s)),
            ("CD2_2", c),
        ]),
        wcs(&[
            ("PC1_1", "0.8660254037844387"),
            ("PC1_2", "0.5"),
            ("PC2_1", "-0.5"),
            ("PC2_2", "0.8660254037844387"),
        ]),
    ];
    for wcs in &written {
        let scale = wcs.scale_and_rotation();
        assert!((scale.cdelt[0] + 1e-3).abs() < 1e-15 && (scale.cdelt[1] - 1e-3).abs() < 1e-15);
        assert!((scale.crota - 30.0).abs() < 1e-8, "{scale:?}");
    }
    let right_handed = wcs(&[
        ("CD1_1", c),
        ("CD1_2", &minus(s)),
        ("CD2_1", s),
        ("CD2_2", c),
    ]);
    let scale = right_handed.scale_and_rotation();
    assert!(scale.cdelt[0] > 0.0 && scale.cdelt[1] > 0.0, "{scale:?}");
}

/// Numbers that make trouble, and some that do not.
const VALUES: [&str; 24] = [
    "0",
    "1",
    "-1",
    "90",
    "-90",
    "180",
    "45",
    "30.5",
    "-0.5",
    "2",
    "3",
    "4",
    "1e-9",
    "-1e-3",
    "1e-300",
    "1e300",
    "-1e18",
    "89.99999999999999",
    "359.9999999",
    "1e9",
    "0.1",
    "-45",
    "60",
    "7",
];

#[test]
fn whatever_a_header_says_nothing_panics() {
    let codes = "TAN SIN ARC STG ZEA ZPN AIR AZP SZP CYP CEA CAR MER SFL PAR MOL AIT COP COE COD \
                 COO HPX NCP GLS XPH BON PCO TSC CSC QSC TPV TNX ZPX TAN-SIP";
    let keys = "CRVAL1 CRVAL2 CRPIX1 CRPIX2 CDELT1 CDELT2 CROTA2 LONPOLE LATPOLE PV1_0 PV1_1 PV1_2 \
                PV1_3 PV1_4 PV2_0 PV2_1 PV2_2 PV2_3 PV2_4 PV2_7 PV1_7 PV1_11 \
                PV2_39 A_ORDER B_ORDER A_2_0 A_1_1 B_0_2 B_1_0 AP_ORDER BP_ORDER AP_1_1 CD1_1 CD1_2 CD2_1 CD2_2 PC1_2 EQUINOX \
                PC01_01 PC02_01 CD001001 CD01_02 RADESYS D2IMERR1";
    let keys: Vec<&str> = keys.split_whitespace().collect();
    // The same headers every time.
    let mut generator = simulate::Random(20);
    let mut random = |n: usize| generator.below(n);
    let (mut accepted, mut on_the_sky) = (0, 0);
    for round in 0..400 {
        for code in codes.split_whitespace() {
            let ctypes = [format!("'RA---{code}'"), format!("'DEC--{code}'")];
            let mut changes = vec![
                ("CTYPE1", ctypes[0].as_str()),
                ("CTYPE2", ctypes[1].as_str()),
            ];
            // The conics need it.
            changes.push(("PV2_1", "40"));
            for _ in 0..round % 8 {
                changes.push((keys[random(keys.len())], VALUES[random(VALUES.len())]));
            }
            let Ok(wcs) = Wcs::new(&header(&changes)) else {
                continue;
            };
            accepted += 1;
            let _ = wcs.scale_and_rotation();
            for (x, y) in [
                (1.0, 1.0),
                (150.5, 100.5),
                (-1e7, 3e5),
                (1e300, -1e300),
                (f64::NAN, 0.0),
            ] {
                let Some((lon, lat)) = wcs.pixel_to_sky(x, y) else {
                    continue;
                };
                on_the_sky += 1;
                assert!(
                    (0.0..360.0).contains(&lon) && lat.abs() <= 90.0,
                    "{changes:?}: {lon} {lat}"
                );
                if let Some((u, v)) = wcs.sky_to_pixel(lon, lat) {
                    assert!(u.is_finite() && v.is_finite(), "{changes:?}");
                }
            }
        }
    }
    assert!(
        accepted > 3000 && on_the_sky > 5000,
        "{accepted} {on_the_sky}"
    );
}
