//! Providers in SQLite.

use super::{SqliteStore, breaks_unique, commit, conflict, failed, not_found, provider_order};
use crate::model::{DirectoryAbout, Timestamp};
use crate::store::{
    AccountRecord, AddedProvider, Agreement, Breaker, Circuit, OrderChoices, ProviderRecord, ProviderStore, Reordering,
    SealedExternalAccount, StoreError, StoreResult,
};
use async_trait::async_trait;

#[derive(Default, sqlx::FromRow)]
struct ProviderRow {
    agreed_by: Option<String>,
    agreed_at: Option<i64>,
    agreed_url: Option<String>,
    account_url: Option<String>,
    contact: Option<String>,
    external_key_id: Option<String>,
    external_mac_key: Option<Vec<u8>>,
    profile: Option<String>,
    preferred_chain: Option<String>,
    directory: Option<String>,
    directory_read_at: Option<i64>,
    last_error: Option<String>,
    outages: u32,
    openings: u32,
    down_since: Option<i64>,
    retry_at: Option<i64>,
}

impl ProviderRow {
    fn into_record(self, id: &str) -> StoreResult<ProviderRecord> {
        let agreement = match (self.agreed_by, self.agreed_at, self.agreed_url) {
            (Some(by), Some(at), Some(url)) => Some(Agreement { by, at: Timestamp(at), url }),
            _ => None,
        };
        let circuit = match (self.down_since, self.retry_at) {
            (Some(since), Some(retry_at)) => Circuit::Open { since: Timestamp(since), retry_at: Timestamp(retry_at) },
            _ => Circuit::Closed { outages: self.outages },
        };
        let external = self.external_key_id.zip(self.external_mac_key);
        let about = match self.directory.zip(self.directory_read_at) {
            Some((json, at)) => Some((read_about(&json)?, Timestamp(at))),
            None => None,
        };
        Ok(ProviderRecord {
            id: id.to_owned(),
            agreement,
            account: self.account_url.map(|url| AccountRecord { url, contact: self.contact }),
            external: external.map(|(key_id, mac_key)| SealedExternalAccount { key_id, mac_key }),
            choices: OrderChoices { profile: self.profile, preferred_chain: self.preferred_chain },
            about,
            last_error: self.last_error,
            breaker: Breaker { circuit, openings: self.openings },
        })
    }
}

#[derive(sqlx::FromRow)]
struct AddedRow {
    id: String,
    name: String,
    directory_url: String,
    allow_private: bool,
    root_pem: Option<String>,
}

#[async_trait]
impl ProviderStore for SqliteStore {
    async fn provider(&self, id: &str) -> StoreResult<ProviderRecord> {
        let mut tx = self.look().await?;
        let row: Option<ProviderRow> = sqlx::query_as(
            "SELECT agreed_by, agreed_at, agreed_url, account_url, contact, external_key_id, external_mac_key,
                    profile, preferred_chain, directory, directory_read_at, last_error,
                    outages, openings, down_since, retry_at
             FROM provider WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("reading a provider"))?;
        row.unwrap_or_default().into_record(id)
    }

    async fn selected_provider(&self) -> StoreResult<Option<String>> {
        let mut tx = self.look().await?;
        sqlx::query_scalar("SELECT id FROM provider WHERE selected = 1")
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading the selected provider"))
    }

    async fn provider_order(&self) -> StoreResult<Vec<String>> {
        provider_order::list(&mut *self.read().await?).await
    }

    async fn reorder_providers(&self, decide: Reordering<'_>, at: Timestamp) -> StoreResult<Vec<String>> {
        provider_order::change(self, decide, at).await
    }

    async fn orders_open_at(&self, id: &str) -> StoreResult<u32> {
        provider_order::orders_open_at(self, id).await
    }

    async fn set_breaker(&self, id: &str, breaker: Breaker) -> StoreResult<()> {
        provider_order::set_breaker(self, id, breaker).await
    }

    async fn set_agreement(&self, id: &str, agreement: &Agreement) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, agreed_by, agreed_at, agreed_url) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET
                 agreed_by = excluded.agreed_by, agreed_at = excluded.agreed_at, agreed_url = excluded.agreed_url",
        )
        .bind(id)
        .bind(&agreement.by)
        .bind(agreement.at.0)
        .bind(&agreement.url)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering an agreement"))?;
        commit(tx).await
    }

    async fn set_account(&self, id: &str, account: Option<&AccountRecord>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, account_url, contact) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET account_url = excluded.account_url, contact = excluded.contact",
        )
        .bind(id)
        .bind(account.map(|account| &account.url))
        .bind(account.and_then(|account| account.contact.as_ref()))
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering an account"))?;
        commit(tx).await
    }

    async fn set_external_account(&self, id: &str, external: Option<&SealedExternalAccount>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, external_key_id, external_mac_key) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET
                 external_key_id = excluded.external_key_id, external_mac_key = excluded.external_mac_key",
        )
        .bind(id)
        .bind(external.map(|external| &external.key_id))
        .bind(external.map(|external| &external.mac_key))
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering an external account"))?;
        commit(tx).await
    }

    async fn set_order_choices(&self, id: &str, choices: &OrderChoices) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, profile, preferred_chain) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET
                 profile = excluded.profile, preferred_chain = excluded.preferred_chain",
        )
        .bind(id)
        .bind(&choices.profile)
        .bind(&choices.preferred_chain)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering how certificates are ordered"))?;
        commit(tx).await
    }

    async fn set_directory(&self, id: &str, about: &DirectoryAbout, at: Timestamp) -> StoreResult<()> {
        let json = serde_json::to_string(about).map_err(|error| StoreError::Unavailable {
            action: "writing down a directory",
            source: sqlx::Error::Encode(Box::new(error)),
        })?;
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO provider (id, directory, directory_read_at) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET
                 directory = excluded.directory, directory_read_at = excluded.directory_read_at",
        )
        .bind(id)
        .bind(json)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("remembering a directory"))?;
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

    async fn added_providers(&self) -> StoreResult<Vec<AddedProvider>> {
        let mut tx = self.look().await?;
        let rows: Vec<AddedRow> =
            sqlx::query_as("SELECT id, name, directory_url, allow_private, root_pem FROM added_provider ORDER BY id")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("listing added providers"))?;
        let provider = |AddedRow { id, name, directory_url, allow_private, root_pem }| AddedProvider {
            id,
            name,
            directory_url,
            allow_private,
            root_pem,
        };
        Ok(rows.into_iter().map(provider).collect())
    }

    async fn add_provider(&self, provider: &AddedProvider) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let added = sqlx::query(
            "INSERT INTO added_provider (id, name, directory_url, allow_private, root_pem)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&provider.id)
        .bind(&provider.name)
        .bind(&provider.directory_url)
        .bind(provider.allow_private)
        .bind(&provider.root_pem)
        .execute(&mut *tx)
        .await;
        added.map_err(|error| match breaks_unique(&error, "added_provider.id") {
            true => conflict("provider", &provider.id),
            false => failed("adding a provider")(error),
        })?;
        commit(tx).await
    }

    async fn remove_provider(&self, id: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let removed = sqlx::query("DELETE FROM added_provider WHERE id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(failed("removing a provider"))?;
        if removed.rows_affected() == 0 {
            return Err(not_found("provider", id));
        }
        sqlx::query("DELETE FROM provider WHERE id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting a provider"))?;
        commit(tx).await
    }
}

fn read_about(json: &str) -> StoreResult<DirectoryAbout> {
    serde_json::from_str(json).map_err(|error| StoreError::Unavailable {
        action: "reading what a directory said",
        source: sqlx::Error::Decode(Box::new(error)),
    })
}
