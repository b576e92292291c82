//! Which HDU of a file is what, and the headers of the HDUs that are written.

use std::path::Path;

use super::unit::Unit;
use crate::error::{Error, Result};
use fits::card::Card;
use fits::{Contents, Hdu, Header};
use sky::Keywords;

/// One extension of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// What it is called: "DATA", "SCI", "STAT", "DQ", or "the image".
    pub name: &'static str,
    /// Its HDU, from 0.
    pub hdu: usize,
}

/// Where the parts of an image or a cube are in its file.
pub struct Extensions {
    /// The pixels.
    pub data: Extension,
    /// How many axes they have: 2 of an image, 3 of a cube.
    pub axes: usize,
    /// Their variances.
    pub stat: Option<Extension>,
    /// Their mask.
    pub dq: Option<Extension>,
    /// The primary header.
    pub primary: Header,
    /// The header of the pixels.
    pub data_header: Header,
    /// The way to the pixels of an HDU; what is named above has no header there any more.
    pub contents: Contents,
}

impl Extensions {
    /// Finds DATA (or SCI), STAT and DQ. A file of a single HDU is its own data.
    ///
    /// # Errors
    /// When the file is missing, no FITS, or has several HDUs but neither DATA nor SCI.
    pub fn find(path: &Path, what: &'static str) -> Result<Self> {
        let hdus = Hdus(Contents::read(path, what)?);
        let single = hdus.0.hdus.len() == 1;
        hdus.named()
            .or_else(|hdus| match single {
                true => hdus.at(0),
                false => Err(hdus),
            })
            .map_err(|_| Error::fits(what, path, "has no DATA or SCI extension"))
    }

    /// The same; where there is neither DATA nor SCI, the first image of two axes is taken.
    ///
    /// # Errors
    /// When the file is missing, no FITS, or has no image.
    pub fn find_any(path: &Path, what: &'static str) -> Result<Self> {
        let hdus = Hdus(Contents::read(path, what)?);
        let first = |hdus: Hdus| {
            let is_plane = |hdu: &Hdu| hdu.is_image && axes(&hdu.header) >= 2;
            match hdus.0.hdus.iter().position(is_plane) {
                Some(at) => hdus.at(at),
                None => Err(hdus),
            }
        };
        hdus.named()
            .or_else(first)
            .map_err(|_| Error::fits(what, path, "has no image of two axes"))
    }
}

struct Hdus(Contents);

impl Hdus {
    fn position(&self, name: &str) -> Option<usize> {
        self.0.hdus.iter().position(|hdu| {
            let extension = hdu.header.text("EXTNAME");
            hdu.is_image
                && axes(&hdu.header) > 0
                && extension.is_some_and(|text| text.trim().eq_ignore_ascii_case(name))
        })
    }

    /// DATA or SCI, with STAT and DQ.
    fn named(self) -> std::result::Result<Extensions, Hdus> {
        let find = |name| {
            let hdu = self.position(name)?;
            Some(Extension { name, hdu })
        };
        let Some(data) = find("DATA").or_else(|| find("SCI")) else {
            return Err(self);
        };
        let (stat, dq) = (find("STAT"), find("DQ"));
        Ok(self.with(data, stat, dq))
    }

    /// HDU `at` alone.
    fn at(self, at: usize) -> std::result::Result<Extensions, Hdus> {
        let data = Extension {
            name: "the image",
            hdu: at,
        };
        Ok(self.with(data, None, None))
    }

    fn with(
        mut self,
        data: Extension,
        stat: Option<Extension>,
        dq: Option<Extension>,
    ) -> Extensions {
        let data_header = std::mem::take(&mut self.0.hdus[data.hdu].header);
        let primary = match data.hdu {
            0 => without_unit_of_counts(&data_header),
            _ => std::mem::take(&mut self.0.hdus[0].header),
        };
        Extensions {
            axes: axes(&data_header),
            data,
            stat,
            dq,
            primary,
            data_header,
            contents: self.0,
        }
    }
}

/// The header of pixels as the primary header of a file that has them in an extension. BUNIT is empty
/// unless it is a flux density, as MPDAF leaves it for ELECTRONS/S: the extension says its unit
/// itself, which after a change of unit is another one.
fn without_unit_of_counts(header: &Header) -> Header {
    let mut primary = header.clone();
    let flux = Unit::erg_per_second_cm2_angstrom();
    let is_flux = |text: &str| Unit::parse(text).is_ok_and(|unit| flux.factor_to(&unit).is_ok());
    if header.text("BUNIT").is_some_and(|text| !is_flux(&text)) {
        primary.replace(Card::with_string("BUNIT", "", "data unit type"));
    }
    primary
}

fn axes(header: &Header) -> usize {
    let axes = header.integer("NAXIS").unwrap_or(0);
    usize::try_from(axes).unwrap_or(0)
}

/// The header of one plane of a cube: what belongs to the third and further axes (NAXIS3, CTYPE3,
/// CD3_3, CD1_3, PC3_1, ...) is left out.
pub fn plane_header(cube: &Header) -> Header {
    let keep = |card: &&Card| !is_of_further_axis(card.key());
    let mut header = Header::new(cube.cards().iter().filter(keep).copied());
    if axes(cube) > 2 {
        header.set_integer("NAXIS", 2);
    }
    if header.integer("WCSAXES").is_some_and(|n| n > 2) {
        header.set_integer("WCSAXES", 2);
    }
    header
}

fn is_of_further_axis(key: &[u8]) -> bool {
    let further = |digits: &[u8]| {
        let number = std::str::from_utf8(digits)
            .ok()
            .and_then(|t| t.parse::<u32>().ok());
        number.is_some_and(|axis| axis > 2)
    };
    let one_axis: [&[u8]; 10] = [
        b"NAXIS", b"CTYPE", b"CUNIT", b"CRPIX", b"CRVAL", b"CDELT", b"CROTA", b"CNAME", b"CRDER",
        b"CSYER",
    ];
    let spectral = matches!(
        key,
        b"SPECSYS" | b"RESTFRQ" | b"RESTFREQ" | b"RESTWAV" | b"SSYSOBS" | b"VELOSYS" | b"ZSOURCE"
    );
    spectral
        || one_axis
            .iter()
            .any(|name| key.strip_prefix(*name).is_some_and(further))
        || [&b"CD"[..], b"PC", b"PV", b"PS"].iter().any(|name| {
            let Some(rest) = key.strip_prefix(*name) else {
                return false;
            };
            let mut parts = rest.split(|&b| b == b'_');
            let (Some(i), Some(j), None) = (parts.next(), parts.next(), parts.next()) else {
                return false;
            };
            further(i) || (name.ends_with(b"D") || name.ends_with(b"C")) && further(j)
        })
}

/// What describes the stored pixels of an HDU or its place in a file, never what they mean. It is
/// made anew for an HDU that is written.
fn is_structural(key: &[u8]) -> bool {
    let structural: [&[u8]; 16] = [
        b"SIMPLE",
        b"XTENSION",
        b"BITPIX",
        b"NAXIS",
        b"PCOUNT",
        b"GCOUNT",
        b"GROUPS",
        b"EXTEND",
        b"BSCALE",
        b"BZERO",
        b"BLANK",
        b"CHECKSUM",
        b"DATASUM",
        b"EXTNAME",
        b"EXTVER",
        b"EXTLEVEL",
    ];
    let axis = |key: &[u8]| {
        key.strip_prefix(b"NAXIS")
            .is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
    };
    structural.contains(&key) || axis(key)
}

/// The cards of `header` that say what the pixels mean.
fn meaning(header: &Header) -> impl Iterator<Item = Card> + '_ {
    let cards = header.cards().iter().copied();
    cards.filter(|card| !is_structural(card.key()))
}

/// A primary header without pixels that keeps the keywords of `source`.
pub(super) fn primary_header(source: &Header) -> Header {
    let mut header = Header::default();
    header.push(Card::with_token("SIMPLE", "T", "conforms to FITS standard"));
    header.push(Card::with_token("BITPIX", "8", "array data type"));
    header.push(Card::with_token("NAXIS", "0", "number of array dimensions"));
    header.push(Card::with_token("EXTEND", "T", ""));
    meaning(source).for_each(|card| header.push(card));
    header
}

/// The unit of an image: BUNIT times FSCALE, where there is one. FSCALE leaves the header when it
/// is part of the answer.
///
/// MPDAF multiplies at every reading, but writes FSCALE beside the BUNIT that has it already, so
/// that an image that was read and written is a further 1e-20 too faint. A BUNIT that begins with
/// the number of FSCALE has it.
pub fn take_unit(header: &mut Header) -> Option<String> {
    let text = header.text("BUNIT")?;
    let scale = header.real("FSCALE").filter(|x| x.is_finite() && *x > 0.0);
    let (Some(scale), Ok(unit)) = (scale, Unit::parse(&text)) else {
        return Some(text);
    };
    header.remove("FSCALE");
    if (unit.number() / scale - 1.0).abs() < 1e-6 {
        return Some(text);
    }
    Some(unit.times(scale).to_string())
}

/// The header of an image extension `name` of `bitpix` that keeps the keywords of `source`, BUNIT
/// aside.
pub(super) fn extension_header(
    source: &Header,
    name: &str,
    bitpix: i32,
    (width, height): (usize, usize),
) -> Header {
    let mut header = Header::default();
    header.push(Card::with_string("XTENSION", "IMAGE", "Image extension"));
    for (key, value, comment) in [
        ("BITPIX", bitpix.to_string(), "array data type"),
        ("NAXIS", "2".into(), "number of array dimensions"),
        ("NAXIS1", width.to_string(), ""),
        ("NAXIS2", height.to_string(), ""),
        ("PCOUNT", "0".into(), "number of parameters"),
        ("GCOUNT", "1".into(), "number of groups"),
    ] {
        header.push(Card::with_token(key, &value, comment));
    }
    header.push(Card::with_string("EXTNAME", name, "extension name"));
    meaning(source)
        .filter(|card| card.key() != b"BUNIT")
        .for_each(|card| header.push(card));
    header
}
