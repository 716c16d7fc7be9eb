//! The DNS zones that AutoSSL has access to.

use super::Engine;
use crate::config::{DnsAccess, DnsZoneConfig};
use crate::dns01::DnsTrial;
use crate::error::{EngineError, EngineResult};
use serde::Serialize;

/// A DNS zone that AutoSSL has access to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DnsZoneSummary {
    /// Its name.
    pub zone: String,
    /// How it is changed: `rfc2136`, `provider` or `command`.
    pub kind: &'static str,
    /// The server, the provider or the command.
    pub place: String,
    /// Whether changes are signed.
    pub signed: bool,
}

impl Engine {
    /// List the DNS zones that AutoSSL has access to.
    #[must_use]
    pub fn dns_zones(&self) -> Vec<DnsZoneSummary> {
        let summary = |config: &DnsZoneConfig| {
            let (kind, place, signed) = match &config.access {
                DnsAccess::Rfc2136 { server, key, .. } => ("rfc2136", server.clone(), key.is_some()),
                DnsAccess::Hosted { provider, .. } => ("provider", provider.clone(), false),
                DnsAccess::Command { command } => ("command", command.join(" "), false),
            };
            DnsZoneSummary { zone: config.zone.clone(), kind, place, signed }
        };
        self.inner.config.dns.zones.iter().map(summary).collect()
    }

    /// Try a DNS zone: publish a value that validates nothing, see it at the zone's servers, remove it.
    ///
    /// # Errors
    /// Where no such zone is configured. That it does not work is no error: the findings say so.
    pub async fn test_dns_zone(&self, zone: &str) -> EngineResult<DnsTrial> {
        let inner = &self.inner;
        let trial = inner.dns.try_zone(inner.store.as_ref(), zone, inner.clock.now()).await?;
        trial.ok_or_else(|| EngineError::UnknownDnsZone(zone.to_owned()))
    }
}
