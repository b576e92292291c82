//! A pair of simulated images whose true parameters are known: stars as in an HST image, and the same stars as in
//! a MUSE image, blurred by an atmosphere of known width, shifted, scaled, on another background, with noise.
//!
//! Both images are computed from the Fourier transforms of the stars. The HST image has the telescope's
//! point-spread function and the filter with which its pixels are resampled to those of MUSE. The last digits
//! depend on the machine's sine function; they are lost in the single-precision pixels of the files.

use std::path::Path;

use super::Random;
use crate::{Error, Result};
use fits::card::Card;
use fits::Header;
use imphot::kernel::image_fit::FitOptions;
use imphot::kernel::moffat::Moffat;
use imphot::kernel::psf;
use imphot::muse::{MuseImage, SaveMask};
use imphot::numerics::fourier::{Plan, C64};
use imphot::numerics::rows::Rows;
use mosaic::run::Run;
use mosaic::task::outcome::{Fields, Outcome};

/// Width and height of a pixel in arcsec, as of MUSE.
pub const STEP: f64 = 0.2;
/// Margin around the images, in pixels, so that light beyond one edge does not wrap around to the other.
const BORDER: usize = 20;
/// Distance of stars from the edges in pixels, if the image is large enough: a fit cannot know the light that an
/// edge cuts off, and its standard errors do not include it.
const FREE: usize = 30;
/// Number of stars per pixel that may have one.
const STAR_DENSITY: f64 = 4e-3;
/// Flux of the faintest star; the brightest have a hundred times that.
const FAINTEST: f64 = 1.0;
/// Standard deviation of the noise of a pixel of HST, of that of MUSE.
const HST_NOISE: f64 = 0.005;
/// Pixels of a side.
const SIZES: std::ops::RangeInclusive<usize> = 32..=4096;

/// A pair of images, given by the parameters in which they differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Number of columns and of rows.
    pub size: usize,
    /// Shift of the MUSE image towards higher indexes along the first axis, in arcsec.
    pub dx: f64,
    /// Shift of the MUSE image towards higher indexes along the second axis, in arcsec.
    pub dy: f64,
    /// Ratio of the fluxes, MUSE / HST.
    pub scale: f64,
    /// Background of the MUSE image.
    pub bg: f64,
    /// Full width at half maximum, in arcsec, of the Moffat profile that blurs the HST image to the MUSE image.
    pub fwhm: f64,
    /// Exponent of that profile.
    pub beta: f64,
    /// Standard deviation of the noise of a MUSE pixel.
    pub noise: f64,
    /// Seed of the random numbers; each seed gives other stars and other noise.
    pub seed: u64,
}

impl Default for Pair {
    /// The pair of the README's example.
    fn default() -> Self {
        Pair {
            size: 160,
            dx: 0.13,
            dy: -0.08,
            scale: 1.1,
            bg: 0.02,
            fwhm: 0.7,
            beta: 2.8,
            noise: 0.1,
            seed: 1,
        }
    }
}

/// Result of [`Pair::write`]: the true parameters.
#[derive(Debug, Clone, Copy, PartialEq, Outcome)]
pub struct PairOutcome {
    /// Number of stars.
    pub stars: i32,
    /// As [`Pair::scale`].
    pub scale: f64,
    /// As [`Pair::bg`].
    pub bg: f64,
    /// As [`Pair::dx`].
    pub dx: f64,
    /// As [`Pair::dy`].
    pub dy: f64,
    /// As [`Pair::fwhm`].
    pub fwhm: f64,
    /// As [`Pair::beta`].
    pub beta: f64,
}

struct Star {
    x: f64,
    y: f64,
    flux: f64,
}

impl Pair {
    /// Makes a pair whose parameters are drawn with `seed`, too.
    pub fn random(size: usize, seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut between = |low: f64, high: f64| low + (high - low) * random.uniform();
        Pair {
            size,
            dx: between(-0.3, 0.3),
            dy: between(-0.3, 0.3),
            scale: between(0.8, 1.2),
            bg: between(-0.05, 0.05),
            fwhm: between(0.5, 1.0),
            beta: between(2.5, 4.0),
            noise: 0.1,
            seed,
        }
    }

    /// Writes `hst.fits` and `muse.fits` into `folder`, which is created if missing.
    ///
    /// # Errors
    /// If a parameter is out of range or the files cannot be written.
    pub fn write(&self, folder: &Path, run: &Run) -> Result<PairOutcome> {
        let (stars, [hst, muse]) = self.images()?;
        std::fs::create_dir_all(folder).map_err(|e| Error::io("Cannot create", folder, e))?;
        run.report(0, 2)?;
        let variance = memory::filled(muse.len(), self.noise * self.noise)?;
        self.file(hst, None, folder.join("hst.fits"))?;
        run.report(1, 2)?;
        self.file(muse, Some(variance), folder.join("muse.fits"))?;
        run.report(2, 2)?;
        Ok(PairOutcome {
            // At most SIZES² STAR_DENSITY.
            stars: stars as i32,
            scale: self.scale,
            bg: self.bg,
            dx: self.dx,
            dy: self.dy,
            fwhm: self.fwhm,
            beta: self.beta,
        })
    }

    /// Number of stars, and the pixels of the HST and the MUSE image.
    fn images(&self) -> Result<(usize, [Vec<f64>; 2])> {
        let refuse = |name, why: &str| Err(Error::argument(name, why));
        if !SIZES.contains(&self.size) {
            return refuse("size", "must be between 32 and 4096 pixels");
        }
        for (name, value) in [
            ("dx", self.dx),
            ("dy", self.dy),
            ("scale", self.scale),
            ("bg", self.bg),
            ("noise", self.noise),
        ] {
            if !value.is_finite() {
                return refuse(name, "must be a finite number");
            }
        }
        let Some(profile) = Moffat::new(self.fwhm, self.beta) else {
            return refuse("fwhm", "and beta make no Moffat profile");
        };
        // Transforms are of even length.
        let whole = (self.size + 2 * BORDER).next_multiple_of(2);
        let plan = Plan::new(whole, whole)?;
        let mut random = Random(self.seed);
        // Half of a small image is left for them.
        let free = FREE.min(self.size / 4);
        let inside = (self.size - 2 * free) as f64;
        let count = (inside * inside * STAR_DENSITY).ceil() as usize;
        let first = (BORDER + free) as f64;
        let stars: Vec<Star> = (0..count)
            .map(|_| Star {
                x: first + random.uniform() * inside,
                y: first + random.uniform() * inside,
                flux: FAINTEST / random.uniform().max(0.01),
            })
            .collect();
        let rows = Rows::ALONE;
        let step = (STEP, STEP);
        let hst_profile = FitOptions::default().hst_profile();
        let hst_profile = hst_profile.map_err(imphot::Error::from)?;
        let hst_psf = psf::transform(&hst_profile, &plan, step, rows)?;
        let muse_psf = psf::transform(&profile, &plan, step, rows)?;
        let mut hst = memory::filled(plan.columns() * whole, C64::default())?;
        let mut muse = memory::copy(&hst)?;
        let frequencies = plan.along_frequencies(1.0)?;
        let turns = |at: f64| -> Vec<C64> {
            let turn = |f: &f64| C64::from_polar(1.0, -std::f64::consts::TAU * f * at);
            frequencies.iter().map(turn).collect()
        };
        for star in &stars {
            let (across, along) = (turns(star.x), turns(star.y));
            for (column, across) in hst.chunks_mut(whole).zip(&across) {
                let across = across * star.flux;
                for (sum, along) in column.iter_mut().zip(&along) {
                    *sum += across * along;
                }
            }
        }
        let shift = (turns(self.dx / STEP), turns(self.dy / STEP));
        for (kx, (hst, muse)) in (hst.chunks_mut(whole).zip(muse.chunks_mut(whole))).enumerate() {
            for (ky, (hst, muse)) in hst.iter_mut().zip(muse).enumerate() {
                let folded = ky.min(whole - ky);
                let at = kx * (whole / 2 + 1) + folded;
                let turn = shift.0[kx] * shift.1[ky];
                *muse = *hst * turn * (self.scale * muse_psf[at]);
                *hst *= hst_psf[at] * psf::resampling_window(kx, folded, whole, whole);
            }
        }
        let mut image = |spectrum: Vec<C64>, level: f64, noise: f64| -> Result<Vec<f64>> {
            let image = plan.inverse(&spectrum, BORDER + self.size, rows)?;
            let inside = image.chunks(whole).skip(BORDER);
            let pixels = inside.flat_map(|row| &row[BORDER..BORDER + self.size]);
            Ok(memory::collect(
                pixels.map(|pixel| pixel + level + noise * random.normal()),
            )?)
        };
        let hst = image(hst, 0.0, self.noise * HST_NOISE)?;
        let muse = image(muse, self.bg, self.noise)?;
        Ok((stars.len(), [hst, muse]))
    }

    fn file(
        &self,
        data: Vec<f64>,
        variance: Option<Vec<f64>>,
        path: std::path::PathBuf,
    ) -> Result<()> {
        let mut header = Header::default();
        header.push(Card::with_string("CTYPE1", "RA---TAN", ""));
        header.push(Card::with_string("CTYPE2", "DEC--TAN", ""));
        header.push(Card::with_string("CUNIT1", "deg", ""));
        header.push(Card::with_string("CUNIT2", "deg", ""));
        let middle = (self.size as f64 + 1.0) / 2.0;
        for (key, value) in [
            ("CRVAL1", 53.16),
            ("CRVAL2", -27.79),
            ("CRPIX1", middle),
            ("CRPIX2", middle),
            ("CD1_1", -STEP / 3600.0),
            ("CD1_2", 0.0),
            ("CD2_1", 0.0),
            ("CD2_2", STEP / 3600.0),
        ] {
            header.set_real(key, value);
        }
        let image = MuseImage {
            width: self.size,
            height: self.size,
            mask: vec![false; data.len()],
            data,
            variance,
            unit: Some("10**(-20)*erg/s/cm**2/Angstrom".to_owned()),
            primary: Header::default(),
            data_header: header,
            path: path.clone(),
        };
        Ok(image.write(&path, SaveMask::Dq)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_the_fluxes_of_its_stars() {
        let pair = Pair {
            noise: 0.0,
            ..Pair::default()
        };
        let (stars, [hst, muse]) = pair.images().unwrap();
        assert_eq!(stars, 40);
        assert_eq!((hst.len(), muse.len()), (160 * 160, 160 * 160));
        let sum = |image: &[f64]| image.iter().sum::<f64>();
        let background = pair.bg * muse.len() as f64;
        // The wings that leave over the edges make the difference.
        let ratio = (sum(&muse) - background) / sum(&hst);
        assert!((ratio / pair.scale - 1.0).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn the_same_seed_is_the_same_pair() {
        let pair = Pair::random(40, 3);
        assert_eq!(pair, Pair::random(40, 3));
        assert_ne!(pair, Pair::random(40, 4));
        assert_eq!(pair.images().unwrap(), pair.images().unwrap());
    }

    #[test]
    fn impossible_pairs_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let good = Pair::default();
        let nan = f64::NAN;
        for (pair, name) in [
            (Pair { size: 31, ..good }, "size"),
            (
                Pair {
                    size: usize::MAX,
                    ..good
                },
                "size",
            ),
            (Pair { dx: nan, ..good }, "dx"),
            (Pair { noise: nan, ..good }, "noise"),
            (Pair { fwhm: 0.0, ..good }, "fwhm"),
            (Pair { beta: -1.0, ..good }, "fwhm"),
        ] {
            let error = pair.write(folder.path(), &Run::new(1)).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
