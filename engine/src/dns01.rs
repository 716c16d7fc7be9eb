//! DNS-01 (RFC 8555, section 8.4): challenge records in the zones that AutoSSL has access to.
//!
//! Values are journalled, published in batches, seen at the zones' authoritative servers, and removed one by one; what
//! somebody else made is never touched. Which names are validated this way, and when, is decided elsewhere.

mod authority;
mod command;
mod hosted;
mod live;
mod open;
mod persistent;
mod propagation;
mod publisher;
mod rfc2136;
mod secret;
mod settings;
mod sweep;
mod target;
mod trial;
mod zone;

pub use command::Hook;
pub use hosted::Hosted;
pub(crate) use live::LiveZones;
pub use publisher::{PublishError, Publisher, TxtValue};
pub use rfc2136::Rfc2136;
pub use secret::{KeyWords, Secret, TsigAlgorithm, TsigKey};
pub(crate) use settings::{Kept, checked, config as zone_config, of_config, purpose};
pub use sweep::Swept;
pub use trial::DnsTrial;

use crate::config::{DnsConfig, DnsZoneConfig};
use crate::dcv::dns::Resolver;
use crate::dcv::{self, Finding};
use crate::model::{DnsZoneNote, Timestamp};
use crate::plan::names::Dns01Zones;
use crate::store::{DnsPurpose, DnsRecord, DnsRecordStore, StoreResult};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use target::{Target, is_within};
use zone::{Finder, Outcome, Zone};

/// The zones that AutoSSL has access to.
#[derive(Debug)]
pub struct DnsZones {
    zones: Vec<Arc<Zone>>,
    resolver: Arc<Resolver>,
    port: u16,
}

/// A value that the certificate authority wants to see (RFC 8555, section 8.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name that is validated, perhaps with `*.` in front.
    pub name: String,
    /// The digest of the key authorization, in base64url.
    pub value: String,
}

/// What came of publishing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// What is to be withdrawn later, whatever came of it.
    pub records: Vec<DnsRecord>,
    /// The names that would fail validation, and why.
    pub failures: Vec<(String, Finding)>,
    /// What else is worth knowing, once each.
    pub warnings: Vec<Finding>,
    /// The zones that were changed, each with what came of it.
    pub uses: Vec<(String, DnsZoneNote)>,
}

impl DnsZones {
    /// Make the zones of the configuration. Key files are read; nothing is sent.
    ///
    /// # Errors
    /// Where the configuration contradicts itself or a key file cannot be read; the text names the zone.
    pub fn open(config: &DnsConfig) -> Result<Self, String> {
        let resolvers = (!config.resolvers.is_empty()).then(|| config.resolvers.clone());
        let settings = dcv::Settings { resolvers, ..dcv::Settings::default() };
        let port = if config.port == 0 { 53 } else { config.port };
        Ok(Self { zones: open::zones(&config.zones)?, resolver: Arc::new(Resolver::new(&settings)), port })
    }

    /// Make a zone that is not one of these, found in the same way, to try it.
    ///
    /// # Errors
    /// Where the configuration contradicts itself; the text names the zone.
    pub fn alone(&self, config: &DnsZoneConfig) -> Result<Self, String> {
        Ok(Self { zones: vec![Arc::new(open::zone(config)?)], resolver: Arc::clone(&self.resolver), port: self.port })
    }

    /// List the providers that zones can be changed at.
    #[must_use]
    pub fn providers() -> Vec<String> {
        hosted::providers().map(str::to_owned).collect()
    }

    /// Tell whether there is no zone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// List the zones by their names.
    pub(crate) fn zone_names(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(|zone| zone.name.as_str())
    }

    /// List the zones for the planner.
    #[must_use]
    pub fn names(&self) -> Dns01Zones {
        self.zones.iter().map(|zone| zone.name.clone()).collect()
    }

    /// Tell whether a name's challenge record can be published: its place, after all CNAME records, is in one of the zones.
    ///
    /// # Errors
    /// The finding says why not.
    pub async fn reach(&self, name: &str) -> Result<(), Finding> {
        self.target(name).await.map(drop)
    }

    /// Publish values, all of a zone in one change with those of other callers, and wait until its servers show them.
    ///
    /// They are in the journal before they are sent. Names that fail hold up no others.
    ///
    /// # Errors
    /// Where the journal fails.
    pub async fn publish(
        &self,
        journal: &dyn DnsRecordStore,
        wanted: &[Wanted],
        at: Timestamp,
    ) -> StoreResult<Published> {
        if wanted.is_empty() {
            return Ok(Published::default());
        }
        let targets = join_all(wanted.iter().map(|wanted| self.target(&wanted.name))).await;
        let mut published = Published::default();
        let mut by_zone: BTreeMap<usize, Vec<(&Wanted, Target)>> = BTreeMap::new();
        for (wanted, target) in wanted.iter().zip(targets) {
            match target {
                Ok(target) => by_zone.entry(target.zone).or_default().push((wanted, target)),
                Err(finding) => published.failures.push((wanted.name.clone(), finding)),
            }
        }
        let records = by_zone.values().flatten().map(|(wanted, target)| DnsRecord {
            zone: target.apex.clone(),
            name: target.record.clone(),
            value: wanted.value.clone(),
            purpose: DnsPurpose::Challenge,
        });
        published.records = records.collect();
        journal.put_dns_records(&published.records, at).await?;
        let sent = by_zone.values().map(|batch| self.publish_in(batch));
        let mut absent = Vec::new();
        let mut uses: BTreeMap<usize, Option<String>> = BTreeMap::new();
        for (wanted, target, outcome) in join_all(sent).await.into_iter().flatten() {
            let Outcome { failure, warning, absent: is_absent, .. } = outcome;
            let first_failure = uses.entry(target.zone).or_default();
            *first_failure = first_failure.take().or_else(|| failure.as_ref().map(Finding::in_short));
            published.failures.extend(failure.map(|finding| (wanted.name.clone(), finding)));
            published.warnings.extend(warning.filter(|warning| !published.warnings.contains(warning)));
            if is_absent {
                absent.push((&target.record, &wanted.value));
            }
        }
        let (gone, records) =
            published.records.into_iter().partition(|record| absent.contains(&(&record.name, &record.value)));
        published.records = records;
        let note = |(zone, failure): (usize, _)| (self.zones[zone].name.clone(), DnsZoneNote { at, failure });
        published.uses = uses.into_iter().map(note).collect();
        if !gone.is_empty() {
            journal.remove_dns_records(&gone).await?;
        }
        Ok(published)
    }

    /// Remove exactly what was published. What cannot be removed now stays in the journal for [`DnsZones::sweep`].
    ///
    /// # Errors
    /// Where the journal fails.
    pub async fn withdraw(&self, journal: &dyn DnsRecordStore, records: &[DnsRecord]) -> StoreResult<()> {
        self.remove(journal, records).await.map(drop)
    }

    async fn publish_in<'a>(&self, batch: &'a [(&'a Wanted, Target)]) -> Vec<(&'a Wanted, &'a Target, Outcome)> {
        let Some((_, place)) = batch.first() else { return Vec::new() };
        let values = batch
            .iter()
            .map(|(wanted, target)| TxtValue { name: target.record.clone(), value: wanted.value.clone() })
            .collect();
        let outcomes = self.zones[place.zone].publish(self.finder(), place, values).await;
        batch.iter().zip(outcomes).map(|((wanted, target), outcome)| (*wanted, target, outcome)).collect()
    }

    async fn target(&self, name: &str) -> Result<Target, Finding> {
        let zones: Vec<&str> = self.zones.iter().map(|zone| zone.name.as_str()).collect();
        target::find(&self.resolver, name, &zones).await
    }

    fn finder(&self) -> Finder<'_> {
        Finder { resolver: &self.resolver, port: self.port }
    }

    /// Find the zone that gives access to a record.
    fn zone_of(&self, record: &str) -> Option<&Zone> {
        let fitting = self.zones.iter().map(Arc::as_ref).filter(|zone| is_within(record, &zone.name));
        fitting.max_by_key(|zone| zone.name.len())
    }
}
