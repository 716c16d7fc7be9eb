//! Levelling: certificates that were issued together are not renewed together for ever.
//!
//! A server's first certificates come as fast as the CA's limit allows, and from then on they fall due in waves. So the certificates
//! of a fleet take turns, the earliest deadline first, at a steady rate:
//!
//! - The even rate is what the fleet needs when each certificate is renewed in the middle of its [`Span`]: the sum of one through
//!   that age. It needs no more orders than drawing moments in the spans, and the CA's windows are met as soon as the fleet is level.
//! - While that would be too slow for a deadline the rate is the smallest that meets all: the most of *certificates due by then*
//!   through *time until then*. A wave is so spread over all the time that there is.
//! - A turn may come from half of the time until the deadline on (a third of the lifetime, a quarter of a short one), so that a first
//!   wave has the other half to become flat, and is flat the second time at the latest. The CA's window is
//!   a wish and not a gate: nobody is harmed by an earlier renewal, for which no limit of orders counts, since the names are the
//!   same; the CA's load becomes even, too.
//! - Nobody waits for a turn beyond the end of the span, and what the CA wants renewed at once is renewed at once.
//!
//! Oldest first at a constant rate mends itself: gaps are filled because a turn is used as soon as any certificate may be renewed,
//! and new websites, removals and outages change the rate for hours, not the next cycles. Moments that are drawn or planned at
//! issuance would keep their gaps. All that is remembered is until when turns were given.
//!
//! A fleet that needs less than one renewal a day is left alone: each certificate draws its moment.

use super::SiteId;
use super::renewal::{AriWindow, Span, deadline, span};
use crate::analyze::Validity;
use crate::model::Timestamp;
use std::collections::HashMap;

/// How often turns are given, in seconds.
pub const SLOT: i64 = 3_600;
const DAY: i64 = 86_400;
/// The most seconds for which turns are made up: a server where only a nightly run gives turns misses none.
const MOST: i64 = DAY + SLOT;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    /// The certificate takes no turns: it draws its moment.
    #[default]
    Drawn,
    /// Others come first; it is due at the end of its span.
    Waits,
    /// It is due.
    Come,
}

/// A certificate that may take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    website: SiteId,
    release: Timestamp,
    until: Timestamp,
    age: i64,
}

/// The turns of a fleet at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    come: Vec<SiteId>,
    all: HashMap<SiteId, Turn>,
    others: Turn,
    given_until: Option<Timestamp>,
}

impl Candidate {
    /// Describe a website's certificate; `window` is the CA's for its renewal.
    #[must_use]
    pub fn new(website: SiteId, validity: Validity, window: Option<&AriWindow>) -> Self {
        let Span { from, until, .. } = span(validity, window);
        let half = deadline(validity).since(validity.not_before) / 2;
        let middle = from.plus(until.since(from) / 2);
        Self {
            website,
            release: from.min(validity.not_before.plus(half)),
            until,
            // A window that was moved to the past is about this renewal, not about the pace.
            age: middle.since(validity.not_before).max(half).max(1),
        }
    }
}

impl Turns {
    /// Nobody's turn has come, since turns were given just before.
    #[must_use]
    pub fn later() -> Self {
        Self { others: Turn::Waits, ..Self::default() }
    }

    /// List the websites whose turn has come, the most urgent first.
    #[must_use]
    pub fn come(&self) -> &[SiteId] {
        &self.come
    }

    /// Tell a website's turn.
    #[must_use]
    pub fn of(&self, website: SiteId) -> Turn {
        self.all.get(&website).copied().unwrap_or(self.others)
    }

    /// The moment until which turns are given now, to be remembered for the next time; `None` where nobody takes turns.
    #[must_use]
    pub fn given_until(&self) -> Option<Timestamp> {
        self.given_until
    }
}

/// Give the turns of a fleet for the time since `given_until`, at most a day and a [`SLOT`]; for one slot where it is not known.
///
/// The same whatever the order of the candidates. Takes n·log n time.
#[must_use]
pub fn level(candidates: impl IntoIterator<Item = Candidate>, given_until: Option<Timestamp>, now: Timestamp) -> Turns {
    let mut fleet: Vec<Candidate> = candidates.into_iter().collect();
    fleet.sort_unstable_by_key(|candidate| (candidate.until, candidate.website));
    let even: f64 = fleet.iter().map(|candidate| 1.0 / candidate.age as f64).sum();
    if even * (DAY as f64) < 1.0 {
        return Turns::default();
    }
    // What is late already is due whatever the pace, and may be so for long: it takes nobody's turn.
    let (late, rest) = fleet.split_at(fleet.partition_point(|candidate| candidate.until <= now));
    let needed = rest.iter().zip(1_u32..).map(|(candidate, due)| f64::from(due) / time_left(candidate, now) as f64);
    let rate = needed.fold(even, f64::max);
    let elapsed = given_until.map(|at| now.since(at)).filter(|elapsed| *elapsed >= 0).unwrap_or(SLOT).min(MOST);
    let last_chance = rest.partition_point(|candidate| candidate.until.since(now) <= SLOT);
    let places = ((rate * elapsed as f64) as usize).max(last_chance);
    let chosen = rest.iter().filter(|candidate| candidate.release <= now).take(places);
    let come: Vec<SiteId> = late.iter().chain(chosen).map(|candidate| candidate.website).collect();
    let unused = elapsed as f64 - places as f64 / rate;
    // Turns that nobody could take are not kept for later.
    let left_over = if come.len() < late.len() + places { 0 } else { unused.max(0.0) as i64 };
    let mut all: HashMap<SiteId, Turn> = fleet.iter().map(|candidate| (candidate.website, Turn::Waits)).collect();
    all.extend(come.iter().map(|website| (*website, Turn::Come)));
    Turns { come, all, others: Turn::Drawn, given_until: Some(now.plus(-left_over)) }
}

/// The seconds until a certificate's last moment; all that end within the slot share it.
fn time_left(candidate: &Candidate, now: Timestamp) -> i64 {
    candidate.until.since(now).max(SLOT)
}

#[cfg(test)]
mod tests;
