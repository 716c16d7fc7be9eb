//! The zones as they are now: those of the configuration file, and those that an administrator added, read again when some process
//! changed them.

use super::zone::Zone;
use super::{DnsZones, open, purpose, zone_config};
use crate::config::DnsConfig;
use crate::dns01::Secret;
use crate::error::EngineResult;
use crate::model::DnsZoneSettings;
use crate::store::{AddedDnsZone, AddedDnsZones, Store, StoreResult};
use crate::vault::Seal;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The zones as they are now.
#[derive(Debug)]
pub(crate) struct LiveZones {
    configured: DnsZones,
    seal: Seal,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    /// Which revision of the added zones this is; none is that low.
    revision: i64,
    zones: Arc<DnsZones>,
    added: Vec<Added>,
}

/// A zone that was added, and what came of opening it.
#[derive(Clone, Debug)]
struct Added {
    kept: AddedDnsZone,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    InUse(Arc<Zone>),
    Overruled,
    Unusable(String),
}

impl LiveZones {
    /// Make the zones of the configuration; those that were added are read when they are asked for.
    ///
    /// # Errors
    /// Where the configuration contradicts itself or a key file cannot be read; the text names the zone.
    pub(crate) fn open(config: &DnsConfig, seal: Seal) -> Result<Self, String> {
        let configured = DnsZones::open(config)?;
        let zones = Arc::new(configured.with(Vec::new()));
        let current = Mutex::new(Current { revision: -1, zones, added: Vec::new() });
        Ok(Self { configured, seal, current })
    }

    /// Return the zones that count now. That costs one small question of the database, and more only when something changed.
    pub(crate) async fn now(&self, store: &dyn Store) -> StoreResult<Arc<DnsZones>> {
        let revision = store.dns_zone_revision().await?;
        if self.current().revision != revision {
            let added = store.added_dns_zones().await?;
            self.take_over(added);
        }
        Ok(Arc::clone(&self.current().zones))
    }

    /// Tell whether the configuration file has a zone of this name.
    pub(crate) fn is_configured(&self, zone: &str) -> bool {
        self.configured.zones.iter().any(|own| own.name == zone)
    }

    /// Name the key that signs the changes of a zone of the configuration file, and how it signs.
    pub(crate) fn signature(&self, zone: &str) -> Option<(String, &'static str)> {
        let zone = zone.trim_end_matches('.').to_ascii_lowercase();
        let own = self.configured.zones.iter().find(|own| own.name == zone)?;
        own.signature.as_ref().map(|(name, algorithm)| (name.clone(), algorithm.as_str()))
    }

    /// Tell why an added zone cannot be used, as of the last look; `None` where it can.
    pub(crate) fn trouble(&self, zone: &str) -> Option<String> {
        let current = self.current();
        let added = current.added.iter().find(|added| added.kept.settings.zone == zone)?;
        if let Outcome::Unusable(reason) = &added.outcome { Some(reason.clone()) } else { None }
    }

    /// Open the secret of a zone that was added.
    pub(crate) fn secret(&self, zone: &AddedDnsZone) -> Result<Option<Secret>, String> {
        let Some(sealed) = &zone.secret else { return Ok(None) };
        let bytes = self.seal.open_sealed(&purpose(&zone.settings), sealed).map_err(|error| error.to_string())?;
        Ok(Some(Secret::from_bytes(bytes)))
    }

    /// Seal a secret for a zone.
    pub(crate) fn seal(&self, settings: &DnsZoneSettings, secret: &Secret) -> EngineResult<Vec<u8>> {
        self.seal.seal(&purpose(settings), secret.bytes())
    }

    fn take_over(&self, read: AddedDnsZones) {
        let mut current = self.current();
        if read.revision <= current.revision {
            return;
        }
        let mut before: BTreeMap<String, Added> = BTreeMap::new();
        for added in std::mem::take(&mut current.added) {
            before.insert(added.kept.settings.zone.clone(), added);
        }
        for kept in read.zones {
            // What did not change keeps its batches.
            let added = match before.remove(&kept.settings.zone) {
                Some(same) if same.kept == kept => same,
                _ => self.open_added(kept),
            };
            current.added.push(added);
        }
        let in_use = current.added.iter().filter_map(|added| match &added.outcome {
            Outcome::InUse(zone) => Some(Arc::clone(zone)),
            Outcome::Overruled | Outcome::Unusable(_) => None,
        });
        let in_use = in_use.collect();
        current.zones = Arc::new(self.configured.with(in_use));
        current.revision = read.revision;
    }

    fn open_added(&self, kept: AddedDnsZone) -> Added {
        let name = &kept.settings.zone;
        if self.is_configured(name) {
            tracing::warn!(dns.zone = name, "the configuration file has this zone, too, and counts");
            return Added { kept, outcome: Outcome::Overruled };
        }
        let opened = self.secret(&kept).and_then(|secret| open::zone(&zone_config(&kept.settings, secret)?));
        let outcome = match opened {
            Ok(zone) => Outcome::InUse(Arc::new(zone)),
            Err(reason) => {
                tracing::warn!(dns.zone = name, %reason, "a DNS zone that was added cannot be used");
                Outcome::Unusable(reason)
            }
        };
        Added { kept, outcome }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DnsZones {
    /// Make these zones with some more.
    fn with(&self, more: Vec<Arc<Zone>>) -> Self {
        let zones = self.zones.iter().cloned().chain(more).collect();
        Self { zones, resolver: Arc::clone(&self.resolver), port: self.port }
    }
}
