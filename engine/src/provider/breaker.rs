//! Whether a provider is asked at all: a circuit breaker. Pure; the store keeps it over restarts.
//!
//! ```text
//! closed ──3 outages in a row──► open ──1, 10, then each 60 minutes──► half open: one question
//!    ▲                            ▲                                        │
//!    └──── it answers ────────────┼────────────────────────────────────────┤
//!                                 └───────────────── another outage ───────┘
//! ```
//!
//! Until an order has worked again, a provider that answers is believed once only: its next outage opens the circuit at once, and for
//! longer.

use crate::model::Timestamp;
use crate::plan::Seed;
use crate::queue::backoff::{Failures, Ladder};

/// After so many outages in a row a provider that worked is taken to be down.
const OUTAGES_BELIEVED: u32 = 3;
/// How long one question keeps the others back, in seconds: longer than an order usually takes.
const PROBE_SECONDS: i64 = 120;
/// No pause is longer, jitter included, in seconds. One that seems to be was made by a clock that was put back.
const LONGEST_PAUSE: i64 = 3_960;

/// Whether a provider is asked, told by how its calls went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Where it stands.
    pub circuit: Circuit,
    /// How often the circuit opened since an order last worked.
    pub openings: u32,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// The provider is asked.
    Closed {
        /// Outages in a row.
        outages: u32,
    },
    /// It is not asked.
    Open {
        /// Since when it is down.
        since: Timestamp,
        /// When it is asked next.
        retry_at: Timestamp,
    },
    /// One question is under way; nothing else is asked until its outcome is known.
    HalfOpen {
        /// Since when it is down.
        since: Timestamp,
        /// When that question is given up for lost.
        until: Timestamp,
    },
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { outages: 0 }
    }
}

/// Whether a provider may be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It may.
    Free,
    /// By one, for all: see [`Breaker::probing`].
    Probe,
    /// Not before then.
    Shut {
        /// When.
        until: Timestamp,
    },
}

impl Breaker {
    /// Tell whether the provider may be asked.
    pub(crate) fn gate(self, now: Timestamp) -> Gate {
        let until = match self.circuit {
            Circuit::Closed { .. } => return Gate::Free,
            Circuit::Open { retry_at, .. } => retry_at,
            Circuit::HalfOpen { until, .. } => until,
        };
        if until <= now || until.since(now) > LONGEST_PAUSE { Gate::Probe } else { Gate::Shut { until } }
    }

    /// Tell since when the provider is down and when it is asked next; `None` where it is not known to be down.
    #[must_use]
    pub const fn down(self) -> Option<(Timestamp, Timestamp)> {
        match self.circuit {
            Circuit::Closed { .. } => None,
            Circuit::Open { since, retry_at } => Some((since, retry_at)),
            Circuit::HalfOpen { since, until } => Some((since, until)),
        }
    }

    /// Send one question; everybody else waits for its outcome.
    #[must_use]
    pub(crate) const fn probing(self, now: Timestamp) -> Self {
        match self.down() {
            Some((since, _)) => Self { circuit: Circuit::HalfOpen { since, until: now.plus(PROBE_SECONDS) }, ..self },
            None => self,
        }
    }

    /// Let the provider be asked at once, since a person wants to know.
    #[must_use]
    pub(crate) const fn at_once(self, now: Timestamp) -> Self {
        match self.down() {
            Some((since, _)) => Self { circuit: Circuit::Open { since, retry_at: now }, ..self },
            None => self,
        }
    }

    /// A call met an outage. `seed` is the server's own, so that servers do not come back together.
    #[must_use]
    pub(crate) fn after_outage(self, seed: Seed, now: Timestamp) -> Self {
        let (since, outages) = match self.circuit {
            Circuit::Closed { outages } => (now, outages.saturating_add(1)),
            Circuit::HalfOpen { since, .. } => (since, OUTAGES_BELIEVED),
            // Late news of a call that began before.
            Circuit::Open { .. } => return self,
        };
        if self.openings == 0 && outages < OUTAGES_BELIEVED {
            return Self { circuit: Circuit::Closed { outages }, ..self };
        }
        let openings = self.openings.saturating_add(1);
        let retry_at = Failures { count: openings, last_at: now }.retry_at(Ladder::Provider, seed);
        Self { circuit: Circuit::Open { since, retry_at }, openings }
    }

    /// The provider answered as a certificate authority does.
    #[must_use]
    pub(crate) const fn after_answer(self) -> Self {
        Self { circuit: Circuit::Closed { outages: 0 }, ..self }
    }

    /// The provider dealt with an order, whatever came of it.
    #[must_use]
    pub(crate) const fn after_order(self) -> Self {
        Self { circuit: Circuit::Closed { outages: 0 }, openings: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);
    const SEED: Seed = Seed(7);
    const MINUTE: i64 = 60;

    fn failing(breaker: Breaker, times: u32, now: Timestamp) -> Breaker {
        (0..times).fold(breaker, |breaker, _| breaker.after_outage(SEED, now))
    }

    fn pause(breaker: Breaker, now: Timestamp) -> i64 {
        breaker.down().expect("it is open").1.since(now)
    }

    fn is_about(pause: i64, minutes: i64) -> bool {
        (pause - minutes * MINUTE).abs() * 10 <= minutes * MINUTE
    }

    #[test]
    fn three_outages_in_a_row_open_the_circuit_and_one_answer_between_them_does_not() {
        let two = failing(Breaker::default(), 2, NOW);
        assert_eq!(two.gate(NOW), Gate::Free);
        assert_eq!(failing(two.after_order(), 2, NOW).gate(NOW), Gate::Free);
        let three = failing(two, 1, NOW);
        assert!(matches!(three.gate(NOW), Gate::Shut { .. }) && is_about(pause(three, NOW), 1));
        assert_eq!(failing(three, 5, NOW), three, "late news changes nothing");
    }

    #[test]
    fn one_question_is_asked_when_the_time_has_come_and_the_pauses_grow() {
        let (mut breaker, mut now) = (failing(Breaker::default(), 3, NOW), NOW);
        for minutes in [10, 60, 60] {
            now = now.plus(pause(breaker, now));
            assert_eq!(breaker.gate(now), Gate::Probe);
            breaker = breaker.probing(now);
            assert!(matches!(breaker.gate(now), Gate::Shut { .. }), "the others wait");
            assert_eq!(breaker.gate(now.plus(PROBE_SECONDS)), Gate::Probe, "a question that was lost is asked again");
            breaker = breaker.after_outage(SEED, now);
            assert!(is_about(pause(breaker, now), minutes), "{minutes}");
            assert_eq!(breaker.down().unwrap().0, NOW, "it is down since the beginning");
        }
        assert_eq!(breaker.after_answer().gate(now), Gate::Free);
    }

    #[test]
    fn a_provider_that_answers_is_believed_once_until_an_order_has_worked() {
        let answered = failing(Breaker::default(), 3, NOW).after_answer();
        assert_eq!(answered.gate(NOW), Gate::Free);
        assert!(is_about(pause(answered.after_outage(SEED, NOW), NOW), 10));
        assert_eq!(answered.after_order(), Breaker::default());
    }

    #[test]
    fn a_person_does_not_wait_and_a_clock_that_was_put_back_blocks_nobody() {
        let open = failing(Breaker::default(), 3, NOW);
        assert_eq!(open.at_once(NOW).gate(NOW), Gate::Probe);
        assert_eq!(Breaker::default().at_once(NOW), Breaker::default());
        assert_eq!(open.gate(NOW.plus(-86_400)), Gate::Probe);
    }

    proptest! {
        #[test]
        fn a_provider_is_never_left_alone_for_longer_than_the_longest_pause(
            steps in proptest::collection::vec((0_u8..6, 0_i64..5_000), 0..80), seed: u64,
        ) {
            let (mut breaker, mut now) = (Breaker::default(), NOW);
            for (what, seconds) in steps {
                now = now.plus(seconds);
                breaker = match what {
                    0 => breaker.after_answer(),
                    1 => breaker.after_order(),
                    2 if breaker.gate(now) == Gate::Probe => breaker.probing(now),
                    _ => breaker.after_outage(Seed(seed), now),
                };
                match breaker.gate(now) {
                    Gate::Shut { until } => prop_assert!(until > now && until.since(now) <= LONGEST_PAUSE),
                    Gate::Free => prop_assert!(breaker.down().is_none()),
                    Gate::Probe => prop_assert!(breaker.down().is_some_and(|(since, _)| since <= now)),
                }
                prop_assert!(breaker.openings > 0 || breaker.down().is_none());
            }
        }
    }
}
