//! Jobs through all their states, also at random.

use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp(1_800_000_000);
const LATER: Timestamp = START.plus(60);

const TO_FINALIZING: [Event; 4] =
    [Event::Step(Step::Order), Event::Record, Event::Step(Step::Validate), Event::Step(Step::Finalize)];
const TO_DONE: [Event; 3] = [Event::Issue, Event::Step(Step::Install), Event::Step(Step::Finish)];

fn after(events: &[Event]) -> Standing {
    events.iter().fold(Standing::planned(START), |job, event| apply(&job, *event, START).unwrap())
}

fn next(job: &Standing, event: Event) -> Result<Standing, Refusal> {
    apply(job, event, LATER)
}

#[test]
fn a_job_goes_from_planned_to_done_with_one_order() {
    let job = after(&[TO_FINALIZING.as_slice(), &TO_DONE].concat());
    assert_eq!((job.state, job.tries, job.order), (JobState::Done, 1, OrderState::Known));
}

#[test]
fn a_job_that_waits_goes_on_where_it_was() {
    let waiting = next(&after(&TO_FINALIZING), Event::Wait { until: START.plus(900) }).unwrap();
    assert_eq!((waiting.state, waiting.wait_until), (JobState::Finalizing, Some(START.plus(900))));
    assert_eq!(next(&waiting, Event::Retry).unwrap().wait_until, Some(Timestamp(0)), "it is due at once");
    let issued = next(&waiting, Event::Issue).unwrap();
    assert_eq!((issued.state, issued.wait_until), (JobState::Issued, None));
}

#[test]
fn a_step_may_be_taken_again_after_a_crash_but_an_order_is_not_sent_again() {
    for (taken, state) in [(1, JobState::Ordering), (2, JobState::Ordered)] {
        let job = after(&TO_FINALIZING[..taken]);
        assert_eq!(next(&job, TO_FINALIZING[taken - 1]), Err(Refusal::OutOfTurn(state)));
    }
    let finalizing = after(&TO_FINALIZING);
    assert_eq!(next(&finalizing, Event::Step(Step::Finalize)).unwrap().state, JobState::Finalizing);
}

#[test]
fn a_lost_order_makes_room_for_another() {
    let job = next(&after(&TO_FINALIZING), Event::Replan).unwrap();
    assert_eq!((job.state, job.order), (JobState::Planned, OrderState::None));
    assert_eq!(next(&job, Event::Step(Step::Order)).unwrap().tries, 2);
}

#[test]
fn an_order_that_was_made_stays_where_it_is() {
    for (taken, state) in [(0, Ok(JobState::Planned)), (1, Ok(JobState::Planned)), (2, Err(JobState::Ordered))] {
        let handed = next(&after(&TO_FINALIZING[..taken]), Event::HandOver);
        assert_eq!(handed.map(|job| job.state), state.map_err(Refusal::OutOfTurn), "after {taken} steps");
    }
    let finalizing = after(&TO_FINALIZING);
    assert_eq!(next(&finalizing, Event::HandOver), Err(Refusal::OutOfTurn(JobState::Finalizing)));
    let given_up = next(&finalizing, Event::Replan).unwrap();
    assert_eq!(
        next(&given_up, Event::HandOver).unwrap().state,
        JobState::Planned,
        "once its order is given up, it may go"
    );
}

#[test]
fn a_held_job_is_not_ordered_by_the_worker_that_has_it() {
    let held = next(&after(&[]), Event::Hold).unwrap();
    assert_eq!(next(&held, Event::Step(Step::Order)), Err(Refusal::Held));
    let released = next(&held, Event::Release).unwrap();
    assert_eq!(next(&released, Event::Step(Step::Order)).unwrap().state, JobState::Ordering);
}

#[test]
fn an_issued_certificate_is_not_lost() {
    let issued = after(&[TO_FINALIZING.as_slice(), &[Event::Issue]].concat());
    for event in [Event::Cancel, Event::Hold, Event::Replan, Event::HandOver, Event::Wait { until: LATER }] {
        assert_eq!(next(&issued, event), Err(Refusal::CertificateIssued), "{event:?}");
    }
    let held = next(&after(&TO_FINALIZING), Event::Hold).unwrap();
    assert!(!next(&held, Event::Issue).unwrap().held, "there is nothing left to hold");
}

#[test]
fn a_certificate_comes_from_the_order_that_the_job_finalized() {
    for events in 0..TO_FINALIZING.len() {
        let job = after(&TO_FINALIZING[..events]);
        assert_eq!(next(&job, Event::Issue), Err(Refusal::OutOfTurn(job.state)));
    }
}

/// What must hold, said without the table.
#[derive(Debug, Default)]
struct Model {
    open_orders: u32,
    /// Orders that were still open when the job went to another provider.
    abandoned: u32,
    certificates: u32,
    orders_begun: u32,
}

impl Model {
    fn follow(&mut self, event: Event) {
        match event {
            Event::Step(Step::Order) => self.orders_begun += 1,
            Event::Record => self.open_orders += 1,
            Event::HandOver => self.abandoned += self.open_orders,
            Event::Replan => self.open_orders = 0,
            Event::Issue => self.certificates += 1,
            _ => {}
        }
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Step(Step::Order)),
        2 => Just(Event::Record),
        2 => Just(Event::Step(Step::Validate)),
        2 => Just(Event::Step(Step::Finalize)),
        2 => Just(Event::Issue),
        1 => Just(Event::Step(Step::Install)),
        1 => Just(Event::Step(Step::Finish)),
        1 => Just(Event::Step(Step::Fail)),
        1 => Just(Event::Replan),
        1 => Just(Event::HandOver),
        1 => (-100_i64..10_000).prop_map(|seconds| Event::Wait { until: START.plus(seconds) }),
        1 => Just(Event::Retry),
        1 => Just(Event::Hold),
        1 => Just(Event::Release),
        1 => Just(Event::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_events_breaks_an_invariant(events in proptest::collection::vec(any_event(), 0..80)) {
        let (mut job, mut model) = (Standing::planned(START), Model::default());
        for event in events {
            let Ok(next) = next(&job, event) else { continue };
            prop_assert!(!job.state.is_final(), "{event:?} after the end");
            prop_assert!(!(job.held && event == Event::Step(Step::Order)));
            model.follow(event);
            prop_assert!(model.open_orders <= 1 && model.abandoned == 0 && model.certificates <= 1);
            prop_assert_eq!(model.open_orders == 1, next.order == OrderState::Known);
            prop_assert_eq!(next.tries, model.orders_begun);
            prop_assert!(!(model.certificates == 1 && next.state == JobState::Cancelled));
            prop_assert!(!(next.held && (next.state.is_final() || next.state.has_certificate())));
            prop_assert!(!(next.wait_until.is_some() && next.state.is_final()));
            job = next;
        }
    }

    #[test]
    fn every_job_that_is_not_over_can_still_be_done(events in proptest::collection::vec(any_event(), 0..40)) {
        let onwards = [[Event::Release].as_slice(), &TO_FINALIZING, &TO_DONE].concat();
        let mut job = events.into_iter().fold(Standing::planned(START), |job, event| next(&job, event).unwrap_or(job));
        let was_over = job.state.is_final();
        for onward in onwards {
            job = next(&job, onward).unwrap_or(job);
        }
        prop_assert!(was_over || job.state == JobState::Done, "{job:?}");
    }
}
