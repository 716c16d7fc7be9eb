//! The CA's word on when to renew (RFC 9773), and when to ask for it again.

use super::super::Seed;
use crate::analyze::Validity;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// The least and the most seconds between two questions (RFC 9773, section 4.3.2: the CA's `Retry-After`, within reason).
const BETWEEN_SECONDS: (i64, i64) = (60, 86_400);
/// Seconds until the next question after an answer without `Retry-After`, or an answer that cannot be used.
const AFTER_ERROR_SECONDS: i64 = 6 * 3_600;
/// Seconds until the next question while the CA cannot be reached, by the number of failures in a row.
const WHILE_UNREACHABLE_SECONDS: [i64; 7] = [60, 120, 300, 900, 3_600, 10_800, AFTER_ERROR_SECONDS];

/// The CA's window for a renewal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AriWindow {
    /// Its first moment.
    pub start: Timestamp,
    /// Its last moment.
    pub end: Timestamp,
    /// A page that explains the window, to be shown to the administrator.
    pub explanation_url: Option<String>,
}

impl AriWindow {
    /// Tell whether the window ends after it starts; RFC 9773 has others ignored.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.end > self.start
    }

    /// Tell whether a moment lies in the window: Let's Encrypt exempts a renewal from its limits only there.
    #[must_use]
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.is_valid() && (self.start..=self.end).contains(&moment)
    }
}

/// Why no window could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AriFailure {
    /// No answer, or a status from 500 to 599.
    Unreachable {
        /// How often in a row, this time included.
        times: u32,
    },
    /// An answer that cannot be used.
    Unusable,
}

/// How the last question for a window went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AriPoll {
    /// It was never asked.
    Never,
    /// There was an answer.
    Answered {
        /// When.
        at: Timestamp,
        /// The `Retry-After` in seconds, if the answer had one.
        retry_after: Option<i64>,
    },
    /// There was none that can be used.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        failure: AriFailure,
    },
    /// The certificate was replaced: it is not asked for any more.
    Replaced,
}

/// Tell when to ask for a certificate's window next; `None` where it has expired by then or was replaced.
///
/// `Retry-After` counts both ways, between one minute and one day. A failure never delays the renewal itself.
#[must_use]
pub fn next_poll(validity: Validity, last: AriPoll, seed: Seed) -> Option<Timestamp> {
    let next = match last {
        AriPoll::Never => return Some(validity.not_before),
        AriPoll::Replaced => return None,
        AriPoll::Answered { at, retry_after: Some(seconds) } => {
            at.plus(seconds.clamp(BETWEEN_SECONDS.0, BETWEEN_SECONDS.1))
        }
        AriPoll::Answered { at, retry_after: None } | AriPoll::Failed { at, failure: AriFailure::Unusable } => {
            at.plus(AFTER_ERROR_SECONDS)
        }
        AriPoll::Failed { at, failure: AriFailure::Unreachable { times } } => {
            let index = (times.max(1) as usize - 1).min(WHILE_UNREACHABLE_SECONDS.len() - 1);
            at.plus(seed.with(u64::from(times)).around(WHILE_UNREACHABLE_SECONDS[index], 10))
        }
    };
    (next < validity.not_after).then_some(next)
}
