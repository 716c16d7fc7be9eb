//! CAA records that let one provider issue and not another.

use crate::pair::{A, B, Change, Pair, agreed, authority};
use crate::world;
use engine::config::PrecheckConfig;
use engine::model::{RunScope, RunState};
use rig::{Binaries, Knot, Zone};
use tempfile::TempDir;
use testca::{Endpoint, Fault, Rule};
use tokio::net::TcpListener;

/// A pair of authorities, and names whose CAA records are these.
struct Names {
    pair: Pair,
    _knot: Knot,
    _dir: TempDir,
}

impl Names {
    async fn start(zones: &[(&str, &str)]) -> Self {
        let binaries = Binaries::from_env().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let zone = |(name, caa): &(&str, &str)| Zone::new(&format!("{name}.test"), &format!("@ A 127.0.0.1\n{caa}"));
        let served: Vec<Zone> = zones.iter().map(zone).chain([Zone::new("", "")]).collect();
        let knot = Knot::start(&binaries, &dir.path().join("knot"), &served).await.unwrap();
        let responder = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (resolver, validation_port) = (knot.address(), responder.local_addr().unwrap().port());
        let change: Change = Box::new(move |config| {
            let (resolvers, addresses) = (vec![resolver], Vec::new());
            config.precheck = Some(PrecheckConfig { resolvers, validation_port, addresses, allow_private: true });
        });
        let names: Vec<&str> = zones.iter().map(|(name, _)| *name).collect();
        let pair = Pair::of(authority("A"), authority("B"), &names, change).await;
        tokio::spawn(world::answer_challenges(responder, pair.engine.clone()));
        pair.engine.set_fallbacks(&[B.into()], &agreed()).await.unwrap();
        Self { pair, _knot: knot, _dir: dir }
    }
}

const ONLY_A: &str = "@ CAA 0 issue \"a.test\"";
const ONLY_B: &str = "@ CAA 0 issue \"b.test\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_only_the_fallback_may_issue_for_is_ordered_there_directly() {
    let names =
        Names::start(&[("alice", ONLY_B), ("bob", ONLY_A), ("carol", ""), ("dora", "@ CAA 0 issue \";\"")]).await;
    let pair = &names.pair;

    let plan = pair.engine.plan(&RunScope::AllUsers).await.unwrap();
    let planned = |user: &str| plan.jobs.iter().find(|job| job.user == user).map(|job| job.provider.clone());
    assert_eq!(planned("alice"), Some(Some("Authority B".into())), "{}", plan.text());
    assert_eq!((planned("bob"), planned("carol"), planned("dora")), (Some(None), Some(None), None), "{}", plan.text());
    assert!(plan.text().contains("from: Authority B, since CAA records"), "{}", plan.text());
    let run = pair.run().await;

    let told = pair.told(&run).await;
    assert_eq!((run.counts.issued, run.counts.failed, pair.ordered()), (3, 1, [2, 1]), "{told:#?}");
    assert_eq!(pair.b.journal().certificates_for("alice.test").len(), 1);
    let why = "It is ordered from Authority B, since CAA records do not allow Authority A.";
    assert!(told.iter().any(|line| line == why), "{told:#?}");
    let problem = pair.engine.user("dora").await.unwrap().websites[0].domains[0].problem.clone().unwrap();
    assert_eq!(problem.code, "caa_forbids_all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_that_caa_records_forbid_is_passed_over_and_the_order_waits_for_the_first() {
    let names = Names::start(&[("bob", ONLY_A), ("carol", "")]).await;
    let pair = &names.pair;
    pair.a.faults().add(Rule::on(Endpoint::NewOrder, Fault::unavailable()).forever()).unwrap();

    let run = pair.run().await;

    let told = pair.told(&run).await;
    assert_eq!((run.counts.issued, pair.ordered()), (1, [0, 1]), "{told:#?}");
    assert_eq!(pair.b.journal().certificates_for("carol.test").len(), 1);
    assert!(pair.engine.user("bob").await.unwrap().websites[0].domains[0].problem.is_some(), "bob is told why");
    pair.a.faults().clear();
    let healed = pair.run().await;
    assert_eq!((healed.state, pair.ordered()), (RunState::Succeeded, [1, 1]), "{:#?}", pair.told(&healed).await);
    assert_eq!(pair.engine.providers_in_order().await.unwrap()[0].id, A);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_first_is_down_names_are_checked_with_the_eyes_of_the_one_that_is_asked() {
    let names = Names::start(&[("alice", ONLY_B), ("bob", ONLY_A)]).await;
    let pair = &names.pair;
    pair.a.faults().add(Rule::on(Endpoint::Directory, Fault::Reset).forever()).unwrap();

    let run = pair.run().await;

    let told = pair.told(&run).await;
    assert_eq!((run.counts.issued, pair.ordered()), (1, [0, 1]), "{told:#?}");
    assert_eq!(pair.b.journal().certificates_for("alice.test").len(), 1);
    assert!(pair.engine.user("bob").await.unwrap().websites[0].domains[0].problem.is_some(), "bob is told why");
}
