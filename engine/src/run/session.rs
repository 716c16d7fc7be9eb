//! One run from its start to its end.

use super::books::{Books, open_ledger};
use super::check::asked;
use super::finish::{install_and_finish, report_start};
use super::precheck::Prechecker;
use super::settle::{Settled, due, settle};
use super::site::{Asked, Circumstances};
use super::survey::{read, survey};
use super::sync::{Intent, sync};
use super::turns;
use super::work::{Rules, work_off};
use crate::acme::{AcmeAccount, AcmeError, Reach};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::inventory::{Addresses, Loss};
use crate::logbook::Logbook;
use crate::model::{KeyType, RunCounts, RunId, RunScope, RunState, RunSummary};
use crate::options::Decided;
use crate::plan::Settings;
use crate::plan::level::Turns;
use crate::provider::Provider;
use crate::store::Website;
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
    pub(super) provider: &'a Provider,
    pub(super) books: Books,
    pub(super) account: Result<AcmeAccount, AcmeError>,
    /// The common name of the root that chains should end at.
    pub(super) preferred_chain: Option<String>,
    /// Which keys certificates get, unless their user has another choice.
    key_type: KeyType,
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

    /// The kind of key that a new certificate of a website gets.
    pub(super) fn key_type(&self, website: &Website) -> KeyType {
        website.key_type.unwrap_or(self.key_type)
    }

    /// Remember how a call of the provider went, so that an outage is not met again for each website.
    pub(super) fn note(&self, outcome: Result<(), &AcmeError>) {
        match outcome {
            // A limit may be that of one domain; the books know which orders it holds up.
            Err(AcmeError::RateLimited { .. }) => {}
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
        Some(provider) => inner.find_provider(&provider).await?,
        None => None,
    };
    let Some(provider) = provider else {
        book.block().error(0, "no_provider", EngineError::NoProvider.to_string());
        return end(inner, &book, &id, RunState::Failed, Some("no provider is selected")).await;
    };
    // A run that goes on after an interruption goes on with the inventory that it began with.
    let synced = match run.scope {
        RunScope::AllUsers if !resumed => tokio::select! {
            () = stop.cancelled() => return Ok(Ended::Parked),
            synced = sync(inner, Loss::Guarded, Intent::Apply) => synced,
        },
        _ => Ok(None),
    };
    let (users, websites) = inner.store.count_eligible(&run.scope).await?;
    if let (RunScope::User(name), 0) = (&run.scope, users) {
        let reason = format!("AutoSSL is off for {name}");
        book.block().warn(
            0,
            "autossl_off",
            format!("{reason}: by the feature list, an override, or because the user is suspended."),
        );
        inner.store.start_run(&id, &provider.name, 0, 0).await?;
        return end(inner, &book, &id, RunState::Succeeded, Some(&reason)).await;
    }
    inner.store.start_run(&id, &provider.name, users, websites).await?;
    let live = inner.store.run(&id).await?;
    report_start(&book, &live, &provider, resumed);
    super::sync::report(&book, &synced);
    let account = tokio::select! {
        () = stop.cancelled() => return Ok(Ended::Parked),
        account = crate::provider::open_account(inner, &provider) => match account {
            Ok(account) => Ok(account),
            Err(EngineError::Acme(error)) => Err(error),
            Err(error @ EngineError::TermsNotAgreed { .. }) => Err(AcmeError::Account(error.to_string())),
            Err(other) => return Err(other),
        },
    };
    let record = inner.store.provider(&provider.id).await?;
    if let Some(terms) = crate::provider::terms_changed(&record) {
        book.block().warn(
            0,
            "terms_changed",
            format!(
                "{} changed its terms of service: read {terms} and agree to them again on the Providers page or with \
                 `autossl provider select {} --agree-tos`.",
                provider.name, provider.id
            ),
        );
    }
    if let Err(error) = &account {
        book.block().error(0, error.code(), format!("The account at {} cannot be used: {error}.", provider.name));
    }
    let asked = asked(&run.requested_by);
    let books = account.as_ref().ok().map_or("", |account| account.url());
    let books = Books::new(&provider, books, open_ledger(inner, &provider).await?);
    let session = Session {
        inner,
        book,
        provider: &provider,
        account,
        preferred_chain: record.choices.preferred_chain,
        key_type: crate::options::decided(inner.store.as_ref()).await?.key_type,
        books,
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
        ended = do_all(&session, &id, &run.scope, asked, stop) => ended,
    }
}

async fn do_all(
    session: &Session<'_>,
    id: &RunId,
    scope: &RunScope,
    asked: Asked,
    stop: &CancellationToken,
) -> EngineResult<Ended> {
    let inner = session.inner;
    super::revoked::settle(session, scope).await?;
    let open_windows = super::renewal::ask(inner, &session.account).await?;
    // A check of one user gives no turns: its websites draw their moments.
    let turns = match scope {
        RunScope::AllUsers => turns::look(inner).await?,
        RunScope::Queue => turns::look_again(inner).await?,
        RunScope::User(_) => Turns::default(),
    };
    let mut sites = match scope {
        RunScope::Queue => due(session, open_windows, &turns).await?,
        RunScope::AllUsers | RunScope::User(_) => {
            super::foreign::look(inner, scope).await?.report(&session.book);
            read(inner, scope, Some(id), stop).await?
        }
    };
    sites.iter_mut().for_each(|site| site.take_turn(turns.of(site.id())));
    turns::give(inner, &turns).await?;
    let ledger = open_ledger(inner, session.provider).await?;
    let prechecker = session.account.as_ref().ok().and_then(|account| Prechecker::new(inner, Some(account)));
    let circumstances = Circumstances { asked, has_services: !inner.installers.is_empty(), now: inner.clock.now() };
    let settings = settings(inner, session.provider, session.account.as_ref().ok()).await?;
    let surveyed = survey(sites, &settings, &ledger, None, circumstances).await?;
    let Settled { tasks, mut to_install } = settle(session, id, surveyed).await?;
    let rules = Rules { settings: &settings, ledger: &ledger, circumstances, prechecker: prechecker.as_ref() };
    to_install.extend(work_off(session, id, tasks, &rules, stop).await?);
    if stop.is_cancelled() {
        session.book.block().warn(0, "parked", "The server is stopping; the run goes on at its next start.");
        return Ok(Ended::Parked);
    }
    install_and_finish(session, id, to_install).await?;
    // Right after issuance, as RFC 9773 wants it.
    super::renewal::ask(inner, &session.account).await?;
    let counts = inner.store.run(id).await?.counts;
    let stopped = inner.store.stop_requested(id).await? && counts.websites_done < counts.websites;
    let state = match counts {
        _ if stopped => RunState::Stopped,
        RunCounts { failed: 0, names_failed: 0, waiting: 0, .. } => RunState::Succeeded,
        RunCounts { kept: 0, issued: 0, waiting: 0, .. } => RunState::Failed,
        _ => RunState::Incomplete,
    };
    let reason = session.account.as_ref().err().map(ToString::to_string);
    end(inner, &session.book, id, state, reason.as_deref()).await
}

/// What the administrator and the provider have set for plans.
pub(super) async fn settings(
    inner: &Inner,
    provider: &Provider,
    account: Option<&AcmeAccount>,
) -> EngineResult<Settings> {
    let Decided { foreign, readd, .. } = crate::options::decided(inner.store.as_ref()).await?;
    Ok(Settings {
        provider: provider.name.clone(),
        account: account.map_or_else(String::new, |account| account.url().to_owned()),
        zones: inner.dns.names(),
        exclusions: inner.exclusions.clone(),
        foreign,
        readd,
        addresses: match provider.reach {
            Reach::PublicOnly => Addresses::PublicOnly,
            Reach::Anywhere => Addresses::Anywhere,
        },
        ..Settings::default()
    })
}

async fn end(inner: &Inner, book: &Logbook, id: &RunId, state: RunState, reason: Option<&str>) -> EngineResult<Ended> {
    inner.store.end_run(id, state, reason, inner.clock.now()).await?;
    let summary = inner.store.run(id).await?;
    super::finish::report_end(book, &summary);
    book.write_summary(&summary)?;
    Ok(Ended::Finished)
}
