//! Positions on gnomonic images to the last bit as WCSLIB reckons them.
//!
//! Everywhere else the last bits do not matter, and [`Wcs::sky_to_pixel`] is quicker. They do where
//! pixels are chosen by their distance: around a place that is the centre of a pixel, pixels lie on
//! the circle itself (twelve at 15 pixels), and which of these are inside is a matter of the
//! rounding. A fit of them is imphot's only if it is of the same pixels.

use std::f64::consts::PI;

use super::Wcs;

/// Two ways to reckon one position agree to far less than this part of a pixel.
const AGREEMENT: f64 = 1e-6;

/// Below this the native longitude needs the other formula (Paper II, section 2.3, and WCSLIB 8's
/// tolerance for it).
const NEAR_POLE: f64 = 1e-5;

/// The pixel (FITS, from 1) of a direction, by native longitude and latitude in degrees
/// (Calabretta & Greisen 2002, "Paper II", eqs. 5, 14, 15, 54), in the order in which WCSLIB goes.
/// For other than plain gnomonic coordinates, as [`Wcs::sky_to_pixel`].
pub fn pixel_of(wcs: &Wcs, lon: f64, lat: f64) -> Option<(f64, f64)> {
    let usual = wcs.sky_to_pixel(lon, lat)?;
    let plain = wcs.projection_code() == "TAN" && !wcs.latitude_first();
    let agrees =
        |&(x, y): &(f64, f64)| (x - usual.0).abs() < AGREEMENT && (y - usual.1).abs() < AGREEMENT;
    let exact = gnomonic(wcs, lon, lat);
    Some(
        exact
            .filter(|pixel| plain && agrees(pixel))
            .unwrap_or(usual),
    )
}

fn gnomonic(wcs: &Wcs, lon: f64, lat: f64) -> Option<(f64, f64)> {
    // Multiplied first, divided then: the order is part of the result.
    let radians = |degrees: f64| degrees * PI / 180.0;
    let degrees = |radians: f64| radians * 180.0 / PI;
    let (sin, cos) = (|a: f64| radians(a).sin(), |a: f64| radians(a).cos());

    let [lon0, lat0] = wcs.crval();
    let pole = 90.0 - lat0;
    let (cos_pole, sin_pole) = (cos(pole), sin(pole));
    let away = lon - lon0;
    let (cos_lat, sin_lat, cos_away) = (cos(lat), sin(lat), cos(away));
    let mut x = sin_lat * sin_pole - cos_lat * cos_pole * cos_away;
    if x.abs() < NEAR_POLE {
        x = -cos(lat + pole) + cos_lat * cos_pole * (1.0 - cos_away);
    }
    let y = -cos_lat * sin(away);
    // The native longitude of the celestial pole is 180 degrees.
    let phi = 180.0 + degrees(y.atan2(x));
    let phi = if phi > 180.0 { phi - 360.0 } else { phi };
    let z = sin_lat * cos_pole + cos_lat * sin_pole * cos_away;
    let theta = match z.abs() > 0.99 {
        true => degrees((x * x + y * y).sqrt().acos()).copysign(z),
        false => degrees(z.asin()),
    };
    let r = 180.0 / PI * cos(theta) / sin(theta);
    let (u, v) = (r * sin(phi), -r * cos(phi));

    let [[a, b], [c, d]] = wcs.cd();
    let determinant = a * d - b * c;
    let [x0, y0] = wcs.crpix();
    let pixel = (
        d / determinant * u - b / determinant * v + x0,
        a / determinant * v - c / determinant * u + y0,
    );
    (pixel.0.is_finite() && pixel.1.is_finite()).then_some(pixel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keywords;

    struct Header(&'static str);

    impl Keywords for Header {
        fn real(&self, key: &str) -> Option<f64> {
            let value = |number: &str| number.parse().ok();
            match key {
                "CRVAL1" => value("338.23092027"),
                "CRVAL2" => value("-60.56375796"),
                "CRPIX1" => value("167.401033093"),
                "CRPIX2" => value("163.017401336"),
                "CD1_1" => value("-5.5555555555555E-05"),
                "CD2_2" => value("5.5555555555556E-05"),
                "CD1_2" | "CD2_1" => Some(0.0),
                "NAXIS" => Some(2.0),
                "NAXIS1" => Some(326.0),
                "NAXIS2" => Some(331.0),
                "EQUINOX" => Some(2000.0),
                _ => None,
            }
        }

        fn integer(&self, key: &str) -> Option<i64> {
            self.real(key).map(|value| value as i64)
        }

        fn text(&self, key: &str) -> Option<String> {
            match key {
                "CTYPE1" => Some(format!("RA---{}", self.0)),
                "CTYPE2" => Some(format!("DEC--{}", self.0)),
                _ => self.real(key).map(|value| value.to_string()),
            }
        }

        fn may_have(&self, prefix: &str) -> bool {
            ["CD", "CR", "CT", "NAXIS", "EQ"]
                .iter()
                .any(|key| key.starts_with(prefix) || prefix.starts_with(key))
        }
    }

    #[test]
    fn positions_have_the_bits_of_wcslib() {
        let wcs = Wcs::new(&Header("TAN")).unwrap();
        // astropy 8.0.2 (WCSLIB 8), wcs_world2pix with origin 1.
        for (lon, lat, x, y) in [
            (
                338.24486678733626,
                -60.5565359779519,
                44.00000000033533,
                292.9999999996552,
            ),
            (
                338.220362194,
                -60.571694639,
                260.7768022177822,
                20.149685173795888,
            ),
            (
                338.2267626,
                -60.570658515,
                204.17270235468357,
                38.806248724790464,
            ),
            (
                338.213580874,
                -60.56572614,
                320.7792041581397,
                127.56994867650761,
            ),
            (
                338.247638472,
                -60.557748913,
                19.48123570305006,
                271.16145424451656,
            ),
            (
                338.241526774,
                -60.569319396,
                73.59007320330771,
                62.903990496354126,
            ),
            (338.23092, -60.56375, 167.40342156348498, 163.16068133591656),
        ] {
            let found = pixel_of(&wcs, lon, lat).unwrap();
            // A bit of the last place may be lost in the matrix.
            assert!(
                (found.0 - x).abs() < 2e-13 && (found.1 - y).abs() < 2e-13,
                "{found:?} {x} {y}"
            );
        }
        assert_eq!(pixel_of(&wcs, 158.2, 60.0), wcs.sky_to_pixel(158.2, 60.0));
        assert_eq!(pixel_of(&wcs, f64::NAN, 60.0), None);
    }

    #[test]
    fn other_projections_are_as_ever() {
        let wcs = Wcs::new(&Header("STG")).unwrap();
        assert_eq!(pixel_of(&wcs, 338.3, -60.6), wcs.sky_to_pixel(338.3, -60.6));
    }
}
