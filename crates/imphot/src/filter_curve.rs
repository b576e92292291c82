//! Filter curves: text files of wavelengths and sensitivities, two columns of numbers, what
//! numpy's `loadtxt` reads with `usecols=(0, 1)`. Further columns, empty lines and what follows a
//! `#` are left out.

use std::path::Path;

use crate::error::{About, Error, Result};

/// The sensitivity of a camera at some wavelengths; zero outside of them.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterCurve {
    /// Ascending; two may be the same, where the curve has a step. At least two.
    pub wavelengths: Vec<f64>,
    /// As many; only their ratios matter.
    pub sensitivities: Vec<f64>,
}

/// Real curves have some thousand lines; what is longer than this is something else.
const MAX_BYTES: u64 = 64 << 20;

impl FilterCurve {
    /// Reads the file `path`.
    ///
    /// # Errors
    /// When it cannot be read, has a line without two (finite) numbers, fewer than two points, or
    /// wavelengths that do not ascend: the file and the line are named.
    pub fn open(path: &Path) -> Result<Self> {
        let refuse = |source| Error::io("Cannot open filter curve", path, source);
        let metadata = std::fs::metadata(path).map_err(refuse)?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(Error::table("Not a filter curve", path));
        }
        let bytes = std::fs::read(path).map_err(refuse)?;
        let text = String::from_utf8_lossy(&bytes);
        let curve = FilterCurve::empty(text.lines().count()).about(path)?;
        (curve.filled(&text)).map_err(|why| Error::table(format!("Bad filter curve ({why})"), path))
    }

    /// A curve of these points.
    ///
    /// # Errors
    /// As for [`FilterCurve::open`], but about the arguments "wavelengths" and "sensitivities".
    pub fn new(wavelengths: &[f64], sensitivities: &[f64]) -> Result<Self> {
        if wavelengths.len() != sensitivities.len() {
            let why = format!(
                "has {} numbers, wavelengths has {}",
                sensitivities.len(),
                wavelengths.len()
            );
            return Err(Error::argument("sensitivities", why));
        }
        let mut curve = FilterCurve::empty(wavelengths.len())?;
        for (i, (&wavelength, &sensitivity)) in wavelengths.iter().zip(sensitivities).enumerate() {
            let name = match wavelength.is_finite() {
                true if !sensitivity.is_finite() => "sensitivities",
                _ => "wavelengths",
            };
            curve
                .push(wavelength, sensitivity)
                .map_err(|why| Error::argument(name, format!("number {}: {why}", i + 1)))?;
        }
        curve
            .whole()
            .map_err(|why| Error::argument("wavelengths", why))
    }

    /// With room for `points`.
    fn empty(points: usize) -> Result<Self> {
        Ok(FilterCurve {
            wavelengths: memory::room(points)?,
            sensitivities: memory::room(points)?,
        })
    }

    /// With a point for each line of `text`, for which there is room.
    fn filled(self, text: &str) -> std::result::Result<Self, String> {
        let mut curve = self;
        for (number, line) in text.lines().enumerate() {
            let told = |why: String| format!("line {}: {why}", number + 1);
            let numbers = line.split('#').next().unwrap_or_default();
            let mut words = numbers.split_ascii_whitespace();
            let Some(wavelength) = words.next() else {
                continue;
            };
            let Some(sensitivity) = words.next() else {
                return Err(told("there is one number, not two".into()));
            };
            let number = |word: &str| {
                let value = word.parse::<f64>();
                value.map_err(|_| told(format!("{word:?} is no number")))
            };
            curve
                .push(number(wavelength)?, number(sensitivity)?)
                .map_err(told)?;
        }
        curve.whole()
    }

    fn push(&mut self, wavelength: f64, sensitivity: f64) -> std::result::Result<(), String> {
        if !wavelength.is_finite() || !sensitivity.is_finite() {
            return Err("the numbers must be finite".into());
        }
        match self.wavelengths.last() {
            Some(&before) if wavelength < before => {
                return Err(format!(
                    "wavelengths must ascend, but {wavelength} follows {before}"
                ))
            }
            _ => {}
        }
        self.wavelengths.push(wavelength);
        self.sensitivities.push(sensitivity);
        Ok(())
    }

    fn whole(self) -> std::result::Result<Self, String> {
        match (self.wavelengths.first(), self.wavelengths.last()) {
            (Some(first), Some(last)) if first < last => Ok(self),
            _ => Err("a curve needs at least two wavelengths".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_numpy_reads_them() {
        let text = "# F606W\n 4900.5\t0\r\n\n4910 .5 7 x # comment\n4910 1e0\n+4.92e3 -0.25\n";
        let curve = FilterCurve::empty(9).unwrap().filled(text).unwrap();
        assert_eq!(curve.wavelengths, [4900.5, 4910.0, 4910.0, 4920.0]);
        assert_eq!(curve.sensitivities, [0.0, 0.5, 1.0, -0.25]);
        assert_eq!(
            FilterCurve::new(&curve.wavelengths, &curve.sensitivities).unwrap(),
            curve
        );
    }

    #[test]
    fn broken_curves_name_the_line() {
        for (text, what) in [
            ("", "at least two"),
            ("# nothing\n", "at least two"),
            ("5000 1\n", "at least two"),
            ("5000 1\n5000 2\n", "at least two"),
            ("5000 1\n# x\n5001\n", "line 3: there is one number"),
            ("5000 1\n5001,2 1\n", "line 2: \"5001,2\" is no number"),
            ("5000 nan\n5001 1\n", "line 1: the numbers must be finite"),
            (
                "5000 1\n5002 2\n5001 1\n",
                "line 3: wavelengths must ascend, but 5001 follows 5002",
            ),
        ] {
            let why = FilterCurve::empty(9).unwrap().filled(text).unwrap_err();
            assert!(why.contains(what), "{text:?}: {why}");
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("curve.txt");
        std::fs::write(&file, "5000 x\n").unwrap();
        let message = FilterCurve::open(&file).unwrap_err().to_string();
        assert!(
            message.contains("line 1") && message.contains("curve.txt"),
            "{message}"
        );
        let missing = FilterCurve::open(&dir.path().join("none.txt")).unwrap_err();
        assert!(missing.to_string().contains("none.txt"));
        assert!(FilterCurve::open(dir.path()).is_err());
        for (wavelengths, sensitivities, what) in [
            (
                &[1.0, 2.0][..],
                &[1.0][..],
                "Argument sensitivities: has 1 numbers",
            ),
            (
                &[1.0, f64::NAN],
                &[1.0, 1.0],
                "Argument wavelengths: number 2",
            ),
            (
                &[1.0, 2.0],
                &[f64::INFINITY, 1.0],
                "Argument sensitivities: number 1",
            ),
            (&[2.0, 1.0], &[1.0, 1.0], "wavelengths must ascend"),
            (&[2.0], &[1.0], "at least two"),
        ] {
            let message = FilterCurve::new(wavelengths, sensitivities)
                .unwrap_err()
                .to_string();
            assert!(message.contains(what), "{message}");
        }
    }
}
