//! What an administrator decides for the whole server: the catalogue of options, and what values they take.

use super::{KeyType, Timestamp};
use serde::{Deserialize, Serialize};

/// Whether certificates of others may be replaced.
pub const REPLACE_FOREIGN: &str = "replace-foreign";
/// Whether those of them that prove more than control of a name may be replaced, too.
pub const REPLACE_EV_OV: &str = "replace-ev-ov";
/// How often in a week names that pass again are added to a website's certificate.
pub const READD_PER_WEEK: &str = "readd-per-week";
/// Which keys certificates get.
pub const KEY_TYPE: &str = "key-type";
/// Whether certificates with an RSA key are had beside those with an ECDSA key, and of which size.
pub const RSA_COMPANION: &str = "rsa-companion";

/// Every option, in the order in which it is shown.
pub const OPTIONS: [OptionSpec; 5] = [
    OptionSpec {
        key: REPLACE_FOREIGN,
        title: "Replace certificates of others that are invalid or about to expire",
        kind: OptionKind::Switch,
        default: "off",
        sentence: "AutoSSL puts certificates of its own in the place of those that it did not issue, once they are \
                   invalid or expire within 3 days.",
        caution: "Leave this off unless you know what it does to your users. A certificate that AutoSSL did not issue \
                  was usually paid for, and whoever paid for it will want to renew it there. EV and OV certificates \
                  stay protected by the next option.",
        confirmation: "",
    },
    OptionSpec {
        key: REPLACE_EV_OV,
        title: "Replace EV and OV certificates, too",
        kind: OptionKind::Switch,
        default: "off",
        sentence: "The option above also applies to certificates that prove more than control of a name: Extended \
                   Validation (EV), Organization Validated (OV) and Individual Validated (IV). Without that option, this \
                   one does nothing.",
        caution: "",
        confirmation: "an expiring or invalid EV, OV or IV certificate is replaced, unasked, by one that is only domain \
                       validated",
    },
    OptionSpec {
        key: READD_PER_WEEK,
        title: "Orders for names that pass again, for each website in a week",
        kind: OptionKind::Number { least: 0, most: 4 },
        default: "2",
        sentence: "A name that failed and passes again is added to its website’s certificate by an order of its own, at \
                   most so many times in 7 days; 0 leaves it to the next renewal.",
        caution: "",
        confirmation: "",
    },
    OptionSpec {
        key: KEY_TYPE,
        title: "Keys of new certificates",
        kind: OptionKind::Choice(&KeyType::WORDS),
        default: "ecdsa-p256",
        sentence: "Each new certificate gets a key of this kind; those that are in place keep theirs until they are renewed. \
                   RSA is for clients that are very old, and takes far longer to load and to sign with. A user may have \
                   another choice.",
        caution: "",
        confirmation: "",
    },
    OptionSpec {
        key: RSA_COMPANION,
        title: "RSA certificates beside ECDSA certificates",
        kind: OptionKind::Choice(&["off", "rsa-2048", "rsa-3072", "rsa-4096"]),
        default: "off",
        sentence: "Each certificate with an ECDSA key gets a companion: a second certificate for the same names with an RSA \
                   key of this size, for clients that cannot do ECDSA. Services that take two certificates for a name present \
                   both; the others present the first one alone.",
        caution: "Each companion is an order of its own, which counts against the provider’s limits: a server with many \
                  websites gets them over some time.",
        confirmation: "",
    },
];

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// `on` or `off`.
    Switch,
    /// A whole number.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One thing that can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// The name that the command line and the store use.
    pub key: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What values it takes.
    pub kind: OptionKind,
    /// The value that counts until another is set.
    pub default: &'static str,
    /// What it does.
    pub sentence: &'static str,
    /// What to think of first; empty where there is nothing.
    pub caution: &'static str,
    /// What a person has to confirm before it is switched on, as a part of a sentence; empty where nothing has to be.
    pub confirmation: &'static str,
}

impl OptionSpec {
    /// Find an option by its key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.key == key)
    }

    /// Tell whether the option takes a value, spelt exactly so.
    #[must_use]
    pub fn takes(&self, value: &str) -> bool {
        match self.kind {
            OptionKind::Switch => matches!(value, "on" | "off"),
            OptionKind::Number { least, most } => {
                let number = value.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
                number.is_some_and(|number| number.to_string() == value)
            }
            OptionKind::Choice(words) => words.contains(&value),
        }
    }

    /// Say which values the option takes, e.g. `on or off`.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self.kind {
            OptionKind::Switch => "on or off".into(),
            OptionKind::Number { least, most } => format!("a number from {least} to {most}"),
            OptionKind::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// An option as it is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionRow {
    /// See [`OptionSpec::key`].
    pub key: String,
    /// What counts now.
    pub value: String,
    /// Who set it last, and when; `None` where the default was never changed.
    pub set: Option<(String, Timestamp)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_takes_its_default_and_is_found_by_its_key() {
        for option in &OPTIONS {
            assert!(option.takes(option.default), "{}", option.key);
            assert_eq!(OptionSpec::find(option.key), Some(option), "a key stands once");
            assert!(option.sentence.ends_with('.') && !option.title.ends_with('.'), "{}", option.key);
        }
        assert_eq!(OptionSpec::find("replace"), None);
    }

    #[test]
    fn a_value_is_taken_only_as_it_is_spelt() {
        let takes = |key, value| OptionSpec::find(key).unwrap().takes(value);
        assert!(takes(REPLACE_FOREIGN, "on") && !takes(REPLACE_FOREIGN, "On") && !takes(REPLACE_FOREIGN, ""));
        assert!(takes(KEY_TYPE, "rsa-2048") && !takes(KEY_TYPE, "rsa") && !takes(KEY_TYPE, ""));
        assert!(takes(READD_PER_WEEK, "0") && takes(READD_PER_WEEK, "4"));
        for wrong in ["5", "-1", "02", "+2", " 2", "two"] {
            assert!(!takes(READD_PER_WEEK, wrong), "{wrong:?}");
        }
    }
}
