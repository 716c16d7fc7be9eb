//! DNS as a stub sees it: questions to the server's resolvers, and what came of them. DNSSEC is judged by the resolver:
//! SERVFAIL that turns into an answer when asked with CD=1 (checking disabled, RFC 4035, section 3.2.2) is a signature
//! that does not verify, any other SERVFAIL is not.
//!
//! We read messages ourselves (`dns/wire.rs`): a CAA record that breaks its own grammar must be seen as such, where
//! the usual libraries refuse the whole message.

mod cache;
mod exchange;
mod host;
mod resolv_conf;
mod resolver;
mod wire;

pub(crate) use exchange::ask;
pub(crate) use host::{Host, HostFault};
pub(crate) use resolver::Resolver;
pub(crate) use wire::{Checking, Data, Kind, Reader, Record};

use super::evidence;

/// An answer: the name exists or not, and these are its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// False for NXDOMAIN. With CNAME records in the answer it speaks of the last target.
    pub(crate) exists: bool,
    /// The resolver validated it (AD=1).
    pub(crate) authentic: bool,
    pub(crate) records: Vec<Record>,
    pub(crate) authority: Vec<Record>,
}

impl Answer {
    /// Return the name at the end of the CNAME records, and those on the way, the end included.
    pub(crate) fn chain(&self, name: &str) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        loop {
            let last = chain.last().map_or(name, String::as_str);
            let Some(target) = self.alias(last) else { return chain };
            let again = target.eq_ignore_ascii_case(name) || chain.iter().any(|seen| seen.eq_ignore_ascii_case(target));
            chain.push(target.to_owned());
            if again {
                return chain;
            }
        }
    }

    /// List the records of one kind, whoever owns them: the resolver followed the CNAME records.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Data> {
        self.records.iter().filter(move |record| record.kind == kind as u16).map(|record| &record.data)
    }

    /// Return the apex of the zone that says "there is none": the owner of the SOA record (RFC 2308).
    pub(crate) fn zone(&self) -> Option<&str> {
        let mut both = self.records.iter().chain(&self.authority);
        both.find(|record| record.kind == Kind::Soa as u16).map(|record| record.owner.as_str())
    }

    fn alias(&self, name: &str) -> Option<&str> {
        self.records.iter().find_map(|record| match &record.data {
            Data::Name(target) if record.kind == Kind::Cname as u16 && record.owner.eq_ignore_ascii_case(name) => {
                Some(target.as_str())
            }
            _ => None,
        })
    }
}

impl Data {
    /// Join the strings of a TXT record (RFC 1035, section 3.3.14); `None` where they are no text.
    pub(crate) fn text(&self) -> Option<String> {
        let Self::Raw(bytes) = self else { return None };
        let mut joined = Vec::with_capacity(bytes.len());
        let mut rest = &bytes[..];
        while let Some((length, more)) = rest.split_first() {
            let (part, after) = more.split_at_checked(usize::from(*length))?;
            joined.extend(part);
            rest = after;
        }
        String::from_utf8(joined).ok()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// Neither about this name nor about the root: the resolver itself does not work.
    #[error("{0}")]
    Resolver(String),
    /// Nothing came in time.
    #[error("no answer in time ({0})")]
    Timeout(String),
    /// SERVFAIL for another reason than DNSSEC.
    #[error("SERVFAIL{0}")]
    ServFail(Explained),
    /// SERVFAIL that becomes an answer with checking disabled.
    #[error("SERVFAIL, and an answer with DNSSEC checking disabled{0}")]
    Bogus(Explained),
    /// REFUSED.
    #[error("REFUSED{0}")]
    Refused(Explained),
    /// Another error, or a message that cannot be read.
    #[error("{0}")]
    Bad(String),
}

/// What the resolver says about the reason (Extended DNS Errors, RFC 8914).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Explained(pub(crate) Vec<(u16, String)>);

impl std::fmt::Display for Explained {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (code, text) in self.0.iter().take(3) {
            write!(formatter, "; the resolver says: error {code}")?;
            if !text.is_empty() {
                write!(formatter, " {}", evidence::quoted(text))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Data;

    #[test]
    fn the_strings_of_a_txt_record_are_one_value() {
        assert_eq!(Data::Raw(b"\x02ab\x00\x01c".to_vec()).text(), Some("abc".into()));
        assert_eq!(Data::Raw(b"\x03ab".to_vec()).text(), None);
        assert_eq!(Data::Raw(b"\x01\xff".to_vec()).text(), None);
    }
}
