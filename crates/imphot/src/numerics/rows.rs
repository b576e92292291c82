//! Rows of an image, one after the other or on several threads.

use rayon::prelude::*;
use rayon::ThreadPool;

use memory::Result;

/// Whoever works on the rows of an image. Every row is worked out by itself, so the results are
/// the same bits whoever does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    pool: Option<&'a ThreadPool>,
}

impl<'a> Rows<'a> {
    /// The calling thread alone.
    pub const ALONE: Rows<'static> = Rows { pool: None };

    /// The threads of a pool.
    pub fn of(pool: &'a ThreadPool) -> Self {
        Rows { pool: Some(pool) }
    }

    /// Calls `work` for every `length` elements of `all` (the last may be fewer) with their
    /// number, from 0. `make` makes each thread what it needs.
    ///
    /// # Errors
    /// The first that `make` gives: part of the work is done then.
    pub fn each<T: Send, W>(
        &self,
        all: &mut [T],
        length: usize,
        make: impl Fn() -> Result<W> + Sync + Send,
        work: impl Fn(&mut W, usize, &mut [T]) + Sync + Send,
    ) -> Result<()> {
        let length = length.max(1);
        match self.pool {
            Some(pool) => pool.install(|| {
                // Each share of the pieces has to make what it needs: a few for each thread.
                let count = all.len().div_ceil(length);
                let share = (count / (4 * pool.current_num_threads())).max(1);
                let pieces = all.par_chunks_mut(length).enumerate();
                pieces
                    .with_min_len(share)
                    .try_for_each_init(make, |own, (i, piece)| match own {
                        Ok(own) => {
                            work(own, i, piece);
                            Ok(())
                        }
                        Err(why) => Err(std::mem::replace(why, memory::Error { bytes: None })),
                    })
            }),
            None => {
                let mut own = make()?;
                let pieces = all.chunks_mut(length).enumerate();
                pieces.for_each(|(i, piece)| work(&mut own, i, piece));
                Ok(())
            }
        }
    }

    /// The same for two lists at once: as many pieces of `more_length` elements of `more` go with
    /// those of `all`.
    ///
    /// # Errors
    /// As [`Rows::each`], and when memory is out.
    pub fn each_of_two<T: Send, U: Send, W>(
        &self,
        (all, length): (&mut [T], usize),
        (more, more_length): (&mut [U], usize),
        make: impl Fn() -> Result<W> + Sync + Send,
        work: impl Fn(&mut W, usize, &mut [T], &mut [U]) + Sync + Send,
    ) -> Result<()> {
        let pieces = (all.chunks_mut(length.max(1))).zip(more.chunks_mut(more_length.max(1)));
        let mut pieces: Vec<(&mut [T], &mut [U])> = memory::collect(pieces)?;
        self.each(&mut pieces, 1, make, |own, i, pieces| {
            for (piece, other) in pieces {
                work(own, i, piece, other);
            }
        })
    }
}
