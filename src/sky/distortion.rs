//! The step between pixel offsets and the matrix where a header's distortion belongs.
//!
//! None is applied yet: a header that carries one is refused, because coordinates without it
//! would be wrong by many pixels and nothing would say so.

use super::Keywords;

/// What moves pixel offsets before the matrix is applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Distortion {
    /// Nothing does.
    None,
}

impl Distortion {
    /// The distortion of a header whose CTYPE ends in `suffix` ("" or "SIP") and whose
    /// projection is `code`; `axes` are the numbers (1 or 2) of the longitude and latitude axes.
    ///
    /// # Errors
    /// A text naming the keyword that carries a distortion.
    pub fn new(
        keywords: &dyn Keywords,
        code: &str,
        suffix: &str,
        axes: [usize; 2],
    ) -> Result<Self, String> {
        let refuse =
            |what: &str, keyword: &str| Err(format!("{what} ({keyword}) is not supported"));
        if !suffix.is_empty() {
            return refuse(
                &format!("The distortion {suffix}"),
                &format!("CTYPE{}", axes[0]),
            );
        }
        let present = |key: &str| keywords.real(key).is_some() || keywords.text(key).is_some();
        for key in ["A_ORDER", "B_ORDER"] {
            if keywords.integer(key).is_some_and(|order| order > 0) {
                return refuse("The distortion SIP", key);
            }
        }
        for key in [
            "CPDIS1", "CPDIS2", "CQDIS1", "CQDIS2", "D2IMDIS1", "D2IMDIS2",
        ] {
            if present(key) {
                return refuse("A distortion table", key);
            }
        }
        // Montage prefers these plate polynomials to the projection when both are there.
        if present("CO1_1") {
            return refuse("A plate polynomial", "CO1_1");
        }
        if code == "TAN" {
            if let Some(key) = scamp_term(keywords, axes) {
                return refuse("A polynomial on TAN", &key);
            }
        }
        Ok(Distortion::None)
    }

    /// From pixel offsets to undistorted ones.
    #[inline]
    pub fn remove(&self, x: f64, y: f64) -> (f64, f64) {
        match self {
            Distortion::None => (x, y),
        }
    }

    /// From undistorted pixel offsets back.
    #[inline]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        match self {
            Distortion::None => (x, y),
        }
    }
}

/// The first PV keyword of a TAN header that bends the plane: SCAMP writes TPV polynomials under
/// the name TAN. On the longitude axis PVi_0 to PVi_4 have a meaning of their own (Paper II).
fn scamp_term(keywords: &dyn Keywords, axes: [usize; 2]) -> Option<String> {
    let value = |axis: usize, term: usize| {
        let key = format!("PV{axis}_{term}");
        keywords.real(&key).map(|value| (key, value))
    };
    let bends = |(_, value): &(String, f64), term: usize| {
        // The polynomial "1 times the coordinate" leaves it alone.
        *value != if term == 1 { 1.0 } else { 0.0 }
    };
    let own = (5..40).filter_map(|term| value(axes[0], term).filter(|v| bends(v, term)));
    let other = (0..40).filter_map(|term| value(axes[1], term).filter(|v| bends(v, term)));
    own.chain(other).next().map(|(key, _)| key)
}
