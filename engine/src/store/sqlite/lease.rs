//! Leases in SQLite.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{Lease, LeaseStore, StoreResult};
use async_trait::async_trait;

/// When a lease expired that was given back.
const LONG_AGO: Timestamp = Timestamp(0);

#[async_trait]
impl LeaseStore for SqliteStore {
    async fn lease(&self, name: &str) -> StoreResult<Option<Lease>> {
        let mut tx = self.look().await?;
        let row: Option<(String, i64, i64)> =
            sqlx::query_as("SELECT holder, expires_at, generation FROM lease WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed("reading a lease"))?;
        Ok(row.map(|(holder, expires_at, generation)| Lease {
            name: name.to_owned(),
            holder,
            expires_at: Timestamp(expires_at),
            generation,
        }))
    }

    async fn take_lease(
        &self,
        name: &str,
        known: Option<&Lease>,
        holder: &str,
        expires_at: Timestamp,
    ) -> StoreResult<Option<Lease>> {
        let mut tx = self.write().await?;
        // Without a known lease the row must be new; with one it must be unchanged, renewals included.
        let generation: Option<i64> = sqlx::query_scalar(
            "INSERT INTO lease (name, holder, expires_at, generation) VALUES ($1, $2, $3, 1)
             ON CONFLICT (name) DO UPDATE SET holder = $2, expires_at = $3, generation = generation + 1
             WHERE generation = $4 AND expires_at = $5
             RETURNING generation",
        )
        .bind(name)
        .bind(holder)
        .bind(expires_at.0)
        .bind(known.map(|lease| lease.generation))
        .bind(known.map(|lease| lease.expires_at.0))
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("taking a lease"))?;
        commit(tx).await?;
        let taken = |generation| Lease { name: name.to_owned(), holder: holder.to_owned(), expires_at, generation };
        Ok(generation.map(taken))
    }

    async fn renew_lease(&self, lease: &Lease, expires_at: Timestamp) -> StoreResult<bool> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE lease SET expires_at = $3 WHERE name = $1 AND generation = $2")
            .bind(&lease.name)
            .bind(lease.generation)
            .bind(expires_at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("renewing a lease"))?;
        commit(tx).await?;
        Ok(changed.rows_affected() == 1)
    }

    async fn release_lease(&self, lease: &Lease) -> StoreResult<()> {
        self.renew_lease(lease, LONG_AGO).await.map(drop)
    }
}
