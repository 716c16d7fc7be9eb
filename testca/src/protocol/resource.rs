//! Which resource a path is, and which methods it takes.

use http::Method;

use crate::{faults::Endpoint, pki::Serial};

/// A resource of the CA.
#[derive(Clone, Copy)]
pub(crate) enum Resource<'a> {
    Directory,
    Terms,
    NewNonce,
    NewAccount,
    Account(u64),
    /// The orders of an account, and the number of the page.
    Orders(u64, usize),
    KeyChange,
    NewOrder,
    Order(u64),
    Finalize(u64),
    Authorization(u64),
    /// The authorization, and the kind of challenge.
    Challenge(u64, &'a str),
    /// The number of the chain: 0, or 1 for the alternate.
    Certificate(Serial, usize),
    RevokeCert,
    RenewalInfo(&'a str),
    /// The intermediate of a chain.
    Issuer(usize),
    RevocationList,
    Unknown,
}

/// The path of the directory.
pub(crate) const DIRECTORY: &str = "/directory";

impl<'a> Resource<'a> {
    pub(crate) fn of(path: &'a str, query: Option<&str>) -> Self {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let found = match parts[..] {
            ["directory"] => Some(Self::Directory),
            ["terms", ..] => Some(Self::Terms),
            ["crl"] => Some(Self::RevocationList),
            ["issuer", chain] => chain.parse().ok().map(Self::Issuer),
            ["acme", "new-nonce"] => Some(Self::NewNonce),
            ["acme", "new-account"] => Some(Self::NewAccount),
            ["acme", "key-change"] => Some(Self::KeyChange),
            ["acme", "new-order"] => Some(Self::NewOrder),
            ["acme", "revoke-cert"] => Some(Self::RevokeCert),
            ["acme", "renewal-info", id] => Some(Self::RenewalInfo(id)),
            ["acme", "account", id] => id.parse().ok().map(Self::Account),
            ["acme", "account", id, "orders"] => {
                let page = query.and_then(|query| query.strip_prefix("page=")?.parse().ok()).unwrap_or(0);
                id.parse().ok().map(|id| Self::Orders(id, page))
            }
            ["acme", "order", id] => id.parse().ok().map(Self::Order),
            ["acme", "order", id, "finalize"] => id.parse().ok().map(Self::Finalize),
            ["acme", "authz", id] => id.parse().ok().map(Self::Authorization),
            ["acme", "challenge", id, kind] => id.parse().ok().map(|id| Self::Challenge(id, kind)),
            ["acme", "cert", serial] => Serial::from_hex(serial).map(|serial| Self::Certificate(serial, 0)),
            ["acme", "cert", serial, "1"] => Serial::from_hex(serial).map(|serial| Self::Certificate(serial, 1)),
            _ => None,
        };
        found.unwrap_or(Self::Unknown)
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Directory => Endpoint::Directory,
            Self::NewNonce => Endpoint::NewNonce,
            Self::NewAccount => Endpoint::NewAccount,
            Self::Account(_) | Self::Orders(..) => Endpoint::Account,
            Self::KeyChange => Endpoint::KeyChange,
            Self::NewOrder => Endpoint::NewOrder,
            Self::Order(_) => Endpoint::Order,
            Self::Finalize(_) => Endpoint::Finalize,
            Self::Authorization(_) => Endpoint::Authorization,
            Self::Challenge(..) => Endpoint::Challenge,
            Self::Certificate(..) => Endpoint::Certificate,
            Self::RevokeCert => Endpoint::RevokeCert,
            Self::RenewalInfo(_) => Endpoint::RenewalInfo,
            Self::Terms | Self::Issuer(_) | Self::RevocationList | Self::Unknown => Endpoint::Other,
        }
    }

    /// The methods, as the Allow field lists them; nothing if any will do to hear that there is no such resource.
    pub(crate) fn allowed(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Directory | Self::Terms | Self::NewNonce | Self::RenewalInfo(_) => Some("GET, HEAD"),
            Self::Issuer(_) | Self::RevocationList => Some("GET, HEAD"),
            _ => Some("POST"),
        }
    }

    pub(crate) fn takes(&self, method: &Method) -> bool {
        self.allowed().is_none_or(|allowed| allowed.split(", ").any(|allowed| allowed == method.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_no_resources() {
        for path in ["/", "/acme", "/acme/order/x", "/acme/order/1/2", "/acme/cert/04", "//directory/x"] {
            assert!(matches!(Resource::of(path, None), Resource::Unknown), "{path}");
        }
        assert!(matches!(Resource::of("/acme/account/7/orders", Some("page=2")), Resource::Orders(7, 2)));
    }
}
