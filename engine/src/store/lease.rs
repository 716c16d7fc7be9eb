//! Leases: who does what only one process of the whole installation may do, and until when.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// A lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it is about.
    pub name: String,
    /// Who has it.
    pub holder: String,
    /// Until when, by the holder's clock. One that was given back expired long ago.
    pub expires_at: Timestamp,
    /// How often it changed hands.
    pub generation: i64,
}

/// Leases. Each change is made only to the lease as the caller knows it: of two that try, one succeeds.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Fetch a lease; `None` where nobody ever had it.
    async fn lease(&self, name: &str) -> StoreResult<Option<Lease>>;

    /// Take a lease, which stands as `known`, for `holder`; `None` where it does not stand so any more.
    async fn take_lease(
        &self,
        name: &str,
        known: Option<&Lease>,
        holder: &str,
        expires_at: Timestamp,
    ) -> StoreResult<Option<Lease>>;

    /// Keep a lease until another moment; `false` where it has changed hands.
    async fn renew_lease(&self, lease: &Lease, expires_at: Timestamp) -> StoreResult<bool>;

    /// Give a lease back, unless it has changed hands.
    async fn release_lease(&self, lease: &Lease) -> StoreResult<()>;
}
