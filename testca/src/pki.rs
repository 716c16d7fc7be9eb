//! The CA's own certificates, and the leaves that it signs.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use crate::clock::{earlier, later};

mod csr;
mod serial;

pub(crate) use csr::{Csr, SubjectKey};
pub(crate) use serial::Serial;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A root, a second root, and one intermediate that both have signed.
pub(crate) struct Hierarchy {
    issuer: Issuer<'static, KeyPair>,
    /// The intermediate by the first root, and by the second.
    pub(crate) intermediates: [CertificateDer<'static>; 2],
    /// The two roots, PEM.
    pub(crate) roots_pem: [String; 2],
    /// The intermediate's subject key identifier, base64url: the first half of RFC 9773's certificate identifiers.
    pub(crate) key_identifier: String,
}

/// What a leaf certificate says.
pub(crate) struct Leaf<'a> {
    pub(crate) names: &'a [String],
    pub(crate) key: &'a SubjectKey,
    pub(crate) serial: &'a Serial,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) crl_url: String,
}

impl Hierarchy {
    /// Make new keys and certificates, valid from a year before `now` so that other clocks may differ.
    pub(crate) fn create(name: &str, now: Timestamp) -> Result<Self, rcgen::Error> {
        let (first, second) = (root(&format!("{name} Root X1"), now)?, root(&format!("{name} Root X2"), now)?);
        let key = KeyPair::generate()?;
        let params = authority(&format!("{name} Intermediate E1"), now, 0);
        let by_first = params.signed_by(&key, &first.1)?.der().clone();
        let by_second = params.signed_by(&key, &second.1)?.der().clone();
        let key_identifier = crate::jws::encode(params.key_identifier(&key));
        Ok(Self {
            issuer: Issuer::new(params, key),
            intermediates: [by_first, by_second],
            roots_pem: [first.0, second.0],
            key_identifier,
        })
    }

    pub(crate) fn sign(&self, leaf: &Leaf<'_>) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::new(leaf.names)?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = leaf.names.iter().find(|name| name.len() <= 64) {
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from_slice(leaf.serial.bytes()));
        params.not_before = date(leaf.not_before);
        params.not_after = date(leaf.not_after);
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![leaf.crl_url.clone()] }];
        Ok(params.signed_by(leaf.key, &self.issuer)?.der().clone())
    }

    /// Sign the list of revoked certificates: serial, time, reason.
    pub(crate) fn sign_crl(
        &self,
        number: u64,
        now: Timestamp,
        revoked: Vec<(Serial, Timestamp, u64)>,
    ) -> Result<Vec<u8>, rcgen::Error> {
        let revoked_certs = revoked.into_iter().map(|(serial, at, reason)| rcgen::RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial.bytes()),
            revocation_time: date(at),
            reason_code: crl_reason(reason),
            invalidity_date: None,
        });
        let params = rcgen::CertificateRevocationListParams {
            this_update: date(now),
            next_update: date(later(now, Duration::from_secs(7 * 86_400))),
            crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.der().to_vec())
    }
}

fn crl_reason(reason: u64) -> Option<rcgen::RevocationReason> {
    use rcgen::RevocationReason as Reason;
    match reason {
        1 => Some(Reason::KeyCompromise),
        4 => Some(Reason::Superseded),
        5 => Some(Reason::CessationOfOperation),
        // 0 is left out of lists (RFC 5280, section 5.3.1), and the others are not accepted.
        _ => None,
    }
}

fn root(name: &str, now: Timestamp) -> Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let params = authority(name, now, 1);
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}

fn authority(name: &str, now: Timestamp, below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "testca: not trusted by anyone");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date(earlier(now, YEAR));
    params.not_after = date(later(now, YEAR * 20));
    params
}

fn date(time: Timestamp) -> OffsetDateTime {
    // jiff's range lies within that of `time`.
    OffsetDateTime::from_unix_timestamp(time.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Write DER as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = BASE64_STANDARD.encode(der);
    for line in encoded.as_bytes().chunks(64) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}
