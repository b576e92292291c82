//! Pixel to sky and back for every projection, against WCSLIB.
//!
//! The numbers are those of astropy 8.0.2 (WCSLIB 8) at scattered pixels of synthetic headers.
//! Both directions must agree to 1e-9 degree, except where WCSLIB itself is coarser: it solves
//! the slanted projections (SZP, slanted SIN, NCP) close to the reference point to 2e-9 degree
//! only, which its own way back shows.

mod wcslib_cases;

use std::path::Path;

use mosaic::io::header_template::HeaderTemplate;
use sky::Wcs;
use testing::shared_data;
use wcslib_cases::CASES;

use crate::separation;

#[test]
fn every_projection_agrees_with_wcslib() {
    assert!(CASES.len() > 60);
    for case in CASES {
        let template =
            HeaderTemplate::parse(case.header.replace(';', "\n").as_bytes(), Path::new("case"));
        let wcs = Wcs::new(&template).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let [[a, b], [c, d]] = wcs.cd();
        let scale = (a * d - b * c).abs().sqrt();
        let coarse = ["SZP", "SIN slanted", "NCP"]
            .iter()
            .any(|name| case.name.starts_with(name));
        let tolerance = if coarse { 2e-9 } else { 1e-9 };
        for &[x, y, lon, lat] in case.points {
            let sky = wcs
                .pixel_to_sky(x, y)
                .unwrap_or_else(|| panic!("{}: no sky", case.name));
            let off = separation(sky, (lon, lat));
            assert!(
                off <= tolerance,
                "{} at {x} {y}: {off:e} degree off",
                case.name
            );
            assert!((0.0..360.0).contains(&sky.0), "{}", case.name);
            // Our own way back, and WCSLIB's direction.
            let (u, v) = wcs.sky_to_pixel(sky.0, sky.1).unwrap();
            let off = (u - x).hypot(v - y) * scale;
            assert!(
                off <= 1e-9,
                "{} back at {x} {y}: {off:e} degree off",
                case.name
            );
            let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
            let off = (u - x).hypot(v - y) * scale;
            assert!(
                off <= tolerance,
                "{} from {lon} {lat}: {off:e} degree off",
                case.name
            );
        }
    }
}

/// Real images (first HDU), with astropy's longitude and latitude of some of their pixels.
#[rustfmt::skip]
const REAL: &[(&str, &[[f64; 4]])] = &[
    ("2mass_m17/raw/aK_asky_990502s1420198.fits.gz", &[[1.0, 1.0, 275.1969841618863, -16.446548588450153],
        [512.0, 1.0, 275.0489841413355, -16.446565900298868],
        [204.8, 716.8, 275.1379174379006, -16.247734343740472]]),
    ("wcs/1904-66_ARC.fits", &[[1.0, 1.0, 269.05673077773804, -73.46829958534701],
        [192.0, 1.0, 269.4671496329538, -60.735941026372636],
        [76.80000000000001, 134.39999999999998, 291.77408909107294, -66.75905020200678]]),
    ("wcs/1904-66_AZP.fits", &[[1.0, 1.0, 272.4006025508269, -73.01765518149499],
        [192.0, 1.0, 271.3733363105604, -60.30957793484494],
        [76.80000000000001, 134.39999999999998, 290.87891447842674, -67.03457814234066]]),
    ("wcs/1904-66_SFL.fits", &[[1.0, 1.0, 268.4673798711143, -73.50405652146377],
        [192.0, 1.0, 269.1087960342789, -60.772983212159005],
        [76.80000000000001, 134.39999999999998, 291.83960104565284, -66.70987436815052]]),
    ("wcs/1904-66_STG.fits", &[[1.0, 1.0, 269.37825680266144, -73.25613046025055],
        [192.0, 1.0, 269.6457415508222, -61.03602098451458],
        [76.80000000000001, 134.39999999999998, 291.67458884340317, -66.74090377569635]]),
    ("wcs/1904-66_ZEA.fits", &[[1.0, 1.0, 268.89429694487603, -73.57489559932927],
        [192.0, 1.0, 269.3780816324933, -60.57684091172506],
        [76.80000000000001, 134.39999999999998, 291.82396124466686, -66.76836162599359]]),
    ("wcs/panstarrs-g-m61_PC.fits", &[[1.0, 1.0, 185.54710200014804, 4.4555458304509665],
        [500.0, 1.0, 185.4604119481655, 4.405648768485155],
        [200.0, 350.0, 185.47752386110912, 4.496097557820893]]),
    ("wcs/spitzer_glimpse_GLON-CAR_CD.fits", &[[1.0, 1.0, 18.386833329465, 0.129833332035],
        [1025.0, 1.0, 18.045499999545, 0.129833332035],
        [410.0, 359.09999999999997, 18.250499997495, 0.24919999750799995]]),
];

fn first_header(path: &Path) -> fits::Header {
    let mut first = None;
    fits::for_each_hdu(path, "Image file", |hdu, _, header| {
        if hdu == 0 {
            first = Some(header.clone());
        }
        Ok::<_, fits::Error>(())
    })
    .unwrap();
    first.unwrap()
}

#[test]
fn real_images_agree_with_wcslib() {
    let Some(data) = shared_data("wcs") else {
        return;
    };
    for (name, points) in REAL {
        let wcs = Wcs::new(&first_header(&data.join("..").join(name))).unwrap();
        for &[x, y, lon, lat] in *points {
            let sky = wcs.pixel_to_sky(x, y).unwrap();
            assert!(
                separation(sky, (lon, lat)) <= 1e-9,
                "{name} at {x} {y}: {sky:?}"
            );
            let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
            let [[a, b], [c, d]] = wcs.cd();
            let off = (u - x).hypot(v - y) * (a * d - b * c).abs().sqrt();
            assert!(off <= 1e-9, "{name} back at {x} {y}: {off:e} degree off");
        }
    }
}

/// CSC is a polynomial in either direction, and the two are not quite each other's inverse; WCSLIB
/// has them in single precision.
#[test]
fn csc_agrees_with_wcslib_to_its_single_precision() {
    let header = "NAXIS1=360;NAXIS2=200;CTYPE1='RA---CSC';CTYPE2='DEC--CSC';CRVAL1=120;CRVAL2=35;\
                  CRPIX1=180.5;CRPIX2=100.5;CDELT1=-0.5;CDELT2=0.5"
        .replace(';', "\n");
    let wcs = Wcs::new(&HeaderTemplate::parse(header.as_bytes(), Path::new("case"))).unwrap();
    for [x, y, lon, lat, back_x, back_y] in CSC {
        let sky = wcs.pixel_to_sky(x, y).unwrap();
        assert!(separation(sky, (lon, lat)) < 3e-5, "{x} {y}: {sky:?}");
        let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
        assert!((u - back_x).hypot(v - back_y) < 6e-5, "{x} {y}: {u} {v}");
    }
}

#[rustfmt::skip]
const CSC: [[f64; 6]; 5] = [
    [100.5, 80.25, 161.70071452370559, 19.18509524927777, 100.50249922275543, 80.24828660488129],
    [181.0, 102.0, 119.71505564619935, 35.69398521420528, 180.9998033726588, 101.99943614378572],
    [250.75, 140.5, 72.54634740302049, 43.24087103597298, 250.75040686130524, 140.49635249376297],
    [300.0, 60.0, 63.11539439213925, 1.4672448265501759, -420.0017948150635, 60.00270473957062],
    [200.0, 190.0, 85.0679571081987, 77.52500902342759, 199.99519902467728, 190.00132369995117],
];
#[test]
fn beyond_180_degrees_a_cylinder_goes_around_again() {
    let header = "NAXIS1=400\nNAXIS2=10\nCTYPE1='GLON-CAR'\nCTYPE2='GLAT-CAR'\nCRVAL1=0\n\
                  CRVAL2=0\nCRPIX1=1\nCRPIX2=5\nCDELT1=-1\nCDELT2=1";
    let wcs = Wcs::new(&HeaderTemplate::parse(header.as_bytes(), Path::new("case"))).unwrap();
    // astropy has no sky at x = 201; Montage 6.0 prints longitude 160 there.
    assert!(separation(wcs.pixel_to_sky(201.0, 5.0).unwrap(), (160.0, 0.0)) < 1e-9);
    assert!((wcs.sky_to_pixel(160.0, 0.0).unwrap().0 - -159.0).abs() < 1e-9);
    assert_eq!(wcs.pixel_to_sky(1.0, 96.0), None);
    assert_eq!(wcs.pixel_to_sky(f64::NAN, 5.0), None);
    assert_eq!(wcs.sky_to_pixel(f64::INFINITY, 5.0), None);
}
