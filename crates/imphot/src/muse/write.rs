//! Writing an image back.

use std::path::Path;

use super::layout::{extension_header, primary_header};
use super::{MuseImage, Unit};
use crate::error::Result;
use fits::atomic_file::AtomicFile;
use fits::card::Card;
use fits::{Header, ImageWriter, Stored};

/// How the mask of an image is saved (MPDAF's `savemask`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaveMask {
    /// As an extension DQ of bytes, 1 where a pixel is masked; there is none where no pixel is.
    #[default]
    Dq,
    /// Masked pixels of DATA are NaN.
    Nan,
    /// Not at all.
    None,
}

impl MuseImage {
    /// Writes the image to `target`, whole or not at all, as MPDAF does: the primary header, DATA
    /// and STAT as single-precision floats, DQ as bytes.
    ///
    /// # Errors
    /// When the file cannot be created, written (disk full) or renamed.
    pub fn write(&self, target: &Path, savemask: SaveMask) -> Result<()> {
        Ok(self.file(target, savemask)?.commit()?)
    }

    /// The same, but the file appears when it is committed.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn file(&self, target: &Path, savemask: SaveMask) -> Result<AtomicFile> {
        let size = (self.width, self.height);
        let mut primary = primary_header(&self.primary);
        sign(&mut primary);
        let mut writer = ImageWriter::create(target, &primary)?;

        let mut header = extension_header(&self.data_header, "DATA", -32, size);
        if let Some(unit) = &self.unit {
            header.replace(Card::with_string("BUNIT", unit, "data unit type"));
        }
        writer.extension(&header, Stored::FLOATS)?;
        match savemask {
            SaveMask::Nan => {
                let blank = |(&value, &masked)| if masked { f64::NAN } else { value };
                write_each(&mut writer, self.data.iter().zip(&self.mask).map(blank))?;
            }
            SaveMask::Dq | SaveMask::None => writer.write(&self.data)?,
        }
        if let Some(variance) = &self.variance {
            let mut header = extension_header(&self.data_header, "STAT", -32, size);
            if let Some(Ok(unit)) = self.unit.as_deref().map(Unit::parse) {
                let unit = unit.squared().to_string();
                header.replace(Card::with_string("BUNIT", &unit, "data unit type"));
            }
            writer.extension(&header, Stored::FLOATS)?;
            writer.write(variance)?;
        }
        if savemask == SaveMask::Dq && self.masked() > 0 {
            let header = extension_header(&self.data_header, "DQ", 8, size);
            writer.extension(&header, Stored::BYTES)?;
            write_each(&mut writer, self.flags())?;
        }
        Ok(writer.finish()?)
    }

    /// Writes the mask of the image to `target`, whole or not at all, as an image of its own: DATA
    /// in bytes, 1 where a pixel is masked, else 0, on the coordinates of the image.
    ///
    /// # Errors
    /// When the file cannot be created, written (disk full) or renamed.
    pub fn write_mask(&self, target: &Path) -> Result<()> {
        let mut primary = primary_header(&self.primary);
        sign(&mut primary);
        let mut writer = ImageWriter::create(target, &primary)?;
        let header = extension_header(&self.data_header, "DATA", 8, (self.width, self.height));
        writer.extension(&header, Stored::BYTES)?;
        write_each(&mut writer, self.flags())?;
        Ok(writer.finish()?.commit()?)
    }

    /// The mask in numbers: 1 where a pixel is masked, else 0.
    fn flags(&self) -> impl Iterator<Item = f64> + '_ {
        self.mask.iter().map(|&masked| f64::from(u8::from(masked)))
    }
}

/// Writes pixels that are made one by one, a few at a time.
fn write_each(writer: &mut ImageWriter, pixels: impl Iterator<Item = f64>) -> Result<()> {
    let mut some = [0.0; 1024];
    let mut count = 0;
    for pixel in pixels {
        some[count] = pixel;
        count += 1;
        if count == some.len() {
            writer.write(&some)?;
            count = 0;
        }
    }
    Ok(writer.write(&some[..count])?)
}

/// Says by whom the file was written. Not when: the same call gives the same bytes, and a DATE
/// that is there is that of the observation's reduction.
fn sign(primary: &mut Header) {
    primary.replace(Card::with_string(
        "AUTHOR",
        "libmontage",
        "origin of the file",
    ));
}
