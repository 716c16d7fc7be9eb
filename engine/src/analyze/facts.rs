//! What is known of a certificate, in a form that fits one row of the index.

use super::{KeyFacts, SignatureHash};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// From when until when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The moment from which it is expired.
    pub not_after: Timestamp,
}

impl Validity {
    /// Tell the lifetime in seconds; 0 where the end is not after the start.
    #[must_use]
    pub fn lifetime(self) -> i64 {
        self.not_after.since(self.not_before).max(0)
    }

    /// Tell the moment at which `parts / of` of the lifetime have passed.
    #[must_use]
    pub fn at_fraction(self, parts: i64, of: i64) -> Timestamp {
        self.not_before.plus(self.lifetime().saturating_mul(parts) / of)
    }
}

/// How the CA validated the subject, by the CA/Browser Forum's policy OIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Domain validated (2.23.140.1.2.1).
    Domain,
    /// Individual validated (2.23.140.1.2.3).
    Individual,
    /// Organization validated (2.23.140.1.2.2).
    Organization,
    /// Extended validation (2.23.140.1.1).
    Extended,
    /// None of the reserved OIDs: not from a public CA of today.
    Unstated,
}

/// Whether clients can build a chain to a root that they trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Issued by its own key.
    SelfSigned,
    /// No chain to a trusted root.
    Untrusted,
    /// The chain holds until this moment; it ends before the certificate where an intermediate ends first.
    TrustedUntil(Timestamp),
}

/// Whether the private key beside the certificate belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMatch {
    /// It does.
    Matches,
    /// It is another key, or not one that a server could load.
    Differs,
    /// No key was given.
    Unchecked,
}

/// What is known of a certificate; it does not change with time, but for a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// The DNS names in lower case, wildcards included, and the addresses, in the certificate's order.
    pub names: Vec<String>,
    /// When it is valid.
    pub validity: Validity,
    /// The issuer's common name, or its whole name where it has none.
    pub issuer: String,
    /// The serial number in lower-case hexadecimal.
    pub serial: String,
    /// How to ask the CA when to renew it (RFC 9773, section 4.1); `None` without an authority key identifier.
    pub ari_id: Option<String>,
    /// How the subject was validated.
    pub validation: Validation,
    /// Whether clients trust it.
    pub trust: Trust,
    /// Its public key.
    pub key: KeyFacts,
    /// What its signature is made with.
    pub signature: SignatureHash,
    /// Whether its private key is there.
    pub key_match: KeyMatch,
    /// When the CA revoked it, if it did.
    pub revoked_at: Option<Timestamp>,
}

impl CertificateFacts {
    /// Tell when clients accept the certificate, whatever names it is for; `None` where they never do.
    #[must_use]
    pub fn accepted_during(&self) -> Option<Validity> {
        let Trust::TrustedUntil(end) = self.trust else { return None };
        let end = end.min(self.validity.not_after);
        let not_after = self.revoked_at.map_or(end, |at| end.min(at));
        let is_refused = self.key.is_weak() || self.signature.is_weak() || self.key_match == KeyMatch::Differs;
        let not_before = self.validity.not_before;
        (!is_refused && not_before < not_after).then_some(Validity { not_before, not_after })
    }
}
