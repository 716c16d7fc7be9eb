//! One run from its start to its end.

use super::check::{Checked, check};
use super::finish::{finish, install_and_finish, report_start};
use crate::acme::{AcmeAccount, AcmeError};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::logbook::Logbook;
use crate::model::{RunCounts, RunScope, RunState, RunSummary};
use crate::store::Website;
use futures::{StreamExt, stream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long websites in progress may go on when the server stops.
const PARK_AFTER: Duration = Duration::from_secs(5);
/// After so many outages in a row the provider is not asked again in this run.
const OUTAGES_BELIEVED: u32 = 3;

/// How the work on a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The run is over.
    Finished,
    /// The server stops; the run stays open.
    Parked,
}

/// What the websites of a run share.
pub(super) struct Session<'a> {
    pub(super) inner: &'a Inner,
    pub(super) book: Logbook,
    pub(super) account: Result<AcmeAccount, AcmeError>,
    live: Mutex<RunSummary>,
    outages: AtomicU32,
    last_outage: Mutex<Option<AcmeError>>,
}

impl Session<'_> {
    /// Show the run as it stands now, to whoever watches.
    pub(super) fn show(&self, change: impl FnOnce(&mut RunCounts)) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut live.counts);
        self.inner.progress.send_replace(Some(live.clone()));
    }

    /// Remember how a call of the provider went, so that an outage is not met again for each website.
    pub(super) fn note(&self, outcome: Result<(), &AcmeError>) {
        match outcome {
            Err(error) if error.is_outage() => {
                self.outages.fetch_add(1, Ordering::Relaxed);
                *self.last_outage.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
            }
            _ => self.outages.store(0, Ordering::Relaxed),
        }
    }

    /// Fetch the account, unless the provider is out of order.
    pub(super) fn usable_account(&self) -> Result<&AcmeAccount, AcmeError> {
        if self.outages.load(Ordering::Relaxed) >= OUTAGES_BELIEVED {
            let last = self.last_outage.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(error) = last {
                return Err(error);
            }
        }
        self.account.as_ref().map_err(Clone::clone)
    }
}

/// Work on a run until it is over or `stop` is cancelled.
pub(super) async fn work_on(inner: &Inner, run: RunSummary, stop: &CancellationToken) -> EngineResult<Ended> {
    let id = run.id.clone();
    let resumed = run.state == RunState::Running;
    let book = Logbook::open(&inner.config.logs_dir, &id, Arc::clone(&inner.clock))?;
    let provider = match inner.store.selected_provider().await? {
        Some(provider) => inner.catalogue.iter().find(|known| known.id == provider),
        None => None,
    };
    let Some(provider) = provider else {
        book.block().error(0, "no_provider", EngineError::NoProvider.to_string());
        return end(inner, &book, &id, RunState::Failed, Some("no provider is selected")).await;
    };
    let users = users_of(inner, &run.scope).await?;
    if let (RunScope::User(name), true) = (&run.scope, users.is_empty()) {
        let reason = format!("AutoSSL is off for {name}");
        book.block().warn(
            0,
            "autossl_off",
            format!("{reason}: by the feature list, an override, or because the user is suspended."),
        );
        inner.store.start_run(&id, &provider.name, 0, 0).await?;
        return end(inner, &book, &id, RunState::Succeeded, Some(&reason)).await;
    }
    let websites = inner.store.count_websites(&users).await?;
    let user_count = u32::try_from(users.len()).unwrap_or(u32::MAX);
    inner.store.start_run(&id, &provider.name, user_count, websites).await?;
    let live = inner.store.run(&id).await?;
    report_start(&book, &live, provider, resumed);
    let account = tokio::select! {
        () = stop.cancelled() => return Ok(Ended::Parked),
        account = crate::provider::open_account(inner, provider) => match account {
            Ok(account) => Ok(account),
            Err(EngineError::Acme(error)) => Err(error),
            Err(other) => return Err(other),
        },
    };
    if let Err(error) = &account {
        book.block().error(0, error.code(), format!("The account at {} cannot be used: {error}.", provider.name));
    }
    let session = Session {
        inner,
        book,
        account,
        live: Mutex::new(live),
        outages: AtomicU32::new(0),
        last_outage: Mutex::new(None),
    };
    session.show(|_| {});
    let stopping = async {
        stop.cancelled().await;
        tokio::time::sleep(PARK_AFTER).await;
    };
    tokio::select! {
        () = stopping => {
            session.book.block().warn(0, "parked", "The server is stopping; the run goes on at its next start.");
            Ok(Ended::Parked)
        }
        ended = check_all(&session, &id, users, stop) => ended,
    }
}

async fn users_of(inner: &Inner, scope: &RunScope) -> EngineResult<Vec<String>> {
    let eligible = inner.store.eligible_users().await?;
    Ok(match scope {
        RunScope::AllUsers => eligible,
        RunScope::User(name) => eligible.into_iter().filter(|user| user == name).collect(),
    })
}

async fn check_all(
    session: &Session<'_>,
    id: &crate::model::RunId,
    users: Vec<String>,
    stop: &CancellationToken,
) -> EngineResult<Ended> {
    let inner = session.inner;
    let at_once = inner.config.limits.orders_in_flight.max(1);
    let mut to_install = Vec::new();
    let mut stopped = false;
    let batches = stream::iter(users).then(|user| async move { inner.store.websites_of(&user).await });
    let websites = batches.flat_map(|batch| match batch {
        Ok(websites) => stream::iter(websites.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(EngineError::from(error))]),
    });
    let mut checks = std::pin::pin!(
        websites
            .take_until(asked_to_stop(session, id, stop, &mut stopped))
            .map(|website| async { check_one(session, id, website?).await })
            .buffer_unordered(at_once)
    );
    while let Some(checked) = checks.next().await {
        to_install.extend(checked?);
    }
    if stop.is_cancelled() {
        session.book.block().warn(0, "parked", "The server is stopping; the run goes on at its next start.");
        return Ok(Ended::Parked);
    }
    install_and_finish(session, id, to_install).await?;
    let counts = inner.store.run(id).await?.counts;
    let stopped = inner.store.stop_requested(id).await? && counts.websites_done < counts.websites;
    let state = match counts {
        _ if stopped => RunState::Stopped,
        RunCounts { failed: 0, names_failed: 0, .. } => RunState::Succeeded,
        RunCounts { kept: 0, issued: 0, .. } => RunState::Failed,
        _ => RunState::Incomplete,
    };
    let reason = session.account.as_ref().err().map(ToString::to_string);
    end(inner, &session.book, id, state, reason.as_deref()).await
}

async fn check_one(
    session: &Session<'_>,
    id: &crate::model::RunId,
    website: Website,
) -> EngineResult<Option<super::finish::Pending>> {
    if website.names.is_empty() || website.last_run.as_ref() == Some(id) {
        return Ok(None);
    }
    match check(session, id, &website).await? {
        Checked::Over(outcome) => {
            finish(session, id, &website, &outcome).await?;
            Ok(None)
        }
        Checked::ToInstall(pending) => Ok(Some(*pending)),
    }
}

/// Wait until the server stops or the administrator asks this run to.
async fn asked_to_stop(session: &Session<'_>, id: &crate::model::RunId, stop: &CancellationToken, stopped: &mut bool) {
    const LOOK_AGAIN: Duration = Duration::from_millis(500);
    while !*stopped && !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {
                *stopped = session.inner.store.stop_requested(id).await.unwrap_or(false);
            }
        }
    }
}

async fn end(
    inner: &Inner,
    book: &Logbook,
    id: &crate::model::RunId,
    state: RunState,
    reason: Option<&str>,
) -> EngineResult<Ended> {
    inner.store.end_run(id, state, reason, inner.clock.now()).await?;
    let summary = inner.store.run(id).await?;
    super::finish::report_end(book, &summary);
    book.write_summary(&summary)?;
    Ok(Ended::Finished)
}
