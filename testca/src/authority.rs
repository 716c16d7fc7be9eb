//! The CA itself: its settings, keys, clock, state and records, shared by all requests. It knows no sockets.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use jiff::Timestamp;

use crate::{
    clock::AheadClock,
    faults::{Chance, Faults},
    journal::Journal,
    limits::Buckets,
    lock::lock,
    pki::{Hierarchy, Serial},
    settings::Settings,
    state::State,
    validation::ValidationFailure,
};

/// What each request is answered from.
pub(crate) struct Authority {
    pub(crate) settings: Settings,
    /// `https://host:port`, without a slash at the end.
    pub(crate) base: String,
    pub(crate) clock: AheadClock,
    pub(crate) hierarchy: Hierarchy,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Names whose validation fails, whatever [`Validation`](crate::Validation) says.
    pub(crate) failing: Mutex<HashMap<String, ValidationFailure>>,
    chance: Mutex<Chance>,
    state: Mutex<State>,
}

impl Authority {
    pub(crate) fn new(settings: Settings, base: String) -> Result<Self, rcgen::Error> {
        let clock = AheadClock::of(settings.clock.clone());
        let mut state = State::new(Buckets::new(settings.limits));
        state.terms.clone_from(&settings.terms);
        state.external_keys = settings.external_keys.iter().cloned().collect();
        state.refused_names = settings.refused_names.iter().cloned().collect();
        Ok(Self {
            hierarchy: Hierarchy::create(&settings.name, clock.now())?,
            // Two sequences, so that a fault does not move the reuse of authorizations.
            faults: Faults::new(Chance::seeded(settings.seed)),
            chance: Mutex::new(Chance::seeded(!settings.seed)),
            journal: Journal::default(),
            failing: Mutex::default(),
            state: Mutex::new(state),
            settings,
            base,
            clock,
        })
    }

    /// Lock the state. Never while a signature is made or checked.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn chance(&self, probability: f64) -> bool {
        lock(&self.chance).strikes(probability)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn account_url(&self, id: u64) -> String {
        format!("{}/acme/account/{id}", self.base)
    }

    /// What the hashed accounts of persistent records begin with.
    pub(crate) fn account_hash_prefix(&self) -> String {
        self.url("/acme/account-hash/")
    }

    pub(crate) fn order_url(&self, id: u64) -> String {
        format!("{}/acme/order/{id}", self.base)
    }

    pub(crate) fn authorization_url(&self, id: u64) -> String {
        format!("{}/acme/authz/{id}", self.base)
    }

    pub(crate) fn certificate_url(&self, serial: &Serial) -> String {
        format!("{}/acme/cert/{serial}", self.base)
    }

    /// The identifier of RFC 9773, section 4.1.
    pub(crate) fn certificate_id(&self, serial: &Serial) -> String {
        format!("{}.{}", self.hierarchy.key_identifier, crate::jws::encode(serial.bytes()))
    }

    /// Read such an identifier. Nothing if it is none, or names another issuer.
    pub(crate) fn serial_of(&self, certificate_id: &str) -> Option<Serial> {
        let (issuer, serial) = certificate_id.split_once('.')?;
        let serial = crate::jws::decode(serial, "serial number").ok()?;
        if issuer == self.hierarchy.key_identifier { Serial::from_bytes(&serial) } else { None }
    }
}
