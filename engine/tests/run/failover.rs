//! Fallbacks: who takes an order that the first provider cannot take, and who does not.

use crate::pair::{A, B, Change, Pair, agreed, authority};
use crate::world;
use engine::model::{ProviderHealth, QueueQuery, RunScope, RunState};
use engine::store::AddedProvider;
use engine::{EngineError, ErrorKind, ExternalAccount, Shift, TermsAnswer};
use testca::{Endpoint, ExternalAccounts, Fault, Problem, ProblemKind, Rule, ValidationFailure};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn page(status: u16, retry_after: Option<&str>) -> Fault {
    Fault::Page { status, retry_after: retry_after.map(str::to_owned) }
}

/// Let every request to these endpoints of A meet a fault from now on.
fn spoil(pair: &Pair, endpoints: &[Endpoint], fault: &Fault) {
    for endpoint in endpoints {
        pair.a.faults().add(Rule::on(*endpoint, fault.clone()).forever()).unwrap();
    }
}

fn usual() -> Change {
    Box::new(|_| {})
}

/// A is limited so, and AutoSSL is told.
fn new_orders(limit: &'static str) -> Change {
    Box::new(move |config| config.providers[0].limits = [("new_orders".to_owned(), limit.to_owned())].into())
}

async fn codes(pair: &Pair, run: &engine::model::RunSummary) -> Vec<String> {
    world::log(&pair.engine, run).await.into_iter().filter_map(|line| line.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_website_is_ordered_from_the_fallback_in_the_same_run_whatever_the_first_is_down_by() {
    let refusal = |kind| Fault::Refusal(Problem::new(kind, "not today"));
    for (endpoint, fault) in [
        (Endpoint::NewOrder, page(503, None)),
        (Endpoint::NewOrder, page(500, Some("7200"))),
        (Endpoint::NewOrder, page(429, None)),
        (Endpoint::NewOrder, Fault::Reset),
        (Endpoint::NewOrder, Fault::Hang),
        (Endpoint::NewOrder, Fault::MalformedJson),
        (Endpoint::NewOrder, refusal(ProblemKind::ServerInternal)),
        (Endpoint::NewOrder, refusal(ProblemKind::RateLimited)),
        (Endpoint::Directory, page(503, None)),
        (Endpoint::Directory, Fault::Reset),
        (Endpoint::NewAccount, page(502, None)),
    ] {
        let pair = Pair::start(&["alice"]).await;
        spoil(&pair, &[endpoint], &fault);

        let run = pair.run().await;

        let told = pair.told(&run).await;
        assert_eq!(
            (run.state, run.counts.issued, pair.issued()),
            (RunState::Succeeded, 1, [0, 1]),
            "{fault:?}: {told:#?}"
        );
        let why = told.iter().find(|line| line.starts_with("It is ordered from Authority B, since Authority A"));
        assert!(why.is_some(), "{fault:?}: {told:#?}");
        assert!(told.iter().any(|line| line == "Authority B issued the certificate."), "{fault:?}: {told:#?}");
        let history = pair.history(1).await;
        let handed = history.iter().any(|line| line.starts_with("to be ordered from Authority B, since Authority A"));
        assert!(handed, "{fault:?}: {history:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_names_or_a_person_goes_to_nobody_else() {
    let name = "alice.test";
    type Spoil = fn(&Pair);
    let spoilers: [(&str, Spoil); 5] = [
        ("validation", |pair| pair.a.fail_validation("alice.test", ValidationFailure::connection("refused"))),
        ("CAA", |pair| pair.a.fail_validation("alice.test", ValidationFailure::caa("CAA forbids it"))),
        ("name", |pair| pair.a.refuse_name("alice.test")),
        ("terms", |pair| spoil(pair, &[Endpoint::NewOrder], &Fault::TermsChanged("https://a.test/terms/2".into()))),
        ("account", |pair| {
            spoil(
                pair,
                &[Endpoint::NewOrder],
                &Fault::Refusal(Problem::new(ProblemKind::Unauthorized, "account suspended")),
            );
        }),
    ];
    for (what, spoil) in spoilers {
        let pair = Pair::start(&["alice"]).await;
        spoil(&pair);

        let run = pair.run().await;

        let told = pair.told(&run).await;
        assert_eq!((run.counts.issued, run.counts.failed, pair.ordered()[1]), (0, 1, 0), "{what}: {told:#?}");
        let problem = pair.engine.user("alice").await.unwrap().websites[0].domains[0].problem.clone();
        assert!(problem.is_some(), "{what}: {name} is told why");
        assert_eq!(pair.health(A).await, ProviderHealth::Healthy, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_made_is_finished_where_it_is_even_if_that_provider_goes_down_meanwhile() {
    let pair = Pair::start(&["alice"]).await;
    spoil(&pair, &[Endpoint::Finalize], &page(503, None));

    let broken = pair.run().await;
    assert_eq!((broken.counts.issued, pair.ordered()), (0, [1, 0]), "{:#?}", pair.told(&broken).await);
    pair.a.faults().clear();
    let healed = pair.run().await;
    assert_eq!((healed.state, pair.ordered(), pair.issued()), (RunState::Succeeded, [1, 0], [1, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_processing_at_one_provider_comes_from_there_after_another_is_selected() {
    let hour = std::time::Duration::from_secs(3_600);
    let mut pair = Pair::of(
        authority("A").processing(hour),
        authority("B"),
        &["alice"],
        Box::new(|config| config.acme.order_timeout = 1),
    )
    .await;
    let first = pair.run().await;
    assert_eq!((first.counts.waiting, pair.ordered()), (1, [1, 0]), "{:#?}", pair.told(&first).await);
    assert_eq!(pair.engine.queue(&QueueQuery::default()).await.unwrap().rows[0].provider, A);

    pair.engine.select_provider(B, &agreed()).await.unwrap();
    assert_eq!(pair.engine.providers_in_order().await.unwrap().len(), 1, "B took A's place");
    pair.reopen().await;
    pair.clock.advance(2 * HOUR);
    let still = pair.scheduled(RunScope::Queue).await;
    assert_eq!((still.counts.waiting, pair.ordered()), (1, [1, 0]), "{:#?}", pair.told(&still).await);
    pair.a.advance(hour);
    pair.clock.advance(2 * HOUR);
    let last = pair.scheduled(RunScope::Queue).await;

    let told = pair.told(&last).await;
    assert_eq!((last.counts.issued, pair.issued(), pair.ordered()), (1, [1, 0], [1, 0]), "{told:#?}");
    assert!(told.iter().any(|line| line == "Authority A issued the certificate."), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_provider_keeps_every_certificate_until_it_is_due_and_names_none_to_another_authority() {
    let pair = Pair::of(authority("A"), authority("B"), &["alice", "bob"], usual()).await;
    pair.run().await;
    assert_eq!(pair.issued(), [2, 0]);
    pair.engine.select_provider(B, &agreed()).await.unwrap();
    let asked = |ca: &testca::TestCa| ca.journal().requests(Endpoint::RenewalInfo).len();
    let before = asked(&pair.a);

    pair.clock.advance(7 * HOUR);
    let quiet = pair.run().await;
    assert_eq!(
        (quiet.counts.kept, pair.issued(), pair.ordered()),
        (2, [2, 0], [2, 0]),
        "nothing is ordered for a change"
    );
    assert!(asked(&pair.a) >= before + 2, "who issued them is asked when to renew");
    assert_eq!(asked(&pair.b), 0);

    // A wants one of them renewed at once: B does that, and never hears of A's certificate.
    let alices = pair.a.journal().certificates_for("alice.test")[0].certificate_id.clone();
    pair.a.renew_now(&alices, None).unwrap();
    pair.clock.advance(7 * HOUR);
    let early = pair.run().await;
    assert_eq!(
        (early.counts.issued, early.counts.kept, pair.issued()),
        (1, 1, [2, 1]),
        "{:#?}",
        pair.told(&early).await
    );
    let issued = pair.b.journal().certificates_for("alice.test");
    assert_eq!(issued[0].replaces, None);
    assert_eq!(pair.b.journal().problems(ProblemKind::Malformed), 0, "no identifier of A's was sent");

    // Now it is B's own, and B is told which one is replaced.
    pair.b.renew_now(&issued[0].certificate_id, None).unwrap();
    pair.clock.advance(7 * HOUR);
    pair.run().await;
    assert_eq!(pair.b.journal().certificates_for("alice.test")[1].replaces, Some(issued[0].certificate_id.clone()));

    pair.clock.advance(61 * 24 * HOUR);
    let due = pair.run().await;
    assert_eq!(due.counts.issued, 2, "{:#?}", pair.told(&due).await);
    assert_eq!(pair.a.journal().certificates_issued(), 2, "each is renewed by the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_wait_for_long_goes_to_the_fallback_and_what_comes_soon_waits() {
    let names = ["u1", "u2", "u3", "u4"];
    let pair = Pair::of(authority("A"), authority("B"), &names, new_orders("2/3h")).await;
    pair.engine.set_fallbacks(&[B.into()], &agreed()).await.unwrap();
    let run = pair.run().await;
    assert_eq!((run.counts.issued, run.counts.waiting, pair.issued()), (4, 0, [2, 2]), "{:#?}", pair.told(&run).await);
    let lines = pair.told(&run).await;
    assert!(lines.iter().any(|line| line.contains("limit of new orders per account is used up until")), "{lines:#?}");
    assert!(matches!(pair.health(A).await, ProviderHealth::Limited { .. }));
    assert_eq!(pair.health(B).await, ProviderHealth::Healthy);

    let pair = Pair::of(authority("A"), authority("B"), &names[..2], new_orders("1/5m")).await;
    pair.engine.set_fallbacks(&[B.into()], &agreed()).await.unwrap();
    let run = pair.run().await;
    assert_eq!((run.counts.issued, run.counts.waiting, pair.issued()), (1, 1, [1, 0]), "{:#?}", pair.told(&run).await);
    pair.clock.advance(5 * MINUTE + 1);
    pair.scheduled(RunScope::Queue).await;
    assert_eq!(pair.issued(), [2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_wait_are_taken_by_a_fallback_as_soon_as_there_is_one() {
    let pair = Pair::of(authority("A"), authority("B"), &["alice"], usual()).await;
    let limited = Problem::new(ProblemKind::RateLimited, "too many").with_retry_after(86_400);
    spoil(&pair, &[Endpoint::NewOrder], &Fault::Refusal(limited));
    let run = pair.run().await;
    assert_eq!((run.counts.waiting, pair.issued()), (1, [0, 0]));

    pair.engine.add_fallback(B, &agreed()).await.unwrap();
    let queue = pair.scheduled(RunScope::Queue).await;

    assert_eq!((queue.state, pair.issued()), (RunState::Succeeded, [0, 1]), "{:#?}", pair.told(&queue).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_left_alone_over_restarts_and_comes_first_again_when_it_is_well() {
    let one_by_one: Change = Box::new(|config| config.limits.orders_in_flight = 1);
    let mut pair = Pair::of(authority("A"), authority("B"), &["u1", "u2", "u3", "u4", "u5"], one_by_one).await;
    pair.engine.set_fallbacks(&[B.into()], &agreed()).await.unwrap();
    let before = pair.a.journal().all_requests().len();
    spoil(&pair, &[Endpoint::Directory, Endpoint::NewOrder], &page(503, None));
    let run = pair.scheduled(RunScope::AllUsers).await;
    assert_eq!((run.state, pair.issued()), (RunState::Succeeded, [0, 5]), "{:#?}", pair.told(&run).await);
    assert!(codes(&pair, &run).await.contains(&"provider_down".to_owned()));
    let ProviderHealth::Down { next_try, .. } = pair.health(A).await else { panic!("{:?}", pair.health(A).await) };
    let known = pair.engine.current_provider().await.unwrap().unwrap();
    assert!(known.last_error.as_ref().is_some_and(|error| error.contains("503")), "{known:?}");

    pair.reopen().await;
    let asked = pair.a.journal().all_requests().len();
    assert_eq!(asked - before, 3, "after three outages nobody asks");
    pair.import(&["u1", "u2", "u3", "u4", "u5", "u6"]).await;
    let quiet = pair.scheduled(RunScope::AllUsers).await;
    let told = pair.told(&quiet).await;
    assert_eq!((quiet.counts.issued, pair.issued()[1]), (1, 6), "{told:#?}");
    assert_eq!(pair.a.journal().all_requests().len(), asked, "nobody asks it before its time");
    assert!(told.iter().any(|line| line.contains("Authority A is down since") && line.contains("503")), "{told:#?}");

    // Its time has come, and it is still down: one question, and a longer pause.
    pair.clock.advance(next_try.since(pair.now()) + 1);
    pair.scheduled(RunScope::AllUsers).await;
    assert_eq!(pair.a.journal().all_requests().len(), asked + 1);
    let ProviderHealth::Down { next_try, .. } = pair.health(A).await else { panic!("still down") };
    let pause = next_try.since(pair.now());
    assert!((9 * MINUTE..=11 * MINUTE).contains(&pause), "{pause} s");

    // A person does not wait; the provider is well again, and first.
    pair.a.faults().clear();
    pair.import(&["u1", "u2", "u3", "u4", "u5", "u6", "u7"]).await;
    let back = pair.run().await;
    assert_eq!((back.counts.issued, pair.issued()), (1, [1, 6]), "{:#?}", pair.told(&back).await);
    assert!(codes(&pair, &back).await.contains(&"provider_back".to_owned()));
    assert_eq!(pair.health(A).await, ProviderHealth::Healthy);
    assert_eq!(pair.engine.current_provider().await.unwrap().unwrap().last_error, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_are_down_each_website_is_told_why_and_the_next_run_makes_good() {
    let pair = Pair::start(&["alice"]).await;
    spoil(&pair, &[Endpoint::NewOrder], &page(503, None));
    pair.b.faults().add(Rule::on(Endpoint::Directory, Fault::Reset).forever()).unwrap();
    let run = pair.run().await;
    let told = pair.told(&run).await;
    assert_eq!((run.state, run.counts.failed, pair.ordered()), (RunState::Failed, 1, [0, 0]), "{told:#?}");
    assert!(pair.engine.user("alice").await.unwrap().websites[0].domains[0].problem.is_some());
    pair.b.faults().clear();
    pair.clock.advance(2 * MINUTE);
    let queue = pair.scheduled(RunScope::Queue).await;
    assert_eq!((queue.state, pair.issued()), (RunState::Succeeded, [0, 1]), "{:#?}", pair.told(&queue).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_has_agreed_terms_and_an_account_or_is_none() {
    let wants = authority("B").terms("https://b.test/terms").external_accounts(ExternalAccounts::Required);
    let pair = Pair::of(authority("A"), wants.external_key("kid", b"secret"), &["alice"], usual()).await;
    let set = async |ids: &[&str], answer: &TermsAnswer| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        pair.engine.set_fallbacks(&ids, answer).await
    };
    let refused = set(&[B], &TermsAnswer::NotAsked).await.unwrap_err();
    assert!(matches!(&refused, EngineError::TermsNotAgreed { .. }), "{refused}");
    let refused = set(&[B], &agreed()).await.unwrap_err().to_string();
    assert!(refused.contains("only for its customers"), "{refused}");
    assert_eq!(pair.b.journal().accounts_created(), 0);
    for (ids, words) in
        [(&[A][..], "its own fallback"), (&[B, B], "named twice"), (&["nobody"], "no provider named nobody")]
    {
        let refused = set(ids, &agreed()).await.unwrap_err();
        assert!(refused.to_string().contains(words) && refused.kind() != ErrorKind::Internal, "{refused}");
    }
    let external = ExternalAccount::parse("kid", "c2VjcmV0").unwrap();
    pair.engine.set_external_account(B, Some(&external)).await.unwrap();
    let order = set(&[B], &agreed()).await.unwrap();
    let places: Vec<_> = order.iter().map(|known| (known.id.as_str(), known.selected, known.fallback)).collect();
    assert_eq!(places, [(A, true, None), (B, false, Some(1))]);

    // What is in the list is not asked again, so that the order can be changed while it is down.
    pair.b.faults().add(Rule::on(Endpoint::Directory, Fault::Reset).forever()).unwrap();
    assert_eq!(set(&[B], &TermsAnswer::NotAsked).await.unwrap().len(), 2);
    pair.engine.shift_provider(B, Shift::Earlier).await.unwrap();
    assert_eq!(pair.engine.current_provider().await.unwrap().unwrap().id, B);
    assert!(pair.engine.remove_fallback(B).await.is_err(), "orders go to it first");
    pair.engine.remove_fallback(A).await.unwrap();
    assert_eq!(pair.engine.providers_in_order().await.unwrap().len(), 1);
    assert_eq!(set(&[], &TermsAnswer::NotAsked).await.unwrap().len(), 1, "none clears the list");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_stays_sound_when_providers_are_selected_closed_removed_or_all_switched_off() {
    let pair = Pair::start(&["alice"]).await;
    let order = async || {
        let order = pair.engine.providers_in_order().await.unwrap();
        order.into_iter().map(|known| known.id).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [A, B]);
    pair.engine.select_provider(B, &TermsAnswer::NotAsked).await.unwrap();
    assert_eq!(order().await, [B, A], "a fallback moves to the front");
    pair.engine.deactivate_account(B).await.unwrap();
    assert_eq!(order().await, [A], "who follows takes over");
    assert_eq!(pair.run().await.counts.issued, 1);
    pair.engine.disable_provider().await.unwrap();
    assert!(order().await.is_empty());
    assert!(matches!(pair.engine.set_fallbacks(&[B.into()], &agreed()).await, Err(EngineError::NoProvider)));
    assert!(matches!(pair.engine.add_fallback(B, &agreed()).await, Err(EngineError::NoProvider)));
    assert_eq!(pair.run().await.reason.as_deref(), Some("no provider is selected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_has_open_orders_is_not_removed() {
    let pair = Pair::of(authority("A"), authority("B"), &["alice"], usual()).await;
    let added = AddedProvider {
        id: "added".into(),
        name: "Added".into(),
        directory_url: pair.b.directory_url(),
        allow_private: true,
        root_pem: Some(pair.b.tls_root_pem().to_owned()),
    };
    pair.engine.add_provider(&added).await.unwrap();
    pair.engine.select_provider("added", &agreed()).await.unwrap();
    pair.b.faults().add(Rule::on(Endpoint::Finalize, Fault::Reset).forever()).unwrap();
    pair.run().await;
    pair.engine.select_provider(A, &agreed()).await.unwrap();
    pair.engine.add_fallback("added", &agreed()).await.unwrap();
    let refused = pair.engine.remove_provider("added").await.unwrap_err().to_string();
    assert!(refused.contains("open orders there: 1"), "{refused}");
    pair.b.faults().clear();
    assert_eq!(pair.run().await.counts.issued, 1);
    pair.engine.remove_provider("added").await.unwrap();
    assert_eq!(pair.engine.providers_in_order().await.unwrap().len(), 1, "it left the list");
    pair.clock.advance(7 * HOUR);
    assert_eq!(pair.run().await.state, RunState::Succeeded, "nobody is left to ask when to renew");
}
