//! Hosting users and whether AutoSSL works for them.

use super::{Direction, KeyType, Timestamp, WebsiteRow};
use serde::{Deserialize, Serialize};

/// An administrator's decision for one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Override {
    /// AutoSSL works for the user whatever the feature list says.
    Enabled,
    /// AutoSSL leaves the user alone whatever the feature list says.
    Disabled,
    /// No override: the feature list's setting counts.
    #[default]
    Inherited,
}

impl Override {
    /// Name the override as the store and the logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Inherited => "inherited",
        }
    }

    /// Read an override's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled, Self::Inherited].into_iter().find(|value| value.as_str() == name)
    }
}

/// Whether AutoSSL is on: by a package's feature list, or as the result for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSetting {
    /// AutoSSL is on.
    On,
    /// AutoSSL is off.
    Off,
}

impl FeatureSetting {
    /// Apply a user's override to the feature list's setting.
    #[must_use]
    pub const fn with(self, decision: Override) -> Self {
        match decision {
            Override::Enabled => Self::On,
            Override::Disabled => Self::Off,
            Override::Inherited => self,
        }
    }
}

/// How the last check of a user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Every name is secured.
    Secured,
    /// Some names are secured and some could not be.
    Incomplete,
    /// Nothing could be secured.
    Failed,
}

impl CheckResult {
    /// Name the result as the store and the logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secured => "secured",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }

    /// Read a result's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Secured, Self::Incomplete, Self::Failed].into_iter().find(|value| value.as_str() == name)
    }
}

/// One user in the listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// The account's name.
    pub name: String,
    /// The reseller that owns the account.
    pub owner: String,
    /// The package, whose feature list decides by default.
    pub package: String,
    /// The first website's primary name as people write it, if there is a website.
    pub primary_domain: Option<String>,
    /// Suspended users are skipped.
    pub suspended: bool,
    /// What the feature list says.
    pub feature: FeatureSetting,
    /// What the administrator said.
    pub decision: Override,
    /// The names that are in a valid certificate.
    pub names_secured: u32,
    /// The names that are not excluded.
    pub names_total: u32,
    /// When the user was last checked.
    pub checked_at: Option<Timestamp>,
    /// How that check ended.
    pub result: Option<CheckResult>,
}

impl UserRow {
    /// Tell whether AutoSSL works for the user: the override, else the feature list.
    #[must_use]
    pub const fn autossl(&self) -> FeatureSetting {
        self.feature.with(self.decision)
    }
}

/// One user with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetail {
    /// The user, as in the listing.
    pub row: UserRow,
    /// Where notifications go.
    pub email: String,
    /// Which keys the user's certificates get; `None` where the server's choice counts.
    pub key_type: Option<KeyType>,
    /// The server's choice.
    pub server_key_type: KeyType,
    /// The user's websites, by primary name.
    pub websites: Vec<WebsiteRow>,
}

/// What users are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserSort {
    /// The account's name.
    #[default]
    Name,
    /// The package's name.
    Package,
    /// The share of names that are secured.
    Coverage,
    /// When the user was last checked; never checked counts as oldest.
    Checked,
}

/// Which users to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserQuery {
    /// Part of a user's name or of one of the user's domains; empty for all.
    #[serde(default)]
    pub search: String,
    /// Only users with this override, if given.
    #[serde(default)]
    pub decision: Option<Override>,
    /// Only users whose last check ended so, if given.
    #[serde(default)]
    pub result: Option<CheckResult>,
    /// What to sort by.
    #[serde(default)]
    pub sort: UserSort,
    /// Which way.
    #[serde(default)]
    pub direction: Direction,
    /// The page, from 1; 0 counts as 1.
    #[serde(default)]
    pub page: u32,
    /// Rows on a page; 0 counts as 25, more than 500 as 500.
    #[serde(default)]
    pub per_page: u32,
}
