//! From one celestial system to another: Montage 6.0's numbers to the digit that it prints,
//! astropy's to what the models differ by.

use sky::{convert, Frame};

const J2000: Frame = Frame::Fk5 { equinox: 2000.0 };

/// Arcseconds between two directions.
fn arcsec(a: (f64, f64), b: (f64, f64)) -> f64 {
    let across = (a.0 - b.0 + 180.0).rem_euclid(360.0) - 180.0;
    (across * b.1.to_radians().cos()).hypot(a.1 - b.1) * 3600.0
}

/// Frame, longitude, latitude, then right ascension and declination of J2000 as Montage 6.0's
/// mImgtbl prints them (the centres of small images).
#[rustfmt::skip]
const MONTAGE: &[(Frame, [f64; 2], [f64; 2])] = &[
    (Frame::Galactic, [30.8337, -31.761122], [310.9905007, -15.5289482]),
    (Frame::Galactic, [288.458807, 9.457971], [169.8939019, -50.8142549]),
    (Frame::Galactic, [33.886311, -7.68612], [290.1382417, -2.6534638]),
    (Frame::Galactic, [172.458467, -42.884461], [46.9832115, 6.4871393]),
    (Frame::Galactic, [122.932, 27.1284], [139.5648761, 89.9999247]),
    (Frame::Galactic, [302.932, -27.13], [11.6407028, -89.9981595]),
    (Frame::Ecliptic { equinox: 2000.0 }, [155.026087, 9.997031], [160.7114511, 18.9453450]),
    (Frame::Ecliptic { equinox: 2000.0 }, [265.621603, 65.857986], [267.5744750, 42.4555555]),
    (Frame::Ecliptic { equinox: 2000.0 }, [102.312419, 17.28317], [105.4295571, 40.0652463]),
    (Frame::Ecliptic { equinox: 1975.0 }, [250.637759, -24.491516], [244.6027130, -46.2716089]),
    (Frame::Ecliptic { equinox: 1975.0 }, [0.53643, 71.248292], [310.8167007, 60.5446879]),
    (Frame::Fk5 { equinox: 1975.0 }, [107.42444, -21.840744], [107.6914775, -21.8827352]),
    (Frame::Fk5 { equinox: 1975.0 }, [321.015985, 9.806767], [321.3210974, 9.9151994]),
    (Frame::Fk5 { equinox: 1975.0 }, [169.671479, 33.130924], [170.0077470, 32.9939114]),
    (Frame::Fk5 { equinox: 2050.0 }, [10.924563, 24.451964], [10.2607296, 24.1783618]),
    (Frame::Fk5 { equinox: 2050.0 }, [134.72778, -54.914437], [134.3684437, -54.7191748]),
    (Frame::Fk5 { equinox: 1950.0 }, [237.780024, 59.646913], [238.0189955, 59.4989659]),
    (Frame::Fk5 { equinox: 1950.0 }, [74.588821, 15.080767], [75.3019679, 15.1530800]),
];

#[test]
fn montage_6_prints_these_positions() {
    for (frame, [lon, lat], [ra, dec]) in MONTAGE {
        let (a, d) = convert(frame, &J2000, *lon, *lat);
        // On the sky: next to a pole the last digit of a right ascension says less.
        let off = arcsec((a, d), (*ra, *dec)) / 3600.0;
        assert!(
            off < 1.01e-7,
            "{frame:?} {lon} {lat}: {a} {d}, {off:e} degree off"
        );
    }
}

/// From, to, the position in each, and how far apart in arcsec the two may be.
type Transformed = (Frame, Frame, [f64; 2], [f64; 2], f64);

/// astropy 8.0.2 `SkyCoord.transform_to`: the limits are how far the two models are
/// apart: Montage takes FK5 - FK4 from the catalogue's tables and
/// applies E-terms on the way to galactic coordinates; precession is that of 1976.
#[rustfmt::skip]
const ASTROPY: &[Transformed] = &[
    (Frame::Fk4 { equinox: 1950.0 }, J2000, [107.3387, 28.9151], [108.125483466, 28.830318617], 0.25),
    (Frame::Fk4 { equinox: 1950.0 }, J2000, [259.9793, -34.2337], [260.807026651, -34.280174517], 0.25),
    (J2000, Frame::Fk4 { equinox: 1950.0 }, [298.7593, 18.3792], [298.199528321, 18.246444690], 0.25),
    (J2000, Frame::Fk4 { equinox: 1950.0 }, [245.8076, 39.8031], [245.378515820, 39.918099721], 0.25),
    (Frame::Fk4 { equinox: 1950.0 }, Frame::Fk5 { equinox: 1975.0 }, [154.2862, 31.1587], [154.642734209, 31.033126375], 0.3),
    (Frame::Fk4 { equinox: 1950.0 }, Frame::Fk5 { equinox: 1975.0 }, [316.2529, -52.6893], [316.699007792, -52.588306503], 0.3),
    (Frame::Fk4 { equinox: 1900.0 }, Frame::Fk4 { equinox: 1950.0 }, [305.9166, -12.2481], [306.605162838, -12.083438178], 0.002),
    (Frame::Fk4 { equinox: 1900.0 }, Frame::Fk4 { equinox: 1950.0 }, [172.6862, -45.0182], [173.292202520, -45.294516130], 0.002),
    (Frame::Galactic, J2000, [251.4335, -24.585], [93.904490614, -43.910289905], 0.6),
    (Frame::Galactic, J2000, [313.6101, -26.6957], [282.688164672, -80.471282173], 0.6),
    (J2000, Frame::Galactic, [202.2515, -11.5772], [317.405831006, 50.235793765], 0.6),
    (J2000, Frame::Galactic, [220.6474, -37.3528], [326.228436138, 20.439874676], 0.6),
    (Frame::Fk4 { equinox: 1950.0 }, Frame::Galactic, [64.9035, 29.5854], [168.426840210, -13.954455745], 0.36),
    (Frame::Fk4 { equinox: 1950.0 }, Frame::Galactic, [270.8004, 7.6982], [34.674814374, 13.667850741], 0.36),
    (Frame::Supergalactic, Frame::Galactic, [331.5887, -36.0471], [174.709491026, -26.560192368], 1e-5),
    (Frame::Supergalactic, Frame::Galactic, [306.3244, -41.4545], [190.480733431, -42.302613836], 1e-5),
    (J2000, Frame::Supergalactic, [347.1688, 14.3229], [304.383461374, 28.973370706], 0.6),
    (J2000, Frame::Supergalactic, [218.4782, 70.2401], [45.940127114, 23.012266548], 0.6),
    (J2000, Frame::Fk5 { equinox: 1975.0 }, [283.3318, 35.4389], [283.107910645, 35.407067758], 0.08),
    (J2000, Frame::Fk5 { equinox: 1975.0 }, [19.4738, -15.1548], [19.166064479, -15.286148486], 0.08),
    (Frame::Ecliptic { equinox: 2000.0 }, J2000, [30.5621, -37.8027], [41.991648100, -23.738046695], 0.07),
    (Frame::Ecliptic { equinox: 2000.0 }, J2000, [76.9921, 45.8307], [65.079786376, 68.147694327], 0.07),
    (J2000, Frame::Ecliptic { equinox: 2000.0 }, [45.6318, -23.9842], [34.405796257, -39.252992954], 0.07),
    (J2000, Frame::Ecliptic { equinox: 2000.0 }, [177.4249, 44.3405], [156.713937599, 38.937025466], 0.07),
];

#[test]
fn astropy_is_as_far_away_as_the_models_are() {
    for (from, to, [lon, lat], [lon2, lat2], apart) in ASTROPY {
        let there = convert(from, to, *lon, *lat);
        let off = arcsec(there, (*lon2, *lat2));
        assert!(off < *apart, "{from:?} to {to:?}: {off} arcsec");
    }
}

#[test]
fn there_and_back_is_where_one_was() {
    let frames = [
        Frame::Icrs,
        Frame::Fk5 { equinox: 1975.0 },
        Frame::Fk4 { equinox: 1950.0 },
        Frame::Galactic,
        Frame::Supergalactic,
        Frame::Ecliptic { equinox: 2000.0 },
        Frame::EclipticFk4 { equinox: 1950.0 },
    ];
    for a in &frames {
        for b in &frames {
            for lat in [-90.0, -89.9995, -60.3, 0.0, 12.0, 84.9, 89.0, 90.0] {
                for lon in [0.0, 33.3, 180.0, 359.999] {
                    let (x, y) = convert(a, b, lon, lat);
                    assert!((0.0..=360.0).contains(&x) && y.abs() <= 90.0);
                    let off = arcsec(convert(b, a, x, y), (lon, lat));
                    // The catalogue differences stop within 3.6 arcsec of a pole of B1950, so
                    // that the step there is not undone.
                    let near_a_pole = lat.abs() > 89.0;
                    assert!(
                        off < if near_a_pole { 0.3 } else { 1e-8 },
                        "{a:?} {b:?} {lon} {lat}: {off}"
                    );
                }
            }
        }
    }
    // The same frame: the very same numbers.
    assert_eq!(
        convert(&Frame::Icrs, &J2000, -12.3456789, 90.0),
        (-12.3456789, 90.0)
    );
}
