//! One run from its start to its end.

use super::authorities::Authorities;
use super::authority::{Authority, Heard, Turn};
use super::books::open_ledger;
use super::check::asked;
use super::eyes::Eyes;
use super::finish::{install_and_finish, report_start};
use super::opening::{Opened, open_first};
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
use crate::plan::companion::Companions;
use crate::plan::level::Turns;
use crate::plan::{Occasion, Settings};
use crate::provider::Provider;
use crate::store::{Job, Website};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long websites in progress may go on when the server stops.
const PARK_AFTER: Duration = Duration::from_secs(5);

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
    pub(super) authorities: Authorities,
    /// Checks names before anything is ordered; `None` leaves that to the certificate authority.
    pub(super) eyes: Option<Eyes<'a>>,
    /// Which keys certificates get, unless their user has another choice.
    key_type: KeyType,
    /// Which keys the companions of ECDSA certificates get; `None` for no companions.
    companion: Option<KeyType>,
    live: Mutex<RunSummary>,
}

impl Session<'_> {
    /// Show the run as it stands now, to whoever watches.
    pub(super) fn show(&self, change: impl FnOnce(&mut RunCounts)) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut live.counts);
        self.inner.progress.send_replace(Some(live.clone()));
    }

    /// The kind of key that the certificate of a website's job gets.
    pub(super) fn key_type(&self, website: &Website, job: &Job) -> KeyType {
        match (job.occasion, self.companion) {
            (Occasion::Companion, Some(kind)) => kind,
            (Occasion::Companion, None) => KeyType::Rsa2048,
            (Occasion::Ordinary | Occasion::Readd, _) => website.key_type.unwrap_or(self.key_type),
        }
    }

    /// Whether certificates get companions.
    pub(super) fn companions(&self) -> Companions {
        companions(self.companion)
    }

    /// Remember how a call about an order went, so that an outage is not met again for each website.
    pub(super) async fn note(&self, authority: &Authority, heard: Heard<'_>) -> EngineResult<()> {
        let turn = authority.note(self.inner, heard).await?;
        self.report(authority, turn);
        Ok(())
    }

    /// Open the account at a provider, or tell why it cannot be used.
    pub(super) async fn account_at(&self, authority: &Authority) -> EngineResult<Result<AcmeAccount, AcmeError>> {
        let (account, turn) = authority.open(self.inner).await?;
        self.report(authority, turn);
        Ok(account)
    }

    /// The common name of the root that the chains of a job's provider should end at.
    pub(super) fn preferred_chain(&self, job: &Job) -> Option<String> {
        self.authorities.known(&job.provider)?.preferred_chain.clone()
    }

    /// The roots that a job's provider is trusted by beside the configured ones, as PEM.
    pub(super) fn root_of(&self, job: &Job) -> Option<String> {
        self.authorities.known(&job.provider)?.provider.root_pem.clone()
    }

    fn report(&self, authority: &Authority, turn: Option<Turn>) {
        let mut block = self.book.block();
        match turn {
            Some(Turn::Down(until)) => {
                let outage = authority.outage().words;
                block.warn(0, "provider_down", format!("{outage}. It is asked again after {}.", until.rfc3339()));
            }
            Some(Turn::Back) => block.note(0, "provider_back", format!("{} answers again.", authority.name())),
            None => {}
        }
    }
}

/// Work on a run until it is over or `stop` is cancelled.
pub(super) async fn work_on(inner: &Inner, run: RunSummary, stop: &CancellationToken) -> EngineResult<Ended> {
    let id = run.id.clone();
    let resumed = run.state == RunState::Running;
    let book = Logbook::open(&inner.config.logs_dir, &id, Arc::clone(&inner.clock))?;
    let providers = inner.providers_in_order().await?;
    let Some(provider) = providers.first().cloned() else {
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
    report_start(&book, &live, &providers, resumed);
    super::sync::report(&book, &synced);
    let asked = asked(&run.requested_by);
    let Decided { key_type, companion, .. } = crate::options::decided(inner.store.as_ref()).await?;
    let mut session = Session {
        inner,
        book,
        authorities: Authorities::read(inner, providers, asked).await?,
        eyes: None,
        key_type,
        companion,
        live: Mutex::new(live),
    };
    let opened = tokio::select! {
        () = stop.cancelled() => return Ok(Ended::Parked),
        opened = open_first(&session) => opened?,
    };
    session.eyes = Eyes::open(inner, &session.authorities, opened.place).await?;
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
        ended = do_all(&session, &opened, &id, &run.scope, asked, stop) => ended,
    }
}

async fn do_all(
    session: &Session<'_>,
    opened: &Opened,
    id: &RunId,
    scope: &RunScope,
    asked: Asked,
    stop: &CancellationToken,
) -> EngineResult<Ended> {
    let inner = session.inner;
    super::revoked::settle(session, scope).await?;
    let open_windows = super::renewal::ask(session).await?;
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
            super::persist::watch(session).await?;
            if *scope == RunScope::AllUsers {
                super::drift::look_in_run(session).await?;
            }
            read(inner, scope, Some(id), stop).await?
        }
    };
    sites.iter_mut().for_each(|site| site.take_turn(turns.of(site.id())));
    super::services::note_unserved(inner, session.companions(), &mut sites).await?;
    turns::give(inner, &turns).await?;
    let provider = &session.authorities.order()[opened.place].provider;
    let ledger = open_ledger(inner, provider).await?;
    let circumstances = Circumstances { asked, provider: &provider.id, now: inner.clock.now() };
    let settings = settings(inner, provider).await?;
    let surveyed = survey(sites, &settings, &ledger, None, circumstances).await?;
    let Settled { tasks, mut to_install } = settle(session, id, surveyed).await?;
    let rules = Rules { settings: &settings, ledger: &ledger, circumstances };
    to_install.extend(work_off(session, id, tasks, &rules, stop).await?);
    if stop.is_cancelled() {
        session.book.block().warn(0, "parked", "The server is stopping; the run goes on at its next start.");
        return Ok(Ended::Parked);
    }
    install_and_finish(session, id, to_install).await?;
    if *scope == RunScope::AllUsers {
        super::departed::clear(session).await?;
    }
    // Right after issuance, as RFC 9773 wants it.
    super::renewal::ask(session).await?;
    let counts = inner.store.run(id).await?.counts;
    let stopped = inner.store.stop_requested(id).await? && counts.websites_done < counts.websites;
    let state = match counts {
        _ if stopped => RunState::Stopped,
        RunCounts { failed: 0, names_failed: 0, waiting: 0, .. } => RunState::Succeeded,
        RunCounts { kept: 0, issued: 0, waiting: 0, .. } => RunState::Failed,
        _ => RunState::Incomplete,
    };
    end(inner, &session.book, id, state, opened.reason.as_deref()).await
}

/// What the administrator and the provider have set for plans.
pub(super) async fn settings(inner: &Inner, provider: &Provider) -> EngineResult<Settings> {
    let Decided { foreign, readd, companion, .. } = crate::options::decided(inner.store.as_ref()).await?;
    let account = inner.store.provider(&provider.id).await?.account;
    Ok(Settings {
        provider: provider.name.clone(),
        account: account.map_or_else(String::new, |account| account.url),
        zones: inner.dns.now(inner.store.as_ref()).await?.names(),
        exclusions: inner.exclusions.clone(),
        foreign,
        readd,
        addresses: match provider.reach {
            Reach::PublicOnly => Addresses::PublicOnly,
            Reach::Anywhere => Addresses::Anywhere,
        },
        companions: companions(companion),
        ..Settings::default()
    })
}

const fn companions(key: Option<KeyType>) -> Companions {
    if key.is_some() { Companions::Wanted } else { Companions::Unwanted }
}

async fn end(inner: &Inner, book: &Logbook, id: &RunId, state: RunState, reason: Option<&str>) -> EngineResult<Ended> {
    inner.store.end_run(id, state, reason, inner.clock.now()).await?;
    let summary = inner.store.run(id).await?;
    super::finish::report_end(book, &summary);
    book.write_summary(&summary)?;
    Ok(Ended::Finished)
}
