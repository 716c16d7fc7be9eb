//! Finding out what websites are configured with. Only files that changed are read, so that a look in which nothing changed
//! costs no more than asking the file system for their times.

use super::read::{Changed, read_changed};
use super::{Remark, Remarks};
use crate::analyze::Roots;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install;
use crate::model::RunScope;
use crate::store::{ConfiguredWebsite, InPlace, Reading, SeenCertificate};

/// Certificates that are recorded in one transaction.
const BATCH: usize = 500;

/// Read the certificates that the websites of a scope are configured with, and remember what they are.
pub(in crate::run) async fn look(inner: &Inner, scope: &RunScope) -> EngineResult<Remarks> {
    let configured = inner.store.configured_certificates(scope).await?;
    if configured.is_empty() {
        return Ok(Remarks::default());
    }
    let trusted = inner.config.acme.trusted_roots.clone();
    let reading = tokio::task::spawn_blocking(move || read_changed(configured, || Roots::load(&trusted)));
    // The reader does not panic; a runtime that is shut down gives nothing to remember.
    let changed = reading.await.unwrap_or_default();
    let mut remarks = Remarks::default();
    for batch in changed.chunks(BATCH) {
        let fingerprints: Vec<String> = batch.iter().map(|changed| changed.fingerprint.clone()).collect();
        let issued_here = inner.store.own_fingerprints(&fingerprints).await?;
        let mut seen = Vec::with_capacity(batch.len());
        for changed in batch {
            remarks.0.extend(remark(changed));
            let in_place = match issued_here.contains(&changed.fingerprint) {
                true => Some(InPlace::Own),
                false => in_place(inner, changed).await,
            };
            seen.extend(in_place.map(|in_place| SeenCertificate {
                website: changed.configured.website,
                path: changed.configured.files.certificate.display().to_string(),
                stamp: changed.stamp.clone(),
                in_place,
                fingerprint: changed.fingerprint.clone(),
                reading: changed.reading.clone(),
            }));
        }
        inner.store.record_seen(&seen, inner.clock.now()).await?;
    }
    Ok(remarks)
}

/// Tell whose certificate a website has that is configured with another's; `None` where that cannot be told now.
///
/// Where AutoSSL has issued one, too, the service is asked: configuration alone does not tell which virtual host wins.
async fn in_place(inner: &Inner, changed: &Changed) -> Option<InPlace> {
    let configured = &changed.configured;
    let Some(own) = &configured.own else { return Some(InPlace::Foreign) };
    let Some(installer) = inner.installers.iter().find(|installer| installer.is_web_server()) else {
        // A file that is gone after AutoSSL's own certificate was issued is no reason to stop renewing that one.
        let is_there = matches!(changed.reading, Reading::Facts(_));
        return Some(if is_there { InPlace::Foreign } else { InPlace::Own });
    };
    match install::presented(installer.as_ref(), &configured.domain).await {
        Ok(presented) if presented == *own => Some(InPlace::Own),
        Ok(_) => Some(InPlace::Foreign),
        Err(reason) => {
            tracing::warn!(website.domain = %configured.domain, %reason, "whose certificate is in place is not known");
            None
        }
    }
}

fn remark(changed: &Changed) -> Option<Remark> {
    let reason = changed.key_trouble.as_ref().filter(|_| matches!(changed.reading, Reading::Facts(_)))?;
    let ConfiguredWebsite { user, domain, files, .. } = &changed.configured;
    let key = files.key.as_ref()?.display();
    let contents = format!(
        "{domain} ({user}): whether the private key at {key} belongs to the certificate at {} is not known: {reason}.",
        files.certificate.display()
    );
    Some(Remark { user: user.clone(), domain: domain.clone(), contents })
}
