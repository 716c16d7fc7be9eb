//! What a request is for, as faults and the journal tell requests apart.

use std::fmt;

/// The kinds of resources of an ACME server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The directory.
    Directory,
    /// Fresh nonces.
    NewNonce,
    /// Account creation and look-up.
    NewAccount,
    /// An account and its list of orders.
    Account,
    /// Account key rollover.
    KeyChange,
    /// Order creation.
    NewOrder,
    /// An order, as polled.
    Order,
    /// An authorization.
    Authorization,
    /// A challenge, as triggered.
    Challenge,
    /// Finalization of an order.
    Finalize,
    /// Download of a chain.
    Certificate,
    /// Revocation.
    RevokeCert,
    /// Renewal information (RFC 9773).
    RenewalInfo,
    /// Everything else: terms, issuers' certificates, the revocation list, unknown paths.
    Other,
}

const NAMES: &[(Endpoint, &str)] = &[
    (Endpoint::Directory, "directory"),
    (Endpoint::NewNonce, "newNonce"),
    (Endpoint::NewAccount, "newAccount"),
    (Endpoint::Account, "account"),
    (Endpoint::KeyChange, "keyChange"),
    (Endpoint::NewOrder, "newOrder"),
    (Endpoint::Order, "order"),
    (Endpoint::Authorization, "authz"),
    (Endpoint::Challenge, "challenge"),
    (Endpoint::Finalize, "finalize"),
    (Endpoint::Certificate, "certificate"),
    (Endpoint::RevokeCert, "revokeCert"),
    (Endpoint::RenewalInfo, "renewalInfo"),
    (Endpoint::Other, "other"),
];

impl Endpoint {
    /// Return the name, as in `newOrder`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|row| row.0 == self).map_or("other", |row| row.1)
    }

    /// Find the endpoint that is called `name`, as in `newOrder`.
    pub fn by_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Whether its requests are signed, and have a nonce and an account.
    pub(crate) fn is_signed(self) -> bool {
        !matches!(self, Self::Directory | Self::NewNonce | Self::RenewalInfo | Self::Other)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
