//! What visitors are promised of TLS: redirects and HSTS, only of names for which a certificate that clients trust is seen to be
//! presented at this moment. What is not seen any more is taken back, so that nobody is sent to a page that does not open.

use crate::analyze::{CertificateFacts, Roots, Trust, address_of, facts_of, is_covered};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::{Installer, Promise, presented};
use crate::model::Timestamp;
use crate::store::HttpsWebsite;
use crate::vault::Vault;
use crate::x509;
use futures::{StreamExt, stream};

const AT_ONCE: usize = 8;
/// The last look.
pub(crate) const PROMISES: &str = "promises";
/// The most seconds between two looks.
pub(super) const BETWEEN_LOOKS: i64 = 3_600;

/// Look at every name that is to be reached over TLS, and promise what is so.
pub(super) async fn settle(inner: &Inner) -> EngineResult<()> {
    let Some(installer) = inner.installers.iter().find(|installer| installer.takes_promises()) else { return Ok(()) };
    let websites = inner.store.https_websites().await?;
    let promises = match websites.is_empty() {
        true => Vec::new(),
        false => kept(inner, installer.as_ref(), websites).await,
    };
    if let Err(reason) = inner.hands.promise(installer.as_ref(), &promises).await {
        tracing::error!(service.name = %installer.service(), %reason, "redirects to HTTPS and HSTS cannot be written");
    }
    inner.store.set_next_time(PROMISES, inner.clock.now()).await?;
    Ok(())
}

async fn kept(inner: &Inner, installer: &dyn Installer, websites: Vec<HttpsWebsite>) -> Vec<Promise> {
    let trusted = inner.config.acme.trusted_roots.clone();
    // The system's roots are read from files. The reader does not panic; a runtime that is shut down trusts nothing.
    let roots = tokio::task::spawn_blocking(move || Roots::load(&trusted)).await.unwrap_or_default();
    let now = inner.clock.now();
    let mut asked = Vec::new();
    for HttpsWebsite { domain, names, choice, .. } in websites {
        let Some((fingerprint, facts)) = in_place(&inner.vault, &domain, &roots, now) else { continue };
        let names = names.into_iter().filter(|name| is_covered(name, &facts.names));
        // Wildcards are no hosts that somebody asks for, and HSTS is not for addresses (RFC 6797, section 8.1.1).
        let names = names.filter(|name| !name.starts_with("*.") && address_of(name).is_none());
        asked.extend(names.map(|name| (Promise { name, choice }, fingerprint.clone())));
    }
    let looks: Vec<_> = asked.into_iter().map(|(promise, wanted)| look(installer, promise, wanted)).collect();
    stream::iter(looks).buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// Read the certificate that is in place for a website, where clients trust it now.
fn in_place(vault: &Vault, website: &str, roots: &Roots, now: Timestamp) -> Option<(String, CertificateFacts)> {
    let chain = vault.chain(website, vault.active(website)?).ok()?;
    let facts = facts_of(&chain, None, roots).ok()?;
    let is_trusted = matches!(facts.trust, Trust::TrustedUntil(end) if now < end) && facts.validity.not_before <= now;
    let fingerprint = x509::read_chain(&chain).ok()?.first().map(|leaf| x509::fingerprint(leaf))?;
    is_trusted.then_some((fingerprint, facts))
}

async fn look(installer: &dyn Installer, promise: Promise, wanted: String) -> Option<Promise> {
    match presented(installer, &promise.name).await {
        Ok(seen) if seen == wanted => Some(promise),
        Ok(_) => {
            tracing::warn!(name = %promise.name, "another certificate is presented: it is not redirected to HTTPS");
            None
        }
        Err(reason) => {
            tracing::warn!(name = %promise.name, %reason, "no certificate is presented: it is not redirected to HTTPS");
            None
        }
    }
}
