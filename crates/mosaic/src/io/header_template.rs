//! Montage's header templates: text files with one header line each, which describe the output
//! image (`mMakeHdr` writes them).

use std::path::{Path, PathBuf};

use crate::error::{naming, Error, Result};
use fits::card::{self, Parsed};
use fits::cformat;
use sky::{Fault, Grid, KeywordError, Keywords};

/// A header template in memory.
#[derive(Debug, Clone)]
pub struct HeaderTemplate {
    path: PathBuf,
    lines: Vec<Parsed>,
}

/// A template is a page of text; what is longer than this is something else.
const MAX_BYTES: u64 = 16 << 20;

/// Montage's words for a template line with a value beyond column 80.
pub const TOO_LONG: &str = "FITS header lines cannot be greater than 80 characters.";

/// A line without what follows a NUL, which to Montage is its end.
fn part_that_counts(line: &[u8]) -> &[u8] {
    let line = line.split(|&b| b == 0).next().unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The lines of a template before END.
fn lines_until_end(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&b| b == b'\n')
        .map(part_that_counts)
        .take_while(|line| line.trim_ascii() != b"END")
}

impl HeaderTemplate {
    /// Reads the template `path`.
    ///
    /// # Errors
    /// When the file cannot be read or is no text file of a sane size.
    pub fn open(path: &Path) -> Result<Self> {
        let refuse = |source| Error::io("Cannot open header template", path, source);
        let metadata = std::fs::metadata(path).map_err(refuse)?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(Error::table("Not a header template", path));
        }
        let text = std::fs::read(path).map_err(refuse)?;
        if lines_until_end(&text).any(|line| card::within_card(line).is_none()) {
            return Err(Error::message(naming(TOO_LONG, path)));
        }
        Ok(Self::parse(&text, path))
    }

    /// Takes template text; `path` is what messages call it.
    ///
    /// ```
    /// use mosaic::io::header_template::HeaderTemplate;
    /// use sky::{Keywords, Wcs};
    ///
    /// let text = "SIMPLE = T\nNAXIS1 = 100\nNAXIS2 = 80\nCTYPE1 = 'RA---TAN'\nCTYPE2 = 'DEC--TAN'\n\
    ///             CRVAL1 = 10\nCRVAL2 = 20\nCRPIX1 = 50.5\nCRPIX2 = 40.5\nCDELT1 = -0.001\nCDELT2 = 0.001\nEND\n";
    /// let template = HeaderTemplate::parse(text.as_bytes(), "region.hdr".as_ref());
    /// assert_eq!(template.integer("NAXIS1"), Some(100));
    /// let (ra, dec) = Wcs::new(&template)?.pixel_to_sky(50.5, 40.5).expect("on the sky");
    /// assert!((ra - 10.0).abs() < 1e-12 && (dec - 20.0).abs() < 1e-12);
    /// # Ok::<(), sky::Error>(())
    /// ```
    pub fn parse(text: &[u8], path: &Path) -> Self {
        let lines = text
            .split(|&b| b == b'\n')
            .map(part_that_counts)
            // What of a line does not fit on a card is no part of it.
            .map(|line| card::parse(card::within_card(line).unwrap_or(line)))
            .take_while(|line| line.key != "END" || line.value.is_some())
            .collect();
        HeaderTemplate {
            path: path.to_owned(),
            lines,
        }
    }

    /// The file that this was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines before END.
    pub fn lines(&self) -> &[Parsed] {
        &self.lines
    }

    /// The size and reference pixel of the image that it describes.
    ///
    /// # Errors
    /// When one of their keywords is missing or out of range: see [`Grid::from_keywords`].
    pub fn grid(&self) -> Result<Grid> {
        Grid::from_keywords(self).map_err(|KeywordError { key, fault }| {
            let what = match fault {
                Fault::OutOfRange(x) if key.starts_with("CRPIX") => {
                    format!("Invalid {key} ({x:e})")
                }
                Fault::OutOfRange(size) => format!("Invalid {key} ({size})"),
                _ => format!("No {key} keyword (or no number in it)"),
            };
            Error::table(format!("{what} in header template"), &self.path)
        })
    }

    /// The number of keyword `key`.
    ///
    /// # Errors
    /// When it is missing, or no finite number.
    pub fn need_real(&self, key: &str) -> Result<f64> {
        self.real(key).filter(|x| x.is_finite()).ok_or_else(|| {
            Error::table(
                format!("No {key} keyword (or no number in it) in header template"),
                &self.path,
            )
        })
    }

    /// The axis length of keyword `key`: 1 to 2^31-1.
    ///
    /// # Errors
    /// When it is missing or out of that range.
    pub fn need_size(&self, key: &str) -> Result<i64> {
        let size = self.need_real(key)?;
        if (1.0..=f64::from(i32::MAX)).contains(&size) {
            return Ok(size as i64);
        }
        Err(Error::table(
            format!("Invalid {key} ({size}) in header template"),
            &self.path,
        ))
    }
}

impl Keywords for HeaderTemplate {
    fn real(&self, key: &str) -> Option<f64> {
        cformat::whole_number(&self.text(key)?)
    }

    fn integer(&self, key: &str) -> Option<i64> {
        self.real(key).filter(|x| x.is_finite()).map(|x| x as i64)
    }

    /// Of a repeated keyword the last line counts, as in the original.
    fn text(&self, key: &str) -> Option<String> {
        self.lines
            .iter()
            .rev()
            .find(|line| line.key == key && line.value.is_some())?
            .value
            .clone()
    }

    fn may_have(&self, prefix: &str) -> bool {
        self.lines.iter().any(|line| line.key.starts_with(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_as_they_come() {
        let text = b"SIMPLE  = T\r\nNAXIS1\t= 300\r\n naxis2=2e2\nCRPIX1 = nan\nNAXIS1 = 400\nEND\nCRPIX2 = 1";
        let t = HeaderTemplate::parse(text, Path::new("r.hdr"));
        assert_eq!(t.need_size("NAXIS1").unwrap(), 400);
        assert_eq!(t.need_size("NAXIS2").unwrap(), 200);
        assert!(t
            .need_real("CRPIX1")
            .unwrap_err()
            .to_string()
            .contains("r.hdr"));
        assert!(t.need_real("CRPIX2").is_err());
        assert!(HeaderTemplate::open(Path::new("/")).is_err());
        assert!(HeaderTemplate::open(Path::new("/no/such")).is_err());
    }
}
