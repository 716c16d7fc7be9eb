//! Looking whether a service still presents what was proved. Nothing is changed, and nothing is waited for.

use super::Installer;
use super::probe::{Door, Prober};
use crate::x509;
use futures::{StreamExt, stream};
use rustls_pki_types::CertificateDer;

/// Certificates that are looked at at the same time: a look is no load.
const AT_ONCE: usize = 4;
/// Where so many in a row get no handshake, the others would not either.
const SILENT: usize = 16;

/// A certificate that a service presented for these names.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The certificate's SHA-256 in hexadecimal.
    pub(crate) fingerprint: String,
    /// The names.
    pub(crate) names: Vec<String>,
}

/// What is seen instead of a certificate.
#[derive(Clone, Debug)]
pub(crate) enum Difference {
    /// Another one.
    Other {
        /// For which name.
        name: String,
        /// Where.
        door: Door,
        /// It, and what follows it.
        chain: Vec<CertificateDer<'static>>,
    },
    /// No handshake: where, for which name, and why.
    Silent(String),
}

/// Look at each certificate at every door; what is seen instead stands in the given order.
///
/// What differs is looked at once more at the end: somebody may just be reloading the service.
///
/// # Errors
/// Where the service runs and answers to nobody.
pub(crate) async fn look(installer: &dyn Installer, expected: &[Expected]) -> Result<Vec<Option<Difference>>, String> {
    let prober = Prober::new()?;
    let doors = installer.doors();
    let mut seen: Vec<Option<Difference>> = Vec::with_capacity(expected.len());
    for part in expected.chunks(SILENT) {
        let looks: Vec<_> = part.iter().map(|expected| difference(&prober, &doors, expected)).collect();
        let differences: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let is_silent = |one: &Option<Difference>| matches!(one, Some(Difference::Silent(_)));
        if let (SILENT, true, Some(Some(Difference::Silent(reason)))) =
            (differences.len(), differences.iter().all(is_silent), differences.first())
        {
            return Err(reason.clone());
        }
        seen.extend(differences);
    }
    for (expected, seen) in expected.iter().zip(&mut seen).filter(|(_, seen)| seen.is_some()) {
        *seen = difference(&prober, &doors, expected).await;
    }
    Ok(seen)
}

async fn difference(prober: &Prober, doors: &[Door], expected: &Expected) -> Option<Difference> {
    for door in doors {
        for name in &expected.names {
            match prober.chain(*door, name).await {
                Ok(chain) if chain.first().is_some_and(|leaf| x509::fingerprint(leaf) == expected.fingerprint) => {}
                Ok(chain) => return Some(Difference::Other { name: name.clone(), door: *door, chain }),
                Err(reason) => return Some(Difference::Silent(format!("{name} at {door}: {reason}"))),
            }
        }
    }
    None
}
