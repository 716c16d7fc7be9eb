//! What happens to jobs, in SQLite: where a job stands is read, the machine decides, and its answer is written.

use super::row::known;
use super::{failed, not_found};
use crate::model::Timestamp;
use crate::queue::machine::{self, Event, JobState, OrderState, Refusal, Standing};
use crate::store::{JobId, StoreError, StoreResult};
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct Row {
    state: String,
    since: i64,
    held: bool,
    wait_until: Option<i64>,
    has_order: bool,
    tries: u32,
}

/// Let something happen to a job, with a line in its history, unless the machine refuses.
pub(super) async fn happen(
    tx: &mut SqliteConnection,
    id: JobId,
    event: Event,
    detail: &str,
    at: Timestamp,
) -> StoreResult<()> {
    let before = read(tx, id).await?;
    let after = machine::apply(&before, event, at).map_err(|reason| match reason {
        Refusal::Over => not_found("job", id.0),
        reason => StoreError::Refused { job: id.0, reason },
    })?;
    write(tx, id, &before, &after, detail, at).await
}

async fn read(tx: &mut SqliteConnection, id: JobId) -> StoreResult<Standing> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT state, since, held, wait_until, order_url IS NOT NULL AS has_order, tries FROM job WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(tx)
    .await
    .map_err(failed("reading where a job stands"))?;
    let row = row.ok_or_else(|| not_found("job", id.0))?;
    Ok(Standing {
        state: known(JobState::parse, "job", "state", row.state)?,
        since: Timestamp(row.since),
        held: row.held,
        wait_until: row.wait_until.map(Timestamp),
        order: if row.has_order { OrderState::Known } else { OrderState::None },
        tries: row.tries,
    })
}

/// Write where the job stands now, and a line of its history; nothing happens where it does not stand any more as it was read.
async fn write(
    tx: &mut SqliteConnection,
    id: JobId,
    before: &Standing,
    after: &Standing,
    detail: &str,
    at: Timestamp,
) -> StoreResult<()> {
    let changed = sqlx::query(
        "UPDATE job SET state = $4, since = $5, held = $6, wait_until = $7, tries = $8,
             order_url = CASE WHEN $9 THEN order_url END,
             wait_code = CASE WHEN $7 IS NOT NULL THEN wait_code END,
             wait_detail = CASE WHEN $7 IS NOT NULL THEN wait_detail END
         WHERE id = $1 AND state = $2 AND tries = $3;
         INSERT INTO job_event (job_id, at, state, detail) SELECT $1, $10, $4, $11 WHERE changes() = 1",
    )
    .bind(id.0)
    .bind(before.state.as_str())
    .bind(before.tries)
    .bind(after.state.as_str())
    .bind(after.since.0)
    .bind(after.held)
    .bind(after.wait_until.map(|until| until.0))
    .bind(after.tries)
    .bind(after.order == OrderState::Known)
    .bind(at.0)
    .bind(detail)
    .execute(tx)
    .await
    .map_err(failed("writing where a job stands"))?;
    match changed.rows_affected() {
        2 => Ok(()),
        _ => Err(StoreError::Refused { job: id.0, reason: Refusal::OutOfTurn(before.state) }),
    }
}
