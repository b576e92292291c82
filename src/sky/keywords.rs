//! Where the sky floor reads its keywords from.

/// A set of FITS keywords: an image header, a header template, a row of an image table.
///
/// Names are upper case. A keyword that is absent, or whose value has another type, is `None`.
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
}
