//! The contents of a file: the headers of all HDUs, read once, and access to the pixels of each. Some HST
//! images have five thousand cards, which take longer to read again than a fit takes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::bytes::Bytes;
use super::source::OpenSource;
use super::walk::Data;
use super::{next_hdu, open_walk, source_of, unzipped, zipped, Header, Stored};
use crate::error::{Error, Result};

/// One HDU of a file.
pub struct Hdu {
    /// Whether the HDU is an image, with any number of axes.
    pub is_image: bool,
    /// Its header.
    pub header: Header,
    bitpix: i32,
    sizes: Vec<i64>,
    data: Data,
}

/// All HDUs of a file.
///
/// ```
/// use fits::{Contents, Header, Keywords};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("image.fits");
/// fits::write_image(&path, &Header::primary(-64, &[2, 1]), &[1.0, 2.0])?;
/// let contents = Contents::read(&path, "Image file")?;
/// assert_eq!(contents.hdus.len(), 1);
/// assert_eq!(contents.hdus[0].header.integer("NAXIS1"), Some(2));
/// let mut image = contents.open(0)?;
/// let (whole, mut pixels) = (image.source().whole(), Vec::new());
/// image.read(whole, &mut pixels)?;
/// assert_eq!(pixels, [1.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Contents {
    path: PathBuf,
    what: &'static str,
    /// The HDUs, in the order of the file. A caller may move a header out of here.
    pub hdus: Vec<Hdu>,
}

impl Contents {
    /// Reads the headers of `path`. What follows the last readable HDU is ignored.
    ///
    /// # Errors
    /// If the file cannot be read or its first HDU is damaged. `what` begins the message ("Image file").
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
                // What follows the last readable HDU is ignored.
                Ok(None) | Err(_) => break,
            }
        }
        Ok(Contents { path, what, hdus })
    }

    /// Opens the pixels of HDU `hdu`, counted from 0.
    ///
    /// # Errors
    /// If the HDU is missing, is not an image, or the file cannot be opened.
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
