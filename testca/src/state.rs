//! All that the CA knows, in memory. Handlers lock it briefly: no signature is made or checked meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::{limits::Buckets, names::Identifier, pki::Serial};

mod account;
mod authorization;
mod certificate;
mod nonces;
mod order;

pub(crate) use account::{Account, AccountStatus};
pub(crate) use authorization::{Authorization, AuthorizationStatus, Challenge, ChallengeStatus, PERSISTENT};
pub(crate) use certificate::{Certificate, Revocation, Window};
pub(crate) use nonces::{Nonces, random_token};
pub(crate) use order::{Order, OrderStatus};

/// The tables. Identifiers count up from 1, and are never used twice.
pub(crate) struct State {
    pub(crate) accounts: HashMap<u64, Account>,
    pub(crate) account_by_key: HashMap<String, u64>,
    pub(crate) orders: HashMap<u64, Order>,
    pub(crate) authorizations: HashMap<u64, Authorization>,
    pub(crate) certificates: HashMap<Serial, Certificate>,
    pub(crate) nonces: Nonces,
    pub(crate) buckets: Buckets,
    /// The last authorization of an account for a name, the only one that may be used again.
    pub(crate) reusable: HashMap<(u64, String), u64>,
    /// The sets of names that certificates were issued for: another order for one is a renewal.
    pub(crate) issued_sets: HashSet<String>,
    pub(crate) external_keys: HashMap<String, Vec<u8>>,
    pub(crate) refused_names: HashSet<String>,
    pub(crate) terms: Option<String>,
    next: u64,
}

impl State {
    pub(crate) fn new(buckets: Buckets) -> Self {
        Self {
            accounts: HashMap::new(),
            account_by_key: HashMap::new(),
            orders: HashMap::new(),
            authorizations: HashMap::new(),
            certificates: HashMap::new(),
            nonces: Nonces::default(),
            buckets,
            reusable: HashMap::new(),
            issued_sets: HashSet::new(),
            external_keys: HashMap::new(),
            refused_names: HashSet::new(),
            terms: None,
            next: 1,
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Work out what an order has come to by now (RFC 8555, section 7.1.6).
    pub(crate) fn order_status(&self, order: &Order, now: Timestamp) -> OrderStatus {
        if order.invalid {
            return OrderStatus::Invalid;
        }
        if order.certificate.is_some() {
            return if order.processing_until > now { OrderStatus::Processing } else { OrderStatus::Valid };
        }
        if order.expires <= now {
            return OrderStatus::Invalid;
        }
        let statuses: Vec<AuthorizationStatus> = order
            .authorizations
            .iter()
            .filter_map(|id| self.authorizations.get(id))
            .map(|authorization| authorization.status(now))
            .collect();
        if statuses.iter().all(|status| *status == AuthorizationStatus::Valid) {
            return if order.finalizing { OrderStatus::Processing } else { OrderStatus::Ready };
        }
        let pending =
            |status: &AuthorizationStatus| matches!(status, AuthorizationStatus::Pending | AuthorizationStatus::Valid);
        if statuses.iter().all(pending) { OrderStatus::Pending } else { OrderStatus::Invalid }
    }

    /// Find an unfinished order that a new one would repeat.
    pub(crate) fn unfinished_order(
        &self,
        account: u64,
        identifiers: &BTreeSet<Identifier>,
        profile: &str,
        now: Timestamp,
    ) -> Option<u64> {
        let orders = &self.accounts.get(&account)?.orders;
        orders.iter().rev().copied().find(|id| {
            self.orders.get(id).is_some_and(|order| {
                order.identifiers == *identifiers
                    && order.profile == profile
                    && matches!(self.order_status(order, now), OrderStatus::Pending | OrderStatus::Ready)
            })
        })
    }

    /// Find an authorization that spares the account another validation.
    pub(crate) fn valid_authorization(&self, account: u64, identifier: &Identifier, now: Timestamp) -> Option<u64> {
        let id = *self.reusable.get(&(account, identifier.text()))?;
        let valid = self.authorizations.get(&id)?.status(now) == AuthorizationStatus::Valid;
        valid.then_some(id)
    }

    /// Whether the certificate is replaced by an order that has not failed (RFC 9773, section 5).
    pub(crate) fn is_replaced(&self, certificate: &Certificate, now: Timestamp) -> bool {
        let order = certificate.replaced_by.and_then(|id| self.orders.get(&id));
        order.is_some_and(|order| self.order_status(order, now) != OrderStatus::Invalid)
    }
}
