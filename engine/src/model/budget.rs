//! What is left of the limits of a provider, as gauges show it.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// What is left of one limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauge {
    /// The limit's name in the configuration, e.g. `new_orders`.
    pub limit: String,
    /// Its name for people, e.g. `new orders per account`.
    pub words: String,
    /// For which registered domain, set of names or name it is; empty for an account as a whole, and where none of its kind was
    /// used of late.
    pub subject: String,
    /// How many are left.
    pub left: u32,
    /// How many there are at most.
    pub capacity: u32,
    /// In how many seconds an empty one is full again.
    pub seconds: u32,
    /// When there is one more; `None` where all are there.
    pub next_at: Option<Timestamp>,
    /// When all are there again; `None` where they are.
    pub full_at: Option<Timestamp>,
}

/// What is left of a provider's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The limits that are counted: those of the account, and the tightest of the others.
    pub gauges: Vec<Gauge>,
    /// How long many new names would take, in a sentence without its full stop; empty where no limit is known.
    pub forecast: String,
}
