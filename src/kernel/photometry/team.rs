//! The threads that share one fit. Work is cut into the same pieces whatever their number, so that
//! sums come out the same.

use rayon::prelude::*;
use rayon::ThreadPool;

/// The threads of a pool, or the calling thread alone.
#[derive(Clone, Copy, Default)]
pub struct Team<'a> {
    pool: Option<&'a ThreadPool>,
}

impl<'a> Team<'a> {
    /// The threads of `pool`.
    pub fn of(pool: &'a ThreadPool) -> Self {
        Team { pool: Some(pool) }
    }

    /// Calls `work` with the number of every piece of `piece` items and the piece. Each thread
    /// makes itself a `W` (buffers).
    pub fn pieces<T: Send, W: Send>(
        &self,
        items: &mut [T],
        piece: usize,
        make: impl Fn() -> W + Sync + Send,
        work: impl Fn(&mut W, usize, &mut [T]) + Sync + Send,
    ) {
        match self.pool {
            Some(pool) => pool.install(|| {
                items
                    .par_chunks_mut(piece)
                    .enumerate()
                    .for_each_init(&make, |own, (i, piece)| work(own, i, piece));
            }),
            None => {
                let mut own = make();
                for (i, piece) in items.chunks_mut(piece).enumerate() {
                    work(&mut own, i, piece);
                }
            }
        }
    }
}
