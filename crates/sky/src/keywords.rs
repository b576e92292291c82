//! Where the sky floor reads its keywords from.

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
