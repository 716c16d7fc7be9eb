//! Zones that a DNS provider hosts and lets change by an interface of its own, through the library `dns-update`.
//!
//! Chosen are the providers for which a token in a header is enough: it is then in no URL, hence in no error. The library
//! reads a name's values, adds or removes ours, and writes them back where a provider cannot do that itself.

use super::publisher::{PublishError, Publisher, TxtValue};
use super::secret::Secret;
use async_trait::async_trait;
use dns_update::{DnsRecord, DnsRecordType, DnsUpdater, Error};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Makes the client of a provider from the token, the address of its interface, and the time for a request.
type Client = fn(&str, Option<&str>, Duration) -> Result<DnsUpdater, Error>;

/// By their names in the configuration. Only PowerDNS is wherever its owner put it.
const PROVIDERS: [(&str, Client); 14] = [
    ("bunny", |token, _, limit| DnsUpdater::new_bunny(token, Some(limit))),
    ("cloudflare", |token, _, limit| DnsUpdater::new_cloudflare(token, Some(limit))),
    ("desec", |token, _, limit| DnsUpdater::new_desec(token, Some(limit))),
    ("digitalocean", |token, _, limit| DnsUpdater::new_digitalocean(token, Some(limit))),
    ("gandi", |token, _, limit| DnsUpdater::new_gandiv5(token, Some(limit))),
    ("gcore", |token, _, limit| DnsUpdater::new_gcore(token, Some(limit))),
    ("hetzner", |token, _, limit| DnsUpdater::new_hetzner(token, Some(limit))),
    ("infomaniak", |token, _, limit| DnsUpdater::new_infomaniak(token, Some(limit))),
    ("ionos", |token, _, limit| DnsUpdater::new_ionos(token, Some(limit))),
    ("linode", |token, _, limit| DnsUpdater::new_linode(token, Some(limit))),
    ("netlify", |token, _, limit| DnsUpdater::new_netlify(token, Some(limit))),
    ("ns1", |token, _, limit| DnsUpdater::new_ns1(token, Some(limit))),
    ("powerdns", |token, url, limit| DnsUpdater::new_pdns(token, url, None::<&str>, Some(limit))),
    ("vultr", |token, _, limit| DnsUpdater::new_vultr(token, Some(limit))),
];
/// What a provider says is repeated up to so many characters.
const MOST_SAID: usize = 300;

/// A provider that hosts zones.
pub struct Hosted {
    provider: &'static str,
    updater: DnsUpdater,
    ttl: u32,
    timeout: Duration,
}

impl Hosted {
    /// Prepare; nothing is sent. `url` is where a PowerDNS has its interface.
    ///
    /// # Errors
    /// Where the provider is not known or its client cannot be made.
    pub fn new(provider: &str, token: &Secret, url: Option<&str>, ttl: u32, timeout: Duration) -> Result<Self, String> {
        let known = PROVIDERS.iter().find(|(name, _)| *name == provider);
        let (provider, client) = known.ok_or_else(|| {
            format!("provider {provider:?} is not one of {}", providers().collect::<Vec<_>>().join(", "))
        })?;
        if url.is_some() != (*provider == "powerdns") {
            return Err("`server`, the URL of the interface, is for provider \"powerdns\", which needs it".into());
        }
        let updater = client(token.text()?, url, timeout).map_err(|error| said(&error))?;
        Ok(Self { provider, updater, ttl, timeout })
    }

    async fn within<T>(&self, zone: &str, call: impl Future<Output = Result<T, Error>>) -> Result<T, PublishError> {
        let (server, zone) = (format!("DNS provider {}", self.provider), zone.to_owned());
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error @ (Error::Unauthorized | Error::NotFound))) => {
                Err(PublishError::Refused { server, zone, reason: said(&error) })
            }
            Ok(Err(error)) => Err(PublishError::Failed { server, zone, reason: said(&error) }),
            Err(_) => Err(PublishError::Timeout { server, zone, seconds: self.timeout.as_secs() }),
        }
    }
}

/// List the providers by their names in the configuration.
pub(super) fn providers() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|(name, _)| *name)
}

#[async_trait]
impl Publisher for Hosted {
    async fn publish(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        for (name, records) in by_name(values) {
            self.within(zone, self.updater.add_to_rrset(name, DnsRecordType::TXT, self.ttl, records, zone)).await?;
        }
        Ok(())
    }

    async fn remove(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        for (name, records) in by_name(values) {
            self.within(zone, self.updater.remove_from_rrset(name, DnsRecordType::TXT, records, zone)).await?;
        }
        Ok(())
    }

    async fn list(&self, zone: &str, name: &str) -> Result<Option<Vec<String>>, PublishError> {
        let records = self.within(zone, self.updater.list_rrset(name, DnsRecordType::TXT, zone)).await?;
        let value = |record| if let DnsRecord::TXT(value) = record { Some(value) } else { None };
        Ok(Some(records.into_iter().filter_map(value).collect()))
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hosted").field("provider", &self.provider).finish_non_exhaustive()
    }
}

fn by_name(values: &[TxtValue]) -> BTreeMap<&str, Vec<DnsRecord>> {
    let mut names: BTreeMap<&str, Vec<DnsRecord>> = BTreeMap::new();
    for TxtValue { name, value } in values {
        names.entry(name).or_default().push(DnsRecord::TXT(value.clone()));
    }
    names
}

fn said(error: &Error) -> String {
    match error {
        Error::Unauthorized => "it does not accept the token".into(),
        Error::NotFound => "it does not know the zone".into(),
        other => {
            let words = other.to_string();
            words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(MOST_SAID).collect()
        }
    }
}
