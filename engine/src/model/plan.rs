//! A plan as the interface shows it.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// What a plan says about one website.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// A certificate is ordered at once.
    Order,
    /// A certificate is ordered later.
    Wait,
    /// Its certificate is installed again.
    Install,
    /// Nothing is done, although not all is well.
    Nothing,
}

/// A name that is not in a certificate, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameLeftOut {
    /// The name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// One website of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// The website's primary name.
    pub website: String,
    /// Its user.
    pub user: String,
    /// What is done.
    pub what: Planned,
    /// Why.
    pub why: String,
    /// When, where that is later, and what for.
    pub wait: Option<(Timestamp, String)>,
    /// The names that are ordered.
    pub names: Vec<String>,
    /// The names that are not.
    pub left_out: Vec<NameLeftOut>,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSheet {
    /// For which moment it holds.
    pub at: Timestamp,
    /// The provider's name.
    pub provider: String,
    /// Certificates that would be ordered at once.
    pub orders: u32,
    /// Certificates that would be ordered later.
    pub waits: u32,
    /// Certificates that would be installed again.
    pub installs: u32,
    /// Websites that are well and left alone.
    pub left_alone: u32,
    /// The websites with something to say, in the order of the plan; the first of many.
    pub rows: Vec<PlanRow>,
    /// How many more there are.
    pub more: u32,
}
