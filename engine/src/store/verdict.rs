//! What our own check of names found, over time.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// A finding about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRecord {
    /// The stable code; `passed` where nothing stands in the way.
    pub code: String,
    /// What was seen.
    pub evidence: String,
    /// When it was found first.
    pub first_at: Timestamp,
    /// When it was found last.
    pub last_at: Timestamp,
    /// How often in a row.
    pub times: u32,
}

/// What our own check of names found.
#[async_trait]
pub trait VerdictStore: Send + Sync {
    /// Remember what was found about names: name, code and evidence. The same code again is counted, another is a new record.
    async fn record_verdicts(&self, found: &[(String, String, String)], at: Timestamp) -> StoreResult<()>;

    /// List what was found about a name, the newest first, at most twenty.
    async fn verdicts(&self, name: &str) -> StoreResult<Vec<VerdictRecord>>;
}
