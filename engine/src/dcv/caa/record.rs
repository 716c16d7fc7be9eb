//! One CAA record, from its bytes (RFC 8659, section 4).

use crate::dcv::evidence;
use std::fmt;

/// Tags that CAs know. "issuemail" is for other certificates.
const KNOWN: &[&str] = &["issue", "issuewild", "iodef", "issuemail"];
/// Bit 0 is the highest, but many wrote 1; CAs take both for critical.
const CRITICAL: u8 = 0b1000_0001;

/// One property of a record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dcv) enum Property {
    /// `issue`.
    Issue(Value),
    /// `issuewild`.
    IssueWild(Value),
    /// A tag that says nothing about us.
    Other(String),
    /// A tag that CAs do not know, marked critical.
    UnknownCritical(String),
    /// Bytes that are no CAA record.
    Unreadable(String),
}

/// Who may issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dcv) enum Value {
    /// The CA's name in lower case (empty: nobody), and the parameters in order, tags in lower case.
    Issuer(String, Vec<(String, String)>),
    /// A text that breaks the grammar: as good as nobody.
    Malformed(String),
}

/// Read a record's data.
pub(in crate::dcv) fn read(bytes: &[u8]) -> Property {
    let unreadable = || Property::Unreadable(evidence::quoted(&String::from_utf8_lossy(bytes)));
    let [flags, length, rest @ ..] = bytes else { return unreadable() };
    let Some((tag, value)) = rest.split_at_checked((*length).into()) else { return unreadable() };
    if tag.is_empty() || !tag.iter().all(u8::is_ascii_alphanumeric) {
        return unreadable();
    }
    let tag = String::from_utf8_lossy(tag).to_ascii_lowercase();
    match tag.as_str() {
        "issue" => Property::Issue(parse(value)),
        "issuewild" => Property::IssueWild(parse(value)),
        known if KNOWN.contains(&known) => Property::Other(tag),
        _ if flags & CRITICAL != 0 => Property::UnknownCritical(tag),
        _ => Property::Other(tag),
    }
}

/// Read `[issuer] [";" [tag "=" value *(";" tag "=" value)]]` (RFC 8659, section 4.2).
fn parse(value: &[u8]) -> Value {
    let malformed = || Value::Malformed(evidence::quoted(&String::from_utf8_lossy(value)));
    let Ok(text) = std::str::from_utf8(value) else { return malformed() };
    let mut parts = text.split(';').map(|part| part.trim_matches([' ', '\t']));
    let issuer = parts.next().unwrap_or_default();
    if !issuer.is_empty() && !issuer.split('.').all(is_label) {
        return malformed();
    }
    let parts: Vec<&str> = parts.collect();
    // "ca.test;" has an empty list of parameters, "ca.test; a=b;" an empty last one, which CAs let pass.
    let used = parts.strip_suffix(&[""]).unwrap_or(&parts);
    match used.iter().map(|part| parameter(part)).collect() {
        Some(parameters) => Value::Issuer(issuer.to_ascii_lowercase(), parameters),
        None => malformed(),
    }
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (tag, value) = text.split_once('=')?;
    let (tag, value) = (tag.trim_end_matches([' ', '\t']), value.trim_start_matches([' ', '\t']));
    let fits = is_label(tag) && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';');
    fits.then(|| (tag.to_ascii_lowercase(), value.to_owned()))
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl fmt::Display for Property {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(value) => write!(formatter, "issue {value}"),
            Self::IssueWild(value) => write!(formatter, "issuewild {value}"),
            Self::Other(tag) => write!(formatter, "{tag} …"),
            Self::UnknownCritical(tag) => write!(formatter, "{tag} … (critical)"),
            Self::Unreadable(bytes) => write!(formatter, "unreadable {bytes}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => formatter.write_str(text),
            Self::Issuer(issuer, parameters) if issuer.is_empty() && parameters.is_empty() => {
                formatter.write_str("\";\"")
            }
            Self::Issuer(issuer, parameters) => {
                let parameters: String = parameters.iter().map(|(tag, value)| format!("; {tag}={value}")).collect();
                formatter.write_str(&evidence::quoted(&format!("{issuer}{parameters}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(flags: u8, tag: &str, value: &str) -> Property {
        let length = u8::try_from(tag.len()).unwrap();
        read(&[&[flags, length], tag.as_bytes(), value.as_bytes()].concat())
    }

    fn issuer(name: &str, parameters: &[(&str, &str)]) -> Value {
        let parameters = parameters.iter().map(|(tag, value)| ((*tag).to_owned(), (*value).to_owned()));
        Value::Issuer(name.to_owned(), parameters.collect())
    }

    #[test]
    fn issuers_and_parameters_are_read_in_any_case_and_spacing() {
        assert_eq!(record(0, "issue", "ca.test"), Property::Issue(issuer("ca.test", &[])));
        assert_eq!(record(0, "ISSUE", " CA.Test\t;"), Property::Issue(issuer("ca.test", &[])));
        assert_eq!(record(128, "issuewild", ";"), Property::IssueWild(issuer("", &[])));
        assert_eq!(record(0, "issue", ""), Property::Issue(issuer("", &[])));
        let both =
            issuer("ca.test", &[("accounturi", "https://ca.test/a/1?x=y"), ("validationmethods", "http-01,dns-01")]);
        let text = "ca.test; AccountURI=https://ca.test/a/1?x=y ;validationmethods = http-01,dns-01;";
        assert_eq!(record(0, "issue", text), Property::Issue(both));
    }

    #[test]
    fn a_value_outside_the_grammar_is_malformed() {
        for bad in [
            "ca test",
            "ca..test",
            "-ca.test",
            "ca.test; x",
            "ca.test; =y",
            "ca.test; ; a=b",
            "%%%",
            "ca.test; a=ä",
            "ca.test a=b",
        ] {
            assert!(matches!(record(0, "issue", bad), Property::Issue(Value::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn critical_tags_must_be_known() {
        assert_eq!(record(128, "iodef", "mailto:a@b.test"), Property::Other("iodef".into()));
        assert_eq!(record(0, "future", "x"), Property::Other("future".into()));
        assert_eq!(record(128, "future", "x"), Property::UnknownCritical("future".into()));
        assert_eq!(record(1, "tbs", "x"), Property::UnknownCritical("tbs".into()));
    }

    #[test]
    fn bytes_that_are_no_record_are_unreadable() {
        for bad in [&[][..], &[0], &[0, 0], &[0, 0, b'x'], &[0, 9, b'i'], &[0, 2, b'i', b'-', b'x'], &[0, 1, 0xff]] {
            assert!(matches!(read(bad), Property::Unreadable(_)), "{bad:?}");
        }
    }
}
