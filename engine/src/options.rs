//! The options as runs use them, and what may be set. The catalogue is [`crate::model::OPTIONS`].

use crate::model::{
    KEY_TYPE, KeyType, OPTIONS, OptionRow, OptionSpec, READD_PER_WEEK, REPLACE_EV_OV, REPLACE_FOREIGN, RSA_COMPANION,
};
use crate::plan::replace::ForeignCertificates;
use crate::plan::shrink::ReaddPolicy;
use crate::store::{OptionValue, Store, StoreError, StoreResult};

/// What leaves a user's choice to the server.
const RESET: &str = "reset";

/// Why an option was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// There is no such option.
    #[error("no option named {0}; there are {known}", known = OPTIONS.map(|option| option.key).join(", "))]
    Unknown(String),
    /// The option does not take the value.
    #[error("option {key} cannot be {value:?}: it takes {allowed}")]
    Value {
        /// The option.
        key: &'static str,
        /// What was to be set.
        value: String,
        /// What it takes.
        allowed: String,
    },
    /// The option is switched on only by somebody who knows what that means.
    #[error("option {key} was not switched on, since that has to be confirmed: {confirmation}")]
    Unconfirmed {
        /// The option.
        key: &'static str,
        /// What has to be confirmed.
        confirmation: &'static str,
    },
}

/// Whether whoever sets an option confirmed what has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It was confirmed.
    Given,
    /// It was not asked for, or refused.
    Missing,
}

/// What the options come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    /// Whether certificates of others may be replaced.
    pub(crate) foreign: ForeignCertificates,
    /// How often names that pass again are added.
    pub(crate) readd: ReaddPolicy,
    /// Which keys certificates get, unless their user has another choice.
    pub(crate) key_type: KeyType,
    /// Which keys the companions of ECDSA certificates get; `None` for no companions.
    pub(crate) companion: Option<KeyType>,
}

/// Read every option: what is set, or the default. Values of options that this version does not know stay where they are.
pub(crate) async fn read(store: &dyn Store) -> StoreResult<Vec<OptionRow>> {
    let mut set = store.option_values().await?;
    let row = |option: &OptionSpec| {
        let Some(place) = set.iter().position(|value| value.key == option.key) else {
            return Ok(OptionRow { key: option.key.into(), value: option.default.into(), set: None });
        };
        let OptionValue { key, value, set_by, set_at } = set.swap_remove(place);
        match option.takes(&value) {
            true => Ok(OptionRow { key, value, set: Some((set_by, set_at)) }),
            false => Err(StoreError::Corrupt { table: "option_value", column: "value", value }),
        }
    };
    OPTIONS.iter().map(row).collect()
}

/// Read what the options come to.
pub(crate) async fn decided(store: &dyn Store) -> StoreResult<Decided> {
    Ok(decide(&read(store).await?))
}

/// Refuse what cannot be set; `now` is what counts at present.
pub(crate) fn check(
    key: &str,
    value: &str,
    now: &[OptionRow],
    confirmation: Confirmation,
) -> Result<&'static OptionSpec, OptionError> {
    let option = OptionSpec::find(key).ok_or_else(|| OptionError::Unknown(key.to_owned()))?;
    if !option.takes(value) {
        return Err(OptionError::Value { key: option.key, value: value.to_owned(), allowed: option.allowed() });
    }
    let switches_on = value == "on" && self::value(now, key) != "on";
    if switches_on && !option.confirmation.is_empty() && confirmation == Confirmation::Missing {
        return Err(OptionError::Unconfirmed { key: option.key, confirmation: option.confirmation });
    }
    Ok(option)
}

/// Read which keys a user's certificates are to get; `reset` leaves it to the server.
pub(crate) fn key_choice(word: &str) -> Result<Option<KeyType>, OptionError> {
    if word == RESET {
        return Ok(None);
    }
    let refused = || {
        let allowed = format!("one of {}, {RESET}", KeyType::WORDS.join(", "));
        OptionError::Value { key: KEY_TYPE, value: word.to_owned(), allowed }
    };
    KeyType::parse(word).map(Some).ok_or_else(refused)
}

/// Tell what counts for an option; empty where it is not among the rows.
pub(crate) fn value<'a>(rows: &'a [OptionRow], key: &str) -> &'a str {
    rows.iter().find(|row| row.key == key).map_or("", |row| row.value.as_str())
}

fn decide(rows: &[OptionRow]) -> Decided {
    let foreign = match (value(rows, REPLACE_FOREIGN), value(rows, REPLACE_EV_OV)) {
        ("on", "on") => ForeignCertificates::ReplaceAll,
        ("on", _) => ForeignCertificates::ReplaceDomainValidated,
        _ => ForeignCertificates::LeaveAlone,
    };
    let usual = ReaddPolicy::default();
    let per_week = value(rows, READD_PER_WEEK).parse().unwrap_or(usual.per_week);
    let key_type = KeyType::parse(value(rows, KEY_TYPE)).unwrap_or_default();
    let companion = KeyType::parse(value(rows, RSA_COMPANION));
    Decided { foreign, readd: ReaddPolicy { per_week, ..usual }, key_type, companion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OptionKind;

    /// The first options with these values.
    fn rows<const N: usize>(values: [&str; N]) -> Vec<OptionRow> {
        let row =
            |(option, value): (&OptionSpec, &str)| OptionRow { key: option.key.into(), value: value.into(), set: None };
        OPTIONS.iter().zip(values).map(row).collect()
    }

    #[test]
    fn the_defaults_are_those_of_the_plan() {
        let defaults = decide(&rows(OPTIONS.map(|option| option.default)));
        let (foreign, readd) = (ForeignCertificates::default(), ReaddPolicy::default());
        assert_eq!(defaults, Decided { foreign, readd, key_type: KeyType::default(), companion: None });
    }

    #[test]
    fn every_kind_of_key_is_known() {
        let OptionKind::Choice(words) = OptionSpec::find(KEY_TYPE).unwrap().kind else { panic!("it is a choice") };
        let kinds: std::collections::HashSet<_> =
            words.iter().map(|word| decide(&rows(["off", "off", "2", word])).key_type).collect();
        assert_eq!(kinds.len(), words.len());
    }

    #[test]
    fn ev_and_ov_certificates_are_replaced_only_with_both_options() {
        let foreign = |one, other| decide(&rows([one, other, "2", "ecdsa-p256"])).foreign;
        assert_eq!(foreign("off", "off"), ForeignCertificates::LeaveAlone);
        assert_eq!(foreign("off", "on"), ForeignCertificates::LeaveAlone);
        assert_eq!(foreign("on", "off"), ForeignCertificates::ReplaceDomainValidated);
        assert_eq!(foreign("on", "on"), ForeignCertificates::ReplaceAll);
    }

    #[test]
    fn what_has_to_be_confirmed_is_confirmed_once() {
        let try_it = |now: &[OptionRow], confirmation| check(REPLACE_EV_OV, "on", now, confirmation);
        let off = rows(["on", "off", "2", "ecdsa-p256"]);
        assert!(matches!(try_it(&off, Confirmation::Missing), Err(OptionError::Unconfirmed { .. })));
        assert!(try_it(&off, Confirmation::Given).is_ok());
        assert!(try_it(&rows(["on", "on", "2", "ecdsa-p256"]), Confirmation::Missing).is_ok(), "it is on already");
        assert!(check(REPLACE_EV_OV, "off", &off, Confirmation::Missing).is_ok());
    }

    #[test]
    fn a_users_choice_of_keys_can_be_left_to_the_server() {
        assert_eq!(key_choice("reset"), Ok(None));
        let said = key_choice("rsa").unwrap_err().to_string();
        assert!(said.starts_with("option key-type cannot be \"rsa\": it takes one of ecdsa-p256, "), "{said}");
        assert!(said.ends_with(", reset"), "{said}");
    }

    #[test]
    fn a_refusal_names_what_there_is() {
        let said = |key, value| check(key, value, &[], Confirmation::Missing).unwrap_err().to_string();
        assert_eq!(
            said("replace", "on"),
            "no option named replace; there are replace-foreign, replace-ev-ov, readd-per-week, key-type, rsa-companion"
        );
        assert_eq!(said(READD_PER_WEEK, "9"), "option readd-per-week cannot be \"9\": it takes a number from 0 to 4");
    }
}
