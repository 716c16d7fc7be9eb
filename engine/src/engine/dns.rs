//! The DNS zones that AutoSSL has access to: listing and trying them.

use super::Engine;
use crate::config::DnsZoneConfig;
use crate::dns01::{DnsTrial, of_config, zone_config};
use crate::error::{EngineError, EngineResult};
use crate::model::{DnsZoneOrigin, DnsZoneRow, DnsZoneState};
use crate::store::DnsZoneNotes;

/// How long a trial may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsPatience {
    /// As long as the zone's settings say.
    OfItsSettings,
    /// As long as the settings say, but so that a browser gets its answer.
    OfABrowser,
}

/// The most seconds that a change may take while a browser waits: it is made and taken back.
const BROWSER_CHANGE: u32 = 15;
/// The most seconds to wait for a zone's servers while a browser waits.
const BROWSER_PROPAGATION: u32 = 60;

impl Engine {
    /// List the DNS zones that AutoSSL has access to: those of the configuration file, then those that were added.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn dns_zones(&self) -> EngineResult<Vec<DnsZoneRow>> {
        let inner = &self.inner;
        // What has changed is opened, so that what is wrong with it is known.
        inner.dns.now(inner.store.as_ref()).await?;
        let mut notes = inner.store.dns_zone_notes().await?;
        let mut rows = Vec::new();
        for config in &inner.config.dns.zones {
            let mut settings = of_config(config);
            if let Some((key_name, algorithm)) = inner.dns.signature(&settings.zone) {
                (settings.key_name, settings.algorithm) = (key_name, algorithm.to_owned());
            }
            let name = settings.zone.trim_end_matches('.').to_ascii_lowercase();
            let DnsZoneNotes { tested, used } = notes.remove(&name).unwrap_or_default();
            let (origin, state) = (DnsZoneOrigin::Configuration, DnsZoneState::InUse);
            rows.push(DnsZoneRow { settings, origin, state, tested, used });
        }
        for zone in inner.store.added_dns_zones().await?.zones {
            let name = &zone.settings.zone;
            let state = match inner.dns.trouble(name) {
                _ if inner.dns.is_configured(name) => DnsZoneState::Overruled,
                Some(reason) => DnsZoneState::Unusable(reason),
                None => DnsZoneState::InUse,
            };
            let DnsZoneNotes { tested, used } = notes.remove(name).unwrap_or_default();
            let origin = DnsZoneOrigin::Added { by: zone.by, at: zone.at };
            rows.push(DnsZoneRow { settings: zone.settings, origin, state, tested, used });
        }
        Ok(rows)
    }

    /// Show one of the DNS zones; of two of the same name the one that counts.
    ///
    /// # Errors
    /// Where there is none of this name.
    pub async fn dns_zone(&self, zone: &str) -> EngineResult<DnsZoneRow> {
        let name = zone.trim_end_matches('.');
        let found = self.dns_zones().await?.into_iter().find(|row| {
            let own = row.settings.zone.trim_end_matches('.');
            own.eq_ignore_ascii_case(name)
        });
        found.ok_or_else(|| EngineError::UnknownDnsZone(zone.to_owned()))
    }

    /// Tell whether zones that a command changes may be added in the interface.
    #[must_use]
    pub fn allows_dns_commands(&self) -> bool {
        self.inner.config.dns.commands_from_interface
    }

    /// Try a DNS zone: publish a value that validates nothing, see it at the zone's servers, remove it.
    ///
    /// # Errors
    /// Where AutoSSL has no access to such a zone. That it does not work is no error: the findings say so.
    pub async fn test_dns_zone(&self, zone: &str, patience: DnsPatience) -> EngineResult<DnsTrial> {
        let config = self.dns_zone_config(zone).await?;
        let trial = self.try_dns_zone(config, patience).await?;
        self.inner.store.note_dns_trial(&trial.zone, &trial.note(self.inner.clock.now())).await?;
        Ok(trial)
    }

    /// Try a zone that need not be one of those that AutoSSL uses.
    pub(super) async fn try_dns_zone(
        &self,
        mut config: DnsZoneConfig,
        patience: DnsPatience,
    ) -> EngineResult<DnsTrial> {
        let inner = &self.inner;
        if patience == DnsPatience::OfABrowser {
            let least = |value: u32, default: u32, most: u32| if value == 0 { default } else { value }.min(most);
            config.timeout = least(config.timeout, 30, BROWSER_CHANGE);
            config.propagation_timeout = least(config.propagation_timeout, 120, BROWSER_PROPAGATION);
        }
        let (store, name) = (inner.store.as_ref(), config.zone.clone());
        let alone = inner.dns.now(store).await?.alone(&config).map_err(EngineError::RefusedDnsZone)?;
        let trial = alone.try_zone(store, &name, inner.clock.now()).await?;
        trial.ok_or(EngineError::UnknownDnsZone(name))
    }

    /// Find out how a zone is changed, with its secret; of two of the same name the one that counts.
    async fn dns_zone_config(&self, zone: &str) -> EngineResult<DnsZoneConfig> {
        let inner = &self.inner;
        let same = |own: &str| own.trim_end_matches('.').eq_ignore_ascii_case(zone.trim_end_matches('.'));
        if let Some(config) = inner.config.dns.zones.iter().find(|config| same(&config.zone)) {
            return Ok(config.clone());
        }
        let added = inner.store.added_dns_zones().await?.zones.into_iter().find(|added| same(&added.settings.zone));
        let added = added.ok_or_else(|| EngineError::UnknownDnsZone(zone.to_owned()))?;
        let secret = inner.dns.secret(&added).map_err(EngineError::RefusedDnsZone)?;
        zone_config(&added.settings, secret).map_err(EngineError::RefusedDnsZone)
    }
}
