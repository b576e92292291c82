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
    let mut best = (f64::INFINITY, x);
    // 80 halvings exhaust the bits of any bracket; Newton needs five or so.
    for _ in 0..80 {
        let (value, slope) = function(x);
        let excess = value - target;
        if excess.abs() < best.0 {
            best = (excess.abs(), x);
        }
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let mut next = x - excess / slope;
        let digit = x.abs().max(1e-3);
        if !(next > low && next < high) {
            // At the root the step may be none at all, or end on the bracket: halving would
            // leave the root again.
            if (next - x).abs() <= 4.0 * f64::EPSILON * digit {
                return x;
            }
            next = 0.5 * (low + high);
        }
        if (next - x).abs() <= 1e-16 * digit {
            return next;
        }
        x = next;
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::increasing;
    use std::cell::Cell;

    /// The polynomial of a ZPN map found by fuzzing: PV2_0 = -24.783203125, PV2_1 = 0.2373046875,
    /// PV2_29 = 31.671875. Newton's last step ends on the bracket there; halving it left the root
    /// by 2e-13, which is 8,000 pixels of 1e-12 degree.
    fn steep(x: f64) -> (f64, f64) {
        (
            31.671875 * x.powi(29) + 0.2373046875 * x - 24.783203125,
            29.0 * 31.671875 * x.powi(28) + 0.2373046875,
        )
    }

    #[test]
    fn the_root_is_not_left_again() {
        for k in 0..1000 {
            let root = 0.9 + 1e-4 * f64::from(k);
            let (target, _) = steep(root);
            let calls = Cell::new(0);
            let found = increasing(target, 0.0, 3.0, 1.5, |x| {
                calls.set(calls.get() + 1);
                steep(x)
            });
            assert!((found - root).abs() < 1e-15, "{root}: {found}");
            assert!(calls.get() < 40, "{root}: {} rounds", calls.get());
        }
    }
}
