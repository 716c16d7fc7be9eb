//! Challenges: the client says that it is ready, and the CA looks (RFC 8555, section 7.5.1).

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    authentication::{Signed, by_account},
    authorization::own_authorization,
};
use crate::{
    authority::Authority,
    clock::{later, rfc3339},
    exchange::{Exchange, Reply},
    faults::Fault,
    journal::FailedValidation,
    limits::Counted,
    lock::lock,
    problem::Problem,
    state::{AuthorizationStatus, Challenge, ChallengeStatus, PERSISTENT, State},
    validation::{Attempt, Validation, ValidationFailure},
};

pub(super) fn challenge(ca: &Arc<Authority>, exchange: &mut Exchange, id: u64, kind: &str) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    let attempt = begin(ca, exchange, &signed, id, kind)?;
    if let Some(attempt) = attempt {
        if exchange.fault == Some(Fault::OrderInvalid) {
            invalidate_orders(&mut ca.state(), signed.account, id);
        }
        decide(ca, signed.account, id, attempt);
    }
    let state = ca.state();
    let authorization = state.authorizations.get(&id).ok_or_else(|| Problem::not_found("authorization"))?;
    let found = authorization.challenges.iter().find(|challenge| challenge.kind == kind);
    let found = found.ok_or_else(|| Problem::not_found("challenge"))?;
    let reply = Reply::json(StatusCode::OK, &document(ca, id, &authorization.token, found));
    Ok(reply.link(&ca.authorization_url(id), "up"))
}

/// Mark the challenge as being looked at. Nothing if the client only wants to see it, or it is settled.
fn begin(
    ca: &Authority,
    exchange: &mut Exchange,
    signed: &Signed,
    id: u64,
    kind: &str,
) -> Result<Option<Attempt>, Problem> {
    let now = ca.now();
    let mut state = ca.state();
    let authorization = own_authorization(&mut state, signed.account, id)?;
    exchange.names = vec![authorization.identifier.text()];
    let open = authorization.status(now) == AuthorizationStatus::Pending;
    if authorization.status(now) == AuthorizationStatus::Expired {
        return Err(Problem::malformed("the authorization has expired"));
    }
    let busy = authorization.challenges.iter().any(|challenge| challenge.status == ChallengeStatus::Processing);
    let challenge = authorization.challenges.iter_mut().find(|challenge| challenge.kind == kind);
    let challenge = challenge.ok_or_else(|| Problem::not_found("challenge"))?;
    if signed.is_get() {
        return Ok(None);
    }
    if !signed.read::<Value>()?.is_object() {
        return Err(Problem::malformed("the payload of a challenge is an object"));
    }
    if !open || busy {
        return Ok(None);
    }
    challenge.status = ChallengeStatus::Processing;
    Ok(Some(Attempt {
        name: authorization.identifier.base(),
        challenge: challenge.kind,
        key_authorization: format!("{}.{}", authorization.token, signed.key.thumbprint()),
        account: ca.account_url(signed.account),
        wildcard: authorization.identifier.is_wildcard(),
        account_hash_prefix: ca.account_hash_prefix(),
        at: now,
    }))
}

/// Come to a verdict: now, or when the network has answered.
fn decide(ca: &Arc<Authority>, account: u64, id: u64, attempt: Attempt) {
    let scripted = lock(&ca.failing).get(&attempt.name).cloned();
    let verdict = match (scripted, &ca.settings.validation) {
        (Some(failure), _) => Err(failure),
        (None, Validation::Always) => Ok(()),
        (None, Validation::By(decide)) => decide(&attempt),
        (None, Validation::Network(network)) => {
            let (ca, network) = (ca.clone(), network.clone());
            // The runtime is the CA's own, and ends with it.
            tokio::spawn(async move {
                let verdict = network.look(&attempt, &ca.settings.caa_identities).await;
                settle(&ca, account, id, &attempt, verdict);
            });
            return;
        }
    };
    settle(ca, account, id, &attempt, verdict);
}

fn settle(ca: &Authority, account: u64, id: u64, attempt: &Attempt, verdict: Result<(), ValidationFailure>) {
    let now = ca.now();
    let mut state = ca.state();
    let Some(authorization) = state.authorizations.get_mut(&id) else { return };
    let challenge = authorization.challenges.iter_mut().find(|challenge| challenge.kind == attempt.challenge);
    let (Some(challenge), AuthorizationStatus::Pending) = (challenge, authorization.settled) else { return };
    match verdict {
        Ok(()) => {
            challenge.status = ChallengeStatus::Valid;
            challenge.validated = Some(now);
            authorization.settled = AuthorizationStatus::Valid;
            authorization.expires = later(now, authorization.lifetime);
            let name = authorization.identifier.text();
            state.reusable.insert((account, name), id);
        }
        Err(ValidationFailure(problem)) => {
            challenge.status = ChallengeStatus::Invalid;
            challenge.error = Some(problem.clone());
            authorization.settled = AuthorizationStatus::Invalid;
            let counted = Counted::FailedAuthorizations { account, name: attempt.name.clone() };
            state.buckets.spend(counted, now);
            ca.journal.record_failed(FailedValidation {
                at: now,
                name: attempt.name.clone(),
                account: attempt.account.clone(),
                challenge: attempt.challenge,
                problem: problem.kind,
                detail: problem.detail,
            });
        }
    }
}

fn invalidate_orders(state: &mut State, account: u64, authorization: u64) {
    for order in state.orders.values_mut() {
        order.invalid |= order.account == account && order.authorizations.contains(&authorization);
    }
}

/// The challenge object.
pub(super) fn document(ca: &Authority, id: u64, token: &str, challenge: &Challenge) -> Value {
    let mut document = json!({
        "type": challenge.kind,
        "url": ca.url(&format!("/acme/challenge/{id}/{}", challenge.kind)),
        "status": challenge.status.name(),
    });
    if challenge.kind == PERSISTENT {
        document["issuerDomainNames"] = json!(ca.settings.caa_identities);
    } else {
        document["token"] = json!(token);
    }
    if let Some(validated) = challenge.validated {
        document["validated"] = json!(rfc3339(validated));
    }
    if let Some(error) = &challenge.error {
        document["error"] = error.to_json();
    }
    document
}
