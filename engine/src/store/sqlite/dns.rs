//! The journal of published TXT values in SQLite.

use super::row::known;
use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{DnsPurpose, DnsRecord, DnsRecordStore, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl DnsRecordStore for SqliteStore {
    async fn put_dns_records(&self, records: &[DnsRecord], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for record in records {
            sqlx::query(
                "INSERT INTO dns_record (name, value, zone, purpose, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (name, value) DO UPDATE
                 SET zone = excluded.zone, purpose = excluded.purpose, at = excluded.at",
            )
            .bind(&record.name)
            .bind(&record.value)
            .bind(&record.zone)
            .bind(record.purpose.as_str())
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("adding a published value"))?;
        }
        commit(tx).await
    }

    async fn dns_records(&self) -> StoreResult<Vec<(DnsRecord, Timestamp)>> {
        let mut tx = self.look().await?;
        let rows: Vec<(String, String, String, String, i64)> =
            sqlx::query_as("SELECT zone, name, value, purpose, at FROM dns_record ORDER BY name, value")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("listing published values"))?;
        let record = |(zone, name, value, purpose, at)| {
            let purpose = known(DnsPurpose::parse, "dns_record", "purpose", purpose)?;
            Ok((DnsRecord { zone, name, value, purpose }, Timestamp(at)))
        };
        rows.into_iter().map(record).collect()
    }

    async fn remove_dns_records(&self, records: &[DnsRecord]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for record in records {
            sqlx::query("DELETE FROM dns_record WHERE name = $1 AND value = $2")
                .bind(&record.name)
                .bind(&record.value)
                .execute(&mut *tx)
                .await
                .map_err(failed("removing a published value"))?;
        }
        commit(tx).await
    }
}
