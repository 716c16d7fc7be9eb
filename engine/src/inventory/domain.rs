//! Domain names and addresses: checked once, then trusted.

use crate::dcv::reserved;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// The most bytes of a name in the DNS, without the trailing dot (RFC 1035, section 2.3.4).
const MOST_BYTES: usize = 253;

/// The most bytes of a label (RFC 1035, section 2.3.4).
const MOST_LABEL_BYTES: usize = 63;

/// Longer input is not looked at: as A-labels it cannot fit into [`MOST_BYTES`].
const MOST_INPUT_BYTES: usize = 1_024;

/// The most characters of the input that an error repeats.
const MOST_QUOTED: usize = 80;

/// A fully qualified domain name as A-labels in lower case, without the trailing dot; the leftmost label may be `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

/// Why a text is no domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("domain {input}: {reason}")]
pub struct DomainError {
    /// The text, quoted, and cut where it is long.
    pub input: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Which addresses may be websites (RFC 8738).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Addresses {
    /// Those of the public internet.
    #[default]
    PublicOnly,
    /// Private and reserved ones, too, as a certificate authority of one's own gives certificates for.
    Anywhere,
}

impl Addresses {
    /// Tell what keeps an address from being a website; `None` where nothing does.
    #[must_use]
    pub fn refusal(self, address: IpAddr) -> Option<&'static str> {
        reserved(address).filter(|_| self == Self::PublicOnly)
    }
}

/// Check a name that a website may have, and write it as it is stored: a domain name as [`DomainName::parse`] does, an address, with
/// or without brackets, in its canonical form (RFC 5952).
///
/// # Errors
/// As for [`DomainName::parse`], but for addresses.
pub fn checked_name(input: &str) -> Result<String, DomainError> {
    match read_address(input) {
        Some(address) => Ok(address.to_string()),
        None => DomainName::parse(input).map(DomainName::into_string),
    }
}

fn read_address(input: &str) -> Option<IpAddr> {
    let bare = input.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(input);
    bare.parse().ok()
}

impl DomainName {
    /// Parse what people write: Unicode or A-labels, any case, with or without the trailing dot (UTS 46).
    ///
    /// # Errors
    /// Where the text is an IP address, has fewer than two labels, a label is empty, too long or has characters other than
    /// letters, digits and inner hyphens, or where `*` stands anywhere but as the whole leftmost label.
    pub fn parse(input: &str) -> Result<Self, DomainError> {
        check(input).map(Self).map_err(|reason| DomainError { input: quote(input), reason })
    }

    /// Write as A-labels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Write as people do, in Unicode.
    #[must_use]
    pub fn display(&self) -> String {
        display_name(&self.0)
    }

    /// Give the A-labels away.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Write a checked name as people do, in Unicode; what cannot be decoded stays as it is.
#[must_use]
pub fn display_name(name: &str) -> String {
    if !name.contains("xn--") {
        return name.to_owned();
    }
    let (wildcard, base) = split_wildcard(name);
    match Uts46::new().to_unicode(base.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow) {
        (unicode, Ok(())) => format!("{wildcard}{unicode}"),
        _ => name.to_owned(),
    }
}

fn split_wildcard(name: &str) -> (&str, &str) {
    if name.starts_with("*.") { name.split_at(2) } else { ("", name) }
}

fn check(input: &str) -> Result<String, String> {
    if input.is_empty() {
        return Err("it is empty".into());
    }
    if input.len() > MOST_INPUT_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} characters"));
    }
    if input.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Err("it is an IP address".into());
    }
    let (wildcard, base) = split_wildcard(input);
    let ascii = to_ascii(base)?;
    let base = ascii.strip_suffix('.').unwrap_or(&ascii);
    let labels: Vec<&str> = base.split('.').collect();
    labels.iter().try_for_each(|label| check_label(label))?;
    if labels.len() < 2 {
        return Err("it needs at least two labels".into());
    }
    if labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("its last label is a number".into());
    }
    let name = format!("{wildcard}{base}");
    if name.len() > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} characters"));
    }
    Ok(name)
}

fn to_ascii(base: &str) -> Result<Cow<'_, str>, String> {
    Uts46::new()
        .to_ascii(base.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
        .map_err(|_| "it is not a valid internationalised name".into())
}

fn check_label(label: &str) -> Result<(), String> {
    if label.is_empty() {
        return Err("it has an empty label".into());
    }
    if label.contains('*') {
        return Err("a wildcard must be the whole leftmost label".into());
    }
    let allowed = |character: &char| character.is_ascii_lowercase() || character.is_ascii_digit() || *character == '-';
    if let Some(wrong) = label.chars().find(|character| !allowed(character)) {
        return Err(format!("label {} has a character that is not allowed: {wrong:?}", quote(label)));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(format!("label {} begins or ends with a hyphen", quote(label)));
    }
    if label.len() > MOST_LABEL_BYTES {
        return Err(format!("label {} is longer than {MOST_LABEL_BYTES} characters", quote(label)));
    }
    Ok(())
}

/// Quote a text for an error: without control characters, and cut where it is long.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(MOST_QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Addresses, DomainName, checked_name};

    fn reason(input: &str) -> String {
        DomainName::parse(input).expect_err(input).reason
    }

    #[test]
    fn a_name_is_kept_as_a_labels_in_lower_case_without_the_trailing_dot() {
        for (input, name, display) in [
            ("Alice.Test", "alice.test", "alice.test"),
            ("alice.test.", "alice.test", "alice.test"),
            ("Bücher.Example", "xn--bcher-kva.example", "bücher.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"),
            ("*.Bücher.example", "*.xn--bcher-kva.example", "*.bücher.example"),
            ("faß.example", "xn--fa-hia.example", "faß.example"),
            ("日本語。テスト", "xn--wgv71a119e.xn--zckzah", "日本語.テスト"),
            ("r3---sn-a.example.test", "r3---sn-a.example.test", "r3---sn-a.example.test"),
        ] {
            let parsed = DomainName::parse(input).expect(input);
            assert_eq!((parsed.as_str(), parsed.display().as_str()), (name, display));
        }
    }

    #[test]
    fn an_address_is_kept_in_its_canonical_form() {
        for (input, name) in [
            ("192.0.2.7", "192.0.2.7"),
            ("[2001:DB8:0:0::1]", "2001:db8::1"),
            ("2001:0db8::0001", "2001:db8::1"),
            ("Alice.Test.", "alice.test"),
        ] {
            assert_eq!(checked_name(input).as_deref(), Ok(name));
        }
        for wrong in ["192.0.2.256", "192.0.2", "[2001:db8::1", "fe80::1%eth0", "010.0.0.1"] {
            assert!(checked_name(wrong).is_err(), "{wrong}");
        }
        let (private, public) = ("10.0.0.1".parse().unwrap(), "9.9.9.9".parse().unwrap());
        assert_eq!(Addresses::PublicOnly.refusal(private), Some("private"));
        assert_eq!((Addresses::Anywhere.refusal(private), Addresses::PublicOnly.refusal(public)), (None, None));
    }

    #[test]
    fn a_bad_name_is_refused_with_the_reason() {
        assert_eq!(reason(""), "it is empty");
        assert_eq!(reason("bad_name.test"), "label \"bad_name\" has a character that is not allowed: '_'");
        assert_eq!(reason("a b.test"), "label \"a b\" has a character that is not allowed: ' '");
        assert_eq!(reason("localhost"), "it needs at least two labels");
        assert_eq!(reason("*.test"), "it needs at least two labels");
        assert_eq!(reason("www.*.test"), "a wildcard must be the whole leftmost label");
        assert_eq!(reason("w*.alice.test"), "a wildcard must be the whole leftmost label");
        assert_eq!(reason("*.*.alice.test"), "a wildcard must be the whole leftmost label");
        assert_eq!(reason("192.0.2.1"), "it is an IP address");
        assert_eq!(reason("[2001:db8::1]"), "it is an IP address");
        assert_eq!(reason("192.0.2.1."), "its last label is a number");
        assert_eq!(reason("alice..test"), "it has an empty label");
        assert_eq!(reason(".alice.test"), "it has an empty label");
        assert_eq!(reason("alice.test.."), "it has an empty label");
        assert_eq!(reason("-alice.test"), "label \"-alice\" begins or ends with a hyphen");
        assert_eq!(reason("xn--0.test"), "it is not a valid internationalised name");
        assert!(reason(&format!("{}.test", "a".repeat(64))).ends_with("is longer than 63 characters"));
        assert_eq!(reason(&format!("{}test", "abcdefghi.".repeat(25))), "it is longer than 253 characters");
        assert_eq!(reason(&"ä".repeat(1_000_000)), "it is longer than 253 characters");
    }

    #[test]
    fn a_long_or_unprintable_input_is_quoted_short_and_escaped() {
        let error = DomainName::parse(&"\u{1b}[31m\n".repeat(100)).expect_err("control characters");
        assert!(error.input.starts_with("\"\\u{1b}[31m\\n") && error.input.chars().count() < 1_000, "{}", error.input);
    }
}
