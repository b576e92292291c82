//! mCoord against MontagePy (Montage 7), and mHdr.

use super::*;
use crate::io::header_template::HeaderTemplate;
use sky::Wcs;

fn coord(image: &Path, from: super::super::Place) -> Result<CoordOutcome, String> {
    let params = CoordParams {
        image,
        hdu: 0,
        from,
        debug: 0,
    };
    coordinates(&params, &Run::default()).map_err(|e| e.to_string())
}

use super::super::Place as At;

/// Images with the answers of MontagePy's mCoord.
const SCRIPT: &str = r#"
import sys
from MontagePy.main import mCoord
for path in sys.argv[1:]:
    for x, y in ((10., 20.), (100.5, 33.25), (37., 11.)):
        r = mCoord(path, 0, 1, 1, x, y, 1)
        if r['status'] != '0':
            continue
        s = mCoord(path, 0, 1, 1, r['ra'], r['dec'], 0)
        back = (s['xpix'], s['ypix']) if s['status'] == '0' else ('nan', 'nan')
        print(path, x, y, repr(r['ra']), repr(r['dec']), *back)
"#;

#[test]
fn positions_are_those_of_montage_7() {
    let Some(data) = shared_data("wcs") else {
        return;
    };
    let fits = |path: &PathBuf| path.extension().is_some_and(|e| e == "fits");
    let files: Vec<PathBuf> = std::fs::read_dir(data)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(fits)
        .collect();
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .args(&files)
        .output();
    let Some(output) = output.ok().filter(|o| !o.stdout.is_empty()) else {
        testing::skipped("MontagePy is not installed");
        return;
    };
    let mut compared = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let numbers: Vec<f64> = words[1..].iter().map(|w| w.parse().unwrap()).collect();
        let [x, y, ra, dec, xpix, ypix] = numbers[..] else {
            panic!("{line}");
        };
        let image = Path::new(words[0]);
        let Ok(found) = coord(image, At::Pixel(x, y)) else {
            continue;
        };
        let apart = (found.ra - ra + 540.0).rem_euclid(360.0) - 180.0;
        let apart = (apart * dec.to_radians().cos()).hypot(found.dec - dec);
        // Equinoxes other than 1950 and 2000, and ICRS, are one thing to Montage.
        assert!(apart < 2e-8, "{line}: {found:?}");
        if xpix.is_finite() {
            let back = coord(image, At::Sky(ra, dec)).unwrap();
            // Montage's way back through a distortion ends early: its own pixel is up to a few
            // hundredths off.
            let apart = (back.xpix - xpix).hypot(back.ypix - ypix);
            assert!(apart < 0.05, "{line}: {back:?}");
            let apart = (back.xpix - x).hypot(back.ypix - y);
            assert!(apart < 1e-4, "{line}: {back:?}");
        }
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn what_is_not_on_the_image_is_an_error() {
    let place = super::Place::new();
    let image = place.file("i.fits");
    let mut header = fits::Header::primary(-64, &[10, 10]);
    let text = b"CTYPE1 = 'RA---SIN'\nCTYPE2 = 'DEC--SIN'\nCRVAL1 = 10\nCRVAL2 = 20\nCRPIX1 = 5\nCRPIX2 = 5\nCDELT1 = -1\nCDELT2 = 1\n";
    let template = HeaderTemplate::parse(text, Path::new("t"));
    header.merge_template(template.lines().iter().cloned());
    fits::write_image(&image, &header, &[1.0; 100]).unwrap();
    let found = coord(&image, At::Sky(10.0, 20.0)).unwrap();
    assert!((found.xpix - 5.0).abs() < 1e-9 && (found.ypix - 5.0).abs() < 1e-9);
    for (from, expected) in [
        (At::Sky(10.0, 40.0), "Location off the image."),
        (At::Sky(190.0, -20.0), "Location off the image."),
        (At::Pixel(500.0, 5.0), "has no sky at this pixel"),
        (At::Sky(10.0, 91.0), "Argument ylat"),
        (At::Sky(f64::NAN, 1.0), "Argument xlon"),
    ] {
        let why = coord(&image, from).unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
    assert!(coord(&place.file("none.fits"), At::Sky(1.0, 1.0)).is_err());
}

fn region(place: &super::Place, change: impl FnOnce(&mut HdrParams)) -> Result<HdrOutcome, String> {
    let output = place.file("h.hdr");
    let mut params = HdrParams {
        location: "274.700730 -13.807230",
        width: 0.2,
        height: 0.0,
        output: &output,
        csys: "eq",
        equinox: 2000.0,
        resolution: 1.0,
        rotation: 0.0,
        band: None,
        debug: 0,
    };
    change(&mut params);
    header_of_region(&params, &Run::default()).map_err(|e| e.to_string())
}

#[test]
fn a_region_has_the_lines_that_the_service_gives() {
    let place = super::Place::new();
    assert_eq!(region(&place, |_| ()).unwrap().count, 16);
    // What the service answered for this region of 0.2 degree (kept in a test of Montage's
    // mExec), but for the blanks at the ends of lines.
    let expected = "SIMPLE  =                    T
BITPIX  =                  -64
NAXIS   =                    2
NAXIS1  =                  720
NAXIS2  =                  720
CTYPE1  = 'RA---TAN'
CTYPE2  = 'DEC--TAN'
CRVAL1  =           274.700730
CRVAL2  =           -13.807230
CRPIX1  =           360.500000
CRPIX2  =           360.500000
CDELT1  =      -0.000277777778
CDELT2  =       0.000277777778
CROTA2  =                0.000
EQUINOX =              2000.00
END";
    let lines: Vec<String> = place
        .read("h.hdr")
        .lines()
        .map(|l| l.trim_end().to_owned())
        .collect();
    assert_eq!(lines.join("\n"), expected);
    let count = region(&place, |p| {
        p.csys = "gal";
        p.height = 0.1;
        p.rotation = 30.5;
        p.band = Band::from_name("Ks");
    });
    assert_eq!(count.unwrap().count, 16);
    let text = place.read("h.hdr");
    assert!(text.contains("'GLON-TAN'") && text.contains("MAGZP   =            19.975700"));
    assert!(!text.contains("EQUINOX") && text.contains("NAXIS2  =                  360"));
    let template = HeaderTemplate::open(&place.file("h.hdr")).unwrap();
    let wcs = Wcs::new(&template).unwrap();
    // The centre is where it was asked for.
    let (lon, lat) = wcs.pixel_to_sky(360.5, 180.5).unwrap();
    let j2000 = sky::Frame::Fk5 { equinox: 2000.0 };
    let (ra, dec) = sky::convert(&wcs.frame(), &j2000, lon, lat);
    assert!((ra - 274.70073).abs() < 1e-6 && (dec + 13.80723).abs() < 1e-6);
}

#[test]
fn regions_that_are_none_are_errors() {
    let place = super::Place::new();
    place.write("h.hdr", "earlier");
    type Change = fn(&mut HdrParams);
    let cases: [(Change, &str); 9] = [
        (
            |p| p.location = "m31",
            "look-up of object names over the network",
        ),
        (|p| p.width = 0.0, "Argument width"),
        (|p| p.width = f64::NAN, "Argument width"),
        (|p| p.width = 200.0, "Argument width"),
        (|p| p.height = -1.0, "Argument height"),
        (|p| p.resolution = 0.0, "Argument resolution"),
        (|p| p.resolution = 1e-7, "Argument resolution"),
        (|p| p.rotation = f64::INFINITY, "Argument rotation"),
        (|p| p.csys = "nowhere", "Argument csys"),
    ];
    for (change, expected) in cases {
        let why = region(&place, change).unwrap_err();
        assert!(why.contains(expected), "{why}");
        assert_eq!(place.read("h.hdr"), "earlier");
    }
}
