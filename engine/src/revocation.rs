//! Revoking certificates (RFC 8555, section 7.6). A revocation is written down before the provider is asked, and one that was cut
//! short is sent again: that a certificate is revoked already counts as done.

use crate::acme::AcmeError;
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::model::{CertificateRow, Revocation, RevocationSigner};
use crate::provider::{Provider, Revoked, revoke};
use crate::store::ArchivedCertificate;
use crate::x509;

/// Revoke a certificate that is written down to be.
///
/// A refusal forgets it; where the provider cannot be reached it stays written down, which the error says.
pub(crate) async fn carry_out(
    inner: &Inner,
    certificate: &ArchivedCertificate,
    revocation: &Revocation,
) -> EngineResult<()> {
    match ask(inner, certificate, revocation).await {
        Ok(()) => Ok(inner.store.end_revocation(certificate.id(), inner.clock.now()).await?),
        Err(EngineError::Acme(error)) if stays_open(&error) => {
            Err(EngineError::RevocationOpen { serial: certificate.row.serial.clone(), reason: Box::new(error.into()) })
        }
        Err(error) => {
            inner.store.withdraw_revocation(certificate.id()).await?;
            Err(error)
        }
    }
}

/// Send the revocations again that were cut short; tell of each certificate how that went.
pub(crate) async fn settle(inner: &Inner) -> EngineResult<Vec<(CertificateRow, EngineResult<()>)>> {
    let mut done = Vec::new();
    for certificate in inner.store.open_revocations().await? {
        let Some(revocation) = certificate.row.revocation.clone() else { continue };
        let outcome = match carry_out(inner, &certificate, &revocation).await {
            Err(error @ EngineError::Store(_)) => return Err(error),
            outcome => outcome,
        };
        done.push((certificate.row, outcome));
    }
    Ok(done)
}

/// Ask the providers that may have issued a certificate, one after the other, until one knows it.
async fn ask(inner: &Inner, certificate: &ArchivedCertificate, revocation: &Revocation) -> EngineResult<()> {
    let (der, key) = files(inner, certificate, revocation.signer)?;
    let revoked = Revoked { der: &der, key_pkcs8: key.as_deref(), reason: revocation.reason.code() };
    let (mut unknown, mut unreachable) = (EngineError::NoProvider, None);
    for provider in issuers(inner, certificate, revocation).await? {
        match revoke(inner, &provider, revoked).await {
            Err(EngineError::Acme(error)) if error.is_already_revoked() => return Ok(()),
            Err(EngineError::Acme(error)) if stays_open(&error) => unreachable = Some(error),
            Err(EngineError::Acme(error)) if error.is_gone() || matches!(error, AcmeError::Account(_)) => {
                unknown = error.into();
            }
            other => return other,
        }
    }
    Err(unreachable.map_or(unknown, Into::into))
}

/// Tell whether a provider may still do what it was asked for.
fn stays_open(error: &AcmeError) -> bool {
    error.is_outage() || matches!(error, AcmeError::Protocol(_))
}

/// List the providers that are asked: the one that was named, else the one that issued the certificate; where that is not known, the one
/// that orders go to and then those with an account.
async fn issuers(
    inner: &Inner,
    certificate: &ArchivedCertificate,
    revocation: &Revocation,
) -> EngineResult<Vec<Provider>> {
    if let Some(id) = revocation.provider.as_ref().or(certificate.row.provider.as_ref()) {
        let named = inner.find_provider(id).await?;
        return Ok(vec![named.ok_or_else(|| EngineError::UnknownProvider(id.clone()))?]);
    }
    let selected = inner.store.selected_provider().await?;
    let mut issuers = Vec::new();
    for provider in inner.catalogue().await? {
        if selected.as_deref() == Some(&provider.id) {
            issuers.insert(0, provider);
        } else if inner.store.provider(&provider.id).await?.account.is_some() {
            issuers.push(provider);
        }
    }
    Ok(issuers)
}

/// Read the certificate as DER, and its key where that signs.
fn files(
    inner: &Inner,
    certificate: &ArchivedCertificate,
    signer: RevocationSigner,
) -> EngineResult<(Vec<u8>, Option<Vec<u8>>)> {
    let refused = |reason| EngineError::CertificateFile { serial: certificate.row.serial.clone(), reason };
    let (place, chain) = chain_of(inner, certificate)?;
    let chain = x509::read_chain(&chain).map_err(refused)?;
    let der = chain.first().ok_or_else(|| refused("its file is empty".into()))?.to_vec();
    let key = match signer {
        RevocationSigner::Account => None,
        RevocationSigner::CertificateKey => {
            let (_, key) = inner.vault.read(&place, certificate.generation)?;
            Some(x509::pkcs8_of(&key).map_err(refused)?)
        }
    };
    Ok((der, key))
}

/// Read the chain of a certificate, with its place in the certificate store.
///
/// Where the place was not noted, which is so for websites that were removed long ago, it is one of the certificate's names.
pub(crate) fn chain_of(inner: &Inner, certificate: &ArchivedCertificate) -> EngineResult<(String, String)> {
    let row = &certificate.row;
    let places = certificate.shelf.as_slice().iter().chain(&row.names);
    let mut unread = None;
    for place in places {
        match inner.vault.chain(place, certificate.generation) {
            Ok(chain) if is_of(&chain, &row.fingerprint) => return Ok((place.clone(), chain)),
            Ok(_) => {}
            Err(error) => drop(unread.get_or_insert(error)),
        }
    }
    let reason = "its file in the certificate store is another certificate's".to_owned();
    Err(unread.unwrap_or(EngineError::CertificateFile { serial: row.serial.clone(), reason }))
}

fn is_of(chain: &str, fingerprint: &str) -> bool {
    x509::read_chain(chain)
        .ok()
        .and_then(|chain| chain.first().map(|der| x509::fingerprint(der)))
        .is_some_and(|found| found == fingerprint)
}
