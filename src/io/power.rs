//! The power cut: in debug builds a test can ask the process to die at its n-th touch of the
//! outside. In release builds none of this exists.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(debug_assertions)]
static STEPS_LEFT: AtomicU64 = AtomicU64::new(u64::MAX);

/// Arms the cut: the process dies, without unwinding or flushing, at the n-th [`step`] from now.
#[cfg(debug_assertions)]
pub fn cut_after(steps: u64) {
    STEPS_LEFT.store(steps, Ordering::SeqCst);
}

/// A touch of the outside: before and after every commit, write and request.
#[inline]
pub fn step() {
    #[cfg(debug_assertions)]
    if STEPS_LEFT.load(Ordering::SeqCst) != u64::MAX
        && STEPS_LEFT.fetch_sub(1, Ordering::SeqCst) == 0
    {
        std::process::abort();
    }
}
