//! Work on every row of an image table.

use crate::error::{About, Error, Result};
use crate::io::ipac_table::{Row, Table};
use crate::run::Run;

/// Rows that are taken as one item of work.
const CHUNK: usize = 64;

/// Applies `work` to every row on the threads of the call; in order. The error of the first row
/// that has one is what `in_row` makes of it and of the number of the row (from 0); a bad number
/// has named its row already.
pub fn for_each_row<'a, T: Send>(
    table: &'a Table,
    run: &Run,
    work: impl Fn(Row<'a>) -> Result<T> + Sync,
    in_row: impl Fn(Error, usize) -> Error + Sync,
) -> Result<Vec<T>> {
    let one = |i: usize| {
        work(table.row(i)).map_err(|why| match why {
            Error::Table { .. } | Error::File(::fits::Error::Memory { .. }) => why,
            other => in_row(other, i),
        })
    };
    let chunks = run.for_each(table.len().div_ceil(CHUNK), |c| {
        memory::try_collect((c * CHUNK..table.len().min((c + 1) * CHUNK)).map(one))
    })?;
    let mut all = memory::room(table.len()).about(table.path())?;
    for chunk in chunks {
        all.extend(chunk?);
    }
    Ok(all)
}
