//! When certificates are due, and when issuers are asked.

use super::*;
use proptest::prelude::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
const START: Timestamp = Timestamp(1_800_000_000);

fn lasting(seconds: i64) -> Validity {
    Validity { not_before: START, not_after: START.plus(seconds) }
}

fn window(start: i64, end: i64) -> AriWindow {
    AriWindow { start: START.plus(start), end: START.plus(end), explanation_url: None }
}

#[test]
fn the_deadline_is_two_thirds_of_the_lifetime_and_half_below_ten_days() {
    let days = |seconds| deadline(lasting(seconds)).since(START);
    assert_eq!(days(90 * DAY), 60 * DAY);
    assert_eq!(days(45 * DAY), 30 * DAY);
    assert_eq!(days(10 * DAY), 10 * DAY * 2 / 3);
    assert_eq!(days(10 * DAY - 2), 5 * DAY - 1);
    assert_eq!(days(160 * HOUR), 80 * HOUR);
}

#[test]
fn without_a_window_certificates_of_one_day_are_renewed_evenly_over_fifteen_days_of_ninety() {
    let mut per_day = [0_u32; 15];
    for number in 0..10_000 {
        let at = renewal(lasting(90 * DAY), None, Seed::of(&format!("serial-{number}"))).at.since(START);
        assert!((45 * DAY..=60 * DAY).contains(&at));
        per_day[usize::try_from((at - 45 * DAY) / DAY).unwrap().min(14)] += 1;
    }
    assert!(per_day.iter().all(|count| (560..780).contains(count)), "{per_day:?}");
}

#[test]
fn with_a_window_the_moment_lies_in_it_and_is_always_the_same() {
    let window = window(50 * DAY, 52 * DAY);
    for number in 0..1_000 {
        let due = renewal(lasting(90 * DAY), Some(&window), Seed(number));
        assert!(window.contains(due.at));
        assert_eq!(due, renewal(lasting(90 * DAY), Some(&window), Seed(number)));
        assert_eq!(due.basis, RenewalBasis::AriWindow);
    }
}

#[test]
fn what_lies_after_the_deadline_is_cut_off_the_window() {
    for number in 0..1_000 {
        let at = renewal(lasting(90 * DAY), Some(&window(59 * DAY, 61 * DAY)), Seed(number)).at.since(START);
        assert!((59 * DAY..=60 * DAY).contains(&at));
    }
}

#[test]
fn a_window_after_the_deadline_gives_a_moment_shortly_before_the_deadline() {
    let due = renewal(lasting(90 * DAY), Some(&window(70 * DAY, 80 * DAY)), Seed(3));
    assert_eq!(due.basis, RenewalBasis::BeforeAriWindow);
    assert!((60 * DAY - 90 * DAY / 24..=60 * DAY).contains(&due.at.since(START)));
}

#[test]
fn a_window_in_the_past_means_now() {
    let revoked = renewal(lasting(90 * DAY), Some(&window(-2 * DAY, -DAY)), Seed(5));
    assert!(revoked.is_due(START));
}

#[test]
fn a_window_that_ends_before_it_starts_is_ignored() {
    for (start, end) in [(50 * DAY, 50 * DAY), (51 * DAY, 50 * DAY)] {
        let without = renewal(lasting(90 * DAY), None, Seed(7));
        assert_eq!(renewal(lasting(90 * DAY), Some(&window(start, end)), Seed(7)), without);
    }
}

#[test]
fn a_certificate_expires_soon_a_week_before_its_end_or_a_sixth_of_a_short_life() {
    assert_eq!(expires_soon_from(lasting(90 * DAY)), START.plus(83 * DAY));
    assert_eq!(expires_soon_from(lasting(6 * DAY)), START.plus(5 * DAY));
}

fn poll(last: AriPoll) -> Option<i64> {
    next_poll(lasting(90 * DAY), last, Seed(1)).map(|at| at.since(START))
}

#[test]
fn the_window_is_asked_for_right_after_issuance() {
    assert_eq!(poll(AriPoll::Never), Some(0));
}

#[test]
fn retry_after_is_kept_between_one_minute_and_one_day() {
    let after = |seconds| poll(AriPoll::Answered { at: START, retry_after: Some(seconds) });
    assert_eq!(after(21_600), Some(21_600));
    assert_eq!(after(0), Some(60));
    assert_eq!(after(-5), Some(60));
    assert_eq!(after(i64::MAX), Some(DAY));
}

#[test]
fn an_answer_that_cannot_be_used_and_one_without_retry_after_wait_for_six_hours() {
    assert_eq!(poll(AriPoll::Failed { at: START, failure: AriFailure::Unusable }), Some(6 * HOUR));
    assert_eq!(poll(AriPoll::Answered { at: START, retry_after: None }), Some(6 * HOUR));
}

#[test]
fn while_the_ca_is_unreachable_the_questions_become_rarer_up_to_six_hours() {
    let after = |times| poll(AriPoll::Failed { at: START, failure: AriFailure::Unreachable { times } }).unwrap();
    assert!((54..=66).contains(&after(1)));
    assert!((6 * HOUR * 9 / 10..=6 * HOUR * 11 / 10).contains(&after(1_000)));
    assert!((1..7).all(|times| after(times) < after(times + 1)));
}

#[test]
fn an_expired_or_replaced_certificate_is_not_asked_for() {
    assert_eq!(poll(AriPoll::Replaced), None);
    assert_eq!(poll(AriPoll::Answered { at: START.plus(90 * DAY - 30), retry_after: Some(60) }), None);
}

proptest! {
    #[test]
    fn any_certificate_is_due_before_its_deadline_and_after_its_start(
        lifetime in 6 * DAY..398 * DAY, seed: u64, start in -400 * DAY..400 * DAY, length in -10 * DAY..30 * DAY,
    ) {
        let validity = lasting(lifetime);
        let plain = renewal(validity, None, Seed(seed)).at;
        prop_assert!(plain <= deadline(validity) && plain >= validity.at_fraction(2, 5));
        let window = window(start, start + length);
        let due = renewal(validity, Some(&window), Seed(seed)).at;
        prop_assert!(due <= deadline(validity));
        prop_assert!(!window.is_valid() || due >= window.start.min(validity.at_fraction(1, 3)));
    }

    #[test]
    fn the_next_question_comes_between_a_minute_and_a_day_after_the_last(
        retry_after in proptest::option::of(any::<i64>()), times: u32, seed: u64,
    ) {
        let ask = |last| next_poll(lasting(90 * DAY), last, Seed(seed)).map_or(60, |at| at.since(START));
        let answered = ask(AriPoll::Answered { at: START, retry_after });
        prop_assert!((60..=DAY).contains(&answered));
        let failed = AriPoll::Failed { at: START, failure: AriFailure::Unreachable { times } };
        prop_assert!((54..=DAY).contains(&ask(failed)));
    }
}
