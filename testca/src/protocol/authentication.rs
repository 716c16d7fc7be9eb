//! Who has signed a request: content type, nonce, URL and key (RFC 8555, sections 6.2 to 6.5).

use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::{
    authority::Authority,
    exchange::Exchange,
    faults::Fault,
    jws::{Jws, Key},
    problem::{Problem, ProblemKind},
    state::AccountStatus,
};

/// A request whose signature is right.
pub(super) struct Signed {
    pub(super) key: Key,
    /// The account, or 0 for a request signed with a key of its own.
    pub(super) account: u64,
    pub(super) payload: Vec<u8>,
}

impl Signed {
    /// Read the payload.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.payload)
            .map_err(|error| Problem::malformed(format!("the payload is not what was expected: {error}")))
    }

    /// Whether this is POST-as-GET (RFC 8555, section 6.3).
    pub(super) fn is_get(&self) -> bool {
        self.payload.is_empty()
    }

    pub(super) fn must_be_get(&self) -> Result<(), Problem> {
        if self.is_get() { Ok(()) } else { Err(Problem::malformed("POST-as-GET has an empty payload")) }
    }
}

/// Accept a request of an account (`kid`).
pub(super) fn by_account(ca: &Authority, exchange: &mut Exchange) -> Result<Signed, Problem> {
    let jws = open(ca, exchange)?;
    if jws.header.jwk.is_some() {
        return Err(Problem::malformed("this request is signed by an account: kid, and no jwk"));
    }
    account_of(ca, exchange, &jws)
}

/// Accept a request that brings its own key (`jwk`).
pub(super) fn by_key(ca: &Authority, exchange: &mut Exchange) -> Result<Signed, Problem> {
    let jws = open(ca, exchange)?;
    if jws.header.kid.is_some() {
        return Err(Problem::malformed("this request brings its own key: jwk, and no kid"));
    }
    own_key(&jws)
}

/// Accept either, as revocation does.
pub(super) fn by_account_or_key(ca: &Authority, exchange: &mut Exchange) -> Result<Signed, Problem> {
    let jws = open(ca, exchange)?;
    match (&jws.header.kid, &jws.header.jwk) {
        (Some(_), None) => account_of(ca, exchange, &jws),
        (None, Some(_)) => own_key(&jws),
        _ => Err(Problem::malformed("a request has either a kid or a jwk")),
    }
}

/// Check everything but the signature.
fn open(ca: &Authority, exchange: &Exchange) -> Result<Jws, Problem> {
    if exchange.content_type.as_deref() != Some("application/jose+json") {
        return Err(Problem::malformed("the content type is application/jose+json")
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE.as_u16()));
    }
    let jws = Jws::parse(&exchange.body)?;
    jws.check_algorithm()?;
    redeem_nonce(ca, exchange, &jws)?;
    if jws.header.url.as_deref() != Some(&exchange.url) {
        let signed = jws.header.url.as_deref().unwrap_or("no URL");
        return Err(Problem::unauthorized(format!("the request to {} is signed for {signed}", exchange.url)));
    }
    match &exchange.fault {
        Some(Fault::AccountVanished) => Err(account_unknown()),
        Some(Fault::TermsChanged(terms)) => Err(Problem::terms_not_agreed(terms).with_instance(terms)),
        _ => Ok(jws),
    }
}

fn redeem_nonce(ca: &Authority, exchange: &Exchange, jws: &Jws) -> Result<(), Problem> {
    let known = jws.header.nonce.as_deref().is_some_and(|nonce| ca.state().nonces.redeem(nonce));
    let scripted = exchange.fault == Some(Fault::BadNonce);
    if known && !scripted && !ca.chance(ca.settings.nonce_rejection) {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::BadNonce, "the nonce is unknown or has been used"))
}

fn account_of(ca: &Authority, exchange: &mut Exchange, jws: &Jws) -> Result<Signed, Problem> {
    let kid = jws.header.kid.as_deref().ok_or_else(|| Problem::malformed("the request has neither kid nor jwk"))?;
    let id = kid.strip_prefix(&ca.url("/acme/account/")).and_then(|id| id.parse().ok()).ok_or_else(account_unknown)?;
    let (key, status) = {
        let state = ca.state();
        let account = state.accounts.get(&id).ok_or_else(account_unknown)?;
        (account.key.clone(), account.status)
    };
    let payload = jws.verify(&key)?;
    exchange.account = Some(id);
    match status {
        AccountStatus::Valid => Ok(Signed { key, account: id, payload }),
        AccountStatus::Deactivated => Err(Problem::unauthorized("the account is deactivated")),
    }
}

fn own_key(jws: &Jws) -> Result<Signed, Problem> {
    let jwk = jws.header.jwk.as_ref().ok_or_else(|| Problem::malformed("the request has neither kid nor jwk"))?;
    let key = Key::from_jwk(jwk)?;
    let payload = jws.verify(&key)?;
    Ok(Signed { key, account: 0, payload })
}

fn account_unknown() -> Problem {
    Problem::new(ProblemKind::AccountDoesNotExist, "the account is unknown")
}
