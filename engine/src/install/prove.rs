//! Proving that a service presents certificates: a handshake at every door for every name. Where a companion is presented beside, two
//! handshakes: as a client that takes ECDSA keys only, and as one that takes RSA keys only.

use super::probe::Prober;
use super::{InstallFailure, Installer, Placed};
use crate::analyze::address_of;
use crate::any_certificate::Keys;
use futures::{StreamExt, stream};
use std::time::Duration;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 8;

/// What handshakes showed of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is presented, and so is its companion, if it has one.
    Served,
    /// It is presented, and its companion is not.
    Alone(InstallFailure),
    /// It is not presented.
    Not(InstallFailure),
}

/// Wait until every certificate is presented, as long as the service may take; the proofs stand in the given order.
pub(super) async fn each(installer: &dyn Installer, placed: &[Placed<'_>]) -> Vec<Proof> {
    prove(installer, placed, Instant::now() + installer.patience()).await
}

/// Tell whether all are presented at this moment.
pub(super) async fn all_served(installer: &dyn Installer, placed: &[Placed<'_>]) -> bool {
    prove(installer, placed, Instant::now()).await.iter().all(|proof| *proof == Proof::Served)
}

/// The clients that ask.
struct Clients {
    any: Prober,
    ecdsa: Prober,
    rsa: Prober,
}

impl Clients {
    fn new() -> Result<Self, String> {
        let (any, ecdsa, rsa) = (Prober::new()?, Prober::taking(Keys::Ecdsa)?, Prober::taking(Keys::Rsa)?);
        Ok(Self { any, ecdsa, rsa })
    }
}

async fn prove(installer: &dyn Installer, placed: &[Placed<'_>], deadline: Instant) -> Vec<Proof> {
    let clients = match Clients::new() {
        Ok(clients) => clients,
        Err(reason) => return placed.iter().map(|_| Proof::Not(not_served(&reason))).collect(),
    };
    let proofs: Vec<_> = placed.iter().map(|placed| one(installer, &clients, *placed, deadline)).collect();
    stream::iter(proofs).buffered(AT_ONCE).collect().await
}

async fn one(installer: &dyn Installer, clients: &Clients, placed: Placed<'_>, deadline: Instant) -> Proof {
    let (names, own) = (placed.names, placed.item.fingerprint.as_str());
    let client = if placed.companion.is_some() { &clients.ecdsa } else { &clients.any };
    if let Err(seen) = shown(installer, client, names, own, deadline).await {
        return Proof::Not(not_served(&seen));
    }
    let Some(companion) = placed.companion else { return Proof::Served };
    match shown(installer, &clients.rsa, names, &companion.fingerprint, deadline).await {
        Ok(()) => Proof::Served,
        Err(seen) => {
            let detail = format!("to a client that takes RSA keys only, {seen}; the certificate was left alone");
            Proof::Alone(InstallFailure::new("not_served", detail))
        }
    }
}

/// What may be wrong where an address is not presented.
const NO_NAME: &str = " (whoever asks for an address sends no name, so the first TLS virtual host answers: include AutoSSL's \
     directory before all others)";

/// Wait until every door shows a certificate for every name.
async fn shown(
    installer: &dyn Installer,
    prober: &Prober,
    names: &[String],
    wanted: &str,
    deadline: Instant,
) -> Result<(), String> {
    for door in installer.doors() {
        for name in names {
            loop {
                let seen = match prober.presented(door, name).await {
                    Ok(fingerprint) if fingerprint == wanted => break,
                    Ok(_) => "another certificate is presented".to_owned(),
                    Err(reason) => reason,
                };
                let down = installer.is_down().await;
                if let Some(reason) = down.or_else(|| installer.complaint()) {
                    return Err(format!("{name} at {door}: {reason}"));
                }
                if Instant::now() + PAUSE > deadline {
                    let hint = if address_of(name).is_some() { NO_NAME } else { "" };
                    return Err(format!("{name} at {door}: {seen}{hint}"));
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(())
}

fn not_served(seen: &str) -> InstallFailure {
    InstallFailure::new("not_served", format!("{seen}; the earlier state was put back"))
}
