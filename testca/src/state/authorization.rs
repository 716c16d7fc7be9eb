//! Authorizations and their challenges (RFC 8555, sections 7.1.4 and 8).

use jiff::Timestamp;

use crate::{names::Identifier, problem::Problem, settings::PersistentRecords};

/// The challenges on offer. A wildcard needs DNS (RFC 8555, section 8.4); an address has no TXT records (RFC 8738).
const CHALLENGES: [&str; 4] = ["http-01", "dns-01", "tls-alpn-01", PERSISTENT];
/// A record that stays (draft-ietf-acme-dns-persist).
pub(crate) const PERSISTENT: &str = "dns-persist-01";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorizationStatus {
    Pending,
    Valid,
    Invalid,
    Deactivated,
    Expired,
}

impl AuthorizationStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Deactivated => "deactivated",
            Self::Expired => "expired",
        }
    }
}

pub(crate) struct Authorization {
    pub(crate) account: u64,
    pub(crate) identifier: Identifier,
    /// How long it is good for once it is valid.
    pub(crate) lifetime: std::time::Duration,
    pub(crate) expires: Timestamp,
    pub(crate) settled: AuthorizationStatus,
    pub(crate) token: String,
    pub(crate) challenges: Vec<Challenge>,
}

impl Authorization {
    pub(crate) fn status(&self, now: Timestamp) -> AuthorizationStatus {
        let expires = matches!(self.settled, AuthorizationStatus::Pending | AuthorizationStatus::Valid);
        if expires && self.expires <= now { AuthorizationStatus::Expired } else { self.settled }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeStatus {
    Pending,
    Processing,
    Valid,
    Invalid,
}

impl ChallengeStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
        }
    }
}

pub(crate) struct Challenge {
    pub(crate) kind: &'static str,
    pub(crate) status: ChallengeStatus,
    pub(crate) validated: Option<Timestamp>,
    pub(crate) error: Option<Problem>,
}

impl Challenge {
    /// Those that can prove control of `identifier`.
    pub(crate) fn all_for(identifier: &Identifier, persistent: PersistentRecords) -> Vec<Self> {
        let fits = |kind: &str| match identifier {
            _ if kind == PERSISTENT && persistent == PersistentRecords::Unknown => false,
            Identifier::Dns(_) if identifier.is_wildcard() => kind == "dns-01" || kind == PERSISTENT,
            Identifier::Dns(_) => true,
            Identifier::Ip(_) => kind != "dns-01" && kind != PERSISTENT,
        };
        let kinds = CHALLENGES.iter().copied().filter(|kind| fits(kind));
        kinds.map(|kind| Self { kind, status: ChallengeStatus::Pending, validated: None, error: None }).collect()
    }
}
