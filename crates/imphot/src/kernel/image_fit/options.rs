//! What a caller may choose of an image fit.

use crate::kernel::moffat::Moffat;
use crate::kernel::{Error, Result};

/// The options of a fit; [`Default`] gives imphot's own defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOptions {
    /// Flux of MUSE / flux of HST, where it is not to be fitted; not negative.
    pub fix_scale: Option<f64>,
    /// Background of MUSE - background of HST, where it is not to be fitted.
    pub fix_bg: Option<f64>,
    /// Shift along the first axis, arcsec, where it is not to be fitted.
    pub fix_dx: Option<f64>,
    /// Shift along the second axis, arcsec, where it is not to be fitted.
    pub fix_dy: Option<f64>,
    /// Width of the Moffat profile, arcsec, where it is not to be fitted; greater than 0.
    pub fix_fwhm: Option<f64>,
    /// Exponent of the Moffat profile, where it is not to be fitted; greater than 0.
    pub fix_beta: Option<f64>,
    /// The least flux scale that may be fitted.
    pub min_scale: f64,
    /// Width of HST's point-spread function, arcsec, greater than 0.
    pub hst_fwhm: f64,
    /// Exponent of HST's point-spread function, 0.1 to 1e6.
    pub hst_beta: f64,
    /// Width of the margin of zeros that keeps one edge of the image from the other, arcsec; its
    /// sign does not matter.
    pub margin: f64,
    /// Over how many pixels the image fades towards masked ones; an even number stands for the
    /// next odd one, less than 2 for none.
    pub taper: i32,
    /// First guess of the shift along the first axis, arcsec.
    pub init_dx: Option<f64>,
    /// First guess of the shift along the second axis, arcsec.
    pub init_dy: Option<f64>,
}

/// The point-spread function of HST that imphot measured on stars of the UDF: its width, arcsec,
/// and its exponent.
pub const HST_PSF: (f64, f64) = (0.085, 1.6);

impl Default for FitOptions {
    fn default() -> Self {
        let (hst_fwhm, hst_beta) = HST_PSF;
        FitOptions {
            fix_scale: None,
            fix_bg: None,
            fix_dx: None,
            fix_dy: None,
            fix_fwhm: None,
            fix_beta: None,
            min_scale: 0.0,
            hst_fwhm,
            hst_beta,
            margin: 2.0,
            taper: 9,
            init_dx: None,
            init_dy: None,
        }
    }
}

impl FitOptions {
    /// The point-spread function of HST.
    ///
    /// # Errors
    /// When its width and exponent make none; exponents are between 0.1 and 1e6, as those that are
    /// fitted.
    pub fn hst_profile(&self) -> Result<Moffat> {
        let (fwhm, beta) = (self.hst_fwhm, self.hst_beta);
        if !(0.1..=1e6).contains(&beta) {
            let why = format!("must be between 0.1 and 1e6, not {beta}");
            return Err(Error::option("hst_beta", why));
        }
        Moffat::new(fwhm, beta).ok_or_else(|| {
            let why = format!("must be greater than 0 and no larger than an image, not {fwhm}");
            Error::option("hst_fwhm", why)
        })
    }

    /// Refuses what cannot be used.
    ///
    /// # Errors
    /// Names the first argument that cannot be used.
    pub fn check(&self) -> Result<()> {
        self.hst_profile()?;
        for (name, value) in [
            ("fix_scale", self.fix_scale),
            ("fix_bg", self.fix_bg),
            ("fix_dx", self.fix_dx),
            ("fix_dy", self.fix_dy),
            ("fix_fwhm", self.fix_fwhm),
            ("fix_beta", self.fix_beta),
            ("min_scale", Some(self.min_scale)),
            ("margin", Some(self.margin)),
            ("init_dx", self.init_dx),
            ("init_dy", self.init_dy),
        ] {
            if let Some(value) = value.filter(|v| !v.is_finite()) {
                let why = format!("must be a finite number, not {value}");
                return Err(Error::option(name, why));
            }
        }
        if let Some(scale) = self.fix_scale.filter(|&scale| scale < 0.0) {
            let why = format!("must not be negative ({scale})");
            return Err(Error::option("fix_scale", why));
        }
        for (name, value) in [("fix_fwhm", self.fix_fwhm), ("fix_beta", self.fix_beta)] {
            if let Some(value) = value.filter(|&v| v <= 0.0) {
                return Err(Error::option(
                    name,
                    format!("must be greater than 0, not {value}"),
                ));
            }
        }
        // Whatever is not fixed starts at these.
        let (fwhm, beta) = (self.fix_fwhm.unwrap_or(0.5), self.fix_beta.unwrap_or(5.0));
        if Moffat::new(fwhm, beta).is_none() {
            let name = match self.fix_fwhm {
                Some(_) if Moffat::new(fwhm, 5.0).is_none() => "fix_fwhm",
                _ => "fix_beta",
            };
            return Err(Error::option(name, "makes no Moffat profile".to_owned()));
        }
        Ok(())
    }
}
