//! Where world coordinates and pixel grids read their keywords from.

use std::fmt;

use crate::Error;

/// A set of FITS keywords: an image header, a header template, a row of an image table.
///
/// Names are upper case. A keyword that is absent, or whose value has another type, is `None`: the
/// text '10:00:00' is no number.
pub trait Keywords {
    /// A number (an integer counts as one).
    fn real(&self, key: &str) -> Option<f64>;
    /// An integer.
    fn integer(&self, key: &str) -> Option<i64>;
    /// A text, without its quotes and trailing blanks.
    fn text(&self, key: &str) -> Option<String>;
    /// Whether any keyword may begin with `prefix`: `false` spares the asking for a family of
    /// them (PVi_m), one by one.
    fn may_have(&self, _prefix: &str) -> bool {
        true
    }
    /// The fields of the record-valued keyword `key`: ("EXTVER", 2.0) for a card
    /// `DP1 = 'EXTVER: 2'` or a keyword `DP1.EXTVER`.
    fn records(&self, key: &str) -> Vec<(String, f64)> {
        self.text(key)
            .and_then(|text| record(&text))
            .into_iter()
            .collect()
    }
}

/// Takes the value of a record-valued card apart: "AXIS.1: 2.0" is ("AXIS.1", 2.0).
///
/// ```
/// assert_eq!(sky::record("axis.1: 2"), Some(("AXIS.1".to_owned(), 2.0)));
/// assert_eq!(sky::record("Lookup"), None);
/// ```
pub fn record(value: &str) -> Option<(String, f64)> {
    let (field, number) = value.split_once(':')?;
    let number = number.trim().parse().ok()?;
    Some((field.trim().to_ascii_uppercase(), number))
}

/// A keyword whose value cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub struct KeywordError {
    /// Its name.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with the value of a keyword that has to be a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The keyword is missing.
    Missing,
    /// Its value is this text.
    NotANumber(String),
    /// Its value is NaN or infinite.
    NotFinite(f64),
    /// Its value has a fraction and must not have one.
    NotWhole(f64),
    /// Its value is too small or too large.
    OutOfRange(f64),
}

impl KeywordError {
    pub(crate) fn new(key: &str, fault: Fault) -> Self {
        KeywordError {
            key: key.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for KeywordError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let key = &self.key;
        match &self.fault {
            Fault::Missing => write!(f, "Missing {key}"),
            Fault::NotANumber(text) => write!(f, "{key} is not a number ('{text}')"),
            Fault::NotFinite(value) => write!(f, "{key} is not a finite number ({value})"),
            Fault::NotWhole(_) => write!(f, "{key} is not a whole number"),
            Fault::OutOfRange(value) => write!(f, "{key} is {value}"),
        }
    }
}

impl std::error::Error for KeywordError {}

impl From<KeywordError> for Error {
    fn from(why: KeywordError) -> Self {
        Error::message(why.to_string())
    }
}

/// A keyword's number: `None` when it is absent.
///
/// # Errors
/// When its value is a text or not finite.
pub(crate) fn number(keywords: &dyn Keywords, key: &str) -> Result<Option<f64>, KeywordError> {
    match keywords.real(key) {
        Some(value) if value.is_finite() => Ok(Some(value)),
        Some(value) => Err(KeywordError::new(key, Fault::NotFinite(value))),
        None => match keywords.text(key) {
            Some(text) => Err(KeywordError::new(key, Fault::NotANumber(text))),
            None => Ok(None),
        },
    }
}
