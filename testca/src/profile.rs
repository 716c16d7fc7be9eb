//! Certificate profiles (draft-aaron-acme-profiles): kinds of certificates that a CA offers.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// One kind of certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) lifetime: Duration,
    pub(crate) max_names: usize,
    pub(crate) authorization_lifetime: Duration,
    pub(crate) addresses: Addresses,
}

/// Whether a profile's certificates may be for IP addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addresses {
    Allowed,
    Refused,
}

impl Profile {
    /// What a CA without profiles issues, though it does not call it so.
    pub(crate) const DEFAULT: &'static str = "default";

    /// Make a profile for domain names and addresses, whose authorizations may be used again for 30 days.
    pub fn new(name: &str, lifetime: Duration, max_names: usize) -> Self {
        Self {
            name: name.to_owned(),
            description: format!("https://ca.test/docs/profiles#{name}"),
            lifetime,
            max_names,
            authorization_lifetime: DAY * 30,
            addresses: Addresses::Allowed,
        }
    }

    /// `classic`: 90 days, 100 names, authorizations for 30 days, no addresses.
    pub fn classic() -> Self {
        Self::new("classic", DAY * 90, 100).without_addresses()
    }

    /// `tlsserver`: 45 days, 25 names, authorizations for 7 hours, no addresses.
    pub fn tlsserver() -> Self {
        Self::new("tlsserver", DAY * 45, 25).with_authorization_lifetime(HOUR * 7).without_addresses()
    }

    /// `shortlived`: 160 hours, 25 names, authorizations for 7 hours, also for addresses.
    pub fn shortlived() -> Self {
        Self::new("shortlived", HOUR * 160, 25).with_authorization_lifetime(HOUR * 7)
    }

    /// Let valid authorizations be used again for so long.
    pub fn with_authorization_lifetime(mut self, lifetime: Duration) -> Self {
        self.authorization_lifetime = lifetime;
        self
    }

    /// Refuse IP addresses.
    pub fn without_addresses(mut self) -> Self {
        self.addresses = Addresses::Refused;
        self
    }

    /// Use another lifetime.
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }
}
