//! What the Providers page measures: how long certificates take, what is left of the limits, how the last calls went.

use crate::providers::{IMPORT, agreed};
use crate::world::{self, AheadClock};
use engine::Engine;
use engine::inventory::ImportFormat;
use engine::model::{Gauge, Offered, ProviderDetail, RunScope, RunState};
use engine::store::AddedProvider;
use std::sync::Arc;
use tempfile::TempDir;
use testca::{Endpoint, Fault, Problem, ProblemKind, Profile, Rule, TestCa, TestCaBuilder, Validation};

const HOUR: i64 = 3_600;

struct Desk {
    engine: Engine,
    clock: Arc<AheadClock>,
    ca: TestCa,
    _dir: TempDir,
}

async fn desk(build: impl FnOnce(TestCaBuilder) -> TestCaBuilder, limits: &[(&str, &str)]) -> Desk {
    let ca = build(TestCa::builder().validation(Validation::Always)).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    let mut config = world::config(&dir, (ca.directory_url(), root), None);
    config.providers[0].limits = limits.iter().map(|(name, rate)| ((*name).into(), (*rate).into())).collect();
    let clock = Arc::new(AheadClock::default());
    let engine = Engine::open_at(config, clock.clone()).await.unwrap();
    engine.import(IMPORT, ImportFormat::Toml).await.unwrap();
    Desk { engine, clock, ca, _dir: dir }
}

impl Desk {
    async fn provider(&self) -> ProviderDetail {
        let providers = self.engine.providers().await.unwrap();
        providers.into_iter().find(|provider| provider.summary.id == "ca").unwrap()
    }

    async fn gauge(&self, limit: &str) -> Gauge {
        let gauges = self.provider().await.budget.gauges;
        gauges.into_iter().find(|gauge| gauge.limit == limit).expect(limit)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_from_order_to_certificate_is_measured_for_the_provider_that_issued() {
    let desk = desk(|ca| ca, &[]).await;
    assert_eq!(desk.provider().await.delivery, None);
    desk.engine.select_provider("ca", &agreed()).await.unwrap();
    world::run(&desk.engine, RunScope::AllUsers).await;
    let first = desk.provider().await.delivery.expect("one certificate");
    assert_eq!(first.certificates, 1);
    assert!(first.slowest < 60 && first.median == first.slowest, "{first:?}");

    // An order that the authority takes an hour for: its finalize request fails, and is taken up again later.
    let more = IMPORT.replace("alice", "bob");
    desk.engine.import(&format!("{IMPORT}{more}"), ImportFormat::Toml).await.unwrap();
    desk.ca.faults().add(Rule::on(Endpoint::Finalize, Fault::Reset)).unwrap();
    assert_eq!(world::run(&desk.engine, RunScope::AllUsers).await.counts.issued, 0);
    desk.clock.advance(HOUR);
    assert_eq!(world::run(&desk.engine, RunScope::AllUsers).await.counts.issued, 1);
    let both = desk.provider().await.delivery.expect("two certificates");
    assert_eq!((both.certificates, both.median), (2, first.median));
    assert!((3_600..3_660).contains(&both.slowest), "{both:?}");
    let others = desk.engine.providers().await.unwrap();
    assert!(others.iter().all(|provider| provider.summary.id == "ca" || provider.delivery.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_show_what_is_left_and_when_it_comes_back() {
    let limits =
        [("new_orders", "10/1h"), ("registered_domain", "5/7d"), ("new_accounts", "2/3h"), ("requests", "90/1s")];
    let desk = desk(|ca| ca, &limits).await;
    let unused = desk.provider().await.budget;
    assert!(unused.gauges.is_empty() && unused.forecast.is_empty(), "it is not in use: {unused:?}");
    desk.engine.select_provider("ca", &agreed()).await.unwrap();
    let full = desk.gauge("new_orders").await;
    assert_eq!((full.left, full.capacity, full.seconds, full.full_at), (10, 10, 3_600, None));
    let accounts = desk.gauge("new_accounts").await;
    assert_eq!((accounts.left, accounts.capacity), (1, 2), "one was registered");
    let domain = desk.gauge("registered_domain").await;
    assert_eq!((domain.left, domain.subject.as_str()), (5, ""), "no domain has used any");

    assert_eq!(world::run(&desk.engine, RunScope::AllUsers).await.state, RunState::Succeeded);

    let used = desk.gauge("new_orders").await;
    assert_eq!((used.left, used.subject.as_str()), (9, ""));
    let wait = used.full_at.expect("a moment").since(desk.provider().await.calls.succeeded_at.expect("a moment"));
    assert!((300..=420).contains(&wait), "a tenth of an hour: {wait}");
    let domain = desk.gauge("registered_domain").await;
    assert_eq!((domain.left, domain.subject.as_str()), (4, "alice.test"));
    let budget = desk.provider().await.budget;
    assert!(budget.gauges.iter().all(|gauge| gauge.limit != "requests"), "requests are paced, not counted");
    assert!(budget.forecast.starts_with("10,000 new names take 41.6 days: new orders per account"), "{budget:?}");

    desk.clock.advance(HOUR);
    assert_eq!(desk.gauge("new_orders").await.left, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_asked_to_wait_is_shown_as_closed_until_then() {
    let desk = desk(|ca| ca, &[]).await;
    desk.engine.select_provider("ca", &agreed()).await.unwrap();
    assert!(desk.provider().await.budget.gauges.is_empty(), "no limit is known");
    let slow_down = Problem::new(ProblemKind::RateLimited, "slow down").with_retry_after(1_800);
    desk.ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::Refusal(slow_down))).unwrap();
    world::run(&desk.engine, RunScope::AllUsers).await;
    let closed = desk.gauge("unstated").await;
    assert_eq!((closed.left, closed.words.as_str()), (0, "a limit that the CA did not name"));
    let forecast = desk.provider().await.budget.forecast;
    assert!(forecast.contains("take 30 minutes: a limit that the CA did not name"), "{forecast}");
    desk.clock.advance(HOUR);
    assert!(desk.provider().await.budget.gauges.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_new_accounts_is_kept_before_the_authority_has_to_say_so() {
    let desk = desk(|ca| ca, &[("new_accounts", "2/3h")]).await;
    desk.engine.select_provider("ca", &agreed()).await.unwrap();
    desk.engine.recreate_account("ca").await.unwrap();
    let refused = desk.engine.recreate_account("ca").await.unwrap_err().to_string();
    assert!(refused.contains("allows no new account before "), "{refused}");
    assert_eq!(desk.ca.journal().accounts_created(), 2);
    desk.clock.advance(2 * HOUR);
    desk.engine.recreate_account("ca").await.unwrap();
    assert_eq!(desk.ca.journal().accounts_created(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_failure_stays_known_with_its_time_after_a_call_has_worked() {
    let desk = desk(|ca| ca, &[]).await;
    let unknown = desk.provider().await.calls;
    assert_eq!((unknown.failure, unknown.succeeded_at), (None, None));
    desk.ca.faults().add(Rule::on(Endpoint::Directory, Fault::unavailable())).unwrap();
    desk.engine.test_provider("ca").await.unwrap_err();
    let ill = desk.provider().await;
    let (reason, failed_at) = ill.calls.failure.expect("a failure");
    assert!(reason.contains("503") && ill.summary.last_error.as_ref() == Some(&reason), "{reason}");
    assert_eq!(ill.calls.succeeded_at, None);
    desk.clock.advance(HOUR);
    desk.engine.test_provider("ca").await.unwrap();
    let well = desk.provider().await;
    assert_eq!((well.summary.last_error, well.calls.failure), (None, Some((reason, failed_at))));
    assert!(well.calls.succeeded_at.expect("a success") > failed_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_directory_says_counts_for_more_than_what_is_documented() {
    let desk = desk(|ca| ca.profile(Profile::classic()), &[]).await;
    let before = desk.provider().await;
    assert_eq!((before.renewal_information, before.wildcards), (Offered::ByContract, Offered::ByContract));
    desk.engine.test_provider("ca").await.unwrap();
    assert_eq!(desk.provider().await.renewal_information, Offered::Yes);
    let all = desk.engine.providers().await.unwrap();
    let of = |id: &str| all.iter().find(|provider| provider.summary.id == id).unwrap();
    assert_eq!(of("letsencrypt").wildcards, Offered::Yes);
    assert_eq!(of("actalis").wildcards, Offered::No);
    assert_eq!(of("sectigo").wildcards, Offered::ByContract, "what is not documented is not made up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_authority_that_moved_is_changed_and_used_with_the_key_that_it_has() {
    let desk = desk(|ca| ca, &[]).await;
    let other = TestCa::builder().validation(Validation::Always).start().unwrap();
    let ours = |ca: &TestCa| AddedProvider {
        id: "ours".into(),
        name: "Our CA".into(),
        directory_url: ca.directory_url(),
        allow_private: true,
        root_pem: Some(ca.tls_root_pem().to_owned()),
    };
    desk.engine.add_provider(&ours(&desk.ca)).await.unwrap();
    let before = desk.engine.select_provider("ours", &agreed()).await.unwrap().account_url.unwrap();
    desk.engine.change_provider(&ours(&other)).await.unwrap();
    assert_eq!(world::run(&desk.engine, RunScope::AllUsers).await.state, RunState::Succeeded);
    let providers = desk.engine.providers().await.unwrap();
    let moved = providers.into_iter().find(|provider| provider.summary.id == "ours").unwrap();
    assert_ne!(moved.summary.account_url.unwrap(), before);
    assert_eq!((other.journal().accounts_created(), other.journal().certificates_issued()), (1, 1));
}
