//! Providers in SQLite.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{Agreement, ProviderRecord, ProviderStore, StoreResult};
use async_trait::async_trait;

#[derive(sqlx::FromRow)]
struct ProviderRow {
    agreed_by: Option<String>,
    agreed_at: Option<i64>,
    agreed_url: Option<String>,
    account_url: Option<String>,
    last_error: Option<String>,
}

#[async_trait]
impl ProviderStore for SqliteStore {
    async fn provider(&self, id: &str) -> StoreResult<ProviderRecord> {
        let mut tx = self.read().await?;
        let row: Option<ProviderRow> = sqlx::query_as(
            "SELECT agreed_by, agreed_at, agreed_url, account_url, last_error FROM provider WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("reading a provider"))?;
        let Some(row) = row else { return Ok(ProviderRecord { id: id.to_owned(), ..ProviderRecord::default() }) };
        let agreement = match (row.agreed_by, row.agreed_at, row.agreed_url) {
            (Some(by), Some(at), Some(url)) => Some(Agreement { by, at: Timestamp(at), url }),
            _ => None,
        };
        Ok(ProviderRecord { id: id.to_owned(), agreement, account_url: row.account_url, last_error: row.last_error })
    }

    async fn selected_provider(&self) -> StoreResult<Option<String>> {
        let mut tx = self.read().await?;
        sqlx::query_scalar("SELECT id FROM provider WHERE selected = 1")
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading the selected provider"))
    }

    async fn select_provider(&self, id: Option<&str>, agreement: Option<&Agreement>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE provider SET selected = 0 WHERE selected = 1")
            .execute(&mut *tx)
            .await
            .map_err(failed("selecting no provider"))?;
        if let Some(id) = id {
            sqlx::query(
                "INSERT INTO provider (id, selected, agreed_by, agreed_at, agreed_url) VALUES ($1, 1, $2, $3, $4)
                 ON CONFLICT (id) DO UPDATE SET
                     selected = 1,
                     agreed_by = coalesce(excluded.agreed_by, provider.agreed_by),
                     agreed_at = coalesce(excluded.agreed_at, provider.agreed_at),
                     agreed_url = coalesce(excluded.agreed_url, provider.agreed_url)",
            )
            .bind(id)
            .bind(agreement.map(|agreement| &agreement.by))
            .bind(agreement.map(|agreement| agreement.at.0))
            .bind(agreement.map(|agreement| &agreement.url))
            .execute(&mut *tx)
            .await
            .map_err(failed("selecting a provider"))?;
        }
        commit(tx).await
    }

    async fn set_account_url(&self, id: &str, url: Option<&str>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, account_url) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET account_url = excluded.account_url",
        )
        .bind(id)
        .bind(url)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering an account"))?;
        commit(tx).await
    }

    async fn set_provider_error(&self, id: &str, error: Option<&str>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, last_error) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET last_error = excluded.last_error",
        )
        .bind(id)
        .bind(error)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering a provider's error"))?;
        commit(tx).await
    }
}
