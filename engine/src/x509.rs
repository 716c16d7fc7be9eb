//! Reading certificates: what a chain says, and whether it may be installed.

pub(crate) use crate::model::KeyType;

use crate::model::{ChainLink, Timestamp};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::net::IpAddr;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The DNS names, lower case, and the addresses as the inventory writes them.
    pub(crate) names: Vec<String>,
    /// From when it is valid.
    pub(crate) not_before: Timestamp,
    /// Until when it is valid.
    pub(crate) not_after: Timestamp,
    /// The issuer's common name, or its whole name where it has none.
    pub(crate) issuer: String,
    /// The serial number in hexadecimal.
    pub(crate) serial: String,
    /// The SHA-256 of the certificate in hexadecimal.
    pub(crate) fingerprint: String,
    /// How to ask its issuer when to renew it (RFC 9773, section 4.1); `None` without an authority key identifier.
    pub(crate) ari_id: Option<String>,
    /// The kind of its key; `None` where it is none that AutoSSL makes.
    pub(crate) key_type: Option<KeyType>,
}

/// Write bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Take the SHA-256 of a DER certificate, in hexadecimal.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, der).as_ref())
}

/// Make a private key, as PKCS#8 PEM.
pub(crate) fn generate_key(kind: KeyType) -> Result<String, String> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let key = match kind {
        KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyType::Rsa2048 => rsa(rcgen::RsaKeySize::_2048),
        KeyType::Rsa3072 => rsa(rcgen::RsaKeySize::_3072),
        KeyType::Rsa4096 => rsa(rcgen::RsaKeySize::_4096),
    };
    key.map(|key| key.serialize_pem()).map_err(|error| format!("cannot make a key: {error}"))
}

/// Make a certificate signing request (RFC 2986) for names, with an empty subject.
pub(crate) fn signing_request(key_pem: &str, names: &[String]) -> Result<Vec<u8>, String> {
    let key = KeyPair::from_pem(key_pem).map_err(|error| format!("private key: {error}"))?;
    let mut params = rcgen::CertificateParams::new(names.to_vec()).map_err(|error| format!("names: {error}"))?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(|error| format!("signing request: {error}"))?;
    Ok(request.der().to_vec())
}

/// Tell whether a chain ends at the root of a common name, or at a certificate that it issued.
pub(crate) fn chain_ends_at(chain_pem: &str, root: &str) -> bool {
    let Ok(chain) = read_chain(chain_pem) else { return false };
    let Ok(certificates) = parse_chain(&chain) else { return false };
    certificates
        .last()
        .is_some_and(|last| [last.issuer(), last.subject()].map(display_name).iter().any(|name| name == root))
}

/// Read the first certificate of a chain and check that the whole may be installed with this key for these names.
///
/// Apache dies of a key that does not belong to its certificate, so nothing is believed that was not looked at.
pub(crate) fn check_chain(chain_pem: &str, key_pem: &str, names: &[String], now: Timestamp) -> Result<Leaf, String> {
    let chain = read_chain(chain_pem)?;
    let certificates = parse_chain(&chain)?;
    let first = certificates.first().ok_or("the chain is empty")?;
    let key = KeyPair::from_pem(key_pem).map_err(|error| format!("private key: {error}"))?;
    if first.public_key().raw != key.subject_public_key_info() {
        return Err("it was issued for another private key".into());
    }
    let broken = certificates.windows(2).any(|pair| pair[0].issuer().as_raw() != pair[1].subject().as_raw());
    if broken {
        return Err("its chain is out of order or has a gap".into());
    }
    let leaf = leaf(first, &chain[0])?;
    if let Some(missing) = names.iter().find(|name| !leaf.names.contains(name)) {
        return Err(format!("{missing} is missing from it"));
    }
    if now >= leaf.not_after {
        return Err(format!("it ended at {}", leaf.not_after.rfc3339()));
    }
    // A CA's clock may be ahead of ours by a little.
    if leaf.not_before.since(now) > 300 {
        return Err(format!("it is not valid before {}", leaf.not_before.rfc3339()));
    }
    Ok(leaf)
}

/// Read the certificates of a PEM text as DER, in order.
pub(crate) fn read_chain(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("PEM: {error}"))
}

/// Tell what each certificate of a chain says.
pub(crate) fn describe_chain(pem: &str) -> Result<Vec<ChainLink>, String> {
    let chain = read_chain(pem)?;
    let certificates = parse_chain(&chain)?;
    let link = |(certificate, der): (&X509Certificate<'_>, &CertificateDer<'_>)| ChainLink {
        subject: shown(certificate.subject()),
        issuer: shown(certificate.issuer()),
        serial: hex(certificate.raw_serial()),
        fingerprint: fingerprint(der),
        not_before: Timestamp(certificate.validity().not_before.timestamp()),
        not_after: Timestamp(certificate.validity().not_after.timestamp()),
    };
    Ok(certificates.iter().zip(&chain).map(link).collect())
}

/// Take the certificates out of a PEM text, and nothing else that may be in it.
pub(crate) fn certificates_only(pem: &str) -> Result<String, String> {
    const LINE: usize = 64;
    let mut text = String::new();
    for der in read_chain(pem)? {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = base64::prelude::BASE64_STANDARD.encode(&der);
        for line in encoded.as_bytes().chunks(LINE) {
            text.extend(line.iter().map(|byte| char::from(*byte)));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    Ok(text)
}

/// Read a private key from PEM as PKCS#8.
pub(crate) fn pkcs8_of(key_pem: &str) -> Result<Vec<u8>, String> {
    let key =
        PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|error| format!("private key: {error}"))?;
    Ok(key.secret_pkcs8_der().to_vec())
}

fn parse_chain<'a>(chain: &'a [CertificateDer<'static>]) -> Result<Vec<X509Certificate<'a>>, String> {
    let parse = |der: &'a CertificateDer<'static>| {
        X509Certificate::from_der(der).map(|(_, certificate)| certificate).map_err(|error| format!("X.509: {error}"))
    };
    chain.iter().map(parse).collect()
}

fn leaf(certificate: &X509Certificate<'_>, der: &[u8]) -> Result<Leaf, String> {
    let extension = certificate.subject_alternative_name().map_err(|error| format!("subjectAltName: {error}"))?;
    let general_names = extension.map_or(&[][..], |extension| &extension.value.general_names);
    let names = general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    });
    Ok(Leaf {
        names: names.collect(),
        not_before: Timestamp(certificate.validity().not_before.timestamp()),
        not_after: Timestamp(certificate.validity().not_after.timestamp()),
        issuer: display_name(certificate.issuer()),
        serial: hex(certificate.raw_serial()),
        fingerprint: fingerprint(der),
        ari_id: ari_id(certificate),
        key_type: key_type(certificate),
    })
}

/// Read the octets of an iPAddress (RFC 5280, section 4.2.1.6).
pub(crate) fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

fn key_type(certificate: &X509Certificate<'_>) -> Option<KeyType> {
    let key = certificate.public_key().parsed().ok()?;
    match (&key, key.key_size()) {
        (PublicKey::EC(_), 256) => Some(KeyType::EcdsaP256),
        (PublicKey::EC(_), 384) => Some(KeyType::EcdsaP384),
        (PublicKey::RSA(_), 2_048) => Some(KeyType::Rsa2048),
        (PublicKey::RSA(_), 3_072) => Some(KeyType::Rsa3072),
        (PublicKey::RSA(_), 4_096) => Some(KeyType::Rsa4096),
        _ => None,
    }
}

fn ari_id(certificate: &X509Certificate<'_>) -> Option<String> {
    let issuer = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(issuer) => issuer.key_identifier.as_ref(),
        _ => None,
    })?;
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some(format!("{}.{}", part(issuer.0), part(certificate.raw_serial())))
}

/// Write a distinguished name for people; what could move a cursor is not sent.
fn shown(name: &X509Name<'_>) -> String {
    name.to_string().chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn display_name(name: &X509Name<'_>) -> String {
    let common_name = name.iter_common_name().next().and_then(|value| value.as_str().ok());
    common_name.map_or_else(|| name.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(names: &[&str], not_after_year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(not_after_year, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    const NOW: Timestamp = Timestamp(1_795_426_200);

    #[test]
    fn keys_of_every_kind_sign_requests() {
        for kind in [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::Rsa3072] {
            let key = generate_key(kind).unwrap();
            assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "{kind:?}: PKCS#8, as web servers load it fastest");
            signing_request(&key, &["alice.test".into()]).unwrap();
        }
    }

    #[test]
    fn a_chain_for_the_key_and_names_is_accepted() {
        let (chain, key) = issued(&["alice.test", "www.alice.test"], 2030);
        let leaf = check_chain(&chain, &key, &["www.alice.test".into()], NOW).unwrap();
        assert_eq!(leaf.names, ["alice.test", "www.alice.test"]);
        assert_eq!(leaf.fingerprint.len(), 64);
    }

    #[test]
    fn what_is_given_away_of_a_pem_has_no_key() {
        let (chain, key) = issued(&["alice.test"], 2030);
        let public = certificates_only(&format!("{key}{chain}")).unwrap();
        assert!(public.starts_with("-----BEGIN CERTIFICATE-----\n") && !public.contains("PRIVATE"), "{public}");
        assert_eq!(read_chain(&public).unwrap(), read_chain(&chain).unwrap());
        let described = describe_chain(&public).unwrap();
        assert_eq!((described.len(), described[0].fingerprint.len()), (1, 64));
    }

    #[test]
    fn addresses_are_names_of_a_certificate_and_of_its_request() {
        let names = ["192.0.2.7", "2001:db8::1"].map(str::to_owned);
        let (chain, key) = issued(&["192.0.2.7", "2001:db8::1"], 2030);
        let leaf = check_chain(&chain, &key, &names, NOW).unwrap();
        assert_eq!((leaf.names.as_slice(), leaf.key_type), (names.as_slice(), Some(KeyType::EcdsaP256)));
        let request = signing_request(&key, &names).unwrap();
        let octets = [0x87, 0x04, 192, 0, 2, 7];
        assert!(request.windows(6).any(|part| part == octets), "the address is an iPAddress");
    }

    #[test]
    fn a_chain_that_apache_would_die_of_is_refused_with_the_reason() {
        let (chain, key) = issued(&["alice.test"], 2030);
        let (_, other_key) = issued(&["alice.test"], 2030);
        let (expired, expired_key) = issued(&["alice.test"], 2020);
        let names = ["alice.test".to_owned()];
        let reason = |chain: &str, key: &str, names: &[String]| check_chain(chain, key, names, NOW).unwrap_err();
        assert_eq!(reason(&chain, &other_key, &names), "it was issued for another private key");
        assert_eq!(reason(&chain, &key, &["b.test".into()]), "b.test is missing from it");
        assert_eq!(reason(&expired, &expired_key, &names), "it ended at 2020-01-01T00:00:00Z");
        assert_eq!(reason("", &key, &names), "the chain is empty");
        assert!(
            reason("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key, &names).starts_with("X.509")
        );
    }
}
