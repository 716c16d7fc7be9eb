//! Leaving a service alone between two reloads: a reload of a big Apache keeps new connections waiting for as long as it reads all
//! its virtual hosts.

use crate::clock::Clock;
use crate::store::ScheduleStore;
use std::time::Duration;

/// When services were reloaded last, kept over restarts.
#[derive(Clone, Copy)]
pub(crate) struct Pace<'a> {
    store: &'a dyn ScheduleStore,
    clock: &'a dyn Clock,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(store: &'a dyn ScheduleStore, clock: &'a dyn Clock) -> Self {
        Self { store, clock }
    }

    /// Wait until a service's last reload is `pause` ago.
    pub(super) async fn wait(&self, service: &str, pause: Duration) {
        let left = self.left(service, pause).await;
        if !left.is_zero() {
            tracing::info!(service.name = %service, seconds = left.as_secs(), "a service is left alone between two reloads");
            tokio::time::sleep(left).await;
        }
    }

    /// Tell how long a service is to be left alone yet.
    pub(crate) async fn left(&self, service: &str, pause: Duration) -> Duration {
        let last = self.store.next_time(&task(service)).await.ok().flatten();
        let Some(since) = last.map(|last| self.clock.now().since(last)) else { return Duration::ZERO };
        // A clock that was put back must not hold up anything for longer than the pause.
        u64::try_from(since).map_or(pause, |since| pause.saturating_sub(Duration::from_secs(since)))
    }

    /// Note that a service is reloaded now.
    pub(super) async fn note(&self, service: &str) {
        if let Err(error) = self.store.set_next_time(&task(service), self.clock.now()).await {
            tracing::warn!(service.name = %service, %error, "the time of a reload cannot be kept");
        }
    }
}

fn task(service: &str) -> String {
    format!("reload_{service}")
}
