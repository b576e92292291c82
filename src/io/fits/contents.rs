//! What is in a file: the headers of its HDUs, read once, and the way to the pixels of each. For
//! files whose headers are long: see [`super::plain`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::plain;
use super::source::{OpenSource, Reader};
use super::{for_each_hdu, plain_file, source_of, Header, Image, Stored};
use crate::error::{Error, Result};

/// One HDU.
pub struct Hdu {
    /// Whether it is an image (of any number of axes).
    pub is_image: bool,
    /// Its cards.
    pub header: Header,
    place: Option<Place>,
}

/// Where the pixels of an HDU are, where they can be read from the file directly.
struct Place {
    sizes: Vec<i64>,
    start: u64,
    stored: Stored,
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
        let plain_hdu = |hdu: plain::PlainHdu| Hdu {
            is_image: hdu.is_image,
            place: Stored::new(hdu.bitpix, &hdu.header).map(|stored| Place {
                sizes: hdu.sizes,
                start: hdu.start,
                stored,
            }),
            header: hdu.header,
        };
        let hdus = match plain::hdus(path) {
            Some(hdus) => hdus.into_iter().map(plain_hdu).collect(),
            None => {
                let mut hdus = Vec::new();
                for_each_hdu(path, what, |_, is_image, header| {
                    hdus.push(Hdu {
                        is_image,
                        header: header.clone(),
                        place: None,
                    });
                    Ok(())
                })?;
                hdus
            }
        };
        Ok(Contents {
            path: path.to_owned(),
            what,
            hdus,
        })
    }

    /// Opens the pixels of an HDU.
    ///
    /// # Errors
    /// When the HDU is no image of pixels, or the file cannot be opened.
    pub fn open(&self, hdu: usize) -> Result<OpenSource<'static>> {
        let found = self.hdus.get(hdu).filter(|found| found.is_image);
        let place = found.and_then(|found| found.place.as_ref());
        let (Some(place), Some(file)) = (place, plain_file(&self.path)) else {
            let Image { source, reader, .. } = Image::open_hdu(&self.path, hdu, self.what)?;
            return Ok(OpenSource {
                source: Cow::Owned(source),
                reader,
            });
        };
        let refuse = |why: String| Error::fits(self.what, &self.path, why);
        let (start, stored) = (place.start, place.stored);
        let sizes = place.sizes.clone();
        let source = source_of(&self.path, hdu, sizes, stored, Some(start)).map_err(refuse)?;
        Ok(OpenSource {
            source: Cow::Owned(source),
            reader: Reader::Direct(file, start, stored),
        })
    }
}
