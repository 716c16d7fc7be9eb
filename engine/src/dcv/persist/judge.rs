//! Whether one of a domain's records validates it for this authority and account. Pure.

use super::record::Record;
use super::{LABEL, PersistTerms};
use crate::dcv::name::Form;
use crate::dcv::{Code, Finding, evidence};

/// A record that ends within so many seconds is worth a word: a renewal comes at least that often.
const SOON_SECONDS: i64 = 30 * 86_400;

/// What the records of a domain are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dcv) enum Standing {
    /// One validates the domain; what else is worth knowing.
    Works(Vec<Finding>),
    /// None is for this authority.
    Absent,
    /// Those for this authority do not validate the domain, for this reason.
    Wrong(Finding),
}

/// Why a record does not validate, from the furthest away to the closest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
    Malformed(String),
    OtherAccount(String),
    Expired(i64),
    NoWildcard,
}

impl Standing {
    /// Turn it into findings; none that blocks means that the record validates the domain. `record` is the one that is missing.
    pub(in crate::dcv) fn findings(self, record: &str) -> Vec<Finding> {
        match self {
            Self::Works(findings) => findings,
            Self::Absent => vec![Finding::new(Code::PersistMissing, record)],
            Self::Wrong(finding) => vec![finding],
        }
    }
}

/// Judge the values of a domain's record.
pub(super) fn judge(domain: &str, form: Form, values: &[String], terms: &PersistTerms) -> Standing {
    let read = values.iter().filter_map(|value| Record::read(value));
    let ours = read.filter(|(issuer, _)| terms.issuers.iter().any(|own| own == issuer));
    let mut latest: Option<Option<i64>> = None;
    let mut closest: Option<Refusal> = None;
    for (_, record) in ours {
        match accepted(domain, form, record, terms) {
            Ok(until) => latest = Some(later(latest, until)),
            Err(refusal) => closest = closest.max(Some(refusal)),
        }
    }
    match (latest, closest) {
        (Some(Some(until)), _) if until <= terms.at.0.saturating_add(SOON_SECONDS) => {
            let seen = format!("{LABEL}.{domain}: {}", moment(until));
            Standing::Works(vec![Finding::new(Code::PersistExpiresSoon, seen)])
        }
        (Some(_), _) => Standing::Works(Vec::new()),
        (None, Some(refusal)) => Standing::Wrong(finding(domain, refusal, terms)),
        (None, None) => Standing::Absent,
    }
}

/// Of two records that validate, the one that does so for longer counts; one without an end does for ever.
fn later(known: Option<Option<i64>>, until: Option<i64>) -> Option<i64> {
    match (known, until) {
        (None, until) => until,
        (Some(Some(one)), Some(other)) => Some(one.max(other)),
        (Some(None), _) | (_, None) => None,
    }
}

/// Tell until when a record validates, or why it does not.
fn accepted(
    domain: &str,
    form: Form,
    record: Result<Record, String>,
    terms: &PersistTerms,
) -> Result<Option<i64>, Refusal> {
    let record = record.map_err(Refusal::Malformed)?;
    if !terms.account.is_named_by(&record.account, domain) {
        return Err(Refusal::OtherAccount(record.account));
    }
    match record.until {
        Some(until) if until < terms.at => Err(Refusal::Expired(until.0)),
        _ if form == Form::Wildcard && !record.wildcard => Err(Refusal::NoWildcard),
        until => Ok(until.map(|until| until.0)),
    }
}

fn finding(domain: &str, refusal: Refusal, terms: &PersistTerms) -> Finding {
    let (code, seen) = match refusal {
        Refusal::Malformed(reason) => (Code::PersistMalformed, reason),
        Refusal::OtherAccount(uri) => {
            let wanted = terms.account.uri(domain);
            (Code::PersistOtherAccount, format!("accounturi={}; wanted: {wanted}", evidence::quoted(&uri)))
        }
        Refusal::Expired(until) => (Code::PersistExpired, moment(until)),
        Refusal::NoWildcard => (Code::PersistNoWildcard, "policy=wildcard is not there".into()),
    };
    Finding::new(code, format!("{LABEL}.{domain}: {seen}"))
}

fn moment(until: i64) -> String {
    // Beyond that a year has more than four digits.
    match until {
        0..=253_402_300_799 => {
            format!("persistUntil={until}, which is {}", crate::model::Timestamp(until).rfc3339())
        }
        _ => format!("persistUntil={until}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcv::persist::PersistAccount;
    use crate::model::Timestamp;
    use std::collections::BTreeSet;

    const NOW: i64 = 1_800_000_000;
    const OURS: &str = "ca.test; accounturi=https://ca.test/acct/1";

    fn judged(form: Form, values: &[&str]) -> Standing {
        let terms = PersistTerms {
            issuers: vec!["other.test".into(), "ca.test".into()],
            account: PersistAccount::Uri("https://ca.test/acct/1".into()),
            at: Timestamp(NOW),
            counted_on: BTreeSet::new(),
        };
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        judge("a.test", form, &values, &terms)
    }

    fn wrong(form: Form, values: &[&str]) -> Code {
        let Standing::Wrong(finding) = judged(form, values) else { panic!("{values:?} validates") };
        finding.code
    }

    #[test]
    fn one_record_that_fits_is_enough_whatever_else_is_there() {
        let others =
            ["v=spf1 -all", "ca.test; accounturi=https://ca.test/acct/2", "foreign.test; accounturi=x", "", OURS];
        assert_eq!(judged(Form::Host, &others), Standing::Works(Vec::new()));
        let wildcard = format!("{OURS}; policy=wildcard");
        assert_eq!(judged(Form::Wildcard, &[OURS, &wildcard]), Standing::Works(Vec::new()));
        assert_eq!(judged(Form::Host, &[&wildcard]), Standing::Works(Vec::new()));
    }

    #[test]
    fn none_for_this_authority_is_none() {
        assert_eq!(judged(Form::Host, &[]), Standing::Absent);
        assert_eq!(judged(Form::Host, &["CA.test; accounturi=https://ca.test/acct/1", "x"]), Standing::Absent);
    }

    #[test]
    fn the_refusal_that_is_closest_to_success_is_told() {
        let other = "ca.test; accounturi=https://ca.test/acct/2";
        let expired = format!("{OURS}; persistUntil={}", NOW - 1);
        assert_eq!(wrong(Form::Host, &["ca.test; accounturi"]), Code::PersistMalformed);
        assert_eq!(wrong(Form::Host, &["ca.test", other]), Code::PersistOtherAccount);
        assert_eq!(wrong(Form::Wildcard, &[other, &expired]), Code::PersistExpired);
        assert_eq!(wrong(Form::Wildcard, &[&expired, OURS]), Code::PersistNoWildcard);
    }

    #[test]
    fn a_record_ends_after_its_moment_and_is_told_of_a_month_before() {
        let until = |moment: i64| format!("{OURS}; persistUntil={moment}");
        let codes = |values: &[&str]| match judged(Form::Host, values) {
            Standing::Works(findings) => findings.iter().map(|finding| finding.code).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(codes(&[&until(NOW)]), [Code::PersistExpiresSoon]);
        assert_eq!(codes(&[&until(NOW + SOON_SECONDS)]), [Code::PersistExpiresSoon]);
        assert!(codes(&[&until(NOW + SOON_SECONDS + 1)]).is_empty());
        assert!(codes(&[&until(NOW), OURS]).is_empty(), "another one has no end");
        assert!(codes(&[&until(NOW), &until(i64::MAX)]).is_empty());
        assert_eq!(wrong(Form::Host, &[&until(i64::MIN)]), Code::PersistExpired);
    }
}
