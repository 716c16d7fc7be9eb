//! Waves become flat, nobody is late.

use super::*;
use crate::plan::samples::{DAY, START};
use proptest::prelude::*;

const HOUR: i64 = 3_600;

/// A fleet in which a turn that comes is a renewal at once.
struct Fleet {
    certificates: Vec<Validity>,
    window: fn(Validity) -> Option<AriWindow>,
    given_until: Option<Timestamp>,
    renewed: Vec<i64>,
}

impl Fleet {
    /// Certificates of one lifetime in days, issued evenly over some hours.
    fn issued(count: i64, lifetime: i64, hours: i64) -> Self {
        let of = |number: i64| lasting(START.plus(number * hours * HOUR / count), lifetime);
        let certificates: Vec<Validity> = (0..count).map(of).collect();
        Self { certificates, window: |_| None, given_until: None, renewed: Vec::new() }
    }

    fn turns(&self, now: Timestamp) -> Turns {
        let all = self.certificates.iter().zip(0_i64..).filter(|(validity, _)| validity.not_before <= now);
        let candidate =
            |(validity, id): (&Validity, i64)| Candidate::new(SiteId(id), *validity, (self.window)(*validity).as_ref());
        level(all.map(candidate), self.given_until, now)
    }

    /// Live through one hour; a certificate after its span is a fault.
    fn hour(&mut self, now: Timestamp) {
        let turns = self.turns(now);
        self.given_until = turns.given_until();
        for website in turns.come() {
            let validity = &mut self.certificates[usize::try_from(website.0).unwrap()];
            let end = span(*validity, (self.window)(*validity).as_ref()).until;
            assert!(now <= end, "{website:?} is renewed {} s after its last moment", now.since(end));
            *validity = Validity { not_before: now, not_after: now.plus(validity.lifetime()) };
            self.renewed.push(now.since(START));
        }
    }

    fn live(&mut self, hours: std::ops::Range<i64>) {
        hours.for_each(|hour| self.hour(START.plus(hour * HOUR)));
    }

    /// The renewals of each whole day between two days.
    fn per_day(&self, days: std::ops::Range<i64>) -> Vec<i64> {
        let of = |day: i64| self.renewed.iter().filter(|at| at.div_euclid(DAY) == day).count();
        days.map(|day| i64::try_from(of(day)).unwrap()).collect()
    }
}

fn lasting(not_before: Timestamp, days: i64) -> Validity {
    Validity { not_before, not_after: not_before.plus(days * DAY) }
}

fn is_even(per_day: &[i64], even: f64) -> bool {
    per_day.iter().all(|count| (*count as f64 - even).abs() <= (even / 10.0).max(1.0))
}

#[test]
fn a_wave_of_four_days_is_flat_after_its_first_cycle() {
    let mut fleet = Fleet::issued(500, 90, 4 * 24);
    fleet.live(0..140 * 24);
    let first = fleet.per_day(30..64);
    assert!(first.iter().all(|count| (13..=16).contains(count)), "spread over all the time that there is: {first:?}");
    let later = fleet.per_day(65..140);
    assert!(is_even(&later, 500.0 / 52.5), "{later:?}");
}

#[test]
fn windows_of_the_ca_are_met_once_the_fleet_is_level() {
    // As Let's Encrypt has them: a hundredth of the lifetime before and after two thirds of it.
    fn window(validity: Validity) -> Option<AriWindow> {
        let at = |parts| validity.at_fraction(parts, 300);
        Some(AriWindow { start: at(197), end: at(203), explanation_url: None })
    }
    let mut fleet = Fleet { window, ..Fleet::issued(500, 45, 4 * 24) };
    fleet.live(0..100 * 24);
    for hour in 100 * 24..140 * 24 {
        let now = START.plus(hour * HOUR);
        for website in fleet.turns(now).come() {
            let validity = fleet.certificates[usize::try_from(website.0).unwrap()];
            assert!(window(validity).unwrap().contains(now), "{website:?} after {} s", now.since(validity.not_before));
        }
        fleet.hour(now);
    }
    let later = fleet.per_day(100..140);
    assert!(is_even(&later, 500.0 / 29.775), "{later:?}");
}

#[test]
fn a_server_that_was_down_for_a_week_spreads_what_it_missed() {
    let mut fleet = Fleet::issued(1_000, 90, 52 * 24 + 12);
    fleet.live(0..100 * 24);
    fleet.live(107 * 24..120 * 24);
    let after = fleet.per_day(107..120);
    assert!(after.iter().all(|count| *count <= 2 * 20), "a day at twice the pace at most: {after:?}");
}

#[test]
fn what_the_ca_wants_renewed_at_once_has_its_turn_at_once_and_takes_nobodys() {
    let mut fleet = Fleet::issued(2_000, 90, 52 * 24 + 12);
    fleet.live(0..60 * 24);
    let now = START.plus(60 * DAY);
    let usual = fleet.turns(now).come().len();
    fleet.window = |validity| {
        let revoked = validity.not_before.since(START) % (10 * HOUR) == 0;
        let past = |hours: i64| START.plus(60 * DAY - hours * HOUR);
        revoked.then(|| AriWindow { start: past(2), end: past(1), explanation_url: None })
    };
    let revoked = fleet.certificates.iter().filter(|validity| (fleet.window)(**validity).is_some()).count();
    let others = fleet.turns(now).come().len().checked_sub(revoked).expect("a revoked certificate waits");
    assert!(revoked > 10 * usual && others.abs_diff(usual) <= 1, "{usual} turns, then {others} beside {revoked}");
}

#[test]
fn a_few_certificates_draw_their_moments() {
    let fleet = Fleet::issued(50, 90, 24);
    assert_eq!(fleet.turns(START.plus(DAY)), Turns::default());
    assert_eq!(Turns::default().of(SiteId(1)), Turn::Drawn);
    assert_ne!(Fleet::issued(60, 90, 24).turns(START.plus(DAY)).given_until(), None);
}

#[test]
fn turns_are_given_for_the_time_that_passed_and_not_for_each_question() {
    let mut fleet = Fleet::issued(1_000, 45, 26 * 24 + 6);
    fleet.live(0..30 * 24);
    let now = START.plus(30 * DAY);
    fleet.hour(now);
    let before = fleet.renewed.len();
    for seconds in 1..60 {
        fleet.hour(now.plus(seconds));
    }
    assert_eq!(fleet.renewed.len(), before);
    fleet.given_until = Some(now.plus(DAY));
    assert!(!fleet.turns(now).come().is_empty(), "a clock that was put back stops nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_wave_becomes_even_and_nobody_is_late(
        count in 100_i64..250, lifetime in proptest::sample::select(vec![6_i64, 10, 45, 90]), share in 1_i64..60,
    ) {
        let deadline = span(lasting(START, lifetime), None).until.since(START);
        let hours = (deadline * share / 100 / HOUR).max(1);
        let mut fleet = Fleet::issued(count, lifetime, hours);
        let (settled, end) = (hours * HOUR + 2 * deadline + DAY, hours * HOUR + 4 * deadline);
        fleet.live(0..end / HOUR);
        let even = count as f64 / (Candidate::new(SiteId(0), lasting(START, lifetime), None).age as f64) * DAY as f64;
        let later = fleet.per_day(settled / DAY + 1..end / DAY);
        prop_assert!(is_even(&later, even), "{even} a day: {later:?}");
    }

    #[test]
    fn turns_do_not_depend_on_the_order_of_the_candidates(count in 60_i64..400, rotation in 0_usize..400, day in 1_i64..80) {
        let fleet = Fleet::issued(count, 90, 24 * 20);
        let now = START.plus(day * DAY);
        let all = |rotation: usize| {
            let mut all: Vec<_> = fleet.certificates.iter().zip(0_i64..).collect();
            all.rotate_left(rotation % fleet.certificates.len());
            level(all.into_iter().map(|(validity, id)| Candidate::new(SiteId(id), *validity, None)), None, now)
        };
        let (one, other) = (all(0), all(rotation));
        prop_assert_eq!(one.come(), other.come());
        prop_assert_eq!(one.given_until(), other.given_until());
    }

    #[test]
    fn whatever_is_there_nobody_is_late(ages in proptest::collection::vec(0_i64..60 * 24, 60..150)) {
        let certificates = ages.iter().map(|hours| lasting(START.plus(-hours * HOUR), 90)).collect();
        let mut fleet = Fleet { certificates, ..Fleet::issued(1, 90, 1) };
        fleet.live(0..70 * 24);
    }
}
