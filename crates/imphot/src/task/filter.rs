//! The filters of HST's cameras that MUSE images are compared with.

use std::path::Path;

use crate::error::{Error, Result};
use crate::muse::{Extensions, MuseImage};
use fits::Header;
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};
use sky::Keywords;

/// What a filter of HST's Advanced Camera for Surveys does to the light.
///
/// As imphot has them (`HstFilterInfo`): AB zero points of the Extreme Deep Field
/// (archive.stsci.edu/prepds/xdf), of F475W, F555W and F625W those of acszeropoints.stsci.edu for
/// 2012-01-01; pivot wavelengths and widths of stsci.edu/hst/acs/analysis/bandwidths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HstFilter {
    /// Its name, "F606W".
    pub name: &'static str,
    /// The AB magnitude of one electron per second.
    pub abmag_zero: f64,
    /// The flux density of one electron per second, erg s-1 cm-2 Angstrom-1:
    /// 10^(-abmag_zero / 2.5 - 2 log10(photplam) - 0.9632).
    pub photflam: f64,
    /// Pivot wavelength, Angstrom.
    pub photplam: f64,
    /// Effective width, Angstrom.
    pub photbw: f64,
}

/// What [`filter_info`] needs: one of the two.
#[derive(Debug, Clone, Copy)]
pub struct FilterInfoParams<'a> {
    /// The name of a filter.
    pub filter: Option<&'a str>,
    /// An HST image, whose header says it where no name is given.
    pub image: Option<&'a Path>,
}

/// What [`filter_info`] found: the members of [`HstFilter`].
#[derive(Debug, Clone, PartialEq, Outcome)]
pub struct FilterInfoOutcome {
    /// Its name, "F606W".
    pub filter: String,
    /// The AB magnitude of one electron per second.
    pub abmag_zero: f64,
    /// The flux density of one electron per second, erg s-1 cm-2 Angstrom-1.
    pub photflam: f64,
    /// Pivot wavelength, Angstrom.
    pub photplam: f64,
    /// Effective width, Angstrom.
    pub photbw: f64,
}

/// The constants of a filter (imphot's `HstFilterInfo`), which is named or read from the headers of
/// an image.
///
/// # Errors
/// When the image cannot be read or does not say, or there is no such filter.
pub fn filter_info(params: &FilterInfoParams, _run: &Run) -> Result<FilterInfoOutcome> {
    let found = match (params.filter, params.image) {
        (Some(name), _) => HstFilter::named(name, "filter")?,
        (None, Some(path)) => {
            let found = Extensions::find_any(path, "HST image")?;
            HstFilter::of_headers(&[&found.primary, &found.data_header])
                .map_err(|why| Error::fits("HST image", path, why))?
        }
        (None, None) => return Err(Error::argument("filter", "is NULL, and so is hst_file")),
    };
    Ok(FilterInfoOutcome {
        filter: found.name.to_owned(),
        abmag_zero: found.abmag_zero,
        photflam: found.photflam,
        photplam: found.photplam,
        photbw: found.photbw,
    })
}

/// Name, zero point, flux density, pivot wavelength, width.
const FILTERS: [(&str, f64, f64, f64, f64); 8] = [
    ("F435W", 25.68, 3.11e-19, 4328.2, 298.2),
    ("F475W", 26.06, 1.82e-19, 4746.9, 420.2),
    ("F555W", 25.72, 1.96e-19, 5361.0, 360.1),
    ("F606W", 26.51, 7.73e-20, 5921.1, 672.3),
    ("F625W", 25.91, 1.18e-19, 6311.4, 415.4),
    ("F775W", 25.69, 9.74e-20, 7692.4, 434.4),
    ("F814W", 25.94, 7.05e-20, 8057.0, 652.0),
    ("F850LP", 24.87, 1.50e-19, 9033.1, 525.7),
];

impl HstFilter {
    /// The filter of this name, in capitals or not.
    fn find(name: &str) -> Option<Self> {
        let wanted =
            |known: &&(&str, f64, f64, f64, f64)| known.0.eq_ignore_ascii_case(name.trim());
        let &(name, abmag_zero, photflam, photplam, photbw) = FILTERS.iter().find(wanted)?;
        Some(HstFilter {
            name,
            abmag_zero,
            photflam,
            photplam,
            photbw,
        })
    }

    /// The filter of this name, in capitals or not.
    ///
    /// # Errors
    /// When there is none; `argument` is what the caller calls the name.
    pub fn named(name: &str, argument: &'static str) -> Result<Self> {
        Self::find(name)
            .ok_or_else(|| Error::argument(argument, format!("'{name}' is none of {}", names())))
    }

    /// The filter that an HST image was taken through: `name`, or else what its primary header
    /// says, or that of its pixels: FILTER, or FILTER1 unless that is CLEAR1L, or FILTER2 unless
    /// that is CLEAR2L.
    ///
    /// # Errors
    /// When there is no such keyword, its value is a number or no filter that is known.
    pub fn of_image(image: &MuseImage, name: Option<&str>) -> Result<Self> {
        if let Some(name) = name.filter(|name| !name.trim().is_empty()) {
            return Self::named(name, "filter");
        }
        let headers = [&image.primary, &image.data_header];
        Self::of_headers(&headers).map_err(|why| Error::fits("HST image", &image.path, why))
    }

    fn of_headers(headers: &[&Header]) -> std::result::Result<Self, String> {
        let stated = headers.iter().find_map(|header| {
            let is = |key: &str, clear: &str| {
                header.has(key) && header.text(key).as_deref() != Some(clear)
            };
            let key = match () {
                () if header.has("FILTER") => "FILTER",
                () if is("FILTER1", "CLEAR1L") => "FILTER1",
                () if is("FILTER2", "CLEAR2L") => "FILTER2",
                () => return None,
            };
            let card = header
                .cards()
                .iter()
                .find(|card| card.key() == key.as_bytes())?;
            Some((key, card.parsed()))
        });
        let Some((key, card)) = stated else {
            return Err(
                "Missing FILTER keyword in HST image header; give the filter's name".into(),
            );
        };
        let value = card.value.unwrap_or_default();
        if !card.quoted {
            let hint = headers.iter().find_map(|header| {
                let name = header.text("FILTNAM1")?;
                Self::find(&name).map(|filter| format!(" (FILTNAM1 says {})", filter.name))
            });
            return Err(format!(
                "{key} is {value}, the number of a filter and not its name; give the filter's name{}",
                hint.unwrap_or_default()
            ));
        }
        Self::find(&value).ok_or_else(|| {
            format!(
                "Unrecognized filter ({value}) in HST image header; known are {}",
                names()
            )
        })
    }
}

fn names() -> String {
    FILTERS.map(|filter| filter.0).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fits::card::Card;

    fn of(cards: &[Card]) -> std::result::Result<&'static str, String> {
        let header = Header::new(cards.iter().copied());
        HstFilter::of_headers(&[&header]).map(|filter| filter.name)
    }

    fn text(key: &str, value: &str) -> Card {
        Card::with_string(key, value, "")
    }

    #[test]
    fn names_are_found_where_hst_headers_have_them() {
        assert_eq!(of(&[text("FILTER", "f606w")]), Ok("F606W"));
        let clear = [text("FILTER1", "CLEAR1L"), text("FILTER2", "F814W")];
        assert_eq!(of(&clear), Ok("F814W"));
        let second = [text("FILTER1", "F775W"), text("FILTER2", "CLEAR2L")];
        assert_eq!(of(&second), Ok("F775W"));
        let both = [text("FILTER1", "F775W"), text("FILTER", "F850LP")];
        assert_eq!(of(&both), Ok("F850LP"));
        assert_eq!(
            HstFilter::named("F435w", "filter").unwrap().photflam,
            3.11e-19
        );
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said() {
        let clear = [text("FILTER1", "CLEAR1L"), text("FILTER2", "CLEAR2L")];
        assert!(of(&clear).unwrap_err().contains("Missing FILTER"));
        assert!(of(&[]).unwrap_err().contains("Missing FILTER"));
        let unknown = of(&[text("FILTER", "G800L")]).unwrap_err();
        assert!(unknown.contains("(G800L)") && unknown.contains("F850LP"));
        // As in HST-HDFS.fits.
        let number = Card::with_token("FILTER1", "28", "first filter number (0-48)");
        let why = of(&[number, text("FILTNAM1", "F606W")]).unwrap_err();
        assert_eq!(
            why,
            "FILTER1 is 28, the number of a filter and not its name; give the filter's name \
             (FILTNAM1 says F606W)"
        );
        let error = HstFilter::named("", "filter").unwrap_err().to_string();
        assert!(error.starts_with("Argument filter: ''"));
    }

    #[test]
    fn constants_agree_with_each_other() {
        // photflam follows from the zero point and the pivot wavelength; imphot rounds it to
        // three digits.
        for (name, zero, flam, plam, _) in FILTERS {
            let expected = 10f64.powf(-zero / 2.5 - 2.0 * plam.log10() - 0.9632);
            assert!((flam / expected - 1.0).abs() < 0.01, "{name}");
        }
    }
}
