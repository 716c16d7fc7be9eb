//! Whether a certificate gets a companion: a second one for its names with an RSA key, for clients that cannot do ECDSA.
//!
//! It never counts for whether a website is secured, and nothing of it holds up the certificate itself: it is ordered when that one
//! is sound, and anew when that one was renewed.

use super::renewal::expires_soon_from;
use crate::analyze::{CertificateFacts, KeyAlgorithm, Validity, covers};
use crate::model::Timestamp;

/// Whether certificates get companions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Companions {
    /// They do not.
    #[default]
    Unwanted,
    /// Those with an ECDSA key do.
    Wanted,
}

/// What is known of a website's companion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside<'a> {
    /// The one that was issued last.
    pub issued: Option<IssuedCompanion<'a>>,
    /// Whether one may be ordered now.
    pub order: CompanionOrder,
}

/// Whether a companion may be ordered now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompanionOrder {
    /// It may.
    #[default]
    Free,
    /// Its job goes on later, or the last one failed just before.
    Rests,
}

/// A companion that was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuedCompanion<'a> {
    /// The names that it covers.
    pub names: &'a [String],
    /// When it is valid.
    pub validity: Validity,
    /// When its issuer revoked it.
    pub revoked_at: Option<Timestamp>,
    /// For which certificate it was ordered.
    pub ordered_for: OrderedFor,
}

/// For which certificate a companion was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderedFor {
    /// The one that is in place.
    ThisOne,
    /// One before it.
    EarlierOne,
}

impl Companions {
    /// Tell whether a certificate of AutoSSL's gets one.
    #[must_use]
    pub fn has_one(self, certificate: &CertificateFacts) -> bool {
        self == Self::Wanted && certificate.key.algorithm == KeyAlgorithm::Ecdsa && certificate.revoked_at.is_none()
    }
}

impl IssuedCompanion<'_> {
    /// Tell whether it is worth presenting for any of these names. One that lacks some is: clients that need it have nothing else.
    #[must_use]
    pub fn is_of_use(&self, names: &[String], now: Timestamp) -> bool {
        let is_valid =
            self.revoked_at.is_none() && self.validity.not_before <= now.plus(300) && now < self.validity.not_after;
        is_valid && names.iter().any(|name| self.names.contains(name))
    }

    /// Tell whether another one is to be had for these names.
    #[must_use]
    pub fn is_due(&self, names: &[String], now: Timestamp) -> bool {
        let lacks = names.iter().any(|name| !self.names.contains(name));
        // It is renewed with its certificate. One of a shorter life, from another provider, does not wait for that.
        let is_ending = now >= expires_soon_from(self.validity);
        self.ordered_for == OrderedFor::EarlierOne || self.revoked_at.is_some() || lacks || is_ending
    }
}

impl Beside<'_> {
    /// Tell for which names a companion is to be ordered now beside a sound certificate of a website's; `None` for none.
    #[must_use]
    pub fn wanted(&self, certificate: &CertificateFacts, website: &[&str], now: Timestamp) -> Option<Vec<String>> {
        let names = names(&certificate.names, website);
        let is_due = self.issued.is_none_or(|issued| issued.is_due(&names, now));
        (is_due && self.order == CompanionOrder::Free && !names.is_empty()).then_some(names)
    }
}

/// The names of a certificate that are still its website's: a companion is had for these.
#[must_use]
pub fn names(certificate: &[String], website: &[&str]) -> Vec<String> {
    let is_wanted = |name: &&String| website.iter().any(|own| covers(name, own));
    certificate.iter().filter(is_wanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{DAY, START, certificate};
    use super::*;

    fn issued(names: &[String], ordered_for: OrderedFor) -> IssuedCompanion<'_> {
        let validity = Validity { not_before: START, not_after: START.plus(90 * DAY) };
        IssuedCompanion { names, validity, revoked_at: None, ordered_for }
    }

    #[test]
    fn a_companion_is_had_for_names_that_are_still_the_websites() {
        let facts = certificate(&["a.test", "old.a.test", "*.w.test"], 90);
        let wanted = Beside::default().wanted(&facts, &["a.test", "x.w.test", "new.test"], START);
        assert_eq!(wanted, Some(vec!["a.test".to_owned(), "*.w.test".to_owned()]));
        assert_eq!(Beside::default().wanted(&facts, &["new.test"], START), None);
        assert_eq!(Beside { order: CompanionOrder::Rests, issued: None }.wanted(&facts, &["a.test"], START), None);
    }

    #[test]
    fn only_sound_ecdsa_certificates_have_one_and_only_where_it_is_wanted() {
        let mut facts = certificate(&["a.test"], 90);
        assert!(Companions::Wanted.has_one(&facts) && !Companions::Unwanted.has_one(&facts));
        facts.revoked_at = Some(START);
        assert!(!Companions::Wanted.has_one(&facts));
        facts.revoked_at = None;
        facts.key.algorithm = KeyAlgorithm::Rsa;
        assert!(!Companions::Wanted.has_one(&facts));
    }

    #[test]
    fn it_is_renewed_with_its_certificate_and_before_it_ends() {
        let names = ["a.test".to_owned()];
        let more = ["a.test".to_owned(), "b.test".to_owned()];
        let own = issued(&names, OrderedFor::ThisOne);
        assert!(!own.is_due(&names, START.plus(80 * DAY)) && own.is_due(&names, START.plus(84 * DAY)));
        assert!(own.is_due(&more, START), "a name is missing from it");
        assert!(issued(&names, OrderedFor::EarlierOne).is_due(&names, START));
        assert!(IssuedCompanion { revoked_at: Some(START), ..own }.is_due(&names, START));
    }

    #[test]
    fn an_old_one_is_presented_as_long_as_it_helps_anybody() {
        let names = ["a.test".to_owned()];
        let more = ["a.test".to_owned(), "b.test".to_owned()];
        let old = issued(&names, OrderedFor::EarlierOne);
        assert!(old.is_of_use(&more, START) && !old.is_of_use(&more[1..], START));
        assert!(!old.is_of_use(&more, START.plus(90 * DAY)), "it has ended");
        assert!(!IssuedCompanion { revoked_at: Some(START), ..old }.is_of_use(&names, START));
    }
}
