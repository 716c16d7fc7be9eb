//! Reading a certificate's facts out of PEM.

use super::{CertificateFacts, KeyMatch, Roots, Trust, Validity, algorithm, policy, trust};
use crate::model::Timestamp;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Why a chain could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The text is not PEM.
    #[error("the chain is not PEM: {0}")]
    Pem(#[source] rustls_pki_types::pem::Error),
    /// There is no certificate in the text.
    #[error("the chain is empty")]
    Empty,
    /// A part is not a certificate.
    #[error("certificate {position} of the chain is not X.509: {reason}")]
    X509 {
        /// Its place in the chain, the server's own being 1.
        position: usize,
        /// What the parser said.
        reason: String,
    },
}

/// Read the facts of the first certificate of a chain.
///
/// The other certificates and `roots` decide whether it is trusted; `key_pem`, where given, is compared with it. Whether it is
/// revoked is not in it: set [`CertificateFacts::revoked_at`] from a CRL.
pub fn facts_of(chain_pem: &str, key_pem: Option<&str>, roots: &Roots) -> Result<CertificateFacts, FactsError> {
    let chain =
        CertificateDer::pem_slice_iter(chain_pem.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(FactsError::Pem)?;
    facts_of_chain(&chain, key_pem, roots)
}

/// Read the facts of the first certificate of a chain in DER, as [`facts_of`] does.
pub(crate) fn facts_of_chain(
    chain: &[CertificateDer<'static>],
    key_pem: Option<&str>,
    roots: &Roots,
) -> Result<CertificateFacts, FactsError> {
    let parts = chain.iter().enumerate().map(|(index, der)| parse(index + 1, der)).collect::<Result<Vec<_>, _>>()?;
    let (leaf, intermediates) = parts.split_first().ok_or(FactsError::Empty)?;
    let validity = validity(leaf);
    let ends: Vec<Timestamp> = intermediates.iter().map(|part| self::validity(part).not_after).collect();
    let trust = if is_own_issuer(leaf) {
        Trust::SelfSigned
    } else {
        trust::trusted_until(chain, &ends, validity.not_after, roots)
    };
    Ok(CertificateFacts {
        names: names(leaf),
        validity,
        issuer: issuer(leaf),
        serial: leaf.raw_serial().iter().map(|octet| format!("{octet:02x}")).collect(),
        ari_id: ari_id(leaf),
        validation: policy::validation(leaf),
        trust,
        key: algorithm::key_facts(leaf.public_key()),
        signature: algorithm::signature_hash(&leaf.signature_algorithm),
        key_match: key_pem.map_or(KeyMatch::Unchecked, |pem| key_match(leaf, pem)),
        revoked_at: None,
    })
}

/// A certificate whose issuer is its subject is its own, whoever signed it.
fn is_own_issuer(certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == certificate.subject().as_raw()
}

fn parse<'a>(position: usize, der: &'a CertificateDer<'static>) -> Result<X509Certificate<'a>, FactsError> {
    let parsed = X509Certificate::from_der(der);
    parsed.map(|(_, certificate)| certificate).map_err(|error| FactsError::X509 { position, reason: error.to_string() })
}

fn validity(certificate: &X509Certificate<'_>) -> Validity {
    Validity {
        not_before: Timestamp(certificate.validity().not_before.timestamp()),
        not_after: Timestamp(certificate.validity().not_after.timestamp()),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        GeneralName::IPAddress(octets) => crate::x509::address(octets).map(|address| address.to_string()),
        _ => None,
    });
    names.collect()
}

fn issuer(certificate: &X509Certificate<'_>) -> String {
    let name = certificate.issuer();
    let common_name = name.iter_common_name().next().and_then(|value| value.as_str().ok());
    common_name.map_or_else(|| name.to_string(), str::to_owned)
}

/// RFC 9773, section 4.1: the key identifier's and the serial number's octets, each in base64url, with a dot between.
fn ari_id(certificate: &X509Certificate<'_>) -> Option<String> {
    let authority = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(identifier) => identifier.key_identifier.as_ref(),
        _ => None,
    })?;
    let encode = |octets: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(octets);
    Some(format!("{}.{}", encode(authority.0), encode(certificate.raw_serial())))
}

fn key_match(certificate: &X509Certificate<'_>, key_pem: &str) -> KeyMatch {
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).ok().and_then(|der| any_supported_type(&der).ok());
    match key.and_then(|key| key.public_key().map(|public| public.as_ref().to_vec())) {
        Some(public) if public == certificate.public_key().raw => KeyMatch::Matches,
        _ => KeyMatch::Differs,
    }
}

#[cfg(test)]
mod tests;
