//! Proving that a service presents certificates: a handshake at every door for every name.

use super::probe::Prober;
use super::{InstallFailure, Installer, Placed};
use crate::analyze::address_of;
use futures::{StreamExt, stream};
use std::time::Duration;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 8;

type Proof = Result<(), InstallFailure>;

/// Wait until every certificate is presented, as long as the service may take; the proofs stand in the given order.
pub(super) async fn each(installer: &dyn Installer, placed: &[Placed<'_>]) -> Vec<Proof> {
    prove(installer, placed, Instant::now() + installer.patience()).await
}

/// Tell whether all are presented at this moment.
pub(super) async fn all_served(installer: &dyn Installer, placed: &[Placed<'_>]) -> bool {
    prove(installer, placed, Instant::now()).await.iter().all(Result::is_ok)
}

async fn prove(installer: &dyn Installer, placed: &[Placed<'_>], deadline: Instant) -> Vec<Proof> {
    let prober = match Prober::new() {
        Ok(prober) => prober,
        Err(reason) => return placed.iter().map(|_| Err(not_served(&reason))).collect(),
    };
    let proofs: Vec<_> = placed.iter().map(|placed| one(installer, &prober, *placed, deadline)).collect();
    stream::iter(proofs).buffered(AT_ONCE).collect().await
}

/// What may be wrong where an address is not presented.
const NO_NAME: &str = " (whoever asks for an address sends no name, so the first TLS virtual host answers: include AutoSSL's \
     directory before all others)";

async fn one(installer: &dyn Installer, prober: &Prober, placed: Placed<'_>, deadline: Instant) -> Proof {
    for door in installer.doors() {
        for name in placed.names {
            loop {
                let seen = match prober.presented(door, name).await {
                    Ok(fingerprint) if fingerprint == placed.item.fingerprint => break,
                    Ok(_) => "another certificate is presented".to_owned(),
                    Err(reason) => reason,
                };
                let down = installer.is_down().await;
                if let Some(reason) = down.or_else(|| installer.complaint()) {
                    return Err(not_served(&format!("{name} at {door}: {reason}")));
                }
                if Instant::now() + PAUSE > deadline {
                    let hint = if address_of(name).is_some() { NO_NAME } else { "" };
                    return Err(not_served(&format!("{name} at {door}: {seen}{hint}")));
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
