//! What the tests of the plan begin with.

use crate::analyze::{CertificateFacts, KeyAlgorithm, KeyFacts, KeyMatch, SignatureHash, Trust, Validation, Validity};
use crate::model::Timestamp;

pub(super) const DAY: i64 = 86_400;
pub(super) const START: Timestamp = Timestamp(1_800_000_000);

/// A sound DV certificate that begins at [`START`].
pub(super) fn certificate(names: &[&str], days: i64) -> CertificateFacts {
    let not_after = START.plus(days * DAY);
    CertificateFacts {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        validity: Validity { not_before: START, not_after },
        issuer: "CA".into(),
        serial: "01".into(),
        ari_id: Some("a.b".into()),
        validation: Validation::Domain,
        trust: Trust::TrustedUntil(not_after),
        key: KeyFacts { algorithm: KeyAlgorithm::Ecdsa, bits: 256 },
        signature: SignatureHash::Strong,
        key_match: KeyMatch::Matches,
        revoked_at: None,
    }
}
