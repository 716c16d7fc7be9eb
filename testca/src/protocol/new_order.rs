//! Order creation (RFC 8555, section 7.4), with its rate limits.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::{
    authentication::by_account,
    order,
    order_request::{NewOrder, Wanted},
    replacement,
};
use crate::{
    authority::Authority,
    clock::later,
    exchange::{Exchange, Reply},
    limits::Counted,
    names::{Identifier, set_key},
    problem::Problem,
    settings::{AuthorizationReuse, OrderReuse},
    state::{Authorization, AuthorizationStatus, Challenge, Order, State, random_token},
};

/// How long a client may take.
const UNFINISHED_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

pub(super) fn new_order(ca: &Authority, exchange: &mut Exchange) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    let request: NewOrder = signed.read()?;
    let identifiers = request.identifiers()?;
    exchange.names = identifiers.iter().map(Identifier::text).collect();
    let now = ca.now();
    let wanted = request.check(ca, identifiers, now)?;

    let mut state = ca.state();
    let replaced = match &request.replaces {
        Some(id) => Some(replacement::check(ca, &state, signed.account, id, &wanted, now)?),
        None => None,
    };
    if ca.settings.order_reuse == OrderReuse::Unfinished
        && replaced.is_none()
        && let Some(id) = state.unfinished_order(signed.account, &wanted.identifiers, &wanted.profile.name, now)
    {
        return order::reply(ca, &state, id, StatusCode::CREATED);
    }
    // Renewals that follow the CA's suggestion are exempt from all limits.
    if replaced.is_none() {
        spend_limits(&mut state, signed.account, &wanted, now)?;
    }
    let id = create(ca, &mut state, signed.account, wanted, request.replaces.clone(), now)?;
    if let Some(certificate) = replaced.and_then(|serial| state.certificates.get_mut(&serial)) {
        certificate.replaced_by = Some(id);
    }
    ca.journal.count_order();
    order::reply(ca, &state, id, StatusCode::CREATED)
}

/// Refuse the order, or count it. Certificates are counted when they are issued.
fn spend_limits(state: &mut State, account: u64, wanted: &Wanted<'_>, now: Timestamp) -> Result<(), Problem> {
    let names = set_key(&wanted.identifiers);
    let renewal = state.issued_sets.contains(&names);
    let orders = Counted::Orders { account };
    for identifier in &wanted.identifiers {
        state.buckets.check(&Counted::FailedAuthorizations { account, name: identifier.base() }, now)?;
    }
    state.buckets.check(&Counted::NameSetCertificates { names }, now)?;
    // The same set of names again is a renewal, even without `replaces`, and free of the other limits.
    if renewal {
        return Ok(());
    }
    state.buckets.check(&orders, now)?;
    for identifier in &wanted.identifiers {
        let counted = Counted::DomainCertificates { domain: identifier.registered_domain() };
        state.buckets.check(&counted, now)?;
    }
    state.buckets.spend(orders, now);
    Ok(())
}

fn create(
    ca: &Authority,
    state: &mut State,
    account: u64,
    wanted: Wanted<'_>,
    replaces: Option<String>,
    now: Timestamp,
) -> Result<u64, Problem> {
    let mut authorizations = Vec::with_capacity(wanted.identifiers.len());
    for identifier in &wanted.identifiers {
        authorizations.push(authorization(ca, state, account, identifier, &wanted, now)?);
    }
    let id = state.next_id();
    let order = Order {
        account,
        identifiers: wanted.identifiers,
        profile: wanted.profile.name.clone(),
        authorizations,
        expires: later(now, UNFINISHED_LIFETIME),
        not_before: wanted.not_before,
        not_after: wanted.not_after,
        replaces,
        finalizing: false,
        processing_until: now,
        certificate: None,
        invalid: false,
        error: None,
    };
    state.orders.insert(id, order);
    if let Some(account) = state.accounts.get_mut(&account) {
        account.orders.push(id);
    }
    Ok(id)
}

/// Take over a valid authorization, or make a new one.
fn authorization(
    ca: &Authority,
    state: &mut State,
    account: u64,
    identifier: &Identifier,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<u64, Problem> {
    let reuse = match ca.settings.authorization_reuse {
        AuthorizationReuse::Never => 0.0,
        AuthorizationReuse::UntilExpiry => 1.0,
        AuthorizationReuse::Sometimes(probability) => probability,
    };
    if let Some(id) = state.valid_authorization(account, identifier, now)
        && ca.chance(reuse)
    {
        return Ok(id);
    }
    let id = state.next_id();
    let authorization = Authorization {
        account,
        identifier: identifier.clone(),
        lifetime: wanted.profile.authorization_lifetime,
        expires: later(now, UNFINISHED_LIFETIME),
        settled: AuthorizationStatus::Pending,
        token: random_token(32).map_err(Problem::internal)?,
        challenges: Challenge::all_for(identifier, ca.settings.persistent_records),
    };
    state.authorizations.insert(id, authorization);
    Ok(id)
}
