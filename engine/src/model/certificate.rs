//! Certificates as listings show them, and how they are revoked.

use super::{KeyType, OthersCertificate, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a certificate is revoked (RFC 5280, section 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Nothing is said.
    #[default]
    Unspecified,
    /// Somebody else may have the private key.
    KeyCompromise,
    /// The names belong to somebody else now, or the subject changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The website is given up.
    CessationOfOperation,
    /// It should not have been issued.
    PrivilegeWithdrawn,
}

/// Each reason with its spelling and its CRLReason.
const REASONS: [(RevocationReason, &str, u8); 6] = [
    (RevocationReason::Unspecified, "unspecified", 0),
    (RevocationReason::KeyCompromise, "key-compromise", 1),
    (RevocationReason::AffiliationChanged, "affiliation-changed", 3),
    (RevocationReason::Superseded, "superseded", 4),
    (RevocationReason::CessationOfOperation, "cessation-of-operation", 5),
    (RevocationReason::PrivilegeWithdrawn, "privilege-withdrawn", 9),
];

impl RevocationReason {
    /// Every reason as it is spelt.
    pub const WORDS: [&'static str; 6] =
        [REASONS[0].1, REASONS[1].1, REASONS[2].1, REASONS[3].1, REASONS[4].1, REASONS[5].1];

    /// Name the reason as the store and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        REASONS[self as usize].1
    }

    /// The CRLReason of RFC 5280, section 5.3.1.
    #[must_use]
    pub const fn code(self) -> u8 {
        REASONS[self as usize].2
    }

    /// Read a reason's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        REASONS.iter().find(|(_, word, _)| *word == name).map(|(reason, ..)| *reason)
    }
}

/// Who signs the request to revoke a certificate (RFC 8555, section 7.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationSigner {
    /// The account that it was ordered with.
    #[default]
    Account,
    /// The certificate's own key, for an account that is lost.
    CertificateKey,
}

impl RevocationSigner {
    /// Name the signer as the store and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::CertificateKey => "certificate-key",
        }
    }

    /// Read a signer's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Account, Self::CertificateKey].into_iter().find(|signer| signer.as_str() == name)
    }
}

/// A revocation that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Why.
    pub reason: RevocationReason,
    /// What the request is signed with.
    pub signer: RevocationSigner,
    /// Who asked.
    pub by: String,
    /// The provider that is to be asked; without one those are asked at which there is an account.
    pub provider: Option<String>,
    /// When it was written down, before the provider was asked.
    pub asked_at: Timestamp,
    /// When the certificate authority had revoked it; `None` where that is not known yet.
    pub revoked_at: Option<Timestamp>,
}

/// When an issuer wants a certificate renewed (RFC 9773, section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedWindow {
    /// The first moment.
    pub start: Timestamp,
    /// The last moment.
    pub end: Timestamp,
    /// A page for people that explains it.
    pub explanation_url: Option<String>,
}

/// A certificate that AutoSSL ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRow {
    /// Its number.
    pub id: i64,
    /// The primary name of its website; `None` where the website is gone.
    pub website: Option<String>,
    /// The website's user.
    pub user: Option<String>,
    /// Whether the website has it now, rather than a later one. A companion in use has its website's other certificate beside it.
    pub in_use: bool,
    /// Whether it is a companion: presented beside another one to clients that want an RSA key.
    pub companion: bool,
    /// The names that it covers.
    pub names: Vec<String>,
    /// Who issued it.
    pub issuer: String,
    /// The short name of the provider that it was ordered from, where that is known.
    pub provider: Option<String>,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
    /// The kind of its key, where that is known.
    pub key_type: Option<KeyType>,
    /// The profile that it was ordered with, where that is known.
    pub profile: Option<String>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// When it was issued to AutoSSL.
    pub issued_at: Timestamp,
    /// When a service was configured with it.
    pub installed_at: Option<Timestamp>,
    /// When a handshake proved that it is presented.
    pub served_at: Option<Timestamp>,
    /// When its issuer wants it renewed.
    pub window: Option<SuggestedWindow>,
    /// Its revocation, if somebody asked for it.
    pub revocation: Option<Revocation>,
}

/// What clients make of a certificate by its dates and its revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// It is valid.
    Valid,
    /// It has not begun.
    NotYetValid,
    /// It has ended.
    Expired,
    /// Its issuer revoked it.
    Revoked,
}

impl CertificateState {
    /// Name the state for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYetValid => "not yet valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl CertificateRow {
    /// Tell when its issuer revoked it; `None` where it did not.
    #[must_use]
    pub fn revoked_at(&self) -> Option<Timestamp> {
        self.revocation.as_ref().and_then(|revocation| revocation.revoked_at)
    }

    /// Tell what clients make of it at a moment.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> CertificateState {
        match self.revoked_at() {
            Some(_) => CertificateState::Revoked,
            None if now >= self.not_after => CertificateState::Expired,
            None if now < self.not_before => CertificateState::NotYetValid,
            None => CertificateState::Valid,
        }
    }
}

/// Which certificates to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateScope {
    /// Those that websites have now.
    #[default]
    InUse,
    /// Earlier ones, too, and those whose website is gone.
    All,
}

/// A part of the listing of certificates, in the order in which they were issued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateQuery {
    /// Only those of a user, or for a name, that contains this; empty for all.
    pub search: String,
    /// Which.
    pub scope: CertificateScope,
    /// Only those with a greater number than this.
    pub after: i64,
    /// The most rows; 0 counts as 500, more than 5,000 as 5,000.
    pub limit: u32,
}

/// A certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// Whom it is for, as its distinguished name; empty where only its names tell.
    pub subject: String,
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// A certificate with its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateSheet {
    /// The certificate.
    pub certificate: CertificateRow,
    /// Itself first, then what leads to the root.
    pub chain: Vec<ChainLink>,
    /// Why the chain cannot be read, where it cannot.
    pub trouble: Option<String>,
}

/// The certificates of a website, or those for a name whose website is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateDetail {
    /// The website's primary name.
    pub website: Option<String>,
    /// The website's user.
    pub user: Option<String>,
    /// The certificate that the website has instead, where AutoSSL did not install it.
    pub others: Option<OthersCertificate>,
    /// The one that the website has.
    pub in_use: Option<CertificateSheet>,
    /// Its companion, which is presented to clients that want an RSA key.
    pub companion: Option<CertificateSheet>,
    /// Why there is no new companion, where one could not be had.
    pub companion_trouble: Option<CompanionProblem>,
    /// The earlier ones, the latest first.
    pub earlier: Vec<CertificateRow>,
}

/// Why a certificate has no new companion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanionProblem {
    /// A stable code for the cause.
    pub code: String,
    /// The cause in words.
    pub detail: String,
    /// When the schedule tries again; `None` where only the next run of the user's websites does.
    pub retry_at: Option<Timestamp>,
}

/// What a revocation would do, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationOutlook {
    /// The certificates to revoke; those that are revoked already are not among them.
    pub certificates: Vec<CertificateRow>,
    /// How many of the chosen certificates are revoked already.
    pub revoked_before: u32,
    /// The names that are not secured any more until there is another certificate.
    pub names: Vec<String>,
    /// The users whose websites get certificates with new keys in the run that follows.
    pub replaced_for: Vec<String>,
    /// The users for whom AutoSSL is off, so that nothing takes the certificates' place.
    pub not_replaced_for: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_name_and_code() {
        for (index, (reason, word, code)) in REASONS.iter().enumerate() {
            assert_eq!(*reason as usize, index);
            assert_eq!((reason.as_str(), reason.code()), (*word, *code));
            assert_eq!(RevocationReason::parse(word), Some(*reason));
        }
        assert_eq!(RevocationReason::parse("keyCompromise"), None);
    }
}
