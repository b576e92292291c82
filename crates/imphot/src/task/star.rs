//! The circle on the sky about a star.

use crate::error::{Error, Result};
use fits::cformat::general;

/// A circle on the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Star {
    /// Right ascension, degrees.
    pub ra: f64,
    /// Declination, degrees.
    pub dec: f64,
    /// Radius, arcsec, greater than 0.
    pub radius: f64,
}

impl Star {
    /// Refuses what is no circle.
    ///
    /// # Errors
    /// When a number is not finite or the radius not greater than 0.
    pub fn check(&self) -> Result<()> {
        let all = [self.ra, self.dec, self.radius];
        if !all.iter().all(|x| x.is_finite()) || self.dec.abs() > 90.0 {
            let why = format!(
                "must be a right ascension, a declination and a radius, not {}, {}, {}",
                self.ra, self.dec, self.radius
            );
            return Err(Error::argument("star", why));
        }
        if self.radius <= 0.0 {
            let why = format!("needs a radius greater than 0, not {}", self.radius);
            return Err(Error::argument("star", why));
        }
        Ok(())
    }

    /// The circle as a ds9 region, with the six digits that imphot gives it: at a right ascension
    /// of three digits its middle is up to 1.8 arcsec beside the star. The masks, and with them the
    /// results, are to be imphot's.
    pub(in crate::task) fn region(&self, sign: &str) -> String {
        let [ra, dec, radius] = [self.ra, self.dec, self.radius].map(|x| general(x, 6));
        format!("fk5; {sign}circle({ra}, {dec}, {radius}\")")
    }
}
