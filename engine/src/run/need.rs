//! Deciding, from values alone, what a website needs.

use crate::model::{Coverage, Timestamp};
use crate::store::{CertificateRecord, Website};

/// Lifetimes below this are renewed at half of them, longer ones at two thirds.
const SHORT_LIVED_SECONDS: i64 = 10 * 86_400;
/// A certificate that loses a name is not made before the old one has less than this left.
const REDUCE_BEFORE_SECONDS: i64 = 3 * 86_400;

/// What a website needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Nothing {
        /// Why.
        reason: String,
    },
    /// Its certificate is good but no service was proved to present it.
    Installing(CertificateRecord),
    /// A certificate.
    Certificate {
        /// Why.
        reason: String,
    },
}

/// What to do when names of a planned certificate fail validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WithoutThem {
    /// Order for these names.
    Order(Vec<String>),
    /// Nothing is left to order for.
    NothingLeft,
    /// The names that are left are secured already, and not due.
    NothingGained,
    /// The certificate in place covers a failing name: it stays until shortly before its end.
    Deferred {
        /// The failing name that is secured now.
        name: String,
        /// When it will be replaced without that name.
        until: Timestamp,
    },
}

/// Tell how well a website is secured, and by what it would be told.
pub(super) fn coverage(website: &Website, now: Timestamp) -> Coverage {
    match &website.certificate {
        None => Coverage::Unsecured,
        Some(certificate) if !is_valid(certificate, now) => Coverage::Defective,
        Some(certificate) if website.names.iter().all(|name| covers(certificate, name)) => Coverage::Secured,
        Some(_) => Coverage::Incomplete,
    }
}

/// Decide what a website needs now. `has_services` tells whether there is anything to install into.
pub(super) fn need(website: &Website, has_services: bool, now: Timestamp) -> Need {
    let certificate = match (&website.certificate, website.names.is_empty()) {
        (_, true) => return Need::Nothing { reason: "all of its names are excluded".into() },
        (None, false) => return Need::Certificate { reason: "there is no certificate".into() },
        (Some(certificate), false) => certificate,
    };
    if !is_valid(certificate, now) {
        return Need::Certificate { reason: format!("the certificate ended at {}", certificate.not_after.rfc3339()) };
    }
    let missing: Vec<_> = website.names.iter().filter(|name| !covers(certificate, name)).map(String::as_str).collect();
    if !missing.is_empty() {
        return Need::Certificate { reason: format!("missing from the certificate: {}", missing.join(", ")) };
    }
    if is_due(certificate, now) {
        return Need::Certificate { reason: format!("the certificate ends at {}", certificate.not_after.rfc3339()) };
    }
    if has_services && certificate.served_at.is_none() {
        return Need::Installing(certificate.clone());
    }
    Need::Nothing { reason: format!("secured until {}", certificate.not_after.rfc3339()) }
}

/// Decide how to go on when `failing` of the `planned` names cannot be validated.
///
/// A live certificate never loses a name before it is about to end.
pub(super) fn without_them(website: &Website, planned: &[String], failing: &[String], now: Timestamp) -> WithoutThem {
    let left: Vec<String> = planned.iter().filter(|name| !failing.contains(name)).cloned().collect();
    if left.is_empty() || failing.is_empty() {
        return WithoutThem::NothingLeft;
    }
    if let Some(certificate) = website.certificate.as_ref().filter(|certificate| is_valid(certificate, now)) {
        let until = certificate.not_after.plus(-REDUCE_BEFORE_SECONDS);
        let secured_now = failing.iter().find(|name| covers(certificate, name));
        if let Some(name) = secured_now.filter(|_| now < until) {
            return WithoutThem::Deferred { name: name.clone(), until };
        }
        if left.iter().all(|name| covers(certificate, name)) && !is_due(certificate, now) {
            return WithoutThem::NothingGained;
        }
    }
    WithoutThem::Order(left)
}

/// Tell whether a certificate covers a name, itself or by a wildcard (RFC 6125, section 6.4.3).
pub(super) fn covers(certificate: &CertificateRecord, name: &str) -> bool {
    let wildcard = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
    certificate.names.iter().any(|covered| covered == name || Some(covered) == wildcard.as_ref())
}

fn is_valid(certificate: &CertificateRecord, now: Timestamp) -> bool {
    certificate.not_before <= now && now < certificate.not_after
}

fn is_due(certificate: &CertificateRecord, now: Timestamp) -> bool {
    let lifetime = certificate.not_after.since(certificate.not_before);
    let renew_after = if lifetime < SHORT_LIVED_SECONDS { lifetime / 2 } else { lifetime / 3 * 2 };
    now >= certificate.not_before.plus(renew_after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{CertificateId, WebsiteId};

    const DAY: i64 = 86_400;
    const START: Timestamp = Timestamp(1_800_000_000);

    fn website(names: &[&str], covered: &[&str], lifetime_days: i64) -> Website {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Website {
            id: WebsiteId(1),
            user: "alice".into(),
            domain: names[0].into(),
            names: owned(names),
            document_root: "/home/alice".into(),
            last_run: None,
            certificate: (!covered.is_empty()).then(|| CertificateRecord {
                id: CertificateId(1),
                names: owned(covered),
                not_before: START,
                not_after: START.plus(lifetime_days * DAY),
                issuer: "CA".into(),
                fingerprint: "f".into(),
                serial: "1".into(),
                generation: 1,
                installed_at: Some(START),
                served_at: Some(START),
            }),
        }
    }

    fn is_ordered(website: &Website, day: i64) -> bool {
        matches!(need(website, true, START.plus(day * DAY)), Need::Certificate { .. })
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_lifetime_and_a_short_one_at_half() {
        let ninety = website(&["a.test"], &["a.test"], 90);
        assert!(!is_ordered(&ninety, 59) && is_ordered(&ninety, 60));
        let six = website(&["a.test"], &["a.test"], 6);
        assert!(!is_ordered(&six, 2) && is_ordered(&six, 3));
    }

    #[test]
    fn a_website_without_a_certificate_or_with_a_missing_name_gets_one() {
        assert!(is_ordered(&website(&["a.test"], &[], 90), 0));
        assert!(is_ordered(&website(&["a.test", "b.test"], &["a.test"], 90), 1));
        assert!(!is_ordered(&website(&["a.test", "w.a.test"], &["a.test", "*.a.test"], 90), 1));
    }

    #[test]
    fn a_certificate_that_no_service_presents_is_installed_again() {
        let mut site = website(&["a.test"], &["a.test"], 90);
        site.certificate.as_mut().unwrap().served_at = None;
        assert!(matches!(need(&site, true, START), Need::Installing(_)));
        assert!(matches!(need(&site, false, START), Need::Nothing { .. }));
    }

    #[test]
    fn a_failing_name_is_left_out_of_a_new_certificate() {
        let site = website(&["a.test", "b.test"], &[], 90);
        let planned = site.names.clone();
        assert_eq!(without_them(&site, &planned, &["b.test".into()], START), WithoutThem::Order(vec!["a.test".into()]));
        assert_eq!(without_them(&site, &planned, &planned, START), WithoutThem::NothingLeft);
    }

    #[test]
    fn a_live_certificate_does_not_lose_a_name_before_it_is_about_to_end() {
        let site = website(&["a.test", "b.test"], &["a.test", "b.test"], 90);
        let failing = ["b.test".to_owned()];
        let on_day = |day| without_them(&site, &site.names, &failing, START.plus(day * DAY));
        assert_eq!(on_day(60), WithoutThem::Deferred { name: "b.test".into(), until: START.plus(87 * DAY) });
        assert_eq!(on_day(88), WithoutThem::Order(vec!["a.test".into()]));
    }

    #[test]
    fn nothing_is_ordered_when_only_secured_names_would_be_in_it() {
        let site = website(&["a.test", "b.test"], &["a.test"], 90);
        assert_eq!(without_them(&site, &site.names, &["b.test".into()], START.plus(DAY)), WithoutThem::NothingGained);
    }
}
