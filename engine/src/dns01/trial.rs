//! Trying a zone: publish a value that validates nothing, see it, remove it.

use super::publisher::TxtValue;
use super::target::{self, Target};
use super::{DnsZones, Outcome, Zone};
use crate::dcv::{Code, Finding, Severity};
use crate::model::{DnsZoneNote, Timestamp};
use crate::store::{DnsPurpose, DnsRecord, DnsRecordStore, StoreResult};
use aws_lc_rs::rand;
use serde::Serialize;

/// What came of trying a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DnsTrial {
    /// The zone, as it is configured.
    pub zone: String,
    /// Where the value was put.
    pub record: String,
    /// The servers that showed it.
    pub seen_at: Vec<String>,
    /// What was found, blocking findings first.
    pub findings: Vec<Finding>,
}

impl DnsTrial {
    /// Tell whether challenge records can be published in the zone.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// Return what stands in the way.
    #[must_use]
    pub fn failure(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Blocking)
    }

    /// Say in sentences what was found: codes, causes, evidence, remedies.
    #[must_use]
    pub fn sentences(&self) -> String {
        let sentence = |finding: &Finding| {
            let (code, evidence) = (finding.code, finding.evidence.trim_end_matches('.'));
            format!("{} ({code}: {evidence}). {}", code.cause().trim_end_matches('.'), code.remedy())
        };
        self.findings.iter().map(sentence).collect::<Vec<_>>().join(" ")
    }

    /// Put down what is worth remembering of it.
    pub(crate) fn note(&self, at: Timestamp) -> DnsZoneNote {
        DnsZoneNote { at, failure: self.failure().map(Finding::in_short) }
    }
}

impl DnsZones {
    /// Try a zone; `None` where none has that name.
    ///
    /// # Errors
    /// Where the journal fails.
    pub async fn try_zone(
        &self,
        journal: &dyn DnsRecordStore,
        name: &str,
        now: Timestamp,
    ) -> StoreResult<Option<DnsTrial>> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let Some(zone) = self.zones.iter().find(|zone| zone.name == name) else { return Ok(None) };
        let mut trial = DnsTrial {
            record: format!("_acme-challenge.{name}"),
            zone: name,
            seen_at: Vec::new(),
            findings: Vec::new(),
        };
        match self.place_in(zone).await {
            Ok(place) => {
                trial.record.clone_from(&place.record);
                self.try_place(journal, zone, &place, now, &mut trial).await?;
            }
            Err(finding) => trial.findings.push(finding),
        }
        trial.findings.sort_by_key(|finding| finding.severity);
        Ok(Some(trial))
    }

    async fn try_place(
        &self,
        journal: &dyn DnsRecordStore,
        zone: &Zone,
        place: &Target,
        now: Timestamp,
        trial: &mut DnsTrial,
    ) -> StoreResult<()> {
        let value = TxtValue { name: place.record.clone(), value: format!("autossl-test-{}", random()) };
        let record = DnsRecord {
            zone: place.apex.clone(),
            name: value.name.clone(),
            value: value.value.clone(),
            purpose: DnsPurpose::Trial,
        };
        let records = [record];
        journal.put_dns_records(&records, now).await?;
        let outcome = zone.publish(self.finder(), place, vec![value.clone()]).await.pop();
        let Outcome { failure, warning, absent, seen_at } = outcome.unwrap_or_default();
        trial.seen_at = seen_at;
        trial.findings.extend(failure.into_iter().chain(warning));
        if absent {
            return journal.remove_dns_records(&records).await;
        }
        let left = self.remove(journal, &records).await?.left;
        let still_there = match zone.publisher.list(&place.apex, &place.record).await {
            Ok(Some(values)) => values.contains(&value.value),
            Ok(None) | Err(_) => false,
        };
        let said = match left.into_iter().next() {
            Some((_, reason)) => Some(reason),
            None => still_there.then(|| "it is still there".to_owned()),
        };
        let unremoved = |reason| format!("the test value at {} was not removed: {reason}", place.record);
        trial.findings.extend(said.map(|reason| Finding::new(Code::Dns01PublishFailed, unremoved(reason))));
        Ok(())
    }

    /// Find a place in this very zone: where its own challenge record is an alias, one below.
    async fn place_in(&self, zone: &Zone) -> Result<Target, Finding> {
        let only = [zone.name.as_str()];
        let own = target::find(&self.resolver, &zone.name, &only).await;
        if own.as_ref().is_ok_and(|place| place.record == format!("_acme-challenge.{}", zone.name)) {
            return own;
        }
        target::find(&self.resolver, &format!("autossl-test.{}", zone.name), &only).await
    }
}

fn random() -> String {
    let mut bytes = [0; 12];
    // Without random numbers the value is only easier to guess, which matters to nobody.
    let _ = rand::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
