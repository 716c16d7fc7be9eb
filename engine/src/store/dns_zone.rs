//! DNS zones that an administrator added, and what was seen of any zone.

use super::StoreResult;
use crate::model::{DnsZoneNote, DnsZoneSettings, Timestamp};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// A DNS zone that an administrator added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedDnsZone {
    /// How it is changed.
    pub settings: DnsZoneSettings,
    /// Its secret, sealed.
    pub secret: Option<Vec<u8>>,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The zones that were added, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedDnsZones {
    /// Which revision they are; each change makes a higher one.
    pub revision: i64,
    /// The zones, by name.
    pub zones: Vec<AddedDnsZone>,
}

/// What was seen of a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsZoneNotes {
    /// The last trial.
    pub tested: Option<DnsZoneNote>,
    /// The last validation in it.
    pub used: Option<DnsZoneNote>,
}

/// DNS zones that an administrator added, and what was seen of any zone.
#[async_trait]
pub trait DnsZoneStore: Send + Sync {
    /// Tell which revision the added zones are; it is higher after every change of them, whichever process made it.
    async fn dns_zone_revision(&self) -> StoreResult<i64>;

    /// List the added zones.
    async fn added_dns_zones(&self) -> StoreResult<AddedDnsZones>;

    /// Add a zone with what its trial found, in one step.
    ///
    /// # Errors
    /// `Conflict` where it was added already.
    async fn add_dns_zone(&self, zone: &AddedDnsZone, tested: Option<&DnsZoneNote>) -> StoreResult<()>;

    /// Replace a zone with what its trial found, in one step. What was seen of it before is forgotten.
    ///
    /// # Errors
    /// `NotFound` where none of this name was added.
    async fn change_dns_zone(&self, zone: &AddedDnsZone, tested: Option<&DnsZoneNote>) -> StoreResult<()>;

    /// Forget a zone that was added, with its secret.
    ///
    /// # Errors
    /// `NotFound` where none of this name was added.
    async fn remove_dns_zone(&self, zone: &str) -> StoreResult<()>;

    /// List what was seen of zones, by their names.
    async fn dns_zone_notes(&self) -> StoreResult<BTreeMap<String, DnsZoneNotes>>;

    /// Remember what a trial of a zone found.
    async fn note_dns_trial(&self, zone: &str, note: &DnsZoneNote) -> StoreResult<()>;

    /// Remember what validations in zones came to.
    async fn note_dns_uses(&self, uses: &[(String, DnsZoneNote)]) -> StoreResult<()>;
}
