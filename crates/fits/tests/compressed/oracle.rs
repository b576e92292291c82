//! CFITSIO, which writes tile-compressed files and reads them back. Only files that it wrote itself or
//! that are known to be good may go through it.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use fitsio_sys as cfitsio;

pub const TDOUBLE: c_int = 82;

/// How a file is to be compressed.
pub struct Compression<'a> {
    /// CFITSIO's number: RICE_1 11, GZIP_1 21, GZIP_2 22, PLIO_1 31, HCOMPRESS_1 41.
    pub method: i32,
    /// Lengths of a tile.
    pub tile: &'a [i64],
    /// ZSCALE in parts of the noise; 0 for none.
    pub quantize: f32,
    /// NO_DITHER -1, SUBTRACTIVE_DITHER_1 1, SUBTRACTIVE_DITHER_2 2.
    pub dither: i32,
    pub seed: i32,
    /// HCOMPRESS: 0 loses nothing.
    pub scale: f32,
    pub smooth: bool,
}

pub struct Handle(*mut cfitsio::fitsfile, c_int);

impl Handle {
    fn check(&self, doing: &str) {
        assert_eq!(self.1, 0, "CFITSIO's status after {doing}");
    }

    pub fn open(path: &Path) -> Handle {
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        let mut handle = Handle(ptr::null_mut(), 0);
        // SAFETY: valid pointers and a NUL-terminated name; mode 0 is read-only.
        unsafe { cfitsio::ffdkopn(&mut handle.0, name.as_ptr(), 0, &mut handle.1) };
        handle.check("opening");
        handle
    }

    pub fn go_to(&mut self, hdu: usize) {
        // SAFETY: the handle is open; a NULL type is allowed.
        unsafe { cfitsio::ffmahd(self.0, hdu as c_int + 1, ptr::null_mut(), &mut self.1) };
        self.check("going to an HDU");
    }

    /// BITPIX and axes.
    pub fn shape(&mut self) -> (i32, Vec<i64>) {
        let (mut bitpix, mut axes) = (0, 0);
        let mut sizes = [0; 9];
        // SAFETY: the handle is open; there is room for nine axes.
        unsafe {
            cfitsio::ffgiprll(
                self.0,
                9,
                &mut bitpix,
                &mut axes,
                sizes.as_mut_ptr(),
                &mut self.1,
            )
        };
        self.check("asking for the shape");
        (bitpix, sizes[..axes as usize].to_vec())
    }

    /// The whole image as doubles, blanks as NaN.
    pub fn doubles(&mut self) -> Vec<f64> {
        let (_, sizes) = self.shape();
        let mut first = vec![1 as c_long; sizes.len()];
        let mut last: Vec<c_long> = sizes.iter().map(|&n| n as c_long).collect();
        let mut step = vec![1 as c_long; sizes.len()];
        let mut out = vec![0.0f64; sizes.iter().product::<i64>() as usize];
        let (mut blank, mut any) = (f64::NAN, 0);
        // SAFETY: the box is the image and `out` has room for it; `blank` is a double.
        unsafe {
            cfitsio::ffgsv(
                self.0,
                TDOUBLE,
                first.as_mut_ptr(),
                last.as_mut_ptr(),
                step.as_mut_ptr(),
                ptr::from_mut(&mut blank).cast(),
                out.as_mut_ptr().cast(),
                &mut any,
                &mut self.1,
            )
        };
        self.check("reading");
        out
    }

    /// The cards of the image's header.
    pub fn cards(&mut self) -> Vec<String> {
        let mut text: *mut c_char = ptr::null_mut();
        let mut count = 0;
        // SAFETY: the handle is open; CFITSIO allocates the text.
        unsafe {
            cfitsio::ffcnvthdr2str(
                self.0,
                0,
                ptr::null_mut(),
                0,
                &mut text,
                &mut count,
                &mut self.1,
            )
        };
        self.check("reading the header");
        // SAFETY: a NUL-terminated text, copied before it is released.
        let all = unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
        let mut ignored = 0;
        // SAFETY: allocated by CFITSIO, not used after.
        unsafe { cfitsio::fffree(text.cast(), &mut ignored) };
        let cards = all.as_bytes().chunks(80);
        let cards = cards.map(|card| String::from_utf8_lossy(card).trim_end().to_owned());
        cards.take_while(|card| card != "END").collect()
    }

    /// Writes `pixels` as a compressed image of BITPIX `bitpix` behind an empty primary one; NaN is
    /// blank. `keys` are cards to add before the pixels.
    pub fn write(
        path: &Path,
        bitpix: i32,
        sizes: &[i64],
        pixels: &[f64],
        keys: &[&str],
        how: &Compression,
    ) {
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        let mut handle = Handle(ptr::null_mut(), 0);
        let mut sizes = sizes.to_vec();
        let mut tile = how.tile.to_vec();
        // CFITSIO converts nothing on the way into a compressed image.
        let mut values: Vec<u64> = Vec::new();
        let kind = match bitpix {
            8 => pack(pixels, &mut values, 11, |p| (p as u8).to_ne_bytes()),
            16 => pack(pixels, &mut values, 21, |p| (p as i16).to_ne_bytes()),
            20 => pack(pixels, &mut values, 20, |p| (p as u16).to_ne_bytes()),
            32 => pack(pixels, &mut values, 31, |p| (p as i32).to_ne_bytes()),
            -32 => pack(pixels, &mut values, 42, |p| (p as f32).to_ne_bytes()),
            _ => pack(pixels, &mut values, TDOUBLE, f64::to_ne_bytes),
        };
        let (mut double, mut single) = (f64::NAN, f32::NAN);
        let blank = match bitpix {
            -32 => ptr::from_mut(&mut single).cast(),
            -64 => ptr::from_mut(&mut double).cast(),
            _ => ptr::null_mut(),
        };
        // SAFETY: valid pointers, arrays as long as their counts say, NUL-terminated texts; the
        // handle is open between ffdkinit and ffclos.
        unsafe {
            cfitsio::ffdkinit(&mut handle.0, name.as_ptr(), &mut handle.1);
            cfitsio::fits_set_compression_type(handle.0, how.method, &mut handle.1);
            cfitsio::fits_set_tile_dim(
                handle.0,
                tile.len() as c_int,
                tile.as_mut_ptr(),
                &mut handle.1,
            );
            if how.quantize != 0.0 {
                cfitsio::fits_set_quantize_level(handle.0, how.quantize, &mut handle.1);
                cfitsio::fits_set_quantize_dither(handle.0, how.dither, &mut handle.1);
                cfitsio::fits_set_dither_seed(handle.0, how.seed, &mut handle.1);
            } else {
                cfitsio::fits_set_quantize_level(handle.0, 9999.0, &mut handle.1);
            }
            cfitsio::fits_set_hcomp_scale(handle.0, how.scale, &mut handle.1);
            cfitsio::fits_set_hcomp_smooth(handle.0, how.smooth.into(), &mut handle.1);
            cfitsio::ffcrimll(
                handle.0,
                bitpix,
                sizes.len() as c_int,
                sizes.as_mut_ptr(),
                &mut handle.1,
            );
            for key in keys {
                let key = CString::new(*key).unwrap();
                cfitsio::ffprec(handle.0, key.as_ptr(), &mut handle.1);
            }
            cfitsio::ffrdef(handle.0, &mut handle.1);
            let mut first = vec![1 as c_long; sizes.len()];
            cfitsio::ffppxn(
                handle.0,
                kind,
                first.as_mut_ptr(),
                pixels.len() as i64,
                values.as_mut_ptr().cast(),
                blank,
                &mut handle.1,
            );
        }
        if handle.1 != 0 {
            let mut text = [0 as c_char; 81];
            // SAFETY: room for the 80 characters of a message.
            while unsafe { cfitsio::ffgmsg(text.as_mut_ptr()) } != 0 {
                // SAFETY: NUL-terminated by CFITSIO.
                eprintln!("{:?}", unsafe { CStr::from_ptr(text.as_ptr()) });
            }
        }
        handle.check("writing");
    }
}

/// `pixels` as C numbers side by side, in memory that is aligned for any of them.
fn pack<const N: usize>(
    pixels: &[f64],
    out: &mut Vec<u64>,
    kind: c_int,
    convert: impl Fn(f64) -> [u8; N],
) -> c_int {
    let mut bytes: Vec<u8> = pixels.iter().flat_map(|&p| convert(p)).collect();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    out.extend(bytes.as_chunks().0.iter().map(|&b| u64::from_ne_bytes(b)));
    kind
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut status = 0;
        if !self.0.is_null() {
            // SAFETY: open, and not used after.
            unsafe { cfitsio::ffclos(self.0, &mut status) };
        }
    }
}
