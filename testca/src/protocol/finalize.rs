//! Finalization (RFC 8555, section 7.4): the signing request comes in, and the certificate is made.

use std::time::Duration;

use http::StatusCode;
use rustls::pki_types::CertificateDer;
use serde::Deserialize;

use super::{
    authentication::{Signed, by_account},
    order::{own_order, reply},
};
use crate::{
    authority::Authority,
    clock::{earlier, later},
    exchange::{Exchange, Reply},
    faults::Fault,
    journal::Issued,
    jws::decode,
    limits::Counted,
    names::{Identifier, set_key},
    pki::{Csr, Leaf, Serial, SubjectKey},
    problem::{Problem, ProblemKind},
    state::{Certificate, OrderStatus, State},
};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
struct Finalize {
    csr: String,
}

pub(super) fn finalize(ca: &Authority, exchange: &mut Exchange, id: u64) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    let request: Finalize = signed.read()?;
    exchange.names = own_order(&mut ca.state(), signed.account, id)?.names();
    must_be_ready(ca, &ca.state(), id)?;
    if exchange.fault == Some(Fault::OrderInvalid) {
        let mut state = ca.state();
        own_order(&mut state, signed.account, id)?.invalid = true;
        return reply(ca, &state, id, StatusCode::OK);
    }
    let csr = Csr::parse(&decode(&request.csr, "signing request")?)?;
    let draft = begin(ca, &signed, id, &csr)?;
    let certificate = draft.sign(ca, &csr, exchange.fault.as_ref());
    let mut state = ca.state();
    match certificate {
        Ok((der, draft)) => issue(ca, &mut state, id, csr, draft, &der),
        Err(problem) => {
            own_order(&mut state, signed.account, id)?.finalizing = false;
            return Err(problem);
        }
    }
    reply(ca, &state, id, StatusCode::OK)
}

fn must_be_ready(ca: &Authority, state: &State, id: u64) -> Result<(), Problem> {
    let order = state.orders.get(&id).ok_or_else(|| Problem::not_found("order"))?;
    match state.order_status(order, ca.now()) {
        OrderStatus::Ready => Ok(()),
        other => {
            let detail = format!("the order is {}, not ready", other.name());
            Err(Problem::new(ProblemKind::OrderNotReady, detail))
        }
    }
}

/// What the certificate will be.
struct Draft {
    serial: Serial,
    names: Vec<String>,
    not_before: jiff::Timestamp,
    not_after: jiff::Timestamp,
}

/// Claim the order, so that a second request at the same time finds it processing.
fn begin(ca: &Authority, signed: &Signed, id: u64, csr: &Csr) -> Result<Draft, Problem> {
    let mut state = ca.state();
    must_be_ready(ca, &state, id)?;
    let now = ca.now();
    let order = own_order(&mut state, signed.account, id)?;
    if csr.identifiers != order.identifiers {
        let asked = set_key(&csr.identifiers);
        let detail = format!("the signing request is for {asked}, the order for {}", set_key(&order.identifiers));
        return Err(Problem::new(ProblemKind::BadCsr, detail));
    }
    if csr.key == signed.key {
        return Err(Problem::new(ProblemKind::BadCsr, "the signing request has the account's key"));
    }
    let profile = ca.settings.profiles.iter().find(|profile| profile.name == order.profile);
    let lifetime = profile.map_or(HOUR, |profile| profile.lifetime);
    let not_before = order.not_before.unwrap_or(now);
    let not_after = order.not_after.unwrap_or_else(|| later(not_before, lifetime));
    let serial = Serial::random().map_err(Problem::internal)?;
    order.finalizing = true;
    Ok(Draft { serial, names: order.names(), not_before, not_after })
}

impl Draft {
    fn sign(
        mut self,
        ca: &Authority,
        csr: &Csr,
        fault: Option<&Fault>,
    ) -> Result<(CertificateDer<'static>, Self), Problem> {
        let mut foreign = None;
        match fault {
            Some(Fault::WrongKey) => foreign = Some(SubjectKey::foreign().map_err(Problem::internal)?),
            Some(Fault::WrongNames(names)) => self.names.clone_from(names),
            Some(Fault::ExpiredCertificate) => {
                let lifetime = self.not_after.duration_since(self.not_before).unsigned_abs();
                self.not_after = earlier(ca.now(), HOUR);
                self.not_before = earlier(self.not_after, lifetime);
            }
            _ => {}
        }
        let leaf = Leaf {
            names: &self.names,
            key: foreign.as_ref().unwrap_or(&csr.subject_key),
            serial: &self.serial,
            not_before: self.not_before,
            not_after: self.not_after,
            crl_url: ca.url("/crl"),
        };
        let der = ca.hierarchy.sign(&leaf).map_err(Problem::internal)?;
        Ok((der, self))
    }
}

fn issue(ca: &Authority, state: &mut State, id: u64, csr: Csr, draft: Draft, der: &[u8]) {
    let now = ca.now();
    let Some(order) = state.orders.get_mut(&id) else { return };
    order.processing_until = later(now, ca.settings.processing);
    order.certificate = Some(draft.serial);
    ca.journal.record_issued(Issued {
        at: now,
        names: draft.names.clone(),
        serial: draft.serial.to_string(),
        certificate_id: ca.certificate_id(&draft.serial),
        not_before: draft.not_before,
        not_after: draft.not_after,
        account: ca.account_url(order.account),
        order: ca.order_url(id),
        profile: order.profile.clone(),
        replaces: order.replaces.clone(),
        der: der.to_vec(),
    });
    let certificate = Certificate {
        account: order.account,
        order: id,
        identifiers: order.identifiers.clone(),
        der: der.to_vec(),
        key: csr.key,
        not_before: draft.not_before,
        not_after: draft.not_after,
        revoked: None,
        replaced_by: None,
        window: None,
    };
    let exempt = order.replaces.is_some();
    let (names, identifiers) = (set_key(&order.identifiers), order.identifiers.clone());
    state.certificates.insert(draft.serial, certificate);
    let renewal = !state.issued_sets.insert(names.clone());
    if exempt {
        return;
    }
    state.buckets.spend(Counted::NameSetCertificates { names }, now);
    if !renewal {
        let domains: std::collections::BTreeSet<String> =
            identifiers.iter().map(Identifier::registered_domain).collect();
        domains.into_iter().for_each(|domain| state.buckets.spend(Counted::DomainCertificates { domain }, now));
    }
}
