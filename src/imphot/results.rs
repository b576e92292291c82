//! The results of fits for C: the structs that several functions share.
//!
//! Their bytes are all members: where C would leave a gap there is a member `reserved`, so that a
//! struct can be compared, hashed and written as a block.

use std::ffi::{c_char, c_double, c_int};

use crate::shim::{copy_text, Member};
use imphot::error::Result;
use imphot::task::fit_images::FittedImage;
use imphot::task::fit_star::FitStarOutcome;
use imphot::task::report::{Fitted, FittedPhotometry};

/// A fitted parameter.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotValue {
    /// Fitted value.
    pub value: c_double,
    /// Standard error; 0 for a fixed parameter.
    pub stdev: c_double,
    /// 1: the parameter was held at this value, 0: it was fitted.
    pub fixed: c_int,
    /// Always 0.
    pub reserved: c_int,
}

impl From<Fitted> for imphotValue {
    fn from(fitted: Fitted) -> Self {
        imphotValue {
            value: fitted.value,
            stdev: fitted.stdev,
            fixed: fitted.fixed.into(),
            reserved: 0,
        }
    }
}

/// The fit of a MUSE image by an HST image of the same field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotFit {
    /// Flux scale, MUSE / HST.
    pub scale: imphotValue,
    /// Background offset, MUSE - HST (unit of the MUSE image).
    pub bg: imphotValue,
    /// Offset of features along the x axis, MUSE - HST (arcseconds). Divided by the pixel size, it is
    /// the correction to add to CRPIX1.
    pub dx: imphotValue,
    /// Offset of features along the y axis, MUSE - HST (arcseconds), to add to CRPIX2 likewise.
    pub dy: imphotValue,
    /// The offset in right ascension (arcseconds of the coordinate): subtract it from CRVAL1.
    pub dra: imphotValue,
    /// The offset in declination (arcseconds): subtract it from CRVAL2.
    pub ddec: imphotValue,
    /// Full width at half maximum of the point-spread function, a Moffat profile (arcseconds).
    pub fwhm: imphotValue,
    /// Exponent of the Moffat profile; above about 5 it is nearly a Gaussian.
    pub beta: imphotValue,
    /// Reduced chi-square of the fit.
    pub rchi: c_double,
    /// Root mean square of the residual image (unit of the MUSE image).
    pub rms_error: c_double,
    /// Name of the MUSE file without folder and ".fits".
    pub name: [c_char; 256],
    /// The values above as one line, as the program fit_photometry prints it.
    pub summary: [c_char; 512],
    /// The long report of the fit, many lines.
    pub report: [c_char; 7072],
    /// Three heading lines for summary, as wide as name requires, each with its line end.
    pub summary_header: [c_char; 1088],
    /// How it was fitted: "image" or "stars".
    pub method: [c_char; 16],
    /// Right ascension given for the star (degrees); 0 if the image was fitted.
    pub star_ra: c_double,
    /// Declination given for the star (degrees).
    pub star_dec: c_double,
}

impl From<&FittedPhotometry> for imphotFit {
    fn from(fit: &FittedPhotometry) -> Self {
        let mut out = imphotFit {
            scale: fit.scale.into(),
            bg: fit.bg.into(),
            dx: fit.dx.into(),
            dy: fit.dy.into(),
            dra: fit.dra.into(),
            ddec: fit.ddec.into(),
            fwhm: fit.fwhm.into(),
            beta: fit.beta.into(),
            rchi: fit.rchi,
            rms_error: fit.rms_error,
            name: [0; 256],
            summary: [0; 512],
            report: [0; 7072],
            summary_header: [0; 1088],
            method: [0; 16],
            star_ra: 0.0,
            star_dec: 0.0,
        };
        copy_text(&fit.name, &mut out.name);
        copy_text(&fit.summary(false), &mut out.summary);
        copy_text(&fit.report, &mut out.report);
        copy_text(&fit.summary_header(), &mut out.summary_header);
        copy_text(fit.method, &mut out.method);
        out
    }
}

// SAFETY: numbers and character arrays.
unsafe impl Member<FittedPhotometry> for imphotFit {
    fn set(&mut self, value: &FittedPhotometry) {
        *self = value.into();
    }
}

/// The fits of a Moffat profile to a star in both images, and their comparison.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imphotStarFit {
    /// The comparison. Its fwhm, beta, rchi and rms_error are those of the star in the MUSE image.
    pub fit: imphotFit,
    /// FWHM of the star in the MUSE image (arcseconds).
    pub muse_fwhm: imphotValue,
    /// Moffat exponent of the star in the MUSE image.
    pub muse_beta: imphotValue,
    /// Offset of the star in the MUSE image from the given position along the x axis (arcseconds).
    pub muse_dx: imphotValue,
    /// The same along the y axis (arcseconds).
    pub muse_dy: imphotValue,
    /// Background around the star in the MUSE image (unit of the image).
    pub muse_bg: imphotValue,
    /// Flux of the star in the MUSE image (unit of the image, summed over pixels).
    pub muse_flux: imphotValue,
    /// Reduced chi-square of the fit to the MUSE image.
    pub muse_rchi: c_double,
    /// FWHM of the star in the HST image (arcseconds).
    pub hst_fwhm: imphotValue,
    /// Moffat exponent of the star in the HST image.
    pub hst_beta: imphotValue,
    /// Offset of the star in the HST image from the given position along the x axis (arcseconds).
    pub hst_dx: imphotValue,
    /// The same along the y axis (arcseconds).
    pub hst_dy: imphotValue,
    /// Background around the star in the HST image (unit of the image).
    pub hst_bg: imphotValue,
    /// Flux of the star in the HST image (unit of the image, summed over pixels).
    pub hst_flux: imphotValue,
    /// Reduced chi-square of the fit to the HST image.
    pub hst_rchi: c_double,
}

impl From<&FitStarOutcome> for imphotStarFit {
    fn from(outcome: &FitStarOutcome) -> Self {
        let (muse, hst) = (outcome.muse, outcome.hst);
        let mut fit = imphotFit::from(&outcome.photometry);
        (fit.star_ra, fit.star_dec) = (outcome.star.ra, outcome.star.dec);
        imphotStarFit {
            fit,
            muse_fwhm: muse.fwhm.into(),
            muse_beta: muse.beta.into(),
            muse_dx: muse.dx.into(),
            muse_dy: muse.dy.into(),
            muse_bg: muse.bg.into(),
            muse_flux: muse.flux.into(),
            muse_rchi: muse.rchi,
            hst_fwhm: hst.fwhm.into(),
            hst_beta: hst.beta.into(),
            hst_dx: hst.dx.into(),
            hst_dy: hst.dy.into(),
            hst_bg: hst.bg.into(),
            hst_flux: hst.flux.into(),
            hst_rchi: hst.rchi,
        }
    }
}

// SAFETY: numbers and character arrays.
unsafe impl Member<FitStarOutcome> for imphotStarFit {
    fn set(&mut self, value: &FitStarOutcome) {
        *self = value.into();
    }
}

/// The result of imphotFitImages or imphotFitStars for one image.
#[repr(C)]
pub struct imphotImageFit {
    /// 0: success, 1: this image could not be fitted.
    pub status: c_int,
    /// The reason if status is 1, else empty.
    pub msg: [c_char; 1024],
    /// The fit of the image; zeros from imphotFitStars.
    pub fit: imphotFit,
    /// The fit of the star if one was requested, else zeros.
    pub star: imphotStarFit,
}

/// The result of one image of a batch.
pub(super) trait FillItem: Sized {
    /// Fills `item`, all of whose bytes are zero.
    fn fill(&self, item: &mut imphotImageFit);

    /// The same, or with the reason why there is no result.
    fn fill_with(result: &Result<Self>, item: &mut imphotImageFit) {
        match result {
            Ok(found) => found.fill(item),
            Err(error) => {
                item.status = 1;
                copy_text(&error.to_string(), &mut item.msg);
            }
        }
    }
}

impl FillItem for FittedImage {
    fn fill(&self, item: &mut imphotImageFit) {
        item.fit = (&self.image).into();
        if let Some(star) = &self.star {
            item.star = star.into();
        }
    }
}

impl FillItem for FitStarOutcome {
    fn fill(&self, item: &mut imphotImageFit) {
        item.star = self.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn sum(sizes: &[usize]) -> usize {
        let (mut sum, mut i) = (0, 0);
        while i < sizes.len() {
            sum += sizes[i];
            i += 1;
        }
        sum
    }

    #[test]
    fn the_structs_that_results_are_copied_from_have_no_gaps() {
        let (value, real, int) = (size_of::<imphotValue>(), 8, 4);
        assert_eq!(value, sum(&[real, real, int, int]));
        let texts = sum(&[256, 512, 7072, 1088, 16]);
        assert_eq!(size_of::<imphotFit>(), 8 * value + 4 * real + texts);
        assert_eq!(
            size_of::<imphotStarFit>(),
            size_of::<imphotFit>() + 12 * value + 2 * real
        );
    }

    fn fitted(value: f64) -> Fitted {
        Fitted {
            value,
            stdev: 0.5,
            fixed: false,
        }
    }

    #[test]
    fn every_byte_of_a_result_is_set() {
        let photometry = FittedPhotometry {
            name: "m".repeat(255),
            method: "stars",
            scale: fitted(1.0),
            bg: fitted(2.0),
            dx: fitted(3.0),
            dy: fitted(4.0),
            dra: fitted(5.0),
            ddec: fitted(6.0),
            fwhm: fitted(7.0),
            beta: fitted(8.0),
            rchi: 9.0,
            rms_error: 10.0,
            report: "r".into(),
        };
        let bytes = |filled: u8| {
            let mut place = std::mem::MaybeUninit::<imphotFit>::uninit();
            // SAFETY: the place is ours, written before it is read; the struct has no gaps, as the
            // test above says, so that all its bytes are written.
            unsafe {
                place
                    .as_mut_ptr()
                    .cast::<u8>()
                    .write_bytes(filled, size_of::<imphotFit>());
                place.as_mut_ptr().write((&photometry).into());
                let first = place.as_ptr().cast::<u8>();
                std::slice::from_raw_parts(first, size_of::<imphotFit>()).to_vec()
            }
        };
        assert!(bytes(0xaa) == bytes(0x55));
        let fit = imphotFit::from(&photometry);
        let text = |array: &[c_char]| -> String {
            let bytes = array.iter().take_while(|&&c| c != 0);
            bytes.map(|&c| c as u8 as char).collect()
        };
        // A name as long as there may be leaves the heading whole.
        let header = text(&fit.summary_header);
        assert_eq!(header, photometry.summary_header());
        assert_eq!(
            (header.lines().count(), text(&fit.method)),
            (3, "stars".into())
        );
        assert_eq!(header + &text(&fit.summary), photometry.summary(true));
    }
}
