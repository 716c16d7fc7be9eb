//! Patterns of names that the administrator leaves out on the whole server.

use serde::{Deserialize, Serialize};

/// A pattern over names: `*` stands for any characters, dots included, `?` for one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A character that no name has.
    #[error("pattern {pattern:?}: {character:?} cannot be part of a name")]
    Character {
        /// The text.
        pattern: String,
        /// The character.
        character: char,
    },
    /// It matches every name.
    #[error("pattern {0:?}: it matches every name; disable AutoSSL instead")]
    Everything(String),
}

impl Pattern {
    /// Read a pattern, in any case; `*.internal.test` and `cpanel.*` are examples.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let pattern = text.trim().to_lowercase();
        let is_known = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '?');
        if let Some(character) = pattern.chars().find(|c| !is_known(c)) {
            return Err(PatternError::Character { pattern: text.into(), character });
        }
        if pattern.chars().all(|c| matches!(c, '*' | '.' | '?')) {
            return Err(PatternError::Everything(text.into()));
        }
        Ok(Self(pattern))
    }

    /// Tell whether the whole of a name, in lower case, fits the pattern.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        // After a mismatch only the last star can take one more character, so this never backtracks further.
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut p, mut n) = (0, 0);
        let mut star = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(byte) if *byte == b'?' || *byte == name[n] => (p, n) = (p + 1, n + 1),
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }

    /// The pattern as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

/// The patterns of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exclusions(pub Vec<Pattern>);

impl Exclusions {
    /// Find the first pattern that leaves out a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Pattern> {
        self.0.iter().find(|pattern| pattern.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn a_star_stands_for_any_labels() {
        assert!(matches("*.internal.test", "a.internal.test") && matches("*.internal.test", "a.b.internal.test"));
        assert!(!matches("*.internal.test", "internal.test") && !matches("*.internal.test", "a.internal.test.org"));
        assert!(matches("cpanel.*", "cpanel.alice.test") && !matches("cpanel.*", "xcpanel.alice.test"));
        assert!(matches("a?.test", "ab.test") && !matches("a?.test", "a.test"));
        assert!(matches("*.A.test", "x.a.test"));
    }

    #[test]
    fn what_cannot_match_a_name_or_matches_all_is_refused_with_the_reason() {
        let reason = |text| Pattern::parse(text).unwrap_err().to_string();
        assert_eq!(reason("a b.test"), "pattern \"a b.test\": ' ' cannot be part of a name");
        for everything in ["", "*", "*.*", "**"] {
            assert!(matches!(Pattern::parse(everything), Err(PatternError::Everything(_))), "{everything}");
        }
    }

    // What a pattern means, as plainly as it can be said.
    fn means(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => means(rest, name),
            (Some((b'*', rest)), Some((_, others))) => means(rest, name) || means(pattern, others),
            (Some((wanted, rest)), Some((byte, others))) => (*wanted == b'?' || wanted == byte) && means(rest, others),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_plain_meaning(pattern in "[ab.*?]{0,7}[ab]", name in "[ab.]{0,10}") {
            prop_assert_eq!(matches(&pattern, &name), means(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
