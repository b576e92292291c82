//! Loops in the widest vectors that the machine has.

use pulp::{Arch, Simd, WithSimd};

/// Runs `work`, compiled for the widest vectors that the machine has: the operations are the same,
/// so that the results are the same bits on any. `work` and what it calls must be
/// `#[inline(always)]`, or they are compiled for the oldest machine.
#[inline(always)]
pub fn widest<R>(work: impl FnMut() -> R) -> R {
    // A closure of its own type: called by value, as `Arch::dispatch` calls a bare one, it would go
    // by way of a function of the compiler's own that is not inlined.
    struct Work<F>(F);
    impl<R, F: FnMut() -> R> WithSimd for Work<F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: Simd>(mut self, _: S) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Work(work))
}
