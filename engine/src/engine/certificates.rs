//! The certificates that were issued: listing, showing, giving away, revoking.

use super::Engine;
use crate::error::{EngineError, EngineResult};
use crate::inventory::checked_name;
use crate::model::{
    CertificateDetail, CertificateQuery, CertificateRow, CertificateSheet, CompanionProblem, OthersCertificate,
    Revocation, RevocationOutlook, RevocationReason, RevocationSigner, RunId, RunScope,
};
use crate::options::Confirmation;
use crate::revocation::{carry_out, chain_of};
use crate::store::{ArchivedCertificate, NewRun};
use crate::x509;
use std::collections::BTreeSet;

/// Which certificates are to be revoked, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationRequest {
    /// A name of the website, as people write it.
    pub name: String,
    /// The serial number of one of its certificates; without it all that are in use are meant.
    pub serial: Option<String>,
    /// Why.
    pub reason: RevocationReason,
    /// What the request is signed with.
    pub signer: RevocationSigner,
    /// The provider to ask; without it those at which there is an account.
    pub provider: Option<String>,
}

impl Engine {
    /// List certificates, in the order in which they were issued.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn certificates(&self, query: &CertificateQuery) -> EngineResult<Vec<CertificateRow>> {
        Ok(self.inner.store.certificates(query).await?)
    }

    /// Show the certificates of the website that has this name, or those for a name whose website is gone.
    ///
    /// # Errors
    /// Where the text is no name, or AutoSSL ordered no certificate for it.
    pub async fn certificate(&self, name: &str) -> EngineResult<CertificateDetail> {
        let (name, all) = self.certificates_of(name).await?;
        let newest = all.first().ok_or_else(|| none(&name, None))?;
        let (website, user) = (newest.row.website.clone(), newest.row.user.clone());
        let others = self.others(website.as_deref(), user.as_deref()).await?;
        let (in_use, earlier): (Vec<_>, Vec<_>) = all.into_iter().partition(|certificate| certificate.row.in_use);
        let (companion, in_use): (Vec<_>, Vec<_>) =
            in_use.into_iter().partition(|certificate| certificate.row.companion);
        let companion_trouble = self.companion_trouble(website.as_deref(), user.as_deref()).await?;
        Ok(CertificateDetail {
            website,
            user,
            others,
            in_use: in_use.into_iter().next().map(|certificate| self.certificate_sheet(certificate)),
            companion: companion.into_iter().next().map(|certificate| self.certificate_sheet(certificate)),
            companion_trouble,
            earlier: earlier.into_iter().map(|certificate| certificate.row).collect(),
        })
    }

    /// Show one certificate of a website by its serial number.
    ///
    /// # Errors
    /// Where the text is no name, or AutoSSL ordered no such certificate for it.
    pub async fn certificate_by_serial(&self, name: &str, serial: &str) -> EngineResult<CertificateSheet> {
        Ok(self.certificate_sheet(self.chosen(name, Some(serial)).await?.remove(0)))
    }

    /// Fetch a certificate with its chain as PEM, and never its key: the one with this serial number, else the one in use, else the
    /// latest.
    ///
    /// # Errors
    /// Where the text is no name, AutoSSL ordered no such certificate for it, or its file cannot be read.
    pub async fn certificate_pem(&self, name: &str, serial: Option<&str>) -> EngineResult<String> {
        let certificate = self.chosen(name, serial).await?.remove(0);
        let (_, chain) = chain_of(&self.inner, &certificate)?;
        let refused = |reason| EngineError::CertificateFile { serial: certificate.row.serial.clone(), reason };
        x509::certificates_only(&chain).map_err(refused)
    }

    /// Tell what a revocation would do.
    ///
    /// # Errors
    /// Where the text is no name, or AutoSSL ordered no such certificate for it.
    pub async fn revocation_outlook(&self, request: &RevocationRequest) -> EngineResult<RevocationOutlook> {
        let chosen = self.chosen(&request.name, request.serial.as_deref()).await?;
        self.outlook(&chosen).await
    }

    /// Revoke certificates: each is written down first, then the provider is asked. Websites whose certificates are revoked are due
    /// at once: the runs that replace them are asked for and returned.
    ///
    /// # Errors
    /// Where there is no such certificate, one is in use and that was not confirmed, or the provider refuses or cannot be reached; what
    /// was revoked before stays revoked.
    pub async fn revoke(
        &self,
        request: &RevocationRequest,
        confirmation: Confirmation,
        by: &str,
    ) -> EngineResult<(RevocationOutlook, Vec<RunId>)> {
        let inner = &self.inner;
        let chosen = self.chosen(&request.name, request.serial.as_deref()).await?;
        let outlook = self.outlook(&chosen).await?;
        let in_use = outlook.certificates.iter().filter(|row| row.in_use).count();
        if in_use > 0 && confirmation == Confirmation::Missing {
            return Err(EngineError::RevocationUnconfirmed { in_use, all: outlook.certificates.len() });
        }
        let (mut outcome, mut due) = (Ok(()), BTreeSet::new());
        for certificate in chosen.iter().filter(|certificate| certificate.row.revoked_at().is_none()) {
            let revocation = Revocation {
                reason: request.reason,
                signer: request.signer,
                by: by.to_owned(),
                provider: request.provider.clone(),
                asked_at: inner.clock.now(),
                revoked_at: None,
            };
            inner.store.begin_revocation(certificate.id(), &revocation).await?;
            let revoked = carry_out(inner, certificate, &revocation).await;
            tracing::info!(
                certificate.serial = %certificate.row.serial, reason = request.reason.as_str(), done = revoked.is_ok(),
                "a certificate was to be revoked"
            );
            // One that a provider does not know says nothing about the next.
            match revoked {
                Ok(()) => due.extend(certificate.row.user.as_ref().filter(|_| certificate.row.in_use)),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        let mut runs = Vec::new();
        for user in outlook.replaced_for.iter().filter(|user| due.contains(user)) {
            let scope = RunScope::User(user.clone());
            let new = NewRun { scope, requested_by: by.to_owned(), at: inner.clock.now() };
            runs.push(inner.store.queue_run(&new).await?);
        }
        inner.wake.notify_one();
        outcome.map(|()| (outlook, runs))
    }

    /// Choose certificates of a name: by serial number, else those in use, else the latest. Never none.
    async fn chosen(&self, name: &str, serial: Option<&str>) -> EngineResult<Vec<ArchivedCertificate>> {
        let (name, mut all) = self.certificates_of(name).await?;
        // A companion comes after the certificate that it stands beside.
        all.sort_by_key(|certificate| certificate.row.companion);
        let chosen = match serial.map(plain_serial) {
            Some(wanted) => {
                all.retain(|certificate| plain_serial(&certificate.row.serial) == wanted);
                all
            }
            None if all.iter().any(|certificate| certificate.row.in_use) => {
                all.retain(|certificate| certificate.row.in_use);
                all
            }
            None => all.into_iter().take(1).collect(),
        };
        if chosen.is_empty() { Err(none(&name, serial)) } else { Ok(chosen) }
    }

    async fn certificates_of(&self, name: &str) -> EngineResult<(String, Vec<ArchivedCertificate>)> {
        let name = checked_name(name)?;
        let all = self.inner.store.certificates_of(&name).await?;
        Ok((name, all))
    }

    async fn outlook(&self, chosen: &[ArchivedCertificate]) -> EngineResult<RevocationOutlook> {
        let certificates: Vec<CertificateRow> =
            chosen.iter().map(|chosen| &chosen.row).filter(|row| row.revoked_at().is_none()).cloned().collect();
        let in_use = || certificates.iter().filter(|row| row.in_use);
        let mut names: Vec<String> = Vec::new();
        for name in in_use().flat_map(|row| &row.names) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let (mut replaced_for, mut not_replaced_for) = (Vec::new(), Vec::new());
        for user in in_use().filter_map(|row| row.user.clone()).collect::<BTreeSet<_>>() {
            let (users, _) = self.inner.store.count_eligible(&RunScope::User(user.clone())).await?;
            if users > 0 { replaced_for.push(user) } else { not_replaced_for.push(user) }
        }
        let revoked_before = u32::try_from(chosen.len() - certificates.len()).unwrap_or(u32::MAX);
        Ok(RevocationOutlook { certificates, revoked_before, names, replaced_for, not_replaced_for })
    }

    fn certificate_sheet(&self, certificate: ArchivedCertificate) -> CertificateSheet {
        let described = chain_of(&self.inner, &certificate)
            .map_err(|error| one_line(&error))
            .and_then(|(_, chain)| x509::describe_chain(&chain));
        let (chain, trouble) = match described {
            Ok(chain) => (chain, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        CertificateSheet { certificate: certificate.row, chain, trouble }
    }

    async fn companion_trouble(
        &self,
        website: Option<&str>,
        user: Option<&str>,
    ) -> EngineResult<Option<CompanionProblem>> {
        let (Some(website), Some(user)) = (website, user) else { return Ok(None) };
        let websites = self.inner.store.websites_of(user).await?;
        let trouble = websites.into_iter().find(|row| row.domain == website).and_then(|row| row.companion.trouble);
        Ok(trouble.map(|trouble| CompanionProblem {
            code: trouble.code,
            detail: trouble.detail,
            retry_at: trouble.retry_at,
        }))
    }

    async fn others(&self, website: Option<&str>, user: Option<&str>) -> EngineResult<Option<OthersCertificate>> {
        let (Some(website), Some(user)) = (website, user) else { return Ok(None) };
        let user = self.inner.store.user(user, self.inner.clock.now()).await?;
        Ok(user.websites.into_iter().find(|row| row.domain == website).and_then(|row| row.others))
    }
}

fn none(name: &str, serial: Option<&str>) -> EngineError {
    let serial = serial.map_or_else(String::new, |serial| format!(" with serial number {serial}"));
    EngineError::NoCertificate { name: name.to_owned(), serial }
}

/// Write a serial number without colons, leading zeros and capitals, as tools differ in these.
fn plain_serial(serial: &str) -> String {
    let digits: String = serial.chars().filter(|letter| *letter != ':').collect();
    digits.trim_start_matches('0').to_ascii_lowercase()
}

fn one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_the_same_however_tools_write_it() {
        for text in ["04:AB:cd", "4abcd", "0004ABCD"] {
            assert_eq!(plain_serial(text), "4abcd");
        }
    }
}
