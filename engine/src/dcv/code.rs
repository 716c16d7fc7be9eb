//! What a check can find: one stable code each, with its words. The words are in `code/catalogue.rs`; what was seen in
//! one case is a [`Finding`](super::Finding)'s evidence.

mod catalogue;

pub use catalogue::Code;

use super::Severity;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The row of the catalogue for one code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) when: &'static str,
    pub(super) cause: &'static str,
    pub(super) remedy: &'static str,
}

/// A text that names no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code {0:?} is not in the catalogue")]
pub struct UnknownCode(pub String);

impl Code {
    /// Return the stable name, in snake case; [`str::parse`] reads it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Say in one sentence what is wrong.
    #[must_use]
    pub fn cause(self) -> &'static str {
        self.row().cause
    }

    /// Say what to do.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// Say precisely when the code is given, for the documentation.
    #[must_use]
    pub fn when(self) -> &'static str {
        self.row().when.trim()
    }

    /// Return how serious it is, unless another method of validation makes up for it.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.row().severity
    }
}

/// Say what to do about a code; nothing where it is not in the catalogue.
#[must_use]
pub fn remedy_of(code: &str) -> String {
    code.parse().map_or_else(|_| String::new(), |code: Code| code.remedy().to_owned())
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::all().iter().find(|code| code.as_str() == text);
        found.copied().ok_or_else(|| UnknownCode(text.chars().take(80).collect()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_has_its_own_name_and_all_its_words() {
        let mut names = HashSet::new();
        for code in Code::all() {
            let name = code.as_str();
            assert!(names.insert(name), "{name} is named twice");
            assert!(
                name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit()),
                "{name}"
            );
            assert_eq!(name.parse(), Ok(*code));
            for text in [code.when(), code.cause(), code.remedy()] {
                assert!(text.len() > 15 && text.ends_with('.') && !text.contains("  "), "{name}: {text:?}");
            }
            assert_eq!(code.cause().matches(". ").count(), 0, "{name}: the cause is one sentence");
        }
    }

    #[test]
    fn a_code_is_serialised_by_its_name() {
        assert_eq!(serde_json::to_string(&Code::DnsTimeout).unwrap(), "\"dns_timeout\"");
        assert_eq!(serde_json::from_str::<Code>("\"dns_timeout\"").unwrap(), Code::DnsTimeout);
        assert_eq!("gone".parse::<Code>(), Err(UnknownCode("gone".into())));
    }

    /// `DCV_CODES=write cargo test --lib` writes the file anew.
    #[test]
    fn the_documented_catalogue_is_this_one() {
        let mut text = String::from(
            "# What the local DCV finds\n\nMade from `dcv/code/catalogue.rs` and compared with it by a test; change the words there.\n\
             *Severity* is how serious a code is by itself: what blocks HTTP-01 becomes a warning where DNS-01 works instead.\n",
        );
        for code in Code::all() {
            text += &format!(
                "\n## `{code}`\n\n- **Severity:** {:?}\n- **When:** {}\n- **Cause:** {}\n- **Remedy:** {}\n",
                code.severity(),
                code.when(),
                code.cause(),
                code.remedy()
            );
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dcv-codes.md");
        if std::env::var_os("DCV_CODES").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{path} is not up to date: run with DCV_CODES=write");
    }
}
