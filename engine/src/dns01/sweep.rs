//! Removing what was published: after a validation, and what a crash left behind. Only what is in the journal is removed.

use super::DnsZones;
use super::publisher::TxtValue;
use crate::model::Timestamp;
use crate::store::{DnsPurpose, DnsRecord, DnsRecordStore, StoreResult};
use futures::future::join_all;
use std::collections::BTreeMap;

/// A trial of another process may still be going on for so long.
const TRIAL_SECONDS: i64 = 3_600;

/// What came of removing values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many values were removed.
    pub removed: usize,
    /// Values that are still there as far as we know, each with the reason.
    pub left: Vec<(DnsRecord, String)>,
}

impl DnsZones {
    /// Remove what is in the journal although nobody works on it: orders must not be in progress.
    ///
    /// # Errors
    /// Where the journal fails. A zone that cannot be changed is no error; its values stay for the next time.
    pub async fn sweep(&self, journal: &dyn DnsRecordStore, now: Timestamp) -> StoreResult<Swept> {
        let is_orphan = |(record, at): &(DnsRecord, Timestamp)| match record.purpose {
            DnsPurpose::Challenge => true,
            DnsPurpose::Trial => at.plus(TRIAL_SECONDS) <= now,
        };
        let known = journal.dns_records().await?;
        let orphans = known.into_iter().filter(is_orphan).map(|(record, _)| record);
        // A zone that was tried and not saved gives no access. The value validates nothing, wherever it is.
        let is_vain = |record: &DnsRecord| record.purpose == DnsPurpose::Trial && self.zone_of(&record.name).is_none();
        let (vain, orphans): (Vec<DnsRecord>, Vec<DnsRecord>) = orphans.partition(is_vain);
        if !vain.is_empty() {
            journal.remove_dns_records(&vain).await?;
        }
        self.remove(journal, &orphans).await
    }

    /// Remove values from their zones, in one change each, then from the journal.
    pub(super) async fn remove(&self, journal: &dyn DnsRecordStore, records: &[DnsRecord]) -> StoreResult<Swept> {
        let mut batches: BTreeMap<(Option<&str>, &str), Vec<DnsRecord>> = BTreeMap::new();
        for record in records {
            let access = self.zone_of(&record.name).map(|zone| zone.name.as_str());
            batches.entry((access, &record.zone)).or_default().push(record.clone());
        }
        let removals = batches.into_iter().map(async |((access, apex), records)| {
            let removed = self.remove_in(access, apex, &records).await;
            (apex, records, removed)
        });
        let mut swept = Swept::default();
        for (apex, records, removed) in join_all(removals).await {
            match removed {
                Ok(()) => {
                    journal.remove_dns_records(&records).await?;
                    swept.removed += records.len();
                }
                Err(reason) => {
                    let values = records.len();
                    tracing::warn!(dns.zone = apex, dns.values = values, %reason, "challenge records are left; trying again later");
                    swept.left.extend(records.into_iter().map(|record| (record, reason.clone())));
                }
            }
        }
        Ok(swept)
    }

    async fn remove_in(&self, access: Option<&str>, apex: &str, records: &[DnsRecord]) -> Result<(), String> {
        let zone = self.zones.iter().find(|zone| Some(zone.name.as_str()) == access);
        let zone = zone.ok_or("no zone that AutoSSL may change gives access to it")?;
        let value = |record: &DnsRecord| TxtValue { name: record.name.clone(), value: record.value.clone() };
        let values: Vec<TxtValue> = records.iter().map(value).collect();
        zone.publisher.remove(apex, &values).await.map_err(|error| error.to_string())
    }
}
