//! The proof that a service goes on as before without some websites: a sample of the others is presented as it was, and a sample of
//! those is presented no more.

use super::Copies;
use crate::install::Installer;
use crate::install::probe::{Door, Prober};
use crate::x509;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_millis(50);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Names that are asked for.
const SAMPLE: usize = 20;

/// What was presented before.
pub(super) struct Proof {
    /// For names that stay, where a handshake was made at all.
    others: Vec<(Door, String, String)>,
    /// For names that go, with the certificate that is theirs.
    gone: Vec<(Door, String, String)>,
    /// Where somebody answered.
    open: Vec<Door>,
}

impl Proof {
    /// See what is presented now.
    pub(super) async fn prepare(
        installer: &dyn Installer,
        names: &BTreeMap<String, String>,
        gone: &BTreeSet<&str>,
    ) -> Self {
        let mut proof = Self { others: Vec::new(), gone: Vec::new(), open: Vec::new() };
        let Ok(prober) = Prober::new() else { return proof };
        let (taken, left): (Vec<_>, Vec<_>) = names.iter().partition(|(_, website)| gone.contains(website.as_str()));
        for door in installer.doors() {
            if let Ok(Ok(_)) = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(door.address)).await {
                proof.open.push(door);
            }
            for (name, _) in sample(&left) {
                if let Ok(fingerprint) = prober.presented(door, name).await {
                    proof.others.push((door, (*name).clone(), fingerprint));
                }
            }
            for (name, website) in sample(&taken) {
                let own = std::fs::read_to_string(installer.place().combined(website)).ok();
                let own =
                    own.and_then(|text| x509::read_chain(&text).ok()?.first().map(|leaf| x509::fingerprint(leaf)));
                proof.gone.extend(own.map(|own| (door, (*name).clone(), own)));
            }
        }
        proof
    }

    /// Wait until those that are gone are presented no more and the others as before, as long as the service may take.
    ///
    /// Where certificates stay, whoever reads them may go on presenting them.
    pub(super) async fn holds(&self, installer: &dyn Installer, copies: Copies) -> Result<(), String> {
        let prober = Prober::new()?;
        let deadline = Instant::now() + installer.patience();
        // First those that go: once they are gone the service has taken what it was to take.
        for (door, name, own) in &self.gone {
            // Without a certificate for it a service may refuse a name.
            let is_gone = |seen: &Result<String, String>| seen.as_ref() != Ok(own);
            match wait(installer, &prober, (*door, name), deadline, is_gone).await? {
                Ok(()) => {}
                Err(_) if copies == Copies::Leave => {}
                Err(_) => return Err(format!("{name} at {door}: its certificate is presented still")),
            }
        }
        for (door, name, before) in &self.others {
            let is_as_before = |seen: &Result<String, String>| seen.as_ref() == Ok(before);
            if let Err(seen) = wait(installer, &prober, (*door, name), deadline, is_as_before).await? {
                let other = "another certificate is presented than before".to_owned();
                return Err(format!("{name} at {door}: {}", seen.map_or_else(|reason| reason, |_| other)));
            }
        }
        for door in &self.open {
            let connected = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(door.address)).await;
            connected.map_err(|_| format!("{door}: no answer"))?.map_err(|error| format!("{door}: {error}"))?;
        }
        installer.is_down().await.or_else(|| installer.complaint()).map_or(Ok(()), Err)
    }
}

/// Ask until the answer is good or there is no time left: then the last answer is the error.
async fn wait(
    installer: &dyn Installer,
    prober: &Prober,
    (door, name): (Door, &str),
    deadline: Instant,
    is_good: impl Fn(&Result<String, String>) -> bool,
) -> Result<Result<(), Result<String, String>>, String> {
    loop {
        let seen = prober.presented(door, name).await;
        if is_good(&seen) {
            return Ok(Ok(()));
        }
        if let Some(reason) = installer.is_down().await.or_else(|| installer.complaint()) {
            return Err(format!("{name} at {door}: {reason}"));
        }
        if Instant::now() + PAUSE > deadline {
            return Ok(Err(seen));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn sample<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len().div_ceil(SAMPLE).max(1))
}
