//! Who works on runs: one process of the whole installation, the leader.
//!
//! A process must first hold the lock file of its data directory, which frees it at once when it dies, then the lease in the
//! database, which other machines see. The lease carries the name of machine and data directory: whoever holds the lock file may
//! take over a lease of that name at once, since its holder is dead. A lease of another name is free when it has expired, or when it
//! was not renewed for as long as a lease lasts: so a clock that was put back blocks nobody for good.

use super::lock::RunnerLock;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::store::Lease;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The lease's name.
const RUNNER: &str = "runner";
/// How long the lease lasts, in seconds.
const LEASE_SECONDS: i64 = 30;
/// How often it is renewed, in seconds: two renewals may fail.
const RENEW_SECONDS: i64 = 10;
/// How often the clock is looked at for that.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What is known of the lease of others, for a process that waits for it.
#[derive(Default)]
pub(crate) struct Sighting(Mutex<Option<(Lease, Timestamp)>>);

impl Sighting {
    /// Tell for how many seconds the lease has stood as it does.
    fn unchanged(&self, lease: &Lease, now: Timestamp) -> i64 {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some((known, since)) if known == lease && *since <= now => now.since(*since),
            _ => {
                *seen = Some((lease.clone(), now));
                0
            }
        }
    }
}

/// Held while this process works on runs. Dropping it frees the lock file, not the lease: that is how a death looks.
pub(super) struct Leadership {
    inner: Arc<Inner>,
    lease: Lease,
    lost: CancellationToken,
    renewing: JoinHandle<()>,
    stop: DropGuard,
    _lock: RunnerLock,
}

impl Leadership {
    /// Become the leader; `None` where another process is.
    pub(super) async fn try_take(inner: &Arc<Inner>) -> EngineResult<Option<Self>> {
        let data_dir = &inner.config.data_dir;
        let Some(lock) = RunnerLock::try_take(data_dir)? else { return Ok(None) };
        let holder = holder(data_dir);
        let (known, now) = (inner.store.lease(RUNNER).await?, inner.clock.now());
        if known.as_ref().is_some_and(|lease| !is_free(lease, &holder, &inner.sighting, now)) {
            return Ok(None);
        }
        let taken = inner.store.take_lease(RUNNER, known.as_ref(), &holder, now.plus(LEASE_SECONDS)).await?;
        Ok(taken.map(|lease| Self::begin(inner, lease, lock)))
    }

    fn begin(inner: &Arc<Inner>, lease: Lease, lock: RunnerLock) -> Self {
        tracing::debug!(lease.holder, lease.generation, "this process works on runs");
        let (stop, lost) = (CancellationToken::new(), CancellationToken::new());
        let renewing = tokio::spawn(renew(Arc::clone(inner), lease.clone(), stop.clone(), lost.clone()));
        Self { inner: Arc::clone(inner), lease, lost, renewing, stop: stop.drop_guard(), _lock: lock }
    }

    /// Wait until another process has become the leader, or may have.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Let the next process become the leader at once.
    pub(super) async fn give_up(self) -> EngineResult<()> {
        drop(self.stop);
        if let Err(error) = self.renewing.await {
            tracing::error!(%error, "renewing the lease ended by itself");
        }
        Ok(self.inner.store.release_lease(&self.lease).await?)
    }
}

/// Renew the lease until `stop`; tell by `lost` when it is not ours any more.
async fn renew(inner: Arc<Inner>, lease: Lease, stop: CancellationToken, lost: CancellationToken) {
    let mut expires_at = lease.expires_at;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        let now = inner.clock.now();
        let left = expires_at.since(now);
        if (LEASE_SECONDS - RENEW_SECONDS + 1..=LEASE_SECONDS).contains(&left) {
            continue;
        }
        match inner.store.renew_lease(&lease, now.plus(LEASE_SECONDS)).await {
            Ok(true) => expires_at = now.plus(LEASE_SECONDS),
            Ok(false) => break,
            Err(error) if left > 0 => tracing::warn!(%error, "the lease cannot be renewed; trying again"),
            Err(error) => {
                tracing::error!(%error, "the lease has run out, since it could not be renewed");
                break;
            }
        }
    }
    lost.cancel();
}

/// Tell whether a lease may be taken by `holder`, which holds its lock file.
fn is_free(lease: &Lease, holder: &str, sighting: &Sighting, now: Timestamp) -> bool {
    let unchanged = sighting.unchanged(lease, now);
    lease.holder == holder || lease.expires_at <= now || unchanged >= LEASE_SECONDS
}

/// Name this machine and its data directory, as `host:/directory#machine`.
fn holder(data_dir: &Path) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let directory = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let mut holder = format!("{}:{}#", read("/proc/sys/kernel/hostname"), directory.display());
    // The machine's id itself is not for others.
    for byte in digest(&SHA256, read("/etc/machine-id").as_bytes()).as_ref().iter().take(4) {
        let _ = write!(holder, "{byte:02x}");
    }
    holder
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn lease(expires_in: i64) -> Lease {
        Lease { name: RUNNER.into(), holder: "one".into(), expires_at: NOW.plus(expires_in), generation: 1 }
    }

    #[test]
    fn a_lease_is_free_when_it_has_expired_or_is_ones_own() {
        let seen = Sighting::default();
        assert!(!is_free(&lease(1), "two", &seen, NOW));
        assert!(is_free(&lease(0), "two", &seen, NOW));
        assert!(is_free(&lease(30), "one", &seen, NOW));
    }

    #[test]
    fn a_clock_that_was_put_back_does_not_block_for_good() {
        let (seen, of_the_future) = (Sighting::default(), lease(1_000_000));
        assert!(!is_free(&of_the_future, "two", &seen, NOW));
        assert!(!is_free(&of_the_future, "two", &seen, NOW.plus(LEASE_SECONDS - 1)));
        let back = NOW.plus(-86_400);
        assert!(!is_free(&of_the_future, "two", &seen, back), "it is counted anew");
        assert!(!is_free(&lease(1_000_010), "two", &seen, back.plus(LEASE_SECONDS)), "somebody renews it");
        assert!(is_free(&lease(1_000_010), "two", &seen, back.plus(2 * LEASE_SECONDS)));
    }
}
