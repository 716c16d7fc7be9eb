//! When a certificate is due for renewal.
//!
//! Every rule is a share of the lifetime, never a fixed number of days: 90-day certificates become 64 and then 45.
//!
//! - A certificate is due at 2/3 of its lifetime at the latest, at 1/2 where the lifetime is under 10 days: the deadline.
//! - Without a word from the CA it is due at a moment between 1/2 and 2/3 of the lifetime (2/5 and 1/2 where it is short), drawn
//!   evenly and always the same for one certificate. Certificates of one day are so renewed over 15 days of 90.
//! - With a window from the CA (RFC 9773) it is due at a moment in the window, drawn likewise; what lies after the deadline is cut
//!   off. A window wholly after the deadline gives a moment in the last 1/24 of the lifetime before it.
//! - A window that ends before it starts is ignored. A moment that has passed means now.
//! - In a fleet whose certificates take turns (see [`super::level`]) nothing is drawn: a certificate is due at its turn, and at the
//!   end of its [`Span`] at the latest.

mod ari;

pub use ari::{AriFailure, AriPoll, AriWindow, next_poll};

use super::Seed;
use super::level::Turn;
use crate::analyze::Validity;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Lifetimes below this are renewed at half of them, longer ones at two thirds.
const SHORT_LIVED_SECONDS: i64 = 10 * 86_400;
/// What the draw for a renewal is told apart by from other draws of the same seed.
const SALT: u64 = 0x5245_4e45_5741_4c00;

/// Where a renewal's moment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalBasis {
    /// The CA's window, possibly cut off at the deadline.
    AriWindow,
    /// The deadline, since the CA's window comes after it.
    BeforeAriWindow,
    /// The lifetime alone.
    Lifetime,
    /// The turn that it takes with the other certificates of the server.
    Turn,
}

/// When a certificate is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Renewal {
    /// The moment; the same however often it is asked for. It may have passed, which means now.
    pub at: Timestamp,
    /// Where it comes from.
    pub basis: RenewalBasis,
}

impl Renewal {
    /// Tell whether the moment has come.
    #[must_use]
    pub fn is_due(self, now: Timestamp) -> bool {
        now >= self.at
    }
}

/// Tell the moment at which a certificate is due at the latest.
#[must_use]
pub fn deadline(validity: Validity) -> Timestamp {
    if is_short(validity) { validity.at_fraction(1, 2) } else { validity.at_fraction(2, 3) }
}

/// The moments between which a certificate is to be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
    /// Where they come from.
    pub basis: RenewalBasis,
}

/// Tell between which moments a certificate is to be renewed.
#[must_use]
pub fn span(validity: Validity, window: Option<&AriWindow>) -> Span {
    let deadline = deadline(validity);
    let (from, until, basis) = match window.filter(|window| window.is_valid()) {
        Some(window) if window.start < deadline => (window.start, window.end.min(deadline), RenewalBasis::AriWindow),
        Some(_) => (deadline.plus(-validity.lifetime() / 24), deadline, RenewalBasis::BeforeAriWindow),
        None if is_short(validity) => (validity.at_fraction(2, 5), deadline, RenewalBasis::Lifetime),
        None => (validity.at_fraction(1, 2), deadline, RenewalBasis::Lifetime),
    };
    Span { from, until, basis }
}

/// Tell when a certificate is due. `seed` belongs to the certificate, e.g. [`Seed::of`] its serial number.
#[must_use]
pub fn renewal(validity: Validity, window: Option<&AriWindow>, seed: Seed) -> Renewal {
    let Span { from, until, basis } = span(validity, window);
    Renewal { at: from.plus(seed.with(SALT).within(until.since(from))), basis }
}

/// Tell when a certificate is due that takes turns with others.
#[must_use]
pub fn renewal_in_turn(
    validity: Validity,
    window: Option<&AriWindow>,
    seed: Seed,
    turn: Turn,
    now: Timestamp,
) -> Renewal {
    let last = || span(validity, window).until;
    match turn {
        Turn::Drawn => renewal(validity, window, seed),
        Turn::Waits => Renewal { at: last(), basis: RenewalBasis::Turn },
        Turn::Come => Renewal { at: last().min(now), basis: RenewalBasis::Turn },
    }
}

/// Tell the moment from which a certificate counts as expiring soon: a sixth of its lifetime before its end, 7 days at most.
#[must_use]
pub fn expires_soon_from(validity: Validity) -> Timestamp {
    validity.not_after.plus(-(validity.lifetime() / 6).min(7 * 86_400))
}

fn is_short(validity: Validity) -> bool {
    validity.lifetime() < SHORT_LIVED_SECONDS
}

#[cfg(test)]
mod tests;
