//! How long many orders take.

use super::{Buckets, Ledger, LimitKind, OrderRequest, Schedule};
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
