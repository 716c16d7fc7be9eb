//! Persistent validation records in SQLite.

use super::row::list;
use super::{SqliteStore, commit, failed, json_list};
use crate::model::Timestamp;
use crate::store::{PersistentOffer, PersistentRecordStore, PersistentValue, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl PersistentRecordStore for SqliteStore {
    async fn persistent_offer(&self, provider: &str) -> StoreResult<Option<PersistentOffer>> {
        let mut tx = self.look().await?;
        let row: Option<(String, String, Option<String>, i64)> =
            sqlx::query_as("SELECT account, issuers, account_uri, seen_at FROM persistent_offer WHERE provider = $1")
                .bind(provider)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed("reading whether a provider offers persistent records"))?;
        let offer = |(account, issuers, account_uri, seen_at)| {
            let issuers = list("persistent_offer", "issuers", issuers)?;
            Ok(PersistentOffer { account, issuers, account_uri, seen_at: Timestamp(seen_at) })
        };
        row.map(offer).transpose()
    }

    async fn set_persistent_offer(&self, provider: &str, offer: &PersistentOffer) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO persistent_offer (provider, account, issuers, account_uri, seen_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (provider) DO UPDATE
             SET account = excluded.account, issuers = excluded.issuers, account_uri = excluded.account_uri,
                 seen_at = excluded.seen_at",
        )
        .bind(provider)
        .bind(&offer.account)
        .bind(json_list(&offer.issuers))
        .bind(&offer.account_uri)
        .bind(offer.seen_at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering whether a provider offers persistent records"))?;
        commit(tx).await
    }

    async fn persistent_names(&self, provider: &str) -> StoreResult<Vec<String>> {
        let mut tx = self.look().await?;
        sqlx::query_scalar(
            "SELECT record.name FROM persistent_record AS record
             WHERE record.provider = $1
               AND EXISTS (SELECT 1 FROM domain WHERE domain.name IN (record.name, replace(record.name, '*.', '')))
             ORDER BY record.name",
        )
        .bind(provider)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing persistent records"))
    }

    async fn count_on_persistent(&self, names: &[String], provider: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for name in names {
            sqlx::query(
                "INSERT INTO persistent_record (name, provider, since) VALUES ($1, $2, $3)
                 ON CONFLICT (name, provider) DO NOTHING",
            )
            .bind(name)
            .bind(provider)
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("counting on a persistent record"))?;
        }
        commit(tx).await
    }

    async fn forget_persistent(&self, names: &[String], provider: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for name in names {
            sqlx::query("DELETE FROM persistent_record WHERE name = $1 AND provider = $2")
                .bind(name)
                .bind(provider)
                .execute(&mut *tx)
                .await
                .map_err(failed("forgetting a persistent record"))?;
        }
        commit(tx).await
    }

    async fn put_persistent_value(&self, value: &PersistentValue, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO persistent_value (name, value, zone, domain, provider, at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name, value) DO UPDATE
             SET zone = excluded.zone, domain = excluded.domain, provider = excluded.provider, at = excluded.at",
        )
        .bind(&value.name)
        .bind(&value.value)
        .bind(&value.zone)
        .bind(&value.domain)
        .bind(&value.provider)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("adding a persistent value"))?;
        commit(tx).await
    }

    async fn persistent_values(&self, domain: &str, provider: &str) -> StoreResult<Vec<PersistentValue>> {
        let mut tx = self.look().await?;
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT zone, name, value FROM persistent_value WHERE domain = $1 AND provider = $2 ORDER BY name, value",
        )
        .bind(domain)
        .bind(provider)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing persistent values"))?;
        let value = |(zone, name, value)| PersistentValue {
            domain: domain.to_owned(),
            provider: provider.to_owned(),
            zone,
            name,
            value,
        };
        Ok(rows.into_iter().map(value).collect())
    }

    async fn remove_persistent_values(&self, values: &[PersistentValue]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for value in values {
            sqlx::query("DELETE FROM persistent_value WHERE name = $1 AND value = $2")
                .bind(&value.name)
                .bind(&value.value)
                .execute(&mut *tx)
                .await
                .map_err(failed("removing a persistent value"))?;
        }
        commit(tx).await
    }
}
