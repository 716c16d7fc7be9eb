//! Our own check of names before anything is ordered.

use super::authority::Authority;
use super::persist;
use crate::acme::Methods;
use crate::analyze::address_of;
use crate::config::PrecheckConfig;
use crate::dcv::{BoardError, CheckRequest, Code, Dns01, Finding, LocalDcv, Method, Settings, TokenBoard, Verdict};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::plan::Seed;
use crate::plan::shrink::{self, FailureCause, Persistence};
use crate::queue::backoff::{Failures, Ladder};
use crate::run::eyes::Sight;
use crate::run::session::Session;
use crate::store::{Challenge, NameProblem, ProviderRecord, Website};
use async_trait::async_trait;
use futures::{Stream, StreamExt};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Names that are checked at the same time.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(32).expect("32 is not zero");
/// What a name's verdict is called where nothing stands in the way.
const PASSED: &str = "passed";
/// Codes of names that lead to another server, or nowhere.
const ELSEWHERE: [Code; 4] = [Code::AddressElsewhere, Code::DnsNoSuchName, Code::DnsNoAddress, Code::CnameDangling];
/// Codes that say something about this server and nothing about the name: the certificate authority is asked all the same.
const OURS: [Code; 3] = [Code::ResolverUnavailable, Code::TokenNotPublished, Code::CheckTimedOut];

/// What was found about names.
pub(super) type Verdicts = HashMap<String, Verdict>;

/// Make the checker of names.
pub(crate) fn checker(config: &PrecheckConfig) -> LocalDcv {
    let port = if config.validation_port == 0 { 80 } else { config.validation_port };
    LocalDcv::new(Settings {
        resolvers: (!config.resolvers.is_empty()).then(|| config.resolvers.clone()),
        http_port: port,
        own_addresses: config.addresses.clone(),
        allow_private: config.allow_private,
        ..Settings::default()
    })
}

/// Checks names with the eyes of one provider.
pub(super) struct Prechecker<'a> {
    inner: &'a Inner,
    /// The provider's short name.
    provider: String,
    dcv: &'a LocalDcv,
    board: Board<'a>,
    request: Arc<CheckRequest>,
}

impl<'a> Prechecker<'a> {
    /// Prepare with what is remembered of the provider; `None` where the check is switched off. CAA records are not looked at where
    /// its directory was never read, or does not say by which names they call it; persistent records need an account there, too.
    pub(super) async fn new(inner: &'a Inner, provider: &ProviderRecord) -> EngineResult<Option<Self>> {
        let Some(dcv) = &inner.dcv else { return Ok(None) };
        let request = CheckRequest {
            issuers: provider.about.as_ref().map_or_else(Vec::new, |(about, _)| about.caa_identities.clone()),
            account_uri: provider.account.as_ref().map(|account| account.url.clone()),
            dns01: Dns01::Unavailable,
            persist: persist::terms(inner, provider).await?,
        };
        let (provider, board) = (provider.id.clone(), Board(inner));
        Ok(Some(Self { inner, provider, dcv, board, request: Arc::new(request) }))
    }

    /// Tell whether a name could be validated by another method than HTTP-01.
    async fn has_choice(&self) -> EngineResult<bool> {
        let zones = self.inner.dns.now(self.inner.store.as_ref()).await?;
        Ok(self.request.persist.is_some() || !zones.is_empty())
    }

    /// Check names, many at a time, and remember what was found.
    ///
    /// Those that HTTP-01 cannot validate are looked at again with DNS-01 where we have access to the zone.
    pub(super) async fn check(&self, names: impl Iterator<Item = &String>) -> EngineResult<Verdicts> {
        let verdicts = self.look(names).await;
        self.record(verdicts.values()).await?;
        Ok(verdicts)
    }

    /// As [`Prechecker::check`], but what was found is not remembered.
    pub(super) async fn look(&self, names: impl Iterator<Item = &String>) -> Verdicts {
        let verdicts = self.verdicts(names.cloned().collect());
        verdicts.map(|verdict| (verdict.name.clone(), verdict)).collect().await
    }

    /// Check names, many at a time, beginning with the first; the verdicts come as they are found.
    pub(super) fn verdicts(&self, names: Vec<String>) -> impl Stream<Item = Verdict> {
        let names = names.into_iter().map(|name| (name, Arc::clone(&self.request)));
        let verdicts = self.dcv.check_all(&self.board, names, AT_ONCE);
        verdicts.map(|verdict| self.or_by_dns(verdict)).buffer_unordered(AT_ONCE.get())
    }

    /// Look at a name again with DNS-01 where HTTP-01 cannot validate it and we have access to its zone.
    async fn or_by_dns(&self, verdict: Verdict) -> Verdict {
        if verdict.passed() || address_of(&verdict.name).is_some() {
            return verdict;
        }
        match self.inner.dns.now(self.inner.store.as_ref()).await {
            Ok(zones) if zones.is_empty() || zones.reach(&verdict.name).await.is_err() => return verdict,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the DNS zones cannot be read; a name is not looked at again with DNS-01");
                return verdict;
            }
        }
        let request = Arc::new(CheckRequest { dns01: Dns01::Available, ..(*self.request).clone() });
        let again = self.dcv.check_all(&self.board, [(verdict.name.clone(), request)], NonZeroUsize::MIN);
        std::pin::pin!(again).next().await.unwrap_or(verdict)
    }

    /// Remember what was found.
    pub(super) async fn record(&self, verdicts: impl Iterator<Item = &Verdict>) -> EngineResult<()> {
        let found: Vec<_> = verdicts
            .map(|verdict| match verdict.reason() {
                Some(finding) => (verdict.name.clone(), finding.code.as_str().to_owned(), finding.evidence.clone()),
                None => (verdict.name.clone(), PASSED.to_owned(), String::new()),
            })
            .collect();
        Ok(self.inner.store.record_verdicts(&found, self.inner.clock.now()).await?)
    }
}

/// Check one name without remembering what was found; `None` where the check is switched off.
pub(crate) async fn check_one(inner: &Inner, name: &str, provider: &ProviderRecord) -> EngineResult<Option<Verdict>> {
    let Some(prechecker) = Prechecker::new(inner, provider).await? else { return Ok(None) };
    let mut verdicts = std::pin::pin!(prechecker.verdicts(vec![name.to_owned()]));
    Ok(verdicts.next().await)
}

/// By which methods names are validated at one provider: what one accepts, such as a record that names an account there, another
/// need not.
#[derive(Clone, Debug, Default)]
pub(super) struct MethodsAt {
    provider: String,
    methods: Methods,
}

impl MethodsAt {
    /// The methods at the provider that gets the order. Where it is not the one with whose eyes the names were checked, they are
    /// looked at again, as far as that can make a difference.
    pub(super) async fn of(
        &mut self,
        session: &Session<'_>,
        authority: &Authority,
        names: &[String],
    ) -> EngineResult<&Methods> {
        if self.provider != authority.id() {
            let record = session.inner.store.provider(authority.id()).await?;
            let by_record = self.methods.values().any(|method| *method == Method::DnsPersist01);
            if let Some(prechecker) = Prechecker::new(session.inner, &record).await?
                && (by_record || prechecker.request.persist.is_some())
            {
                self.methods = chosen(names, &prechecker.look(names.iter()).await);
            }
            authority.id().clone_into(&mut self.provider);
        }
        Ok(&self.methods)
    }
}

/// Choose the methods by which names are validated that do not pass by HTTP-01. Wildcards never do.
///
/// Names that this run has not checked, of a job that goes on, are checked now.
pub(super) async fn methods(
    session: &Session<'_>,
    names: &[String],
    known: &Verdicts,
    sight: &Sight,
) -> EngineResult<MethodsAt> {
    let Some(eyes) = &session.eyes else { return Ok(MethodsAt::default()) };
    let prechecker = eyes.of(sight);
    let mut verdicts: Verdicts =
        names.iter().filter_map(|name| Some((name.clone(), known.get(name)?.clone()))).collect();
    let unknown: Vec<&String> = names.iter().filter(|name| !known.contains_key(*name)).collect();
    if !unknown.is_empty() && prechecker.has_choice().await? {
        verdicts.extend(prechecker.check(unknown.into_iter()).await?);
    }
    Ok(MethodsAt { provider: prechecker.provider.clone(), methods: chosen(names, &verdicts) })
}

fn chosen(names: &[String], verdicts: &Verdicts) -> Methods {
    let method = |name: &String| Some((name.clone(), verdicts.get(name)?.method));
    let chosen = names.iter().filter_map(method);
    chosen.filter(|(_, method)| matches!(method, Method::Dns01 | Method::DnsPersist01)).collect()
}

/// Find what says something about this server rather than about the name.
pub(super) fn own_fault(verdict: &Verdict) -> Option<&Finding> {
    verdict.reason().filter(|finding| OURS.contains(&finding.code))
}

/// Name what a name fails by; `None` where it would pass, or where we could not find out.
pub(super) fn reason(verdict: &Verdict) -> Option<Code> {
    told(verdict).map(|finding| finding.code)
}

fn told(verdict: &Verdict) -> Option<&Finding> {
    let finding = verdict.reason().filter(|finding| !OURS.contains(&finding.code))?;
    // That it leads to another server explains whatever that one answered.
    Some(verdict.findings.iter().find(|other| other.code == Code::AddressElsewhere).unwrap_or(finding))
}

/// Read the problem out of a verdict; `None` where the name would pass.
pub(super) fn problem(website: &Website, verdict: &Verdict, now: Timestamp) -> Option<NameProblem> {
    let (told, finding) = (told(verdict)?, verdict.reason()?);
    let evidence = match told.code == finding.code {
        true => finding.evidence.clone(),
        false => format!("{}; {}", told.evidence, finding.evidence),
    };
    // Asking here costs nothing and is done each night, but for names that left long ago.
    let moved = persistence(website, Some(verdict), now) == Persistence::MovedAway;
    let weekly = || Failures { count: 1, last_at: now }.retry_at(Ladder::MovedAway, Seed::of(&verdict.name));
    Some(NameProblem {
        name: verdict.name.clone(),
        code: told.code.as_str().to_owned(),
        detail: format!("{} {evidence}", told.code.cause()),
        retry_at: moved.then(weekly),
    })
}

/// Tell how long a name has failed that our own check found to fail.
pub(super) fn persistence(website: &Website, verdict: Option<&Verdict>, now: Timestamp) -> Persistence {
    let Some((verdict, code)) = verdict.and_then(|verdict| Some((verdict, reason(verdict)?))) else {
        return Persistence::Recent;
    };
    persistence_of(website, &verdict.name, code.as_str(), now)
}

/// Tell how long a name has failed by the code of its problem.
pub(super) fn persistence_of(website: &Website, name: &str, code: &str, now: Timestamp) -> Persistence {
    let trouble = website.troubles.iter().find(|trouble| trouble.name == name && trouble.is_failure());
    let since = trouble.and_then(|trouble| trouble.since);
    let elsewhere = code.parse().is_ok_and(|code: Code| ELSEWHERE.contains(&code));
    let cause = if elsewhere { FailureCause::PointsElsewhere } else { FailureCause::Other };
    since.map_or(Persistence::Recent, |since| shrink::persistence(since, cause, now))
}

/// The challenge store as the board on which the check puts its token.
pub(crate) struct Board<'a>(pub(crate) &'a Inner);

#[async_trait]
impl TokenBoard for Board<'_> {
    async fn publish(&self, token: &str, answer: &str) -> Result<(), BoardError> {
        let challenge =
            Challenge { token: token.to_owned(), key_authorization: answer.to_owned(), domain: String::new() };
        let put = self.0.store.put_challenges(&[challenge], self.0.clock.now()).await;
        put.map_err(|error| BoardError(error.to_string()))
    }

    async fn withdraw(&self, token: &str) -> Result<(), BoardError> {
        let removed = self.0.store.remove_challenges(&[token.to_owned()]).await;
        removed.map_err(|error| BoardError(error.to_string()))
    }
}
