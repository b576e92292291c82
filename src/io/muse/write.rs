//! Writing an image back.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::layout::{extension_header, primary_header};
use super::{MuseImage, Unit};
use crate::error::Result;
use crate::io::fits::card::Card;
use crate::io::fits::{Header, ImageWriter, Stored};

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
                let pixels = self.data.iter().zip(&self.mask).map(blank);
                writer.write(&pixels.collect::<Vec<f64>>())?;
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
            let flags = self.mask.iter().map(|&masked| f64::from(u8::from(masked)));
            writer.write(&flags.collect::<Vec<f64>>())?;
        }
        writer.finish()?.commit()
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
        let flags = self.mask.iter().map(|&masked| f64::from(u8::from(masked)));
        writer.write(&flags.collect::<Vec<f64>>())?;
        writer.finish()?.commit()
    }
}

/// Says when and by whom the file was written.
fn sign(primary: &mut Header) {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    primary.replace(Card::with_string("DATE", &utc(seconds), "creation date"));
    primary.replace(Card::with_string(
        "AUTHOR",
        "libmontage",
        "origin of the file",
    ));
}

/// `YYYY-MM-DDThh:mm:ss` of a time in seconds since 1970, UTC (FITS Standard 4.0, section 9.1.1).
fn utc(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let mut left = days;
    let by = |year: u64, n: u64| year.is_multiple_of(n);
    let leap = |year: u64| by(year, 4) && (!by(year, 100) || by(year, 400));
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}",
        left + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N +%FT%T`.
        assert_eq!(utc(0), "1970-01-01T00:00:00");
        assert_eq!(utc(951_827_696), "2000-02-29T12:34:56");
        assert_eq!(utc(1_735_689_599), "2024-12-31T23:59:59");
        assert_eq!(utc(4_107_542_400), "2100-03-01T00:00:00");
    }
}
