//! FITS images: any HDU, any BITPIX, scaled, tile-compressed or gzip'd, read as doubles with NaN
//! for blanks; written as doubles, whole or not at all.
//!
//! Files are read in safe Rust; [`os`] has the few system calls that need unsafe code. [`walk`] finds the HDUs and their headers, [`tiles`] unpacks
//! compressed images, [`bytes`] gives access to what is in a gzip'd file. Pixels are read in
//! windows, and only what a window needs is unpacked.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod atomic_file;
mod bytes;
pub mod card;
pub mod cformat;
mod contents;
mod decode;
pub mod durable;
pub mod error;
pub mod header;
mod lookup;
mod lzw;
pub mod names;
#[allow(unsafe_code)]
pub mod os;
mod plane_cache;
mod source;
pub mod temporary;
mod tiles;
mod unpack;
mod walk;
mod write;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use contents::{Contents, Hdu};
pub use decode::Stored;
pub use error::{About, Error, Result};
pub use header::Header;
pub use lookup::FileTables;
pub use plane_cache::PlaneCache;
pub use sky::Window;
pub use source::{OpenSource, Plane, Source};
pub use write::{write_image, ImageWriter, InOrder, PartsWriter};

use sky::{Fault, Grid};

use crate::error::NO_HDU;
use crate::temporary::Scratch;
use source::Reader;
use walk::{refusal, Data, Found, Stop, Walk};

/// An open image: one HDU of a file, its first two axes (of a cube, the first plane).
pub struct Image {
    source: Source,
    header: Header,
    reader: Reader,
}

impl Image {
    /// Opens the first image of at least two axes in `path`. Where there is no such file,
    /// `path.gz` is taken (or `path` without its `.gz`), and a name that ends in `[n]` means
    /// HDU n.
    ///
    /// # Errors
    /// When the file is missing, no FITS, or has no image; `what` begins the message ("Image
    /// file").
    pub fn open(path: &Path, what: &'static str) -> Result<Self> {
        if let Some((file, hdu)) = split_hdu(path) {
            return Self::open_hdu(&file, hdu, what);
        }
        let path = &unzipped(path);
        let refuse = |why: String| Error::fits(what, path, why);
        let mut walk = open_walk(path, what)?;
        let mut hdu = 0;
        while let Some(found) = next_hdu(&mut walk, hdu, path, what)? {
            let image = !matches!(found.data, Data::Table);
            if image && (found.sizes.len() >= 2 || matches!(found.data, Data::Damaged(_))) {
                return Self::from_walk(walk, found, path, hdu, what);
            }
            hdu += 1;
        }
        Err(refuse("has no image of two axes".into()))
    }

    /// Opens HDU `hdu` (from 0) of `path`.
    ///
    /// # Errors
    /// As for [`Image::open`], and when that HDU is no image.
    pub fn open_hdu(path: &Path, hdu: usize, what: &'static str) -> Result<Self> {
        let path = &unzipped(path);
        let refuse = |why: String| Error::fits(what, path, why);
        let mut walk = open_walk(path, what)?;
        let mut number = 0;
        while let Some(found) = next_hdu(&mut walk, number, path, what)? {
            if number < hdu {
                number += 1;
                continue;
            }
            if matches!(found.data, Data::Table) {
                return Err(refuse(format!("HDU {hdu} is no image")));
            }
            return Self::from_walk(walk, found, path, hdu, what);
        }
        Err(refuse(format!("{NO_HDU} {hdu}")))
    }

    fn from_walk(
        walk: Walk,
        found: Found,
        path: &Path,
        hdu: usize,
        what: &'static str,
    ) -> Result<Self> {
        let refuse = |why: String| Error::fits(what, path, why);
        let stored = Stored::new(found.bitpix, &found.header)
            .ok_or_else(|| refuse(format!("BITPIX is {}", found.bitpix)))?;
        let packed = walk.bytes.length().is_none();
        let source = source_of(path, hdu, found.sizes, stored, found.data, packed);
        let source = source.map_err(refuse)?;
        let reader = source.reader_of(walk.bytes)?;
        Ok(Image {
            source,
            header: found.header,
            reader,
        })
    }

    /// Where the pixels are, for reading again after this image is closed.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// The HDU of this image, from 0.
    pub fn hdu(&self) -> usize {
        self.source.hdu
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// NAXIS1.
    pub fn width(&self) -> usize {
        self.source.width
    }

    /// NAXIS2.
    pub fn height(&self) -> usize {
        self.source.height
    }

    /// All axis lengths.
    pub fn sizes(&self) -> &[i64] {
        self.source.sizes()
    }

    /// The planes of a cube one below the other, as one image of many rows; see
    /// [`Source::all_planes`].
    ///
    /// # Errors
    /// When that are more rows than can be counted.
    pub fn all_planes(mut self) -> Result<Self> {
        self.source = self.source.all_planes()?;
        Ok(self)
    }

    /// The whole first plane.
    pub fn whole(&self) -> Window {
        self.source.whole()
    }

    /// CRPIX1 and CRPIX2.
    ///
    /// # Errors
    /// When one is missing, no finite number, or so large that pixels cannot be told apart.
    pub fn reference_pixel(&self) -> Result<(f64, f64)> {
        Grid::reference_from_keywords(&self.header).map_err(|why| {
            let key = &why.key;
            let why = match why.fault {
                Fault::OutOfRange(x) => format!("{key} is too far away: {x:e}"),
                _ => format!("{key} is missing or no number"),
            };
            Error::fits("Image file", &self.source.path, why)
        })
    }

    /// Its size and reference pixel.
    ///
    /// # Errors
    /// As [`Image::reference_pixel`].
    pub fn grid(&self) -> Result<Grid> {
        let (crpix1, crpix2) = self.reference_pixel()?;
        Ok(Grid {
            width: self.width(),
            height: self.height(),
            crpix1,
            crpix2,
        })
    }

    /// Reads `window` of the first plane, row by row, as scaled doubles with NaN for blanks.
    /// `out` is resized to it, its memory is used again.
    ///
    /// # Errors
    /// When the window is not inside the image, memory is out, or the file is shorter than its
    /// header says.
    pub fn read(&mut self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        self.source.read_with(&mut self.reader, window, out)
    }

    /// Reads `window` of the first plane, row by row, as the file has it: big-endian, not scaled,
    /// blanks as they are. `out` is resized to it, its memory is used again.
    ///
    /// # Errors
    /// As for [`Image::read`].
    pub fn read_stored(&mut self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        self.source.read_stored_with(&mut self.reader, window, out)
    }

    /// Where windows can be read from directly, in any order and by any thread: the file itself,
    /// or, of a gzip'd or tile-compressed one, an unpacked copy beside `output`, which is gone
    /// when `scratch` is dropped.
    ///
    /// # Errors
    /// When the image cannot be read or the copy not be written.
    pub fn direct(mut self, output: &Path, scratch: &mut Vec<Scratch>) -> Result<Source> {
        if self.source.is_direct() {
            return Ok(self.source);
        }
        let folder = output.parent().filter(|dir| !dir.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let (source, path) = self.source.unpacked(&mut self.reader, folder)?;
        scratch.push(path);
        Ok(source)
    }
}

/// The header of HDU `hdu` (from 0) of `path`, image or not. As for [`Image::open`], a name that
/// ends in `[n]` means HDU n.
///
/// # Errors
/// When the file is missing, no FITS, or has no such HDU.
pub fn read_header(path: &Path, hdu: usize, what: &'static str) -> Result<Header> {
    if let Some((file, hdu)) = split_hdu(path) {
        return read_header(&file, hdu, what);
    }
    let path = &unzipped(path);
    let mut walk = open_walk(path, what)?;
    let mut number = 0;
    while let Some(found) = next_hdu(&mut walk, number, path, what)? {
        if number == hdu {
            return Ok(found.header);
        }
        number += 1;
    }
    Err(Error::fits(what, path, format!("{NO_HDU} {hdu}")))
}

/// Every HDU of a file in turn, for the image table: calls `visit` with its number (from 0),
/// whether it is an image, and its header.
///
/// # Errors
/// When the file is missing or no FITS, or `visit` fails. A broken HDU after the first ends the
/// walk without an error.
pub fn for_each_hdu<E: From<Error>>(
    path: &Path,
    what: &'static str,
    mut visit: impl FnMut(usize, bool, &Header) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let path = &unzipped(path);
    let mut walk = open_walk(path, what)?;
    let mut hdu = 0;
    loop {
        match next_hdu(&mut walk, hdu, path, what) {
            Ok(Some(found)) => visit(hdu, found.is_image(), &found.header)?,
            Ok(None) => return Ok(()),
            Err(why @ (Error::Io { .. } | Error::Memory { .. })) => return Err(why.into()),
            Err(why) if hdu == 0 => return Err(why.into()),
            Err(_) => return Ok(()),
        }
        hdu += 1;
    }
}

/// HDU `hdu` of a file, the next one of a walk.
fn next_hdu(walk: &mut Walk, hdu: usize, path: &Path, what: &'static str) -> Result<Option<Found>> {
    walk.next().map_err(|why| match (why, hdu) {
        (Stop::System(error), _) => Error::io("Cannot read image file", path, error),
        (Stop::Damaged(why), 0) => {
            Error::fits(what, path, format!("missing or invalid FITS: {why}"))
        }
        (Stop::Damaged(why), _) => Error::fits(what, path, format!("HDU {hdu}: {why}")),
    })
}

fn open_walk(path: &Path, what: &'static str) -> Result<Walk> {
    let refuse = |why: &str| Error::fits(what, path, format!("missing or invalid FITS: {why}"));
    let file = zipped(path);
    match std::fs::metadata(&file) {
        Err(_) => Err(refuse("no such file")),
        // A pipe would be waited for.
        Ok(m) if !m.is_file() => Err(refuse("not a regular file")),
        Ok(_) => Walk::open(&file).map_err(|why| match why.kind() {
            ErrorKind::OutOfMemory => Error::io("Cannot open image file", path, why),
            _ => refuse(&refusal(&why)),
        }),
    }
}

/// Pixels of these axes; `packed` where the whole file is (gzip).
fn source_of(
    path: &Path,
    hdu: usize,
    sizes: Vec<i64>,
    stored: Stored,
    data: Data,
    packed: bool,
) -> std::result::Result<Source, String> {
    if let Data::Damaged(why) = data {
        return Err(why);
    }
    let size = |axis: usize| {
        let size = sizes.get(axis).copied().unwrap_or(0);
        match usize::try_from(size) {
            Ok(size @ 1..=0x7fff_ffff) => Ok(size),
            _ => Err(format!("NAXIS{} is {size}", axis + 1)),
        }
    };
    let (width, height) = (size(0)?, size(1)?);
    if sizes.iter().any(|&size| size < 1) {
        return Err("has an empty axis".into());
    }
    Ok(Source {
        path: path.to_owned(),
        hdu,
        sizes,
        width,
        height,
        stored,
        data,
        packed,
    })
}

/// The file that `path` means where there is none of that name: `file.fits` for `file.fits.gz` or
/// `file.fits.fz` (the outputs of Exec functions are never packed, and the tables made for their
/// inputs still name them).
fn unzipped(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    let gzipped = || (path.extension()? == "gz").then(|| path.with_extension(""));
    let plain = names::unpacked(path).or_else(gzipped);
    let plain = plain.filter(|plain| plain.exists());
    plain.unwrap_or_else(|| path.to_owned())
}

/// `file.fits.gz` for `file.fits`, where only the former exists.
fn zipped(path: &Path) -> PathBuf {
    if !path.exists() {
        let mut zipped = path.as_os_str().to_owned();
        zipped.push(".gz");
        let zipped = PathBuf::from(zipped);
        if zipped.exists() {
            return zipped;
        }
    }
    path.to_owned()
}

/// `file.fits[2]`, where there is no file of that whole name.
fn split_hdu(path: &Path) -> Option<(PathBuf, usize)> {
    if path.exists() {
        return None;
    }
    let text = path.to_str()?;
    let (file, number) = text.strip_suffix(']')?.rsplit_once('[')?;
    Some((PathBuf::from(file), number.trim().parse().ok()?))
}
