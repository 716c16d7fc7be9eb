//! The registered types of ACME problems, and the status that each usually has.

/// A problem type: RFC 8555 section 6.7, RFC 9773 section 5, and the profiles draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The account is unknown.
    AccountDoesNotExist,
    /// Another order replaces the certificate already (RFC 9773).
    AlreadyReplaced,
    /// The certificate is revoked already.
    AlreadyRevoked,
    /// The certificate signing request is not acceptable.
    BadCsr,
    /// The nonce is unknown or used; try again with that of the answer.
    BadNonce,
    /// The key is too weak or of an unsupported kind.
    BadPublicKey,
    /// The revocation reason is not allowed.
    BadRevocationReason,
    /// The signature algorithm is not accepted.
    BadSignatureAlgorithm,
    /// CAA records forbid the issuance.
    Caa,
    /// The account key change collides with another account.
    Conflict,
    /// The validation target could not be reached.
    Connection,
    /// A DNS query failed.
    Dns,
    /// New accounts need an external account binding.
    ExternalAccountRequired,
    /// The answer to the challenge is wrong.
    IncorrectResponse,
    /// A contact is not usable.
    InvalidContact,
    /// The profile is unknown (draft-aaron-acme-profiles).
    InvalidProfile,
    /// The request is wrong.
    Malformed,
    /// The order is not ready to be finalized.
    OrderNotReady,
    /// A rate limit is exceeded.
    RateLimited,
    /// The CA does not issue for this name.
    RejectedIdentifier,
    /// The CA is at fault.
    ServerInternal,
    /// TLS with the validation target failed.
    Tls,
    /// The client may not do this.
    Unauthorized,
    /// The contact's scheme is not supported.
    UnsupportedContact,
    /// The identifier's type is not supported.
    UnsupportedIdentifier,
    /// A person has to visit a page first.
    UserActionRequired,
}

/// Kind, name in the URN, usual status.
const KINDS: &[(ProblemKind, &str, u16)] = &[
    (ProblemKind::AccountDoesNotExist, "accountDoesNotExist", 400),
    (ProblemKind::AlreadyReplaced, "alreadyReplaced", 409),
    (ProblemKind::AlreadyRevoked, "alreadyRevoked", 400),
    (ProblemKind::BadCsr, "badCSR", 400),
    (ProblemKind::BadNonce, "badNonce", 400),
    (ProblemKind::BadPublicKey, "badPublicKey", 400),
    (ProblemKind::BadRevocationReason, "badRevocationReason", 400),
    (ProblemKind::BadSignatureAlgorithm, "badSignatureAlgorithm", 400),
    (ProblemKind::Caa, "caa", 403),
    (ProblemKind::Conflict, "conflict", 409),
    (ProblemKind::Connection, "connection", 400),
    (ProblemKind::Dns, "dns", 400),
    (ProblemKind::ExternalAccountRequired, "externalAccountRequired", 403),
    (ProblemKind::IncorrectResponse, "incorrectResponse", 403),
    (ProblemKind::InvalidContact, "invalidContact", 400),
    (ProblemKind::InvalidProfile, "invalidProfile", 400),
    (ProblemKind::Malformed, "malformed", 400),
    (ProblemKind::OrderNotReady, "orderNotReady", 403),
    (ProblemKind::RateLimited, "rateLimited", 429),
    (ProblemKind::RejectedIdentifier, "rejectedIdentifier", 400),
    (ProblemKind::ServerInternal, "serverInternal", 500),
    (ProblemKind::Tls, "tls", 400),
    (ProblemKind::Unauthorized, "unauthorized", 403),
    (ProblemKind::UnsupportedContact, "unsupportedContact", 400),
    (ProblemKind::UnsupportedIdentifier, "unsupportedIdentifier", 400),
    (ProblemKind::UserActionRequired, "userActionRequired", 403),
];

impl ProblemKind {
    /// Return the last part of the URN, as in `badNonce`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Find the kind that is called `name`, as in `badNonce`.
    pub fn by_name(name: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    pub(crate) fn urn(self) -> String {
        format!("urn:ietf:params:acme:error:{}", self.name())
    }

    pub(crate) fn status(self) -> u16 {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, u16) {
        // Every kind has a row, which a test checks; an unknown one would be the CA's own mistake.
        KINDS.iter().find(|row| row.0 == self).unwrap_or(&(Self::ServerInternal, "serverInternal", 500))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_own_name() {
        for (kind, name, _) in KINDS {
            assert_eq!(ProblemKind::by_name(name), Some(*kind));
            assert_eq!(kind.name(), *name);
        }
        assert_eq!(KINDS.len(), ProblemKind::UserActionRequired as usize + 1);
    }
}
