//! Many rounds at once.

use rayon::prelude::*;
use rayon::ThreadPool;

use super::chebyshev;
use super::geometry::Network;
use super::system::System;
use crate::error::Result;
use crate::run::Run;

/// Multiplications per product that are worth a thread: meeting costs it some ten microseconds.
const WORTH_A_THREAD: usize = 150_000;

/// About so many multiplications pass between two reports of progress.
const WORK_PER_REPORT: usize = 20_000_000;

/// The threads that share the images of one product.
#[derive(Clone, Copy)]
struct Workers<'a> {
    pool: Option<&'a ThreadPool>,
    threads: usize,
}

impl Workers<'_> {
    /// Runs `work` where [`Workers::update`] has its threads at hand.
    fn enter(&self, work: impl FnOnce() + Send) {
        match self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Sets every `next[i]` and `sum[i]` by `update(i, next[i], sum[i])`, in any order.
    fn update<T: Send>(
        &self,
        next: &mut [T],
        sum: &mut [T],
        update: impl Fn(usize, &mut T, &mut T) + Sync,
    ) {
        // A few pieces per thread, for machines whose threads are not equally fast.
        let chunk = next.len().div_ceil(4 * self.threads).max(1);
        let piece = |(c, (next, sum)): (usize, (&mut [T], &mut [T]))| {
            for (i, (next, sum)) in next.iter_mut().zip(sum).enumerate() {
                update(c * chunk + i, next, sum);
            }
        };
        if self.pool.is_some() {
            next.par_chunks_mut(chunk)
                .zip(sum.par_chunks_mut(chunk))
                .enumerate()
                .for_each(piece);
        } else {
            next.chunks_mut(chunk)
                .zip(sum.chunks_mut(chunk))
                .enumerate()
                .for_each(piece);
        }
    }
}

/// Counts rounds, reports them, and lends the threads.
pub(super) struct Meter<'a> {
    run: &'a Run<'a>,
    workers: Workers<'a>,
    done: u64,
    total: u64,
}

impl<'a> Meter<'a> {
    fn new(run: &'a Run, total: u64, pool: Option<&'a ThreadPool>, threads: usize) -> Self {
        Meter {
            run,
            workers: Workers { pool, threads },
            done: 0,
            total,
        }
    }

    /// Runs `work`, which does `total` rounds, with as many threads as `network` deserves.
    pub fn with<T>(
        run: &Run,
        total: u64,
        network: &Network,
        work: impl FnOnce(&mut Meter) -> Result<T>,
    ) -> Result<T> {
        let threads = run.threads().min(9 * network.len() / WORTH_A_THREAD).max(1);
        run.in_pool(threads, |pool| {
            let threads = pool.map_or(1, ThreadPool::current_num_threads);
            work(&mut Meter::new(run, total, pool, threads))
        })
    }

    /// Calls `step` for every index below `steps`, which together stand for `rounds` rounds.
    fn each(
        &mut self,
        steps: usize,
        rounds: u32,
        work: usize,
        mut step: impl FnMut(usize) + Send,
    ) -> Result<()> {
        let batch = (WORK_PER_REPORT / work.max(1)).max(1);
        let before = self.done;
        let mut from = 0;
        while from < steps {
            let to = steps.min(from.saturating_add(batch));
            self.workers.enter(|| (from..to).for_each(&mut step));
            from = to;
            self.done = before + share(rounds, to, steps);
            self.run.report(self.done, self.total)?;
        }
        Ok(())
    }
}

/// How many of `rounds` rounds `done` of `steps` steps stand for.
fn share(rounds: u32, done: usize, steps: usize) -> u64 {
    let whole = u128::from(rounds) * done as u128 / steps as u128;
    // Not above `rounds`.
    whole as u64
}

/// What `rounds` rounds add to the planes, `step` being what each image lacks before the first.
pub(super) fn rounds<const K: usize>(
    system: &System<K>,
    step: Vec<[f64; K]>,
    rounds: u32,
    meter: &mut Meter,
) -> Result<Vec<[f64; K]>> {
    if system.is_symmetric() {
        series(system, step, rounds, meter)
    } else {
        one_by_one(system, step, rounds, meter)
    }
}

/// The Chebyshev series of the iterate.
fn series<const K: usize>(
    system: &System<K>,
    step: Vec<[f64; K]>,
    rounds: u32,
    meter: &mut Meter,
) -> Result<Vec<[f64; K]>> {
    let weights = chebyshev::weights(rounds)?;
    let mut sum = memory::filled(system.images(), [0.0; K])?;
    let (mut now, mut next) = (step, memory::filled(system.images(), [0.0; K])?);
    let workers = meter.workers;
    meter.each(weights.len(), rounds, system.work(), |k| {
        // T_0 = 1, T_1 = S, T_k+1 = 2 S T_k - T_k-1.
        let weight = weights[k];
        match k {
            0 => workers.update(&mut now, &mut sum, |_, now, sum| add(sum, weight, now)),
            _ => {
                let factor = if k == 1 { 1.0 } else { 2.0 };
                let x = &now;
                workers.update(&mut next, &mut sum, |i, next, sum| {
                    let product = system.row(i, x);
                    for (next, product) in next.iter_mut().zip(product) {
                        *next = factor * product - *next;
                    }
                    add(sum, weight, next);
                });
                std::mem::swap(&mut now, &mut next);
            }
        }
    })?;
    Ok(sum)
}

/// Round by round, for matrices whose spectrum is not known.
fn one_by_one<const K: usize>(
    system: &System<K>,
    step: Vec<[f64; K]>,
    rounds: u32,
    meter: &mut Meter,
) -> Result<Vec<[f64; K]>> {
    let mut sum = memory::filled(system.images(), [0.0; K])?;
    let (mut now, mut next) = (step, memory::filled(system.images(), [0.0; K])?);
    let workers = meter.workers;
    meter.each(rounds as usize, rounds, system.work(), |_| {
        let x = &now;
        workers.update(&mut next, &mut sum, |i, next, sum| {
            add(sum, 0.5, &x[i]);
            let product = system.row(i, x);
            for ((next, product), x) in next.iter_mut().zip(product).zip(x[i]) {
                *next = (x + product) / 2.0;
            }
        });
        std::mem::swap(&mut now, &mut next);
    })?;
    Ok(sum)
}

fn add<const K: usize>(sum: &mut [f64; K], weight: f64, x: &[f64; K]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += weight * x;
    }
}
