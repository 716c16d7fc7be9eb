//! `/events`: the progress of runs as server-sent events, so that no page has to ask again and again.
//!
//! Each event is called `run` and carries a `RunSummary`. States in between may be skipped; the last state of a run is
//! skipped only where the next run has begun already.

use crate::session::SignedIn;
use crate::state::AppState;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use engine::model::RunSummary;
use futures::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// At most five events a second.
const BETWEEN_EVENTS: Duration = Duration::from_millis(200);

/// Stream the progress of runs until the browser leaves or the server stops.
pub(super) async fn events(State(state): State<AppState>, _: SignedIn) -> impl IntoResponse {
    let mut receiver = state.engine.progress();
    receiver.mark_changed();
    let progress = Progress { receiver, next_at: Instant::now(), stop: state.stop };
    let events = stream::unfold(progress, |mut progress| async move {
        let summary = progress.next().await?;
        // Summaries are plain values, which always have a JSON form.
        let event = Event::default().event("run").json_data(&summary).unwrap_or_default();
        Some((Ok::<_, Infallible>(event), progress))
    });
    // Proxies that collect answers would make the progress late.
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Progress {
    receiver: watch::Receiver<Option<RunSummary>>,
    /// When the next event may be sent.
    next_at: Instant,
    /// Ends the stream.
    stop: CancellationToken,
}

impl Progress {
    /// Wait for what to send next; `None` at the end.
    async fn next(&mut self) -> Option<RunSummary> {
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            summary = self.change() => summary,
        }
    }

    async fn change(&mut self) -> Option<RunSummary> {
        loop {
            self.receiver.changed().await.ok()?;
            let Some(mut summary) = self.receiver.borrow_and_update().clone() else { continue };
            while summary.state.is_open() {
                tokio::select! {
                    biased;
                    () = tokio::time::sleep_until(self.next_at) => break,
                    changed = self.receiver.changed() => changed.ok()?,
                }
                if let Some(newer) = self.receiver.borrow_and_update().clone() {
                    summary = newer;
                }
            }
            self.next_at = Instant::now() + BETWEEN_EVENTS;
            return Some(summary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use engine::model::{RunCounts, RunId, RunScope, RunState, RunSummary, Timestamp};
    use std::time::Duration;
    use tokio::sync::watch;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    fn summary(state: RunState, done: u32) -> RunSummary {
        RunSummary {
            id: RunId("2026-11-23T09:30:00Z".into()),
            scope: RunScope::AllUsers,
            provider: "Pebble".into(),
            requested_by: "admin".into(),
            state,
            started_at: Timestamp(0),
            ended_at: None,
            counts: RunCounts { websites_done: done, ..RunCounts::default() },
            reason: None,
        }
    }

    fn progress(sender: &watch::Sender<Option<RunSummary>>) -> Progress {
        let mut receiver = sender.subscribe();
        receiver.mark_changed();
        Progress { receiver, next_at: Instant::now(), stop: CancellationToken::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn the_present_state_is_sent_at_once_and_changes_at_most_five_times_a_second() {
        let sender = watch::Sender::new(Some(summary(RunState::Running, 0)));
        let mut progress = progress(&sender);
        let start = Instant::now();
        assert_eq!(progress.next().await, Some(summary(RunState::Running, 0)));
        assert_eq!(start.elapsed(), Duration::ZERO);
        sender.send_replace(Some(summary(RunState::Running, 1)));
        sender.send_replace(Some(summary(RunState::Running, 2)));
        assert_eq!(progress.next().await, Some(summary(RunState::Running, 2)));
        assert!(start.elapsed() >= Duration::from_millis(200));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_state_of_a_run_is_sent_at_once() {
        let sender = watch::Sender::new(Some(summary(RunState::Running, 0)));
        let mut progress = progress(&sender);
        let start = Instant::now();
        progress.next().await;
        sender.send_replace(Some(summary(RunState::Succeeded, 3)));
        assert_eq!(progress.next().await, Some(summary(RunState::Succeeded, 3)));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream() {
        let sender = watch::Sender::new(None);
        let mut progress = progress(&sender);
        progress.stop.cancel();
        assert_eq!(progress.next().await, None);
    }
}
