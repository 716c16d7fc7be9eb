//! HTTP-01 tokens in SQLite.

use super::{SqliteStore, commit, failed, json_list};
use crate::model::Timestamp;
use crate::store::{Challenge, ChallengeStore, StoreResult};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[async_trait]
impl ChallengeStore for SqliteStore {
    async fn put_challenges(&self, challenges: &[Challenge], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        put(&mut tx, challenges, at).await?;
        commit(tx).await
    }

    async fn key_authorization(&self, token: &str) -> StoreResult<Option<String>> {
        let mut tx = self.look().await?;
        sqlx::query_scalar("SELECT key_authorization FROM challenge WHERE token = $1")
            .bind(token)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a challenge"))
    }

    async fn remove_challenges(&self, tokens: &[String]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM challenge WHERE token IN (SELECT value FROM json_each($1))")
            .bind(json_list(tokens))
            .execute(&mut *tx)
            .await
            .map_err(failed("removing challenges"))?;
        commit(tx).await
    }

    async fn sweep_challenges(&self, before: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let gone = sqlx::query("DELETE FROM challenge WHERE at < $1")
            .bind(before.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("sweeping challenges"))?;
        commit(tx).await?;
        Ok(gone.rows_affected())
    }
}

/// Remember tokens; those that are known are replaced.
pub(super) async fn put(tx: &mut SqliteConnection, challenges: &[Challenge], at: Timestamp) -> StoreResult<()> {
    for challenge in challenges {
        sqlx::query(
            "INSERT INTO challenge (token, key_authorization, domain, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (token) DO UPDATE
             SET key_authorization = excluded.key_authorization, domain = excluded.domain, at = excluded.at",
        )
        .bind(&challenge.token)
        .bind(&challenge.key_authorization)
        .bind(&challenge.domain)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("adding a challenge"))?;
    }
    Ok(())
}
