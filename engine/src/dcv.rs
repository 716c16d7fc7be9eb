//! Local domain control validation: tells before anything is ordered whether the CA's validation would succeed, and why
//! not. It spends nothing of the CA's limits. Collecting is here and thin; judging is pure, in `dcv/judge.rs` and below.
//!
//! It sees the internet from this server only. CAs look from several places (MPIC), so a name that passes here can still
//! fail there: a firewall by country, an anycast address, DNS that answers by location.

mod addresses;
mod board;
mod caa;
mod code;
pub(crate) mod dns;
pub(crate) mod evidence;
mod fetch;
mod judge;
mod name;
pub(crate) mod persist;
mod settings;
mod verdict;
pub(crate) mod zone;

pub(crate) use addresses::reserved;
pub(crate) use board::Token;
pub use board::{BoardError, TokenBoard};
pub use code::{Code, UnknownCode, remedy_of};
pub use persist::{PersistAccount, PersistTerms};
pub use settings::{CheckRequest, Dns01, Settings};
pub use verdict::{Finding, Method, Severity, Verdict};

use crate::analyze::address_of;
use caa::Caa;
use dns::{Host, Kind, Resolver};
use fetch::Fetcher;
use futures::future::{FutureExt, join_all};
use futures::stream::{self, Stream, StreamExt};
use judge::HttpFacts;
use name::{Form, Name};
use persist::Standing;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Checks names. Make one and keep it: names share its short memory of DNS answers.
#[derive(Debug)]
pub struct LocalDcv {
    settings: Settings,
    resolver: Resolver,
    fetcher: Fetcher,
}

impl LocalDcv {
    /// Make a checker. Reads /etc/resolv.conf where the settings name no resolver; touches no network.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { resolver: Resolver::new(&settings), fetcher: Fetcher::new(), settings }
    }

    /// Check one name: A-labels, perhaps with `*.` in front, or an address. Never fails: what goes wrong is in the verdict.
    pub async fn check(&self, board: &dyn TokenBoard, name: &str, request: &CheckRequest) -> Verdict {
        let batch = Batch::new(board);
        let verdict = self.check_in(&batch, name, request).await;
        batch.close().await;
        verdict
    }

    /// Check many names, so many at a time, in the order in which they are done; with one token for all.
    ///
    /// The token is withdrawn when the stream has ended; a stream that is dropped before leaves it on the board.
    pub fn check_all<'a, I>(
        &'a self,
        board: &'a dyn TokenBoard,
        names: I,
        concurrency: NonZeroUsize,
    ) -> impl Stream<Item = Verdict> + 'a
    where
        I: IntoIterator<Item = (String, Arc<CheckRequest>)>,
        I::IntoIter: 'a,
    {
        let batch = Arc::new(Batch::new(board));
        let last = batch.clone();
        let checks = stream::iter(names).map(move |(name, request)| {
            let batch = batch.clone();
            async move { self.check_in(&batch, &name, &request).await }
        });
        let close = stream::once(async move { last.close().await }).filter_map(async |()| None);
        checks.buffer_unordered(concurrency.get()).chain(close)
    }

    async fn check_in(&self, batch: &Batch<'_>, name: &str, request: &CheckRequest) -> Verdict {
        let limit = self.settings.name_timeout;
        // On the heap: callers hold many of these, and a check is large.
        let look = match address_of(name) {
            Some(address) => self.look_at_address(batch, name, address, request).boxed(),
            None => match name::parse(name, &self.settings) {
                Ok(parsed) => self.look(batch, name, parsed, request).boxed(),
                Err(finding) => return Verdict::failing(name, vec![finding]),
            },
        };
        let checked = tokio::time::timeout(limit, look).await;
        checked.unwrap_or_else(|_| {
            let seen = format!("not done after {} s", limit.as_secs_f32());
            Verdict::failing(name, vec![Finding::new(Code::CheckTimedOut, seen)])
        })
    }

    async fn look(&self, batch: &Batch<'_>, name: &str, parsed: Name<'_>, request: &CheckRequest) -> Verdict {
        match self.by_record(name, parsed, request).await {
            ByRecord::Passes(verdict) => verdict,
            ByRecord::Fails(finding) => self.otherwise(batch, name, parsed, request).await.with(finding),
            ByRecord::Nothing => self.otherwise(batch, name, parsed, request).await,
        }
    }

    /// Look whether the name's persistent record validates it: then neither the web server nor a zone matters.
    async fn by_record(&self, name: &str, parsed: Name<'_>, request: &CheckRequest) -> ByRecord {
        let Some(terms) = &request.persist else { return ByRecord::Nothing };
        let counted_on = terms.counted_on.contains(name);
        match persist::look(&self.resolver, parsed.base, parsed.form, terms).await {
            Standing::Works(findings) => {
                let caa = self.caa(parsed, request).await;
                match caa::judge(&caa, parsed.form, request, Method::DnsPersist01) {
                    None => ByRecord::Passes(Verdict::passing(name, Method::DnsPersist01, findings)),
                    Some(finding) => ByRecord::Fails(finding),
                }
            }
            Standing::Absent if counted_on => {
                let missing = format!("{}.{}", persist::LABEL, parsed.base);
                ByRecord::Fails(Finding::new(Code::PersistMissing, missing))
            }
            // Whoever never had such a record is not told of its lookup.
            Standing::Wrong(finding) if counted_on || !is_lookup(finding.code) => ByRecord::Fails(finding),
            Standing::Absent | Standing::Wrong(_) => ByRecord::Nothing,
        }
    }

    /// Look at a domain's persistent record alone; wildcards are validated by it, too, where it says so.
    pub(crate) async fn persistent(&self, name: &str, terms: &PersistTerms) -> Vec<Finding> {
        let (base, form) = match name.strip_prefix("*.") {
            Some(base) => (base, Form::Wildcard),
            None => (name, Form::Host),
        };
        let record = format!("{}.{base}", persist::LABEL);
        persist::look(&self.resolver, base, form, terms).await.findings(&record)
    }

    async fn otherwise(&self, batch: &Batch<'_>, name: &str, parsed: Name<'_>, request: &CheckRequest) -> Verdict {
        let (caa, facts) = tokio::join!(self.caa(parsed, request), self.http(batch, parsed));
        let http = facts.map(|facts| judge::http01(&self.settings, &facts, &caa, request));
        let mut dns = None;
        if judge::wants_dns01(request, http.as_deref()) {
            let zone = zone::find(&self.resolver, parsed.base).await;
            dns = Some(judge::dns01(&zone, &caa, parsed.form, request));
        }
        judge::verdict(name, http, dns)
    }

    /// Look at an address (RFC 8738): it is there without DNS, and no CAA record is about it.
    async fn look_at_address(&self, batch: &Batch<'_>, name: &str, address: IpAddr, request: &CheckRequest) -> Verdict {
        let host = Host { addresses: vec![address], authentic: true, ..Host::default() };
        let authority = if address.is_ipv6() { format!("[{name}]") } else { name.to_owned() };
        let facts = self.fetched(batch, &authority, host, None).await;
        judge::verdict(name, Some(judge::http01(&self.settings, &facts, &Caa::Nowhere, request)), None)
    }

    async fn caa(&self, name: Name<'_>, request: &CheckRequest) -> Caa {
        if request.issuers.is_empty() { Caa::Nowhere } else { caa::find(&self.resolver, name.base).await }
    }

    /// Collect what HTTP-01 depends on; nothing for a wildcard, which it cannot validate.
    async fn http(&self, batch: &Batch<'_>, name: Name<'_>) -> Option<HttpFacts> {
        if name.form == Form::Wildcard {
            return None;
        }
        let host = self.resolver.host(name.base).await;
        let unvalidated_zone = self.unvalidated_zone(name.base, &host).await;
        Some(self.fetched(batch, name.base, host, unvalidated_zone).await)
    }

    /// Fetch the token from every address of a host that is worth it; `authority` is the host as URLs write it.
    async fn fetched(
        &self,
        batch: &Batch<'_>,
        authority: &str,
        host: Host,
        unvalidated_zone: Option<String>,
    ) -> HttpFacts {
        let addresses = judge::fetchable(&self.settings, &host);
        let mut facts = HttpFacts { unvalidated_zone, host, fetches: Vec::new(), unpublished: None };
        if addresses.is_empty() {
            return facts;
        }
        match batch.token().await {
            Ok(token) => {
                let fetch =
                    |address| self.fetcher.fetch(&self.settings, &self.resolver, authority, address, token).boxed();
                facts.fetches = join_all(addresses.into_iter().map(fetch)).await;
            }
            Err(error) => facts.unpublished = Some(error.to_string()),
        }
        facts
    }

    /// Return the zone that has a DS record although the resolver did not say that it validated the answers.
    async fn unvalidated_zone(&self, name: &str, host: &Host) -> Option<String> {
        if host.authentic || host.addresses.is_empty() {
            return None;
        }
        let zone = match &host.zone {
            Some(zone) => zone.clone(),
            None => self.resolver.ask_shared(name, Kind::Soa).await.ok()?.zone()?.to_owned(),
        };
        let answer = self.resolver.ask_shared(&zone, Kind::Ds).await.ok()?;
        answer.of(Kind::Ds).next().map(|_| zone)
    }
}

/// What a name's persistent record comes to.
enum ByRecord {
    /// It validates the name.
    Passes(Verdict),
    /// It does not, although it is counted on or was made for this CA.
    Fails(Finding),
    /// There is none.
    Nothing,
}

fn is_lookup(code: Code) -> bool {
    matches!(code, Code::PersistLookupFailed | Code::ResolverUnavailable)
}

/// The token that a batch of checks shares; published when the first check needs it.
struct Batch<'a> {
    board: &'a dyn TokenBoard,
    token: OnceCell<Result<Token, BoardError>>,
}

impl<'a> Batch<'a> {
    fn new(board: &'a dyn TokenBoard) -> Self {
        Self { board, token: OnceCell::new() }
    }

    async fn token(&self) -> Result<&Token, &BoardError> {
        self.token.get_or_init(|| Token::publish(self.board)).await.as_ref()
    }

    /// Withdraw the token. A board that fails here sweeps it later; the verdicts stand.
    async fn close(&self) {
        if let Some(Ok(token)) = self.token.get() {
            let _ = self.board.withdraw(&token.token).await;
        }
    }
}
