//! How long many orders take.

use super::{Buckets, Charge, Ledger, LimitKind, OrderRequest, Purpose, Schedule};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// How long many orders take under a CA's limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// How many orders there are.
    pub orders: usize,
    /// When the last one can be sent, in seconds from now.
    pub seconds: i64,
    /// How many can be sent in the first 24 hours, in the second, and so on.
    pub per_day: Vec<usize>,
    /// The limit that the last one waits for, if it waits.
    pub bound_by: Option<LimitKind>,
}

/// Tell how long orders take, sent in this order.
#[must_use]
pub fn forecast<'r, B: Buckets>(
    requests: impl IntoIterator<Item = OrderRequest<'r>>,
    ledger: &Ledger<B>,
    now: Timestamp,
) -> Forecast {
    let mut schedule = Schedule::new(ledger, now);
    let mut forecast = Forecast { orders: 0, seconds: 0, per_day: Vec::new(), bound_by: None };
    for request in requests {
        let placement = schedule.place(&request);
        let seconds = placement.at.since(now);
        let day = usize::try_from(seconds / DAY).unwrap_or(usize::MAX).min(MOST_DAYS);
        if forecast.per_day.len() <= day {
            forecast.per_day.resize(day + 1, 0);
        }
        forecast.per_day[day] += 1;
        forecast.orders += 1;
        if seconds > forecast.seconds {
            forecast.seconds = seconds;
            forecast.bound_by = placement.wait.map(|wait| wait.limit.kind);
        }
    }
    forecast
}

/// Days that are told one by one; what comes later is counted on the last.
const MOST_DAYS: usize = 3_660;

/// Say how long new names take, one in each certificate and each of a registered domain of its own, e.g.
/// `10,000 new names take 4.2 days: new orders per account`.
///
/// Only what their orders have in common holds them up, so that the last one tells, however many there are.
#[must_use]
pub fn new_names_in_words<B: Buckets>(names: u32, account: &str, ledger: &Ledger<B>, now: Timestamp) -> String {
    let (seconds, bound_by) = last_of_new_names(names, account, ledger, now);
    let (noun, verb) = if names == 1 { ("new name", "takes") } else { ("new names", "take") };
    let names = grouped(usize::try_from(names).unwrap_or(usize::MAX));
    match bound_by {
        None => format!("{names} {noun} can be ordered at once"),
        Some(limit) => format!("{names} {noun} {verb} {}: {}", duration(seconds), limit.words()),
    }
}

/// Tell when the last of so many can be ordered, in seconds from now, and what it waits for.
fn last_of_new_names<B: Buckets>(
    names: u32,
    account: &str,
    ledger: &Ledger<B>,
    now: Timestamp,
) -> (i64, Option<LimitKind>) {
    // Such a name is in no bucket; what an order of it needs of the others is what each needs.
    let name = [String::from("a.name.invalid")];
    let one = OrderRequest { account, names: &name, charge: Charge::Full, purpose: Purpose::Ordinary };
    let shared = ledger.demands(&one).into_iter().filter(|demand| demand.key.subject == account);
    let waits = shared.map(|demand| {
        let taken = u64::from(names.saturating_sub(1)) * u64::from(demand.spent);
        let needed = u64::from(demand.needed.min(demand.rate.capacity));
        let at = ledger.bucket(&demand.key, demand.rate, now).available_at(demand.rate, taken + needed, now);
        (at.since(now), Some(demand.key.kind))
    });
    waits.filter(|(seconds, _)| *seconds > 0).max_by_key(|(seconds, _)| *seconds).unwrap_or((0, None))
}

impl Forecast {
    /// Say it to people, e.g. `10,000 orders take 4.2 days: new orders per account`.
    #[must_use]
    pub fn words(&self) -> String {
        let orders = if self.orders == 1 { "order" } else { "orders" };
        match self.bound_by {
            None => format!("{} {orders} can be sent at once", grouped(self.orders)),
            Some(limit) => {
                let takes = if self.orders == 1 { "takes" } else { "take" };
                format!("{} {orders} {takes} {}: {}", grouped(self.orders), duration(self.seconds), limit.words())
            }
        }
    }
}

fn duration(seconds: i64) -> String {
    // In tenths, rounded.
    let (tenths, unit) = if seconds >= DAY {
        ((seconds * 10 + DAY / 2) / DAY, "days")
    } else if seconds >= HOUR {
        ((seconds * 10 + HOUR / 2) / HOUR, "hours")
    } else {
        ((seconds + 59) / 60 * 10, "minutes")
    };
    if tenths % 10 == 0 { format!("{} {unit}", tenths / 10) } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
