//! montage_checkWCS, whose argument belongs to another library: the structure that WCSTools makes of
//! a header. Programs that were written for Montage have it from there.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, CString};
use std::ptr;

use crate::shim::guarded;
use mosaic::task::header_check::{check_world_coordinates, WorldCoordinates};

/// The beginning of WCSTools' `struct WorldCoor`, as version 3.9.0, which is the one in Montage, has
/// it on machines with 64-bit pointers.
#[repr(C)]
pub(crate) struct Layout {
    /// xref, yref, xrefpix, yrefpix.
    reference: [f64; 4],
    xinc: f64,
    yinc: f64,
    rot: f64,
    cd: [f64; 4],
    /// dc, equinox, epoch.
    between_cd_and_size: [f64; 6],
    nxpix: f64,
    nypix: f64,
    /// plate_ra to projp.
    plate_and_axes: [f64; 176],
    pvfail: c_int,
    projppv: [f64; 200],
    inverse_polynomials: [*mut u8; 2],
    /// longpole to zpr.
    angles: [f64; 10],
    imflip: c_int,
    prjcode: c_int,
    /// latbase to tabsys.
    numbers: [c_int; 9],
    rotmat: c_int,
    /// coorflip, offscl, wcson.
    flags: [c_int; 3],
    naxis: c_int,
    /// naxes, wcsproj, linmode, detector.
    modes: [c_int; 4],
    instrument: [c_char; 32],
    ctype: [[c_char; 16]; 9],
}

thread_local! {
    /// The message of the last montage_checkWCS.
    static MESSAGE: RefCell<CString> = RefCell::default();
}

/// The WCS structure of the WCSTools library, which declares its members.
pub struct WorldCoor;

/// Checks that a WCS structure of the WCSTools library describes an image on the sky.
///
/// The layout is that of WCSTools 3.9.0, which is part of Montage, on 64-bit machines.
///
/// Arguments:
/// - wcs: what wcsinit() of WCSTools returned.
///
/// Result: NULL if it is good, else a message that says what is wrong; also if wcs is NULL. Do not
/// free the message: it is valid until the next call in the same thread.
///
/// Example:
///
/// ```c
///     const char *wrong = montage_checkWCS(wcsinit(header));
///     if (wrong)
///         fprintf(stderr, "%s\n", wrong);
/// ```
#[no_mangle]
pub unsafe extern "C" fn montage_checkWCS(wcs: *mut WorldCoor) -> *mut c_char {
    guarded(|| {
        // SAFETY: NULL, or a structure that begins as Layout says, by this function's contract.
        let verdict = match unsafe { wcs.cast::<Layout>().as_ref() } {
            None => Err("No WCS information (or not FITS header)".to_owned()),
            Some(wcs) => check_world_coordinates(&wcs.facts()).map_err(|why| why.to_string()),
        };
        match verdict {
            Ok(()) => ptr::null_mut(),
            Err(why) => {
                let text = CString::new(why).unwrap_or_default();
                let place = |slot: &RefCell<CString>| {
                    slot.replace(text);
                    slot.borrow().as_ptr().cast_mut()
                };
                MESSAGE.try_with(place).unwrap_or(ptr::null_mut())
            }
        }
    })
}

impl Layout {
    fn facts(&self) -> WorldCoordinates {
        let text = |chars: &[c_char; 16]| {
            let bytes: Vec<u8> = chars
                .iter()
                .map(|&c| c as u8)
                .take_while(|&b| b != 0)
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        WorldCoordinates {
            naxis: self.naxis,
            projection: self.prjcode,
            size: [self.nxpix, self.nypix],
            ctype: [text(&self.ctype[0]), text(&self.ctype[1])],
            cd: (self.rotmat != 0).then_some(self.cd),
            steps: [self.xinc, self.yinc],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::mem::{offset_of, zeroed};

    fn check(wcs: &mut Layout) -> Option<String> {
        // SAFETY: a structure that begins as Layout.
        let message = unsafe { montage_checkWCS(ptr::from_mut(wcs).cast()) };
        // SAFETY: NULL or a C string that is valid until the next call.
        (!message.is_null()).then(|| unsafe { CStr::from_ptr(message) }.to_str().unwrap().into())
    }

    fn set(ctype: &mut [c_char; 16], text: &str) {
        *ctype = [0; 16];
        for (to, from) in ctype.iter_mut().zip(text.bytes()) {
            *to = from as c_char;
        }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn members_are_where_wcstools_has_them() {
        // As offsetof() gives them for wcs.h of WCSTools 3.9.0, x86-64 Linux.
        let found = [
            offset_of!(Layout, xinc),
            offset_of!(Layout, yinc),
            offset_of!(Layout, cd),
            offset_of!(Layout, nxpix),
            offset_of!(Layout, nypix),
            offset_of!(Layout, prjcode),
            offset_of!(Layout, rotmat),
            offset_of!(Layout, naxis),
            offset_of!(Layout, ctype),
        ];
        assert_eq!(found, [32, 40, 56, 136, 144, 3268, 3308, 3324, 3376]);
    }

    #[test]
    fn structures_are_checked_as_in_montage() {
        // SAFETY: numbers, characters and pointers that nobody follows.
        let mut wcs: Layout = unsafe { zeroed() };
        let mut step = |change: &dyn Fn(&mut Layout), expected: Option<&str>| {
            change(&mut wcs);
            assert_eq!(check(&mut wcs).as_deref(), expected);
        };
        step(&|_| (), Some("Must have at least two (n>1) dimensions"));
        step(&|w| w.naxis = 2, Some("Invalid projection"));
        step(&|w| w.prjcode = 3, Some("Invalid NAXIS1"));
        step(&|w| w.nxpix = 10.0, Some("Invalid NAXIS2"));
        step(&|w| w.nypix = 1.0, Some("Invalid CTYPE1"));
        let types = |first, second| {
            move |w: &mut Layout| {
                set(&mut w.ctype[0], first);
                set(&mut w.ctype[1], second);
            }
        };
        step(
            &types("RA---TAN", "GLAT-TAN"),
            Some("CTYPE1 and CTYPE2 don't match"),
        );
        step(&types("DEC--TAN", "RA---TAN"), Some("Invalid CDELT1"));
        step(&|w| w.xinc = -1.0, Some("Invalid CDELT2"));
        step(&|w| w.yinc = f64::NAN, Some("Invalid CDELT2"));
        step(&|w| w.yinc = 1.0, None);
        step(&|w| w.rotmat = 1, Some("Invalid CD matrix"));
        step(&|w| w.cd = [1.0, 0.0, 0.0, 1.0], None);
        step(
            &types("LONGER-THAN-16-CHARACTERS", ""),
            Some("Invalid CTYPE1"),
        );
        // SAFETY: NULL is allowed.
        let message = unsafe { montage_checkWCS(ptr::null_mut()) };
        // SAFETY: a C string that is valid until the next call.
        let message = unsafe { CStr::from_ptr(message) };
        assert!(message.to_str().unwrap().starts_with("No WCS information"));
    }
}
