//! Added DNS zones in SQLite, and what was seen of any zone.

use super::row::{known, list};
use super::{SqliteStore, breaks_unique, commit, conflict, failed, json_list, not_found};
use crate::model::{DnsKind, DnsZoneNote, DnsZoneSettings, Timestamp};
use crate::store::{AddedDnsZone, AddedDnsZones, DnsZoneNotes, DnsZoneStore, StoreResult};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

const TABLE: &str = "dns_zone";

#[derive(sqlx::FromRow)]
struct ZoneRow {
    zone: String,
    kind: String,
    server: String,
    provider: String,
    key_name: String,
    algorithm: String,
    secret: Option<Vec<u8>>,
    command: String,
    check_at: String,
    ttl: u32,
    timeout: u32,
    propagation_timeout: u32,
    changed_by: String,
    changed_at: i64,
}

impl ZoneRow {
    fn into_zone(self) -> StoreResult<AddedDnsZone> {
        let settings = DnsZoneSettings {
            zone: self.zone,
            kind: known(DnsKind::parse, TABLE, "kind", self.kind)?,
            server: self.server,
            provider: self.provider,
            key_name: self.key_name,
            algorithm: self.algorithm,
            command: list(TABLE, "command", self.command)?,
            check_at: list(TABLE, "check_at", self.check_at)?,
            ttl: self.ttl,
            timeout: self.timeout,
            propagation_timeout: self.propagation_timeout,
        };
        Ok(AddedDnsZone { settings, secret: self.secret, by: self.changed_by, at: Timestamp(self.changed_at) })
    }
}

#[async_trait]
impl DnsZoneStore for SqliteStore {
    async fn dns_zone_revision(&self) -> StoreResult<i64> {
        let mut tx = self.look().await?;
        revision(&mut tx).await
    }

    async fn added_dns_zones(&self) -> StoreResult<AddedDnsZones> {
        let mut tx = self.read().await?;
        let revision = revision(&mut tx).await?;
        let rows: Vec<ZoneRow> = sqlx::query_as(
            "SELECT zone, kind, server, provider, key_name, algorithm, secret, command, check_at, ttl, timeout,
                    propagation_timeout, changed_by, changed_at
             FROM dns_zone ORDER BY zone",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing DNS zones"))?;
        let zones = rows.into_iter().map(ZoneRow::into_zone).collect::<StoreResult<_>>()?;
        Ok(AddedDnsZones { revision, zones })
    }

    async fn add_dns_zone(&self, zone: &AddedDnsZone, tested: Option<&DnsZoneNote>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        insert(&mut tx, zone).await?;
        note_trial(&mut tx, &zone.settings.zone, tested).await?;
        count_change(&mut tx).await?;
        commit(tx).await
    }

    async fn change_dns_zone(&self, zone: &AddedDnsZone, tested: Option<&DnsZoneNote>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        delete(&mut tx, &zone.settings.zone).await?;
        insert(&mut tx, zone).await?;
        note_trial(&mut tx, &zone.settings.zone, tested).await?;
        count_change(&mut tx).await?;
        commit(tx).await
    }

    async fn remove_dns_zone(&self, zone: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        delete(&mut tx, zone).await?;
        count_change(&mut tx).await?;
        commit(tx).await
    }

    async fn dns_zone_notes(&self) -> StoreResult<BTreeMap<String, DnsZoneNotes>> {
        type Row = (String, Option<i64>, Option<String>, Option<i64>, Option<String>);
        let mut tx = self.look().await?;
        let rows: Vec<Row> =
            sqlx::query_as("SELECT zone, tested_at, test_failure, used_at, use_failure FROM dns_zone_note")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("listing what was seen of DNS zones"))?;
        let note = |at: Option<i64>, failure| at.map(|at| DnsZoneNote { at: Timestamp(at), failure });
        let notes = |(zone, tested_at, test_failure, used_at, use_failure)| {
            (zone, DnsZoneNotes { tested: note(tested_at, test_failure), used: note(used_at, use_failure) })
        };
        Ok(rows.into_iter().map(notes).collect())
    }

    async fn note_dns_trial(&self, zone: &str, note: &DnsZoneNote) -> StoreResult<()> {
        let mut tx = self.write().await?;
        note_trial(&mut tx, zone, Some(note)).await?;
        commit(tx).await
    }

    async fn note_dns_uses(&self, uses: &[(String, DnsZoneNote)]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for (zone, note) in uses {
            sqlx::query(
                "INSERT INTO dns_zone_note (zone, used_at, use_failure) VALUES ($1, $2, $3)
                 ON CONFLICT (zone) DO UPDATE SET used_at = excluded.used_at, use_failure = excluded.use_failure",
            )
            .bind(zone)
            .bind(note.at.0)
            .bind(&note.failure)
            .execute(&mut *tx)
            .await
            .map_err(failed("remembering the use of a DNS zone"))?;
        }
        commit(tx).await
    }
}

async fn revision(tx: &mut SqliteConnection) -> StoreResult<i64> {
    sqlx::query_scalar("SELECT number FROM dns_zone_revision WHERE id = 1")
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("reading the revision of the DNS zones"))
}

async fn count_change(tx: &mut SqliteConnection) -> StoreResult<()> {
    sqlx::query("UPDATE dns_zone_revision SET number = number + 1 WHERE id = 1")
        .execute(&mut *tx)
        .await
        .map_err(failed("counting a change of the DNS zones"))?;
    Ok(())
}

async fn insert(tx: &mut SqliteConnection, zone: &AddedDnsZone) -> StoreResult<()> {
    let settings = &zone.settings;
    let added = sqlx::query(
        "INSERT INTO dns_zone (zone, kind, server, provider, key_name, algorithm, secret, command, check_at, ttl,
                               timeout, propagation_timeout, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&settings.zone)
    .bind(settings.kind.as_str())
    .bind(&settings.server)
    .bind(&settings.provider)
    .bind(&settings.key_name)
    .bind(&settings.algorithm)
    .bind(&zone.secret)
    .bind(json_list(&settings.command))
    .bind(json_list(&settings.check_at))
    .bind(settings.ttl)
    .bind(settings.timeout)
    .bind(settings.propagation_timeout)
    .bind(&zone.by)
    .bind(zone.at.0)
    .execute(&mut *tx)
    .await;
    match added {
        Err(error) if breaks_unique(&error, "dns_zone.zone") => Err(conflict("DNS zone", &settings.zone)),
        other => other.map(drop).map_err(failed("adding a DNS zone")),
    }
}

async fn delete(tx: &mut SqliteConnection, zone: &str) -> StoreResult<()> {
    let removed = sqlx::query("DELETE FROM dns_zone WHERE zone = $1")
        .bind(zone)
        .execute(&mut *tx)
        .await
        .map_err(failed("removing a DNS zone"))?;
    if removed.rows_affected() == 0 {
        return Err(not_found("DNS zone", zone));
    }
    sqlx::query("DELETE FROM dns_zone_note WHERE zone = $1")
        .bind(zone)
        .execute(&mut *tx)
        .await
        .map_err(failed("forgetting what was seen of a DNS zone"))?;
    Ok(())
}

async fn note_trial(tx: &mut SqliteConnection, zone: &str, note: Option<&DnsZoneNote>) -> StoreResult<()> {
    let Some(note) = note else { return Ok(()) };
    sqlx::query(
        "INSERT INTO dns_zone_note (zone, tested_at, test_failure) VALUES ($1, $2, $3)
         ON CONFLICT (zone) DO UPDATE SET tested_at = excluded.tested_at, test_failure = excluded.test_failure",
    )
    .bind(zone)
    .bind(note.at.0)
    .bind(&note.failure)
    .execute(&mut *tx)
    .await
    .map_err(failed("remembering the trial of a DNS zone"))?;
    Ok(())
}
