//! How many rows are worked on at once.

/// Bytes worked on at once: enough to make the calls cheap, few enough for a second-level cache.
pub(super) const BAND: usize = 1 << 20;

/// Smaller work than this is not worth a second thread.
pub(super) const WORTH_SHARING: usize = 4 << 20;

/// Rows of `row_bytes` bytes that are worked on at once of `rows` in all.
pub(super) fn rows_in_band(rows: usize, row_bytes: usize) -> usize {
    if rows.saturating_mul(row_bytes) <= WORTH_SHARING {
        return rows.max(1);
    }
    (BAND / row_bytes.max(1)).max(1)
}
