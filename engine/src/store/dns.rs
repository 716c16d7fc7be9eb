//! TXT values that were published for validations, so that each of them is removed again, and nothing else ever is.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// A TXT value that AutoSSL published, or was about to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsRecord {
    /// The zone that it is in.
    pub zone: String,
    /// The record's name.
    pub name: String,
    /// The value.
    pub value: String,
    /// What it was published for.
    pub purpose: DnsPurpose,
}

/// What a value was published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DnsPurpose {
    /// A validation (RFC 8555, section 8.4).
    Challenge,
    /// Somebody tries whether it can be done.
    Trial,
}

impl DnsPurpose {
    /// Return the stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Trial => "trial",
        }
    }

    /// Read the stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Challenge, Self::Trial].into_iter().find(|known| known.as_str() == name)
    }
}

/// The journal of published TXT values.
#[async_trait]
pub trait DnsRecordStore: Send + Sync {
    /// Remember values before they are published, all or none; what is known already is as new.
    async fn put_dns_records(&self, records: &[DnsRecord], at: Timestamp) -> StoreResult<()>;

    /// List all values with the moment at which they were remembered, by name and value.
    async fn dns_records(&self) -> StoreResult<Vec<(DnsRecord, Timestamp)>>;

    /// Forget values that are not in their zones any more; what is not known is no error.
    async fn remove_dns_records(&self, records: &[DnsRecord]) -> StoreResult<()>;
}
