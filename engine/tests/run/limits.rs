//! A certificate authority with limits, on a clock that both sides share.

use crate::world;
use engine::clock::Clock;
use engine::inventory::ImportFormat;
use engine::model::{QueueQuery, RunScope, Timestamp};
use engine::{Engine, TermsAnswer};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testca::{Endpoint, Limits, ProblemKind, TestCa, Validation, VirtualClock};

const WEBSITES: u64 = 330;
const HOUR: Duration = Duration::from_secs(3_600);

struct Shared(VirtualClock);

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        Timestamp(testca::Clock::now(&self.0).as_second())
    }
}

struct Fleet {
    engine: Engine,
    ca: TestCa,
    clock: VirtualClock,
    _dir: TempDir,
}

/// Many websites of their own registered domains, and a CA with Let's Encrypt's limits that `told` tells the engine of.
async fn fleet(websites: u64, told: &[(&str, &str)]) -> Fleet {
    let clock = VirtualClock::starting_at(testca::Clock::now(&testca::SystemClock));
    let ca = TestCa::builder().limits(Limits::lets_encrypt()).validation(Validation::Always).clock(clock.clone());
    let ca = ca.start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    let mut config = world::config(&dir, (ca.directory_url(), root), None);
    config.providers[0].limits = told.iter().map(|(name, rate)| ((*name).into(), (*rate).into())).collect();
    let engine = Engine::open_at(config, Arc::new(Shared(clock.clone()))).await.unwrap();
    let mut users = String::new();
    for number in 0..websites {
        write!(
            users,
            "[[user]]\nname = 'u{number}'\n[[user.website]]\ndomain = 'site{number}.test'\ndocument_root = '/srv'\n"
        )
        .unwrap();
    }
    engine.import(&users, ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    Fleet { engine, ca, clock, _dir: dir }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_websites_than_a_limit_allows_are_secured_in_time_and_the_limit_is_never_hit() {
    let fleet =
        fleet(WEBSITES, &[("new_orders", "300/3h"), ("registered_domain", "50/7d"), ("exact_set", "5/7d")]).await;

    let first = world::run(&fleet.engine, RunScope::AllUsers).await;

    assert_eq!((first.counts.issued, first.counts.waiting), (270, 60), "a tenth is kept for what expires soon");
    let mut hours = 0;
    while fleet.engine.queue(&QueueQuery::default()).await.unwrap().total > 0 {
        hours += 1;
        assert!(hours <= 3, "the rest takes longer than the limit needs");
        fleet.clock.advance(HOUR);
        world::run(&fleet.engine, RunScope::Queue).await;
    }
    assert_eq!(fleet.ca.journal().certificates_issued(), WEBSITES);
    assert_eq!(fleet.ca.journal().orders_created(), WEBSITES);
    assert_eq!(fleet.ca.journal().problems(ProblemKind::RateLimited), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_nobody_told_of_is_believed_at_the_first_refusal() {
    let fleet = fleet(WEBSITES, &[]).await;

    let first = world::run(&fleet.engine, RunScope::AllUsers).await;

    assert_eq!((first.counts.issued, first.counts.waiting), (300, 30));
    let refused = fleet.ca.journal().problems(ProblemKind::RateLimited);
    assert!((1..=8).contains(&refused), "the CA had to say it {refused} times, to the orders that were under way");
    let asked = fleet.ca.journal().requests(Endpoint::NewOrder).len();
    fleet.clock.advance(4 * HOUR);
    let second = world::run(&fleet.engine, RunScope::Queue).await;
    assert_eq!((second.counts.issued, second.counts.waiting), (30, 0));
    assert_eq!(fleet.ca.journal().requests(Endpoint::NewOrder).len() - asked, 30);
}
