//! Locking without poisoning: a test that panics while it holds a lock must not hide its own message behind ours.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lock, whoever panicked before.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
