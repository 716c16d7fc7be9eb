//! Administrators, sessions and vain tries in SQLite.

use super::row::known;
use super::{SqliteStore, breaks_unique, commit, conflict, failed, not_found};
use crate::model::{Principal, Role, Timestamp};
use crate::store::{AccessStore, Administrator, LoginFailures, SessionRecord, StoreResult};
use async_trait::async_trait;

/// A session's last use is written at most once in this many seconds.
const USE_WRITTEN_EVERY: i64 = 60;

/// Vain tries are forgotten after this many quiet seconds.
const QUIET_DAY: i64 = 86_400;

#[async_trait]
impl AccessStore for SqliteStore {
    async fn create_administrator(&self, new: &Administrator) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO administrator (name, role, password_hash) VALUES ($1, $2, $3)")
            .bind(&new.name)
            .bind(new.role.as_str())
            .bind(&new.password_hash)
            .execute(&mut *tx)
            .await
            .map_err(|error| match breaks_unique(&error, "administrator.name") {
                true => conflict("administrator", &new.name),
                false => failed("adding an administrator")(error),
            })?;
        commit(tx).await
    }

    async fn administrator(&self, name: &str) -> StoreResult<Option<Administrator>> {
        let mut tx = self.look().await?;
        let row: Option<(String, String, String)> =
            sqlx::query_as("SELECT name, role, password_hash FROM administrator WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed("reading an administrator"))?;
        row.map(|(name, role, password_hash)| {
            let role = known(Role::parse, "administrator", "role", role)?;
            Ok(Administrator { name, role, password_hash })
        })
        .transpose()
    }

    async fn set_password(&self, name: &str, password_hash: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE administrator SET password_hash = $2 WHERE name = $1")
            .bind(name)
            .bind(password_hash)
            .execute(&mut *tx)
            .await
            .map_err(failed("setting a password"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("administrator", name));
        }
        sqlx::query("DELETE FROM session WHERE name = $1")
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(failed("ending a person's sessions"))?;
        commit(tx).await
    }

    async fn count_administrators(&self) -> StoreResult<u32> {
        let mut tx = self.look().await?;
        sqlx::query_scalar("SELECT count(*) FROM administrator WHERE role = 'admin'")
            .fetch_one(&mut *tx)
            .await
            .map_err(failed("counting administrators"))
    }

    async fn create_session(&self, session: &SessionRecord, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM session WHERE expires_at <= $1")
            .bind(now.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting sessions"))?;
        sqlx::query("INSERT INTO session (token_hash, name, expires_at, used_at) VALUES ($1, $2, $3, $4)")
            .bind(&session.token_hash)
            .bind(&session.name)
            .bind(session.expires_at.0)
            .bind(now.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("adding a session"))?;
        commit(tx).await
    }

    async fn session(&self, token_hash: &str, now: Timestamp, idle_since: Timestamp) -> StoreResult<Option<Principal>> {
        let mut tx = self.read().await?;
        let row: Option<(String, String, i64)> = sqlx::query_as(
            "SELECT a.name, a.role, s.used_at FROM session s JOIN administrator a ON a.name = s.name
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.used_at >= $3",
        )
        .bind(token_hash)
        .bind(now.0)
        .bind(idle_since.0)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("reading a session"))?;
        drop(tx);
        let Some((name, role, used_at)) = row else { return Ok(None) };
        if now.since(Timestamp(used_at)) >= USE_WRITTEN_EVERY {
            self.touch_session(token_hash, now).await?;
        }
        Ok(Some(Principal { name, role: known(Role::parse, "administrator", "role", role)? }))
    }

    async fn delete_session(&self, token_hash: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM session WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&mut *tx)
            .await
            .map_err(failed("ending a session"))?;
        commit(tx).await
    }

    async fn login_failures(&self, key: &str) -> StoreResult<LoginFailures> {
        let mut tx = self.look().await?;
        let row: Option<(u32, i64)> = sqlx::query_as("SELECT count, last_at FROM login_failure WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading vain tries"))?;
        Ok(row.map(|(count, last_at)| LoginFailures { count, last_at: Timestamp(last_at) }).unwrap_or_default())
    }

    async fn add_login_failure(&self, key: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM login_failure WHERE last_at < $1")
            .bind(at.plus(-QUIET_DAY).0)
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting vain tries"))?;
        sqlx::query(
            "INSERT INTO login_failure (key, count, last_at) VALUES ($1, 1, $2)
             ON CONFLICT (key) DO UPDATE SET count = login_failure.count + 1, last_at = excluded.last_at",
        )
        .bind(key)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("counting a vain try"))?;
        commit(tx).await
    }

    async fn clear_login_failures(&self, key: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM login_failure WHERE key = $1")
            .bind(key)
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting vain tries"))?;
        commit(tx).await
    }
}

impl SqliteStore {
    async fn touch_session(&self, token_hash: &str, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE session SET used_at = max(used_at, $2) WHERE token_hash = $1")
            .bind(token_hash)
            .bind(now.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("remembering a session's use"))?;
        commit(tx).await
    }
}
