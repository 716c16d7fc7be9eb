//! The challenge file fetched from one address, as a CA does: redirects followed within its limits, certificates not
//! checked (CA/Browser Forum Baseline Requirements, section 3.2.2.4.19). The judging of each answer is pure, in `fetch/`.

mod proxy;
mod redirect;
mod reply;
mod request;
mod tls;

use super::board::Token;
use super::dns::{Host, Resolver};
use super::{Code, Settings, addresses};
use redirect::Refused;
use reply::Step;
use rustls::ClientConfig;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// What came of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fetch {
    /// The address of the name that it began with.
    pub(super) address: IpAddr,
    /// Each request in order: the URL with the token left out, the address, and the status.
    pub(super) hops: Vec<String>,
    /// The CDN or proxy that the first answer names.
    pub(super) proxy: Option<String>,
    /// Nothing where the file was served.
    pub(super) failure: Option<Failure>,
}

/// Why the file was not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) detail: String,
}

impl Failure {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Tell whether nothing at all answered, rather than something else than the file.
    pub(super) fn is_silence(&self) -> bool {
        use Code::{ConnectRefused, ConnectReset, ConnectTimeout, ConnectUnreachable};
        [ConnectRefused, ConnectReset, ConnectTimeout, ConnectUnreachable].contains(&self.code)
    }
}

impl Fetch {
    /// Write the hops for people.
    pub(super) fn trail(&self) -> String {
        self.hops.join(" → ")
    }
}

/// Fetches challenge files.
#[derive(Debug)]
pub(super) struct Fetcher {
    tls: Result<Arc<ClientConfig>, String>,
}

impl Fetcher {
    pub(super) fn new() -> Self {
        Self { tls: crate::any_certificate::client_config() }
    }

    /// Fetch from one address of a name.
    pub(super) async fn fetch(
        &self,
        settings: &Settings,
        resolver: &Resolver,
        name: &str,
        address: IpAddr,
        token: &Token,
    ) -> Fetch {
        let mut visit = Visit {
            fetcher: self,
            settings,
            resolver,
            token,
            deadline: Instant::now() + settings.fetch_timeout,
            fetch: Fetch { address, hops: Vec::new(), proxy: None, failure: None },
        };
        visit.fetch.failure = visit.follow(name).await.err();
        visit.fetch
    }
}

struct Visit<'a> {
    fetcher: &'a Fetcher,
    settings: &'a Settings,
    resolver: &'a Resolver,
    token: &'a Token,
    deadline: Instant,
    fetch: Fetch,
}

impl Visit<'_> {
    async fn follow(&mut self, name: &str) -> Result<(), Failure> {
        let start = format!("http://{name}{}", self.token.path());
        let mut url = Url::parse(&start).map_err(|error| Failure::new(Code::NameInvalid, error.to_string()))?;
        let mut visited: Vec<Url> = Vec::new();
        loop {
            let elsewhere = !is_at(&url, name);
            let step = self.step(&url, name).await;
            // A failure at another host is that host's, whatever it is; the detail says which.
            let step = step.map_err(|failure| if elsewhere { at_other_host(failure, &url) } else { failure })?;
            let next = match step {
                Step::Served => return Ok(()),
                Step::Redirect(location) => redirect::target(&url, &location, self.settings),
            };
            let next = next.map_err(|Refused { code, detail }| Failure::new(code, detail))?;
            visited.push(url);
            if visited.contains(&next) {
                return Err(Failure::new(Code::RedirectLoop, format!("back to {}", self.shown(&next))));
            }
            if visited.len() > self.settings.redirect_limit {
                let limit = self.settings.redirect_limit;
                return Err(Failure::new(Code::RedirectTooMany, format!("more than {limit} redirects")));
            }
            url = next;
        }
    }

    /// Make one request; where a host has several addresses, the next is tried when one does not answer.
    async fn step(&mut self, url: &Url, name: &str) -> Result<Step, Failure> {
        let host = url.host_str().unwrap_or_default().to_owned();
        // The name itself stays at the address that is being checked; CAs ask again, and so does each address here.
        let addresses = if is_at(url, name) { vec![self.fetch.address] } else { self.resolve(&host).await? };
        let mut failure = None;
        for address in addresses {
            match self.request(url, &host, address).await {
                Err(silent) if silent.is_silence() => failure = Some(silent),
                outcome => return outcome,
            }
        }
        Err(failure.unwrap_or_else(|| Failure::new(Code::RedirectTargetUnresolved, host)))
    }

    async fn resolve(&mut self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        let looked = timeout_at(self.deadline, self.resolver.host(host)).await;
        let Host { addresses, .. } =
            looked.map_err(|_| Failure::new(Code::RedirectTargetUnresolved, slow_host(host)))?;
        if addresses.is_empty() {
            return Err(Failure::new(Code::RedirectTargetUnresolved, format!("{host} has no address")));
        }
        // What a stranger's redirect leads to must not be a way into the server's own network.
        let public: Vec<IpAddr> = addresses
            .iter()
            .copied()
            .filter(|to| self.settings.allow_private || addresses::reserved(*to).is_none())
            .collect();
        match addresses.first() {
            Some(first) if public.is_empty() => {
                Err(Failure::new(Code::RedirectTargetPrivate, format!("{host} is at {first}")))
            }
            // CAs try one address of each kind.
            _ => Ok(one_of_each_kind(&public)),
        }
    }

    async fn request(&mut self, url: &Url, host: &str, address: IpAddr) -> Result<Step, Failure> {
        let seen = format!("{} at {address}", self.shown(url));
        let port = url.port_or_known_default().unwrap_or_default();
        let Some(target) = self.settings.target(address, port) else {
            return Err(Failure::new(Code::RedirectBadPort, format!("port {port}")));
        };
        let place = request::Place { target, host, url };
        let heard = request::get(&place, &self.fetcher.tls, self.deadline).await;
        let reply = match heard {
            Ok(reply) => reply,
            Err(failure) => {
                self.fetch.hops.push(seen);
                return Err(failure);
            }
        };
        if self.fetch.hops.is_empty() {
            self.fetch.proxy = proxy::detect(&reply.headers);
        }
        self.fetch.hops.push(format!("{seen}: {}", reply.status));
        reply::judge(&reply, &self.token.answer)
    }

    /// Write a URL without the token, which would only be noise.
    fn shown(&self, url: &Url) -> String {
        super::evidence::quoted(&url.as_str().replace(&self.token.token, "…")).trim_matches('"').to_owned()
    }
}

fn at_other_host(failure: Failure, url: &Url) -> Failure {
    use Code::{RedirectTargetPrivate, RedirectTargetUnresolved, RedirectTlsFailed};
    if [RedirectTargetPrivate, RedirectTargetUnresolved, RedirectTlsFailed].contains(&failure.code) {
        return failure;
    }
    let host = url.host_str().unwrap_or_default();
    Failure::new(Code::RedirectTargetFailed, format!("{host}: {}: {}", failure.code, failure.detail))
}

fn is_at(url: &Url, name: &str) -> bool {
    url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(name))
}

fn slow_host(host: &str) -> String {
    format!("{host} is not resolved in time")
}

fn one_of_each_kind(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first = |wanted: fn(&IpAddr) -> bool| addresses.iter().copied().find(wanted);
    [first(IpAddr::is_ipv6), first(IpAddr::is_ipv4)].into_iter().flatten().collect()
}
