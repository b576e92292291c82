//! The median of many values.

/// The median of `values`, whose order is lost: the mean of the middle two where their number is
/// even; `None` of none. No value may be NaN.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let (below, &mut middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    if count % 2 == 1 {
        return Some(middle);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(0.5 * (lower + middle))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn it_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [3.0, -1.0]), Some(1.0));
        assert_eq!(median(&mut [3.0, 9.0, -1.0]), Some(3.0));
        assert_eq!(median(&mut [9.0, 3.0, 4.0, -1.0]), Some(3.5));
    }
}
