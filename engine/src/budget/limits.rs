//! Which limits a CA sets.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What a CA limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Orders of an account.
    NewOrders,
    /// Certificates for names below a registered domain, all accounts together.
    RegisteredDomain,
    /// Certificates for exactly the same names, all accounts together.
    ExactSet,
    /// Failed validations of a name by an account.
    FailedValidations,
    /// Accounts registered from an address.
    NewAccounts,
    /// Requests from an address.
    Requests,
    /// The CA asked to wait and did not say for which limit: the account stands still.
    Unstated,
}

/// So many in so many seconds, refilled evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// How many; also the burst.
    pub capacity: u32,
    /// In how many seconds.
    pub seconds: u32,
}

impl Rate {
    /// A limit that the CA closed without naming it has no rate: it is there again at once when its moment has come.
    pub(crate) const UNSTATED: Self = Self { capacity: 1, seconds: 1 };
}

/// Why a text is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// Not of the form `300/3h`.
    #[error("limit {0:?}: expected a number, a slash and a time, e.g. 300/3h, 50/7d, or none")]
    Form(String),
    /// No limit of this name.
    #[error("there is no limit {0:?}")]
    Name(String),
}

/// Each kind with its name in the configuration and its words.
const KINDS: [(LimitKind, &str, &str); 7] = [
    (LimitKind::NewOrders, "new_orders", "new orders per account"),
    (LimitKind::RegisteredDomain, "registered_domain", "certificates per registered domain"),
    (LimitKind::ExactSet, "exact_set", "certificates for the same names"),
    (LimitKind::FailedValidations, "failed_validations", "failed validations per name"),
    (LimitKind::NewAccounts, "new_accounts", "new accounts"),
    (LimitKind::Requests, "requests", "requests"),
    (LimitKind::Unstated, "unstated", "a limit that the CA did not name"),
];

/// Let's Encrypt's limits in August 2026.
const LETS_ENCRYPT: [(LimitKind, u32, i64); 6] = [
    (LimitKind::NewOrders, 300, 3 * HOUR),
    (LimitKind::RegisteredDomain, 50, 7 * DAY),
    (LimitKind::ExactSet, 5, 7 * DAY),
    (LimitKind::FailedValidations, 5, HOUR),
    (LimitKind::NewAccounts, 10, 3 * HOUR),
    (LimitKind::Requests, 200, 1),
];

/// Those of its staging environment.
const LETS_ENCRYPT_STAGING: [(LimitKind, u32, i64); 6] = [
    (LimitKind::NewOrders, 1_500, 3 * HOUR),
    (LimitKind::RegisteredDomain, 30_000, 1),
    (LimitKind::ExactSet, 30_000, 7 * DAY),
    (LimitKind::FailedValidations, 200, HOUR),
    (LimitKind::NewAccounts, 50, 3 * HOUR),
    (LimitKind::Requests, 20, 1),
];

/// The limits of one CA; what is missing is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits {
    rates: BTreeMap<LimitKind, Rate>,
}

impl LimitKind {
    /// Name the limit as the configuration and the store spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// Read a limit's name; `None` where it is not one.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known, _)| *known == code).map(|(kind, ..)| *kind)
    }

    /// Name the limit to people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        KINDS[self as usize].2
    }
}

impl Limits {
    /// The limits of Let's Encrypt.
    #[must_use]
    pub fn lets_encrypt() -> Self {
        Self::from_table(&LETS_ENCRYPT)
    }

    /// The limits of Let's Encrypt's staging environment.
    #[must_use]
    pub fn lets_encrypt_staging() -> Self {
        Self::from_table(&LETS_ENCRYPT_STAGING)
    }

    /// The limit of ZeroSSL: 7 requests a second.
    #[must_use]
    pub fn zerossl() -> Self {
        Self::from_table(&[(LimitKind::Requests, 7, 1)])
    }

    /// No limits, as a private CA has; what the CA asks for is respected all the same.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Change limits by name, as a provider's configuration has them: `300/3h`, or `none`.
    pub fn configured<'a>(mut self, entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, LimitError> {
        for (name, text) in entries {
            // The last kind is the CA's to set.
            let known = KINDS[..KINDS.len() - 1].iter().find(|(_, code, _)| *code == name);
            let (kind, _, _) = known.ok_or_else(|| LimitError::Name(name.into()))?;
            match text.trim() {
                "none" => self.rates.remove(kind),
                rate => self.rates.insert(*kind, rate.parse()?),
            };
        }
        Ok(self)
    }

    /// The limit of a kind, if there is one.
    #[must_use]
    pub fn rate(&self, kind: LimitKind) -> Option<Rate> {
        self.rates.get(&kind).copied()
    }

    /// List the limits that there are.
    pub fn rates(&self) -> impl Iterator<Item = (LimitKind, Rate)> + '_ {
        self.rates.iter().map(|(kind, rate)| (*kind, *rate))
    }

    /// Tell every limit to people, e.g. `new orders per account: 300/3h`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.rates.iter().map(|(kind, rate)| format!("{}: {rate}", kind.words())).collect()
    }

    fn from_table(table: &[(LimitKind, u32, i64)]) -> Self {
        let rate = |capacity, seconds| Rate { capacity, seconds: u32::try_from(seconds).unwrap_or(u32::MAX) };
        Self { rates: table.iter().map(|(kind, capacity, seconds)| (*kind, rate(*capacity, *seconds))).collect() }
    }
}

/// Units of time by their letter.
const UNITS: [(char, u32); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];

impl FromStr for Rate {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let read = || {
            let (capacity, time) = text.trim().split_once('/')?;
            let (letter, seconds) = UNITS.iter().find(|(letter, _)| time.ends_with(*letter))?;
            let amount: u32 = time.strip_suffix(*letter)?.trim().parse().ok()?;
            let rate = Self { capacity: capacity.trim().parse().ok()?, seconds: amount.checked_mul(*seconds)? };
            (rate.capacity > 0 && rate.seconds > 0).then_some(rate)
        };
        read().ok_or_else(|| LimitError::Form(text.into()))
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fits = |(_, seconds): &&(char, u32)| self.seconds.is_multiple_of(*seconds);
        let (letter, seconds) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
        write!(formatter, "{}/{}{letter}", self.capacity, self.seconds / seconds)
    }
}

impl TryFrom<String> for Rate {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Self, LimitError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_name() {
        for (index, (kind, code, _)) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{code}\""));
        }
    }

    #[test]
    fn a_limit_is_written_as_it_is_read() {
        for text in ["300/3h", "50/7d", "5/90s", "1/1m"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in ["", "300", "300/", "300/3", "0/3h", "3/0h", "-1/3h", "3/h", "9/99999999d", "3/ü"] {
            assert!(text.parse::<Rate>().unwrap_err().to_string().contains("300/3h"), "{text}");
        }
    }

    #[test]
    fn a_provider_changes_limits_by_name() {
        let limits = Limits::lets_encrypt().configured([("new_orders", "1000/1h"), ("exact_set", "none")]).unwrap();
        assert_eq!(limits.rate(LimitKind::NewOrders), Some(Rate { capacity: 1_000, seconds: 3_600 }));
        assert_eq!(limits.rate(LimitKind::ExactSet), None);
        assert_eq!(limits.rate(LimitKind::RegisteredDomain).unwrap().to_string(), "50/7d");
        let error = Limits::none().configured([("orders", "1/1h")]).unwrap_err();
        assert_eq!(error.to_string(), "there is no limit \"orders\"");
        let stored = serde_json::to_string(&limits).unwrap();
        assert_eq!(serde_json::from_str::<Limits>(&stored).unwrap(), limits);
    }
}
