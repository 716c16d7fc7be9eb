//! Records that validate a domain for long (dns-persist-01), published into zones that AutoSSL has access to. Only values that
//! AutoSSL published itself are ever removed.

use super::DnsZones;
use super::publisher::TxtValue;
use super::target;
use crate::dcv::Finding;
use crate::model::Timestamp;
use crate::store::{PersistentRecordStore, PersistentValue, StoreResult};

impl DnsZones {
    /// Publish a value at a name, and wait until the zone's servers show it; then remove the values that were published for the
    /// same domain and provider before.
    ///
    /// It is on record before it is sent.
    ///
    /// # Errors
    /// Where the store fails. Why the value is not seen is the finding.
    pub(crate) async fn publish_persistent(
        &self,
        store: &dyn PersistentRecordStore,
        mut wanted: PersistentValue,
        at: Timestamp,
    ) -> StoreResult<Result<(), Finding>> {
        let zones: Vec<&str> = self.zones.iter().map(|zone| zone.name.as_str()).collect();
        let place = match target::find_record(&self.resolver, wanted.name.clone(), &zones).await {
            Ok(place) => place,
            Err(finding) => return Ok(Err(finding)),
        };
        wanted.name.clone_from(&place.record);
        wanted.zone.clone_from(&place.apex);
        let before = store.persistent_values(&wanted.domain, &wanted.provider).await?;
        store.put_persistent_value(&wanted, at).await?;
        let value = TxtValue { name: wanted.name.clone(), value: wanted.value.clone() };
        let outcome =
            self.zones[place.zone].publish(self.finder(), &place, vec![value]).await.pop().unwrap_or_default();
        if let Some(finding) = outcome.failure {
            if outcome.absent && !before.contains(&wanted) {
                store.remove_persistent_values(std::slice::from_ref(&wanted)).await?;
            }
            return Ok(Err(finding));
        }
        let old: Vec<PersistentValue> = before.into_iter().filter(|value| *value != wanted).collect();
        for reason in self.withdraw_persistent(store, &old).await? {
            tracing::warn!(dns.zone = place.apex, %reason, "an older persistent record is left");
        }
        Ok(Ok(()))
    }

    /// Remove exactly these values. The reasons are those of the values that could not be removed; they stay on record.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn withdraw_persistent(
        &self,
        store: &dyn PersistentRecordStore,
        values: &[PersistentValue],
    ) -> StoreResult<Vec<String>> {
        let mut reasons = Vec::new();
        for value in values {
            let text = TxtValue { name: value.name.clone(), value: value.value.clone() };
            let removed = match self.zone_of(&value.name) {
                Some(zone) => zone.publisher.remove(&value.zone, &[text]).await.map_err(|error| error.to_string()),
                None => Err(format!("no zone that AutoSSL may change has {}", value.name)),
            };
            match removed {
                Ok(()) => store.remove_persistent_values(std::slice::from_ref(value)).await?,
                Err(reason) => reasons.push(reason),
            }
        }
        Ok(reasons)
    }
}
