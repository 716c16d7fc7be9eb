//! When a website gets its second certificate, and when that one may stand beside the primary one.
//!
//! - It is for clients that cannot use the primary one's key: the primary one has an ECDSA key, the companion an RSA key.
//! - It has all names of the primary one, or it is not presented: a client that can use either may be given either.
//! - It comes with an order for the primary one, so that a changed choice of keys forces no order by itself. From then on it is
//!   renewed on its own dates, and made anew when the names change or when clients refuse it.
//! - The primary one comes first: nothing is ordered beside one that clients refuse.

use super::Seed;
use super::renewal::{AriWindow, renewal};
use crate::analyze::{CertificateFacts, Defect, KeyAlgorithm, defects, is_covered};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether the primary certificate is being replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrimaryIs {
    /// A new one is ordered, or was just issued.
    New,
    /// It stays.
    Unchanged,
}

/// Why a companion is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanionReason {
    /// There is none yet.
    New,
    /// The primary certificate has these names, and the one in place has not.
    Names(Vec<String>),
    /// Clients refuse the one in place.
    Defective(Vec<Defect>),
    /// The one in place is due for renewal since then.
    Due(Timestamp),
}

impl CompanionReason {
    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::New => "a second certificate, for clients that cannot use the first one's key".into(),
            Self::Names(names) => format!("missing from the second certificate: {}", names.join(", ")),
            Self::Defective(defects) => {
                let words: Vec<_> = defects.iter().map(|defect| defect.words()).collect();
                format!("the second certificate: {}", words.join("; "))
            }
            Self::Due(at) => format!("the second certificate is due for renewal since {}", at.short()),
        }
    }
}

/// Tell whether a companion may be ordered for a primary certificate.
#[must_use]
pub fn takes_companion(primary: &CertificateFacts, now: Timestamp) -> bool {
    primary.key.algorithm == KeyAlgorithm::Ecdsa && defects(primary, now).is_empty()
}

/// Decide whether a companion is to be ordered for a website that is to have one, and whose primary certificate has these names.
/// `companion` is the one in place, with its issuer's window for its renewal.
#[must_use]
pub fn companion_reason(
    names: &[String],
    primary_is: PrimaryIs,
    companion: Option<(&CertificateFacts, Option<&AriWindow>)>,
    now: Timestamp,
) -> Option<CompanionReason> {
    let Some((facts, window)) = companion else {
        return (primary_is == PrimaryIs::New).then_some(CompanionReason::New);
    };
    let refused = defects(facts, now);
    if !refused.is_empty() {
        return Some(CompanionReason::Defective(refused));
    }
    let missing = missing(names, facts);
    if !missing.is_empty() {
        return Some(CompanionReason::Names(missing));
    }
    let due = renewal(facts.validity, window, Seed::of(&facts.serial));
    due.is_due(now).then_some(CompanionReason::Due(due.at))
}

/// Tell whether a companion may be presented beside the primary certificate.
#[must_use]
pub fn may_stand_beside(primary: &CertificateFacts, companion: &CertificateFacts, now: Timestamp) -> bool {
    primary.key.algorithm == KeyAlgorithm::Ecdsa
        && companion.key.algorithm == KeyAlgorithm::Rsa
        && missing(&primary.names, companion).is_empty()
        && defects(companion, now).is_empty()
}

fn missing(names: &[String], companion: &CertificateFacts) -> Vec<String> {
    names.iter().filter(|name| !is_covered(name, &companion.names)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{DAY, START, certificate};
    use super::*;
    use crate::analyze::KeyFacts;

    const BOTH: [&str; 2] = ["a.test", "www.a.test"];

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn rsa(names: &[&str]) -> CertificateFacts {
        let key = KeyFacts { algorithm: KeyAlgorithm::Rsa, bits: 2_048 };
        CertificateFacts { key, ..certificate(names, 90) }
    }

    fn reason(primary: &[&str], companion: &CertificateFacts, day: i64) -> Option<CompanionReason> {
        let companion = Some((companion, None));
        companion_reason(&names(primary), PrimaryIs::Unchanged, companion, START.plus(day * DAY))
    }

    #[test]
    fn a_companion_comes_with_an_order_for_the_primary_and_not_by_itself() {
        let reason = |primary_is| companion_reason(&names(&BOTH), primary_is, None, START);
        assert_eq!(reason(PrimaryIs::New), Some(CompanionReason::New));
        assert_eq!(reason(PrimaryIs::Unchanged), None);
    }

    #[test]
    fn a_companion_is_ordered_only_beside_a_sound_certificate_with_an_ecdsa_key() {
        let sound = certificate(&BOTH, 90);
        assert!(takes_companion(&sound, START));
        assert!(!takes_companion(&rsa(&BOTH), START), "two RSA keys are of no use");
        assert!(!takes_companion(&sound, START.plus(90 * DAY)));
        assert!(!takes_companion(&CertificateFacts { revoked_at: Some(START), ..sound }, START));
    }

    #[test]
    fn a_companion_is_renewed_on_its_own_dates() {
        let companion = rsa(&BOTH);
        assert_eq!(reason(&BOTH, &companion, 44), None);
        assert!(matches!(reason(&BOTH, &companion, 61), Some(CompanionReason::Due(_))));
        assert_eq!(reason(&BOTH, &companion, 90), Some(CompanionReason::Defective(vec![Defect::Expired])));
        let window = AriWindow { start: START.plus(-2), end: START.plus(-1), explanation_url: None };
        let asked = companion_reason(&names(&BOTH), PrimaryIs::Unchanged, Some((&companion, Some(&window))), START);
        assert!(matches!(asked, Some(CompanionReason::Due(_))), "{asked:?}");
    }

    #[test]
    fn a_companion_without_a_name_of_the_primary_is_made_anew_and_not_presented() {
        let (primary, companion) = (certificate(&BOTH, 90), rsa(&["a.test"]));
        assert_eq!(reason(&BOTH, &companion, 0), Some(CompanionReason::Names(names(&["www.a.test"]))));
        assert!(!may_stand_beside(&primary, &companion, START));
        assert!(may_stand_beside(&certificate(&["a.test"], 90), &rsa(&BOTH), START), "more names do no harm");
    }

    #[test]
    fn what_clients_refuse_is_made_anew_and_not_presented() {
        let primary = certificate(&BOTH, 90);
        let revoked = CertificateFacts { revoked_at: Some(START), ..rsa(&BOTH) };
        assert_eq!(reason(&BOTH, &revoked, 0), Some(CompanionReason::Defective(vec![Defect::Revoked])));
        assert!(!may_stand_beside(&primary, &revoked, START));
        assert!(may_stand_beside(&primary, &rsa(&BOTH), START));
        assert!(!may_stand_beside(&primary, &primary, START), "two keys of one kind");
    }
}
