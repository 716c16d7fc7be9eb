//! What a CA says when it refuses an order for a limit (status 429, `urn:ietf:params:acme:error:rateLimited`).

use super::LimitKind;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A CA's refusal, as far as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaRefusal {
    /// The limit.
    pub limit: Option<LimitKind>,
    /// The registered domain or the name, where the message has one.
    pub subject: Option<String>,
    /// When the CA would accept.
    pub retry_after: Option<Timestamp>,
}

/// Parts of Boulder's messages, the more special first.
const MESSAGES: [(&str, LimitKind); 6] = [
    ("exact set of", LimitKind::ExactSet),
    ("new orders", LimitKind::NewOrders),
    ("failed authorizations", LimitKind::FailedValidations),
    ("registrations", LimitKind::NewAccounts),
    ("certificates already issued for", LimitKind::RegisteredDomain),
    ("already issued for", LimitKind::RegisteredDomain),
];

impl CaRefusal {
    /// Understand a refusal: the problem's detail, and the `Retry-After` header as a moment, which counts for more than the detail.
    #[must_use]
    pub fn read(detail: &str, header: Option<Timestamp>) -> Self {
        let limit = MESSAGES.iter().find(|(part, _)| detail.contains(part)).map(|(_, kind)| *kind);
        let has_subject = matches!(limit, Some(LimitKind::RegisteredDomain | LimitKind::FailedValidations));
        let subject = detail.split('"').nth(1).filter(|text| has_subject && text.contains('.'));
        Self { limit, subject: subject.map(str::to_ascii_lowercase), retry_after: header.or_else(|| moment(detail)) }
    }
}

/// Find the moment after `retry after`, as `2026-11-24 09:30:00 UTC` or in RFC 3339.
fn moment(detail: &str) -> Option<Timestamp> {
    let (_, text) = detail.split_once("retry after ")?;
    let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let is_plausible = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    (is_plausible && is_time).then(|| Timestamp(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second))
}

// Days since 1970-01-01, after Howard Hinnant's public-domain algorithm.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(detail: &str) -> (Option<LimitKind>, Option<String>, Option<String>) {
        let refusal = CaRefusal::read(detail, None);
        (refusal.limit, refusal.subject, refusal.retry_after.map(Timestamp::rfc3339))
    }

    #[test]
    fn the_messages_of_lets_encrypt_are_understood() {
        let at = Some("2026-11-24T09:30:05Z".to_owned());
        let end = "retry after 2026-11-24 09:30:05 UTC: see https://letsencrypt.org/docs/rate-limits/";
        let of = |start: &str| read(&format!("{start}, {end}"));
        assert_eq!(
            of("too many new orders (300) from this account in the last 3h0m0s"),
            (Some(LimitKind::NewOrders), None, at.clone())
        );
        assert_eq!(
            of("too many certificates (50) already issued for \"example.co.uk\" in the last 168h0m0s"),
            (Some(LimitKind::RegisteredDomain), Some("example.co.uk".into()), at.clone())
        );
        assert_eq!(
            of("too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s"),
            (Some(LimitKind::ExactSet), None, at.clone())
        );
        assert_eq!(
            of("too many failed authorizations (5) for \"a.test\" in the last 1h0m0s"),
            (Some(LimitKind::FailedValidations), Some("a.test".into()), at.clone())
        );
        assert_eq!(
            of("too many new registrations (10) from this IP address in the last 3h0m0s"),
            (Some(LimitKind::NewAccounts), None, at)
        );
    }

    #[test]
    fn the_header_counts_for_more_than_the_message() {
        let refusal = CaRefusal::read("retry after 2026-11-24T09:30:05Z", Some(Timestamp(5)));
        assert_eq!(refusal.retry_after, Some(Timestamp(5)));
    }

    #[test]
    fn what_is_not_understood_is_left_open() {
        for detail in [
            "",
            "slow down",
            "retry after a while",
            "retry after 2026-13-01 00:00:00",
            "retry after 2026-1ü-01 00:00:00",
        ] {
            assert_eq!(CaRefusal::read(detail, None), CaRefusal::default(), "{detail}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_read_as_it_is_written(seconds in 0_i64..200_000_000_000) {
            let at = Timestamp(seconds);
            prop_assert_eq!(moment(&format!("retry after {}: see", at.rfc3339())), Some(at));
        }

        #[test]
        fn no_message_makes_the_reader_panic(detail in "(retry after )?.{0,40}") {
            let _ = CaRefusal::read(&detail, None);
        }
    }
}
