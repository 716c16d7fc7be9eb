//! The engine and the certificate authority on one clock.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use engine::clock::Clock;
use engine::config::{LimitsConfig, ScheduleConfig};
use engine::inventory::ImportFormat;
use engine::model::Timestamp;
use engine::{Engine, TermsAnswer};
use testca::{Issued, Limits, ProblemKind, RenewalInformation, TestCa, VirtualClock};
use tokio_util::sync::CancellationToken;

use crate::figures::{Figures, Tally};
use crate::server;

const HOUR: Duration = Duration::from_secs(3_600);
const HOURS_OF_A_DAY: u32 = 24;
const DAY: Duration = Duration::from_secs(86_400);
/// When all users are checked: the second of the day.
const NIGHTLY: i64 = 9_000;
/// Orders that are worked on at once.
const ORDERS_IN_FLIGHT: usize = 16;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Websites, each of a user of its own and with one name of its own registered domain.
    pub websites: u32,
    /// How long certificates are valid.
    pub lifetime_days: u32,
    /// Whether the authority tells when to renew, and is asked once a day for each certificate.
    pub renewal_information: bool,
    /// The orders that the authority accepts in three hours; Let's Encrypt's other limits are as they are.
    pub orders_in_3_hours: u32,
}

/// A hosting server in its first months.
pub struct Fleet {
    setting: Setting,
    engine: Engine,
    ca: TestCa,
    clock: VirtualClock,
    tally: Tally,
    began: Instant,
    days: u32,
}

struct Shared(VirtualClock);

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        Timestamp(testca::Clock::now(&self.0).as_second())
    }
}

impl Fleet {
    /// Start with websites and no certificate; everything is kept below `directory`.
    ///
    /// # Errors
    /// Where the authority or the engine cannot be started.
    pub async fn start(setting: Setting, directory: &Path) -> Result<Self> {
        let clock = VirtualClock::starting_at(testca::Clock::now(&testca::SystemClock));
        let mut limits = Limits::lets_encrypt();
        limits.orders_per_account = Some(testca::Limit::new(setting.orders_in_3_hours, HOUR * 3));
        let information =
            if setting.renewal_information { RenewalInformation::Offered } else { RenewalInformation::Absent };
        let ca = TestCa::builder()
            .limits(limits)
            .lifetime(DAY * setting.lifetime_days)
            .renewal_information(information)
            .renewal_retry_after(DAY)
            .clock(clock.clone())
            .start()?;
        let mut config = server::config(directory, &ca)?;
        config.providers[0].limits = limits_of(setting.orders_in_3_hours);
        config.limits = LimitsConfig { orders_in_flight: ORDERS_IN_FLIGHT };
        config.schedule =
            ScheduleConfig { nightly: Some(NIGHTLY), jitter: 0, after_changes: false, ..ScheduleConfig::default() };
        let engine = Engine::open_at(config, Arc::new(Shared(clock.clone()))).await?;
        engine.import(&server::websites(setting.websites), ImportFormat::Toml).await?;
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "simulation".into() }).await?;
        Ok(Self { setting, engine, ca, clock, tally: Tally::default(), began: Instant::now(), days: 0 })
    }

    /// Live through one day, hour by hour, and return the orders of that day.
    ///
    /// # Errors
    /// Where the engine fails.
    pub async fn day(&mut self) -> Result<u64> {
        for _ in 0..HOURS_OF_A_DAY {
            let worked = self.engine.work_on_what_is_due(CancellationToken::new()).await?;
            ensure!(worked, "another process works on runs");
            self.clock.advance(HOUR);
        }
        let journal = self.ca.journal();
        let orders = journal.orders_created();
        let refused = journal.problems(ProblemKind::RateLimited);
        self.tally.add_day(orders, refused, &journal.certificates(), deadline);
        journal.forget();
        self.days += 1;
        Ok(orders)
    }

    /// Sum up the days that were lived.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let now = testca::Clock::now(&self.clock).as_second();
        let deadline_days = days_until_deadline(self.setting.lifetime_days);
        self.tally.figures(&self.setting, deadline_days, self.days, now, self.began.elapsed())
    }
}

fn limits_of(orders_in_3_hours: u32) -> BTreeMap<String, String> {
    let limits = [
        ("new_orders", format!("{orders_in_3_hours}/3h")),
        ("registered_domain", "50/7d".to_owned()),
        ("exact_set", "5/7d".to_owned()),
        ("failed_validations", "5/1h".to_owned()),
    ];
    limits.map(|(name, rate)| (name.to_owned(), rate)).into()
}

/// The moment at which a certificate is to be renewed at the latest, as docs/decisions.md promises it.
fn deadline(issued: &Issued) -> i64 {
    let (start, end) = (issued.not_before.as_second(), issued.not_after.as_second());
    let lifetime = end - start;
    start + if lifetime < 10 * 86_400 { lifetime / 2 } else { lifetime * 2 / 3 }
}

fn days_until_deadline(lifetime_days: u32) -> u32 {
    if lifetime_days < 10 { lifetime_days.div_ceil(2) } else { (lifetime_days * 2).div_ceil(3) }
}

/// What is known of each website's newest certificate, by the website's name.
pub(crate) type Newest = HashMap<String, (i64, i64)>;
