//! How long a name has failed, and how often it is worth asking again.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A name that has pointed elsewhere for longer than this has moved away.
const MOVED_AFTER_SECONDS: i64 = 30 * 86_400;
/// A failure that is older than this is not news.
const PERSISTENT_AFTER_SECONDS: i64 = 7 * 86_400;

/// Why a name fails, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// It resolves to another server, or does not exist.
    PointsElsewhere,
    /// It resolves here and fails for another reason.
    Other,
}

/// How long a name has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// For 7 days at most.
    Recent,
    /// For longer.
    Persistent,
    /// For more than 30 days, because it points elsewhere: it is asked for weekly only (see
    /// [`crate::queue::backoff::Ladder`]) and not in the nightly mail.
    MovedAway,
}

/// Whether a name is in the nightly mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailing {
    /// It is.
    Listed,
    /// It is not; pages and logs still show it.
    Quiet,
}

impl Persistence {
    /// Tell whether the nightly mail lists the name.
    #[must_use]
    pub const fn mailing(self) -> Mailing {
        match self {
            Self::Recent | Self::Persistent => Mailing::Listed,
            Self::MovedAway => Mailing::Quiet,
        }
    }
}

/// Tell how long a name has failed that has not passed since `since`. `cause` is that of every failure in that time.
#[must_use]
pub fn persistence(since: Timestamp, cause: FailureCause, now: Timestamp) -> Persistence {
    match (now.since(since), cause) {
        (age, FailureCause::PointsElsewhere) if age > MOVED_AFTER_SECONDS => Persistence::MovedAway,
        (age, _) if age > PERSISTENT_AFTER_SECONDS => Persistence::Persistent,
        _ => Persistence::Recent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn after(seconds: i64, cause: FailureCause) -> Persistence {
        persistence(Timestamp(0), cause, Timestamp(seconds))
    }

    #[test]
    fn a_name_has_moved_away_after_more_than_thirty_days_elsewhere() {
        assert_eq!(after(30 * DAY, FailureCause::PointsElsewhere), Persistence::Persistent);
        assert_eq!(after(30 * DAY + 1, FailureCause::PointsElsewhere), Persistence::MovedAway);
        assert_eq!(Persistence::MovedAway.mailing(), Mailing::Quiet);
    }

    #[test]
    fn a_name_that_points_here_never_moves_away_and_stays_in_the_mail() {
        assert_eq!(after(7 * DAY, FailureCause::Other), Persistence::Recent);
        assert_eq!(after(300 * DAY, FailureCause::Other), Persistence::Persistent);
        assert_eq!(Persistence::Persistent.mailing(), Mailing::Listed);
    }
}
