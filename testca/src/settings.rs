//! What a CA was started with. Made by [`TestCaBuilder`](crate::TestCaBuilder).

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use crate::{
    clock::{Clock, SystemClock},
    limits::Limits,
    profile::Profile,
    validation::Validation,
};

/// When a new order takes over a valid authorization of its account instead of asking for a new validation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AuthorizationReuse {
    /// Never: each order is validated.
    Never,
    /// Whenever there is one that has not expired, as public CAs do.
    UntilExpiry,
    /// With this probability, from 0 to 1, if there is one that has not expired, as Pebble does.
    Sometimes(f64),
}

/// Whether accounts list their orders (RFC 8555, section 7.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderList {
    /// Accounts have no `orders` URL, as with Let's Encrypt.
    Absent,
    /// They have one, in pages of this size.
    Pages(usize),
}

/// Whether new accounts need an external account binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalAccounts {
    /// A binding is checked if there is one.
    Optional,
    /// `externalAccountRequired` without one.
    Required,
}

/// Whether the CA tells when to renew (RFC 9773).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalInformation {
    /// The directory names a `renewalInfo` URL.
    Offered,
    /// It names none, as with CAs that do not know RFC 9773.
    Absent,
}

pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) name: String,
    pub(crate) terms: Option<String>,
    pub(crate) website: Option<String>,
    pub(crate) caa_identities: Vec<String>,
    pub(crate) external_accounts: ExternalAccounts,
    pub(crate) external_keys: Vec<(String, Vec<u8>)>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) limits: Limits,
    pub(crate) validation: Validation,
    pub(crate) authorization_reuse: AuthorizationReuse,
    pub(crate) order_reuse: OrderReuse,
    pub(crate) order_list: OrderList,
    pub(crate) processing: Duration,
    pub(crate) nonce_rejection: f64,
    pub(crate) answer_after: Duration,
    pub(crate) renewal_information: RenewalInformation,
    pub(crate) renewal_retry_after: Duration,
    pub(crate) refused_names: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Whether a new order for the names of an unfinished one is that one again, as with Boulder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderReuse {
    /// Each newOrder makes an order.
    Never,
    /// An order of the account that is pending or ready, for the same names and profile, is given again.
    Unfinished,
}

impl Settings {
    /// Whether the CA has no profiles to choose from, and shows none.
    pub(crate) fn profiles_are_implied(&self) -> bool {
        self.profiles.iter().all(|profile| profile.name == Profile::DEFAULT)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (IpAddr::V4(Ipv4Addr::LOCALHOST), 0).into(),
            name: "testca".to_owned(),
            terms: None,
            website: None,
            caa_identities: vec!["ca.test".to_owned()],
            external_accounts: ExternalAccounts::Optional,
            external_keys: Vec::new(),
            profiles: vec![Profile::new(Profile::DEFAULT, Duration::from_secs(90 * 86_400), 100)],
            limits: Limits::none(),
            validation: Validation::Always,
            authorization_reuse: AuthorizationReuse::Never,
            order_reuse: OrderReuse::Never,
            order_list: OrderList::Pages(50),
            processing: Duration::ZERO,
            nonce_rejection: 0.0,
            answer_after: Duration::ZERO,
            renewal_information: RenewalInformation::Offered,
            renewal_retry_after: Duration::from_secs(6 * 3600),
            refused_names: Vec::new(),
            seed: 0,
            clock: Arc::new(SystemClock),
        }
    }
}
