//! Whether, and until when, clients can build a chain from a certificate to a root that they trust (RFC 5280, section 6).

use super::Trust;
use crate::model::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::path::PathBuf;
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The roots that clients trust.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
}

impl Roots {
    /// Read the system's roots and those of PEM files; what cannot be read is left out, as clients leave it out.
    #[must_use]
    pub fn load(extra: &[PathBuf]) -> Self {
        let mut certificates = rustls_native_certs::load_native_certs().certs;
        let files = extra.iter().filter_map(|path| CertificateDer::pem_file_iter(path).ok());
        certificates.extend(files.flatten().flatten());
        Self::from_certificates(&certificates)
    }

    /// Take the roots out of DER certificates; those that cannot be read are left out, as clients leave them out.
    #[must_use]
    pub fn from_certificates<'a>(certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> Self {
        let read = |der| anchor_from_trusted_cert(der).ok().map(|anchor| anchor.to_owned());
        Self { anchors: certificates.into_iter().filter_map(read).collect() }
    }
}

/// Tell until when the chain from a certificate that ends at `not_after` holds. `ends` are the intermediates' ends.
///
/// The chain is tried at the last moment of each of its parts, the latest first: no clock is needed, and the answer stays true.
pub(super) fn trusted_until(
    chain: &[CertificateDer<'static>],
    ends: &[Timestamp],
    not_after: Timestamp,
    roots: &Roots,
) -> Trust {
    let Some((Ok(leaf), intermediates)) = chain.split_first().map(|(leaf, rest)| (EndEntityCert::try_from(leaf), rest))
    else {
        return Trust::Untrusted;
    };
    let mut moments: Vec<Timestamp> = ends.iter().copied().filter(|end| *end < not_after).collect();
    moments.push(not_after);
    moments.sort_unstable_by(|one, other| other.cmp(one));
    let holds_at = |moment: &Timestamp| {
        let Ok(seconds) = u64::try_from(moment.0 - 1) else { return false };
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        leaf.verify_for_usage(algorithms, &roots.anchors, intermediates, time, KeyUsage::server_auth(), None, None)
            .is_ok()
    };
    moments.into_iter().find(holds_at).map_or(Trust::Untrusted, Trust::TrustedUntil)
}
