//! What a fit of a star found.

use crate::kernel::star_fit::Profile;
use crate::numerics::least_squares::Solution;
use crate::task::report::{Fitted, FittedPhotometry};
use crate::task::star::Star;
use mosaic::task::outcome::{Fields, Outcome};

/// The profile of the star in one of the images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StarProfile {
    /// How far its middle is to the right of the given place, arcsec.
    pub dx: Fitted,
    /// How far it is above it, arcsec.
    pub dy: Fitted,
    /// What it stands upon, in the unit of the image.
    pub bg: Fitted,
    /// The sum of its pixels, in the unit of the image.
    pub flux: Fitted,
    /// Its full width at half maximum, arcsec.
    pub fwhm: Fitted,
    /// Its exponent. The more a profile resembles Gauss's, the greater it is, and the less
    /// certain.
    pub beta: Fitted,
    /// The chi-square of the fit, of which every pixel weighs 10.
    pub chi_square: f64,
    /// The same by degrees of freedom.
    pub rchi: f64,
}

impl StarProfile {
    pub(super) fn of(solution: &Solution) -> Self {
        let [dx, dy, bg, flux, fwhm, beta] =
            std::array::from_fn(|index| Fitted::of(solution, index));
        StarProfile {
            dx,
            dy,
            bg,
            flux,
            fwhm,
            beta,
            chi_square: solution.chi_square,
            rchi: solution.reduced_chi_square(),
        }
    }

    /// The numbers of the profile.
    pub fn profile(&self) -> Profile {
        Profile {
            dx: self.dx.value,
            dy: self.dy.value,
            bg: self.bg.value,
            flux: self.flux.value,
            fwhm: self.fwhm.value,
            beta: self.beta.value,
        }
    }
}

/// The pixels that were fitted, for plots: as many of each, in order of their distance from the
/// given place.
#[derive(Debug, Clone, PartialEq)]
pub struct StarPixels {
    /// How far they are to the right of the given place, arcsec.
    pub x: Vec<f64>,
    /// How far they are above it, arcsec.
    pub y: Vec<f64>,
    /// Their values in the image of MUSE, 0 where they are masked.
    pub muse: Vec<f64>,
    /// Their values in the image of HST, 0 where they are masked.
    pub hst: Vec<f64>,
    /// The area of one, square arcsec: what [`Profile::value`] needs.
    pub area: f64,
}

/// What a fit of a star found.
#[derive(Debug, Clone, PartialEq)]
pub struct FitStarOutcome {
    /// What the two profiles say of the image of MUSE; `fwhm`, `beta` and `rchi` are those of its
    /// profile there.
    pub photometry: FittedPhotometry,
    /// Where the star was looked for, and how far around it pixels were fitted.
    pub star: Star,
    /// Its profile in the image of MUSE.
    pub muse: StarProfile,
    /// Its profile in the image of HST.
    pub hst: StarProfile,
    /// The pixels that were fitted.
    pub pixels: StarPixels,
    /// The unit of the image of MUSE, as BUNIT has it.
    pub unit: Option<String>,
}

impl Outcome for FitStarOutcome {
    fn fields(&self) -> Fields {
        let fields = self.photometry.fields();
        fields.with("ra", self.star.ra).with("dec", self.star.dec)
    }
}
