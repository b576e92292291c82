//! Images as MUSE software keeps them (MPDAF 3.6, `mpdaf.obj.data`): a primary header without
//! pixels, then extensions DATA (of HST images SCI), STAT (variances) and DQ (the mask, where it
//! is not zero).

mod layout;
mod unit;
mod write;

use std::path::{Path, PathBuf};

pub use layout::{plane_header, take_unit, Extension, Extensions};
pub use unit::Unit;
pub use write::SaveMask;

use crate::error::{About, Error, Result};
use fits::Header;

/// An image in memory with its mask, its variances and its headers.
#[derive(Debug, Clone)]
pub struct MuseImage {
    /// The file that it was read from.
    pub path: PathBuf,
    /// NAXIS1, pixels.
    pub width: usize,
    /// NAXIS2, pixels.
    pub height: usize,
    /// The pixels, NAXIS1 running fastest, in the unit that `unit` names. Masked ones have any
    /// value, NaN too.
    pub data: Vec<f64>,
    /// `true` where a pixel is masked: where DQ is not zero, and where DATA is NaN or infinite.
    pub mask: Vec<bool>,
    /// Variances in the unit squared, where there is a STAT extension that was read.
    pub variance: Option<Vec<f64>>,
    /// BUNIT, with the number that FSCALE multiplies it by.
    pub unit: Option<String>,
    /// The header of the primary HDU.
    pub primary: Header,
    /// The header of DATA. Its coordinates and its own keywords are written again; what describes
    /// stored pixels (BITPIX, NAXIS1, BUNIT, ...) is made anew from the other fields.
    pub data_header: Header,
}

impl MuseImage {
    /// Reads the image of `path`: extension DATA, or SCI, or the only HDU that there is.
    ///
    /// # Errors
    /// When the file is missing or no FITS, has no such extension, or has one that is not of two
    /// axes, or a STAT or DQ of another size; `what` begins the message ("MUSE image").
    pub fn read(path: &Path, what: &'static str) -> Result<Self> {
        Self::read_found(path, what, Extensions::find(path, what)?)
    }

    /// The same without the variances, which take as long to read as the pixels.
    ///
    /// # Errors
    /// As for [`MuseImage::read`], but that STAT is not looked at.
    pub fn read_without_variances(path: &Path, what: &'static str) -> Result<Self> {
        let mut found = Extensions::find(path, what)?;
        found.stat = None;
        Self::read_found(path, what, found)
    }

    /// The same as [`MuseImage::read`], but where there is neither DATA nor SCI the first image of two axes is taken,
    /// alone, as `regrid_hst_to_muse` does with images of HST.
    ///
    /// # Errors
    /// As for [`MuseImage::read`], and when there is no image at all.
    pub fn read_any(path: &Path, what: &'static str) -> Result<Self> {
        Self::read_found(path, what, Extensions::find_any(path, what)?)
    }

    fn read_found(path: &Path, what: &'static str, found: Extensions) -> Result<Self> {
        let refuse = |why: String| Error::fits(what, path, why);
        if found.axes != 2 {
            return Err(refuse(format!(
                "is no image: {} has {} axes, not 2",
                found.data.name, found.axes
            )));
        }
        let mut pixels = found.contents.open(found.data.hdu)?;
        let whole = pixels.source().whole();
        let mut data = Vec::new();
        pixels.read(whole, &mut data)?;
        let companion = |extension: &Option<Extension>| -> Result<Option<Vec<f64>>> {
            let Some(extension) = extension else {
                return Ok(None);
            };
            let mut pixels = found.contents.open(extension.hdu)?;
            if pixels.source().sizes() != [whole.width as i64, whole.height as i64] {
                let (other, data) = (extension.name, found.data.name);
                return Err(refuse(format!("{other} is not of the size of {data}")));
            }
            let mut values = Vec::new();
            pixels.read(whole, &mut values)?;
            Ok(Some(values))
        };
        let variance = companion(&found.stat)?;
        // Blanks are NaN here. MPDAF looks for them only where there is no DQ.
        let mask = match companion(&found.dq)? {
            Some(quality) => {
                let pairs = data.iter().zip(&quality);
                memory::collect(pairs.map(|(value, &flag)| flag != 0.0 || !value.is_finite()))
            }
            None => memory::collect(data.iter().map(|value| !value.is_finite())),
        }
        .about(path)?;
        let mut data_header = found.data_header;
        let unit = take_unit(&mut data_header);
        Ok(MuseImage {
            path: path.to_owned(),
            width: whole.width,
            height: whole.height,
            data,
            mask,
            variance,
            unit,
            primary: found.primary,
            data_header,
        })
    }

    /// How many pixels are masked.
    pub fn masked(&self) -> usize {
        self.mask.iter().filter(|&&masked| masked).count()
    }
}
