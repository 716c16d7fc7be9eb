//! The value of a persistent validation record: an issue-value (RFC 8659, section 4.2) with the parameters of the draft's section 4.1.

use crate::model::Timestamp;
use std::fmt;

/// Strings of a TXT record are that long at most (RFC 1035, section 3.3).
const LONGEST_STRING: usize = 255;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The certificate authority.
    pub(crate) issuer: String,
    /// The account, as a URI.
    pub(crate) account: String,
    /// Whether it is for wildcards and names below the domain, too.
    pub(crate) wildcard: bool,
    /// The moment after which it is not valid any more.
    pub(crate) until: Option<Timestamp>,
}

impl Record {
    /// Read a value: the authority that it is for, and what it says or why that cannot be read. `None` where it is for nobody.
    pub(crate) fn read(value: &str) -> Option<(&str, Result<Self, String>)> {
        let mut parts = value.split(';').map(trimmed);
        let issuer = parts.next().filter(|issuer| !issuer.is_empty())?;
        Some((issuer, Self::parameters(issuer, parts)))
    }

    fn parameters<'a>(issuer: &str, parts: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut seen: Vec<String> = Vec::new();
        let mut record = Self { issuer: issuer.to_owned(), account: String::new(), wildcard: false, until: None };
        for part in parts {
            let (tag, value) = part.split_once('=').ok_or_else(|| format!("{part:?} is not tag=value"))?;
            let (tag, value) = (trimmed(tag).to_ascii_lowercase(), trimmed(value));
            if tag.is_empty() || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Err(format!("{tag:?} is not a tag"));
            }
            if let Some(wrong) = value.chars().find(|letter| !('!'..='~').contains(letter)) {
                return Err(format!("{tag} holds {wrong:?}"));
            }
            if seen.contains(&tag) {
                return Err(format!("{tag} stands there twice"));
            }
            match tag.as_str() {
                "accounturi" => record.account = value.to_owned(),
                "policy" => record.wildcard = value.eq_ignore_ascii_case("wildcard"),
                "persistuntil" => {
                    let moment =
                        value.parse().map_err(|_| format!("persistUntil={value} is not a number of seconds"))?;
                    record.until = Some(Timestamp(moment));
                }
                _ => {}
            }
            seen.push(tag);
        }
        if record.account.is_empty() { Err("accounturi is missing".into()) } else { Ok(record) }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; accounturi={}", self.issuer, self.account)?;
        if self.wildcard {
            formatter.write_str("; policy=wildcard")?;
        }
        match self.until {
            Some(until) => write!(formatter, "; persistUntil={}", until.0),
            None => Ok(()),
        }
    }
}

/// Write a TXT record as zone files have it, in as many strings as it takes.
pub(crate) fn zone_file_line(name: &str, value: &str) -> String {
    let mut strings: Vec<String> = vec![String::new()];
    let mut length = 0;
    for letter in value.chars().filter(char::is_ascii) {
        if length == LONGEST_STRING {
            strings.push(String::new());
            length = 0;
        }
        if let Some(last) = strings.last_mut() {
            if matches!(letter, '"' | '\\') {
                last.push('\\');
            }
            last.push(letter);
        }
        length += 1;
    }
    let strings: Vec<String> = strings.into_iter().map(|text| format!("\"{text}\"")).collect();
    format!("{name}. IN TXT {}", strings.join(" "))
}

/// Take off what RFC 8659 calls WSP.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Record, String> {
        Record::read(value).unwrap().1
    }

    #[test]
    fn what_is_written_is_read_back() {
        let record = Record {
            issuer: "ca.test".into(),
            account: "https://ca.test/acct/1".into(),
            wildcard: true,
            until: Some(Timestamp(1_721_952_000)),
        };
        let text = "ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; persistUntil=1721952000";
        assert_eq!(record.to_string(), text);
        assert_eq!(read(text).unwrap(), record);
        let plain = Record { wildcard: false, until: None, ..record };
        assert_eq!(read(&plain.to_string()).unwrap(), plain);
    }

    #[test]
    fn blanks_case_and_unknown_parameters_do_not_matter() {
        let record = read(" \tca.test ;AccountURI = x\t;  POLICY=WildCard ; later=1;PersistUntil=5").unwrap();
        assert_eq!((record.account.as_str(), record.wildcard, record.until), ("x", true, Some(Timestamp(5))));
        assert!(!read("ca.test;accounturi=x;policy=all").unwrap().wildcard, "another policy counts as none");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_reason() {
        for (value, reason) in [
            ("ca.test", "accounturi is missing"),
            ("ca.test; accounturi=", "accounturi is missing"),
            ("ca.test; accounturi=x;", "\"\" is not tag=value"),
            ("ca.test; accounturi", "\"accounturi\" is not tag=value"),
            ("ca.test; account_uri=x", "\"account_uri\" is not a tag"),
            ("ca.test; accounturi=x; ACCOUNTURI=y", "accounturi stands there twice"),
            ("ca.test; accounturi=a b", "accounturi holds ' '"),
            ("ca.test; accounturi=x; persistUntil=soon", "persistUntil=soon is not a number of seconds"),
        ] {
            assert_eq!(read(value).unwrap_err(), reason, "{value}");
        }
        for nobody in ["", " ", ";", "; accounturi=x"] {
            assert!(Record::read(nobody).is_none(), "{nobody}");
        }
    }

    #[test]
    fn a_long_value_becomes_several_strings() {
        assert_eq!(zone_file_line("a.test", "x; y=\"\\"), r#"a.test. IN TXT "x; y=\"\\""#);
        let line = zone_file_line("a.test", &"v".repeat(256));
        assert_eq!(line, format!("a.test. IN TXT \"{}\" \"v\"", "v".repeat(255)));
    }
}
