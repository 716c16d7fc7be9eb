//! Certificate signing requests (PKCS #10, RFC 2986): what they ask for and whether they may.

use std::collections::BTreeSet;

use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm};
use x509_parser::{
    certification_request::X509CertificationRequest, extensions::GeneralName, extensions::ParsedExtension,
    prelude::FromDer,
};

use crate::{
    jws::Key,
    names::Identifier,
    problem::{Problem, ProblemKind},
};

/// A request whose own signature is right.
pub(crate) struct Csr {
    pub(crate) identifiers: BTreeSet<Identifier>,
    pub(crate) key: Key,
    pub(crate) subject_key: SubjectKey,
}

/// A public key in the form that rcgen certifies.
pub(crate) struct SubjectKey {
    algorithm: &'static SignatureAlgorithm,
    bits: Vec<u8>,
}

impl PublicKeyData for SubjectKey {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SubjectKey {
    /// Make a key that nobody asked for.
    pub(crate) fn foreign() -> Result<Self, rcgen::Error> {
        let pair = rcgen::KeyPair::generate()?;
        Ok(Self { algorithm: &PKCS_ECDSA_P256_SHA256, bits: pair.der_bytes().to_vec() })
    }
}

impl Csr {
    pub(crate) fn parse(der: &[u8]) -> Result<Self, Problem> {
        let (rest, csr) = X509CertificationRequest::from_der(der)
            .map_err(|error| bad(format!("the signing request cannot be read: {error}")))?;
        if !rest.is_empty() {
            return Err(bad("bytes follow the signing request"));
        }
        let info = &csr.certification_request_info;
        let key = Key::from_spki(&info.subject_pki).map_err(|problem| bad(problem.detail))?;
        csr.verify_signature().map_err(|error| bad(format!("the signing request's signature is wrong: {error}")))?;
        let algorithm = match &key {
            Key::Rsa { .. } => &PKCS_RSA_SHA256,
            Key::Ec { curve: "P-384", .. } => &PKCS_ECDSA_P384_SHA384,
            _ => &PKCS_ECDSA_P256_SHA256,
        };
        let bits = info.subject_pki.subject_public_key.data.to_vec();
        Ok(Self { identifiers: identifiers(&csr)?, key, subject_key: SubjectKey { algorithm, bits } })
    }
}

fn identifiers(csr: &X509CertificationRequest<'_>) -> Result<BTreeSet<Identifier>, Problem> {
    let mut found = BTreeSet::new();
    for common_name in csr.certification_request_info.subject.iter_common_name() {
        let name = common_name.as_str().map_err(|_| bad("the common name is not text"))?;
        found.insert(Identifier::of(name));
    }
    for extension in csr.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(names) = extension else { continue };
        for name in &names.general_names {
            found.insert(match name {
                GeneralName::DNSName(name) => Identifier::Dns(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => Identifier::Ip(address(bytes)?),
                other => return Err(bad(format!("{other} is neither a domain name nor an address"))),
            });
        }
    }
    if found.is_empty() {
        return Err(bad("the signing request has no names"));
    }
    Ok(found)
}

fn address(bytes: &[u8]) -> Result<std::net::IpAddr, Problem> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Ok(v4.into());
    }
    let v6 = <[u8; 16]>::try_from(bytes).map_err(|_| bad("an address has 4 or 16 bytes"))?;
    Ok(v6.into())
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::BadCsr, detail)
}
