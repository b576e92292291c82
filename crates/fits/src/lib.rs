//! Reads and writes FITS images: any HDU and BITPIX, scaled, tile-compressed or packed as a whole file. Pixels
//! are `f64`, row-major, with NaN for blank ones. Windows of an image are read without the rest, and output
//! files appear whole or not at all.
//!
//! - To read: [`Image`] is an open image with its header. [`Source`] says where the pixels are, without an open
//!   file, and can be kept and shared between threads. [`Contents`] has all HDUs of a file.
//! - To write: [`write_image`], [`ImageWriter`] row by row, [`PartsWriter`] from several threads.
//! - Headers: [`Header`] and [`card::Card`]; the trait [`Keywords`] reads values.
//! - Files: [`atomic_file::AtomicFile`] is a file that appears when it is complete.
//!
//! Functions that open a file take `what`, the words with which the message of an error begins ("Image file").
//!
//! Decoding is safe Rust; only [`os`] has unsafe code, for system calls. Inside, `walk` finds the HDUs and their
//! headers, `tiles` decompresses images, and `bytes` gives random access to packed files.

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use contents::{Contents, Hdu};
pub use decode::Stored;
pub use error::{About, Error, Result};
pub use header::Header;
pub use lookup::FileTables;
pub use plane_cache::PlaneCache;
pub use sky::{Keywords, Window};
pub use source::{OpenSource, Plane, Source};
pub use write::{write_image, ImageWriter, InOrder, PartsWriter};

use sky::{Fault, Grid};

use crate::error::NO_HDU;
use crate::temporary::Scratch;
use source::Reader;
use walk::{refusal, Data, Found, Stop, Walk};

/// An open image: one HDU of a file, its first two axes (of a cube, the first plane).
///
/// ```
/// use fits::{Header, Image, Window};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("image.fits");
/// let pixels = [1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0];
/// fits::write_image(&path, &Header::primary(-64, &[3, 2]), &pixels)?;
///
/// let mut image = Image::open(&path, "Image file")?;
/// let mut row = Vec::new();
/// image.read(Window::of_rows(image.width(), 1, 1), &mut row)?;
/// assert_eq!(row, [4.0, 5.0, 6.0]);
///
/// // Missing keywords and windows outside the image are errors that name the file.
/// let why = image.reference_pixel().unwrap_err().to_string();
/// assert!(why.contains("image.fits") && why.contains("CRPIX1 is missing"));
/// assert!(image.read(Window::of_size(4, 2), &mut row).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Image {
    source: Source,
    header: Header,
    reader: Reader,
}

impl Image {
    /// Opens the first image of at least two axes in `path`. If there is no such file, `path` with
    /// `.gz` added, or without its packed ending (`.gz`, `.fz`), is opened instead; a name that ends in
    /// `[n]` means HDU n.
    ///
    /// # Errors
    /// If the file is missing, is not a FITS file, or has no image. `what` begins the message ("Image
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

    /// Opens HDU `hdu`, counted from 0, of `path`.
    ///
    /// # Errors
    /// As for [`Image::open`], and if that HDU is not an image.
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

    /// Describes where the pixels are, for reading again after this image is closed.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Number of the image's HDU, counted from 0.
    pub fn hdu(&self) -> usize {
        self.source.hdu
    }

    /// Header of the image.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of columns, NAXIS1.
    pub fn width(&self) -> usize {
        self.source.width
    }

    /// Number of rows, NAXIS2.
    pub fn height(&self) -> usize {
        self.source.height
    }

    /// Lengths of all axes, NAXIS1 first.
    pub fn sizes(&self) -> &[i64] {
        self.source.sizes()
    }

    /// The planes of a cube stacked as one image with many rows; see [`Source::all_planes`].
    ///
    /// # Errors
    /// If the number of rows exceeds `i64`.
    pub fn all_planes(mut self) -> Result<Self> {
        self.source = self.source.all_planes()?;
        Ok(self)
    }

    /// The window of all pixels of the first plane.
    pub fn whole(&self) -> Window {
        self.source.whole()
    }

    /// The reference pixel, CRPIX1 and CRPIX2, in FITS pixels (the first one is 1).
    ///
    /// # Errors
    /// If one is missing, not a finite number, or so large that neighbouring pixels would be equal.
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

    /// Size and reference pixel of the image.
    ///
    /// # Errors
    /// As for [`Image::reference_pixel`].
    pub fn grid(&self) -> Result<Grid> {
        let (crpix1, crpix2) = self.reference_pixel()?;
        Ok(Grid {
            width: self.width(),
            height: self.height(),
            crpix1,
            crpix2,
        })
    }

    /// Reads `window` of the first plane into `out`, row-major, scaled by BSCALE and BZERO, NaN for blank
    /// pixels. `out` is resized; its memory is reused.
    ///
    /// # Errors
    /// If the window is not inside the image, there is too little memory, or the file is damaged or
    /// shorter than its header says.
    pub fn read(&mut self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        self.source.read_with(&mut self.reader, window, out)
    }

    /// Reads the stored bytes of `window` of the first plane into `out`, row-major: big-endian, not
    /// scaled, with the file's own blank values. `out` is resized; its memory is reused.
    ///
    /// # Errors
    /// As for [`Image::read`].
    pub fn read_stored(&mut self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        self.source.read_stored_with(&mut self.reader, window, out)
    }

    /// Converts the image to a source whose windows can be read directly, in any order and by any thread:
    /// the file itself, or an unpacked copy beside `output` if the file is packed or tile-compressed. The
    /// copy is removed when `scratch` is dropped.
    ///
    /// # Errors
    /// If the image cannot be read or the copy cannot be written.
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

/// Reads the header of HDU `hdu`, counted from 0, of `path`, whether it is an image or not. As for
/// [`Image::open`], a name that ends in `[n]` means HDU n.
///
/// # Errors
/// If the file is missing, is not a FITS file, or has no such HDU.
///
/// ```
/// use fits::{Header, Keywords};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("image.fits");
/// fits::write_image(&path, &Header::primary(-64, &[3, 2]), &[0.0; 6])?;
/// let header = fits::read_header(&path, 0, "Image file")?;
/// assert_eq!(header.integer("NAXIS2"), Some(2));
/// let why = fits::read_header(&path, 1, "Image file").unwrap_err();
/// assert!(why.to_string().ends_with("(has no HDU 1)"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

/// Calls `visit` for each HDU of a file, in order, with its number (counted from 0), whether it is an image,
/// and its header.
///
/// # Errors
/// If the file is missing or is not a FITS file, or `visit` fails. A damaged HDU after the first ends the
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

/// Returns the next HDU of a walk, number `hdu`.
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
        // Opening a pipe would block.
        Ok(m) if !m.is_file() => Err(refuse("not a regular file")),
        Ok(_) => Walk::open(&file).map_err(|why| match why.kind() {
            ErrorKind::OutOfMemory => Error::io("Cannot open image file", path, why),
            _ => refuse(&refusal(&why)),
        }),
    }
}

/// The source of an image with these axes; `packed` if the file is packed as a whole.
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

/// The file to open for `path` if there is none of that name: `file.fits` for `file.fits.gz` or
/// `file.fits.fz`. (Outputs of Exec functions are never packed, but the tables made for their packed inputs
/// still name those.)
fn unzipped(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    let gzipped = || (path.extension()? == "gz").then(|| path.with_extension(""));
    let plain = names::unpacked(path).or_else(gzipped);
    let plain = plain.filter(|plain| plain.exists());
    plain.unwrap_or_else(|| path.to_owned())
}

/// `file.fits.gz` for `file.fits` if only the former exists.
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

/// Splits `file.fits[2]` into file and HDU, unless a file has that whole name.
fn split_hdu(path: &Path) -> Option<(PathBuf, usize)> {
    if path.exists() {
        return None;
    }
    let text = path.to_str()?;
    let (file, number) = text.strip_suffix(']')?.rsplit_once('[')?;
    Some((PathBuf::from(file), number.trim().parse().ok()?))
}
