//! Roots of increasing functions.

/// The point of `[low, high]` where the increasing function reaches `target`. `function` gives
/// the value and the derivative. Newton's steps, halved into the bracket when they leave it;
/// always ends, with the last bit or two uncertain.
pub(super) fn increasing(
    target: f64,
    low: f64,
    high: f64,
    start: f64,
    function: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let (mut low, mut high) = (low, high);
    let mut x = start.clamp(low, high);
    // 80 halvings exhaust the bits of any bracket; Newton needs five or so.
    for _ in 0..80 {
        let (value, slope) = function(x);
        let excess = value - target;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let mut next = x - excess / slope;
        if !(next > low && next < high) {
            next = 0.5 * (low + high);
        }
        if (next - x).abs() <= 1e-16 * x.abs().max(1e-3) {
            return next;
        }
        x = next;
    }
    x
}
