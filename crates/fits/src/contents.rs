//! What is in a file: the headers of its HDUs, read once, and the way to the pixels of each.
//! Images on HST's grids have five thousand cards, which would take longer to read again than to fit
//! them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::bytes::Bytes;
use super::source::OpenSource;
use super::walk::Data;
use super::{next_hdu, open_walk, source_of, unzipped, zipped, Header, Stored};
use crate::error::{Error, Result};

/// One HDU.
pub struct Hdu {
    /// Whether it is an image (of any number of axes).
    pub is_image: bool,
    /// Its cards.
    pub header: Header,
    bitpix: i32,
    sizes: Vec<i64>,
    data: Data,
}

/// The HDUs of a file.
pub struct Contents {
    path: PathBuf,
    what: &'static str,
    /// In the order of the file. Whoever needs a header for long may take it away.
    pub hdus: Vec<Hdu>,
}

impl Contents {
    /// Reads the headers of `path`.
    ///
    /// # Errors
    /// As for [`for_each_hdu`].
    pub fn read(path: &Path, what: &'static str) -> Result<Self> {
        let path = unzipped(path);
        let mut walk = open_walk(&path, what)?;
        let mut hdus = Vec::new();
        loop {
            match next_hdu(&mut walk, hdus.len(), &path, what) {
                Ok(Some(found)) => hdus.push(Hdu {
                    is_image: found.is_image(),
                    header: found.header,
                    bitpix: found.bitpix,
                    sizes: found.sizes,
                    data: found.data,
                }),
                Err(why @ Error::Io { .. }) => return Err(why),
                Err(why) if hdus.is_empty() => return Err(why),
                // What follows the last HDU that can be read is as good as nothing.
                Ok(None) | Err(_) => break,
            }
        }
        Ok(Contents { path, what, hdus })
    }

    /// Opens the pixels of an HDU.
    ///
    /// # Errors
    /// When the HDU is no image of pixels, or the file cannot be opened.
    pub fn open(&self, hdu: usize) -> Result<OpenSource<'static>> {
        let refuse = |why: String| Error::fits(self.what, &self.path, why);
        let found = self.hdus.get(hdu);
        let found = found.ok_or_else(|| refuse(format!("has no HDU {hdu}")))?;
        if matches!(found.data, Data::Table) {
            return Err(refuse(format!("HDU {hdu} is no image")));
        }
        let stored = Stored::new(found.bitpix, &found.header)
            .ok_or_else(|| refuse(format!("BITPIX is {}", found.bitpix)))?;
        let bytes = Bytes::open(&zipped(&self.path))
            .map_err(|e| Error::io("Cannot open image file", &self.path, e))?;
        let (sizes, data) = (found.sizes.clone(), found.data.clone());
        let packed = bytes.length().is_none();
        let source = source_of(&self.path, hdu, sizes, stored, data, packed).map_err(refuse)?;
        let reader = source.reader_of(bytes)?;
        Ok(OpenSource {
            source: Cow::Owned(source),
            reader,
        })
    }
}
