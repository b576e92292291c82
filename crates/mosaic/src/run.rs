//! What a call carries besides its arguments: how many threads, whom to tell of progress, how
//! much to print. There is no global pool: threads live only while a call runs, so a host may
//! fork, unload the library or run its own rayon pool without meeting ours.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

/// A line of debugging output; that nobody listens is no error (`println!` would panic).
pub fn say(text: std::fmt::Arguments) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Does the work of one item of a table. A panic in it, which is a defect of ours, becomes the
/// item's own failure, so that the other items are done.
///
/// What `work` has borrowed mutably may be half-changed after a failure.
///
/// # Errors
/// Those of `work`, and [`Error::defect`].
pub fn guarded<T, E: From<Error>>(
    work: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Error::defect(&*panic).into()))
}

/// As [`guarded`] with buffers that are used from item to item: after a panic they are made anew.
///
/// # Errors
/// As [`guarded`].
pub fn guarded_with<W: Default, T, E: From<Error>>(
    own: &mut W,
    work: impl FnOnce(&mut W) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let mut is_done = false;
    let result = guarded(|| {
        let result = work(own);
        is_done = true;
        result
    });
    if !is_done {
        *own = W::default();
    }
    result
}

/// Called with (done, total); `true` asks to stop.
pub type ProgressFn<'a> = dyn Fn(u64, u64) -> bool + 'a;

/// Warnings of one call: what the caller should know although the work was done.
///
/// Each distinct text counts once. Of more than [`Warnings::KEPT`] those are kept that come first
/// in the order of texts, so that they do not depend on which thread was first. Shared by the
/// threads of the call.
#[derive(Debug, Default)]
pub struct Warnings(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    count: u64,
    texts: BTreeSet<String>,
    /// Hashes of all texts, for those that are not kept come again, too.
    seen: HashMap<u64, ()>,
}

impl Warnings {
    /// The most texts that are kept.
    pub const KEPT: usize = 100;

    /// Adds a warning. `text` names the file or argument it is about.
    pub fn add(&self, text: impl Into<String>) {
        let text = text.into();
        let hash = {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Without memory for it a text may count twice.
        if memory::reserve_entry(&mut all.seen).is_ok() && all.seen.insert(hash, ()).is_some() {
            return;
        }
        all.count += 1;
        all.texts.insert(text);
        if all.texts.len() > Self::KEPT {
            all.texts.pop_last();
        }
    }

    /// The number of warnings, and the texts that were kept, in order.
    pub fn collected(&self) -> (u64, Vec<String>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (all.count, all.texts.iter().cloned().collect())
    }
}

/// What the process that a call runs in wants done to new threads and programs.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Called first in every thread that the call starts: its signals, its floating-point state.
    pub enter_thread: fn(),
    /// Called before a program is started.
    pub before_program: fn(&mut Command),
}

impl Default for Host {
    /// Nothing is done.
    fn default() -> Self {
        Host {
            enter_thread: || (),
            before_program: |_| (),
        }
    }
}

/// What all threads of a call share.
#[derive(Debug, Default)]
pub struct Shared {
    host: Host,
    warnings: Warnings,
}

impl Shared {
    /// The warnings of the call.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// The surroundings of one call.
pub struct Run<'a> {
    threads: usize,
    progress: Option<&'a ProgressFn<'a>>,
    shared: Arc<Shared>,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Run::new(default_threads())
    }
}

/// All cores, or what the environment variable `MONTAGE_THREADS` says.
pub fn default_threads() -> usize {
    std::env::var("MONTAGE_THREADS")
        .ok()
        .and_then(|text| text.trim().parse::<usize>().ok())
        .filter(|&n| n > 0)
        .or_else(|| std::thread::available_parallelism().ok().map(|n| n.get()))
        .unwrap_or(1)
        .min(MAX_THREADS)
}

/// More threads than this only cost memory.
pub const MAX_THREADS: usize = 256;

impl<'a> Run<'a> {
    /// A call on `threads` threads (at least one) that reports to nobody.
    pub fn new(threads: usize) -> Self {
        Run {
            threads: threads.clamp(1, MAX_THREADS),
            progress: None,
            shared: Arc::default(),
        }
    }

    /// The same call in a process of these wishes.
    pub fn on(self, host: Host) -> Self {
        let shared = Shared {
            host,
            warnings: Warnings::default(),
        };
        Run {
            shared: Arc::new(shared),
            ..self
        }
    }

    /// Part of a call, for work inside an item of it: on `threads` threads, without progress, its
    /// warnings added to those of the call.
    pub fn within(shared: &Arc<Shared>, threads: usize) -> Self {
        Run {
            shared: Arc::clone(shared),
            ..Run::new(threads)
        }
    }

    /// The same, reporting to `progress`. It is called on the calling thread only.
    pub fn with_progress(threads: usize, progress: &'a ProgressFn<'a>) -> Self {
        Run {
            progress: Some(progress),
            ..Run::new(threads)
        }
    }

    /// The same call on `threads` threads (at least one).
    pub fn with_threads(&self, threads: usize) -> Run<'a> {
        Run {
            threads: threads.clamp(1, MAX_THREADS),
            progress: self.progress,
            shared: Arc::clone(&self.shared),
        }
    }

    /// The same call on `most` threads at most.
    pub fn with_threads_at_most(&self, most: usize) -> Run<'a> {
        self.with_threads(self.threads.min(most))
    }

    /// The warnings of this call.
    pub fn warnings(&self) -> &Warnings {
        &self.shared.warnings
    }

    /// What the threads of this call share, for [`Run::within`].
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The process that this call runs in.
    pub fn host(&self) -> Host {
        self.shared.host
    }

    /// Adds a warning; see [`Warnings::add`].
    pub fn warn(&self, text: impl Into<String>) {
        self.shared.warnings.add(text);
    }

    /// How many threads this call may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Tells the caller that `done` of `total` are finished.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller wants no more.
    pub fn report(&self, done: u64, total: u64) -> Result<()> {
        match self.progress {
            Some(progress) if progress(done, total) => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }

    /// Applies `work` to 0..count on the threads of this call and returns the results in order.
    /// Progress is reported from the calling thread as items finish.
    ///
    /// # Errors
    /// [`Error::Cancelled`] as soon as the progress callback says so: items already begun are
    /// finished, the others are not started. A failure of an item is the item's own result.
    pub fn for_each<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> T + Sync,
    ) -> Result<Vec<T>> {
        self.for_each_with(count, || (), |(), i| work(i))
    }

    /// As [`Run::for_each`]; every thread makes itself a `W` (buffers that are used again from
    /// item to item) and hands it to `work`.
    ///
    /// # Errors
    /// As [`Run::for_each`].
    pub fn for_each_with<W, T: Send>(
        &self,
        count: usize,
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, usize) -> T + Sync,
    ) -> Result<Vec<T>> {
        let total = count as u64;
        self.in_pool(self.threads.min(count), |pool| {
            let Some(pool) = pool else {
                let mut results = memory::room(count)?;
                let mut own = make();
                for i in 0..count {
                    results.push(work(&mut own, i));
                    self.report(i as u64 + 1, total)?;
                }
                return Ok(results);
            };
            let mut slots: Vec<Option<T>> = memory::collect((0..count).map(|_| None))?;
            let next = AtomicUsize::new(0);
            let stop = AtomicBool::new(false);
            let (sender, receiver) = mpsc::channel();
            let cancelled = pool.in_place_scope(|scope| {
                for _ in 0..pool.current_num_threads() {
                    let sender = sender.clone();
                    let (next, stop, make, work) = (&next, &stop, &make, &work);
                    scope.spawn(move |_| {
                        let mut own = make();
                        while !stop.load(Ordering::Relaxed) {
                            let i = next.fetch_add(1, Ordering::Relaxed);
                            if i >= count || sender.send((i, work(&mut own, i))).is_err() {
                                break;
                            }
                        }
                    });
                }
                drop(sender);
                let mut done = 0;
                let mut verdict = Ok(());
                for (i, result) in receiver.iter() {
                    slots[i] = Some(result);
                    done += 1;
                    if verdict.is_ok() {
                        verdict = self.report(done, total);
                        if verdict.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
                verdict
            });
            cancelled?;
            // A worker that panicked has already unwound through the scope above.
            Ok(memory::collect(slots.into_iter().flatten())?)
        })
    }

    /// As [`Run::for_each_with`] for the rows of a table: `work` returns a row's own result,
    /// whatever it is, or what ends the call ([`crate::error::of_one`]). No row is begun after that.
    ///
    /// # Errors
    /// As [`Run::for_each`], and of the errors of `work` that of the lowest row.
    pub fn for_each_row_with<W, T: Send, E: From<Error> + From<memory::Error> + Send>(
        &self,
        count: usize,
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, usize) -> std::result::Result<T, E> + Sync,
    ) -> std::result::Result<Vec<T>, E> {
        let ended = AtomicBool::new(false);
        let results = self.for_each_with(count, make, |own, i| {
            if ended.load(Ordering::Relaxed) {
                return None;
            }
            let result = work(own, i);
            if result.is_err() {
                ended.store(true, Ordering::Relaxed);
            }
            Some(result)
        })?;
        memory::try_collect(results.into_iter().flatten())
    }

    /// As [`Run::for_each_with`], but hands the results to `take` on the calling thread, in order,
    /// while others are being worked on: for results too large to keep. Items are begun at most
    /// a few per thread ahead of the one that is taken next.
    ///
    /// # Errors
    /// As [`Run::for_each`], and the first that `take` answers, after which no item is begun.
    pub fn for_each_in_order<W, T: Send, E: From<Error>>(
        &self,
        count: usize,
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, usize) -> T + Sync,
        mut take: impl FnMut(T) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let total = count as u64;
        self.in_pool(self.threads.min(count), |pool| {
            let Some(pool) = pool else {
                let mut own = make();
                for i in 0..count {
                    take(work(&mut own, i))?;
                    self.report(i as u64 + 1, total)?;
                }
                return Ok(());
            };
            let workers = pool.current_num_threads();
            let ahead = 4 * workers;
            let next = AtomicUsize::new(0);
            let stop = AtomicBool::new(false);
            // An item may be begun for every token: what was taken makes room for another.
            let (tokens, permits) = mpsc::sync_channel(ahead);
            let permits = Mutex::new(permits);
            let (sender, receiver) = mpsc::channel();
            pool.in_place_scope(|scope| {
                for _ in 0..workers {
                    let sender = sender.clone();
                    let (next, stop, make, work) = (&next, &stop, &make, &work);
                    let permits = &permits;
                    scope.spawn(move |_| {
                        let mut own = make();
                        loop {
                            let permit = {
                                let permits = permits.lock();
                                permits.unwrap_or_else(PoisonError::into_inner).recv()
                            };
                            if permit.is_err() || stop.load(Ordering::Relaxed) {
                                break;
                            }
                            let i = next.fetch_add(1, Ordering::Relaxed);
                            if i >= count {
                                break;
                            }
                            // A panic goes to the calling thread, which would otherwise wait for
                            // the item for ever.
                            let result = catch_unwind(AssertUnwindSafe(|| work(&mut own, i)));
                            let is_last = result.is_err();
                            if sender.send((i, result)).is_err() || is_last {
                                break;
                            }
                        }
                    });
                }
                drop(sender);
                let mut tokens = Some(tokens);
                let mut begun = 0;
                let mut allow = |tokens: &mut Option<mpsc::SyncSender<()>>| {
                    if begun < count {
                        // There is room: at most `ahead` are out.
                        if let Some(tokens) = tokens {
                            let _ = tokens.try_send(());
                        }
                        begun += 1;
                    }
                    if begun == count {
                        *tokens = None;
                    }
                };
                for _ in 0..ahead {
                    allow(&mut tokens);
                }
                let mut early: BTreeMap<usize, T> = BTreeMap::new();
                let mut wanted = 0;
                let mut verdict = Ok(());
                for (i, result) in receiver.iter() {
                    match result {
                        Ok(result) => early.insert(i, result),
                        Err(panic) => {
                            stop.store(true, Ordering::Relaxed);
                            resume_unwind(panic);
                        }
                    };
                    while verdict.is_ok() {
                        let Some(result) = early.remove(&wanted) else {
                            break;
                        };
                        wanted += 1;
                        allow(&mut tokens);
                        verdict =
                            take(result).and_then(|()| Ok(self.report(wanted as u64, total)?));
                    }
                    if verdict.is_err() {
                        stop.store(true, Ordering::Relaxed);
                        tokens = None;
                    }
                }
                verdict
            })
        })
    }

    /// Runs `work` with a private pool of `threads` threads that ends with it; `work` itself
    /// runs on the calling thread. Where the system gives no more threads there are fewer, and
    /// `None` where one is enough or all: the calling thread does the work alone.
    pub fn in_pool<T>(
        &self,
        threads: usize,
        work: impl FnOnce(Option<&rayon::ThreadPool>) -> T,
    ) -> T {
        let mut work = Some(work);
        let mut result = None;
        let mut threads = threads;
        while threads > 1 {
            let enter = self.shared.host.enter_thread;
            let start = move |thread: rayon::ThreadBuilder| {
                enter();
                thread.run();
            };
            // Where not all of them start, those that do are ended before `work` is begun.
            let built = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build_scoped(start, |pool| {
                    result = work.take().map(|work| work(Some(pool)));
                });
            match (built, result) {
                (Ok(()), Some(result)) => return result,
                (_, none) => result = none,
            }
            threads = threads * 2 / 3;
        }
        match work {
            Some(work) => work(None),
            None => unreachable!("work is taken by a pool that was started, which returns"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::of_one;
    use std::cell::RefCell;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let expected: Vec<usize> = (0..1000).map(|i| i * i).collect();
        for threads in [1, 2, 7] {
            assert_eq!(
                Run::new(threads).for_each(1000, |i| i * i).unwrap(),
                expected
            );
        }
        assert!(Run::new(4).for_each(0, |i| i).unwrap().is_empty());
    }

    #[test]
    fn a_thread_uses_its_buffers_again() {
        for threads in [1, 2, 7] {
            let made = AtomicUsize::new(0);
            let make = || made.fetch_add(1, Ordering::Relaxed);
            Run::new(threads)
                .for_each_with(500, make, |_, i| i)
                .unwrap();
            assert!((1..=threads).contains(&made.into_inner()));
        }
    }

    #[test]
    fn results_are_handed_over_in_order_while_others_are_made() {
        for threads in [1, 2, 7] {
            for count in [0, 1, 5, 1000] {
                let mut seen = Vec::new();
                let ahead = AtomicUsize::new(0);
                let most = AtomicUsize::new(0);
                let work = |(): &mut (), i: usize| {
                    let now = ahead.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    i
                };
                Run::new(threads)
                    .for_each_in_order(
                        count,
                        || (),
                        work,
                        |i| {
                            ahead.fetch_sub(1, Ordering::SeqCst);
                            seen.push(i);
                            Ok::<_, Error>(())
                        },
                    )
                    .unwrap();
                assert_eq!(seen, (0..count).collect::<Vec<_>>());
                assert!(most.into_inner() <= 5 * threads);
            }
            let mut taken = 0;
            let stopped = Run::new(threads).for_each_in_order(
                1000,
                || (),
                |(), i| i,
                |i| {
                    taken += 1;
                    match i {
                        5 => Err(Error::message("enough")),
                        _ => Ok(()),
                    }
                },
            );
            assert!(stopped.is_err());
            assert_eq!(taken, 6);
        }
    }

    #[test]
    fn warnings_of_all_threads_are_counted_and_each_text_is_kept_once() {
        // 250 texts, each three times, in several orders: on any number of threads the same.
        let expected: Vec<String> = (0..Warnings::KEPT)
            .map(|i| format!("image {i:03}"))
            .collect();
        for (threads, step) in [(1, 1), (1, 7), (4, 1), (4, 7), (7, 249)] {
            let run = Run::new(threads);
            let shared = run.shared();
            run.for_each(750, |i| {
                Run::within(shared, 1).warn(format!("image {:03}", i * step % 250));
            })
            .unwrap();
            assert_eq!(run.warnings().collected(), (250, expected.clone()));
        }
    }

    #[test]
    fn a_panic_in_one_item_is_the_failure_of_that_item() {
        for threads in [1, 2, 7] {
            let work = |own: &mut Vec<usize>, i: usize| {
                assert!(
                    own.len() < 100,
                    "buffers of a failed item are not used again"
                );
                match i {
                    17 => {
                        own.resize(100, 0);
                        panic!("item {i}")
                    }
                    30 => Err(Error::message("its own")),
                    _ => Ok(i),
                }
            };
            let results = Run::new(threads).for_each_row_with(100, Vec::new, |own, i| {
                of_one(guarded_with(own, |own| work(own, i)))
            });
            let results = results.unwrap();
            assert_eq!(results.len(), 100);
            let text = |i: usize| results[i].as_ref().map_err(Error::to_string).copied();
            let expected = "Internal error (please report it): item 17";
            assert_eq!(text(17), Err(expected.to_owned()));
            assert_eq!(text(30), Err("its own".to_owned()));
            let good = (0..100).filter(|i| results[*i].is_ok());
            assert_eq!(good.count(), 98);
        }
    }

    #[test]
    fn a_panic_inside_the_threads_of_an_item_is_the_failure_of_that_item() {
        for threads in [1, 2, 4] {
            let outer = Run::new(2);
            let shared = Arc::clone(outer.shared());
            let results = outer.for_each(6, |item| {
                guarded(|| {
                    let inner = Run::within(&shared, threads);
                    let work = |(): &mut (), i: usize| {
                        assert!(item != 2 || i != 5, "piece {i}");
                        i
                    };
                    let mut taken = 0;
                    // More pieces than may be begun ahead: those who wait for room must be let go.
                    inner.for_each_in_order(
                        200,
                        || (),
                        work,
                        |_| {
                            taken += 1;
                            Ok::<_, Error>(())
                        },
                    )?;
                    inner.for_each(10, |i| assert!(item != 4 || i != 3, "part {i}"))?;
                    Ok::<_, Error>(taken)
                })
            });
            for (item, result) in results.unwrap().into_iter().enumerate() {
                match (item, result.map_err(|why| why.to_string())) {
                    (2, Err(why)) => assert!(why.ends_with("piece 5"), "{why}"),
                    (4, Err(why)) => assert!(why.ends_with("part 3"), "{why}"),
                    (_, result) => assert_eq!(result, Ok(200)),
                }
            }
        }
    }

    #[test]
    fn progress_counts_up_and_can_cancel() {
        for threads in [1, 3] {
            let seen = RefCell::new(Vec::new());
            let callback = |done, total| {
                seen.borrow_mut().push((done, total));
                done == 5
            };
            let run = Run::with_progress(threads, &callback);
            assert!(matches!(run.for_each(100, |i| i), Err(Error::Cancelled)));
            let seen = seen.borrow();
            assert_eq!(*seen, (1..=5).map(|d| (d, 100)).collect::<Vec<_>>());
        }
    }
}
