//! What came of it: orders by day, and certificates that were late.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use testca::Issued;

use crate::fleet::{Newest, Setting};
use crate::memory;

const HOUR: i64 = 3_600;

/// What is counted while days pass.
#[derive(Default)]
pub(crate) struct Tally {
    orders: Vec<u64>,
    refused: usize,
    expired: usize,
    late: usize,
    /// The longest time by which a renewal came after the deadline of the one before, in seconds; negative where all came before.
    latest: Option<i64>,
    /// By name: the end and the deadline of the newest certificate.
    newest: Newest,
    last_first: u32,
    /// The orders of each day's busiest hour.
    busiest_hours: Vec<u64>,
}

/// How even days are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evenness {
    /// The first day that counts, from 0.
    pub from_day: u32,
    /// The day after the last one.
    pub until_day: u32,
    /// The mean of orders a day.
    pub mean: f64,
    /// The fewest orders of a day.
    pub least: u64,
    /// The orders of the day in the middle.
    pub median: u64,
    /// The most orders of a day.
    pub most: u64,
}

/// What came of a simulation.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Websites.
    pub websites: u32,
    /// How long certificates are valid, in days.
    pub lifetime_days: u32,
    /// Whether the authority told when to renew.
    pub renewal_information: bool,
    /// Days that were lived.
    pub days: u32,
    /// The day on which the last website got its first certificate, from 0.
    pub first_issuance_until_day: u32,
    /// All orders.
    pub orders: u64,
    /// Days of the first cycle: those after the first issuance in which certificates of it were renewed.
    pub first_cycle: Evenness,
    /// The days after.
    pub steady: Evenness,
    /// The most orders in one hour of those.
    pub busiest_hour: u64,
    /// Certificates that expired before they were renewed.
    pub expired: usize,
    /// Certificates that were renewed after their deadline.
    pub after_deadline: usize,
    /// The latest renewal, in hours after its deadline; negative where it was before.
    pub latest_hours: f64,
    /// Requests that the authority refused because of a limit.
    pub refused: usize,
    /// Websites that have no certificate at the end.
    pub without: u32,
    /// Orders of each day.
    pub per_day: Vec<u64>,
    /// The time that it took, in seconds.
    pub wall_seconds: f64,
    /// The most memory of the process, authority included, in MiB; `None` where the system does not tell.
    pub memory_mib: Option<u64>,
}

impl Tally {
    /// Add what the authority did in a day.
    pub(crate) fn add_day(
        &mut self,
        orders: u64,
        refused: usize,
        issued: &[Issued],
        deadline: impl Fn(&Issued) -> i64,
    ) {
        let day = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        self.orders.push(orders);
        let mut hours: HashMap<i64, u64> = HashMap::new();
        for certificate in issued {
            *hours.entry(certificate.at.as_second().div_euclid(HOUR)).or_default() += 1;
        }
        self.busiest_hours.push(hours.into_values().max().unwrap_or(0));
        self.refused += refused;
        for certificate in issued {
            let at = certificate.at.as_second();
            let newest = (certificate.not_after.as_second(), deadline(certificate));
            for name in &certificate.names {
                match self.newest.insert(name.clone(), newest) {
                    None => self.last_first = day,
                    Some((end, due)) => {
                        self.expired += usize::from(at >= end);
                        self.late += usize::from(at > due);
                        self.latest = Some(self.latest.map_or(at - due, |latest| latest.max(at - due)));
                    }
                }
            }
        }
    }

    pub(crate) fn figures(
        &self,
        setting: &Setting,
        deadline_days: u32,
        days: u32,
        now: i64,
        took: Duration,
    ) -> Figures {
        let settled = (self.last_first + deadline_days + 2).min(days);
        let expired_now = self.newest.values().filter(|(end, _)| *end <= now).count();
        Figures {
            websites: setting.websites,
            lifetime_days: setting.lifetime_days,
            renewal_information: setting.renewal_information,
            days,
            first_issuance_until_day: self.last_first,
            orders: self.orders.iter().sum(),
            first_cycle: self.evenness(self.last_first + 1, settled),
            steady: self.evenness(settled, days),
            busiest_hour: self.busiest_hours.iter().skip(settled as usize).copied().max().unwrap_or(0),
            expired: self.expired + expired_now,
            after_deadline: self.late,
            latest_hours: self.latest.map_or(f64::NEG_INFINITY, |seconds| seconds as f64 / HOUR as f64),
            refused: self.refused,
            without: setting.websites - u32::try_from(self.newest.len()).unwrap_or(u32::MAX).min(setting.websites),
            per_day: self.orders.clone(),
            wall_seconds: took.as_secs_f64(),
            memory_mib: memory::most_mib(),
        }
    }

    fn evenness(&self, from_day: u32, until_day: u32) -> Evenness {
        let mut days = self.orders.get(from_day as usize..until_day as usize).unwrap_or_default().to_vec();
        days.sort_unstable();
        let (Some(least), Some(most)) = (days.first(), days.last()) else {
            return Evenness { from_day, until_day, ..Evenness::default() };
        };
        let mean = days.iter().sum::<u64>() as f64 / days.len() as f64;
        Evenness { from_day, until_day, mean, least: *least, median: days[days.len() / 2], most: *most }
    }
}

impl Evenness {
    /// Tell whether each day is within `share` of the mean; an order more or less is never counted.
    #[must_use]
    pub fn is_within(&self, share: f64) -> bool {
        let allowed = (self.mean * share).max(1.0);
        self.mean > 0.0 && (self.most as f64 - self.mean) <= allowed && (self.mean - self.least as f64) <= allowed
    }
}

impl fmt::Display for Evenness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from_day, until_day, mean, least, median, most } = self;
        if until_day <= from_day {
            return write!(formatter, "none");
        }
        let off = |orders: u64| (orders as f64 / mean - 1.0) * 100.0;
        write!(
            formatter,
            "days {from_day} to {}: least {least} ({:+.1} %), median {median}, most {most} ({:+.1} %), mean {mean:.1}",
            until_day - 1,
            off(*least),
            off(*most)
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let information = if self.renewal_information { "with" } else { "without" };
        writeln!(
            formatter,
            "{} websites, {} days, lifetime {} days, {information} renewal information",
            self.websites, self.days, self.lifetime_days
        )?;
        writeln!(formatter, "orders               {}", self.orders)?;
        writeln!(formatter, "first issuance       days 0 to {}", self.first_issuance_until_day)?;
        writeln!(formatter, "a day, first cycle   {}", self.first_cycle)?;
        writeln!(formatter, "a day, after         {}", self.steady)?;
        writeln!(formatter, "an hour, after       most {}", self.busiest_hour)?;
        writeln!(formatter, "expired              {}", self.expired)?;
        writeln!(formatter, "without certificate  {}", self.without)?;
        writeln!(formatter, "after the deadline   {} (latest: {:+.1} h)", self.after_deadline, self.latest_hours)?;
        writeln!(formatter, "refused by a limit   {}", self.refused)?;
        writeln!(formatter, "wall time            {:.0} s", self.wall_seconds)?;
        match self.memory_mib {
            Some(mib) => write!(formatter, "memory, CA included  {mib} MiB"),
            None => write!(formatter, "memory               not told"),
        }
    }
}
