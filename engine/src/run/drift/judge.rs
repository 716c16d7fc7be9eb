//! What is to become of a certificate that a service does not present any more.

use crate::analyze::{Roots, facts_of_chain, is_covered};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::drift::Difference;
use crate::model::Drift;
use crate::store::{LEFT_ALONE, ServedCertificate, ServiceStanding};
use crate::x509;

/// Judges what was seen; reads the roots that clients trust where it has to.
pub(super) struct Judge<'a> {
    inner: &'a Inner,
    roots: Option<Roots>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(inner: &'a Inner) -> Self {
        Self { inner, roots: None }
    }

    /// Tell how a certificate stands after this was seen instead of it.
    pub(super) async fn standing(&mut self, difference: &Difference) -> EngineResult<ServiceStanding> {
        let failed = |code: &str, detail: String| ServiceStanding::Failed { code: code.to_owned(), detail };
        let (name, door, chain) = match difference {
            Difference::Silent(reason) => return Ok(failed("not_served", reason.clone())),
            Difference::Other { name, door, chain } => (name, door, chain),
        };
        let fingerprints: Vec<String> = chain.first().map(|leaf| x509::fingerprint(leaf)).into_iter().collect();
        if !self.inner.store.own_fingerprints(&fingerprints).await?.is_empty() {
            let detail = format!("{name} at {door}: another certificate that AutoSSL issued is presented");
            return Ok(failed("served_other", detail));
        }
        let now = self.inner.clock.now();
        let facts = match facts_of_chain(chain, None, self.roots().await) {
            Ok(facts) => facts,
            Err(error) => return Ok(failed("served_other", format!("{name} at {door}: {error}"))),
        };
        let (issuer, end) = (&facts.issuer, facts.validity.not_after.rfc3339());
        let seen = format!("{name} at {door}: a certificate of {issuer} that ends at {end} is presented");
        let accepted = facts.accepted_during().filter(|during| during.not_before <= now && now < during.not_after);
        Ok(match accepted {
            Some(during) if is_covered(name, &facts.names) => ServiceStanding::LeftAlone {
                detail: format!("{seen}; AutoSSL did not issue it and clients accept it, so it is left alone"),
                until: during.not_after,
            },
            _ => failed("served_other", format!("{seen}, which clients refuse")),
        })
    }

    async fn roots(&mut self) -> &Roots {
        if self.roots.is_none() {
            let trusted = self.inner.config.acme.trusted_roots.clone();
            // The reader does not panic; a runtime that is shut down asks no more.
            self.roots = Some(tokio::task::spawn_blocking(move || Roots::load(&trusted)).await.unwrap_or_default());
        }
        self.roots.get_or_insert_default()
    }
}

/// Say what is to be told of a certificate; `None` where it is presented again.
pub(super) fn drift(service: &str, of: &ServedCertificate, standing: &ServiceStanding) -> Option<Drift> {
    let (code, detail) = match standing {
        ServiceStanding::Failed { code, detail } => (code.as_str(), detail),
        ServiceStanding::LeftAlone { detail, .. } => (LEFT_ALONE, detail),
        ServiceStanding::Served | ServiceStanding::Unconcerned => return None,
    };
    Some(Drift {
        service: service.to_owned(),
        user: of.user.clone(),
        website: of.website.clone(),
        code: code.to_owned(),
        detail: detail.clone(),
    })
}
