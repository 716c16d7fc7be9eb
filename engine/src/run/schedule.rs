//! What happens by itself: the nightly run, runs after changes, the pending queue, companions that failed, asking issuers when to
//! renew, and the renewals that take turns.
//!
//! Only the process that holds the runner's lock does this. Every time is in the store: what was missed while nothing ran is
//! caught up once, and a clock that was put back does not stop anything.

use super::promise::{self, BETWEEN_LOOKS, PROMISES};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::{RunScope, Timestamp};
use crate::plan::Seed;
use crate::plan::level::SLOT;
use crate::store::NewRun;
use std::path::Path;

/// Who asks for the runs of the schedule.
pub(super) const SCHEDULER: &str = "scheduler";
/// The nightly run of all users.
const NIGHTLY: &str = "nightly";
/// A run of all users after an import or another change of the inventory.
pub(crate) const AFTER_CHANGES: &str = "after_changes";
/// How long to wait for further changes, in seconds.
pub(crate) const CHANGES_SETTLE: i64 = 60;
/// The least time between two runs of the queue, in seconds.
const BETWEEN_QUEUE_RUNS: i64 = 60;
/// The last run of the queue.
const QUEUE: &str = "queue";
/// The last run for asking issuers when to renew.
const RENEWALS: &str = "renewals";
/// The least time between two runs only for that, in seconds.
const BETWEEN_QUESTIONS: i64 = 3_600;
/// The last run for sending revocations again that were cut short.
const REVOCATIONS: &str = "revocations";
/// The last look at whose turn it is to be renewed.
const LEVEL: &str = "level";
const DAY: i64 = 86_400;

/// Ask for the runs whose time has come.
pub(super) async fn keep(inner: &Inner) -> EngineResult<()> {
    let promises_due = inner.installers.iter().any(|installer| installer.takes_promises())
        && is_free(inner, PROMISES, BETWEEN_LOOKS, inner.clock.now()).await?;
    if promises_due {
        promise::settle(inner).await?;
    }
    if inner.store.selected_provider().await?.is_none() {
        return Ok(());
    }
    let now = inner.clock.now();
    if check_all_users(inner, now).await? {
        return Ok(());
    }
    let by_itself = inner.config.schedule.nightly.is_some();
    let question_due = by_itself
        && !inner.store.renewal_questions(now, 1).await?.is_empty()
        && is_free(inner, RENEWALS, BETWEEN_QUESTIONS, now).await?;
    let revocation_due = !inner.store.open_revocations().await?.is_empty()
        && is_free(inner, REVOCATIONS, BETWEEN_QUESTIONS, now).await?;
    if revocation_due {
        inner.store.set_next_time(REVOCATIONS, now).await?;
        ask_for(inner, RunScope::Queue, now).await?;
        return Ok(());
    }
    let turn_due = by_itself && is_a_turn_due(inner, now).await?;
    let job_due = inner.store.next_due().await?.is_some_and(|at| at <= now);
    let companion_due = inner.store.next_companion().await?.is_some_and(|at| at <= now);
    let job_due = job_due || companion_due || !super::services::due(inner, 1).await?.is_empty();
    if question_due || turn_due || (job_due && is_free(inner, QUEUE, BETWEEN_QUEUE_RUNS, now).await?) {
        inner.store.set_next_time(if question_due { RENEWALS } else { QUEUE }, now).await?;
        ask_for(inner, RunScope::Queue, now).await?;
    }
    Ok(())
}

/// Look once a slot whether it is anybody's turn to be renewed.
async fn is_a_turn_due(inner: &Inner, now: Timestamp) -> EngineResult<bool> {
    if !is_free(inner, LEVEL, SLOT, now).await? {
        return Ok(false);
    }
    inner.store.set_next_time(LEVEL, now).await?;
    let turns = super::turns::look(inner).await?;
    let has_come = !turns.come().is_empty();
    if !has_come {
        // Turns that nobody could take are not saved up for the first hour in which somebody can.
        super::turns::give(inner, &turns).await?;
    }
    Ok(has_come)
}

/// Ask for a run of all users where it is time; tell whether it was, since that run does everything else, too.
async fn check_all_users(inner: &Inner, now: Timestamp) -> EngineResult<bool> {
    let mut asked = false;
    if let Some(nightly) = inner.config.schedule.nightly {
        let spread = inner.config.schedule.jitter;
        let known = inner.store.next_time(NIGHTLY).await?;
        if known.is_some_and(|at| at <= now) {
            ask_for(inner, RunScope::AllUsers, now).await?;
            asked = true;
        }
        if known.is_none_or(|at| at <= now || !is_nightly(at, nightly, spread, now)) {
            let next = next_nightly(now, nightly, chance(&inner.config.data_dir).within(spread));
            inner.store.set_next_time(NIGHTLY, next).await?;
        }
    }
    if inner.store.next_time(AFTER_CHANGES).await?.is_some_and(|at| at <= now) {
        ask_for(inner, RunScope::AllUsers, now).await?;
        inner.store.set_next_time(AFTER_CHANGES, Timestamp(i64::MAX)).await?;
        asked = true;
    }
    Ok(asked)
}

/// Tell whether the last run of a kind was long enough ago; a clock that was put back does not hold it up.
pub(super) async fn is_free(inner: &Inner, kind: &str, least: i64, now: Timestamp) -> EngineResult<bool> {
    let last = inner.store.next_time(kind).await?;
    Ok(last.is_none_or(|last| last > now || now.since(last) >= least))
}

async fn ask_for(inner: &Inner, scope: RunScope, at: Timestamp) -> EngineResult<()> {
    let id = inner.store.queue_run(&NewRun { scope, requested_by: SCHEDULER.to_owned(), at }).await?;
    tracing::info!(run.id = %id, "the schedule asks for a run");
    Ok(())
}

/// Draw what other servers do not draw alike.
fn chance(data_dir: &Path) -> Seed {
    let mut bytes = [0; 8];
    let drawn = aws_lc_rs::rand::fill(&mut bytes).is_ok();
    if drawn { Seed(u64::from_le_bytes(bytes)) } else { Seed::of(&data_dir.to_string_lossy()) }
}

/// Tell whether a planned moment fits the configured one; it does not after a change of it, or where a clock was wrong.
fn is_nightly(at: Timestamp, second: i64, spread: i64, now: Timestamp) -> bool {
    (at.0 - second).rem_euclid(DAY) <= spread && at.since(now) <= DAY
}

/// Tell the first moment after `now` that is `second` of a day in UTC, and `jitter` seconds later.
fn next_nightly(now: Timestamp, second: i64, jitter: i64) -> Timestamp {
    let of_today = now.0.div_euclid(DAY) * DAY + (second + jitter).rem_euclid(DAY);
    Timestamp(if of_today > now.0 { of_today } else { of_today + DAY })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: i64 = 20_000 * DAY;

    #[test]
    fn the_nightly_run_is_at_its_time_today_or_tomorrow() {
        let at = |now: i64| next_nightly(Timestamp(MIDNIGHT + now), 9_000, 600).0 - MIDNIGHT;
        assert_eq!(at(0), 9_600);
        assert_eq!(at(9_599), 9_600);
        assert_eq!(at(9_600), 9_600 + DAY);
        assert_eq!(at(DAY - 1), 9_600 + DAY);
    }

    #[test]
    fn a_moment_that_another_configuration_or_clock_left_is_set_anew() {
        let fits = |at: i64, now: i64| is_nightly(Timestamp(MIDNIGHT + at), 9_000, 600, Timestamp(MIDNIGHT + now));
        assert!(fits(9_000, 0) && fits(9_600, 0) && fits(DAY + 9_300, 9_301));
        assert!(!fits(8_999, 0) && !fits(9_601, 0), "another hour");
        assert!(!fits(5 * DAY + 9_300, 0), "far in the future");
    }

    #[test]
    fn a_jitter_over_midnight_stays_daily() {
        assert_eq!(next_nightly(Timestamp(MIDNIGHT), DAY - 60, 120).0, MIDNIGHT + 60);
    }
}
