//! The calls into CFITSIO, made safe. Only reading goes through it: it knows gzip'd files,
//! tile-compressed images, and every old habit of FITS headers.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_void, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use fitsio_sys as cfitsio;

use super::card::{Card, CARD};

/// CFITSIO's names of the types of pixels in memory.
const TBYTE: c_int = 11;
const TSHORT: c_int = 21;
const TINT: c_int = 31;
const TFLOAT: c_int = 42;
const TLONGLONG: c_int = 81;
const TDOUBLE: c_int = 82;
/// CFITSIO's IMAGE_HDU.
const IMAGE_HDU: c_int = 0;
/// CFITSIO's END_OF_FILE: there is no such HDU.
const END_OF_FILE: c_int = 107;
/// CFITSIO's limit of a file name (FLEN_FILENAME), with room for the ".gz" that it may try.
const LONGEST_NAME: usize = 1000;
/// More axes than this are no image that we can use.
pub const MAX_AXES: usize = 9;

/// A CFITSIO error: its short text.
pub type Refusal = String;

/// An open FITS file. Owns its CFITSIO structure; used from one thread at a time.
pub struct Handle(*mut cfitsio::fitsfile);

// SAFETY: CFITSIO is built reentrant (fitsio-sys enables it; a system library is checked in
// `open`): a fitsfile may be used from any one thread at a time, which `&mut self` ensures.
unsafe impl Send for Handle {}

/// Shape of the image in the current HDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Bits of a stored pixel, negative for floating point.
    pub bitpix: i32,
    /// Axis lengths, NAXIS1 first.
    pub sizes: Vec<i64>,
}

fn refusal(status: c_int) -> Refusal {
    let mut text = [0 as c_char; 81];
    // SAFETY: ffgerr writes at most 30 characters and a NUL (FLEN_STATUS is 31).
    unsafe { cfitsio::ffgerr(status, text.as_mut_ptr()) };
    // SAFETY: ffcmsg only empties CFITSIO's own message stack.
    unsafe { cfitsio::ffcmsg() };
    let bytes: Vec<u8> = text
        .iter()
        .take_while(|&&c| c != 0)
        .map(|&c| c as u8)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn check(status: c_int) -> Result<(), Refusal> {
    if status == 0 {
        Ok(())
    } else {
        Err(refusal(status))
    }
}

impl Handle {
    /// Opens the file `path` as it is named (none of CFITSIO's extended file names); where it is
    /// missing, `path.gz` is tried, as CFITSIO does.
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        let name = path.as_os_str().as_bytes();
        if name.len() > LONGEST_NAME {
            return Err("file name too long".into());
        }
        // Absolute, or with a folder: CFITSIO gives a meaning to leading blanks and "~".
        let mut whole = Vec::with_capacity(name.len() + 2);
        if !name.starts_with(b"/") {
            whole.extend(b"./");
        }
        whole.extend(name);
        let name = CString::new(whole).map_err(|_| "file name with a NUL byte")?;
        // SAFETY: a query without arguments.
        if unsafe { cfitsio::fits_is_reentrant() } == 0 {
            return Err("the CFITSIO library is not built reentrant".into());
        }
        let mut raw = ptr::null_mut();
        let mut status = 0;
        // SAFETY: valid pointers, NUL-terminated name; mode 0 is read-only.
        unsafe { cfitsio::ffdkopn(&mut raw, name.as_ptr(), 0, &mut status) };
        check(status)?;
        if raw.is_null() {
            return Err("cannot be opened".into());
        }
        Ok(Handle(raw))
    }

    /// Moves to HDU `number`, from 0. `Ok(false)` where the file has no such HDU.
    pub fn go_to(&mut self, number: usize) -> Result<bool, Refusal> {
        let number = c_int::try_from(number + 1).map_err(|_| "no such HDU")?;
        let mut status = 0;
        // SAFETY: the handle is open; a NULL type is allowed.
        unsafe { cfitsio::ffmahd(self.0, number, ptr::null_mut(), &mut status) };
        if status == END_OF_FILE {
            refusal(status);
            return Ok(false);
        }
        check(status).map(|()| true)
    }

    /// Whether the current HDU is an image (tile-compressed ones are).
    pub fn is_image(&mut self) -> Result<bool, Refusal> {
        let (mut kind, mut status) = (0, 0);
        // SAFETY: the handle is open, the out-pointers are valid.
        unsafe { cfitsio::ffghdt(self.0, &mut kind, &mut status) };
        check(status)?;
        Ok(kind == IMAGE_HDU)
    }

    /// Whether the image of the current HDU is tile-compressed.
    pub fn is_compressed(&mut self) -> bool {
        let mut status = 0;
        // SAFETY: the handle is open, the out-pointer is valid.
        unsafe { cfitsio::fits_is_compressed_image(self.0, &mut status) != 0 }
    }

    /// BITPIX and axis lengths of the current HDU; an image without axes has no sizes.
    pub fn shape(&mut self) -> Result<Shape, Refusal> {
        let (mut bitpix, mut axes, mut status) = (0, 0, 0);
        let mut sizes = [0 as cfitsio::LONGLONG; MAX_AXES];
        // SAFETY: the handle is open; `sizes` has room for the MAX_AXES axes asked for.
        unsafe {
            cfitsio::ffgiprll(
                self.0,
                MAX_AXES as c_int,
                &mut bitpix,
                &mut axes,
                sizes.as_mut_ptr(),
                &mut status,
            )
        };
        check(status)?;
        let axes = usize::try_from(axes)
            .ok()
            .filter(|&n| n <= MAX_AXES)
            .ok_or("too many axes")?;
        Ok(Shape {
            bitpix,
            sizes: sizes[..axes].to_vec(),
        })
    }

    /// The cards of the current HDU; of a tile-compressed image those of the image in it.
    pub fn cards(&mut self) -> Result<Vec<Card>, Refusal> {
        let mut text: *mut c_char = ptr::null_mut();
        let (mut count, mut status) = (0, 0);
        // SAFETY: the handle is open; no exclusion list; CFITSIO allocates `text`, which is
        // released below with its own fffree.
        unsafe {
            cfitsio::ffcnvthdr2str(
                self.0,
                0,
                ptr::null_mut(),
                0,
                &mut text,
                &mut count,
                &mut status,
            )
        };
        let result = check(status).map(|()| {
            // SAFETY: on success `text` is a NUL-terminated string.
            let bytes = unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes();
            bytes
                .chunks(CARD)
                .map(|chunk| {
                    let mut card = [b' '; CARD];
                    card[..chunk.len()].copy_from_slice(chunk);
                    Card(card)
                })
                .collect()
        });
        if !text.is_null() {
            let mut ignored = 0;
            // SAFETY: allocated by CFITSIO just now, and not used after.
            unsafe { cfitsio::fffree(text.cast(), &mut ignored) };
        }
        result
    }

    /// The byte in the file at which the pixels of the current HDU begin.
    pub fn data_start(&mut self) -> Result<u64, Refusal> {
        let (mut head, mut data, mut end, mut status) = (0, 0, 0, 0);
        // SAFETY: the handle is open, the out-pointers are valid.
        unsafe { cfitsio::ffghadll(self.0, &mut head, &mut data, &mut end, &mut status) };
        check(status)?;
        u64::try_from(data).map_err(|_| "bad data offset".into())
    }

    /// Reads the box of pixels from `first` to `last` (from 1, inclusive, one entry an axis)
    /// as scaled doubles, blanks as NaN.
    pub fn read_box(
        &mut self,
        first: &[i64],
        last: &[i64],
        out: &mut [f64],
    ) -> Result<(), Refusal> {
        let mut blank = f64::NAN;
        let blank = ptr::from_mut(&mut blank).cast();
        let pixels = self.pixels_of_box(first, last)?;
        if pixels != out.len() {
            return Err("pixels outside the image".into());
        }
        // SAFETY: the box lies in the image and has exactly out.len() pixels (checked above);
        // `blank` is a double.
        unsafe { self.read_pixels(TDOUBLE, first, last, blank, out.as_mut_ptr().cast()) }
    }

    /// Reads such a box as it is stored (the current HDU has BITPIX `bitpix`): big-endian, not
    /// scaled. Of a tile-compressed image whose pixels are floating-point numbers, blanks are NaN.
    pub fn read_box_stored(
        &mut self,
        bitpix: i32,
        first: &[i64],
        last: &[i64],
        out: &mut [u8],
    ) -> Result<(), Refusal> {
        let kind = match bitpix {
            8 => TBYTE,
            16 => TSHORT,
            32 => TINT,
            64 => TLONGLONG,
            -32 => TFLOAT,
            -64 => TDOUBLE,
            _ => return Err("bad BITPIX".into()),
        };
        let width = bitpix.unsigned_abs() as usize / 8;
        let pixels = self.pixels_of_box(first, last)?;
        if pixels.checked_mul(width) != Some(out.len()) || self.shape()?.bitpix != bitpix {
            return Err("pixels outside the image".into());
        }
        let mut status = 0;
        // SAFETY: the handle is open. Pixels are not to be scaled until the HDU is read again.
        unsafe { cfitsio::ffpscl(self.0, 1.0, 0.0, &mut status) };
        check(status)?;
        let (mut double, mut single) = (f64::NAN, f32::NAN);
        let blank = match kind {
            TDOUBLE => ptr::from_mut(&mut double).cast(),
            TFLOAT => ptr::from_mut(&mut single).cast(),
            // A NULL means that blanks are not looked for.
            _ => ptr::null_mut(),
        };
        // SAFETY: the box lies in the image and its pixels, of `width` bytes each, are exactly as
        // long as `out` (checked above; CFITSIO has no demands on the alignment of its buffers
        // beyond those of the processor, which `aligned` meets); `blank` is of the type or NULL.
        let read = unsafe {
            let mut aligned = vec![0u64; out.len().div_ceil(8)];
            let read = self.read_pixels(kind, first, last, blank, aligned.as_mut_ptr().cast());
            ptr::copy_nonoverlapping(aligned.as_ptr().cast(), out.as_mut_ptr(), out.len());
            read
        };
        let mut again = 0;
        // SAFETY: the handle is open; the scaling of the header holds again.
        unsafe { cfitsio::ffrdef(self.0, &mut again) };
        read?;
        check(again)?;
        if cfg!(target_endian = "little") {
            for pixel in out.chunks_exact_mut(width) {
                pixel.reverse();
            }
        }
        Ok(())
    }

    /// The number of pixels in the box from `first` to `last`, which must be in the image.
    fn pixels_of_box(&mut self, first: &[i64], last: &[i64]) -> Result<usize, Refusal> {
        let shape = self.shape()?;
        let count: Option<i64> = first.iter().zip(last).try_fold(1i64, |n, (&a, &b)| {
            let length = b.checked_sub(a)?.checked_add(1)?;
            (a >= 1 && length >= 1).then_some(())?;
            n.checked_mul(length)
        });
        let inside = first.len() == shape.sizes.len()
            && last.len() == shape.sizes.len()
            && last.iter().zip(&shape.sizes).all(|(b, size)| b <= size);
        count
            .filter(|_| inside)
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| "pixels outside the image".into())
    }

    /// Reads a box of pixels as CFITSIO's type `kind`.
    ///
    /// # Safety
    /// The box is in the image, `out` has room for its pixels, and `blank` is NULL or points to
    /// one of them.
    unsafe fn read_pixels(
        &mut self,
        kind: c_int,
        first: &[i64],
        last: &[i64],
        blank: *mut c_void,
        out: *mut c_void,
    ) -> Result<(), Refusal> {
        let mut first: Vec<c_long> = first.iter().map(|&x| x as c_long).collect();
        let mut last: Vec<c_long> = last.iter().map(|&x| x as c_long).collect();
        let mut steps = vec![1 as c_long; first.len()];
        let (mut any, mut status) = (0, 0);
        // SAFETY: as this function's contract says; the three vectors have an entry for every
        // axis.
        unsafe {
            cfitsio::ffgsv(
                self.0,
                kind,
                first.as_mut_ptr(),
                last.as_mut_ptr(),
                steps.as_mut_ptr(),
                blank,
                out,
                &mut any,
                &mut status,
            )
        };
        check(status)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut status = 0;
        // SAFETY: the handle is open and not used after. A read-only file has nothing to lose
        // at closing, so its status says nothing of interest.
        unsafe { cfitsio::ffclos(self.0, &mut status) };
        if status != 0 {
            refusal(status);
        }
    }
}
