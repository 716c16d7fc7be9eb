//! Jobs through all their states, also at random.

use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp(1_800_000_000);

fn after(steps: &[Step]) -> Job {
    steps.iter().fold(Job::planned(START), |job, step| apply(&job, Event::Step(*step), START).unwrap())
}

fn step(job: &Job, step: Step) -> Result<Job, Refusal> {
    apply(job, Event::Step(step), START)
}

fn postponed(job: &Job) -> Job {
    apply(job, Event::Postpone { until: START.plus(60), reason: WaitReason::Retry }, START).unwrap()
}

const TO_PROCESSING: [Step; 4] = [Step::Start, Step::Order, Step::Validate, Step::Finalize];

#[test]
fn a_job_goes_from_planned_to_done_with_one_order() {
    let mut steps = TO_PROCESSING.to_vec();
    steps.extend([Step::Issue, Step::Install, Step::Prove]);
    let job = after(&steps);
    assert_eq!((job.state, job.tries, job.certificate), (JobState::Done, 1, CertificateState::Kept));
}

#[test]
fn a_waiting_job_goes_on_where_it_was_and_not_too_early() {
    let waiting = postponed(&after(&TO_PROCESSING));
    assert_eq!(waiting.attention(), Attention::At(START.plus(60)));
    assert_eq!(step(&waiting, Step::Wake), Err(Refusal::TooEarly { until: START.plus(60) }));
    let awake = apply(&waiting, Event::Step(Step::Wake), START.plus(60)).unwrap();
    assert_eq!((awake.state, awake.reason), (JobState::Processing, None));
    assert_eq!(step(&waiting, Step::Retry).unwrap().state, JobState::Processing);
}

#[test]
fn a_lost_order_makes_room_for_another() {
    let job = step(&after(&TO_PROCESSING), Step::LoseOrder).unwrap();
    assert_eq!((job.state, job.order), (JobState::Planned, OrderState::None));
    assert_eq!(step(&step(&job, Step::Start).unwrap(), Step::Order).unwrap().tries, 2);
}

#[test]
fn an_administrator_may_hold_a_job_until_it_has_an_order() {
    let held = step(&postponed(&after(&[])), Step::Hold).unwrap();
    assert_eq!(held.attention(), Attention::Administrator);
    assert_eq!(step(&held, Step::Start), Err(Refusal::OutOfTurn));
    assert_eq!(step(&held, Step::Release).unwrap().state, JobState::Planned);
    assert_eq!(step(&after(&[Step::Start, Step::Order]), Step::Hold), Err(Refusal::OrderOpen));
}

#[test]
fn a_held_job_is_not_ordered_by_the_worker_that_had_it() {
    let held = step(&after(&[Step::Start]), Step::Hold).unwrap();
    assert_eq!(step(&held, Step::Order), Err(Refusal::OutOfTurn));
}

#[test]
fn cancelling_while_the_ca_works_asks_it_once_more() {
    let wished = step(&postponed(&after(&TO_PROCESSING)), Step::Cancel).unwrap();
    assert_eq!((wished.state, wished.attention()), (JobState::Processing, Attention::Worker));
    assert_eq!(postponed(&wished).state, JobState::Cancelled);
    assert_eq!(step(&wished, Step::LoseOrder).unwrap().state, JobState::Cancelled);
    let issued = step(&wished, Step::Issue).unwrap();
    assert_eq!((issued.state, issued.cancel), (JobState::Issued, CancelWish::None));
}

#[test]
fn an_issued_certificate_is_not_cancelled() {
    let mut steps = TO_PROCESSING.to_vec();
    steps.push(Step::Issue);
    let issued = after(&steps);
    assert_eq!(step(&issued, Step::Cancel), Err(Refusal::CertificateIssued));
    assert_eq!(step(&postponed(&issued), Step::Cancel), Err(Refusal::CertificateIssued));
    assert!(open_to_administrator(&issued).is_empty());
}

#[test]
fn what_an_administrator_may_do_depends_on_the_state() {
    let open = |job: &Job| open_to_administrator(job);
    assert_eq!(open(&after(&[])), [Step::Hold, Step::Cancel]);
    assert_eq!(open(&postponed(&after(&[]))), [Step::Hold, Step::Cancel, Step::Retry]);
    assert_eq!(open(&step(&after(&[]), Step::Hold).unwrap()), [Step::Release, Step::Cancel]);
    assert_eq!(open(&after(&[Step::Start, Step::Order])), [Step::Cancel]);
    assert!(open(&step(&after(&[]), Step::Cancel).unwrap()).is_empty());
}

/// What must hold, said without the table.
#[derive(Debug, Default)]
struct Model {
    open_orders: u32,
    is_issued: bool,
    is_over: bool,
}

impl Model {
    fn follow(&mut self, event: Event, after: &Job) {
        match event {
            Event::Step(Step::Order) => self.open_orders += 1,
            Event::Step(Step::LoseOrder) => self.open_orders -= 1,
            Event::Step(Step::Issue) => self.is_issued = true,
            _ => {}
        }
        self.is_over = after.state.is_final();
    }
}

fn any_event() -> impl Strategy<Value = (Event, i64)> {
    let step = (0..Step::ALL.len()).prop_map(|index| Event::Step(Step::ALL[index]));
    let postpone = (-100_i64..10_000)
        .prop_map(|seconds| Event::Postpone { until: START.plus(seconds), reason: WaitReason::Retry });
    (prop_oneof![5 => step, 1 => postpone], 0_i64..500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_events_breaks_an_invariant(events in proptest::collection::vec(any_event(), 0..80)) {
        let (mut job, mut model, mut now) = (Job::planned(START), Model::default(), START);
        for (event, pause) in events {
            now = now.plus(pause);
            let Ok(next) = apply(&job, event, now) else { continue };
            prop_assert!(!model.is_over, "{:?} after the end", event);
            model.follow(event, &next);
            prop_assert!(model.open_orders <= 1);
            prop_assert_eq!(model.open_orders == 1, next.order == OrderState::Open);
            prop_assert_eq!(model.is_issued, next.certificate == CertificateState::Kept);
            prop_assert!(!(model.is_issued && next.state == JobState::Cancelled));
            prop_assert_eq!(next.wakes_at.is_some(), next.state == JobState::Waiting);
            prop_assert_eq!(next.attention() == Attention::Nobody, next.state.is_final());
            if let Attention::At(moment) = next.attention() {
                prop_assert!(moment > now);
            }
            job = next;
        }
    }

    #[test]
    fn every_job_that_is_not_over_can_still_be_done(events in proptest::collection::vec(any_event(), 0..40)) {
        let mut job = events.iter().fold(Job::planned(START), |job, (event, _)| apply(&job, *event, START).unwrap_or(job));
        let onwards = [
            Step::Release, Step::Wake, Step::Start, Step::Order, Step::Validate, Step::Finalize, Step::Issue, Step::Install, Step::Prove,
        ];
        let later = START.plus(1_000_000);
        for onward in onwards {
            job = apply(&job, Event::Step(onward), later).unwrap_or(job);
        }
        prop_assert!(job.state.is_final(), "{job:?}");
    }
}
