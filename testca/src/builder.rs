//! How a CA is described and started.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use crate::{
    clock::Clock,
    limits::Limits,
    profile::Profile,
    settings::{AuthorizationReuse, ExternalAccounts, OrderList, OrderReuse, RenewalInformation, Settings},
    test_ca::TestCa,
    validation::Validation,
};

/// Why a CA did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on, or no thread could be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The CA's own certificates could not be made.
    #[error("cannot make the ca's certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// TLS refuses the CA's own certificate.
    #[error("cannot set up tls: {0}")]
    Tls(#[from] rustls::Error),
}

/// Describes a CA. Every setting has a default: no terms, no limits, no reuse, everything valid at once, 90 days.
#[must_use = "nothing runs before `start`"]
#[derive(Default)]
pub struct TestCaBuilder {
    settings: Settings,
    profiles_given: bool,
}

impl TestCaBuilder {
    /// Listen here; a port of 0 is any free one. Otherwise it is `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.settings.listen = address;
        self
    }

    /// Name the roots and the intermediate.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.settings.name);
        self
    }

    /// Require agreement to the terms at `url`.
    pub fn terms(mut self, url: &str) -> Self {
        self.settings.terms = Some(url.to_owned());
        self
    }

    /// Show a website in the directory.
    pub fn website(mut self, url: &str) -> Self {
        self.settings.website = Some(url.to_owned());
        self
    }

    /// Name the CA in CAA records; otherwise it is `ca.test`.
    pub fn caa_identities(mut self, names: &[&str]) -> Self {
        self.settings.caa_identities = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Know a key for external account bindings. `key` is the secret itself, not base64.
    pub fn external_key(mut self, kid: &str, key: &[u8]) -> Self {
        self.settings.external_keys.push((kid.to_owned(), key.to_vec()));
        self
    }

    /// Say whether new accounts need a binding.
    pub fn external_accounts(mut self, policy: ExternalAccounts) -> Self {
        self.settings.external_accounts = policy;
        self
    }

    /// Offer a profile. The first one is for orders that name none.
    pub fn profile(mut self, profile: Profile) -> Self {
        if !std::mem::replace(&mut self.profiles_given, true) {
            self.settings.profiles.clear();
        }
        self.settings.profiles.push(profile);
        self
    }

    /// Let certificates be valid for so long, if there are no profiles.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        if !self.profiles_given {
            self.settings.profiles = vec![Profile::new(Profile::DEFAULT, lifetime, 100)];
        }
        self
    }

    /// Limit the clients.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Decide about challenges in this way.
    pub fn validation(mut self, validation: Validation) -> Self {
        self.settings.validation = validation;
        self
    }

    /// Use valid authorizations again.
    pub fn authorization_reuse(mut self, reuse: AuthorizationReuse) -> Self {
        self.settings.authorization_reuse = reuse;
        self
    }

    /// Use unfinished orders again.
    pub fn order_reuse(mut self, reuse: OrderReuse) -> Self {
        self.settings.order_reuse = reuse;
        self
    }

    /// List the orders of an account, or do not.
    pub fn order_list(mut self, list: OrderList) -> Self {
        self.settings.order_list = list;
        self
    }

    /// Keep finalized orders `processing` for so long, by the CA's clock.
    pub fn processing(mut self, time: Duration) -> Self {
        self.settings.processing = time;
        self
    }

    /// Refuse good nonces with this probability, from 0 to 1.
    pub fn nonce_rejection(mut self, probability: f64) -> Self {
        self.settings.nonce_rejection = probability;
        self
    }

    /// Answer each request only after so long of real time, as a CA does that is far away.
    pub fn answer_after(mut self, time: Duration) -> Self {
        self.settings.answer_after = time;
        self
    }

    /// Tell when to renew, or do not.
    pub fn renewal_information(mut self, information: RenewalInformation) -> Self {
        self.settings.renewal_information = information;
        self
    }

    /// Let renewal information be asked for so seldom; otherwise each 6 hours.
    pub fn renewal_retry_after(mut self, time: Duration) -> Self {
        self.settings.renewal_retry_after = time;
        self
    }

    /// Never issue for this name (`rejectedIdentifier`).
    pub fn refuse_name(mut self, name: &str) -> Self {
        self.settings.refused_names.push(name.to_ascii_lowercase());
        self
    }

    /// Begin the sequences of chance with this number; otherwise it is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Live by this clock; otherwise it is the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Start the CA on a thread of its own. It answers as soon as this returns; it needs no runtime of the caller's.
    pub fn start(self) -> Result<TestCa, StartError> {
        TestCa::start(self.settings)
    }
}
