//! From a header to the sky.

/// Where keywords come from: a FITS header, a header template, the columns of a table row.
pub trait Keywords {
    /// The number of keyword `key`, `None` where it is missing or no number.
    fn real(&self, key: &str) -> Option<f64>;
    /// The integer of keyword `key`.
    fn integer(&self, key: &str) -> Option<i64>;
    /// The text of keyword `key`, without quotes.
    fn text(&self, key: &str) -> Option<String>;
}
